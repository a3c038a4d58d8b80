//! The thoughts of earlier turns, on their way back.
//!
//! What one vendor signed or hid is no other vendor's business, and some refuse a message with a member that they do
//! not know. So those of the catalogue are sent what they take back. An endpoint that only a configuration knows gets
//! what the caller wrote; what a surface said for a caller of another language, it gets only if it wants it.

use super::conversation::Text;
use crate::catalog::ThoughtsBack;
use crate::chat::request::Ask;
use crate::config::Target;
use crate::json::{self, Edit, Object};

/// The messages without what this target is not to be sent; `None`: as they are.
pub(super) fn fitting(messages: Text<'_, '_>, ask: &Ask, target: &Target) -> Option<String> {
    let taken = target.provider.quirks.thoughts_back;
    let is_known = target.provider.known;
    let unwanted = |name: &str| match name {
        "reasoning_details" => is_known && taken != ThoughtsBack::Details,
        "reasoning_content" => match taken {
            ThoughtsBack::Content => false,
            ThoughtsBack::Refused => true,
            ThoughtsBack::No | ThoughtsBack::Details => ask.native.is_some(),
        },
        HINT => target.provider.quirks.refuses_unknown,
        NAME => !target.provider.quirks.names,
        // Google's own signature of a call.
        _ => is_known,
    };
    let mut gone = Vec::new();
    for name in OTHERS {
        if unwanted(name) && ask.marks().has(name) {
            gone.push(name);
        }
    }
    let wants_some = taken == ThoughtsBack::Content && ask.marks().has("tool_calls");
    let known = (taken == ThoughtsBack::Refused).then_some(MESSAGE);
    if gone.is_empty() && !wants_some && known.is_none() {
        return None;
    }
    json::edited(messages(), &mut |message, edit| {
        fit(message, &gone, known, wants_some, edit);
        // A message that says nothing is refused too.
        let declined = known.and(message.said("refusal")).filter(|_| message.said("content").is_none());
        if let Some(declined) = declined {
            edit.set("content", declined);
        }
    })
}

/// The members of a message, and of a call in it, to those who refuse any other: an answer of OpenAI's that goes back
/// has `refusal` and `annotations`, and some frontends leave marks of their own.
const MESSAGE: &[&str] = &["role", "content", NAME, "tool_calls", "tool_call_id", "prefix"];
const CALL: &[&str] = &["id", "type", "function"];
/// Of a part that is a text: OpenAI's agents in JavaScript write the answer that it stood in once more into it.
const TEXT: &[&str] = &["type", "text"];

const OTHERS: [&str; 5] = ["reasoning_details", "reasoning_content", "extra_content", HINT, NAME];

/// Up to where a cache may reach: for Anthropic, by whichever way it is asked.
pub(super) const HINT: &str = "cache_control";

/// Who speaks.
const NAME: &str = "name";

/// A message, or a call or a part in it, without these members and those that are not `known`; one that calls tools with
/// a thought, if it `wants_some`: those who think refuse one that another model wrote without.
fn fit(
    object: &Object<'_>,
    gone: &[&str],
    known: Option<&[&str]>,
    wants_some: bool,
    edit: &mut Edit<'_, '_>,
) {
    gone.iter().for_each(|name| edit.remove(name));
    // What was said in OpenAI's first words for a call is lost neither with the call nor with its name.
    let is_old = object.said("function_call").is_some() || object.is("role", "\"function\"");
    if let Some(known) = known.filter(|_| !is_old) {
        object.members().filter(|(name, _)| !known.contains(name)).for_each(|(name, _)| edit.remove(name));
    }
    edit.each("tool_calls", &mut |call, edit| fit(call, gone, known.and(Some(CALL)), false, edit));
    if known.is_some() || gone.contains(&HINT) {
        edit.each("content", &mut |part, edit| {
            let known = known.filter(|_| part.is("type", "\"text\""));
            fit(part, gone, known.and(Some(TEXT)), false, edit);
        });
    }
    if wants_some && object.said("tool_calls").is_some() && object.said("reasoning_content").is_none() {
        edit.set("reasoning_content", NO_THOUGHT);
    }
}

