//! A provider says no, or cannot be reached: what is asked again, what is asked elsewhere, and what goes back to the caller.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::*;

// Row 4: 500 once, then healthy.

#[test]
fn row_4_one_server_error_is_survived_by_one_retry_of_the_same_target() {
    let story = story();
    story.script("a/x", [Behaviour::status(500), Behaviour::answers("Hello from a/x.")]);

    let answer = story.ask("chain");

    answer.is_answered_by("a/x");
    assert_eq!(story.tried(), ["a/x", "a/x"]);
    assert!(answer.ended_at <= 250, "one backoff and no more");
    assert_eq!(answer.trail(), ["a/x server 500", "a/x ok"]);
}

#[test]
fn row_4_every_server_error_gets_its_retry_but_a_gateway_timeout_gets_none() {
    for status in [408, 409, 425, 499, 500, 502, 520, 527] {
        let story = story();
        story.script("a/x", [Behaviour::status(status), Behaviour::answers("Hello from a/x.")]);
        story.ask("chain").is_answered_by("a/x");
        assert_eq!(story.tried(), ["a/x", "a/x"], "{status}");
    }
    let story = story();
    story.script("a/x", [Behaviour::status(504), Behaviour::answers("Hello from a/x.")]);
    story.ask("chain").is_answered_by("b/y");
    assert_eq!(story.tried(), ["a/x", "b/y"], "504 has waited long enough already");
}

#[test]
fn row_4_an_outage_does_not_become_a_storm_of_retries() {
    let story = story();
    story.script("a/x", [Behaviour::status(500)]);
    for _ in 0..300 {
        story.ask("chain").is_answered_by("b/y");
        story.pass(100);
    }
    let asked = story.host.attempts_on("a/x").len();
    // 20 % of three hundred, and a small reserve.
    assert!(asked <= 300 + 60 + 20, "{asked} attempts for 300 requests");
}

// Row 5: 503 or 529 for ever.

#[test]
fn row_5_a_target_that_stands_in_the_plan_twice_is_asked_once() {
    let story = story_with(json!({ "routes": { "twice": { "fallback": ["a/x", "chain"] } } }));
    story.script("a/x", [Behaviour::status(503)]);
    story.ask("twice").is_answered_by("b/y");
    assert_eq!(story.tried(), ["a/x", "b/y"]);
}

#[test]
fn row_5_a_last_hope_that_stands_in_the_plan_twice_is_asked_again_once() {
    let story = story_with(json!({ "routes": { "twice": { "fallback": ["a/x", "b/y", "a/x"] } } }));
    story.script("a/x", [Behaviour::status(503)]).script("b/y", [Behaviour::status(503)]);
    assert_eq!(story.ask("twice").status, 502);
    assert_eq!(story.tried(), ["a/x", "b/y", "a/x"], "one retry is what `retry` allows");
}

#[test]
fn row_5_an_overloaded_target_is_asked_once_and_the_next_one_answers() {
    for status in [498, 503, 529] {
        for body in [hello("chain"), hello_streamed("chain")] {
            let story = story();
            story.script("a/x", [Behaviour::status(status)]);

            let answer = story.chat(&body);

            answer.is_answered_by("b/y");
            assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 0)], "{status}");
            assert_eq!(answer.trail(), [format!("a/x overloaded {status}"), "b/y ok".to_owned()]);
            assert_eq!(answer.header("x-steadfast-route"), "chain.fallback[1]");
            story.comes_to_rest();
        }
    }
}

#[test]
fn row_5_only_the_last_target_is_asked_again_when_it_is_overloaded() {
    let story = story();
    story.script("a/x", [Behaviour::status(503), Behaviour::answers("Hello from a/x.")]);

    story.ask("a/x").is_answered_by("a/x");

    assert_eq!(story.tried(), ["a/x", "a/x"]);
}

// Row 6: connection reset before headers, once.

#[test]
fn row_6_a_connection_that_is_reset_once_is_made_again() {
    for broken in [Behaviour::resets(), Behaviour::refuses()] {
        let story = story();
        story.script("a/x", [broken, Behaviour::answers("Hello from a/x.")]);

        let answer = story.ask("chain");

        answer.is_answered_by("a/x");
        assert_eq!(story.tried(), ["a/x", "a/x"]);
        assert_eq!(answer.trail(), ["a/x network", "a/x ok"]);
    }
}

#[test]
fn row_6_a_connection_that_is_always_reset_is_given_up_for_the_next_target() {
    let story = story();
    story.script("a/x", [Behaviour::resets()]);
    story.ask("chain").is_answered_by("b/y");
    assert_eq!(story.tried(), ["a/x", "a/x", "b/y"]);
}

// Row 22: prompt too long.

fn too_long() -> Behaviour {
    Behaviour::status(400)
        .code("context_length_exceeded")
        .saying("This model's maximum context length is 8000 tokens. However, you requested 9000.")
}

