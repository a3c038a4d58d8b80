//! `model: "auto"`: the best candidate by price, latency and success first, and down the ranking from there.
//!
//! The score of a candidate is the mean of three parts, weighed by the route's `weigh`, each between 0 and 1:
//!
//! - price: the cheapest candidate's price over its own, a prompt token counting three times an answer's; a free one
//!   counts as half as dear as the cheapest that is not, an unknown price as infinite;
//! - latency: the quickest candidate's time over its own, by the median of the latest answers, to the first content
//!   for a stream and in all for any other; before there are enough, a guess stands in;
//! - success: the share of its latest attempts that were good, the latest counting most.
//!
//! What the request needs comes first: a candidate that cannot do it is not ranked, as long as another can. Where
//! thoughts are asked for, those that think are ranked, and behind them those that do not: they still answer.
//! The one that led before keeps the lead until another is better by a tenth, so that two of a kind do not
//! take turns with every answer; and one request in fifty is led by another, so that a bad memory mends.

use std::rc::Rc;

use crate::config::{Node, Target, Weigh};
use crate::gateway::core::Core;
use crate::health::Health;
use crate::host::Millis;
use crate::json::Writer;

use super::call::Call;

/// The candidates in the order in which they are asked.
pub(crate) fn rank(call: &Call, route: &Node, weigh: &Weigh) -> Vec<Rc<Node>> {
    let needs = call.ask.needs();
    let open = open(&call.core, &route.parts);
    let mut fit = those(&open, &|target| needs.are_met_by(target)).0;
    let mut last = Vec::new();
    if needs.reasoning {
        let (think, others) = those(&fit, &|target| target.facts.capabilities.reasoning);
        if !think.is_empty() {
            (fit, last) = (think, others);
        }
    }
    // With nobody to choose from, the choice is whoever is named first.
    let chosen: &[Rc<Node>] = match (fit.is_empty(), open.is_empty()) {
        (false, _) => &fit,
        (true, false) => &open,
        (true, true) => &route.parts,
    };

    let mut health = call.core.health.borrow_mut();
    let mut ranked = scored(&health, chosen, weigh, call.ask.stream);
    let incumbent = health.lead(&route.path);
    if let Some(place) = ranked.iter().position(|(node, _)| Some(name(node)) == incumbent)
        && let (Some((_, best)), Some((_, own))) = (ranked.first(), ranked.get(place))
        && own * LEAD >= *best
    {
        lead(&mut ranked, place);
    }
    if let Some((leader, _)) = ranked.first() {
        health.set_lead(&route.path, name(leader));
    }
    let last = scored(&health, &last, weigh, call.ask.stream);
    drop(health);
    if ranked.len() > 1 && call.host.random().is_multiple_of(ONE_IN) {
        let place = 1 + (call.host.random() % (ranked.len() as u64 - 1)) as usize;
        lead(&mut ranked, place);
    }
    call.record.borrow_mut().ranked(shown(&ranked));
    let mut order = Vec::new();
    ranked.into_iter().chain(last).for_each(|(node, _)| order.push(node.clone()));
    order
}

/// Those that have a key.
fn open(core: &Core, candidates: &[Rc<Node>]) -> Vec<Rc<Node>> {
    those(candidates, &|target| core.is_callable(&target.provider)).0
}

/// Those candidates of which that is true, and the others. Nothing is known of a strategy: it counts among the former.
fn those(candidates: &[Rc<Node>], is: &dyn Fn(&Target) -> bool) -> (Vec<Rc<Node>>, Vec<Rc<Node>>) {
    let (mut those, mut others) = (Vec::new(), Vec::new());
    for node in candidates {
        let is = node.target().is_none_or(|target| is(target));
        if is { &mut those } else { &mut others }.push(node.clone());
    }
    (those, others)
}

