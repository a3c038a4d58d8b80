//! A request, said as a chat request.
//!
//! What the common language cannot say (a server's own tools, files that lie at Anthropic) binds the
//! request to the targets that speak this one. What is only a wish (`top_k`, cache marks) is let go.

use bytes::Bytes;

use crate::catalog::Dialect;
use crate::chat::request::{Ask, Form, Purpose};
use crate::chat::thought::{redacted, signed};
use crate::error::ApiError;
use crate::json::{self, Object, Writer, fill, filled, quoted};
use crate::surface::turn::Turn;
use crate::surface::{Bound, Wrong, asked, names, offers, opened, refuse_memory, wrong};
use crate::text;
use crate::words::{Words, words};

use super::MARK;

/// Reads a body.
///
/// # Errors
/// 400 `invalid_request`, with the field and what was expected there.
pub fn read(purpose: Purpose, body: Bytes) -> Result<Ask, ApiError> {
    let object = opened(&body)?;
    refuse_memory(&object, &[THREAD], "messages")?;
    let mut bound = Bound::new("Anthropic's own format");
    let chat = chat(&object, &mut bound)?;
    asked(purpose, Dialect::Anthropic, &body, &object, chat, bound, None)
}

/// A conversation that Anthropic keeps, of which only what is new is sent. The SDKs' tool runners ask for one by themselves.
pub(super) const THREAD: &str = "thread";

/// OpenAI refuses a longer `user`; Claude Code's has 150 characters, of which the first say who it is.
const LONGEST_USER: usize = 64;

/// What is said in chat, or is why the others are not asked; what marks a cache is not missed.
const SAID: Words = words![
    "cache_control",
    "compaction",
    "container",
    "inference_geo",
    "max_tokens",
    "mcp_servers",
    "messages",
    "metadata",
    "model",
    "models",
    "output_config",
    "output_format",
    "service_tier",
    "steadfast",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_p",
];

