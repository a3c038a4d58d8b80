//! A whole answer: a `chat.completion` said as a `message`.

use crate::chat::says_something;
use crate::chat::usage::Usage;
use crate::json::{self, Object, Writer, quoted};

use super::{MARK, sealed, stop_reason};

/// The body. What is no answer is left as it is.
#[must_use]
pub fn write(body: &[u8]) -> Vec<u8> {
    let said = Object::read(body).ok().and_then(|answer| message(&answer));
    said.map_or_else(|| body.to_vec(), String::into_bytes)
}

fn message(answer: &Object<'_>) -> Option<String> {
    let choice = json::object(json::elements(answer.value("choices")?)?.first()?)?;
    let said = json::object(choice.value("message")?)?;
    let finish = choice.value("finish_reason").and_then(json::inside).unwrap_or_default();
    let mut out = Writer::object();
    out.member("id", &id(answer.value("id")));
    out.member("type", "\"message\"").member("role", "\"assistant\"");
    out.maybe("model", answer.value("model"));
    out.member("content", &content(&said)?);
    let calls = said.value("tool_calls").is_some_and(says_something);
    out.string("stop_reason", stop_reason(finish, calls)).member("stop_sequence", "null");
    let counts = answer.value("usage").and_then(Usage::read).unwrap_or_default();
    out.member("usage", &usage(&counts));
    out.maybe("steadfast", answer.value("steadfast"));
    Some(out.finish())
}

