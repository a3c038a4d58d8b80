//! A new configuration takes the place of another while requests come in: what is remembered of the providers
//! that stayed as they were is kept.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

/// The same world with another configuration.
fn reconfigured(story: Story, settings: Value) -> Story {
    let gateway = story_with(settings).gateway.succeeding(&story.gateway);
    Story { host: story.host, gateway }
}

fn story_with_a_failing_first() -> Story {
    let story = story_with(json!({ "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::status(503)]).script("b/y", [Behaviour::status(401)]);
    for _ in 0..3 {
        story.ask("chain").is_answered_by("c/z");
    }
    story
}

#[test]
fn breakers_rests_and_counts_are_kept() {
    let other = json!({ "routes": { "other": { "fallback": ["a/x", "b/y", "c/z"] } } });
    let story = reconfigured(story_with_a_failing_first(), other);

    let answer = story.ask("other");

    assert_eq!(answer.trail(), ["a/x overloaded skipped", "b/y auth skipped", "c/z ok"]);
    let status = story.get("/status").json();
    assert_eq!(status["targets"]["c/z"]["attempts"], 4);
    assert_eq!(status["targets"]["a/x"]["breaker"], "open");
}

#[test]
fn the_settings_of_the_new_configuration_hold() {
    let story = reconfigured(story_with_a_failing_first(), json!({ "breaker": false }));
    assert_eq!(story.ask("chain").trail(), ["a/x overloaded 503", "b/y auth skipped", "c/z ok"]);
}

#[test]
fn a_provider_that_was_changed_begins_anew() {
    let other =
        json!({ "providers": { "a": { "keys": ["A_KEY_2"] }, "b": { "headers": { "x-team": "blue" } } } });
    let story = reconfigured(story_with_a_failing_first(), other);
    let answer = story.ask("chain");
    assert_eq!(answer.trail()[..2], ["a/x overloaded 503", "b/y auth 401"]);
}

#[test]
fn requests_of_the_former_one_report_to_those_who_come_after() {
    let former = story_with(json!({ "retry": { "retries": 0 } }));
    former.script("a/x", [Behaviour::status(503)]);
    let present = story_with(json!({})).gateway.succeeding(&former.gateway);

    assert!(former.chat_all(&vec![hello("a/x"); 3]).iter().all(|answer| answer.status == 502));

    let story = Story { host: former.host, gateway: present };
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["breaker"], "open");
}
