use super::*;
use crate::surface::Voice;
use crate::surface::tests::{chunk, end, kinds, spoken};
use serde_json::{Value, json};

/// What a caller's SDK makes of the pieces: the message, put together from the events.
fn heard(pieces: &[&str]) -> (Vec<Value>, Value) {
    let events = spoken(Voice::new(Box::new(Messages::default())), pieces);
    let mut message = Value::Null;
    for event in &events {
        let index = event["index"].as_u64().unwrap_or(0) as usize;
        match event["type"].as_str().unwrap() {
            "message_start" => message = event["message"].clone(),
            "content_block_start" => {
                let blocks = message["content"].as_array_mut().unwrap();
                assert_eq!(blocks.len(), index, "blocks begin in order");
                blocks.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                let block = &mut message["content"][index];
                for member in ["text", "thinking", "signature", "partial_json"] {
                    if let Some(more) = event["delta"][member].as_str() {
                        let so_far = block[member].as_str().unwrap_or_default().to_owned();
                        block[member] = json!(so_far + more);
                    }
                }
            }
            "message_delta" => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                message["usage"] = event["usage"].clone();
            }
            _ => {}
        }
    }
    (events, message)
}

#[test]
fn a_text_is_one_block() {
    let pieces = [
        chunk(json!({ "role": "assistant", "content": "" })),
        chunk(json!({ "content": "Hel" })),
        chunk(json!({ "content": "lo" })),
        end("stop"),
    ];
    let (events, message) = heard(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        kinds(&events),
        [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert_eq!(message["content"], json!([{ "type": "text", "text": "Hello" }]));
    assert_eq!((&message["stop_reason"], &message["model"]), (&json!("end_turn"), &json!("a/x")));
    assert_eq!(
        (&message["usage"]["input_tokens"], &message["usage"]["output_tokens"]),
        (&json!(7), &json!(3))
    );
}

#[test]
fn thoughts_text_and_calls_are_blocks_one_after_another() {
    let call = |index: u32, more: Value| {
        let mut call = json!({ "index": index });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        chunk(json!({ "tool_calls": [call] }))
    };
    let pieces = [
        chunk(json!({ "reasoning_content": "Hm" })),
        chunk(json!({ "content": "Look:" })),
        call(0, json!({ "id": "c0", "function": { "name": "f", "arguments": "" } })),
        call(0, json!({ "function": { "arguments": "{\"a\":" } })),
        call(0, json!({ "function": { "arguments": "1}" } })),
        call(1, json!({ "id": "c1", "function": { "name": "g", "arguments": "{}" } })),
        end("tool_calls"),
    ];
    let (_, message) = heard(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        message["content"],
        json!([
            { "type": "thinking", "thinking": "Hm", "signature": "steadfast:none" },
            { "type": "text", "text": "Look:" },
            { "type": "tool_use", "id": "c0", "name": "f", "input": {}, "partial_json": "{\"a\":1}" },
            { "type": "tool_use", "id": "c1", "name": "g", "input": {}, "partial_json": "{}" },
        ])
    );
    assert_eq!(message["stop_reason"], "tool_use");
}

#[test]
fn a_signature_ends_its_thought() {
    let detail =
        json!({ "type": "reasoning.text", "signature": "sig", "format": "anthropic-claude-v1", "index": 0 });
    let pieces = [
        chunk(json!({ "reasoning_content": "T" })),
        chunk(json!({ "reasoning_details": [detail] })),
        chunk(json!({ "content": "x" })),
        end("stop"),
    ];
    let (_, message) = heard(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(message["content"][0], json!({ "type": "thinking", "thinking": "T", "signature": "sig" }));
    assert_eq!(message["content"][1]["text"], "x");
}

#[test]
fn what_another_vendor_signed_is_sealed_and_what_nobody_signed_is_said_once() {
    let piece = |text: &str| json!({ "type": "reasoning.text", "text": text, "format": "unknown" });
    let hidden = json!({ "type": "reasoning.encrypted", "data": "E", "format": "openai-responses-v1" });
    let pieces = [
        chunk(json!({ "reasoning": "T", "reasoning_details": [piece("T")] })),
        chunk(json!({ "reasoning": "U", "reasoning_details": [piece("U")] })),
        chunk(json!({ "reasoning_details": [hidden] })),
        chunk(json!({ "content": "x" })),
        end("stop"),
    ];
    let (_, message) = heard(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        message["content"],
        json!([
            { "type": "thinking", "thinking": "TU", "signature": "steadfast:none" },
            { "type": "redacted_thinking", "data": format!("steadfast:{hidden}") },
            { "type": "text", "text": "x" },
        ])
    );
}

#[test]
fn own_words_pass_and_whoever_carries_on_goes_on_in_the_open_block() {
    let native = |event: Value| format!("native: {event}\n\ndata: {{\"choices\":[]}}\n\n");
    let start = json!({ "type": "message_start", "message": { "id": "msg_1", "content": [], "model": "anthropic/x", "usage": { "input_tokens": 5 } } });
    let pieces = [
        native(start.clone()),
        native(start),
        native(
            json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        ),
        native(json!({ "type": "ping" })),
        native(
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "Hel" } }),
        ),
        ": steadfast continued by a/x after 3 characters\n\n".to_owned(),
        chunk(json!({ "content": "lo" })),
        end("stop"),
    ];
    let (events, message) = heard(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(message["content"], json!([{ "type": "text", "text": "Hello" }]));
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "message_start").count(), 1);
    assert_eq!(kinds(&events).last(), Some(&"message_stop"));
}

