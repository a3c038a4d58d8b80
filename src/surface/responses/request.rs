//! A request, said as a chat request.

use bytes::Bytes;

use crate::catalog::Dialect;
use crate::chat::request::{Ask, Native, Purpose};
use crate::chat::says_something;
use crate::error::ApiError;
use crate::json::{self, Object, Writer, quoted};
use crate::search;
use crate::surface::{Bound, MARK, wrong};

use super::{FORMAT, unsealed};

/// Reads a body.
///
/// # Errors
/// 400 `invalid_request`, with the field and what was expected there.
pub fn read(body: Bytes) -> Result<Ask, ApiError> {
    let object = Object::read(&body).map_err(|error| {
        ApiError::invalid_request(None, format!("The body must be one JSON object: {error}."))
    })?;
    refuse_memory(&object)?;
    let mut bound = Bound::new("OpenAI's Responses");
    let chat = chat(&object, &mut bound)?;
    let cleaned = cleaned(&object).map(|input| ("input", input)).into_iter().collect();
    let outline = object.outline();
    let mut ask = Ask::read_for(Purpose::Chat, chat.into())?;
    let Bound { why: bound, lost, .. } = bound;
    ask.native = Some(Native { dialect: Dialect::Responses, body, outline, bound, lost, cleaned });
    Ok(ask)
}

/// Nothing is kept between requests, here or at the provider.
fn refuse_memory(object: &Object<'_>) -> Result<(), ApiError> {
    for name in ["previous_response_id", "conversation", "background"] {
        if object.value(name).is_some_and(says_something) {
            let message = format!(
                "`{name}` is not taken: this gateway keeps no conversation, and the next request may go to another provider. \
                 Send the whole conversation in `input`."
            );
            return Err(ApiError::invalid_request(Some(name), message));
        }
    }
    Ok(())
}

/// Parameters that mean the same under the same name.
const SAME: [&str; 11] = [
    "metadata",
    "model",
    "models",
    "prompt_cache_key",
    "safety_identifier",
    "service_tier",
    "steadfast",
    "stream",
    "temperature",
    "top_p",
    "user",
];

