//! A whole answer: a `chat.completion` said as a `message`.

use crate::chat::request::Renamed;
use crate::chat::usage::Usage;
use crate::json::{self, Elements, Object, Writer, filled};

use super::{MARK, sealed, stop_reason};
use crate::surface::names;

/// The body, with the caller's names of tools where others know them by other ones. What is no answer is left as it is.
#[must_use]
pub fn write(body: &[u8], renamed: &[Renamed]) -> Vec<u8> {
    let said = Object::read(body).ok().and_then(|answer| message(&answer, renamed));
    said.map_or_else(|| body.to_vec(), String::into_bytes)
}

fn message(answer: &Object<'_>, renamed: &[Renamed]) -> Option<String> {
    let choice = json::object(answer.list("choices").next()?)?;
    let said = choice.object("message")?;
    let mut out = Writer::object();
    out.member("id", &id(answer.inside("id")));
    out.member("type", "\"message\"").member("role", "\"assistant\"").copy(answer, &["model"]);
    out.member("content", &content(&said, renamed)?);
    let calls = said.said("tool_calls").is_some();
    out.string("stop_reason", stop_reason(choice.word("finish_reason"), calls));
    out.member("stop_sequence", "null");
    let counts = answer.value("usage").and_then(Usage::read).unwrap_or_default();
    out.member("usage", &usage(&counts)).copy(answer, &["steadfast"]);
    Some(out.finish())
}

fn content(said: &Object<'_>, renamed: &[Renamed]) -> Option<String> {
    let mut out = Writer::list();
    for detail in said.list("reasoning_details") {
        if let Some(block) = thought(detail) {
            out.element(&block);
        }
    }
    let reasoning = said.said("reasoning_content").or_else(|| said.said("reasoning"));
    if let (true, Some(text)) = (out.is_empty(), reasoning.filter(|text| json::inside(text).is_some())) {
        out.put(r#"{"type":"thinking","thinking":$,"signature":"$none"}"#, &[text, MARK]);
    }
    for detail in said.list("reasoning_details") {
        if let Some(block) = foreign(detail) {
            out.element(&block);
        }
    }
    for name in &["content", "refusal"] {
        texts(said.said(name).unwrap_or_default(), &mut out);
    }
    for call in said.list("tool_calls") {
        let call = json::object(call)?;
        let function = call.object("function")?;
        if let Some(mark) = foreign_signature(&call) {
            out.element(&mark);
        }
        let mut block = Writer::object();
        block.member("type", "\"tool_use\"").copy(&call, &["id"]);
        block.element(&names::own(function.value("name").unwrap_or("\"\""), renamed).name);
        block.member("input", &input(function.value("arguments").unwrap_or("\"\"")));
        out.append(&block);
    }
    Some(out.finish())
}

/// The texts of a content, which is a string, or, at some vendors, a list of parts.
fn texts(content: &str, out: &mut Writer) {
    let pattern = r#"{"type":"text","text":$}"#;
    if json::inside(content).is_some() {
        out.put(pattern, &[content]);
        return;
    }
    for part in Elements::of(content) {
        if let Some(text) = json::object(part).and_then(|part| part.string("text")) {
            out.put(pattern, &[text]);
        }
    }
}

/// A thought that Anthropic signed, as a block.
pub(super) fn thought(detail: &str) -> Option<String> {
    let detail = json::object(detail)?;
    if !is_own(&detail) {
        return None;
    }
    match detail.word("type") {
        "reasoning.text" => Some(filled(
            r#"{"type":"thinking","thinking":$,"signature":$}"#,
            &[detail.value("text").unwrap_or("\"\""), detail.given("signature")?],
        )),
        "reasoning.encrypted" => Some(redacted(detail.value("data")?)),
        _ => None,
    }
}

fn is_own(detail: &Object<'_>) -> bool {
    detail.word("format").starts_with("anthropic")
}

/// A block that keeps what another vendor signed or hid of a thought, until it comes back.
pub(super) fn foreign(detail: &str) -> Option<String> {
    let object = json::object(detail)?;
    object.said("signature").or_else(|| object.said("data"))?;
    (!is_own(&object)).then(|| redacted(&sealed(detail)))
}

/// A block that keeps what Gemini signed a call with.
pub(super) fn foreign_signature(call: &Object<'_>) -> Option<String> {
    call.within("extra_content").within("google").value("thought_signature")?;
    Some(redacted(&sealed(call.value("extra_content")?)))
}

fn redacted(data: &str) -> String {
    filled(r#"{"type":"redacted_thinking","data":$}"#, &[data])
}

/// What a tool is called with: an object here, a text in the common language.
fn input(arguments: &str) -> String {
    match json::text(arguments) {
        Some(text) if text.trim().is_empty() => "{}".to_owned(),
        Some(text) if json::object(&text).is_some() => text,
        // Some write the object itself.
        None if json::object(arguments).is_some() => arguments.to_owned(),
        // No object: the model's own words, under a name.
        _ => filled(r#"{"arguments":$}"#, &[arguments]),
    }
}

pub(super) fn usage(usage: &Usage) -> String {
    let cached = usage.cached_tokens.min(usage.prompt_tokens);
    let written = usage.written_tokens.min(usage.prompt_tokens - cached);
    let mut out = Writer::object();
    out.whole("input_tokens", usage.prompt_tokens - cached - written);
    out.whole("cache_creation_input_tokens", written).whole("cache_read_input_tokens", cached);
    out.whole("output_tokens", usage.completion_tokens);
    if usage.reasoning_tokens > 0 {
        let thought = usage.reasoning_tokens.to_string();
        out.fill("output_tokens_details", r#"{"thinking_tokens":$}"#, &[&thought]);
    }
    out.finish()
}

/// An id of the form that this language has.
pub(super) fn id(said: Option<&str>) -> String {
    let id = said.unwrap_or("steadfast");
    let mark = if id.starts_with("msg_") { "" } else { "msg_" };
    filled("\"$$\"", &[mark, id])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(message: Value, finish: &str) -> Value {
        let answer = json!({
            "id": "chatcmpl-1", "model": "a/x",
            "choices": [{ "index": 0, "message": message, "finish_reason": finish }],
            "usage": { "prompt_tokens": 10, "completion_tokens": 5,
                "prompt_tokens_details": { "cached_tokens": 4, "cache_write_tokens": 3 }, "completion_tokens_details": { "reasoning_tokens": 2 } },
        });
        serde_json::from_slice(&write(answer.to_string().as_bytes(), &[])).unwrap()
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
                "usage": { "input_tokens": 3, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 5,
                    "output_tokens_details": { "thinking_tokens": 2 } },
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
        assert_eq!(write(b"{\"input_tokens\":3}", &[]), b"{\"input_tokens\":3}");
    }
}
