//! What retries and hedges may add to the load: a share of the last minute, and a small reserve.
//!
//! Why a budget and not only a number of retries: when a provider is down, every request would retry,
//! and the retries of all would double its load just when it can bear it least. The idea is Finagle's
//! `RetryBudget`; here it is counted over a sliding minute.

use crate::host::Millis;

use super::window::Minute;

/// The budget of one isolate or process.
#[derive(Debug)]
pub struct Budget {
    share: f64,
    /// Requests, and the retries and hedges on top of them.
    load: Minute,
}

/// So many retries a minute are always free, so that a quiet gateway may retry at all.
const RESERVE: f64 = 10.0;

impl Budget {
    /// A budget of that share (0.2 is 20 %).
    #[must_use]
    pub fn new(share: f64) -> Self {
        Self { share, load: Minute::default() }
    }

    /// From now on it is that share.
    pub fn set_share(&mut self, share: f64) {
        self.share = share;
    }

    /// A request came in: the budget grows.
    pub fn deposit(&mut self, now: Millis) {
        self.load.add(1, 0, now);
    }

    /// A retry would go out: `false` when the budget does not allow it.
    pub fn withdraw(&mut self, now: Millis) -> bool {
        let (requests, extra) = self.load.counts(now);
        let allowed = requests as f64 * self.share + RESERVE;
        if extra as f64 + 1.0 > allowed {
            return false;
        }
        self.load.add(0, 1, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_does_not_become_a_storm() {
        let mut budget = Budget::new(0.2);
        let retries = (0..1_000_u64)
            .filter(|request| {
                let now = 100_000 + request * 50;
                budget.deposit(now);
                budget.withdraw(now)
            })
            .count();
        assert!((200..=211).contains(&retries), "{retries} of 1000");
    }

    #[test]
    fn what_is_a_minute_old_counts_no_more() {
        let mut budget = Budget::new(0.0);
        let spent = (0..20).filter(|_| budget.withdraw(5_000)).count();
        assert_eq!(spent, 10);
        assert!(!budget.withdraw(64_999));
        assert!(budget.withdraw(65_000));
    }

    #[test]
    fn a_clock_that_jumps_back_does_no_harm() {
        let mut budget = Budget::new(0.2);
        budget.deposit(90_000);
        assert!(budget.withdraw(10));
    }
}
