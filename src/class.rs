//! What kinds of failure there are, and what each one allows: the one table that every strategy obeys.
//!
//! An attempt that fails has exactly one class. Whoever judges an answer names the class; whoever
//! arranges attempts asks the class what may be done. Nobody else looks at a status again.

use std::fmt;

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Refused, reset, TLS, DNS, or closed before the headers came.
    Network,
    /// One of the clocks ran out.
    Timeout,
    /// 429, or a vendor's other way to say so.
    RateLimit,
    /// The key's credit or its allowance for the day is used up, whatever the status.
    Quota,
    /// 498, 503, 529, or "overloaded" in a body or an event.
    Overloaded,
    /// 500, 502, 504, 520 to 527 and every other 5xx; 408, 409, 425, 499, and any other 4xx that is not about the request.
    Server,
    /// The provider refused our key, or there is none.
    Auth,
    /// The provider does not know the model or the deployment, or may not serve us: a 404 about it, 410, 451.
    NotFound,
    /// The prompt is too long for this model.
    ContextLength,
    /// The prompt was refused by policy.
    ContentFilter,
    /// The model declined, as a field of a well-formed answer.
    Refusal,
    /// The caller's own fault (400, 404 of a path, 405, 413, 415, 422): asking another target would not help.
    InvalidRequest,
    /// A success with neither text, tool call nor refusal in it.
    Empty,
    /// Not JSON, the wrong shape, a redirect, or an error object inside a 200.
    BadOutput,
    /// The body ended, broke or stalled before the answer was complete.
    Cut,
    /// The caller left, or a race was lost.
    Cancelled,
}

/// Whether the same target may be asked again, once it failed in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Never within this request.
    No,
    /// Up to `retry.retries` times, with backoff.
    Backoff,
    /// Only when no other target is left, with backoff.
    LastHope,
    /// With another key at once; else after the stated wait, when it is short enough.
    AfterWait,
    /// With another key at once, and not otherwise.
    OtherKey,
}

/// Whether another target may be asked, once one failed in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Yes, as long as the route's `on` names the class.
    Yes,
    /// Only a target with a larger context window.
    LargerWindow,
    /// Never: every target would say the same.
    No,
}

/// What a failure does to the memory of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Nothing.
    None,
    /// It counts against the target.
    Target,
    /// It rests this key for this model until the stated time.
    RestsKey,
    /// It rests this key for long.
    SpendsKey,
    /// It rests the target for long.
    RestsTarget,
}

/// The whole policy of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// May the same target be asked again?
    pub again: Again,
    /// May another target be asked?
    pub next: Next,
    /// What is remembered of it?
    pub harm: Harm,
}

impl Class {
    /// Every class, in the order of the documentation.
    pub const ALL: [Class; 16] = [
        Class::Network,
        Class::Timeout,
        Class::RateLimit,
        Class::Quota,
        Class::Overloaded,
        Class::Server,
        Class::Auth,
        Class::NotFound,
        Class::ContextLength,
        Class::ContentFilter,
        Class::Refusal,
        Class::InvalidRequest,
        Class::Empty,
        Class::BadOutput,
        Class::Cut,
        Class::Cancelled,
    ];

    /// What this class allows. The only place that says so.
    #[must_use]
    pub const fn policy(self) -> Policy {
        let (again, next, harm) = match self {
            Self::Network | Self::Server => (Again::Backoff, Next::Yes, Harm::Target),
            Self::Timeout | Self::Empty | Self::BadOutput | Self::Cut => (Again::No, Next::Yes, Harm::Target),
            Self::RateLimit => (Again::AfterWait, Next::Yes, Harm::RestsKey),
            Self::Quota | Self::Auth => (Again::OtherKey, Next::Yes, Harm::SpendsKey),
            Self::Overloaded => (Again::LastHope, Next::Yes, Harm::Target),
            Self::NotFound => (Again::No, Next::Yes, Harm::RestsTarget),
            Self::ContextLength => (Again::No, Next::LargerWindow, Harm::None),
            Self::ContentFilter | Self::Refusal => (Again::No, Next::Yes, Harm::None),
            Self::InvalidRequest | Self::Cancelled => (Again::No, Next::No, Harm::None),
        };
        Policy { again, next, harm }
    }

    /// The name in configurations, trails and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::RateLimit => "rate_limit",
            Self::Quota => "quota",
            Self::Overloaded => "overloaded",
            Self::Server => "server",
            Self::Auth => "auth",
            Self::NotFound => "not_found",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::Refusal => "refusal",
            Self::InvalidRequest => "invalid_request",
            Self::Empty => "empty",
            Self::BadOutput => "bad_output",
            Self::Cut => "cut",
            Self::Cancelled => "cancelled",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.name() == name)
    }

    /// Whether a route may list it in `on`: all but the caller's own fault and his leaving.
    #[must_use]
    pub fn can_fall_back(self) -> bool {
        self.policy().next != Next::No
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of classes: what `on` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes(u16);

impl Classes {
    /// What falls back when the configuration says nothing.
    pub const DEFAULT: Classes = Classes(0)
        .with(Class::Network)
        .with(Class::Timeout)
        .with(Class::RateLimit)
        .with(Class::Quota)
        .with(Class::Overloaded)
        .with(Class::Server)
        .with(Class::Auth)
        .with(Class::NotFound)
        .with(Class::ContextLength)
        .with(Class::Empty)
        .with(Class::BadOutput)
        .with(Class::Cut);

    /// No class at all.
    pub const NONE: Classes = Classes(0);

    /// The set and one more.
    #[must_use]
    pub const fn with(self, class: Class) -> Self {
        Self(self.0 | 1 << class as u16)
    }

    /// Whether the class is in the set.
    #[must_use]
    pub const fn contains(self, class: Class) -> bool {
        self.0 & 1 << class as u16 != 0
    }
}

impl FromIterator<Class> for Classes {
    fn from_iter<I: IntoIterator<Item = Class>>(classes: I) -> Self {
        classes.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_class() {
        for class in Class::ALL {
            assert_eq!(Class::named(class.name()), Some(class));
        }
    }

    #[test]
    fn the_callers_own_fault_is_never_sprayed_over_the_targets() {
        assert!(!Class::InvalidRequest.can_fall_back());
        assert!(!Class::Cancelled.can_fall_back());
        assert!(!Classes::DEFAULT.contains(Class::InvalidRequest));
    }
}
