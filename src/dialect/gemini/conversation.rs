//! The conversation: messages become contents.
//!
//! 1. What the system says goes apart, wherever it stood.
//! 2. Messages of one speaker in a row are one content; the results of one turn's calls are one content too, in the
//!    order of the calls, for Gemini finds them by it.
//! 3. A result bears its function's name, which is looked up by the id of the call.
//! 4. A call goes back with Google's own signature or, where the model insists on one, with the word for a lost one.
//!    What another vendor signed is not looked at.

use crate::dialect::asked::{note, unheard};
use crate::dialect::unsayable;
use crate::failure::Failure;
use crate::json::{self, Elements, Object, Writer, filled, inside, quoted, text};
use crate::search;
use crate::words::{Pairs, pairs};

use super::UNSIGNED;
use super::models::Rules;

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
    ///
    /// # Errors
    /// What cannot be read, and where it stands: nothing that was said is lost silently.
    pub(super) fn read(
        messages: Elements<'_>,
        rules: &Rules,
        notes: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let mut conversation = Self::default();
        for (at, message) in messages.enumerate() {
            let read =
                json::object(message).ok_or("is no object, or has a member twice").and_then(|message| {
                    let said = conversation.message(&message, rules, notes);
                    said.ok_or(".content is neither text nor a list of parts that Gemini's models take")
                });
            let wrong = match read {
                Err(why) => why,
                Ok(()) if conversation.is_overlong() => "has more calls, or results, than anybody makes",
                Ok(()) => continue,
            };
            let place = format!("messages[{at}]");
            let blank = if wrong.starts_with('.') { "" } else { " " };
            return Err(unsayable(&place, format!("{place}{blank}{wrong}")));
        }
        if conversation.contents.is_empty() && !conversation.system.is_empty() {
            // Instructions alone are no conversation.
            let system = std::mem::take(&mut conversation.system);
            conversation.say_all(By::User, system);
            note(notes, "the instructions were sent as the user's");
        }
        if conversation.opens_with_call() {
            let part = (usize::MAX, filled(r#"{"text":"$"}"#, &[OPENING]));
            conversation.contents.insert(0, Content { by: By::User, parts: vec![part] });
            note(notes, "added a user message");
        }
        Ok(conversation)
    }

    /// Whether the model calls a function before anybody spoke, which is refused: a conversation that was cut short.
    fn opens_with_call(&self) -> bool {
        let mut first = self.contents.first().into_iter().filter(|first| first.by == By::Model);
        first.any(|first| first.parts.iter().any(|(_, part)| part.starts_with(CALL)))
    }

    /// Each result looks for its call, and for its place among the others.
    fn is_overlong(&self) -> bool {
        let results = self.contents.last().filter(|last| last.by == By::Results);
        self.calls.len() > MOST_CALLS || results.is_some_and(|last| last.parts.len() > MOST_CALLS)
    }

    /// The beginning of an answer, which the model is to carry on.
    pub(super) fn begin_answer(&mut self, said: &str) {
        self.say(By::Model, filled(r#"{"text":$}"#, &[&quoted(said)]));
    }

    /// The user says something more.
    pub(super) fn ask(&mut self, words: &str) {
        self.say(By::User, filled(r#"{"text":$}"#, &[&quoted(words)]));
    }

    /// Whether the model has the last word, and did not call a function with it.
    pub(super) fn ends_with_answer(&self) -> bool {
        self.contents.last().is_some_and(|last| last.by == By::Model) && self.calls.is_empty()
    }

    /// The contents, as a JSON list.
    pub(super) fn contents(&self) -> String {
        let mut out = Writer::list();
        for content in &self.contents {
            let role = if content.by == By::Model { "model" } else { "user" };
            let mut parts = Writer::list();
            for (_, part) in &content.parts {
                parts.element(part);
            }
            out.put(r#"{"role":"$","parts":$}"#, &[role, &parts.finish()]);
        }
        out.finish()
    }

    /// Takes a message; `None`: its content is none.
    fn message(&mut self, message: &Object<'_>, rules: &Rules, notes: &mut Vec<String>) -> Option<()> {
        let role = message.inside("role").unwrap_or("user");
        if !matches!(role, "tool" | "function") {
            unheard("name", message, notes);
        }
        let mut said = parts(message.value("content").unwrap_or("null"), notes)?;
        match role {
            "system" | "developer" => self.system.append(&mut said),
            "assistant" => {
                self.calls.clear();
                self.say_all(By::Model, said);
                self.say_all(By::Model, parts(message.value("refusal").unwrap_or("null"), notes)?);
                self.call(message, rules, notes);
            }
            "tool" | "function" => self.result(message, said, notes),
            _ => self.say_all(By::User, said),
        }
        Some(())
    }

    fn call(&mut self, message: &Object<'_>, rules: &Rules, notes: &mut Vec<String>) {
        let mut is_signed = false;
        for call in message.list("tool_calls").objects() {
            // Google's own signature.
            let signature = call.within("extra_content").within("google").value("thought_signature");
            let signature = signature.filter(|signature| signature.len() > 2);
            is_signed |= signature.is_some();
            // Calls made together are signed once, by the first of them.
            let is_lost = rules.signatures && !is_signed;
            if is_lost {
                note(notes, "a function call was sent unsigned");
            }
            if let Some(function) = call.object("function") {
                let id = call.text("id");
                self.function_call(id, &function, signature.or(is_lost.then_some(UNSIGNED)), notes);
            }
        }
        if let Some(function) = message.object("function_call") {
            self.function_call(String::new(), &function, rules.signatures.then_some(UNSIGNED), notes);
        }
    }

    fn function_call(
        &mut self,
        id: String,
        function: &Object<'_>,
        signature: Option<&str>,
        notes: &mut Vec<String>,
    ) {
        let name = function.value("name").unwrap_or("\"\"");
        let arguments = function.value("arguments").unwrap_or("\"\"");
        let args = match text(arguments) {
            Some(args) if args.trim().is_empty() => "{}".to_owned(),
            Some(args) if json::object(&args).is_some() => args,
            _ => {
                note(notes, "arguments that are no JSON object were wrapped");
                filled(r#"{"arguments":$}"#, &[arguments])
            }
        };
        let mut part = Writer::object();
        part.fill("functionCall", r#"{"name":$,"args":$}"#, &[name, &args]);
        part.maybe("thoughtSignature", signature);
        self.say(By::Model, part.finish());
        self.calls.push((id, name.to_owned()));
    }

    fn result(&mut self, message: &Object<'_>, content: Vec<String>, notes: &mut Vec<String>) {
        let id = message.text("tool_call_id");
        let own = message.value("name").unwrap_or("\"\"");
        let place = self.calls.iter().position(
            |(known, name)| {
                if id.is_empty() { name == own } else { *known == id }
            },
        );
        let name = match place.and_then(|place| self.calls.get(place)) {
            Some((_, name)) => name.clone(),
            None => {
                note(notes, "a result was sent whose call is not in the conversation");
                if own == "\"\"" { quoted(&id) } else { own.to_owned() }
            }
        };
        // What is no text goes beside the result.
        let (mut said, mut others) = (String::new(), Vec::new());
        for part in content {
            let text = part.strip_prefix(TEXT).and_then(|text| inside(text.strip_suffix('}')?));
            match text {
                Some(text) => said.push_str(text),
                None => others.push(part),
            }
        }
        let pattern = r#"{"functionResponse":{"name":$,"response":$}}"#;
        let part = filled(pattern, &[&name, &response(&said)]);
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
                let at = last.parts.partition_point(|(other, _)| *other <= place);
                last.parts.insert(at, (place, part));
            }
            None => self.contents.push(Content { by, parts: vec![(place, part)] }),
        }
    }
}

/// More calls, or results, than any turn has.
const MOST_CALLS: usize = 1_000;

/// How a part of text begins, and a call.
const TEXT: &str = r#"{"text":"#;
const CALL: &str = r#"{"functionCall":"#;

/// What is put before a call that nobody asked for.
const OPENING: &str = "Go on.";

/// What a function gave, as an object: as it is, or wrapped. `said` is the inside of a JSON string.
fn response(said: &str) -> String {
    let json = filled("\"$\"", &[said]);
    let result = match text(&json) {
        // It would look for what is referred to among the files.
        Some(text) if search::contains(&text, "\"$ref\"") => json,
        Some(text) if text.trim_start().starts_with('{') && json::object(&text).is_some() => {
            return text;
        }
        Some(text) if text.trim_start().starts_with('[') && is_json(&text) => text,
        _ => json,
    };
    filled(r#"{"result":$}"#, &[&result])
}

fn is_json(text: &str) -> bool {
    json::check(text.as_bytes()).is_ok()
}

/// A text, nothing or a list of parts, in Gemini's parts; `None`: it is none of these, or there is something in it that
/// Gemini cannot be shown, such as a file that lies at another vendor. Empty texts are left out: they are refused.
fn parts(content: &str, notes: &mut Vec<String>) -> Option<Vec<String>> {
    if content == "null" || content.starts_with('"') {
        return Some(Vec::from_iter(said(content)));
    }
    let mut parts = Vec::new();
    for item in json::elements(content)? {
        let item = json::object(item)?;
        let kind = item.word("type");
        unheard("detail", &item.within("image_url"), notes);
        let part = match kind {
            "text" | "input_text" | "output_text" | "refusal" => {
                match item.value("text").or_else(|| item.value("refusal")) {
                    Some("\"\"") => continue,
                    text => text.and_then(said),
                }
            }
            "image_url" => by_url(&item, kind, "image/jpeg"),
            "video_url" => by_url(&item, kind, "video/mp4"),
            "file" => file(&item.within(kind)),
            "input_audio" => audio(&item.within(kind)),
            _ => None,
        };
        parts.push(part?);
    }
    Some(parts)
}

fn said(json: &str) -> Option<String> {
    (json.len() > 2 && json.starts_with('"')).then(|| filled("$$}", &[TEXT, json]))
}

/// `{"url": …}` or the URL itself.
fn by_url(item: &Object<'_>, kind: &str, guess: &str) -> Option<String> {
    media(item.within(kind).value("url").or_else(|| item.value(kind))?, guess)
}

fn file(file: &Object<'_>) -> Option<String> {
    let data = ["file_data", "file_url", "file_id"].iter().find_map(|name| file.value(name))?;
    media(data, "application/pdf")
}

fn audio(audio: &Object<'_>) -> Option<String> {
    let format = audio.inside("format").unwrap_or("wav");
    inline(&format!("audio/{format}"), audio.inside("data")?)
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
    let ending = search::after_last(path, b'.');
    let kind = KINDS.get(&ending.to_ascii_lowercase()).unwrap_or(guess);
    Some(filled(r#"{"fileData":{"fileUri":$,"mimeType":"$"}}"#, &[&quoted(url), kind]))
}

/// Base64 needs no escapes; what does is none.
fn inline(kind: &str, data: &str) -> Option<String> {
    json::is_plain(data)
        .then(|| filled(r#"{"inlineData":{"mimeType":$,"data":"$"}}"#, &[&quoted(kind), data]))
}

/// What the ending of a file's name says.
const KINDS: Pairs = pairs![
    "png" => "image/png",
    "jpg" => "image/jpeg",
    "jpeg" => "image/jpeg",
    "webp" => "image/webp",
    "heic" => "image/heic",
    "gif" => "image/gif",
    "pdf" => "application/pdf",
    "txt" => "text/plain",
    "mp3" => "audio/mp3",
    "wav" => "audio/wav",
    "mp4" => "video/mp4",
    "webm" => "video/webm",
];
