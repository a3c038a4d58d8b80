//! Names become what they name: the document becomes the plan.
//!
//! In three steps, each needing the one before: which providers there are, what is known of their models,
//! what the routes stand for. Each step notes its mistakes and puts a stand-in where one was made.

mod models;
mod providers;
mod routes;

pub(super) use models::facts;
pub(super) use providers::asleep;

use super::document::{self, Config};
use super::errors::ConfigErrors;
use super::plan::{Alert, Breaker, Plan, Retry, Stream, TimeoutChoices};
use crate::table::Table;

/// The plan for a configuration. If there are errors, it is only fit to find more of them.
pub(super) fn resolve(config: &Config, errors: &mut ConfigErrors) -> Plan {
    let providers = providers::providers(config, errors);
    let models = models::models(config, &providers, errors);
    let mut plan = Plan {
        names: super::lookup::names(&models),
        providers,
        models,
        spaces: spaces(config),
        routes: Vec::new(),
        on: config.on.iter().copied().collect(),
        retry: Retry {
            retries: count(config.retry.retries),
            backoff: config.retry.backoff_ms,
            max_backoff: config.retry.max_backoff_ms,
            max_wait: config.retry.max_wait_ms,
            budget: config.retry.budget,
        },
        breaker: config.breaker.as_ref().map(|breaker| Breaker {
            failures: count(breaker.failures),
            ratio: breaker.ratio,
            window: breaker.window_ms,
            open: breaker.open_ms,
            max_open: breaker.max_open_ms,
        }),
        stream: Stream { on_break: config.stream.on_break, verify_schema: config.stream.verify_schema },
        request_bytes: usize::try_from(config.limits.request_bytes).unwrap_or(usize::MAX),
        alerts: config.alerts.iter().map(alert).collect(),
        auth: config.auth,
        cors: config.cors.clone(),
        timeouts: choices(&config.timeouts),
    };
    let routes = routes::routes(config, &plan, errors);
    plan.names.index_routes(&routes);
    plan.routes = routes;
    plan
}

fn alert(alert: &document::Alert) -> Alert {
    Alert { on: alert.on.clone(), webhook: alert.webhook.clone(), cooldown: alert.cooldown_s }
}

pub(super) fn choices(timeouts: &document::Timeouts) -> TimeoutChoices {
    TimeoutChoices {
        headers: timeouts.headers_ms,
        first_token: timeouts.first_token_ms,
        idle: timeouts.idle_ms,
        attempt: timeouts.attempt_ms,
        deadline: timeouts.deadline_ms,
        stream: timeouts.stream_ms,
    }
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

fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
