//! The tail: what hedging after the p95 makes of an upstream of which one call in a hundred is slow.
//!
//! The same requests meet the same draws twice, once without a hedge and once with it, each time over a gateway
//! that knows nothing yet. Everything but the network and the clock is the real one: the estimate of the p95, the
//! budget, the race between the two.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::json;
use steadfast::host::{Headers, Host, Millis};
use steadfast::sim::{Behaviour, Delay, Given, Random};
use steadfast::{Door, Gateway, Plan, Request, ResponseBody, Secrets};

use crate::figures::Times;
use crate::upstream::{Nature, Upstream, body};

/// `bench/sim/tail.json`.
#[derive(Clone, Deserialize)]
pub(crate) struct Tail {
    pub(crate) upstream: Calls,
    pub(crate) requests: Requests,
    pub(crate) promise: Promise,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Calls {
    pub(crate) median_ms: Millis,
    pub(crate) sigma: f64,
    pub(crate) slow_percent: f64,
    pub(crate) slow_ms: Millis,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Requests {
    pub(crate) count: u64,
    pub(crate) warm_up: u64,
    pub(crate) every_ms: Millis,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Promise {
    pub(crate) p999_ratio: f64,
    pub(crate) extra_percent: f64,
}

/// What came of it.
pub(crate) struct Report {
    pub(crate) without: Run,
    pub(crate) with: Run,
}

pub(crate) struct Run {
    /// p50, p95, p99, p99.9.
    pub(crate) percentiles: [Millis; 4],
    pub(crate) calls: u64,
}

impl Tail {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("tail.json")).expect("bench/sim/tail.json is wrong")
    }
}

impl Report {
    /// The p99.9 without a hedge over that with it.
    pub(crate) fn ratio(&self) -> f64 {
        self.without.percentiles[3] as f64 / self.with.percentiles[3] as f64
    }

    /// The calls that the hedges were, in percent of those without.
    pub(crate) fn extra_percent(&self) -> f64 {
        (self.with.calls as f64 / self.without.calls as f64 - 1.0) * 100.0
    }

    pub(crate) fn keeps(&self, promise: &Promise) -> bool {
        self.ratio() >= promise.p999_ratio && self.extra_percent() <= promise.extra_percent
    }
}

pub(crate) fn run(tail: &Tail, seed: u64) -> Report {
    let one = |hedge: bool| one(tail, seed, hedge);
    Report { without: one(false), with: one(true) }
}

impl Nature for Calls {
    fn behaviour(&self, provider: &str, _now: Millis, draws: &Random) -> Behaviour {
        let is_slow = (draws.next() % 1_000_000) as f64 / 10_000.0 < self.slow_percent;
        Behaviour::answers(&format!("Hello from {provider}.")).taking(match is_slow {
            true => Delay::Exactly(self.slow_ms),
            false => Delay::LogNormal { median: self.median_ms, sigma: self.sigma },
        })
    }
}

fn one(tail: &Tail, seed: u64, hedge: bool) -> Run {
    let upstream = Upstream::new(seed, tail.upstream);
    let gateway = Rc::new(gateway(hedge));
    let times = Rc::new(RefCell::new(Times::default()));
    let Requests { count, warm_up, every_ms } = tail.requests;
    let mut calls_before = 0;
    for number in 0..warm_up + count {
        upstream.world.pass(every_ms);
        if number == warm_up {
            calls_before = upstream.calls();
        }
        let (host, gateway, times) = (upstream.host(number), gateway.clone(), times.clone());
        upstream.world.spawn(Box::pin(async move {
            let took = ask(&gateway, host).await;
            if number >= warm_up {
                times.borrow_mut().add(took);
            }
        }));
    }
    upstream.world.settle().expect("every request ends");
    let percentiles = times.borrow_mut().percentiles([0.5, 0.95, 0.99, 0.999]);
    Run { percentiles, calls: upstream.calls() - calls_before }
}

/// Two providers of one kind.
fn gateway(hedge: bool) -> Gateway {
    let provider = |name: &str| json!({ "dialect": "openai", "base_url": format!("http://{name}.test/v1"), "keys": ["KEY"] });
    let mut route = json!({ "fallback": ["a/x", "b/x"] });
    if hedge {
        route["hedge_ms"] = json!("p95");
    }
    let config =
        json!({ "providers": { "a": provider("a"), "b": provider("b") }, "routes": { "main": route } });
    let secrets: Secrets = [("KEY", "any")].into_iter().collect();
    Gateway::new(Plan::from_json(&config.to_string()), secrets, Door::open())
}

async fn ask(gateway: &Gateway, host: Rc<dyn Host>) -> Millis {
    let began = host.now();
    let request = Request {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        headers: Headers::default(),
        body: Box::new(Given::whole(body("main", false))),
    };
    let response = gateway.fetch(host.clone(), request).await;
    assert!(
        response.status == 200 && matches!(response.body, ResponseBody::Whole(_)),
        "an answer in one piece"
    );
    host.now() - began
}

/// As `make tail` prints it.
pub(crate) fn print(tail: &Tail, report: &Report) {
    let Calls { median_ms, sigma, slow_percent, slow_ms } = tail.upstream;
    println!(
        "{} requests, one every {} ms, to an upstream whose calls are log-normal around {median_ms} ms (sigma {sigma}),\n\
         but for {slow_percent} % that take {slow_ms} ms. bench/sim/tail.json says so.\n",
        tail.requests.count, tail.requests.every_ms
    );
    println!("| | p50 | p95 | p99 | p99.9 | calls upstream |\n|---|---|---|---|---|---|");
    for (name, run) in [("without a hedge", &report.without), ("`\"hedge_ms\": \"p95\"`", &report.with)] {
        let [p50, p95, p99, p999] = run.percentiles;
        println!("| {name} | {p50} ms | {p95} ms | {p99} ms | {p999} ms | {} |", run.calls);
    }
    let Promise { p999_ratio, extra_percent } = tail.promise;
    println!(
        "\nThe p99.9 is {:.1} times lower (promised: {p999_ratio}) for {:.2} % more calls (promised: at most {extra_percent} %).",
        report.ratio(),
        report.extra_percent()
    );
}
