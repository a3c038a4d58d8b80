//! What goes wrong, as `bench/sim/outage.json` has it: who is down when, what befalls a call, and what that comes to
//! in closed form.

use std::rc::Rc;

use serde::Deserialize;
use steadfast::host::Millis;
use steadfast::sim::{Behaviour, Delay, Random};

use crate::upstream::Nature;

/// `bench/sim/outage.json`.
#[derive(Clone, Deserialize)]
pub(crate) struct Mix {
    pub(crate) providers: Providers,
    pub(crate) outages: Stretches,
    pub(crate) region_outages: Stretches,
    pub(crate) rate_limits: RateLimits,
    pub(crate) calls: Calls,
    pub(crate) answers: Answers,
    pub(crate) requests: Requests,
    pub(crate) contenders: Contenders,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Providers {
    pub(crate) regions: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Stretches {
    pub(crate) percent: f64,
    pub(crate) seconds: u64,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct RateLimits {
    pub(crate) percent: f64,
    pub(crate) seconds: u64,
    pub(crate) retry_after_seconds: u64,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Calls {
    pub(crate) error_percent: f64,
    pub(crate) reset_percent: f64,
    pub(crate) cut_percent: f64,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Answers {
    pub(crate) median_ms: Millis,
    pub(crate) sigma: f64,
    pub(crate) words: usize,
    pub(crate) gap_ms: Millis,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Requests {
    pub(crate) count: u64,
    pub(crate) every_ms: Millis,
    pub(crate) streamed_percent: f64,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Contenders {
    pub(crate) attempt_ms: Millis,
}

impl Mix {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("outage.json")).expect("bench/sim/outage.json is wrong")
    }

    /// The names of the providers, in the order in which they are asked.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.providers.regions.keys().map(String::as_str)
    }

    fn region(&self, provider: &str) -> &str {
        self.providers.regions[provider].as_str().expect("the name of a region")
    }
}

impl Stretches {
    /// Which of these stretches this moment is in, if it is in one.
    fn at(self, seed: u64, name: &str, now: Millis) -> Option<u64> {
        let length = self.seconds * 1_000;
        let cycle = (length as f64 * 100.0 / self.percent) as u64;
        let number = now / cycle;
        let start = number * cycle + Random::split(seed, name, number).next() % (cycle - length + 1);
        (start..start + length).contains(&now).then_some(number)
    }
}

/// The mix under way, from a moment of the whole time on.
pub(crate) struct Sky {
    pub(crate) mix: Mix,
    pub(crate) seed: u64,
    pub(crate) from: Millis,
}

impl Sky {
    /// What a provider does with every call at this moment, when it is down or limits its callers.
    fn absence(&self, provider: &str, now: Millis) -> Option<Behaviour> {
        let (mix, seed, now) = (&self.mix, self.seed, self.from + now);
        let down = |stretches: Stretches, name: &str| {
            let number = stretches.at(seed, name, now)?;
            Some(match Random::split(seed, name, !number).next() % 3 {
                0 => Behaviour::status(503).after(30),
                1 => Behaviour::refuses(),
                _ => Behaviour::never_answers(),
            })
        };
        let limited = || {
            let RateLimits { percent, seconds, retry_after_seconds } = mix.rate_limits;
            let stretches = Stretches { percent, seconds };
            stretches.at(seed, &format!("{provider} limits"), now)?;
            Some(Behaviour::status(429).header("retry-after", &retry_after_seconds.to_string()).after(30))
        };
        down(mix.region_outages, mix.region(provider))
            .or_else(|| down(mix.outages, provider))
            .or_else(limited)
    }

    pub(crate) fn nobody_is_there(&self, now: Millis) -> bool {
        self.mix.names().all(|name| self.absence(name, now).is_some())
    }
}

impl Nature for Rc<Sky> {
    fn behaviour(&self, provider: &str, now: Millis, draws: &Random) -> Behaviour {
        if let Some(absence) = self.absence(provider, now) {
            return absence;
        }
        let mix = &self.mix;
        let Answers { median_ms, sigma, words, gap_ms } = mix.answers;
        let whole = Behaviour::answers_words(words)
            .taking(Delay::LogNormal { median: median_ms, sigma })
            .paced(Delay::NONE, Delay::Exactly(gap_ms));
        let Calls { error_percent, reset_percent, cut_percent } = mix.calls;
        let fate = (draws.next() % 1_000_000) as f64 / 10_000.0;
        if fate < error_percent {
            Behaviour::status(500).after(100)
        } else if fate < error_percent + reset_percent {
            Behaviour::resets().after(50)
        } else if fate < error_percent + reset_percent + cut_percent {
            whole.cut_after(1 + draws.next() as usize % (words - 1))
        } else {
            whole
        }
    }
}

/// What the mix comes to where providers are asked once each, as shares of the requests.
pub(crate) struct ClosedForm {
    /// Lost by a single provider.
    pub(crate) single: f64,
    /// Lost by the naive chain.
    pub(crate) naive: f64,
    /// All are down or limit their callers at once.
    pub(crate) nobody: f64,
}

impl Mix {
    /// Given which regions are down, what befalls one provider does not depend on the others; so the shares of the
    /// states of the regions are summed up.
    pub(crate) fn closed_form(&self) -> ClosedForm {
        let share = |percent: f64| percent / 100.0;
        let down = share(self.outages.percent);
        let limited = share(self.rate_limits.percent);
        // Before any content; and in the middle of an answer that had begun.
        let failed = share(self.calls.error_percent) + share(self.calls.reset_percent);
        let cut = share(self.calls.cut_percent) / (1.0 - failed);
        let unavailable = 1.0 - (1.0 - down) * (1.0 - limited);
        let early = 1.0 - (1.0 - unavailable) * (1.0 - failed);
        let streamed = share(self.requests.streamed_percent);

        let mut regions: Vec<&str> = self.names().map(|name| self.region(name)).collect();
        regions.sort_unstable();
        regions.dedup();
        let mut sum = ClosedForm { single: 0.0, naive: 0.0, nobody: 0.0 };
        for state in 0..1_u32 << regions.len() {
            let is_down = |region: &str| {
                regions.iter().position(|known| *known == region).is_some_and(|at| state >> at & 1 == 1)
            };
            let of_region = share(self.region_outages.percent);
            let weight: f64 = regions
                .iter()
                .map(|region| if is_down(region) { of_region } else { 1.0 - of_region })
                .product();
            let early = |name: &str| if is_down(self.region(name)) { 1.0 } else { early };
            let lost = |name: &str| 1.0 - (1.0 - early(name)) * (1.0 - cut);
            let whole: f64 = self.names().map(lost).product();
            // A stream that was cut after its beginning is lost, whoever else is left.
            let names: Vec<&str> = self.names().collect();
            let stream =
                names.iter().rev().fold(1.0, |rest, name| early(name) * rest + (1.0 - early(name)) * cut);
            sum.single += weight * self.names().next().map_or(1.0, lost);
            sum.naive += weight * (streamed * stream + (1.0 - streamed) * whole);
            sum.nobody += weight
                * self
                    .names()
                    .map(|name| if is_down(self.region(name)) { 1.0 } else { unavailable })
                    .product::<f64>();
        }
        sum
    }
}
