use super::*;
use crate::dialect::translated::Translator as _;
use serde_json::{Value, json};

/// The chunks that events become, and how the stream ended.
fn heard(events: &[Value]) -> (Vec<Value>, Heard) {
    let mut translator = Translator::new(5_000, "openai");
    let (mut said, mut chunks) = (Vec::new(), Chunks::default());
    for event in events {
        chunks.clear();
        let heard = translator.push(&Event { name: b"", data: event.to_string().as_bytes() }, &mut chunks);
        chunks.flush();
        said.extend(chunks.iter().map(|chunk| serde_json::from_slice::<Value>(chunk).unwrap()));
        if !matches!(heard, Heard::Said) {
            return (said, heard);
        }
    }
    (said, Heard::Said)
}

fn deltas(chunks: &[Value]) -> Vec<Value> {
    let deltas = chunks.iter().map(|chunk| chunk["choices"][0]["delta"].clone());
    deltas.filter(|delta| delta.as_object().is_some_and(|delta| !delta.is_empty())).collect()
}

fn begins() -> Value {
    json!({ "type": "response.created", "response": { "id": "resp_1", "created_at": 7, "status": "in_progress" } })
}

fn ends(status: &str, more: Value) -> Value {
    let mut response =
        json!({ "id": "resp_1", "status": status, "usage": { "input_tokens": 3, "output_tokens": 4 } });
    response.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "type": format!("response.{status}"), "response": response })
}

#[test]
fn what_is_cited_is_told() {
    let cited = json!({ "start_index": 0, "end_index": 2, "title": "T", "url": "https://a" });
    let mut annotation = cited.clone();
    annotation["type"] = json!("url_citation");
    let (chunks, _) = heard(&[
        begins(),
        json!({ "type": "response.output_text.annotation.added", "annotation": annotation }),
    ]);
    let told = json!({ "annotations": [{ "type": "url_citation", "url_citation": cited }] });
    assert_eq!(deltas(&chunks)[1], told);
}

#[test]
fn a_text_is_said_in_deltas_and_not_again() {
    let (chunks, heard) = heard(&[
        begins(),
        json!({ "type": "response.in_progress", "response": {} }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": { "type": "message", "content": [] } }),
        json!({ "type": "response.output_text.delta", "output_index": 0, "delta": "Hel" }),
        json!({ "type": "response.output_text.delta", "output_index": 0, "delta": "lo" }),
        json!({ "type": "response.output_text.done", "output_index": 0, "text": "Hello" }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": { "type": "message", "content": [{ "type": "output_text", "text": "Hello" }] } }),
        ends("completed", json!({})),
    ]);
    assert!(matches!(heard, Heard::Done));
    assert_eq!(
        deltas(&chunks),
        [
            json!({ "role": "assistant", "content": "", "refusal": null }),
            json!({ "content": "Hel" }),
            json!({ "content": "lo" })
        ]
    );
    assert!(chunks.iter().all(|chunk| chunk["id"] == "resp_1" && chunk["created"] == 7));
    let end = &chunks[chunks.len() - 2];
    assert_eq!(end["choices"][0]["finish_reason"], "stop");
    assert_eq!(chunks.last().unwrap()["usage"]["total_tokens"], 7);
}

#[test]
fn calls_are_counted_by_themselves() {
    let call = |kind: &str, place: u32, arguments: &str| json!({ "type": kind, "output_index": place, "item": { "type": "function_call", "id": "fc", "call_id": format!("c{place}"), "name": "f", "arguments": arguments } });
    let (chunks, _) = heard(&[
        begins(),
        call("response.output_item.added", 1, ""),
        json!({ "type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}" }),
        call("response.output_item.done", 1, "{}"),
        call("response.output_item.done", 3, "{\"a\":1}"),
        ends("completed", json!({})),
    ]);
    let calls: Vec<Value> =
        deltas(&chunks).iter().filter_map(|delta| delta["tool_calls"].get(0).cloned()).collect();
    assert_eq!(calls[0]["id"], "c1");
    assert_eq!(calls[1], json!({ "index": 0, "function": { "arguments": "{}" } }));
    assert_eq!((&calls[2]["index"], &calls[2]["id"]), (&json!(1), &json!("c3")));
    assert_eq!(calls[2]["function"]["arguments"], "{\"a\":1}");
    assert_eq!(chunks[chunks.len() - 2]["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn thoughts_are_said_part_by_part_and_hidden_ones_are_kept() {
    let (chunks, _) = heard(&[
        begins(),
        json!({ "type": "response.reasoning_summary_part.added", "output_index": 0 }),
        json!({ "type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "A" }),
        json!({ "type": "response.reasoning_summary_part.added", "output_index": 0 }),
        json!({ "type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "B" }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": { "type": "reasoning", "id": "rs", "encrypted_content": "E" } }),
    ]);
    let thoughts: String = deltas(&chunks)
        .iter()
        .filter_map(|delta| delta["reasoning_content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(thoughts, "A\n\nB");
    assert_eq!(deltas(&chunks).last().unwrap()["reasoning_details"][0]["data"], "by:openai:E");
}

#[test]
fn an_end_that_is_none_is_a_failure() {
    let error = json!({ "code": "rate_limit_exceeded", "message": "Slow down." });
    for event in [
        ends("failed", json!({ "error": error })),
        json!({ "type": "error", "code": "rate_limit_exceeded", "message": "Slow down." }),
        json!({ "type": "error", "error": error }),
        json!({ "error": error }),
    ] {
        match heard(&[begins(), event]).1 {
            Heard::Failed(failure) => assert_eq!(failure.class, Class::RateLimit),
            other => panic!("{other:?}"),
        }
    }
    let cut = ends("incomplete", json!({ "incomplete_details": { "reason": "max_output_tokens" } }));
    let (chunks, heard) = heard(&[begins(), cut]);
    assert!(matches!(heard, Heard::Done));
    assert_eq!(chunks[1]["choices"][0]["finish_reason"], "length");
}
