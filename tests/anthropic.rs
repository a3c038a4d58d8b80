//! Chains that cross from OpenAI's format into Anthropic's and back: the caller speaks chat completions, and notices
//! nothing.
//!
//! `a` and `c` speak OpenAI's format, `b` Anthropic's: an older model that takes a prefill and a current one that
//! refuses it.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::{Behaviour, ErrorObject, Part};
use support::*;

const OLDER: &str = "b/claude-haiku-4-5";
const CURRENT: &str = "b/claude-sonnet-5";

fn claude_story() -> Story {
    claude_story_with(json!({}))
}

fn claude_story_with(settings: Value) -> Story {
    let mut all = json!({
        "providers": { "b": { "dialect": "anthropic", "base_url": "http://b.test" } },
        "models": { OLDER: { "reasoning": false, "prefill": true }, CURRENT: { "reasoning": false } },
        "routes": {
            "into": { "fallback": ["a/x", CURRENT] },
            "older": { "fallback": ["a/x", OLDER] },
            "out": { "fallback": [CURRENT, "c/z"] },
        },
        "stream": { "on_break": "continue" },
        "retry": { "retries": 0 },
    });
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    story_with(all)
}

fn failing() -> [Behaviour; 1] {
    [Behaviour::status(503)]
}

#[test]
fn a_plain_answer_and_a_streamed_one_are_said_as_openai_says_them() {
    let story = claude_story();
    story.script("a/x", failing());
    story.ask("into").is_answered_by(CURRENT);
    let answer = story.stream("into");
    answer.is_answered_by(CURRENT);
    assert_eq!(answer.finishes(), ["stop"]);
    assert_eq!(answer.trail(), ["a/x overloaded 503", "b/claude-sonnet-5 ok"]);
    let attempt = &story.attempts()[1];
    assert_eq!((attempt.path.as_str(), attempt.header("x-api-key")), ("/messages", Some("sk-key-of-b")));
    assert_eq!(
        (attempt.header("anthropic-version"), attempt.header("authorization")),
        (Some("2023-06-01"), None)
    );
    assert_eq!(attempt.json()["max_tokens"], 128_000);
    story.comes_to_rest();
}

#[test]
fn the_count_is_shown_to_who_asked_for_it_and_kept_in_the_summary() {
    let story = claude_story();
    story.script(CURRENT, [Behaviour::answers("Hello.").costing(11, 3)]);
    let mut body = hello_streamed(CURRENT);
    let answer = story.chat(&body);
    assert!(answer.events().iter().all(|event| event["usage"].is_null()));
    assert_eq!(answer.closing()["usage"]["prompt_tokens"], 11);
    body["stream_options"] = json!({ "include_usage": true });
    let answer = story.chat(&body);
    let usage = answer.events().last().unwrap()["usage"].clone();
    assert_eq!((&usage["prompt_tokens"], &usage["total_tokens"]), (&json!(11), &json!(14)));
    let whole = story.chat(&hello(CURRENT)).json();
    assert_eq!(whole["usage"]["completion_tokens"], 3);
}

