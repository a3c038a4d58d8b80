//! Whether anybody else could be asked, as that is when somebody wants to know: a runner that has begun among others may
//! be the last hope when its clock goes off.

use std::cell::Cell;
use std::rc::Rc;

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
    /// Somebody among them has not been asked yet, and could be.
    left: Cell<bool>,
    around: Hope,
}

impl Hope {
    /// There is nobody else.
    pub(crate) const LAST: Self = Self { alone: true, around: None };

    /// Whether nobody else could still be asked.
    pub(crate) fn is_last(&self) -> bool {
        self.around.as_ref().is_none_or(|others| !others.left.get() && others.around.is_last())
    }
}

impl Others {
    /// Within what is hoped for around them.
    pub(crate) fn within(around: Hope) -> Rc<Self> {
        Rc::new(Self { left: Cell::new(false), around })
    }

    /// One of them begins: is anybody `left` to be asked after it, and is it `alone` by now?
    pub(crate) fn begins(self: &Rc<Self>, left: bool, alone: bool) -> Hope {
        self.left.set(left);
        Hope { alone: self.around.alone && alone && !left, around: Some(self.clone()) }
    }
}
