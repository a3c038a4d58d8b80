//! Callers who leave, and clocks and neighbours that must not matter.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::host::Host;
use steadfast::sim::Behaviour;
use support::*;

// Row 35: the caller disconnects.

/// The caller leaves after two seconds; everything upstream must be over within a second, and nothing may follow.
fn leaves(behaviour: Behaviour, body: &Value) -> Story {
    let story = story();
    story.script("a/x", [behaviour]);

    story.chat_and_leave_after(2_000, body);
    story.pass(1_000);

    let left_at = story.attempts()[0].cancelled_at().expect("the attempt is cancelled");
    assert!((2_000..=3_000).contains(&left_at), "aborted at {left_at}");
    story.comes_to_rest();
    story.pass(60_000);
    assert_eq!(story.tried(), ["a/x"], "no retry and no fallback");
    story
}

/// The target is as healthy as before, and the log says why there was no answer.
fn nothing_is_held_against_it(story: &Story) {
    assert!(story.log().contains("cancelled"), "the log says so: {}", story.log());
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["failures"], json!({}));
    story.script("a/x", [Behaviour::answers("Hello from a/x.")]);
    story.ask("chain").is_answered_by("a/x");
}

#[test]
fn row_35_a_caller_who_leaves_before_the_headers_ends_the_attempt() {
    nothing_is_held_against_it(&leaves(Behaviour::never_answers(), &hello_streamed("chain")));
}

#[test]
fn row_35_a_caller_who_leaves_before_the_first_token_ends_the_attempt() {
    let slow = Behaviour::answers("too late").after(500).first_token_after(5_000);
    nothing_is_held_against_it(&leaves(slow, &hello_streamed("chain")));
}

#[test]
fn row_35_a_caller_who_leaves_in_the_middle_of_the_stream_ends_the_attempt() {
    let story = leaves(Behaviour::answers_words(60).every(150), &hello_streamed("chain"));
    assert_eq!(story.attempts()[0].headers_at, Some(0));
    nothing_is_held_against_it(&story);
}

#[test]
fn what_a_caller_who_leaves_has_read_is_counted_by_guess() {
    let story = story_with(json!({ "models": { "a/x": { "price": { "input": 1.0, "output": 1.0 } } } }));
    story.script("a/x", [Behaviour::answers_words(60).every(150)]);
    story.chat_and_leave_after(2_000, &hello_streamed("chain"));
    story.comes_to_rest();
    let target = &story.get("/status").json()["targets"]["a/x"];
    let spent = target["spend_usd"].as_f64().unwrap_or_default();
    assert!(spent > 0.0, "{target}");
    let line = story.host.log_lines().pop().unwrap().1;
    let line: Value = serde_json::from_str(&line).unwrap();
    let estimated = &line["trail"][0]["estimated_usage"];
    assert!(estimated["completion_tokens"].as_u64().is_some_and(|tokens| tokens > 5), "{line}");
    assert_eq!(line["trail"][0]["outcome"], "cancelled");
}

#[test]
fn row_35_a_caller_who_leaves_an_answer_that_is_not_streamed_ends_the_attempt() {
    nothing_is_held_against_it(&leaves(Behaviour::answers("too late").after(5_000), &hello("chain")));
}

#[test]
fn row_35_a_caller_who_leaves_during_a_backoff_ends_it() {
    let story = story();
    story.script("a/x", [Behaviour::status(429).header("retry-after", "3")]);
    story.chat_and_leave_after(1_000, &hello("chain"));
    story.comes_to_rest();
    story.pass(60_000);
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn row_35_a_caller_who_leaves_the_second_target_leaves_the_first_ones_failure_as_it_was() {
    let story = story();
    story.script("a/x", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::never_answers()]);
    story.chat_and_leave_after(1_000, &hello_streamed("chain"));
    story.comes_to_rest();
    assert_eq!(story.tried(), ["a/x", "b/y"]);
    assert_eq!(story.attempts()[1].cancelled_at(), Some(1_000));
}

