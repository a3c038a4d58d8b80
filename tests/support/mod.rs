//! What every story begins with: three providers, a gateway in front of them, and a caller, all in virtual time.
//!
//! The providers are `a`, `b` and `c`, each with one key and one model that does not think before it speaks:
//! `a/x`, `b/y` and `c/z`. The route `chain` tries them in that order. A model without a script is healthy
//! and answers "Hello from a/x." A story starts at time 0, and nobody needs any time unless told so.

// Every file of stories uses its own part of this.
#![allow(dead_code)]

pub(crate) mod messages;

use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::{self, Either};
use serde_json::{Value, json};
use steadfast::host::{Headers, Host, Level, Millis};
use steadfast::sim::{Attempt, Behaviour, Given, SimHost, World};
use steadfast::{Door, Gateway, Plan, Request, ResponseBody, Secrets};

/// The keys of the providers, and addresses of webhooks. The simulator answers the first of those as the target
/// `hooks/`.
pub(crate) const SECRETS: [(&str, &str); 7] = [
    ("A_KEY", "sk-first-key-of-a"),
    ("A_KEY_2", "sk-second-key-of-a"),
    ("B_KEY", "sk-key-of-b"),
    ("C_KEY", "sk-key-of-c"),
    ("SHORTENED_KEY", "sk-…4f2a"),
    ("HOOK_URL", "http://hooks.test/services/T0/path-like-a-key"),
    ("ODD_URL", "gopher://odd.test/path-like-a-key"),
];

/// An answer that may break, and what of it comes after its first four words.
pub(crate) const WHOLE: &str = "One two three four five six seven eight nine ten.";
pub(crate) const REST: &str = "five six seven eight nine ten.";

/// A gateway, its providers and its callers.
pub(crate) struct Story {
    pub(crate) host: SimHost,
    pub(crate) gateway: Gateway,
}

/// A story with the ordinary configuration.
pub(crate) fn story() -> Story {
    story_with(json!({}))
}

/// A story in which parts of the configuration are replaced, member by member.
pub(crate) fn story_with(settings: Value) -> Story {
    seeded_story_with(1, settings)
}

/// The same, in another one of the possible worlds.
pub(crate) fn seeded_story_with(seed: u64, settings: Value) -> Story {
    let [a, b, c] = languages();
    let mut config = json!({
        "providers": {
            "a": provider("a", "A_KEY", a),
            "b": provider("b", "B_KEY", b),
            "c": provider("c", "C_KEY", c),
        },
        "models": {
            "a/x": { "reasoning": false },
            "b/y": { "reasoning": false },
            "c/z": { "reasoning": false },
        },
        "routes": { "chain": { "fallback": ["a/x", "b/y", "c/z"] } },
        "stream": { "on_break": "error" },
    });
    merge(&mut config, settings);
    let plan = Plan::from_json(&config.to_string());
    if let Err(errors) = &plan {
        panic!("the configuration of a story is wrong: {errors}");
    }
    let secrets: Secrets = SECRETS.into_iter().collect();
    Story { host: SimHost::seeded(seed), gateway: Gateway::new(plan, secrets, Door::open()) }
}

/// A story in which the first provider speaks that and the others OpenAI's, and what breaks is carried on.
pub(crate) fn first_speaks(dialect: &str) -> Story {
    story_with(json!({
        "providers": { "a": { "dialect": dialect } },
        "stream": { "on_break": "continue" }, "retry": { "retries": 0 },
    }))
}

/// What the providers speak. Everybody speaks OpenAI's, unless the same stories are told again by `crossing.rs`.
fn languages() -> [&'static str; 3] {
    match module_path!() {
        path if path.starts_with("crossing_back") => ["gemini", "anthropic", "openai"],
        path if path.starts_with("crossing") => ["openai", "anthropic", "gemini"],
        _ => ["openai"; 3],
    }
}

/// Whether these providers speak OpenAI's. A story that is about its words, byte by byte, is not told of others.
pub(crate) fn speak_openai<const COUNT: usize>(names: [&str; COUNT]) -> bool {
    let all = ["a", "b", "c"];
    names.iter().all(|name| {
        let place = all.iter().position(|known| known == name).expect("a provider of these stories");
        languages()[place] == "openai"
    })
}

