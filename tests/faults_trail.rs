//! What the caller is told about how the answer came to be, and about why there is none.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::*;

// Row 29: every target down.

#[test]
fn row_29_when_every_target_is_down_one_error_names_each_failure_in_order() {
    let story = story();
    story.script("a/x", [Behaviour::status(503).after(100)]);
    story.script("b/y", [Behaviour::never_answers()]);
    story.script("c/z", [Behaviour::status(401).after(100)]);

    let answer = story.stream("chain");

    assert_eq!(story.tried(), ["a/x", "b/y", "c/z"]);
    assert_eq!(answer.status, 502);
    assert_eq!(answer.error()["code"], "all_targets_failed");
    let message = answer.error()["message"].as_str().unwrap().to_owned();
    for told in ["a/x", "overloaded", "b/y", "timeout", "c/z", "auth"] {
        assert!(message.contains(told), "{told} is not in {message}");
    }
    let outcomes: Vec<_> = answer.error()["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["overloaded", "timeout", "auth"]);
    assert_eq!(answer.header("x-should-retry"), "false", "the SDKs would run the whole chain three times");
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.ended_at <= 11_000, "bounded: the headers clock and no more");
    story.comes_to_rest();
}

#[test]
fn row_29_when_all_timed_out_it_is_a_504() {
    let story = story_with(json!({ "timeouts": { "attempt_ms": 15_000 } }));
    for target in ["a/x", "b/y", "c/z"] {
        story.script(target, [Behaviour::never_answers()]);
    }

    let answer = story.ask("chain");

    assert_eq!(answer.status, 504);
    assert_eq!(answer.error()["code"], "all_targets_failed");
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 15_000), ("c/z".into(), 30_000)]);
    assert_eq!(answer.ended_at, 45_000);
    assert_eq!(answer.header("x-should-retry"), "false");
}

#[test]
fn row_29_when_all_are_limited_it_is_a_429_with_the_smallest_wait() {
    let story = story();
    for (target, wait) in [("a/x", "60"), ("b/y", "20"), ("c/z", "40")] {
        story.script(target, [Behaviour::status(429).header("retry-after", wait)]);
    }

    let answer = story.ask("chain");

    assert_eq!(answer.status, 429);
    assert_eq!(answer.error()["code"], "all_targets_failed");
    assert_eq!(answer.header("retry-after"), "20");
    assert_eq!(answer.header("x-should-retry"), "true", "that is soon enough for an SDK");

    // While all rest, the next caller hears the same without a call, and the wait has become shorter.
    story.pass(5_000);
    let answer = story.ask("chain");
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), "15");
    assert_eq!(story.tried().len(), 3);
}

#[test]
fn row_29_when_all_say_when_to_come_again_so_does_the_error() {
    let story = story_with(json!({ "retry": { "retries": 0 } }));
    for (model, wait) in [("a/x", "9"), ("b/y", "7"), ("c/z", "8")] {
        story.script(model, [Behaviour::status(503).header("retry-after", wait)]);
    }
    let answer = story.ask("chain");
    assert_eq!((answer.status, answer.header("retry-after")), (502, "7"));
    assert_eq!(answer.header("x-should-retry"), "false", "not by the SDK itself");
    story.script("c/z", [Behaviour::status(503)]);
    assert_eq!(story.ask("chain").header("retry-after"), "", "one does not say");
}

#[test]
fn row_29_the_deadline_bounds_all_attempts_together() {
    let story = story_with(json!({ "timeouts": { "attempt_ms": 15_000, "deadline_ms": 20_000 } }));
    for target in ["a/x", "b/y", "c/z"] {
        story.script(target, [Behaviour::never_answers()]);
    }
    let answer = story.ask("chain");
    assert_eq!(answer.status, 504);
    assert_eq!(answer.ended_at, 20_000);
    assert_eq!(story.tried(), ["a/x", "b/y"]);
    let message = answer.error()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("That ended the request: see `deadline_ms` of `timeouts`."), "{message}");
    story.comes_to_rest();
}