#[test]
fn row_22_a_prompt_that_is_too_long_goes_to_a_larger_window_only() {
    let story = story_with(json!({ "models": {
        "a/x": { "context": 8_000 },
        "b/y": { "context": 4_000 },
        "c/z": { "context": 100_000 },
    } }));
    story.script("a/x", [too_long()]);

    let answer = story.ask("chain");

    answer.is_answered_by("c/z");
    assert_eq!(story.tried(), ["a/x", "c/z"], "neither the same model again nor a smaller one");
}

#[test]
fn row_22_without_a_larger_window_the_callers_own_error_comes_back() {
    let story = story_with(json!({ "models": {
        "a/x": { "context": 8_000 },
        "b/y": { "context": 4_000 },
        "c/z": { "context": 8_000 },
    } }));
    story.script("a/x", [too_long()]);

    let answer = story.ask("chain");

    assert_eq!(story.tried(), ["a/x"]);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error()["code"], "context_length_exceeded");
    assert!(answer.error()["message"].as_str().unwrap().contains("maximum context length is 8000"));
    assert_eq!(answer.header("x-should-retry"), "false");
}

// Row 23: content filter 400.

#[test]
fn row_23_a_filtered_prompt_is_refused_once_with_the_providers_reason() {
    let refusals = [
        Behaviour::status(400).code("content_filter").saying("Your prompt speaks of rubber ducks."),
        Behaviour::status(400).code("data_inspection_failed").saying("Your prompt speaks of rubber ducks."),
    ];
    for refusal in refusals {
        let story = story();
        story.script("a/x", [refusal]);

        let answer = story.ask("chain");

        assert_eq!(story.tried(), ["a/x"]);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.error()["code"], "content_filter");
        assert!(answer.error()["message"].as_str().unwrap().contains("rubber ducks"));
    }
}

#[test]
fn row_23_a_route_may_say_that_a_filtered_prompt_falls_back() {
    let story = story_with(json!({ "on": ["content_filter"] }));
    story.script("a/x", [Behaviour::status(400).code("content_filter")]);
    story.ask("chain").is_answered_by("b/y");
}

// Row 24: 401 from the provider.

#[test]
fn row_24_a_refused_key_makes_way_for_the_next_key_at_once() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story_with(json!({ "providers": { "a": { "keys": ["A_KEY", "A_KEY_2"] } } }));
    story.script("a/x", [Behaviour::status(401), Behaviour::answers("Hello from a/x.")]);

    let answer = story.ask("chain");

    answer.is_answered_by("a/x");
    let keys: Vec<_> =
        story.attempts().iter().map(|attempt| attempt.header("authorization").map(str::to_owned)).collect();
    assert_eq!(keys, [Some("Bearer sk-first-key-of-a".into()), Some("Bearer sk-second-key-of-a".into())]);
    assert_eq!(story.now(), 0, "nobody waits for a refused key");

    story.ask("chain").is_answered_by("a/x");
    assert_eq!(
        story.attempts()[2].header("authorization"),
        Some("Bearer sk-second-key-of-a"),
        "the refused key stands aside"
    );
}

#[test]
fn row_24_when_all_keys_are_refused_the_next_target_answers_and_somebody_is_told() {
    for status in [401, 403] {
        let story = story();
        story.script("a/x", [Behaviour::status(status)]);

        let answer = story.ask("chain");

        answer.is_answered_by("b/y");
        assert_eq!(story.tried(), ["a/x", "b/y"]);
        assert_eq!(answer.trail(), [format!("a/x auth {status}"), "b/y ok".to_owned()]);
        story.comes_to_rest();
        assert!(!story.warnings().is_empty(), "a refused key is worth a warning");
    }
}

#[test]
fn row_24_the_caller_never_sees_a_401_that_is_not_theirs() {
    let story = story();
    story.script("a/x", [Behaviour::status(401)]);

    let answer = story.ask("a/x");

    assert_eq!(answer.status, 502);
    assert_eq!(answer.error()["code"], "all_targets_failed");
}

// Row 25: 400 that is the caller's fault.

#[test]
fn row_25_the_callers_own_fault_is_told_once_and_sprayed_nowhere() {
    for status in [400, 405, 413, 415, 422] {
        for body in [hello("chain"), hello_streamed("chain")] {
            let story = story();
            story.script("a/x", [Behaviour::status(status).saying("`temperature` must be at most 2.")]);

            let answer = story.chat(&body);

            assert_eq!(story.tried(), ["a/x"], "{status}");
            assert!((400..500).contains(&answer.status), "{status} became {}", answer.status);
            assert!(answer.error()["message"].as_str().unwrap().contains("`temperature` must be at most 2."));
            assert_eq!(answer.header("x-should-retry"), "false");
            story.comes_to_rest();
        }
    }
}

#[test]
fn row_25_a_400_and_a_422_keep_their_status() {
    for status in [400, 422] {
        let story = story();
        story.script("a/x", [Behaviour::status(status)]);
        assert_eq!(story.ask("chain").status, status);
    }
}
