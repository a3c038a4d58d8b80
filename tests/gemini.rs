//! A provider that is asked by `generateContent`: behind others, before others, and in the middle of an answer.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::{Behaviour, ErrorObject, Part};
use support::*;

/// A story in which `b` speaks Gemini's.
fn mixed(settings: Value) -> Story {
    let mut config = json!({
        "providers": { "b": { "dialect": "gemini" } },
        "models": { "b/y": { "price": { "input": 1, "output": 2 } } },
        "stream": { "on_break": "continue" },
        "retry": { "retries": 0 },
    });
    let into = config.as_object_mut().unwrap();
    into.extend(settings.as_object().unwrap().clone());
    story_with(config)
}

#[test]
fn it_answers_for_others_and_others_answer_for_it() {
    for (route, failing, answering) in [(["a/x", "b/y"], "a/x", "b/y"), (["b/y", "a/x"], "b/y", "a/x")] {
        for status in [500, 503, 429, 401, 404] {
            let story = mixed(json!({ "routes": { "two": { "fallback": route } } }));
            story.script(failing, [Behaviour::status(status)]);
            for answer in [story.ask("two"), story.stream("two")] {
                answer.is_answered_by(answering);
                assert_eq!(answer.finishes(), ["stop"]);
            }
            story.comes_to_rest();
        }
    }
}

#[test]
fn it_is_asked_at_its_own_address_with_its_own_key() {
    let story = mixed(json!({}));
    story.ask("b/y");
    story.stream("b/y");
    let paths: Vec<_> = story.attempts().iter().map(|attempt| attempt.path.clone()).collect();
    assert_eq!(paths, ["/models/y:generateContent", "/models/y:streamGenerateContent?alt=sse"]);
    let attempt = &story.attempts()[0];
    assert_eq!(
        (attempt.header("x-goog-api-key"), attempt.header("authorization")),
        (Some("sk-key-of-b"), None)
    );
    assert_eq!(
        attempt.json(),
        json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hello?" }] }], "generationConfig": {} })
    );
}

#[test]
fn its_refusals_have_their_class() {
    for (behaviour, class) in [
        (Behaviour::status(400), "invalid_request"),
        (Behaviour::status(400).saying("API key not valid. Please pass a valid API key."), "auth"),
        (Behaviour::status(400).saying("User location is not supported for the API use."), "not_found"),
        (
            Behaviour::status(400)
                .saying("The input token count (9) exceeds the maximum number of tokens allowed (8)."),
            "context_length",
        ),
        (Behaviour::status(403), "auth"),
        (Behaviour::status(404), "not_found"),
        (Behaviour::status(429).saying("Resource exhausted."), "rate_limit"),
        (Behaviour::status(429).saying("Your prepayment credits are depleted."), "quota"),
        (Behaviour::status(500), "server"),
        (Behaviour::status(503), "overloaded"),
        (Behaviour::error_inside_a_success(ErrorObject::of(503)), "overloaded"),
        (Behaviour::html(), "bad_output"),
        (Behaviour::answers_nothing(), "empty"),
        (Behaviour::only_thinks("Hm."), "empty"),
        (Behaviour::answers("x").finishing_with("MALFORMED_FUNCTION_CALL"), "bad_output"),
    ] {
        for body in [hello("b/y"), hello_streamed("b/y")] {
            let story = mixed(json!({}));
            story.script("b/y", [behaviour.clone()]);
            let answer = story.chat(&body);
            let trail = format!("{:?} {}", answer.trail(), answer.closing());
            assert!(trail.contains(class), "{class}: {trail} {behaviour:?}");
        }
    }
}

#[test]
fn a_minutes_quota_rests_the_key_as_long_as_it_says() {
    let body = r#"{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[
        {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"}]},
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}"#;
    let story = mixed(json!({ "routes": { "two": { "fallback": ["b/y", "a/x"] } } }));
    story.script("b/y", [Behaviour::status(429).body(body), Behaviour::answers("Back.")]);
    story.ask("two").is_answered_by("a/x");
    story.pass(34_000);
    story.ask("two").is_answered_by("a/x");
    story.pass(1_000);
    assert_eq!(story.ask("two").text(), "Back.");
}