#[test]
fn row_29_where_on_keeps_the_others_from_being_asked_the_error_says_so() {
    let story = story_with(json!({ "on": ["rate_limit"], "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::status(500)]);
    let answer = story.ask("chain");
    assert_eq!((answer.status, story.tried()), (502, vec!["a/x".to_owned()]));
    let message = answer.error()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("Nobody else was asked after that: `on` does not list `server`."), "{message}");
}

#[test]
fn row_29_a_missing_key_is_in_the_trail_and_alone_it_is_not_configured() {
    let story = story_with(json!({ "providers": { "a": { "keys": ["A_KEY_THAT_NOBODY_SET"] } } }));

    let answer = story.ask("chain");
    answer.is_answered_by("b/y");
    assert_eq!(answer.trail(), ["a/x auth skipped", "b/y ok"]);
    assert!(story.log().contains("no key: set A_KEY_THAT_NOBODY_SET"), "{}", story.log());

    let answer = story.ask("a/x");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.error()["code"], "not_configured");
    assert!(answer.error()["message"].as_str().unwrap().contains("A_KEY_THAT_NOBODY_SET"));
    assert_eq!(story.tried(), ["b/y"]);
}

/// As it is copied from a page that does not show all of it.
#[test]
fn a_key_that_no_header_can_carry_is_none_and_the_trail_says_which() {
    let story = story_with(json!({ "providers": { "a": { "keys": ["SHORTENED_KEY"] } } }));
    let answer = story.ask("chain");
    answer.is_answered_by("b/y");
    assert_eq!(answer.trail(), ["a/x auth skipped", "b/y ok"]);
    let told = "no key: SHORTENED_KEY holds a character that no key has";
    assert!(story.log().contains(told) && !story.log().contains('…'), "{}", story.log());

    let story = story_with(json!({ "providers": { "a": { "keys": ["SHORTENED_KEY", "A_KEY"] } } }));
    story.ask("chain").is_answered_by("a/x");
}

// The seed program of this field: four models, 15 s each, the first that answers.

#[test]
fn the_seed_program_works_a_chain_of_four_with_a_timeout_each() {
    let settings = json!({
        "routes": { "first-that-answers": { "fallback": ["a/x", "a/x2", "b/y", "c/z"] } },
        "timeouts": { "attempt_ms": 15_000 },
    });
    let story = story_with(settings.clone());
    story.script("a/x", [Behaviour::never_answers()]);
    story.script("a/x2", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::answers_nothing()]);
    let answer = story.ask("first-that-answers");
    answer.is_answered_by("c/z");
    assert_eq!(answer.ended_at, 15_000);

    let story = story_with(settings);
    for target in ["a/x", "a/x2", "b/y", "c/z"] {
        story.script(target, [Behaviour::status(503)]);
    }
    let answer = story.ask("first-that-answers");
    assert_eq!(answer.status, 502);
    let message = answer.error()["message"].as_str().unwrap().to_owned();
    for target in ["a/x", "a/x2", "b/y", "c/z"] {
        assert!(message.contains(target), "{target} is not in {message}");
    }
}

// Row 42: nested strategies.

fn nested() -> Story {
    story_with(json!({ "routes": {
        "mixed": { "fallback": [{ "fallback": ["a/x", "b/y"] }, "c/z"] },
        "outer": { "fallback": ["a/x", "inner"] },
        "inner": { "fallback": ["b/y", "c/z"] },
    } }))
}

#[test]
fn row_42_the_trail_is_flat_and_in_time_order() {
    let story = nested();
    story.script("a/x", [Behaviour::status(503).after(100)]);
    story.script("b/y", [Behaviour::status(503).after(200)]);
    story.script("c/z", [Behaviour::answers("Hello from c/z.").after(300)]);
    let mut body = hello("mixed");
    body["steadfast"] = json!({ "trail": true });

    let answer = story.chat(&body);

    answer.is_answered_by("c/z");
    assert_eq!(
        answer.header("x-steadfast-trail"),
        "a/x overloaded 503 100ms; b/y overloaded 503 200ms; c/z ok 300ms"
    );
    let trail = answer.json()["steadfast"]["trail"].clone();
    let each = |field: &str| -> Vec<_> {
        trail.as_array().unwrap().iter().map(|attempt| attempt[field].clone()).collect()
    };
    assert_eq!(each("model"), ["a/x", "b/y", "c/z"]);
    assert_eq!(each("start_ms"), [0, 100, 300], "each begins when the one before has failed");
    assert_eq!(answer.header("x-steadfast-route"), "mixed.fallback[1]");
}

#[test]
fn row_42_the_winners_path_is_the_innermost() {
    let story = nested();
    story.script("a/x", [Behaviour::status(503)]);
    let answer = story.ask("mixed");
    answer.is_answered_by("b/y");
    assert_eq!(answer.header("x-steadfast-route"), "mixed.fallback[0].fallback[1]");

    let answer = story.ask("outer");
    answer.is_answered_by("b/y");
    assert_eq!(
        answer.header("x-steadfast-route"),
        "inner.fallback[0]",
        "a route reached through another keeps its own path"
    );
}

#[test]
fn row_42_a_target_that_stands_twice_in_a_plan_is_in_the_trail_as_often_as_it_was_asked() {
    let story =
        story_with(json!({ "routes": { "twice": { "fallback": [{ "fallback": ["a/x", "b/y"] }, "a/x"] } } }));
    story.script("a/x", [Behaviour::status(503), Behaviour::answers("Hello from a/x.")]);
    story.script("b/y", [Behaviour::status(503)]);
    let answer = story.ask("twice");
    answer.is_answered_by("a/x");
    assert_eq!(answer.trail(), ["a/x overloaded 503", "b/y overloaded 503", "a/x ok"]);
    assert_eq!(answer.header("x-steadfast-route"), "twice.fallback[1]");
}

