//! A stream: chunks said as `response.created`, items with their parts and deltas, and `response.completed`.
//!
//! The last event repeats the whole answer, so all of it is kept until then. What a provider of this very language
//! said goes out as it came and is followed, for whoever carries on goes on in the item that is open.

use std::fmt::Write as _;

use crate::chat::request::Ask;
use crate::chat::says_something;
use crate::json::{self, Object, Writer, quoted};
use crate::surface::sse::{self, Line};

use super::{answer, echo, sealed, unsigned};

/// The state machine of one stream.
pub struct Voice {
    /// What every response repeats of its request.
    echo: String,
    /// The provider speaks the caller's own language.
    native: bool,
    /// The number of the next event.
    number: u64,
    said: Said,
    restarts: bool,
}

/// What was said so far.
#[derive(Default)]
struct Said {
    started: bool,
    /// The bare id, from which those of the items are made.
    id: String,
    /// JSON texts.
    created: Option<String>,
    model: Option<String>,
    usage: Option<String>,
    finish: Option<String>,
    /// How many items there were.
    items: u64,
    /// Those that are complete, by their places.
    output: Vec<(u64, String)>,
    /// The text or thought that is being said.
    open: Option<Item>,
    /// The calls, which may be said side by side, by their places in the chunks.
    calls: Vec<(u64, Item)>,
    /// The provider's own last event, which goes behind the summary.
    last: Option<Vec<u8>>,
}

/// An item that is being said.
struct Item {
    kind: Kind,
    id: String,
    index: u64,
    /// The inside of a JSON string: text, thought or arguments.
    text: String,
    /// `call_id` and `name` of a call, as JSON texts.
    call: (String, String),
    /// What is to come back of a thought, as JSON text.
    encrypted: Option<String>,
    /// Its part has begun.
    part: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Thought,
    Call,
}

impl Voice {
    /// A voice that answers this request.
    #[must_use]
    pub fn new(ask: &Ask) -> Self {
        Self { echo: echo::echo(ask), native: false, number: 0, said: Said::default(), restarts: false }
    }
}

impl crate::surface::Voice for Voice {
    fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for line in sse::lines(piece) {
            match line {
                Line::Comment(comment) => {
                    // Another target carries on: not as it would by itself, but as we ask it to.
                    self.native &= !comment.starts_with(b": steadfast continued");
                    out.extend_from_slice(comment);
                    out.extend_from_slice(b"\n\n");
                }
                Line::Name(name) => self.restarts = name == b"steadfast.restart",
                Line::Native(data) => self.pass(data, out),
                Line::Data(data) => self.say(data, out),
                Line::Blank => {}
            }
        }
    }
}

impl Voice {
    /// An event of the provider's, as it came.
    fn pass(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.native = true;
        let Ok(event) = Object::read(data) else { return };
        let Some(name) = event.value("type").and_then(json::inside) else { return };
        if let Some(number) = event.value("sequence_number").and_then(|number| number.parse::<u64>().ok()) {
            self.number = number.saturating_add(1);
        }
        if matches!(name, "response.completed" | "response.incomplete") {
            // The summary goes before it.
            self.said.last = Some(written(name, data));
            return;
        }
        self.said.follow(name, &event);
        out.extend_from_slice(&written(name, data));
    }

