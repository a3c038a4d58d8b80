//! `model: "auto"`: who is asked first, why, and when that changes.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

fn ranked(models: Value, weigh: Value) -> Story {
    story_with(json!({
        "models": models,
        "routes": { "auto": { "auto": ["a/x", "b/y", "c/z"], "weigh": weigh } },
        "retry": { "retries": 0 },
    }))
}

fn priced(a: f64, b: f64, c: f64) -> Value {
    let price = |usd: f64| json!({ "price": { "input": usd, "output": usd } });
    json!({ "a/x": price(a), "b/y": price(b), "c/z": price(c) })
}

/// Who led most of so many requests.
fn leader(story: &Story, requests: usize) -> String {
    let mut leads = std::collections::BTreeMap::<String, usize>::new();
    for _ in 0..requests {
        let first = story.attempts().len();
        story.ask("auto");
        *leads.entry(story.attempts()[first].target()).or_default() += 1;
    }
    leads.into_iter().max_by_key(|(_, count)| *count).map(|(target, _)| target).unwrap()
}

#[test]
fn the_cheapest_leads_when_price_is_all_that_counts() {
    let story = ranked(priced(3.0, 1.0, 2.0), json!({ "price": 1 }));
    assert_eq!(leader(&story, 5), "b/y");
    let answer = story.ask("auto");
    assert_eq!(answer.header("x-steadfast-route"), "auto.auto[1]");
}

#[test]
fn a_free_one_leads_and_the_others_are_told_apart_by_their_prices_all_the_same() {
    let story = ranked(priced(8.0, 0.0, 2.0), json!({ "price": 1 }));
    let mut body = hello("auto");
    body["steadfast"] = json!({ "trail": true });
    let ranking = story.chat(&body).json()["steadfast"]["ranking"].clone();
    let score = |model: &str, score: f64| json!({ "model": model, "score": score });
    assert_eq!(ranking, json!([{ "model": "b/y", "score": 1 }, score("c/z", 0.5), score("a/x", 0.125)]));
}

#[test]
fn an_image_counts_as_an_image_however_many_bytes_it_has() {
    let sees = |window: u32, usd: f64| json!({ "vision": true, "context": window, "price": { "input": usd, "output": usd } });
    let story = ranked(json!({ "a/x": sees(900_000, 9.0), "b/y": sees(16_000, 1.0) }), json!({ "price": 1 }));
    let mut body = hello("auto");
    let url = format!("data:image/png;base64,{}", "A".repeat(200_000));
    body["messages"][0]["content"] = json!([{ "type": "image_url", "image_url": { "url": url } }]);
    story.chat(&body).is_answered_by("b/y");
}

#[test]
fn the_quickest_leads_once_it_is_known_to_be() {
    let story = ranked(json!({}), json!({ "latency": 1 }));
    for (target, milliseconds) in [("a/x", 900), ("b/y", 500), ("c/z", 100)] {
        story.script(target, [Behaviour::answers("Hello.").after(milliseconds)]);
        for _ in 0..12 {
            story.ask(target);
        }
    }
    assert_eq!(leader(&story, 10), "c/z");
}

#[test]
fn the_one_that_fails_loses_its_lead_and_gets_it_back() {
    let story = story_with(json!({
        "models": priced(1.0, 1.0, 1.0),
        "routes": { "auto": { "auto": ["a/x", "b/y"], "weigh": { "success": 1 } } },
        "retry": { "retries": 0 }, "breaker": false,
    }));
    assert_eq!(leader(&story, 5), "a/x");
    story.script("a/x", [Behaviour::status(503)]);
    for _ in 0..3 {
        assert_eq!(story.ask("auto").status, 200, "it falls back by itself");
    }
    assert_eq!(leader(&story, 10), "b/y");
    story.script("a/x", [Behaviour::answers("Hello.")]);
    story.script("b/y", [Behaviour::status(503)]);
    for _ in 0..20 {
        story.ask("auto");
    }
    assert_eq!(leader(&story, 10), "a/x");
}