fn provider(name: &str, key: &str, dialect: &str) -> Value {
    let version = if dialect == "anthropic" { "" } else { "/v1" };
    json!({ "dialect": dialect, "base_url": format!("http://{name}.test{version}"), "keys": [key] })
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The catalogue's vendors with their quirks, at simulated addresses, behind the ordinary three.
pub(crate) fn vendors() -> Story {
    let at = |name: &str| json!({ "base_url": format!("http://{name}.test/v1"), "keys": ["A_KEY"] });
    let names =
        ["anthropic", "deepseek", "doubao", "groq", "mistral", "moonshot", "openai", "qwen", "xai", "zhipu"];
    let providers: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), at(name))).collect();
    story_with(json!({ "providers": providers }))
}

/// What that vendor is sent of a request with these fields, and the notes about it.
pub(crate) fn sent(target: &str, fields: Value) -> (Value, Vec<String>) {
    let story = vendors();
    let mut body = hello(target);
    body["steadfast"] = json!({ "trail": true });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = story.chat(&body);
    assert_eq!(answer.status, 200, "{}", answer.raw());
    let notes = answer.json()["steadfast"]["trail"][0]["notes"].clone();
    let notes = notes.as_array().cloned().unwrap_or_default();
    (story.attempts()[0].json(), notes.iter().map(|note| note.as_str().unwrap().to_owned()).collect())
}

pub(crate) fn tools() -> Value {
    let nothing = json!({ "type": "object", "properties": {} });
    json!([{ "type": "function", "function": { "name": "f", "strict": true, "parameters": nothing } }])
}

pub(crate) fn schema() -> Value {
    json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": { "type": "object" } } })
}

pub(crate) fn image() -> Value {
    json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } }] }])
}

/// A request that says hello to a model or a route.
pub(crate) fn hello(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "Hello?" }] })
}

/// The same, streamed.
pub(crate) fn hello_streamed(model: &str) -> Value {
    let mut body = hello(model);
    body["stream"] = json!(true);
    body
}

impl Story {
    /// From now on the target does these, one for each attempt, the last one for ever.
    pub(crate) fn script(&self, target: &str, behaviours: impl IntoIterator<Item = Behaviour>) -> &Self {
        self.host.script(target, behaviours);
        self
    }

    pub(crate) fn world(&self) -> &World {
        self.host.world()
    }

    pub(crate) fn now(&self) -> Millis {
        self.host.now()
    }

    /// Asks for a completion and reads the answer to its end.
    pub(crate) fn chat(&self, body: &Value) -> Answer {
        self.run(self.exchange("POST", "/v1/chat/completions", body.to_string()))
    }

    /// Asks for a completion, a bare hello.
    pub(crate) fn ask(&self, model: &str) -> Answer {
        self.chat(&hello(model))
    }

    /// The same, streamed.
    pub(crate) fn stream(&self, model: &str) -> Answer {
        self.chat(&hello_streamed(model))
    }

    /// Several requests at the same instant.
    pub(crate) fn chat_all(&self, bodies: &[Value]) -> Vec<Answer> {
        let chats = bodies.iter().map(|body| self.exchange("POST", "/v1/chat/completions", body.to_string()));
        self.run(future::join_all(chats))
    }

