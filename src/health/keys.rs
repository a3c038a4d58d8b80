//! The keys of one provider: a pool in which each has a health of its own.
//!
//! The first healthy key serves, in the order of the configuration, because a provider's prompt cache
//! belongs to one account; the others stand by.

use crate::class::Class;
use crate::config::Provider;
use crate::host::Millis;
use crate::secret::{Secret, Secrets};
use crate::table::Table;

/// The keys of one provider.
#[derive(Debug, Default)]
pub struct KeyPool {
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    secret: Option<Secret>,
    /// Rests by model, because providers limit by model.
    rests: Table<String, Rest>,
    /// The whole key is of no use until then.
    spent: Option<(Class, Rest)>,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    since: Millis,
    until: Millis,
    /// The provider said so itself; otherwise it is our guess.
    stated: bool,
}

/// What a pool has to offer.
#[derive(Clone, Debug)]
pub enum Pick {
    /// This one: its place in the pool, and the key, if the provider takes one.
    Key(usize, Option<Secret>),
    /// All rest; the first is back after `wait` milliseconds.
    Resting {
        /// Milliseconds until the first is back.
        wait: Millis,
        /// Whether the provider itself said so.
        stated: bool,
        /// Why.
        class: Class,
    },
    /// None is set.
    Missing,
}

/// Without a word from the provider, a rate-limited key rests for that long: most limits count by
/// the minute and let a little through all the time.
const UNSTATED_REST: Millis = 5_000;
/// A refused key, or one without credit, does not mend by itself soon.
const SPENT_REST: Millis = 5 * 60_000;

/// So many models of a key rest at most.
const MOST_RESTS: usize = 1_000;

impl KeyPool {
    /// The keys that are set, in the provider's order.
    #[must_use]
    pub fn new(provider: &Provider, secrets: &Secrets) -> Self {
        let key = |secret| Key { secret, rests: Table::new(), spent: None };
        if provider.keys.is_empty() {
            return Self { keys: vec![key(None)] };
        }
        let mut keys = Vec::new();
        for (_, secret) in set(provider, secrets) {
            keys.push(key(Some(secret.clone())));
        }
        Self { keys }
    }

    /// The name of the secret that holds the key at that place.
    #[must_use]
    pub fn name<'p>(provider: &'p Provider, secrets: &Secrets, place: usize) -> Option<&'p str> {
        set(provider, secrets).nth(place).map(|(name, _)| name)
    }

    /// The first key that may be used for this model now; `tried` are those that may not be.
    #[must_use]
    pub fn pick(&self, model: &str, tried: &[usize], now: Millis) -> Pick {
        match self.first_back(model, tried, now) {
            None => Pick::Missing,
            Some((key, None)) => key,
            Some((_, Some((rest, class)))) => {
                Pick::Resting { wait: rest.until.saturating_sub(now), stated: rest.stated, class }
            }
        }
    }

    /// The key that is back first, resting or not: for when there is nobody else to ask.
    #[must_use]
    pub fn least_bad(&self, model: &str, now: Millis) -> Pick {
        self.first_back(model, &[], now).map_or(Pick::Missing, |(key, _)| key)
    }

    /// The first key that does not rest, else the one that is back before the others; and its rest.
    fn first_back(&self, model: &str, tried: &[usize], now: Millis) -> Option<(Pick, Option<(Rest, Class)>)> {
        let pick = |place, key: &Key| Pick::Key(place, key.secret.clone());
        let mut first_back: Option<(usize, &Key, (Rest, Class))> = None;
        for (place, key) in self.keys.iter().enumerate() {
            if tried.contains(&place) {
                continue;
            }
            let Some(rest) = key.rest(model, now) else { return Some((pick(place, key), None)) };
            if first_back.is_none_or(|(_, _, known)| rest.0.until < known.0.until) {
                first_back = Some((place, key, rest));
            }
        }
        first_back.map(|(place, key, rest)| (pick(place, key), Some(rest)))
    }

    /// Lets a key rest for one model.
    pub fn rest(&mut self, place: usize, model: &str, stated: Option<Millis>, now: Millis) {
        if let Some(key) = self.keys.get_mut(place) {
            key.rests.retain(|_, rest| rest.until > now);
            // Callers may name any model: who is back first makes way.
            if key.rests.len() >= MOST_RESTS
                && let Some(model) = key.rests.least(|rest| rest.until).cloned()
            {
                key.rests.remove(&model);
            }
            let until = now.saturating_add(stated.unwrap_or(UNSTATED_REST));
            key.rests.insert(model.to_owned(), Rest { since: now, until, stated: stated.is_some() });
        }
    }

    /// A key answered for a model, asked at that time: what was held against it since then still holds.
    pub fn recovered(&mut self, place: usize, model: &str, asked: Millis) {
        if let Some(key) = self.keys.get_mut(place) {
            key.spent = key.spent.filter(|(_, rest)| rest.since > asked);
            if key.rests.get(model).is_some_and(|rest| rest.since <= asked) {
                key.rests.remove(model);
            }
        }
    }

    /// Lets a key rest altogether.
    pub fn spend(&mut self, place: usize, class: Class, stated: Option<Millis>, now: Millis) {
        if let Some(key) = self.keys.get_mut(place) {
            let until = now.saturating_add(stated.unwrap_or(SPENT_REST));
            key.spent = Some((class, Rest { since: now, until, stated: stated.is_some() }));
        }
    }
}

