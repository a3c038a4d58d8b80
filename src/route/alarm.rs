//! A clock that can be moved: one host timer watches a time that changes with every chunk.
//!
//! A timer set and cleared per chunk would cost more than the chunk. Here the time at which the alarm
//! goes off is a number; the timer that runs may wake us too early, and then sleeps for the rest.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::future::LocalBoxFuture;

use crate::host::{Host, Millis};

use super::hope::Hope;

/// One alarm, owned by whoever waits for something.
pub(crate) struct Alarm {
    host: Rc<dyn Host>,
    due: Option<Due>,
    /// What counts instead, if by then nobody else could be asked.
    patient: Option<(Hope, Option<Due>)>,
    timer: Option<(Millis, LocalBoxFuture<'static, ()>)>,
}

/// When it goes off, and what is said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) at: Millis,
    pub(crate) clock: &'static str,
}

impl Due {
    /// The earlier of some; a length of 0 switches a clock off.
    pub(crate) fn first(clocks: &[(Millis, Millis, &'static str)]) -> Option<Self> {
        let mut first = None;
        for (from, length, clock) in clocks {
            if *length > 0 {
                first = Self::earlier(first, Some(Self { at: from.saturating_add(*length), clock }));
            }
        }
        first
    }

    /// The earlier of two; the first, when both are at once.
    pub(crate) fn earlier(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if other.at < one.at { other } else { one }),
            (one, other) => one.or(other),
        }
    }
}

impl Alarm {
    pub(crate) fn new(host: Rc<dyn Host>) -> Self {
        Self { host, due: None, patient: None, timer: None }
    }

    /// Moves it.
    pub(crate) fn set(&mut self, due: Option<Due>) {
        self.due = due;
        self.patient = None;
    }

    /// Moves it there, and for the last hope to a time that may be `later`.
    pub(crate) fn set_unless_last(&mut self, due: Option<Due>, hope: &Hope, later: Option<Due>) {
        self.due = due;
        self.patient = (due != later).then(|| (hope.clone(), later));
    }

    /// Moves it back by so many milliseconds.
    pub(crate) fn postpone(&mut self, milliseconds: Millis) {
        if let Some(due) = &mut self.due {
            due.at = due.at.saturating_add(milliseconds);
        }
    }

    /// Waits for a future, or until the alarm goes off: `Err` names the clock.
    pub(crate) async fn watch<F: Future>(&mut self, future: F) -> Result<F::Output, &'static str> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            // The future first: what is there already is not late.
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            self.poll(cx).map(Err)
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<&'static str> {
        loop {
            let Some(due) = self.due else { return Poll::Pending };
            match &mut self.timer {
                Some((wakes_at, timer)) if *wakes_at <= due.at => {
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.timer = None;
                }
                _ => {
                    let now = self.host.now();
                    if now >= due.at {
                        match self.patient.take() {
                            Some((hope, later)) if hope.is_last() => self.due = later,
                            _ => return Poll::Ready(due.clock),
                        }
                        continue;
                    }
                    self.timer = Some((due.at, self.host.sleep(due.at - now)));
                }
            }
        }
    }
}
