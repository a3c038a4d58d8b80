//! Several targets at once: who starts when, who wins, and what becomes of the others.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

fn race(stagger: u64) -> Story {
    story_with(json!({
        "routes": { "race": { "race": ["a/x", "b/y", "c/z"], "stagger_ms": stagger } },
        "retry": { "retries": 0 },
    }))
}

fn late(text: &str, milliseconds: u64) -> Behaviour {
    Behaviour::answers(text).after(milliseconds).every(10)
}

#[test]
fn row_30_the_good_one_wins_over_the_fast_failure_and_the_slow_one_is_cancelled() {
    for body in [hello("race"), hello_streamed("race")] {
        let story = race(0);
        story.script("a/x", [Behaviour::status(500).after(5)]);
        story.script("b/y", [late("Hello from b/y.", 200)]);
        story.script("c/z", [late("Hello from c/z.", 9_000)]);

        let answer = story.chat(&body);

        answer.is_answered_by("b/y");
        assert_eq!(answer.header("x-steadfast-route"), "race.race[1]");
        assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 0), ("c/z".into(), 0)]);
        let cancelled = story.attempts()[2].cancelled_at().expect("the loser is cancelled");
        assert!((200..300).contains(&cancelled), "at once, not at {cancelled} ms");
        assert_eq!(answer.trail(), ["a/x server 500", "b/y ok", "c/z cancelled"]);
        story.comes_to_rest();
    }
}

#[test]
fn who_was_only_passed_over_ends_no_race() {
    let story = story_with(json!({
        "routes": { "race": { "race": [{ "model": "a/x", "on": ["server"] }, "b/y"], "stagger_ms": 500 } },
        "retry": { "retries": 0 },
    }));
    story.script("a/x", [Behaviour::status(429).header("retry-after", "60")]);
    story.ask("a/x");
    story.ask("race").is_answered_by("b/y");
}

#[test]
fn row_31_when_all_fail_there_is_one_error_as_soon_as_the_last_has_failed() {
    let story = race(0);
    story.script("a/x", [Behaviour::status(500).after(50)]);
    story.script("b/y", [Behaviour::status(503).after(400)]);
    story.script("c/z", [Behaviour::resets().after(100)]);

    let answer = story.ask("race");

    assert_eq!(answer.status, 502);
    assert_eq!(answer.ended_at, 400);
    assert_eq!(answer.error()["attempts"].as_array().map(Vec::len), Some(3));
    story.comes_to_rest();
}

#[test]
fn row_32_no_byte_of_a_loser_reaches_the_caller() {
    let story = race(0);
    story.script("a/x", [Behaviour::answers("AAAA AAAA").after(1).first_token_after(500)]);
    story.script("b/y", [Behaviour::answers("Hello from b/y.").after(100).first_token_after(50)]);
    story.script("c/z", [Behaviour::keeps_clearing_its_throat()]);

    let answer = story.stream("race");

    answer.is_answered_by("b/y");
    assert_eq!(answer.text(), "Hello from b/y.");
    assert_eq!(story.attempts()[0].cancelled_at(), Some(150));
    assert_eq!(story.attempts()[2].cancelled_at(), Some(150));
}

#[test]
fn row_32_a_loser_that_had_said_something_is_in_the_trail_with_its_estimated_cost() {
    let story = story_with(json!({
        "routes": { "race": { "race": ["a/x", "b/y"] } },
        "models": { "a/x": { "price": { "input": 1.0, "output": 1_000.0 } } },
        // Content that is held back until it is checked does not win yet.
        "stream": { "verify_schema": true },
    }));
    story.script("a/x", [Behaviour::answers("\"a long and never finished sentence\"").every(100)]);
    story.script("b/y", [Behaviour::answers("\"short\"").after(250)]);
    let mut body = hello_streamed("race");
    let format = json!({ "name": "text", "schema": { "type": "string" } });
    body["response_format"] = json!({ "type": "json_schema", "json_schema": format });

    let answer = story.chat(&body);

    assert_eq!(answer.text(), "\"short\"");
    assert_eq!(story.attempts()[0].cancelled_at(), Some(250));
    let loser = &answer.closing()["trail"][0];
    assert_eq!(loser["outcome"], "cancelled");
    // Said by then, at 0, 100 and 200 ms: `\"a long and `, 13 bytes with the escape, four bytes a token.
    assert_eq!(loser["estimated_usage"]["completion_tokens"], 4);
    assert!(loser["estimated_cost_usd"].as_f64().is_some_and(|usd| usd > 0.004), "{loser}");
    assert_eq!(answer.closing()["trail"][1]["estimated_usage"], Value::Null, "the winner's cost is known");
    assert!(story.log().contains("estimated_cost_usd"), "{}", story.log());
    story.comes_to_rest();
}

