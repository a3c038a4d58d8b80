//! A streamed answer: events as they came, with `model` replaced and nothing else touched.

use bytes::Bytes;

use crate::chat::chunk::Chunk;
use crate::chat::object::quoted;
use crate::chat::request::Ask;
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::{CarriesOn, Identity, State, Step};
use crate::failure::Failure;
use crate::stream::decoder::Event;
use crate::stream::encode;
use crate::stream::seam::Seam;

use super::{answer, error};

/// The state machine of one stream.
pub struct Reader {
    /// What the stream cost that it carries on, if it does.
    carries_on: Option<Usage>,
    /// Where its text begins, until that is found.
    seam: Option<Seam>,
    /// Text that cannot be read yet: half of a surrogate pair.
    unread: String,
    /// Events that end in the middle of a character, and their text: not shown before the rest is there, for
    /// nobody could carry on from half a character.
    halved: Option<(Vec<u8>, String)>,
    /// Something arrived that has the form of an event.
    saw_event: bool,
    /// How many choices were asked for, and which of them have ended.
    choices: usize,
    finished: Vec<u32>,
    include_usage: bool,
    sends_finish: bool,
    drops_empty_chunks: bool,
    state: State,
}

impl Reader {
    /// A reader for what this target answers to this request.
    #[must_use]
    pub fn new(ask: &Ask, target: &Target, carries_on: Option<&CarriesOn>) -> Self {
        let seam = carries_on
            .filter(|carries_on| !carries_on.text.is_empty())
            .map(|carries_on| Seam::new(carries_on.text.clone(), carries_on.manner));
        let mut state = State {
            identity: carries_on
                .map(|carries_on| carries_on.identity.clone())
                .unwrap_or_else(|| Identity { model: quoted(&target.id), ..Identity::default() }),
            // What the caller has is part of the answer, whoever wrote it.
            answered: seam.is_some(),
            ..State::default()
        };
        if let Some(carries_on) = carries_on {
            state.show(inside(&quoted(&carries_on.text)));
        }
        Self {
            carries_on: carries_on.map(|carries_on| carries_on.usage),
            unread: String::new(),
            halved: None,
            saw_event: false,
            choices: ask.n.max(1),
            finished: Vec::new(),
            include_usage: ask.include_usage,
            sends_finish: target.provider.quirks.sends_finish,
            drops_empty_chunks: target.provider.quirks.opens_with_filter_results,
            state,
            seam,
        }
    }

    /// Notes what a stream has cost so far, and why it has ended, as it seems: what is held back until nothing can
    /// follow it counts already, but is not shown.
    pub fn foresee(&mut self, finish: Option<&str>, usage: Option<Usage>) {
        if self.finished.is_empty() {
            self.state.finished = finish.is_some();
            self.state.finish = finish.map(str::to_owned);
            self.state.in_tool &= !self.state.finished;
        }
        self.state.usage = usage.or(self.state.usage);
    }

    /// Notes the choices that ended: `true` when none is left.
    fn finish(&mut self, chunk: &Chunk<'_>) -> bool {
        for (choice, why) in &chunk.finishes {
            if !self.finished.contains(choice) {
                self.finished.push(*choice);
            }
            self.state.finish.get_or_insert_with(|| why.to_string());
        }
        let was = self.state.finished;
        self.state.finished = self.finished.len() >= self.choices;
        self.state.in_tool &= !self.state.finished;
        self.state.finished && !was
    }

