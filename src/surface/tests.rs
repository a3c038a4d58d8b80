//! What the tests of every voice begin with: a stream as the relay writes it, and what the caller hears of it.

use serde_json::{Value, json};

use super::Voice;

/// The events that a caller hears of these pieces, each under the name of its type.
pub(super) fn spoken(mut voice: Voice, pieces: &[impl AsRef<str>]) -> Vec<Value> {
    let mut out = Vec::new();
    for piece in pieces {
        voice.push(piece.as_ref().as_bytes(), &mut out);
    }
    let text = String::from_utf8(out).unwrap();
    let events = text.split("\n\n").filter_map(|event| event.split_once("\ndata: "));
    events
        .map(|(name, data)| {
            let data: Value = serde_json::from_str(data).unwrap();
            assert_eq!(name, format!("event: {}", data["type"].as_str().unwrap()));
            data
        })
        .collect()
}

pub(super) fn chunk(delta: Value) -> String {
    let chunk = json!({ "id": "chatcmpl-1", "created": 7, "model": "a/x", "choices": [{ "index": 0, "delta": delta, "finish_reason": null }] });
    format!("data: {chunk}\n\n")
}

pub(super) fn end(finish: &str) -> String {
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": finish }] });
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 7, "completion_tokens": 3 } });
    format!("data: {end}\n\ndata: {usage}\n\n: steadfast {{}}\n\ndata: [DONE]\n\n")
}

pub(super) fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}
