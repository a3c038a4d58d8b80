//! A JSON schema as Anthropic takes it for structured outputs and strict tools: structure alone.
//!
//! What bounds a value beyond its structure (`minimum`, `pattern`, `maxItems`, …) is refused there. It is said in
//! the description instead, where the model reads it; the answer is held to the whole schema all the same. The
//! order of the members stays: a model writes them in that order. Source: Anthropic's page on structured
//! outputs; vercel/ai, sanitize-json-schema.

use crate::dialect::openai::schema::{choices, parts};
use crate::json::{self, Object, quoted};
use crate::search;
use crate::words::{Words, words};

/// Formats of strings that are understood.
const FORMATS: Words =
    words!["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// A strict schema may have so many members that may be left out, and so many of several types.
const MOST_OPTIONAL: usize = 24;
const MOST_UNIONS: usize = 16;

/// Deeper than anybody means it.
const DEEPEST: usize = 64;

/// A schema that can be sent.
#[derive(Debug, Default)]
pub(super) struct Cleaned {
    /// Its JSON text.
    pub(super) json: String,
    optional: usize,
    unions: usize,
    /// It allows members of any name, which cannot be said.
    is_open: bool,
}

impl Cleaned {
    /// Cleans a schema; what is none stays as it is.
    pub(super) fn of(json: &str) -> Self {
        let mut cleaned = Self::default();
        cleaned.json = cleaned.schema(json, 0).unwrap_or_else(|| json.to_owned());
        cleaned
    }

    /// Whether it says all, without a part that is made of itself, and is simple enough to be held to, together with those before it.
    pub(super) fn fits_with(&self, others: &mut (usize, usize)) -> bool {
        others.0 += self.optional;
        others.1 += self.unions;
        !self.is_open && others.0 <= MOST_OPTIONAL && others.1 <= MOST_UNIONS
    }

    /// `None`: it is as it should be, or none.
    fn schema(&mut self, json: &str, depth: usize) -> Option<String> {
        if depth >= DEEPEST {
            return None;
        }
        json::with(json, &mut |object, edit| {
            let mut hints = String::new();
            for (name, value) in object.members() {
                match name {
                    "enum" | "const" | "default" | "title" | "required" | "description" | "properties"
                    | "items" => {}
                    "type" => self.unions += usize::from(value.starts_with('[')),
                    "$ref" => self.is_open |= value == "\"#\"",
                    "$defs" | "definitions" => self.is_open |= refers_to_itself(value),
                    "allOf" => {}
                    "anyOf" => self.unions += 1,
                    "oneOf" => {
                        self.unions += 1;
                        edit.remove(name);
                        edit.set("anyOf", value);
                    }
                    "format" if json::inside(value).is_some_and(|format| FORMATS.has(format)) => {}
                    "additionalProperties" => {
                        self.is_open |= value != "false";
                        edit.remove(name);
                    }
                    "$schema" | "$id" | "$comment" => edit.remove(name),
                    _ => {
                        edit.remove(name);
                        hints.push_str(if hints.is_empty() { "" } else { ", " });
                        hints.push_str(&format!("{name}: {value}"));
                    }
                }
            }
            let mut change = |part: &str| self.schema(part, depth + 1);
            parts(edit, &mut change);
            choices(edit, &["anyOf", "allOf"], &mut change);
            if !hints.is_empty() {
                let description = object.text("description");
                let line = if description.is_empty() { "" } else { "\n" };
                edit.set("description", quoted(&format!("{description}{line}{{{hints}}}")));
            }
            let says_object = object.value("type").is_some_and(|kind| search::contains(kind, "\"object\""));
            let has_members = object.value("properties").is_some();
            self.is_open |= says_object && !has_members;
            if says_object || has_members {
                edit.set("additionalProperties", "false");
                self.optional += optional(object);
            }
        })
    }
}

/// How many of the members may be left out.
fn optional(object: &Object<'_>) -> usize {
    let properties = object.within("properties").members().count();
    properties.saturating_sub(object.list("required").count())
}

/// Whether one of these definitions refers to itself: "Circular reference detected in schema definitions".
fn refers_to_itself(definitions: &str) -> bool {
    let refers = |(name, schema): (&str, &str)| search::contains(schema, &format!("/{name}\""));
    json::object(definitions).is_some_and(|definitions| definitions.members().any(refers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(json: &str) -> String {
        Cleaned::of(json).json
    }

    #[test]
    fn structure_stays_in_its_order_and_bounds_become_words() {
        assert_eq!(
            cleaned(concat!(
                r#"{"$schema":"x","type":"object","required":["z","a"],"properties":{"#,
                r#""z":{"type":"integer","minimum":1,"description":"How many."},"#,
                r#""a":{"type":"array","minItems":2,"items":{"type":"string","pattern":"^x","format":"email"}},"#,
                r#""f":{"type":"string","format":"phone"}},"additionalProperties":true}"#
            )),
            concat!(
                r#"{"type":"object","required":["z","a"],"properties":{"#,
                r#""z":{"type":"integer","description":"How many.\n{minimum: 1}"},"#,
                r#""a":{"type":"array","items":{"type":"string","format":"email","description":"{pattern: \"^x\"}"},"description":"{minItems: 2}"},"#,
                r#""f":{"type":"string","description":"{format: \"phone\"}"}},"additionalProperties":false}"#
            )
        );
    }

    #[test]
    fn choices_and_definitions_are_cleaned_too() {
        assert_eq!(
            cleaned(
                r##"{"oneOf":[{"$ref":"#/$defs/a"},{"type":"null"}],"$defs":{"a":{"type":"number","maximum":2}}}"##
            ),
            r##"{"$defs":{"a":{"type":"number","description":"{maximum: 2}"}},"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]}"##
        );
    }

    #[test]
    fn what_is_no_schema_stays_as_it_is() {
        for json in ["true", "3", "[]", r#"{"properties":7}"#, r#"{"anyOf":{}}"#] {
            let json_again = cleaned(json);
            assert!(json_again.starts_with(json.trim_end_matches('}')), "{json_again}");
        }
        let deep = format!("{}true{}", r#"{"items":"#.repeat(100), "}".repeat(100));
        assert_eq!(cleaned(&deep), deep);
    }

    #[test]
    fn the_bounds_of_strict_schemas_are_counted_over_all_of_them() {
        let members = |count: usize| {
            let members: Vec<_> = (0..count).map(|at| format!(r#""m{at}":{{"type":"string"}}"#)).collect();
            format!(r#"{{"type":"object","properties":{{{}}}}}"#, members.join(","))
        };
        let mut others = (0, 0);
        assert!(Cleaned::of(&members(24)).fits_with(&mut others));
        assert!(!Cleaned::of(&members(1)).fits_with(&mut others));
        let mut others = (0, 0);
        let union = r#"{"type":["string","null"]}"#;
        assert!((0..16).all(|_| Cleaned::of(union).fits_with(&mut others)));
        assert!(!Cleaned::of(union).fits_with(&mut others));
    }
}
