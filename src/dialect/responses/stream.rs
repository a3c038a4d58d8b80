//! A streamed answer, said in OpenAI's chunks.
//!
//! Deltas are what is said; what an item says again when it is done counts only where no delta came before.

use bytes::Bytes;

use crate::chat::says_something;
use crate::class::Class;
use crate::dialect::openai;
use crate::dialect::translated::{Chunks, Heard};
use crate::failure::Failure;
use crate::host::Millis;
use crate::json::{self, Object};
use crate::stream::decoder::Event;

use super::{answer, seal};

/// The state machine of one stream.
pub struct Translator {
    now: String,
    /// Whose hidden thoughts these are.
    vendor: String,
    /// `"id":…,"object":…,"created":…,` of every chunk.
    head: Option<String>,
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
            head: None,
            calls: Vec::new(),
            spoken: Vec::new(),
            thought: false,
        }
    }

    fn chunk(&mut self, choices: &str, chunks: &mut Chunks) {
        let now = &self.now;
        let head = self.head.get_or_insert_with(|| {
            format!(r#""id":"resp_{now}","object":"chat.completion.chunk","created":{now}"#)
        });
        chunks.add(&format!(r#"{{{head},"choices":{choices}}}"#));
    }

    fn delta(&mut self, delta: &str, chunks: &mut Chunks) {
        self.chunk(&format!(r#"[{{"index":0,"delta":{delta},"finish_reason":null}}]"#), chunks);
    }

    fn begins(&mut self, event: &Object<'_>, chunks: &mut Chunks) {
        if self.head.is_some() {
            return;
        }
        let response = event.value("response").and_then(json::object);
        let of = |name: &str| response.as_ref().and_then(|response| response.value(name));
        let id = of("id").filter(|id| json::inside(id).is_some()).unwrap_or("\"resp_0\"");
        let created = answer::whole(of("created_at")).unwrap_or(&self.now);
        self.head = Some(format!(r#""id":{id},"object":"chat.completion.chunk","created":{created}"#));
        self.delta(r#"{"role":"assistant","content":"","refusal":null}"#, chunks);
    }

    /// An item begins: only a call has something to say yet.
    fn added(&mut self, place: u64, item: &Object<'_>, chunks: &mut Chunks) {
        if item.value("type") != Some(r#""function_call""#) || self.call(place).is_some() {
            return;
        }
        let index = self.calls.len();
        self.calls.push((place, false));
        let id = item.value("call_id").or_else(|| item.value("id")).unwrap_or("\"\"");
        let name = item.value("name").unwrap_or("\"\"");
        self.delta(
            &format!(
                r#"{{"tool_calls":[{{"index":{index},"id":{id},"type":"function","function":{{"name":{name},"arguments":""}}}}]}}"#
            ),
            chunks,
        );
    }

    fn call(&self, place: u64) -> Option<usize> {
        self.calls.iter().position(|(known, _)| *known == place)
    }

    fn arguments(&mut self, place: u64, arguments: &str, chunks: &mut Chunks) {
        let Some(index) = self.call(place) else { return };
        if let Some(call) = self.calls.get_mut(index) {
            call.1 = true;
        }
        self.delta(
            &format!(r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":{arguments}}}}}]}}"#),
            chunks,
        );
    }

    /// An item is complete: what no delta said of it is said now.
    fn done(&mut self, place: u64, item: &Object<'_>, chunks: &mut Chunks) {
        match item.value("type").and_then(json::inside).unwrap_or_default() {
            "function_call" => {
                self.added(place, item, chunks);
                let unsaid =
                    self.call(place).and_then(|index| self.calls.get(index)).is_some_and(|(_, said)| !said);
                if let Some(arguments) = item.value("arguments").filter(|_| unsaid) {
                    self.arguments(place, arguments, chunks);
                }
            }
            "message" if !self.spoken.contains(&place) => {
                for part in item.value("content").and_then(json::elements).unwrap_or_default() {
                    let Some(part) = json::object(part) else { continue };
                    if let Some(text) = part.value("text").filter(|text| json::inside(text).is_some()) {
                        self.delta(&format!(r#"{{"content":{text}}}"#), chunks);
                    }
                }
            }
            "reasoning" => {
                if let Some(details) = super::hidden(item) {
                    self.delta(&format!(r#"{{"reasoning_details":{details}}}"#), chunks);
                }
            }
            _ => {}
        }
    }

    fn ends(&mut self, event: &Object<'_>, chunks: &mut Chunks) -> Heard {
        let Some(response) = event.value("response").and_then(json::object) else {
            return Heard::Malformed;
        };
        let why = super::finish(&response, !self.calls.is_empty());
        self.chunk(&format!(r#"[{{"index":0,"delta":{{}},"finish_reason":"{why}"}}]"#), chunks);
        if let Some(usage) = super::usage(&response) {
            self.chunk(&format!(r#"[],"usage":{usage}"#), chunks);
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
        let Some(kind) = event.value("type").and_then(json::inside) else {
            return match event.value("error").filter(|error| says_something(error)) {
                Some(error) => Heard::Failed(openai::error::inside_success(error)),
                None => Heard::Malformed,
            };
        };
        let place = event.value("output_index").and_then(|place| place.parse().ok()).unwrap_or(0);
        let delta = event.value("delta").filter(|delta| json::inside(delta).is_some());
        let item = || event.value("item").and_then(json::object);
        match (kind, delta) {
            ("response.created" | "response.in_progress" | "response.queued", _) => {
                self.begins(&event, chunks)
            }
            ("response.output_text.delta", Some(text)) => {
                if !self.spoken.contains(&place) {
                    self.spoken.push(place);
                }
                self.delta(&format!(r#"{{"content":{text}}}"#), chunks);
            }
            ("response.refusal.delta", Some(text)) => {
                self.delta(&format!(r#"{{"refusal":{text}}}"#), chunks);
            }
            ("response.reasoning_summary_text.delta" | "response.reasoning_text.delta", Some(text)) => {
                self.thought = true;
                self.delta(&format!(r#"{{"reasoning_content":{text}}}"#), chunks);
            }
            ("response.reasoning_summary_part.added", _) if self.thought => {
                self.delta(r#"{"reasoning_content":"\n\n"}"#, chunks);
            }
            ("response.function_call_arguments.delta", Some(arguments)) => {
                self.arguments(place, arguments, chunks);
            }
            ("response.output_item.added", _) => {
                if let Some(item) = item() {
                    self.added(place, &item, chunks);
                }
            }
            ("response.output_item.done", _) => {
                if let Some(item) = item() {
                    self.done(place, &item, chunks);
                }
            }
            ("response.completed" | "response.incomplete", _) => return self.ends(&event, chunks),
            ("response.failed" | "response.cancelled", _) => return Heard::Failed(failed(&event)),
            ("error", _) => {
                let error = event.value("error").filter(|error| says_something(error));
                let whole = error.map_or_else(|| said(&event), str::to_owned);
                return Heard::Failed(openai::error::inside_success(&whole));
            }
            // Those of a provider's own tools, and of what is only said again.
            _ => {}
        }
        Heard::Said
    }

    fn end(&mut self, rest: &Bytes, _: &mut Chunks) -> Heard {
        let error = Object::read(rest).ok().and_then(|rest| rest.value("error").map(str::to_owned));
        match error.filter(|error| says_something(error)) {
            Some(error) => Heard::Failed(openai::error::inside_success(&error)),
            None => Heard::Said,
        }
    }
}

fn failed(event: &Object<'_>) -> Failure {
    let response = event.value("response").and_then(json::object);
    match response.as_ref().and_then(|response| response.value("error")).filter(|error| says_something(error))
    {
        Some(error) => openai::error::inside_success(error),
        None => Failure::new(Class::Server, "the response failed"),
    }
}

/// An error that lies flat in its event.
fn said(event: &Object<'_>) -> String {
    let mut error = json::Writer::object();
    for name in ["code", "message", "param"] {
        error.maybe(name, event.value(name));
    }
    error.finish()
}

#[cfg(test)]
mod tests;
