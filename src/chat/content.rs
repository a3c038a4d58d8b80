//! What a message holds: a text, or a list of parts.

use crate::json::{self, Elements};

/// The texts of a content, as one JSON string.
#[must_use]
pub fn plain(content: &str) -> String {
    if json::inside(content).is_some() {
        return content.to_owned();
    }
    let mut all = String::from("\"");
    for part in Elements::of(content).objects() {
        all.push_str(part.inside("text").unwrap_or_else(|| part.word("refusal")));
    }
    all.push('"');
    all
}
