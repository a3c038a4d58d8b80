//! A streamed answer: events as they came, with `model` replaced and nothing else touched.

use bytes::Bytes;

use crate::chat::chunk::Chunk;
use crate::chat::object::quoted;
use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::{Identity, State, Step};
use crate::failure::Failure;
use crate::stream::decoder::Event;
use crate::stream::encode;

use super::{answer, error};

/// The state machine of one stream.
pub struct Reader {
    /// It carries on a stream that another began.
    continues: bool,
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
    pub fn new(ask: &Ask, target: &Target, continues: Option<Identity>) -> Self {
        Self {
            continues: continues.is_some(),
            saw_event: false,
            choices: ask.n.max(1),
            finished: Vec::new(),
            include_usage: ask.include_usage,
            sends_finish: target.provider.quirks.sends_finish,
            drops_empty_chunks: target.provider.quirks.opens_with_filter_results,
            state: State {
                identity: continues
                    .unwrap_or_else(|| Identity { model: quoted(&target.id), ..Identity::default() }),
                ..State::default()
            },
        }
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

    fn write(&self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        encode::event(out, |out| {
            let mut edit = chunk.edit();
            let identity = &self.state.identity;
            edit.set("model", identity.model.as_str());
            if self.continues {
                for (name, value) in [("id", &identity.id), ("created", &identity.created)] {
                    if let Some(value) = value {
                        edit.set(name, value.as_str());
                    }
                }
            }
            if !self.include_usage {
                edit.remove("usage");
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
            return Step::Done;
        }
        if event.data.is_empty() {
            return Step::Quiet;
        }
        let Some(chunk) = Chunk::read(event.data) else {
            return Step::Malformed;
        };
        if let Some(object) = chunk.error() {
            return Step::Failed(error::inside_success(object, 0));
        }
        if event.name == b"error" {
            return Step::Failed(error::inside_success(&String::from_utf8_lossy(event.data), 0));
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
        self.state.reasoned |= chunk.says.reasoning;
        self.state.refused |= chunk.says.refusal;
        self.state.in_tool |= chunk.says.tool;
        let finishes = !chunk.finishes.is_empty() && self.finish(&chunk);
        // An opening chunk of filter results has neither; strict clients refuse it.
        let withheld = if chunk.usage().is_some() { !self.include_usage } else { self.drops_empty_chunks };
        // The role was said when the stream began.
        let repeated = self.continues && chunk.has_choices && !chunk.says.anything() && !finishes;
        if (chunk.has_choices || !withheld) && !repeated {
            self.write(&chunk, out);
        }
        match (finishes, chunk.says.anything()) {
            (true, _) => Step::Finished,
            (false, true) => Step::Content,
            (false, false) => Step::Quiet,
        }
    }

    fn end(&mut self, rest: &Bytes) -> Step {
        // Some servers write a late failure as a bare JSON object, outside of any `data:` line.
        if let Some(object) = Chunk::read(rest).as_ref().and_then(Chunk::error) {
            return Step::Failed(error::inside_success(object, 0));
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