    fn say(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if data == b"[DONE]" {
            return self.end(out);
        }
        let Ok(chunk) = Object::read(data) else { return };
        if let Some(error) = chunk.value("error").filter(|error| says_something(error)) {
            return self.fail(error, out);
        }
        if self.restarts {
            self.said = Said::default();
            self.native = false;
            out.extend_from_slice(&written("steadfast.restart", br#"{"type":"steadfast.restart"}"#));
            return;
        }
        if self.native {
            return;
        }
        self.start(&chunk, out);
        if let Some(usage) = chunk.value("usage").and_then(answer::usage) {
            self.said.usage = Some(usage);
        }
        let choices = chunk.value("choices").and_then(json::elements).unwrap_or_default();
        let Some(choice) = choices.first().and_then(|choice| json::object(choice)) else { return };
        if let Some(delta) = choice.value("delta").and_then(json::object) {
            self.delta(&delta, out);
        }
        if let Some(finish) = choice.value("finish_reason").and_then(json::inside) {
            self.said.finish = Some(finish.to_owned());
        }
    }

    fn start(&mut self, chunk: &Object<'_>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.said.started, true) {
            return;
        }
        self.said.id = answer::id(chunk.value("id"));
        self.said.created = chunk.value("created").map(str::to_owned);
        self.said.model = chunk.value("model").map(str::to_owned);
        let response = self.response("in_progress");
        for name in ["response.created", "response.in_progress"] {
            self.event(name, &format!(r#""response":{response}"#), out);
        }
    }

    /// The whole response, as far as it is said.
    fn response(&self, status: &str) -> String {
        let said = &self.said;
        let mut response = answer::head(&said.id, said.created.as_deref(), said.model.as_deref(), status);
        let finish = said.finish.as_deref().unwrap_or_default();
        response.member("incomplete_details", &answer::incomplete(finish));
        let output: Vec<&str> = said.output.iter().map(|(_, item)| item.as_str()).collect();
        response.member("output", &format!("[{}]", output.join(",")));
        response.maybe("usage", said.usage.as_deref());
        let mut text = response.finish();
        text.truncate(text.len().saturating_sub(1));
        format!("{text}{}}}", self.echo)
    }

    fn delta(&mut self, delta: &Object<'_>, out: &mut Vec<u8>) {
        let value = |name: &str| delta.value(name).filter(|value| says_something(value));
        let thought = value("reasoning_content").or_else(|| value("reasoning"));
        for (kind, text) in
            [(Kind::Thought, thought), (Kind::Text, value("content")), (Kind::Refusal, value("refusal"))]
        {
            if let Some(text) = text.filter(|text| json::inside(text).is_some()) {
                self.opens(kind, out);
                self.adds(text, out);
            }
            if kind == Kind::Thought {
                for detail in value("reasoning_details").and_then(json::elements).unwrap_or_default() {
                    if let Some(encrypted) = answer::encrypted(detail) {
                        self.hides(encrypted, out);
                    }
                }
            }
        }
        for call in value("tool_calls").and_then(json::elements).unwrap_or_default() {
            if let Some(call) = json::object(call) {
                self.calls(&call, out);
            }
        }
    }

    /// Begins an item of this kind, unless it is what is open.
    fn opens(&mut self, kind: Kind, out: &mut Vec<u8>) {
        if self.said.open.as_ref().is_none_or(|open| open.kind != kind) {
            self.closes(out);
            let item = self.said.item(kind);
            self.event("response.output_item.added", &item.whole("in_progress", ""), out);
            self.said.open = Some(item);
        }
    }

    /// Adds to the item that is open.
    fn adds(&mut self, text: &str, out: &mut Vec<u8>) {
        let Some(mut item) = self.said.open.take() else { return };
        if !std::mem::replace(&mut item.part, true) {
            let begins = if item.kind == Kind::Thought {
                "response.reasoning_summary_part.added"
            } else {
                "response.content_part.added"
            };
            self.event(begins, &format!(r#"{},"part":{}"#, item.place(), item.part("")), out);
        }
        let (name, more) = match item.kind {
            Kind::Text => ("response.output_text.delta", r#","logprobs":[]"#),
            Kind::Refusal => ("response.refusal.delta", ""),
            Kind::Thought | Kind::Call => ("response.reasoning_summary_text.delta", ""),
        };
        self.event(name, &format!(r#"{},"delta":{text}{more}"#, item.place()), out);
        item.text.push_str(json::inside(text).unwrap_or_default());
        self.said.open = Some(item);
    }

    /// What is to come back of a thought: with the thought that is open, or by itself.
    fn hides(&mut self, encrypted: String, out: &mut Vec<u8>) {
        let is_free = self
            .said
            .open
            .as_ref()
            .is_some_and(|open| open.kind == Kind::Thought && open.encrypted.is_none());
        if !is_free {
            self.closes(out);
            self.opens(Kind::Thought, out);
        }
        if let Some(open) = &mut self.said.open {
            open.encrypted = Some(encrypted);
        }
    }

    fn calls(&mut self, call: &Object<'_>, out: &mut Vec<u8>) {
        let place = call.value("index").and_then(|index| index.parse().ok()).unwrap_or(0);
        let function = call.value("function").and_then(json::object);
        let of = |name: &str| function.as_ref().and_then(|function| function.value(name));
        if !self.said.calls.iter().any(|(known, _)| *known == place) {
            if let Some(extra) = call.value("extra_content").filter(|extra| says_something(extra)) {
                self.hides(sealed(extra), out);
            }
            self.closes(out);
            let mut item = self.said.item(Kind::Call);
            let id = call.value("id").filter(|id| says_something(id));
            let id = id.map_or_else(|| quoted(&format!("call_{place}")), str::to_owned);
            item.call = (id, of("name").unwrap_or("\"\"").to_owned());
            self.event("response.output_item.added", &item.whole("in_progress", ""), out);
            self.said.calls.push((place, item));
        }
        let Some(arguments) = of("arguments").filter(|arguments| says_something(arguments)) else { return };
        let item = self.said.calls.iter_mut().find(|(known, _)| *known == place);
        if let Some((_, item)) = item {
            item.text.push_str(json::inside(arguments).unwrap_or_default());
            let delta = format!(r#"{},"delta":{arguments}"#, item.place());
            self.event("response.function_call_arguments.delta", &delta, out);
        }
    }

    /// Ends what is open, the calls aside.
    fn closes(&mut self, out: &mut Vec<u8>) {
        if let Some(item) = self.said.open.take() {
            self.done(&item, out);
        }
    }

    fn done(&mut self, item: &Item, out: &mut Vec<u8>) {
        let (place, text) = (item.place(), format!("\"{}\"", item.text));
        match item.kind {
            Kind::Text => {
                let more = r#""logprobs":[]"#;
                self.event("response.output_text.done", &format!(r#"{place},"text":{text},{more}"#), out);
            }
            Kind::Refusal => {
                self.event("response.refusal.done", &format!(r#"{place},"refusal":{text}"#), out);
            }
            Kind::Thought if item.part => {
                self.event("response.reasoning_summary_text.done", &format!(r#"{place},"text":{text}"#), out);
            }
            Kind::Thought => {}
            Kind::Call => {
                let done = format!(r#"{place},"name":{},"arguments":{text}"#, item.call.1);
                self.event("response.function_call_arguments.done", &done, out);
            }
        }
        if item.part {
            let ends = if item.kind == Kind::Thought {
                "response.reasoning_summary_part.done"
            } else {
                "response.content_part.done"
            };
            self.event(ends, &format!(r#"{place},"part":{}"#, item.part(&item.text)), out);
        }
        let whole = item.whole("completed", &item.text);
        self.event("response.output_item.done", &whole, out);
        self.said.output.push((item.index, item.json("completed", &item.text)));
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(last) = self.said.last.take().filter(|_| self.native) {
            out.extend_from_slice(&last);
            return;
        }
        self.closes(out);
        for (_, call) in std::mem::take(&mut self.said.calls) {
            self.done(&call, out);
        }
        self.said.output.sort_unstable_by_key(|(index, _)| *index);
        let status = answer::status(self.said.finish.as_deref().unwrap_or_default());
        let response = self.response(status);
        self.event(&format!("response.{status}"), &format!(r#""response":{response}"#), out);
    }

    /// An error, after which nothing comes. `error` is the object in OpenAI's form.
    fn fail(&mut self, error: &str, out: &mut Vec<u8>) {
        let mut said = Writer::object();
        if let Some(error) = json::object(error) {
            for name in ["code", "message", "param"] {
                said.member(name, error.value(name).unwrap_or("null"));
            }
        }
        // The SDKs look for an `error` in whatever event.
        said.member("error", error);
        let said = said.finish();
        self.event("error", said.get(1..said.len().saturating_sub(1)).unwrap_or_default(), out);
    }

    fn event(&mut self, name: &str, members: &str, out: &mut Vec<u8>) {
        let data = format!(r#"{{"type":"{name}","sequence_number":{},{members}}}"#, self.number);
        self.number += 1;
        out.extend_from_slice(&written(name, data.as_bytes()));
    }
}

impl Said {
    /// A new item, not yet said.
    fn item(&mut self, kind: Kind) -> Item {
        let index = self.items;
        self.items += 1;
        let mark = match kind {
            Kind::Text | Kind::Refusal => "msg",
            Kind::Thought => "rs",
            Kind::Call => "fc",
        };
        Item {
            kind,
            id: format!("{mark}_{}_{index}", self.id),
            index,
            text: String::new(),
            call: (String::new(), String::new()),
            encrypted: None,
            part: false,
        }
    }

    /// Notes what an event of the provider's own said.
    fn follow(&mut self, name: &str, event: &Object<'_>) {
        let index = event.value("output_index").and_then(|index| index.parse().ok()).unwrap_or(0);
        match name {
            "response.created" | "response.in_progress" => {
                self.started = true;
                let response = event.value("response").and_then(json::object);
                let of = |name: &str| response.as_ref().and_then(|response| response.value(name));
                self.id = answer::id(of("id"));
                self.created = of("created_at").map(str::to_owned);
                self.model = of("model").map(str::to_owned);
            }
            "response.output_item.added" => {
                self.items = self.items.max(index + 1);
                let item = event.value("item").and_then(json::object);
                let of = |name: &str| item.as_ref().and_then(|item| item.value(name).and_then(json::inside));
                let kind = match of("type") {
                    Some("message") => Kind::Text,
                    Some("reasoning") => Kind::Thought,
                    _ => return,
                };
                let id = of("id").unwrap_or_default().to_owned();
                self.open = Some(Item { id, index, ..self.item(kind) });
                self.items = index + 1;
            }
            "response.content_part.added" | "response.reasoning_summary_part.added" => {
                if let Some(open) = &mut self.open {
                    open.part = true;
                }
            }
            "response.output_text.delta" | "response.reasoning_summary_text.delta" => {
                if let (Some(open), Some(text)) =
                    (&mut self.open, event.value("delta").and_then(json::inside))
                {
                    open.text.push_str(text);
                }
            }
            "response.output_item.done" => {
                self.open = None;
                self.output.extend(event.value("item").map(|item| (index, item.to_owned())));
            }
            _ => {}
        }
    }
}

impl Item {
    /// Where its events belong.
    fn place(&self) -> String {
        let mut place = format!(r#""item_id":{},"output_index":{}"#, quoted(&self.id), self.index);
        let _ = match self.kind {
            Kind::Text | Kind::Refusal => write!(place, r#","content_index":0"#),
            Kind::Thought => write!(place, r#","summary_index":0"#),
            Kind::Call => Ok(()),
        };
        place
    }

    /// Its only part. `text` is the inside of a JSON string.
    fn part(&self, text: &str) -> String {
        let text = format!("\"{text}\"");
        match self.kind {
            Kind::Thought => format!(r#"{{"type":"summary_text","text":{text}}}"#),
            Kind::Refusal => answer::part("refusal", &text),
            Kind::Text | Kind::Call => answer::part("output_text", &text),
        }
    }

    fn json(&self, status: &str, text: &str) -> String {
        let quoted = format!("\"{text}\"");
        let done = status == "completed";
        match self.kind {
            Kind::Call => answer::called(&self.id, &self.call.0, &self.call.1, &quoted, status),
            Kind::Thought => {
                let encrypted = self.encrypted.clone().or_else(|| done.then(unsigned));
                answer::reasoning(&self.id, (done && self.part).then_some(&*quoted), encrypted.as_deref())
            }
            Kind::Text | Kind::Refusal => {
                let parts = if done { format!("[{}]", self.part(text)) } else { "[]".to_owned() };
                answer::spoken(&self.id, status, &parts)
            }
        }
    }

    fn whole(&self, status: &str, text: &str) -> String {
        format!(r#""output_index":{},"item":{}"#, self.index, self.json(status, text))
    }
}

fn written(name: &str, data: &[u8]) -> Vec<u8> {
    let mut event = Vec::with_capacity(name.len() + data.len() + 16);
    event.extend_from_slice(b"event: ");
    event.extend_from_slice(name.as_bytes());
    event.extend_from_slice(b"\ndata: ");
    event.extend_from_slice(data);
    event.extend_from_slice(b"\n\n");
    event
}

#[cfg(test)]
mod tests;
