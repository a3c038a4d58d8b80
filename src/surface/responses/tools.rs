//! Tools that are called in another form than functions, of which others hear as functions.
//!
//! - A custom tool takes any text, as Codex's `apply_patch` does: a function of one text.
//! - Where the caller himself looks for further tools, a search is called with what he is to look for. What he found stands
//!   in the conversation, and is offered from then on.
//!
//! Source: the OpenAI API reference, guides "Function calling" and "Tool search"; Codex 0.169.

use crate::chat::request::{Form, Own};
use crate::json::{self, Object, Writer, filled, quoted};

/// Writes a tool as a function, all but its name, and says how it is called; `None`: it is none that can be said so.
pub(super) fn function(tool: &Object<'_>, out: &mut Writer) -> Option<Form> {
    match tool.word("type") {
        "function" => {
            out.copy_given(tool, &["description", "parameters", "strict"]);
            Some(Form::Function)
        }
        "custom" => {
            custom(tool, out);
            Some(Form::Custom)
        }
        "tool_search" if tool.is("execution", "\"client\"") => {
            out.copy_given(tool, &["description", "parameters"]);
            Some(Form::Search)
        }
        _ => None,
    }
}

const PARAMETERS: &str = r#"{"type":"object","properties":{"input":{"type":"string","description":"The whole input of the tool"}},"required":["input"],"additionalProperties":false}"#;

fn custom(tool: &Object<'_>, out: &mut Writer) {
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
    if text == "{}" {
        return "\"\"".to_owned();
    }
    let input = json::object(&text).and_then(|object| object.string("input").map(str::to_owned));
    input.unwrap_or_else(|| arguments.to_owned())
}

/// An item that calls a tool; `call_id` and `arguments` are JSON texts.
pub(super) fn called(id: &str, call_id: &str, tool: &Own, arguments: &str, status: &str) -> String {
    let of = |pattern, more: &[&str]| filled(pattern, &[&[id, status, call_id], more].concat());
    match tool.form {
        Form::Function => of(
            r#"{"id":"$","type":"function_call","status":"$","call_id":$,$,"arguments":$}"#,
            &[&tool.name, arguments],
        ),
        Form::Custom => of(
            r#"{"id":"$","type":"custom_tool_call","status":"$","call_id":$,$,"input":$}"#,
            &[&tool.name, &input(arguments)],
        ),
        Form::Search => {
            let text = json::text(arguments).filter(|text| json::object(text).is_some());
            of(
                r#"{"id":"$","type":"tool_search_call","status":"$","call_id":$,"execution":"client","arguments":$}"#,
                &[text.as_deref().unwrap_or("{}")],
            )
        }
    }
}

/// What the id of such an item begins with.
pub(super) fn mark(form: Form) -> &'static str {
    match form {
        Form::Function => "fc",
        Form::Custom => "ctc",
        Form::Search => "tsc",
    }
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
        assert_eq!(input(r#""{}""#), r#""""#, "that is nothing");
    }
}
