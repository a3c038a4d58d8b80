//! The messages of a chat, as Anthropic wants them: the system's words apart, the turns in alternation, what tools
//! answered at the head of the next turn, and no empty text anywhere.
//!
//! Texts, inputs of tools and images are copied as they came, escapes and all.

use super::MARK;
use crate::class::Class;
use crate::dialect::openai::request::CARRY_ON;
use crate::failure::Failure;
use crate::json::{self, Object, quoted};
use crate::search;

/// A conversation on its way into a request.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    system: Vec<Block>,
    turns: Vec<Turn>,
}

#[derive(Debug)]
struct Turn {
    by_user: bool,
    /// What tools answered: it goes first.
    results: Vec<Block>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
enum Block {
    /// Plain text: the json::inside of a JSON string.
    Text(String),
    /// A signed thought.
    Thought(String),
    ToolUse(String),
    Other(String),
}

impl Block {
    fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => {
                out.push_str(r#"{"type":"text","text":""#);
                out.push_str(text);
                out.push_str(r#""}"#);
            }
            Self::Thought(json) | Self::ToolUse(json) | Self::Other(json) => out.push_str(json),
        }
    }
}

impl Conversation {
    /// Reads the messages of a chat. `thoughts`: signed ones are sent back.
    ///
    /// # Errors
    /// What cannot be said to this provider, and where it stands.
    pub(super) fn read(messages: &str, thoughts: bool, notes: &mut Vec<String>) -> Result<Self, Failure> {
        let wrong = |place: &str, what: &str| refused(place, format!("{place} {what}"));
        let messages = json::elements(messages).ok_or_else(|| wrong("messages", "is no list"))?;
        let mut conversation = Self::default();
        for (at, message) in messages.into_iter().enumerate() {
            let place = format!("messages[{at}]");
            let message = json::object(message).ok_or_else(|| wrong(&place, "is no object"))?;
            let content = message.value("content").filter(|content| *content != "null");
            let blocks = || content.map_or(Ok(Vec::new()), |content| read_content(content, &place));
            match message.value("role").and_then(json::inside) {
                Some("system" | "developer") => conversation.system.extend(blocks()?),
                Some("user") => conversation.add(true, Vec::new(), blocks()?),
                Some("assistant") => {
                    let mut said = if thoughts { read_thoughts(&message) } else { Vec::new() };
                    said.extend(blocks()?);
                    said.extend(read_calls(&message, notes));
                    conversation.add(false, Vec::new(), said);
                }
                Some("tool") => {
                    let result = tool_result(&message, blocks()?);
                    conversation.add(true, vec![result], Vec::new());
                }
                _ => return Err(wrong(&place, "has a `role` that Anthropic does not know")),
            }
        }
        Ok(conversation)
    }

    /// More from that side: in its turn, or in a new one.
    fn add(&mut self, by_user: bool, results: Vec<Block>, blocks: Vec<Block>) {
        match self.turns.last_mut() {
            Some(turn) if turn.by_user == by_user => {
                turn.results.extend(results);
                turn.blocks.extend(blocks);
            }
            _ if results.is_empty() && blocks.is_empty() => {}
            _ => self.turns.push(Turn { by_user, results, blocks }),
        }
    }

    /// One more instruction.
    pub(super) fn instruct(&mut self, words: &str) {
        self.system.push(Block::Text(json::inside(&quoted(words)).unwrap_or_default().to_owned()));
    }

    /// Words of one side at the end; they go on where its last words stop.
    pub(super) fn say(&mut self, by_user: bool, words: &str) {
        let words = quoted(words);
        let words = json::inside(&words).unwrap_or_default();
        let last = self.turns.last_mut().filter(|turn| turn.by_user == by_user);
        match last.and_then(|turn| turn.blocks.last_mut()) {
            Some(Block::Text(text)) => text.push_str(words),
            _ => self.add(by_user, Vec::new(), vec![Block::Text(words.to_owned())]),
        }
    }

    /// Whether the last turn is the beginning of an answer.
    pub(super) fn is_begun(&self) -> bool {
        self.turns
            .last()
            .is_some_and(|turn| !turn.by_user && matches!(turn.blocks.last(), Some(Block::Text(_))))
    }

    /// Whether the model is in the midst of calling tools, without a thought of its own before the calls: it was
    /// another model then, and one with a budget for thinking refuses that.
    pub(super) fn calls_without_thought(&self) -> bool {
        let last = self.turns.iter().rfind(|turn| !turn.by_user);
        last.is_some_and(|turn| {
            let calls = turn.blocks.iter().any(|block| matches!(block, Block::ToolUse(_)));
            calls && !matches!(turn.blocks.first(), Some(Block::Thought(_)))
        })
    }

