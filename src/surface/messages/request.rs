//! A request, said as a chat request.
//!
//! What the common language cannot say (a server's own tools, files that lie at Anthropic) binds the
//! request to the targets that speak this one. What is only a wish (`top_k`, cache marks) is let go.

use bytes::Bytes;

use crate::catalog::Dialect;
use crate::chat::request::{Ask, Native, Purpose};
use crate::error::ApiError;
use crate::json::{self, Edit, Object, Writer, quoted};
use crate::search;
use crate::surface::{Bound, wrong};

use super::{MARK, unsealed};

/// Reads a body.
///
/// # Errors
/// 400 `invalid_request`, with the field and what was expected there.
pub fn read(purpose: Purpose, body: Bytes) -> Result<Ask, ApiError> {
    let object = Object::read(&body).map_err(|error| {
        ApiError::invalid_request(None, format!("The body must be one JSON object: {error}."))
    })?;
    let mut bound = Bound::new("Anthropic's own format");
    let chat = chat(&object, &mut bound)?;
    let outline = object.outline();
    let mut ask = Ask::read_for(purpose, chat.into())?;
    let cleaned = cleaned(&object).map(|messages| ("messages", messages)).into_iter().collect();
    let native =
        Native { dialect: Dialect::Anthropic, body, outline, bound: bound.why, lost: bound.lost, cleaned };
    ask.native = Some(native);
    Ok(ask)
}

/// The messages without the thoughts that Anthropic did not sign, if there are any.
fn cleaned(object: &Object<'_>) -> Option<String> {
    let messages = object.value("messages").filter(|messages| search::contains(messages, MARK))?;
    let mut out = Writer::list();
    for message in json::elements(messages)? {
        let kept = kept(message);
        out.element(kept.as_deref().unwrap_or(message));
    }
    Some(out.finish())
}

/// A message without such thoughts; `None`: as it is.
fn kept(message: &str) -> Option<String> {
    let object = json::object(message)?;
    let mut out = Writer::list();
    for block in json::elements(object.value("content")?)? {
        let members = json::object(block);
        let of = |name: &str| members.as_ref().and_then(|members| members.value(name)).and_then(json::inside);
        if !["signature", "data"].iter().any(|name| of(name).is_some_and(|value| value.starts_with(MARK))) {
            out.element(block);
        }
    }
    let mut edit = Edit::new(&object);
    edit.set("content", out.finish());
    let mut kept = Vec::new();
    edit.write(&mut kept);
    String::from_utf8(kept).ok()
}

