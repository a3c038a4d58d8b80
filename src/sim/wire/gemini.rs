//! How Gemini writes an answer of `generateContent`, an event of one, and an error.
//!
//! As its recorded streams are: no names of events, lines that end in CRLF, counts in every event, a function call
//! in one piece, `STOP` behind it, and no mark at the end.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answer, Asked, Folded, Wire, is_by, split, text_of};
use crate::sim::script::{ErrorObject, Part};

/// Reads a request: the model and the wish for a stream stand in the path.
pub(super) fn read(path: &str, length: usize, request: &Value) -> Asked {
    let (model, method) = path.rsplit_once(':').unwrap_or((path, ""));
    let contents = request.get("contents").and_then(Value::as_array);
    let (before, begun) = split(contents.map(Vec::as_slice).unwrap_or_default(), "model");
    let text = |content: Option<&Value>| text_of(content.and_then(|content| content.get("parts")));
    Asked {
        wire: Wire::Gemini,
        model: model.rsplit('/').next().unwrap_or_default().to_owned(),
        stream: method.starts_with("stream"),
        usage: true,
        prompt_tokens: (length as u64).div_ceil(4),
        last_said: text(before.iter().rfind(|content| is_by(content, "user"))),
        begun: text(begun),
    }
}

/// What was told and is not written down yet.
#[derive(Default)]
pub(super) struct InHand {
    /// How many tokens were written.
    written: u64,
    /// A function call whose arguments are not all here: its name and they.
    call: Option<(String, String)>,
}

impl InHand {
    /// The function call, now that all of it is here.
    fn called(&mut self) -> Option<Value> {
        self.call.take().map(|(name, arguments)| call(&name, &arguments))
    }
}

/// The part as an event of a stream. `None` when it is not sent, or not yet.
pub(super) fn event(answer: &mut Answer<'_>, part: &Part) -> Option<Bytes> {
    let hand = &mut answer.in_hand;
    hand.written += u64::from(part.is_token());
    let mut parts: Vec<Value> = match part {
        Part::Arguments(_) => Vec::new(),
        _ => hand.called().into_iter().collect(),
    };
    let mut finish = None;
    match part {
        Part::Text(text) | Part::Refusal(text) => parts.push(json!({ "text": text })),
        Part::Reasoning(text) => parts.push(json!({ "text": text, "thought": true })),
        Part::ToolCall(name) => hand.call = Some((name.clone(), String::new())),
        Part::Arguments(text) => {
            if let Some((_, arguments)) = &mut hand.call {
                arguments.push_str(text);
            }
        }
        Part::Finish(reason) => finish = Some(reason.as_str()),
        Part::Comment(text) => return Some(format!(": {text}\r\n\r\n").into()),
        Part::Error(error) => return Some(format!("data: {}\r\n\r\n", error_body(error)).into()),
        // The count comes with every event; one that is stated besides is the later, and counts.
        Part::Usage { stated: Some(stated) } => {
            let event = json!({ "usageMetadata": counts(*stated) });
            return Some(format!("data: {event}\r\n\r\n").into());
        }
        Part::Role | Part::Usage { .. } | Part::Done | Part::Raw(_) | Part::Pause(_) => {}
    }
    if parts.is_empty() && finish.is_none() {
        return None;
    }
    let written = (answer.asked.prompt_tokens, answer.in_hand.written);
    Some(format!("data: {}\r\n\r\n", response(answer, parts, finish, Some(written))).into())
}

/// The parts folded into one body.
pub(super) fn whole(answer: &Answer<'_>, folded: &Folded<'_>) -> String {
    let mut parts = Vec::new();
    if !folded.reasoning.is_empty() {
        parts.push(json!({ "text": folded.reasoning, "thought": true }));
    }
    parts
        .extend([&folded.content, &folded.refusal].into_iter().flatten().map(|text| json!({ "text": text })));
    parts.extend(folded.tool.map(|name| call(name, &folded.arguments)));
    response(answer, parts, folded.finish, folded.usage).to_string()
}

fn response(
    answer: &Answer<'_>,
    parts: Vec<Value>,
    finish: Option<&str>,
    usage: Option<(u64, u64)>,
) -> Value {
    let mut members = vec![
        ("modelVersion", json!(answer.asked.model)),
        ("responseId", json!(format!("{:016x}", answer.id))),
    ];
    members.extend(usage.map(|usage| ("usageMetadata", counts(usage))));
    let mut candidate = vec![("content", json!({ "parts": parts, "role": "model" })), ("index", json!(0))];
    candidate.extend(finish.map(|finish| ("finishReason", json!(reason(finish)))));
    members.push(("candidates", json!([object(candidate)])));
    object(members)
}

fn object(members: Vec<(&str, Value)>) -> Value {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn counts((prompt, answer): (u64, u64)) -> Value {
    json!({
        "promptTokenCount": prompt,
        "candidatesTokenCount": answer,
        "totalTokenCount": prompt.saturating_add(answer),
    })
}

fn call(name: &str, arguments: &str) -> Value {
    let args: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
    json!({ "functionCall": { "name": name, "args": args } })
}

/// OpenAI's reasons, in Gemini's words.
fn reason(finish: &str) -> &str {
    match finish {
        "stop" | "tool_calls" => "STOP",
        "length" => "MAX_TOKENS",
        "content_filter" => "SAFETY",
        other => other,
    }
}

/// The body of an error.
pub(super) fn error_body(error: &ErrorObject) -> String {
    let code = error.code.as_deref().unwrap_or_default();
    let status = match (error.kind.as_str(), code) {
        (_, "invalid_api_key") => Some((401, "UNAUTHENTICATED")),
        (_, "model_not_found") => Some((404, "NOT_FOUND")),
        ("rate_limit_error", _) | (_, "rate_limit_exceeded" | "insufficient_quota") => {
            Some((429, "RESOURCE_EXHAUSTED"))
        }
        ("overloaded_error", _) | (_, "server_is_overloaded") => Some((503, "UNAVAILABLE")),
        ("server_error", _) => Some((500, "INTERNAL")),
        ("invalid_request_error", _) => Some((400, "INVALID_ARGUMENT")),
        _ => None,
    };
    let mut members = vec![("message", json!(error.message))];
    if let Some((status, word)) = status {
        members.extend([("code", json!(status)), ("status", json!(word))]);
    }
    if !code.is_empty() {
        let detail = json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code });
        members.push(("details", json!([detail])));
    }
    json!({ "error": object(members) }).to_string()
}
