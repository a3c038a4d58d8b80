//! What providers and callers say, as in `bench/upstream.mjs`: one question, and answers of each dialect.

use std::rc::Rc;

use bytes::Bytes;
use serde_json::{Value, json};
use steadfast::Plan;
use steadfast::chat::request::Ask;
use steadfast::config::Target;

/// The dialects that providers speak.
pub(crate) const DIALECTS: [&str; 4] = ["openai", "anthropic", "gemini", "responses"];

/// Words that an answer comes in.
pub(crate) const WORDS: usize = 200;

const PROMPT: &str = "How many roads must a man walk down before you call him one?";
const ANSWER: &str = "Forty-two, as far as anybody could tell.";

/// A model of a provider that speaks this dialect.
pub(crate) fn target(dialect: &str) -> Rc<Target> {
    let providers = json!({ "p": { "dialect": dialect, "base_url": "http://p.test/v1", "keys": [] } });
    let plan = Plan::from_json(&json!({ "providers": providers }).to_string()).expect("a plan");
    plan.target("p/m").expect("a target")
}

/// A question to this model, with more members.
pub(crate) fn question(model: &str, more: Value) -> Bytes {
    let mut body = json!({ "model": model, "messages": [{ "role": "user", "content": PROMPT }] });
    let members = body.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("members").clone());
    body.to_string().into()
}

/// Turns, images and tools: what an agent sends.
pub(crate) fn conversation() -> Ask {
    let call = json!({ "id": "call_1", "type": "function", "function": { "name": "weather", "arguments": r#"{"city":"Rome"}"# } });
    let tool = json!({ "type": "function", "function": { "name": "weather", "description": "The weather of a city.",
        "parameters": { "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] } } });
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": [
            { "type": "text", "text": PROMPT },
            { "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{}", "iVBORw0KGgo".repeat(100)) } },
        ] },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "call_1", "content": r#"{"celsius":24}"# },
        { "role": "user", "content": "And tomorrow?" },
    ]);
    let body = json!({ "model": "p/m", "messages": messages, "tools": [tool], "max_tokens": 500, "temperature": 0.5 });
    Ask::read(body.to_string().into()).expect("a request")
}

/// A short conversation's question, as it is read.
pub(crate) fn ask(more: Value) -> Ask {
    Ask::read(question("p/m", more)).expect("a request")
}

/// An answer in one piece.
pub(crate) fn answer(dialect: &str) -> Bytes {
    let body = match dialect {
        "openai" => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m",
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": ANSWER }, "logprobs": null, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21 },
        }),
        "anthropic" => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{ "type": "text", "text": ANSWER }],
            "stop_reason": "end_turn", "stop_sequence": null, "usage": { "input_tokens": 12, "output_tokens": 9 },
        }),
        "gemini" => json!({
            "candidates": [{ "content": { "parts": [{ "text": ANSWER }], "role": "model" }, "finishReason": "STOP", "index": 0 }],
            "usageMetadata": { "promptTokenCount": 12, "candidatesTokenCount": 9, "totalTokenCount": 21 }, "modelVersion": "m", "responseId": "r1",
        }),
        _ => json!({
            "id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": "completed", "model": "m",
            "output": [{ "type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                "content": [{ "type": "output_text", "text": ANSWER, "annotations": [] }] }],
            "usage": { "input_tokens": 12, "output_tokens": 9, "total_tokens": 21 },
        }),
    };
    body.to_string().into()
}

/// An answer word by word: each piece is what one read of the connection gives.
pub(crate) fn stream(dialect: &str) -> Vec<Vec<u8>> {
    let data = |body: &Value| format!("data: {body}\n\n").into_bytes();
    let named = |body: &Value| {
        format!("event: {}\ndata: {body}\n\n", body["type"].as_str().expect("a type")).into_bytes()
    };
    let words = |event: &dyn Fn(&str) -> Vec<u8>| (0..WORDS).map(|_| event("word ")).collect::<Vec<_>>();
    match dialect {
        "openai" => {
            let chunk = |choice: Value| {
                data(
                    &json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "m", "choices": [choice] }),
                )
            };
            let said = |text: &str| {
                chunk(
                    json!({ "index": 0, "delta": { "content": text }, "logprobs": null, "finish_reason": null }),
                )
            };
            let last = chunk(json!({ "index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop" }));
            [words(&said), vec![last, b"data: [DONE]\n\n".to_vec()]].concat()
        }
        "anthropic" => {
            let message = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": { "input_tokens": 12, "output_tokens": 1 } });
            let said = |text: &str| {
                named(
                    &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
                )
            };
            let first = [
                json!({ "type": "message_start", "message": message }),
                json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            ];
            let last = [
                json!({ "type": "content_block_stop", "index": 0 }),
                json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 200 } }),
                json!({ "type": "message_stop" }),
            ];
            [first.iter().map(named).collect(), words(&said), last.iter().map(named).collect()].concat()
        }
        "gemini" => {
            let said = |text: &str| {
                data(
                    &json!({ "candidates": [{ "content": { "parts": [{ "text": text }], "role": "model" }, "index": 0 }], "modelVersion": "m", "responseId": "r1" }),
                )
            };
            let last = data(&json!({
                "candidates": [{ "content": { "parts": [{ "text": "" }], "role": "model" }, "finishReason": "STOP", "index": 0 }],
                "usageMetadata": { "promptTokenCount": 12, "candidatesTokenCount": 200, "totalTokenCount": 212 }, "modelVersion": "m", "responseId": "r1",
            }));
            [words(&said), vec![last]].concat()
        }
        _ => {
            let said = |text: &str| {
                named(
                    &json!({ "type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": text }),
                )
            };
            let response = json!({ "id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": "completed", "model": "m", "output": [],
                "usage": { "input_tokens": 12, "output_tokens": 200, "total_tokens": 212 } });
            let first = named(&json!({ "type": "response.created", "response": response }));
            let last = named(&json!({ "type": "response.completed", "response": response }));
            [vec![first], words(&said), vec![last]].concat()
        }
    }
}
