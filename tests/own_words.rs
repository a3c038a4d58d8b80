//! A caller who speaks Anthropic's Messages, before a provider who speaks it too: his own words go there, and its own come back.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::messages::{hello, hello_streamed, is_whole, kinds, text};
use support::*;

#[test]
fn a_provider_of_the_same_language_gets_the_callers_own_words_and_gives_its_own() {
    let story = first_speaks("anthropic");
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
    story.script("a/x", [Behaviour::sends([answer.to_string()])]);
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
    let story = first_speaks("anthropic");
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let answer = story.post("/v1/messages", &hello_streamed("chain"));
    is_whole(&answer);
    assert!(!answer.raw().contains("native:") && !answer.raw().contains("choices"));
    assert_eq!(answer.events()[0]["message"]["model"], "a/x");
    story.comes_to_rest();
}

#[test]
fn a_thought_that_its_vendor_has_not_signed_can_be_kept_and_goes_back() {
    let story = first_speaks("anthropic");
    story.script("a/x", [Behaviour::sends([
        json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "x", "usage": { "input_tokens": 1, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "Hm" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "text_delta", "text": "Yes." } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ].map(event)), Behaviour::answers("No.")]);
    let answer = story.post("/v1/messages", &hello_streamed("a/x"));
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
    let story = first_speaks("anthropic");
    let search =
        json!({ "type": "server_tool_use", "id": "s", "name": "web_search", "input": { "query": "x" } });
    let message = json!({
        "id": "m", "type": "message", "role": "assistant", "model": "x", "content": [search],
        "stop_reason": "pause_turn", "stop_sequence": null, "usage": { "input_tokens": 5, "output_tokens": 1 },
    });
    let whole = Behaviour::sends([message.to_string()]);
    let stream = Behaviour::sends([
        json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "x", "usage": { "input_tokens": 1, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": search }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "pause_turn", "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ].map(event));
    story.script("a/x", [whole, stream]);
    let answer = story.post("/v1/messages", &hello("chain"));
    assert_eq!(answer.json()["stop_reason"], "pause_turn");
    let answer = story.post("/v1/messages", &hello_streamed("chain"));
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
        let story = first_speaks("anthropic");
        story.script("a/x", [refused(message), Behaviour::answers("Hello.")]);
        let mut request = request("POST", "/v1/messages", hello("a/x").to_string());
        request.headers.push("anthropic-beta", "fast-mode-2026-02-01, context-1m-2025-08-07");
        let response = story.world().run(story.gateway.fetch(story.host.handle(), request)).unwrap();
        assert_eq!(response.status, 200, "{message}");
        let asked = &story.attempts()[1];
        assert_eq!(asked.header("anthropic-beta"), others, "{message}");
    }
}

/// What goes on after thoughts is asked in the common language, in which there is no such tool.
#[test]
fn what_only_this_language_can_say_is_not_lost_behind_thoughts_that_break_off() {
    for (tools, goes_on) in
        [(json!([]), true), (json!([{ "type": "web_search_20250305", "name": "web_search" }]), false)]
    {
        let story = story_with(json!({
            "providers": { "a": { "dialect": "anthropic" }, "b": { "dialect": "anthropic" } },
            "routes": { "two": { "fallback": ["a/x", "b/y"] } }, "stream": { "on_break": "continue" },
        }));
        let thinks = [
            json!({ "type": "message_start", "message": { "id": "msg_9", "role": "assistant", "content": [], "usage": { "input_tokens": 5, "output_tokens": 1 } } }),
            json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "Hm" } }),
        ];
        story.script("a/x", [Behaviour::sends(thinks.map(event))]);
        let mut body = hello_streamed("two");
        body["tools"] = tools;
        let answer = story.post("/v1/messages", &body);
        assert_eq!(story.tried(), if goes_on { ["a/x", "b/y"].as_slice() } else { &["a/x"] }, "{body}");
        assert_eq!(kinds(&answer).last().unwrap(), if goes_on { "message_stop" } else { "error" }, "{body}");
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
    let story = first_speaks("anthropic");
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

/// The translation lacks what binds the request to its language, so nobody could carry on from all of it.
#[test]
fn an_answer_to_what_only_this_language_can_say_is_not_carried_on_in_another() {
    let story = story_with(json!({
        "providers": { "a": { "dialect": "anthropic" }, "b": { "dialect": "anthropic" } },
        "stream": { "on_break": "continue" }, "retry": { "retries": 0 },
    }));
    story.script("a/x", [Behaviour::sends([
        event(json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "x", "usage": { "input_tokens": 1, "output_tokens": 1 } } })),
        event(json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } })),
        event(json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "The paper says" } })),
    ])]);
    let mut body = hello_streamed("chain");
    body["messages"] = json!([{ "role": "user", "content": [
        { "type": "document", "source": { "type": "file", "file_id": "f" } }, { "type": "text", "text": "What does it say?" },
    ] }]);
    let answer = story.post("/v1/messages", &body);
    assert_eq!(story.tried(), ["a/x"]);
    assert_eq!(answer.events().last().unwrap()["type"], "error");
}

#[test]
fn a_search_that_takes_its_time_is_waited_for() {
    let story = story_with(json!({
        "providers": { "a": { "dialect": "anthropic" } }, "retry": { "retries": 0 },
        "timeouts": { "first_token_ms": 10_000, "idle_ms": 30_000 },
    }));
    let mut said = vec![
        json!({ "type": "message_start", "message": { "id": "m", "type": "message", "role": "assistant", "content": [], "model": "x", "usage": { "input_tokens": 1, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "input_json_delta", "partial_json": "{\"query\":\"x\"}" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
    ];
    said.extend(vec![json!({ "type": "ping" }); 12]);
    said.extend([
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "web_search_tool_result", "tool_use_id": "s", "content": [] } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "content_block_start", "index": 2, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 2, "delta": { "type": "text_delta", "text": "Found." } }),
        json!({ "type": "content_block_stop", "index": 2 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ]);
    story.script("a/x", [Behaviour::sends(said.into_iter().map(event)).every(9_000)]);
    let mut body = hello_streamed("a/x");
    body["tools"] = json!([{ "type": "web_search_20250305", "name": "web_search" }]);
    let answer = story.post("/v1/messages", &body);
    assert_eq!((answer.status, text(&answer)), (200, "Found.".to_owned()), "{}", answer.raw());
    assert_eq!(answer.events().last().unwrap()["type"], "message_stop");
    story.comes_to_rest();
}

#[test]
fn a_targets_parameters_are_laid_over_the_callers_own_words_under_their_names_there() {
    let params = json!({
        "max_completion_tokens": 7, "stop": "X", "temperature": 0.5, "response_format": { "type": "json_object" },
    });
    let story = story_with(json!({
        "providers": { "a": { "dialect": "anthropic" } },
        "routes": { "chain": { "fallback": [{ "model": "a/x", "params": params }] } },
    }));
    story.post("/v1/messages", &hello("chain"));
    let mut meant = hello("x");
    meant["max_tokens"] = json!(7);
    meant["stop_sequences"] = json!(["X"]);
    meant["temperature"] = json!(0.5);
    assert_eq!(story.attempts()[0].json(), meant);
}
