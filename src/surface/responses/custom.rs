//! Custom tools, which take any text instead of JSON, as Codex's `apply_patch` does. Others hear of a function of one text.
//!
//! Source: the OpenAI API reference, "Function calling", "Custom tools".

use crate::json::{self, Object, Writer, filled, quoted};

const PARAMETERS: &str = r#"{"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool"}},"required":["input"],"additionalProperties":false}"#;

/// Writes a custom tool as a function, all but its name.
pub(super) fn function(tool: &Object<'_>, out: &mut Writer) {
    let format = tool.within("format");
    let (said, grammar) = (tool.inside("description").unwrap_or_default(), format.inside("definition"));
    let grammar = grammar.map(|rules| filled(GRAMMAR, &[format.word("syntax"), rules])).unwrap_or_default();
    out.fill("description", "\"$$\"", &[said, &grammar]).member("parameters", PARAMETERS);
}

/// What only those who know custom tools hold a model to.
const GRAMMAR: &str = r"\n\nThe input has to follow this grammar ($):\n$";

/// The arguments that others are shown of a call. All are JSON texts.
pub(super) fn arguments(input: &str) -> String {
    quoted(&filled(r#"{"input":$}"#, &[input]))
}

/// The input that others gave in these arguments; all of it, where a model took no notice of the form.
pub(super) fn input(arguments: &str) -> String {
    let text = json::text(arguments).unwrap_or_default();
    let input = json::object(&text).and_then(|object| object.string("input").map(str::to_owned));
    input.unwrap_or_else(|| arguments.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_comes_back_as_it_went() {
        for text in ["*** Begin Patch\n+\"x\\\"", "", "{}", "{\"input\":\"x\"}"] {
            let text = quoted(text);
            assert_eq!(input(&arguments(&text)), text);
        }
    }

    #[test]
    fn what_is_not_in_the_form_is_the_input() {
        for written in ["*** Begin Patch", "{\"patch\":\"x\"}", "{\"input\":7}", ""] {
            assert_eq!(input(&quoted(written)), quoted(written));
        }
    }
}
