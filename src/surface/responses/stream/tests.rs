use super::super::request;
use super::*;
use crate::surface::Voice;
use crate::surface::tests::{chunk, end, kinds, spoken};
use serde_json::{Value, json};

fn heard(pieces: &[String]) -> Vec<Value> {
    let ask = request::read(json!({ "model": "m", "input": "Hi" }).to_string().into()).unwrap();
    spoken(Voice::new(Box::new(Responses::new(&ask))), pieces)
}

fn last(events: &[Value]) -> &Value {
    &events.last().unwrap()["response"]
}

#[test]
fn a_call_with_nothing_is_one_with_an_empty_object() {
    let call =
        json!({ "index": 0, "id": "c1", "type": "function", "function": { "name": "f", "arguments": "" } });
    let events = heard(&[chunk(json!({ "tool_calls": [call] })), end("tool_calls")]);
    let done = events.iter().find(|event| event["type"] == "response.function_call_arguments.done").unwrap();
    assert_eq!((&done["arguments"], &last(&events)["output"][0]["arguments"]), (&json!("{}"), &json!("{}")));
}

/// What a search has found comes behind the text, or, in a stream of OpenRouter's, before it.
#[test]
fn what_is_cited_is_told_in_the_item_of_its_text() {
    let cited = |url: &str| json!({ "start_index": 0, "end_index": 2, "title": "T", "url": url });
    let noted =
        |url: &str| chunk(json!({ "annotations": [{ "type": "url_citation", "url_citation": cited(url) }] }));
    let events =
        heard(&[noted("https://a"), chunk(json!({ "content": "Hi" })), noted("https://b"), end("stop")]);
    let told: Vec<_> =
        events.iter().filter(|event| event["type"] == "response.output_text.annotation.added").collect();
    assert_eq!(
        (told.len(), &told[1]["annotation_index"], &told[1]["output_index"]),
        (2, &json!(1), &json!(0))
    );
    assert_eq!(told[1]["annotation"]["url"], "https://b");
    let part = &last(&events)["output"][0]["content"][0];
    assert_eq!((&part["text"], part["annotations"].as_array().unwrap().len()), (&json!("Hi"), 2));
    assert_eq!(last(&events)["output"].as_array().unwrap().len(), 1);
}

#[test]
fn a_text_is_an_item_with_one_part() {
    let events = heard(&[
        chunk(json!({ "role": "assistant", "content": "" })),
        chunk(json!({ "content": "Hel" })),
        chunk(json!({ "content": "lo" })),
        end("stop"),
    ]);
    assert_eq!(
        kinds(&events),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let numbers: Vec<u64> = events.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    assert_eq!(last(&events)["output"][0]["content"][0]["text"], "Hello");
    assert_eq!(
        (&last(&events)["status"], &last(&events)["usage"]["total_tokens"]),
        (&json!("completed"), &json!(10))
    );
    assert_eq!(last(&events)["model"], "a/x");
}

#[test]
fn thoughts_text_and_calls_are_items_in_their_order() {
    let call = |index: u32, more: Value| {
        let mut call = json!({ "index": index });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        chunk(json!({ "tool_calls": [call] }))
    };
    let events = heard(&[
        chunk(json!({ "reasoning_content": "Hm" })),
        chunk(
            json!({ "reasoning_details": [{ "type": "reasoning.encrypted", "data": "E", "format": "openai-responses-v1" }] }),
        ),
        chunk(json!({ "content": "Look:" })),
        call(0, json!({ "id": "c0", "function": { "name": "f", "arguments": "{\"a\":" } })),
        call(1, json!({ "id": "c1", "function": { "name": "g", "arguments": "" } })),
        call(0, json!({ "function": { "arguments": "1}" } })),
        call(1, json!({ "function": { "arguments": "{}" } })),
        end("tool_calls"),
    ]);
    let output = last(&events)["output"].as_array().unwrap();
    let kinds: Vec<&str> = output.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["reasoning", "message", "function_call", "function_call"]);
    assert_eq!(
        (&output[0]["summary"][0]["text"], &output[0]["encrypted_content"]),
        (&json!("Hm"), &json!("E"))
    );
    assert_eq!((&output[2]["call_id"], &output[2]["arguments"]), (&json!("c0"), &json!("{\"a\":1}")));
    assert_eq!((&output[3]["name"], &output[3]["arguments"]), (&json!("g"), &json!("{}")));
    for (place, item) in output.iter().enumerate() {
        let done = events
            .iter()
            .find(|event| event["type"] == "response.output_item.done" && event["output_index"] == place);
        assert_eq!(&done.unwrap()["item"], item);
    }
}

#[test]
fn own_words_pass_and_whoever_carries_on_goes_on_in_the_open_item() {
    let native = |event: Value| format!("native: {event}\n\ndata: {{\"choices\":[]}}\n\n");
    let events = heard(&[
        native(
            json!({ "type": "response.created", "sequence_number": 0, "response": { "id": "resp_9", "created_at": 5, "model": "openai/x" } }),
        ),
        native(
            json!({ "type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": { "id": "msg_9", "type": "message", "content": [] } }),
        ),
        native(json!({ "type": "response.content_part.added", "sequence_number": 2, "output_index": 0 })),
        native(
            json!({ "type": "response.output_text.delta", "sequence_number": 3, "output_index": 0, "delta": "Hel" }),
        ),
        ": steadfast continued by a/x after 3 characters\n\n".to_owned(),
        chunk(json!({ "content": "lo" })),
        end("stop"),
    ]);
    let delta = events.iter().rfind(|event| event["type"] == "response.output_text.delta").unwrap();
    assert_eq!((&delta["item_id"], &delta["sequence_number"]), (&json!("msg_9"), &json!(4)));
    assert_eq!(last(&events)["output"][0]["content"][0]["text"], "Hello");
    assert_eq!((&last(&events)["id"], &last(&events)["model"]), (&json!("resp_9"), &json!("openai/x")));
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "response.created").count(), 1);
}

