//! A caller who speaks Anthropic's Messages, before a provider who speaks it too: his own words go there, and its own come back.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

const WHOLE: &str = "One two three four five six seven eight nine ten.";

fn hello(model: &str) -> Value {
    json!({ "model": model, "max_tokens": 100, "messages": [{ "role": "user", "content": "Hello?" }] })
}

fn streamed(model: &str) -> Value {
    let mut body = hello(model);
    body["stream"] = json!(true);
    body
}

fn kinds(answer: &Answer) -> Vec<String> {
    answer.events().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

fn text(answer: &Answer) -> String {
    answer.events().iter().filter_map(|event| event["delta"]["text"].as_str()).collect()
}

/// The first target speaks Messages, the others do not.
fn own() -> Story {
    story_with(json!({
        "providers": { "a": { "dialect": "anthropic" } },
        "stream": { "on_break": "continue" }, "retry": { "retries": 0 },
    }))
}

/// The events of a stream, each as it is sent.
fn events(events: &[Value]) -> Vec<String> {
    let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    events.iter().map(event).collect()
}

#[test]
fn a_provider_of_the_same_language_gets_the_callers_own_words_and_gives_its_own() {
    let story = own();
    let answer = json!({
        "id": "msg_9", "type": "message", "role": "assistant", "model": "x",
        "content": [
            { "type": "thinking", "thinking": "Hm", "signature": "sig" },
            { "type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {} },
            { "type": "text", "text": "Found.", "citations": [{ "type": "char_location" }] },
        ],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": 5, "output_tokens": 1, "cache_creation_input_tokens": 7 },
    });
    story.script("a/x", [Behaviour::sends([answer.to_string()]).header("content-type", "application/json")]);
    let mut body = hello("chain");
    body["system"] = json!([{ "type": "text", "text": "S", "cache_control": { "type": "ephemeral" } }]);
    body["tools"] = json!([{ "type": "web_search_20250305", "name": "web_search" }]);
    body["top_k"] = json!(5);
    let got = story.post("/v1/messages", &body).json();
    let mut meant = body;
    meant["model"] = json!("x");
    assert_eq!(story.attempts()[0].json(), meant, "nothing but the model's name was touched");
    let mut meant = answer;
    meant["model"] = json!("a/x");
    assert_eq!(got, meant, "nothing but the model's name was touched");
}

#[test]
fn row_11_what_breaks_in_its_own_words_is_carried_on_by_a_stranger_in_the_same_block() {
    let story = own();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers("five six seven eight nine ten.")]);
    let answer = story.post("/v1/messages", &streamed("chain"));
    assert_eq!(text(&answer), WHOLE);
    let kinds = kinds(&answer);
    for once in
        ["message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"]
    {
        assert_eq!(kinds.iter().filter(|kind| *kind == once).count(), 1, "{once}: {kinds:?}");
    }
    assert!(!answer.raw().contains("native:") && !answer.raw().contains("choices"));
    assert_eq!(answer.events()[0]["message"]["model"], "a/x");
    story.comes_to_rest();
}

#[test]
fn a_thought_that_its_vendor_has_not_signed_can_be_kept_and_goes_back() {
    let story = own();
    story.script("a/x", [Behaviour::sends(events(&[
        json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "x", "usage": { "input_tokens": 1, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "Hm" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "text_delta", "text": "Yes." } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ])), Behaviour::answers("No.")]);
    let answer = story.post("/v1/messages", &streamed("a/x"));
    let signature = &answer.events()[3];
    assert_eq!((&signature["delta"]["type"], &signature["index"]), (&json!("signature_delta"), &json!(0)));
    assert_eq!(kinds(&answer).iter().filter(|kind| *kind == "content_block_stop").count(), 2);
    let mut body = hello("a/x");
    let thought =
        json!({ "type": "thinking", "thinking": "Hm", "signature": signature["delta"]["signature"] });
    body["messages"] = json!([
        { "role": "user", "content": "1" }, { "role": "assistant", "content": [thought] }, { "role": "user", "content": "3" },
    ]);
    story.post("/v1/messages", &body);
    assert_eq!(story.attempts()[1].json()["messages"], body["messages"]);
}

