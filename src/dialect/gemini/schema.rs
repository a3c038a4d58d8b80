//! A JSON schema as Gemini takes it.
//!
//! It takes most of the language (`responseJsonSchema`, `parametersJsonSchema`). It does not know `const`, which says
//! the same as an `enum` of one value, and `$schema` says nothing. The order of the members stays: a model writes
//! them in that order. The answer is held to the caller's own schema all the same. Source: Google's page on
//! structured outputs; vercel/ai, sanitize-response-json-schema.

use crate::dialect::openai::schema::{choices, parts};
use crate::json::{self, filled};

/// Deeper than anybody means it.
const DEEPEST: usize = 64;

/// Cleans a schema; what is none stays as it is.
pub(super) fn clean(json: &str) -> String {
    cleaned(json, 0).unwrap_or_else(|| json.to_owned())
}

/// `None`: it is as it should be, or none.
fn cleaned(schema: &str, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    json::with(schema, &mut |object, edit| {
        edit.remove("$schema");
        if let Some(value) = object.value("const") {
            edit.remove("const");
            edit.set("enum", filled("[$]", &[value]));
        }
        let mut change = |part: &str| cleaned(part, depth + 1);
        parts(edit, &mut change);
        choices(edit, &["items", "prefixItems", "anyOf", "oneOf", "allOf"], &mut change);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_an_enum_of_one_wherever_it_stands() {
        assert_eq!(
            clean(
                r##"{"$schema":"x","type":"object","properties":{"const":{"const":"a"},"$schema":{"type":["string","null"]}},"$defs":{"x":{"anyOf":[{"const":1},{"$ref":"#/$defs/y"}]}},"items":{"const":null},"additionalProperties":false}"##
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