    /// Sends something to another endpoint.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.run(self.exchange("POST", path, body.to_string()))
    }

    /// Asks for something else.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.run(self.exchange("GET", path, String::new()))
    }

    /// Asks for a completion and leaves after that time, whatever has come by then.
    pub(crate) fn chat_and_leave_after(&self, milliseconds: Millis, body: &Value) {
        let patience = self.world().clock().sleep(milliseconds);
        self.run(async {
            let chat = std::pin::pin!(self.exchange("POST", "/v1/chat/completions", body.to_string()));
            match future::select(chat, patience).await {
                Either::Left(_) => panic!("the answer was there before the caller left"),
                Either::Right(_) => {}
            }
        });
    }

    /// Asks for a stream, reads that many pieces of it, and then reads nothing for a minute.
    pub(crate) fn chat_and_stop_reading_after(&self, pieces: usize, body: &Value) {
        self.run(async {
            let response = self
                .gateway
                .fetch(self.host.handle(), request("POST", "/v1/chat/completions", body.to_string()))
                .await;
            let ResponseBody::Stream(mut stream) = response.body else {
                panic!("an answer in one piece");
            };
            for _ in 0..pieces {
                stream.next().await.expect("one piece more");
            }
            self.host.sleep(60_000).await;
        });
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, milliseconds: Millis) {
        self.world().pass(milliseconds);
    }

    /// Runs what was left running beside the answers; then nothing may be left: no attempt, no timer, no task.
    pub(crate) fn comes_to_rest(&self) {
        self.world().settle().unwrap_or_else(|stuck| panic!("{stuck}"));
        let running: Vec<_> = self.attempts().into_iter().filter(Attempt::is_running).collect();
        assert!(running.is_empty(), "attempts still run: {running:?}");
        assert_eq!(self.world().clock().timers(), 0, "timers are left behind");
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.host.attempts()
    }

    /// The targets in the order in which they were tried.
    pub(crate) fn tried(&self) -> Vec<String> {
        self.host.tried()
    }

    /// The same, each with the time at which it began.
    pub(crate) fn tried_at(&self) -> Vec<(String, Millis)> {
        self.attempts().iter().map(|attempt| (attempt.target(), attempt.started_at)).collect()
    }

    /// The log as one text.
    pub(crate) fn log(&self) -> String {
        let lines: Vec<_> = self.host.log_lines().into_iter().map(|(_, line)| line).collect();
        lines.join("\n")
    }

    /// The lines of the log that somebody should look at.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let lines = self.host.log_lines().into_iter();
        lines.filter(|(level, _)| *level != Level::Info).map(|(_, line)| line).collect()
    }

    async fn exchange(&self, method: &str, path: &str, body: String) -> Answer {
        exchange(&self.gateway, self.host.handle(), method, path, body).await
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.world().run(future).unwrap_or_else(|stuck| panic!("{stuck}"))
    }
}

/// One request and its answer, read to its end.
pub(crate) async fn exchange(
    gateway: &Gateway,
    host: Rc<dyn Host>,
    method: &str,
    path: &str,
    body: String,
) -> Answer {
    let response = gateway.fetch(Rc::clone(&host), request(method, path, body)).await;
    let mut answer = Answer {
        status: response.status,
        headers: response.headers,
        headers_at: host.now(),
        streamed: false,
        pieces: Vec::new(),
        ended_at: 0,
    };
    match response.body {
        ResponseBody::Whole(pieces) => {
            answer.pieces = pieces.into_iter().map(|piece| (host.now(), piece)).collect()
        }
        ResponseBody::Stream(mut stream) => {
            answer.streamed = true;
            while let Some(piece) = stream.next().await {
                answer.pieces.push((host.now(), piece));
            }
        }
    }
    answer.ended_at = host.now();
    answer
}

pub(crate) fn request(method: &str, path: &str, body: String) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Headers::from_iter([("content-type", "application/json")]),
        body: Box::new(Given::whole(body)),
    }
}

