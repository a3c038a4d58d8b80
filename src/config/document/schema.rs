//! The JSON Schema of what is more than an object: strategies, their elements, and alternatives.

use serde_json::{Value, json};

use super::settings::{Failures, FallsBack, OrFalse};
use super::strategy::{Auto, Balance, Element, Fallback, HedgeDelay, Race, Strategy, Target};
use crate::config::shape::{Definitions, Reference, Schema, Text, Whole};

impl Schema for Strategy {
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [
            Fallback::schema(definitions),
            Race::schema(definitions),
            Balance::schema(definitions),
            Auto::schema(definitions),
        ] })
    }
}

impl Schema for Element {
    fn schema(definitions: &mut Definitions) -> Value {
        // Defined by name, because a strategy contains elements again.
        if !definitions.contains_key("Element") {
            definitions.insert("Element".to_owned(), Value::Null);
            let schema = json!({
                "description": "A model, a route's name, a target, or another strategy.",
                "anyOf": [
                    Text::<Reference>::schema(definitions),
                    Target::schema(definitions),
                    Strategy::schema(definitions),
                ],
            });
            definitions.insert("Element".to_owned(), schema);
        }
        json!({ "$ref": "#/$defs/Element" })
    }
}

impl Schema for HedgeDelay {
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [Whole::<1, 2147483647>::schema(definitions), { "const": "p95" }] })
    }
}

impl Schema for Failures {
    fn schema(definitions: &mut Definitions) -> Value {
        let mut schema = FallsBack::schema(definitions);
        if let Some(schema) = schema.as_object_mut() {
            let about = "A kind of failure after which another target may be asked.";
            schema.insert("description".to_owned(), about.into());
        }
        definitions.insert("Failure".to_owned(), schema);
        json!({ "type": "array", "items": { "$ref": "#/$defs/Failure" } })
    }
}

impl<S: Schema> Schema for OrFalse<S> {
    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [S::schema(definitions), { "const": false }] })
    }
}
