//! Requests are spread over several targets: by weight, or by how quick these have been lately.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

#[test]
fn a_balance_spreads_requests_by_weight_and_falls_back_to_the_others() {
    let story = story_with(json!({
        "routes": { "split": { "balance": [{ "model": "a/x", "weight": 3 }, { "model": "b/y", "weight": 1 }] } },
        "retry": { "retries": 0 },
    }));
    for _ in 0..200 {
        story.ask("split");
    }
    let first = story.tried().iter().filter(|target| *target == "a/x").count();
    assert!((130..170).contains(&first), "{first} of 200 on the one that weighs three quarters");

    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..20 {
        let answer = story.ask("split");
        assert_eq!((answer.status, answer.header("x-steadfast-model")), (200, "b/y"));
        assert_eq!(answer.error(), Value::Null);
    }
}

fn by_latency(elements: &Value) -> Story {
    story_with(json!({
        "routes": { "quickest": { "balance": elements, "by": "latency" } },
        "retry": { "retries": 0 },
    }))
}

fn takes(milliseconds: u64) -> [Behaviour; 1] {
    [Behaviour::answers("Hello.").after(milliseconds)]
}

/// Asks that many times, a tenth of a second after each answer, and counts how often each was the first.
fn firsts(story: &Story, requests: usize, stream: bool) -> [usize; 3] {
    let mut counts = [0; 3];
    for _ in 0..requests {
        let before = story.attempts().len();
        assert_eq!(if stream { story.stream("quickest") } else { story.ask("quickest") }.status, 200);
        let first = story.attempts()[before].target();
        counts[["a/x", "b/y", "c/z"].iter().position(|name| *name == first).unwrap()] += 1;
        story.pass(100);
    }
    counts
}

#[test]
fn of_two_drawn_ones_the_quicker_goes_first() {
    for stream in [false, true] {
        let story = by_latency(&json!(["a/x", "b/y", "c/z"]));
        story.script("a/x", takes(50)).script("b/y", takes(100)).script("c/z", takes(400));

        let [a, b, c] = firsts(&story, 200, stream);

        // The quickest is in two of three pairs and wins both, the slowest wins none once it is known.
        assert!((115..150).contains(&a), "{a}, {b}, {c}");
        assert!((50..85).contains(&b), "{a}, {b}, {c}");
        assert!((1..=5).contains(&c), "{a}, {b}, {c}");
    }
}

#[test]
fn before_anything_was_measured_the_draw_decides() {
    let story = by_latency(&json!([{ "model": "a/x", "weight": 1000 }, "b/y"]));
    story.script("a/x", takes(900)).script("b/y", takes(10));
    assert_eq!(story.ask("quickest").header("x-steadfast-model"), "a/x", "the weights count in the draw");
    assert_eq!(story.ask("quickest").header("x-steadfast-model"), "a/x", "nothing is known of b/y");
}

#[test]
fn one_that_has_become_slow_is_left_and_found_again_when_it_has_mended() {
    let story = by_latency(&json!(["a/x", "b/y"]));
    story.script("a/x", takes(100)).script("b/y", takes(200));
    firsts(&story, 20, false);
    assert_eq!(firsts(&story, 20, false), [20, 0, 0], "a/x is the quicker one");

    story.script("a/x", takes(3_000));
    let [a, b, _] = firsts(&story, 40, false);
    assert!(a <= 2 && b >= 38, "a/x has become slow, and was asked {a} times more");

    story.script("a/x", takes(50));
    story.pass(60_000);
    firsts(&story, 20, false);
    assert_eq!(firsts(&story, 20, false), [20, 0, 0], "what was measured a minute ago counts no more");
}

#[test]
fn only_those_that_may_be_asked_compete_and_the_others_follow() {
    let story = by_latency(&json!(["a/x", "b/y", "c/z"]));
    story.script("a/x", [Behaviour::status(401)]).script("b/y", takes(300)).script("c/z", takes(100));
    firsts(&story, 20, false);
    let [a, b, c] = firsts(&story, 40, false);
    assert_eq!([a, b, c], [0, 0, 40], "the key of a/x was refused: of the other two the quicker one");

    story.script("c/z", [Behaviour::status(503)]);
    let answer = story.ask("quickest");
    assert_eq!(answer.header("x-steadfast-model"), "b/y");
    assert_eq!(answer.trail().last().map(String::as_str), Some("b/y ok"));
}

#[test]
fn the_same_world_makes_the_same_choices() {
    let tried = || {
        let story = by_latency(&json!(["a/x", "b/y", "c/z"]));
        story.script("a/x", takes(50)).script("b/y", takes(60)).script("c/z", takes(70));
        firsts(&story, 50, true);
        story.tried_at()
    };
    assert_eq!(tried(), tried());
}
