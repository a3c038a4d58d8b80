//! A caller who speaks Anthropic's Messages, before providers who speak otherwise: strategies, rescue, trail and
//! errors work through it, in his words.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::messages::{hello, hello_streamed, is_whole, kinds, text};
use support::*;

#[test]
fn an_answer_falls_back_and_comes_as_a_message() {
    let story = story();
    story.script("a/x", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::answers("Hello.").costing(11, 3)]);
    let answer = story.post("/v1/messages", &hello("chain"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-steadfast-model"), "b/y");
    assert_eq!(answer.header("x-steadfast-trail"), "a/x overloaded 503 0ms; b/y ok 0ms");
    let message = answer.json();
    assert_eq!((&message["type"], &message["model"]), (&json!("message"), &json!("b/y")));
    assert_eq!(message["content"], json!([{ "type": "text", "text": "Hello." }]));
    assert_eq!(
        (&message["usage"]["input_tokens"], &message["usage"]["output_tokens"]),
        (&json!(11), &json!(3))
    );
    let asked = story.attempts()[1].json();
    assert_eq!(asked["messages"], json!([{ "role": "user", "content": "Hello?" }]));
    story.comes_to_rest();
}

#[test]
fn a_stream_is_said_in_events_with_the_summary_before_the_last() {
    let story = story();
    story.script("a/x", [Behaviour::answers(WHOLE)]);
    let answer = story.post("/v1/messages", &hello_streamed("chain"));
    assert_eq!(text(&answer), WHOLE);
    let kinds = kinds(&answer);
    assert_eq!(kinds.first().map(String::as_str), Some("message_start"));
    assert_eq!(kinds.last().map(String::as_str), Some("message_stop"));
    let raw = answer.raw();
    let summary = raw.find(": steadfast {").expect("a summary");
    assert!(summary < raw.find("event: message_stop").expect("an end") && !raw.contains("[DONE]"));
}

#[test]
fn row_11_a_broken_stream_is_carried_on_in_the_same_block() {
    let story = story_with(json!({ "stream": { "on_break": "continue" }, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let answer = story.post("/v1/messages", &hello_streamed("chain"));
    is_whole(&answer);
    assert!(answer.raw().contains(": steadfast continued by b/y after 19 characters\n\n"));
    story.comes_to_rest();
}

#[test]
fn an_answer_that_stays_broken_ends_with_an_error_event() {
    let story = story_with(json!({ "stream": { "on_break": "error" }, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    let answer = story.post("/v1/messages", &hello_streamed("chain"));
    let kinds = kinds(&answer);
    assert_eq!(kinds.last().map(String::as_str), Some("error"));
    assert!(!kinds.contains(&"message_stop".to_owned()) && !kinds.contains(&"message_delta".to_owned()));
    assert_eq!(answer.error()["code"], "stream_broken");
}

#[test]
fn errors_are_in_the_callers_own_form() {
    let story = story();
    for model in ["a/x", "b/y", "c/z"] {
        story.script(model, [Behaviour::status(503)]);
    }
    let answer = story.post("/v1/messages", &hello("chain"));
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["type"], &body["error"]["type"]),
        (502, &json!("error"), &json!("api_error"))
    );
    assert_eq!(body["error"]["code"], "all_targets_failed");
    assert_eq!(body["error"]["attempts"].as_array().map(Vec::len), Some(4), "the last hope is asked twice");
    assert_eq!(answer.header("x-should-retry"), "false");
    assert_eq!(answer.header("request-id"), answer.header("x-request-id"));
    assert_eq!(body["request_id"], answer.header("request-id"));
    let unknown = story.post("/v1/messages", &hello("nobody")).json();
    assert_eq!((&unknown["type"], &unknown["error"]["type"]), (&json!("error"), &json!("not_found_error")));
    assert_eq!(story.get("/v1/messages").json()["type"], "error", "405 as well");
}

#[test]
fn a_call_of_a_tool_comes_as_a_block() {
    let story = story();
    story.script("a/x", [Behaviour::calls("weather", r#"{"city":"Ghent"}"#)]);
    let mut body = hello_streamed("chain");
    body["tools"] = json!([{ "name": "weather", "input_schema": { "type": "object" } }]);
    let answer = story.post("/v1/messages", &body);
    let events = answer.events();
    let block = events.iter().find(|event| event["type"] == "content_block_start").expect("a block");
    assert_eq!(
        (&block["content_block"]["type"], &block["content_block"]["name"]),
        (&json!("tool_use"), &json!("weather"))
    );
    let input: String = events.iter().filter_map(|event| event["delta"]["partial_json"].as_str()).collect();
    assert_eq!(input, r#"{"city":"Ghent"}"#);
    let reason = events.iter().find_map(|event| event["delta"]["stop_reason"].as_str());
    assert_eq!(reason, Some("tool_use"));
}

#[test]
fn nothing_is_said_of_a_call_whose_block_has_ended() {
    let story = story();
    let calls = |index: u32, arguments: &str| {
        let function = json!({ "name": "f", "arguments": arguments });
        json!({ "tool_calls": [{ "index": index, "id": format!("t{index}"), "type": "function", "function": function }] })
    };
    let deltas =
        [(calls(0, ""), json!(null)), (calls(1, "{}"), json!(null)), (json!({}), json!("tool_calls"))];
    let chunks = deltas.map(|(delta, finish)| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "created": 7, "model": "x", "choices": [choice] });
        format!("data: {chunk}\n\n")
    });
    story.script(
        "a/x",
        [Behaviour::sends(chunks.into_iter().chain(["data: [DONE]\n\n".to_owned()]).collect::<Vec<_>>())],
    );
    let answer = story.post("/v1/messages", &hello_streamed("chain"));
    let events = answer.events();
    let last = events.iter().rfind(|event| event["index"] == 0).expect("a block");
    assert_eq!(last["type"], "content_block_stop");
}

#[test]
fn a_tool_with_a_name_that_others_refuse_is_called_by_a_short_one_and_by_its_own() {
    let name = format!("mcp__{}", "n".repeat(95));
    for body in [hello("chain"), hello_streamed("chain")] {
        let story = story();
        let mut body = body;
        body["tools"] = json!([{ "name": name, "input_schema": { "type": "object" } }]);
        story.script("a/x", [Behaviour::calls("f", "{}")]);
        story.post("/v1/messages", &body);
        let sent = story.attempts()[0].json();
        let short = sent["tools"][0]["function"]["name"].as_str().unwrap().to_owned();
        assert_eq!(short.len(), 64);

        story.script("a/x", [Behaviour::calls(&short, "{}")]);
        let answer = story.post("/v1/messages", &body).raw();
        assert!(answer.contains(&name) && !answer.contains(&short), "{answer}");
        assert!(answer.contains("tool_use"), "{answer}");
    }
}

#[test]
fn what_only_this_language_can_say_leaves_the_others_out() {
    let story = story();
    let mut body = hello("chain");
    body["tools"] = json!([{ "type": "web_search_20250305", "name": "web_search" }]);
    let answer = story.post("/v1/messages", &body);
    assert_eq!((answer.status, story.attempts().len()), (400, 0), "{}", answer.raw());
    assert!(answer.raw().contains("only Anthropic's own format can say the tool `web_search_20250305`"));
    assert!(answer.raw().contains("Ask another model or route, or leave that out"), "{}", answer.raw());
}

#[test]
fn what_the_others_do_not_hear_of_is_noted_once() {
    let story = story();
    let mut body = hello("a/x");
    let result =
        |id: &str| json!({ "type": "tool_result", "tool_use_id": id, "content": "no", "is_error": true });
    let call = |id: &str| json!({ "type": "tool_use", "id": id, "name": "f", "input": {} });
    body["tools"] = json!([{ "name": "f", "input_schema": { "type": "object" } }]);
    body["messages"] = json!([
        { "role": "user", "content": "Do it" },
        { "role": "assistant", "content": [call("1"), call("2")] },
        { "role": "user", "content": [result("1"), result("2")] },
    ]);
    body["steadfast"] = json!({ "trail": true });
    let answer = story.post("/v1/messages", &body).json();
    assert_eq!(answer["steadfast"]["trail"][0]["notes"], json!(["dropped is_error"]));
}

#[test]
fn the_trail_is_in_the_body_when_it_is_asked_for() {
    let story = story();
    let mut body = hello("chain");
    body["steadfast"] = json!({ "trail": true });
    let answer = story.post("/v1/messages", &body).json();
    assert_eq!(answer["steadfast"]["trail"][0]["outcome"], "ok");
}

/// Elsewhere an answer would begin anew, and the caller puts its beginning before it.
#[test]
fn an_answer_that_is_begun_is_carried_on_whoever_is_asked() {
    let story = story_with(json!({
        "providers": { "b": { "dialect": "responses" }, "c": { "dialect": "gemini" } },
        "models": { "c/z": { "prefill": true } }, "retry": { "retries": 0 },
    }));
    for model in ["a/x", "b/y"] {
        story.script(model, [Behaviour::status(503)]);
    }
    let mut body = hello("chain");
    body["messages"] =
        json!([{ "role": "user", "content": "As JSON." }, { "role": "assistant", "content": "{" }]);
    story.post("/v1/messages", &body);
    for (attempt, member) in [(0, "messages"), (1, "input"), (2, "contents")] {
        let said = story.attempts()[attempt].json()[member].clone();
        let last = said.as_array().unwrap().last().unwrap().clone();
        assert!(last["role"] == "user" && last.to_string().contains("Carry on exactly"), "{last}");
    }
}

#[test]
fn who_takes_no_more_tools_is_passed_over() {
    let story = story_with(json!({
        "providers": { "openai": { "base_url": "http://b.test", "keys": [] } },
        "routes": { "both": { "fallback": ["openai/gpt-5.4-mini", "c/z"] } },
    }));
    story.script("b/gpt-5.4-mini", [Behaviour::answers("Few."), Behaviour::answers("Few.")]);
    story.script("c/z", [Behaviour::answers("Many.")]);
    for (count, who) in [(128, "openai/gpt-5.4-mini"), (129, "c/z")] {
        let tool = |at: u32| json!({ "name": format!("f{at}"), "input_schema": { "type": "object" } });
        let mut body = hello("both");
        body["tools"] = (0..count).map(tool).collect();
        let answer = story.post("/v1/messages", &body);
        assert_eq!(answer.header("x-steadfast-model"), who, "{}", answer.raw());
    }
}

/// Clients ask so whether a key and a model are there.
#[test]
fn a_question_for_one_token_is_asked_as_each_takes_it() {
    let story =
        story_with(json!({ "providers": { "a": { "dialect": "responses" } }, "retry": { "retries": 0 } }));
    let spent = "Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.";
    story.script("a/x", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::status(400).saying(spent)]);
    story.script("c/z", [Behaviour::answers("Y")]);
    let mut body = hello("chain");
    body["max_tokens"] = json!(1);
    let answer = story.post("/v1/messages", &body);
    assert_eq!(
        answer.header("x-steadfast-trail"),
        "a/x overloaded 503 0ms (max_tokens raised to 16); b/y empty 400 0ms; c/z ok 0ms"
    );
    assert_eq!(story.attempts()[0].json()["max_output_tokens"], 16, "it refuses less");
}

#[test]
fn what_is_not_here_is_said_in_the_callers_language() {
    let story = story();
    let body = story.get("/v1/messages/batches").json();
    assert_eq!((&body["type"], &body["error"]["code"]), (&json!("error"), &json!("not_found")));
    let told = body["error"]["message"].as_str().unwrap_or_default().to_owned();
    for path in [
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/messages",
        "/v1/messages/count_tokens",
        "/v1/embeddings",
    ] {
        assert!(told.contains(path), "{told}");
    }
}

#[test]
fn an_effort_is_not_asked_of_a_model_that_is_known_not_to_think() {
    let mut body = hello("a/x");
    body["thinking"] = json!({ "type": "enabled", "budget_tokens": 2_000 });
    for (model, effort) in [("a/x", None), ("a/unknown", Some("low"))] {
        let story = story();
        body["model"] = json!(model);
        story.post("/v1/messages", &body);
        assert_eq!(story.attempts()[0].json()["reasoning_effort"].as_str(), effort, "{model}");
    }
}

#[test]
fn an_effort_that_is_not_said_takes_nothing_else_with_it() {
    let story = story_with(json!({
        "providers": { "openai": { "base_url": "http://openai.test/v1", "keys": [] } },
    }));
    let mut body = hello("openai/gpt-4o");
    body["output_config"] = json!({ "effort": "high" });
    body["stop_sequences"] = json!(["X"]);
    body["tools"] = json!([{ "name": "f", "input_schema": { "type": "object" } }]);
    story.post("/v1/messages", &body);
    let asked = &story.attempts()[0];
    assert_eq!((asked.path.as_str(), &asked.json()["stop"]), ("/chat/completions", &json!(["X"])));
}

#[test]
fn no_piece_of_a_stream_is_empty() {
    for path in ["/v1/messages", "/v1/responses"] {
        let story = story();
        story.script("a/x", [Behaviour::answers(WHOLE).every(5)]);
        let mut body = hello_streamed("chain");
        body["input"] = json!("Hello?");
        let answer = story.post(path, &body);
        assert!(answer.raw().contains("ten") && answer.pieces.len() > 5, "{path}");
        assert!(answer.pieces.iter().all(|(_, piece)| !piece.is_empty()), "{path}");
    }
}

/// As the SDKs' tool runners do by themselves: their next request has the results of the tools in it, and nothing else.
#[test]
fn a_conversation_that_the_provider_would_keep_is_refused_in_the_words_after_which_sdks_send_all_of_it() {
    let story = story();
    for thread in [json!({ "type": "create" }), json!({ "type": "continue", "previous_message_id": "msg_1" })]
    {
        let mut body = hello("chain");
        body["thread"] = thread;
        let answer = story.post("/v1/messages", &body);
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["type"]), (400, &json!("invalid_request_error")));
        assert_eq!(error["details"]["error_code"], "thread_unsupported_request");
        assert_eq!(error["param"], "thread");
        assert!(error["message"].as_str().unwrap().contains("Send the whole conversation in `messages`"));
        assert_eq!(answer.header("x-should-retry"), "false");
    }
    assert!(story.attempts().is_empty());
}
