//! A request, said as a chat request.

use bytes::Bytes;

use crate::catalog::Dialect;
use crate::chat::content::plain;
use crate::chat::request::{Ask, Purpose};
use crate::chat::thought::hidden;
use crate::error::ApiError;
use crate::json::{self, Object, Writer, quoted};
use crate::search;
use crate::surface::turn::Turn;
use crate::surface::{
    Bound, MARK, SEARCH, Wrong, asked, each_tool, names, offers, opened, refuse_memory, wrong,
};
use crate::words::{Words, words};

use super::{tools, unsealed};

/// Reads a body.
///
/// # Errors
/// 400 `invalid_request`, with the field and what was expected there.
pub fn read(body: Bytes) -> Result<Ask, ApiError> {
    let object = opened(&body)?;
    refuse_memory(&object, &["previous_response_id", "conversation", "background"], "input")?;
    has_input(&object)?;
    let mut bound = Bound::new("OpenAI's Responses");
    let chat = chat(&object, &mut bound)?;
    let cleaned = cleaned(&object);
    let mut ask = asked(Purpose::Chat, Dialect::Responses, &body, &object, chat, bound, cleaned)?;
    // Whoever carried on would have none.
    let has_logprobs = search::contains(object.bytes("include").unwrap_or_default(), "logprobs");
    ask.continuable &= !has_logprobs;
    Ok(ask)
}

/// What is asked has to be there.
fn has_input(object: &Object<'_>) -> Result<(), ApiError> {
    if object.given("input").is_none() {
        let message = "`input` is missing: expected a text or a list of items.".to_owned();
        return Err(ApiError::invalid_request(Some("input"), message));
    }
    Ok(())
}

/// Parameters that mean the same under the same name.
const SAME: [&str; 13] = [
    "metadata",
    "model",
    "models",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "steadfast",
    "stream",
    "temperature",
    "top_p",
    "user",
];

/// What is said in other words, or is why the others are not asked, or is about what is kept or hidden.
const SAID: Words = words![
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "parallel_tool_calls",
    "prompt",
    "reasoning",
    "store",
    "stream_options",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "truncation",
];

