//! How Anthropic writes a message, an event of one, and an error.

use std::fmt::Write;

use bytes::Bytes;

use super::{Answer, Folded, quoted, quoted_or_null};
use crate::sim::script::{ErrorObject, Part};

/// How far a stream of blocks has come.
#[derive(Default)]
pub(super) struct Blocks {
    open: Option<Kind>,
    /// How many there were before the open one.
    count: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Tool,
}

/// The part as an event of a stream, with the ends and beginnings of blocks that it takes.
pub(super) fn event(answer: &mut Answer<'_>, part: &Part) -> Option<Bytes> {
    let mut out = String::new();
    match part {
        Part::Role => {
            let head = head(answer);
            let prompt = answer.asked.prompt_tokens;
            let message = format!(
                r#"{{{head},"content":[],"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":{prompt},"output_tokens":1}}}}"#
            );
            say(&mut out, "message_start", &format!(r#""message":{message}"#));
        }
        Part::Text(text) | Part::Refusal(text) => {
            answer.blocks.enter(Kind::Text, r#""type":"text","text":"""#, &mut out);
            answer.blocks.delta(&format!(r#""type":"text_delta","text":{}"#, quoted(text)), &mut out);
        }
        Part::Reasoning(text) => {
            let start = r#""type":"thinking","thinking":"","signature":"""#;
            answer.blocks.enter(Kind::Thinking, start, &mut out);
            answer.blocks.delta(&format!(r#""type":"thinking_delta","thinking":{}"#, quoted(text)), &mut out);
        }
        Part::ToolCall(name) => {
            answer.blocks.leave(&mut out);
            let id = answer.blocks.count + 1;
            let start =
                format!(r#""type":"tool_use","id":"toolu_{id}","name":{},"input":{{}}"#, quoted(name));
            answer.blocks.enter(Kind::Tool, &start, &mut out);
            answer.blocks.delta(r#""type":"input_json_delta","partial_json":"""#, &mut out);
        }
        Part::Arguments(text) => {
            let delta = format!(r#""type":"input_json_delta","partial_json":{}"#, quoted(text));
            answer.blocks.delta(&delta, &mut out);
        }
        Part::Finish(reason) => {
            answer.blocks.leave(&mut out);
            let reason = quoted(stop_reason(reason));
            message_delta(&format!(r#""stop_reason":{reason}"#), answer.counts(None), &mut out);
        }
        // The count comes with the reason; one that is stated besides is the later, and counts.
        Part::Usage { stated: None } => return None,
        Part::Usage { stated } => message_delta("", answer.counts(*stated), &mut out),
        Part::Done => say(&mut out, "message_stop", ""),
        Part::Comment(_) => say(&mut out, "ping", ""),
        Part::Error(error) => out = format!("event: error\ndata: {}\n\n", error_body(error)),
        Part::Raw(_) | Part::Pause(_) => return None,
    }
    Some(out.into())
}

impl Blocks {
    /// A block of that kind is open, the open one or a new one.
    fn enter(&mut self, kind: Kind, start: &str, out: &mut String) {
        if self.open == Some(kind) {
            return;
        }
        self.leave(out);
        self.open = Some(kind);
        say(out, "content_block_start", &format!(r#""index":{},"content_block":{{{start}}}"#, self.count));
    }

    fn delta(&self, delta: &str, out: &mut String) {
        say(out, "content_block_delta", &format!(r#""index":{},"delta":{{{delta}}}"#, self.count));
    }

    fn leave(&mut self, out: &mut String) {
        let Some(kind) = self.open.take() else { return };
        if kind == Kind::Thinking {
            self.delta(&format!(r#""type":"signature_delta","signature":{SIGNATURE}"#), out);
        }
        say(out, "content_block_stop", &format!(r#""index":{}"#, self.count));
        self.count += 1;
    }
}

/// What a simulated model signs its thoughts with, as JSON text.
const SIGNATURE: &str = r#""c2ltdWxhdGVk""#;

/// The parts folded into one body.
pub(super) fn whole(answer: &Answer<'_>, folded: &Folded<'_>) -> String {
    let mut blocks = Vec::new();
    if !folded.reasoning.is_empty() {
        let thinking = quoted(&folded.reasoning);
        blocks.push(format!(r#"{{"type":"thinking","thinking":{thinking},"signature":{SIGNATURE}}}"#));
    }
    for text in [&folded.content, &folded.refusal].into_iter().flatten() {
        blocks.push(format!(r#"{{"type":"text","text":{}}}"#, quoted(text)));
    }
    if let Some(name) = folded.tool {
        let input = if folded.arguments.is_empty() { "{}" } else { &folded.arguments };
        blocks
            .push(format!(r#"{{"type":"tool_use","id":"toolu_1","name":{},"input":{input}}}"#, quoted(name)));
    }
    let mut body = format!(
        r#"{{{},"content":[{}],"stop_reason":{},"stop_sequence":null"#,
        head(answer),
        blocks.join(","),
        quoted_or_null(folded.finish.map(stop_reason)),
    );
    if let Some((input, output)) = folded.usage {
        // Writing into a `String` cannot fail.
        let _ = write!(body, r#","usage":{{"input_tokens":{input},"output_tokens":{output}}}"#);
    }
    body.push('}');
    body
}

/// The body of an error.
pub(super) fn error_body(error: &ErrorObject) -> String {
    let kind = match error.code.as_deref().unwrap_or(&error.kind) {
        "invalid_api_key" => "authentication_error",
        "model_not_found" => "not_found_error",
        "rate_limit_exceeded" => "rate_limit_error",
        "server_is_overloaded" => "overloaded_error",
        "server_error" => "api_error",
        _ => &error.kind,
    };
    let message = quoted(&error.message);
    format!(
        r#"{{"type":"error","error":{{"type":{},"message":{message}}},"request_id":"req_1"}}"#,
        quoted(kind)
    )
}

fn stop_reason(reason: &str) -> &str {
    match reason {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        other => other,
    }
}

fn message_delta(delta: &str, (input, output): (u64, u64), out: &mut String) {
    let usage = format!(r#"{{"input_tokens":{input},"output_tokens":{output}}}"#);
    say(out, "message_delta", &format!(r#""delta":{{{delta}}},"usage":{usage}"#));
}

fn say(out: &mut String, name: &str, members: &str) {
    let comma = if members.is_empty() { "" } else { "," };
    // Writing into a `String` cannot fail.
    let _ = write!(out, "event: {name}\ndata: {{\"type\":\"{name}\"{comma}{members}}}\n\n");
}

fn head(answer: &Answer<'_>) -> String {
    format!(
        r#""id":"msg_{:016x}","type":"message","role":"assistant","model":{}"#,
        answer.id,
        quoted(&answer.asked.model)
    )
}
