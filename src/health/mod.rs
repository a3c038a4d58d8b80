//! What is remembered about providers, their keys and their models between requests.
//!
//! Plain data that takes `now`: no clock inside, nothing that waits, nothing that belongs to one
//! request. It lives as long as the isolate or the process does, and says so in `GET /status`.

pub mod alerts;
pub mod breaker;
pub mod budget;
pub mod event;
pub mod keys;
pub mod latency;
pub mod tally;
pub mod window;

use std::rc::Rc;

use crate::class::{Class, Harm};
use crate::config::{self, Provider, Target};
use crate::host::Millis;
use crate::secret::Secrets;
use crate::table::Table;

use breaker::{Breaker, Change, Outcome, Ticket};
use budget::Budget;
use keys::{KeyPool, Pick};
use tally::Tally;

/// Everything remembered.
#[derive(Debug)]
pub struct Health {
    since: Option<Millis>,
    policy: Option<config::Breaker>,
    /// By the accounts they are of: a request that began under another configuration meets its own again.
    pools: Table<String, KeyPool>,
    targets: Table<String, Box<TargetHealth>>,
    /// Who leads which ranking: models by the paths of their routes.
    leads: Table<String, String>,
    /// What retries may add to the load.
    pub budget: Budget,
}

/// What is remembered about one target.
#[derive(Debug, Default)]
pub struct TargetHealth {
    /// Its attempts and what came of them.
    pub tally: Tally,
    breaker: Breaker,
    last_failure: Option<Class>,
    /// Its provider said that it does not know it.
    unknown_since: Option<Millis>,
    /// Members of a request's body that it refused, and when.
    refused: Vec<(&'static str, Millis)>,
}

/// A model that the provider does not know is left alone for that long.
const UNKNOWN_MODEL_REST: Millis = 10 * 60_000;

/// What a model once refused is kept from it for that long; then it may have learned it.
const REFUSED_FOR: Millis = 60 * 60_000;

/// Callers may name any model of a configured provider; so many names are remembered at most.
const MOST_TARGETS: usize = 2_000;

impl Health {
    /// Nothing remembered yet; without a policy no breaker ever opens.
    #[must_use]
    pub fn new(budget: f64, policy: Option<config::Breaker>) -> Self {
        Self {
            since: None,
            policy,
            pools: Table::new(),
            targets: Table::new(),
            leads: Table::new(),
            budget: Budget::new(budget),
        }
    }

    /// From now on other settings hold; what is remembered of the providers that stay as they were is kept, and the
    /// rest forgotten.
    pub fn go_on(
        &mut self,
        budget: f64,
        policy: Option<config::Breaker>,
        former: &Table<String, Rc<Provider>>,
        present: &Table<String, Rc<Provider>>,
    ) {
        let stays = |name: &str| match (former.get(name), present.get(name)) {
            (Some(former), Some(present)) => former.account == present.account,
            _ => false,
        };
        self.budget.set_share(budget);
        self.policy = policy;
        self.pools.retain(|account, _| present.values().any(|provider| provider.account == *account));
        self.targets.retain(|id, _| id.split_once('/').is_some_and(|(provider, _)| stays(provider)));
    }

    /// When remembering began, on the wall clock: with the first request. (Cloudflare's clock stands
    /// still until then.)
    pub fn since(&mut self, unix_now: Millis) -> Millis {
        *self.since.get_or_insert(unix_now)
    }

    /// The model that leads a ranking.
    #[must_use]
    pub fn lead(&self, ranking: &str) -> Option<&str> {
        self.leads.get(ranking).map(String::as_str)
    }

    /// Another model leads it.
    pub fn set_lead(&mut self, ranking: &str, model: &str) {
        model.clone_into(self.leads.get_or_insert_with(ranking, String::new));
    }

    /// The keys of a provider.
    pub fn pool(&mut self, provider: &Provider, secrets: &Secrets) -> &mut KeyPool {
        self.pools.get_or_insert_with(&provider.account, || KeyPool::new(provider, secrets))
    }

