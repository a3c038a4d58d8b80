//! The schema of a function as it is taken: one that is not has the whole request refused.
//!
//! To OpenAI it is an object, without choices, and says what is in it, be it nothing: "object schema missing properties",
//! "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level"; to Anthropic too:
//! "input_schema does not support oneOf, allOf, or anyOf at the top level". To Moonshot each part of it says of what type it
//! is, but for a choice and a reference, whose parts do: "not a valid moonshot flavored json schema".
//!
//! Source: MoonshotAI/walle, docs/mfjs-spec.md and docs/walle.md; what a part without a type is taken for:
//! MoonshotAI/kimi-cli, kosong/utils/jsonschema.py.

use crate::json::{self, Edit, Object, filled};

/// Deeper than anybody means it.
const DEEPEST: usize = 64;

/// More than anybody means to have in choices: each is looked for among all others.
const MOST_PARTS: usize = 1_000;

/// Tools with the schemas that `change` makes of theirs, and with one where a function has none, which Mistral does not take;
/// `None`: they are as they should be.
pub(super) fn of_tools(tools: &str, change: fn(&str) -> Option<String>) -> Option<String> {
    json::edited(tools, &mut |tool, edit| {
        // Moonshot's `builtin_function` has a name alone.
        if tool.word("type") != "function" {
            return;
        }
        edit.within("function", &mut |function, edit| {
            let changed = match function.said("parameters") {
                Some(parameters) => change(parameters),
                None => Some(NOTHING.to_owned()),
            };
            if let Some(changed) = changed {
                edit.set("parameters", changed);
            }
        });
    })
}

/// A schema of an object that says what is in it, what stands in choices beside the rest; `None`: it is one, or of something
/// else.
pub(in crate::dialect) fn of_object(schema: &str) -> Option<String> {
    if !json::says_something(schema) {
        return Some(NOTHING.to_owned());
    }
    json::with(schema, &mut |object, edit| {
        if object.value("type").is_some_and(|kind| kind != OBJECT) {
            return;
        }
        let own = object.within("properties");
        let mut properties = Edit::new(&own);
        let mut parts = 0;
        for choices in &["anyOf", "oneOf", "allOf"] {
            for choice in object.list(choices).objects() {
                for (name, part) in choice.within("properties").members() {
                    parts += 1;
                    if parts <= MOST_PARTS && properties.value(name).is_none() {
                        properties.set(name, part.to_owned());
                    }
                }
            }
            edit.remove(choices);
        }
        if object.value("type").is_none() {
            edit.set("type", OBJECT);
        }
        // An empty object of PHP is written as a list: "[] is not of type 'object'".
        let says_nothing = object.object("properties").is_none() && object.value("$ref").is_none();
        if says_nothing || !properties.is_empty() {
            edit.set("properties", properties.text().unwrap_or_default());
        }
        ["enum", "not"].iter().for_each(|name| edit.remove(name));
    })
}

/// The schema of a function that is told nothing.
pub(in crate::dialect) const NOTHING: &str = r#"{"type":"object","properties":{}}"#;
const OBJECT: &str = r#""object""#;

/// A schema each part of which says its type; `None`: it is one.
pub(super) fn of_types(schema: &str) -> Option<String> {
    typed(schema, OBJECT, 0)
}

