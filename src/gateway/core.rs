//! What all requests of a gateway share.

use std::rc::Rc;

use crate::config::{Node, Plan, Provider, Unresolved};
use crate::health::Health;
use crate::health::alerts::Alerts;
use crate::secret::{Redactor, Secrets};
use crate::shared::Shared;
use crate::table::Table;

use super::alert::Outbox;

/// The plan, the secrets, and what is remembered.
pub(crate) struct Core {
    pub(crate) plan: Plan,
    pub(crate) secrets: Secrets,
    pub(crate) redactor: Redactor,
    // These outlive the plan, when a new one takes its place; requests under way share them.
    pub(crate) health: Rc<Shared<Health>>,
    pub(crate) alerts: Rc<Shared<Alerts>>,
    pub(crate) outbox: Rc<Outbox>,
    /// What names stand for, of those that were asked for lately: plan and secrets do not change.
    named: Shared<Table<String, Rc<Node>>>,
}

/// So many names are remembered; callers may ask for any.
const MOST_NAMES: usize = 256;

impl Core {
    pub(crate) fn new(plan: Plan, secrets: Secrets) -> Self {
        let mut names = plan.secrets();
        names.push("STEADFAST_KEYS");
        let redactor = secrets.redactor(&names);
        let health = Rc::new(Shared::new(Health::new(plan.retry.budget, plan.breaker)));
        let alerts = Rc::new(Shared::new(Alerts::new(&plan.alerts)));
        Self { plan, secrets, redactor, health, alerts, outbox: Rc::default(), named: Shared::default() }
    }

    /// The strategy that a caller's `model` stands for.
    pub(crate) fn resolve(&self, name: &str) -> Result<Rc<Node>, Unresolved> {
        if let Some(known) = self.named.borrow().get(name) {
            return Ok(known.clone());
        }
        let node = self.plan.resolve(name, &|provider| self.is_callable(provider))?;
        let mut named = self.named.borrow_mut();
        if named.len() >= MOST_NAMES {
            *named = Table::new();
        }
        named.insert(name.to_owned(), node.clone());
        Ok(node)
    }

    /// Takes another's place, and takes over what it remembers of the providers that are the same in both, what was
    /// spent, and whom it has yet to tell of what.
    pub(crate) fn succeed(&mut self, former: &Core) {
        let plan = &self.plan;
        self.health = former.health.clone();
        let mut health = self.health.borrow_mut();
        health.go_on(plan.retry.budget, plan.breaker, &former.plan.providers, &plan.providers);
        drop(health);
        self.alerts = former.alerts.clone();
        self.alerts.borrow_mut().go_on(&plan.alerts);
        self.outbox = former.outbox.clone();
    }

    /// Whether not a single provider can be called.
    pub(crate) fn is_keyless(&self) -> bool {
        !self.plan.providers.values().any(|provider| self.is_callable(provider))
    }

    /// Whether a provider can be called: it needs no key, or has one.
    pub(crate) fn is_callable(&self, provider: &Provider) -> bool {
        if provider.keys.is_empty() {
            return provider.configured;
        }
        provider.keys.iter().any(|name| self.secrets.key(name).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_remembered_and_never_too_many_of_them() {
        let providers = r#"{"providers":{"a":{"dialect":"openai","base_url":"http://a.test/v1","keys":[]}}}"#;
        let core = Core::new(Plan::from_json(providers).unwrap(), Secrets::default());
        let first = core.resolve("a/x").unwrap();
        assert!(Rc::ptr_eq(&first, &core.resolve("a/x").unwrap()), "resolved once");
        for number in 0..3 * MOST_NAMES {
            assert_eq!(core.resolve(&format!("a/{number}")).unwrap().path, format!("a/{number}"));
            assert!(core.named.borrow().len() <= MOST_NAMES);
        }
        assert_eq!(core.resolve("a/x").unwrap().path, "a/x", "forgotten, and found again");
        assert!(core.resolve("nobody/x").is_err() && core.named.borrow().get("nobody/x").is_none());
    }
}
