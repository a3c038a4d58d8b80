//! A target that keeps failing is left alone, one request at a time finds out whether it has mended, and
//! nobody waits for that.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::*;

fn guarded() -> Story {
    story_with(json!({
        "routes": { "pair": { "fallback": ["a/x", "b/y"] } },
        "retry": { "retries": 0 },
        "breaker": { "failures": 3, "ratio": 0.5, "window_ms": 30_000, "open_ms": 5_000, "max_open_ms": 20_000 },
    }))
}

fn down_until(story: &Story, recovery: u64) {
    let now = story.now();
    let behaviour =
        if now < recovery { Behaviour::status(503) } else { Behaviour::answers("Hello from a/x.") };
    story.script("a/x", [behaviour]);
}

#[test]
fn row_28_every_request_is_answered_and_the_primary_serves_again_soon_after_its_recovery() {
    let story = guarded();
    let mut served_again = None;
    for request in 0..40 {
        let at = request * 4_000;
        story.pass(at - story.now());
        down_until(&story, 60_000);
        let answer = story.ask("pair");
        assert_eq!(answer.status, 200, "request at {at} ms");
        if at >= 60_000 && answer.header("x-steadfast-model") == "a/x" {
            served_again.get_or_insert(at);
        }
    }
    let while_down: Vec<u64> = story
        .attempts()
        .iter()
        .filter(|attempt| attempt.target() == "a/x" && attempt.started_at < 60_000)
        .map(|attempt| attempt.started_at)
        .collect();
    // Three failures open it; then one probe after 5, 10, 20 and 20 s, each at the next request.
    assert_eq!(while_down, [0, 4_000, 8_000, 16_000, 28_000, 48_000]);
    assert!(served_again.is_some_and(|at| at <= 90_000), "served again at {served_again:?}");
    let alerts: Vec<String> = story.host.log_lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(alerts.iter().filter(|line| line.contains("breaker_open")).count(), 1);
    assert_eq!(alerts.iter().filter(|line| line.contains("breaker_closed")).count(), 1);
}

#[test]
fn row_41_of_a_hundred_callers_at_once_exactly_one_probes() {
    let story = guarded();
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..3 {
        story.ask("pair").is_answered_by("b/y");
    }
    story.pass(6_000);
    story.script("a/x", [Behaviour::answers("Hello from a/x.").after(500)]);
    let before = story.host.attempts_on("a/x").len();

    let answers = story.chat_all(&vec![hello("pair"); 100]);

    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(story.host.attempts_on("a/x").len() - before, 1);
    assert_eq!(story.ask("pair").header("x-steadfast-model"), "a/x");
}

#[test]
fn a_target_that_is_left_alone_stands_in_the_trail_as_passed_over() {
    let story = guarded();
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..3 {
        story.ask("pair");
    }
    let answer = story.ask("pair");
    assert_eq!(answer.trail(), ["a/x overloaded skipped", "b/y ok"]);
}

#[test]
fn with_everybody_left_alone_the_least_bad_one_is_asked() {
    let story = guarded();
    story.script("a/x", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::status(500)]);
    for _ in 0..3 {
        assert_eq!(story.ask("pair").status, 502);
        story.pass(100);
    }
    story.script("a/x", [Behaviour::answers("Hello from a/x.")]);
    let answer = story.ask("pair");
    assert_eq!((answer.status, answer.header("x-steadfast-model")), (200, "a/x"), "its wait ends first");
    assert_eq!(story.ask("pair").header("x-steadfast-model"), "a/x", "and its breaker is closed again");
}

#[test]
fn with_everybody_left_alone_callers_at_once_are_spread_over_all() {
    let limited = || {
        story_with(json!({
            "routes": { "pair": { "fallback": ["a/x", "b/y"] } },
            "retry": { "retries": 0 },
            "breaker": false,
        }))
    };
    for (story, status) in [(guarded(), 503), (limited(), 429)] {
        let fails_after = |milliseconds: u64| {
            let failure = || [Behaviour::status(status).after(milliseconds)];
            story.script("a/x", failure()).script("b/y", failure());
        };
        fails_after(0);
        for _ in 0..3 {
            assert_ne!(story.ask("pair").status, 200);
        }
        let asked = |callers: usize| {
            let before = story.attempts().len();
            story.chat_all(&vec![hello("pair"); callers]);
            let attempts = story.attempts().split_off(before);
            ["a/x", "b/y"].map(|name| attempts.iter().filter(|attempt| attempt.target() == name).count())
        };
        assert_eq!(asked(1), [1, 0], "the one that would be back first");
        fails_after(200);
        assert_eq!(asked(60), [30, 30]);
    }
}

#[test]
fn a_lone_target_has_a_breaker_and_is_asked_all_the_same() {
    let story = guarded();
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..6 {
        assert_eq!(story.ask("a/x").status, 502);
    }
    assert_eq!(story.host.attempts_on("a/x").len(), 6, "nobody is refused unasked");
    let status = story.get("/status");
    assert_eq!(status.json()["targets"]["a/x"]["breaker"], "open");
}

