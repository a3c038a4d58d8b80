//! A recording, and what its vendor's SDK read from it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::heard::{Heard, Tool};

/// The folders, and the dialects as a configuration calls them.
const FOLDERS: [(&str, &str); 4] = [
    ("openai-chat", "openai"),
    ("anthropic-messages", "anthropic"),
    ("gemini-generate", "gemini"),
    ("openai-responses", "responses"),
];

/// One exchange with a provider.
pub(crate) struct Recording {
    pub(crate) id: String,
    pub(crate) dialect: &'static str,
    /// As the catalogue calls it, if it does.
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) streamed: bool,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) expect: Expectation,
    /// Why the case is unusual, if it is.
    pub(crate) exotic: Option<String>,
}

/// What the caller is to get.
pub(crate) struct Expectation {
    text: String,
    reasoning: String,
    pub(crate) tools: Vec<Tool>,
    finish: Option<String>,
    usage: Option<Value>,
    error: bool,
}

/// Every recording in the folder.
pub(crate) fn all(folder: &Path) -> Vec<Recording> {
    let mut all = Vec::new();
    for (name, dialect) in FOLDERS {
        let files = fs::read_dir(folder.join(name)).into_iter().flatten();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "json"));
        files.sort();
        all.extend(files.iter().map(|file| read(file, dialect)));
    }
    all
}

fn read(file: &Path, dialect: &'static str) -> Recording {
    let json: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let (response, expect) = (&json["response"], &json["expect"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let headers = response["headers"].as_object().into_iter().flatten();
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.clone(), text(value))).collect();
    let streamed = json["features"]["stream"] == true;
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        let kind = if streamed { "text/event-stream" } else { "application/json" };
        headers.push(("content-type".into(), kind.into()));
    }
    let provider = match json["provider"].as_str().unwrap() {
        "cloudflare" => "workers-ai",
        name => name,
    };
    let model = text(&json["model"]);
    Recording {
        id: text(&json["id"]),
        dialect,
        provider: provider.into(),
        model: if model.is_empty() { "model".into() } else { model },
        streamed,
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        headers,
        body: fs::read(file.with_extension("body")).unwrap(),
        expect: Expectation {
            text: text(&expect["text"]),
            reasoning: text(&expect["reasoning"]),
            tools: expect["tool_calls"].as_array().into_iter().flatten().map(tool).collect(),
            finish: expect["finish"].as_str().map(str::to_owned),
            usage: Some(expect["usage"].clone()).filter(Value::is_object),
            error: expect["error"].is_object(),
        },
        exotic: Some(&json["exotic"]).filter(|why| !why.is_null()).map(Value::to_string),
    }
}

fn tool(call: &Value) -> Tool {
    let name = call["name"].as_str().unwrap_or_default().to_owned();
    // What is no JSON is written down as it came.
    let arguments = call["args"].get("__raw__").unwrap_or(&call["args"]).clone();
    Tool { name, arguments }
}

