//! A streamed answer: events as they came, with `model` replaced and nothing else touched.

use bytes::Bytes;

use crate::chat::answer::is_tier;
use crate::chat::chunk::Chunk;
use crate::chat::request::Ask;
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::{CarriesOn, Identity, State, Step};
use crate::failure::Failure;
use crate::json::{self, filled, quoted, says_something};
use crate::stream::decoder::Event;
use crate::stream::encode;
use crate::stream::seam::Seam;
use crate::text;

use super::mend::Mender;
use super::{answer, error};

/// The state machine of one stream.
#[derive(Default)]
pub struct Reader {
    /// What the stream cost that it carries on, if it does, and how much of its text was shown.
    carries_on: Option<Usage>,
    delivered: usize,
    /// Where its text begins, until that is found.
    seam: Option<Seam>,
    /// Text at the seam that cannot be read yet: half of a surrogate pair.
    unread: String,
    /// Events that end in the middle of a character, and their text: not shown before the rest is there, for
    /// nobody could carry on from half a character.
    halved: Option<(Vec<u8>, String)>,
    /// Something arrived that has the form of an event.
    saw_event: bool,
    /// How many choices were asked for, and which of them have ended.
    choices: usize,
    finished: Vec<u64>,
    include_usage: bool,
    /// The count was shown.
    counted: bool,
    /// The event that is nothing but a count: the last one is shown, at the end.
    last_count: Vec<u8>,
    mender: Mender,
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
        let choices = if target.provider.quirks.one_choice { 1 } else { ask.n.max(1) };
        Self {
            carries_on: carries_on.map(|carries_on| carries_on.usage),
            delivered: state.shown,
            choices,
            include_usage: ask.include_usage,
            mender: Mender::new(choices, carries_on.is_some(), ask.functions),
            state,
            seam,
            ..Self::default()
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

    /// Notes that something was shown which is an answer, and which nobody can carry on from.
    pub fn shows_more(&mut self) {
        self.state.spoke = true;
        self.state.answered = true;
        self.state.more_than_text = true;
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
        if let Some(cited) = chunk.cited {
            self.write_own(r#"[{"index":0,"delta":{"annotations":$},"finish_reason":null}]"#, cited, out);
        }
        let mut text = std::mem::take(&mut self.unread);
        text.push_str(chunk.text.unwrap_or_default());
        if is_halved(&text) {
            self.unread = text.split_off(text.len() - HALF_A_PAIR);
        }
        let new = self.seam.as_mut().and_then(|seam| seam.push(&json::legible(&text)));
        if let Some(new) = new {
            self.seam = None;
            self.write_text(&new, out);
            self.hold_half();
        }
        if finishes {
            self.close_seam(out);
            self.release(out);
            let why = self.state.finish.as_deref().map(quoted).unwrap_or_default();
            self.write_own(END, &why, out);
            if chunk.usage().is_some() {
                self.count(out);
            }
        }
    }

    /// What could not be read at the seam waits behind it for its other half.
    fn hold_half(&mut self) {
        let half = std::mem::take(&mut self.unread);
        if !half.is_empty() {
            let mut event = Vec::new();
            self.write_delta(&filled("\"$\"", &[&half]), &mut event);
            self.halved = Some((event, half));
        }
    }

    /// Nothing more may come that would show where the new text begins.
    fn close_seam(&mut self, out: &mut Vec<u8>) {
        let Some(mut seam) = self.seam.take() else { return };
        let unread = std::mem::take(&mut self.unread);
        let new = seam.push(&json::legible(&unread)).unwrap_or_else(|| seam.finish());
        self.write_text(&new, out);
    }

    /// What it cost, in a chunk of its own: once, if anybody wants to know.
    fn count(&mut self, out: &mut Vec<u8>) {
        if let (true, false, Some(usage)) = (self.include_usage, self.counted, self.state.usage) {
            self.counted = true;
            let sum = self.carries_on.map_or(usage, |earlier| usage.and(&earlier));
            self.write_own(r#"[],"usage":$"#, &sum.told(), out);
        }
    }

    /// The end of a whole answer: what the provider forgot to say.
    fn complete(&mut self, out: &mut Vec<u8>) {
        self.release(out);
        self.close_seam(out);
        if self.state.spoke && self.state.finish.is_none() {
            let why = if self.state.in_tool { "tool_calls" } else { "stop" };
            self.write_own(END, &quoted(why), out);
            self.state.finish = Some(why.into());
        }
        if let (Some(earlier), None) = (self.carries_on, self.state.usage) {
            // A sum without its second part would look whole.
            let said = Usage::guessed(0, self.state.said().saturating_sub(self.delivered));
            self.state.usage = Some(Usage { prompt_tokens: earlier.prompt_tokens, ..said });
        }
        self.counted |= !self.last_count.is_empty();
        out.append(&mut self.last_count);
        self.count(out);
    }

    /// Takes a chunk that is as OpenAI writes it.
    fn take(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) -> Step {
        let identity = &mut self.state.identity;
        if identity.id.is_none() {
            // Azure's first chunk has an empty one.
            identity.id = chunk.value("id").filter(|id| says_something(id)).map(str::to_owned);
            identity.created = chunk.value("created").filter(|created| *created != "null").map(str::to_owned);
        }
        self.state.usage = chunk.usage().and_then(Usage::read).or(self.state.usage);
        if let Some(failure) = chunk.finishes.iter().find_map(|(_, why)| answer::bad_finish(why)) {
            return Step::Failed(failure);
        }
        self.state.answered |= chunk.says.answer;
        self.state.spoke |= chunk.says.answer;
        self.state.reasoned |= chunk.says.reasoning;
        self.state.thoughts += chunk.says.thoughts;
        self.state.refused |= chunk.says.refusal;
        self.state.more_than_text |= chunk.says.more || chunk.says.refusal;
        self.state.in_tool |= chunk.says.tool;
        let finishes = !chunk.finishes.is_empty() && self.finish(chunk);
        // One that has neither choices nor a count, such as Azure's filter results, is refused by strict clients.
        let counts = chunk.value("usage").is_some_and(|usage| usage != "null");
        let withheld = !counts || !self.include_usage || self.counted;
        // The role was said when the stream began.
        let is_opening = chunk.has_choices && !chunk.says.anything() && chunk.finishes.is_empty();
        let repeated = self.carries_on.is_some() && is_opening;
        if chunk.says.tool {
            self.close_seam(out);
        }
        if self.seam.is_some() && (chunk.text.is_some() || finishes) {
            self.join(chunk, finishes, out);
        } else if !chunk.has_choices {
            if !withheld {
                self.last_count.clear();
                let mut event = std::mem::take(&mut self.last_count);
                self.write(chunk, &mut event);
                // Another one may come.
                (self.last_count, self.counted) = (event, false);
            }
        } else if !repeated {
            let text = chunk.text.unwrap_or_default();
            let waits = self.halved.as_ref().map_or(0, |(events, _)| events.len());
            if is_halved(text) && !finishes && waits < MOST_HALVED {
                let mut waiting = self.halved.take().unwrap_or_default();
                self.write(chunk, &mut waiting.0);
                waiting.1.push_str(text);
                self.halved = Some(waiting);
            } else {
                self.release(out);
                self.write(chunk, out);
                self.state.show(text);
            }
        }
        match (finishes, chunk.says.anything()) {
            (true, _) => Step::Finished,
            (false, true) => Step::Content,
            (false, false) => Step::Quiet,
        }
    }

    /// How a chunk shows what the answer cost: once, when the answer is whole. Some count in every chunk, and
    /// clients add that up.
    fn usage(&mut self, chunk: &Chunk<'_>) -> Shown {
        let Some(json) = chunk.value("usage") else { return Shown::AsItStands };
        if !self.include_usage || self.counted || !self.state.finished && chunk.has_choices {
            return if json == "null" && self.include_usage { Shown::AsItStands } else { Shown::Not };
        }
        let Some((usage, is_whole)) = Usage::read_as_written(json) else { return Shown::AsItStands };
        self.counted = true;
        match &self.carries_on {
            Some(earlier) => Shown::As(usage.and(earlier).told()),
            None if is_whole => Shown::AsItStands,
            None => Shown::As(usage.written_into(json)),
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
            self.write_delta(&text, out);
            self.state.show(inside(&text));
        }
    }

    /// A text, as JSON text, in a chunk of our own.
    fn write_delta(&self, text: &str, out: &mut Vec<u8>) {
        self.write_own(r#"[{"index":0,"delta":{"content":$},"finish_reason":null}]"#, text, out);
    }

    /// A chunk of our own, under the name of the stream, by the pattern of its choices.
    fn write_own(&self, choices: &str, value: &str, out: &mut Vec<u8>) {
        let Identity { id, created, model, .. } = &self.state.identity;
        let (id, created) = (id.as_deref().unwrap_or("\"\""), created.as_deref().unwrap_or("0"));
        let pattern = r#"{"id":$,"object":$,"created":$,"model":$,"choices":$}"#;
        let chunk = filled(pattern, &[id, CHUNK, created, model, &filled(choices, &[value])]);
        encode::event(out, |out| out.extend_from_slice(chunk.as_bytes()));
    }

    fn write(&mut self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        let usage = self.usage(chunk);
        encode::event(out, |out| {
            let mut edit = chunk.edit();
            let identity = &self.state.identity;
            edit.set("model", identity.model.as_str());
            for (name, value, absent) in [("id", &identity.id, "\"\""), ("created", &identity.created, "0")] {
                let is_absent = chunk.value(name).is_none_or(|value| value == "null");
                if self.carries_on.is_some() || is_absent {
                    edit.set(name, value.as_deref().unwrap_or(absent));
                }
            }
            // Some leave it out; Perplexity's last one is called something else.
            if chunk.value("object") != Some(CHUNK) {
                edit.set("object", CHUNK);
            }
            if chunk.value("service_tier").is_some_and(|tier| !is_tier(tier)) {
                edit.remove("service_tier");
            }
            match usage {
                Shown::AsItStands => {}
                Shown::Not if self.include_usage => edit.set("usage", "null"),
                Shown::Not => edit.remove("usage"),
                Shown::As(usage) => edit.set("usage", usage),
            }
            edit.write(out);
        });
    }
}

/// `usage` in a chunk that is handed on.
enum Shown {
    AsItStands,
    Not,
    As(String),
}

/// So many bytes of events wait for the other half of a character at most.
const MOST_HALVED: usize = 1 << 16;

/// `\ud83c`
const HALF_A_PAIR: usize = 6;

/// The end of an answer, and why.
const END: &str = r#"[{"index":0,"delta":{},"finish_reason":$}]"#;

/// What chunks call themselves.
const CHUNK: &str = r#""chat.completion.chunk""#;

impl crate::dialect::Reader for Reader {
    fn push(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> Step {
        self.saw_event = true;
        if event.data == b"[DONE]" {
            self.complete(out);
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
            return Step::Failed(error::inside_success(&text::legible(event.data)));
        }
        match self.mender.chunk(&chunk, &self.finished, &mut self.state.identity.listed) {
            None => self.take(&chunk, out),
            Some(mended) => match Chunk::read(&mended) {
                Some(chunk) => self.take(&chunk, out),
                None => Step::Malformed,
            },
        }
    }

    fn end(&mut self, rest: &Bytes, out: &mut Vec<u8>) -> Step {
        // Some servers write a late failure as a bare JSON object, outside of any `data:` line.
        if let Some(object) = Chunk::read(rest).as_ref().and_then(Chunk::error) {
            return Step::Failed(error::inside_success(object));
        }
        if self.state.finished {
            self.complete(out);
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
