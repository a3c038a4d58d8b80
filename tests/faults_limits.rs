//! A provider says "not so fast" or "no more money": how long to wait for it, with which key to ask again, when to leave
//! it alone.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::*;

// Row 1: 429 with `Retry-After: 2`, then healthy.

#[test]
fn row_1_a_short_stated_wait_is_waited_for_and_the_same_target_answers() {
    let story = story();
    let limited = Behaviour::status(429).header("retry-after", "2").after(100);
    story.script("a/x", [limited, Behaviour::answers("Hello from a/x.")]);

    let answer = story.ask("chain");

    answer.is_answered_by("a/x");
    // The wait begins when the provider has stated it, and nothing is sent before it is over.
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("a/x".into(), 2_100)]);
    assert_eq!(answer.trail(), ["a/x rate_limit 429", "a/x ok"]);
    story.comes_to_rest();
}

#[test]
fn row_1_the_wait_is_understood_in_every_form() {
    let named = |name, value| Behaviour::status(429).header(name, value);
    let google = json!({ "error": {
        "code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Please retry in 2s.",
        "details": [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s" }],
    } });
    let forms = [
        ("seconds", named("retry-after", "2")),
        // Worlds begin with the year 2026.
        ("a date", named("retry-after", "Thu, 01 Jan 2026 00:00:02 GMT")),
        ("milliseconds", named("retry-after-ms", "2000")),
        ("milliseconds win", named("retry-after", "50").header("retry-after-ms", "2000")),
        (
            "a vendor's header",
            named("x-ratelimit-remaining-requests", "0").header("x-ratelimit-reset-requests", "2s"),
        ),
        ("a body", Behaviour::status(429).body(google.to_string())),
    ];
    for (form, limited) in forms {
        let story = story();
        story.script("a/x", [limited, Behaviour::answers("Hello from a/x.")]);
        story.ask("chain").is_answered_by("a/x");
        assert_eq!(story.tried_at(), [("a/x".into(), 0), ("a/x".into(), 2_000)], "{form}");
    }
}

#[test]
fn row_1_another_key_need_not_wait() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story_with(json!({ "providers": { "a": { "keys": ["A_KEY", "A_KEY_2"] } } }));
    let limited = Behaviour::status(429).header("retry-after", "2");
    story.script("a/x", [limited, Behaviour::answers("Hello from a/x.")]);
    story.ask("chain").is_answered_by("a/x");
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("a/x".into(), 0)]);
    assert_eq!(story.attempts()[1].header("authorization"), Some("Bearer sk-second-key-of-a"));
}

#[test]
fn row_1_of_two_limited_keys_the_one_that_is_back_first_is_waited_for() {
    if !speak_openai(["a"]) {
        return;
    }
    for waits in [["1", "60"], ["60", "1"]] {
        let story = story_with(json!({ "providers": { "a": { "keys": ["A_KEY", "A_KEY_2"] } } }));
        let limited = waits.map(|wait| Behaviour::status(429).header("retry-after", wait));
        story.script("a/x", limited.into_iter().chain([Behaviour::answers("Hello from a/x.")]));
        story.ask("a/x").is_answered_by("a/x");
        assert_eq!(story.attempts()[2].started_at, 1_000, "{waits:?}");
        let first = usize::from(waits[0] == "60");
        let used = |attempt: usize| story.attempts()[attempt].header("authorization").map(str::to_owned);
        assert_eq!(used(2), used(first), "{waits:?}");
    }
}

#[test]
fn row_1_a_wait_beyond_the_deadline_is_not_begun() {
    let story = story_with(json!({ "timeouts": { "deadline_ms": 1_500 } }));
    story.script("a/x", [Behaviour::status(429).header("retry-after", "2")]);
    let answer = story.ask("chain");
    answer.is_answered_by("b/y");
    assert_eq!(answer.ended_at, 0);
}

// Row 2: 429 for ever, no header.