#[test]
fn row_33_hedges_of_a_nested_strategy_count_too() {
    let models: Vec<String> = (0..8).map(|number| format!("a/{number}")).collect();
    let story = story_with(json!({
        "routes": { "wide": { "race": [
            { "fallback": models[..4], "hedge_ms": 100 },
            { "fallback": models[4..], "hedge_ms": 100 },
        ] } },
    }));
    for model in &models {
        story.script(model, [Behaviour::never_answers()]);
    }
    story.script("a/0", [Behaviour::status(503).after(1_000)]);
    story.chat_and_leave_after(5_000, &hello("wide"));
    let started: Vec<u64> = story.attempts().iter().map(|attempt| attempt.started_at).collect();
    assert_eq!(
        started,
        [0, 0, 100, 100, 200, 1_000],
        "the sixth when the first has failed, the others never"
    );
    story.comes_to_rest();
}

#[test]
fn row_33_at_most_five_are_under_way_and_the_next_starts_when_one_fails() {
    let models: Vec<String> = (0..7).map(|number| format!("a/{number}")).collect();
    let story = story_with(json!({
        "routes": { "wide": { "race": [{ "race": models[..4] }, { "race": models[4..] }] } },
        "retry": { "retries": 0 },
    }));
    for (number, model) in models.iter().enumerate() {
        story.script(
            model,
            [match number {
                0 => Behaviour::status(503).after(300),
                5 => late("Hello from a/5.", 100),
                _ => Behaviour::never_answers(),
            }],
        );
    }

    let answer = story.ask("wide");

    answer.is_answered_by("a/5");
    let started: Vec<u64> = story.attempts().iter().map(|attempt| attempt.started_at).collect();
    assert_eq!(started, [0, 0, 0, 0, 0, 300], "the seventh never had its turn");
    story.comes_to_rest();
}

#[test]
fn a_staggered_race_starts_the_next_early_when_one_fails() {
    let story = race(1_000);
    story.script("a/x", [Behaviour::status(503).after(100)]);
    story.script("b/y", [Behaviour::never_answers()]);
    story.script("c/z", [late("Hello from c/z.", 10)]);

    story.ask("race").is_answered_by("c/z");

    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 100), ("c/z".into(), 1_100)]);
}

#[test]
fn row_34_a_hedge_starts_only_when_the_first_shows_nothing_and_the_first_may_still_win() {
    let hedged =
        || story_with(json!({ "routes": { "hedged": { "fallback": ["a/x", "b/y"], "hedge_ms": 400 } } }));

    let quick = hedged();
    quick.script("a/x", [late("Hello from a/x.", 300)]);
    quick.stream("hedged").is_answered_by("a/x");
    assert_eq!(quick.tried(), ["a/x"]);

    let slow = hedged();
    slow.script("a/x", [late("Hello from a/x.", 600)]);
    slow.script("b/y", [late("Hello from b/y.", 5_000)]);
    slow.stream("hedged").is_answered_by("a/x");
    assert_eq!(slow.tried_at(), [("a/x".into(), 0), ("b/y".into(), 400)]);

    let stuck = hedged();
    stuck.script("a/x", [Behaviour::never_answers()]);
    stuck.script("b/y", [late("Hello from b/y.", 100)]);
    stuck.stream("hedged").is_answered_by("b/y");
    assert_eq!(stuck.attempts()[0].cancelled_at(), Some(500));
    stuck.comes_to_rest();
}

#[test]
fn row_34_a_hedge_that_calls_it_the_callers_fault_takes_nothing_from_the_first() {
    for body in [hello("hedged"), hello_streamed("hedged")] {
        let story = story_with(
            json!({ "routes": { "hedged": { "fallback": ["a/x", "b/y", "c/z"], "hedge_ms": 400 } } }),
        );
        story.script("a/x", [late("Hello from a/x.", 1_500)]);
        story.script("b/y", [Behaviour::status(400).saying("not about this")]);

        let answer = story.chat(&body);

        answer.is_answered_by("a/x");
        assert_eq!(story.tried(), ["a/x", "b/y"], "and nobody else is asked");
        story.comes_to_rest();
    }
}

