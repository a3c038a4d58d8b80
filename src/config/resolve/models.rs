//! What is known of models: the catalogue's facts, with the configuration laid over them.

use std::rc::Rc;

use super::routes::unknown_provider;
use crate::catalog::{self, Capabilities, Prefill, Price};
use crate::config::document::{self, Config};
use crate::config::errors::ConfigErrors;
use crate::config::shape::Place;
use crate::config::{Facts, Provider};
use crate::table::Table;

/// The facts of every model that the configuration mentions, by `provider/model`.
pub(super) fn models(
    config: &Config,
    providers: &Table<String, Rc<Provider>>,
    errors: &mut ConfigErrors,
) -> Table<String, Facts> {
    let place = Place::ROOT.field("models");
    let mut models = Table::new();
    for (id, entry) in &config.models {
        let (name, model) = id.split_once('/').unwrap_or((id, ""));
        match (providers.get(name), entry) {
            (None, _) => unknown_provider(id, providers, place.field(id), errors),
            (Some(provider), Some(entry)) => {
                models.insert(id.clone(), laid_over(entry, facts(provider, model)));
            }
            (Some(provider), None) => {
                models.insert(id.clone(), facts(provider, model));
            }
        }
    }
    models
}

/// What the catalogue knows of a model by exactly that name, or what is presumed of an unknown one.
pub(in crate::config) fn facts(provider: &Provider, model: &str) -> Facts {
    let retired = catalog::resolve_alias(&provider.name, model).is_some();
    let row = catalog::model(&provider.name, model).filter(|_| !retired);
    let capabilities = row.map_or(PRESUMED, |row| row.capabilities);
    Facts {
        context: row.map(|row| row.context),
        price: row.and_then(|row| row.price),
        capabilities: Capabilities {
            // Some endpoints take less than the model could give.
            json_schema: capabilities.json_schema && provider.quirks.json_schema,
            prefill: capabilities.prefill && provider.quirks.prefill != Prefill::None,
            ..capabilities
        },
        known: row.is_some(),
    }
}

/// A model that nobody knows is tried with everything but a prefill, and given time to think.
const PRESUMED: Capabilities = Capabilities {
    tools: true,
    vision: true,
    json_schema: true,
    reasoning: true,
    prefill: false,
    fixed_sampling: false,
};

fn laid_over(entry: &document::Model, facts: Facts) -> Facts {
    let capabilities = facts.capabilities;
    Facts {
        context: entry.context.map(super::count).or(facts.context),
        price: match &entry.price {
            Some(price) => Some(Price { input: price.input, output: price.output, cached: price.cached }),
            None => facts.price,
        },
        capabilities: Capabilities {
            tools: entry.tools.unwrap_or(capabilities.tools),
            vision: entry.vision.unwrap_or(capabilities.vision),
            json_schema: entry.json_schema.unwrap_or(capabilities.json_schema),
            reasoning: entry.reasoning.unwrap_or(capabilities.reasoning),
            prefill: entry.prefill.unwrap_or(capabilities.prefill),
            fixed_sampling: entry.sampling.map_or(capabilities.fixed_sampling, |sampling| !sampling),
        },
        known: true,
    }
}
