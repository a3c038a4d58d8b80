//! A whole answer: a `chat.completion` said as a `response`.

use crate::chat::request::Ask;
use crate::chat::thought::RESPONSES;
use crate::chat::usage::Usage;
use crate::json::{self, Object, Writer, fill, filled};

use crate::surface::names;

use super::echo::echo;
use super::{sealed, tools, unsigned};

/// The body. What is no answer is left as it is.
#[must_use]
pub fn write(ask: &Ask, body: &[u8]) -> Vec<u8> {
    let said = Object::read(body).ok().and_then(|answer| response(ask, &answer));
    said.map_or_else(|| body.to_vec(), String::into_bytes)
}

fn response(ask: &Ask, answer: &Object<'_>) -> Option<String> {
    let choice = json::object(answer.list("choices").next()?)?;
    let message = choice.object("message")?;
    let finish = choice.word("finish_reason");
    let id = id(answer);
    let mut out = head(&id, answer.value("created"), answer.value("model"), status(finish));
    out.member("incomplete_details", incomplete(finish));
    out.member("output", &output(ask, &id, &message, status(finish))?);
    out.maybe("usage", answer.value("usage").and_then(usage).as_deref());
    out.copy(answer, &["steadfast"]).element(&echo(ask));
    Some(out.finish())
}

/// The first members of a response.
pub(super) fn head(id: &str, created: Option<&str>, model: Option<&str>, status: &str) -> Writer {
    let mut out = Writer::object();
    out.fill("id", "\"resp_$\"", &[id]).member("object", "\"response\"");
    out.member("created_at", created.unwrap_or("0")).maybe("model", model);
    out.string("status", status).member("error", "null");
    out
}

/// The id without any vendor's mark, so that those of the items can be made of it: the inside of a JSON string.
pub(super) fn id(answer: &Object<'_>) -> String {
    let id = answer.inside("id").unwrap_or("steadfast");
    let bare = ["resp_", "chatcmpl-", "msg_"].iter().find_map(|mark| id.strip_prefix(mark));
    bare.unwrap_or(id).to_owned()
}

pub(super) fn status(finish: &str) -> &'static str {
    if matches!(finish, "length" | "content_filter") { "incomplete" } else { "completed" }
}

pub(super) fn incomplete(finish: &str) -> &'static str {
    match finish {
        "length" => r#"{"reason":"max_output_tokens"}"#,
        "content_filter" => r#"{"reason":"content_filter"}"#,
        _ => "null",
    }
}

/// `usage`, from that of Chat Completions.
pub(super) fn usage(usage: &str) -> Option<String> {
    json::object(usage)?.count("prompt_tokens")?;
    let usage = Usage::read(usage).unwrap_or_default();
    let (input, output, total) = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens());
    let (cached, written, reasoning) = (usage.cached_tokens, usage.written_tokens, usage.reasoning_tokens);
    Some(format!(
        r#"{{"input_tokens":{input},"input_tokens_details":{{"cached_tokens":{cached},"cache_write_tokens":{written}}},"output_tokens":{output},"output_tokens_details":{{"reasoning_tokens":{reasoning}}},"total_tokens":{total}}}"#
    ))
}

fn output(ask: &Ask, id: &str, message: &Object<'_>, status: &str) -> Option<String> {
    let mut out = Writer::list();
    let thought = message.said("reasoning_content").or_else(|| message.said("reasoning"));
    let mut thought = thought.filter(|thought| json::inside(thought).is_some());
    // The words of a thought go with the first that was signed or hidden.
    let mut count = 0;
    for detail in message.list("reasoning_details") {
        if let Some(hidden) = encrypted(detail) {
            let id = if count == 0 { format!("rs_{id}") } else { format!("rs_{id}_{count}") };
            out.element(&reasoning(&id, thought.take(), Some(&hidden)));
            count += 1;
        }
    }
    if thought.is_some() {
        out.element(&reasoning(&format!("rs_{id}"), thought, Some(&unsigned())));
    }
    let mut parts = String::new();
    if let Some(text) = message.string("content").filter(|text| *text != "\"\"") {
        let mut citations = Writer::list();
        message
            .list("annotations")
            .filter_map(citation)
            .for_each(|citation| _ = citations.element(&citation));
        fill(&mut parts, TEXT, &[text, &citations.finish()]);
    }
    if let Some(refusal) = message.said("refusal") {
        let comma = if parts.is_empty() { "" } else { "," };
        fill(&mut parts, "$$", &[comma, &filled(REFUSAL, &[refusal])]);
    }
    if !parts.is_empty() {
        out.element(&spoken(&format!("msg_{id}"), status, &parts));
    }
    for (index, call) in message.list("tool_calls").enumerate() {
        let call = json::object(call)?;
        let function = call.object("function")?;
        if let Some(extra) = call.said("extra_content") {
            out.element(&reasoning(&format!("rs_{id}_call_{index}"), None, Some(&sealed(extra))));
        }
        let arguments = function.value("arguments").unwrap_or("\"\"");
        let tool = names::own(function.value("name").unwrap_or("\"\""), ask.renamed());
        let call_id = call.value("id").unwrap_or("\"\"");
        let id = format!("{}_{id}_{index}", tools::mark(tool.form));
        out.element(&tools::called(&id, call_id, &tool, arguments, "completed"));
    }
    Some(out.finish())
}

