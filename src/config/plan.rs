//! What the gateway runs: a configuration in which every name is resolved and nothing is left to check.

use std::rc::Rc;

use crate::catalog::{Capabilities, Dialect, Price, Quirks};
use crate::class::Classes;
use crate::host::Millis;
use crate::table::Table;

/// A whole configuration, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every provider that may be called: the catalogue's and the configuration's, by name.
    pub providers: Table<String, Rc<Provider>>,
    /// The routes, in the order in which they are listed.
    pub routes: Vec<Route>,
    /// Facts about models out of the configuration, by `provider/model`; they win over the catalogue's.
    pub models: Table<String, Facts>,
    /// The spaces of models whose vectors the configuration declares to be comparable, by `provider/model`.
    pub spaces: Table<String, String>,
    /// The failures after which the next target is asked, where a target or route says nothing else.
    pub on: Classes,
    /// Further attempts on the same target.
    pub retry: Retry,
    /// When a target is left alone; `None` when switched off.
    pub breaker: Option<Breaker>,
    /// What happens to a stream that breaks after content was shown.
    pub stream: Stream,
    /// The largest request body, in bytes.
    pub request_bytes: usize,
    /// Who is told when something changes.
    pub alerts: Vec<Alert>,
    /// Whether callers need a key.
    pub auth: Auth,
    /// Origins that may call from a browser.
    pub cors: Vec<String>,
    /// The clocks as configured, before a model's own defaults.
    pub timeouts: TimeoutChoices,
}

/// A provider that may be called.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The part of a model's name before the first slash.
    pub name: String,
    /// Where its API begins, without a slash at the end.
    pub base_url: String,
    /// The names of the secrets that may hold its keys, in the order of preference. Empty: it takes none.
    pub keys: Vec<String>,
    /// `true` when the names are alternatives for the same key (the catalogue's), so that one is enough
    /// and a message names the first only.
    pub keys_are_alternatives: bool,
    /// Headers that go with every call.
    pub headers: Vec<(String, String)>,
    /// The language it speaks.
    pub dialect: Dialect,
    /// How its wire differs from OpenAI's.
    pub quirks: Quirks,
    /// Whether the catalogue has one of its name.
    pub known: bool,
    /// Whether the configuration has an entry for it, as opposed to the catalogue alone.
    pub configured: bool,
    /// Its name, address, keys and headers in one text: two that differ in one of these are two accounts, and what is
    /// remembered of one says nothing of the other.
    pub account: String,
}

/// A name that callers may put in `model`, and the strategy that it stands for.
#[derive(Clone, Debug)]
pub struct Route {
    /// The name.
    pub name: String,
    /// What is done.
    pub strategy: Rc<Node>,
}

/// A strategy or a target, and its place in the configuration.
#[derive(Clone, Debug)]
pub struct Node {
    /// For instance `standard.fallback[1]`; a route reached through another keeps its own path.
    pub path: String,
    /// What is done there.
    pub kind: Kind,
    /// The strategies and targets directly below it, in their order.
    pub parts: Vec<Rc<Node>>,
    /// The route that answers when all of these fail.
    pub lower: Option<Degrade>,
}

impl Plan {
    /// The names of all secrets that it speaks of.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for provider in self.providers.values() {
            provider.keys.iter().for_each(|name| names.push(name));
        }
        self.alerts.iter().for_each(|alert| names.push(&alert.webhook));
        names
    }
}

impl Node {
    /// A target.
    pub(crate) fn leaf(path: &str, target: Rc<Target>) -> Rc<Self> {
        Rc::new(Self { path: path.to_owned(), kind: Kind::Target(target), parts: Vec::new(), lower: None })
    }