#[test]
fn row_34_hedges_obey_the_budget() {
    let story = story_with(json!({
        "routes": { "hedged": { "fallback": ["a/x", "b/y"], "hedge_ms": 10 } },
        "retry": { "budget": 0.0 },
    }));
    story.script("a/x", [late("Hello from a/x.", 50)]);
    story.script("b/y", [late("Hello from b/y.", 500)]);
    for _ in 0..30 {
        story.ask("hedged").is_answered_by("a/x");
    }
    let hedges = story.tried().iter().filter(|target| *target == "b/y").count();
    assert_eq!(hedges, 10, "the reserve and no more");
}

#[test]
fn a_hedge_after_the_p95_asks_for_one_more_in_twenty_although_the_slow_ones_never_finish() {
    let story = story_with(json!({
        "routes": { "hedged": { "fallback": ["a/x", "b/y"], "hedge_ms": "p95" } },
    }));
    // 30 to 53 ms, but for every 25th, which never gets to say how long it would have taken.
    let slow = |number: u64| number % 25 == 24;
    let took = |number: u64| if slow(number) { 60_000 } else { 30 + number % 24 };
    story.script("a/x", (0..1_000).map(|number| Behaviour::answers("Hello from a/x.").after(took(number))));
    story.script("b/y", [Behaviour::answers("Hello from b/y.").after(40)]);
    for number in 0..1_000 {
        let began = story.now();
        assert_eq!(story.ask("hedged").status, 200);
        assert!(
            story.now() - began <= 200 || number < 25,
            "request {number} took {} ms",
            story.now() - began
        );
        story.pass(1_000);
    }
    let hedges = story.host.attempts_on("b/y").iter().filter(|hedge| hedge.started_at > 200_000).count();
    assert!((25..=45).contains(&hedges), "{hedges} of the last 800");
}

#[test]
fn a_hedge_after_the_p95_of_a_stream_does_not_wait_as_long_as_whole_answers_take() {
    let story = story_with(json!({
        "routes": { "hedged": { "fallback": ["a/x", "b/y"], "hedge_ms": "p95" } },
    }));
    for _ in 0..20 {
        story.script("a/x", [late("Hello from a/x.", 400), late("Hello from a/x.", 8_000)]);
        story.stream("a/x").is_answered_by("a/x");
        story.ask("a/x").is_answered_by("a/x");
    }
    story.script("a/x", [Behaviour::never_answers()]);
    story.script("b/y", [late("Hello from b/y.", 100)]);
    let began = story.now();
    let answer = story.stream("hedged");
    answer.is_answered_by("b/y");
    assert!((400..600).contains(&(answer.headers_at - began)), "after {} ms", answer.headers_at - began);
}

#[test]
fn a_hedge_after_the_p95_of_a_strategy_waits_as_long_as_the_first_in_it_that_is_known() {
    let story = story_with(json!({
        "routes": { "hedged": { "fallback": [{ "fallback": ["b/y", "a/x"] }, "c/z"], "hedge_ms": "p95" } },
    }));
    for _ in 0..20 {
        story.script("a/x", [late("Hello from a/x.", 400)]);
        story.ask("a/x").is_answered_by("a/x");
    }
    story.script("b/y", [Behaviour::never_answers()]);
    let began = story.now();
    story.ask("hedged").is_answered_by("c/z");
    assert!((400..450).contains(&(story.now() - began)), "after {} ms", story.now() - began);
}

/// What is the caller's fault with one is so with all: nobody else is started for it. But those who run
/// may know better, and a failure never wins over an answer.
#[test]
fn row_25_a_race_starts_nobody_after_the_callers_own_fault_and_waits_for_those_who_run() {
    let too_hot = || [Behaviour::status(400).saying("`temperature` is too hot").after(25)];

    let alone = race(1_000);
    alone.script("a/x", too_hot());
    let answer = alone.ask("race");
    assert_eq!((answer.status, answer.error()["message"].as_str()), (400, Some("`temperature` is too hot")));
    assert_eq!(alone.tried(), ["a/x"], "one attempt in all");
    assert_eq!(answer.ended_at, 25);

    let beside = race(10);
    beside.script("a/x", too_hot());
    beside.script("b/y", [late("Hello from b/y.", 500)]);
    beside.script("c/z", [Behaviour::answers("too late").after(5_000)]);
    beside.ask("race").is_answered_by("b/y");
    assert_eq!(beside.tried_at(), [("a/x".into(), 0), ("b/y".into(), 10), ("c/z".into(), 20)]);

    let in_vain = race(15);
    in_vain.script("a/x", too_hot());
    in_vain.script("b/y", [Behaviour::status(500).after(100)]);
    let answer = in_vain.ask("race");
    assert_eq!((answer.status, answer.ended_at), (400, 115), "when the last of them has failed");
    assert_eq!(in_vain.tried(), ["a/x", "b/y"], "neither a third, nor anybody again");
    assert_eq!(answer.trail(), ["a/x invalid_request 400", "b/y server 500"]);
}

