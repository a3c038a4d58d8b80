//! The Worker face: from Cloudflare's environment to a gateway. The rest of it is `entry.js`.

use wasm_bindgen::prelude::*;

use crate::config::Plan;
use crate::gateway::{Door, Gateway};
use crate::host::web;
use crate::secret::{CallerKeys, Secrets};

/// A Worker has one gateway.
const GATEWAY: u32 = 0;

/// Sets the gateway up. `variables` is a JSON object of the environment's texts, secrets among them;
/// `stored` is the KV value `config`, which wins over the variable `STEADFAST`. Returns what is wrong with
/// the configuration, for the log; with `only_if_valid` a wrong one changes nothing.
#[wasm_bindgen]
pub fn configure(variables: &str, stored: Option<String>, only_if_valid: bool) -> Option<String> {
    let variables: Vec<(String, String)> = serde_json::from_str::<serde_json::Map<_, _>>(variables)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect();
    let variable = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());

    let callers = CallerKeys::read(variable("STEADFAST_KEYS").unwrap_or_default());
    let written = stored.as_deref().or_else(|| variable("STEADFAST")).filter(|text| !text.trim().is_empty());
    let plan = Plan::from_json(written.unwrap_or_else(|| unwritten(variable("STEADFAST_SIM"))));
    let wrong = plan.as_ref().err().map(ToString::to_string);
    if wrong.is_none() || !only_if_valid {
        let secrets: Secrets = variables.iter().map(|(name, value)| (name.as_str(), value)).collect();
        web::install(GATEWAY, Gateway::new(plan, secrets, Door::locked(callers)));
    }
    wrong
}

/// The configuration when nobody wrote one.
fn unwritten(simulate: Option<&str>) -> &'static str {
    #[cfg(feature = "sim")]
    if simulate == Some("1") {
        return crate::sim::live::CONFIG;
    }
    let _ = simulate;
    "{}"
}
