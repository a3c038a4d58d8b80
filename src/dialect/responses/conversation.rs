//! A caller's own items, many of which other vendors' models may have said, as this vendor takes them back.
//!
//! - What a vendor hid goes back to that vendor alone: see [`seal`].
//! - OpenAI refuses an id that does not begin as its own do ("Expected an ID that begins with 'msg'") or is longer
//!   than 64 characters, and thoughts in words ("array too long. Expected an array with maximum length 0"); a thought without anything hidden it looks for
//!   among what it stored. A model of its that does not think takes no thoughts at all ("Reasoning input items can only
//!   be provided to a reasoning or computer use model").
//! - DeepSeek refuses a turn that calls without a thought in words, whoever said it ("The `reasoning_text` in the
//!   thinking mode must be passed back to the API"); it takes any.
//! - xAI takes a thought for another one when it comes back with members that it did not have, as Codex writes them
//!   ("Could not decode the compaction blob"): those that are `null` say nothing to anybody.
//! - Everybody refuses an output that belongs to no call, as which Codex brings what a timer says ("missing field
//!   `call_id`"): the user says it.

use super::{LONGEST_ID, seal};
use crate::catalog::ThoughtsBack;
use crate::config::Target;
use crate::dialect::openai::conversation::shortened;
use crate::dialect::openai::models::never_thinks;
use crate::json::{self, Edit, Object, filled};
use crate::search;
use crate::text;

/// The items as this target is sent them; `None`: as they are.
#[must_use]
pub fn fitted(input: &str, target: &Target) -> Option<String> {
    let vendor = Vendor {
        name: &target.provider.name,
        is_openai: target.provider.quirks.is_openai(),
        never_thinks: never_thinks(target),
    };
    let sent = json::changed(input, &mut |item| vendor.sent(&json::object(item)?));
    if target.provider.quirks.thoughts_back != ThoughtsBack::Content {
        return sent;
    }
    with_thoughts(sent.as_deref().unwrap_or(input)).or(sent)
}

/// The items with a thought in each turn of a model that calls without one; `None`: there are none.
fn with_thoughts(items: &str) -> Option<String> {
    let mut places = Vec::new();
    // Where the turn of a model began, and whether it has a thought.
    let (mut begun, mut has_thought) = (0, false);
    for (place, item) in json::elements(items)?.enumerate() {
        let item = json::object(item).unwrap_or_else(Object::empty);
        match item.word("type") {
            "reasoning" => {
                has_thought |= item.list("content").has(&|part| part.said("text").is_some());
            }
            kind if kind.ends_with("_call") => {
                if !std::mem::replace(&mut has_thought, true) {
                    places.push(begun);
                }
            }
            _ if item.is("role", r#""assistant""#) => {}
            _ => (begun, has_thought) = (place + 1, false),
        }
    }
    let (mut place, mut added) = (0, 0);
    json::changed(items, &mut |item| {
        place += 1;
        // They stand in order.
        (places.get(added) == Some(&(place - 1))).then(|| {
            added += 1;
            filled(NO_THOUGHT, &[&(place + added - 2).to_string(), item])
        })
    })
}

/// The least that counts as a thought, and the item that it is put before.
const NO_THOUGHT: &str =
    r#"{"type":"reasoning","id":"rs_$","summary":[],"content":[{"type":"reasoning_text","text":"."}]},$"#;

/// Who is asked.
struct Vendor<'t> {
    name: &'t str,
    is_openai: bool,
    never_thinks: bool,
}