#[test]
fn it_carries_on_for_another() {
    for prefill in [true, false] {
        let story = story_with(json!({
            "providers": { "b": { "dialect": "gemini", "base_url": "http://b.test/v1" } },
            "models": { "b/gemini-3.5-flash": { "reasoning": false, "prefill": prefill } },
            "routes": { "two": { "fallback": ["a/x", "b/gemini-3.5-flash"] } },
            "stream": { "on_break": "continue" },
        }));
        story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
        story.script("b/gemini-3.5-flash", [Behaviour::answers(REST).costing(20, 6)]);
        let mut body = hello_streamed("two");
        body["max_tokens"] = json!(100);
        body["stream_options"] = json!({ "include_usage": true });
        let answer = story.chat(&body);
        answer.is_whole();
        let sent = story.attempts()[1].json();
        let model = json!({ "role": "model", "parts": [{ "text": "One two three four " }] });
        assert_eq!(sent["contents"][1], model);
        assert_eq!(sent["contents"].as_array().map(Vec::len), Some(if prefill { 2 } else { 3 }));
        let left = sent["generationConfig"]["maxOutputTokens"].as_u64().unwrap();
        assert!((80..100).contains(&left), "{left}");
        assert!(answer.events().iter().any(|event| event["usage"]["total_tokens"].as_u64() > Some(26)));
    }
}

#[test]
fn another_carries_on_for_it() {
    let breaks = [
        Behaviour::answers(WHOLE).cut_after(4),
        Behaviour::answers(WHOLE).closed_after(4),
        Behaviour::answers(WHOLE).stall_after(4),
        Behaviour::answers(WHOLE).error_after(4, ErrorObject::of(503)),
        Behaviour::answers(WHOLE).closed_after(4).repeating(Part::Comment("alive".into()), 1_000),
    ];
    for broken in breaks {
        for bytes in [1, 7, 1_000] {
            let story = mixed(json!({ "routes": { "two": { "fallback": ["b/y", "a/x"] } } }));
            story.script("b/y", [broken.clone().in_pieces_of(bytes)]);
            story.script("a/x", [Behaviour::answers(REST)]);
            let answer = story.stream("two");
            answer.is_whole();
            assert!(answer.raw().contains(": steadfast continued by a/x after 19 characters"));
            story.comes_to_rest();
        }
    }
}

#[test]
fn a_bare_error_behind_the_events_is_a_break() {
    let events = |text: &str| {
        format!("data: {}\r\n\r\n", json!({ "candidates": [{ "content": { "parts": [{ "text": text }] } }] }))
    };
    let error =
        json!({ "error": { "code": 499, "message": "The operation was cancelled.", "status": "CANCELLED" } });
    let story = mixed(json!({ "routes": { "two": { "fallback": ["b/y", "a/x"] } } }));
    story
        .script("b/y", [Behaviour::sends([events("One two "), events("three four "), format!("{error:#}")])]);
    story.script("a/x", [Behaviour::answers(REST)]);
    let answer = story.stream("two");
    answer.is_whole();
    assert_eq!(answer.closing()["trail"][0]["outcome"], "server");
}

#[test]
fn an_answer_that_has_ended_is_whole_whatever_becomes_of_the_connection() {
    for last in [Behaviour::answers(WHOLE).body_breaks(), Behaviour::answers(WHOLE).body_stalls()] {
        let story = mixed(json!({ "routes": { "two": { "fallback": ["b/y", "a/x"] } } }));
        story.script("b/y", [last]);
        let mut body = hello_streamed("two");
        body["stream_options"] = json!({ "include_usage": true });
        let answer = story.chat(&body);
        answer.is_whole();
        assert_eq!(story.tried(), ["b/y"]);
        assert!(answer.ended_at <= 2_000, "{}", answer.ended_at);
        assert!(answer.events().iter().any(|event| event["usage"]["completion_tokens"] == 10));
    }
}

#[test]
fn what_a_filter_stopped_is_an_answer_and_says_so() {
    for body in [hello("b/y"), hello_streamed("b/y")] {
        let story = mixed(json!({}));
        story.script("b/y", [Behaviour::filtered()]);
        let answer = story.chat(&body);
        assert_eq!((answer.status, answer.finishes()), (200, vec!["content_filter".to_owned()]));
        assert_eq!(answer.error(), Value::Null);
    }
}

