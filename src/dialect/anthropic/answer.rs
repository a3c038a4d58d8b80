//! A whole answer, said as OpenAI would.

use super::counts::Counts;
use super::error;
use super::stream::Translator;
use crate::chat::said::completion;
use crate::dialect::translated::Chunks;
use crate::dialect::{flaw, opened};
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Object};

/// The body of a success as a `chat.completion`; `created` is taken from `unix_now`, for Anthropic has no date.
///
/// # Errors
/// The failure that it really is.
pub fn translate(body: &[u8], unix_now: Millis) -> Result<String, Failure> {
    let message = opened(body)?;
    if let Some(error) = message.said("error") {
        return Err(error::inside_success(error));
    }
    let content = message.value("content").ok_or_else(|| flaw("the answer has no `content`"))?;
    let blocks =
        json::elements(content).ok_or_else(|| flaw("`content` of the answer is no list of blocks"))?;
    let (mut translator, mut heard) = (Translator::new(unix_now), Chunks::default());
    for block in blocks {
        let block = json::object(block).and_then(|block| translator.whole(&block, &mut heard));
        block.ok_or_else(|| flaw("a block of the answer is none"))?;
    }
    let finish = translator.finish(message.word("stop_reason"));
    let mut said = heard.said;
    said.text("refusal", super::explanation(&message).unwrap_or_default());
    if !said.has("tool_calls") {
        said.begin("content");
    }
    let mut counts = Counts::default();
    counts.read(message.value("usage").unwrap_or_default());
    let of = |name: &str| message.string(name).or(Some("\"\""));
    let (now, choice) = ((unix_now / 1_000).to_string(), said.choice(0, finish, "null"));
    Ok(completion(of("id"), &now, of("model"), &choice, Some(&counts.shown())).finish())
}

