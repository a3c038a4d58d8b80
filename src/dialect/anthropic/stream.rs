//! A streamed answer, said in OpenAI's chunks.
//!
//! Anthropic streams blocks: each begins, grows and ends under its own number. What a caller of chat completions
//! sees of them is text, thoughts and tool calls, each in order; the other kinds are Anthropic's own business.
//! Texts are copied as they stand between their quotes, so that half a character survives.

use super::answer::{redacted, signed};
use super::counts::Counts;
use super::{ANSWER_TOOL, error, finish_reason};
use crate::chat::says_something;
use crate::chat::usage::Usage;
use crate::dialect::translated::{Chunks, Heard};
use crate::host::Millis;
use crate::json::{self, Object, quoted};
use crate::stream::decoder::Event;

/// The state machine of one stream.
pub struct Translator {
    created: Millis,
    /// What every chunk begins with; empty until the stream has begun.
    head: String,
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
        Self {
            created: unix_now / 1_000,
            head: String::new(),
            blocks: Vec::new(),
            calls: 0,
            details: 0,
            counts: Counts::default(),
            bytes: 0,
            finished: false,
            answered_by_tool: false,
        }
    }

    /// The first `message_start` counts; proxies are on record that repeat it.
    fn begin(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        let message = event.value("message").unwrap_or("{}");
        let message = json::object(message);
        let value = |name: &str| message.as_ref().and_then(|message| message.value(name));
        self.counts.read(value("usage").unwrap_or_default());
        if self.head.is_empty() {
            let id = value("id").filter(|id| json::inside(id).is_some()).unwrap_or("\"\"");
            self.head = format!(
                r#"{{"id":{id},"object":"chat.completion.chunk","created":{},"model":"","choices":["#,
                self.created
            );
            self.say(&[r#""role":"assistant","content":"","refusal":null"#], chunks);
        }
    }

    fn start(&mut self, number: u64, event: &Object<'_>, chunks: &mut Chunks) -> Option<()> {
        let block = json::object(event.value("content_block")?)?;
        let string = |name: &str| block.value(name).and_then(json::inside).unwrap_or_default();
        let opened = match string("type") {
            "text" => {
                self.say_text(string("text"), chunks);
                Block::Text
            }
            "thinking" => {
                let (text, signature) = (string("thinking").to_owned(), string("signature").to_owned());
                self.say_thought(&text, chunks);
                Block::Thought { text, signature }
            }
            "redacted_thinking" => {
                let detail = redacted(block.value("data")?, self.details);
                self.say_detail(&detail, chunks);
                Block::Other
            }
            "tool_use" => {
                let input = block.value("input").unwrap_or("{}").to_owned();
                let is_answer = string("name") == ANSWER_TOOL;
                let number = (!is_answer).then_some(self.calls);
                if is_answer {
                    self.answered_by_tool = true;
                } else {
                    let (id, name) = (block.value("id")?, block.value("name")?);
                    let index = self.calls.to_string();
                    self.calls += 1;
                    let call = [
                        r#""tool_calls":[{"index":"#,
                        &index,
                        r#","id":"#,
                        id,
                        r#","type":"function","function":{"name":"#,
                        name,
                        r#","arguments":""}}]"#,
                    ];
                    self.say(&call, chunks);
                }
                Block::Call { number, input, began: false }
            }
            _ => Block::Other,
        };
        self.blocks.retain(|(known, _)| *known != number);
        self.blocks.push((number, opened));
        Some(())
    }

    fn delta(&mut self, number: u64, event: &Object<'_>, chunks: &mut Chunks) -> Option<()> {
        let delta = event.value("delta")?;
        self.bytes += delta.len().saturating_sub(EMPTY_DELTA);
        let delta = json::object(delta)?;
        let string = |name: &str| delta.value(name).and_then(json::inside).unwrap_or_default();
        let block = self.blocks.iter_mut().find(|(known, _)| *known == number).map(|(_, block)| block);
        match (string("type"), block) {
            ("text_delta", Some(Block::Text) | None) => self.say_text(string("text"), chunks),
            ("thinking_delta", block) => {
                let thought = string("thinking");
                if let Some(Block::Thought { text, .. }) = block {
                    text.push_str(thought);
                }
                self.say_thought(thought, chunks);
            }
            ("signature_delta", Some(Block::Thought { signature, .. })) => {
                signature.push_str(string("signature"));
            }
            ("input_json_delta", Some(Block::Call { number, began, .. })) => {
                let piece = string("partial_json");
                *began |= !piece.is_empty();
                let number = *number;
                self.say_input(number, piece, chunks);
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
                self.say_input(number, json::inside(&input).unwrap_or_default(), chunks);
            }
            _ => {}
        }
    }

    fn end(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        let delta = event.value("delta").and_then(json::object);
        let reason = delta.as_ref().and_then(|delta| delta.value("stop_reason")).and_then(json::inside);
        if let Some(reason) = reason.filter(|_| !self.finished) {
            self.finished = true;
            let reason = match finish_reason(reason) {
                "tool_calls" if self.answered_by_tool && self.calls == 0 => "stop",
                reason => reason,
            };
            let ending = [r#"{"index":0,"delta":{},"finish_reason":""#, reason, r#""}]}"#];
            self.chunk(&ending, chunks);
        }
        if self.counts.read(event.value("usage").unwrap_or_default()) {
            let usage = self.counts.shown();
            self.chunk(&[r#"],"usage":"#, &usage, "}"], chunks);
        }
    }

    /// The json::inside of a JSON string as text of the answer.
    fn say_text(&self, text: &str, chunks: &mut Chunks) {
        if !text.is_empty() {
            self.say(&[r#""content":""#, text, "\""], chunks);
        }
    }

    fn say_thought(&self, thought: &str, chunks: &mut Chunks) {
        if !thought.is_empty() {
            self.say(&[r#""reasoning_content":""#, thought, "\""], chunks);
        }
    }

    fn say_detail(&mut self, detail: &str, chunks: &mut Chunks) {
        self.details += 1;
        self.say(&[r#""reasoning_details":["#, detail, "]"], chunks);
    }

    fn say_input(&self, number: Option<usize>, piece: &str, chunks: &mut Chunks) {
        match number {
            None => self.say_text(piece, chunks),
            Some(_) if piece.is_empty() => {}
            Some(number) => {
                let index = number.to_string();
                let function = r#","function":{"arguments":""#;
                self.say(&[r#""tool_calls":[{"index":"#, &index, function, piece, "\"}}]"], chunks);
            }
        }
    }

    /// A chunk with this delta.
    fn say(&self, delta: &[&str], chunks: &mut Chunks) {
        chunks.push(self.head());
        chunks.push(r#"{"index":0,"delta":{"#);
        delta.iter().for_each(|part| chunks.push(part));
        chunks.push(r#"},"finish_reason":null}]}"#);
        chunks.end();
    }

    fn chunk(&self, parts: &[&str], chunks: &mut Chunks) {
        chunks.push(self.head());
        parts.iter().for_each(|part| chunks.push(part));
        chunks.end();
    }

    fn head(&self) -> &str {
        match self.head.as_str() {
            "" => r#"{"id":"","object":"chat.completion.chunk","created":0,"model":"","choices":["#,
            head => head,
        }
    }
}

impl crate::dialect::translated::Translator for Translator {
    fn push(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Heard {
        let Ok(object) = Object::read(event.data) else { return Heard::Malformed };
        let number = || object.value("index").and_then(|index| index.parse().ok()).unwrap_or_default();
        if let Some(said) = object.value("error").filter(|error| says_something(error)) {
            return Heard::Failed(error::inside_success(said));
        }
        let heard = match object.value("type").and_then(json::inside) {
            Some("content_block_delta") => self.delta(number(), &object, chunks),
            Some("content_block_start") => self.start(number(), &object, chunks),
            Some("message_stop") => return Heard::Done,
            Some("error") => return Heard::Failed(error::inside_success("\"\"")),
            Some(other) => {
                match other {
                    "content_block_stop" => self.stop(number(), chunks),
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
        let is_counted = self.head.is_empty() || self.finished;
        (!is_counted).then(|| self.counts.so_far(self.bytes))
    }
}

#[cfg(test)]
mod tests;