#[test]
fn thoughts_and_costs_are_told() {
    for body in [hello("b/y"), hello_streamed("b/y")] {
        let story = mixed(json!({}));
        story.script("b/y", [Behaviour::answers("Yes.").thinking("Let me see.").costing(1_000_000, 500_000)]);
        let answer = story.chat(&body);
        assert_eq!((answer.text().as_str(), answer.thoughts().as_str()), ("Yes.", "Let me see."));
        assert!(story.log().contains("\"cost_usd\":2}"), "{}", story.log());
    }
}

#[test]
fn a_conversation_with_tools_moves_from_one_vendor_to_the_other() {
    let tools = json!([{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object", "properties": { "city": { "type": "string" } } } } }]);
    for first in ["a/x", "b/y"] {
        for mut body in [hello(first), hello_streamed(first)] {
            let story = mixed(json!({}));
            story.script(first, [Behaviour::calls("weather", r#"{"city":"Łódź"}"#)]);
            body["tools"] = tools.clone();
            let answer = story.chat(&body);
            assert_eq!(answer.finishes(), ["tool_calls"], "{}", answer.raw());
            let call = answer.called();
            assert_eq!(call["function"], json!({ "name": "weather", "arguments": r#"{"city":"Łódź"}"# }));

            // Both are told what the tool gave, whoever called it.
            for second in ["a/x", "b/y"] {
                story.script(second, [Behaviour::answers("Sunny.")]);
                let mut body = hello(second);
                body["tools"] = tools.clone();
                let messages = body["messages"].as_array_mut().unwrap();
                messages.push(json!({ "role": "assistant", "content": null, "tool_calls": [call.clone()] }));
                messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": "sun" }));
                assert_eq!(story.chat(&body).text(), "Sunny.");
            }
            let native = story.host.attempts_on("b/y").last().unwrap().json();
            assert_eq!(
                native["contents"][1]["parts"][0]["functionCall"],
                json!({ "name": "weather", "args": { "city": "Łódź" } })
            );
            assert_eq!(
                native["contents"][2]["parts"],
                json!([{ "functionResponse": { "name": "weather", "response": { "result": "sun" } } }])
            );
        }
    }
}

#[test]
fn what_was_left_out_for_it_stands_in_the_trail() {
    let story = mixed(json!({}));
    let mut body = hello("b/y");
    body["temperature"] = json!(0.5);
    body["user"] = json!("u");
    body["steadfast"] = json!({ "trail": true });
    let answer = story.chat(&body);
    let notes = answer.json()["steadfast"]["trail"][0]["notes"].to_string();
    assert!(notes.contains("temperature") && notes.contains("dropped user"), "{notes}");
}

#[test]
fn vertex_is_a_matter_of_configuration() {
    let base = "http://b.test/v1/projects/p/locations/global/publishers/google";
    let story = mixed(json!({ "providers": { "b": { "dialect": "gemini", "base_url": base } } }));
    assert_eq!(story.ask("b/y").text(), "Hello from b/y.");
    assert_eq!(
        story.attempts()[0].path,
        "/projects/p/locations/global/publishers/google/models/y:generateContent"
    );
}

/// Only a chat has a place for them.
#[test]
fn images_that_it_made_are_told_of_where_the_callers_language_has_no_word_for_them() {
    let parts = json!([{ "text": "Here." }, { "inlineData": { "mimeType": "image/png", "data": "AA==" } }]);
    let made =
        json!({ "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }] });
    for (path, has_word) in
        [("/v1/chat/completions", true), ("/v1/messages", false), ("/v1/responses", false)]
    {
        for stream in [false, true] {
            let story = mixed(json!({}));
            let sent = if stream { format!("data: {made}\n\n") } else { made.to_string() };
            story.script("b/y", [Behaviour::sends([sent])]);
            let mut body = hello("b/y");
            body["input"] = json!("Draw.");
            body["stream"] = json!(stream);
            body["steadfast"] = json!({ "trail": true });
            let answer = story.post(path, &body);
            let told = if stream { answer.closing() } else { answer.json()["steadfast"].clone() };
            assert_eq!(told["trail"][0]["outcome"], "ok", "{}", answer.raw());
            assert_eq!(
                !told.to_string().contains("dropped what is neither text"),
                has_word,
                "{path}: {told}"
            );
            assert_eq!(answer.raw().contains("data:image/png;base64,AA=="), has_word, "{path}");
        }
    }
}
