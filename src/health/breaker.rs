//! Leaves a failing target alone, and lets one request at a time find out whether it has mended.
//!
//! Why a share and not only a count: a busy target that fails once in five hundred has three failures in a
//! window too. Why the outcome of the whole answer: a stream that always breaks begins with a 200 each time.
//!
//! 1. It opens when enough outcomes within the window failed and they are a large enough share of them.
//! 2. When its time is up, exactly one request goes through, the probe; nobody waits for it.
//! 3. A probe that succeeds closes it; one that fails opens it again, for twice as long.
//! 4. What began before it last opened or closed changes nothing any more.
//!
//! (The pattern is Nygard's, "Release It!", 2007.)

use crate::class::{Class, Harm};
use crate::config::Breaker as Policy;
use crate::host::Millis;

use super::window::Window;

/// The breaker of one target.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    state: State,
    /// Counts how often it opened and closed, so that what is older can be told.
    epoch: u32,
    /// All outcomes, and the failures.
    outcomes: Window<SLOTS>,
    wait: Millis,
    /// Forced attempts under way.
    forced: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Millis,
    },
    Probing {
        since: Millis,
    },
}

/// The window slides in so many steps.
const SLOTS: usize = 10;

/// Leave to ask. Every ticket is settled, once.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    epoch: u32,
    kind: Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    Ordinary,
    Probe {
        since: Millis,
    },
    /// Everybody was left alone, and this one was the least bad.
    Forced,
}

/// What came of an attempt, as far as it says anything about the target's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer was whole, or the fault was not the target's.
    Success,
    /// The target failed.
    Failure,
    /// Nothing was learnt: the caller left, a race was lost, a key was refused.
    Nothing,
}

impl From<Class> for Outcome {
    /// A target that judged the request as the caller's fault is alive; one whose key was refused may be.
    fn from(class: Class) -> Self {
        match class.policy().harm {
            Harm::Target => Self::Failure,
            Harm::None if class != Class::Cancelled => Self::Success,
            Harm::None | Harm::RestsKey | Harm::SpendsKey | Harm::RestsTarget => Self::Nothing,
        }
    }
}

/// A change that somebody may want to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It opened; not said of one that opens again after a probe.
    Opened,
    /// It closed.
    Closed,
}

impl Breaker {
    /// Milliseconds for which it lets nobody through; `None` when it does.
    #[must_use]
    pub fn closed_for(&self, policy: &Policy, now: Millis) -> Option<Millis> {
        match self.state {
            State::Closed => None,
            State::Open { until } => until.checked_sub(now).filter(|left| *left > 0),
            // A probe that takes longer than the longest wait has forfeited its place.
            State::Probing { since } => {
                since.saturating_add(policy.max_open).checked_sub(now).filter(|left| *left > 0)
            }
        }
    }

    /// Lets an attempt through, or not.
    pub fn admit(&mut self, policy: &Policy, now: Millis) -> Option<Ticket> {
        if self.closed_for(policy, now).is_some() {
            return None;
        }
        let kind = match self.state {
            State::Closed => Leave::Ordinary,
            // One that has forfeited its place may still be the one that closes it.
            State::Open { .. } | State::Probing { .. } => {
                self.state = State::Probing { since: now };
                Leave::Probe { since: now }
            }
        };
        Some(Ticket { epoch: self.epoch, kind })
    }

    /// Lets an attempt through whatever the state is.
    pub fn force(&mut self) -> Ticket {
        self.forced += 1;
        Ticket { epoch: self.epoch, kind: Leave::Forced }
    }

    /// How many attempts are under way that it let through whatever its state was.
    #[must_use]
    pub fn forced(&self) -> u32 {
        self.forced
    }

    /// An attempt is over.
    pub fn release(&mut self, ticket: &Ticket) {
        self.forced = self.forced.saturating_sub(u32::from(ticket.kind == Leave::Forced));
    }