fn chat(object: &Object<'_>, bound: &mut Bound) -> Result<String, Wrong> {
    let mut chat = Writer::object();
    chat.copy(object, &["model", "models", "steadfast", "temperature", "top_p", "stream", "max_tokens"]);
    match object.value("service_tier") {
        Some(r#""standard_only""#) => chat.member("service_tier", r#""default""#),
        tier => chat.maybe("service_tier", tier),
    };
    chat.maybe("stop", object.value("stop_sequences").filter(|stop| *stop != "[]"));
    if object.is("stream", "true") {
        chat.member("stream_options", r#"{"include_usage":true}"#);
    }
    // To forget what is long ago is a wish: whoever cannot, remembers. So is haste.
    bound.loses_others(object, &|name| SAID.has(name));
    bound.loses_others(&object.within("output_config"), &|name| matches!(name, "effort" | "format"));
    // A summary in the place of an answer (`compaction`) is nothing that a chat could be asked for.
    for own in &["compaction", "container", "mcp_servers"] {
        if object.given(own).is_some_and(|value| value != "[]") {
            bound.to("", own);
        }
    }
    // Where others think nobody can be told.
    if object.given("inference_geo").is_some_and(|place| place != "\"global\"") {
        bound.to("", "inference_geo");
    }
    if let Some(user) = object.within("metadata").given("user_id").and_then(json::text) {
        chat.string("user", text::shortened(&user, LONGEST_USER));
    }

    if let Some(messages) = object.value("messages") {
        let list = json::elements(messages).ok_or_else(|| wrong("messages", "a list of messages"))?;
        let mut out = Writer::list();
        if let Some(said) = object.given("system") {
            system(said, &mut out).ok_or_else(|| wrong("system", "a string or a list of text blocks"))?;
        }
        let mut last = "";
        for (index, message) in list.enumerate() {
            turn(message, bound, &mut out)
                .map_err(|(member, expected)| wrong(&format!("messages[{index}]{member}"), expected))?;
            last = message;
        }
        bound.begun = begins_answer(last);
        chat.nest("messages", &out);
    }
    tools(object, bound, &mut chat)?;
    thinking(object, &mut chat);
    Ok(chat.finish())
}

/// Whether a message is the beginning of an answer.
fn begins_answer(message: &str) -> bool {
    let Some(message) = json::object(message) else { return false };
    let last = message.list("content").all().pop().and_then(json::object);
    let ends_in_text = message.inside("content").is_some_and(|text| !text.is_empty())
        || last.is_some_and(|block| block.word("type") == "text");
    message.word("role") == "assistant" && ends_in_text
}

/// A message; what is wrong with which member of it, if anything is.
fn turn(message: &str, bound: &mut Bound, out: &mut Writer) -> Result<(), (&'static str, &'static str)> {
    let message = json::object(message).ok_or(("", "an object"))?;
    let content = message.value("content").unwrap_or_default();
    match message.word("role") {
        "user" => from_user(content, bound, out),
        "assistant" => from_assistant(content, bound, out),
        "system" => system(content, out),
        _ => return Err((".role", "\"user\" or \"assistant\"")),
    }
    .ok_or((".content", "a string or a list of content blocks"))
}

/// The blocks of a content; each says of what kind it is.
fn blocks(json: &str) -> Option<Vec<Object<'_>>> {
    let mut blocks = Vec::new();
    for block in json::elements(json)? {
        let block = json::object(block)?;
        block.inside("type")?;
        blocks.push(block);
    }
    Some(blocks)
}

/// The texts of a string or of a list of blocks, with that between them: the inside of a JSON string. What was found by a
/// search is text too. What found tools names them: all of them are offered anyhow.
fn joined(json: &str, between: &str) -> Option<String> {
    if let Some(text) = json::inside(json) {
        return Some(text.to_owned());
    }
    let mut all = String::new();
    for block in &blocks(json)? {
        let (name, found);
        let text = match block.word("type") {
            "text" => block.inside("text")?,
            FOUND_TOOL => {
                name = names::heard(None, block.value("tool_name")?);
                json::inside(&name)?
            }
            FOUND => {
                found = found_text(block)?;
                &found
            }
            _ => continue,
        };
        if !all.is_empty() {
            all.push_str(between);
        }
        all.push_str(text);
    }
    Some(all)
}

/// What a search for tools that the caller makes himself has found.
const FOUND_TOOL: &str = "tool_reference";

/// What a search that the caller makes himself has found.
const FOUND: &str = "search_result";

/// What it is called, where it stands, and what it says: the inside of a JSON string. There is nothing but text in it:
/// what stands in it as deep as its sender likes is not followed.
fn found_text(block: &Object<'_>) -> Option<String> {
    let mut all = filled(r"$\n$", &[block.inside("title")?, block.inside("source")?]);
    for part in block.list("content").objects() {
        fill(&mut all, r"\n$", &[part.word("text")]);
    }
    Some(all)
}

/// Texts that are said one after the other stand in lines of their own.
const LINES: &str = "\\n";

fn system(json: &str, out: &mut Writer) -> Option<()> {
    let text = joined(json, LINES)?;
    if !text.is_empty() {
        out.put(r#"{"role":"system","content":"$"}"#, &[&text]);
    }
    Some(())
}

/// Results of tools come first, each as a message of its own; then what the user says.
fn from_user(content: &str, bound: &mut Bound, out: &mut Writer) -> Option<()> {
    if json::inside(content).is_some() {
        out.put(r#"{"role":"user","content":$}"#, &[content]);
        return Some(());
    }
    let mut parts = Writer::list();
    for block in &blocks(content)? {
        if block.word("type") != "tool_result" {
            part(block, bound, &mut parts)?;
            continue;
        }
        let content = block.value("content").unwrap_or("\"\"");
        let mut result = Writer::object();
        result.member("role", "\"tool\"").maybe("tool_call_id", block.value("tool_use_id"));
        result.fill("content", "\"$\"", &[&joined(content, LINES)?]);
        out.append(&result);
        if block.is("is_error", "true") {
            bound.loses("is_error");
        }
        // A tool's answer is text in the common language: its images follow as the user's.
        for shown in &blocks(content).unwrap_or_default() {
            if !["text", FOUND, FOUND_TOOL].contains(&shown.word("type")) {
                part(shown, bound, &mut parts)?;
            }
        }
    }
    if !parts.is_empty() {
        out.put(r#"{"role":"user","content":$}"#, &[&parts.finish()]);
    }
    Some(())
}

/// A part of what a user says.
fn part(block: &Object<'_>, bound: &mut Bound, parts: &mut Writer) -> Option<()> {
    let source = block.within("source");
    let (block_kind, kind) = (block.word("type"), source.word("type"));
    if block.within("citations").is("enabled", "true") {
        bound.loses("citations");
    }
    if block_kind == "document" {
        // A file has a name of its own.
        for told in
            [block.said("title").filter(|_| kind != "base64"), block.said("context")].into_iter().flatten()
        {
            parts.put(TEXT, &[told]);
        }
    }
    match (block_kind, kind) {
        ("text", _) => {
            parts.put(TEXT, &[block.string("text")?]);
        }
        (FOUND, _) => {
            parts.put(TEXT, &[&filled("\"$\"", &[&found_text(block)?])]);
        }
        ("image", "url") => {
            parts.put(r#"{"type":"image_url","image_url":{"url":$}}"#, &[source.value("url")?]);
        }
        ("image", "base64") => {
            parts.put(r#"{"type":"image_url","image_url":{"url":$}}"#, &[&data_url(&source)?]);
        }
        ("document", "base64") => {
            let name = block.given("title").unwrap_or("\"document.pdf\"");
            let file = [name, &data_url(&source)?];
            parts.put(r#"{"type":"file","file":{"filename":$,"file_data":$}}"#, &file);
        }
        ("document", "url") => {
            let file = [block.given("title").unwrap_or("\"document.pdf\""), source.value("url")?];
            parts.put(r#"{"type":"file","file":{"filename":$,"file_data":$}}"#, &file);
        }
        ("document", "text") => {
            parts.put(TEXT, &[source.value("data")?]);
        }
        ("document", "content") => {
            let text = joined(source.value("content")?, LINES)?;
            parts.put(TEXT, &[&filled("\"$\"", &[&text])]);
            for image in source.list("content").objects().filter(|block| block.is("type", "\"image\"")) {
                part(&image, bound, parts)?;
            }
        }
        ("image" | "document", kind) => bound.to("a source of the kind ", kind),
        (kind, _) => bound.to("a block of the kind ", kind),
    }
    Some(())
}

const TEXT: &str = r#"{"type":"text","text":$}"#;

fn data_url(source: &Object<'_>) -> Option<String> {
    Some(filled(r#""data:$;base64,$""#, &[source.inside("media_type")?, source.inside("data")?]))
}

fn from_assistant(content: &str, bound: &mut Bound, out: &mut Writer) -> Option<()> {
    if json::inside(content).is_some() {
        out.put(r#"{"role":"assistant","content":$}"#, &[content]);
        return Some(());
    }
    let mut turn = Turn::default();
    for block in &blocks(content)? {
        match block.word("type") {
            "text" => {}
            "tool_use" => {
                let arguments = quoted(block.value("input").unwrap_or("{}"));
                turn.calls(block.value("id"), None, Some(block.value("name")?), &arguments);
            }
            "thinking" => {
                turn.said.text("reasoning_content", block.inside("thinking")?);
                let sign = block.word("signature");
                if !sign.is_empty() && !sign.starts_with(MARK) {
                    turn.said.entry("reasoning_details", &signed(block.word("thinking"), sign, 0));
                }
            }
            "redacted_thinking" => {
                let data = block.value("data")?;
                turn.hides(data, Some(redacted(data, 0)));
            }
            // What it found or ran itself stands in what it said.
            kind if kind == "server_tool_use" || kind == "mcp_tool_use" || kind.ends_with("_tool_result") => {
                bound.loses(kind);
            }
            kind => bound.to("a block of the kind ", kind),
        }
    }
    // A model's text is cut into blocks anywhere, in the middle of a sentence where it cites.
    let text = joined(content, "")?;
    turn.said.text("content", &text);
    if !turn.said.has("tool_calls") {
        turn.said.begin("content");
    }
    turn.end(out);
    Some(())
}

fn tools(object: &Object<'_>, bound: &mut Bound, chat: &mut Writer) -> Result<(), Wrong> {
    let tools = object.given("tools").unwrap_or("[]");
    let are_any = offers(&[tools], bound, chat, |tool, function| {
        function.copy(tool, &["description"]).maybe("parameters", tool.value("input_schema"));
        is_function(tool).then_some(Form::Function)
    })?;
    for tool in object.list("tools").objects().filter(is_function) {
        bound.loses_others(&tool, &|name| TOLD.has(name));
    }
    let choice = object.given("tool_choice").filter(|choice| are_any && *choice != "[]");
    let Some(choice) = choice else { return Ok(()) };
    let choice = json::object(choice).ok_or_else(|| wrong("tool_choice", "an object with `type`"))?;
    let is_left = |tool: &Object<'_>| tool.value("name") == choice.value("name") && !is_function(tool);
    match (choice.word("type"), choice.value("name")) {
        // A search, which the others do without where they may.
        ("tool", Some(_)) if object.list("tools").has(&is_left) => {
            bound.to("the tool choice ", choice.word("name"));
            return Ok(());
        }
        ("auto", _) => chat.member("tool_choice", "\"auto\""),
        ("any", _) => chat.member("tool_choice", "\"required\""),
        ("none", _) => chat.member("tool_choice", "\"none\""),
        ("tool", Some(name)) => chat.fill(
            "tool_choice",
            r#"{"type":"function","function":{"name":$}}"#,
            &[&names::heard(None, name)],
        ),
        _ => {
            let expected = "`type`: \"auto\", \"any\", \"none\", or \"tool\" with `name`";
            return Err(wrong("tool_choice", expected));
        }
    };
    if choice.is("disable_parallel_tool_use", "true") {
        chat.member("parallel_tool_calls", "false");
    }
    Ok(())
}

/// What others are told of a tool; what marks a cache is not missed.
const TOLD: Words = words!["cache_control", "description", "input_schema", "name", "type"];

fn is_function(tool: &Object<'_>) -> bool {
    matches!(tool.word("type"), "" | "custom")
}

/// Effort and form. A budget of thoughts is said as the effort that it comes near to; no thoughts at all, as none.
fn thinking(object: &Object<'_>, chat: &mut Writer) {
    let (thinking, output) = (object.within("thinking"), object.within("output_config"));
    let budget = thinking.value("budget_tokens").filter(|_| thinking.is("type", r#""enabled""#));
    let effort = match (output.inside("effort"), budget) {
        (Some("max"), _) => Some("xhigh"),
        (Some(effort), _) => Some(effort),
        (None, Some(budget)) => Some(match budget.parse().unwrap_or(0_u64) {
            0..=4_095 => "low",
            4_096..=16_383 => "medium",
            _ => "high",
        }),
        (None, None) => thinking.is("type", r#""disabled""#).then_some("none"),
    };
    if let Some(effort) = effort {
        chat.string("reasoning_effort", effort);
    }
    let format = output.value("format").or(object.value("output_format"));
    if let Some(schema) = format.and_then(json::object).and_then(|format| format.value("schema")) {
        // Not strict: what Anthropic holds a model to, others may refuse to. The answer is checked all the same.
        chat.fill(
            "response_format",
            r#"{"type":"json_schema","json_schema":{"name":"answer","schema":$}}"#,
            &[schema],
        );
    }
}

#[cfg(test)]
mod tests;
