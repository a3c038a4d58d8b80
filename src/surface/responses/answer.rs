//! A whole answer: a `chat.completion` said as a `response`.

use crate::chat::request::Ask;
use crate::chat::says_something;
use crate::json::{self, Object, Writer, quoted};

use super::echo::echo;
use super::{FORMAT, sealed, unsigned};

/// The body. What is no answer is left as it is.
#[must_use]
pub fn write(ask: &Ask, body: &[u8]) -> Vec<u8> {
    let said = Object::read(body).ok().and_then(|answer| response(ask, &answer));
    said.map_or_else(|| body.to_vec(), String::into_bytes)
}

fn response(ask: &Ask, answer: &Object<'_>) -> Option<String> {
    let choice = json::object(json::elements(answer.value("choices")?)?.first()?)?;
    let message = json::object(choice.value("message")?)?;
    let finish = choice.value("finish_reason").and_then(json::inside).unwrap_or_default();
    let id = id(answer.value("id"));
    let mut out = head(&id, answer.value("created"), answer.value("model"), status(finish));
    out.member("incomplete_details", &incomplete(finish));
    out.member("output", &output(&id, &message, status(finish))?);
    out.maybe("usage", answer.value("usage").and_then(usage).as_deref());
    out.maybe("steadfast", answer.value("steadfast"));
    let mut text = out.finish();
    text.truncate(text.len().saturating_sub(1));
    Some(format!("{text}{}}}", echo(ask)))
}

/// The first members of a response.
pub(super) fn head(id: &str, created: Option<&str>, model: Option<&str>, status: &str) -> Writer {
    let mut out = Writer::object();
    out.string("id", &format!("resp_{id}")).member("object", "\"response\"");
    out.member("created_at", created.unwrap_or("0")).maybe("model", model);
    out.string("status", status).member("error", "null");
    out
}

/// The id without any vendor's mark, so that those of the items can be made of it.
pub(super) fn id(json: Option<&str>) -> String {
    let id = json.and_then(json::inside).unwrap_or("steadfast");
    let bare = ["resp_", "chatcmpl-", "msg_"].iter().find_map(|mark| id.strip_prefix(mark));
    bare.unwrap_or(id).to_owned()
}

pub(super) fn status(finish: &str) -> &'static str {
    if matches!(finish, "length" | "content_filter") { "incomplete" } else { "completed" }
}

pub(super) fn incomplete(finish: &str) -> String {
    match finish {
        "length" => r#"{"reason":"max_output_tokens"}"#,
        "content_filter" => r#"{"reason":"content_filter"}"#,
        _ => "null",
    }
    .to_owned()
}

/// `usage`, from that of Chat Completions.
pub(super) fn usage(usage: &str) -> Option<String> {
    let usage = json::object(usage)?;
    let count = |name: &str| usage.value(name).and_then(|count| count.parse::<u64>().ok());
    let detail = |of: &str, name: &str| {
        let details = usage.value(of).and_then(json::object);
        details.and_then(|details| details.value(name)?.parse::<u64>().ok()).unwrap_or(0)
    };
    let (input, output) = (count("prompt_tokens")?, count("completion_tokens").unwrap_or(0));
    let total = input.saturating_add(output);
    let cached = detail("prompt_tokens_details", "cached_tokens");
    let written = detail("prompt_tokens_details", "cache_write_tokens");
    let reasoning = detail("completion_tokens_details", "reasoning_tokens");
    Some(format!(
        r#"{{"input_tokens":{input},"input_tokens_details":{{"cached_tokens":{cached},"cache_write_tokens":{written}}},"output_tokens":{output},"output_tokens_details":{{"reasoning_tokens":{reasoning}}},"total_tokens":{total}}}"#
    ))
}

fn output(id: &str, message: &Object<'_>, status: &str) -> Option<String> {
    let mut out = Writer::list();
    let value = |name: &str| message.value(name).filter(|value| says_something(value));
    let thought = value("reasoning_content").or_else(|| value("reasoning"));
    let details = value("reasoning_details").and_then(json::elements).unwrap_or_default();
    let thought = thought.filter(|thought| json::inside(thought).is_some());
    let mut hidden = details.iter().filter_map(|detail| encrypted(detail));
    let first = hidden.next();
    if thought.is_some() || first.is_some() {
        out.element(&reasoning(&format!("rs_{id}"), thought, Some(&first.unwrap_or_else(unsigned))));
    }
    for (index, more) in hidden.enumerate() {
        out.element(&reasoning(&format!("rs_{id}_{}", index + 1), None, Some(&more)));
    }
    let mut parts = Writer::list();
    if let Some(text) = value("content").filter(|text| json::inside(text).is_some()) {
        parts.element(&part("output_text", text));
    }
    if let Some(refusal) = value("refusal") {
        parts.element(&part("refusal", refusal));
    }
    if !parts.is_empty() {
        out.element(&spoken(&format!("msg_{id}"), status, &parts.finish()));
    }
    for (index, call) in
        value("tool_calls").and_then(json::elements).unwrap_or_default().into_iter().enumerate()
    {
        let call = json::object(call)?;
        let function = call.value("function").and_then(json::object)?;
        if let Some(extra) = call.value("extra_content").filter(|extra| says_something(extra)) {
            out.element(&reasoning(&format!("rs_{id}_call_{index}"), None, Some(&sealed(extra))));
        }
        let arguments = function.value("arguments").unwrap_or("\"\"");
        let name = function.value("name").unwrap_or("\"\"");
        let call_id = call.value("id").unwrap_or("\"\"");
        out.element(&called(&format!("fc_{id}_{index}"), call_id, name, arguments, "completed"));
    }
    Some(out.finish())
}

