//! The messages of a chat, as Anthropic wants them: the system's words apart, the turns in alternation, what tools
//! answered at the head of the next turn, and no empty text anywhere.
//!
//! Texts, inputs of tools and images are copied as they came, escapes and all.

use super::models::{Rules, takes_thought};
use crate::chat::content;
use crate::chat::thought::ANTHROPIC;
use crate::dialect::asked::{note, unheard};
use crate::dialect::openai::request::CARRY_ON;
use crate::dialect::unsayable;
use crate::failure::Failure;
use crate::json::{self, Object, Writer, fill, filled, quoted};
use crate::search;

/// A conversation on its way into a request.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    system: Vec<Block>,
    turns: Vec<Turn>,
    /// How many calls there were in OpenAI's first words for one, which have no id.
    old: usize,
}

#[derive(Debug)]
struct Turn {
    by_user: bool,
    /// What tools answered: it goes first.
    results: Vec<Block>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    kind: Kind,
    /// JSON text, or, of plain text, the inside of a JSON string.
    json: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Plain text.
    Text,
    /// A signed thought.
    Thought,
    ToolUse,
    Other,
}

impl Conversation {
    /// Reads the messages of a chat, for this model.
    ///
    /// # Errors
    /// What cannot be said to this provider, and where it stands.
    pub(super) fn read(messages: &str, model: &str, notes: &mut Vec<String>) -> Result<Self, Failure> {
        let mut read = Self::default();
        let wrong = |place: &str, what: &str| unsayable(place, format!("{place} {what}"));
        let messages = json::elements(messages).ok_or_else(|| wrong("messages", "is no list"))?;
        for (at, message) in messages.enumerate() {
            let place = format!("messages[{at}]");
            let message = json::object(message).ok_or_else(|| wrong(&place, "is no object"))?;
            let role = message.word("role");
            if !["system", "developer", "user", "assistant", "tool", "function"].contains(&role) {
                return Err(wrong(&place, "has a `role` that Anthropic does not know"));
            }
            let mut blocks = Vec::new();
            if !matches!(role, "tool" | "function") {
                unheard("name", &message, notes);
            }
            if role == "assistant" {
                read_thoughts(&message, model, &mut blocks);
            }
            if let Some(said) = content::of(&message) {
                read_content(said, &place, model, &mut blocks, notes)?;
            }
            match role {
                "user" => read.add(true, Vec::new(), blocks),
                "assistant" => {
                    read_calls(&message, &mut blocks, notes);
                    if let Some(function) = message.object("function_call") {
                        read.old += 1;
                        read_call(&function, &read.old_id(), &mut blocks, notes);
                    }
                    read.add(false, Vec::new(), blocks);
                }
                "tool" => read.add(
                    true,
                    vec![tool_result(&tool_id(&message.text("tool_call_id")), &blocks)],
                    Vec::new(),
                ),
                "function" => read.add(true, vec![tool_result(&read.old_id(), &blocks)], Vec::new()),
                _ => read.system.append(&mut blocks),
            }
        }
        Ok(read)
    }

    fn old_id(&self) -> String {
        format!("\"call_{}\"", self.old)
    }

    /// More from that side: in its turn, or in a new one.
    fn add(&mut self, by_user: bool, mut results: Vec<Block>, mut blocks: Vec<Block>) {
        match self.turns.last_mut() {
            Some(turn) if turn.by_user == by_user => {
                turn.results.append(&mut results);
                turn.blocks.append(&mut blocks);
            }
            _ if results.is_empty() && blocks.is_empty() => {}
            _ => self.turns.push(Turn { by_user, results, blocks }),
        }
    }

    /// One more instruction.
    pub(super) fn instruct(&mut self, words: &str) {
        self.system.push(Block::text(&quoted(words)));
    }

    /// Words of one side at the end; they go on where its last words stop.
    pub(super) fn say(&mut self, by_user: bool, words: &str) {
        let said = Block::text(&quoted(words));
        let turn = self.turns.last_mut().filter(|turn| turn.by_user == by_user);
        match turn.and_then(|turn| turn.blocks.last_mut()).filter(|last| last.kind == Kind::Text) {
            Some(text) => text.json.push_str(&said.json),
            None => self.add(by_user, Vec::new(), vec![said]),
        }
    }

    /// Whether the last turn is the beginning of an answer.
    pub(super) fn is_begun(&self) -> bool {
        self.turns.last().is_some_and(|turn| {
            !turn.by_user && turn.blocks.last().is_some_and(|block| block.kind == Kind::Text)
        })
    }

    /// The name of a tool that was called, as JSON text.
    pub(super) fn called(&self) -> Option<&str> {
        let mut blocks = self.turns.iter().flat_map(|turn| &turn.blocks);
        let call = blocks.find(|block| block.kind == Kind::ToolUse)?;
        json::object(&call.json)?.value("name")
    }

