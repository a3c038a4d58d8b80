//! Tiers that degrade gracefully and say so, and bounds that are never crossed.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::catalog::{self, Tier};
use steadfast::sim::Behaviour;
use support::*;

fn tiers() -> Story {
    let price = |usd: f64| json!({ "price": { "input": usd, "output": 2.0 * usd } });
    story_with(json!({
        "models": { "a/x": price(10.0), "b/y": price(3.0), "c/z": price(0.5) },
        "routes": {
            "premium": { "fallback": ["a/x"], "degrade_to": "standard" },
            "standard": { "fallback": ["b/y"], "degrade_to": "budget" },
            "budget": { "fallback": ["c/z"] },
        },
        "retry": { "retries": 0 },
    }))
}

fn bounded(route: &str, bounds: Value) -> Value {
    let mut body = hello(route);
    body["steadfast"] = bounds;
    body
}

#[test]
fn an_exhausted_tier_is_answered_by_the_next_one_down_which_says_so() {
    let story = tiers();
    story.script("a/x", [Behaviour::status(503)]);
    let answer = story.ask("premium");
    answer.is_answered_by("b/y");
    assert_eq!(answer.header("x-steadfast-degraded"), "premium -> standard (overloaded)");
    assert_eq!(answer.header("x-steadfast-route"), "standard.fallback[0]");
    story.script("a/x", [Behaviour::answers("Hello from a/x.")]);
    assert_eq!(story.ask("premium").header("x-steadfast-degraded"), "", "back at once when it is well again");
}

#[test]
fn the_least_bad_one_of_a_lower_tier_says_so_too() {
    let story = tiers();
    for target in ["b/y", "a/x", "c/z"] {
        story.script(target, [Behaviour::status(429), Behaviour::answers(&format!("Hello from {target}."))]);
        assert_eq!(story.ask(target).status, 429);
        story.pass(1_000);
    }
    let answer = story.ask("premium");
    answer.is_answered_by("b/y");
    assert_eq!(answer.header("x-steadfast-degraded"), "premium -> standard (rate_limit)");
    assert_eq!(answer.header("x-steadfast-route"), "standard.fallback[0]");
}

#[test]
fn who_is_degraded_twice_is_told_who_answered() {
    let story = tiers();
    story.script("a/x", [Behaviour::status(503)]).script("b/y", [Behaviour::status(500)]);
    let answer = story.ask("premium");
    answer.is_answered_by("c/z");
    assert_eq!(answer.header("x-steadfast-degraded"), "premium -> budget (overloaded)");
    assert_eq!(answer.header("x-steadfast-route"), "budget.fallback[0]");
}

#[test]
fn a_break_is_the_reason_of_a_degradation_in_its_midst() {
    let story = tiers();
    story.script("a/x", [Behaviour::answers("One two three.").cut_after(2)]);
    story.script("b/y", [Behaviour::answers("three.")]);
    let mut body = hello_streamed("premium");
    body["steadfast"] = json!({ "on_break": "continue" });
    let answer = story.chat(&body);
    assert_eq!(answer.closing()["degraded"], "premium -> standard (cut)");
    assert!(story.warnings()[0].contains("Nobody in premium answered (the last: cut); standard did."));
}

#[test]
fn a_floor_is_never_crossed() {
    let story = tiers();
    story.script("a/x", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::status(503)]);
    let answer = story.chat(&bounded("premium", json!({ "min_tier": "standard" })));
    assert_eq!(answer.status, 502);
    assert_eq!(story.tried(), ["a/x", "b/y"]);
    assert_eq!(story.chat(&bounded("premium", json!({ "min_tier": "budget" }))).status, 200);
}

#[test]
fn a_route_is_no_tier_because_its_name_begins_like_one() {
    let story = story_with(json!({ "routes": { "budget.v2": { "fallback": ["a/x"] } } }));
    story.chat(&bounded("budget.v2", json!({ "min_tier": "standard" }))).is_answered_by("a/x");
}

#[test]
fn a_floor_holds_for_models_that_are_named_or_ranked_too() {
    let cheap = "openai/gpt-6-luna";
    let story =
        story_with(json!({ "providers": { "openai": { "keys": [], "base_url": "http://a.test/v1" } } }));
    for (floor, status) in [("premium", 400), ("standard", 400), ("budget", 200)] {
        assert_eq!(story.chat(&bounded(cheap, json!({ "min_tier": floor }))).status, status, "{floor}");
    }
    let ranked = story.chat(&bounded("auto", json!({ "min_tier": "premium" })));
    let (provider, name) = ranked.header("x-steadfast-model").split_once('/').unwrap();
    assert_eq!(catalog::model(provider, name).map(|model| model.tier), Some(Tier::Premium));
}

#[test]
fn a_cap_on_the_price_is_never_crossed() {
    let story = tiers();
    let answer = story.chat(&bounded("premium", json!({ "max_price": { "input": 5 } })));
    answer.is_answered_by("b/y");
    assert_eq!(answer.trail(), ["a/x invalid_request skipped", "b/y ok"]);
    assert_eq!(story.tried(), ["b/y"]);
}

#[test]
fn while_the_only_one_within_the_bounds_rests_it_is_no_fault_of_the_callers() {
    let story = tiers();
    story.script("b/y", [Behaviour::status(429).header("retry-after", "60")]);
    story.script("c/z", [Behaviour::status(429).header("retry-after", "90")]);
    let body = bounded("premium", json!({ "max_price": { "input": 5 } }));
    for retry_after in ["60", "50"] {
        let answer = story.chat(&body);
        assert_eq!((answer.status, answer.header("retry-after")), (429, retry_after));
        story.pass(10_000);
    }
}

#[test]
fn bounds_that_nobody_meets_are_said_to_be_so() {
    let story = tiers();
    for bounds in [
        json!({ "max_price": { "output": 0.01 } }),
        json!({ "max_price": { "input": 0.01, "output": 0.01 } }),
    ] {
        let answer = story.chat(&bounded("premium", bounds));
        assert_eq!((answer.status, answer.error()["param"].as_str()), (400, Some("steadfast")));
    }
    let answer = story.chat(&bounded("budget", json!({ "min_tier": "premium" })));
    assert_eq!(answer.status, 400);
    assert!(story.attempts().is_empty());
}

#[test]
fn a_model_without_a_price_is_above_any_cap() {
    let story = story();
    assert_eq!(story.chat(&bounded("chain", json!({ "max_price": { "input": 1e9 } }))).status, 400);
}
