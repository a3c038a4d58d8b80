use serde_json::{Value, json};

use super::translate;
use crate::class::Class;

fn said(body: &Value) -> Value {
    let translated = translate(body.to_string().as_bytes(), 9_000).unwrap();
    serde_json::from_str(&translated).unwrap()
}

fn candidate(parts: Value, finish: &str) -> Value {
    json!({ "content": { "role": "model", "parts": parts }, "finishReason": finish, "index": 0 })
}

#[test]
fn an_answer_is_a_chat_completion() {
    let answer = said(&json!({
        "candidates": [candidate(json!([
            { "text": "Hm.", "thought": true },
            { "text": "It " },
            { "executableCode": { "language": "PYTHON", "code": "1" } },
            { "codeExecutionResult": { "outcome": "OUTCOME_OK", "output": "1" } },
            { "text": "is \"1\"." },
        ]), "STOP")],
        "usageMetadata": { "promptTokenCount": 5, "toolUsePromptTokenCount": 10, "candidatesTokenCount": 2,
            "thoughtsTokenCount": 4, "cachedContentTokenCount": 3, "totalTokenCount": 21 },
        "modelVersion": "gemini-2.5-flash", "responseId": "aB-3",
    }));
    assert_eq!(
        answer,
        json!({
            "id": "aB-3", "object": "chat.completion", "created": 9,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": "It is \"1\".", "refusal": null, "reasoning_content": "Hm." },
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": { "prompt_tokens": 15, "completion_tokens": 6, "total_tokens": 21,
                "prompt_tokens_details": { "cached_tokens": 3 }, "completion_tokens_details": { "reasoning_tokens": 4 } },
        })
    );
}

#[test]
fn function_calls_get_ids_and_keep_their_signature() {
    let body = r#"{ "candidates": [ { "content": { "parts": [
        { "functionCall": { "name": "weather", "args": {
            "city": "Łódź \"x\"",  "long": 12345678901234567890123 } }, "thoughtSignature": "c2ln" },
        { "functionCall": { "id": "own-1", "name": "time" } } ] }, "finishReason": "STOP" } ], "responseId": "r/1+=" }"#;
    let answer: Value = serde_json::from_str(&translate(body.as_bytes(), 0).unwrap()).unwrap();
    let choice = &answer["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    let calls = &choice["message"]["tool_calls"];
    assert_eq!((&calls[0]["id"], &calls[1]["id"]), (&json!("call_r1_0"), &json!("own-1")));
    assert_eq!(
        calls[0]["function"]["arguments"],
        "{\"city\":\"Łódź \\\"x\\\"\",\"long\":12345678901234567890123}"
    );
    assert_eq!(calls[0]["extra_content"]["google"]["thought_signature"], "c2ln");
    assert_eq!((&calls[1]["function"]["arguments"], &calls[1]["index"]), (&json!("{}"), &Value::Null));
}

#[test]
fn images_and_probabilities_are_passed_on() {
    let mut chosen = candidate(
        json!([{ "text": "a" }, { "inlineData": { "mimeType": "image/png", "data": "iVBO" } }]),
        "STOP",
    );
    chosen["logprobsResult"] = json!({
        "chosenCandidates": [{ "token": "a", "tokenId": 1, "logProbability": -0.5 }],
        "topCandidates": [{ "candidates": [{ "token": "a", "logProbability": -0.5 }, { "token": "b", "logProbability": -1 }] }],
    });
    let answer = said(&json!({ "candidates": [chosen] }));
    let choice = &answer["choices"][0];
    assert_eq!(choice["message"]["images"][0]["image_url"]["url"], "data:image/png;base64,iVBO");
    let token = &choice["logprobs"]["content"][0];
    assert_eq!(
        (&token["token"], &token["logprob"], &token["bytes"]),
        (&json!("a"), &json!(-0.5), &Value::Null)
    );
    assert_eq!(token["top_logprobs"][1], json!({ "token": "b", "logprob": -1, "bytes": null }));
}

#[test]
fn a_refused_prompt_is_an_answer_that_a_filter_emptied() {
    let answer = said(&json!({ "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" } }));
    let choice = &answer["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("content_filter"), &Value::Null)
    );
}

#[test]
fn what_has_no_content_is_empty_and_no_accident() {
    for candidate in [
        json!({ "finishReason": "STOP" }),
        json!({ "content": {}, "finishReason": "STOP" }),
        json!({ "content": { "role": "model" }, "finishReason": "SAFETY" }),
        json!({ "content": { "parts": [] } }),
        json!({ "content": { "parts": [{ "text": "" }, { "futurePart": {} }] }, "finishReason": "NEW" }),
    ] {
        let choice = &said(&json!({ "candidates": [candidate] }))["choices"][0];
        assert_eq!(choice["message"]["content"], Value::Null);
        assert!(choice["finish_reason"].is_string());
    }
    assert_eq!(said(&json!({ "candidates": [] }))["choices"], json!([]), "which is no answer");
}

#[test]
fn a_stream_that_came_as_a_list_is_one_answer() {
    let parts = [candidate(json!([{ "text": "a" }]), ""), candidate(json!([{ "text": "b" }]), "MAX_TOKENS")];
    let list: Vec<Value> = parts.into_iter().map(|candidate| json!({ "candidates": [candidate] })).collect();
    let choice = &said(&json!(list))["choices"][0];
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!("ab"), &json!("length")));
}

#[test]
fn what_is_no_answer_is_a_failure() {
    for (body, class) in [
        ("", Class::BadOutput),
        ("<html>", Class::BadOutput),
        (r#"{"candidates":7}"#, Class::BadOutput),
        (r#"{"candidates":[{"content":{"parts":[{"text":"x"}]}}"#, Class::BadOutput),
        (r#"{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}"#, Class::Overloaded),
        (r#"[{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}]"#, Class::RateLimit),
        (
            r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"x"}]}"#,
            Class::BadOutput,
        ),
    ] {
        assert_eq!(translate(body.as_bytes(), 0).unwrap_err().class, class, "{body}");
    }
}

#[test]
fn a_body_that_is_cut_anywhere_is_no_answer() {
    let body = json!({ "candidates": [candidate(json!([{ "text": "Żółć" }]), "STOP")], "responseId": "r" })
        .to_string();
    for at in 0..body.len() {
        assert!(translate(&body.as_bytes()[..at], 0).is_err(), "{at}");
    }
}
