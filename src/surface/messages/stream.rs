//! A stream: chunks said as `message_start`, blocks of content, `message_delta` and `message_stop`.
//!
//! What a provider of this very language said goes out as it came; only where blocks begin and end is
//! followed, for whoever carries on goes on in the block that is open.

use crate::chat::says_something;
use crate::chat::usage::Usage;
use crate::json::{self, Object, quoted};
use crate::search;
use crate::surface::sse::{self, Line};

use super::{MARK, answer, stop_reason};

/// The state machine of one stream.
#[derive(Default)]
pub struct Voice {
    /// The provider speaks the caller's own language.
    native: bool,
    started: bool,
    open: Option<Open>,
    /// How many blocks there were.
    blocks: u64,
    /// The blocks of the calls, by the places of the calls.
    calls: Vec<(u64, u64)>,
    finish: Option<String>,
    usage: Option<Usage>,
    /// The answer's end was said already, but for the last event.
    ended: bool,
    restarts: bool,
}

/// A block that is being said.
struct Open {
    index: u64,
    kind: Kind,
    /// A thought that was signed.
    signed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
    /// One of the provider's own.
    Other,
}

impl crate::surface::Voice for Voice {
    fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for line in sse::lines(piece) {
            match line {
                Line::Comment(comment) => {
                    if comment.starts_with(b": steadfast continued") {
                        self.changes_hands(out);
                    }
                    out.extend_from_slice(comment);
                    out.extend_from_slice(b"\n\n");
                }
                Line::Name(name) => self.restarts = name == b"steadfast.restart",
                Line::Native(data) => self.pass(data, out),
                Line::Data(data) => self.say(data, out),
                Line::Blank => {}
            }
        }
    }
}

impl Voice {
    /// Another target carries on: not as it would by itself, but as we ask it to. It has thoughts of its own, and
    /// signs those alone.
    fn changes_hands(&mut self, out: &mut Vec<u8>) {
        self.native = false;
        if self.is_open(Kind::Thinking) {
            self.closes(out);
        }
    }

