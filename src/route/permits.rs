//! How many attempts of one request may be under way at once.
//!
//! Cloudflare lets six connections of a request wait for their headers; a seventh queues in silence, with its
//! clocks running. Five leave room for an alert. Whoever comes when all are taken waits for its turn.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::shared::Shared;

/// The permits of one request.
pub(crate) struct Permits {
    free: Cell<usize>,
    waiting: Shared<Vec<Waker>>,
    /// How many wait for their turn, or are about to be asked whether it is theirs.
    queued: Cell<usize>,
}

/// A place in the queue.
struct Place<'p>(&'p Permits);

/// One attempt may be under way; dropped, it is the next one's turn.
pub(crate) struct Permit(Rc<Permits>);

const AT_ONCE: usize = 5;

impl Permits {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self { free: Cell::new(AT_ONCE), waiting: Shared::default(), queued: Cell::new(0) })
    }

    /// Whether somebody waits who will not get a turn before another attempt ends.
    pub(crate) fn are_short(&self) -> bool {
        self.queued.get() > self.free.get()
    }

    pub(crate) async fn take(self: &Rc<Self>) -> Permit {
        let _place = Place::of(self);
        poll_fn(|cx| {
            let free = self.free.get();
            if free == 0 {
                let mut waiting = self.waiting.borrow_mut();
                if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                    waiting.push(cx.waker().clone());
                }
                return Poll::Pending;
            }
            self.free.set(free - 1);
            Poll::Ready(Permit(self.clone()))
        })
        .await
    }
}

impl<'p> Place<'p> {
    fn of(permits: &'p Permits) -> Self {
        permits.queued.set(permits.queued.get() + 1);
        Self(permits)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.queued.set(self.0.queued.get() - 1);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.free.set(self.0.free.get() + 1);
        // All are woken, for one that was dropped meanwhile would keep the turn to itself; at most a handful wait.
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}
