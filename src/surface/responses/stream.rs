//! A stream: chunks said as `response.created`, items with their parts and deltas, and `response.completed`.
//!
//! The last event repeats the whole answer, so all of it is kept until then. What a provider of this very language
//! said goes out as it came and is followed, for whoever carries on goes on in the item that is open.

use crate::chat::request::{Ask, Form, Own, Renamed};
use crate::json::{self, Object, Writer, filled};
use crate::surface::names;
use crate::surface::voice::{Tongue, event, write};
use crate::text;

use super::{answer, echo, sealed, tools, unsigned};

/// The state machine of one stream.
pub(crate) struct Responses {
    /// What every response repeats of its request.
    echo: String,
    /// The tools that others know otherwise than the caller.
    renamed: Vec<Renamed>,
    /// The number of the next event.
    number: u64,
    said: Said,
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
    finish: String,
    /// How many items there were.
    items: u64,
    /// Those that are complete, in the order of their places.
    output: Vec<(u64, String)>,
    /// The text or thought that is being said.
    open: Option<Item>,
    /// The calls, which may be said side by side, by their places in the chunks.
    calls: Vec<(u64, Item)>,
    /// The provider's own last event, which goes behind the summary.
    last: Vec<u8>,
}

/// An item that is being said.
struct Item {
    kind: Kind,
    id: String,
    index: u64,
    /// The inside of a JSON string: text, thought or arguments.
    text: String,
    /// `call_id` of a call, as JSON text, and the tool that it calls.
    call: Option<(String, Own)>,
    /// What is to come back of a thought, as JSON text.
    encrypted: Option<String>,
    /// Its part has begun.
    part: bool,
    /// What the text cites.
    citations: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Thought,
    Call(Form),
}

impl Tongue for Responses {
    fn pass(&mut self, name: &str, event: &Object<'_>, data: &[u8], out: &mut Vec<u8>) {
        if let Some(number) = event.count("sequence_number") {
            self.number = number.saturating_add(1);
        }
        if matches!(name, "response.completed" | "response.incomplete") {
            // The summary goes before it.
            self.said.last.clear();
            return write(&mut self.said.last, name, data);
        }
        self.said.follow(name, event);
        write(out, name, data);
    }

    fn restarts(&mut self) {
        self.said = Said::default();
    }

    fn starts(&mut self, chunk: &Object<'_>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.said.started, true) {
            return;
        }
        self.said.begin(chunk, "created");
        let response = self.response("in_progress");
        for name in &["response.created", "response.in_progress"] {
            self.event(name, r#""response":$"#, &[&response], out);
        }
    }

    fn costs(&mut self, usage: &str) {
        self.said.usage = answer::usage(usage).or(self.said.usage.take());
    }

    fn delta(&mut self, delta: &Object<'_>, out: &mut Vec<u8>) {
        let thought = delta.said("reasoning_content").or_else(|| delta.said("reasoning"));
        self.tells(Kind::Thought, thought, out);
        for detail in delta.list("reasoning_details") {
            if let Some(encrypted) = answer::encrypted(detail) {
                self.hides(encrypted, out);
            }
        }
        self.tells(Kind::Text, delta.said("content"), out);
        for citation in delta.list("annotations").filter_map(answer::citation) {
            self.cites(citation, out);
        }
        self.tells(Kind::Refusal, delta.said("refusal"), out);
        for call in delta.list("tool_calls").objects() {
            self.calls(&call, out);
        }
    }

    fn finishes(&mut self, why: &str) {
        self.said.finish = why.to_owned();
    }