    /// Takes the outcome of an attempt.
    pub fn settle(
        &mut self,
        policy: &Policy,
        ticket: Ticket,
        outcome: Outcome,
        now: Millis,
    ) -> Option<Change> {
        if ticket.epoch != self.epoch {
            return None;
        }
        match (ticket.kind, outcome) {
            (Leave::Ordinary, Outcome::Nothing) | (Leave::Forced, Outcome::Failure | Outcome::Nothing) => {
                None
            }
            (Leave::Ordinary, outcome) => {
                let slot = now / (policy.window / SLOTS as u64).max(1);
                self.outcomes.add(1, u32::from(outcome == Outcome::Failure), slot);
                let (outcomes, failures) = self.outcomes.counts(slot);
                let is_enough = failures >= u64::from(policy.failures.max(1));
                if !is_enough || (failures as f64) < policy.ratio * outcomes as f64 {
                    return None;
                }
                self.wait = policy.open;
                self.open(now);
                Some(Change::Opened)
            }
            // One that has forfeited its place says nothing against the one that has it.
            (Leave::Probe { since }, Outcome::Failure) if self.state != (State::Probing { since }) => None,
            (Leave::Probe { .. }, Outcome::Failure) => {
                self.wait = self.wait.saturating_mul(2).min(policy.max_open);
                self.open(now);
                None
            }
            (Leave::Probe { since }, Outcome::Nothing) => {
                if self.state == (State::Probing { since }) {
                    self.state = State::Open { until: now };
                }
                None
            }
            (Leave::Probe { .. } | Leave::Forced, Outcome::Success) => {
                let was_closed = self.state == State::Closed;
                self.turn(State::Closed);
                self.outcomes = Window::default();
                (!was_closed).then_some(Change::Closed)
            }
        }
    }

