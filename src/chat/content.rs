//! What a message holds: a text, or a list of parts.

use crate::json::{self, Elements, Object};

/// What a message says: what it declined with, where there is nothing else. Who puts a stream together has an empty text there.
#[must_use]
pub fn of<'a>(message: &Object<'a>) -> Option<&'a str> {
    message.said("content").or_else(|| message.string("refusal")).or_else(|| message.given("content"))
}

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