    /// A key for this target that was not tried yet, or why there is none.
    pub fn pick(&mut self, target: &Target, tried: &[usize], secrets: &Secrets, now: Millis) -> Pick {
        if let Some(since) = self.targets.get(&target.id).and_then(|target| target.unknown_since)
            && let wait = since.saturating_add(UNKNOWN_MODEL_REST).saturating_sub(now)
            && wait > 0
        {
            return Pick::Resting { wait, stated: false, class: Class::NotFound };
        }
        if let (Some(policy), Some(known)) = (&self.policy, self.targets.get(&target.id))
            && let Some(wait) = known.breaker.closed_for(policy, now)
        {
            let class = known.last_failure.unwrap_or(Class::Server);
            return Pick::Resting { wait, stated: false, class };
        }
        self.pool(&target.provider, secrets).pick(&target.model, tried, now)
    }

    /// What is remembered about a target.
    #[must_use]
    pub fn target(&self, id: &str) -> Option<&TargetHealth> {
        self.targets.get(id).map(|known| &**known)
    }

    /// What is remembered about a target, to be added to.
    pub fn target_mut(&mut self, id: &str) -> &mut TargetHealth {
        if self.targets.len() >= MOST_TARGETS && !self.targets.contains_key(id) {
            // Names that a caller made up are asked for once.
            if let Some(id) = self.targets.least(|known| known.tally.attempts()).cloned() {
                self.targets.remove(&id);
            }
        }
        self.targets.get_or_insert_with(id, Box::default)
    }

    /// How many attempts on this target are under way only because there was nobody better to ask.
    #[must_use]
    pub fn forced(&self, target: &Target) -> u32 {
        self.targets.get(&target.id).map_or(0, |known| known.breaker.forced())
    }

    /// Lets an attempt through the target's breaker, or not; `forced`: whatever its state.
    pub fn admit(&mut self, target: &Target, forced: bool, now: Millis) -> Option<Ticket> {
        let policy = self.policy;
        let breaker = &mut self.target_mut(&target.id).breaker;
        match policy {
            Some(policy) if !forced => breaker.admit(&policy, now),
            _ => Some(breaker.force()),
        }
    }

    /// Takes back the leave that an attempt was given, with what came of it.
    pub fn settle(
        &mut self,
        target: &Target,
        ticket: Ticket,
        outcome: Outcome,
        now: Millis,
    ) -> Option<Change> {
        let policy = self.policy;
        let breaker = &mut self.target_mut(&target.id).breaker;
        breaker.release(&ticket);
        breaker.settle(&policy?, ticket, outcome, now)
    }

    /// Draws the consequences of a failure: `key` is the place of the key in its provider's pool.
    pub fn failed(
        &mut self,
        target: &Target,
        secrets: &Secrets,
        key: usize,
        class: Class,
        stated: Option<Millis>,
        now: Millis,
    ) {
        match class.policy().harm {
            Harm::None | Harm::Target => {}
            Harm::RestsKey => self.pool(&target.provider, secrets).rest(key, &target.model, stated, now),
            Harm::SpendsKey => self.pool(&target.provider, secrets).spend(key, class, stated, now),
            Harm::RestsTarget => self.target_mut(&target.id).unknown_since = Some(now),
        }
        let known = self.target_mut(&target.id);
        known.tally.failed(class);
        // What does not open the breaker is not the reason why it is open.
        if Outcome::from(class) == Outcome::Failure {
            known.last_failure = Some(class);
        }
    }

    /// A key answered for a model, asked at that time: whatever was held against either then is forgotten.
    pub fn succeeded(&mut self, target: &Target, key: usize, asked: Millis) {
        if let Some(pool) = self.pools.get_mut(&target.provider.account) {
            pool.recovered(key, &target.model, asked);
        }
        let known = self.target_mut(&target.id);
        known.unknown_since = known.unknown_since.filter(|since| *since > asked);
    }

    /// Every target that was ever asked, with what is remembered of it.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &TargetHealth)> {
        self.targets.iter().map(|(id, target)| (id.as_str(), &**target))
    }
}

impl TargetHealth {
    /// The state of its breaker, for `GET /status`.
    #[must_use]
    pub fn breaker(&self) -> &'static str {
        self.breaker.shown()
    }

    /// It refused a member of a request's body, and answered without.
    pub fn refuses(&mut self, member: &'static str, now: Millis) {
        if let Some(place) = self.refused.iter().position(|(known, _)| *known == member) {
            self.refused.remove(place);
        }
        self.refused.push((member, now));
    }

    /// The members that it refused lately.
    pub fn refused(&self, now: Millis) -> impl Iterator<Item = &'static str> {
        let lately = move |since: Millis| now.saturating_sub(since) < REFUSED_FOR;
        self.refused.iter().filter(move |(_, since)| lately(*since)).map(|(member, _)| *member)
    }
}
