//! What a vendor does not take of a conversation: roles and their order, ids, images of tools, thoughts of others.
//!
//! Each rule looks first for what it is about among the [`Marks`](crate::chat::marks::Marks) of the request: nearly all
//! conversations go out as they came.

use crate::catalog::{Quirks, ToolIds, Unsaid};
use crate::chat::request::Ask;
use crate::config::Target;
use crate::dialect::asked::{Asked, note};
use crate::json::{self, Edit, Object, Writer, filled, quoted};
use crate::search;
use crate::text;

use super::request::CARRY_ON;
use super::thoughts;

/// A text that may be a megabyte, and is looked at only where there is something to do.
pub(in crate::dialect) type Text<'f, 't> = &'f dyn Fn() -> &'t str;

/// The messages as this target takes them; `None`: as they are.
pub(super) fn fitted(
    messages: Text<'_, '_>,
    ask: &Ask,
    asked: &Asked<'_>,
    notes: &mut Vec<String>,
) -> Option<String> {
    let target = asked.target;
    let mut fitted = images_apart(messages, target, ask, notes);
    let mut fit = |change: &mut dyn for<'t> FnMut(Text<'_, 't>) -> Option<String>| {
        let present = || match &fitted {
            Some(text) => text.as_str(),
            None => messages(),
        };
        if let Some(changed) = change(&present) {
            fitted = Some(changed);
        }
    };
    let has_lists = !target.provider.quirks.text_lists && ask.marks().listed;
    if has_lists {
        fit(&mut joined);
    }
    // Empty texts in a list are an empty text by now.
    if target.provider.known && (ask.marks().unsaid || has_lists) {
        fit(&mut |messages| spoken(messages, target, notes));
    }
    if target.provider.known && ask.marks().bare {
        fit(&mut argued);
    }
    fit(&mut |messages| turns(messages, &target.provider.quirks, ask, notes));
    fit(&mut |messages| thoughts::fitting(messages, ask, target));
    fit(&mut |messages| told_of_json(asked, messages, notes));
    fitted
}

