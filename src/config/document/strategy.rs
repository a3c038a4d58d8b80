//! Strategies, and what they are made of.

use std::borrow::Cow;

#[cfg(not(target_arch = "wasm32"))]
use serde_json::{Value, json};

use super::settings::{FallsBack, Milliseconds, Timeouts};
use crate::class::Class;
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
#[cfg(not(target_arch = "wasm32"))]
use crate::config::shape::Definitions;
use crate::config::shape::{
    Expected, Found, List, Map, Members, NonEmpty, Number, ParamName, Place, Raw, Reference, RouteName,
    Shape, Text, Whole, object, read_text, shown, words,
};
use crate::config::{Hedge, Spread};

/// Defines a strategy: an object with its own fields and those that all strategies have.
macro_rules! strategy {
    ($(#[doc = $doc:literal])* $Name:ident { $($own:tt)* }) => {
        object! {
            $(#[doc = $doc])*
            $Name {
                $($own)*
                /// The route that answers when nothing here did.
                degrade_to: Option<Text<RouteName>>,
                /// The failures after which the next target is asked, for all targets in here.
                on: Option<List<FallsBack>>,
                /// Clocks for all targets in here.
                timeouts: Option<Timeouts>,
                /// How often it is chosen, compared with its neighbours; only inside `balance`. 1 if
                /// left out.
                weight: Option<Number<1000000>>,
            }
        }

        impl $Name {
            fn common(&self) -> Common<'_> {
                Common {
                    degrade_to: self.degrade_to.as_deref(),
                    on: self.on.as_deref(),
                    timeouts: self.timeouts.as_ref(),
                    weight: self.weight,
                }
            }
        }
    };
}

strategy! {
    /// One after the other, until one answers.
    Fallback {
        /// What is tried, in this order: models, routes, targets, strategies.
        fallback: NonEmpty<Element>,
        /// Start the next target beside one that has shown no content for so many milliseconds, or
        /// `p95`: for longer than it usually takes.
        hedge_ms: Option<HedgeDelay>,
    }
}

strategy! {
    /// All at once: the first good answer wins and the others are cancelled.
    Race {
        /// The runners: models, routes, targets, strategies.
        race: NonEmpty<Element>,
        /// Milliseconds between the starts.
        stagger_ms: Milliseconds = 0,
    }
}

strategy! {
    /// Requests are spread by weight; the others are asked when the chosen one fails.
    Balance {
        /// What they are spread over: models, routes, targets, strategies.
        balance: NonEmpty<Element>,
        /// Who goes first: `weight` draws one; `latency` draws two, and the one that has been quicker
        /// lately goes first.
        by: SpreadBy = "weight",
    }
}

strategy! {
    /// The best by price, latency and success, and down the ranking.
    Auto {
        /// The candidates: models, routes, targets, strategies; `*` for every model that is known.
        auto: NonEmpty<Element>,
        /// How much each property counts.
        weigh: Weigh = {"price": 0.5, "latency": 0.3, "success": 0.2},
    }
}

object! {
    /// How much each property counts; only the proportions matter, and not all may be 0.
    Weigh {
        /// Cheapness.
        price: Number<1000000> = 0,
        /// Quickness.
        latency: Number<1000000> = 0,
        /// Reliability.
        success: Number<1000000> = 0,
    }
}

object! {
    /// A model, and what is particular about it here.
    Target {
        /// The model: `provider/model`.
        model: Text<Reference>,
        /// Top-level fields of the request that are set for this target.
        params: Map<ParamName, Raw> = {},
        /// Its clocks.
        timeouts: Option<Timeouts>,
        /// How often it is chosen, compared with its neighbours; only inside `balance`. 1 if left out.
        weight: Option<Number<1000000>>,
        /// The failures of this target after which the next one is asked.
        on: Option<List<FallsBack>>,
    }
}

impl Auto {
    /// The best of all known models, with the usual weights.
    pub(in crate::config) fn of_all_models() -> Self {
        let json = r#"{"auto": ["*"]}"#;
        let place = Place::ROOT;
        Self::read(Found { json, place }, &mut ConfigErrors::default()).unwrap_or_default()
    }
}

/// What every strategy may say.
pub(in crate::config) struct Common<'a> {
    pub(in crate::config) degrade_to: Option<&'a str>,
    pub(in crate::config) on: Option<&'a [Class]>,
    pub(in crate::config) timeouts: Option<&'a Timeouts>,
    pub(in crate::config) weight: Option<f64>,
}

/// One of the strategies.
#[derive(Clone, Debug)]
pub(in crate::config) enum Strategy {
    Fallback(Fallback),
    Race(Race),
    Balance(Balance),
    Auto(Auto),
}

impl Strategy {
    const WORDS: [&'static str; 4] = ["fallback", "race", "balance", "auto"];

    /// The word that says which one it is.
    pub(in crate::config) fn word(&self) -> &'static str {
        match self {
            Self::Fallback(_) => "fallback",
            Self::Race(_) => "race",
            Self::Balance(_) => "balance",
            Self::Auto(_) => "auto",
        }
    }

