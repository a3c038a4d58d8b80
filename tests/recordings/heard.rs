//! What a caller hears, read as OpenAI's own SDKs read it.

use serde_json::Value;
use steadfast::host::Headers;

/// An answer, put together.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    status: u16,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) tools: Vec<Tool>,
    pub(crate) finish: Option<String>,
    /// Tokens of the prompt and of the answer.
    pub(crate) usage: Option<(u64, u64)>,
    /// The error object.
    pub(crate) error: Option<Value>,
    /// The class of the last attempt.
    pub(crate) class: Option<String>,
    /// What a strict client would refuse.
    flaws: Vec<String>,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

/// A tool call in the making.
#[derive(Default)]
struct Making {
    id: String,
    name: String,
    arguments: String,
}

impl Heard {
    pub(crate) fn read(status: u16, headers: &Headers, body: &[u8]) -> Self {
        let mut heard = Self { status, ..Self::default() };
        let mut making = Vec::new();
        let text = String::from_utf8_lossy(body);
        let mut trail = headers.find("x-steadfast-trail").unwrap_or_default().to_owned();
        if headers.find("content-type").is_some_and(|kind| kind.contains("event-stream")) {
            if let Some(closing) = text.lines().rfind(|line| line.starts_with(": steadfast {")) {
                let closing: Value =
                    serde_json::from_str(closing.trim_start_matches(": steadfast ")).unwrap();
                trail = trail_of(&closing);
            }
            heard.events(&text, &mut making);
        } else {
            match serde_json::from_str(&text) {
                Ok(json) => heard.body(&json, &mut making),
                Err(error) => heard.flaw(format!("the body is no JSON: {error}")),
            }
        }
        heard.class = class_in(&trail);
        heard.tools = making.into_iter().map(Making::made).collect();
        heard
    }

    /// A caller's SDK could read it.
    pub(crate) fn is_well_formed(&self) -> Result<(), String> {
        match self.flaws.first() {
            Some(flaw) => Err(format!("not well-formed: {flaw}")),
            None if self.error.is_none() && self.status != 200 => Err(format!("a bare {}", self.status)),
            None => Ok(()),
        }
    }

    fn flaw(&mut self, words: impl Into<String>) {
        self.flaws.push(words.into());
    }

