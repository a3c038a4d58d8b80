//! Which providers there are: the catalogue's, with the configuration laid over it.

use std::rc::Rc;

use crate::catalog::{self, Dialect, Prefill, Quirks};
use crate::config::Provider;
use crate::config::document::{self, Config};
use crate::config::errors::ConfigErrors;
use crate::config::nearest::nearest;
use crate::config::shape::Place;
use crate::table::Table;
use crate::text;

/// Every provider that may be called, by name.
pub(super) fn providers(config: &Config, errors: &mut ConfigErrors) -> Table<String, Rc<Provider>> {
    let mut providers = Table::new();
    for row in catalog::providers() {
        if asleep(row.name).is_none() {
            providers.insert(row.name.to_owned(), finished(built_in(row)));
        }
    }
    let place = Place::ROOT.field("providers");
    for (name, entry) in &config.providers {
        let row = catalog::provider(name);
        let mut provider = row.map_or_else(|| stranger(name), built_in);
        // A broken entry is reported already; it counts, so that its models are not reported as well.
        if let Some(entry) = entry {
            configure(&mut provider, row.is_some(), entry, &place.field(name), errors);
        }
        providers.insert(name.clone(), finished(provider));
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

fn finished(mut provider: Provider) -> Rc<Provider> {
    let mut parts = vec![provider.name.clone(), provider.base_url.clone()];
    parts.extend_from_slice(&provider.keys);
    for (name, value) in &provider.headers {
        parts.push(name.clone());
        parts.push(value.clone());
    }
    provider.account = text::joined(&parts, "\n");
    Rc::new(provider)
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
        known: true,
        configured: false,
        account: String::new(),
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
        quirks: UNSEEN,
        known: false,
        configured: true,
        account: String::new(),
    }
}

/// Of a dialect that nobody has seen there. Only models of which `models` says that they take a prefill get one:
/// then as the last message.
const UNSEEN: Quirks = Quirks { prefill: Prefill::Trailing, ..Quirks::STANDARD };

/// Lays an entry over a provider.
fn configure(
    provider: &mut Provider,
    is_built_in: bool,
    entry: &document::Provider,
    place: &Place<'_>,
    errors: &mut ConfigErrors,
) {
    provider.configured = true;
    match entry.dialect {
        None if !is_built_in => {
            let mut known = Vec::new();
            for row in catalog::providers() {
                known.push(row.name);
            }
            errors.suggest(
                &place.field("dialect"),
                &"nothing",
                &"\"openai\", \"anthropic\", \"gemini\" or \"responses\", for this provider is not built in",
                nearest(&provider.name, &known),
            );
        }
        Some(dialect) if dialect != provider.dialect => {
            provider.dialect = dialect;
            // What is known of its departures was seen in its own dialect.
            provider.quirks = UNSEEN;
            if is_built_in && entry.base_url.is_none() {
                let expected = "the address of its API in that dialect: the built-in one is of another";
                errors.push(&place.field("base_url"), &"nothing", &expected);
            }
        }
        _ => {}
    }
    if let Some(base_url) = &entry.base_url {
        provider.base_url.clone_from(base_url);
    }
    if provider.base_url.is_empty() {
        let expected = "the address where its API begins, such as https://api.example.com/v1";
        errors.push(&place.field("base_url"), &"nothing", &expected);
    }
    if let Some(keys) = &entry.keys {
        provider.keys.clone_from(keys);
        provider.keys_are_alternatives = false;
    }
    for (name, value) in &entry.headers {
        if let Some(value) = value {
            provider.headers.push((name.clone(), value.clone()));
        }
    }
}
