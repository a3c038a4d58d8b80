//! Values by name: a sorted list, searched by halving.
//!
//! Why not a `BTreeMap`? Each kind of value that one holds costs some 5 KB of WebAssembly, which every
//! start compiles; this costs a tenth of it. What is kept by name here is looked up on every request
//! and changes hardly ever, and a few thousand names are moved aside faster than memory is allocated.
//! Whatever grows without a bound belongs elsewhere.

/// A map in the order of its keys. Looking up takes time logarithmic in its size, changing linear.
///
/// Keys and values lie apart, so that looking up is made once for each kind of key, whatever the values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<K, V> {
    keys: Vec<K>,
    values: Vec<V>,
}

/// What may be a key: in order, and looked up by what is `Seen` of it.
pub trait Key: Ord {
    /// What a key is looked up by.
    type Seen: Ord + ?Sized;

    /// What is seen of it.
    fn seen(&self) -> &Self::Seen;
}

impl Key for String {
    type Seen = str;

    fn seen(&self) -> &str {
        self
    }
}

impl Key for &str {
    type Seen = str;

    fn seen(&self) -> &str {
        self
    }
}

/// Keys that are looked up by themselves.
macro_rules! plain_keys {
    ($($key:ty),*) => {
        $(impl Key for $key {
            type Seen = Self;

            fn seen(&self) -> &Self {
                self
            }
        })*
    };
}

plain_keys!(u32, u64, crate::class::Class);

impl<K, V> Table<K, V> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: Vec::new(), values: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// All, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.keys.iter().zip(&self.values)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.iter()
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.values.iter()
    }

    /// The key of the value of which that is least.
    pub fn least(&self, of: impl Fn(&V) -> u64) -> Option<&K> {
        let mut least = None;
        for (key, value) in self.iter() {
            let this = of(value);
            if least.is_none_or(|(_, known)| this < known) {
                least = Some((key, this));
            }
        }
        least.map(|(key, _)| key)
    }

    /// Keeps those of which that is true.
    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        for place in (0..self.len()).rev() {
            let (Some(key), Some(value)) = (self.keys.get(place), self.values.get(place)) else { continue };
            if !keep(key, value) {
                self.take(place);
            }
        }
    }

    fn take(&mut self, place: usize) -> V {
        self.keys.remove(place);
        self.values.remove(place)
    }
}

impl<K: Key, V> Table<K, V> {
    /// The value of that key.
    #[must_use]
    pub fn get(&self, key: &K::Seen) -> Option<&V> {
        self.values.get(place(&self.keys, key).ok()?)
    }

    /// The value of that key, and the key as it is kept.
    #[must_use]
    pub fn get_key_value(&self, key: &K::Seen) -> Option<(&K, &V)> {
        let place = place(&self.keys, key).ok()?;
        Some((self.keys.get(place)?, self.values.get(place)?))
    }

    /// The value of that key, to be changed.
    pub fn get_mut(&mut self, key: &K::Seen) -> Option<&mut V> {
        self.values.get_mut(place(&self.keys, key).ok()?)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key(&self, key: &K::Seen) -> bool {
        place(&self.keys, key).is_ok()
    }

    /// Puts a value under a key; whether none stood there.
    pub fn insert(&mut self, key: K, value: V) -> bool {
        let place = place(&self.keys, key.seen());
        match place {
            Ok(place) => {
                if let Some(old) = self.values.get_mut(place) {
                    *old = value;
                }
            }
            Err(place) => {
                self.keys.insert(place, key);
                self.values.insert(place, value);
            }
        }
        place.is_err()
    }

    /// The value of that key, to be changed; one that is not there is made first. The key is copied only then.
    pub fn get_or_insert_with(&mut self, key: &K::Seen, make: impl FnOnce() -> V) -> &mut V
    where
        K::Seen: ToOwned<Owned = K>,
    {
        let place = place(&self.keys, key).unwrap_or_else(|place| {
            self.keys.insert(place, key.to_owned());
            self.values.insert(place, make());
            place
        });
        #[expect(clippy::indexing_slicing, reason = "it was found there, or put there")]
        &mut self.values[place]
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &K::Seen) -> Option<V> {
        let place = place(&self.keys, key).ok()?;
        Some(self.take(place))
    }
}

impl<K: Key<Seen = str>, V> Table<K, V> {
    /// The keys, in order, as a list.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        names(&self.keys)
    }
}

#[inline(never)]
fn names<K: Key<Seen = str>>(keys: &[K]) -> Vec<&str> {
    let mut names = Vec::with_capacity(keys.len());
    for key in keys {
        names.push(key.seen());
    }
    names
}

/// Where a key stands, or where it would.
#[inline(never)]
fn place<K: Key>(keys: &[K], key: &K::Seen) -> Result<usize, usize> {
    keys.binary_search_by(|known| known.seen().cmp(key))
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, V> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut table = Self::new();
        for (key, value) in entries {
            table.insert(key, value);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map(steps in proptest::collection::vec(("[a-d]{0,2}", any::<Option<u8>>()), 0..40)) {
            let (mut table, mut map) = (Table::new(), BTreeMap::new());
            for (key, value) in steps {
                match value {
                    Some(value) => prop_assert_eq!(table.insert(key.clone(), value), map.insert(key.clone(), value).is_none()),
                    None => prop_assert_eq!(table.remove(&key), map.remove(&key)),
                }
                prop_assert_eq!(table.get(key.as_str()), map.get(key.as_str()));
                prop_assert!(table.iter().eq(map.iter()));
            }
        }
    }
}