    fn body(&mut self, json: &Value, making: &mut Vec<Making>) {
        if json["error"].is_object() {
            return self.error(&json["error"]);
        }
        self.labels(json, "chat.completion");
        self.usage(json);
        let choice = &json["choices"][0];
        let message = &choice["message"];
        if message["role"] != "assistant" {
            self.flaw(format!("`role` is {}", message["role"]));
        }
        self.said(message);
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            if !call["function"]["arguments"].is_string() {
                self.flaw(format!("the arguments of a tool call are {}", call["function"]["arguments"]));
            }
            making.push(Making::default());
            self.tool(call, making.last_mut().unwrap());
        }
        self.finish(choice);
        if self.finish.is_none() {
            self.flaw("no `finish_reason`");
        }
    }

    fn events(&mut self, text: &str, making: &mut Vec<Making>) {
        let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        let done = events.iter().filter(|data| **data == "[DONE]").count();
        for data in events.iter().filter(|data| **data != "[DONE]") {
            match serde_json::from_str::<Value>(data) {
                Ok(json) if json["error"].is_object() => self.error(&json["error"]),
                Ok(json) => self.chunk(&json, making),
                // Half of a surrogate pair is legal, but not to serde_json: JavaScript's clients read it.
                Err(_) => self.flaw(format!("an event is no JSON: {data}")),
            }
        }
        if (done, events.last()) != (1, Some(&"[DONE]")) && self.error.is_none() {
            self.flaw("the stream does not end with one `[DONE]`");
        }
        if done > 0 && self.error.is_some() {
            self.flaw("a failure ends with `[DONE]`");
        }
        if self.error.is_none() && self.finish.is_none() {
            self.flaw("no `finish_reason`");
        }
    }

    fn chunk(&mut self, json: &Value, making: &mut Vec<Making>) {
        self.labels(json, "chat.completion.chunk");
        self.usage(json);
        let Some(choices) = json["choices"].as_array() else { return self.flaw("`choices` is no list") };
        if choices.is_empty() && !json["usage"].is_object() {
            self.flaw("a chunk has neither choices nor usage");
        }
        for choice in choices {
            if !choice["index"].is_u64() {
                self.flaw(format!("`index` of a choice is {}", choice["index"]));
            }
            let delta = &choice["delta"];
            if !delta.is_object() {
                self.flaw(format!("`delta` is {delta}"));
            }
            if !choice["message"].is_null() {
                self.flaw("`message` stands beside `delta`");
            }
            self.said(delta);
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let Some(index) = call["index"].as_u64() else {
                    self.flaw("a tool call has no `index`");
                    continue;
                };
                while making.len() <= index as usize {
                    making.push(Making::default());
                }
                self.tool(call, &mut making[index as usize]);
            }
            self.finish(choice);
        }
    }

    /// What is the same in answers and chunks.
    fn labels(&mut self, json: &Value, object: &str) {
        if json["object"] != object {
            self.flaw(format!("`object` is {}", json["object"]));
        }
        if !json["id"].is_string() {
            self.flaw(format!("`id` is {}", json["id"]));
        }
        if !json["created"].is_u64() {
            self.flaw(format!("`created` is {}", json["created"]));
        }
        let tier = &json["service_tier"];
        if !tier.is_null()
            && !["auto", "default", "flex", "scale", "priority"].iter().any(|known| tier == known)
        {
            self.flaw(format!("`service_tier` is {tier}"));
        }
    }

    fn said(&mut self, message: &Value) {
        for (name, place) in [("content", &mut self.text), ("refusal", &mut String::new())] {
            match &message[name] {
                Value::String(text) => place.push_str(text),
                Value::Null => {}
                other => self.flaws.push(format!("`{name}` is {other}")),
            }
        }
        let thought = ["reasoning_content", "reasoning"].iter().find_map(|name| message[*name].as_str());
        self.reasoning.push_str(thought.unwrap_or_default());
    }

    fn tool(&mut self, call: &Value, making: &mut Making) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, name) = (text(&call["id"]), text(&call["function"]["name"]));
        if making.id.is_empty() && id.is_empty() {
            self.flaw("a tool call begins without an `id`");
        }
        if making.name.is_empty() && name.is_empty() {
            self.flaw("a tool call begins without a name");
        }
        // As the SDK for Python does it: what comes again is added up.
        for (place, new) in [(&mut making.id, id), (&mut making.name, name)] {
            if !place.is_empty() && !new.is_empty() {
                self.flaws.push(format!("a tool call is called {place}, and then {new}"));
            }
            place.push_str(&new);
        }
        making.arguments.push_str(&text(&call["function"]["arguments"]));
    }

    fn finish(&mut self, choice: &Value) {
        let Some(why) = choice["finish_reason"].as_str() else { return };
        if !["stop", "length", "tool_calls", "content_filter", "function_call"].contains(&why) {
            self.flaw(format!("`finish_reason` is {why}"));
        }
        if self.finish.replace(why.to_owned()).is_some() {
            self.flaw("two chunks have a `finish_reason`");
        }
    }

    fn usage(&mut self, json: &Value) {
        let usage = &json["usage"];
        if usage.is_null() {
            return;
        }
        for count in ["prompt_tokens", "completion_tokens", "total_tokens"] {
            if !usage[count].is_u64() {
                self.flaw(format!("`usage.{count}` is {}", usage[count]));
            }
        }
        let count = |of: &str| usage[of].as_u64().unwrap_or_default();
        let counts = (count("prompt_tokens"), count("completion_tokens"));
        if self.usage.replace(counts).is_some() {
            self.flaw("the count stands in two chunks");
        }
    }

    fn error(&mut self, error: &Value) {
        for key in ["message", "type", "param", "code"] {
            if error.get(key).is_none() {
                self.flaw(format!("the error has no `{key}`"));
            }
        }
        self.error = Some(error.clone());
    }
}

impl Making {
    fn made(self) -> Tool {
        let text = if self.arguments.is_empty() { "{}" } else { &self.arguments };
        // Arguments may be broken JSON, as models write them.
        let arguments = serde_json::from_str(text).unwrap_or_else(|_| Value::String(self.arguments.clone()));
        Tool { name: self.name, arguments }
    }
}

fn trail_of(closing: &Value) -> String {
    let trail = closing["trail"].as_array().cloned().unwrap_or_default();
    let told = trail.iter().map(|entry| format!("- {}", entry["outcome"].as_str().unwrap_or_default()));
    told.collect::<Vec<_>>().join("; ")
}

/// `p/m auth 401 0ms; p/m rate_limit 429 0ms` → `rate_limit`.
fn class_in(trail: &str) -> Option<String> {
    trail.split("; ").last()?.split(' ').nth(1).map(str::to_owned)
}