impl Vendor<'_> {
    /// An item as it is sent, empty if it is not; `None`: as it is.
    fn sent(&self, item: &Object<'_>) -> Option<String> {
        let kind = item.inside("type").unwrap_or("message");
        let is_output = matches!(kind, "function_call_output" | "custom_tool_call_output");
        if is_output && item.said("call_id").is_none() {
            let output = item.value("output").unwrap_or("\"\"");
            return Some(filled(r#"{"role":"user","content":$}"#, &[output]));
        }
        let hidden = item.said("encrypted_content").and_then(json::inside);
        let own = hidden.map(|hidden| seal::own(hidden, self.name));
        let is_thought = kind == "reasoning" && self.is_openai;
        if own == Some(None) || (is_thought && (self.never_thinks || (own.is_none() && is_foreign(item)))) {
            return Some(String::new());
        }
        let mut edit = Edit::new(item);
        if let Some(own) = own.flatten().filter(|own| hidden != Some(*own)) {
            edit.set("encrypted_content", filled("\"$\"", &[own]));
        }
        if self.is_openai {
            // By one that it knows it would look for the thought that went with it.
            if item
                .given("id")
                .is_some_and(|id| (self.never_thinks && does_without_id(kind)) || !is_of_form(kind, id))
            {
                edit.remove("id");
            }
            edit.alter("call_id", &mut |id| shortened(id, LONGEST_ID));
        }
        for name in &["content", "encrypted_content"] {
            if kind == "reasoning" && item.is(name, "null") {
                edit.remove(name);
            }
        }
        edit.changed()
    }
}

/// Whether a thought without anything hidden is none that OpenAI stored: there are words in it, or the id is another
/// vendor's. OpenAI's are made of letters and digits.
fn is_foreign(thought: &Object<'_>) -> bool {
    let is_anothers = |id| !is_of_form("reasoning", id) || search::contains(id, "-");
    thought.said("content").is_some() || thought.given("id").is_some_and(is_anothers)
}

/// Whether items of this kind do without an id. A search, a picture or a reference to an item does not.
fn does_without_id(kind: &str) -> bool {
    PREFIXES.iter().any(|(known, _)| *known == kind)
}

/// Whether OpenAI takes it for the id of such an item. `id` is JSON text.
fn is_of_form(kind: &str, id: &str) -> bool {
    let prefix = PREFIXES.iter().find(|(known, _)| *known == kind).map_or("", |(_, prefix)| prefix);
    json::inside(id)
        .is_some_and(|id| id.len() <= LONGEST_ID && id.starts_with(prefix) && text::is_of(id, "_-"))
}

/// What the ids of items begin with, by their kinds.
const PREFIXES: [(&str, &str); 4] =
    [("custom_tool_call", "ctc"), ("function_call", "fc"), ("message", "msg"), ("reasoning", "rs")];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    use crate::config::{Kind, Plan};

    fn sent(model: &str, items: Value) -> Value {
        let config = json!({ "providers": { "own": { "dialect": "responses", "base_url": "https://own.test", "keys": [] } } });
        let plan = Plan::from_json(&config.to_string()).unwrap();
        let node = plan.resolve(model, &|_| true).unwrap();
        let Kind::Target(target) = &node.kind else { panic!("no target") };
        fitted(&items.to_string(), target).map_or(items, |sent| serde_json::from_str(&sent).unwrap())
    }

    fn call(id: &str) -> Value {
        json!({ "type": "function_call", "id": id, "call_id": "c", "name": "f", "arguments": "{}" })
    }

    #[test]
    fn each_vendor_gets_its_own_back_and_nobody_elses() {
        let thought = |hidden: &str| json!({ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": hidden });
        let items = json!([thought("by:openai:E"), thought("by:own:F"), thought("mine"), { "role": "user", "content": "?" }]);
        let rest = json!({ "role": "user", "content": "?" });
        assert_eq!(sent("openai/gpt-6.1-sol", items.clone()), json!([thought("E"), thought("mine"), rest]));
        assert_eq!(sent("own/x", items.clone()), json!([thought("F"), thought("mine"), rest]));
        assert_eq!(sent("xai/grok-4.7", items), json!([thought("mine"), rest]));
    }

    /// What DeepSeek's `/responses` says, word for word, was refused by OpenAI at the next turn.
    #[test]
    fn what_deepseek_said_goes_to_openai_without_what_it_refuses() {
        let uuid = "99b90f85-3f3e-400c-b826-147f81c4672f";
        let thought = json!({ "type": "reasoning", "id": uuid, "summary": [], "status": "completed",
            "content": [{ "type": "reasoning_text", "text": "Hm" }] });
        let said = json!({ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "A" }] });
        let with_id = |mut item: Value, id: &str| {
            item["id"] = json!(id);
            item
        };
        let items =
            json!([thought, with_id(said.clone(), uuid), call(uuid), with_id(said.clone(), "msg_1-a")]);
        let mut nameless = call("");
        nameless.as_object_mut().unwrap().remove("id");
        let meant = json!([said, nameless, with_id(said.clone(), "msg_1-a")]);
        assert_eq!(sent("openai/gpt-6.1-sol", items.clone()), meant);
        assert_eq!(sent("deepseek/deepseek-flash", items.clone()), items, "it gets back what it said");
        assert_eq!(sent("own/x", items.clone()), items, "nobody knows what it takes");
    }

    #[test]
    fn a_thought_that_openai_stored_is_found_there_and_anothers_not_looked_for() {
        let thought = |id: &str| json!({ "type": "reasoning", "id": id, "summary": [] });
        let items = json!([thought("rs_0a80"), thought("rs_1086ae39-91b9"), call("fc_0a80")]);
        let meant = json!([thought("rs_0a80"), call("fc_0a80")]);
        assert_eq!(sent("openai/gpt-6.1-sol", items), meant);
    }

    #[test]
    fn a_model_that_cannot_think_is_sent_no_thoughts_and_nothing_that_leads_to_them() {
        let thought = json!({ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "E" });
        let mut nameless = call("");
        nameless.as_object_mut().unwrap().remove("id");
        assert_eq!(sent("openai/gpt-4o", json!([thought, call("fc_1")])), json!([nameless]));
        let items = json!([thought, call("fc_1")]);
        assert_eq!(sent("openai/gpt-5.4", items.clone()), items, "it can");
        let search = json!({ "type": "web_search_call", "id": "ws_1", "status": "completed" });
        let items = json!([search, { "type": "item_reference", "id": "msg_1" }]);
        assert_eq!(sent("openai/gpt-4o", items.clone()), items, "these are nothing without their ids");
    }

    #[test]
    fn a_turn_that_calls_without_a_thought_gets_one_at_deepseek() {
        let user = json!({ "role": "user", "content": "?" });
        let text = json!({ "type": "message", "role": "assistant", "content": "A" });
        let output = json!({ "type": "function_call_output", "call_id": "c", "output": "R" });
        let own = json!({ "type": "reasoning", "content": [{ "type": "reasoning_text", "text": "Hm" }] });
        let foreign = json!({ "type": "reasoning", "summary": [], "encrypted_content": "by:openai:E" });
        let made = |place: usize| {
            json!({ "type": "reasoning", "id": format!("rs_{place}"), "summary": [],
                "content": [{ "type": "reasoning_text", "text": "." }] })
        };
        let items = json!([
            user,
            foreign,
            text,
            call("fc_1"),
            call("fc_2"),
            output,
            output,
            call("fc_3"),
            output,
            text
        ]);
        let meant = json!([
            user,
            made(1),
            text,
            call("fc_1"),
            call("fc_2"),
            output,
            output,
            made(7),
            call("fc_3"),
            output,
            text
        ]);
        assert_eq!(sent("deepseek/deepseek-flash", items), meant);
        let items = json!([user, own, text, call("fc_1"), output, text]);
        assert_eq!(sent("deepseek/deepseek-flash", items.clone()), items);
    }

    #[test]
    fn a_thought_comes_back_without_the_members_that_it_did_not_have() {
        let thought =
            json!({ "type": "reasoning", "summary": [], "encrypted_content": "by:xai:E", "content": null });
        let meant = json!([{ "type": "reasoning", "summary": [], "encrypted_content": "E" }]);
        assert_eq!(sent("xai/grok-4.7", json!([thought])), meant);
    }

    #[test]
    fn an_id_that_is_too_long_for_openai_is_replaced_on_both_sides() {
        let long = "c".repeat(65);
        let items = json!([
            { "type": "function_call", "call_id": long, "name": "f", "arguments": "{}" },
            { "type": "function_call_output", "call_id": long, "output": "R" },
        ]);
        let fitted = sent("openai/gpt-6.1-sol", items.clone());
        assert_eq!(fitted[0]["call_id"].as_str().map(str::len), Some(9));
        assert_eq!(fitted[0]["call_id"], fitted[1]["call_id"]);
        assert_eq!(sent("own/x", items.clone()), items);
    }

    #[test]
    fn an_output_that_belongs_to_no_call_is_said_by_the_user() {
        for kind in ["function_call_output", "custom_tool_call_output"] {
            let item =
                json!({ "type": kind, "id": "fco_1", "name": "automation_update", "output": "<heartbeat>" });
            for model in ["openai/gpt-6.1-sol", "deepseek/deepseek-flash", "own/x"] {
                let meant = json!([{ "role": "user", "content": "<heartbeat>" }]);
                assert_eq!(sent(model, json!([item])), meant, "{model}");
            }
        }
    }
}
