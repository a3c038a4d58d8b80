//! Names become what they name: the document becomes the plan.
//!
//! In three steps, each needing the one before: which providers there are, what is known of their models,
//! what the routes stand for. Each step notes its mistakes and puts a stand-in where one was made.

mod models;
mod providers;
mod routes;

pub(super) use models::facts;
pub(super) use providers::asleep;

use super::document::Config;
use super::errors::ConfigErrors;
use super::plan::Plan;
use crate::table::Table;

/// The plan for a configuration. If there are errors, it is only fit to find more of them.
pub(super) fn resolve(config: Config, errors: &mut ConfigErrors) -> Plan {
    let providers = providers::providers(&config, errors);
    let models = models::models(&config, &providers, errors);
    let mut plan = Plan {
        providers,
        models,
        spaces: spaces(&config),
        routes: Vec::new(),
        on: config.on,
        retry: config.retry,
        breaker: config.breaker,
        stream: config.stream,
        request_bytes: config.limits.request_bytes,
        alerts: config.alerts,
        auth: config.auth,
        cors: config.cors,
        timeouts: config.timeouts,
    };
    plan.routes = routes::routes(config.routes, &plan, errors);
    plan
}

/// The spaces of vectors, where the configuration names them.
fn spaces(config: &Config) -> Table<String, String> {
    let mut spaces = Table::new();
    for (id, entry) in &config.models {
        if let Some(space) = entry.as_ref().and_then(|entry| entry.embedding.as_ref()) {
            spaces.insert(id.clone(), space.clone());
        }
    }
    spaces
}