/// Whether something of Anthropic's own is in an answer.
pub fn has_its_own(body: &[u8]) -> bool {
    let message = Object::read(body).unwrap_or_else(|_| Object::empty());
    message.list("content").has(&|block| super::is_its_own(block.word("type")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::Class;
    use crate::dialect::anthropic::ANSWER_TOOL;
    use serde_json::{Value, json};

    fn translated(body: &str) -> Value {
        serde_json::from_str(&translate(body.as_bytes(), 1_700_000_000_500).unwrap()).unwrap()
    }

    fn message(content: Value, stop_reason: &str) -> String {
        json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": content,
                "stop_reason": stop_reason, "usage": { "input_tokens": 3, "output_tokens": 5 } })
        .to_string()
    }

    #[test]
    fn an_answer_is_said_as_openai_says_it() {
        let body = message(
            json!([
                { "type": "thinking", "thinking": "hm", "signature": "sig" },
                { "type": "redacted_thinking", "data": "xyz" },
                { "type": "text", "text": "Let me \"look\". " },
                { "type": "text", "text": "Now." },
                { "type": "tool_use", "id": "toolu_1", "name": "look", "input": { "a": [1, "x"] } },
                { "type": "tool_use", "id": "toolu_2", "name": "wait", "input": {} },
            ]),
            "tool_use",
        );
        assert_eq!(
            translated(&body),
            json!({
                "id": "msg_1", "object": "chat.completion", "created": 1_700_000_000, "model": "claude-x",
                "choices": [{ "index": 0, "logprobs": null, "finish_reason": "tool_calls", "message": {
                    "role": "assistant", "content": "Let me \"look\". Now.", "refusal": null, "reasoning_content": "hm",
                    "reasoning_details": [
                        { "type": "reasoning.text", "text": "hm", "signature": "sig", "format": "anthropic-claude-v1", "index": 0 },
                        { "type": "reasoning.encrypted", "data": "xyz", "format": "anthropic-claude-v1", "index": 1 },
                    ],
                    "tool_calls": [
                        { "id": "toolu_1", "type": "function", "function": { "name": "look", "arguments": "{\"a\":[1,\"x\"]}" } },
                        { "id": "toolu_2", "type": "function", "function": { "name": "wait", "arguments": "{}" } },
                    ],
                } }],
                "usage": { "prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8,
                    "prompt_tokens_details": { "cached_tokens": 0 }, "completion_tokens_details": { "reasoning_tokens": 0 } },
            })
        );
    }

    #[test]
    fn the_reason_to_stop_is_one_that_openai_has() {
        for (stop_reason, finish) in [
            ("end_turn", "stop"),
            ("stop_sequence", "stop"),
            ("pause_turn", "stop"),
            ("max_tokens", "length"),
            ("model_context_window_exceeded", "length"),
            ("tool_use", "tool_calls"),
            ("refusal", "content_filter"),
            ("something_new", "stop"),
        ] {
            let body = message(json!([{ "type": "text", "text": "x" }]), stop_reason);
            assert_eq!(translated(&body)["choices"][0]["finish_reason"], finish, "{stop_reason}");
        }
    }

    #[test]
    fn why_it_declined_stands_where_openai_says_so() {
        let declined = |why: Value| {
            let mut body: Value = serde_json::from_str(&message(json!([]), "refusal")).unwrap();
            body["stop_details"] = why;
            translated(&body.to_string())["choices"][0]["message"].clone()
        };
        let why = json!({ "type": "refusal", "category": "cyber", "explanation": "Not \"that\"." });
        let told = json!({ "role": "assistant", "content": "", "refusal": "Not \"that\"." });
        assert_eq!(declined(why), told);
        for nothing in [json!(null), json!({ "type": "refusal", "category": null, "explanation": null })] {
            assert_eq!(declined(nothing)["refusal"], Value::Null);
        }
    }

    #[test]
    fn tools_that_anthropic_runs_itself_are_nobodys_tool_calls() {
        let body = message(
            json!([
                { "type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": { "query": "x" } },
                { "type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [] },
                { "type": "mcp_tool_use", "id": "mcptoolu_1", "name": "x", "input": {} },
                { "type": "text", "text": "Found.", "citations": [] },
            ]),
            "end_turn",
        );
        let message = &translated(&body)["choices"][0]["message"];
        assert_eq!(message["content"], "Found.");
        assert_eq!(message["tool_calls"], Value::Null);
    }

    #[test]
    fn json_by_way_of_a_tool_becomes_the_text() {
        let body = message(
            json!([
                { "type": "text", "text": "Here:" },
                { "type": "tool_use", "id": "toolu_1", "name": ANSWER_TOOL, "input": { "a": 1 } },
                { "type": "text", "text": "There." },
            ]),
            "tool_use",
        );
        let choice = &translated(&body)["choices"][0];
        assert_eq!(
            choice["message"],
            json!({ "role": "assistant", "content": "{\"a\":1}", "refusal": null })
        );
        assert_eq!(choice["finish_reason"], "stop");
    }

    #[test]
    fn half_a_character_and_long_numbers_stay_as_they_came() {
        let body = r#"{"id":"m","content":[{"type":"text","text":"\ud83c"},{"type":"tool_use","id":"t","name":"x","input":{"n":1.50}}]}"#;
        let out = translate(body.as_bytes(), 0).unwrap();
        assert!(
            out.contains(r#""content":"\ud83c""#) && out.contains(r#""arguments":"{\"n\":1.50}""#),
            "{out}"
        );
    }

    #[test]
    fn what_is_no_answer_is_a_failure() {
        for (body, class) in [
            ("<html>", Class::BadOutput),
            ("{}", Class::BadOutput),
            (r#"{"content":"text"}"#, Class::BadOutput),
            (r#"{"content":[3]}"#, Class::BadOutput),
            (r#"{"content":[{"type":"tool_use","id":"t","name":5,"input":{}}]}"#, Class::BadOutput),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                Class::Overloaded,
            ),
        ] {
            assert_eq!(translate(body.as_bytes(), 0).unwrap_err().class, class, "{body}");
        }
    }

    #[test]
    fn no_truncation_of_an_answer_passes_for_one() {
        let body = message(json!([{ "type": "text", "text": "Hello." }]), "end_turn");
        for end in 0..body.len() {
            assert!(translate(&body.as_bytes()[..end], 0).is_err(), "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_damaged_answer_is_an_answer_or_a_failure(
            damages in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..6),
        ) {
            let content = json!([
                { "type": "thinking", "thinking": "hm", "signature": "sig" },
                { "type": "text", "text": "Grüße 🌍" },
                { "type": "tool_use", "id": "toolu_1", "name": "look", "input": { "a": [1, null] } },
            ]);
            let mut body = message(content, "tool_use").into_bytes();
            for (place, byte) in damages {
                let place = place.index(body.len());
                body[place] = byte;
            }
            if let Ok(answer) = translate(&body, 0) {
                proptest::prop_assert!(crate::chat::answer::judge(answer.as_bytes()).is_ok());
            }
        }
    }
}