/// The messages in the roles and the order that the target takes; `None`: as they are.
fn turns(messages: Text<'_, '_>, quirks: &Quirks, ask: &Ask, notes: &mut Vec<String>) -> Option<String> {
    let begun = is_begun(ask);
    let has = |word: &str| ask.marks().has(word);
    let has_developer = !quirks.developer_role && has("developer");
    let has_ids = match quirks.tool_ids {
        ToolIds::Any => false,
        ToolIds::NineAlphanumerics => has("tool_calls") || has("tool_call_id"),
        ToolIds::Forty => has("tool_call_id") && has_long_id(messages()),
    };
    let ids = if has_ids { quirks.tool_ids } else { ToolIds::Any };
    // What tools show is the user's by now.
    let lacks_user = quirks.needs_user_message && !has("user") && !search::contains(messages(), r#""user""#);
    let is_strict = quirks.strict_order && (has("tool") || has("assistant"));
    if !(has_developer || has_ids || lacks_user || is_strict || begun) {
        return None;
    }
    let elements = json::elements(messages())?.all();
    let instructs = |role: Option<&str>| matches!(role, Some(r#""system""# | r#""developer""#));
    // Whoever needs a user takes the last instruction for what he said.
    let last = || elements.iter().rposition(|message| instructs(role_of(message)));
    let spoken = if lacks_user { last() } else { None };
    let mut out = Writer::list();
    let (mut before, mut is_late) = (None, false);
    for (place, message) in elements.iter().enumerate() {
        let object = json::object(message).unwrap_or_else(Object::empty);
        let own = object.value("role");
        let follows = before.is_some() && !instructs(before);
        let role = (spoken == Some(place) || (follows && instructs(own))).then_some(r#""user""#);
        is_late |= follows && role.is_some();
        let speaker = role.or(own).filter(|_| is_strict);
        if (before, speaker) == (Some(r#""tool""#), Some(r#""user""#)) {
            out.element(r#"{"role":"assistant","content":"OK."}"#);
            note(notes, "added an assistant message");
        }
        before = speaker;
        let is_begun = !begun && place + 1 == elements.len() && speaker == Some(r#""assistant""#);
        let mut edit = Edit::new(&object);
        fit(&object, role, has_developer, ids, is_begun, &mut edit);
        out.element(edit.changed().as_deref().unwrap_or(message));
    }
    if spoken.is_some() || is_late {
        note(notes, "system sent as user");
    } else if lacks_user {
        out.element(r#"{"role":"user","content":"Go on."}"#);
        note(notes, "added a user message");
    }
    // With Mistral's `prefix` the answer would hold the beginning once more.
    if begun && elements.last().and_then(|last| role_of(last)) == Some(r#""assistant""#) {
        out.put(r#"{"role":"user","content":$}"#, &[&quoted(CARRY_ON)]);
        note(notes, "asked in words to carry on from the last message");
    }
    Some(out.finish())
}

/// The messages without answers and instructions that say nothing, without lists of no calls, and beside calls with what
/// stands for no text: "Assistant message must have either content or tool_calls", "Every message needs at least
/// one non-empty content element", "Invalid 'messages[1].tool_calls': empty array", "Field required:
/// input.messages.2.content", "text content is empty", "missing `messages.content`". `None`: they are as they should be.
fn spoken(messages: Text<'_, '_>, target: &Target, notes: &mut Vec<String>) -> Option<String> {
    let mut is_any = false;
    let spoken = json::changed(messages(), &mut |message| {
        let object = json::object(message)?;
        if !["assistant", "system", "developer"].contains(&object.word("role")) {
            return None;
        }
        if SAYING.iter().all(|name| object.said(name).is_none()) {
            is_any = true;
            return Some(String::new());
        }
        let mut edit = Edit::new(&object);
        if object.said("tool_calls").is_none() {
            edit.remove("tool_calls");
        } else if object.said("content").is_none() {
            let content = object.value("content");
            match target.provider.quirks.unsaid {
                Unsaid::Nothing => edit.remove("content"),
                Unsaid::Text if content != Some("\"\"") => edit.set("content", "\"\""),
                Unsaid::Any if content.is_none_or(|content| content == "[]") => edit.set("content", "null"),
                Unsaid::Any | Unsaid::Text => {}
            }
        }
        edit.changed()
    });
    if is_any {
        note(notes, "left out an empty message");
    }
    spoken
}

/// The messages with an empty object in calls that were made with nothing, as some models write them: "The
/// \"function.arguments\" parameter of the code model must be in JSON format". `None`: there are none.
fn argued(messages: Text<'_, '_>) -> Option<String> {
    json::edited(messages(), &mut |_, message| {
        message.each("tool_calls", &mut |call, edit| {
            if call.object("function").is_some_and(|function| function.said("arguments").is_none()) {
                edit.within("function", &mut |_, function| function.set("arguments", r#""{}""#));
            }
        });
    })
}

/// What a message says something with.
const SAYING: [&str; 5] = ["content", "tool_calls", "function_call", "refusal", "audio"];

/// The messages with what tools show of images behind it, as the user's: "Image URLs are only allowed for messages with role
/// 'user', but this message with role 'tool' contains an image URL". `None`: they are as they should be.
fn images_apart(
    messages: Text<'_, '_>,
    target: &Target,
    ask: &Ask,
    notes: &mut Vec<String>,
) -> Option<String> {
    if !(target.provider.known && ask.marks().has("image_url") && ask.marks().has("tool")) {
        return None;
    }
    let (mut out, mut images, mut is_any) = (Writer::list(), Writer::list(), false);
    let follow = |images: &mut Writer, out: &mut Writer| {
        if !images.is_empty() {
            let images = std::mem::replace(images, Writer::list()).finish();
            out.put(r#"{"role":"user","content":$}"#, &[&images]);
        }
    };
    for message in json::elements(messages())? {
        let object = json::object(message)?;
        if !object.is("role", r#""tool""#) {
            follow(&mut images, &mut out);
        } else if search::contains(message, IMAGE) && object.list("content").next().is_some() {
            let mut others = Writer::list();
            for part in object.list("content") {
                let is_image = json::object(part)?.is("type", IMAGE);
                if is_image { &mut images } else { &mut others }.element(part);
            }
            let mut edit = Edit::new(&object);
            edit.set("content", if others.is_empty() { "\"\"".to_owned() } else { others.finish() });
            out.element(&edit.text()?);
            is_any = true;
            continue;
        }
        out.element(message);
    }
    follow(&mut images, &mut out);
    is_any.then(|| {
        note(notes, "images of tools sent as the user's");
        out.finish()
    })
}

const IMAGE: &str = r#""image_url""#;

/// The messages with texts in a list as one text, and without empty ones beside images: "invalid type: sequence, expected a
/// string", "text content is empty". `None`: there is none.
fn joined(messages: Text<'_, '_>) -> Option<String> {
    let is_blank = |part: &Object<'_>| part.is("type", TEXT) && part.said("text").is_none();
    json::edited(messages(), &mut |_, message| {
        if !message.alter("content", &mut one_text) {
            message.without("content", &is_blank);
        }
    })
}

/// A list of texts alone as one, each of them in lines of its own; `None`: it is none.
fn one_text(content: &str) -> Option<String> {
    let mut all = String::from("\"");
    for part in json::elements(content)? {
        let part = json::object(part).filter(|part| part.is("type", TEXT))?;
        if all.len() > 1 {
            all.push_str("\\n");
        }
        all.push_str(part.inside("text")?);
    }
    all.push('"');
    Some(all)
}

const TEXT: &str = r#""text""#;

fn role_of(message: &str) -> Option<&str> {
    json::object(message)?.value("role")
}

fn fit(
    message: &Object<'_>,
    role: Option<&'static str>,
    has_developer: bool,
    ids: ToolIds,
    is_begun: bool,
    edit: &mut Edit<'_, '_>,
) {
    if is_begun && message.said("tool_calls").is_none() {
        edit.set("prefix", "true");
    }
    if let Some(role) = role {
        edit.set("role", role);
    } else if has_developer && message.is("role", r#""developer""#) {
        edit.set("role", r#""system""#);
    }
    if ids != ToolIds::Any {
        let longest = if ids == ToolIds::Forty { LONGEST_ID } else { 0 };
        let mut renamed = |id: &str| shortened(id, longest);
        edit.alter("tool_call_id", &mut renamed);
        edit.each("tool_calls", &mut |_, call| _ = call.alter("id", &mut renamed));
    }
}

/// So long is an id of OpenAI's chat.
const LONGEST_ID: usize = 40;

/// An id in nine letters and digits, if it is longer than that. Both are JSON text.
pub(in crate::dialect) fn shortened(id: &str, longest: usize) -> Option<String> {
    let id = json::text(id).filter(|id| id.len() > longest)?;
    Some(quoted(&text::nine(&id)))
}

/// Whether an answer to a call bears a longer id.
fn has_long_id(messages: &str) -> bool {
    search::places(messages.as_bytes(), TOOL_CALL_ID).any(|at| {
        let value = messages.get(at + TOOL_CALL_ID.len()..).unwrap_or_default();
        let value = value.trim_start_matches([':', ' ', '\n', '\t', '\r', '"']);
        search::find(value, "\"").is_none_or(|length| length > LONGEST_ID)
    })
}

const TOOL_CALL_ID: &str = r#""tool_call_id""#;

/// The messages with a word about JSON, where it is asked for and not spoken of: "'messages' must contain the word 'json' in
/// some form, to use 'response_format' of type 'json_object'". `None`: as they are.
pub(in crate::dialect) fn told_of_json(
    asked: &Asked<'_>,
    messages: Text<'_, '_>,
    notes: &mut Vec<String>,
) -> Option<String> {
    let is_wished = asked.within("response_format").is("type", r#""json_object""#);
    if !is_wished
        || asked.target.provider.quirks.json_unspoken
        || search::contains(messages().to_ascii_lowercase(), "json")
    {
        return None;
    }
    note(notes, "asked for JSON in words");
    let rest = messages().strip_prefix('[')?.trim_start();
    let comma = if rest.starts_with(']') { "" } else { "," };
    Some(filled(r#"[{"role":"system","content":"Answer in JSON."}$$"#, &[comma, rest]))
}

/// Whether the caller's language carries on from the last message, which is the beginning of an answer.
pub(in crate::dialect) fn is_begun(ask: &Ask) -> bool {
    ask.native.as_ref().is_some_and(|native| native.begun)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::Plan;
    use crate::dialect;

    #[test]
    fn what_a_tool_shows_is_a_message_of_the_users() {
        let call = json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let image = json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } });
        let body = json!({ "model": "m", "messages": [
            { "role": "system", "content": "Look." },
            { "role": "assistant", "content": "", "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "c", "content": [image] },
        ] });
        let target = Plan::from_json("{}").unwrap().target("qwen/qwen-plus").unwrap();
        let ask = Ask::read(body.to_string().into()).unwrap();
        let request = dialect::request(&ask, &target, None, None, &mut Vec::new()).unwrap();
        let body: Value = serde_json::from_slice(&request.body.concat()).unwrap();
        let roles: Vec<_> = body["messages"].as_array().unwrap().iter().map(|said| &said["role"]).collect();
        assert_eq!(roles, ["system", "assistant", "tool", "user"]);
    }

    #[test]
    fn json_is_spoken_of_where_it_is_asked_for() {
        let tool = json!({ "type": "function", "function": { "name": "f" } });
        let word = json!({ "role": "system", "content": "Answer in JSON." });
        let user = |text: &str| json!({ "role": "user", "content": text });
        for (model, list) in
            [("openai/gpt-4o", "messages"), ("qwen/qwen-plus", "messages"), ("openai/gpt-6.1-sol", "input")]
        {
            let target = Plan::from_json("{}").unwrap().target(model).unwrap();
            for (text, sent) in
                [("Who?", json!([word, user("Who?")])), ("Who? In Json.", json!([user("Who? In Json.")]))]
            {
                let body = json!({ "model": "m", "messages": [user(text)], "tools": [tool],
                    "response_format": { "type": "json_object" } });
                let ask = Ask::read(body.to_string().into()).unwrap();
                let request = dialect::request(&ask, &target, None, None, &mut Vec::new()).unwrap();
                let body: Value = serde_json::from_slice(&request.body.concat()).unwrap();
                assert_eq!(body[list], sent, "{model}");
            }
        }
        let target = Plan::from_json("{}").unwrap().target("mistral/x").unwrap();
        let body =
            json!({ "model": "m", "messages": [user("Who?")], "response_format": { "type": "json_object" } });
        let ask = Ask::read(body.to_string().into()).unwrap();
        let request = dialect::request(&ask, &target, None, None, &mut Vec::new()).unwrap();
        let sent: Value = serde_json::from_slice(&request.body.concat()).unwrap();
        assert_eq!(sent["messages"], json!([user("Who?")]), "it does not mind");
    }
}