    /// An event of the provider's, as it came.
    fn pass(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.native = true;
        let Ok(event) = Object::read(data) else { return };
        let Some(name) = event.value("type").and_then(json::inside) else { return };
        let index = event.value("index").and_then(|index| index.parse().ok());
        match (name, index) {
            // A stream that begins twice begins once.
            ("message_start", _) if self.started => return,
            ("message_start", _) => self.started = true,
            ("content_block_start", Some(index)) => {
                let block = event.value("content_block").and_then(json::object);
                let kind = match block.as_ref().and_then(|block| block.value("type")) {
                    Some(r#""text""#) => Kind::Text,
                    Some(r#""thinking""#) => Kind::Thinking,
                    Some(r#""tool_use""#) => Kind::Call,
                    _ => Kind::Other,
                };
                self.open = Some(Open { index, kind, signed: kind != Kind::Thinking });
                self.blocks = self.blocks.max(index.saturating_add(1));
            }
            ("content_block_delta", _) => {
                if let Some(open) = self.open.as_mut().filter(|open| !open.signed) {
                    open.signed = event
                        .value("delta")
                        .is_some_and(|delta| search::contains(delta, "\"signature_delta\""));
                }
            }
            ("content_block_stop", _) => self.open = None,
            ("message_delta", _) => self.ended = true,
            // The summary goes before it.
            ("message_stop", _) => return,
            _ => {}
        }
        write(out, name, data);
    }

    fn say(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if data == b"[DONE]" {
            return self.end(out);
        }
        let Ok(chunk) = Object::read(data) else { return };
        if let Some(error) = chunk.value("error").filter(|error| says_something(error)) {
            return fail(error, out);
        }
        if self.restarts {
            *self = Self::default();
            return write(out, "steadfast.restart", br#"{"type":"steadfast.restart"}"#);
        }
        if self.native {
            return;
        }
        self.start(&chunk, out);
        if let Some(usage) = chunk.value("usage").and_then(Usage::read) {
            self.usage = Some(usage);
        }
        let choices = chunk.value("choices").and_then(json::elements).unwrap_or_default();
        let Some(choice) = choices.first().and_then(|choice| json::object(choice)) else { return };
        if let Some(delta) = choice.value("delta").and_then(json::object) {
            self.delta(&delta, out);
        }
        if let Some(finish) = choice.value("finish_reason").and_then(json::inside) {
            self.finish = Some(finish.to_owned());
        }
    }

    fn start(&mut self, chunk: &Object<'_>, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            let id = answer::id(chunk.value("id"));
            let model = chunk.value("model").unwrap_or("\"\"");
            let usage = answer::usage(&Usage::default());
            let start = format!(
                r#"{{"type":"message_start","message":{{"id":{id},"type":"message","role":"assistant","model":{model},"content":[],"stop_reason":null,"stop_sequence":null,"usage":{usage}}}}}"#
            );
            write(out, "message_start", start.as_bytes());
        }
    }

    fn delta(&mut self, delta: &Object<'_>, out: &mut Vec<u8>) {
        let value = |name: &str| delta.value(name).filter(|value| says_something(value));
        let thought = value("reasoning_content").or_else(|| value("reasoning"));
        if let Some(text) = thought.filter(|text| json::inside(text).is_some()) {
            self.thinks(out);
            self.adds("thinking_delta", "thinking", text, out);
        }
        for detail in value("reasoning_details").and_then(json::elements).unwrap_or_default() {
            self.signs(detail, out);
        }
        for text in [value("content"), value("refusal")].into_iter().flatten() {
            if json::inside(text).is_some() {
                if !self.is_open(Kind::Text) {
                    self.opens(Kind::Text, r#"{"type":"text","text":""}"#, out);
                }
                self.adds("text_delta", "text", text, out);
            }
        }
        for call in value("tool_calls").and_then(json::elements).unwrap_or_default() {
            if let Some(call) = json::object(call) {
                self.calls(&call, out);
            }
        }
    }

    fn thinks(&mut self, out: &mut Vec<u8>) {
        if !self.is_open(Kind::Thinking) {
            self.opens(Kind::Thinking, r#"{"type":"thinking","thinking":"","signature":""}"#, out);
        }
    }

    /// What Anthropic signed or hid; the text of it was said already.
    fn signs(&mut self, detail: &str, out: &mut Vec<u8>) {
        if let Some(block) = answer::foreign(detail) {
            self.opens(Kind::Other, &block, out);
            return self.closes(out);
        }
        let Some(block) = answer::thought(detail) else { return };
        let Some(thought) = json::object(&block) else { return };
        match thought.value("signature").filter(|signature| says_something(signature)) {
            Some(signature) => {
                self.thinks(out);
                self.adds("signature_delta", "signature", signature, out);
                if let Some(open) = &mut self.open {
                    open.signed = true;
                }
            }
            None if thought.value("data").is_some() => {
                self.opens(Kind::Other, &block, out);
                self.closes(out);
            }
            None => {}
        }
    }

    fn calls(&mut self, call: &Object<'_>, out: &mut Vec<u8>) {
        let place = call.value("index").and_then(|index| index.parse().ok()).unwrap_or(0);
        let function = call.value("function").and_then(json::object);
        let of = |name: &str| function.as_ref().and_then(|function| function.value(name));
        let known = self.calls.iter().find(|(known, _)| *known == place).map(|(_, block)| *block);
        let index = match known {
            Some(index) => index,
            None => {
                if let Some(mark) = answer::foreign_signature(call) {
                    self.opens(Kind::Other, &mark, out);
                    self.closes(out);
                }
                let id = call.value("id").filter(|id| says_something(id));
                let id = id.map_or_else(|| format!("\"call_{place}\""), str::to_owned);
                let name = of("name").unwrap_or("\"\"");
                self.opens(
                    Kind::Call,
                    &format!(r#"{{"type":"tool_use","id":{id},"name":{name},"input":{{}}}}"#),
                    out,
                );
                let index = self.blocks - 1;
                self.calls.push((place, index));
                index
            }
        };
        if let Some(arguments) = of("arguments").filter(|arguments| says_something(arguments)) {
            add(index, "input_json_delta", "partial_json", arguments, out);
        }
    }

    fn is_open(&self, kind: Kind) -> bool {
        self.open.as_ref().is_some_and(|open| open.kind == kind)
    }

    /// Begins a block; the one that is open ends.
    fn opens(&mut self, kind: Kind, block: &str, out: &mut Vec<u8>) {
        self.closes(out);
        let index = self.blocks;
        self.blocks += 1;
        self.open = Some(Open { index, kind, signed: kind != Kind::Thinking });
        let start = format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#);
        write(out, "content_block_start", start.as_bytes());
    }

    fn closes(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.take() else { return };
        let index = open.index;
        if !open.signed {
            add(index, "signature_delta", "signature", &quoted(&format!("{MARK}none")), out);
        }
        let stop = format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
        write(out, "content_block_stop", stop.as_bytes());
    }

    /// Adds to the block that is open.
    fn adds(&self, kind: &str, member: &str, json: &str, out: &mut Vec<u8>) {
        if let Some(open) = &self.open {
            add(open.index, kind, member, json, out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.closes(out);
        if !std::mem::replace(&mut self.ended, true) {
            let reason = stop_reason(self.finish.as_deref().unwrap_or_default(), !self.calls.is_empty());
            let usage = answer::usage(&self.usage.unwrap_or_default());
            let delta = format!(
                r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}","stop_sequence":null}},"usage":{usage}}}"#
            );
            write(out, "message_delta", delta.as_bytes());
        }
        write(out, "message_stop", br#"{"type":"message_stop"}"#);
    }
}

fn add(index: u64, kind: &str, member: &str, json: &str, out: &mut Vec<u8>) {
    let delta = format!(
        r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{member}":{json}}}}}"#
    );
    write(out, "content_block_delta", delta.as_bytes());
}

/// An error, after which nothing comes. `error` is the object in OpenAI's form.
fn fail(error: &str, out: &mut Vec<u8>) {
    let Some(error) = json::object(error) else { return };
    let mut said = json::Writer::object();
    said.member("type", "\"api_error\"");
    for member in ["message", "code", "attempts"] {
        said.maybe(member, error.value(member));
    }
    let event = format!(r#"{{"type":"error","error":{}}}"#, said.finish());
    write(out, "error", event.as_bytes());
}

fn write(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