#[test]
fn a_stream_that_breaks_counts_although_it_began_with_a_200() {
    let story = guarded();
    story.script("a/x", [Behaviour::cuts_after(3)]);
    for _ in 0..3 {
        story.stream("pair");
    }
    story.stream("pair").is_answered_by("b/y");
}

#[test]
fn a_clock_that_leaves_less_time_than_a_target_nearly_always_needs_teaches_nothing_of_it() {
    let story = guarded();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").after(2_000)]);
    (0..10).for_each(|_| story.ask("a/x").is_answered_by("a/x"));
    let mut hasty = hello("a/x");
    hasty["steadfast"] = json!({ "timeouts": { "attempt_ms": 1 } });
    for _ in 0..5 {
        assert_eq!(story.chat(&hasty).status, 504);
    }
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["breaker"], "closed");

    hasty["steadfast"] = json!({ "timeouts": { "attempt_ms": 9_000 } });
    story.script("a/x", [Behaviour::never_answers()]);
    for _ in 0..10 {
        assert_eq!(story.chat(&hasty).status, 504);
    }
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["breaker"], "open", "that was time enough");
}

#[test]
fn time_that_another_has_used_up_teaches_nothing_of_the_next() {
    let story = story_with(json!({
        "routes": { "pair": { "fallback": ["a/x", "b/y"] } },
        "timeouts": { "attempt_ms": 10_000, "deadline_ms": 15_000 },
        "breaker": { "window_ms": 120_000 },
    }));
    story.script("b/y", [Behaviour::answers("Hello from b/y.").after(7_000)]);
    (0..10).for_each(|_| story.ask("b/y").is_answered_by("b/y"));
    story.pass(60_000);
    story.script("a/x", [Behaviour::never_answers()]);
    for _ in 0..3 {
        assert_eq!(story.ask("pair").trail(), ["a/x timeout attempt", "b/y timeout deadline"]);
    }
    let status = story.get("/status").json();
    assert_eq!(
        (&status["targets"]["a/x"]["breaker"], &status["targets"]["b/y"]["breaker"]),
        (&json!("open"), &json!("closed"))
    );
}

#[test]
fn what_a_target_cannot_be_told_teaches_nothing_of_it_and_keeps_nobody_else_from_being_asked() {
    let story = story_with(json!({
        "providers": { "a": { "dialect": "anthropic" } },
        "routes": { "pair": { "fallback": ["a/x", "b/y"] } },
        "retry": { "retries": 0 },
        "breaker": { "failures": 3, "open_ms": 5_000 },
    }));
    story.script("a/x", [Behaviour::status(500)]).script("b/y", [Behaviour::status(500)]);
    (0..3).for_each(|_| assert_eq!(story.ask("pair").status, 502));
    story.pass(3_000);
    (0..2).for_each(|_| _ = story.ask("b/y"));
    story.pass(2_500);
    let asked = story.attempts().len();
    let mut body = hello("pair");
    body["messages"][0]["content"] =
        json!([{ "type": "input_audio", "input_audio": { "data": "", "format": "wav" } }]);
    story.script("b/y", [Behaviour::answers("Hello from b/y.")]);

    let answer = story.chat(&body);

    answer.is_answered_by("b/y");
    assert_eq!(answer.trail(), ["a/x invalid_request skipped", "b/y ok"]);
    assert_eq!(story.attempts().len(), asked + 1);
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["breaker"], "open", "it answered nothing");
}

#[test]
fn counting_tokens_says_nothing_of_how_a_model_answers() {
    let story =
        story_with(json!({ "providers": { "a": { "dialect": "anthropic" } }, "retry": { "retries": 0 } }));
    for _ in 0..3 {
        story.script(
            "a/x",
            [messages::counts(), messages::counts(), messages::counts(), Behaviour::status(529)],
        );
        (0..3).for_each(|_| _ = story.post("/v1/messages/count_tokens", &hello("a/x")));
        assert_eq!(story.ask("a/x").status, 502);
    }
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["breaker"], "open", "all of its answers failed");
}

#[test]
fn without_a_breaker_nobody_is_left_alone() {
    let story = story_with(json!({ "breaker": false, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..10 {
        story.ask("chain").is_answered_by("b/y");
    }
    assert_eq!(story.host.attempts_on("a/x").len(), 10);
}

#[test]
fn a_model_that_was_unknown_and_answers_is_known_again() {
    let story = story_with(json!({ "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::status(404), Behaviour::answers("Hello from a/x.")]);
    assert_eq!(story.ask("a/x").status, 502);
    story.ask("a/x").is_answered_by("a/x");
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["state"], "ready");
    story.ask("chain").is_answered_by("a/x");
}

#[test]
fn names_that_a_caller_makes_up_displace_nobody_who_is_asked_often() {
    let story = story_with(json!({ "retry": { "retries": 0 } }));
    story.script("c/z", [Behaviour::status(503)]);
    (0..5).for_each(|_| _ = story.ask("c/z"));
    for number in 0..2_100 {
        assert_eq!(story.ask(&format!("a/m{number}")).status, 200);
    }
    let status = story.get("/status").json();
    assert_eq!(status["targets"]["c/z"]["breaker"], "open");
    assert!(status["targets"].as_object().unwrap().len() <= 2_100);
}
