//! The Worker face: from Cloudflare's environment to a gateway. The rest of it is `entry.js`.

use wasm_bindgen::prelude::*;

use crate::config::{ConfigErrors, Plan};
use crate::gateway::{Door, Gateway};
use crate::host::web;
use crate::json;
use crate::secret::{CallerKeys, Secrets};

/// A Worker has one gateway.
const GATEWAY: u32 = 0;

/// Sets the gateway up. `variables` is a JSON object of the environment's texts, secrets among them;
/// `stored` is the KV value `config`, which wins over the variable `STEADFAST`. Returns what is wrong with
/// the configuration, for the log; with `only_if_valid` a wrong one changes nothing, and alerts.
#[wasm_bindgen]
pub fn configure(variables: &str, stored: Option<String>, only_if_valid: bool) -> Option<String> {
    let mut texts = Vec::new();
    let variables = json::object(variables);
    if let Some(variables) = &variables {
        for (name, value) in variables.members() {
            if let Some(value) = json::text(value) {
                texts.push((name, value));
            }
        }
    }
    let variable =
        |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());

    let callers = CallerKeys::read(variable("STEADFAST_KEYS").unwrap_or_default());
    let variable_set = || variable("STEADFAST").filter(|text| !text.trim().is_empty());
    // A blank value in KV is a slip, and no wish for an empty configuration.
    let written = stored.as_deref().or_else(variable_set);
    let simulates = variable("STEADFAST_SIM") == Some("1");
    let plan = if simulates { simulating(written) } else { Plan::from_json(written.unwrap_or("{}")) };
    let wrong = plan.as_ref().err().map(ToString::to_string);
    if wrong.is_none() || !only_if_valid {
        let alone =
            plan.as_ref().is_ok_and(|plan| simulates && callers.is_empty() && !holds_a_key(plan, &variable));
        let door = if alone { Door::open() } else { Door::locked(callers) };
        let mut secrets = Secrets::default();
        texts.iter().for_each(|(name, value)| secrets.set((*name).to_owned(), value));
        let gateway = Gateway::new(plan, secrets, door);
        web::install(
            GATEWAY,
            match web::installed(GATEWAY) {
                Some(former) => gateway.succeeding(&former),
                None => gateway,
            },
        );
    } else if let Some(present) = web::installed(GATEWAY) {
        present.stays();
    }
    wrong
}

/// Has V8 compile what a request takes, before there is one.
#[wasm_bindgen]
pub fn rehearse() {
    crate::gateway::rehearsal::play();
}

/// What was written, with the simulator's provider added to it.
#[cfg(feature = "sim")]
fn simulating(written: Option<&str>) -> Result<Plan, ConfigErrors> {
    Plan::from_json(&crate::sim::live::configuration(written))
}

/// Whoever is promised simulated answers is not to ask real providers unawares.
#[cfg(not(feature = "sim"))]
fn simulating(written: Option<&str>) -> Result<Plan, ConfigErrors> {
    let expected = "nothing: only the Worker that `make run` serves has simulated models. Take STEADFAST_SIM out of \
        this Worker's variables and secrets";
    let mut errors = Plan::from_json(written.unwrap_or("{}")).err().unwrap_or_default();
    errors.add("STEADFAST_SIM", "1", expected);
    Err(errors)
}

/// Whether any provider's key is set: then a gateway is worth stealing from, and nobody comes in without a key.
fn holds_a_key<'v>(plan: &Plan, variable: &impl Fn(&str) -> Option<&'v str>) -> bool {
    let mut names = plan.providers.values().flat_map(|provider| &provider.keys);
    names.any(|name| variable(name).is_some_and(|value| !value.trim().is_empty()))
}
