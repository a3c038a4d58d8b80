//! What such a provider is sent: the conversation as items, and nothing that it would have to remember.

use bytes::Bytes;

use crate::chat::content::{self, plain};
use crate::chat::request::Ask;
use crate::chat::thought::RESPONSES;
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, left, lowered, note, noted, unheard};
use crate::dialect::openai::schema;
use crate::dialect::{CarriesOn, openai, unsayable};
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::json::{self, Elements, Object, Writer, quoted};
use crate::search;
use crate::secret::Secret;
use crate::words::{Words, words};

use super::fit::SAMPLING;
use super::seal;

/// Where it goes, with the key and without a body.
pub(in crate::dialect) fn head(
    ask: &Ask,
    target: &Target,
    key: Option<&Secret>,
    _: Option<&CarriesOn>,
) -> Result<UpstreamRequest, Failure> {
    Ok(openai::request::to("/responses", target, key, ask.stream))
}

/// Parameters that mean the same under the same name.
const SAME: Words = words![
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "temperature",
    "top_logprobs",
    "top_p",
    "user",
];

/// Parameters that only a chat has.
pub(in crate::dialect) const LOST: Words = words![
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "modalities",
    "n",
    "presence_penalty",
    "seed",
    "stop"
];

/// It refuses to say less.
const LEAST_OUTPUT: u64 = 16;

