//! Providers that keep us waiting: which clock ends an attempt, when, and what is never cut off.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::{Behaviour, Part};
use support::*;

// Row 7: accepts, never answers.

#[test]
fn row_7_a_silent_target_is_left_when_the_headers_clock_runs_out() {
    let story = story();
    story.script("a/x", [Behaviour::never_answers()]);

    let answer = story.stream("chain");

    answer.is_answered_by("b/y");
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 10_000)]);
    assert_eq!(story.attempts()[0].cancelled_at(), Some(10_000));
    assert_eq!(answer.trail(), ["a/x timeout headers", "b/y ok"]);
    assert!(
        answer.closing()["trail"][0].to_string().contains("headers"),
        "the trail says which clock: {}",
        answer.closing()
    );
    story.comes_to_rest();
}

#[test]
fn row_7_an_answer_that_is_not_streamed_has_the_attempt_clock_alone() {
    let story = story_with(json!({ "timeouts": { "attempt_ms": 15_000 } }));
    story.script("a/x", [Behaviour::never_answers()]);
    story.script("b/y", [Behaviour::answers("Hello from b/y.").after(14_000)]);

    let answer = story.ask("chain");

    // Its headers come only with the finished answer, so the headers clock says nothing about its health.
    answer.is_answered_by("b/y");
    assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 15_000)]);
    assert_eq!(answer.ended_at, 29_000);
}

// Row 8: headers at once, first token after 20 s.

#[test]
fn row_8_headers_alone_do_not_satisfy_the_first_token_clock() {
    let story = story();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").after(50).first_token_after(20_000)]);
    story.script("b/y", [Behaviour::answers("Hello from b/y.").after(300).first_token_after(200).every(30)]);

    let answer = story.stream("chain");

    answer.is_answered_by("b/y");
    assert_eq!(story.attempts()[0].cancelled_at(), Some(10_000));
    assert_eq!(story.attempts()[1].started_at, 10_000);
    assert!(answer.ended_at < 15_000, "well under 15 s in all, not {} ms", answer.ended_at);
    assert!(
        answer.closing()["trail"][0].to_string().contains("first"),
        "the trail says which clock: {}",
        answer.closing()
    );
    story.comes_to_rest();
}

#[test]
fn row_8_what_says_that_it_is_no_stream_has_no_longer_for_its_first_word() {
    for kind in ["application/json", "text/html"] {
        let story = story();
        story.script("a/x", [Behaviour::sends(["{"]).header("content-type", kind).body_stalls()]);

        let answer = story.stream("chain");

        answer.is_answered_by("b/y");
        assert_eq!(story.tried_at(), [("a/x".into(), 0), ("b/y".into(), 10_000)]);
        assert_eq!(answer.trail(), ["a/x timeout first_token", "b/y ok"]);
        story.comes_to_rest();
    }
}

#[test]
fn row_8_a_long_prompt_has_more_time_for_its_first_token() {
    let story = story();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").first_token_after(11_500)]);
    let mut body = hello_streamed("chain");
    // Two seconds more for 128 KB.
    body["messages"][0]["content"] = json!("x".repeat(128 * 1_024));

    story.chat(&body).is_answered_by("a/x");

    let story = support::story();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").first_token_after(13_500)]);
    story.chat(&body).is_answered_by("b/y");
}

#[test]
fn row_8_the_last_hope_is_not_ended_by_the_first_token_clock() {
    for behaviour in [
        Behaviour::answers("Hello from a/x.").first_token_after(40_000),
        Behaviour::answers("Hello from a/x.").after(40_000),
    ] {
        let story = story();
        story.script("a/x", [behaviour]);
        let answer = story.stream("a/x");
        answer.is_answered_by("a/x");
        assert_eq!(story.tried(), ["a/x"]);
        assert_eq!(answer.ended_at, 40_000);
    }
}

#[test]
fn row_8_the_last_hope_too_is_ended_by_the_attempt_clock() {
    let story = story();
    story.script("a/x", [Behaviour::never_answers()]);
    let answer = story.stream("a/x");
    assert_eq!(answer.status, 504);
    assert_eq!(story.attempts()[0].cancelled_at(), Some(120_000));
    story.comes_to_rest();
}

#[test]
fn row_8_whoever_could_be_asked_by_the_time_the_clock_goes_off_is_asked() {
    let story = story_with(
        json!({ "routes": { "pair": { "fallback": ["a/x", "b/y"] } }, "retry": { "retries": 0 } }),
    );
    story.script(
        "b/y",
        [Behaviour::status(429).header("retry-after", "3"), Behaviour::answers("Hello from b/y.")],
    );
    assert_eq!(story.ask("b/y").status, 429);
    let rests = story.now();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").first_token_after(60_000)]);

    let answer = story.stream("pair");

    answer.is_answered_by("b/y");
    assert_eq!(
        answer.ended_at,
        rests + 10_000,
        "it rested as the first began, and not any more as its time was up"
    );
}

#[test]
fn row_8_whoever_could_not_be_asked_by_the_time_the_clock_goes_off_is_no_reason_to_give_up() {
    let story = story_with(
        json!({ "routes": { "pair": { "fallback": ["a/x", "b/y"] } }, "retry": { "retries": 0 } }),
    );
    story.script("a/x", [Behaviour::answers("Hello from a/x.").first_token_after(12_000)]);
    story.script("b/y", [Behaviour::status(429).header("retry-after", "60").after(5_000)]);

    let answers = story.chat_all(&[hello_streamed("pair"), hello("b/y")]);

    answers[0].is_answered_by("a/x");
    assert_eq!(answers[1].status, 429);
}

