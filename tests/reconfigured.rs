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
fn a_key_that_was_taken_away_is_never_used_again_by_those_who_come_after() {
    let former = story();
    let settings = json!({ "providers": { "a": { "keys": ["A_KEY_2"] } }, "retry": { "retries": 0 } });
    let present = story_with(settings).gateway.succeeding(&former.gateway);

    // Still under way there, it is refused.
    former.script("a/x", [Behaviour::status(401), Behaviour::answers("Hello from a/x.")]);
    former.ask("chain").is_answered_by("b/y");

    let story = Story { host: former.host, gateway: present };
    story.ask("chain").is_answered_by("a/x");
    let keys: Vec<_> = story
        .attempts()
        .iter()
        .filter(|attempt| attempt.target() == "a/x")
        .map(|attempt| attempt.header("authorization").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(keys, ["Bearer sk-first-key-of-a", "Bearer sk-second-key-of-a"]);
}

#[test]
fn what_was_spent_and_what_waits_to_be_told_is_kept() {
    let priced = json!({
        "models": { "a/x": { "price": { "input": 1.0, "output": 1.0 } } },
        "alerts": [{ "on": ["spend"], "webhook": "HOOK_URL", "cooldown_s": 0 }],
    });
    let story = story_with(priced.clone());
    story.script("hooks/", [Behaviour::answers("ok")]);
    story.script("a/x", [Behaviour::answers("Hello.").costing(6_000_000, 0)]);
    story.ask("a/x");
    story.comes_to_rest();
    assert!(!story.tried().contains(&"hooks/".to_owned()), "6 USD are no news");

    let story = reconfigured(story, priced);
    story.ask("a/x");
    story.comes_to_rest();
    assert!(story.tried().contains(&"hooks/".to_owned()), "12 are");
    assert!(story.log().contains("has spent 12.00 USD"), "{}", story.log());
}

#[test]
fn a_wrong_one_is_told_to_the_webhooks_of_the_one_that_stays() {
    let alerts = json!([{ "webhook": "HOOK_URL" }]);
    let story = story_with(json!({ "alerts": alerts }));
    story.script("hooks/", [Behaviour::answers("ok")]);
    story.gateway.stays();
    story.ask("a/x");
    story.ask("a/x");
    story.comes_to_rest();
    let posts = story.host.attempts_on("hooks/");
    assert_eq!(posts.len(), 1, "once");
    assert_eq!(posts[0].json()["alert"], "config_invalid");
    assert!(story.log().contains("The last good one stays in force."), "{}", story.log());
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