/// What is said in other words here, or to others.
const KNOWN: Words = words![
    "function_call",
    "functions",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "models",
    "reasoning_effort",
    "response_format",
    "steadfast",
    "store",
    "stream",
    "stream_options",
    "tool_choice",
    "tools",
    "verbosity",
];

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// What cannot be said in this dialect.
pub(in crate::dialect) fn body(
    ask: &Ask,
    asked: &Asked<'_>,
    carries_on: Option<&CarriesOn>,
    notes: &mut Vec<String>,
) -> Result<Vec<Bytes>, Failure> {
    let Asked { object, target } = asked;
    let mut out = Writer::object();
    out.string("model", &target.model);
    let messages = object.value("messages").unwrap_or("[]");
    let told = openai::conversation::told_of_json(asked, &|| messages, notes);
    let messages = told.as_deref().unwrap_or(messages);
    let carry_on = openai::conversation::is_begun(ask);
    out.member("input", &items(messages, carry_on, carries_on, &target.provider.name, notes)?);
    out.member("store", "false");
    if ask.stream {
        out.member("stream", "true");
    }
    let in_vain = openai::request::thinks_in_vain(ask, target).is_some();
    let is_fixed = openai::fit::samples_as_it_likes(asked, in_vain);
    for name in SAME.iter() {
        let is_refused = is_fixed && SAMPLING.contains(&name);
        match asked.value(name) {
            Some(_) if is_refused => dropped(notes, name),
            value => _ = out.maybe(name, value),
        }
    }
    asked.drops_others(&[KNOWN, SAME], notes);
    if let Some(limit) = asked.limit() {
        let lowered = lowered(limit, target, notes);
        let left = left(lowered.as_deref().unwrap_or(limit), carries_on, 1);
        if left.parse::<u64>().is_ok_and(|left| left < LEAST_OUTPUT) {
            out.whole("max_output_tokens", LEAST_OUTPUT);
            noted(notes, format_args!("max_tokens raised to {LEAST_OUTPUT}"));
        } else {
            out.member("max_output_tokens", &left);
        }
    }
    if let Some(effort) = asked.value("reasoning_effort").filter(|_| !in_vain) {
        let nearest = openai::fit::nearest_effort(json::inside(effort), target, notes).map(quoted);
        out.fill("reasoning", r#"{"effort":$}"#, &[nearest.as_deref().unwrap_or(effort)]);
    }
    if target.facts.known && target.facts.capabilities.reasoning {
        out.member("include", r#"["reasoning.encrypted_content"]"#);
    }
    text(asked.value("response_format"), asked.value("verbosity"), &mut out);
    let mut tools = Writer::list();
    for tool in asked.list("tools") {
        tools.element(flat(tool).as_deref().unwrap_or(tool));
    }
    // OpenAI's first words for it: one call at a time.
    for function in asked.list("functions").objects() {
        tools.element(&flattened(&function));
    }
    if asked.said("functions").is_some() && asked.value("parallel_tool_calls").is_none() {
        out.member("parallel_tool_calls", "false");
    }
    if asked.value("tools").is_some() || !tools.is_empty() {
        out.nest("tools", &tools);
    }
    if let Some(choice) = asked.value("tool_choice").or(asked.value("function_call")) {
        let asks = json::object(choice).unwrap_or_else(Object::empty);
        let old = asks.value("name").filter(|_| asks.value("type").is_none());
        match asks.within("function").value("name").or(old) {
            None if asks.is("type", r#""allowed_tools""#) => {
                out.nest("tool_choice", &allowed(&asks.within("allowed_tools")))
            }
            Some(name) => out.fill("tool_choice", r#"{"type":"function","name":$}"#, &[name]),
            None => out.member("tool_choice", choice),
        };
    }
    Ok(vec![out.finish().into()])
}

/// The tools that may be called, each by its name alone.
fn allowed(asks: &Object<'_>) -> Writer {
    let mut names = Writer::list();
    for tool in asks.list("tools").objects() {
        names.put(
            r#"{"type":"function","name":$}"#,
            &[tool.within("function").value("name").unwrap_or("null")],
        );
    }
    let mut out = Writer::object();
    out.member("type", r#""allowed_tools""#).copy(asks, &["mode"]).nest("tools", &names);
    out
}

/// A tool with its function's members beside its type. Strictness is the default here, and was not there.
fn flat(tool: &str) -> Option<String> {
    Some(flattened(&json::object(tool)?.object("function")?))
}

fn flattened(function: &Object<'_>) -> String {
    let mut out = Writer::object();
    out.member("type", "\"function\"").copy(function, &["name", "description"]);
    let parameters = function.value("parameters").unwrap_or(schema::NOTHING);
    out.member("parameters", schema::of_object(parameters).as_deref().unwrap_or(parameters));
    out.member("strict", function.given("strict").unwrap_or("false"));
    out.finish()
}

/// The form of the text.
fn text(format: Option<&str>, verbosity: Option<&str>, out: &mut Writer) {
    let mut text = Writer::object();
    if let Some(format) = format {
        match json::object(format).and_then(|format| format.object("json_schema")) {
            Some(schema) => {
                let mut flat = Writer::object();
                flat.member("type", "\"json_schema\"");
                flat.copy(&schema, &["name", "description", "schema", "strict"]);
                text.nest("format", &flat);
            }
            None => {
                text.member("format", format);
            }
        }
    }
    text.maybe("verbosity", verbosity);
    out.unless_empty("text", &text);
}

/// The messages as items; what was delivered already follows them, and the wish to carry on, from the last of them too.
fn items(
    messages: &str,
    carry_on: bool,
    begun: Option<&CarriesOn>,
    vendor: &str,
    notes: &mut Vec<String>,
) -> Result<String, Failure> {
    const WISH: &str = r#"{"role":"user","content":$}"#;
    let mut out = Writer::list();
    // How many calls there were in OpenAI's first words for one, which have no id.
    let mut old = 0;
    for message in Elements::of(messages).objects() {
        old += usize::from(message.said("function_call").is_some());
        item(&message, &format!("\"call_{old}\""), vendor, &mut out, notes)?;
    }
    if carry_on {
        out.put(WISH, &[&quoted(openai::request::CARRY_ON)]);
        note(notes, "asked in words to carry on from the last message");
    }
    if let Some(begun) = begun {
        out.put(SPOKEN, &[&quoted(&begun.text)]);
        out.put(WISH, &[&quoted(openai::request::CARRY_ON)]);
    }
    Ok(out.finish())
}

/// What the model said: a JSON string.
const SPOKEN: &str = r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":$}]}"#;

/// Adds a message; `old` is the id of the latest call that has none.
fn item(
    message: &Object<'_>,
    old: &str,
    vendor: &str,
    out: &mut Writer,
    notes: &mut Vec<String>,
) -> Result<(), Failure> {
    let content = content::of(message).unwrap_or("\"\"");
    let role = message.inside("role").unwrap_or("user");
    if !matches!(role, "tool" | "function") {
        unheard("name", message, notes);
    }
    match role {
        "tool" | "function" => {
            let mut item = Writer::object();
            item.member("type", "\"function_call_output\"");
            item.member("call_id", &message.value("tool_call_id").map_or_else(|| old.to_owned(), short));
            let is_shown = ["\"image_url\"", "\"file\""].iter().any(|kind| search::contains(content, kind));
            let output = if is_shown && content.starts_with('[') { listed(content)? } else { plain(content) };
            item.member("output", &output);
            out.append(&item);
        }
        "assistant" => {
            for detail in message.list("reasoning_details") {
                hidden(detail, vendor, out);
            }
            let said = plain(content);
            if said != "\"\"" {
                out.put(SPOKEN, &[&said]);
            }
            for call in message.list("tool_calls").objects() {
                called(call.value("id").map(short).as_deref(), call.object("function"), out);
            }
            called(Some(old), message.object("function_call"), out);
        }
        role => {
            let parts = if content.starts_with('[') { Some(listed(content)?) } else { None };
            let content = parts.as_deref().unwrap_or(content);
            out.put(r#"{"role":$,"content":$}"#, &[&quoted(role), content]);
        }
    }
    Ok(())
}

/// Parts of a message, none of which is left out: what was asked would be another thing.
fn listed(parts: &str) -> Result<String, Failure> {
    let mut out = Writer::list();
    for part in Elements::of(parts).objects() {
        match part.word("type") {
            "text" => {
                out.put(r#"{"type":"input_text","text":$}"#, &[part.value("text").unwrap_or("\"\"")]);
            }
            "image_url" => {
                let image = part.within("image_url");
                let mut item = Writer::object();
                item.member("type", "\"input_image\"").maybe("image_url", image.value("url"));
                item.member("detail", image.value("detail").unwrap_or("\"auto\""));
                out.append(&item);
            }
            "file" => {
                let mut item = Writer::object();
                item.member("type", "\"input_file\"");
                let file = part.within("file");
                match file.value("file_data").filter(|data| data.starts_with("\"http")) {
                    Some(address) => item.member("file_url", address),
                    None => item.copy(&file, &["filename", "file_data", "file_id"]),
                };
                out.append(&item);
            }
            other => {
                let why = format!(
                    "a part of the kind `{other}` is nothing that is taken here: text, images and files are"
                );
                return Err(unsayable("messages", why));
            }
        }
    }
    Ok(out.finish())
}

fn called(id: Option<&str>, function: Option<Object<'_>>, out: &mut Writer) {
    let Some(function) = function else { return };
    let mut item = Writer::object();
    item.member("type", "\"function_call\"").maybe("call_id", id).copy(&function, &["name"]);
    item.member("arguments", function.said("arguments").unwrap_or("\"{}\""));
    out.append(&item);
}

/// An id of a call, as long as it may be.
fn short(id: &str) -> String {
    openai::conversation::shortened(id, super::LONGEST_ID).unwrap_or_else(|| id.to_owned())
}

/// Thoughts that this vendor hid, on their way back.
fn hidden(detail: &str, vendor: &str, out: &mut Writer) {
    let Some(detail) = json::object(detail).filter(|detail| detail.is("format", RESPONSES)) else {
        return;
    };
    let Some(data) = detail.inside("data").and_then(|data| seal::own(data, vendor)) else { return };
    let mut item = Writer::object();
    item.member("type", "\"reasoning\"").copy_given(&detail, &["id"]);
    item.member("summary", "[]").fill("encrypted_content", "\"$\"", &[data]);
    out.append(&item);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sent(ask: &Ask, target: &Target, notes: &mut Vec<String>) -> Vec<u8> {
        let object = Object::again(&ask.body, &ask.outline);
        body(ask, &Asked::of(&object, target), None, notes).unwrap().concat()
    }

    fn input(messages: Value) -> Value {
        let mut notes = Vec::new();
        serde_json::from_str(&items(&messages.to_string(), false, None, "openai", &mut notes).unwrap())
            .unwrap()
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

    /// The functions were left out, and of a call there was but the result, which is refused.
    #[test]
    fn what_is_called_in_the_first_words_for_it_is_called_here_too() {
        use crate::config::{Kind, Plan};
        let node = Plan::from_json("{}").unwrap().resolve("openai/gpt-4.1", &|_| true).unwrap();
        let Kind::Target(target) = &node.kind else { panic!("no target") };
        let call = json!({ "role": "assistant", "content": null, "function_call": { "name": "f", "arguments": "{}" } });
        let result = json!({ "role": "function", "name": "f", "content": "7" });
        let body = json!({ "model": "m", "messages": [call, result, call, result], "functions": [{ "name": "f" }], "function_call": { "name": "f" } });
        let (ask, mut notes) = (Ask::read(body.to_string().into()).unwrap(), Vec::new());
        let sent: Value = serde_json::from_slice(&sent(&ask, target, &mut notes)).unwrap();
        let ids: Vec<&Value> =
            sent["input"].as_array().unwrap().iter().map(|item| &item["call_id"]).collect();
        assert_eq!(ids, ["call_1", "call_1", "call_2", "call_2"]);
        assert_eq!(
            sent["input"][0],
            json!({ "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}" })
        );
        assert_eq!((&sent["tools"][0]["name"], &sent["parallel_tool_calls"]), (&json!("f"), &json!(false)));
        assert_eq!((&sent["tool_choice"], notes.len()), (&json!({ "type": "function", "name": "f" }), 0));
    }

    /// What declined was lost on the way to `/responses` and to Claude alone.
    #[test]
    fn what_declined_is_said_again_too() {
        for nothing in [json!(null), json!(""), json!([])] {
            let said = input(json!([{ "role": "assistant", "content": nothing, "refusal": "I cannot." }]));
            assert_eq!(said[0]["content"][0]["text"], "I cannot.");
        }
        let parts =
            json!([{ "type": "text", "text": "No: " }, { "type": "refusal", "refusal": "I cannot." }]);
        let said = input(json!([{ "role": "assistant", "content": parts }]));
        assert_eq!(said[0]["content"][0]["text"], "No: I cannot.");
    }

    /// "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16": the chat says less.
    #[test]
    fn an_answer_may_be_as_short_as_it_can_be() {
        use crate::config::{Kind, Plan};
        let node = Plan::from_json("{}").unwrap().resolve("openai/gpt-6.1-sol", &|_| true).unwrap();
        let Kind::Target(target) = &node.kind else { panic!("no target") };
        for (asked, said) in [(1, json!(16)), (16, json!(16)), (40, json!(40)), (-1, json!(null))] {
            let body = json!({ "model": "m", "messages": [], "max_tokens": asked });
            let ask = Ask::read(body.to_string().into()).unwrap();
            let sent: Value = serde_json::from_slice(&sent(&ask, target, &mut Vec::new())).unwrap();
            assert_eq!(sent["max_output_tokens"], said);
        }
    }

    #[test]
    fn what_a_tool_shows_is_seen() {
        let image = json!({ "type": "image_url", "image_url": { "url": "https://i" } });
        let result = json!({ "role": "tool", "tool_call_id": "c1", "content": [{ "type": "text", "text": "R" }, image] });
        assert_eq!(
            input(json!([result]))[0]["output"],
            json!([{ "type": "input_text", "text": "R" }, { "type": "input_image", "image_url": "https://i", "detail": "auto" }])
        );
    }

    #[test]
    fn a_file_is_sent_as_data_or_by_its_address() {
        for (file, sent) in [
            (
                json!({ "filename": "a", "file_data": "data:x" }),
                json!({ "type": "input_file", "filename": "a", "file_data": "data:x" }),
            ),
            (
                json!({ "filename": "a", "file_data": "https://f" }),
                json!({ "type": "input_file", "file_url": "https://f" }),
            ),
        ] {
            let message = json!({ "role": "user", "content": [{ "type": "file", "file": file }] });
            assert_eq!(input(json!([message]))[0]["content"], json!([sent]));
        }
    }

    #[test]
    fn only_the_tools_that_are_allowed_may_be_called() {
        let chat = r#"{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}"#;
        let flat = allowed(&json::object(chat).unwrap()).finish();
        assert_eq!(
            flat,
            r#"{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}"#
        );
    }

    #[test]
    fn tools_and_forms_lie_flat() {
        let tool = r#"{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}"#;
        let flat: Value = serde_json::from_str(&flat(tool).unwrap()).unwrap();
        assert_eq!(
            flat,
            json!({ "type": "function", "name": "f", "parameters": { "type": "object", "properties": {} }, "strict": false })
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