/// Puts whoever stands there before all others.
fn lead<T>(ranked: &mut Vec<T>, place: usize) {
    let leader = ranked.remove(place);
    ranked.insert(0, leader);
}

/// A challenger must be better by that factor.
const LEAD: f64 = 1.1;
/// One request in so many is led by another.
const ONE_IN: u64 = 50;

/// The ranking as it would be for a stream without any needs, for `GET /status`.
pub(crate) fn standing(core: &Core, candidates: &[Rc<Node>], weigh: &Weigh) -> String {
    shown(&scored(&core.health.borrow(), &open(core, candidates), weigh, true))
}

fn shown(ranked: &[(&Rc<Node>, f64)]) -> String {
    let mut list = Writer::list();
    for (node, score) in ranked.iter().take(SHOWN) {
        let mut entry = Writer::object();
        entry.string("model", name(node)).decimal("score", (score * 1_000.0).round() / 1_000.0);
        list.element(&entry.finish());
    }
    list.finish()
}

/// Nobody reads further down a ranking.
const SHOWN: usize = 5;

/// The scores, best first; equals stay in the order of the configuration.
fn scored<'n>(
    health: &Health,
    nodes: &'n [Rc<Node>],
    weigh: &Weigh,
    streamed: bool,
) -> Vec<(&'n Rc<Node>, f64)> {
    let mut measured = Vec::with_capacity(nodes.len());
    let (mut cheapest, mut quickest) = (f64::INFINITY, f64::INFINITY);
    let mut one_is_free = false;
    for node in nodes {
        let measure = Measure::of(health, node.target(), streamed);
        match measure.price {
            Some(price) if price > 0.0 => cheapest = cheapest.min(price),
            Some(_) => one_is_free = true,
            None => {}
        }
        quickest = quickest.min(measure.latency);
        measured.push((node, measure));
    }
    if one_is_free {
        cheapest /= 2.0;
    }
    let sum = weigh.price + weigh.latency + weigh.success;
    let score = |measure: &Measure| {
        let price = match measure.price {
            Some(price) if price > 0.0 => cheapest / price,
            Some(_) => 1.0,
            None => 0.0,
        };
        let latency = quickest / measure.latency;
        (weigh.price * price + weigh.latency * latency + weigh.success * measure.success) / sum
    };
    // Each is put where it belongs: the standard library's sort is larger than all the rest of this file.
    let mut ranked: Vec<(&Rc<Node>, f64)> = Vec::with_capacity(nodes.len());
    for (node, measure) in &measured {
        let score = score(measure);
        let place = ranked.partition_point(|(_, known)| known.total_cmp(&score).is_ge());
        ranked.insert(place, (*node, score));
    }
    ranked
}

struct Measure {
    price: Option<f64>,
    latency: f64,
    success: f64,
}

impl Measure {
    fn of(health: &Health, target: Option<&Rc<Target>>, streamed: bool) -> Self {
        let thinks = target.is_some_and(|target| target.facts.capabilities.reasoning);
        // Milliseconds of a model that nobody has asked yet.
        let guess = match (streamed, thinks) {
            (true, false) => 800.0,
            (true, true) => 4_000.0,
            (false, false) => 3_000.0,
            (false, true) => 12_000.0,
        };
        // A strategy among the candidates is taken for an average model.
        let Some(target) = target else { return Self { price: None, latency: guess, success: 1.0 } };
        let tally = health.target(&target.id).map(|target| &target.tally);
        let latency =
            tally.and_then(|tally| tally.median(streamed)).map_or(guess, |median: Millis| median as f64);
        Self {
            price: target.facts.price.map(|price| (3.0 * price.input + price.output) / 4.0),
            latency: latency.max(1.0),
            success: tally.map_or(1.0, |tally| tally.success()),
        }
    }
}

/// A candidate's name: its model's, or its place in the configuration.
fn name(node: &Node) -> &str {
    node.target().map_or(&node.path, |target| &target.id)
}
