//! The conversation: messages become contents.
//!
//! 1. What the system says goes apart, wherever it stood.
//! 2. Messages of one speaker in a row are one content; the results of one turn's calls are one content too, in the
//!    order of the calls, for Gemini finds them by it.
//! 3. A result bears its function's name, which is looked up by the id of the call.
//! 4. A call goes back with Google's own signature or, where the model insists on one, with the word for a lost one.
//!    What another vendor signed is not looked at.

use crate::json::{self, Object, inside, quoted, text};
use crate::search;

use super::models::Rules;
use super::{UNSIGNED, items};

/// What the model is sent to read.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// What the system says: parts, as JSON texts.
    pub(super) system: Vec<String>,
    contents: Vec<Content>,
    /// The calls of the last turn that made some: their ids, and the names of their functions as JSON texts.
    calls: Vec<(String, String)>,
}

#[derive(Debug)]
struct Content {
    by: By,
    /// Each with its place among the results of a turn.
    parts: Vec<(usize, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    User,
    Model,
    /// What functions gave.
    Results,
}

impl Conversation {
    /// Reads the messages of a chat. What had to be left out is noted.
    pub(super) fn read(messages: &str, rules: &Rules, notes: &mut Vec<String>) -> Self {
        let mut conversation = Self::default();
        for message in items(messages) {
            if let Some(message) = json::object(message) {
                conversation.message(&message, rules, notes);
            }
        }
        if conversation.contents.is_empty() && !conversation.system.is_empty() {
            // Instructions alone are no conversation.
            let system = std::mem::take(&mut conversation.system);
            conversation.say_all(By::User, system);
            notes.push("the instructions were sent as the user's".into());
        }
        conversation
    }