    fn ends(&mut self, native: bool, out: &mut Vec<u8>) {
        let last = std::mem::take(&mut self.said.last);
        if native && !last.is_empty() {
            out.extend_from_slice(&last);
            return;
        }
        self.closes(out);
        for (_, mut call) in std::mem::take(&mut self.said.calls) {
            // Some models say nothing where a tool takes nothing: clients want an object.
            if call.text.is_empty() {
                call.text.push_str("{}");
            }
            self.done(&call, out);
        }
        let status = answer::status(&self.said.finish);
        let response = self.response(status);
        self.event(&format!("response.{status}"), r#""response":$"#, &[&response], out);
    }

    fn fails(&mut self, error: &str, out: &mut Vec<u8>) {
        let object = json::object(error);
        let of = |name: &str| object.as_ref().and_then(|object| object.value(name)).unwrap_or("null");
        // The SDKs look for an `error` in whatever event.
        let pattern = r#""code":$,"message":$,"param":$,"error":$"#;
        self.event("error", pattern, &[of("code"), of("message"), of("param"), error], out);
    }
}

impl Responses {
    /// What answers this request.
    pub(crate) fn new(ask: &Ask) -> Self {
        Self { echo: echo::echo(ask), renamed: ask.renamed().to_vec(), number: 0, said: Said::default() }
    }

    /// The whole response, as far as it is said.
    fn response(&self, status: &str) -> String {
        let said = &self.said;
        let mut response = answer::head(&said.id, said.created.as_deref(), said.model.as_deref(), status);
        response.member("incomplete_details", answer::incomplete(&said.finish));
        let mut output = Writer::list();
        for (_, item) in &said.output {
            output.element(item);
        }
        response.nest("output", &output).maybe("usage", said.usage.as_deref());
        response.element(&self.echo);
        response.finish()
    }

    /// Says more of a kind, if there is a text of it.
    fn tells(&mut self, kind: Kind, text: Option<&str>, out: &mut Vec<u8>) {
        if let Some(text) = text.filter(|text| json::inside(text).is_some()) {
            self.opens(kind, out);
            self.adds(text, out);
        }
    }

