//! The schema of a function as Moonshot takes it: each part of it says of what type it is, but for a choice and a reference,
//! whose parts do. One that does not has the whole request refused: "not a valid moonshot flavored json schema".
//!
//! Source: MoonshotAI/walle, docs/mfjs-spec.md and docs/walle.md; what a part without a type is taken for:
//! MoonshotAI/kimi-cli, kosong/utils/jsonschema.py.

use crate::json::{self, Object, filled};

/// Deeper than anybody means it.
const DEEPEST: usize = 64;

/// Tools with such schemas; `None`: they are as they should be.
pub(super) fn of_tools(tools: &str) -> Option<String> {
    json::edited(tools, &mut |_, tool| {
        tool.within("function", &mut |function, edit| {
            let parameters = function.said("parameters").unwrap_or_default();
            if let Some(typed) = typed(parameters, r#""object""#, 0) {
                edit.set("parameters", typed);
            }
        });
    })
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
        for name in &["properties", "$defs", "definitions"] {
            let parts = object.value(name).unwrap_or_default();
            let parts_typed = json::with(parts, &mut |parts, edit| {
                for (name, part) in parts.members() {
                    if let Some(typed) = typed(part, STRING, depth + 1) {
                        edit.set(name, typed);
                    }
                }
            });
            if let Some(parts) = parts_typed {
                edit.set(name, parts);
            }
        }
        // An empty one stands for anything in the second place alone.
        for (name, part) in
            [("items", object.value("items")), ("additionalProperties", object.said("additionalProperties"))]
        {
            if let Some(part) = part.and_then(|part| typed(part, STRING, depth + 1)) {
                edit.set(name, part);
            }
        }
        for name in &["anyOf", "oneOf", "allOf"] {
            let parts = object.value(name).unwrap_or_default();
            let kind = own.unwrap_or(STRING);
            if let Some(parts) = json::changed(parts, &mut |part| typed(part, kind, depth + 1)) {
                edit.set(name, parts);
            }
        }
        if let Some(definitions) = edit.value("definitions").map(str::to_owned) {
            edit.remove("definitions");
            edit.set("$defs", definitions);
        }
    })
}

/// Where definitions stood in older schemas.
const OLD: &str = "#/definitions/";
const STRING: &str = r#""string""#;

/// The type that the rest of a schema speaks of.
fn guessed(schema: &Object<'_>) -> Option<&'static str> {
    if schema.value("properties").is_some() {
        return Some(r#""object""#);
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
        let sent: Value = serde_json::from_str(&of_tools(&tools).unwrap_or(tools)).unwrap();
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
        for none in [json!({}), json!(null), json!("x")] {
            assert_eq!(sent(&none), none);
        }
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
        let right = json!({ "type": "object", "properties": { "x": { "oneOf": [{ "type": "null" }] } } });
        assert_eq!(sent(&right), right);
    }

    #[test]
    fn what_lies_too_deep_stays() {
        let deep = r#"{"items":"#.repeat(200) + "3" + &"}".repeat(200);
        assert!(typed(&deep, STRING, 0).is_some());
    }
}
