use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::{Plan, Target};
use crate::dialect::{Step, reader};
use crate::stream::decoder::Decoder;

fn event(data: Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())
}

fn stream(events: impl IntoIterator<Item = Value>) -> String {
    events.into_iter().map(event).collect()
}

fn message_start() -> Value {
    json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
        "content": [], "usage": { "input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1 } } })
}

fn block_start(index: u64, block: Value) -> Value {
    json!({ "type": "content_block_start", "index": index, "content_block": block })
}

fn delta(index: u64, delta: Value) -> Value {
    json!({ "type": "content_block_delta", "index": index, "delta": delta })
}

fn block_stop(index: u64) -> Value {
    json!({ "type": "content_block_stop", "index": index })
}

fn ending(reason: &str) -> [Value; 2] {
    let usage = json!({ "output_tokens": 30, "output_tokens_details": { "thinking_tokens": 7 } });
    [
        json!({ "type": "message_delta", "delta": { "stop_reason": reason }, "usage": usage }),
        json!({ "type": "message_stop" }),
    ]
}

fn text(index: u64, words: &str) -> [Value; 3] {
    [
        block_start(index, json!({ "type": "text", "text": "" })),
        delta(index, json!({ "type": "text_delta", "text": words })),
        block_stop(index),
    ]
}

thread_local! {
    /// A caller who asks for usage, and whom he asks.
    static CALLER: (Ask, Rc<Target>) = {
        let body = br#"{"model":"anthropic/claude-sonnet-5","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#;
        let target = Plan::from_json("{}").unwrap().target("anthropic/claude-sonnet-5").unwrap();
        (Ask::read(bytes::Bytes::from_static(body)).unwrap(), target)
    };
}

/// What a caller gets of it, who asked for usage, and how it ended; the bytes come in these pieces.
fn heard<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<Value>, Result<(), Class>) {
    let (out, end) = relayed(pieces);
    let chunks = out.lines().filter_map(|line| line.strip_prefix("data: "));
    (chunks.map(|chunk| serde_json::from_str(chunk).unwrap()).collect(), end)
}

/// The same, as it goes out.
fn relayed<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (String, Result<(), Class>) {
    let mut reader = CALLER.with(|(ask, target)| reader(ask, target, None, 1_700_000_000_000));
    let (mut decoder, mut out) = (Decoder::new(1 << 20), Vec::new());
    let mut end = None;
    let mut take = |decoder: &mut Decoder, end: &mut Option<Result<(), Class>>| {
        while let (Some(event), None) = (decoder.next(), &end) {
            match reader.push(&event, &mut out) {
                Step::Done => *end = Some(Ok(())),
                Step::Failed(failure) => *end = Some(Err(failure.class)),
                _ => {}
            }
        }
    };
    for piece in pieces {
        decoder.push(piece).unwrap();
        take(&mut decoder, &mut end);
    }
    let rest = decoder.rest().into();
    decoder.finish();
    take(&mut decoder, &mut end);
    let end = end.unwrap_or_else(|| match reader.end(&rest, &mut out) {
        Step::Failed(failure) => Err(failure.class),
        _ => Ok(()),
    });
    (String::from_utf8(out).unwrap(), end)
}

fn whole(stream: &str) -> (Vec<Value>, Result<(), Class>) {
    heard([stream.as_bytes()])
}

fn said(chunks: &[Value], name: &str) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"][name].as_str()).collect()
}

/// Name and arguments of the tool calls, by their indexes.
fn calls(chunks: &[Value]) -> Vec<(String, String)> {
    let mut calls: Vec<(String, String)> = Vec::new();
    for call in chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0)) {
        let function = &call["function"];
        if let Some(name) = function["name"].as_str() {
            assert_eq!(call["index"], calls.len());
            assert!(call["id"].is_string() && call["type"] == "function");
            calls.push((name.into(), String::new()));
        }
        calls[call["index"].as_u64().unwrap() as usize].1 += function["arguments"].as_str().unwrap();
    }
    calls
}

fn finish(chunks: &[Value]) -> Vec<&str> {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str()).collect()
}