/// What is to come back of a thought: what somebody signed or hid. Words alone, of which OpenRouter writes a detail
/// for every chunk, are no such thing.
pub(super) fn encrypted(detail: &str) -> Option<String> {
    let object = json::object(detail)?;
    if object.is("format", RESPONSES) {
        return object.said("data").map(str::to_owned);
    }
    object.said("data").or_else(|| object.said("signature")).map(|_| sealed(detail))
}

/// Where a text has something from: it lies flat here, and all of it has to be said.
pub(super) fn citation(annotation: &str) -> Option<String> {
    let cited = json::object(annotation)?.object("url_citation")?;
    let (place, pattern) = (
        |name| cited.given(name).unwrap_or("0"),
        r#"{"type":"url_citation","start_index":$,"end_index":$,"title":$,"url":$}"#,
    );
    let title = cited.given("title").unwrap_or("\"\"");
    Some(filled(pattern, &[place("start_index"), place("end_index"), title, cited.given("url")?]))
}

/// The parts of a message or of a thought, by their patterns; each has a JSON string in it, a text what it cites besides.
pub(super) const TEXT: &str = r#"{"type":"output_text","text":$,"annotations":$,"logprobs":[]}"#;
pub(super) const REFUSAL: &str = r#"{"type":"refusal","refusal":$}"#;
pub(super) const SUMMARY: &str = r#"{"type":"summary_text","text":$}"#;

/// An item of thoughts. Ids are insides of JSON strings, here and in what follows.
pub(super) fn reasoning(id: &str, thought: Option<&str>, encrypted: Option<&str>) -> String {
    let summary = thought.map_or_else(String::new, |thought| filled(SUMMARY, &[thought]));
    let mut out = Writer::object();
    out.fill("id", "\"$\"", &[id]).member("type", "\"reasoning\"");
    out.fill("summary", "[$]", &[&summary]).maybe("encrypted_content", encrypted);
    out.finish()
}

/// An item of text, with these parts.
pub(super) fn spoken(id: &str, status: &str, parts: &str) -> String {
    let pattern = r#"{"id":"$","type":"message","role":"assistant","status":"$","content":[$]}"#;
    filled(pattern, &[id, status, parts])
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

    /// They were lost, and with them where a search had found what was said.
    #[test]
    fn what_is_cited_is_told() {
        let cited = json!({ "start_index": 0, "end_index": 2, "title": "T", "url": "https://a.test" });
        let other = json!({ "url": "https://b.test", "content": "B" });
        let annotations = json!([{ "type": "url_citation", "url_citation": cited }, { "type": "url_citation", "url_citation": other }, { "type": "x" }]);
        let response = said(json!({ "content": "Hi", "annotations": annotations }), "stop");
        assert_eq!(
            response["output"][0]["content"][0]["annotations"],
            json!([
                { "type": "url_citation", "start_index": 0, "end_index": 2, "title": "T", "url": "https://a.test" },
                { "type": "url_citation", "start_index": 0, "end_index": 0, "title": "", "url": "https://b.test" },
            ])
        );
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
        let cleaned: Value = serde_json::from_str(&cleaned.unwrap()).unwrap();
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
        let cleaned: Value = serde_json::from_str(&ask.native.unwrap().cleaned.unwrap()).unwrap();
        assert_eq!(cleaned, json!([response["output"][1]]), "OpenAI does not see it");
    }
}