/// The keys that are set, with their names.
fn set<'s, 'p: 's>(
    provider: &'p Provider,
    secrets: &'s Secrets,
) -> impl Iterator<Item = (&'p str, &'s Secret)> {
    let most = if provider.keys_are_alternatives { 1 } else { usize::MAX };
    provider.keys.iter().filter_map(|name| Some((name.as_str(), secrets.key(name)?))).take(most)
}

impl Key {
    fn rest(&self, model: &str, now: Millis) -> Option<(Rest, Class)> {
        let spent = self.spent.map(|(class, rest)| (rest, class));
        let limited = self.rests.get(model).map(|rest| (*rest, Class::RateLimit));
        let longer = match (spent, limited) {
            (Some(spent), Some(limited)) if spent.0.until > limited.0.until => Some(spent),
            (spent, limited) => limited.or(spent),
        };
        longer.filter(|(rest, _)| rest.until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Quirks;

    fn pool(alternatives: bool) -> KeyPool {
        let provider = Provider {
            name: "a".into(),
            base_url: "http://a.test".into(),
            keys: vec!["A_KEY".into(), "A_KEY_2".into(), "A_KEY_3".into()],
            keys_are_alternatives: alternatives,
            headers: vec![],
            dialect: crate::catalog::Dialect::OpenAi,
            quirks: Quirks::STANDARD,
            known: false,
            configured: true,
            account: "a".into(),
        };
        KeyPool::new(&provider, &[("A_KEY", "one"), ("A_KEY_3", "three")].into_iter().collect())
    }

    fn place(pick: Pick) -> Option<usize> {
        match pick {
            Pick::Key(place, _) => Some(place),
            _ => None,
        }
    }

    #[test]
    fn the_first_healthy_key_serves() {
        let mut pool = pool(false);
        assert_eq!(place(pool.pick("x", &[], 0)), Some(0));
        pool.rest(0, "x", Some(1_000), 0);
        assert_eq!(place(pool.pick("x", &[], 999)), Some(1));
        assert_eq!(place(pool.pick("y", &[], 999)), Some(0), "limits are by model");
        assert_eq!(place(pool.pick("x", &[], 1_000)), Some(0), "back when the wait is over");
    }

    #[test]
    fn when_all_rest_the_first_to_be_back_is_known() {
        let mut pool = pool(false);
        pool.rest(0, "x", Some(9_000), 0);
        pool.spend(1, Class::Quota, None, 0);
        let Pick::Resting { wait, stated, class } = pool.pick("x", &[], 1_000) else { panic!() };
        assert_eq!((wait, stated, class), (8_000, true, Class::RateLimit));
        assert_eq!(place(pool.least_bad("x", 1_000)), Some(0));
    }

    #[test]
    fn a_flood_of_resting_models_is_bounded_and_those_that_rest_longest_stay() {
        let mut pool = pool(false);
        pool.rest(0, "x", Some(90_000), 0);
        (0..3 * MOST_RESTS).for_each(|number| pool.rest(0, &format!("m{number}"), Some(60_000), 0));
        assert_eq!(pool.keys[0].rests.len(), MOST_RESTS);
        assert_eq!(place(pool.pick("x", &[], 70_000)), Some(1));
    }

    #[test]
    fn an_answer_ends_only_the_rests_that_are_older_than_its_question() {
        let mut pool = pool(false);
        pool.rest(0, "x", Some(60_000), 5_000);
        pool.recovered(0, "x", 0);
        assert_eq!(place(pool.pick("x", &[], 9_000)), Some(1), "it was asked before the limit was met");
        pool.recovered(0, "x", 6_000);
        assert_eq!(place(pool.pick("x", &[], 9_000)), Some(0));
        pool.spend(0, Class::Quota, None, 5_000);
        pool.recovered(0, "x", 4_000);
        assert_eq!(place(pool.pick("x", &[], 9_000)), Some(1));
        pool.recovered(0, "x", 6_000);
        assert_eq!(place(pool.pick("x", &[], 9_000)), Some(0));
    }

    #[test]
    fn alternative_names_are_one_key() {
        let mut pool = pool(true);
        pool.spend(0, Class::Auth, None, 0);
        assert!(place(pool.pick("x", &[], 1)).is_none());
    }
}