#[test]
fn row_25_those_who_wait_for_their_turn_are_not_asked_after_the_callers_own_fault() {
    let models: Vec<String> = (0..8).map(|number| format!("a/{number}")).collect();
    let story = story_with(json!({
        "routes": { "wide": { "fallback": [{ "race": models }, "b/y"], "degrade_to": "chain" } },
    }));
    for model in &models {
        story.script(model, [Behaviour::status(400).after(20)]);
    }
    assert_eq!(story.ask("wide").status, 400);
    assert_eq!(story.attempts().len(), 5, "those who ran at once, and nobody of the fallback");
}

#[test]
fn a_stream_that_won_beside_a_400_is_still_carried_on() {
    let story = story_with(json!({
        "routes": { "race": { "fallback": [{ "race": ["a/x", "b/y"] }, "c/z"] } },
        "stream": { "on_break": "continue" },
    }));
    story.script("a/x", [Behaviour::status(400).after(20)]);
    story.script("b/y", [Behaviour::cuts_after(30).after(50)]);
    story.script("c/z", [Behaviour::answers_words(60)]);
    let answer = story.stream("race");
    assert_eq!((answer.error(), answer.is_done()), (Value::Null, true));
}

// The last hope is not given up for being slow: also when it is not alone.

/// Streams in which the clocks of headers and first token go off after 300 ms.
fn hurried(routes: Value) -> Story {
    story_with(json!({
        "routes": routes,
        "timeouts": { "headers_ms": 300, "first_token_ms": 300, "attempt_ms": 2_000 },
        "retry": { "retries": 0 },
        "breaker": false,
    }))
}

#[test]
fn row_8_the_runners_of_a_race_are_not_ended_when_nobody_is_left_to_be_asked() {
    for stagger in [0, 100] {
        let story = hurried(json!({ "race": { "race": ["a/x", "b/y", "c/z"], "stagger_ms": stagger } }));
        story.script("a/x", [Behaviour::status(503)]);
        story.script("b/y", [late("Hello from b/y.", 700)]);
        story.script("c/z", [late("Hello from c/z.", 900)]);
        let answer = story.stream("race");
        answer.is_answered_by("b/y");
        story.comes_to_rest();
    }
}

#[test]
fn row_8_a_runner_is_ended_while_somebody_else_waits_for_his_turn() {
    let story = hurried(json!({ "race": { "race": ["a/x", "b/y"], "stagger_ms": 500 } }));
    story.script("a/x", [late("Hello from a/x.", 900)]);
    story.script("b/y", [late("Hello from b/y.", 900)]);
    let answer = story.stream("race");
    answer.is_answered_by("b/y");
    assert_eq!(answer.trail(), ["a/x timeout headers", "b/y ok"]);
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 300)]);
}

#[test]
fn row_8_a_hedged_target_is_not_ended_once_the_hedge_has_failed() {
    for hedge in [Behaviour::status(500), late("Hello from b/y.", 1_500)] {
        let story = hurried(json!({ "hedged": { "fallback": ["a/x", "b/y"], "hedge_ms": 100 } }));
        story.script("a/x", [late("Hello from a/x.", 900)]);
        story.script("b/y", [hedge]);
        story.stream("hedged").is_answered_by("a/x");
    }
}

#[test]
fn row_8_a_race_that_is_the_last_tier_is_not_ended_in_a_rescue_either() {
    let routes = json!({ "upper": { "fallback": ["a/x"], "degrade_to": "lower" }, "lower": { "race": ["b/y", "c/z"] } });
    let story = hurried(routes);
    story.script("a/x", [Behaviour::answers("One two three.").cut_after(2)]);
    story.script("b/y", [Behaviour::status(503)]);
    story.script("c/z", [late("three.", 900)]);
    let mut body = hello_streamed("upper");
    body["steadfast"] = json!({ "on_break": "continue" });
    let answer = story.chat(&body);
    assert!(answer.is_done() && answer.error().is_null(), "{}", answer.raw());
}

#[test]
fn row_8_a_race_of_hanging_targets_is_ended_by_the_attempt_clock() {
    let story = hurried(json!({ "race": { "race": ["a/x", "b/y"] } }));
    story.script("a/x", [Behaviour::never_answers()]);
    story.script("b/y", [Behaviour::never_answers()]);
    let answer = story.stream("race");
    assert_eq!((answer.status, answer.ended_at), (504, 2_000));
    assert_eq!(answer.trail(), ["a/x timeout attempt", "b/y timeout attempt"]);
}