#[test]
fn row_2_without_a_stated_wait_the_target_is_asked_again_with_backoff_and_then_the_next() {
    let mut first_waits = Vec::new();
    for seed in 0..20 {
        let story = seeded_story_with(seed, json!({ "retry": { "retries": 2, "backoff_ms": 250 } }));
        story.script("a/x", [Behaviour::status(429)]);

        let answer = story.ask("chain");

        answer.is_answered_by("b/y");
        assert_eq!(story.tried(), ["a/x", "a/x", "a/x", "b/y"]);
        // Full jitter: anything between nothing and 250 ms, then between nothing and 500 ms.
        let times: Vec<_> = story.attempts().iter().map(|attempt| attempt.started_at).collect();
        assert!(times[1] <= 250, "{times:?}");
        assert!(times[2] - times[1] <= 500, "{times:?}");
        assert_eq!(times[3], times[2], "the next target is not kept waiting");
        first_waits.push(times[1]);
        story.comes_to_rest();
    }
    first_waits.dedup();
    assert!(first_waits.len() > 10, "the backoff has no jitter: {first_waits:?}");
}

// Row 3: `Retry-After: 60` with a healthy fallback.

#[test]
fn row_3_a_long_stated_wait_goes_to_the_next_target_and_the_target_rests() {
    let story = story();
    let limited = Behaviour::status(429).header("retry-after", "60");
    story.script("a/x", [limited, Behaviour::answers("Hello from a/x.")]);

    story.ask("chain").is_answered_by("b/y");
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 0)]);

    story.pass(59_000);
    story.ask("chain").is_answered_by("b/y");
    assert_eq!(story.host.attempts_on("a/x").len(), 1, "it is left alone for the whole minute");

    story.pass(2_000);
    story.ask("chain").is_answered_by("a/x");
}

#[test]
fn row_3_a_target_that_rests_is_in_the_trail_without_a_call() {
    let story = story();
    story.script("a/x", [Behaviour::status(429).header("retry-after", "60")]);
    story.ask("chain");

    let answer = story.ask("chain");

    assert_eq!(answer.trail(), ["a/x rate_limit skipped", "b/y ok"]);
}

#[test]
fn row_3_only_this_model_rests() {
    let story = story();
    story.script("a/x", [Behaviour::status(429).header("retry-after", "60")]);
    story.ask("chain").is_answered_by("b/y");
    story.ask("a/another").is_answered_by("a/another");
}

// Row 26: quota errors with odd statuses.

#[test]
fn row_26_a_lack_of_credit_is_known_whatever_its_status() {
    let refusals = [
        Behaviour::status(402).saying("Insufficient Balance"),
        Behaviour::status(429).code("insufficient_quota").saying("You exceeded your current quota."),
        Behaviour::status(403).code("AccountOverdueError").saying("The account is overdue."),
        Behaviour::status(400).saying("Your credit balance is too low to access the API."),
        Behaviour::status(429).body(r#"{"error":{"code":"1113","message":"Your account is in arrears."}}"#),
    ];
    for refusal in refusals {
        let story = story();
        let told = format!("{:?}", refusal.content);
        story.script("a/x", [refusal, Behaviour::answers("Hello from a/x.")]);

        let answer = story.ask("chain");

        answer.is_answered_by("b/y");
        assert_eq!(story.tried(), ["a/x", "b/y"], "{told}");
        assert!(answer.trail()[0].starts_with("a/x quota"), "{told} is {}", answer.trail()[0]);

        // The key rests for long: a minute later it is not asked.
        story.pass(60_000);
        story.ask("chain").is_answered_by("b/y");
        assert_eq!(story.host.attempts_on("a/x").len(), 1, "{told}");
    }
}

#[test]
fn row_26_another_key_of_the_same_provider_may_have_credit() {
    let story = story_with(json!({ "providers": { "a": { "keys": ["A_KEY", "A_KEY_2"] } } }));
    story.script("a/x", [Behaviour::status(402), Behaviour::answers("Hello from a/x.")]);
    story.ask("chain").is_answered_by("a/x");
    assert_eq!(story.tried(), ["a/x", "a/x"]);
    assert_eq!(story.now(), 0);
}