    /// For `GET /status`.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        match self.state {
            State::Closed => "closed",
            State::Open { .. } => "open",
            State::Probing { .. } => "probing",
        }
    }

    fn open(&mut self, now: Millis) {
        self.turn(State::Open { until: now.saturating_add(self.wait) });
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.epoch = self.epoch.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { failures: 3, ratio: 0.5, window: 30_000, open: 5_000, max_open: 20_000 };

    fn fail(breaker: &mut Breaker, now: Millis) -> Option<Change> {
        let ticket = breaker.admit(&POLICY, now).expect("it lets through");
        breaker.settle(&POLICY, ticket, Outcome::Failure, now)
    }

    fn opened_at(now: Millis) -> Breaker {
        let mut breaker = Breaker::default();
        assert_eq!([fail(&mut breaker, now), fail(&mut breaker, now)], [None, None]);
        assert_eq!(fail(&mut breaker, now), Some(Change::Opened));
        breaker
    }

    #[test]
    fn it_opens_after_enough_failures_and_lets_one_probe_through_in_time() {
        let mut breaker = opened_at(1_000);
        assert_eq!(breaker.closed_for(&POLICY, 1_000), Some(5_000));
        assert!(breaker.admit(&POLICY, 5_999).is_none());
        let probe = breaker.admit(&POLICY, 6_000).unwrap();
        assert!((0..100).all(|_| breaker.admit(&POLICY, 6_000).is_none()), "exactly one");
        assert_eq!(breaker.settle(&POLICY, probe, Outcome::Success, 6_100), Some(Change::Closed));
        assert!(breaker.admit(&POLICY, 6_100).is_some());
    }

    #[test]
    fn a_busy_target_that_fails_now_and_then_stays_closed() {
        let mut breaker = Breaker::default();
        for request in 0..5_000_u64 {
            let now = request * 10;
            let ticket = breaker.admit(&POLICY, now).expect("never open");
            let outcome = if request % 500 == 499 { Outcome::Failure } else { Outcome::Success };
            assert_eq!(breaker.settle(&POLICY, ticket, outcome, now), None);
        }
    }

    #[test]
    fn old_failures_are_forgotten() {
        let mut breaker = Breaker::default();
        for now in [0, 31_000, 62_000, 93_000] {
            assert_eq!(fail(&mut breaker, now), None);
        }
    }

    #[test]
    fn opening_again_doubles_the_wait_up_to_a_limit() {
        let mut breaker = opened_at(0);
        let mut now = 0;
        for wait in [5_000, 10_000, 20_000, 20_000] {
            assert!(breaker.admit(&POLICY, now + wait - 1).is_none());
            now += wait;
            let probe = breaker.admit(&POLICY, now).unwrap();
            assert_eq!(breaker.settle(&POLICY, probe, Outcome::Failure, now), None);
        }
    }

    #[test]
    fn what_began_before_the_opening_changes_nothing() {
        let mut breaker = Breaker::default();
        let late = breaker.admit(&POLICY, 0).unwrap();
        (0..3).for_each(|_| {
            fail(&mut breaker, 0);
        });
        assert_eq!(breaker.settle(&POLICY, late, Outcome::Success, 100), None);
        assert!(breaker.admit(&POLICY, 200).is_none());
    }

    #[test]
    fn a_probe_that_teaches_nothing_leaves_its_place_to_the_next() {
        let mut breaker = opened_at(0);
        let probe = breaker.admit(&POLICY, 5_000).unwrap();
        breaker.settle(&POLICY, probe, Outcome::Nothing, 5_100);
        assert!(breaker.admit(&POLICY, 5_100).is_some());
    }

    #[test]
    fn a_probe_that_never_ends_forfeits_its_place() {
        let mut breaker = opened_at(0);
        let _endless = breaker.admit(&POLICY, 5_000).unwrap();
        assert!(breaker.admit(&POLICY, 24_999).is_none());
        assert!(breaker.admit(&POLICY, 25_000).is_some());
    }

    #[test]
    fn a_slow_target_that_has_mended_closes_it_though_its_probes_forfeit_their_places() {
        let mut breaker = opened_at(0);
        let slow = breaker.admit(&POLICY, 5_000).unwrap();
        let next = breaker.admit(&POLICY, 25_000).unwrap();
        assert_eq!(breaker.settle(&POLICY, slow, Outcome::Success, 35_000), Some(Change::Closed));
        assert_eq!(breaker.settle(&POLICY, next, Outcome::Failure, 40_000), None, "it began before");
        assert!(breaker.admit(&POLICY, 40_000).is_some());
    }

    #[test]
    fn a_probe_that_forfeited_its_place_and_teaches_nothing_leaves_the_next_alone() {
        let mut breaker = opened_at(0);
        let slow = breaker.admit(&POLICY, 5_000).unwrap();
        let next = breaker.admit(&POLICY, 25_000).unwrap();
        assert_eq!(breaker.settle(&POLICY, slow, Outcome::Nothing, 26_000), None);
        assert!(breaker.admit(&POLICY, 26_000).is_none(), "one at a time");
        assert_eq!(breaker.settle(&POLICY, next, Outcome::Success, 27_000), Some(Change::Closed));
    }

    #[test]
    fn a_probe_that_forfeited_its_place_and_fails_says_nothing_against_the_next() {
        let mut breaker = opened_at(0);
        let slow = breaker.admit(&POLICY, 5_000).unwrap();
        let next = breaker.admit(&POLICY, 25_000).unwrap();
        assert_eq!(breaker.settle(&POLICY, slow, Outcome::Failure, 40_000), None);
        assert_eq!(breaker.settle(&POLICY, next, Outcome::Success, 44_000), Some(Change::Closed));
    }

    #[test]
    fn the_least_bad_one_may_close_it_by_answering() {
        let mut breaker = opened_at(0);
        let forced = breaker.force();
        assert_eq!(breaker.settle(&POLICY, forced, Outcome::Failure, 10), None);
        let forced = breaker.force();
        assert_eq!(breaker.settle(&POLICY, forced, Outcome::Success, 20), Some(Change::Closed));
    }
}