fn chat(object: &Object<'_>, bound: &mut Bound) -> Result<String, ApiError> {
    let mut chat = Writer::object();
    let given = |name: &str| object.value(name).filter(|value| *value != "null");
    for name in SAME {
        chat.maybe(name, given(name));
    }
    chat.maybe("max_completion_tokens", given("max_output_tokens"));
    if given("stream") == Some("true") {
        chat.member("stream_options", r#"{"include_usage":true}"#);
    }
    let reasoning = given("reasoning").and_then(json::object);
    let effort = reasoning.as_ref().and_then(|reasoning| reasoning.value("effort"));
    chat.maybe("reasoning_effort", effort.filter(|effort| *effort != "null"));
    if given("top_logprobs").is_some_and(|most| most != "0") {
        bound.lost.push("dropped top_logprobs".into());
    }
    for own in ["prompt", "max_tool_calls"] {
        if given(own).is_some() {
            bound.to(&format!("`{own}`"));
        }
    }
    match given("input") {
        Some(input) => {
            let messages = messages(given("instructions"), input, bound)?;
            chat.member("messages", &messages);
        }
        None => {
            let message = "`input` is missing: expected a text or a list of items.".to_owned();
            return Err(ApiError::invalid_request(Some("input"), message));
        }
    }
    text(given("text"), &mut chat);
    tools(&given, bound, &mut chat)?;
    Ok(chat.finish())
}

/// The form of the text.
fn text(text: Option<&str>, chat: &mut Writer) {
    let Some(text) = text.and_then(json::object) else { return };
    chat.maybe("verbosity", text.value("verbosity").filter(|verbosity| *verbosity != "null"));
    let Some(format) = text.value("format").and_then(json::object) else { return };
    match format.value("type").and_then(json::inside) {
        Some("json_schema") => {
            let mut schema = Writer::object();
            for name in ["name", "description", "schema", "strict"] {
                schema.maybe(name, format.value(name).filter(|value| *value != "null"));
            }
            let schema = schema.finish();
            chat.member("response_format", &format!(r#"{{"type":"json_schema","json_schema":{schema}}}"#));
        }
        Some("json_object") => {
            chat.member("response_format", r#"{"type":"json_object"}"#);
        }
        _ => {}
    }
}

fn tools<'a>(
    given: &dyn Fn(&str) -> Option<&'a str>,
    bound: &mut Bound,
    chat: &mut Writer,
) -> Result<(), ApiError> {
    let mut out = Writer::list();
    if let Some(tools) = given("tools") {
        for tool in json::elements(tools).ok_or_else(|| wrong("tools", "a list of tools"))? {
            let tool = json::object(tool).ok_or_else(|| wrong("tools", "a list of tools"))?;
            match tool.value("type").and_then(json::inside) {
                Some("function") => {
                    let mut function = Writer::object();
                    for name in ["name", "description", "parameters", "strict"] {
                        function.maybe(name, tool.value(name).filter(|value| *value != "null"));
                    }
                    out.element(&format!(r#"{{"type":"function","function":{}}}"#, function.finish()));
                }
                kind => bound.to(&format!("the tool `{}`", kind.unwrap_or_default())),
            }
        }
    }
    // Where there is nothing to choose from, a choice is refused.
    if out.is_empty() {
        return Ok(());
    }
    chat.member("tools", &out.finish()).maybe("parallel_tool_calls", given("parallel_tool_calls"));
    if let Some(choice) = given("tool_choice") {
        match json::object(choice) {
            None => {
                chat.member("tool_choice", choice);
            }
            Some(object) => match (object.value("type").and_then(json::inside), object.value("name")) {
                (Some("function"), Some(name)) => {
                    let choice = format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#);
                    chat.member("tool_choice", &choice);
                }
                (kind, _) => bound.to(&format!("the tool choice `{}`", kind.unwrap_or_default())),
            },
        }
    }
    Ok(())
}

/// The items as messages. What one assistant said in several items is one message.
fn messages(instructions: Option<&str>, input: &str, bound: &mut Bound) -> Result<String, ApiError> {
    let mut out = Writer::list();
    if let Some(instructions) = instructions.filter(|text| json::inside(text).is_some()) {
        out.element(&format!(r#"{{"role":"system","content":{instructions}}}"#));
    }
    if json::inside(input).is_some() {
        out.element(&format!(r#"{{"role":"user","content":{input}}}"#));
        return Ok(out.finish());
    }
    let mut turn = Turn::default();
    let mut shown = Vec::new();
    for (index, item) in
        json::elements(input).ok_or_else(|| wrong("input", "a text or a list of items"))?.iter().enumerate()
    {
        let place = format!("input[{index}]");
        let item = json::object(item).ok_or_else(|| wrong(&place, "an item"))?;
        let kind = item.value("type").and_then(json::inside).unwrap_or("message");
        if kind != "function_call_output" {
            show(&mut shown, &mut out);
        }
        match (kind, item.value("role").and_then(json::inside)) {
            ("message", Some("assistant")) => {
                turn.says(item.value("content").ok_or_else(|| wrong(&place, "an item with `content`"))?);
            }
            ("message", Some(role)) => {
                turn.end(&mut out);
                let content = item.value("content").and_then(|content| said(content, bound));
                let content = content.ok_or_else(|| wrong(&place, "an item with `content`"))?;
                let role = quoted(role);
                out.element(&format!(r#"{{"role":{role},"content":{content}}}"#));
            }
            ("function_call", _) => turn.calls(&item),
            ("function_call_output", _) => {
                turn.end(&mut out);
                let output = item.value("output").unwrap_or("\"\"");
                let mut result = Writer::object();
                result.member("role", "\"tool\"").maybe("tool_call_id", item.value("call_id"));
                result.member("content", &plain(output));
                out.element(&result.finish());
                if let Some(others) = others(output) {
                    let others = said(&others, bound);
                    shown.push(others.ok_or_else(|| wrong(&place, "an item with `output`"))?);
                }
            }
            ("reasoning", _) => turn.thinks(&item),
            (kind, _) => bound.to(&format!("an item of the kind `{kind}`")),
        }
    }
    show(&mut shown, &mut out);
    turn.end(&mut out);
    Ok(out.finish())
}

/// What tools gave besides text. In the common language a tool gives text: pictures follow as the user's.
fn show(shown: &mut Vec<String>, out: &mut Writer) {
    for content in shown.drain(..).filter(|content| content != "[]") {
        out.element(&format!(r#"{{"role":"user","content":{content}}}"#));
    }
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

/// What the assistant said in a row.
#[derive(Default)]
struct Turn {
    text: Option<String>,
    calls: Vec<String>,
    details: Vec<String>,
    /// What was thought, as far as it was shown: the inside of a JSON string.
    reasoning: String,
    /// What Gemini signed the next call with.
    extra: Option<String>,
}

impl Turn {
    fn says(&mut self, content: &str) {
        let plain = plain(content);
        self.text.get_or_insert_default().push_str(json::inside(&plain).unwrap_or_default());
    }

    fn calls(&mut self, item: &Object<'_>) {
        let mut function = Writer::object();
        function.maybe("name", item.value("name"));
        function.member("arguments", item.value("arguments").unwrap_or("\"{}\""));
        let mut call = Writer::object();
        call.maybe("id", item.value("call_id")).member("type", "\"function\"");
        call.member("function", &function.finish()).maybe("extra_content", self.extra.take().as_deref());
        self.calls.push(call.finish());
    }

    fn thinks(&mut self, item: &Object<'_>) {
        let shown = ["summary", "content"]
            .iter()
            .find_map(|name| item.value(name).filter(|said| says_something(said)));
        let shown = plain(shown.unwrap_or("[]"));
        self.reasoning.push_str(json::inside(&shown).unwrap_or_default());
        let Some(encrypted) = item.value("encrypted_content").filter(|data| says_something(data)) else {
            return;
        };
        match unsealed(encrypted) {
            Some(sealed) => match json::object(&sealed).map(|object| object.value("google").is_some()) {
                Some(true) => self.extra = Some(sealed),
                Some(false) => self.details.push(sealed),
                None => {}
            },
            None => {
                let id = item.value("id").unwrap_or("null");
                self.details.push(format!(
                    r#"{{"type":"reasoning.encrypted","data":{encrypted},"id":{id},"format":{FORMAT},"index":0}}"#
                ));
            }
        }
    }

    fn end(&mut self, out: &mut Writer) {
        let Self { text, calls, details, reasoning, .. } = std::mem::take(self);
        if text.is_none() && calls.is_empty() {
            return;
        }
        let mut message = Writer::object();
        message.member("role", "\"assistant\"");
        message.member("content", &text.map_or_else(|| "null".to_owned(), |text| format!("\"{text}\"")));
        if !reasoning.is_empty() {
            message.member("reasoning_content", &format!("\"{reasoning}\""));
        }
        if !details.is_empty() {
            message.member("reasoning_details", &format!("[{}]", details.join(",")));
        }
        if !calls.is_empty() {
            message.member("tool_calls", &format!("[{}]", calls.join(",")));
        }
        out.element(&message.finish());
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
        let has = |name: &str| part.value(name).filter(|value| *value != "null");
        match part.value("type").and_then(json::inside)? {
            "input_text" | "output_text" | "text" => {
                out.element(&format!(r#"{{"type":"text","text":{}}}"#, part.value("text")?));
            }
            "input_image" if has("image_url").is_some() => {
                let mut image = Writer::object();
                image.maybe("url", has("image_url")).maybe("detail", has("detail"));
                out.element(&format!(r#"{{"type":"image_url","image_url":{}}}"#, image.finish()));
            }
            "input_file" if has("file_data").is_some() => {
                let mut file = Writer::object();
                file.maybe("filename", has("filename")).maybe("file_data", has("file_data"));
                out.element(&format!(r#"{{"type":"file","file":{}}}"#, file.finish()));
            }
            "input_audio" => {
                out.element(&format!(
                    r#"{{"type":"input_audio","input_audio":{}}}"#,
                    part.value("input_audio")?
                ));
            }
            kind => bound.to(&format!("a part of the kind `{kind}` that lies elsewhere")),
        }
    }
    Some(out.finish())
}

/// The texts of a content, as one JSON string.
fn plain(content: &str) -> String {
    if json::inside(content).is_some() {
        return content.to_owned();
    }
    let mut all = String::from("\"");
    for part in json::elements(content).unwrap_or_default() {
        let Some(part) = json::object(part) else { continue };
        let text = part.value("text").or_else(|| part.value("refusal"));
        all.push_str(text.and_then(json::inside).unwrap_or_default());
    }
    all.push('"');
    all
}

/// The input without the thoughts that OpenAI did not hide, if there are any.
fn cleaned(object: &Object<'_>) -> Option<String> {
    let input = object.value("input").filter(|input| search::contains(input, MARK))?;
    let mut out = Writer::list();
    for item in json::elements(input)? {
        let encrypted = json::object(item).and_then(|item| item.value("encrypted_content"));
        if encrypted.and_then(unsealed).is_none() {
            out.element(item);
        }
    }
    Some(out.finish())
}

#[cfg(test)]
mod tests;