fn chat(object: &Object<'_>, bound: &mut Bound) -> Result<String, ApiError> {
    let mut chat = Writer::object();
    for same in ["model", "models", "steadfast", "temperature", "top_p", "stream"] {
        chat.maybe(same, object.value(same));
    }
    chat.maybe("max_tokens", object.value("max_tokens"));
    let tier = object.value("service_tier");
    chat.maybe("service_tier", if tier == Some(r#""standard_only""#) { Some(r#""default""#) } else { tier });
    chat.maybe("stop", object.value("stop_sequences").filter(|stop| *stop != "[]"));
    if object.value("stream") == Some("true") {
        chat.member("stream_options", r#"{"include_usage":true}"#);
    }
    if object.value("top_k").is_some_and(|top_k| top_k != "null") {
        bound.loses("top_k");
    }
    for own in ["container", "mcp_servers", "context_management"] {
        if object.value(own).is_some_and(|value| value != "null" && value != "[]") {
            bound.to(&format!("`{own}`"));
        }
    }
    let user = object.value("metadata").and_then(json::object).and_then(|data| data.value("user_id"));
    chat.maybe("user", user.filter(|user| *user != "null"));

    if let Some(messages) = object.value("messages") {
        let list = json::elements(messages).ok_or_else(|| wrong("messages", "a list of messages"))?;
        let mut out = Writer::list();
        if let Some(said) = object.value("system").filter(|said| *said != "null") {
            system(said, &mut out).ok_or_else(|| wrong("system", "a string or a list of text blocks"))?;
        }
        for (index, message) in list.iter().enumerate() {
            let place = || format!("messages[{index}]");
            let message = json::object(message).ok_or_else(|| wrong(&place(), "an object"))?;
            match message.value("role") {
                Some(r#""user""#) => from_user(&message, bound, &mut out),
                Some(r#""assistant""#) => from_assistant(&message, bound, &mut out),
                Some(r#""system""#) => message.value("content").and_then(|said| system(said, &mut out)),
                _ => return Err(wrong(&format!("{}.role", place()), "\"user\" or \"assistant\"")),
            }
            .ok_or_else(|| wrong(&format!("{}.content", place()), "a string or a list of content blocks"))?;
        }
        chat.member("messages", &out.finish());
    }
    tools(object, bound, &mut chat)?;
    thinking(object, &mut chat);
    Ok(chat.finish())
}

/// A block of content, by its kind.
struct Block<'a> {
    kind: String,
    members: Object<'a>,
}

fn blocks(json: &str) -> Option<Vec<Block<'_>>> {
    let read = |json| {
        let members = json::object(json)?;
        Some(Block { kind: json::text(members.value("type")?)?, members })
    };
    json::elements(json)?.into_iter().map(read).collect()
}

/// The texts of a string or of a list of blocks, each in a line of its own: the inside of a JSON string.
fn joined(json: &str) -> Option<String> {
    joined_by("\\n", json)
}

fn joined_by(between: &str, json: &str) -> Option<String> {
    if let Some(text) = json::inside(json) {
        return Some(text.to_owned());
    }
    let mut all = String::new();
    for block in blocks(json)?.iter().filter(|block| block.kind == "text") {
        if !all.is_empty() {
            all.push_str(between);
        }
        all.push_str(json::inside(block.members.value("text")?)?);
    }
    Some(all)
}

fn system(json: &str, out: &mut Writer) -> Option<()> {
    let text = joined(json)?;
    if !text.is_empty() {
        out.element(&format!(r#"{{"role":"system","content":"{text}"}}"#));
    }
    Some(())
}

/// Results of tools come first, each as a message of its own; then what the user says.
fn from_user(message: &Object<'_>, bound: &mut Bound, out: &mut Writer) -> Option<()> {
    let content = message.value("content")?;
    if json::inside(content).is_some() {
        out.element(&format!(r#"{{"role":"user","content":{content}}}"#));
        return Some(());
    }
    let mut parts = Writer::list();
    for block in &blocks(content)? {
        if block.kind != "tool_result" {
            part(block, bound, &mut parts)?;
            continue;
        }
        let mut result = Writer::object();
        result.member("role", "\"tool\"").maybe("tool_call_id", block.members.value("tool_use_id"));
        let content = block.members.value("content").unwrap_or("\"\"");
        result.member("content", &format!("\"{}\"", joined(content)?));
        out.element(&result.finish());
        if block.members.value("is_error") == Some("true") {
            bound.loses("is_error");
        }
        // A tool's answer is text in the common language: its images follow as the user's.
        for shown in blocks(content).unwrap_or_default().iter().filter(|block| block.kind != "text") {
            part(shown, bound, &mut parts)?;
        }
    }
    if !parts.is_empty() {
        out.element(&format!(r#"{{"role":"user","content":{}}}"#, parts.finish()));
    }
    Some(())
}

/// A part of what a user says.
fn part(block: &Block<'_>, bound: &mut Bound, parts: &mut Writer) -> Option<()> {
    let Block { kind, members } = block;
    let source = members.value("source").and_then(json::object);
    let of = |name: &str| source.as_ref().and_then(|source| source.value(name));
    let source_kind = of("type").and_then(json::inside).unwrap_or_default();
    match (kind.as_str(), source_kind) {
        ("text", _) => {
            let text = members.value("text")?;
            json::inside(text)?;
            parts.element(&format!(r#"{{"type":"text","text":{text}}}"#));
        }
        ("image", "base64" | "url") => {
            let url = match source_kind {
                "url" => of("url")?.to_owned(),
                _ => data_url(of("media_type")?, of("data")?)?,
            };
            parts.element(&format!(r#"{{"type":"image_url","image_url":{{"url":{url}}}}}"#));
        }
        ("document", "base64") => {
            let data = data_url(of("media_type")?, of("data")?)?;
            let name = members.value("title").filter(|title| *title != "null").unwrap_or("\"document.pdf\"");
            parts.element(&format!(r#"{{"type":"file","file":{{"filename":{name},"file_data":{data}}}}}"#));
        }
        ("document", "text") => {
            parts.element(&format!(r#"{{"type":"text","text":{}}}"#, of("data")?));
        }
        ("document", "content") => {
            parts.element(&format!(r#"{{"type":"text","text":"{}"}}"#, joined(of("content")?)?));
        }
        ("image" | "document", kind) => bound.to(&format!("a source of the kind `{kind}`")),
        (kind, _) => bound.to(&format!("a block of the kind `{kind}`")),
    }
    Some(())
}

fn data_url(media_type: &str, data: &str) -> Option<String> {
    Some(format!(r#""data:{};base64,{}""#, json::inside(media_type)?, json::inside(data)?))
}

fn from_assistant(message: &Object<'_>, bound: &mut Bound, out: &mut Writer) -> Option<()> {
    let content = message.value("content")?;
    if json::inside(content).is_some() {
        out.element(&format!(r#"{{"role":"assistant","content":{content}}}"#));
        return Some(());
    }
    let (mut calls, mut thoughts) = (Writer::list(), Writer::list());
    // What was thought, whoever signed it: the inside of a JSON string.
    let mut reasoning = String::new();
    // What another vendor signed the next call with.
    let mut extra = None;
    for Block { kind, members } in &blocks(content)? {
        match kind.as_str() {
            "text" => {}
            "tool_use" => {
                let mut call = Writer::object();
                call.maybe("id", members.value("id")).member("type", "\"function\"");
                let arguments = quoted(members.value("input").unwrap_or("{}"));
                call.member(
                    "function",
                    &format!(r#"{{"name":{},"arguments":{arguments}}}"#, members.value("name")?),
                );
                call.maybe("extra_content", extra.take().as_deref());
                calls.element(&call.finish());
            }
            "thinking" => {
                let (text, signed) =
                    (members.value("thinking")?, members.value("signature").unwrap_or("\"\""));
                reasoning.push_str(json::inside(text)?);
                let sign = json::inside(signed).unwrap_or_default();
                if !sign.is_empty() && !sign.starts_with(MARK) {
                    thoughts.element(&format!(
                        r#"{{"type":"reasoning.text","text":{text},"signature":{signed},"format":"anthropic-claude-v1","index":0}}"#
                    ));
                }
            }
            "redacted_thinking" => {
                let data = members.value("data")?;
                let Some(sealed) = unsealed(data) else {
                    thoughts.element(&format!(
                        r#"{{"type":"reasoning.encrypted","data":{data},"format":"anthropic-claude-v1","index":0}}"#
                    ));
                    continue;
                };
                // Whoever changed it has lost it.
                match json::object(&sealed) {
                    None => {}
                    Some(said) if said.value("google").is_some() => extra = Some(sealed),
                    Some(_) => {
                        thoughts.element(&sealed);
                    }
                }
            }
            kind => bound.to(&format!("a block of the kind `{kind}`")),
        }
    }
    // A model's text is cut into blocks anywhere, in the middle of a sentence where it cites.
    let text = joined_by("", content)?;
    let mut said = Writer::object();
    said.member("role", "\"assistant\"");
    let speaks = !text.is_empty() || calls.is_empty();
    said.member("content", &if speaks { format!("\"{text}\"") } else { "null".to_owned() });
    if !reasoning.is_empty() {
        said.member("reasoning_content", &format!("\"{reasoning}\""));
    }
    if !thoughts.is_empty() {
        said.member("reasoning_details", &thoughts.finish());
    }
    if !calls.is_empty() {
        said.member("tool_calls", &calls.finish());
    }
    out.element(&said.finish());
    Some(())
}

fn tools(object: &Object<'_>, bound: &mut Bound, chat: &mut Writer) -> Result<(), ApiError> {
    let given = |name: &str| object.value(name).filter(|value| !matches!(*value, "null" | "[]"));
    let mut out = Writer::list();
    if let Some(tools) = given("tools") {
        for tool in json::elements(tools).ok_or_else(|| wrong("tools", "a list of tools"))? {
            let tool = json::object(tool).ok_or_else(|| wrong("tools", "a list of tools"))?;
            match tool.value("type").and_then(json::inside) {
                None | Some("custom") => {}
                Some(own) => {
                    bound.to(&format!("the tool `{own}`"));
                    continue;
                }
            }
            let mut function = Writer::object();
            function.maybe("name", tool.value("name")).maybe("description", tool.value("description"));
            function.maybe("parameters", tool.value("input_schema")).maybe("strict", tool.value("strict"));
            out.element(&format!(r#"{{"type":"function","function":{}}}"#, function.finish()));
        }
    }
    // Where there is nothing to choose from, a choice is refused.
    if out.is_empty() {
        return Ok(());
    }
    chat.member("tools", &out.finish());
    if let Some(choice) = given("tool_choice") {
        let choice = json::object(choice).ok_or_else(|| wrong("tool_choice", "an object with `type`"))?;
        let name = choice.value("name");
        match (choice.value("type").and_then(json::inside), name) {
            (Some("auto"), _) => chat.member("tool_choice", "\"auto\""),
            (Some("any"), _) => chat.member("tool_choice", "\"required\""),
            (Some("none"), _) => chat.member("tool_choice", "\"none\""),
            (Some("tool"), Some(name)) => {
                chat.member("tool_choice", &format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#))
            }
            _ => {
                return Err(wrong(
                    "tool_choice",
                    "`type`: \"auto\", \"any\", \"none\", or \"tool\" with `name`",
                ));
            }
        };
        if choice.value("disable_parallel_tool_use") == Some("true") {
            chat.member("parallel_tool_calls", "false");
        }
    }
    Ok(())
}

/// Effort and form. A budget of thoughts is said as the effort that it comes near to.
fn thinking(object: &Object<'_>, chat: &mut Writer) {
    let thinking = object.value("thinking").and_then(json::object);
    let output = object.value("output_config").and_then(json::object);
    let effort = output.as_ref().and_then(|output| output.value("effort")).and_then(json::inside);
    let budget = || {
        let thinking = thinking.as_ref()?;
        (thinking.value("type") == Some(r#""enabled""#)).then_some(())?;
        Some(match thinking.value("budget_tokens")?.parse().unwrap_or(0_u64) {
            0..=4_095 => "low",
            4_096..=16_383 => "medium",
            _ => "high",
        })
    };
    let effort = effort.map(|effort| if effort == "max" { "xhigh" } else { effort });
    if let Some(effort) = effort.or_else(budget) {
        chat.string("reasoning_effort", effort);
    }
    let format = output.as_ref().and_then(|output| output.value("format")).or(object.value("output_format"));
    let schema = format.and_then(json::object).and_then(|format| format.value("schema"));
    if let Some(schema) = schema {
        chat.member(
            "response_format",
            &format!(
                r#"{{"type":"json_schema","json_schema":{{"name":"answer","strict":true,"schema":{schema}}}}}"#
            ),
        );
    }
}

#[cfg(test)]
mod tests;
