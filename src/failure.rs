//! One failed attempt: its class, and what the provider said about it.

use std::ops::{Deref, DerefMut};

use crate::class::Class;
use crate::host::Millis;

/// Why an attempt gave no answer. A handle: every layer hands it on, mostly beside something better.
#[derive(Debug)]
pub struct Failure(Box<About>);

/// What is known of a failure.
#[derive(Debug)]
pub struct About {
    /// What kind of failure it is; this decides everything.
    pub class: Class,
    /// The HTTP status, where one came.
    pub status: Option<u16>,
    /// What happened, in the provider's words where there are any. Never holds a key.
    pub message: String,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's own type.
    pub kind: Option<String>,
    /// The field that the provider blamed.
    pub param: Option<String>,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Millis>,
    /// The clock that ran out.
    pub clock: Option<&'static str>,
    /// Whether the next target may be asked: the class allows it and the target's `on` names it.
    pub falls_back: bool,
    /// Whether the target was really asked, as opposed to passed over.
    pub asked: bool,
}

impl Failure {
    /// A failure of that class.
    #[must_use]
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self(Box::new(About {
            class,
            status: None,
            message: message.into(),
            code: None,
            kind: None,
            param: None,
            retry_after: None,
            clock: None,
            falls_back: class.can_fall_back(),
            asked: true,
        }))
    }

    /// Nobody was asked at all.
    #[must_use]
    pub fn passed_over() -> Self {
        Self::new(Class::Auth, "no target could be asked").unasked()
    }

    /// The target was only passed over.
    #[must_use]
    pub fn unasked(mut self) -> Self {
        self.asked = false;
        self
    }

    /// Whether the next target may be asked.
    #[must_use]
    pub fn falling_back(mut self, falls_back: bool) -> Self {
        self.falls_back = falls_back;
        self
    }

    /// It is of another class than it looked like.
    #[must_use]
    pub fn of_class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// This failure and the one after it: the later one counts, unless its target was only passed over, or
    /// the earlier one is the caller's own fault.
    #[must_use]
    pub fn then(self, later: Failure) -> Failure {
        match (self.asked, later.asked) {
            (true, true) if !self.falls_back => self,
            (true, false) => {
                let falls_back = self.falls_back && later.falls_back;
                self.falling_back(falls_back)
            }
            _ => later,
        }
    }
}

impl Deref for Failure {
    type Target = About;

    fn deref(&self) -> &About {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut About {
        &mut self.0
    }
}