/// Thoughts, text in two blocks and three tools, one of them without arguments.
fn rich() -> String {
    let tool = |id: &str, name: &str| json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
    let input =
        |index: u64, json: &str| delta(index, json!({ "type": "input_json_delta", "partial_json": json }));
    let mut events = vec![
        message_start(),
        json!({ "type": "ping" }),
        block_start(0, json!({ "type": "thinking", "thinking": "", "signature": "" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "Hm, \"" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "so.\"" })),
        delta(0, json!({ "type": "signature_delta", "signature": "si" })),
        delta(0, json!({ "type": "signature_delta", "signature": "g=" })),
        block_stop(0),
        block_start(1, json!({ "type": "redacted_thinking", "data": "xyz" })),
        block_stop(1),
    ];
    events.extend(text(2, "Grüße 🌍, "));
    events.extend([
        block_start(
            3,
            json!({ "type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {} }),
        ),
        input(3, "{\"query\":\"x\"}"),
        block_stop(3),
        block_start(
            4,
            json!({ "type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [] }),
        ),
        block_stop(4),
    ]);
    events.extend(text(5, "welt."));
    events.extend([
        block_start(6, tool("toolu_1", "look")),
        input(6, ""),
        input(6, "{\"a\""),
        input(6, ":1}"),
        block_stop(6),
    ]);
    events.extend([block_start(7, tool("toolu_2", "wait")), input(7, ""), block_stop(7)]);
    events.extend([
        block_start(8, json!({ "type": "tool_use", "id": "toolu_3", "name": "go", "input": { "to": "x" } })),
        block_stop(8),
    ]);
    events.extend(ending("tool_use"));
    stream(events)
}

#[test]
fn a_stream_is_said_as_openai_says_it() {
    let (chunks, end) = whole(&rich());
    assert_eq!(end, Ok(()));
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    assert!(chunks.iter().all(|chunk| {
        chunk["id"] == "msg_1"
            && chunk["object"] == "chat.completion.chunk"
            && chunk["created"] == 1_700_000_000
            && chunk["model"] == "anthropic/claude-sonnet-5"
    }));
    assert_eq!(said(&chunks, "content"), "Grüße 🌍, welt.");
    assert_eq!(said(&chunks, "reasoning_content"), "Hm, \"so.\"");
    let call = |name: &str, arguments: &str| (name.to_owned(), arguments.to_owned());
    assert_eq!(calls(&chunks), [call("look", "{\"a\":1}"), call("wait", "{}"), call("go", "{\"to\":\"x\"}")]);
    assert_eq!(finish(&chunks), ["tool_calls"]);
    let usage = &chunks.last().unwrap()["usage"];
    assert_eq!(
        usage,
        &json!({ "prompt_tokens": 15, "completion_tokens": 30, "total_tokens": 45,
            "prompt_tokens_details": { "cached_tokens": 5 }, "completion_tokens_details": { "reasoning_tokens": 7 } })
    );
    assert_eq!(chunks.last().unwrap()["choices"], json!([]));
}

#[test]
fn what_anthropic_signed_comes_whole_and_marked() {
    let (chunks, _) = whole(&rich());
    let details: Vec<_> =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["reasoning_details"].get(0)).collect();
    assert_eq!(
        details,
        [
            &json!({ "type": "reasoning.text", "text": "Hm, \"so.\"", "signature": "sig=", "format": "anthropic-claude-v1", "index": 0 }),
            &json!({ "type": "reasoning.encrypted", "data": "xyz", "format": "anthropic-claude-v1", "index": 1 }),
        ]
    );
}

#[test]
fn it_says_the_same_however_it_is_split() {
    let rich = rich();
    let meant = whole(&rich);
    for at in 0..rich.len() {
        let (before, after) = rich.as_bytes().split_at(at);
        assert_eq!(heard([before, after]), meant, "split at {at}");
    }
    assert_eq!(heard(rich.as_bytes().chunks(1)), meant);
}

#[test]
fn no_truncation_passes_for_the_whole() {
    let rich = rich();
    let ended = rich.find("\"message_delta\"").unwrap();
    for end in 0..rich.len() {
        let (chunks, how) = whole(&rich[..rich.floor_char_boundary(end)]);
        let is_whole = !finish(&chunks).is_empty();
        assert_eq!(how.is_ok(), is_whole, "cut at {end}");
        assert!(!is_whole || end > ended);
    }
}

#[test]
fn a_repeated_beginning_is_heard_once() {
    let mut events = vec![message_start(), message_start()];
    events.extend(text(0, "Once"));
    events.push(message_start());
    events.extend(text(0, " only."));
    events.extend(ending("end_turn"));
    let (chunks, end) = whole(&stream(events));
    assert_eq!((said(&chunks, "content").as_str(), end), ("Once only.", Ok(())));
    let roles = chunks.iter().filter(|chunk| chunk["choices"][0]["delta"]["role"] == "assistant");
    assert_eq!(roles.count(), 1);
}

#[test]
fn the_later_count_holds_and_the_first_reason() {
    let mut events = vec![message_start()];
    events.extend(text(0, "x"));
    events.push(json!({ "type": "message_delta", "delta": { "stop_reason": "max_tokens" }, "usage": { "output_tokens": 3 } }));
    events.push(json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "input_tokens": 11, "output_tokens": 4 } }));
    let (chunks, end) = whole(&stream(events));
    assert_eq!((finish(&chunks), end), (vec!["length"], Ok(())));
    assert_eq!(chunks.last().unwrap()["usage"]["total_tokens"], 20);
}

#[test]
fn a_refusal_ends_as_a_filtered_answer() {
    let mut events = vec![message_start()];
    events.extend(ending("refusal"));
    let (chunks, end) = whole(&stream(events.clone()));
    assert_eq!((finish(&chunks), end), (vec!["content_filter"], Ok(())));
    assert_eq!(said(&chunks, "refusal"), "");
    let details = json!({ "type": "refusal", "category": "cyber", "explanation": "Not \"that\"." });
    for event in &mut events {
        if event["type"] == "message_delta" {
            event["delta"]["stop_details"] = details.clone();
        }
    }
    let (chunks, end) = whole(&stream(events));
    assert_eq!((finish(&chunks), end), (vec!["content_filter"], Ok(())));
    assert_eq!(said(&chunks, "refusal"), "Not \"that\".");
}

