//! One failed attempt: its class, and what the provider said about it.

use crate::class::Class;
use crate::host::Millis;

/// Why an attempt gave no answer.
#[derive(Debug)]
pub struct Failure {
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
        Self {
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
        }
    }

    /// Nobody was asked at all.
    #[must_use]
    pub fn passed_over() -> Self {
        Self { asked: false, ..Self::new(Class::Auth, "no target could be asked") }
    }

    /// This failure and the one after it: the later one counts, unless its target was only passed over, or
    /// the earlier one is the caller's own fault.
    #[must_use]
    pub fn then(self, later: Failure) -> Failure {
        match (self.asked, later.asked) {
            (true, true) if !self.falls_back => self,
            (true, false) => Failure { falls_back: self.falls_back && later.falls_back, ..self },
            _ => later,
        }
    }

    /// With the HTTP status that came.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }
}
