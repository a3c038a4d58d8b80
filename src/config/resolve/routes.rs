//! What the routes stand for.
//!
//! A route is built once, however many others lead to it, and keeps its own path and settings there. An
//! inline strategy inherits `on` and `timeouts` from the one around it.

use std::rc::Rc;

use super::asleep;
use crate::catalog::{self, Tier};
use crate::class::Classes;
use crate::config::document::{Element, Strategy, Target, Way};
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
use crate::config::shape::{Place, shown};
use crate::config::{Degrade, Kind, Node, Plan, Provider, Route, TimeoutChoices};
use crate::table::Table;
use crate::text;

/// Strategies inside one another, routes that lead to routes included. Whoever carries them out recurses.
const DEEPEST: usize = 16;

/// The routes that exist by default: three tiers, each falling down to the next, and the best of all.
const BUILT_IN: [(&str, Option<Tier>, Option<&str>); 4] = [
    ("premium", Some(Tier::Premium), Some("standard")),
    ("standard", Some(Tier::Standard), Some("budget")),
    ("budget", Some(Tier::Budget), None),
    ("auto", None, None),
];

/// All routes: the configuration's in their order, then the built-in ones that it does not define.
pub(super) fn routes(
    mut strategies: Vec<(String, Option<Strategy>)>,
    plan: &Plan,
    errors: &mut ConfigErrors,
) -> Vec<Route> {
    let written = strategies.len();
    for (name, models, below) in BUILT_IN {
        if !strategies.iter().any(|(known, _)| known == name) {
            let strategy = models.map_or_else(Strategy::of_all_models, |models| tier(models, below));
            strategies.push((name.to_owned(), Some(strategy)));
        }
    }
    let mut named = Table::new();
    for (index, (name, strategy)) in strategies.iter().enumerate() {
        let is_built_in = index >= written;
        named.insert(name.as_str(), Named { strategy: strategy.as_ref(), is_built_in, built: None });
    }
    let mut builder = Builder { plan, named, open: Vec::new(), level: 0, errors };
    let place = Place::ROOT.field("routes");
    let mut routes = Vec::new();
    for (name, _) in &strategies {
        if let Some(built) = builder.route(name, &place.field(name)) {
            routes.push(Route { name: name.clone(), strategy: built.node });
        }
    }
    routes
}

fn tier(tier: Tier, below: Option<&str>) -> Strategy {
    let mut strategy = Strategy { degrade_to: below.map(str::to_owned), ..Strategy::default() };
    for id in catalog::tier(tier) {
        strategy.elements.push(Element::Name((*id).to_owned()));
    }
    strategy
}

struct Builder<'a> {
    plan: &'a Plan,
    named: Table<&'a str, Named<'a>>,
    /// The routes being built, the outermost first: one that appears again is a cycle.
    open: Vec<&'a str>,
    /// The strategies being built.
    level: usize,
    errors: &'a mut ConfigErrors,
}

