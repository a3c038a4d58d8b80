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
            providers.insert(row.name.to_owned(), finished(provider(row.name, Some(row))));
        }
    }
    let place = Place::ROOT.field("providers");
    for (name, entry) in &config.providers {
        let row = catalog::provider(name);
        let mut provider = provider(name, row);
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

/// The provider of that name, as far as the catalogue knows it.
fn provider(name: &str, row: Option<&catalog::Provider>) -> Provider {
    let mut keys = Vec::new();
    for key in row.map_or(&[][..], |row| row.keys) {
        keys.push((*key).to_owned());
    }
    Provider {
        name: name.to_owned(),
        base_url: row.map_or("", |row| row.base_url).to_owned(),
        keys,
        keys_are_alternatives: row.is_some(),
        headers: Vec::new(),
        dialect: row.map_or(Dialect::OpenAi, |row| row.dialect),
        quirks: row.map_or(UNSEEN, |row| row.quirks),
        known: row.is_some(),
        configured: row.is_none(),
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