/// A schema with a type, this one where nothing says which; `None`: it is as it should be, or none.
fn typed(schema: &str, kind: &str, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    json::with(schema, &mut |object, edit| {
        let has = |name: &&str| object.value(name).is_some();
        let own = object.value("type");
        if ["anyOf", "$ref"].iter().any(has) {
            edit.remove("type");
        } else if own.is_none() && !["oneOf", "allOf"].iter().any(has) {
            edit.set("type", guessed(object).unwrap_or(kind).to_owned());
        }
        if let Some(name) = object.inside("$ref").and_then(|name| name.strip_prefix(OLD)) {
            edit.set("$ref", filled(r##""#/$defs/$""##, &["$", name]));
        }
        let kind = own.unwrap_or(STRING);
        parts(edit, &mut |part| typed(part, STRING, depth + 1));
        choices(edit, &["anyOf", "oneOf", "allOf"], &mut |part| typed(part, kind, depth + 1));
        if let Some(older) = edit.value("definitions").map(str::to_owned) {
            edit.remove("definitions");
            edit.within("$defs", &mut |newer, all| {
                for (name, part) in json::object(&older).unwrap_or_else(Object::empty).members() {
                    if newer.value(name).is_none() {
                        all.set(name, part.to_owned());
                    }
                }
            });
        }
    })
}

/// Changes the parts of a schema that stand under names of their own, and those that all of a list or an object are like.
pub(in crate::dialect) fn parts(edit: &mut Edit<'_, '_>, change: &mut dyn FnMut(&str) -> Option<String>) {
    for name in &["properties", "$defs", "definitions"] {
        edit.alter(name, &mut |parts| {
            json::with(parts, &mut |parts, edit| {
                for (name, part) in parts.members() {
                    if let Some(changed) = change(part) {
                        edit.set(name, changed);
                    }
                }
            })
        });
    }
    edit.alter("items", change);
    // An empty one stands for anything.
    if edit.value("additionalProperties").is_some_and(json::says_something) {
        edit.alter("additionalProperties", change);
    }
}

/// Changes those in lists of these names.
pub(in crate::dialect) fn choices(
    edit: &mut Edit<'_, '_>,
    names: &[&str],
    change: &mut dyn FnMut(&str) -> Option<String>,
) {
    for name in names {
        edit.alter(name, &mut |parts| json::changed(parts, change));
    }
}

/// Where definitions stood in older schemas.
const OLD: &str = "#/definitions/";
const STRING: &str = r#""string""#;

/// The type that the rest of a schema speaks of.
fn guessed(schema: &Object<'_>) -> Option<&'static str> {
    if schema.value("properties").is_some() {
        return Some(OBJECT);
    }
    if schema.value("items").is_some() {
        return Some(r#""array""#);
    }
    let value = schema.value("const").or_else(|| schema.list("enum").next())?;
    match value.as_bytes().first()? {
        b'"' => Some(STRING),
        b't' | b'f' => Some(r#""boolean""#),
        b'-' | b'0'..=b'9' => Some(r#""number""#),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sent(parameters: &Value) -> Value {
        let tools = json!([{ "type": "function", "function": { "name": "f", "parameters": parameters } }]);
        let tools = tools.to_string();
        let sent: Value = serde_json::from_str(&of_tools(&tools, of_types).unwrap_or(tools)).unwrap();
        sent[0]["function"]["parameters"].clone()
    }

    #[test]
    fn each_part_says_its_type() {
        let part = |schema: Value| {
            let sent = sent(&json!({ "type": "object", "properties": { "x": schema } }));
            sent["properties"]["x"].clone()
        };
        for (schema, kind) in [
            (json!({}), "string"),
            (json!({ "enum": ["a", "b"] }), "string"),
            (json!({ "enum": [1, 2] }), "number"),
            (json!({ "const": true }), "boolean"),
            (json!({ "properties": {} }), "object"),
            (json!({ "items": { "type": "string" } }), "array"),
        ] {
            let mut meant = schema.clone();
            meant["type"] = json!(kind);
            assert_eq!(part(schema), meant);
        }
        for (items, kind) in [(json!({}), "string"), (json!({ "enum": [1] }), "number")] {
            assert_eq!(part(json!({ "type": "array", "items": items }))["items"]["type"], kind);
        }
        let open = json!({ "type": "object", "additionalProperties": {} });
        assert_eq!(part(open.clone()), open);
        assert_eq!(sent(&json!({ "properties": {} }))["type"], "object");
        let right = json!({ "type": "object", "properties": { "x": { "type": ["string", "null"] } }, "additionalProperties": false });
        assert_eq!(sent(&right), right);
        assert_eq!(sent(&json!("x")), json!("x"));
    }

    #[test]
    fn a_choice_and_a_reference_leave_the_type_to_their_parts() {
        assert_eq!(
            sent(
                &json!({ "type": "object", "anyOf": [{ "required": ["a"] }, { "type": "object", "required": ["b"] }] })
            ),
            json!({ "anyOf": [{ "required": ["a"], "type": "object" }, { "type": "object", "required": ["b"] }] })
        );
        assert_eq!(
            sent(&json!({
                "type": "object", "properties": { "x": { "type": "object", "$ref": "#/definitions/y" } },
                "definitions": { "y": { "properties": {} } },
            })),
            json!({
                "type": "object", "properties": { "x": { "$ref": "#/$defs/y" } },
                "$defs": { "y": { "properties": {}, "type": "object" } },
            })
        );
        assert_eq!(
            sent(
                &json!({ "type": "object", "$defs": { "y": { "type": "null" } }, "definitions": { "y": {}, "z": {} } })
            ),
            json!({ "type": "object", "$defs": { "y": { "type": "null" }, "z": { "type": "string" } } })
        );
        let right = json!({ "type": "object", "properties": { "x": { "oneOf": [{ "type": "null" }] } } });
        assert_eq!(sent(&right), right);
    }

    #[test]
    fn an_object_says_what_is_in_it() {
        for (schema, meant) in [
            (r#"{"type":"object"}"#, Some(NOTHING)),
            ("null", Some(NOTHING)),
            ("[]", Some(NOTHING)),
            ("{}", Some(NOTHING)),
            (r#"{"type":"object","properties":[]}"#, Some(NOTHING)),
            (r#"{"type":"object","properties":null}"#, Some(NOTHING)),
            (NOTHING, None),
            (r##"{"$ref":"#/$defs/x"}"##, Some(r##"{"$ref":"#/$defs/x","type":"object"}"##)),
            (r#"{"type":"string"}"#, None),
            ("true", None),
            (
                r#"{"properties":{"a":1},"oneOf":[{"properties":{"a":2,"b":3}},{"properties":{"c":4},"required":["c"]}],"not":{}}"#,
                Some(r#"{"properties":{"a":1,"b":3,"c":4},"type":"object"}"#),
            ),
        ] {
            assert_eq!(of_object(schema).as_deref(), meant, "{schema}");
        }
    }

    #[test]
    fn no_more_is_taken_out_of_choices_than_anybody_means() {
        let choice = |of: usize| {
            let parts: Vec<_> = (0..500).map(|part| format!(r#""{of}-{part}":1"#)).collect();
            format!(r#"{{"properties":{{{}}}}}"#, parts.join(","))
        };
        let choices: Vec<_> = (0..100).map(choice).collect();
        let schema = of_object(&format!(r#"{{"anyOf":[{}]}}"#, choices.join(","))).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(schema["properties"].as_object().unwrap().len(), MOST_PARTS);
    }

    #[test]
    fn what_lies_too_deep_stays() {
        let deep = r#"{"items":"#.repeat(200) + "3" + &"}".repeat(200);
        assert!(typed(&deep, STRING, 0).is_some());
    }
}
