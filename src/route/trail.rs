//! The trail of a request: its attempts in the order of their beginnings, and what came of each.

use std::fmt::Write as _;

use crate::chat::usage::Usage;
use crate::class::Class;
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Writer};
use crate::text;

/// The attempts of one request.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    entries: Vec<Entry>,
}

/// One attempt, or a target that was passed over.
#[derive(Debug)]
pub(crate) struct Entry {
    target: String,
    path: String,
    started: Millis,
    ended: Option<Millis>,
    outcome: Option<Outcome>,
    pub(crate) status: Option<u16>,
    clock: Option<&'static str>,
    message: Option<String>,
    /// Events of the stream that were no JSON, and dropped.
    pub(crate) malformed: u32,
    /// What was changed or left out of the request for this target.
    notes: Vec<String>,
    /// What it cost by our guess, although nobody saw what it said.
    pub(crate) estimated: Option<(Usage, Option<f64>)>,
    /// `false`: passed over without a call.
    pub(crate) asked: bool,
    pub(crate) retry_after: Option<Millis>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Failed(Class),
}

impl Trail {
    /// An attempt begins; its place is what the other calls take.
    pub(crate) fn open(&mut self, target: &str, path: &str, now: Millis, asked: bool) -> usize {
        self.entries.push(Entry {
            target: target.to_owned(),
            path: path.to_owned(),
            started: now,
            ended: None,
            outcome: None,
            status: None,
            clock: None,
            message: None,
            malformed: 0,
            notes: Vec::new(),
            estimated: None,
            asked,
            retry_after: None,
        });
        self.entries.len() - 1
    }

    /// Something is known of the one at that place.
    pub(crate) fn change(&mut self, place: usize, change: &mut dyn FnMut(&mut Entry)) {
        self.entries.get_mut(place).into_iter().for_each(change);
    }

    /// Whether a target was asked since then, and had too much to do.
    pub(crate) fn was_overloaded(&self, target: &str, since: Millis) -> bool {
        let was = |entry: &Entry| entry.asked && entry.started >= since && entry.target == target;
        self.entries.iter().any(|entry| was(entry) && entry.class() == Some(Class::Overloaded))
    }