    /// Brings it into the form that is taken: it begins with the user, and ends with him or with the beginning of
    /// an answer, that without white space at its end, or, where none is taken, with the wish to carry on.
    pub(super) fn finish(&mut self, prefill: bool, notes: &mut Vec<String>) {
        if self.turns.is_empty() && !self.system.is_empty() {
            notes.push("sent the system's words as the user's".into());
            let system = std::mem::take(&mut self.system);
            self.add(true, Vec::new(), system);
        }
        if self.turns.first().is_some_and(|turn| !turn.by_user) {
            notes.push("put a user message first".into());
            let blocks = vec![Block::Text(".".into())];
            self.turns.insert(0, Turn { by_user: true, results: Vec::new(), blocks });
        }
        if !self.is_begun() {
            return;
        }
        if !prefill {
            return self.say(true, CARRY_ON);
        }
        if let Some(Turn { blocks, .. }) = self.turns.last_mut()
            && let Some(Block::Text(last)) = blocks.last_mut()
            && let Some(whole) = json::text(&format!("\"{last}\""))
        {
            *last = json::inside(&quoted(whole.trim_end())).unwrap_or_default().to_owned();
            blocks.retain(|block| !matches!(block, Block::Text(text) if text.is_empty()));
        }
        self.turns.retain(|turn| !turn.blocks.is_empty() || !turn.results.is_empty());
    }

    /// The system's words, as JSON text, if there are any.
    pub(super) fn system(&self) -> Option<String> {
        (!self.system.is_empty()).then(|| list(self.system.iter()))
    }