#[test]
fn a_turn_that_pauses_in_the_midst_of_a_search_is_an_answer() {
    let story = own();
    let search =
        json!({ "type": "server_tool_use", "id": "s", "name": "web_search", "input": { "query": "x" } });
    let message = json!({
        "id": "m", "type": "message", "role": "assistant", "model": "x", "content": [search],
        "stop_reason": "pause_turn", "stop_sequence": null, "usage": { "input_tokens": 5, "output_tokens": 1 },
    });
    let whole = Behaviour::sends([message.to_string()]).header("content-type", "application/json");
    let stream = Behaviour::sends(events(&[
        json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "x", "usage": { "input_tokens": 1, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": search }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "pause_turn", "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ]));
    story.script("a/x", [whole, stream]);
    let answer = story.post("/v1/messages", &hello("chain"));
    assert_eq!(answer.json()["stop_reason"], "pause_turn");
    let answer = story.post("/v1/messages", &streamed("chain"));
    assert!(answer.raw().contains("pause_turn"), "{}", answer.raw());
    assert_eq!(story.tried(), ["a/x", "a/x"], "and nobody else was asked");
}

#[test]
fn a_target_that_refuses_a_beta_is_asked_with_the_others() {
    let refused = |message: &str| {
        let error =
            json!({ "type": "error", "error": { "type": "invalid_request_error", "message": message } });
        Behaviour::status(400).body(error.to_string())
    };
    for (message, others) in [
        (
            "Unexpected value(s) `fast-mode-2026-02-01` for the `anthropic-beta` header.",
            Some("context-1m-2025-08-07"),
        ),
        ("The long context beta is not yet available for this subscription.", Some("fast-mode-2026-02-01")),
        ("invalid beta flag", None),
    ] {
        let story = own();
        story.script("a/x", [refused(message), Behaviour::answers("Hello.")]);
        let mut request = request("POST", "/v1/messages", hello("a/x").to_string());
        request.headers.push("anthropic-beta", "fast-mode-2026-02-01, context-1m-2025-08-07");
        let response = story.world().run(story.gateway.fetch(story.host.handle(), request)).unwrap();
        assert_eq!(response.status, 200, "{message}");
        let asked = &story.attempts()[1];
        assert_eq!(asked.header("anthropic-beta"), others, "{message}");
    }
}

/// Thoughts are bound to all that was said before them, and to the account.
#[test]
fn a_target_that_refuses_the_thoughts_is_asked_without_them() {
    let refused = |why: &str| {
        let message = format!("messages.1.content.0: Invalid `signature` in `thinking` block{why}");
        let error =
            json!({ "type": "error", "error": { "type": "invalid_request_error", "message": message } });
        Behaviour::status(400).body(error.to_string())
    };
    let bound = refused(". The block is bound to a different conversation. Remove the block.");
    let story = own();
    story.script("a/x", [bound, Behaviour::answers("Hello."), refused(""), refused("")]);
    let mut body = hello("chain");
    body["thinking"] = json!({ "type": "adaptive" });
    body["messages"] = json!([
        { "role": "user", "content": "1" },
        { "role": "assistant", "content": [{ "type": "thinking", "thinking": "", "signature": "EqoC" }, { "type": "text", "text": "2" }] },
        { "role": "user", "content": "3" },
    ]);
    let answer = story.post("/v1/messages", &body);
    assert_eq!(
        answer.header("x-steadfast-trail"),
        "a/x invalid_request 400 0ms; a/x ok 0ms (dropped thoughts)"
    );
    let sent = story.attempts()[1].json();
    assert_eq!(sent["messages"][1]["content"], json!([{ "type": "text", "text": "2" }]));
    assert_eq!(sent["thinking"], json!({ "type": "adaptive" }));
    let answer = story.post("/v1/messages", &body);
    assert_eq!((answer.status, story.attempts().len()), (400, 4), "once, and nobody else is asked");
}
