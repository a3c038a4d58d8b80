//! The trail of a request: its attempts in the order of their beginnings, and what came of each.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::chat::usage::{Usage, usd_shown};
use crate::class::Class;
use crate::failure::Failure;
use crate::host::Millis;

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
    status: Option<u16>,
    clock: Option<&'static str>,
    message: Option<String>,
    /// Events of the stream that were no JSON, and dropped.
    malformed: u32,
    /// What was changed or left out of the request for this target.
    notes: Vec<String>,
    /// What it cost by our guess, although nobody saw what it said.
    estimated: Option<(Usage, Option<f64>)>,
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

    /// The HTTP status came.
    pub(crate) fn status(&mut self, place: usize, status: u16) {
        if let Some(entry) = self.entries.get_mut(place) {
            entry.status = Some(status);
        }
    }

    /// An event was no JSON.
    pub(crate) fn malformed(&mut self, place: usize) {
        if let Some(entry) = self.entries.get_mut(place) {
            entry.malformed += 1;
        }
    }

    /// The request was changed for this target. Names in the notes may be the caller's own: each is said once, the
    /// first of them, and shortened.
    pub(crate) fn notes(&mut self, place: usize, notes: Vec<String>) {
        let Some(entry) = self.entries.get_mut(place) else { return };
        for note in notes {
            if entry.notes.len() >= MOST_NOTES {
                break;
            }
            let note: String = note.chars().filter(|c| !c.is_control()).take(LONGEST_NOTE).collect();
            if !entry.notes.contains(&note) {
                entry.notes.push(note);
            }
        }
    }

    /// The answer is there; for a stream, its first content.
    pub(crate) fn answered(&mut self, place: usize, now: Millis) {
        if let Some(entry) = self.entries.get_mut(place) {
            entry.outcome = Some(Outcome::Ok);
            entry.ended = Some(now);
        }
    }

    /// It failed, whatever was thought of it before.
    pub(crate) fn failed(&mut self, place: usize, failure: &Failure, now: Millis) {
        if let Some(entry) = self.entries.get_mut(place) {
            entry.outcome = Some(Outcome::Failed(failure.class));
            entry.clock = failure.clock;
            entry.message = Some(failure.message.clone());
            entry.retry_after = failure.retry_after;
            entry.ended = Some(now);
        }
    }

    /// It was let go when it had said something already, which cost about that much.
    pub(crate) fn estimated(&mut self, place: usize, usage: Usage, usd: Option<f64>) {
        if let Some(entry) = self.entries.get_mut(place) {
            entry.estimated = Some((usage, usd));
        }
    }

    /// Whether nobody was asked, or only those who said that there is nothing to ask.
    pub(crate) fn is_there_nobody(&self) -> bool {
        self.entries.iter().all(|entry| !entry.asked || entry.class() == Some(Class::NotFound))
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// For the header: `a/x overloaded 503 412ms; b/y ok 655ms`, percent-encoded, at most 2 KB; when it
    /// would be longer, the middle is left out and counted.
    pub(crate) fn header(&self) -> String {
        let parts: Vec<String> = self.entries.iter().map(Entry::header).collect();
        let whole = parts.join("; ");
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

    /// One of them as it is now, for whoever watches.
    pub(crate) fn entry(&self, place: usize, now: Millis) -> Option<Map<String, Value>> {
        let entry = self.entries.get(place)?;
        let Value::Object(mut shown) = entry.json(self.begun(), true) else { return None };
        shown.insert("attempt".into(), place.into());
        if entry.asked {
            shown.insert("total_ms".into(), now.saturating_sub(entry.started).into());
        }
        Some(shown)
    }

    /// For bodies, comments and logs; `messages` are the providers' words, which a log does not get.
    pub(crate) fn json(&self, messages: bool) -> Value {
        self.entries.iter().map(|entry| entry.json(self.begun(), messages)).collect()
    }

    /// When the first attempt began.
    fn begun(&self) -> Millis {
        self.entries.first().map_or(0, |entry| entry.started)
    }

    /// Each failure in a sentence's words, for the message of an error.
    pub(crate) fn told(&self) -> String {
        let told: Vec<String> = self.entries.iter().map(Entry::told).collect();
        told.join("; ")
    }
}

const LONGEST_HEADER: usize = 2_000;
const MOST_NOTES: usize = 16;
const LONGEST_NOTE: usize = 100;

impl Entry {
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
        let _ = write!(out, " {}", self.outcome());
        if let Some(clock) = self.clock {
            let _ = write!(out, " {clock}");
        } else if let (Some(status), Some(_)) = (self.status, self.class()) {
            let _ = write!(out, " {status}");
        }
        if let Some(milliseconds) = self.milliseconds().filter(|_| self.asked) {
            let _ = write!(out, " {milliseconds}ms");
        }
        if !self.asked {
            out.push_str(" skipped");
        }
        if self.malformed > 0 {
            let _ = write!(out, " {} malformed", self.malformed);
        }
        if !self.notes.is_empty() {
            let _ = write!(out, " ({})", plain(&self.notes.join(", ")));
        }
        out
    }

    /// Who runs beside whom is told by when each began, counted from the first.
    fn json(&self, begun: Millis, messages: bool) -> Value {
        let start = self.started.saturating_sub(begun);
        let mut json =
            json!({ "model": self.target, "route": self.path, "outcome": self.outcome(), "start_ms": start });
        let mut add = |name: &str, value: Value| {
            if let (Some(fields), false) = (json.as_object_mut(), value.is_null()) {
                fields.insert(name.to_owned(), value);
            }
        };
        add("status", json!(self.status));
        add("clock", json!(self.clock));
        add("ms", json!(self.milliseconds().filter(|_| self.asked)));
        add("skipped", if self.asked { Value::Null } else { Value::Bool(true) });
        add("malformed_events", if self.malformed > 0 { json!(self.malformed) } else { Value::Null });
        add("notes", if self.notes.is_empty() { Value::Null } else { json!(self.notes) });
        add("retry_after_ms", json!(self.retry_after));
        if let Some((usage, usd)) = &self.estimated {
            add("estimated_usage", usage.shown());
            add("estimated_cost_usd", json!(usd.map(usd_shown)));
        }
        if messages {
            add("message", json!(self.message));
        }
        json
    }

    fn told(&self) -> String {
        let mut out = format!("{} {}", self.target, self.outcome());
        if let Some(status) = self.status {
            let _ = write!(out, " {status}");
        }
        if let Some(message) = &self.message {
            let short: String = message.chars().take(200).collect();
            let _ = write!(out, " ({short})");
        }
        out
    }
}

/// A note in a header, where a semicolon begins another attempt.
fn plain(note: &str) -> String {
    note.chars().map(|c| if matches!(c, ' '..='~') && c != ';' { c } else { '?' }).collect()
}

/// Header values are ASCII; what is not, and what has a meaning in the trail, is percent-encoded.
pub(crate) fn ascii(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if (0x21..0x7f).contains(&byte) && byte != b'%' && byte != b';' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