    /// The turns, as JSON text.
    pub(super) fn messages(&self) -> String {
        let mut out = String::from("[");
        for turn in &self.turns {
            out.push_str(if out.len() == 1 { "" } else { "," });
            let role = if turn.by_user { "user" } else { "assistant" };
            out.push_str(&format!(r#"{{"role":"{role}","content":"#));
            out.push_str(&list(turn.results.iter().chain(&turn.blocks)));
            out.push('}');
        }
        out.push(']');
        out
    }
}

fn list<'b>(blocks: impl Iterator<Item = &'b Block>) -> String {
    let mut out = String::from("[");
    for block in blocks {
        out.push_str(if out.len() == 1 { "" } else { "," });
        block.write(&mut out);
    }
    out.push(']');
    out
}

fn refused(place: &str, message: String) -> Failure {
    Failure { param: Some(place.to_owned()), ..Failure::new(Class::InvalidRequest, message) }
}

/// A content: text, or a list of parts.
fn read_content(content: &str, place: &str) -> Result<Vec<Block>, Failure> {
    if let Some(text) = json::inside(content) {
        return Ok(written(text).into_iter().collect());
    }
    let wrong = || refused(place, format!("{place}.content is neither text nor a list of parts"));
    let parts = json::elements(content).ok_or_else(wrong)?;
    let mut blocks = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        let place = format!("{place}.content[{at}]");
        let part = json::object(part).ok_or_else(wrong)?;
        blocks.extend(read_part(&part, &place)?);
    }
    Ok(blocks)
}

/// Text that is no mere white space: a block of that is refused.
fn written(text: &str) -> Option<Block> {
    let mut rest = text;
    while let Some(shorter) = [" ", r"\n", r"\t", r"\r"].iter().find_map(|blank| rest.strip_prefix(blank)) {
        rest = shorter;
    }
    (!rest.is_empty()).then(|| Block::Text(text.to_owned()))
}

fn read_part(part: &Object<'_>, place: &str) -> Result<Option<Block>, Failure> {
    let block = match part.value("type").and_then(json::inside) {
        Some(kind @ ("text" | "refusal")) => {
            let block = part.value(kind).and_then(json::inside).and_then(written);
            return Ok(match (block, part.value("cache_control")) {
                (Some(Block::Text(text)), Some(cache)) => Some(Block::Other(format!(
                    r#"{{"type":"text","text":"{text}","cache_control":{cache}}}"#
                ))),
                (block, _) => block,
            });
        }
        Some("image_url") => {
            let image = part.value("image_url").unwrap_or_default();
            let url = json::object(image).and_then(|image| image.value("url"));
            media(url.unwrap_or(image))
        }
        Some("file") => {
            part.value("file").and_then(|file| json::object(file)?.value("file_data")).and_then(media)
        }
        _ => None,
    };
    let cannot = || {
        let message = format!(
            "{place} is nothing that Anthropic's models take: they take text, images and PDFs, as data or by https"
        );
        refused(place, message)
    };
    let block = block.ok_or_else(cannot)?;
    let cache = part.value("cache_control").map(|cache| format!(r#","cache_control":{cache}"#));
    Ok(Some(Block::Other(format!("{{{block}{}}}", cache.unwrap_or_default()))))
}

/// An image or a PDF by its address: the members of a block.
fn media(url: &str) -> Option<String> {
    // Some writers escape every slash.
    let unescaped = url.contains('\\').then(|| json::text(url).map(|url| quoted(&url)));
    let url = unescaped.as_ref().map_or(Some(url), |url| url.as_deref())?;
    let address = json::inside(url)?;
    let Some(data) = address.strip_prefix("data:") else {
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        return is_web.then(|| format!(r#""type":"image","source":{{"type":"url","url":{url}}}"#));
    };
    let (kind, data) = search::split_once(data, ";base64,")?;
    let kind = kind.split(';').next().unwrap_or_default();
    let block = match kind {
        "application/pdf" => "document",
        _ if kind.starts_with("image/") => "image",
        _ => return None,
    };
    Some(format!(r#""type":"{block}","source":{{"type":"base64","media_type":"{kind}","data":"{data}"}}"#))
}

/// What Anthropic signed of a message's thoughts.
fn read_thoughts(message: &Object<'_>) -> Vec<Block> {
    let details = message.value("reasoning_details").unwrap_or_default();
    let details = json::elements(details).unwrap_or_default();
    let block = |detail: &str| {
        let detail = json::object(detail)?;
        if detail.value("format") != Some(MARK) {
            return None;
        }
        if let Some(data) = detail.value("data").filter(|data| json::inside(data).is_some()) {
            return Some(Block::Thought(format!(r#"{{"type":"redacted_thinking","data":{data}}}"#)));
        }
        let signature = detail.value("signature").filter(|signature| json::inside(signature).is_some())?;
        let thought = detail.value("text").filter(|text| json::inside(text).is_some()).unwrap_or("\"\"");
        Some(Block::Thought(format!(r#"{{"type":"thinking","thinking":{thought},"signature":{signature}}}"#)))
    };
    details.into_iter().filter_map(block).collect()
}

fn read_calls(message: &Object<'_>, notes: &mut Vec<String>) -> Vec<Block> {
    let calls = message.value("tool_calls").unwrap_or_default();
    let calls = json::elements(calls).unwrap_or_default();
    let mut call = |call: &str| {
        let call = json::object(call)?;
        let id = tool_id(call.value("id").unwrap_or_default());
        let function = call.value("function")?;
        let function = json::object(function)?;
        let name = function.value("name")?;
        let arguments = function.value("arguments").and_then(json::text).unwrap_or_default();
        let input = match arguments.trim() {
            "" => "{}".to_owned(),
            json if json::object(json).is_some() => json.to_owned(),
            other => {
                notes.push("wrapped arguments that are no JSON object".into());
                format!(r#"{{"arguments":{}}}"#, quoted(other))
            }
        };
        Some(Block::ToolUse(format!(r#"{{"type":"tool_use","id":{id},"name":{name},"input":{input}}}"#)))
    };
    calls.into_iter().filter_map(&mut call).collect()
}

fn tool_result(message: &Object<'_>, blocks: Vec<Block>) -> Block {
    let id = tool_id(message.value("tool_call_id").unwrap_or_default());
    let content = match blocks.as_slice() {
        [] => String::new(),
        [Block::Text(text)] => format!(r#","content":"{text}""#),
        blocks => format!(r#","content":{}"#, list(blocks.iter())),
    };
    Block::Other(format!(r#"{{"type":"tool_result","tool_use_id":{id}{content}}}"#))
}

/// An id in the letters that are taken: others are written as their numbers, the same ones everywhere.
fn tool_id(json: &str) -> String {
    let id = json::text(json).unwrap_or_default();
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
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(messages: Value) -> Conversation {
        Conversation::read(&messages.to_string(), true, &mut Vec::new()).unwrap()
    }

    fn messages(conversation: &Conversation) -> Value {
        serde_json::from_str(&conversation.messages()).unwrap()
    }

    fn finished(messages: Value, prefill: bool) -> (Value, Vec<String>) {
        let mut notes = Vec::new();
        let mut conversation = read(messages);
        conversation.finish(prefill, &mut notes);
        (self::messages(&conversation), notes)
    }

    #[test]
    fn the_systems_words_stand_apart_wherever_they_were_said() {
        let conversation = read(json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Hello?" },
            { "role": "developer", "content": [{ "type": "text", "text": "In French.", "cache_control": { "type": "ephemeral" } }] },
        ]));
        assert_eq!(
            serde_json::from_str::<Value>(&conversation.system().unwrap()).unwrap(),
            json!([
                { "type": "text", "text": "Be brief." },
                { "type": "text", "text": "In French.", "cache_control": { "type": "ephemeral" } },
            ])
        );
        assert_eq!(
            messages(&conversation),
            json!([{ "role": "user", "content": [{ "type": "text", "text": "Hello?" }] }])
        );
        assert_eq!(read(json!([{ "role": "user", "content": "x" }])).system(), None);
    }

    #[test]
    fn results_of_tools_go_together_and_first() {
        let call = |id: &str, arguments: &str| json!({ "id": id, "type": "function", "function": { "name": "look", "arguments": arguments } });
        let conversation = read(json!([
            { "role": "user", "content": "Look." },
            { "role": "assistant", "content": null, "tool_calls": [call("call.1", "{\"a\": 1.50}"), call("", "")] },
            { "role": "user", "content": "Quickly!" },
            { "role": "tool", "tool_call_id": "call.1", "content": "seen" },
            { "role": "tool", "tool_call_id": "", "content": [{ "type": "text", "text": "nothing" }, { "type": "image_url", "image_url": { "url": "https://x.test/a.png" } }] },
        ]));
        assert!(conversation.calls_without_thought());
        assert!(conversation.messages().contains(r#""input":{"a": 1.50}"#), "as it came");
        assert_eq!(
            messages(&conversation),
            json!([
                { "role": "user", "content": [{ "type": "text", "text": "Look." }] },
                { "role": "assistant", "content": [
                    { "type": "tool_use", "id": "call_2e1", "name": "look", "input": { "a": 1.5 } },
                    { "type": "tool_use", "id": "_", "name": "look", "input": {} },
                ] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "call_2e1", "content": "seen" },
                    { "type": "tool_result", "tool_use_id": "_", "content": [
                        { "type": "text", "text": "nothing" },
                        { "type": "image", "source": { "type": "url", "url": "https://x.test/a.png" } },
                    ] },
                    { "type": "text", "text": "Quickly!" },
                ] },
            ])
        );
    }

    #[test]
    fn only_what_anthropic_signed_goes_back() {
        let conversation = read(json!([
            { "role": "user", "content": "?" },
            { "role": "assistant", "content": "Yes.", "reasoning_content": "hm", "reasoning_details": [
                { "type": "reasoning.text", "text": "hm", "signature": "sig", "format": "anthropic-claude-v1", "index": 0 },
                { "type": "reasoning.encrypted", "data": "xyz", "format": "anthropic-claude-v1", "index": 1 },
                { "type": "reasoning.text", "text": "unsigned", "format": "anthropic-claude-v1" },
                { "type": "reasoning.text", "text": "other", "signature": "s", "format": "google-gemini-v1" },
                { "type": "reasoning.text", "text": "unmarked", "signature": "s" },
            ] },
        ]));
        assert_eq!(
            messages(&conversation)[1]["content"],
            json!([
                { "type": "thinking", "thinking": "hm", "signature": "sig" },
                { "type": "redacted_thinking", "data": "xyz" },
                { "type": "text", "text": "Yes." },
            ])
        );
        assert!(!conversation.calls_without_thought());
    }

    #[test]
    fn images_and_pdfs_are_sent_as_data_or_by_their_address() {
        let part = |part: Value| {
            messages(&read(json!([{ "role": "user", "content": [part] }])))[0]["content"][0].clone()
        };
        let image = |url: &str| part(json!({ "type": "image_url", "image_url": { "url": url } }));
        assert_eq!(
            image("data:image/png;base64,iVBO/Rw+="),
            json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "iVBO/Rw+=" } })
        );
        assert_eq!(
            image("https://x.test/a?b")["source"],
            json!({ "type": "url", "url": "https://x.test/a?b" })
        );
        assert_eq!(
            part(
                json!({ "type": "file", "file": { "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE" } })
            ),
            json!({ "type": "document", "source": { "type": "base64", "media_type": "application/pdf", "data": "JVBE" } })
        );
        let escaped = r#"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image\/png;base64,a\/b"}}]}]"#;
        let read = Conversation::read(escaped, true, &mut Vec::new()).unwrap();
        assert!(read.messages().contains(r#""data":"a/b""#));
    }

    #[test]
    fn what_cannot_be_said_is_refused_with_its_place() {
        for (message, place) in [
            (json!("hi"), "messages[0]"),
            (json!({ "role": "oracle", "content": "x" }), "messages[0]"),
            (json!({ "role": "user", "content": 3 }), "messages[0]"),
            (
                json!({ "role": "user", "content": [{ "type": "input_audio", "input_audio": {} }] }),
                "messages[0].content[0]",
            ),
            (
                json!({ "role": "user", "content": [{ "type": "file", "file": { "file_id": "file-1" } }] }),
                "messages[0].content[0]",
            ),
            (
                json!({ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "ftp://x" } }] }),
                "messages[0].content[0]",
            ),
        ] {
            let failure =
                Conversation::read(&json!([message]).to_string(), true, &mut Vec::new()).unwrap_err();
            assert_eq!(
                (failure.class, failure.param.as_deref()),
                (Class::InvalidRequest, Some(place)),
                "{message}"
            );
        }
    }

    #[test]
    fn empty_texts_are_dropped_and_turns_alternate() {
        let (messages, notes) = finished(
            json!([
                { "role": "assistant", "content": "Welcome." },
                { "role": "user", "content": "" },
                { "role": "user", "content": [{ "type": "text", "text": " \n" }, { "type": "text", "text": "One." }] },
                { "role": "user", "content": "Two 🌍." },
            ]),
            true,
        );
        assert_eq!(
            messages,
            json!([
                { "role": "user", "content": [{ "type": "text", "text": "." }] },
                { "role": "assistant", "content": [{ "type": "text", "text": "Welcome." }] },
                { "role": "user", "content": [{ "type": "text", "text": "One." }, { "type": "text", "text": "Two 🌍." }] },
            ])
        );
        assert_eq!(notes, ["put a user message first"]);
        let (messages, _) = finished(json!([{ "role": "system", "content": "Greet." }]), true);
        assert_eq!(messages, json!([{ "role": "user", "content": [{ "type": "text", "text": "Greet." }] }]));
    }

    #[test]
    fn a_begun_answer_is_sent_without_its_last_blanks_or_asked_for_in_words() {
        let begun =
            json!([{ "role": "user", "content": "Count." }, { "role": "assistant", "content": "One, \n" }]);
        let (messages, _) = finished(begun.clone(), true);
        assert_eq!(messages[1]["content"], json!([{ "type": "text", "text": "One," }]));
        let (messages, _) = finished(begun, false);
        assert_eq!(messages[1]["content"], json!([{ "type": "text", "text": "One, \n" }]));
        assert_eq!(messages[2], json!({ "role": "user", "content": [{ "type": "text", "text": CARRY_ON }] }));
    }

    #[test]
    fn half_a_character_goes_through_as_it_came() {
        let messages = r#"[{"role":"user","content":"\ud83c"}]"#;
        let conversation = Conversation::read(messages, true, &mut Vec::new()).unwrap();
        assert_eq!(
            conversation.messages(),
            r#"[{"role":"user","content":[{"type":"text","text":"\ud83c"}]}]"#
        );
    }

    proptest::proptest! {
        #[test]
        fn a_damaged_conversation_is_one_or_refused(
            damages in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<char>()), 1..6),
            prefill in proptest::prelude::any::<bool>(),
        ) {
            let messages = json!([
                { "role": "system", "content": [{ "type": "text", "text": "Brief." }] },
                { "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "data:image/png;base64,aaaa" } }] },
                { "role": "assistant", "content": "x", "tool_calls": [{ "id": "1", "function": { "name": "f", "arguments": "{}" } }] },
                { "role": "tool", "tool_call_id": "1", "content": "y" },
                { "role": "assistant", "content": "Well, \\ \n" },
            ]);
            let mut text: Vec<char> = messages.to_string().chars().collect();
            for (place, letter) in damages {
                let place = place.index(text.len());
                text[place] = letter;
            }
            let text: String = text.into_iter().collect();
            if let Ok(mut conversation) = Conversation::read(&text, true, &mut Vec::new()) {
                conversation.finish(prefill, &mut Vec::new());
                let written = conversation.messages();
                proptest::prop_assert!(json::elements(&written).is_some(), "{}", written);
            }
        }
    }
}