    /// Whether the model is in the midst of calling tools, without a thought of its own before the calls: it was
    /// another model then, and one with a budget for thinking refuses that.
    pub(super) fn calls_without_thought(&self) -> bool {
        let last = self.turns.iter().rfind(|turn| !turn.by_user);
        last.is_some_and(|turn| {
            let calls = turn.blocks.iter().any(|block| block.kind == Kind::ToolUse);
            calls && turn.blocks.first().is_some_and(|block| block.kind != Kind::Thought)
        })
    }

    /// Brings it into the form that is taken: it begins with the user, and ends with him or with the beginning of
    /// an answer, that without white space at its end, or, where none is taken, with the wish to carry on.
    pub(super) fn finish(&mut self, prefill: bool, notes: &mut Vec<String>) {
        if self.turns.is_empty() && !self.system.is_empty() {
            note(notes, "sent the system's words as the user's");
            let system = std::mem::take(&mut self.system);
            self.add(true, Vec::new(), system);
        }
        if self.turns.first().is_some_and(|turn| !turn.by_user) {
            note(notes, "put a user message first");
            let blocks = vec![Block::text("\".\"")];
            self.turns.insert(0, Turn { by_user: true, results: Vec::new(), blocks });
        }
        if !self.is_begun() {
            return;
        }
        if !prefill {
            return self.say(true, CARRY_ON);
        }
        if let Some(Turn { blocks, .. }) = self.turns.last_mut()
            && let Some(last) = blocks.last_mut()
            && let Some(whole) = json::text(&filled("\"$\"", &[&last.json]))
        {
            *last = Block::text(&quoted(whole.trim_end()));
            if last.json.is_empty() {
                blocks.pop();
            }
        }
        if self.turns.last().is_some_and(|turn| turn.blocks.is_empty()) {
            self.turns.pop();
        }
    }

    /// The system's words, as JSON text, if there are any.
    pub(super) fn system(&self) -> Option<String> {
        (!self.system.is_empty()).then(|| list(&[&self.system]))
    }