#[test]
fn row_42_a_lower_tier_that_answers_is_named() {
    let story = story_with(json!({ "routes": {
        "standard": { "fallback": ["a/x"], "degrade_to": "budget" },
        "budget": { "fallback": ["b/y"] },
    } }));
    story.script("a/x", [Behaviour::status(503)]);
    let answer = story.ask("standard");
    answer.is_answered_by("b/y");
    assert_eq!(answer.header("x-steadfast-degraded"), "standard -> budget (overloaded)");
    assert_eq!(answer.header("x-steadfast-route"), "budget.fallback[0]");
    assert_eq!(story.ask("budget").header("x-steadfast-degraded"), "");
}

#[test]
fn a_name_that_nobody_has_is_sought_in_the_field_in_which_it_stands() {
    let story = story();
    let mut body = hello("nobody/x");
    for (field, name) in [("model", "nobody/x"), ("models", "nobody/y")] {
        let answer = story.chat(&body);
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["code"]), (404, &json!("model_not_found")));
        assert_eq!(error["param"], field);
        assert!(error["message"].as_str().is_some_and(|message| message.contains(name)), "{error}");
        body = hello("a/x");
        body["models"] = json!(["b/y", "nobody/y"]);
    }
    assert_eq!(story.attempts().len(), 0);
}

#[test]
fn row_42_models_of_the_request_follow_its_model() {
    let story = story();
    for target in ["a/x", "b/y"] {
        story.script(target, [Behaviour::status(503)]);
    }
    let mut body = hello("a/x");
    body["models"] = json!(["b/y", "a/x", "c/z"]);
    story.chat(&body).is_answered_by("c/z");
    assert_eq!(story.tried(), ["a/x", "b/y", "c/z"]);
}

#[test]
fn row_42_a_long_trail_fits_into_a_header() {
    let steps: Vec<_> =
        (0..100).map(|number| format!("a/a-model-with-a-rather-long-name-{number}")).collect();
    let story = story_with(json!({ "routes": { "long": { "fallback": steps } } }));
    for step in &steps[..99] {
        story.script(step, [Behaviour::status(503)]);
    }
    let answer = story.ask("long");
    assert_eq!(answer.status, 200);
    assert!(answer.header("x-steadfast-trail").len() <= 2_048);
    assert!(answer.header("x-steadfast-trail").ends_with("-99 ok 0ms"), "the end of it is never left out");
}

// What every answer says about itself.

#[test]
fn the_model_that_answered_is_in_the_body_and_in_every_chunk() {
    let story = story();
    story.script("a/x", [Behaviour::status(503)]);
    assert_eq!(story.ask("chain").json()["model"], "b/y");
    let answer = story.stream("chain");
    assert!(answer.events().iter().all(|event| event["model"] == "b/y"));
}

#[test]
fn usage_that_the_caller_did_not_ask_for_is_withheld_and_still_in_the_closing_comment() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    story.script("a/x", [Behaviour::answers("one two").costing(12, 34)]);
    let answer = story.stream("chain");
    assert!(answer.events().iter().all(|event| event.get("usage").is_none()), "{}", answer.raw());
    assert!(answer.raw().contains(": steadfast {"));
    let comment_at = answer.raw().find(": steadfast {").unwrap();
    let done_at = answer.raw().find("data: [DONE]").unwrap();
    assert!(comment_at < done_at, "SDKs stop reading at the end");
    assert_eq!(story.attempts()[0].json()["stream_options"]["include_usage"], true);
}

#[test]
fn nothing_but_our_own_goes_upstream() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    let mut body = hello("chain");
    body["models"] = json!(["c/z"]);
    body["steadfast"] = json!({ "trail": true });
    body["seed"] = json!(7);
    story.chat(&body);
    let sent = story.attempts()[0].json();
    assert_eq!(sent["model"], "x");
    assert_eq!(sent["seed"], 7);
    assert!(sent.get("models").is_none() && sent.get("steadfast").is_none());
    assert_eq!(story.attempts()[0].header("authorization"), Some("Bearer sk-first-key-of-a"));
}

#[test]
fn the_log_has_one_line_a_request_without_prompt_or_answer() {
    let story = story();
    story.script("a/x", [Behaviour::answers("the answer is a secret")]);
    let mut body = hello("chain");
    body["messages"][0]["content"] = json!("the question is a secret");
    story.chat(&body);
    body["stream"] = json!(true);
    story.chat(&body);
    story.comes_to_rest();
    let log = story.log();
    assert_eq!(log.lines().count(), 2, "{log}");
    assert!(!log.contains("is a secret"));
    assert!(log.lines().all(|line| {
        serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["trail"].is_array())
    }));
}

#[test]
fn where_no_price_is_known_what_was_spent_is_left_out_and_a_free_model_costs_nothing() {
    let story = story_with(json!({ "models": { "b/y": { "price": { "input": 0, "output": 0 } } } }));
    story.ask("a/x").is_answered_by("a/x");
    story.ask("b/y").is_answered_by("b/y");
    let targets = &story.get("/status").json()["targets"];
    assert!(targets["a/x"]["usage"]["total_tokens"].as_u64().is_some_and(|tokens| tokens > 0), "{targets}");
    assert_eq!(targets["a/x"].get("spend_usd"), None);
    assert_eq!(targets["b/y"]["spend_usd"], 0);
}
