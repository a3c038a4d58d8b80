//! What a target was asked, and what came of it.

use crate::chat::usage::Usage;
use crate::class::{Class, Harm};
use crate::host::Millis;
use crate::json::Writer;
use crate::table::Table;

use super::latency::Latency;

/// The counts of one target.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    attempts: u64,
    successes: u64,
    failures: Table<Class, u64>,
    /// The share of bad attempts, each new one counting a tenth.
    trouble: f64,
    /// To the first content of streams.
    first_token: Latency,
    /// To answers in one piece.
    whole: Latency,
    /// To the end of both.
    total: Latency,
    usage: Usage,
    /// Unknown until an answer had a price.
    spend: Option<f64>,
}

/// Percentiles of fewer answers than that are hearsay.
const ENOUGH: usize = 10;

/// What is left of the past after one attempt more.
const FORGETS: f64 = 0.9;

impl Tally {
    /// So many attempts began.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// An attempt began.
    pub fn started(&mut self) {
        self.attempts += 1;
    }

    /// Content came after that long: the first of a stream, or all of an answer.
    pub fn content(&mut self, streamed: bool, milliseconds: Millis, now: Millis) {
        let times = if streamed { &mut self.first_token } else { &mut self.whole };
        times.add(milliseconds, now);
    }

    /// It was let go after that long without content. What it would have taken is not known; that it was unusually
    /// long is, and must count: else the slow ones, which lose to their hedges, were never heard of.
    pub fn let_go(&mut self, streamed: bool, milliseconds: Millis, now: Millis) {
        if self.usual(streamed).is_some_and(|usual| milliseconds >= usual) {
            self.content(streamed, milliseconds, now);
        }
    }

    /// The 95th percentile of the times to content, once there are enough to mean something: who has shown nothing for
    /// so long is late. A time of 53 ms may have been 53.9.
    #[must_use]
    pub fn usual(&self, streamed: bool) -> Option<Millis> {
        self.known(streamed)?.seldom_exceeded(0.05).map(|time| time + 1)
    }

    /// The median of the times to content, once there are enough to mean something.
    #[must_use]
    pub fn median(&self, streamed: bool) -> Option<Millis> {
        self.known(streamed)?.percentile(0.5)
    }

    /// Milliseconds that it takes to content at present.
    #[must_use]
    pub fn lately(&self, streamed: bool, now: Millis) -> Option<f64> {
        self.times(streamed).lately(now)
    }

    fn times(&self, streamed: bool) -> &Latency {
        if streamed { &self.first_token } else { &self.whole }
    }

    fn known(&self, streamed: bool) -> Option<&Latency> {
        Some(self.times(streamed)).filter(|times| times.count() >= ENOUGH)
    }

    /// The share of good attempts, between 0 and 1, the latest counting most.
    #[must_use]
    pub fn success(&self) -> f64 {
        1.0 - self.trouble
    }

    /// The answer was whole after that long.
    pub fn succeeded(&mut self, milliseconds: Millis, now: Millis) {
        self.successes += 1;
        self.trouble *= FORGETS;
        self.total.add(milliseconds, now);
    }

    /// It failed.
    pub fn failed(&mut self, class: Class) {
        *self.failures.get_or_insert_with(&class, || 0) += 1;
        if class.policy().harm != Harm::None {
            self.trouble = 1.0 - FORGETS * (1.0 - self.trouble);
        }
    }

    /// It cost that much, in USD where there is a price.
    pub fn spent(&mut self, usage: &Usage, usd: Option<f64>) {
        self.usage = self.usage.and(usage);
        if let Some(usd) = usd {
            *self.spend.get_or_insert_default() += usd;
        }
    }

    /// As `GET /status` shows it: times in milliseconds, money in USD.
    pub fn show(&self, out: &mut Writer) {
        let mut failures = Writer::object();
        for (class, count) in self.failures.iter() {
            failures.whole(class.name(), *count);
        }
        let judged = self.successes + self.failures.values().sum::<u64>();
        out.whole("attempts", self.attempts).whole("successes", self.successes);
        match judged {
            0 => out.member("success_rate", "null"),
            _ => out.decimal("success_rate", self.successes as f64 / judged as f64),
        };
        out.member("failures", &failures.finish());
        out.member("first_token_ms", &percentiles(&self.first_token));
        out.member("total_ms", &percentiles(&self.total));
        out.member("usage", &self.usage.shown());
        if let Some(spend) = self.spend {
            out.decimal("spend_usd", spend);
        }
    }
}

fn percentiles(latency: &Latency) -> String {
    let mut shown = Writer::object();
    for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        match latency.percentile(share) {
            Some(milliseconds) => shown.whole(name, milliseconds),
            None => shown.member(name, "null"),
        };
    }
    shown.finish()
}