    /// Whether all who were asked failed in that way; also when nobody was.
    pub(crate) fn all_were(&self, class: Class) -> bool {
        self.entries.iter().all(|entry| !entry.asked || entry.class() == Some(class))
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// For the header: `a/x overloaded 503 412ms; b/y ok 655ms`, percent-encoded, at most 2 KB; when it
    /// would be longer, the middle is left out and counted.
    pub(crate) fn header(&self) -> String {
        let parts = self.each(Entry::header);
        let whole = text::joined(&parts, "; ");
        if whole.len() <= LONGEST_HEADER {
            return whole;
        }
        let last = parts.last().map_or("", String::as_str);
        let mut kept = String::new();
        let mut count = 0;
        for part in &parts {
            if kept.len() + part.len() + last.len() + 40 > LONGEST_HEADER {
                break;
            }
            kept.push_str(part);
            kept.push_str("; ");
            count += 1;
        }
        let _ = write!(kept, "({} more); ", parts.len().saturating_sub(count + 1));
        kept.push_str(last);
        kept.truncate(LONGEST_HEADER);
        kept
    }

    /// One of them as it is now, for whoever watches: an object to which more may be added.
    pub(crate) fn entry(&self, place: usize, now: Millis) -> Option<Writer> {
        let entry = self.entries.get(place)?;
        let mut shown = entry.json(self.begun(), true);
        shown.whole("attempt", place as u64);
        if entry.asked {
            shown.whole("total_ms", now.saturating_sub(entry.started));
        }
        Some(shown)
    }

    /// For bodies, comments and logs: JSON text. `messages` are the providers' words, which a log does not get.
    pub(crate) fn json(&self, messages: bool) -> String {
        let mut list = Writer::list();
        for entry in &self.entries {
            list.element(&entry.json(self.begun(), messages).finish());
        }
        list.finish()
    }

    /// When the first attempt began.
    fn begun(&self) -> Millis {
        self.entries.first().map_or(0, |entry| entry.started)
    }

    /// Each failure in a sentence's words, for the message of an error.
    pub(crate) fn told(&self) -> String {
        text::joined(&self.each(Entry::told), "; ")
    }

    fn each(&self, say: fn(&Entry) -> String) -> Vec<String> {
        let mut said = Vec::new();
        for entry in &self.entries {
            said.push(say(entry));
        }
        said
    }
}

const LONGEST_HEADER: usize = 2_000;
const MOST_NOTES: usize = 16;
const LONGEST_NOTE: usize = 100;

impl Entry {
    /// The request was changed for this target. Names in the notes may be the caller's own: each is said once, the
    /// first of them, and shortened.
    pub(crate) fn add_notes(&mut self, notes: &[String]) {
        for note in notes {
            if self.notes.len() >= MOST_NOTES {
                break;
            }
            let plain = text::only(note, &mut |c| !c.is_control());
            let note = text::shortened(&plain, LONGEST_NOTE).to_owned();
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// Its answer is there, or for a stream the first content; or it failed, whatever was thought of it before.
    pub(crate) fn ends(&mut self, outcome: Outcome, now: Millis) {
        self.outcome = Some(outcome);
        self.ended = Some(now);
    }

    pub(crate) fn failed(&mut self, failure: &Failure, now: Millis) {
        self.ends(Outcome::Failed(failure.class), now);
        self.clock = failure.clock;
        self.message = Some(failure.message.clone());
        self.retry_after = failure.retry_after;
    }

    pub(crate) fn class(&self) -> Option<Class> {
        match self.outcome {
            Some(Outcome::Failed(class)) => Some(class),
            _ => None,
        }
    }

    fn milliseconds(&self) -> Option<Millis> {
        self.ended.map(|ended| ended.saturating_sub(self.started))
    }

    fn outcome(&self) -> &'static str {
        match self.outcome {
            None => "pending",
            Some(Outcome::Ok) => "ok",
            Some(Outcome::Failed(class)) => class.name(),
        }
    }

    fn header(&self) -> String {
        let mut out = ascii(&self.target);
        out.push(' ');
        out.push_str(self.outcome());
        if let Some(clock) = self.clock {
            let _ = write!(out, " {clock}");
        } else if let (Some(status), Some(_)) = (self.status, self.class()) {
            let _ = write!(out, " {status}");
        }
        if let Some(milliseconds) = self.milliseconds().filter(|_| self.asked) {
            out.push(' ');
            json::whole(milliseconds, &mut out);
            out.push_str("ms");
        }
        if !self.asked {
            out.push_str(" skipped");
        }
        if self.malformed > 0 {
            let _ = write!(out, " {} malformed", self.malformed);
        }
        if !self.notes.is_empty() {
            let _ = write!(out, " ({})", plain(&text::joined(&self.notes, ", ")));
        }
        out
    }

    /// Who runs beside whom is told by when each began, counted from the first.
    fn json(&self, begun: Millis, messages: bool) -> Writer {
        let mut json = Writer::object();
        json.string("model", &self.target).string("route", &self.path).string("outcome", self.outcome());
        json.whole("start_ms", self.started.saturating_sub(begun));
        json.maybe_whole("status", self.status.map(u64::from));
        json.maybe_string("clock", self.clock);
        json.maybe_whole("ms", self.milliseconds().filter(|_| self.asked));
        json.maybe("skipped", (!self.asked).then_some("true"));
        json.maybe_whole("malformed_events", Some(self.malformed.into()).filter(|count| *count > 0));
        if !self.notes.is_empty() {
            json.strings("notes", &self.notes);
        }
        json.maybe_whole("retry_after_ms", self.retry_after);
        if let Some((usage, usd)) = &self.estimated {
            json.member("estimated_usage", &usage.shown());
            if let Some(usd) = usd {
                json.decimal("estimated_cost_usd", *usd);
            }
        }
        // Why nobody was asked are our own words.
        if messages || !self.asked {
            json.maybe_string("message", self.message.as_deref());
        }
        json
    }

    fn told(&self) -> String {
        let mut out = format!("{} {}", self.target, self.outcome());
        if let Some(status) = self.status {
            let _ = write!(out, " {status}");
        }
        if let Some(message) = &self.message {
            let _ = write!(out, " ({})", text::shortened(message, 200));
        }
        out
    }
}

/// A note in a header, where a semicolon begins another attempt.
fn plain(note: &str) -> String {
    let mut plain = String::with_capacity(note.len());
    for c in note.chars() {
        plain.push(if matches!(c, ' '..='~') && c != ';' { c } else { '?' });
    }
    plain
}

/// Header values are ASCII; what is not, and what has a meaning in the trail, is percent-encoded.
pub(crate) fn ascii(text: &str) -> String {
    text::in_address(text, |byte| (0x21..0x7f).contains(&byte) && byte != b'%' && byte != b';')
}
