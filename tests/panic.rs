//! A panic. None should be reachable; in WebAssembly one ends the instance, which `web.js` then replaces
//! (tests/worker/panic.test.mjs). Here it unwinds instead, and what the core owes is that it leaves nothing behind.

#![cfg(test)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use futures::future;
use serde_json::json;
use steadfast::host::Host;
use steadfast::sim::{Behaviour, Divert};
use support::*;

/// That world's host, under which the model `trap` panics when it is asked.
fn trapped(story: &Story) -> Rc<dyn Host> {
    Rc::new(Divert::new(story.host.handle(), |host, request| {
        assert!(!String::from_utf8_lossy(&request.body.concat()).contains("trap"), "asked to panic");
        host.fetch(request)
    }))
}

#[test]
fn row_43_a_panic_ends_the_attempts_in_flight_and_a_fresh_instance_answers_at_once() {
    let story = story();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").after(500)]);
    let host = trapped(&story);
    let ask = async |model: &str| {
        let body = hello_streamed(model).to_string();
        story.gateway.fetch(host.clone(), request("POST", "/v1/chat/completions", body)).await
    };

    // One request waits for its provider; 100 ms later another one panics, and takes the instance with it.
    let later = async {
        story.host.sleep(100).await;
        ask("a/trap").await
    };
    let both = || story.world().run(future::join(ask("chain"), later)).map(|_| ());
    assert!(catch_unwind(AssertUnwindSafe(both)).is_err(), "it panics");

    assert_eq!(story.tried_at(), [("a/x".into(), 0)]);
    assert_eq!(story.attempts()[0].cancelled_at(), Some(100), "nothing is left running upstream");
    story.comes_to_rest();

    // A fresh instance in the same world knows nothing of it, and serves.
    let fresh = Story { gateway: story_with(json!({})).gateway, host: story.host.clone() };
    let answer = fresh.stream("chain");
    answer.is_answered_by("a/x");
    assert_eq!(answer.ended_at, 600);
    fresh.comes_to_rest();
}
