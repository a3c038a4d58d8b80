//! What a response repeats of its request.

use crate::chat::request::Ask;
use crate::json::{Object, Writer};

/// Members of a response that say what was asked for, and what they are when nothing was.
const ECHOED: [(&str, &str); 10] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("temperature", "null"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_p", "null"),
];

/// The members, one behind the other.
pub(super) fn echo(ask: &Ask) -> String {
    let mut out = Writer::object();
    let asked = ask.native.as_ref().map(|native| Object::again(&native.body, &native.outline));
    for (name, otherwise) in &ECHOED {
        out.member(name, asked.as_ref().and_then(|asked| asked.given(name)).unwrap_or(otherwise));
    }
    out.member("previous_response_id", "null").member("store", "false").member("background", "false");
    let members = out.finish();
    members.get(1..members.len().saturating_sub(1)).unwrap_or_default().to_owned()
}
