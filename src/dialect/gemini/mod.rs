//! Gemini's `generateContent`, as a provider speaks it: Google AI and Vertex.
//!
//! Sources: the Gemini API reference ("Generating content", "Function calling", "Thinking", "Thought signatures",
//! "Structured outputs", "Troubleshooting"), the notes on what each generation of models takes, and recorded
//! exchanges.

pub mod answer;
mod conversation;
pub mod error;
mod models;
pub mod request;
mod schema;
pub mod stream;

use crate::json::{self, Elements};

/// What stands where a signature was lost: a conversation that began elsewhere has none.
const UNSIGNED: &str = r#""skip_thought_signature_validator""#;

/// The elements of a JSON list, as they came; none when it is no list, or breaks off.
fn items(json: &str) -> Vec<&str> {
    if json::check(json.as_bytes()).is_ok() { Elements::of(json).all() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use bytes::Bytes;
    use serde_json::{Value, json};

    use crate::chat::request::Ask;
    use crate::config::{Plan, Target};

    /// The target `g/…`, with the parameters that its configuration sets.
    pub(super) fn target(model: &str, params: Value) -> Rc<Target> {
        let config = json!({
            "providers": { "g": { "dialect": "gemini", "base_url": "https://g.test/v1beta", "keys": ["G_KEY"] } },
            "routes": { "only": { "fallback": [{ "model": format!("g/{model}"), "params": params }] } },
        });
        let plan = Plan::from_json(&config.to_string()).unwrap();
        let node = plan.resolve("only", &|_| true).unwrap();
        node.parts[0].target().unwrap().clone()
    }

    /// A request with these members.
    pub(super) fn ask(members: &Value, more: &Value) -> Ask {
        let mut body = json!({ "model": "g/x", "messages": [{ "role": "user", "content": "Hello?" }] });
        for members in [members, more] {
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        }
        Ask::read(Bytes::from(body.to_string())).unwrap()
    }
}
