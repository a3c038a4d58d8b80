//! A streamed answer, said in OpenAI's chunks.
//!
//! Deltas are what is said; what an item says again when it is done counts only where no delta came before.

use bytes::Bytes;

use crate::chat::said::{Call, Said};
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
#[derive(Default)]
pub struct Translator {
    now: String,
    /// Whose hidden thoughts these are.
    vendor: String,
    /// The items that call, by their places, and whether their arguments were said.
    calls: Vec<(u64, bool)>,
    /// The items whose text was said, by their places.
    spoken: Vec<u64>,
    thought: bool,
    /// A thought was said when its item was complete.
    retold: bool,
    /// The answer is there all at once.
    is_whole: bool,
}

impl Translator {
    /// A translator of a stream of this vendor that begins now.
    #[must_use]
    pub fn new(unix_now: Millis, vendor: &str) -> Self {
        Self { vendor: vendor.to_owned(), now: (unix_now / 1_000).to_string(), ..Self::default() }
    }

    /// What it is called if nobody has said its name before.
    fn named<'c>(&self, chunks: &'c mut Chunks) -> &'c mut Said {
        if !chunks.are_named() {
            chunks.name(&filled("\"resp_$\"", &[&self.now]), &self.now);
        }
        &mut chunks.said
    }

    fn begins(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        if chunks.are_named() {
            return;
        }
        let response = event.within("response");
        let created = answer::whole(response.value("created_at")).unwrap_or(&self.now);
        chunks.name(response.string("id").unwrap_or("\"resp_0\""), created);
        chunks.role();
    }

    /// Takes an item of a whole answer.
    pub(super) fn whole(&mut self, place: u64, item: &Object<'_>, heard: &mut Chunks) {
        self.is_whole = true;
        // Nothing more is said of those before it.
        self.calls.clear();
        self.done(place, item, heard);
    }

    /// An item begins, or is there all at once: only a call, with these arguments, has something to say yet.
    fn added(&mut self, place: u64, item: &Object<'_>, arguments: &str, chunks: &mut Chunks) {
        if !super::calls(item) || self.call(place).is_some() {
            return;
        }
        let index = self.calls.len();
        self.calls.push((place, arguments != "\"\""));
        let id = item.value("call_id").or_else(|| item.value("id"));
        let name = Some(super::called(item));
        let index = (!self.is_whole).then_some(index);
        self.named(chunks).call(&Call { index, id, name, arguments, extra: None });
    }

    fn call(&self, place: u64) -> Option<usize> {
        self.calls.iter().position(|(known, _)| *known == place)
    }

    fn arguments(&mut self, place: u64, arguments: &str, chunks: &mut Chunks) {
        let Some(index) = self.call(place) else { return };
        if let Some(call) = self.calls.get_mut(index) {
            call.1 = true;
        }
        let piece = filled(r#"{"index":$,"function":{"arguments":"$"}}"#, &[&index.to_string(), arguments]);
        self.named(chunks).entry("tool_calls", &piece);
    }

    /// An item is complete: what no delta said of it is said now.
    pub(super) fn done(&mut self, place: u64, item: &Object<'_>, chunks: &mut Chunks) {
        match item.word("type") {
            _ if super::calls(item) => {
                let arguments = item.string("arguments").or_else(|| item.string("input")).unwrap_or("\"\"");
                self.added(place, item, arguments, chunks);
                let call = self.call(place).and_then(|index| self.calls.get(index));
                let arguments = json::inside(arguments).filter(|arguments| !arguments.is_empty());
                if let (Some((_, false)), Some(arguments)) = (call, arguments) {
                    self.arguments(place, arguments, chunks);
                }
            }
            "message" if !self.spoken.contains(&place) => {
                for part in item.list("content").objects() {
                    if let Some(text) = part.inside("text") {
                        self.named(chunks).text("content", text);
                    }
                    if let Some(refusal) = part.inside("refusal") {
                        self.named(chunks).text("refusal", refusal);
                    }
                    for citation in part.list("annotations").objects() {
                        self.cites(&citation, chunks);
                    }
                }
            }
            "reasoning" => {
                self.thinks(item, chunks);
                if let Some(hidden) = hidden(item) {
                    // Of a whole answer, the last one counts.
                    chunks.said.forget("reasoning_details");
                    self.named(chunks).entry("reasoning_details", &hidden);
                }
            }
            // A provider's own: searches, code.
            _ => {}
        }
    }

    /// The words of a thought, of which no delta came before.
    fn thinks(&mut self, item: &Object<'_>, chunks: &mut Chunks) {
        if self.thought {
            return;
        }
        for name in &["summary", "content"] {
            for part in item.list(name).objects() {
                let text = part.word("text");
                if !text.is_empty() && std::mem::replace(&mut self.retold, true) {
                    self.named(chunks).text("reasoning_content", r"\n\n");
                }
                self.named(chunks).text("reasoning_content", text);
            }
        }
    }

    fn speaks(&mut self, place: u64) {
        if !self.spoken.contains(&place) {
            self.spoken.push(place);
        }
    }

    fn cites(&self, annotation: &Object<'_>, chunks: &mut Chunks) {
        if let Some(citation) = super::citation(annotation) {
            self.named(chunks).entry("annotations", &citation);
        }
    }

    fn ends(&mut self, event: &Object<'_>, chunks: &mut Chunks) -> Heard {
        let Some(response) = event.object("response") else { return Heard::Malformed };
        self.named(chunks);
        chunks.finish(0, super::finish(&response, !self.calls.is_empty()));
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
        match (kind, event.inside("delta")) {
            ("response.created" | "response.in_progress" | "response.queued", _) => {
                self.begins(&event, chunks);
            }
            ("response.output_text.delta", Some(text)) => {
                self.speaks(place);
                self.named(chunks).text("content", text);
            }
            ("response.output_text.annotation.added", _) => {
                self.cites(&event.within("annotation"), chunks);
            }
            ("response.refusal.delta", Some(text)) => {
                self.speaks(place);
                self.named(chunks).text("refusal", text);
            }
            ("response.reasoning_summary_text.delta" | "response.reasoning_text.delta", Some(text)) => {
                self.thought = true;
                self.named(chunks).text("reasoning_content", text);
            }
            ("response.reasoning_summary_part.added", _) if self.thought => {
                self.named(chunks).text("reasoning_content", r"\n\n");
            }
            (
                "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta",
                Some(arguments),
            ) => {
                self.arguments(place, arguments, chunks);
            }
            ("response.output_item.added", _) => {
                self.added(place, &event.within("item"), "\"\"", chunks);
            }
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
