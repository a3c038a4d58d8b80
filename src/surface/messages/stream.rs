//! A stream: chunks said as `message_start`, blocks of content, `message_delta` and `message_stop`.
//!
//! What a provider of this very language said goes out as it came; only where blocks begin and end is
//! followed, for whoever carries on goes on in the block that is open.

use crate::chat::request::Renamed;
use crate::chat::usage::Usage;
use crate::json::{self, Object, Writer, filled, quoted};
use crate::search;
use crate::surface::names;
use crate::surface::voice::{Tongue, event, write};

use super::{MARK, answer, stop_reason};

/// The state machine of one stream.
#[derive(Default)]
pub(crate) struct Messages {
    started: bool,
    open: Option<Open>,
    /// How many blocks there were.
    blocks: u64,
    /// The blocks of the calls, by the places of the calls.
    calls: Vec<(u64, u64)>,
    finish: String,
    usage: Usage,
    /// The answer's end was said already, but for the last event.
    ended: bool,
    /// The tools that others know by other names than the caller.
    renamed: Vec<Renamed>,
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

impl Tongue for Messages {
    fn pass(&mut self, name: &str, event: &Object<'_>, data: &[u8], out: &mut Vec<u8>) {
        match (name, event.count("index")) {
            // A stream that begins twice begins once.
            ("message_start", _) if self.started => return,
            ("message_start", _) => self.started = true,
            ("content_block_start", Some(index)) => {
                let block = event.within("content_block");
                let kind = match block.word("type") {
                    "text" => Kind::Text,
                    "thinking" => Kind::Thinking,
                    "tool_use" => Kind::Call,
                    _ => Kind::Other,
                };
                let signed = kind != Kind::Thinking || !block.word("signature").is_empty();
                self.open = Some(Open { index, kind, signed });
                self.blocks = self.blocks.max(index.saturating_add(1));
            }
            ("content_block_delta", _) => {
                if let Some(open) = self.open.as_mut().filter(|open| !open.signed) {
                    open.signed = event
                        .value("delta")
                        .is_some_and(|delta| search::contains(delta, "\"signature_delta\""));
                }
            }
            // Some clients keep no thought that nobody signed, and some providers want theirs back.
            ("content_block_stop", _) => self.signs_open(out),
            ("message_delta", _) => self.ended = true,
            // The summary goes before it.
            ("message_stop", _) => return,
            _ => {}
        }
        write(out, name, data);
    }

    /// Whoever carries on has thoughts of its own, and signs those alone.
    fn changes_hands(&mut self, out: &mut Vec<u8>) {
        if self.is_open(Kind::Thinking) {
            self.closes(out);
        }
    }

    fn restarts(&mut self) {
        *self = Self { renamed: std::mem::take(&mut self.renamed), ..Self::default() };
    }

    fn starts(&mut self, chunk: &Object<'_>, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            let id = answer::id(chunk.inside("id"));
            let model = chunk.value("model").unwrap_or("\"\"");
            let usage = answer::usage(&Usage::default());
            let pattern = r#"{"type":"message_start","message":{"id":$,"type":"message","role":"assistant","model":$,"content":[],"stop_reason":null,"stop_sequence":null,"usage":$}}"#;
            event(out, "message_start", pattern, &[&id, model, &usage]);
        }
    }

    fn costs(&mut self, usage: &str) {
        self.usage = Usage::read(usage).unwrap_or(self.usage);
    }

