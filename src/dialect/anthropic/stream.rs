//! A streamed answer, said in OpenAI's chunks.
//!
//! Anthropic streams blocks: each begins, grows and ends under its own number. What a caller of chat completions
//! sees of them is text, thoughts and tool calls, each in order; the other kinds are Anthropic's own business.
//! Texts are copied as they stand between their quotes, so that half a character survives.

use super::counts::Counts;
use super::{ANSWER_TOOL, error, finish_reason};
use crate::chat::said::Call;
use crate::chat::thought::{redacted, signed};
use crate::chat::usage::Usage;
use crate::dialect::translated::{Chunks, Heard};
use crate::host::Millis;
use crate::json::{self, Object, filled, quoted};
use crate::stream::decoder::Event;

/// The state machine of one stream.
#[derive(Default)]
pub struct Translator {
    created: Millis,
    began: bool,
    /// The open blocks, by their numbers.
    blocks: Vec<(u64, Block)>,
    /// How many tool calls there were, and how many signed thoughts.
    calls: usize,
    details: usize,
    counts: Counts,
    /// How many bytes the answer has so far.
    bytes: usize,
    /// It was said why it ended.
    finished: bool,
    /// JSON was asked for by way of a tool, and came so.
    answered_by_tool: bool,
    /// The answer is there all at once.
    is_whole: bool,
}

/// `{"type":"text_delta","text":""}`: what is longer is text.
const EMPTY_DELTA: usize = 31;

/// An open block.
enum Block {
    Text,
    /// The insides of JSON strings.
    Thought {
        text: String,
        signature: String,
    },
    /// A tool call with its number, or, without, the answer by way of a tool.
    Call {
        number: Option<usize>,
        input: String,
        began: bool,
    },
    /// Not for the caller.
    Other,
}

impl Translator {
    /// A translator of a stream that begins now.
    #[must_use]
    pub fn new(unix_now: Millis) -> Self {
        Self { created: unix_now / 1_000, ..Self::default() }
    }

    /// The first `message_start` counts; proxies are on record that repeat it.
    fn begin(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        let message = event.within("message");
        self.counts.read(message.value("usage").unwrap_or_default());
        if !std::mem::replace(&mut self.began, true) {
            chunks.name(message.string("id").unwrap_or("\"\""), &self.created.to_string());
            chunks.role();
        }
    }

    /// Takes a block of a whole answer.
    pub(super) fn whole(&mut self, block: &Object<'_>, chunks: &mut Chunks) -> Option<()> {
        match block.inside("type")? {
            // The answer by way of a tool is all of it.
            "text" if self.answered_by_tool => return Some(()),
            "text" => _ = block.inside("text")?,
            "tool_use" => _ = block.inside("name")?,
            _ => {}
        }
        self.is_whole = true;
        self.start(0, block, chunks)?;
        self.stop(0, chunks);
        Some(())
    }

    fn start(&mut self, number: u64, block: &Object<'_>, chunks: &mut Chunks) -> Option<()> {
        let opened = match block.word("type") {
            "text" => {
                chunks.said.text("content", block.word("text"));
                Block::Text
            }
            "thinking" => {
                let (text, signature) = (block.word("thinking"), block.word("signature"));
                chunks.said.text("reasoning_content", text);
                Block::Thought { text: text.to_owned(), signature: signature.to_owned() }
            }
            "redacted_thinking" => {
                let detail = redacted(block.value("data")?, self.details);
                self.say_detail(&detail, chunks);
                Block::Other
            }
            "tool_use" => {
                let input = block.value("input").unwrap_or("{}");
                let whole = quoted(input);
                let (mut number, mut began) = (None, false);
                if block.word("name") == ANSWER_TOOL {
                    self.answered_by_tool = true;
                    // Of a whole answer, what was said before is none of it.
                    chunks.said.forget("content");
                } else {
                    // A whole one has all of its input.
                    began = self.is_whole;
                    chunks.said.call(&Call {
                        index: (!began).then_some(self.calls),
                        id: Some(block.value("id")?),
                        name: Some(block.value("name")?),
                        arguments: if began { &whole } else { "\"\"" },
                        extra: None,
                    });
                    number = Some(self.calls);
                    self.calls += 1;
                }
                Block::Call { number, input: input.to_owned(), began }
            }
            _ => Block::Other,
        };
        match self.blocks.iter_mut().find(|(known, _)| *known == number) {
            Some((_, block)) => *block = opened,
            None => self.blocks.push((number, opened)),
        }
        Some(())
    }

