//! What the routes stand for.
//!
//! A route is built once, however many others lead to it, and keeps its own path and settings there. An
//! inline strategy inherits `on` and `timeouts` from the one around it.

use std::rc::Rc;

use super::{asleep, choices};
use crate::catalog::{self, Tier};
use crate::class::Classes;
use crate::config::document::{Auto, Config, Element, Fallback, Strategy, Target, Timeouts};
use crate::config::errors::ConfigErrors;
use crate::config::lookup::Candidates;
use crate::config::nearest::nearest;
use crate::config::shape::{Place, shown};
use crate::config::{Degrade, Kind, Node, Plan, Provider, Route, TimeoutChoices, Weigh};
use crate::table::Table;

/// Strategies inside one another, routes that lead to routes included. Whoever carries them out recurses.
const DEEPEST: usize = 16;

/// All routes: the configuration's in their order, then the built-in ones that it does not define.
pub(super) fn routes(config: &Config, plan: &Plan, errors: &mut ConfigErrors) -> Vec<Route> {
    let built_in = built_in();
    let mut written: Table<&str, Option<&Strategy>> = Table::new();
    let mut order = Vec::new();
    for (name, strategy) in &config.routes {
        written.insert(name, strategy.as_ref());
        order.push(name.as_str());
    }
    let mut default = Vec::new();
    for (name, strategy) in &built_in {
        if !written.contains_key(name) {
            written.insert(name, Some(strategy));
            order.push(name);
            default.push(*name);
        }
    }
    let mut builder =
        Builder { plan, written, default, built: Table::new(), open: Vec::new(), level: 0, errors };
    let place = Place::ROOT.field("routes");
    let build = |name: &str| {
        let built = builder.route(name, place.field(name))?;
        Some(Route { name: name.to_owned(), strategy: built.node })
    };
    order.into_iter().filter_map(build).collect()
}

/// The routes that exist by default: three tiers, each falling down to the next, and the best of all.
fn built_in() -> [(&'static str, Strategy); 4] {
    let tier = |tier: Tier, below: Option<&str>| {
        let models = catalog::tier(tier).iter();
        Strategy::Fallback(Fallback {
            fallback: models.map(|id| Element::Name((*id).to_owned())).collect(),
            degrade_to: below.map(str::to_owned),
            ..Fallback::default()
        })
    };
    [
        ("premium", tier(Tier::Premium, Some("standard"))),
        ("standard", tier(Tier::Standard, Some("budget"))),
        ("budget", tier(Tier::Budget, None)),
        ("auto", Strategy::Auto(Auto::of_all_models())),
    ]
}

struct Builder<'a> {
    plan: &'a Plan,
    /// What stands behind each name; `None` if it is broken and has been reported.
    written: Table<&'a str, Option<&'a Strategy>>,
    /// The names among them that are not the configuration's.
    default: Vec<&'a str>,
    built: Table<&'a str, Option<Built>>,
    /// The routes being built, the outermost first: one that appears again is a cycle.
    open: Vec<&'a str>,
    /// The strategies being built.
    level: usize,
    errors: &'a mut ConfigErrors,
}

/// A node, and how many strategies are inside one another there.
#[derive(Clone)]
struct Built {
    node: Rc<Node>,
    height: usize,
}

/// What a strategy hands down to what stands in it.
#[derive(Clone, Copy)]
struct Inherited {
    on: Classes,
    timeouts: TimeoutChoices,
}

impl<'a> Builder<'a> {
    /// The route of that name, which is known to exist.
    fn route(&mut self, name: &str, asked_at: Place<'_>) -> Option<Built> {
        let (&name, &strategy) = self.written.get_key_value(name)?;
        if let Some(built) = self.built.get(name) {
            return built.clone();
        }
        if self.open.contains(&name) {
            self.report_cycle(name, asked_at);
            return None;
        }
        let routes = Place::ROOT.field("routes");
        let inherited = Inherited { on: self.plan.on, timeouts: self.plan.timeouts };
        self.open.push(name);
        let built = strategy.and_then(|strategy| {
            let place = routes.field(name);
            self.refuse_weight(strategy.common().weight, place);
            self.strategy(strategy, place, name, inherited)
        });
        self.open.pop();
        self.built.insert(name, built.clone());
        built
    }

