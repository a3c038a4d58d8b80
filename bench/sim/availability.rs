//! How available the answers are that each contender gets out of the same providers, through the same outages.
//!
//! The time is cut into stretches of which each is a world of its own, with a gateway that knows nothing yet: so
//! they can be spread over the processors, and nothing depends on how many there are.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use steadfast::host::Millis;
use steadfast::sim::Random;

use crate::contenders::Contender;
use crate::figures::Times;
use crate::sky::{ClosedForm, Mix, Sky};
use crate::upstream::Upstream;

/// What came of one contender.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) lost: u64,
    pub(crate) calls: u64,
    /// When these came, every provider was down or limited its callers.
    pub(crate) hopeless: u64,
    /// Until the whole answer was there, where one came.
    pub(crate) times: Times,
}

pub(crate) type Make = fn(&Mix) -> Contender;

/// The contenders, the weakest first.
pub(crate) const CONTENDERS: [(&str, Make); 3] = [
    ("single provider", Contender::single),
    ("naive chain", Contender::naive),
    ("steadfast", Contender::steadfast),
];

/// Requests of one world.
const STRETCH: u64 = 20_000;

pub(crate) fn run(mix: &Mix, seed: u64) -> [Outcome; 3] {
    CONTENDERS.map(|(_, make)| {
        let (next, stretches) = (AtomicU64::new(0), mix.requests.count.div_ceil(STRETCH));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let work = || {
                let mut sum = Outcome::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= stretches {
                        return sum;
                    }
                    sum.add(stretch(mix, seed, number, make));
                }
            };
            let runs: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            runs.into_iter().fold(Outcome::default(), |mut sum, run| {
                sum.add(run.join().expect("a stretch does not panic"));
                sum
            })
        })
    })
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.lost += other.lost;
        self.calls += other.calls;
        self.hopeless += other.hopeless;
        self.times.append(other.times);
    }

    fn per_million(&self) -> f64 {
        self.lost as f64 * 1e6 / self.requests as f64
    }
}

fn stretch(mix: &Mix, seed: u64, number: u64, make: Make) -> Outcome {
    let first = number * STRETCH;
    let count = STRETCH.min(mix.requests.count - first);
    let from = first * mix.requests.every_ms;
    let sky = Rc::new(Sky { mix: mix.clone(), seed, from });
    let upstream = Upstream::new(seed, sky.clone());
    let contender = Rc::new(make(mix));
    let outcome = Rc::new(RefCell::new(Outcome { requests: count, ..Outcome::default() }));
    for request in first..first + count {
        let draws = Random::split(seed, "callers", request);
        // Anywhere in its share of the time, so that some come close to each other.
        let at: Millis = (request - first) * mix.requests.every_ms + draws.next() % mix.requests.every_ms;
        let stream = (draws.next() % 10_000) as f64 / 100.0 < mix.requests.streamed_percent;
        upstream.world.pass(at.saturating_sub(upstream.world.clock().now()));
        outcome.borrow_mut().hopeless += u64::from(sky.nobody_is_there(at));
        let (contender, host, outcome) = (contender.clone(), upstream.host(request), outcome.clone());
        upstream.world.spawn(Box::pin(async move {
            let began = host.now();
            let is_whole = contender.answers(host.clone(), stream).await;
            let mut outcome = outcome.borrow_mut();
            if is_whole {
                outcome.times.add(host.now() - began);
            } else {
                outcome.lost += 1;
            }
        }));
    }
    upstream.world.settle().expect("every request ends");
    let mut outcome = outcome.take();
    outcome.calls = upstream.calls();
    outcome
}

/// As `make availability` prints it.
pub(crate) fn print(mix: &Mix, mut outcomes: [Outcome; 3]) {
    let ClosedForm { single, naive, nobody } = mix.closed_form();
    println!("{} requests to each, through the outages of bench/sim/outage.json.\n", mix.requests.count);
    println!("| | answered | lost per million | in closed form | calls per request | p50 | p99 |");
    println!("|---|---|---|---|---|---|---|");
    let forms = [format!("{:.0}", single * 1e6), format!("{:.0}", naive * 1e6), "".to_owned()];
    for (((name, _), outcome), form) in CONTENDERS.iter().zip(&mut outcomes).zip(forms) {
        let [p50, p99] = outcome.times.percentiles([0.5, 0.99]);
        let lost = outcome.per_million();
        println!(
            "| {name} | {:.4} % | {lost:.0} | {form} | {:.3} | {p50} ms | {p99} ms |",
            100.0 - lost / 1e4,
            outcome.calls as f64 / outcome.requests as f64,
        );
    }
    println!(
        "\nNobody was there to answer, every provider being down or limiting its callers, when {} of them came \
         (in closed form {:.1} of a million).",
        outcomes[0].hopeless,
        nobody * 1e6
    );
}
