//! What such a provider is sent: the conversation as items, and nothing that it would have to remember.

use crate::chat::request::Ask;
use crate::config::Target;
use crate::dialect::{CarriesOn, openai};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Object, Writer, quoted};
use crate::secret::Secret;

use super::seal;

/// Where it goes, with the key and without a body.
#[must_use]
pub fn head(target: &Target, key: Option<&Secret>, stream: bool) -> UpstreamRequest {
    openai::request::head(target, key, stream, "/responses")
}

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// What cannot be said in this dialect.
pub fn write(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<UpstreamRequest, Failure> {
    let body = body(ask, target, carries_on, notes);
    Ok(UpstreamRequest { body: vec![body.into()], ..head(target, key, ask.stream) })
}

/// Parameters that mean the same under the same name.
const SAME: [&str; 9] = [
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "safety_identifier",
    "service_tier",
    "temperature",
    "top_logprobs",
    "top_p",
    "user",
];

/// Parameters that this dialect does not have.
const LOST: [&str; 8] =
    ["frequency_penalty", "logit_bias", "logprobs", "modalities", "n", "presence_penalty", "seed", "stop"];

fn body(ask: &Ask, target: &Target, carries_on: Option<&CarriesOn>, notes: &mut Vec<String>) -> String {
    let object = Object::again(&ask.body, &ask.outline);
    let given = |name: &str| {
        let own = target.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        own.or_else(|| object.value(name)).filter(|value| *value != "null")
    };
    let mut out = Writer::object();
    out.string("model", &target.model);
    let begun = carries_on.filter(|carries_on| !carries_on.text.is_empty());
    let messages = object.value("messages").unwrap_or("[]");
    out.member("input", &items(messages, begun, &target.provider.name, notes));
    out.member("store", "false");
    if ask.stream {
        out.member("stream", "true");
    }
    for name in SAME {
        out.maybe(name, given(name));
    }
    for name in LOST {
        if given(name).is_some_and(|value| !matches!(value, "0" | "1" | "false" | "[]" | "{}")) {
            notes.push(format!("dropped {name}"));
        }
    }
    let limit = given("max_completion_tokens").or_else(|| given("max_tokens"));
    out.maybe("max_output_tokens", limit_left(limit, begun).as_deref());
    if let Some(effort) = given("reasoning_effort") {
        out.member("reasoning", &format!(r#"{{"effort":{effort}}}"#));
    }
    if target.facts.known && target.facts.capabilities.reasoning {
        out.member("include", r#"["reasoning.encrypted_content"]"#);
    }
    text(given("response_format"), given("verbosity"), &mut out);
    if let Some(tools) = given("tools").and_then(json::elements) {
        let mut list = Writer::list();
        for tool in tools {
            list.element(&flat(tool).unwrap_or_else(|| tool.to_owned()));
        }
        out.member("tools", &list.finish());
    }
    if let Some(choice) = given("tool_choice") {
        let name =
            json::object(choice).and_then(|choice| json::object(choice.value("function")?)?.value("name"));
        match name {
            Some(name) => out.member("tool_choice", &format!(r#"{{"type":"function","name":{name}}}"#)),
            None => out.member("tool_choice", choice),
        };
    }
    out.finish()
}

/// A tool with its function's members beside its type. Strictness is the default here, and was not there.
fn flat(tool: &str) -> Option<String> {
    let tool = json::object(tool)?;
    let function = json::object(tool.value("function")?)?;
    let mut out = Writer::object();
    out.member("type", "\"function\"").maybe("name", function.value("name"));
    out.maybe("description", function.value("description"));
    out.member("parameters", function.value("parameters").unwrap_or(r#"{"type":"object","properties":{}}"#));
    out.member("strict", function.value("strict").filter(|strict| *strict != "null").unwrap_or("false"));
    Some(out.finish())
}

/// The form of the text.
fn text(format: Option<&str>, verbosity: Option<&str>, out: &mut Writer) {
    let mut text = Writer::object();
    if let Some(format) = format {
        let schema = json::object(format).and_then(|format| json::object(format.value("json_schema")?));
        match schema {
            Some(schema) => {
                let mut flat = Writer::object();
                flat.member("type", "\"json_schema\"");
                for name in ["name", "description", "schema", "strict"] {
                    flat.maybe(name, schema.value(name));
                }
                text.member("format", &flat.finish());
            }
            None => {
                text.member("format", format);
            }
        }
    }
    text.maybe("verbosity", verbosity);
    if !text.is_empty() {
        out.member("text", &text.finish());
    }
}

/// The limit holds for the whole answer: what was delivered is used up. It refuses less than 16.
fn limit_left(limit: Option<&str>, begun: Option<&CarriesOn>) -> Option<String> {
    let limit = limit?;
    match (begun, limit.parse::<u64>()) {
        (Some(begun), Ok(limit)) => {
            Some(limit.saturating_sub(begun.usage.completion_tokens).max(16).to_string())
        }
        _ => Some(limit.to_owned()),
    }
}

/// The messages as items; what was delivered already follows them, and the wish to carry on.
fn items(messages: &str, begun: Option<&CarriesOn>, vendor: &str, notes: &mut Vec<String>) -> String {
    let mut out = Writer::list();
    for message in json::elements(messages).unwrap_or_default() {
        if let Some(message) = json::object(message) {
            item(&message, vendor, &mut out, notes);
        }
    }
    if let Some(begun) = begun {
        out.element(&spoken(&quoted(&begun.text)));
        out.element(&format!(r#"{{"role":"user","content":{}}}"#, quoted(openai::request::CARRY_ON)));
    }
    out.finish()
}

fn item(message: &Object<'_>, vendor: &str, out: &mut Writer, notes: &mut Vec<String>) {
    let role = message.value("role").and_then(json::inside).unwrap_or("user");
    let content = message.value("content").filter(|content| *content != "null");
    match role {
        "tool" | "function" => {
            let mut item = Writer::object();
            item.member("type", "\"function_call_output\"");
            item.maybe("call_id", message.value("tool_call_id").or_else(|| message.value("name")));
            item.member("output", &content.map_or_else(|| "\"\"".to_owned(), plain));
            out.element(&item.finish());
        }
        "assistant" => {
            for detail in message.value("reasoning_details").and_then(json::elements).unwrap_or_default() {
                if let Some(item) = hidden(detail, vendor) {
                    out.element(&item);
                }
            }
            if let Some(content) = content.map(plain).filter(|content| content != "\"\"") {
                out.element(&spoken(&content));
            }
            for call in message.value("tool_calls").and_then(json::elements).unwrap_or_default() {
                if let Some(item) = called(call) {
                    out.element(&item);
                }
            }
        }
        role => {
            let content = content.unwrap_or("\"\"");
            let said = match json::elements(content) {
                Some(parts) => listed(&parts, notes),
                None => content.to_owned(),
            };
            out.element(&format!(r#"{{"role":{},"content":{said}}}"#, quoted(role)));
        }
    }
}

fn spoken(text: &str) -> String {
    format!(r#"{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":{text}}}]}}"#)
}

/// A content's text, as one JSON string.
fn plain(content: &str) -> String {
    if json::inside(content).is_some() {
        return content.to_owned();
    }
    let mut all = String::from("\"");
    for part in json::elements(content).unwrap_or_default() {
        let text = json::object(part).and_then(|part| part.value("text").and_then(json::inside));
        all.push_str(text.unwrap_or_default());
    }
    all.push('"');
    all
}

fn listed(parts: &[&str], notes: &mut Vec<String>) -> String {
    let mut out = Writer::list();
    for part in parts {
        let Some(part) = json::object(part) else { continue };
        match part.value("type").and_then(json::inside).unwrap_or_default() {
            "text" => {
                let text = part.value("text").unwrap_or("\"\"");
                out.element(&format!(r#"{{"type":"input_text","text":{text}}}"#));
            }
            "image_url" => {
                let image = part.value("image_url").and_then(json::object);
                let of = |name: &str| image.as_ref().and_then(|image| image.value(name));
                let mut item = Writer::object();
                item.member("type", "\"input_image\"").maybe("image_url", of("url"));
                item.member("detail", of("detail").unwrap_or("\"auto\""));
                out.element(&item.finish());
            }
            "file" => {
                let file = part.value("file").and_then(json::object);
                let mut item = Writer::object();
                item.member("type", "\"input_file\"");
                for name in ["filename", "file_data", "file_id"] {
                    item.maybe(name, file.as_ref().and_then(|file| file.value(name)));
                }
                out.element(&item.finish());
            }
            other => notes.push(format!("dropped a part of the kind {other}")),
        }
    }
    out.finish()
}

fn called(call: &str) -> Option<String> {
    let call = json::object(call)?;
    let function = json::object(call.value("function")?)?;
    let mut item = Writer::object();
    item.member("type", "\"function_call\"").maybe("call_id", call.value("id"));
    item.maybe("name", function.value("name"));
    item.member("arguments", function.value("arguments").unwrap_or("\"\""));
    Some(item.finish())
}

/// Thoughts that this vendor hid, on their way back.
fn hidden(detail: &str, vendor: &str) -> Option<String> {
    let detail = json::object(detail)?;
    (detail.value("format")? == super::FORMAT).then_some(())?;
    let data = format!("\"{}\"", seal::own(json::inside(detail.value("data")?)?, vendor)?);
    let mut item = Writer::object();
    item.member("type", "\"reasoning\"").maybe("id", detail.value("id").filter(|id| *id != "null"));
    item.member("summary", "[]").member("encrypted_content", &data);
    Some(item.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn input(messages: Value) -> Value {
        let mut notes = Vec::new();
        serde_json::from_str(&items(&messages.to_string(), None, "openai", &mut notes)).unwrap()
    }

    #[test]
    fn a_conversation_becomes_items() {
        let messages = json!([
            { "role": "system", "content": "S" },
            { "role": "user", "content": [{ "type": "text", "text": "T" }, { "type": "image_url", "image_url": { "url": "https://i" } }] },
            { "role": "assistant", "content": "A", "reasoning_details": [
                { "type": "reasoning.encrypted", "data": "by:openai:E", "id": "rs_1", "format": "openai-responses-v1" },
                { "type": "reasoning.encrypted", "data": "by:xai:F", "id": "rs_2", "format": "openai-responses-v1" },
                { "type": "reasoning.text", "text": "x", "signature": "s", "format": "anthropic-claude-v1" },
            ], "tool_calls": [{ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
            { "role": "tool", "tool_call_id": "c1", "content": [{ "type": "text", "text": "R" }] },
        ]);
        assert_eq!(
            input(messages),
            json!([
                { "role": "system", "content": "S" },
                { "role": "user", "content": [{ "type": "input_text", "text": "T" }, { "type": "input_image", "image_url": "https://i", "detail": "auto" }] },
                { "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "E" },
                { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "A" }] },
                { "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}" },
                { "type": "function_call_output", "call_id": "c1", "output": "R" },
            ])
        );
    }

    #[test]
    fn tools_and_forms_lie_flat() {
        let tool = r#"{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}"#;
        let flat: Value = serde_json::from_str(&flat(tool).unwrap()).unwrap();
        assert_eq!(
            flat,
            json!({ "type": "function", "name": "f", "parameters": { "type": "object" }, "strict": false })
        );
        let mut out = Writer::object();
        let format = r#"{"type":"json_schema","json_schema":{"name":"n","schema":{},"strict":true}}"#;
        text(Some(format), Some("\"low\""), &mut out);
        let out: Value = serde_json::from_str(&out.finish()).unwrap();
        assert_eq!(
            out["text"]["format"],
            json!({ "type": "json_schema", "name": "n", "schema": {}, "strict": true })
        );
        assert_eq!(out["text"]["verbosity"], "low");
    }
}
