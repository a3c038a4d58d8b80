//! A streamed answer, said in OpenAI's chunks.
//!
//! Deltas are what is said; what an item says again when it is done counts only where no delta came before.

use bytes::Bytes;

use crate::chat::thought::hidden;
use crate::class::Class;
use crate::dialect::openai;
use crate::dialect::translated::{Chunks, Heard};
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Object, Writer, filled};
use crate::stream::decoder::Event;

use super::{answer, seal};

/// The state machine of one stream.
pub struct Translator {
    now: String,
    /// Whose hidden thoughts these are.
    vendor: String,
    /// The items that call, by their places, and whether their arguments were said.
    calls: Vec<(u64, bool)>,
    /// The items whose text was said, by their places.
    spoken: Vec<u64>,
    thought: bool,
}

impl Translator {
    /// A translator of a stream of this vendor that begins now.
    #[must_use]
    pub fn new(unix_now: Millis, vendor: &str) -> Self {
        Self {
            vendor: vendor.to_owned(),
            now: (unix_now / 1_000).to_string(),
            calls: Vec::new(),
            spoken: Vec::new(),
            thought: false,
        }
    }

    /// What it is called if nobody has said its name before.
    fn named<'c>(&self, chunks: &'c mut Chunks) -> &'c mut Chunks {
        if !chunks.are_named() {
            chunks.name(&filled("\"resp_$\"", &[&self.now]), &self.now);
        }
        chunks
    }

    fn begins(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        if chunks.are_named() {
            return;
        }
        let response = event.within("response");
        let created = answer::whole(response.value("created_at")).unwrap_or(&self.now);
        chunks.name(response.string("id").unwrap_or("\"resp_0\""), created);
        chunks.say(r#""role":"assistant","content":"","refusal":null"#, &[]);
    }

    /// An item begins: only a call has something to say yet.
    fn added(&mut self, place: u64, item: &Object<'_>, chunks: &mut Chunks) {
        if !super::calls(item) || self.call(place).is_some() {
            return;
        }
        let index = self.calls.len().to_string();
        self.calls.push((place, false));
        let id = item.value("call_id").or_else(|| item.value("id")).unwrap_or("\"\"");
        let name = super::called(item);
        let pattern =
            r#""tool_calls":[{"index":$,"id":$,"type":"function","function":{"name":$,"arguments":""}}]"#;
        self.named(chunks).say(pattern, &[&index, id, name]);
    }

    fn call(&self, place: u64) -> Option<usize> {
        self.calls.iter().position(|(known, _)| *known == place)
    }

    fn arguments(&mut self, place: u64, arguments: &str, chunks: &mut Chunks) {
        let Some(index) = self.call(place) else { return };
        if let Some(call) = self.calls.get_mut(index) {
            call.1 = true;
        }
        let pattern = r#""tool_calls":[{"index":$,"function":{"arguments":$}}]"#;
        self.named(chunks).say(pattern, &[&index.to_string(), arguments]);
    }

    /// An item is complete: what no delta said of it is said now.
    fn done(&mut self, place: u64, item: &Object<'_>, chunks: &mut Chunks) {
        match item.word("type") {
            _ if super::calls(item) => {
                self.added(place, item, chunks);
                let unsaid =
                    self.call(place).and_then(|index| self.calls.get(index)).is_some_and(|(_, said)| !said);
                let arguments = item.string("arguments").or_else(|| item.string("input"));
                if let Some(arguments) = arguments.filter(|_| unsaid) {
                    self.arguments(place, arguments, chunks);
                }
            }
            "message" if !self.spoken.contains(&place) => {
                for part in item.list("content") {
                    if let Some(text) = json::object(part).and_then(|part| part.string("text")) {
                        self.named(chunks).say(r#""content":$"#, &[text]);
                    }
                }
            }
            "reasoning" => {
                if let Some(hidden) = hidden(item) {
                    self.named(chunks).say(r#""reasoning_details":[$]"#, &[&hidden]);
                }
            }
            _ => {}
        }
    }

    fn ends(&mut self, event: &Object<'_>, chunks: &mut Chunks) -> Heard {
        let Some(response) = event.object("response") else { return Heard::Malformed };
        self.named(chunks).finish(0, super::finish(&response, !self.calls.is_empty()));
        if let Some(usage) = super::usage(&response) {
            chunks.count(&usage);
        }
        Heard::Done
    }
}

impl crate::dialect::translated::Translator for Translator {
    fn push(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Heard {
        if event.data == b"[DONE]" {
            return Heard::Said;
        }
        let marked = seal::marked(event.data, &self.vendor);
        let Ok(event) = Object::read(marked.as_deref().unwrap_or(event.data)) else {
            return Heard::Malformed;
        };
        let Some(kind) = event.inside("type") else {
            return match event.said("error") {
                Some(error) => Heard::Failed(openai::error::inside_success(error)),
                None => Heard::Malformed,
            };
        };
        let place = event.count("output_index").unwrap_or(0);
        match (kind, event.string("delta")) {
            ("response.created" | "response.in_progress" | "response.queued", _) => {
                self.begins(&event, chunks);
            }
            ("response.output_text.delta", Some(text)) => {
                if !self.spoken.contains(&place) {
                    self.spoken.push(place);
                }
                self.named(chunks).say(r#""content":$"#, &[text]);
            }
            ("response.output_text.annotation.added", _) => {
                if let Some(citation) = event.object("annotation").and_then(|cited| super::citation(&cited)) {
                    self.named(chunks).say(r#""annotations":[$]"#, &[&citation]);
                }
            }
            ("response.refusal.delta", Some(text)) => self.named(chunks).say(r#""refusal":$"#, &[text]),
            ("response.reasoning_summary_text.delta" | "response.reasoning_text.delta", Some(text)) => {
                self.thought = true;
                self.named(chunks).say(r#""reasoning_content":$"#, &[text]);
            }
            ("response.reasoning_summary_part.added", _) if self.thought => {
                self.named(chunks).say(r#""reasoning_content":"\n\n""#, &[]);
            }
            (
                "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta",
                Some(arguments),
            ) => {
                self.arguments(place, arguments, chunks);
            }
            ("response.output_item.added", _) => self.added(place, &event.within("item"), chunks),
            ("response.output_item.done", _) => self.done(place, &event.within("item"), chunks),
            ("response.completed" | "response.incomplete", _) => return self.ends(&event, chunks),
            ("response.failed" | "response.cancelled", _) => return Heard::Failed(failed(&event)),
            ("error", _) => {
                let error = event.said("error").map_or_else(|| said(&event), str::to_owned);
                return Heard::Failed(openai::error::inside_success(&error));
            }
            // Those of a provider's own tools, and of what is only said again.
            _ => {}
        }
        Heard::Said
    }

    fn end(&mut self, rest: &Bytes, _: &mut Chunks) -> Heard {
        let rest = Object::read(rest).ok();
        match rest.and_then(|rest| rest.said("error")) {
            Some(error) => Heard::Failed(openai::error::inside_success(error)),
            None => Heard::Said,
        }
    }
}

fn failed(event: &Object<'_>) -> Failure {
    match event.within("response").said("error") {
        Some(error) => openai::error::inside_success(error),
        None => Failure::new(Class::Server, "the response failed"),
    }
}

/// An error that lies flat in its event.
fn said(event: &Object<'_>) -> String {
    let mut error = Writer::object();
    error.copy(event, &["code", "message", "param"]);
    error.finish()
}

#[cfg(test)]
mod tests;
