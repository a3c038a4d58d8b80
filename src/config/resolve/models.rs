//! What is known of models: the catalogue's facts, with the configuration laid over them.

use std::rc::Rc;

use super::routes::unknown_provider;
use crate::catalog::{self, Capabilities, Prefill};
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
        let Some(provider) = providers.get(name) else {
            unknown_provider(id, providers, &place.field(id), errors);
            continue;
        };
        let mut facts = facts(provider, model);
        if let Some(entry) = entry {
            lay_over(&mut facts, entry);
        }
        models.insert(id.clone(), facts);
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
        output: row.map_or(0, |row| row.output),
        price: row.and_then(|row| row.price),
        capabilities: Capabilities {
            // Some endpoints take less than the model could give.
            json_schema: capabilities.json_schema && provider.quirks.json_schema,
            prefill: capabilities.prefill && provider.quirks.prefill != Prefill::None,
            fixed_sampling: capabilities.fixed_sampling
                || (row.is_none() && is_first_thinker(provider, model)),
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

/// Whether it is one of OpenAI's first models that think, which the catalogue has no more: "Unsupported value:
/// 'temperature' does not support 0.5 with this model. Only the default (1) value is supported."
fn is_first_thinker(provider: &Provider, model: &str) -> bool {
    let starts = |marks: &[&str]| marks.iter().any(|mark| model.starts_with(mark));
    let is_first = model == "gpt-5" || (starts(&["gpt-5-", "o1", "o3", "o4"]) && !starts(&["gpt-5-chat"]));
    provider.quirks.is_openai() && is_first
}

fn lay_over(facts: &mut Facts, entry: &document::Model) {
    let able = &mut facts.capabilities;
    facts.context = entry.context.or(facts.context);
    facts.price = entry.price.or(facts.price);
    facts.known = true;
    for (said, able) in [
        (entry.tools, &mut able.tools),
        (entry.vision, &mut able.vision),
        (entry.json_schema, &mut able.json_schema),
        (entry.reasoning, &mut able.reasoning),
        (entry.prefill, &mut able.prefill),
        (entry.sampling.map(|sampling| !sampling), &mut able.fixed_sampling),
    ] {
        *able = said.unwrap_or(*able);
    }
}