/// The least that counts as a thought.
const NO_THOUGHT: &str = r#"".""#;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use crate::config::{Kind, Plan};
    use crate::dialect;
    use crate::surface::Surface;

    /// What a model is sent of the thoughts of a turn, by a caller of that endpoint.
    fn sent(model: &str, path: &str, body: Value) -> Value {
        let config = json!({ "providers": { "own": { "dialect": "openai", "base_url": "https://own.test/v1", "keys": [] } } });
        let plan = Plan::from_json(&config.to_string()).unwrap();
        let node = plan.resolve(model, &|_| true).unwrap();
        let Kind::Target(target) = &node.kind else { panic!("no target") };
        let ask = Surface::of(path).read(Bytes::from(body.to_string())).unwrap();
        let request = dialect::request(&ask, target, None, None, &mut Vec::new()).map_err(|_| ()).unwrap();
        let sent: Value = serde_json::from_slice(&request.body.concat()).unwrap();
        sent["messages"][0].clone()
    }

    #[test]
    fn what_a_vendor_signed_goes_to_no_other() {
        let message = json!({
            "role": "assistant", "content": "x", "reasoning_content": "T",
            "reasoning_details": [{ "type": "reasoning.text", "text": "T", "signature": "s", "format": "anthropic-claude-v1" }],
            "tool_calls": [{ "id": "123456789", "type": "function", "function": { "name": "f", "arguments": "{}" },
                "extra_content": { "google": { "thought_signature": "g" } } }],
        });
        let sent =
            |model: &str| sent(model, "/v1/chat/completions", json!({ "model": "m", "messages": [message] }));
        for model in ["openai/x", "groq/x", "mistral/x", "deepseek/x"] {
            let sent = sent(model);
            assert_eq!(sent.get("reasoning_details"), None, "{model}");
            assert_eq!(sent["tool_calls"][0].get("extra_content"), None, "{model}");
            assert_eq!(sent["tool_calls"][0]["function"], message["tool_calls"][0]["function"], "{model}");
            let refuses = matches!(model, "groq/x" | "mistral/x");
            assert_eq!(sent.get("reasoning_content").is_none(), refuses, "else the caller wrote it: {model}");
        }
        assert_eq!(sent("openrouter/x/y")["reasoning_details"], message["reasoning_details"]);
        assert_eq!(sent("own/x"), message, "nobody knows what it takes");
    }

    /// "property 'refusal' is unsupported", "Extra inputs are not permitted".
    #[test]
    fn an_answer_goes_back_without_what_is_refused_in_it() {
        let call =
            json!({ "id": "123456789", "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let mut answer = json!({ "role": "assistant", "content": "x", "refusal": null, "annotations": [], "audio": null,
            "function_call": null, "reasoning": "T", "name": "Ann", "metadata": { "trimmed": true }, "tool_calls": [call] });
        answer["tool_calls"][0]["index"] = json!(0);
        for model in ["groq/x", "mistral/x"] {
            let sent =
                sent(model, "/v1/chat/completions", json!({ "model": "m", "messages": [answer.clone()] }));
            let mut meant = json!({ "role": "assistant", "content": "x", "tool_calls": [call] });
            // "did you mean 'name'?", Groq asks.
            if model == "groq/x" {
                meant["name"] = json!("Ann");
            }
            assert_eq!(sent, meant, "{model}");
        }
        for model in ["openai/x", "own/x"] {
            let sent =
                sent(model, "/v1/chat/completions", json!({ "model": "m", "messages": [answer.clone()] }));
            assert_eq!(sent, answer, "{model}");
        }
        let part =
            json!({ "type": "text", "text": "x", "annotations": [], "tool_calls": answer["tool_calls"] });
        let repeated =
            json!({ "role": "assistant", "content": [part, { "type": "refusal", "refusal": "no" }] });
        for (model, text) in [("groq/x", json!({ "type": "text", "text": "x" })), ("own/x", part.clone())] {
            let body = json!({ "model": "m", "messages": [repeated.clone()] });
            let content = sent(model, "/v1/chat/completions", body)["content"].clone();
            assert_eq!(content, json!([text, { "type": "refusal", "refusal": "no" }]), "{model}");
        }
        for nothing in [json!(null), json!("")] {
            let declined = json!({ "role": "assistant", "content": nothing, "refusal": "I cannot." });
            let told = json!({ "role": "assistant", "content": "I cannot." });
            for (model, meant) in [("groq/x", &told), ("mistral/x", &told), ("openai/x", &declined)] {
                let body =
                    json!({ "model": "m", "messages": [declined, { "role": "user", "content": "Why?" }] });
                assert_eq!(&sent(model, "/v1/chat/completions", body), meant, "{model}");
            }
        }
        let old = json!({ "role": "function", "name": "f", "content": "{}" });
        assert_eq!(sent("groq/x", "/v1/chat/completions", json!({ "model": "m", "messages": [old] })), old);
    }

    #[test]
    fn thoughts_in_another_language_go_back_to_those_who_want_them() {
        let messages = json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "assistant", "content": [
            { "type": "thinking", "thinking": "T\n", "signature": "steadfast:none" },
            { "type": "tool_use", "id": "c", "name": "f", "input": {} },
        ] }] });
        let items = json!({ "model": "m", "input": [
            { "type": "reasoning", "summary": [{ "type": "summary_text", "text": "T\n" }], "encrypted_content": "steadfast:none" },
            { "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}" },
        ] });
        for model in ["deepseek/x", "moonshot/x", "zhipu/x", "groq/x", "own/x"] {
            let wants = matches!(model, "deepseek/x" | "moonshot/x" | "zhipu/x");
            let sent = sent(model, "/v1/messages", messages.clone());
            assert_eq!(sent.get("reasoning_content"), wants.then(|| json!("T\n")).as_ref(), "{model}");
        }
        assert_eq!(sent("moonshot/x", "/v1/responses", items)["reasoning_content"], "T\n");
    }

    #[test]
    fn a_call_without_a_thought_gets_one_where_it_would_be_refused_without() {
        let call = json!({ "role": "assistant", "content": null,
            "tool_calls": [{ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } }] });
        let mut thought = call.clone();
        thought["reasoning_content"] = json!("T");
        let plain = json!({ "role": "assistant", "content": "Hi" });
        let sent = |model: &str, message: &Value| {
            sent(model, "/v1/chat/completions", json!({ "model": "m", "messages": [message, call] }))
        };
        for model in ["deepseek/x", "moonshot/x"] {
            assert_eq!(sent(model, &call)["reasoning_content"], ".", "{model}");
            assert_eq!(sent(model, &thought)["reasoning_content"], "T", "{model}");
            assert_eq!(sent(model, &plain), plain, "{model}");
        }
        assert_eq!(sent("qwen/x", &call), call);
    }
}