fn content(said: &Object<'_>) -> Option<String> {
    let mut out = Writer::list();
    let value = |name: &str| said.value(name).filter(|value| says_something(value));
    let details = value("reasoning_details").and_then(json::elements).unwrap_or_default();
    let mut signed = Writer::list();
    for detail in &details {
        if let Some(block) = thought(detail) {
            signed.element(&block);
            out.element(&block);
        }
    }
    let reasoning = value("reasoning_content").or_else(|| value("reasoning"));
    if let (true, Some(text)) = (signed.is_empty(), reasoning.filter(|text| json::inside(text).is_some())) {
        out.element(&format!(r#"{{"type":"thinking","thinking":{text},"signature":"{MARK}none"}}"#));
    }
    for block in details.iter().filter_map(|detail| foreign(detail)) {
        out.element(&block);
    }
    for text in [value("content"), value("refusal")].into_iter().flatten() {
        for text in texts(text) {
            out.element(&format!(r#"{{"type":"text","text":{text}}}"#));
        }
    }
    for call in value("tool_calls").and_then(json::elements).unwrap_or_default() {
        let call = json::object(call)?;
        let function = call.value("function").and_then(json::object)?;
        if let Some(mark) = foreign_signature(&call) {
            out.element(&mark);
        }
        let mut block = Writer::object();
        block.member("type", "\"tool_use\"").maybe("id", call.value("id"));
        block.maybe("name", function.value("name"));
        block.member("input", &input(function.value("arguments").unwrap_or("\"\"")));
        out.element(&block.finish());
    }
    Some(out.finish())
}

/// The texts of a content, which is a string, or, at some vendors, a list of parts.
fn texts(content: &str) -> Vec<&str> {
    if json::inside(content).is_some() {
        return vec![content];
    }
    let of = |part| json::object(part)?.value("text").filter(|text| json::inside(text).is_some());
    json::elements(content).unwrap_or_default().into_iter().filter_map(of).collect()
}

/// A thought that Anthropic signed, as a block.
pub(super) fn thought(detail: &str) -> Option<String> {
    let detail = json::object(detail)?;
    detail.value("format").filter(|format| format.starts_with("\"anthropic"))?;
    match json::inside(detail.value("type")?)? {
        "reasoning.text" => Some(format!(
            r#"{{"type":"thinking","thinking":{},"signature":{}}}"#,
            detail.value("text").unwrap_or("\"\""),
            detail.value("signature").filter(|signature| *signature != "null")?
        )),
        "reasoning.encrypted" => {
            Some(format!(r#"{{"type":"redacted_thinking","data":{}}}"#, detail.value("data")?))
        }
        _ => None,
    }
}

/// A block that keeps what another vendor signed or hid of a thought, until it comes back.
pub(super) fn foreign(detail: &str) -> Option<String> {
    let object = json::object(detail)?;
    let is_own = object.value("format").is_some_and(|format| format.starts_with("\"anthropic"));
    let is_signed = ["signature", "data"].iter().any(|name| object.value(name).is_some_and(says_something));
    (is_signed && !is_own).then(|| redacted(detail))
}

/// A block that keeps what Gemini signed a call with.
pub(super) fn foreign_signature(call: &Object<'_>) -> Option<String> {
    let extra = call.value("extra_content")?;
    json::object(extra)?.value("google").and_then(json::object)?.value("thought_signature")?;
    Some(redacted(extra))
}

fn redacted(said: &str) -> String {
    format!(r#"{{"type":"redacted_thinking","data":{}}}"#, sealed(said))
}

/// What a tool is called with: an object here, a text in the common language.
fn input(arguments: &str) -> String {
    match json::text(arguments) {
        Some(text) if text.trim().is_empty() => "{}".to_owned(),
        Some(text) if json::object(&text).is_some() => text,
        // Some write the object itself.
        None if json::object(arguments).is_some() => arguments.to_owned(),
        // No object: the model's own words, under a name.
        _ => format!(r#"{{"arguments":{arguments}}}"#),
    }
}

pub(super) fn usage(usage: &Usage) -> String {
    let cached = usage.prompt_tokens_details.cached_tokens.min(usage.prompt_tokens);
    format!(
        r#"{{"input_tokens":{},"cache_creation_input_tokens":0,"cache_read_input_tokens":{cached},"output_tokens":{}}}"#,
        usage.prompt_tokens - cached,
        usage.completion_tokens
    )
}

/// An id of the form that this language has.
pub(super) fn id(json: Option<&str>) -> String {
    match json.and_then(json::inside) {
        Some(id) if id.starts_with("msg_") => quoted(id),
        Some(id) => format!("\"msg_{id}\""),
        None => "\"msg_steadfast\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(message: Value, finish: &str) -> Value {
        let answer = json!({
            "id": "chatcmpl-1", "model": "a/x",
            "choices": [{ "index": 0, "message": message, "finish_reason": finish }],
            "usage": { "prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": { "cached_tokens": 4 } },
        });
        serde_json::from_slice(&write(answer.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn an_answer_is_a_message() {
        let message =
            said(json!({ "role": "assistant", "content": "Hi", "reasoning_content": "Hm" }), "length");
        assert_eq!(
            message,
            json!({
                "id": "msg_chatcmpl-1", "type": "message", "role": "assistant", "model": "a/x",
                "content": [
                    { "type": "thinking", "thinking": "Hm", "signature": "steadfast:none" },
                    { "type": "text", "text": "Hi" },
                ],
                "stop_reason": "max_tokens", "stop_sequence": null,
                "usage": { "input_tokens": 6, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 5 },
            })
        );
    }

    #[test]
    fn calls_are_blocks_with_objects_in_them() {
        let call = |arguments: &str| json!({ "id": "call_1", "type": "function", "function": { "name": "f", "arguments": arguments } });
        let message = said(
            json!({ "content": null, "tool_calls": [call("{\"a\": 1.50}"), call(""), call("3")] }),
            "tool_calls",
        );
        let inputs: Vec<&Value> =
            message["content"].as_array().unwrap().iter().map(|block| &block["input"]).collect();
        assert_eq!(inputs, [&json!({ "a": 1.5 }), &json!({}), &json!({ "arguments": "3" })]);
        assert_eq!(message["stop_reason"], "tool_use");
    }

    #[test]
    fn a_call_is_the_reason_to_stop_whatever_the_vendor_calls_it() {
        let call =
            json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": { "a": 1 } } });
        let message = said(json!({ "content": null, "tool_calls": [call] }), "stop");
        assert_eq!(message["stop_reason"], "tool_use");
        assert_eq!(message["content"][0]["input"], json!({ "a": 1 }), "some write the object itself");
    }

    #[test]
    fn what_a_vendor_signed_is_kept_for_the_way_back() {
        let message = said(
            json!({
                "content": "x", "reasoning_content": "T",
                "reasoning_details": [{ "type": "reasoning.text", "text": "T", "signature": "sig", "format": "anthropic-claude-v1" }],
                "tool_calls": [{ "id": "c", "function": { "name": "f", "arguments": "{}" }, "extra_content": { "google": { "thought_signature": "g+/=" } } }],
            }),
            "tool_calls",
        );
        assert_eq!(message["content"][0], json!({ "type": "thinking", "thinking": "T", "signature": "sig" }));
        assert_eq!(
            message["content"][2],
            json!({ "type": "redacted_thinking", "data": r#"steadfast:{"google":{"thought_signature":"g+/="}}"# })
        );
    }

    #[test]
    fn what_another_vendor_hid_follows_its_thought() {
        let hidden = json!({ "type": "reasoning.encrypted", "data": "E", "format": "openai-responses-v1" });
        let summary = json!({ "type": "reasoning.summary", "summary": "T" });
        let message = said(
            json!({ "content": "x", "reasoning_content": "T", "reasoning_details": [summary, hidden] }),
            "stop",
        );
        assert_eq!(
            message["content"],
            json!([
                { "type": "thinking", "thinking": "T", "signature": "steadfast:none" },
                { "type": "redacted_thinking", "data": format!("steadfast:{hidden}") },
                { "type": "text", "text": "x" },
            ])
        );
    }

    #[test]
    fn what_is_no_answer_stays_as_it_is() {
        assert_eq!(write(b"{\"input_tokens\":3}"), b"{\"input_tokens\":3}");
    }
}
