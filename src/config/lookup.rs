//! How a name is found in a plan: routes first, then `provider/model`, then a model's name alone.
//!
//! Everything a request does here is a lookup in a map or in the catalogue's tables; only a name that
//! cannot be found is compared with all others.

use std::rc::Rc;

use super::nearest::several;
use super::plan::{Facts, Kind, Names, Node, Plan, Provider, Route, Target, TimeoutChoices, Timeouts};
use super::resolve::facts;
use crate::catalog::{self, LAUNCH};
use crate::class::Classes;
use crate::search;
use crate::table::Table;

/// How many near names an answer lists.
const NEAR: usize = 3;

/// Why a name means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unresolved {
    /// Known names near it, the nearest first; empty if it is ambiguous or like nothing.
    pub nearest: Vec<String>,
    /// What it could mean, if several providers have a model of that name.
    pub candidates: Vec<String>,
}

/// What a model's name can mean.
pub(super) enum Candidates {
    /// Exactly this `provider/model`.
    One(String),
    /// None, or several, each as `provider/model`.
    Several(Vec<String>),
}

impl Plan {
    /// What a caller's `model` stands for: a route, `provider/model`, or the name of a model that only
    /// one provider has. If several have it, those count for which `callable` holds; if it holds for
    /// none, all do.
    ///
    /// # Errors
    /// What the name could mean, or what is near it.
    pub fn resolve(&self, name: &str, callable: &dyn Fn(&Provider) -> bool) -> Result<Rc<Node>, Unresolved> {
        if let Some(route) = self.route(name) {
            return Ok(route.strategy.clone());
        }
        let candidates = match self.locate(name) {
            Candidates::One(id) => return self.single(&id).ok_or_else(Unresolved::default),
            Candidates::Several(candidates) => candidates,
        };
        let able = |id: &&String| self.provider_of(id).is_some_and(|provider| callable(provider));
        let mut able = candidates.iter().filter(able);
        if let (Some(one), None) = (able.next(), able.next()) {
            return self.single(one).ok_or_else(Unresolved::default);
        }
        let nearest = if candidates.is_empty() {
            let mut known = Vec::new();
            for route in &self.routes {
                known.push(route.name.as_str());
                route.strategy.each_target(&mut |_, target| {
                    if !target.facts.known {
                        known.push(&target.id);
                    }
                });
            }
            self.nearest(name, known, NEAR)
        } else {
            Vec::new()
        };
        Err(Unresolved { nearest, candidates })
    }

    /// The provider of `provider/model`.
    pub(super) fn provider_of(&self, id: &str) -> Option<&Rc<Provider>> {
        self.providers.get(search::split_once(id, "/")?.0)
    }