    /// What it is made of.
    pub(in crate::config) fn elements(&self) -> &[Element] {
        match self {
            Self::Fallback(strategy) => &strategy.fallback,
            Self::Race(strategy) => &strategy.race,
            Self::Balance(strategy) => &strategy.balance,
            Self::Auto(strategy) => &strategy.auto,
        }
    }

    /// What every strategy may say.
    pub(in crate::config) fn common(&self) -> Common<'_> {
        match self {
            Self::Fallback(strategy) => strategy.common(),
            Self::Race(strategy) => strategy.common(),
            Self::Balance(strategy) => strategy.common(),
            Self::Auto(strategy) => strategy.common(),
        }
    }
}

impl Shape for Strategy {
    type Value = Self;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self> {
        match chosen(found, Self::expected, &Self::WORDS, errors)? {
            "fallback" => Fallback::read(found, errors).map(Self::Fallback),
            "race" => Race::read(found, errors).map(Self::Race),
            "balance" => Balance::read(found, errors).map(Self::Balance),
            _ => Auto::read(found, errors).map(Self::Auto),
        }
    }

    fn expected() -> Cow<'static, str> {
        "an object with exactly one of fallback, race, balance and auto".into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [
            Fallback::schema(definitions),
            Race::schema(definitions),
            Balance::schema(definitions),
            Auto::schema(definitions),
        ] })
    }
}

/// An element of a strategy.
#[derive(Clone, Debug)]
pub(in crate::config) enum Element {
    /// A model or a route: which of the two is found out when all names are known.
    Name(String),
    Target(Target),
    Strategy(Strategy),
    /// It has been reported already; it keeps its place, so that its neighbours keep theirs.
    Broken,
}

impl Element {
    const WORDS: [&'static str; 5] = ["model", "fallback", "race", "balance", "auto"];
}

impl Shape for Element {
    type Value = Self;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Self> {
        let read = if found.is_text() {
            Text::<Reference>::read(found, errors).map(Self::Name)
        } else {
            match chosen(found, Self::expected, &Self::WORDS, errors) {
                None => None,
                Some("model") => Target::read(found, errors).map(Self::Target),
                Some(_) => Strategy::read(found, errors).map(Self::Strategy),
            }
        };
        Some(read.unwrap_or(Self::Broken))
    }

    fn expected() -> Cow<'static, str> {
        "a model, a route's name, a target with `model`, or an object with exactly one of fallback, race, balance and auto".into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        // Defined by name, because a strategy contains elements again.
        if !definitions.contains_key("Element") {
            definitions.insert("Element".to_owned(), Value::Null);
            let schema = json!({
                "description": "A model, a route's name, a target, or another strategy.",
                "anyOf": [
                    Text::<Reference>::schema(definitions),
                    Target::schema(definitions),
                    Strategy::schema(definitions),
                ],
            });
            definitions.insert("Element".to_owned(), schema);
        }
        json!({ "$ref": "#/$defs/Element" })
    }
}

/// The one of these words that the object has a field for.
fn chosen(
    found: Found<'_>,
    expected: Expected,
    words: &[&'static str],
    errors: &mut ConfigErrors,
) -> Option<&'static str> {
    // What the members themselves have wrong is reported by whoever reads them all.
    let members = Members::read(found, expected, &mut ConfigErrors::default());
    let Some(members) = members else {
        Members::read(found, expected, errors)?;
        return None;
    };
    let present: Vec<_> = words.iter().filter(|word| members.has(word)).collect();
    match present.as_slice() {
        [one] => Some(one),
        [] => {
            let meant = members.names().find_map(|name| nearest(name, words.iter().copied()));
            errors.suggest(found.place, "an object with none of them", expected(), meant);
            None
        }
        several => {
            let several: Vec<_> = several.iter().map(|word| **word).collect();
            errors.push(found.place, several.join(" and "), expected());
            None
        }
    }
}

words! {
    SpreadBy: Spread {
        "weight" => Spread::Weight,
        "latency" => Spread::Latency,
    }
}

/// When a hedge starts.
pub(in crate::config) struct HedgeDelay;

impl Shape for HedgeDelay {
    type Value = Hedge;

    fn read(found: Found<'_>, errors: &mut ConfigErrors) -> Option<Hedge> {
        match read_text(found) {
            Some(word) if word == "p95" => Some(Hedge::P95),
            Some(word) => {
                errors.push(found.place, shown(&word), Self::expected());
                None
            }
            None => {
                let mut wrong = ConfigErrors::default();
                let delay = Whole::<1, 2147483647>::read(found, &mut wrong);
                if delay.is_none() {
                    found.mismatch(Self::expected, errors);
                }
                delay.map(Hedge::After)
            }
        }
    }

    fn expected() -> Cow<'static, str> {
        "milliseconds from 1 to 2147483647, or \"p95\"; leave it out for no hedge".into()
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [Whole::<1, 2147483647>::schema(definitions), { "const": "p95" }] })
    }
}
