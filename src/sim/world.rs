//! Time and everything that runs in it: one thread, one clock, and "go to the next wake-up".

use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::executor::{LocalPool, LocalSpawner};
use futures::future::LocalBoxFuture;
use futures::task::LocalSpawnExt;

use super::clock::Clock;
use crate::host::Millis;

/// A day without an end in sight is an endless loop, and a test that runs into one should say so.
const HORIZON: Millis = 24 * 60 * 60 * 1_000;

/// A clock and the tasks that live by it; clones are handles of the same world.
#[derive(Clone)]
pub struct World(Rc<Inner>);

struct Inner {
    clock: Clock,
    pool: RefCell<LocalPool>,
    spawner: LocalSpawner,
    tasks: Rc<Cell<usize>>,
}

/// Why a world cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Somebody waits, no timer is set, and so nothing can ever happen again.
    Deadlock {
        /// When that was.
        at: Millis,
    },
    /// A virtual day has passed and there is no end in sight.
    Endless {
        /// When the waiting was given up.
        at: Millis,
    },
}

impl Default for World {
    fn default() -> Self {
        let pool = LocalPool::new();
        Self(Rc::new(Inner {
            clock: Clock::default(),
            spawner: pool.spawner(),
            pool: RefCell::new(pool),
            tasks: Rc::default(),
        }))
    }
}

impl World {
    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// How many spawned tasks have not ended.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.0.tasks.get()
    }

    /// Runs a future beside whatever else runs here.
    pub fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        let tasks = Rc::clone(&self.0.tasks);
        let counted = async move {
            future.await;
            tasks.set(tasks.get().saturating_sub(1));
        };
        // Spawning fails only when the pool is gone, and then nobody waits for the task either.
        if self.0.spawner.spawn_local(counted).is_ok() {
            self.0.tasks.set(self.tasks() + 1);
        }
    }

    /// Runs the future to its end, and what was spawned beside it.
    ///
    /// Everything that can run does; then the clock goes to the next timer; and so on.
    ///
    /// # Errors
    ///
    /// When nothing can ever happen again although the future has not ended, or when it does not end
    /// within a virtual day.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Result<T, Stuck> {
        let mut future = pin!(future);
        let bell = Arc::new(Bell(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&bell));
        let horizon = self.0.clock.now().saturating_add(HORIZON);
        loop {
            if bell.answered()
                && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return Ok(output);
            }
            self.0.pool.borrow_mut().run_until_stalled();
            if !bell.is_ringing() {
                self.go_on(horizon)?;
            }
        }
    }

    /// Runs what was spawned until all of it has ended.
    ///
    /// # Errors
    ///
    /// As [`World::run`].
    pub fn settle(&self) -> Result<(), Stuck> {
        let horizon = self.0.clock.now().saturating_add(HORIZON);
        loop {
            self.0.pool.borrow_mut().run_until_stalled();
            if self.tasks() == 0 {
                return Ok(());
            }
            self.go_on(horizon)?;
        }
    }

    /// Lets that much time pass, for whatever runs in it.
    pub fn pass(&self, milliseconds: Millis) {
        let sleep = self.0.clock.sleep(milliseconds);
        // A sleep is a timer, so it is never stuck; and a longer one than a day is cut to a day.
        let _ = self.run(sleep);
    }

    fn go_on(&self, horizon: Millis) -> Result<(), Stuck> {
        let at = self.0.clock.now();
        if at >= horizon {
            Err(Stuck::Endless { at })
        } else if self.0.clock.advance() {
            Ok(())
        } else {
            Err(Stuck::Deadlock { at })
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.0.clock.now())
            .field("timers", &self.0.clock.timers())
            .field("tasks", &self.tasks())
            .finish()
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadlock { at } => {
                write!(f, "deadlock at {at} ms: somebody waits, and no timer is left that could wake anybody")
            }
            Self::Endless { at } => write!(f, "no end in sight at {at} ms, after a whole day"),
        }
    }
}

impl std::error::Error for Stuck {}

/// Rings when the future may be able to go on.
struct Bell(AtomicBool);

impl Bell {
    fn is_ringing(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn answered(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use futures::future::{self, Either};

    #[test]
    fn an_hour_takes_no_time() {
        let world = World::default();
        let clock = world.clock().clone();
        let told = world.run(async {
            clock.sleep(3_600_000).await;
            "an hour later"
        });
        assert_eq!(told, Ok("an hour later"));
        assert_eq!(world.clock().now(), 3_600_000);
    }

    #[test]
    fn waiting_for_nobody_is_a_deadlock_and_not_a_hang() {
        let world = World::default();
        world.pass(40);
        let stuck = world.run(future::pending::<()>());
        assert_eq!(stuck, Err(Stuck::Deadlock { at: 40 }));
    }

    #[test]
    fn what_never_ends_is_given_up_after_a_day() {
        let world = World::default();
        let clock = world.clock().clone();
        let stuck = world.run(async {
            loop {
                clock.sleep(60_000).await;
            }
        });
        let stuck: Stuck = match stuck {
            Err(stuck) => stuck,
            Ok(never) => never,
        };
        assert_eq!(stuck, Stuck::Endless { at: HORIZON });
    }

    #[test]
    fn a_spawned_task_runs_beside_and_may_wake_the_other() {
        let world = World::default();
        let clock = world.clock().clone();
        let (tell, told) = oneshot::channel();
        world.spawn(Box::pin(async move {
            clock.sleep(70).await;
            let _ = tell.send(clock.now());
        }));
        assert_eq!(world.run(told), Ok(Ok(70)));
        assert_eq!(world.tasks(), 0);
    }

    #[test]
    fn settling_runs_what_was_left_behind() {
        let world = World::default();
        let clock = world.clock().clone();
        let done = Rc::new(Cell::new(false));
        let noted = Rc::clone(&done);
        world.spawn(Box::pin(async move {
            clock.sleep(5_000).await;
            noted.set(true);
        }));
        assert_eq!(world.run(async { 1 }), Ok(1));
        assert!(!done.get());
        assert_eq!(world.settle(), Ok(()));
        assert!(done.get());
        assert_eq!(world.clock().now(), 5_000);
    }

    #[test]
    fn the_loser_of_a_race_is_cleared_when_it_is_dropped() {
        let world = World::default();
        let clock = world.clock().clone();
        let winner = world.run(async {
            match future::select(clock.sleep(10), clock.sleep(1_000)).await {
                Either::Left(_) => "the short one",
                Either::Right(_) => "the long one",
            }
        });
        assert_eq!(winner, Ok("the short one"));
        assert_eq!(world.clock().timers(), 0);
    }
}