    fn delta(&mut self, delta: &Object<'_>, out: &mut Vec<u8>) {
        let thought = delta.said("reasoning_content").or_else(|| delta.said("reasoning"));
        if let Some(text) = thought.filter(|text| json::inside(text).is_some()) {
            self.thinks(out);
            self.adds("thinking_delta", "thinking", text, out);
        }
        for detail in delta.list("reasoning_details") {
            self.signs(detail, out);
        }
        for name in &["content", "refusal"] {
            if let Some(text) = delta.string(name).filter(|text| *text != "\"\"") {
                if !self.is_open(Kind::Text) {
                    self.opens(Kind::Text, r#"{"type":"text","text":""}"#, out);
                }
                self.adds("text_delta", "text", text, out);
            }
        }
        for call in delta.list("tool_calls").objects() {
            self.calls(&call, out);
        }
    }

    fn finishes(&mut self, why: &str) {
        self.finish = why.to_owned();
    }

    fn ends(&mut self, _: bool, out: &mut Vec<u8>) {
        self.closes(out);
        if !std::mem::replace(&mut self.ended, true) {
            let reason = stop_reason(&self.finish, !self.calls.is_empty());
            let pattern =
                r#"{"type":"message_delta","delta":{"stop_reason":"$","stop_sequence":null},"usage":$}"#;
            event(out, "message_delta", pattern, &[reason, &answer::usage(&self.usage)]);
        }
        write(out, "message_stop", br#"{"type":"message_stop"}"#);
    }

    fn fails(&mut self, error: &str, out: &mut Vec<u8>) {
        let Some(error) = json::object(error) else { return };
        let mut said = Writer::object();
        said.member("type", "\"api_error\"").copy(&error, &["message", "code", "attempts"]);
        event(out, "error", r#"{"type":"error","error":$}"#, &[&said.finish()]);
    }
}

impl Messages {
    pub(crate) fn new(renamed: &[Renamed]) -> Self {
        Self { renamed: renamed.to_vec(), ..Self::default() }
    }

    fn thinks(&mut self, out: &mut Vec<u8>) {
        if !self.is_open(Kind::Thinking) {
            self.opens(Kind::Thinking, r#"{"type":"thinking","thinking":"","signature":""}"#, out);
        }
    }

    /// What Anthropic signed or hid; the text of it was said already.
    fn signs(&mut self, detail: &str, out: &mut Vec<u8>) {
        if let Some(block) = answer::foreign(detail) {
            return self.adds_whole(&block, out);
        }
        let Some(block) = answer::thought(detail) else { return };
        let Some(thought) = json::object(&block) else { return };
        if let Some(signature) = thought.said("signature") {
            self.thinks(out);
            self.adds("signature_delta", "signature", signature, out);
            if let Some(open) = &mut self.open {
                open.signed = true;
            }
        } else if thought.value("data").is_some() {
            self.adds_whole(&block, out);
        }
    }

    fn calls(&mut self, call: &Object<'_>, out: &mut Vec<u8>) {
        let place = call.count("index").unwrap_or(0);
        let function = call.within("function");
        let known = self.calls.iter().find(|(known, _)| *known == place).map(|(_, block)| *block);
        let index = known.unwrap_or_else(|| {
            if let Some(mark) = answer::foreign_signature(call) {
                self.adds_whole(&mark, out);
            }
            let id = call.said("id").map_or_else(|| format!("\"call_{place}\""), str::to_owned);
            let name = names::own(function.value("name").unwrap_or("\"\""), &self.renamed).name;
            let block = filled(r#"{"type":"tool_use","id":$,$,"input":{}}"#, &[&id, &name]);
            self.opens(Kind::Call, &block, out);
            let index = self.blocks - 1;
            self.calls.push((place, index));
            index
        });
        // With an empty object a block begins: one that has ended is told no more of it.
        let is_open = self.open.as_ref().is_some_and(|open| open.index == index);
        let arguments = function.said("arguments");
        if let Some(arguments) = arguments.filter(|arguments| is_open || *arguments != r#""{}""#) {
            add(index, "input_json_delta", "partial_json", arguments, out);
        }
    }

    /// The block that is open gets its last word: a thought, a mark where nobody has signed it.
    fn signs_open(&mut self, out: &mut Vec<u8>) {
        if let Some(Open { index, signed: false, .. }) = self.open.take() {
            add(index, "signature_delta", "signature", &quoted(&format!("{MARK}none")), out);
        }
    }

    fn is_open(&self, kind: Kind) -> bool {
        self.open.as_ref().is_some_and(|open| open.kind == kind)
    }

    /// Begins a block; the one that is open ends.
    fn opens(&mut self, kind: Kind, block: &str, out: &mut Vec<u8>) {
        self.closes(out);
        let index = self.blocks;
        self.blocks = index.saturating_add(1); // The provider may have said any number.
        self.open = Some(Open { index, kind, signed: kind != Kind::Thinking });
        let pattern = r#"{"type":"content_block_start","index":$,"content_block":$}"#;
        event(out, "content_block_start", pattern, &[&index.to_string(), block]);
    }

    fn closes(&mut self, out: &mut Vec<u8>) {
        let Some(Open { index, .. }) = self.open else { return };
        self.signs_open(out);
        let pattern = r#"{"type":"content_block_stop","index":$}"#;
        event(out, "content_block_stop", pattern, &[&index.to_string()]);
    }

    /// Adds a block of one piece.
    fn adds_whole(&mut self, block: &str, out: &mut Vec<u8>) {
        self.opens(Kind::Other, block, out);
        self.closes(out);
    }

    /// Adds to the block that is open.
    fn adds(&self, kind: &str, member: &str, json: &str, out: &mut Vec<u8>) {
        if let Some(open) = &self.open {
            add(open.index, kind, member, json, out);
        }
    }
}

fn add(index: u64, kind: &str, member: &str, json: &str, out: &mut Vec<u8>) {
    let pattern = r#"{"type":"content_block_delta","index":$,"delta":{"type":"$","$":$}}"#;
    event(out, "content_block_delta", pattern, &[&index.to_string(), kind, member, json]);
}

#[cfg(test)]
mod tests;