#[test]
fn the_last_event_is_the_providers_own_and_comes_after_the_summary() {
    let ask = request::read(json!({ "model": "m", "input": "Hi" }).to_string().into()).unwrap();
    let mut voice = Voice::new(Box::new(Responses::new(&ask)));
    let mut out = Vec::new();
    let completed = r#"{"type":"response.completed","response":{"x":1}}"#;
    voice.push(format!("native: {completed}\n\n: steadfast {{}}\n\ndata: [DONE]\n\n").as_bytes(), &mut out);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out, format!(": steadfast {{}}\n\nevent: response.completed\ndata: {completed}\n\n"));
}

#[test]
fn a_broken_stream_ends_with_an_error_and_without_an_end() {
    let error = r#"data: {"error":{"message":"It broke off.","type":"server_error","param":null,"code":"stream_broken"}}"#;
    let events = heard(&[chunk(json!({ "content": "Hel" })), format!("{error}\n\n")]);
    let error = events.last().unwrap();
    assert_eq!(
        (&error["type"], &error["code"], &error["error"]["code"]),
        (&json!("error"), &json!("stream_broken"), &json!("stream_broken"))
    );
    assert!(!kinds(&events).contains(&"response.completed"));
}

#[test]
fn after_the_end_nothing_comes() {
    let pieces =
        [chunk(json!({ "content": "Hi" })), end("stop"), end("stop"), chunk(json!({ "content": "!" }))];
    let events = heard(&pieces);
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "response.completed").count(), 1);
    assert_eq!(events.last().unwrap()["type"], "response.completed");
}

#[test]
fn an_answer_at_its_limit_is_incomplete() {
    let events = heard(&[chunk(json!({ "content": "H" })), end("length")]);
    assert_eq!(kinds(&events).last(), Some(&"response.incomplete"));
    assert_eq!(last(&events)["incomplete_details"]["reason"], "max_output_tokens");
}

#[test]
fn thoughts_that_come_with_a_detail_for_every_word_are_one_item() {
    let word = |text: &str| {
        let detail =
            json!({ "type": "reasoning.text", "text": text, "format": "anthropic-claude-v1", "index": 0 });
        chunk(json!({ "reasoning": text, "reasoning_details": [detail] }))
    };
    let events =
        heard(&[word("Well,"), word(" now"), word("."), chunk(json!({ "content": "x" })), end("stop")]);
    let output = last(&events)["output"].as_array().unwrap();
    let kinds: Vec<&Value> = output.iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds, ["reasoning", "message"]);
    assert_eq!(output[0]["summary"][0]["text"], "Well, now.");
}

#[test]
fn after_a_restart_the_answer_is_said_from_its_beginning() {
    let restart = "event: steadfast.restart\ndata: {\"choices\":[],\"steadfast\":{\"restart\":true}}\n\n";
    let events = heard(&[
        chunk(json!({ "content": "One" })),
        restart.to_owned(),
        chunk(json!({ "content": "Two" })),
        end("stop"),
    ]);
    assert!(kinds(&events).contains(&"steadfast.restart"));
    assert_eq!(last(&events)["output"][0]["content"][0]["text"], "Two");
}

/// An item that began in an earlier place took the count back, and who carried on said its own under a number that was taken.
#[test]
fn an_item_of_whoever_carries_on_has_a_place_of_its_own_in_whatever_order_the_others_began() {
    let own = |event: Value| format!("native: {event}\n\n");
    let added = |place: u64, item: Value| {
        own(json!({ "type": "response.output_item.added", "output_index": place, "item": item }))
    };
    let search = || json!({ "type": "web_search_call", "id": "ws_2" });
    let events = heard(&[
        own(
            json!({ "type": "response.created", "response": { "id": "resp_1", "model": "m", "created_at": 7 } }),
        ),
        added(2, search()),
        own(json!({ "type": "response.output_item.done", "output_index": 2, "item": search() })),
        added(0, json!({ "type": "reasoning", "id": "rs_0" })),
        ": steadfast continued by b/y after 0 characters\n\n".into(),
        chunk(json!({ "content": "Hello" })),
        end("stop"),
    ]);
    let places: Vec<_> =
        last(&events)["output"].as_array().unwrap().iter().map(|item| item["type"].clone()).collect();
    assert_eq!(places, ["reasoning", "web_search_call", "message"]);
}

#[test]
fn places_that_have_no_next_one_are_no_end() {
    let last_place = json!({
        "type": "response.output_item.added", "output_index": u64::MAX, "sequence_number": u64::MAX,
        "item": { "type": "web_search_call", "id": "ws" },
    });
    let events = heard(&[
        format!("native: {last_place}\n\n"),
        ": steadfast continued by b/y after 0 characters\n\n".into(),
        chunk(json!({ "content": "Hello" })),
        end("stop"),
    ]);
    assert_eq!(last(&events)["output"][0]["type"], "message");
}
