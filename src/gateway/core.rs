//! What all requests of a gateway share.

use std::cell::RefCell;

use crate::config::{Plan, Provider};
use crate::health::Health;
use crate::secret::{Redactor, Secrets};

/// The plan, the secrets, and what is remembered.
pub(crate) struct Core {
    pub(crate) plan: Plan,
    pub(crate) secrets: Secrets,
    pub(crate) redactor: Redactor,
    pub(crate) health: RefCell<Health>,
}

impl Core {
    pub(crate) fn new(plan: Plan, secrets: Secrets) -> Self {
        let names = plan.providers.values().flat_map(|provider| provider.keys.iter());
        let redactor = secrets.redactor(names.map(String::as_str).chain(["STEADFAST_KEYS"]));
        let health = RefCell::new(Health::new(plan.retry.budget, plan.breaker));
        Self { plan, secrets, redactor, health }
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
        provider.keys.iter().any(|name| self.secrets.find(name).is_some())
    }
}
