//! What each kind looks like in the JSON Schema (draft 2020-12). Nothing of it is in a build that is deployed.

use serde_json::{Value, json};

use super::text::Rule;
use super::{Flag, List, Map, Number, Raw, Shape, Text, Whole};

/// The `$defs` of the JSON Schema.
pub(in crate::config) type Definitions = serde_json::Map<String, Value>;

/// A kind of value, as a schema.
pub(in crate::config) trait Schema {
    /// Its JSON Schema; an object adds itself to the definitions and returns a reference.
    fn schema(definitions: &mut Definitions) -> Value;
}

impl<const LEAST: u64, const MOST: u64, N> Schema for Whole<LEAST, MOST, N> {
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

impl<const MOST: u64> Schema for Number<MOST> {
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "number", "minimum": 0, "maximum": MOST })
    }
}

impl Schema for Flag {
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "boolean" })
    }
}

impl Schema for Raw {
    fn schema(_: &mut Definitions) -> Value {
        json!(true)
    }
}

impl<R: Rule> Schema for Text<R> {
    fn schema(_: &mut Definitions) -> Value {
        json!({ "type": "string", "pattern": R::PATTERN })
    }
}

impl<S: Schema> Schema for Option<S> {
    fn schema(definitions: &mut Definitions) -> Value {
        S::schema(definitions)
    }
}

impl<R: Rule, S: Schema> Schema for Map<R, S> {
    fn schema(definitions: &mut Definitions) -> Value {
        json!({
            "type": "object",
            "propertyNames": { "pattern": R::PATTERN },
            "additionalProperties": S::schema(definitions),
        })
    }
}

impl<S: Schema, const NEEDS_ONE: bool> Schema for List<S, NEEDS_ONE> {
    fn schema(definitions: &mut Definitions) -> Value {
        let items = S::schema(definitions);
        match NEEDS_ONE {
            true => json!({ "type": "array", "minItems": 1, "items": items }),
            false => json!({ "type": "array", "items": items }),
        }
    }
}

/// Adds an object to the definitions, unless it is there, and returns a reference to it.
pub(in crate::config) fn define_object(
    name: &str,
    about: &[&str],
    definitions: &mut Definitions,
    describe_fields: impl FnOnce(&mut Fields, &mut Definitions),
) -> Value {
    if !definitions.contains_key(name) {
        // First, so that an object that contains itself ends here.
        definitions.insert(name.to_owned(), Value::Null);
        let mut fields = Fields::default();
        describe_fields(&mut fields, definitions);
        let mut object = json!({
            "description": prose(about),
            "type": "object",
            "properties": fields.properties,
            "additionalProperties": false,
        });
        if let Some(object) = object.as_object_mut().filter(|_| !fields.required.is_empty()) {
            object.insert("required".to_owned(), fields.required.into());
        }
        definitions.insert(name.to_owned(), object);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The fields of an object's schema.
#[derive(Default)]
pub(in crate::config) struct Fields {
    properties: Definitions,
    required: Vec<Value>,
}

/// Adds a field to an object's schema.
pub(in crate::config) fn describe<S: Shape + Schema>(
    fields: &mut Fields,
    name: &str,
    about: &[&str],
    default: Option<&str>,
    definitions: &mut Definitions,
) {
    let mut schema = S::schema(definitions);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), prose(about).into());
        let default = default.and_then(|json| serde_json::from_str::<Value>(json).ok());
        if let Some(default) = default {
            schema.insert("default".to_owned(), default);
        } else if !S::OPTIONAL {
            fields.required.push(name.into());
        }
    }
    fields.properties.insert(name.to_owned(), schema);
}

/// The lines of a doc comment as one text.
fn prose(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}
