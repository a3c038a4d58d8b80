//! A thought that its vendor signed or hid, on its way through a chat to the caller and back: an entry of
//! `reasoning_details`, as OpenRouter writes them.

use crate::json::{Object, filled};

/// The mark of what Anthropic signed, as JSON text: only what bears it is sent back there.
pub const ANTHROPIC: &str = r#""anthropic-claude-v1""#;

/// The mark of what was hidden by who speaks Responses, as JSON text.
pub const RESPONSES: &str = r#""openai-responses-v1""#;

/// One that Anthropic signed: the insides of JSON strings.
#[must_use]
pub fn signed(thought: &str, signature: &str, index: usize) -> String {
    let pattern = r#"{"type":"reasoning.text","text":"$","signature":"$","format":$,"index":$}"#;
    filled(pattern, &[thought, signature, ANTHROPIC, &index.to_string()])
}

/// One that only Anthropic can read: JSON text.
#[must_use]
pub fn redacted(data: &str, index: usize) -> String {
    let pattern = r#"{"type":"reasoning.encrypted","data":$,"format":$,"index":$}"#;
    filled(pattern, &[data, ANTHROPIC, &index.to_string()])
}

/// What an item of Responses hides, if it does.
#[must_use]
pub fn hidden(item: &Object<'_>) -> Option<String> {
    let (data, id) = (item.said("encrypted_content")?, item.value("id").unwrap_or("null"));
    let pattern = r#"{"type":"reasoning.encrypted","data":$,"id":$,"format":$,"index":0}"#;
    Some(filled(pattern, &[data, id, RESPONSES]))
}
