//! A start without any key: the provider `sim` over a host's time, with the configuration that comes with it.

#![cfg(test)]

mod support;

use std::rc::Rc;

use steadfast::sim::SimHost;
use steadfast::sim::live::{CONFIG, simulated};
use steadfast::{Door, Gateway, Plan, Secrets};
use support::*;

/// What a newcomer sees who asks this route, streamed.
fn first_start(seed: u64, route: &str) -> Answer {
    let gateway = Gateway::new(Plan::from_json(CONFIG), Secrets::default(), Door::open());
    let host = SimHost::seeded(seed);
    let simulated = Rc::new(simulated(host.handle()));
    let body = hello_streamed(route).to_string();
    let exchange = exchange(&gateway, simulated, "POST", "/v1/chat/completions", body);
    let answer = host.world().run(exchange);
    assert!(host.tried().is_empty(), "nothing leaves the house");
    answer.unwrap_or_else(|stuck| panic!("{stuck}"))
}

#[test]
fn every_route_answers_and_says_that_the_answer_is_simulated() {
    for route in ["premium", "standard", "budget", "hasty", "auto"] {
        for seed in 0..20 {
            let answer = first_start(seed, route);
            assert_eq!(answer.status, 200, "{route}: {answer:?}");
            assert!(answer.text().contains("simulated"), "{route}");
            assert!(answer.text().contains("Hello?"), "{route}");
            assert!(answer.is_done(), "{route}");
        }
    }
}

#[test]
fn the_standard_route_shows_a_fallback_at_once() {
    let answer = first_start(1, "standard");
    assert_eq!(answer.trail(), ["sim/down overloaded 503", "sim/steady ok"]);
    assert!(answer.headers_at < 1_000);
    assert!(answer.ended_at < 3_000);
}

#[test]
fn the_hasty_route_shows_a_clock_that_runs_out() {
    let answer = first_start(1, "hasty");
    assert_eq!(answer.trail(), ["sim/slow timeout first_token", "sim/steady ok"]);
    assert!(answer.headers_at < 2_500);
}

#[test]
fn the_model_that_breaks_off_is_never_passed_off_as_whole() {
    let answer = first_start(1, "sim/cut");
    assert!(!answer.text().is_empty());
    assert!(!answer.error().is_null());
    assert!(!answer.is_done());
}