    /// Visits every target in it, in its order and those that it degrades to last.
    pub(crate) fn each_target<'n>(&'n self, visit: &mut dyn FnMut(&'n Node, &'n Rc<Target>)) {
        self.any_target(&mut |node, target| {
            visit(node, target);
            false
        });
    }

    /// The same until that is true of one.
    pub(crate) fn any_target<'n>(&'n self, is: &mut dyn FnMut(&'n Node, &'n Rc<Target>) -> bool) -> bool {
        match self.target() {
            Some(target) => is(self, target),
            None => {
                self.parts.iter().any(|part| part.any_target(is))
                    || self.lower.as_ref().is_some_and(|lower| lower.node.any_target(is))
            }
        }
    }

    /// Who is asked there, if it is a single target.
    #[must_use]
    pub fn target(&self) -> Option<&Rc<Target>> {
        match &self.kind {
            Kind::Target(target) => Some(target),
            _ => None,
        }
    }
}

/// The ways to get an answer.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Ask this model.
    Target(Rc<Target>),
    /// One after the other, until one answers.
    Fallback {
        /// Start the next target beside a slow one after this delay.
        hedge: Option<Hedge>,
    },
    /// All at once, the first good answer wins.
    Race {
        /// Milliseconds between the starts.
        stagger: Millis,
    },
    /// Requests are spread.
    Balance {
        /// The weights of the parts, all of them positive.
        weights: Vec<f64>,
        /// Who goes first.
        by: Spread,
    },
    /// The best by price, latency and success, and down the ranking.
    Auto {
        /// What counts how much; the sum is positive.
        weigh: Weigh,
    },
}

/// One model at one provider, with all that is known or was said about it.
#[derive(Clone, Debug)]
pub struct Target {
    /// `provider/model`; where a retired name was configured or asked for, what replaced it.
    pub id: String,
    /// The provider.
    pub provider: Rc<Provider>,
    /// The name the provider knows the model by (retired names are already replaced).
    pub model: String,
    /// What routing uses.
    pub facts: Facts,
    /// Top-level fields of the request that are set for this target: name and JSON text.
    pub params: Vec<(String, String)>,
    /// The clocks of an attempt on it.
    pub timeouts: Timeouts,
    /// The failures after which the next target is asked.
    pub on: Classes,
}

/// What routing knows about a model. Unknown things are presumed, as the contract says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// Context window in tokens; `None` when unknown.
    pub context: Option<u32>,
    /// The longest answer in tokens; 0 when unknown.
    pub output: u32,
    /// USD per million tokens; `None` when unknown.
    pub price: Option<Price>,
    /// What it can do there: the provider's quirks are reckoned in. Unknown models are presumed to have
    /// tools, vision and schemas, to reason, and not to take a prefill.
    pub capabilities: Capabilities,
    /// Whether the catalogue or the configuration knows the model.
    pub known: bool,
}

/// The route to fall down to, and its name for the header.
#[derive(Clone, Debug)]
pub struct Degrade {
    /// The route that degrades.
    pub from: String,
    /// The route that answers instead.
    pub to: String,
    /// Its strategy.
    pub node: Rc<Node>,
}

/// When a fallback starts the next target beside a slow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hedge {
    /// After that many milliseconds without content.
    After(Millis),
    /// After the target's own 95th percentile.
    P95,
}

/// How a balance chooses who goes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// One is drawn by weight.
    #[default]
    Weight,
    /// Two are drawn by weight, and the one that has been quicker lately goes first.
    Latency,
}

/// How much each property counts for `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weigh {
    /// Cheapness.
    pub price: f64,
    /// Quickness.
    pub latency: f64,
    /// Reliability.
    pub success: f64,
}

/// Something for each clock. Their meaning is in `docs/faults.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByClock<T> {
    /// Until the headers.
    pub headers: T,
    /// Until the first content.
    pub first_token: T,
    /// Between content.
    pub idle: T,
    /// Until content is shown or the answer is whole.
    pub attempt: T,
    /// The same, for all attempts of a request together.
    pub deadline: T,
    /// For a whole streamed answer.
    pub stream: T,
}

/// The clocks of an attempt, in milliseconds; 0 switches one off.
pub type Timeouts = ByClock<Millis>;

