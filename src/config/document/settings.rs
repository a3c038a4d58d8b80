//! What holds for every request: clocks, retries, breaker, streams, limits.

use std::borrow::Cow;
use std::marker::PhantomData;

#[cfg(not(target_arch = "wasm32"))]
use serde_json::{Value, json};

use crate::class::Class;
use crate::config::OnBreak;
use crate::config::errors::ConfigErrors;
#[cfg(not(target_arch = "wasm32"))]
use crate::config::shape::Definitions;
use crate::config::shape::{Flag, Found, Number, Shape, Whole, object, one_of, read_word, words};

/// Milliseconds; at most what a timer of the platform can wait for.
pub(super) type Milliseconds = Whole<0, 2147483647>;

object! {
    /// Clocks in milliseconds; 0 switches one off. Models that reason have longer defaults.
    Timeouts {
        /// Until the headers of a stream. Default 10000; 120000 for models that reason.
        headers_ms: Option<Milliseconds>,
        /// Until the first content of a stream. Default 10000; 120000 for models that reason.
        first_token_ms: Option<Milliseconds>,
        /// Between pieces of content. Default 30000; 60000 for models that reason.
        idle_ms: Option<Milliseconds>,
        /// Until content is shown, or the whole answer is there. Default 120000; 600000 for models
        /// that reason.
        attempt_ms: Option<Milliseconds>,
        /// The same, for all attempts of a request together; not for a route or a target alone. Default 600000.
        deadline_ms: Option<Milliseconds>,
        /// For a whole streamed answer. Default 0.
        stream_ms: Option<Milliseconds>,
    }
}

object! {
    /// Further attempts on the same target.
    Retry {
        /// How many, after the first.
        retries: Whole<0, 10> = 1,
        /// The first wait in milliseconds; it doubles from one to the next, with full jitter.
        backoff_ms: Milliseconds = 250,
        /// The longest such wait in milliseconds.
        max_backoff_ms: Milliseconds = 4000,
        /// The longest wait in milliseconds that a provider may ask for and get.
        max_wait_ms: Milliseconds = 3000,
        /// What retries and hedges together may add to the load of the last minute: 0.2 is a fifth.
        budget: Number<1> = 0.2,
    }
}

object! {
    /// When a target is left alone for a while.
    Breaker {
        /// It takes at least so many failures within the window.
        failures: Whole<1, 1000000> = 3,
        /// They must also be at least this share of the outcomes within the window.
        ratio: Number<1> = 0.5,
        /// The window in milliseconds.
        window_ms: Whole<1, 2147483647> = 30000,
        /// How long it is left alone the first time, in milliseconds.
        open_ms: Whole<1, 2147483647> = 5000,
        /// How long at most, doubling, in milliseconds.
        max_open_ms: Whole<1, 2147483647> = 20000,
    }
}

object! {
    /// What happens to streams.
    Stream {
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
        request_bytes: Whole<1024, 104857600> = 16777216,
    }
}

/// A failure class after which another target may be asked.
pub(in crate::config) struct FallsBack;

impl FallsBack {
    fn words() -> Vec<&'static str> {
        let falls_back = |class: &Class| class.can_fall_back();
        Class::ALL.into_iter().filter(falls_back).map(Class::name).collect()
    }
}

impl Shape for FallsBack {
    type Value = Class;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Class> {
        Class::named(&read_word(found, Self::expected, &Self::words(), errors)?)
    }

    fn expected() -> Cow<'static, str> {
        one_of(&Self::words()).into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        let schema = json!({
            "description": "A kind of failure after which another target may be asked.",
            "enum": Self::words(),
        });
        definitions.insert("Failure".to_owned(), schema);
        json!({ "$ref": "#/$defs/Failure" })
    }
}

/// Something that `false` switches off.
pub(in crate::config) struct OrFalse<S>(PhantomData<S>);

impl<S: Shape> Shape for OrFalse<S> {
    type Value = Option<S::Value>;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self::Value> {
        if found.json == "false" {
            return Some(None);
        }
        if !found.is_object() {
            found.mismatch(Self::expected, errors);
            return None;
        }
        S::read(found, errors).map(Some)
    }

    fn expected() -> Cow<'static, str> {
        format!("{} or false", S::expected()).into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [S::schema(definitions), { "const": false }] })
    }
}
