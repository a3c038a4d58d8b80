//! A JSON schema as Gemini takes it.
//!
//! It takes most of the language (`responseJsonSchema`, `parametersJsonSchema`). It does not know `const`, which says
//! the same as an `enum` of one value, and `$schema` says nothing. The order of the members stays: a model writes
//! them in that order. The answer is held to the caller's own schema all the same. Source: Google's page on
//! structured outputs; vercel/ai, sanitize-response-json-schema.

use crate::json::{self, quoted};

use super::items;

/// Deeper than anybody means it.
const DEEPEST: usize = 64;

/// Cleans a schema; what is none stays as it is.
pub(super) fn clean(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    schema(json, 0, &mut out);
    out
}

fn schema(json: &str, depth: usize, out: &mut String) {
    each_member(json, depth, out, |name, value, out| match name {
        "$schema" => {}
        "const" => member(out, "enum", |out| {
            out.push('[');
            out.push_str(value);
            out.push(']');
        }),
        "properties" | "$defs" | "definitions" => member(out, name, |out| {
            each_member(value, depth + 1, out, |name, value, out| {
                member(out, name, |out| schema(value, depth + 2, out));
            });
        }),
        "items" | "prefixItems" | "anyOf" | "oneOf" | "allOf" if value.starts_with('[') => {
            member(out, name, |out| {
                out.push('[');
                for (place, item) in items(value).into_iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    schema(item, depth + 1, out);
                }
                out.push(']');
            });
        }
        "items" | "additionalProperties" => member(out, name, |out| schema(value, depth + 1, out)),
        _ => member(out, name, |out| out.push_str(value)),
    });
}

/// An object, member by member; what is none, or lies too deep, as it stands.
fn each_member(json: &str, depth: usize, out: &mut String, write: impl Fn(&str, &str, &mut String)) {
    let object = json::object(json).filter(|_| depth < DEEPEST);
    let Some(object) = object else {
        out.push_str(json);
        return;
    };
    out.push('{');
    for (name, value) in object.members() {
        write(name, value, out);
    }
    out.push('}');
}

fn member(out: &mut String, name: &str, write: impl FnOnce(&mut String)) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push_str(&quoted(name));
    out.push(':');
    write(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_an_enum_of_one_wherever_it_stands() {
        assert_eq!(
            clean(
                r##"{"$schema":"x","type":"object","properties":{"const":{"const":"a"},"$schema":{"type":["string","null"]}},
                "$defs":{"x":{"anyOf":[{"const":1},{"$ref":"#/$defs/y"}]}},"items":{"const":null},
                "additionalProperties":false}"##
            ),
            r##"{"type":"object","properties":{"const":{"enum":["a"]},"$schema":{"type":["string","null"]}},"$defs":{"x":{"anyOf":[{"enum":[1]},{"$ref":"#/$defs/y"}]}},"items":{"enum":[null]},"additionalProperties":false}"##
        );
    }

    #[test]
    fn what_is_no_schema_stays_as_it_is() {
        for json in ["true", "3", "{}", r#"{"properties":3,"items":[true,4]}"#] {
            assert_eq!(clean(json), json);
        }
        let deep = "{\"items\":".repeat(200) + "{}" + &"}".repeat(200);
        assert!(clean(&deep).len() == deep.len());
    }
}
