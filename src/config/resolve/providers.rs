//! Which providers there are: the catalogue's, with the configuration laid over it.

use std::rc::Rc;

use crate::catalog::{self, Dialect, Prefill, Quirks};
use crate::config::Provider;
use crate::config::document::{self, Config};
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
use crate::config::shape::Place;
use crate::table::Table;

/// Every provider that may be called, by name.
pub(super) fn providers(config: &Config, errors: &mut ConfigErrors) -> Table<String, Rc<Provider>> {
    let mut providers = Table::new();
    for row in catalog::providers() {
        if asleep(row.name).is_none() {
            providers.insert(row.name.to_owned(), Rc::new(built_in(row)));
        }
    }
    let place = Place::ROOT.field("providers");
    for (name, entry) in &config.providers {
        let provider = match catalog::provider(name) {
            Some(row) => built_in(row),
            None => stranger(name),
        };
        // A broken entry is reported already; it counts, so that its models are not reported as well.
        let provider = match entry {
            Some(entry) => configured(provider, entry, place.field(name), errors),
            None => provider,
        };
        providers.insert(name.clone(), Rc::new(provider));
    }
    providers
}

/// Why a provider of the catalogue cannot be called without an entry in the configuration, and what to
/// write there; `None` if it can, or if the catalogue has none of that name.
pub(in crate::config) fn asleep(name: &str) -> Option<&'static str> {
    let row = catalog::provider(name)?;
    if row.base_url.is_empty() {
        Some("an entry in `providers` with `base_url`: here each account has an address of its own")
    } else if row.keys.is_empty() {
        Some("an entry in `providers`, if only `{}`: this one takes no key that could switch it on")
    } else {
        None
    }
}

fn built_in(row: &catalog::Provider) -> Provider {
    Provider {
        name: row.name.to_owned(),
        base_url: row.base_url.to_owned(),
        keys: row.keys.iter().copied().map(str::to_owned).collect(),
        keys_are_alternatives: true,
        headers: Vec::new(),
        dialect: row.dialect,
        quirks: row.quirks,
        configured: false,
    }
}

fn stranger(name: &str) -> Provider {
    Provider {
        name: name.to_owned(),
        base_url: String::new(),
        keys: Vec::new(),
        keys_are_alternatives: false,
        headers: Vec::new(),
        dialect: Dialect::OpenAi,
        // Only models of which `models` says that they take a prefill get one: then as the last message.
        quirks: Quirks { prefill: Prefill::Trailing, ..Quirks::STANDARD },
        configured: true,
    }
}

/// A provider with its entry laid over it.
fn configured(
    provider: Provider,
    entry: &document::Provider,
    place: Place<'_>,
    errors: &mut ConfigErrors,
) -> Provider {
    if catalog::provider(&provider.name).is_none() && entry.dialect.is_none() {
        let built_in = catalog::providers().iter().map(|row| row.name);
        errors.suggest(
            place.field("dialect"),
            "nothing",
            "\"openai\", \"anthropic\", \"gemini\" or \"responses\", for this provider is not built in",
            nearest(&provider.name, built_in),
        );
    }
    let dialect = entry.dialect.unwrap_or(provider.dialect);
    let moves = dialect != provider.dialect && catalog::provider(&provider.name).is_some();
    if moves && entry.base_url.is_none() {
        errors.push(
            place.field("base_url"),
            "nothing",
            "the address of its API in that dialect: the built-in one is of another",
        );
    }
    // What is known of its departures was seen in its own dialect.
    let quirks =
        if moves { Quirks { prefill: Prefill::Trailing, ..Quirks::STANDARD } } else { provider.quirks };
    let base_url = entry.base_url.clone().unwrap_or(provider.base_url);
    if base_url.is_empty() {
        errors.push(
            place.field("base_url"),
            "nothing",
            "the address where its API begins, such as https://api.example.com/v1",
        );
    }
    let headers = entry.headers.iter();
    Provider {
        base_url,
        dialect,
        quirks,
        keys_are_alternatives: provider.keys_are_alternatives && entry.keys.is_none(),
        keys: entry.keys.clone().unwrap_or(provider.keys),
        headers: headers.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect(),
        configured: true,
        ..provider
    }
}