    fn strategy(
        &mut self,
        strategy: &Strategy,
        place: Place<'_>,
        path: &str,
        inherited: Inherited,
    ) -> Option<Built> {
        if self.level >= DEEPEST {
            self.report_depth(place);
            return None;
        }
        self.level += 1;
        let common = strategy.common();
        self.refuse_deadline(common.timeouts, place);
        let inherited =
            inherited.with(common.on.map(|on| on.iter().copied().collect()), common.timeouts.map(choices));

        let mut height = 0;
        let mut shares = Vec::new();
        let list = place.field(strategy.word());
        let inside_balance = matches!(strategy, Strategy::Balance(_));
        for (index, element) in strategy.elements().iter().enumerate() {
            let place = list.item(index);
            let path = format!("{path}.{}[{index}]", strategy.word());
            let weight = self.weight(element, inside_balance, place);
            if let Some(built) = self.element(strategy, element, place, &path, inherited) {
                height = height.max(built.height);
                shares.push((built.node, weight));
            }
        }
        if let Strategy::Auto(auto) = strategy {
            shares.extend(self.all_models(auto, path, inherited, &shares));
        }
        let degrade_to = common.degrade_to.and_then(|to| {
            let (name, built) = self.degrade_to(to, place.field("degrade_to"))?;
            height = height.max(built.height);
            Some(Degrade { from: path.to_owned(), to: name.to_owned(), node: built.node })
        });
        self.level -= 1;

        height += 1;
        if height > DEEPEST {
            self.report_depth(place);
            height = 0;
        }
        let nodes = |shares: Vec<(Rc<Node>, f64)>| shares.into_iter().map(|(node, _)| node).collect();
        let kind = match strategy {
            Strategy::Fallback(fallback) => {
                Kind::Fallback { steps: nodes(shares), hedge: fallback.hedge_ms, degrade_to }
            }
            Strategy::Race(race) => {
                Kind::Race { runners: nodes(shares), stagger: race.stagger_ms, degrade_to }
            }
            Strategy::Balance(balance) => Kind::Balance { shares, by: balance.by, degrade_to },
            Strategy::Auto(auto) => {
                Kind::Auto { candidates: nodes(shares), weigh: self.weigh(auto, place), degrade_to }
            }
        };
        let path = path.to_owned();
        Some(Built { node: Rc::new(Node { path, kind }), height })
    }

    fn element(
        &mut self,
        around: &Strategy,
        element: &Element,
        place: Place<'_>,
        path: &str,
        inherited: Inherited,
    ) -> Option<Built> {
        match element {
            Element::Broken => None,
            Element::Strategy(strategy) => self.strategy(strategy, place, path, inherited),
            Element::Target(target) => self.target(target, place, path, inherited),
            Element::Name(name) if name == "*" => {
                if !matches!(around, Strategy::Auto(_)) {
                    self.errors.push(place, "`*`", "a model or a route; `*` is for `auto`");
                }
                None
            }
            Element::Name(name) if self.written.contains_key(name.as_str()) => self.route(name, place),
            Element::Name(name) => {
                let id = self.model(name, place)?;
                self.leaf(&id, path, inherited, Vec::new())
            }
        }
    }

    fn target(
        &mut self,
        target: &Target,
        place: Place<'_>,
        path: &str,
        inherited: Inherited,
    ) -> Option<Built> {
        if self.written.contains_key(target.model.as_str()) {
            let expected = "a model; a route stands by its name alone";
            let found = format!("{}, a route", shown(&target.model));
            self.errors.push(place.field("model"), found, expected);
            return None;
        }
        self.refuse_deadline(target.timeouts.as_ref(), place);
        let id = self.model(&target.model, place.field("model"))?;
        let inherited = inherited.with(
            target.on.as_ref().map(|on| on.iter().copied().collect()),
            target.timeouts.as_ref().map(choices),
        );
        let params = target.params.iter();
        let params = params.filter_map(|(name, json)| Some((name.clone(), json.clone()?))).collect();
        self.leaf(&id, path, inherited, params)
    }

    /// A node that asks this model.
    fn leaf(
        &self,
        id: &str,
        path: &str,
        inherited: Inherited,
        params: Vec<(String, String)>,
    ) -> Option<Built> {
        let Inherited { on, timeouts } = inherited;
        let target = self.plan.target_with(id, params, &timeouts, on)?;
        let node = Rc::new(Node { path: path.to_owned(), kind: Kind::Target(Rc::new(target)) });
        Some(Built { node, height: 0 })
    }

    /// The nodes that `*` stands for, but for models that are there already.
    fn all_models(
        &self,
        auto: &Auto,
        path: &str,
        inherited: Inherited,
        there: &[(Rc<Node>, f64)],
    ) -> Vec<(Rc<Node>, f64)> {
        let is_star = |element: &Element| matches!(element, Element::Name(name) if name == "*");
        let Some(index) = auto.auto.iter().position(is_star) else {
            return Vec::new();
        };
        let path = format!("{path}.auto[{index}]");
        let is_there = |id: &str| {
            there.iter().any(|(node, _)| matches!(&node.kind, Kind::Target(target) if target.id == id))
        };
        let ids = self.plan.known_models();
        ids.filter(|id| !is_there(id))
            .filter_map(|id| Some((self.leaf(id, &path, inherited, Vec::new())?.node, 1.0)))
            .collect()
    }