#[test]
fn json_by_way_of_a_tool_becomes_the_text() {
    let input = |json: &str| delta(0, json!({ "type": "input_json_delta", "partial_json": json }));
    let mut events = vec![
        message_start(),
        block_start(0, json!({ "type": "tool_use", "id": "toolu_1", "name": ANSWER_TOOL, "input": {} })),
        input("{\"a\": "),
        input("\"b\"}"),
        block_stop(0),
    ];
    events.extend(ending("tool_use"));
    let (chunks, _) = whole(&stream(events));
    assert_eq!((said(&chunks, "content").as_str(), calls(&chunks).len()), ("{\"a\": \"b\"}", 0));
    assert_eq!(finish(&chunks), ["stop"]);
}

#[test]
fn an_error_is_one_whenever_it_comes() {
    let late = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    assert_eq!(whole(&event(late.clone())).1, Err(Class::Overloaded));
    let mut events = vec![message_start()];
    events.extend(text(0, "So far"));
    events.push(late.clone());
    let (chunks, end) = whole(&stream(events));
    assert_eq!((said(&chunks, "content").as_str(), end), ("So far", Err(Class::Overloaded)));
    // A proxy may leave out the type, or write it as a bare line.
    assert_eq!(
        whole("data: {\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}\n\n").1,
        Err(Class::Server)
    );
    assert_eq!(whole(&late.to_string()).1, Err(Class::Overloaded));
}

#[test]
fn half_characters_and_blanks_behind_an_event_do_no_harm() {
    let halves = [
        r#"{"type":"message_start","message":{"id":"msg_1"}}   "#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}  "#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83c"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\udf0d"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
        r#"{"type":"message_stop"  }"#,
    ];
    let events: String = halves.iter().map(|data| format!("data: {data}\n\n")).collect();
    let (out, end) = relayed([events.as_bytes()]);
    assert!(out.contains(r#""content":"\ud83c""#) && out.contains(r#""content":"\udf0d""#), "{out}");
    assert_eq!(end, Ok(()));
}

#[test]
fn what_is_no_event_is_dropped() {
    let mut translator = Translator::new(0);
    for data in [
        "",
        "{",
        "[]",
        "7",
        "{}",
        r#"{"type":3}"#,
        r#"{"type":"content_block_delta"}"#,
        r#"{"type":"content_block_start","content_block":[]}"#,
    ] {
        let event = Event { name: b"", data: data.as_bytes() };
        let heard =
            crate::dialect::translated::Translator::push(&mut translator, &event, &mut Chunks::default());
        assert!(matches!(heard, Heard::Malformed), "{data}");
    }
    let news = Event { name: b"", data: br#"{"type":"news"}"# };
    let heard = crate::dialect::translated::Translator::push(&mut translator, &news, &mut Chunks::default());
    assert!(matches!(heard, Heard::Said));
}

#[test]
fn what_broke_off_has_cost_its_prompt_and_about_what_was_said() {
    let mut events = vec![message_start()];
    events.extend(text(0, &"word ".repeat(40)));
    let mut translator = Translator::new(0);
    let mut push = |data: &Value| {
        let data = data.to_string();
        let event = Event { name: b"", data: data.as_bytes() };
        crate::dialect::translated::Translator::push(&mut translator, &event, &mut Chunks::default());
        crate::dialect::translated::Translator::spent(&translator)
    };
    let spent: Vec<_> = events.iter().map(&mut push).collect();
    let begun = spent[0].unwrap();
    assert_eq!((begun.prompt_tokens, begun.completion_tokens), (15, 1));
    assert_eq!(begun.cached_tokens, 5);
    assert_eq!(spent[2].unwrap().completion_tokens, 50);
    assert_eq!(push(&ending("end_turn")[0]), None, "the end says it");
}

proptest::proptest! {
    #[test]
    fn a_damaged_stream_is_whole_or_failed_and_never_a_panic(
        damages in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..6),
        split in proptest::prelude::any::<proptest::sample::Index>(),
    ) {
        let mut bytes = rich().into_bytes();
        for (place, byte) in damages {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let (before, after) = bytes.split_at(split.index(bytes.len()));
        let (out, _) = relayed([before, after]);
        for line in out.lines().filter_map(|line| line.strip_prefix("data: ")) {
            proptest::prop_assert!(crate::chat::chunk::Chunk::read(line.as_bytes()).is_some(), "{}", line);
        }
    }

    #[test]
    fn any_events_in_any_order_are_heard(
        order in proptest::collection::vec(proptest::prelude::any::<proptest::sample::Index>(), 0..40),
    ) {
        let rich = rich();
        let events: Vec<&str> = rich.split_inclusive("\n\n").collect();
        let shuffled: String = order.iter().map(|at| events[at.index(events.len())]).collect();
        let (chunks, _) = whole(&shuffled);
        proptest::prop_assert!(finish(&chunks).len() <= 1);
    }
}