/// What is to come back of a thought: what somebody signed or hid. Words alone, of which OpenRouter writes a detail
/// for every chunk, are no such thing.
pub(super) fn encrypted(detail: &str) -> Option<String> {
    let object = json::object(detail)?;
    let says = |name: &str| object.value(name).filter(|value| says_something(value));
    if object.value("format") == Some(FORMAT) {
        return says("data").map(str::to_owned);
    }
    says("data").or(says("signature")).map(|_| sealed(detail))
}

/// A part of a message; its text is a JSON string.
pub(super) fn part(kind: &str, text: &str) -> String {
    match kind {
        "refusal" => format!(r#"{{"type":"refusal","refusal":{text}}}"#),
        _ => format!(r#"{{"type":"output_text","text":{text},"annotations":[],"logprobs":[]}}"#),
    }
}

/// An item of thoughts.
pub(super) fn reasoning(id: &str, thought: Option<&str>, encrypted: Option<&str>) -> String {
    let mut out = Writer::object();
    out.string("id", id).member("type", "\"reasoning\"");
    let summary =
        thought.map_or_else(String::new, |thought| format!(r#"{{"type":"summary_text","text":{thought}}}"#));
    out.member("summary", &format!("[{summary}]")).maybe("encrypted_content", encrypted);
    out.finish()
}

/// An item of text.
pub(super) fn spoken(id: &str, status: &str, parts: &str) -> String {
    format!(
        r#"{{"id":{},"type":"message","role":"assistant","status":"{status}","content":{parts}}}"#,
        quoted(id)
    )
}

/// An item that calls a tool; `call_id`, `name` and `arguments` are JSON texts.
pub(super) fn called(id: &str, call_id: &str, name: &str, arguments: &str, status: &str) -> String {
    format!(
        r#"{{"id":{},"type":"function_call","status":"{status}","call_id":{call_id},"name":{name},"arguments":{arguments}}}"#,
        quoted(id)
    )
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;
    use serde_json::{Value, json};

    fn said(message: Value, finish: &str) -> Value {
        let asked = json!({ "model": "m", "input": "Hi", "instructions": "Be brief.", "temperature": 0.5 });
        let ask = request::read(asked.to_string().into()).unwrap();
        let answer = json!({
            "id": "chatcmpl-1", "created": 7, "model": "a/x",
            "choices": [{ "index": 0, "message": message, "finish_reason": finish }],
            "usage": { "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7 },
        });
        serde_json::from_slice(&write(&ask, answer.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn a_message_becomes_items() {
        let response = said(
            json!({
                "role": "assistant", "content": "Hi", "reasoning_content": "Hm",
                "reasoning_details": [{ "type": "reasoning.encrypted", "data": "E", "format": "openai-responses-v1" }],
                "tool_calls": [{ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{}" } }],
            }),
            "tool_calls",
        );
        assert_eq!(
            response["output"],
            json!([
                { "id": "rs_1", "type": "reasoning", "summary": [{ "type": "summary_text", "text": "Hm" }], "encrypted_content": "E" },
                { "id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                  "content": [{ "type": "output_text", "text": "Hi", "annotations": [], "logprobs": [] }] },
                { "id": "fc_1_0", "type": "function_call", "status": "completed", "call_id": "c1", "name": "f", "arguments": "{}" },
            ])
        );
        assert_eq!(
            (&response["id"], &response["created_at"], &response["status"]),
            (&json!("resp_1"), &json!(7), &json!("completed"))
        );
        assert_eq!((&response["instructions"], &response["temperature"]), (&json!("Be brief."), &json!(0.5)));
        assert_eq!(response["usage"]["total_tokens"], 7);
    }

    #[test]
    fn details_that_are_words_alone_are_no_items() {
        let words = json!({ "type": "reasoning.text", "text": "H", "signature": null, "format": "unknown", "index": 0 });
        let response = said(
            json!({ "content": "x", "reasoning": "Hm", "reasoning_details": [words, words, words] }),
            "stop",
        );
        let kinds: Vec<&Value> =
            response["output"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
        assert_eq!(kinds, ["reasoning", "message"]);
        assert_eq!(response["output"][0]["encrypted_content"], "steadfast:none");
        let asked = json!({ "model": "m", "input": response["output"] });
        let cleaned = request::read(asked.to_string().into()).unwrap().native.unwrap().cleaned;
        let cleaned: Value = serde_json::from_str(&cleaned[0].1).unwrap();
        assert_eq!(cleaned, json!([response["output"][1]]), "OpenAI would look for it in vain");
    }

    #[test]
    fn an_answer_that_was_cut_off_is_incomplete() {
        let response = said(json!({ "content": "H" }), "length");
        assert_eq!(
            (&response["status"], &response["incomplete_details"]["reason"]),
            (&json!("incomplete"), &json!("max_output_tokens"))
        );
    }

    #[test]
    fn what_another_vendor_signed_comes_back_as_it_was() {
        let detail = json!({ "type": "reasoning.text", "text": "T", "signature": "s\"", "format": "anthropic-claude-v1" });
        let response =
            said(json!({ "content": "x", "reasoning_content": "T", "reasoning_details": [detail] }), "stop");
        let asked = json!({ "model": "m", "input": [response["output"][0], response["output"][1]] });
        let ask = request::read(asked.to_string().into()).unwrap();
        let chat: Value = serde_json::from_slice(&ask.body).unwrap();
        assert_eq!(chat["messages"][0]["reasoning_details"][0], detail);
        let cleaned: Value = serde_json::from_str(&ask.native.unwrap().cleaned[0].1).unwrap();
        assert_eq!(cleaned, json!([response["output"][1]]), "OpenAI does not see it");
    }
}
