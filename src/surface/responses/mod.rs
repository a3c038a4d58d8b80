//! OpenAI's Responses, as a caller speaks it; without its memory: each request says all of its conversation.
//!
//! Source: the OpenAI API reference, "Responses" and "Streaming events".

pub mod answer;
mod echo;
pub mod request;
pub mod stream;

use super::MARK;
use crate::chat::raw;

/// Thoughts that OpenAI did not hide bear a mark of ours in the place of what is encrypted: behind it stands what
/// another vendor signed, as the common language says it.
fn sealed(detail: &str) -> String {
    crate::chat::object::quoted(&format!("{MARK}{detail}"))
}

/// Nobody signed it. OpenAI looks for a thought without anything hidden among what it stored, and refuses the request
/// when there is none.
fn unsigned() -> String {
    sealed("none")
}

/// What stands behind the mark.
fn unsealed(encrypted: &str) -> Option<String> {
    raw::text(encrypted)?.strip_prefix(MARK).map(str::to_owned)
}

/// The mark of thoughts that OpenAI hid, as JSON text.
const FORMAT: &str = r#""openai-responses-v1""#;