    /// The space of a target's vectors: its name, and the dimensions if they are set. Vectors can be compared
    /// within one. By default the models of one name share a space, whoever runs them.
    #[must_use]
    pub fn space<'a>(&'a self, target: &'a Target) -> (&'a str, Option<&'a str>) {
        let name =
            self.spaces.get(&target.id).map_or(search::after_last(&target.model, b'/'), String::as_str);
        let dimensions = target.params.iter().find(|(name, _)| name == "dimensions");
        (name, dimensions.map(|(_, value)| value.as_str()))
    }

    /// The route of that name.
    #[must_use]
    pub fn route(&self, name: &str) -> Option<&Route> {
        self.routes.get(*self.names.routes.get(name)?)
    }

    /// The target that `provider/model` stands for, known model or not; `None` if the provider is not
    /// known. A retired name becomes what replaced it, unless `models` has an entry for it.
    #[must_use]
    pub fn target(&self, id: &str) -> Option<Rc<Target>> {
        let target = self.target_with(id, Vec::new(), &self.timeouts, self.on)?;
        Some(Rc::new(target))
    }

    /// The same, with what a route says about it.
    pub(super) fn target_with(
        &self,
        id: &str,
        params: Vec<(String, String)>,
        timeouts: &TimeoutChoices,
        on: Classes,
    ) -> Option<Target> {
        let (name, model) = search::split_once(id, "/")?;
        if model.is_empty() {
            return None;
        }
        let provider = self.providers.get(name)?.clone();
        let configured = self.models.get(id).copied();
        let (id, facts) = match (configured, catalog::resolve_alias(name, model)) {
            (Some(facts), _) => (id, facts),
            (None, None) => (id, facts(&provider, model)),
            (None, Some(current)) => {
                let configured = self.models.get(current).copied();
                let facts = configured.unwrap_or_else(|| facts(&provider, after_slash(current)));
                (current, facts)
            }
        };
        Some(Target {
            id: id.to_owned(),
            model: after_slash(id).to_owned(),
            facts,
            params,
            timeouts: Timeouts::for_model(facts.capabilities.reasoning, timeouts),
            on,
            provider,
        })
    }

    /// Which model a name means: `provider/model` at a known provider, else every one of that name.
    pub(super) fn locate(&self, name: &str) -> Candidates {
        if let Some((provider, model)) = search::split_once(name, "/")
            && !model.is_empty()
            && self.providers.contains_key(provider)
        {
            return Candidates::One(name.to_owned());
        }
        // One a provider: what the configuration says of a name wins over a retired name's replacement.
        let mut found = Table::new();
        for model in catalog::models_named(name) {
            if self.providers.contains_key(model.provider()) {
                found.insert(model.provider(), model.id);
            }
        }
        for id in self.names.bare.get(name).into_iter().flatten() {
            if let Some((provider, _)) = search::split_once(id, "/") {
                found.insert(provider, id);
            }
        }
        let mut ids = Vec::new();
        for id in found.values() {
            ids.push((*id).to_owned());
        }
        match ids.pop_if(|_| found.len() == 1) {
            Some(one) => Candidates::One(one),
            None => Candidates::Several(ids),
        }
    }

    /// Every model that `*` stands for: the catalogue's at the launch providers and at those that the
    /// configuration has an entry for, and the configuration's own.
    pub(super) fn known_models(&self) -> Vec<&str> {
        let mut known = Vec::new();
        for model in catalog::models() {
            if let Some(provider) = self.providers.get(model.provider())
                && (provider.configured || LAUNCH.contains(&provider.name.as_str()))
                && !self.models.contains_key(model.id)
            {
                known.push(model.id);
            }
        }
        known.append(&mut self.models.names());
        known
    }

    /// Up to `most` names near this one: these, models, and models without their provider.
    pub(super) fn nearest<'a>(&'a self, name: &str, mut known: Vec<&'a str>, most: usize) -> Vec<String> {
        for model in catalog::models() {
            known.push(model.id);
            known.push(after_slash(model.id));
        }
        for id in self.models.keys() {
            known.push(id);
            known.push(after_slash(id));
        }
        several(name, &known, most)
    }

    /// A node that asks one model; its path is its id.
    fn single(&self, id: &str) -> Option<Rc<Node>> {
        let target = self.target(id)?;
        Some(Rc::new(Node { path: target.id.clone(), kind: Kind::Target(target) }))
    }
}

impl Names {
    /// Remembers where each route is.
    pub(super) fn index_routes(&mut self, routes: &[Route]) {
        for (index, route) in routes.iter().enumerate() {
            self.routes.insert(route.name.clone(), index);
        }
    }
}

/// The configuration's models by their names without the provider.
pub(super) fn names(models: &Table<String, Facts>) -> Names {
    let mut names = Names::default();
    for id in models.keys() {
        let bare = after_slash(id);
        names.bare.get_or_insert_with(bare, Vec::new).push(id.clone());
    }
    names
}

fn after_slash(id: &str) -> &str {
    search::split_once(id, "/").map_or(id, |(_, model)| model)
}