fn chat(object: &Object<'_>, bound: &mut Bound) -> Result<String, Wrong> {
    let mut chat = Writer::object();
    chat.copy_given(object, &SAME).maybe("max_completion_tokens", object.given("max_output_tokens"));
    if object.is("stream", "true") {
        chat.member("stream_options", r#"{"include_usage":true}"#);
    }
    chat.maybe("reasoning_effort", object.within("reasoning").given("effort"));
    let included = object.value("include").unwrap_or_default();
    if object.given("top_logprobs").is_some_and(|most| most != "0") || search::contains(included, "logprobs")
    {
        bound.loses("top_logprobs");
    }
    if object.is("truncation", "\"auto\"") {
        bound.loses("truncation");
    }
    bound.loses_others(object, &|name| SAME.contains(&name) || SAID.has(name));
    for own in &["prompt", "max_tool_calls"] {
        if object.given(own).is_some() {
            bound.to("", own);
        }
    }
    let mut offered = vec![object.given("tools").unwrap_or("[]")];
    chat.member("messages", &messages(object, &mut offered, bound)?);
    text(&object.within("text"), &mut chat);
    choice(object, &offered, bound, &mut chat)?;
    Ok(chat.finish())
}

/// The form of the text.
fn text(text: &Object<'_>, chat: &mut Writer) {
    chat.copy_given(text, &["verbosity"]);
    let format = text.within("format");
    match format.word("type") {
        "json_schema" => {
            let mut schema = Writer::object();
            schema.copy_given(&format, &["name", "description", "schema", "strict"]);
            let pattern = r#"{"type":"json_schema","json_schema":$}"#;
            chat.fill("response_format", pattern, &[&schema.finish()]);
        }
        "json_object" => {
            chat.member("response_format", r#"{"type":"json_object"}"#);
        }
        _ => {}
    }
}

/// The tools, of all that are offered, and which of them are to be called.
fn choice(object: &Object<'_>, offered: &[&str], bound: &mut Bound, chat: &mut Writer) -> Result<(), Wrong> {
    if !offers(offered, bound, chat, tools::function)? {
        return Ok(());
    }
    chat.copy_given(object, &["parallel_tool_calls"]);
    let Some(choice) = object.given("tool_choice") else { return Ok(()) };
    let Some(own) = json::object(choice) else {
        chat.member("tool_choice", choice);
        return Ok(());
    };
    match (own.word("type"), own.value("name")) {
        ("function" | "custom", Some(name)) => {
            let name = names::heard(own.said("namespace"), name);
            chat.fill("tool_choice", r#"{"type":"function","function":{"name":$}}"#, &[&name]);
        }
        ("allowed_tools", _) => {
            let (mut allowed, mut others) = (Writer::list(), Vec::new());
            for tool in own.list("tools").objects() {
                match (tool.word("type"), tool.value("name")) {
                    ("function" | "custom", Some(name)) => {
                        let name = names::heard(tool.said("namespace"), name);
                        allowed.put(r#"{"type":"function","function":{"name":$}}"#, &[&name]);
                    }
                    (kind, _) => others.push(kind),
                }
            }
            others.iter().for_each(|kind| bound.leaves(kind, &allowed));
            let pattern = r#"{"type":"allowed_tools","allowed_tools":{"mode":$,"tools":$}}"#;
            let mode = own.value("mode").unwrap_or("\"auto\"");
            chat.fill("tool_choice", pattern, &[mode, &allowed.finish()]);
        }
        (kind, _) => bound.to("the tool choice ", kind),
    }
    Ok(())
}

/// The items as messages. What one assistant said in several items is one message.
/// Further tools that stand among them are added to those that are `offered`.
fn messages<'o>(object: &Object<'o>, offered: &mut Vec<&'o str>, bound: &mut Bound) -> Result<String, Wrong> {
    let mut out = Writer::list();
    if let Some(instructions) = object.string("instructions") {
        out.put(r#"{"role":"system","content":$}"#, &[instructions]);
    }
    if let Some(input) = object.string("input") {
        out.put(r#"{"role":"user","content":$}"#, &[input]);
        return Ok(out.finish());
    }
    let items = json::elements(object.value("input").unwrap_or_default());
    let items = items.ok_or_else(|| wrong("input", "a text or a list of items"))?;
    let mut turn = Turn::default();
    let mut shown = Vec::new();
    for (index, item) in items.enumerate() {
        add(item, &mut turn, &mut shown, offered, bound, &mut out)
            .map_err(|expected| wrong(&format!("input[{index}]"), expected))?;
    }
    show(&mut shown, &mut out);
    turn.end(&mut out);
    Ok(out.finish())
}

/// Adds an item; what was expected in its place, if it is wrong.
fn add<'o>(
    item: &'o str,
    turn: &mut Turn,
    shown: &mut Vec<String>,
    offered: &mut Vec<&'o str>,
    bound: &mut Bound,
    out: &mut Writer,
) -> Result<(), &'static str> {
    let item = json::object(item).ok_or("an item")?;
    let kind = item.inside("type").unwrap_or("message");
    let is_output = matches!(kind, "function_call_output" | "custom_tool_call_output" | "tool_search_output");
    if !is_output || item.said("call_id").is_none() {
        show(shown, out);
    }
    match (kind, item.inside("role")) {
        ("message", Some("assistant")) => says(turn, item.value("content").ok_or(NO_CONTENT)?),
        ("message", Some(role)) => {
            turn.end(out);
            let content = item.value("content").and_then(|content| said(content, bound));
            out.put(r#"{"role":$,"content":$}"#, &[&quoted(role), &content.ok_or(NO_CONTENT)?]);
        }
        ("function_call", _) => {
            calls(turn, &item, item.value("name"), item.said("arguments").unwrap_or("\"{}\""));
        }
        ("custom_tool_call", _) => {
            let arguments = tools::arguments(item.value("input").unwrap_or("\"\""));
            calls(turn, &item, item.value("name"), &arguments);
        }
        ("tool_search_call", _) if item.said("call_id").is_some() => {
            let arguments = item.value("arguments").unwrap_or("{}");
            calls(turn, &item, Some(SEARCH), &quoted(arguments));
        }
        ("additional_tools", _) => _ = offer(&item, offered, bound).ok_or(NO_TOOLS)?,
        ("tool_search_output", _) => {
            let names = offer(&item, offered, bound).ok_or(NO_TOOLS)?;
            if let Some(call) = item.said("call_id") {
                turn.end(out);
                out.put(r#"{"role":"tool","tool_call_id":$,"content":$}"#, &[call, &quoted(&names)]);
            }
        }
        // What a timer says to Codex. It belongs to no call, and would be refused as a tool's.
        _ if is_output && item.said("call_id").is_none() => {
            turn.end(out);
            let content = item.value("output").and_then(|output| said(output, bound));
            out.put(r#"{"role":"user","content":$}"#, &[&content.ok_or("an item with `output`")?]);
        }
        _ if is_output => {
            turn.end(out);
            let output = item.value("output").unwrap_or("\"\"");
            let mut result = Writer::object();
            result.member("role", "\"tool\"").maybe("tool_call_id", item.value("call_id"));
            result.member("content", &plain(output));
            out.append(&result);
            if let Some(others) = others(output) {
                shown.push(said(&others, bound).ok_or("an item with `output`")?);
            }
        }
        ("reasoning", _) => thinks(turn, &item),
        // What the provider found or ran itself stands in what was said.
        (
            "web_search_call"
            | "file_search_call"
            | "code_interpreter_call"
            | "mcp_call"
            | "mcp_list_tools"
            | "tool_search_call",
            _,
        ) => {
            bound.loses(kind);
        }
        (kind, _) => bound.to("an item of the kind ", kind),
    }
    Ok(())
}

const NO_CONTENT: &str = "an item with `content`";
const NO_TOOLS: &str = "an item with a list of `tools`";

/// Offers the tools of an item, and says by which names.
fn offer<'o>(item: &Object<'o>, offered: &mut Vec<&'o str>, bound: &mut Bound) -> Option<String> {
    let list = item.value("tools")?;
    let mut names = Writer::list();
    each_tool(list, &mut |tool, space| {
        if let Some(name) = tool.value("name") {
            names.element(&names::heard(space, name));
        }
    })?;
    bound.loads_tools = true;
    offered.push(list);
    Some(names.finish())
}

/// What tools gave besides text. In the common language a tool gives text: pictures follow as the user's.
fn show(shown: &mut Vec<String>, out: &mut Writer) {
    for content in shown.iter().filter(|content| *content != "[]") {
        out.put(r#"{"role":"user","content":$}"#, &[content]);
    }
    shown.clear();
}

/// The parts of an output that are no text, as a list; `None` when there are none.
fn others(output: &str) -> Option<String> {
    let mut out = Writer::list();
    for part in json::elements(output)? {
        if json::object(part).is_none_or(|part| part.value("text").is_none()) {
            out.element(part);
        }
    }
    (!out.is_empty()).then(|| out.finish())
}

fn says(turn: &mut Turn, content: &str) {
    turn.said.begin("content");
    turn.said.text("content", json::inside(&plain(content)).unwrap_or_default());
}

fn calls(turn: &mut Turn, item: &Object<'_>, name: Option<&str>, arguments: &str) {
    turn.calls(item.value("call_id"), item.said("namespace"), name, arguments);
}

fn thinks(turn: &mut Turn, item: &Object<'_>) {
    let shown = item.said("summary").or_else(|| item.said("content"));
    let shown = plain(shown.unwrap_or("[]"));
    turn.said.text("reasoning_content", json::inside(&shown).unwrap_or_default());
    if let Some(encrypted) = item.said("encrypted_content") {
        turn.hides(encrypted, hidden(item));
    }
}

/// What a user or the system says.
fn said(content: &str, bound: &mut Bound) -> Option<String> {
    if json::inside(content).is_some() {
        return Some(content.to_owned());
    }
    let mut out = Writer::list();
    for part in json::elements(content)? {
        let part = json::object(part)?;
        match part.inside("type")? {
            "input_text" | "output_text" | "text" => {
                out.put(r#"{"type":"text","text":$}"#, &[part.value("text")?]);
            }
            "input_image" if part.given("image_url").is_some() => {
                let mut image = Writer::object();
                image.maybe("url", part.value("image_url")).copy_given(&part, &["detail"]);
                out.put(r#"{"type":"image_url","image_url":$}"#, &[&image.finish()]);
            }
            "input_file" if part.given("file_id").is_none() => {
                let mut file = Writer::object();
                let data = part.given("file_data").or(part.given("file_url"))?;
                file.copy_given(&part, &["filename"]).member("file_data", data);
                out.put(r#"{"type":"file","file":$}"#, &[&file.finish()]);
            }
            "input_audio" => {
                out.put(r#"{"type":"input_audio","input_audio":$}"#, &[part.value("input_audio")?]);
            }
            kind => bound.to("a part that lies elsewhere, of the kind ", kind),
        }
    }
    Some(out.finish())
}

/// The input without the thoughts that OpenAI did not hide, if there are any.
fn cleaned(object: &Object<'_>) -> Option<String> {
    let input = object.value("input").filter(|input| search::contains(input, MARK))?;
    json::without(input, &|item| item.value("encrypted_content").and_then(unsealed).is_some())
}

#[cfg(test)]
mod tests;