#[test]
fn the_last_event_is_said_once_and_after_the_summary() {
    let mut voice = Voice::new(Box::new(Messages::default()));
    let mut out = Vec::new();
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#;
    let pieces = format!(
        "native: {{\"type\":\"message_start\",\"message\":{{}}}}\n\nnative: {delta}\n\nnative: {{\"type\":\"message_stop\"}}\n\n: steadfast {{}}\n\ndata: [DONE]\n\n"
    );
    voice.push(pieces.as_bytes(), &mut out);
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.ends_with(": steadfast {}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
        "{out}"
    );
    assert_eq!(out.matches("message_delta").count(), 2, "once, by name and by type");
}

#[test]
fn a_broken_stream_ends_with_an_error_and_without_an_end() {
    let error = r#"data: {"error":{"message":"It broke off.","type":"server_error","param":null,"code":"stream_broken","attempts":[]}}"#;
    let (events, _) = heard(&[&chunk(json!({ "content": "Hel" })), &format!("{error}\n\n")]);
    assert_eq!(kinds(&events).last(), Some(&"error"));
    assert_eq!(events.last().unwrap()["error"]["message"], "It broke off.");
    assert!(!kinds(&events).contains(&"message_stop"));
}

#[test]
fn an_answer_that_starts_anew_says_so() {
    let restart = "event: steadfast.restart\ndata: {\"choices\":[],\"steadfast\":{\"restart\":true}}\n\n";
    let (events, message) = heard(&[
        &chunk(json!({ "content": "Hel" })),
        restart,
        &chunk(json!({ "content": "Hi" })),
        &end("stop"),
    ]);
    assert!(kinds(&events).contains(&"steadfast.restart"));
    assert_eq!(message["content"], json!([{ "type": "text", "text": "Hi" }]));
}

#[test]
fn whoever_carries_on_has_thoughts_of_its_own() {
    let native = |event: Value| format!("native: {event}\n\n");
    let begun = [
        native(json!({ "type": "message_start", "message": { "id": "msg_1", "content": [], "usage": {} } })),
        native(
            json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "", "signature": "" } }),
        ),
        native(
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "Hm" } }),
        ),
    ];
    let signed =
        json!({ "type": "reasoning.text", "text": "T", "signature": "sig", "format": "anthropic-claude-v1" });
    let rest = [
        ": steadfast continued by b/y after 0 characters\n\n".to_owned(),
        chunk(json!({ "reasoning_content": "T" })),
        chunk(json!({ "reasoning_details": [signed] })),
        chunk(json!({ "content": "x" })),
        end("stop"),
    ];
    let pieces: Vec<&str> = begun.iter().chain(&rest).map(String::as_str).collect();
    let (_, message) = heard(&pieces);
    assert_eq!(
        message["content"],
        json!([
            { "type": "thinking", "thinking": "Hm", "signature": "steadfast:none" },
            { "type": "thinking", "thinking": "T", "signature": "sig" },
            { "type": "text", "text": "x" },
        ])
    );
    // What was signed before the break keeps its signature.
    let signature = native(
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "signature_delta", "signature": "own" } }),
    );
    let pieces: Vec<&str> = begun.iter().chain([&signature]).chain(&rest).map(String::as_str).collect();
    assert_eq!(heard(&pieces).1["content"][0]["signature"], "own");
}

#[test]
fn a_call_is_the_reason_to_stop_whatever_the_vendor_calls_it() {
    let call =
        json!({ "tool_calls": [{ "index": 0, "id": "c", "function": { "name": "f", "arguments": "{}" } }] });
    let (_, message) = heard(&[&chunk(call), &end("stop")]);
    assert_eq!(message["stop_reason"], "tool_use");
}

#[test]
fn a_block_that_has_no_next_one_is_no_end() {
    let mut voice = Voice::new(Box::new(Messages::default()));
    let mut out = Vec::new();
    let last =
        json!({ "type": "content_block_start", "index": u64::MAX, "content_block": { "type": "image" } });
    voice.push(format!("native: {last}\n\n").as_bytes(), &mut out);
    voice.push(b": steadfast continued by b/y after 0 characters\n\n", &mut out);
    voice.push(chunk(json!({ "content": "Hello" })).as_bytes(), &mut out);
    assert!(String::from_utf8(out).unwrap().contains("Hello"));
}