    /// Text at the seam: shown as far as it is new.
    fn join(&mut self, chunk: &Chunk<'_>, finishes: bool, out: &mut Vec<u8>) {
        self.unread.push_str(chunk.text.unwrap_or_default());
        let read: Option<String> = serde_json::from_str(&format!("\"{}\"", self.unread)).ok();
        let Some(seam) = &mut self.seam else { return };
        let new = match read {
            Some(text) => {
                self.unread.clear();
                seam.push(&text)
            }
            None => None,
        };
        let new = if finishes { new.or_else(|| Some(seam.finish())) } else { new };
        if let Some(new) = new {
            self.seam = None;
            self.write_text(&new, out);
        }
        if finishes {
            let why = self.state.finish.as_deref().map(quoted).unwrap_or_default();
            self.write_own(&format!(r#"[{{"index":0,"delta":{{}},"finish_reason":{why}}}]"#), out);
            if let (true, Some(usage)) = (self.include_usage, chunk.usage()) {
                let sum = self.carries_on.map_or(usage, |earlier| usage.and(&earlier));
                self.write_own(&format!(r#"[],"usage":{}"#, sum.shown()), out);
            }
        }
    }

    /// The events that waited for the rest of a character.
    fn release(&mut self, out: &mut Vec<u8>) {
        if let Some((event, text)) = self.halved.take() {
            out.extend_from_slice(&event);
            self.state.show(&text);
        }
    }

    fn write_text(&mut self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            let text = quoted(text);
            self.write_own(
                &format!(r#"[{{"index":0,"delta":{{"content":{text}}},"finish_reason":null}}]"#),
                out,
            );
            self.state.show(inside(&text));
        }
    }

    /// A chunk of our own, under the name of the stream.
    fn write_own(&self, choices: &str, out: &mut Vec<u8>) {
        let Identity { id, created, model } = &self.state.identity;
        let (id, created) = (id.as_deref().unwrap_or("\"\""), created.as_deref().unwrap_or("0"));
        let chunk = format!(
            r#"{{"id":{id},"object":"chat.completion.chunk","created":{created},"model":{model},"choices":{choices}}}"#
        );
        encode::event(out, |out| out.extend_from_slice(chunk.as_bytes()));
    }

    fn write(&self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        encode::event(out, |out| {
            let mut edit = chunk.edit();
            let identity = &self.state.identity;
            edit.set("model", identity.model.as_str());
            if self.carries_on.is_some() {
                for (name, value) in [("id", &identity.id), ("created", &identity.created)] {
                    if let Some(value) = value {
                        edit.set(name, value.as_str());
                    }
                }
            }
            if !self.include_usage {
                edit.remove("usage");
            } else if let (Some(earlier), Some(usage)) = (&self.carries_on, chunk.usage()) {
                edit.set("usage", usage.and(earlier).shown().to_string());
            }
            edit.write(out);
        });
        // An event of several `data:` lines becomes one line: in JSON a line end is mere white space.
        let end = out.len() - 2;
        for byte in out.get_mut(start..end).unwrap_or_default() {
            if *byte == b'\n' {
                *byte = b' ';
            }
        }
    }
}

impl crate::dialect::Reader for Reader {
    fn push(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Step {
        self.saw_event = true;
        if event.data == b"[DONE]" {
            self.release(out);
            if let Some(mut seam) = self.seam.take() {
                self.write_text(&seam.finish(), out);
            }
            return Step::Done;
        }
        if event.data.is_empty() {
            return Step::Quiet;
        }
        let Some(chunk) = Chunk::read(event.data) else {
            return Step::Malformed;
        };
        if let Some(object) = chunk.error() {
            return Step::Failed(error::inside_success(object));
        }
        if event.name == b"error" {
            return Step::Failed(error::inside_success(&String::from_utf8_lossy(event.data)));
        }
        let identity = &mut self.state.identity;
        if identity.id.is_none() {
            identity.id = chunk.value("id").map(str::to_owned);
            identity.created = chunk.value("created").map(str::to_owned);
        }
        if let Some(usage) = chunk.usage() {
            self.state.usage = Some(usage);
        }
        if let Some(failure) = chunk.finishes.iter().find_map(|(_, why)| answer::bad_finish(why)) {
            return Step::Failed(failure);
        }
        self.state.answered |= chunk.says.answer;
        self.state.spoke |= chunk.says.answer;
        self.state.reasoned |= chunk.says.reasoning;
        self.state.refused |= chunk.says.refusal;
        self.state.more_than_text |= chunk.says.more || chunk.says.refusal;
        self.state.in_tool |= chunk.says.tool;
        let finishes = !chunk.finishes.is_empty() && self.finish(&chunk);
        // An opening chunk of filter results has neither; strict clients refuse it.
        let counts = chunk.value("usage").is_some();
        let withheld = if counts { !self.include_usage } else { self.drops_empty_chunks };
        // The role was said when the stream began.
        let is_opening = chunk.has_choices && !chunk.says.anything() && chunk.finishes.is_empty();
        let repeated = self.carries_on.is_some() && is_opening;
        if chunk.says.tool
            && let Some(mut seam) = self.seam.take()
        {
            self.write_text(&seam.finish(), out);
        }
        if self.seam.is_some() && (chunk.text.is_some() || finishes) {
            self.join(&chunk, finishes, out);
        } else if (chunk.has_choices || !withheld) && !repeated {
            let text = chunk.text.unwrap_or_default();
            if is_halved(text) && !finishes {
                let mut waiting = self.halved.take().unwrap_or_default();
                self.write(&chunk, &mut waiting.0);
                waiting.1.push_str(text);
                self.halved = Some(waiting);
            } else {
                self.release(out);
                self.write(&chunk, out);
                self.state.show(text);
            }
        }
        match (finishes, chunk.says.anything()) {
            (true, _) => Step::Finished,
            (false, true) => Step::Content,
            (false, false) => Step::Quiet,
        }
    }

    fn end(&mut self, rest: &Bytes, _: &mut Vec<u8>) -> Step {
        // Some servers write a late failure as a bare JSON object, outside of any `data:` line.
        if let Some(object) = Chunk::read(rest).as_ref().and_then(Chunk::error) {
            return Step::Failed(error::inside_success(object));
        }
        if self.state.finished || !self.sends_finish {
            return Step::Done;
        }
        if !self.saw_event && !rest.is_empty() {
            return Step::Failed(Failure::new(Class::BadOutput, "the answer is no event stream"));
        }
        Step::Failed(Failure::new(Class::Cut, "the stream ended before the answer was complete"))
    }

    fn state(&self) -> &State {
        &self.state
    }
}

/// The inside of a JSON string.
fn inside(json: &str) -> &str {
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default()
}

/// Whether the inside of a JSON string ends with the first half of a surrogate pair: `\ud83d`.
fn is_halved(text: &str) -> bool {
    match text.as_bytes() {
        [before @ .., b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B', _, _] => {
            // A backslash before it may make its own backslash a mere character.
            before.iter().rev().take_while(|byte| **byte == b'\\').count().is_multiple_of(2)
        }
        _ => false,
    }
}
