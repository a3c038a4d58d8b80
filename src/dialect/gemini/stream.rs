//! A streamed answer, said in OpenAI's chunks.
//!
//! There is no mark at the end: `finishReason` is said, and the body ends. Some say it before they have ended, in
//! every event even; so it is passed on when nothing can follow it.

use bytes::Bytes;

use crate::chat::usage::Usage;
use crate::dialect::translated::{Chunks, Heard};
use crate::host::Millis;
use crate::json::{Writer, filled};
use crate::stream::decoder::Event;

use super::answer::{Answer, Response};
use super::error;

/// The state machine of one stream.
pub struct Translator {
    created: String,
    answer: Answer,
    /// Why it ended was said.
    is_closed: bool,
}

impl Translator {
    /// A translator of a stream that begins now.
    #[must_use]
    pub fn new(unix_now: Millis) -> Self {
        Self {
            created: (unix_now / 1_000).to_string(),
            answer: Answer::new(unix_now, true),
            is_closed: false,
        }
    }
}

impl crate::dialect::translated::Translator for Translator {
    fn push(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Heard {
        let response = match Response::read(event.data) {
            Ok(response) if response.is_one() => response,
            _ => return Heard::Malformed,
        };
        if let Err(failure) = self.answer.hear(&response) {
            return Heard::Failed(failure);
        }
        chunks.name(self.answer.id(), &self.created);
        for choice in &mut self.answer.choices {
            let index = choice.index.to_string();
            let mut say = |delta: &str, logprobs: &str| {
                let pattern = r#"{"index":$,"delta":$$,"finish_reason":null}"#;
                chunks.choice(pattern, &[&index, delta, logprobs]);
            };
            if !std::mem::replace(&mut choice.is_begun, true) {
                say(r#"{"role":"assistant","content":""}"#, "");
            }
            let mut delta = Writer::object();
            std::mem::take(&mut choice.said).write(&mut delta);
            let logprobs = choice.logprobs.take();
            if !delta.is_empty() || logprobs.is_some() {
                let logprobs = logprobs.map(|logprobs| filled(r#","logprobs":$"#, &[&logprobs]));
                say(&delta.finish(), &logprobs.unwrap_or_default());
            }
        }
        Heard::Said
    }

    fn spent(&self) -> Option<Usage> {
        // The first events count the prompt alone.
        self.answer.usage.filter(|usage| usage.completion_tokens > 0 && !self.is_closed)
    }

    fn seems_over(&self) -> Option<&str> {
        let is_over = !self.is_closed && self.answer.choices.iter().all(|choice| choice.finish.is_some());
        self.answer.choices.first().and_then(|choice| choice.finish).filter(|_| is_over)
    }

    fn end(&mut self, rest: &Bytes, chunks: &mut Chunks) -> Heard {
        // A late failure is written as a bare object, outside of any event.
        if let Some(failure) = error::bare(rest) {
            return Heard::Failed(failure);
        }
        if self.is_closed {
            return Heard::Said;
        }
        self.is_closed = true;
        for choice in &self.answer.choices {
            if let Some(finish) = choice.finish {
                chunks.finish(choice.index, finish);
            }
        }
        if let Some(usage) = &self.answer.usage {
            chunks.count(&usage.told());
        }
        // However many were asked for: some models give one.
        match self.answer.choices.iter().all(|choice| choice.finish.is_some()) {
            true if !self.answer.choices.is_empty() => Heard::Done,
            _ => Heard::Said,
        }
    }
}

#[cfg(test)]
mod tests;
