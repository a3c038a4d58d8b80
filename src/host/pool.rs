//! The futures of one call.
//!
//! *Why not `futures::executor::LocalPool`?* It is made for a thread that sleeps until somebody wakes it, and for
//! thousands of futures of which a few can go on. A call has a handful, it is run when JavaScript has answered it, and
//! to ask all of them costs less than to know which: in bytes, and in what is done for each piece of a stream.

use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use futures::future::LocalBoxFuture;

use crate::shared::Shared;

/// The futures of one call.
#[derive(Default)]
pub(super) struct Pool {
    running: Shared<Futures>,
    /// Those that came since: whoever runs may bring others.
    spawned: Rc<Shared<Futures>>,
    woken: Arc<Woken>,
}

type Futures = Vec<LocalBoxFuture<'static, ()>>;

/// The way into a pool, for those who run in it and must not keep it alive.
#[derive(Default)]
pub(super) struct Spawner(Weak<Shared<Futures>>);

impl Spawner {
    /// Lets a future run too. When the pool is gone, nobody is left to wait for it.
    pub(super) fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        if let Some(spawned) = self.0.upgrade() {
            spawned.borrow_mut().push(future);
        }
    }
}

impl Pool {
    pub(super) fn spawner(&self) -> Spawner {
        Spawner(Rc::downgrade(&self.spawned))
    }

    /// Runs all until each waits for something outside. Says whether any is left.
    pub(super) fn run(&self) -> bool {
        let woken = &*self.woken;
        woken.0.store(true, Ordering::Relaxed);
        let waker = Waker::from(self.woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut running = self.running.borrow_mut();
        while woken.0.swap(false, Ordering::Relaxed) || !self.spawned.borrow().is_empty() {
            running.append(&mut self.spawned.borrow_mut());
            running.retain_mut(|future| future.as_mut().poll(&mut context).is_pending());
        }
        !running.is_empty()
    }
}

/// Whether one of them can go on because of another.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    /// A gate that some wait at, and how often they asked.
    #[derive(Default)]
    struct Gate {
        open: Cell<bool>,
        asked: Cell<u32>,
        waiting: RefCell<Option<Waker>>,
    }

    impl Gate {
        fn open(&self) {
            self.open.set(true);
            if let Some(waker) = self.waiting.take() {
                waker.wake();
            }
        }

        async fn pass(self: Rc<Self>) {
            poll_fn(|context| {
                self.asked.set(self.asked.get() + 1);
                self.waiting.replace(Some(context.waker().clone()));
                if self.open.get() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    #[test]
    fn all_run_until_each_waits_for_something_outside() {
        let (pool, gate) = (Pool::default(), Rc::new(Gate::default()));
        pool.spawner().spawn(Box::pin(gate.clone().pass()));
        assert!(pool.run() && pool.run());
        assert_eq!(gate.asked.get(), 2, "once each time");
        gate.open();
        assert!(!pool.run());
    }

    #[test]
    fn one_that_can_go_on_because_of_a_later_one_goes_on_at_once() {
        let (pool, gate) = (Pool::default(), Rc::new(Gate::default()));
        pool.spawner().spawn(Box::pin(gate.clone().pass()));
        pool.spawner().spawn(Box::pin(async move { gate.open() }));
        assert!(!pool.run());
    }

    #[test]
    fn one_that_another_brings_runs_at_once() {
        let (pool, gate) = (Pool::default(), Rc::new(Gate::default()));
        let (spawner, brought) = (pool.spawner(), gate.clone());
        pool.spawner().spawn(Box::pin(async move {
            spawner.spawn(Box::pin(async move { brought.open() }));
        }));
        assert!(!pool.run());
        assert!(gate.open.get());
    }

    #[test]
    fn a_pool_that_is_dropped_drops_all_and_takes_no_more() {
        let (pool, gate) = (Pool::default(), Rc::new(Gate::default()));
        let spawner = Rc::new(pool.spawner());
        // It holds the way in, as all who run do by their host.
        let (holds, held) = (spawner.clone(), gate.clone());
        spawner.spawn(Box::pin(async move {
            held.pass().await;
            drop(holds);
        }));
        drop(pool);
        spawner.spawn(Box::pin(gate.clone().pass()));
        assert_eq!((Rc::strong_count(&gate), Rc::strong_count(&spawner)), (1, 1));
    }
}