#[test]
fn thoughts_come_as_thoughts_with_what_signs_them() {
    let story = claude_story();
    story.script(CURRENT, [Behaviour::answers("Yes.").thinking("Let me see.")]);
    for body in [hello(CURRENT), hello_streamed(CURRENT)] {
        let answer = story.chat(&body);
        assert_eq!((answer.thoughts().as_str(), answer.text().as_str()), ("Let me see.", "Yes."));
        assert!(answer.raw().contains(r#""format":"anthropic-claude-v1""#), "{}", answer.raw());
    }
}

#[test]
fn what_was_changed_for_the_model_stands_in_the_trail() {
    let story = claude_story();
    let mut body = hello_streamed(CURRENT);
    body["temperature"] = json!(0.2);
    body["seed"] = json!(7);
    let answer = story.chat(&body);
    let notes = &answer.closing()["trail"][0]["notes"];
    assert_eq!(notes, &json!(["dropped temperature", "dropped seed"]));
}

#[test]
fn what_cannot_be_said_to_it_is_the_callers_to_know() {
    let story = claude_story();
    let audio = json!([{ "role": "user", "content": [{ "type": "input_audio", "input_audio": { "data": "", "format": "wav" } }] }]);
    let answer = story.chat(&json!({ "model": CURRENT, "messages": audio }));
    assert_eq!((answer.status, &answer.error()["param"]), (400, &json!("messages[0].content[0]")));
    assert_eq!(story.attempts().len(), 0);
}

#[test]
fn every_refusal_goes_where_its_class_says() {
    for (refusal, class, asked) in [
        (Behaviour::status(529).body(refusal("overloaded_error", "Overloaded")), "overloaded 529", 2),
        (Behaviour::status(429).body(refusal("rate_limit_error", "Slow down.")), "rate_limit 429", 2),
        (Behaviour::status(401).body(refusal("authentication_error", "invalid x-api-key")), "auth 401", 2),
        (
            Behaviour::status(400).body(refusal("invalid_request_error", "Your credit balance is too low")),
            "quota 400",
            2,
        ),
        (
            Behaviour::status(404).body(refusal("not_found_error", "model: claude-sonnet-5")),
            "not_found 404",
            2,
        ),
        (Behaviour::status(500).body(refusal("api_error", "Internal server error")), "server 500", 2),
        (
            Behaviour::status(400)
                .body(refusal("invalid_request_error", "messages: at least one message is required")),
            "invalid_request 400",
            1,
        ),
        (Behaviour::status(413).body("<html>413</html>"), "invalid_request 413", 1),
        (Behaviour::error_inside_a_success(ErrorObject::of(503)), "overloaded 200", 2),
    ] {
        let story = claude_story();
        story.script(CURRENT, [refusal]);
        let answer = story.ask("out");
        assert_eq!(story.attempts().len(), asked, "{class}");
        assert_eq!(answer.status == 200, asked == 2, "{class}");
        assert!(
            answer.raw().contains(class) || answer.trail()[0].contains(class),
            "{class}: {:?}",
            answer.trail()
        );
        story.comes_to_rest();
    }
}

fn refusal(kind: &str, message: &str) -> String {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_1" })
        .to_string()
}

#[test]
fn a_limit_that_resets_at_a_date_is_waited_for() {
    let story = claude_story_with(json!({ "retry": { "retries": 1 } }));
    let used_up = Behaviour::status(429)
        .header("anthropic-ratelimit-output-tokens-remaining", "0")
        .header("anthropic-ratelimit-output-tokens-reset", "2026-01-01T00:00:02Z");
    story.script(CURRENT, [used_up, Behaviour::answers("Hello.")]);
    assert_eq!(story.ask(CURRENT).text(), "Hello.");
    let times: Vec<_> = story.tried_at().into_iter().map(|(_, time)| time).collect();
    assert_eq!(times, [0, 2_000]);
}

#[test]
fn an_error_as_the_first_event_falls_back_and_a_later_one_is_carried_on_from() {
    let story = claude_story();
    story.script(CURRENT, [Behaviour::answers(WHOLE).error_after(0, ErrorObject::of(503))]);
    story.stream("out").is_answered_by("c/z");

    let story = claude_story();
    story.script(CURRENT, [Behaviour::answers(WHOLE).error_after(4, ErrorObject::of(503))]);
    story.script("c/z", [Behaviour::answers(REST)]);
    let answer = story.stream("out");
    answer.is_whole();
    assert_eq!(answer.closing()["trail"][0]["outcome"], "overloaded");
    story.comes_to_rest();
}

#[test]
fn a_stream_that_breaks_at_openai_is_carried_on_by_anthropic_in_words() {
    let story = claude_story();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script(CURRENT, [Behaviour::answers("four five six seven eight nine ten.")]);
    let answer = story.stream("into");
    answer.is_whole();
    assert!(answer.raw().contains(": steadfast continued by b/claude-sonnet-5 after 19 characters\n\n"));
    let messages = story.attempts()[1].json()["messages"].clone();
    assert_eq!(messages[1]["content"][0]["text"], "One two three four ");
    assert_eq!(messages[2]["role"], "user");
    story.comes_to_rest();
}

#[test]
fn an_older_model_carries_on_from_a_prefill_without_its_last_blank_and_the_seam_has_one() {
    for continuation in [" five six seven eight nine ten.", REST] {
        let story = claude_story();
        story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
        story.script(OLDER, [Behaviour::says(vec![Part::Text(continuation.into())], "stop")]);
        let answer = story.stream("older");
        answer.is_whole();
        let messages = story.attempts()[1].json()["messages"].clone();
        assert_eq!(messages.as_array().unwrap().len(), 2);
        assert_eq!(messages[1]["content"][0]["text"], "One two three four");
    }
}

#[test]
fn a_refused_prefill_is_asked_for_in_words() {
    let story = claude_story();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    let refused = Behaviour::status(400).body(refusal(
        "invalid_request_error",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
    ));
    story.script(OLDER, [refused, Behaviour::answers(REST)]);
    story.stream("older").is_whole();
    assert_eq!(story.attempts()[2].json()["messages"].as_array().unwrap().len(), 3);
}

#[test]
fn a_stream_that_breaks_at_anthropic_is_carried_on_by_openai_wherever_it_breaks() {
    for tokens in 1..10 {
        for cut in [Behaviour::cut_after, Behaviour::closed_after, Behaviour::stall_after] {
            let story = claude_story();
            story.script(CURRENT, [cut(Behaviour::answers(WHOLE), tokens)]);
            let rest: String = WHOLE.split_inclusive(' ').skip(tokens).collect();
            story.script("c/z", [Behaviour::answers(&rest)]);
            story.stream("out").is_whole();
            story.comes_to_rest();
        }
    }
}

#[test]
fn a_broken_tool_call_is_never_two_halves_joined() {
    let story = claude_story();
    story.script(CURRENT, [Behaviour::calls("look", r#"{"city":"Berlin"}"#).cut_after(2)]);
    let answer = story.stream("out");
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
    assert_eq!(story.tried(), [CURRENT]);
}

#[test]
fn tools_go_there_and_back_in_several_turns_across_the_formats() {
    let tools = json!([{ "type": "function", "function": { "name": "look", "parameters": { "type": "object", "properties": {} } } }]);
    for streamed in [false, true] {
        let story = claude_story();
        story.script(
            CURRENT,
            [Behaviour::calls("look", r#"{"city":"Berlin"}"#), Behaviour::answers("Sunny.")],
        );
        let mut body = json!({ "model": CURRENT, "stream": streamed, "tools": tools, "messages": [{ "role": "user", "content": "Weather?" }] });
        let answer = story.chat(&body);
        assert_eq!(answer.finishes(), ["tool_calls"]);
        let call = answer.called();
        assert_eq!(call["function"], json!({ "name": "look", "arguments": "{\"city\":\"Berlin\"}" }));

        // The call was made at Anthropic; the next turn happens to go to OpenAI's format, and the one after back.
        let result = json!({ "role": "tool", "tool_call_id": call["id"], "content": "18 degrees" });
        let said = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
        body["messages"].as_array_mut().unwrap().extend([said, result]);
        body["model"] = json!("a/x");
        story.script("a/x", [Behaviour::calls("look", "")]);
        let other = story.chat(&body).called();
        body["messages"].as_array_mut().unwrap().extend([
            json!({ "role": "assistant", "content": "And again.", "tool_calls": [other] }),
            json!({ "role": "tool", "tool_call_id": other["id"], "content": "Still." }),
        ]);
        body["model"] = json!(CURRENT);
        assert_eq!(story.chat(&body).text(), "Sunny.");
        let messages = story.attempts()[2].json()["messages"].clone();
        let kinds: Vec<_> = messages
            .as_array()
            .unwrap()
            .iter()
            .map(|turn| {
                turn["content"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|block| block["type"].as_str().unwrap().to_owned())
                    .collect::<Vec<_>>()
                    .join("+")
            })
            .collect();
        assert_eq!(kinds, ["text", "tool_use", "tool_result", "text+tool_use", "tool_result"]);
        assert_eq!(messages[1]["content"][0]["id"], messages[2]["content"][0]["tool_use_id"]);
        assert_eq!(messages[3]["content"][1]["input"], json!({}));
    }
}

#[test]
fn what_anthropic_signed_goes_back_to_it() {
    let story = claude_story();
    story.script(
        CURRENT,
        [Behaviour::answers("Yes.").thinking("Let me see."), Behaviour::answers("Still yes.")],
    );
    let message = story.ask(CURRENT).json()["choices"][0]["message"].clone();
    let messages =
        json!([{ "role": "user", "content": "Hello?" }, message, { "role": "user", "content": "Sure?" }]);
    story.chat(&json!({ "model": CURRENT, "messages": messages }));
    assert_eq!(
        story.attempts()[1].json()["messages"][1]["content"],
        json!([{ "type": "thinking", "thinking": "Let me see.", "signature": "c2ltdWxhdGVk" }, { "type": "text", "text": "Yes." }])
    );
}

#[test]
fn a_filtered_answer_is_one_and_an_empty_one_is_none() {
    let story = claude_story();
    story.script(CURRENT, [Behaviour::filtered()]);
    assert_eq!(story.stream("out").finishes(), ["content_filter"]);
    let story = claude_story();
    story.script(CURRENT, [Behaviour::answers_nothing()]);
    story.stream("out").is_answered_by("c/z");
    assert_eq!(story.ask("out").header("x-steadfast-model"), "c/z");
}

#[test]
fn a_race_is_won_across_the_formats() {
    let story = claude_story_with(json!({ "routes": { "race": { "race": ["a/x", CURRENT] } } }));
    story.script("a/x", [Behaviour::answers("Hello from a/x.").first_token_after(500)]);
    story.script(CURRENT, [Behaviour::answers(&format!("Hello from {CURRENT}.")).first_token_after(100)]);
    story.stream("race").is_answered_by(CURRENT);
    assert_eq!(story.attempts()[0].cancelled_at(), Some(100));
}

#[test]
fn pings_and_an_opening_are_no_content() {
    let story = claude_story();
    story.script(CURRENT, [Behaviour::keeps_alive()]);
    story.script("c/z", [Behaviour::answers("Hello from c/z.")]);
    let answer = story.stream("out");
    answer.is_answered_by("c/z");
    assert_eq!(answer.first_text_at(), Some(10_000));
}