#[test]
fn small_differences_do_not_change_the_lead_back_and_forth() {
    let story = ranked(priced(1.0, 1.05, 9.0), json!({ "price": 0.5, "success": 0.5 }));
    assert_eq!(leader(&story, 5), "a/x");
    story.script("a/x", [Behaviour::status(503), Behaviour::answers("Hello.")]);
    let mut changes = 0;
    let mut last = String::new();
    for _ in 0..100 {
        let first = story.attempts().len();
        story.ask("auto");
        let lead = story.attempts()[first].target();
        changes += usize::from(!last.is_empty() && lead != last);
        last = lead;
    }
    assert!(changes <= 8, "{changes} changes in 100 requests, exploration included");
}

#[test]
fn now_and_then_another_one_is_tried() {
    let story = ranked(priced(1.0, 2.0, 3.0), json!({ "price": 1 }));
    for _ in 0..400 {
        story.ask("auto");
    }
    let others = story.tried().iter().filter(|target| *target != "a/x").count();
    assert!((2..25).contains(&others), "{others} of 400");
}

#[test]
fn what_the_request_needs_comes_before_the_score() {
    let story = story_with(json!({
        "models": {
            "a/x": { "tools": false, "vision": false, "json_schema": false, "context": 1_000, "price": { "input": 1, "output": 1 } },
            "b/y": { "tools": true, "vision": true, "json_schema": true, "context": 100_000, "price": { "input": 9, "output": 9 } },
        },
        "routes": { "auto": { "auto": ["a/x", "b/y"], "weigh": { "price": 1 } } },
    }));
    let long = json!([{ "role": "user", "content": "word ".repeat(2_000) }]);
    for (name, value) in
        [("tools", tools()), ("messages", image()), ("messages", long), ("response_format", schema())]
    {
        let mut body = hello("auto");
        body[name] = value;
        let first = story.attempts().len();
        story.chat(&body);
        assert_eq!(story.attempts()[first].target(), "b/y", "{name}");
    }
}

#[test]
fn those_that_think_go_before_those_that_do_not_where_thoughts_are_asked_for() {
    let mut models = priced(1.0, 2.0, 3.0);
    models["c/z"]["reasoning"] = json!(true);
    let story = ranked(models, json!({ "price": 1 }));
    let tried = |body: Value| {
        let first = story.attempts().len();
        assert_eq!(story.chat(&body).status, 200);
        story.tried().split_off(first)
    };
    for (effort, leads) in [("none", "a/x"), ("minimal", "a/x"), ("low", "c/z"), ("high", "c/z")] {
        let mut body = hello("auto");
        body["reasoning_effort"] = json!(effort);
        assert_eq!(tried(body), [leads], "{effort}");
    }
    // Nobody's answer is lost for that.
    story.script("c/z", [Behaviour::status(503)]);
    story.script("a/x", [Behaviour::status(503)]);
    let mut body = hello("auto");
    body["reasoning_effort"] = json!("high");
    assert_eq!(tried(body), ["c/z", "a/x", "b/y"], "down the ranking");
}

#[test]
fn the_ranking_can_be_seen() {
    let story = ranked(priced(2.0, 1.0, 4.0), json!({ "price": 1 }));
    let mut body = hello("auto");
    body["steadfast"] = json!({ "trail": true });
    let answer = story.chat(&body);
    assert_eq!(answer.json()["steadfast"]["ranking"][0], json!({ "model": "b/y", "score": 1 }));
    let status = story.get("/status").json();
    assert_eq!(status["rankings"]["auto"][1], json!({ "model": "a/x", "score": 0.5 }));
}

#[test]
fn models_without_a_key_are_neither_ranked_nor_in_the_trail() {
    let story = story_with(json!({ "routes": { "auto": { "auto": ["*", "a/x"] } } }));
    let answer = story.ask("auto");
    assert_eq!(answer.status, 200);
    assert!(answer.trail().iter().all(|entry| !entry.contains("skipped")), "{:?}", answer.trail());
    let ranking = story.get("/status").json()["rankings"]["auto"].clone();
    let models: Vec<_> =
        ranking.as_array().unwrap().iter().map(|entry| entry["model"].as_str().unwrap()).collect();
    assert!(models.contains(&"a/x") && models.iter().all(|model| model.len() == "a/x".len()), "{models:?}");
}