/// What stands behind a name.
struct Named<'a> {
    /// `None` if it is broken and has been reported.
    strategy: Option<&'a Strategy>,
    /// Whether it is not the configuration's.
    is_built_in: bool,
    /// What came of it, once it was built.
    built: Option<Option<Built>>,
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
    fn route(&mut self, name: &str, asked_at: &Place<'_>) -> Option<Built> {
        let (&name, named) = self.named.get_key_value(name)?;
        if let Some(built) = &named.built {
            return built.clone();
        }
        if self.open.contains(&name) {
            self.report_cycle(name, asked_at);
            return None;
        }
        let mut built = None;
        if let Some(strategy) = named.strategy {
            let routes = Place::ROOT.field("routes");
            let place = routes.field(name);
            let inherited = Inherited { on: self.plan.on, timeouts: self.plan.timeouts };
            self.open.push(name);
            self.refuse_weight(strategy.weight, &place);
            built = self.strategy(strategy, &place, name, &inherited);
            self.open.pop();
        }
        if let Some(named) = self.named.get_mut(name) {
            named.built = Some(built.clone());
        }
        built
    }

    fn strategy(
        &mut self,
        strategy: &Strategy,
        place: &Place<'_>,
        path: &str,
        inherited: &Inherited,
    ) -> Option<Built> {
        if self.level >= DEEPEST {
            self.report_depth(place);
            return None;
        }
        self.level += 1;
        let inherited = &self.inherited(inherited, strategy.on, strategy.timeouts, place);

        let way = strategy.way;
        let mut height = 0;
        let mut parts = Vec::new();
        let mut weights = Vec::new();
        let list = place.field(way.word());
        for (index, element) in strategy.elements.iter().enumerate() {
            let place = &list.item(index);
            let path = format!("{path}.{}[{index}]", way.word());
            let weight = self.weight(element, way, place);
            if let Some(built) = self.element(way, element, place, &path, inherited) {
                height = height.max(built.height);
                parts.push(built.node);
                weights.push(weight);
            }
        }
        if way == Way::Auto {
            self.add_all_models(&strategy.elements, path, inherited, &mut parts);
        }
        let mut lower = None;
        if let Some(to) = &strategy.degrade_to
            && let Some((name, built)) = self.degrade_to(to, &place.field("degrade_to"))
        {
            height = height.max(built.height);
            lower = Some(Degrade { from: path.to_owned(), to: name.to_owned(), node: built.node });
        }
        self.level -= 1;

        height += 1;
        if height > DEEPEST {
            self.report_depth(place);
            height = 0;
        }
        let kind = match way {
            Way::Fallback => Kind::Fallback { hedge: strategy.hedge_ms },
            Way::Race => Kind::Race { stagger: strategy.stagger_ms },
            Way::Balance => Kind::Balance { weights, by: strategy.by },
            Way::Auto => {
                let weigh = strategy.weigh;
                if weigh.price + weigh.latency + weigh.success <= 0.0 {
                    let expected = "price, latency or success above 0";
                    self.errors.push(&place.field("weigh"), &"nothing above 0", &expected);
                }
                Kind::Auto { weigh }
            }
        };
        Some(Built { node: Rc::new(Node { path: path.to_owned(), kind, parts, lower }), height })
    }

    fn element(
        &mut self,
        around: Way,
        element: &Element,
        place: &Place<'_>,
        path: &str,
        inherited: &Inherited,
    ) -> Option<Built> {
        match element {
            Element::Broken => None,
            Element::Strategy(strategy) => self.strategy(strategy, place, path, inherited),
            Element::Target(target) => self.target(target, place, path, inherited),
            Element::Name(name) if name == "*" => {
                if around != Way::Auto {
                    self.errors.push(place, &"`*`", &"a model or a route; `*` is for `auto`");
                }
                None
            }
            Element::Name(name) if self.named.contains_key(name.as_str()) => self.route(name, place),
            Element::Name(name) => {
                let id = self.model(name, place)?;
                self.leaf(&id, path, inherited, Vec::new())
            }
        }
    }

    fn target(
        &mut self,
        target: &Target,
        place: &Place<'_>,
        path: &str,
        inherited: &Inherited,
    ) -> Option<Built> {
        if self.named.contains_key(target.model.as_str()) {
            let found = format_args!("{}, a route", shown(&target.model));
            self.errors.push(&place.field("model"), &found, &"a model; a route stands by its name alone");
            return None;
        }
        let inherited = &self.inherited(inherited, target.on, target.timeouts, place);
        let id = self.model(&target.model, &place.field("model"))?;
        let mut params = Vec::new();
        for (name, json) in &target.params {
            if let Some(json) = json {
                params.push((name.clone(), json.clone()));
            }
        }
        self.leaf(&id, path, inherited, params)
    }

    /// A node that asks this model.
    fn leaf(
        &self,
        id: &str,
        path: &str,
        inherited: &Inherited,
        params: Vec<(String, String)>,
    ) -> Option<Built> {
        let target = self.plan.target_with(id, params, &inherited.timeouts, inherited.on)?;
        Some(Built { node: Node::leaf(path, Rc::new(target)), height: 0 })
    }

    /// Adds the nodes that `*` stands for, but for models that are there already.
    fn add_all_models(
        &self,
        elements: &[Element],
        path: &str,
        inherited: &Inherited,
        nodes: &mut Vec<Rc<Node>>,
    ) {
        let is_star = |element: &Element| matches!(element, Element::Name(name) if name == "*");
        let Some(index) = elements.iter().position(is_star) else {
            return;
        };
        let path = format!("{path}.auto[{index}]");
        let written = nodes.len();
        for id in self.plan.known_models() {
            let is_it = |node: &Rc<Node>| node.target().is_some_and(|target| target.id == id);
            if !nodes.iter().take(written).any(is_it)
                && let Some(built) = self.leaf(id, &path, inherited, Vec::new())
            {
                nodes.push(built.node);
            }
        }
    }

    fn degrade_to(&mut self, name: &str, place: &Place<'_>) -> Option<(&'a str, Built)> {
        let Some((&known, _)) = self.named.get_key_value(name) else {
            let meant = nearest(name, &self.names());
            self.errors.suggest(place, &shown(name), &"the name of a route", meant);
            return None;
        };
        Some((known, self.route(known, place)?))
    }

    /// The id of the model that a name means.
    fn model(&mut self, name: &str, place: &Place<'_>) -> Option<String> {
        let candidates = match self.plan.locate(name, &|provider| provider.configured) {
            Ok(id) => return Some(id),
            Err(candidates) => candidates,
        };
        if !candidates.is_empty() {
            let found = format_args!("{}, which several providers have", shown(name));
            self.errors.push(place, &found, &format_args!("one of {}", text::joined(&candidates, ", ")));
        } else if name.contains('/') {
            unknown_provider(name, &self.plan.providers, place, self.errors);
        } else {
            let meant = self.plan.nearest(name, self.names(), 1).pop();
            self.errors.suggest(place, &shown(name), &"a route or `provider/model`", meant);
        }
        None
    }

    fn weight(&mut self, element: &Element, around: Way, place: &Place<'_>) -> f64 {
        let weight = match element {
            Element::Target(target) => target.weight,
            Element::Strategy(strategy) => strategy.weight,
            Element::Name(_) | Element::Broken => None,
        };
        if around != Way::Balance {
            self.refuse_weight(weight, place);
        } else if weight == Some(0.0) {
            self.errors.push(&place.field("weight"), &"0", &"a number above 0");
        }
        weight.unwrap_or(1.0)
    }

    fn refuse_weight(&mut self, weight: Option<f64>, place: &Place<'_>) {
        if weight.is_some() {
            self.errors.push(&place.field("weight"), &"a weight", &"none outside of `balance`");
        }
    }

    /// What is handed down, with what is said here laid over it.
    fn inherited(
        &mut self,
        inherited: &Inherited,
        on: Option<Classes>,
        timeouts: Option<TimeoutChoices>,
        place: &Place<'_>,
    ) -> Inherited {
        let mut inherited = *inherited;
        if let Some(on) = on {
            inherited.on = on;
        }
        if let Some(timeouts) = timeouts {
            if timeouts.deadline.is_some() {
                let expected = "none here, because it bounds a whole request: set it in the `timeouts` at the top, or let the request say `steadfast.timeouts`";
                self.errors.push(&place.field("timeouts").field("deadline_ms"), &"a deadline", &expected);
            }
            inherited.timeouts = timeouts.with(&inherited.timeouts, Option::or);
        }
        inherited
    }

    /// The names of all routes.
    fn names(&self) -> Vec<&'a str> {
        self.named.keys().copied().collect()
    }

    fn report_cycle(&mut self, name: &str, place: &Place<'_>) {
        let mut cycle = String::new();
        let mut remedy = String::new();
        for open in self.open.iter().skip_while(|open| **open != name) {
            cycle.push_str(open);
            cycle.push_str(" -> ");
            if remedy.is_empty() && self.named.get(open).is_some_and(|named| named.is_built_in) {
                remedy = format!(" (`{open}` is built in: define it to change where it leads)");
            }
        }
        cycle.push_str(name);
        let expected = format_args!("no route that leads back to itself{remedy}");
        self.errors.push(place, &cycle, &expected);
    }

    fn report_depth(&mut self, place: &Place<'_>) {
        let expected = format_args!("at most {DEEPEST} strategies inside one another");
        self.errors.push(place, &"one more", &expected);
    }
}

/// Reports a model of which the provider is not there: perhaps it only needs an entry.
pub(super) fn unknown_provider(
    id: &str,
    providers: &Table<String, Rc<Provider>>,
    place: &Place<'_>,
    errors: &mut ConfigErrors,
) {
    let (name, model) = id.split_once('/').unwrap_or((id, ""));
    if model.is_empty() && providers.contains_key(name) {
        errors.push(place, &shown(id), &"a model after the slash");
    } else if let Some(remedy) = asleep(name) {
        errors.push(place, &shown(id), &remedy);
    } else {
        let meant = nearest(name, &providers.names());
        errors.suggest(
            place,
            &format_args!("the unknown provider {}", shown(name)),
            &"a provider that is built in or in `providers`",
            meant.map(|provider| format!("{provider}/{model}")),
        );
    }
}
