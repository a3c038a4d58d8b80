//! How a name is found in a plan: routes first, then `provider/model`, then a model's name alone.
//!
//! What a name stands for is remembered by whoever asks; only one that cannot be found is compared with all others.

use std::rc::Rc;

use super::nearest::several;
use super::plan::{Node, Plan, Provider, Route, Target, TimeoutChoices, Timeouts};
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
        let candidates = match self.locate(name, callable) {
            Ok(id) => return self.single(&id).ok_or_else(Unresolved::default),
            Err(candidates) => candidates,
        };
        let nearest = if candidates.is_empty() {
            let mut known = Vec::new();
            for route in &self.routes {
                known.push(route.name.as_str());
                route.strategy.each_target(&mut |_, target| {
                    // It may stand in many places: to compare two names costs more than to see that they are the same.
                    if !target.facts.known && !known.contains(&target.id.as_str()) {
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
        self.routes.iter().find(|route| route.name == name)
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

    /// Which model a name means: `provider/model` at a known provider, else the only one of that name, or the only one
    /// whose provider counts.
    ///
    /// # Errors
    /// None of that name, or several, each as `provider/model`.
    pub(super) fn locate(
        &self,
        name: &str,
        counts: &dyn Fn(&Provider) -> bool,
    ) -> Result<String, Vec<String>> {
        if let Some((provider, model)) = search::split_once(name, "/")
            && !model.is_empty()
            && self.providers.contains_key(provider)
        {
            return Ok(name.to_owned());
        }
        // One a provider: what the configuration says of a name wins over a retired name's replacement.
        let mut found = Table::new();
        for model in catalog::models_named(name) {
            if self.providers.contains_key(model.provider()) {
                found.insert(model.provider(), model.id);
            }
        }
        for id in self.models.keys() {
            if let Some((provider, model)) = search::split_once(id, "/")
                && model == name
            {
                found.insert(provider, id);
            }
        }
        let (mut ids, mut those) = (Vec::new(), Vec::new());
        for (provider, id) in found.iter() {
            ids.push((*id).to_owned());
            if found.len() == 1 || self.providers.get(provider).is_some_and(|provider| counts(provider)) {
                those.push(*id);
            }
        }
        match those.as_slice() {
            [one] => Ok((*one).to_owned()),
            _ => Err(ids),
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
        Some(Node::leaf(&target.id.clone(), target))
    }
}

fn after_slash(id: &str) -> &str {
    search::split_once(id, "/").map_or(id, |(_, model)| model)
}