    /// The beginning of an answer, which the model is to carry on.
    pub(super) fn begin_answer(&mut self, said: &str) {
        self.say(By::Model, format!(r#"{{"text":{}}}"#, quoted(said)));
    }

    /// The user says something more.
    pub(super) fn ask(&mut self, words: &str) {
        self.say(By::User, format!(r#"{{"text":{}}}"#, quoted(words)));
    }

    /// Whether the model has the last word, and did not call a function with it.
    pub(super) fn ends_with_answer(&self) -> bool {
        self.contents.last().is_some_and(|last| last.by == By::Model) && self.calls.is_empty()
    }

    /// The contents, as a JSON list.
    pub(super) fn contents(&self) -> String {
        let mut out = String::from("[");
        for content in &self.contents {
            let role = if content.by == By::Model { "model" } else { "user" };
            let comma = if out.len() > 1 { "," } else { "" };
            out.push_str(comma);
            out.push_str(r#"{"role":""#);
            out.push_str(role);
            out.push_str(r#"","parts":["#);
            for (place, (_, part)) in content.parts.iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "" });
                out.push_str(part);
            }
            out.push_str("]}");
        }
        out.push(']');
        out
    }

    fn message(&mut self, message: &Object<'_>, rules: &Rules, notes: &mut Vec<String>) {
        let content = message.value("content").unwrap_or("null");
        match message.value("role").and_then(inside).unwrap_or("user") {
            "system" | "developer" => self.system.extend(parts(content, notes)),
            "assistant" => {
                self.calls.clear();
                self.say_all(By::Model, parts(content, notes));
                self.say_all(By::Model, parts(message.value("refusal").unwrap_or("null"), notes));
                self.call(message, rules, notes);
            }
            "tool" | "function" => self.result(message, content, notes),
            _ => self.say_all(By::User, parts(content, notes)),
        }
    }

    fn call(&mut self, message: &Object<'_>, rules: &Rules, notes: &mut Vec<String>) {
        let mut is_signed = false;
        for call in message.value("tool_calls").map(items).unwrap_or_default() {
            let Some(call) = json::object(call) else { continue };
            let id = call.value("id").and_then(text).unwrap_or_default();
            let signature = signature(&call);
            is_signed |= signature.is_some();
            // Calls made together are signed once, by the first of them.
            let is_lost = rules.signatures && !is_signed;
            if is_lost {
                note(notes, "a function call was sent unsigned");
            }
            let signature = signature.or_else(|| is_lost.then(|| UNSIGNED.to_owned()));
            if let Some(function) = call.value("function") {
                self.function_call(id, function, signature, notes);
            }
        }
        if let Some(function) = message.value("function_call") {
            let signature = rules.signatures.then(|| UNSIGNED.to_owned());
            self.function_call(String::new(), function, signature, notes);
        }
    }

    fn function_call(
        &mut self,
        id: String,
        function: &str,
        signature: Option<String>,
        notes: &mut Vec<String>,
    ) {
        let Some(function) = json::object(function) else { return };
        let name = function.value("name").unwrap_or("\"\"");
        let arguments = function.value("arguments").unwrap_or("\"\"");
        let args = match text(arguments) {
            Some(args) if args.trim().is_empty() => "{}".to_owned(),
            Some(args) if json::object(&args).is_some() => args,
            _ => {
                note(notes, "arguments that are no JSON object were wrapped");
                format!(r#"{{"arguments":{arguments}}}"#)
            }
        };
        let signature =
            signature.map(|signature| format!(r#","thoughtSignature":{signature}"#)).unwrap_or_default();
        self.say(By::Model, format!(r#"{{"functionCall":{{"name":{name},"args":{args}}}{signature}}}"#));
        self.calls.push((id, name.to_owned()));
    }

    fn result(&mut self, message: &Object<'_>, content: &str, notes: &mut Vec<String>) {
        let id = message.value("tool_call_id").and_then(text).unwrap_or_default();
        let own = message.value("name").unwrap_or("\"\"");
        let place = self.calls.iter().position(
            |(known, name)| {
                if id.is_empty() { name == own } else { *known == id }
            },
        );
        let name = place.and_then(|place| self.calls.get(place)).map(|(_, name)| name.clone());
        let name = name.unwrap_or_else(|| {
            note(notes, "a result was sent whose call is not in the conversation");
            if own == "\"\"" { quoted(&id) } else { own.to_owned() }
        });
        // What is no text goes beside the result.
        let (said, others): (Vec<String>, Vec<String>) =
            parts(content, notes).into_iter().partition(|part| part.starts_with(TEXT));
        let said: String =
            said.iter().filter_map(|part| inside(part.strip_prefix(TEXT)?.strip_suffix('}')?)).collect();
        let response = response(&said);
        let part = format!(r#"{{"functionResponse":{{"name":{name},"response":{response}}}}}"#);
        self.place(By::Results, place.unwrap_or(usize::MAX), part);
        for part in others {
            self.place(By::Results, usize::MAX, part);
        }
    }

    fn say_all(&mut self, by: By, parts: Vec<String>) {
        for part in parts {
            self.say(by, part);
        }
    }

    fn say(&mut self, by: By, part: String) {
        self.place(by, usize::MAX, part);
    }

    fn place(&mut self, by: By, place: usize, part: String) {
        match self.contents.last_mut().filter(|last| last.by == by) {
            Some(last) if place == usize::MAX => last.parts.push((place, part)),
            Some(last) => {
                let at = last.parts.iter().position(|(other, _)| *other > place).unwrap_or(last.parts.len());
                last.parts.insert(at, (place, part));
            }
            None => self.contents.push(Content { by, parts: vec![(place, part)] }),
        }
    }
}

/// How a part of text begins.
const TEXT: &str = r#"{"text":"#;

fn note(notes: &mut Vec<String>, words: &str) {
    if !notes.iter().any(|known| known == words) {
        notes.push(words.to_owned());
    }
}

/// What a function gave, as an object: as it is, or wrapped. `said` is the inside of a JSON string.
fn response(said: &str) -> String {
    let json = format!("\"{said}\"");
    let result = match text(&json) {
        Some(text) if text.trim_start().starts_with('{') && json::object(&text).is_some() => {
            return text;
        }
        Some(text) if text.trim_start().starts_with('[') && is_json(&text) => text,
        _ => json,
    };
    format!(r#"{{"result":{result}}}"#)
}

fn is_json(text: &str) -> bool {
    json::check(text.as_bytes()).is_ok()
}

/// Google's own signature of a call, as JSON text.
fn signature(call: &Object<'_>) -> Option<String> {
    let extra = json::object(call.value("extra_content")?)?;
    let google = json::object(extra.value("google")?)?;
    google.value("thought_signature").filter(|signature| signature.len() > 2).map(str::to_owned)
}

/// A text or a list of parts, in Gemini's parts. Empty texts are left out: they are refused.
fn parts(content: &str, notes: &mut Vec<String>) -> Vec<String> {
    let text = |json: &str| (json.len() > 2 && json.starts_with('"')).then(|| format!("{TEXT}{json}}}"));
    if !content.starts_with('[') {
        return text(content).into_iter().collect();
    }
    let mut parts = Vec::new();
    for item in items(content) {
        let Some(item) = json::object(item) else { continue };
        let kind = item.value("type").and_then(inside).unwrap_or_default();
        let part = match kind {
            "text" | "input_text" | "output_text" | "refusal" => {
                match item.value("text").or_else(|| item.value("refusal")) {
                    Some("\"\"") => continue,
                    said => said.and_then(text),
                }
            }
            "image_url" => item.value(kind).and_then(|image| by_url(image, "image/jpeg")),
            "video_url" => item.value(kind).and_then(|video| by_url(video, "video/mp4")),
            "file" => item.value(kind).and_then(file),
            "input_audio" => item.value(kind).and_then(audio),
            _ => None,
        };
        match part {
            Some(part) => parts.push(part),
            None => note(notes, &format!("dropped a part of type {kind}")),
        }
    }
    parts
}

/// `{"url": …}` or the URL itself.
fn by_url(json: &str, guess: &str) -> Option<String> {
    let object = json::object(json);
    let url = object.as_ref().and_then(|object| object.value("url")).unwrap_or(json);
    media(url, guess)
}

fn file(json: &str) -> Option<String> {
    let file = json::object(json)?;
    let data =
        file.value("file_data").or_else(|| file.value("file_url")).or_else(|| file.value("file_id"))?;
    media(data, "application/pdf")
}

fn audio(json: &str) -> Option<String> {
    let audio = json::object(json)?;
    let format = audio.value("format").and_then(inside).unwrap_or("wav");
    inline(&format!("audio/{format}"), inside(audio.value("data")?)?)
}

/// A data URL goes along; what lies elsewhere is fetched by Google.
fn media(url: &str, guess: &str) -> Option<String> {
    // Some write every slash as `\/`.
    let unescaped = if url.contains('\\') { text(url)? } else { String::new() };
    let url = if unescaped.is_empty() { inside(url)? } else { &unescaped };
    if let Some(data) = url.strip_prefix("data:") {
        let (kind, data) = data.split_once(',')?;
        let kind = kind.strip_suffix(";base64")?;
        let kind = kind.split(';').next().filter(|kind| !kind.is_empty()).unwrap_or(guess);
        return inline(kind, data);
    }
    if !search::contains(url, "://") {
        return None;
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('.').next().unwrap_or_default();
    let known = KINDS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
    let kind = known.map_or(guess, |(_, kind)| *kind);
    Some(format!(r#"{{"fileData":{{"fileUri":{},"mimeType":"{kind}"}}}}"#, quoted(url)))
}

/// Base64 needs no escapes; what does is none.
fn inline(kind: &str, data: &str) -> Option<String> {
    let is_base64 = !data.contains(['"', '\\']);
    is_base64.then(|| format!(r#"{{"inlineData":{{"mimeType":{},"data":"{data}"}}}}"#, quoted(kind)))
}

/// What the ending of a file's name says.
const KINDS: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("gif", "image/gif"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("mp3", "audio/mp3"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
];