/// What the caller saw, and when.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) headers_at: Millis,
    pub(crate) streamed: bool,
    pub(crate) pieces: Vec<(Millis, Bytes)>,
    pub(crate) ended_at: Millis,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.find(name).unwrap_or_default()
    }

    /// Every byte.
    pub(crate) fn raw(&self) -> String {
        let bytes: Vec<u8> = self.pieces.iter().flat_map(|(_, piece)| piece.to_vec()).collect();
        String::from_utf8(bytes).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.raw()).expect("a JSON body")
    }

    /// The data of each event, `[DONE]` included.
    pub(crate) fn data(&self) -> Vec<String> {
        let raw = self.raw();
        raw.lines().filter_map(|line| line.strip_prefix("data: ")).map(str::to_owned).collect()
    }

    /// The events that are JSON.
    pub(crate) fn events(&self) -> Vec<Value> {
        let data = self.data().into_iter().filter(|data| data != "[DONE]");
        data.map(|data| serde_json::from_str(&data).expect("an event of JSON")).collect()
    }

    /// The text of the answer.
    pub(crate) fn text(&self) -> String {
        self.said("content")
    }

    /// The thoughts in it.
    pub(crate) fn thoughts(&self) -> String {
        self.said("reasoning_content")
    }

    fn said(&self, field: &str) -> String {
        let (bodies, place) =
            if self.streamed { (self.events(), "delta") } else { (vec![self.json()], "message") };
        bodies.iter().filter_map(|body| body["choices"][0][place][field].as_str()).collect()
    }

    /// Why it ended, in the words of every chunk that says so.
    pub(crate) fn finishes(&self) -> Vec<String> {
        let bodies = if self.streamed { self.events() } else { vec![self.json()] };
        bodies
            .iter()
            .filter_map(|body| body["choices"][0]["finish_reason"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// The first tool call, put together as the SDKs do.
    pub(crate) fn called(&self) -> Value {
        if !self.streamed {
            return self.json()["choices"][0]["message"]["tool_calls"][0].clone();
        }
        let deltas =
            self.events().into_iter().map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0].clone());
        let pieces: Vec<Value> = deltas.filter(|piece| !piece.is_null()).collect();
        let mut call = pieces[0].clone();
        let arguments = pieces.iter().filter_map(|piece| piece["function"]["arguments"].as_str());
        call["function"]["arguments"] = arguments.collect::<String>().into();
        call.as_object_mut().unwrap().remove("index");
        call
    }

    /// Whether the last event is `[DONE]`.
    pub(crate) fn is_done(&self) -> bool {
        self.data().last().is_some_and(|data| data == "[DONE]")
    }

    /// The error in the body or in an event; null when there is none.
    pub(crate) fn error(&self) -> Value {
        let bodies = if self.streamed { self.events() } else { vec![self.json()] };
        bodies.iter().map(|body| body["error"].clone()).find(|error| !error.is_null()).unwrap_or_default()
    }

    /// When the first text came.
    pub(crate) fn first_text_at(&self) -> Option<Millis> {
        let says = |piece: &Bytes| {
            let text = String::from_utf8_lossy(piece).into_owned();
            let events = text
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
            events.into_iter().any(|event| {
                event["choices"][0]["delta"]["content"].as_str().is_some_and(|said| !said.is_empty())
            })
        };
        self.pieces.iter().find(|(_, piece)| says(piece)).map(|(time, _)| *time)
    }

    /// The trail of the header, without its times and notes: `a/x overloaded 503`.
    pub(crate) fn trail(&self) -> Vec<String> {
        let is_time =
            |word: &&str| word.strip_suffix("ms").is_some_and(|number| number.parse::<Millis>().is_ok());
        let attempts = self.header("x-steadfast-trail").split("; ").filter(|attempt| !attempt.is_empty());
        let plain = |attempt: &'_ str| attempt.split(" (").next().unwrap_or_default().to_owned();
        attempts
            .map(plain)
            .map(|attempt| attempt.split(' ').filter(|word| !is_time(word)).collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The closing comment of a stream: `: steadfast {json}`.
    pub(crate) fn closing(&self) -> Value {
        let raw = self.raw();
        let comment = raw.lines().filter_map(|line| line.strip_prefix(": steadfast {")).next_back();
        comment.map_or(Value::Null, |rest| {
            serde_json::from_str(&format!("{{{rest}")).expect("a comment of JSON")
        })
    }

    /// A plain success: the text of that target, with all the headers that say so.
    pub(crate) fn is_answered_by(&self, target: &str) {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.error(), Value::Null, "{self:?}");
        assert_eq!(self.text(), format!("Hello from {target}."));
        assert_eq!(self.header("x-steadfast-model"), target);
        assert_eq!(self.is_done(), self.streamed);
    }

    /// A stream of all of `WHOLE`, each word once, that reads as one answer whoever carried it on.
    pub(crate) fn is_whole(&self) {
        assert_eq!((self.text().as_str(), self.error()), (WHOLE, Value::Null), "{}", self.raw());
        assert_eq!(self.finishes(), ["stop"], "one finish reason in all");
        assert!(self.is_done());
        let chunks = self.events();
        let name = |chunk: &Value| (chunk["id"].clone(), chunk["model"].clone());
        assert!(chunks.iter().all(|chunk| name(chunk) == name(&chunks[0])), "{}", self.raw());
    }
}

/// An event with the name that its data gives as its type, as Anthropic and Responses send them.
pub(crate) fn event(data: Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())
}