#[test]
fn row_35_a_caller_who_leaves_a_race_ends_every_runner() {
    let story = story_with(json!({ "routes": { "race": { "race": ["a/x", "b/y", "c/z"] } } }));
    for target in ["a/x", "b/y", "c/z"] {
        story.script(target, [Behaviour::never_answers()]);
    }
    story.chat_and_leave_after(700, &hello_streamed("race"));
    story.comes_to_rest();
    let left: Vec<_> = story.attempts().iter().map(|attempt| attempt.cancelled_at()).collect();
    assert_eq!(left, [Some(700); 3]);
}

// Row 40: the clock of the machine jumps; two requests share a target at the same instant.

#[test]
fn row_40_a_wall_clock_that_jumps_moves_no_timer() {
    for jump in [-3_600_000_i64, 3_600_000, i64::MIN] {
        let story = story();
        story.script("a/x", [Behaviour::never_answers()]);
        story.script("b/y", [Behaviour::answers("Hello from b/y.").every(1_000)]);
        let host = story.host.clone();
        for at in [5_000, 11_500] {
            let host = host.clone();
            story.host.spawn(Box::pin(async move {
                host.sleep(at).await;
                host.move_wall_clock(jump);
            }));
        }

        let answer = story.stream("chain");

        answer.is_answered_by("b/y");
        assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 10_000)]);
        assert_eq!(answer.closing()["trail"][0]["ms"], 10_000);
        assert_eq!(answer.ended_at, 12_000);
        story.get("/status");
    }
}

#[test]
fn row_40_a_date_that_has_passed_is_no_negative_wait() {
    for date in ["Thu, 01 Jan 2015 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let story = story();
        story.script(
            "a/x",
            [Behaviour::status(429).header("retry-after", date), Behaviour::answers("Hello from a/x.")],
        );
        story.ask("chain").is_answered_by("a/x");
        assert!(story.now() <= 250);
    }
}

#[test]
fn row_40_absurd_waits_are_no_overflow() {
    for wait in ["18446744073709551615", "1e308", "-5", "NaN", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"] {
        let story = story();
        story.script("a/x", [Behaviour::status(429).header("retry-after", wait)]);
        story.ask("chain").is_answered_by("b/y");
        story.ask("chain").is_answered_by("b/y");
        assert_eq!(story.get("/status").status, 200, "{wait}");
    }
}

#[test]
fn row_40_two_requests_at_the_same_instant_each_have_their_own_place_in_the_chain() {
    let story = story();
    story.script("a/x", [Behaviour::status(503).after(100)]);
    story.script("b/y", [Behaviour::answers("Hello from b/y.").after(100)]);

    for answer in story.chat_all(&[hello("chain"), hello("chain"), hello_streamed("chain")]) {
        answer.is_answered_by("b/y");
        assert_eq!(answer.trail(), ["a/x overloaded 503", "b/y ok"]);
        assert_eq!(answer.ended_at, 200);
    }
    assert_eq!(story.tried(), ["a/x", "a/x", "a/x", "b/y", "b/y", "b/y"]);
    story.comes_to_rest();
}

#[test]
fn row_40_one_callers_fault_is_not_his_neighbours() {
    let story = story();
    story
        .script("a/x", [Behaviour::status(400).after(100), Behaviour::answers("Hello from a/x.").after(100)]);
    let answers = story.chat_all(&[hello("chain"), hello("chain")]);
    assert_eq!(answers[0].status, 400);
    answers[1].is_answered_by("a/x");
}

// Bad input: told at once, and nothing is sent upstream.

#[test]
fn what_is_no_request_is_told_at_once_and_nothing_is_sent() {
    let story = story();
    let bodies = [
        (json!([]), 400, "invalid_request"),
        (json!("hello"), 400, "invalid_request"),
        (json!({ "model": "chain" }), 400, "invalid_request"),
        (json!({ "messages": [] }), 400, "invalid_request"),
        (json!({ "model": "nobody/knows", "messages": [] }), 404, "model_not_found"),
        (json!({ "model": "chian", "messages": [] }), 404, "model_not_found"),
    ];
    for (body, status, code) in bodies {
        let answer = story.chat(&body);
        assert_eq!((answer.status, answer.error()["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(answer.header("x-should-retry"), "false");
    }
    assert!(story.tried().is_empty());
}