    fn delta(&mut self, number: u64, event: &Object<'_>, chunks: &mut Chunks) -> Option<()> {
        let delta = event.value("delta")?;
        self.bytes += delta.len().saturating_sub(EMPTY_DELTA);
        let delta = json::object(delta)?;
        let block = self.blocks.iter_mut().find(|(known, _)| *known == number).map(|(_, block)| block);
        match (delta.word("type"), block) {
            ("text_delta", Some(Block::Text) | None) => chunks.said.text("content", delta.word("text")),
            ("thinking_delta", block) => {
                let thought = delta.word("thinking");
                if let Some(Block::Thought { text, .. }) = block {
                    text.push_str(thought);
                }
                chunks.said.text("reasoning_content", thought);
            }
            ("signature_delta", Some(Block::Thought { signature, .. })) => {
                signature.push_str(delta.word("signature"));
            }
            ("input_json_delta", Some(Block::Call { number, began, .. })) => {
                let piece = delta.word("partial_json");
                *began |= !piece.is_empty();
                say_input(*number, piece, chunks);
            }
            // Citations, and what belongs to blocks that are not for the caller.
            _ => {}
        }
        Some(())
    }

    fn stop(&mut self, number: u64, chunks: &mut Chunks) {
        let Some(at) = self.blocks.iter().position(|(known, _)| *known == number) else { return };
        match self.blocks.remove(at).1 {
            Block::Thought { text, signature } if !signature.is_empty() => {
                let detail = signed(&text, &signature, self.details);
                self.say_detail(&detail, chunks);
            }
            // A tool that takes no arguments is called without a word: OpenAI's clients want an object.
            Block::Call { number, input, began: false } => {
                let input = quoted(&input);
                say_input(number, json::inside(&input).unwrap_or_default(), chunks);
            }
            _ => {}
        }
    }

    fn end(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        let delta = event.within("delta");
        if let Some(reason) = delta.inside("stop_reason").filter(|_| !self.finished) {
            self.finished = true;
            chunks.said.text("refusal", super::explanation(&delta).unwrap_or_default());
            chunks.finish(0, self.finish(reason));
        }
        if self.counts.read(event.value("usage").unwrap_or_default()) {
            chunks.count(&self.counts.shown());
        }
    }

    /// Why it ended, as OpenAI says it.
    pub(super) fn finish(&self, reason: &str) -> &'static str {
        match finish_reason(reason) {
            "tool_calls" if self.answered_by_tool && self.calls == 0 => "stop",
            reason => reason,
        }
    }

    fn say_detail(&mut self, detail: &str, chunks: &mut Chunks) {
        self.details += 1;
        chunks.said.entry("reasoning_details", detail);
    }
}

/// Whether an event is about a block of Anthropic's own, such as a search that it makes and what that found. While one is
/// being worked at, pings are all that is heard.
pub fn is_its_own(event: &Event<'_>, works: bool) -> bool {
    let Ok(object) = Object::read(event.data) else { return false };
    match object.word("type") {
        "content_block_start" => super::is_its_own(object.within("content_block").word("type")),
        "content_block_delta" | "ping" => works,
        _ => false,
    }
}

/// A piece of what a tool is called with, or, without a number, of the answer by way of one.
fn say_input(number: Option<usize>, piece: &str, chunks: &mut Chunks) {
    match number {
        None => chunks.said.text("content", piece),
        Some(_) if piece.is_empty() => {}
        Some(number) => {
            let pattern = r#"{"index":$,"function":{"arguments":"$"}}"#;
            chunks.said.entry("tool_calls", &filled(pattern, &[&number.to_string(), piece]));
        }
    }
}

impl crate::dialect::translated::Translator for Translator {
    fn push(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Heard {
        let Ok(object) = Object::read(event.data) else { return Heard::Malformed };
        if let Some(said) = object.said("error") {
            return Heard::Failed(error::inside_success(said));
        }
        let number = object.count("index").unwrap_or_default();
        let heard = match object.inside("type") {
            Some("content_block_delta") => self.delta(number, &object, chunks),
            Some("content_block_start") => {
                object.object("content_block").and_then(|block| self.start(number, &block, chunks))
            }
            Some("message_stop") => return Heard::Done,
            Some("error") => return Heard::Failed(error::inside_success("\"\"")),
            Some(other) => {
                match other {
                    "content_block_stop" => self.stop(number, chunks),
                    "message_start" => self.begin(&object, chunks),
                    "message_delta" => self.end(&object, chunks),
                    // `ping`, and what is yet to be thought of.
                    _ => {}
                }
                Some(())
            }
            None => None,
        };
        if heard.is_some() { Heard::Said } else { Heard::Malformed }
    }

    fn spent(&self) -> Option<Usage> {
        // The end counts for itself.
        (self.began && !self.finished).then(|| self.counts.so_far(self.bytes))
    }
}

#[cfg(test)]
mod tests;
