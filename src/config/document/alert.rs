//! An alert.

use crate::config::AlertEvent;
use crate::config::shape::{NonEmpty, SecretName, Text, Whole, object, words};

object! {
    /// Who is told, and of what.
    Alert {
        /// The events.
        on: NonEmpty<Event> = ["breaker_open", "key_refused", "degraded", "error_rate"],
        /// The name of the secret that holds the address to call, never the address itself.
        webhook: Text<SecretName>,
        /// Seconds in which the same alert is not repeated.
        cooldown_s: Whole<0, 604800> = 300,
    }
}

words! {
    Event: AlertEvent {
        "breaker_open" => AlertEvent::BreakerOpen,
        "breaker_closed" => AlertEvent::BreakerClosed,
        "key_refused" => AlertEvent::KeyRefused,
        "degraded" => AlertEvent::Degraded,
        "error_rate" => AlertEvent::ErrorRate,
        "spend" => AlertEvent::Spend,
    }
}
