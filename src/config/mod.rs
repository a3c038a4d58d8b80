//! From what a user writes to what the gateway runs.
//!
//! A configuration is one JSON object, and it never half-works: either [`Plan::from_json`] returns a
//! [`Plan`] in which every name is resolved and nothing is left to check, or [`ConfigErrors`] lists every
//! mistake there is, each with its place, what was found, what was expected and what was probably meant.
//!
//! 1. `shape/` — the kinds of values: how each is read and what it looks like in the JSON Schema.
//! 2. `document/` — the objects a user writes, each defined once: struct, reader and schema in one.
//! 3. `resolve/` — names become providers, models and routes: the document becomes the plan.
//! 4. `plan.rs` and `lookup.rs` — the result, and how a caller's `model` is found in it.
//!
//! No error ever shows a key: where the name of a secret or a header's value is expected, what was found
//! stays hidden, and elsewhere a text that looks like a key does too.

mod document;
mod errors;
mod lookup;
mod nearest;
mod plan;
mod resolve;
mod shape;

pub use errors::{ConfigError, ConfigErrors};
pub use lookup::Unresolved;
pub use plan::{
    Alert, AlertEvent, Auth, Breaker, Degrade, Facts, Hedge, Kind, Node, OnBreak, Plan, Provider, Retry,
    Route, Spread, Stream, Target, TimeoutChoices, Timeouts, Weigh,
};

use document::Config;
use shape::{Found, Place, Shape};

use crate::json;

impl Plan {
    /// Reads a configuration: one JSON object, without comments. `{}` is a complete one.
    ///
    /// # Errors
    /// Every mistake in it, at once.
    pub fn from_json(text: &str) -> Result<Self, ConfigErrors> {
        let (plan, mut errors) = read(text);
        if plan.stream.on_break == OnBreak::Restart {
            // A client that does not know the event would show two answers as one.
            let others =
                "\"continue\" or \"error\" (\"restart\" is for callers to ask for, in their own request)";
            errors.push(&Place::ROOT.field("stream").field("on_break"), &"\"restart\"", &others);
        }
        if errors.is_empty() { Ok(plan) } else { Err(errors) }
    }

    /// The same, written by the one who will also call: he may have his streams restarted, and nobody comes in
    /// from elsewhere.
    ///
    /// # Errors
    /// Every mistake in it, at once.
    #[cfg(feature = "js")]
    pub fn of_the_caller(text: &str) -> Result<Self, ConfigErrors> {
        let (mut plan, errors) = read(text);
        plan.auth = Auth::None;
        plan.cors.clear();
        if errors.is_empty() { Ok(plan) } else { Err(errors) }
    }
}

impl TimeoutChoices {
    /// Reads the clocks that a request asks for; they are written as in a configuration.
    ///
    /// # Errors
    /// Every mistake in them, at once.
    pub fn of_request(json: &str) -> Result<Self, ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let options = Place::ROOT.field("steadfast");
        let found = &Found { json, place: options.field("timeouts") };
        let choices = document::Timeouts::read(found, &mut errors);
        choices.filter(|_| errors.is_empty()).ok_or(errors)
    }
}

/// What `{}` means: the catalogue's providers and the built-in routes.
impl Default for Plan {
    fn default() -> Self {
        read("{}").0
    }
}

/// The JSON Schema of a configuration (draft 2020-12). It is checked in as `steadfast.schema.json`.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    use shape::Schema;

    let mut definitions = shape::Definitions::new();
    let _ = Config::schema(&mut definitions);
    let mut schema = match definitions.remove("Config") {
        Some(serde_json::Value::Object(schema)) => schema,
        _ => shape::Definitions::new(),
    };
    if let Some(properties) = schema.get_mut("properties").and_then(|p| p.as_object_mut()) {
        let about = "The address of this schema, for editors.";
        let uri = serde_json::json!({ "type": "string", "description": about });
        properties.insert("$schema".to_owned(), uri);
    }
    let draft = "https://json-schema.org/draft/2020-12/schema";
    schema.insert("$schema".to_owned(), draft.into());
    schema.insert("title".to_owned(), "steadfast".into());
    schema.insert("$defs".to_owned(), definitions.into());
    schema.into()
}

/// The plan, and what is wrong with it; with errors it is good for nothing but more errors.
fn read(text: &str) -> (Plan, ConfigErrors) {
    let mut errors = ConfigErrors::default();
    let json = text.trim_start_matches('\u{feff}').trim_ascii();
    let config = match json::check(json.as_bytes()) {
        Ok(()) => Config::read(&Found { json, place: Place::ROOT }, &mut errors),
        Err(error) => {
            errors.push(&Place::ROOT, &format_args!("broken JSON: {error}"), &"one JSON object");
            None
        }
    };
    // Without a configuration nothing that follows is a mistake.
    let mut others = ConfigErrors::default();
    let noted = if config.is_some() { &mut errors } else { &mut others };
    let plan = resolve::resolve(config.unwrap_or_default(), noted);
    errors.first_of_each_place();
    (plan, errors)
}

#[cfg(test)]
mod tests;