    /// Begins an item of this kind, unless it is what is open.
    fn opens(&mut self, kind: Kind, out: &mut Vec<u8>) {
        if self.said.open.as_ref().is_none_or(|open| open.kind != kind) {
            self.closes(out);
            let item = self.said.item(kind);
            self.added(&item, out);
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
            self.event(begins, r#"$,"part":$"#, &[&item.place(), &item.part("")], out);
        }
        let (name, more) = match item.kind {
            Kind::Text => ("response.output_text.delta", r#","logprobs":[]"#),
            Kind::Refusal => ("response.refusal.delta", ""),
            Kind::Thought | Kind::Call(_) => ("response.reasoning_summary_text.delta", ""),
        };
        self.event(name, r#"$,"delta":$$"#, &[&item.place(), text, more], out);
        item.text.push_str(json::inside(text).unwrap_or_default());
        self.said.open = Some(item);
    }

    /// Where the text that is open has something from.
    fn cites(&mut self, citation: String, out: &mut Vec<u8>) {
        // There may be nothing of it yet.
        if self.said.open.as_ref().is_none_or(|open| open.kind != Kind::Text) {
            self.tells(Kind::Text, Some("\"\""), out);
        }
        let Some(mut item) = self.said.open.take() else { return };
        let values = [&*item.place(), &item.citations.len().to_string(), &citation];
        let name = "response.output_text.annotation.added";
        self.event(name, r#"$,"annotation_index":$,"annotation":$"#, &values, out);
        item.citations.push(citation);
        self.said.open = Some(item);
    }

    /// What is to come back of a thought: with the thought that is open, or by itself.
    fn hides(&mut self, encrypted: String, out: &mut Vec<u8>) {
        let open = self.said.open.as_ref();
        if !open.is_some_and(|open| open.kind == Kind::Thought && open.encrypted.is_none()) {
            self.closes(out);
            self.opens(Kind::Thought, out);
        }
        if let Some(open) = &mut self.said.open {
            open.encrypted = Some(encrypted);
        }
    }

    fn calls(&mut self, call: &Object<'_>, out: &mut Vec<u8>) {
        let place = call.count("index").unwrap_or(0);
        let function = call.within("function");
        if !self.said.calls.iter().any(|(known, _)| *known == place) {
            if let Some(extra) = call.said("extra_content") {
                self.hides(sealed(extra), out);
            }
            self.closes(out);
            let tool = names::own(function.value("name").unwrap_or("\"\""), &self.renamed);
            let mut item = self.said.item(Kind::Call(tool.form));
            let id = call.said("id").map_or_else(|| format!("\"call_{place}\""), str::to_owned);
            item.call = Some((id, tool));
            self.added(&item, out);
            self.said.calls.push((place, item));
        }
        let Some(arguments) = function.said("arguments") else { return };
        let item = self.said.calls.iter_mut().find(|(known, _)| *known == place);
        if let Some((_, item)) = item {
            item.text.push_str(json::inside(arguments).unwrap_or_default());
            // Of another form, they are read when they are whole.
            if item.kind == Kind::Call(Form::Function) {
                let place = item.place();
                let name = "response.function_call_arguments.delta";
                self.event(name, r#"$,"delta":$"#, &[&place, arguments], out);
            }
        }
    }

    fn added(&mut self, item: &Item, out: &mut Vec<u8>) {
        self.whole("response.output_item.added", item, &item.json("in_progress", ""), out);
    }

    fn whole(&mut self, name: &str, item: &Item, json: &str, out: &mut Vec<u8>) {
        self.event(name, r#""output_index":$,"item":$"#, &[&item.index.to_string(), json], out);
    }

    /// Ends what is open, the calls aside.
    fn closes(&mut self, out: &mut Vec<u8>) {
        if let Some(item) = self.said.open.take() {
            self.done(&item, out);
        }
    }

    fn done(&mut self, item: &Item, out: &mut Vec<u8>) {
        let place = item.place();
        let text = item.text.as_str();
        let (name, pattern) = match item.kind {
            Kind::Text => ("response.output_text.done", r#"$,"text":"$","logprobs":[]"#),
            Kind::Refusal => ("response.refusal.done", r#"$,"refusal":"$""#),
            Kind::Thought => ("response.reasoning_summary_text.done", r#"$,"text":"$""#),
            Kind::Call(Form::Function) => ("response.function_call_arguments.done", r#"$,"arguments":"$""#),
            Kind::Call(_) => ("response.custom_tool_call_input.done", r#"$,"input":$"#),
        };
        match (item.kind, &item.call) {
            (Kind::Thought, _) if !item.part => {}
            (Kind::Call(Form::Function), Some((_, tool))) => {
                let named = filled("$,$", &[&place, &tool.name]);
                self.event(name, pattern, &[&named, text], out);
            }
            (Kind::Call(Form::Search), _) => {}
            (Kind::Call(Form::Custom), _) => {
                let input = tools::input(&filled("\"$\"", &[text]));
                let delta = "response.custom_tool_call_input.delta";
                self.event(delta, r#"$,"delta":$"#, &[&place, &input], out);
                self.event(name, pattern, &[&place, &input], out);
            }
            _ => self.event(name, pattern, &[&place, text], out),
        }
        if item.part {
            let ends = if item.kind == Kind::Thought {
                "response.reasoning_summary_part.done"
            } else {
                "response.content_part.done"
            };
            self.event(ends, r#"$,"part":$"#, &[&place, &item.part(text)], out);
        }
        let json = item.json("completed", text);
        self.whole("response.output_item.done", item, &json, out);
        self.said.complete(item.index, json);
    }

    fn event(&mut self, name: &str, pattern: &str, values: &[&str], out: &mut Vec<u8>) {
        let members = filled(pattern, values);
        let number = self.number.to_string();
        self.number = self.number.saturating_add(1);
        event(out, name, r#"{"type":"$","sequence_number":$,$}"#, &[name, &number, &members]);
    }
}

impl Said {
    /// Notes under what name the response speaks.
    fn begin(&mut self, of: &Object<'_>, created: &str) {
        self.id = answer::id(of);
        self.created = of.value(created).map(str::to_owned);
        self.model = of.value("model").map(str::to_owned);
    }

    /// A new item, not yet said.
    fn item(&mut self, kind: Kind) -> Item {
        let index = self.items;
        self.items = index.saturating_add(1);
        let mark = match kind {
            Kind::Text | Kind::Refusal => "msg",
            Kind::Thought => "rs",
            Kind::Call(form) => tools::mark(form),
        };
        Item::new(kind, format!("{mark}_{}_{index}", self.id), index)
    }

    /// Notes an item that is complete, in its place.
    fn complete(&mut self, index: u64, item: String) {
        let at = self.output.partition_point(|(known, _)| *known <= index);
        self.output.insert(at, (index, item));
    }

    /// Notes what an event of the provider's own said.
    fn follow(&mut self, name: &str, event: &Object<'_>) {
        let index = event.count("output_index").unwrap_or(0);
        match name {
            "response.created" | "response.in_progress" => {
                self.started = true;
                self.begin(&event.within("response"), "created_at");
            }
            "response.output_item.added" => {
                self.items = self.items.max(index.saturating_add(1));
                let item = event.within("item");
                let kind = match item.word("type") {
                    "message" => Kind::Text,
                    "reasoning" => Kind::Thought,
                    _ => return,
                };
                self.open = Some(Item::new(kind, item.word("id").to_owned(), index));
            }
            "response.content_part.added" | "response.reasoning_summary_part.added" => {
                if let Some(open) = &mut self.open {
                    open.part = true;
                }
            }
            "response.output_text.delta" | "response.reasoning_summary_text.delta" => {
                if let Some(open) = &mut self.open {
                    open.text.push_str(event.word("delta"));
                }
            }
            "response.output_text.annotation.added" => {
                if let (Some(open), Some(citation)) = (&mut self.open, event.given("annotation")) {
                    open.citations.push(citation.to_owned());
                }
            }
            "response.output_item.done" => {
                self.open = None;
                if let Some(item) = event.value("item") {
                    self.complete(index, item.to_owned());
                }
            }
            _ => {}
        }
    }
}

impl Item {
    fn new(kind: Kind, id: String, index: u64) -> Self {
        Self {
            kind,
            id,
            index,
            text: String::new(),
            call: None,
            encrypted: None,
            part: false,
            citations: Vec::new(),
        }
    }

    /// Where its events belong.
    fn place(&self) -> String {
        let more = match self.kind {
            Kind::Text | Kind::Refusal => r#","content_index":0"#,
            Kind::Thought => r#","summary_index":0"#,
            Kind::Call(_) => "",
        };
        let index = self.index.to_string();
        filled(r#""item_id":"$","output_index":$$"#, &[&self.id, &index, more])
    }

    /// Its only part. `text` is the inside of a JSON string.
    fn part(&self, text: &str) -> String {
        let text = filled("\"$\"", &[text]);
        match self.kind {
            Kind::Thought => filled(answer::SUMMARY, &[&text]),
            Kind::Refusal => filled(answer::REFUSAL, &[&text]),
            Kind::Text | Kind::Call(_) => {
                let citations = text::joined(&self.citations, ",");
                filled(answer::TEXT, &[&text, &filled("[$]", &[&citations])])
            }
        }
    }

    fn json(&self, status: &str, text: &str) -> String {
        let quoted = filled("\"$\"", &[text]);
        let done = status == "completed";
        if let Some((call_id, tool)) = &self.call {
            return tools::called(&self.id, call_id, tool, &quoted, status);
        }
        match self.kind {
            Kind::Thought => {
                let encrypted = self.encrypted.clone().or_else(|| done.then(unsigned));
                answer::reasoning(&self.id, (done && self.part).then_some(&*quoted), encrypted.as_deref())
            }
            _ => {
                let part = if done { self.part(text) } else { String::new() };
                answer::spoken(&self.id, status, &part)
            }
        }
    }
}

#[cfg(test)]
mod tests;
