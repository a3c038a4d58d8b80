//! Providers that answer, and say no: what is asked again, what is asked elsewhere, and what goes back to the caller.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::{Behaviour, Outcome};
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

// Row 27: an error body that stalls, or is 50 MB.

#[test]
fn row_27_an_error_body_that_stalls_is_not_waited_for_long() {
    for status in [400, 401, 503] {
        let story = story();
        story.script("a/x", [Behaviour::status(status).body_stalls(), Behaviour::answers("Hello from a/x.")]);

        let answer = story.ask("chain");

        assert!(answer.ended_at <= 10_000, "{status}: it took {} ms", answer.ended_at);
        assert_eq!(story.attempts()[0].outcome, Some(Outcome::Cancelled));
        if status != 400 {
            answer.is_answered_by("b/y");
        }
        story.comes_to_rest();
    }
}

#[test]
fn row_27_an_error_body_without_end_is_not_read_to_its_end() {
    let megabyte = bytes::Bytes::from(vec![b'x'; 1 << 20]);
    let story = story();
    let flood = Behaviour {
        opening: steadfast::sim::Opening::Status(503),
        ..Behaviour::sends(vec![megabyte; 50]).every(10)
    };
    story.script("a/x", [flood]);

    let answer = story.ask("chain");

    answer.is_answered_by("b/y");
    assert!(story.attempts()[0].read <= 4 << 20, "{} bytes were read", story.attempts()[0].read);
    assert_eq!(story.attempts()[0].outcome, Some(Outcome::Cancelled));
    assert!(answer.header("x-steadfast-trail").len() < 2_048);
}

// Row 38: a provider echoes our key in its error text.

#[test]
fn row_38_an_echoed_key_is_struck_out_everywhere() {
    let key = "sk-first-key-of-a";
    let echo = format!("Incorrect API key provided: {key}. (Authorization: Bearer {key})");
    let broken = Behaviour {
        opening: steadfast::sim::Opening::Fails(format!("cannot connect with {key}")),
        ..Behaviour::resets()
    };
    let stories = [
        Behaviour::status(401).saying(&echo),
        Behaviour::status(400).saying(&echo),
        Behaviour::status(400).code(key).saying("No."),
        Behaviour::status(500).body(echo.clone()),
        Behaviour::error_inside_a_success(error_object("server_error", key, &echo)),
        Behaviour::answers("one two").error_after(0, error_object("server_error", "", &echo)),
        Behaviour::answers("one two").error_after(1, error_object("server_error", key, &echo)),
        broken,
    ];
    for behaviour in stories {
        for stream in [false, true] {
            let story = story();
            let told = format!("{:?}, streamed: {stream}", behaviour.content);
            story.script("a/x", [behaviour.clone()]);
            let mut body = hello("a/x");
            body["stream"] = json!(stream);
            body["steadfast"] = json!({ "trail": true });

            let answer = story.chat(&body);
            story.comes_to_rest();

            assert!(!answer.raw().contains(key), "in the body: {told}");
            assert!(!format!("{:?}", answer.headers).contains(key), "in a header: {told}");
            assert!(!story.log().contains(key), "in the log: {told}");
            assert!(!story.get("/status").raw().contains(key), "in the status: {told}");
        }
    }
}

// Row 39: HTML, gzip that was not announced, or a redirect to another host.

#[test]
fn row_39_what_is_not_an_answer_is_bad_output_and_the_next_target_answers() {
    let gzip: &[u8] = &[0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x2d];
    let stories = [
        ("a page", Behaviour::html()),
        ("gzip", Behaviour::sends([gzip])),
        ("another shape", Behaviour::sends([r#"{"ok":true}"#]).header("content-type", "application/json")),
        ("a list", Behaviour::sends(["[]"]).header("content-type", "application/json")),
        ("a redirect", redirect()),
    ];
    for (what, behaviour) in stories {
        for body in [hello("chain"), hello_streamed("chain")] {
            let story = story();
            story.script("a/x", [behaviour.clone()]);

            let answer = story.chat(&body);

            answer.is_answered_by("b/y");
            assert_eq!(story.tried(), ["a/x", "b/y"], "{what}");
            assert!(answer.trail()[0].starts_with("a/x bad_output"), "{what}: {}", answer.trail()[0]);
            story.comes_to_rest();
        }
    }
}

#[test]
fn row_39_a_redirect_is_not_followed() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    story.script("a/x", [redirect()]);
    story.ask("chain");
    assert!(story.attempts().iter().all(|attempt| attempt.provider != "elsewhere"));
    let keys_of_a = story
        .attempts()
        .into_iter()
        .filter(|attempt| attempt.header("authorization") == Some("Bearer sk-first-key-of-a"));
    assert_eq!(keys_of_a.count(), 1, "the key went to its own provider and to nobody else");
}

fn redirect() -> Behaviour {
    Behaviour::status(307).header("location", "http://elsewhere.test/v1/chat/completions")
}