    /// The turns, as JSON text.
    pub(super) fn messages(&self) -> String {
        let mut out = Writer::list();
        for turn in &self.turns {
            let role = if turn.by_user { "user" } else { "assistant" };
            out.put(r#"{"role":"$","content":$}"#, &[role, &list(&[&turn.results, &turn.blocks])]);
        }
        out.finish()
    }
}

impl Block {
    /// Plain text, from a JSON string.
    fn text(json: &str) -> Self {
        Self { kind: Kind::Text, json: json::inside(json).unwrap_or_default().to_owned() }
    }
}

fn list(all: &[&[Block]]) -> String {
    let mut out = Writer::list();
    for block in all.iter().copied().flatten() {
        match block.kind {
            Kind::Text => out.put(r#"{"type":"text","text":"$"}"#, &[&block.json]),
            _ => out.element(&block.json),
        };
    }
    out.finish()
}

/// A content: text, or a list of parts.
fn read_content(
    content: &str,
    place: &str,
    model: &str,
    blocks: &mut Vec<Block>,
    notes: &mut Vec<String>,
) -> Result<(), Failure> {
    if let Some(text) = json::inside(content) {
        if !is_blank(text) {
            blocks.push(Block::text(content));
        }
        return Ok(());
    }
    let wrong = || unsayable(place, format!("{place}.content is neither text nor a list of parts"));
    let parts = json::elements(content).ok_or_else(wrong)?;
    for (at, part) in parts.enumerate() {
        let part = json::object(part).ok_or_else(wrong)?;
        read_part(&part, model, blocks, notes).ok_or_else(|| {
            let place = format!("{place}.content[{at}]");
            let why = format!(
                "{place} is nothing that Anthropic's models take: they take text, images and PDFs, as data or by https"
            );
            unsayable(&place, why)
        })?;
    }
    Ok(())
}

/// Whether a text is mere white space: a block of that is refused.
fn is_blank(text: &str) -> bool {
    let mut rest = text;
    while let Some(shorter) = [" ", r"\n", r"\t", r"\r"].iter().find_map(|blank| rest.strip_prefix(blank)) {
        rest = shorter;
    }
    rest.is_empty()
}

fn read_part(part: &Object<'_>, model: &str, blocks: &mut Vec<Block>, notes: &mut Vec<String>) -> Option<()> {
    let cache = part.value("cache_control");
    let mut json = match part.word("type") {
        kind @ ("text" | "refusal") => {
            let Some(text) =
                part.string(kind).filter(|text| !is_blank(json::inside(text).unwrap_or_default()))
            else {
                return Some(());
            };
            if cache.is_none() {
                blocks.push(Block::text(text));
                return Some(());
            }
            filled(r#"{"type":"text","text":$"#, &[text])
        }
        "image_url" => {
            let image = part.within("image_url");
            unheard("detail", &image, notes);
            media(image.value("url").or(part.value("image_url"))?, "image", model)?
        }
        // OpenRouter's callers put an address there, LiteLLM's into the id.
        "file" => {
            let file = part.within("file");
            media(file.value("file_data").or(file.value("file_id"))?, "document", model)?
        }
        _ => return None,
    };
    let file = part.within("file");
    // An image has none.
    let name = file.said("filename").filter(|_| json.starts_with(r#"{"type":"document""#));
    let title = name.filter(|name| name.starts_with('"') && name.len() <= LONGEST_TITLE);
    if name != title {
        unheard("filename", &file, notes);
    }
    for (name, value) in [("title", title), ("cache_control", cache)] {
        if let Some(value) = value {
            fill(&mut json, r#","$":$"#, &[name, value]);
        }
    }
    json.push('}');
    blocks.push(Block { kind: Kind::Other, json });
    Some(())
}

/// A document's title has up to 500 characters (Anthropic's OpenAPI description, `RequestDocumentBlock`).
const LONGEST_TITLE: usize = 500;

/// An image or a PDF by its address, one of this kind where that does not say what it is: a block that is yet to be closed.
fn media(url: &str, kind: &str, model: &str) -> Option<String> {
    // Some writers escape every slash.
    let unescaped = if url.contains('\\') { Some(quoted(&json::text(url)?)) } else { None };
    let address = json::inside(unescaped.as_deref().unwrap_or(url))?;
    let Some(data) = address.strip_prefix("data:") else {
        // "Only HTTPS URLs are supported."
        let may_be_open = Rules::known(model).is_none();
        let is_web = address.starts_with("https://") || may_be_open && address.starts_with("http://");
        return is_web.then(|| filled(r#"{"type":"$","source":{"type":"url","url":"$"}"#, &[kind, address]));
    };
    let (kind, data) = search::split_once(data, ";base64,")?;
    let kind = kind.split(';').next().unwrap_or_default();
    let block = match kind {
        "application/pdf" => "document",
        _ if kind.starts_with("image/") => "image",
        _ => return None,
    };
    let pattern = r#"{"type":"$","source":{"type":"base64","media_type":"$","data":"$"}"#;
    Some(filled(pattern, &[block, kind, data]))
}

/// What this model takes back of a message's thoughts.
fn read_thoughts(message: &Object<'_>, model: &str, blocks: &mut Vec<Block>) {
    for detail in message.list("reasoning_details") {
        let Some(detail) = json::object(detail).filter(|detail| detail.is("format", ANTHROPIC)) else {
            continue;
        };
        let signature = detail.inside("data").or_else(|| detail.inside("signature")).unwrap_or_default();
        if !takes_thought(model, signature) {
            continue;
        }
        let json = if let Some(data) = detail.string("data") {
            filled(r#"{"type":"redacted_thinking","data":$}"#, &[data])
        } else if let Some(signature) = detail.string("signature") {
            let thought = detail.string("text").unwrap_or("\"\"");
            filled(r#"{"type":"thinking","thinking":$,"signature":$}"#, &[thought, signature])
        } else {
            continue;
        };
        blocks.push(Block { kind: Kind::Thought, json });
    }
}

fn read_calls(message: &Object<'_>, blocks: &mut Vec<Block>, notes: &mut Vec<String>) {
    for call in message.list("tool_calls").objects() {
        read_call(&call.within("function"), &tool_id(&call.text("id")), blocks, notes);
    }
}

fn read_call(function: &Object<'_>, id: &str, blocks: &mut Vec<Block>, notes: &mut Vec<String>) {
    let Some(name) = function.value("name") else { return };
    let arguments = function.text("arguments");
    let input = match arguments.trim() {
        "" => "{}".to_owned(),
        json if json::object(json).is_some() => json.to_owned(),
        other => {
            note(notes, "wrapped arguments that are no JSON object");
            filled(r#"{"arguments":$}"#, &[&quoted(other)])
        }
    };
    let json = filled(r#"{"type":"tool_use","id":$,"name":$,"input":$}"#, &[id, name, &input]);
    blocks.push(Block { kind: Kind::ToolUse, json });
}

fn tool_result(id: &str, blocks: &[Block]) -> Block {
    let content = match blocks {
        [] => String::new(),
        [Block { kind: Kind::Text, json }] => filled(r#","content":"$""#, &[json]),
        blocks => filled(r#","content":$"#, &[&list(&[blocks])]),
    };
    Block { kind: Kind::Other, json: filled(r#"{"type":"tool_result","tool_use_id":$$}"#, &[id, &content]) }
}

/// An id in the letters that are taken: others are written as their numbers, the same ones everywhere.
fn tool_id(id: &str) -> String {
    let mut out = String::from("\"");
    for c in id.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => out.push(c),
            other => out.push_str(&format!("_{:x}", u32::from(other))),
        }
    }
    out.push_str(if id.is_empty() { "_\"" } else { "\"" });
    out
}

#[cfg(test)]
mod tests;
