//! A clock that stands still until it is told to go to the next moment at which somebody wants to wake up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::host::Millis;

/// A virtual clock and its timers; clones are handles of the same clock.
///
/// 1. Time moves only in [`Clock::advance`].
/// 2. Timers fire in the order of their times, and those of the same time in the order in which they were set.
/// 3. A [`Sleep`] that is dropped leaves no timer behind.
#[derive(Clone, Debug, Default)]
pub struct Clock(Rc<RefCell<Timers>>);

#[derive(Debug, Default)]
struct Timers {
    now: Millis,
    set: u64,
    waiting: BTreeMap<Moment, Option<Waker>>,
}

/// When a timer fires, and which one it is.
type Moment = (Millis, u64);

impl Clock {
    /// Milliseconds since the beginning of this world.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.0.borrow().now
    }

    /// Resolves after that many milliseconds, counted from this call and not from the first poll.
    pub fn sleep(&self, milliseconds: Millis) -> Sleep {
        let mut timers = self.0.borrow_mut();
        timers.set += 1;
        let moment = (timers.now.saturating_add(milliseconds), timers.set);
        timers.waiting.insert(moment, None);
        Sleep { clock: self.clone(), moment }
    }

    /// How many timers are waiting.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.0.borrow().waiting.len()
    }

    /// Goes to the next timer and fires it, and it alone. `false` when none is left.
    pub fn advance(&self) -> bool {
        let mut timers = self.0.borrow_mut();
        let Some(((time, _), waker)) = timers.waiting.pop_first() else {
            return false;
        };
        timers.now = timers.now.max(time);
        // Whoever wakes up may set timers at once.
        drop(timers);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

/// A timer that somebody waits for. Dropping it clears it.
#[derive(Debug)]
#[must_use = "a timer does nothing unless it is awaited"]
pub struct Sleep {
    clock: Clock,
    moment: Moment,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut timers = self.clock.0.borrow_mut();
        match timers.waiting.get_mut(&self.moment) {
            Some(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let waker = self.clock.0.borrow_mut().waiting.remove(&self.moment);
        // A waker may hold the last handle of something that sleeps: it goes when the clock is free again.
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn time_stands_still_until_it_is_told_to_go_on() {
        let clock = Clock::default();
        let mut sleep = clock.sleep(250);
        assert_eq!((&mut sleep).now_or_never(), None);
        assert_eq!(clock.now(), 0);

        assert!(clock.advance());
        assert_eq!(clock.now(), 250);
        assert_eq!((&mut sleep).now_or_never(), Some(()));
        assert!(!clock.advance());
    }

    #[test]
    fn a_sleep_counts_from_the_call_and_not_from_the_first_poll() {
        let clock = Clock::default();
        let early = clock.sleep(100);
        let late = clock.sleep(300);
        assert!(clock.advance());
        assert_eq!(early.now_or_never(), Some(()));
        assert!(clock.advance());
        assert_eq!(late.now_or_never(), Some(()));
        assert_eq!(clock.now(), 300);
    }

    #[test]
    fn timers_of_the_same_time_fire_in_the_order_in_which_they_were_set() {
        let clock = Clock::default();
        let mut sleeps = [clock.sleep(5), clock.sleep(5), clock.sleep(3)];
        let mut order = Vec::new();
        while clock.advance() {
            for (name, sleep) in sleeps.iter_mut().enumerate() {
                if !order.contains(&name) && sleep.now_or_never().is_some() {
                    order.push(name);
                }
            }
        }
        assert_eq!(order, [2, 0, 1]);
    }

    #[test]
    fn a_dropped_sleep_leaves_no_timer_behind() {
        let clock = Clock::default();
        let sleep = clock.sleep(1_000);
        let kept = clock.sleep(2_000);
        drop(sleep);
        assert_eq!(clock.timers(), 1);
        assert!(clock.advance());
        assert_eq!(clock.now(), 2_000);
        drop(kept);
        assert_eq!(clock.timers(), 0);
    }

    #[test]
    fn the_end_of_time_is_no_overflow() {
        let clock = Clock::default();
        let first = clock.sleep(Millis::MAX);
        assert!(clock.advance());
        let second = clock.sleep(Millis::MAX);
        assert!(clock.advance());
        assert_eq!(clock.now(), Millis::MAX);
        drop((first, second));
    }
}
