//! The npm face: gateways for an application that is its own caller. The rest of it is TypeScript, beside this file.
//!
//! Any number of gateways live side by side in one instance of the wasm, each under a number. There is no door:
//! no caller keys, no CORS, no KV; those are the Worker's.

use wasm_bindgen::prelude::*;

use crate::config::Plan;
use crate::gateway::{Door, Gateway};
use crate::host::web;
use crate::secret::Secrets;

#[wasm_bindgen(raw_module = "steadfast-face")]
extern "C" {
    /// The value of a secret, if the application has it.
    fn secret(gateway: u32, name: &str) -> Option<String>;
}

/// Puts a gateway under a number. Returns what is wrong with the configuration, as a JSON list; then there is none.
#[wasm_bindgen]
pub fn open(number: u32, config: &str) -> Option<String> {
    let plan = match Plan::of_the_caller(config) {
        Ok(plan) => plan,
        Err(wrong) => return Some(wrong.to_json()),
    };
    // Only what the configuration names is asked for: an environment holds much that is none of our business.
    let mut secrets = Secrets::default();
    for name in plan.secrets() {
        if let Some(value) = secret(number, name) {
            secrets.set(name.to_owned(), &value);
        }
    }
    secrets.set_how = "in `env` or `keys`, the second argument of `new Steadfast(config, { keys })`";
    web::install(number, Gateway::new(Ok(plan), secrets, Door::open()));
    None
}

/// Lets go of a gateway.
#[wasm_bindgen]
pub fn close(number: u32) {
    web::remove(number);
}

/// What `GET /status` answers.
#[wasm_bindgen]
pub fn status(number: u32) -> Option<String> {
    web::look(number, |gateway, host| gateway.status(host))?
}
