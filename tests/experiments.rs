//! The experiments of `bench/sim` in small: what `make tail` and `make availability` show must hold on every day.

#![cfg(test)]

#[path = "../bench/sim/availability.rs"]
mod availability;
#[path = "../bench/sim/contenders.rs"]
mod contenders;
#[path = "../bench/sim/figures.rs"]
mod figures;
#[path = "../bench/sim/sky.rs"]
mod sky;
#[path = "../bench/sim/tail.rs"]
mod tail;
#[path = "../bench/sim/upstream.rs"]
mod upstream;

use sky::{Mix, Stretches};
use tail::Tail;

#[test]
fn hedging_after_the_p95_cuts_the_tail_to_a_tenth_for_few_more_calls() {
    let mut tail = Tail::read();
    tail.requests.count = 4_000;
    let report = tail::run(&tail, 7);
    tail::print(&tail, &report);
    assert!(report.with.calls > report.without.calls, "nothing was hedged");
    // So few requests leave more to chance than the promise does.
    tail.promise.extra_percent += 1.5;
    assert!(report.keeps(&tail.promise), "{:.1} times, {:.2} %", report.ratio(), report.extra_percent());
}

#[test]
fn steadfast_loses_less_than_a_naive_chain_and_that_less_than_a_single_provider() {
    let mut mix = Mix::read();
    mix.requests.count = 3_000;
    // Much more goes wrong than in the table: few requests are to meet all of it.
    mix.outages = Stretches { percent: 3.0, seconds: 30 };
    mix.region_outages = Stretches { percent: 0.5, seconds: 30 };
    mix.calls.cut_percent = 2.0;
    let outcomes = availability::run(&mix, 7);
    let [single, naive, steadfast] = outcomes.each_ref().map(|outcome| outcome.lost);
    assert!(steadfast < naive && naive < single, "{steadfast} {naive} {single}");
    assert!(steadfast * 5 < naive, "{steadfast} of {naive}");
    let [single, naive, _] = outcomes.each_ref().map(|outcome| outcome.lost as f64 / outcome.requests as f64);
    let closed = mix.closed_form();
    for (found, closed) in [(single, closed.single), (naive, closed.naive)] {
        assert!((0.6..1.6).contains(&(found / closed)), "{found} and in closed form {closed}");
    }
    availability::print(&mix, outcomes);
}
