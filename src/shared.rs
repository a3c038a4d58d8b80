//! A value that many hold, and one at a time changes.
//!
//! Why not `RefCell` itself? It keeps the place of each borrow for the panic that two of them at once would be. There are a
//! hundred such places, and nobody waits within a borrow, so there is no such panic: all of them share one.

use std::cell::{Ref, RefCell, RefMut};

/// A `RefCell` that keeps no places.
#[derive(Debug, Default)]
pub struct Shared<T>(RefCell<T>);

impl<T> Shared<T> {
    /// Holds this value.
    pub const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// The value, to be looked at.
    #[inline(never)]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// The value, to be changed.
    #[inline(never)]
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        self.0.borrow_mut()
    }

    /// Another value in its place.
    pub fn replace(&self, value: T) -> T {
        self.0.replace(value)
    }
}
