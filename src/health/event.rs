//! What somebody should hear of, as a fact and in words: names and numbers only, never a word of a prompt, an answer or a
//! provider.

use crate::class::Class;
use crate::config::AlertEvent;

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The breaker of a target opened.
    BreakerOpen {
        /// `provider/model`.
        target: String,
        /// How its last attempt failed.
        class: Option<Class>,
    },
    /// It closed again.
    BreakerClosed {
        /// `provider/model`.
        target: String,
    },
    /// A provider refused a key.
    KeyRefused {
        /// `provider/model`.
        target: String,
        /// The name of the secret that holds the key; the provider may want one where none is configured.
        key: Option<String>,
    },
    /// A lower route answered.
    Degraded {
        /// The route that was exhausted.
        from: String,
        /// The one that answered.
        to: String,
        /// How the last target of the first one failed.
        class: Class,
    },
    /// Too many requests of callers failed.
    ErrorRate {
        /// So many of them,
        failed: u64,
        /// of so many in the last minute.
        requests: u64,
    },
    /// Money was spent.
    Spend {
        /// In all.
        usd: f64,
    },
    /// A new configuration is invalid, and the one before it stays.
    ConfigInvalid,
}

impl Event {
    /// Which kind of alert it is.
    #[must_use]
    pub const fn kind(&self) -> AlertEvent {
        match self {
            Self::BreakerOpen { .. } => AlertEvent::BreakerOpen,
            Self::BreakerClosed { .. } => AlertEvent::BreakerClosed,
            Self::KeyRefused { .. } => AlertEvent::KeyRefused,
            Self::Degraded { .. } => AlertEvent::Degraded,
            Self::ErrorRate { .. } => AlertEvent::ErrorRate,
            Self::Spend { .. } => AlertEvent::Spend,
            Self::ConfigInvalid => AlertEvent::ConfigInvalid,
        }
    }

    /// The field of the message that says what it is about, and its value.
    #[must_use]
    pub fn about(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::BreakerOpen { target, .. }
            | Self::BreakerClosed { target }
            | Self::KeyRefused { target, .. } => Some(("model", target)),
            Self::Degraded { from, .. } => Some(("route", from)),
            Self::ErrorRate { .. } | Self::Spend { .. } | Self::ConfigInvalid => None,
        }
    }

    /// What happened, in a sentence or two.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::BreakerOpen { target, class } => {
                let last = class.map_or_else(String::new, |class| format!(" (the last: {class})"));
                format!("Too many attempts on {target} failed{last}; it is left alone for a while.")
            }
            Self::BreakerClosed { target } => format!("{target} answers again."),
            Self::KeyRefused { target, key: Some(key) } => {
                format!("The provider of {target} refused the key {key}.")
            }
            Self::KeyRefused { target, key: None } => {
                format!("The provider of {target} wants a key, and none is configured.")
            }
            Self::Degraded { from, to, class } => {
                format!("Nobody in {from} answered (the last: {class}); {to} did.")
            }
            Self::ErrorRate { failed, requests } => {
                format!("{failed} of {requests} requests of the last minute failed.")
            }
            Self::Spend { usd } => {
                // Not as a fraction: the formatting of those is 10 KB of WebAssembly.
                let cents = (usd * 100.0).round() as u64;
                format!("This isolate has spent {}.{:02} USD since it began.", cents / 100, cents % 100)
            }
            Self::ConfigInvalid => {
                "The new configuration in KV is invalid: the log lists what is wrong with it. \
                The last good one stays in force."
                    .to_owned()
            }
        }
    }

    /// Two of the same kind and subject are the same alert.
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::KeyRefused { key: Some(key), .. } => key,
            _ => self.about().map_or("", |(_, subject)| subject),
        }
    }

    /// The kind that this one puts an end to, where it is about a state.
    pub(super) fn ends(&self) -> Option<AlertEvent> {
        match self {
            Self::BreakerOpen { .. } => Some(AlertEvent::BreakerClosed),
            Self::BreakerClosed { .. } => Some(AlertEvent::BreakerOpen),
            _ => None,
        }
    }
}
