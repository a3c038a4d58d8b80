//! What holds for every request: clocks, retries, breaker, streams, limits.

use std::marker::PhantomData;

use crate::class::{Class, Classes};
use crate::config::errors::ConfigErrors;
use crate::config::shape::{Expected, Flag, Found, Number, Object, Shape, Whole, object, read_list, words};
use crate::config::{self, OnBreak};

/// Milliseconds; at most what a timer of the platform can wait for.
pub(super) type Milliseconds = Whole<0, 2147483647>;

object! {
    /// Clocks in milliseconds; 0 switches one off. Models that reason have longer defaults.
    Timeouts of config::TimeoutChoices {
        /// Until the headers of a stream. Default 10000; 120000 for models that reason.
        headers_ms in headers: Option<Milliseconds>,
        /// Until the first content of a stream. Default 10000; 120000 for models that reason.
        first_token_ms in first_token: Option<Milliseconds>,
        /// Between pieces of content. Default 30000; 60000 for models that reason.
        idle_ms in idle: Option<Milliseconds>,
        /// Until content is shown, or the whole answer is there. Default 120000; 600000 for models
        /// that reason.
        attempt_ms in attempt: Option<Milliseconds>,
        /// The same, for all attempts of a request together; not for a route or a target alone. Default 600000.
        deadline_ms in deadline: Option<Milliseconds>,
        /// For a whole streamed answer. Default 0.
        stream_ms in stream: Option<Milliseconds>,
    }
}

object! {
    /// Further attempts on the same target.
    Retry of config::Retry {
        /// How many, after the first.
        retries: Whole<0, 10, u32> = 1,
        /// The first wait in milliseconds; it doubles from one to the next, with full jitter.
        backoff_ms in backoff: Milliseconds = 250,
        /// The longest such wait in milliseconds.
        max_backoff_ms in max_backoff: Milliseconds = 4000,
        /// The longest wait in milliseconds that a provider may ask for and get.
        max_wait_ms in max_wait: Milliseconds = 3000,
        /// What retries and hedges together may add to the load of the last minute: 0.2 is a fifth.
        budget: Number<1> = 0.2,
    }
}

object! {
    /// When a target is left alone for a while.
    Breaker of config::Breaker {
        /// It takes at least so many failures within the window.
        failures: Whole<1, 1000000, u32> = 3,
        /// They must also be at least this share of the outcomes within the window.
        ratio: Number<1> = 0.5,
        /// The window in milliseconds.
        window_ms in window: Whole<1, 2147483647> = 30000,
        /// How long it is left alone the first time, in milliseconds.
        open_ms in open: Whole<1, 2147483647> = 5000,
        /// How long at most, doubling, in milliseconds.
        max_open_ms in max_open: Whole<1, 2147483647> = 20000,
    }
}

object! {
    /// What happens to streams.
    Stream of config::Stream {
        /// When one breaks after content was shown: `continue` lets another target carry on, `error`
        /// ends it with an error, `restart` tells the reader to drop what he has and begins anew (in JavaScript;
        /// a Worker's callers ask for it in their own requests).
        on_break: WhenBroken = "continue",
        /// Hold streamed JSON back until it is checked against the schema that the caller asked for.
        verify_schema: Flag = false,
    }
}

words! {
    WhenBroken: OnBreak {
        "continue" => OnBreak::Continue,
        "error" => OnBreak::Error,
        "restart" => OnBreak::Restart,
    }
}

object! {
    /// What is refused.
    Limits {
        /// The largest request body in bytes.
        request_bytes: Whole<1024, 104857600, usize> = 16777216,
    }
}

words! {
    FallsBack: Class {
        "network" => Class::Network,
        "timeout" => Class::Timeout,
        "rate_limit" => Class::RateLimit,
        "quota" => Class::Quota,
        "overloaded" => Class::Overloaded,
        "server" => Class::Server,
        "auth" => Class::Auth,
        "not_found" => Class::NotFound,
        "context_length" => Class::ContextLength,
        "content_filter" => Class::ContentFilter,
        "refusal" => Class::Refusal,
        "empty" => Class::Empty,
        "bad_output" => Class::BadOutput,
        "cut" => Class::Cut,
    }
}

/// The failures after which another target may be asked.
pub(in crate::config) struct Failures;

impl Shape for Failures {
    type Value = Classes;

    const EXPECTED: Expected = Expected::ListOf(&FallsBack::EXPECTED);

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Classes> {
        let mut classes = Classes::NONE;
        let read = &mut |found: &Found<'_>, errors: &mut ConfigErrors| {
            if let Some(class) = FallsBack::read(found, errors) {
                classes = classes.with(class);
            }
        };
        read_list(found, &Self::EXPECTED, false, read, errors).then_some(classes)
    }
}

/// Something that `false` switches off.
pub(in crate::config) struct OrFalse<O>(PhantomData<O>);

impl<O: Object> Shape for OrFalse<O> {
    type Value = Option<O::Struct>;

    const EXPECTED: Expected = Expected::OrFalse(&O::EXPECTED);

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        if found.json == "false" {
            return Some(None);
        }
        if !found.is_object() {
            found.mismatch(&Self::EXPECTED, errors);
            return None;
        }
        O::read(found, errors).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::shape::Place;

    #[test]
    fn every_class_that_can_fall_back_can_be_listed() {
        let listed = Class::ALL.into_iter().filter(|class| class.can_fall_back());
        let words: Vec<_> = listed.map(|class| format!("\"{class}\"")).collect();
        let (last, others) = words.split_last().unwrap();
        assert_eq!(FallsBack::EXPECTED.to_string(), format!("{} or {last}", others.join(", ")));
        for word in words {
            let found = &Found { json: &word, place: Place::ROOT };
            let class = FallsBack::read(found, &mut ConfigErrors::default()).unwrap();
            assert_eq!(format!("\"{class}\""), word);
        }
    }
}