    fn degrade_to(&mut self, name: &str, place: Place<'_>) -> Option<(&'a str, Built)> {
        let Some((&known, _)) = self.written.get_key_value(name) else {
            let routes = self.written.keys().copied();
            let meant = nearest(name, routes);
            self.errors.suggest(place, shown(name), "the name of a route", meant);
            return None;
        };
        Some((known, self.route(known, place)?))
    }

    /// The id of the model that a name means.
    fn model(&mut self, name: &str, place: Place<'_>) -> Option<String> {
        let candidates = match self.plan.locate(name) {
            Candidates::One(id) => return Some(id),
            Candidates::Several(candidates) => candidates,
        };
        let configured = |id: &&String| {
            let provider = id.split_once('/').and_then(|(name, _)| self.plan.providers.get(name));
            provider.is_some_and(|provider| provider.configured)
        };
        let mut ours = candidates.iter().filter(configured);
        if let (Some(one), None) = (ours.next(), ours.next()) {
            return Some(one.clone());
        }
        if !candidates.is_empty() {
            let expected = format!("one of {}", candidates.join(", "));
            let found = format!("{}, which several providers have", shown(name));
            self.errors.push(place, found, expected);
        } else if name.contains('/') {
            unknown_provider(name, &self.plan.providers, place, self.errors);
        } else {
            let meant = self.plan.nearest(name, self.written.keys().copied(), 1);
            self.errors.suggest(place, shown(name), "a route or `provider/model`", meant.into_iter().next());
        }
        None
    }

    fn weight(&mut self, element: &Element, inside_balance: bool, place: Place<'_>) -> f64 {
        let weight = match element {
            Element::Target(target) => target.weight,
            Element::Strategy(strategy) => strategy.common().weight,
            Element::Name(_) | Element::Broken => None,
        };
        if !inside_balance {
            self.refuse_weight(weight, place);
        } else if weight == Some(0.0) {
            self.errors.push(place.field("weight"), "0", "a number above 0");
        }
        weight.unwrap_or(1.0)
    }

    fn refuse_weight(&mut self, weight: Option<f64>, place: Place<'_>) {
        if weight.is_some() {
            let expected = "none outside of `balance`";
            self.errors.push(place.field("weight"), "a weight", expected);
        }
    }

    fn refuse_deadline(&mut self, timeouts: Option<&Timeouts>, place: Place<'_>) {
        if timeouts.is_some_and(|timeouts| timeouts.deadline_ms.is_some()) {
            let expected = "none here, because it bounds a whole request: set it in the `timeouts` at the top, or let the request say `steadfast.timeouts`";
            self.errors.push(place.field("timeouts").field("deadline_ms"), "a deadline", expected);
        }
    }

    fn weigh(&mut self, auto: &Auto, place: Place<'_>) -> Weigh {
        let weigh =
            Weigh { price: auto.weigh.price, latency: auto.weigh.latency, success: auto.weigh.success };
        if weigh.price + weigh.latency + weigh.success <= 0.0 {
            self.errors.push(place.field("weigh"), "nothing above 0", "price, latency or success above 0");
        }
        weigh
    }

    fn report_cycle(&mut self, name: &str, place: Place<'_>) {
        let cycle = self.open.iter().skip_while(|open| **open != name);
        let cycle: Vec<_> = cycle.copied().chain([name]).collect();
        let mut expected = "no route that leads back to itself".to_owned();
        if let Some(default) = cycle.iter().find(|route| self.default.contains(route)) {
            expected += &format!(" (`{default}` is built in: define it to change where it leads)");
        }
        self.errors.push(place, cycle.join(" -> "), expected);
    }

    fn report_depth(&mut self, place: Place<'_>) {
        let expected = format!("at most {DEEPEST} strategies inside one another");
        self.errors.push(place, "one more", expected);
    }
}

impl Inherited {
    /// With what is said here laid over it.
    fn with(self, on: Option<Classes>, timeouts: Option<TimeoutChoices>) -> Self {
        Self {
            on: on.unwrap_or(self.on),
            timeouts: timeouts.map_or(self.timeouts, |choices| choices.or(&self.timeouts)),
        }
    }
}

/// Reports a model of which the provider is not there: perhaps it only needs an entry.
pub(super) fn unknown_provider(
    id: &str,
    providers: &Table<String, Rc<Provider>>,
    place: Place<'_>,
    errors: &mut ConfigErrors,
) {
    let (name, model) = id.split_once('/').unwrap_or((id, ""));
    if model.is_empty() && providers.contains_key(name) {
        errors.push(place, shown(id), "a model after the slash");
    } else if let Some(remedy) = asleep(name) {
        errors.push(place, shown(id), remedy);
    } else {
        let meant = nearest(name, providers.keys().map(String::as_str));
        errors.suggest(
            place,
            format!("the unknown provider {}", shown(name)),
            "a provider that is built in or in `providers`",
            meant.map(|provider| format!("{provider}/{model}")),
        );
    }
}