/// The clocks that somebody set; the others keep their defaults.
pub type TimeoutChoices = ByClock<Option<Millis>>;

impl<T: Copy> ByClock<T> {
    /// What comes of these and the others, clock by clock.
    pub fn with<U: Copy, V>(&self, others: &ByClock<U>, of: impl Fn(T, U) -> V) -> ByClock<V> {
        ByClock {
            headers: of(self.headers, others.headers),
            first_token: of(self.first_token, others.first_token),
            idle: of(self.idle, others.idle),
            attempt: of(self.attempt, others.attempt),
            deadline: of(self.deadline, others.deadline),
            stream: of(self.stream, others.stream),
        }
    }
}

impl Timeouts {
    /// The defaults for a model that answers without thinking first.
    pub const STANDARD: Timeouts = Timeouts {
        headers: 10_000,
        first_token: 10_000,
        idle: 30_000,
        attempt: 120_000,
        deadline: 600_000,
        stream: 0,
    };
    /// The defaults for a model that thinks before it answers.
    pub const REASONING: Timeouts = Timeouts {
        headers: 120_000,
        first_token: 120_000,
        idle: 60_000,
        attempt: 600_000,
        deadline: 600_000,
        stream: 0,
    };

    /// The defaults for such a model, with what was chosen laid over them.
    #[must_use]
    pub fn for_model(reasoning: bool, choices: &TimeoutChoices) -> Self {
        let base = if reasoning { Self::REASONING } else { Self::STANDARD };
        choices.with(&base, Option::unwrap_or)
    }
}

/// Further attempts on the same target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retry {
    /// How many, after the first.
    pub retries: u32,
    /// The first backoff in milliseconds; it doubles, with full jitter.
    pub backoff: Millis,
    /// The longest backoff in milliseconds.
    pub max_backoff: Millis,
    /// The longest wait that a provider may ask for and get, in milliseconds.
    pub max_wait: Millis,
    /// Retries and hedges together, as a share of the load of the last minute.
    pub budget: f64,
}

/// When a target is left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Breaker {
    /// At least so many failures within the window,
    pub failures: u32,
    /// and at least this share of the outcomes.
    pub ratio: f64,
    /// The window, in milliseconds.
    pub window: Millis,
    /// How long it stays open the first time, in milliseconds.
    pub open: Millis,
    /// How long at most, doubling, in milliseconds.
    pub max_open: Millis,
}

/// What happens to streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// When one breaks after content was shown.
    pub on_break: OnBreak,
    /// Hold streamed JSON back until it is checked against the requested schema.
    pub verify_schema: bool,
}

/// What happens when a stream breaks after content was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBreak {
    /// Another target carries on.
    #[default]
    Continue,
    /// The answer starts anew; only for a caller that asked for it.
    Restart,
    /// The stream ends with an error.
    Error,
}

/// Who is told when something changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// The events.
    pub on: Vec<AlertEvent>,
    /// The name of the secret that holds the webhook's address.
    pub webhook: String,
    /// Seconds in which the same alert is not repeated.
    pub cooldown: u64,
}

/// What an alert may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertEvent {
    /// A target's breaker opened.
    BreakerOpen,
    /// It closed again.
    BreakerClosed,
    /// A provider refused a key.
    KeyRefused,
    /// A tier answered through a lower one.
    Degraded,
    /// Errors are frequent.
    ErrorRate,
    /// Money is being spent.
    Spend,
    /// A new configuration was not taken.
    ConfigInvalid,
}

impl AlertEvent {
    /// The name in configurations, logs and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BreakerOpen => "breaker_open",
            Self::BreakerClosed => "breaker_closed",
            Self::KeyRefused => "key_refused",
            Self::Degraded => "degraded",
            Self::ErrorRate => "error_rate",
            Self::Spend => "spend",
            Self::ConfigInvalid => "config_invalid",
        }
    }
}

/// Whether callers need a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// One of `STEADFAST_KEYS`.
    #[default]
    Keys,
    /// Anybody may call.
    None,
}