impl Recording {
    fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(words)
    }

    /// What the model thought. Mistral's SDK leaves the thoughts in the list that it came in.
    fn reasoning(&self) -> String {
        let mut said = self.expect.reasoning.clone();
        if said.is_empty() && self.provider == "mistral" {
            let body = String::from_utf8_lossy(&self.body);
            let lines = body.lines().filter_map(|line| line.strip_prefix("data:"));
            let bodies: Vec<&str> = if self.streamed { lines.collect() } else { vec![&body] };
            for json in bodies.iter().filter_map(|body| serde_json::from_str::<Value>(body).ok()) {
                for place in ["message", "delta"] {
                    let parts = json["choices"][0][place]["content"].as_array().into_iter().flatten();
                    let thoughts = parts.flat_map(|part| part["thinking"].as_array().into_iter().flatten());
                    said.extend(thoughts.filter_map(|thought| thought["text"].as_str()));
                }
            }
        }
        said
    }

    /// The last count of reasoning in the body.
    fn reasoning_tokens(&self) -> u64 {
        let body = String::from_utf8_lossy(&self.body);
        let (_, count) = body.rsplit_once("\"reasoning_tokens\":").unwrap_or_default();
        let digits: String = count.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or_default()
    }

    /// The classes that a refusal may have: one, but for a page of HTML at a wrong address.
    fn classes(&self) -> &'static [&'static str] {
        match self.status {
            200 => &["bad_output"],
            401 | 403 => &["auth"],
            404 if self.body.starts_with(b"<") => &["not_found", "invalid_request", "bad_output"],
            404 => &["not_found"],
            429 => &["rate_limit"],
            _ if self.says("credit balance") => &["quota"],
            _ if self.says("API key not valid") || self.says("Incorrect API key") => &["auth"],
            _ if self.says("available context size") => &["context_length"],
            _ if self.says("model_not_found") || self.says("invalid_model") => &["not_found"],
            _ => &["invalid_request"],
        }
    }
}

impl Expectation {
    /// Why what was heard is not what was to be heard.
    pub(crate) fn compare(&self, recording: &Recording, heard: &Heard) -> Result<(), String> {
        heard.is_well_formed()?;
        if recording.exotic.is_some() {
            return Ok(());
        }
        if self.error {
            return self.compare_error(recording, heard);
        }
        if let Some(error) = &heard.error {
            return Err(format!("an error came: {error}"));
        }
        same("the text", &self.text, &heard.text)?;
        // What was read of Responses says nothing of thoughts, which their SDK leaves in the items.
        if recording.dialect != "responses" || !self.reasoning.is_empty() {
            same("the reasoning", &recording.reasoning(), &heard.reasoning)?;
        }
        same("the tool calls", &self.tools, &heard.tools)?;
        same("why it ended", &self.finish(), &heard.finish)?;
        self.compare_usage(recording, heard)
    }

    fn compare_error(&self, recording: &Recording, heard: &Heard) -> Result<(), String> {
        if heard.error.is_none() {
            return Err("no error came".into());
        }
        let classes = recording.classes();
        let is_known = |class: &String| classes.contains(&class.as_str());
        match &heard.class {
            Some(class) if is_known(class) => Ok(()),
            other => Err(format!("the class was to be {}, and is {other:?}", classes.join(" or "))),
        }
    }

    /// In OpenAI's words: the SDKs have more of them.
    fn finish(&self) -> Option<String> {
        let word = match self.finish.as_deref()? {
            "completed" if self.tools.is_empty() => "stop",
            "completed" => "tool_calls",
            known => known,
        };
        Some(word.to_owned())
    }

    fn compare_usage(&self, recording: &Recording, heard: &Heard) -> Result<(), String> {
        let Some(usage) = &self.usage else { return Ok(()) };
        let one_of = |of: &str, heard: u64, fields: [&str; 2]| {
            let expected = fields.iter().filter_map(|field| usage[*field].as_u64());
            // xAI's answer is counted without its reasoning, says wire-facts, and OpenAI's with it.
            let beside = if of == "answer" && recording.provider == "xai" && recording.dialect == "openai" {
                recording.reasoning_tokens()
            } else {
                0
            };
            let expected: Vec<u64> = expected.map(|count| count + beside).collect();
            if expected.is_empty() || expected.contains(&heard) {
                return Ok(());
            }
            Err(format!("{of} tokens: expected {expected:?}, heard {heard}"))
        };
        let (prompt, answer) = heard.usage.unwrap_or_default();
        one_of("prompt", prompt, ["in", "in_alt"])?;
        one_of("answer", answer, ["out", "out_alt"])
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, heard: &T) -> Result<(), String> {
    if expected == heard {
        return Ok(());
    }
    Err(format!("{what}: expected {}, heard {}", short(expected), short(heard)))
}

fn short(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 300 { text } else { text.chars().take(300).chain("…".chars()).collect() }
}