#[test]
fn row_8_silent_ones_make_way_for_those_who_wait_for_their_turn() {
    let names = ["a/x", "b/y", "c/z", "a/2", "b/2", "c/2", "a/3"];
    let story = story_with(json!({
        "routes": { "seven": { "race": names } },
        "models": names.iter().map(|name| ((*name).to_owned(), json!({ "reasoning": false }))).collect::<serde_json::Map<_, _>>(),
    }));
    for silent in &names[..5] {
        story.script(silent, [Behaviour::answers("Too late.").first_token_after(60_000)]);
    }
    let answer = story.stream("seven");

    answer.is_answered_by("c/2");
    assert_eq!(answer.ended_at, 10_000);
}

// Row 9: only keep-alive comments or role-only chunks, for ever.

#[test]
fn row_9_signs_of_life_are_not_content() {
    let empty = Behaviour::completes(vec![Part::Role]).repeating(Part::Text(String::new()), 500);
    let silent = [
        ("comments", Behaviour::keeps_alive()),
        ("roles", Behaviour::keeps_clearing_its_throat()),
        ("nothing said", empty),
    ];
    for (what, behaviour) in silent {
        let story = story();
        story.script("a/x", [behaviour]);
        story.script("b/y", [Behaviour::answers("Hello from b/y.").after(300)]);

        let answer = story.stream("chain");

        answer.is_answered_by("b/y");
        assert_eq!(story.attempts()[0].cancelled_at(), Some(10_000), "{what}");
        assert_eq!(answer.ended_at, 10_300, "{what}");
        assert!(!answer.raw().contains("keep-alive"), "nothing of the silent one reaches the caller");
        story.comes_to_rest();
    }
}

#[test]
fn row_9_blank_lines_before_a_body_that_never_comes_are_ended_by_the_attempt_clock() {
    let story = story_with(json!({ "timeouts": { "attempt_ms": 15_000 } }));
    story.script("a/x", [Behaviour::keeps_alive()]);
    let answer = story.ask("chain");
    answer.is_answered_by("b/y");
    assert_eq!(story.attempts()[0].cancelled_at(), Some(15_000));
}

// Row 10: a reasoning model that thinks for 30 s.

#[test]
fn row_10_a_reasoning_model_may_think_in_silence() {
    let story = story_with(json!({ "models": { "a/x": { "reasoning": true } } }));
    story.script(
        "a/x",
        [Behaviour::answers("Hello from a/x.").after(100).first_token_after(30_000).every(20)],
    );
    for body in [hello_streamed("chain"), hello("chain")] {
        story.chat(&body).is_answered_by("a/x");
    }
    assert_eq!(story.tried(), ["a/x", "a/x"]);
}

#[test]
fn row_10_a_model_that_nobody_knows_may_think_too() {
    let story = story();
    story.script("a/unheard-of", [Behaviour::answers("Hello from a/unheard-of.").first_token_after(30_000)]);
    story.stream("a/unheard-of").is_answered_by("a/unheard-of");
}

#[test]
fn row_10_thoughts_that_are_streamed_are_content() {
    let thoughts = vec!["hm"; 30].join(" ");
    let story = story();
    // Even for a model that is not known to reason: each thought is a sign of life that counts.
    story.script(
        "a/x",
        [Behaviour::answers("Hello from a/x.").thinking(&thoughts).first_token_after(1_000).every(1_000)],
    );

    let answer = story.stream("chain");

    answer.is_answered_by("a/x");
    assert_eq!(answer.thoughts(), thoughts);
    assert_eq!(answer.headers_at, 1_000, "the caller sees the first thought when it comes");
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn row_10_comments_while_it_thinks_do_no_harm() {
    let story = story_with(json!({ "models": { "a/x": { "reasoning": true } } }));
    let thinks = (0..30).fold(Behaviour::answers("Hello from a/x."), |story, _| {
        story.pause_after(0, 1_000).comment_after(0, "keep-alive")
    });
    story.script("a/x", [thinks]);
    let answer = story.stream("chain");
    answer.is_answered_by("a/x");
    assert_eq!(answer.ended_at, 30_000);
}

// Row 15, as far as a story without a rescue goes: a stream stalls, its socket open.

#[test]
fn row_15_a_stalled_stream_is_ended_by_the_idle_clock_and_never_passed_off_as_whole() {
    let story = story();
    story.script("a/x", [Behaviour::stalls_after(10).every(100)]);

    let answer = story.stream("chain");

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text().split_whitespace().count(), 10);
    assert_ne!(answer.error(), json!(null));
    assert!(!answer.is_done());
    // The tenth word came at 900 ms, and then nothing for 30 s.
    assert_eq!(story.attempts()[0].cancelled_at(), Some(30_900));
    assert_eq!(answer.ended_at, 30_900);
    story.comes_to_rest();
}

#[test]
fn row_15_a_healthy_long_stream_is_never_cut() {
    let story = story();
    // Twenty minutes: longer than the attempt clock and the deadline.
    story.script("a/x", [Behaviour::answers_words(60).every(20_000)]);
    let answer = story.stream("chain");
    assert_eq!(answer.text().split_whitespace().count(), 60);
    assert!(answer.is_done());
    assert_eq!(answer.ended_at, 59 * 20_000);
}

#[test]
fn row_15_comments_do_not_wind_the_idle_clock() {
    let story = story();
    let behaviour = Behaviour::stalls_after(3).repeating(Part::Comment("keep-alive".into()), 1_000);
    story.script("a/x", [behaviour]);
    let answer = story.stream("chain");
    assert!(!answer.is_done());
    assert_eq!(story.attempts()[0].cancelled_at(), Some(30_000));
}
