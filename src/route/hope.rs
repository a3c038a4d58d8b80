//! Whether anybody else could be asked, as that is when somebody wants to know: a runner that has begun among others may
//! be the last hope when its clock goes off, and one that began as the last may not be any more.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use crate::config::Node;

use super::call::Call;

/// What an attempt knows of the others.
#[derive(Clone, Debug)]
pub(crate) struct Hope {
    /// As it began, nobody else was running, and nobody else could be asked if it failed.
    pub(crate) alone: bool,
    around: Option<Rc<Others>>,
}

/// Those who are asked together, or one after the other.
#[derive(Debug)]
pub(crate) struct Others {
    /// Not for keeps: the call may keep an answer whose clock knows of these.
    call: Weak<Call>,
    steps: Vec<Rc<Node>>,
    /// So many of them have begun.
    begun: Cell<usize>,
    /// Who comes after all of them.
    lower: Option<Rc<Node>>,
    around: Hope,
}

impl Hope {
    /// There is nobody else.
    pub(crate) const LAST: Self = Self { alone: true, around: None };

    /// Whether nobody else could still be asked.
    pub(crate) fn is_last(&self) -> bool {
        self.around.as_ref().is_none_or(|others| !others.are_left() && others.around.is_last())
    }
}

impl Others {
    /// Within what is hoped for around them.
    pub(crate) fn within(
        around: Hope,
        call: &Rc<Call>,
        steps: Vec<Rc<Node>>,
        lower: Option<Rc<Node>>,
    ) -> Rc<Self> {
        Rc::new(Self { call: Rc::downgrade(call), steps, begun: Cell::new(0), lower, around })
    }

    /// The next one begins, `alone` or beside others.
    pub(crate) fn begin(self: &Rc<Self>, alone: bool) -> Option<(&Node, Hope)> {
        let step = self.steps.get(self.begun.get())?;
        self.begun.set(self.begun.get() + 1);
        let alone = self.around.alone && alone && !self.are_left();
        Some((step, Hope { alone, around: Some(self.clone()) }))
    }

    /// Whether all of them have begun.
    pub(crate) fn have_begun(&self) -> bool {
        self.begun.get() == self.steps.len()
    }

    /// Whether somebody waits for a turn, or has not begun and could be asked.
    fn are_left(&self) -> bool {
        let Some(call) = self.call.upgrade().filter(|call| !call.is_settled()) else { return false };
        let is_open = |node: &Rc<Node>| super::is_open(&call, node);
        let unbegun = self.steps.get(self.begun.get()..).unwrap_or_default();
        call.permits.are_short() || unbegun.iter().any(is_open) || self.lower.as_ref().is_some_and(is_open)
    }
}
