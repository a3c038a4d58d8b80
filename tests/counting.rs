//! `POST /v1/messages/count_tokens`: counted by who can count, and guessed where nobody does.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::messages::{counts, hello};
use support::*;

#[test]
fn tokens_are_guessed_where_nobody_counts_and_nobody_is_asked() {
    let story = story();
    let answer = story.post("/v1/messages/count_tokens", &hello("chain"));
    assert_eq!((answer.status, story.attempts().len()), (200, 0));
    assert!(answer.json()["input_tokens"].as_u64().is_some_and(|tokens| tokens > 0));
    assert_eq!(answer.json()["steadfast"]["estimated"], true);
}

#[test]
fn an_image_is_guessed_as_an_image_and_not_by_its_bytes() {
    let story = story();
    let mut body = hello("chain");
    let source = json!({ "type": "base64", "media_type": "image/png", "data": "A".repeat(1_000_000) });
    body["messages"][0]["content"] =
        json!([{ "type": "image", "source": source }, { "type": "text", "text": "What is it?" }]);
    let tokens =
        story.post("/v1/messages/count_tokens", &body).json()["input_tokens"].as_u64().unwrap_or_default();
    assert!((1_500..2_000).contains(&tokens), "{tokens}");
}

#[test]
fn tokens_are_counted_by_who_can_count() {
    let story = first_speaks("anthropic");
    story.script("a/x", [counts()]);
    let answer = story.post("/v1/messages/count_tokens", &hello("chain"));
    assert_eq!(answer.json(), json!({ "input_tokens": 42 }));
    assert!(story.attempts()[0].path.ends_with("/messages/count_tokens"), "{}", story.attempts()[0].path);
}

#[test]
fn who_cannot_count_may_answer_all_the_same() {
    for refusal in
        [Behaviour::status(404).saying("Not Found"), Behaviour::status(429).saying("Too many counts.")]
    {
        let story = first_speaks("anthropic");
        story.script("a/x", [refusal, Behaviour::answers("Hello.")]);
        story.post("/v1/messages/count_tokens", &hello("a/x"));
        let answer = story.post("/v1/messages", &hello("chain"));
        assert_eq!(answer.header("x-steadfast-trail"), "a/x ok 0ms");
    }
    let story = first_speaks("anthropic");
    story.script("a/x", [Behaviour::status(404).saying("Not Found")]);
    let answer = story.post("/v1/messages/count_tokens", &hello("a/x"));
    assert_eq!((answer.status, &answer.json()["steadfast"]["estimated"]), (200, &json!(true)));
}

#[test]
fn a_count_says_nothing_of_how_long_an_answer_takes() {
    let story = first_speaks("anthropic");
    story.script("a/x", [counts().after(5_000), Behaviour::answers("Hello.").after(100)]);
    let answered = || story.get("/status").json()["targets"]["a/x"]["total_ms"]["p95"].clone();
    story.post("/v1/messages/count_tokens", &hello("chain"));
    assert_eq!(answered(), json!(null));
    story.post("/v1/messages", &hello("chain"));
    assert_eq!(answered(), 100);
}

/// There they would be refused.
#[test]
fn a_targets_parameters_are_left_out_of_a_count() {
    let story = story_with(json!({
        "providers": { "a": { "dialect": "anthropic" } },
        "routes": { "chain": { "fallback": [{ "model": "a/x", "params": { "temperature": 0.5 } }] } },
    }));
    story.script("a/x", [counts()]);
    story.post("/v1/messages/count_tokens", &hello("chain"));
    assert_eq!(story.attempts()[0].json(), hello("x"));
}
