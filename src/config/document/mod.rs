//! What a user writes, as types: one file a theme. Nothing is looked up here; names are still names.

mod alert;
mod model;
mod provider;
#[cfg(feature = "schema")]
mod schema;
mod settings;
mod strategy;

pub(super) use model::Model;
pub(super) use provider::Provider;
pub(super) use settings::Timeouts;
pub(super) use strategy::{Element, Strategy, Target, Way};

use super::plan::Auth;
use super::shape::{List, Map, ModelId, Origin, ProviderName, RouteName, Text, object, words};
use alert::Alert;
use settings::{Breaker, Failures, Limits, OrFalse, Retry, Stream};

object! {
    /// A configuration of steadfast. Every field may be left out.
    Config {
        /// Providers by name: the part of a model before the first slash. Built-in ones need no entry,
        /// only their key; an entry for one of them replaces what it says and leaves the rest.
        providers: Map<ProviderName, Provider> = {},
        /// What routing should know of models, by `provider/model`; laid over what is built in. A name
        /// that has an entry here is sent as it is, even if its vendor has retired it.
        models: Map<ModelId, Model> = {},
        /// Names that callers may put in `model`, and what each stands for. `premium`, `standard`,
        /// `budget` and `auto` exist unless they are defined here.
        routes: Map<RouteName, Strategy> = {},
        /// The failures after which the next target is asked, where a route or target says nothing else.
        on: Failures = [
            "network", "timeout", "rate_limit", "quota", "overloaded", "server",
            "auth", "not_found", "context_length", "empty", "bad_output", "cut"
        ],
        /// The clocks of every attempt, where a route or target says nothing else.
        timeouts: Timeouts = {},
        /// Further attempts on the same target.
        retry: Retry = {},
        /// When a target is left alone for a while; `false` switches it off.
        breaker: OrFalse<Breaker> = {},
        /// What happens to streams.
        stream: Stream = {},
        /// What is refused.
        limits: Limits = {},
        /// Who is told when something changes.
        alerts: List<Alert> = [],
        /// Whether callers need one of the keys in STEADFAST_KEYS. Worker only.
        auth: Callers = "keys",
        /// Origins that may call from a browser, such as https://app.example; `*` for any. Worker only.
        cors: List<Text<Origin>> = [],
    }
}

words! {
    Callers: Auth {
        "keys" => Auth::Keys,
        "none" => Auth::None,
    }
}
