//! What a request needs of a model, told from its bytes.

use super::object::Object;
use super::says_something;
use crate::config::Facts;

/// What a request needs of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// It calls tools.
    pub tools: bool,
    /// There are images in it.
    pub vision: bool,
    /// The answer is to follow a JSON schema.
    pub json_schema: bool,
    /// So many tokens, estimated, must fit into the window.
    pub context: u32,
}

impl Needs {
    /// Reads them off a request. Images are looked for by their name alone: a word too many rules a model out
    /// that could have answered, a word too few asks one that cannot.
    #[must_use]
    pub fn of(object: &Object<'_>, length: usize) -> Self {
        let asks_for = |key: &str| object.value(key).is_some_and(says_something);
        let messages = object.bytes("messages").unwrap_or_default();
        Self {
            tools: asks_for("tools") || asks_for("functions"),
            vision: memchr::memmem::find(messages, b"\"image_url\"").is_some(),
            json_schema: object
                .value("response_format")
                .is_some_and(|format| format.contains("\"json_schema\"")),
            context: u32::try_from(length / BYTES_A_TOKEN).unwrap_or(u32::MAX),
        }
    }

    /// Whether a model with these facts can do it.
    #[must_use]
    pub fn are_met_by(&self, facts: &Facts) -> bool {
        let can = facts.capabilities;
        (can.tools || !self.tools)
            && (can.vision || !self.vision)
            && (can.json_schema || !self.json_schema)
            && facts.context.is_none_or(|window| window > self.context)
    }
}

/// English has four bytes a token; a request has markup besides, and images are long.
const BYTES_A_TOKEN: usize = 4;
