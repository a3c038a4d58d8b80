//! Strategies, and what they are made of.

use super::settings::{Failures, Milliseconds, Timeouts};
use crate::class::Classes;
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
use crate::config::shape::{
    Expected, FIELD, Found, Map, NonEmpty, Number, ParamName, Place, Raw, Reference, RouteName, Shape, Text,
    Whole, members, object, read_text, shown, words,
};
use crate::config::{self, Hedge, Spread, TimeoutChoices};
use crate::text;

/// A strategy: what is tried, and in which way.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct Strategy {
    pub(in crate::config) way: Way,
    /// What it is made of.
    pub(in crate::config) elements: Vec<Element>,
    pub(in crate::config) degrade_to: Option<String>,
    pub(in crate::config) on: Option<Classes>,
    pub(in crate::config) timeouts: Option<TimeoutChoices>,
    pub(in crate::config) weight: Option<f64>,
    /// Of a fallback.
    pub(in crate::config) hedge_ms: Option<Hedge>,
    /// Of a race.
    pub(in crate::config) stagger_ms: u64,
    /// Of a balance.
    pub(in crate::config) by: Spread,
    /// Of an auto.
    pub(in crate::config) weigh: config::Weigh,
}

/// The ways to go about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::config) enum Way {
    #[default]
    Fallback,
    Race,
    Balance,
    Auto,
}

impl Way {
    /// The word for it, which is also the name of the field that has the elements.
    pub(in crate::config) fn word(self) -> &'static str {
        match self {
            Self::Fallback => "fallback",
            Self::Race => "race",
            Self::Balance => "balance",
            Self::Auto => "auto",
        }
    }
}

/// Defines what may be said of a strategy: its own fields and those that all strategies have.
macro_rules! strategy {
    ($(#[doc = $doc:literal])* $Name:ident { $($own:tt)* }) => {
        object! {
            $(#[doc = $doc])*
            $Name of Strategy {
                $($own)*
                /// The route that answers when nothing here did.
                degrade_to: Option<Text<RouteName>>,
                /// The failures after which the next target is asked, for all targets in here.
                on: Option<Failures>,
                /// Clocks for all targets in here.
                timeouts: Option<Timeouts>,
                /// How often it is chosen, compared with its neighbours; only inside `balance`. 1 if
                /// left out.
                weight: Option<Number<1000000>>,
            }
        }
    };
}

strategy! {
    /// One after the other, until one answers.
    Fallback {
        /// What is tried, in this order: models, routes, targets, strategies.
        fallback in elements: NonEmpty<Element>,
        /// Start the next target beside one that has shown no content for so many milliseconds, or
        /// `p95`: for longer than it usually takes.
        hedge_ms: Option<HedgeDelay>,
    }
}

strategy! {
    /// All at once: the first good answer wins and the others are cancelled.
    Race {
        /// The runners: models, routes, targets, strategies.
        race in elements: NonEmpty<Element>,
        /// Milliseconds between the starts.
        stagger_ms: Milliseconds = 0,
    }
}

strategy! {
    /// Requests are spread by weight; the others are asked when the chosen one fails.
    Balance {
        /// What they are spread over: models, routes, targets, strategies.
        balance in elements: NonEmpty<Element>,
        /// Who goes first: `weight` draws one; `latency` draws two, and the one that has been quicker
        /// lately goes first.
        by: SpreadBy = "weight",
    }
}

strategy! {
    /// The best by price, latency and success, and down the ranking.
    Auto {
        /// The candidates: models, routes, targets, strategies; `*` for every model that is known.
        auto in elements: NonEmpty<Element>,
        /// How much each property counts.
        weigh: Weigh = {"price": 0.5, "latency": 0.3, "success": 0.2},
    }
}

object! {
    /// How much each property counts; only the proportions matter, and not all may be 0.
    Weigh of config::Weigh {
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
        on: Option<Failures>,
    }
}

impl Strategy {
    /// The best of all known models, with the usual weights.
    pub(in crate::config) fn of_all_models() -> Self {
        let json = r#"{"auto": ["*"]}"#;
        let place = Place::ROOT;
        Self::read(&Found { json, place }, &mut ConfigErrors::default()).unwrap_or_default()
    }
}

impl Shape for Strategy {
    type Value = Self;

    const EXPECTED: Expected =
        Expected::Said("an object with exactly one of fallback, race, balance and auto");

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self> {
        let ways = [Way::Fallback, Way::Race, Way::Balance, Way::Auto];
        let way = *ways.get(chosen(found, &Self::EXPECTED, &ways.map(Way::word), errors)?)?;
        let mut strategy = Self { way, ..Self::default() };
        let read = match way {
            Way::Fallback => Fallback::read_into,
            Way::Race => Race::read_into,
            Way::Balance => Balance::read_into,
            Way::Auto => Auto::read_into,
        };
        read(&mut strategy, found, errors).then_some(strategy)
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

impl Shape for Element {
    type Value = Self;

    const EXPECTED: Expected = Expected::Said(
        "a model, a route's name, a target with `model`, or an object with exactly one of fallback, race, balance and auto",
    );

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Self> {
        let read = if found.is_text() {
            Text::<Reference>::read(found, errors).map(Self::Name)
        } else {
            let words = ["model", "fallback", "race", "balance", "auto"];
            match chosen(found, &Self::EXPECTED, &words, errors) {
                None => None,
                Some(0) => Target::read(found, errors).map(Self::Target),
                Some(_) => Strategy::read(found, errors).map(Self::Strategy),
            }
        };
        Some(read.unwrap_or(Self::Broken))
    }
}

/// Which of these words the object has a field for: one of them, no more.
fn chosen(
    found: &Found<'_>,
    expected: &Expected,
    words: &[&'static str],
    errors: &mut ConfigErrors,
) -> Option<usize> {
    if !found.is_object() {
        found.mismatch(expected, errors);
        return None;
    }
    // What the members themselves have wrong is reported by whoever reads them all.
    let Some(members) = members(found, &FIELD, &mut ConfigErrors::default()) else {
        members(found, &FIELD, errors)?;
        return None;
    };
    let mut chosen = None;
    let mut present = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if members.iter().any(|(name, _)| name == word) {
            chosen = Some(index);
            present.push(*word);
        }
    }
    match present.len() {
        0 => {
            let meant = members.iter().find_map(|(name, _)| nearest(name, words));
            errors.suggest(&found.place, &"an object with none of them", &expected, meant);
            None
        }
        1 => chosen,
        _ => {
            errors.push(&found.place, &text::joined(&present, " and "), &expected);
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

    const EXPECTED: Expected =
        Expected::Said("milliseconds from 1 to 2147483647, or \"p95\"; leave it out for no hedge");

    fn read(found: &Found<'_>, errors: &mut ConfigErrors) -> Option<Hedge> {
        match read_text(found) {
            Some(word) if word == "p95" => Some(Hedge::P95),
            Some(word) => {
                errors.push(&found.place, &shown(&word), &Self::EXPECTED);
                None
            }
            None => {
                let mut wrong = ConfigErrors::default();
                let delay = Whole::<1, 2147483647>::read(found, &mut wrong);
                if delay.is_none() {
                    found.mismatch(&Self::EXPECTED, errors);
                }
                delay.map(Hedge::After)
            }
        }
    }
}
