//! An alert.

use crate::config::shape::{NonEmpty, SecretName, Text, Whole, object, words};
use crate::config::{self, AlertEvent};

object! {
    /// Who is told, and of what.
    Alert of config::Alert {
        /// The events. A refused key is the provider's 401 or 403; degraded is a route whose `degrade_to`
        /// answered; an error rate is more than 10 % of at least 10 requests within a minute that failed
        /// (500 and above, 429, a stream that broke off); spend is each further 10 USD of one isolate; an invalid
        /// config is a new value in KV that was not taken.
        on: NonEmpty<Event> = ["breaker_open", "key_refused", "degraded", "error_rate", "config_invalid"],
        /// The name of the secret that holds the address, never the address itself. JSON is posted there that
        /// Slack understands, once the caller has the answer: `text`, and for programs `alert`, `model` or
        /// `route`, `why`, `count` (how many of the same were held back since the last one), `at_ms`, `id`.
        webhook: Text<SecretName>,
        /// Seconds in which the same alert about the same model, route or key is not repeated.
        cooldown_s in cooldown: Whole<0, 604800> = 300,
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
        "config_invalid" => AlertEvent::ConfigInvalid,
    }
}
