//! A streamed answer: events as they came, with `model` replaced and nothing else touched.

use bytes::Bytes;

use crate::chat::chunk::Chunk;
use crate::chat::object::quoted;
use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::{State, Step};
use crate::failure::Failure;
use crate::stream::decoder::Event;
use crate::stream::encode;

use super::{answer, error};

/// The state machine of one stream.
pub struct Reader {
    /// Who answers, as JSON text.
    model: String,
    include_usage: bool,
    sends_finish: bool,
    drops_empty_chunks: bool,
    state: State,
}

impl Reader {
    /// A reader for what this target answers to this request.
    #[must_use]
    pub fn new(ask: &Ask, target: &Target) -> Self {
        Self {
            model: quoted(&target.id),
            include_usage: ask.include_usage,
            sends_finish: target.provider.quirks.sends_finish,
            drops_empty_chunks: target.provider.quirks.opens_with_filter_results,
            state: State::default(),
        }
    }

    fn write(&self, chunk: &Chunk<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        encode::event(out, |out| {
            let mut edit = chunk.edit();
            edit.set("model", self.model.as_str());
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
        if let Some(usage) = chunk.usage() {
            self.state.usage = Some(usage);
        }
        if let Some(failure) = chunk.finish.as_deref().and_then(answer::bad_finish) {
            return Step::Failed(failure);
        }
        self.state.answered |= chunk.says.answer;
        self.state.reasoned |= chunk.says.reasoning;
        self.state.refused |= chunk.says.refusal;
        self.state.in_tool |= chunk.says.tool;
        let finishes = chunk.finish.is_some() && self.state.finish.is_none();
        if finishes {
            self.state.finish = chunk.finish.as_deref().map(str::to_owned);
            self.state.in_tool = false;
        }
        // An opening chunk of filter results has neither; strict clients refuse it.
        let withheld = if chunk.usage().is_some() { !self.include_usage } else { self.drops_empty_chunks };
        if chunk.has_choices || !withheld {
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
        if self.state.finish.is_some() || !self.sends_finish {
            return Step::Done;
        }
        Step::Failed(Failure::new(Class::Cut, "the stream ended before the answer was complete"))
    }

    fn state(&self) -> &State {
        &self.state
    }
}
