//! What an assistant said in a row, on its way into one message.

use super::{names, unsealed};
use crate::chat::said::{Call, Said};
use crate::json::{self, Writer};

/// What was said so far.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) said: Said,
    /// What Gemini signed the next call with.
    extra: Option<String>,
}

impl Turn {
    /// Calls a tool, which the caller knows by that name, in that namespace; all are JSON texts.
    pub(super) fn calls(
        &mut self,
        id: Option<&str>,
        space: Option<&str>,
        name: Option<&str>,
        arguments: &str,
    ) {
        let (name, extra) = (name.map(|name| names::heard(space, name)), self.extra.take());
        let (name, extra) = (name.as_deref(), extra.as_deref());
        self.said.call(&Call { index: None, id, name, arguments, extra });
    }

    /// Takes back what a vendor hid, JSON text: what bears our mark, as it went; anything else, as `own`.
    pub(super) fn hides(&mut self, hidden: &str, own: Option<String>) {
        let Some(detail) = unsealed(hidden).or(own) else { return };
        // Whoever changed it has lost it.
        match json::object(&detail).map(|said| said.value("google").is_some()) {
            Some(true) => self.extra = Some(detail),
            Some(false) => self.said.entry("reasoning_details", &detail),
            None => {}
        }
    }

    /// Writes it as a message, if anything was said.
    pub(super) fn end(&mut self, out: &mut Writer) {
        let Self { said, .. } = std::mem::take(self);
        if said.has("content") || said.has("tool_calls") {
            out.append(&said.message(&["content"]));
        }
    }
}
