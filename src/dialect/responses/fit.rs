//! A caller's own request, as far as this target takes it. All else stays as it was written.

use super::conversation;
use crate::catalog::{CallerTools, Dialect};
use crate::chat::request::Native;
use crate::config::Target;
use crate::dialect::asked::{dropped, left_out, lowered};
use crate::dialect::openai::fit::nearest_effort;
use crate::dialect::openai::models::never_thinks;
use crate::json::{self, Edit, Object, quoted};

/// What shapes the drawing of tokens: some models refuse all of it.
pub(super) const SAMPLING: [&str; 2] = ["temperature", "top_p"];

/// Why this target cannot be asked, if so: a tool of a kind that it does not know is answered with 400 or 422.
#[must_use]
pub fn barred(native: &Native, target: &Target) -> Option<&'static str> {
    let taken = target.provider.quirks.caller_tools;
    let is_refused = |tool: &Object<'_>| match (taken, tool.word("type")) {
        (CallerTools::Of(kinds), kind) => !kinds.contains(&kind),
        (CallerTools::Patches, "custom") => tool.word("name") != "apply_patch",
        _ => false,
    };
    let object = Object::again(&native.body, &native.outline);
    let speaks_more = target.provider.dialect != Dialect::Responses;
    if native.loads_tools && speaks_more && !target.provider.quirks.is_openai() {
        return Some("it takes no tools in the midst of a conversation");
    }
    let may_be = taken != CallerTools::Any && (native.bound.is_some() || !native.lost.is_empty());
    (may_be && object.list("tools").has(&is_refused)).then_some("it takes no tools of such a kind")
}

/// Fits a request to the target.
pub fn own(object: &Object<'_>, target: &Target, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    edit.alter("input", &mut |input| conversation::fitted(input, target));
    for name in target.provider.quirks.refuses.iter() {
        left_out(name, edit, notes);
    }
    let thinks = if never_thinks(target) {
        unthinking(edit, notes);
        false
    } else {
        effort(target, edit, notes)
    };
    tools(object, target, edit, notes);
    edit.alter("max_output_tokens", &mut |limit| lowered(limit, target, notes));
    if target.facts.capabilities.fixed_sampling || (thinks && target.provider.quirks.is_openai()) {
        for name in &SAMPLING {
            left_out(name, edit, notes);
        }
    }
}

/// A request without any hidden thoughts, as the target wants it that has refused them; `None`: there are none in it.
#[must_use]
pub fn without_thoughts(body: &str) -> Option<String> {
    let is_hidden =
        |item: &Object<'_>| item.is("type", r#""reasoning""#) && item.said("encrypted_content").is_some();
    json::with(body, &mut |_, edit| _ = edit.without("input", &is_hidden))
}

/// Fits the tools: Codex makes a choice where there are none, which some refuse, and says of a search how far it goes,
/// which only OpenAI knows.
fn tools(object: &Object<'_>, target: &Target, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    if object.is("tools", "[]") {
        edit.remove("tool_choice");
    }
    if matches!(target.provider.quirks.caller_tools, CallerTools::Of(_))
        && edit.each("tools", &mut |_, tool| tool.remove(REACH))
    {
        dropped(notes, REACH);
    }
}

const REACH: &str = "external_web_access";

/// Takes out what a model refuses that cannot think: how it shall, what it is to show of it, how much it shall say.
fn unthinking(edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    left_out("reasoning", edit, notes);
    let mut others = |what: &str| (what == HIDDEN).then(String::new);
    edit.alter("include", &mut |included| json::changed(included, &mut others));
    edit.within("text", &mut |_, text| left_out("verbosity", text, notes));
}

/// To be given what was thought, hidden.
const HIDDEN: &str = r#""reasoning.encrypted_content""#;

/// Says how hard the model shall think in a word that it knows; whether it is to think.
fn effort(target: &Target, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) -> bool {
    let mut thinks = false;
    edit.within("reasoning", &mut |asked, reasoning| {
        let effort = asked.inside("effort");
        thinks = effort.is_some_and(|effort| effort != "none");
        // OpenAI knows the most of them here.
        let may_be_unknown = effort == Some("minimal") || !target.provider.quirks.is_openai();
        if may_be_unknown && let Some(least) = nearest_effort(effort, target, notes) {
            reasoning.set("effort", quoted(least));
        }
    });
    thinks
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use crate::config::{Kind, Plan};
    use crate::dialect;
    use crate::surface::Surface;

    /// OpenAI knows what it takes there.
    #[test]
    fn an_effort_that_a_model_does_not_take_is_said_as_the_nearest() {
        let plan =
            Plan::from_json(r#"{"providers":{"xai":{"keys":[]},"openai":{"keys":[]},"doubao":{"keys":[]}}}"#)
                .unwrap();
        for (model, asked, said) in [
            ("xai/grok-4.3", "xhigh", "high"),
            ("xai/grok-4.7", "minimal", "low"),
            ("xai/grok-4.7", "medium", "medium"),
            ("openai/gpt-6.1-sol", "max", "max"),
            ("doubao/doubao-seed-2-1-pro-260628", "none", "minimal"),
            ("doubao/doubao-seed-2-1-pro-260628", "max", "high"),
        ] {
            let node = plan.resolve(model, &|_| true).unwrap();
            let Kind::Target(target) = &node.kind else { panic!("no target") };
            let body =
                json!({ "model": "m", "input": "?", "reasoning": { "effort": asked, "summary": "auto" } });
            let ask = Surface::of("/v1/responses").read(Bytes::from(body.to_string())).unwrap();
            let request =
                dialect::request(&ask, target, None, None, &mut Vec::new()).map_err(|_| ()).unwrap();
            let sent: Value = serde_json::from_slice(&request.body.concat()).unwrap();
            assert_eq!(sent["reasoning"], json!({ "effort": said, "summary": "auto" }), "{model}");
        }
    }

    #[test]
    fn what_shapes_the_drawing_goes_where_it_is_refused_whoever_asks() {
        let config = json!({
            "providers": { "own": { "dialect": "responses", "base_url": "https://own.test", "keys": [] } },
            "models": { "own/fixed": { "sampling": false } },
        });
        let plan = Plan::from_json(&config.to_string()).unwrap();
        let own = json!({ "model": "m", "temperature": 0.5, "top_p": 0.9, "top_logprobs": 2, "input": "?" });
        let chat =
            json!({ "model": "m", "temperature": 0.5, "top_p": 0.9, "top_logprobs": 2, "messages": [] });
        for (path, body) in [("/v1/responses", own), ("/v1/chat/completions", chat)] {
            for (model, is_taken) in [("own/free", true), ("own/fixed", false)] {
                let node = plan.resolve(model, &|_| true).unwrap();
                let Kind::Target(target) = &node.kind else { panic!("no target") };
                let ask = Surface::of(path).read(Bytes::from(body.to_string())).unwrap();
                let mut notes = Vec::new();
                let request = dialect::request(&ask, target, None, None, &mut notes).map_err(|_| ()).unwrap();
                let sent: Value = serde_json::from_slice(&request.body.concat()).unwrap();
                let has = ["temperature", "top_p", "top_logprobs"].map(|name| sent.get(name).is_some());
                assert_eq!(has, [is_taken, is_taken, true], "{path} {model}");
                assert_eq!(notes.len(), if is_taken { 0 } else { 2 }, "{notes:?}");
            }
        }
    }

    fn sent(model: &str, body: Value) -> (Value, Vec<String>) {
        let node = Plan::from_json("{}").unwrap().resolve(model, &|_| true).unwrap();
        let Kind::Target(target) = &node.kind else { panic!("no target") };
        let ask = Surface::of("/v1/responses").read(Bytes::from(body.to_string())).unwrap();
        let mut notes = Vec::new();
        let request = dialect::request(&ask, target, None, None, &mut notes).map_err(|_| ()).unwrap();
        (serde_json::from_slice(&request.body.concat()).unwrap(), notes)
    }

    /// What Codex asks of every model: "Encrypted content is not supported with this model.", and so on.
    #[test]
    fn a_model_that_cannot_think_is_not_told_how_nor_asked_for_it() {
        let asked = json!({
            "model": "m", "input": "?", "temperature": 0.5, "reasoning": { "effort": "high", "summary": "auto" },
            "include": ["reasoning.encrypted_content", "message.input_image.image_url"],
            "text": { "verbosity": "low", "format": { "type": "text" } },
        });
        for model in ["gpt-4o", "gpt-4.1-mini", "chatgpt-4o-latest", "gpt-5-chat-latest"] {
            let (sent, notes) = sent(&format!("openai/{model}"), asked.clone());
            let meant = json!({
                "model": model, "input": "?", "temperature": 0.5, "include": ["message.input_image.image_url"],
                "text": { "format": { "type": "text" } },
            });
            assert_eq!((sent, notes), (meant, vec!["dropped reasoning".into(), "dropped verbosity".into()]));
        }
        for model in ["openai/gpt-6.1-sol", "openai/o3", "xai/grok-4.7"] {
            let (sent, _) = sent(model, asked.clone());
            assert_eq!(
                (&sent["reasoning"], &sent["include"]),
                (&asked["reasoning"], &asked["include"]),
                "{model}"
            );
        }
    }

    #[test]
    fn an_effort_that_a_model_does_not_know_is_the_least_it_knows_and_sampling_goes_while_it_thinks() {
        let body = |effort: &str| json!({ "model": "m", "input": "?", "temperature": 0.5, "reasoning": { "effort": effort, "summary": "auto" } });
        for (model, asked, said, is_sampled) in [
            ("openai/gpt-5.4-mini", "minimal", "low", false),
            ("openai/gpt-5-mini", "minimal", "minimal", false),
            ("openai/gpt-5.4-mini", "none", "none", true),
            ("deepseek/deepseek-flash", "minimal", "minimal", true),
        ] {
            let (sent, _) = sent(model, body(asked));
            assert_eq!(sent["reasoning"], json!({ "effort": said, "summary": "auto" }), "{model}");
            assert_eq!(sent.get("temperature").is_some(), is_sampled, "{model} {asked}");
        }
    }

    #[test]
    fn who_takes_no_tools_of_a_kind_is_passed_over_and_not_asked_in_vain() {
        let custom = |name: &str| json!({ "type": "custom", "name": name });
        let search = json!({ "type": "web_search", "external_web_access": true });
        let space = json!({ "type": "namespace", "name": "n", "tools": [] });
        let shell = json!({ "type": "local_shell" });
        let plan = Plan::from_json("{}").unwrap();
        for (model, tool, is_taken) in [
            ("openai/gpt-6.1-sol", custom("exec"), true),
            ("openai/gpt-6.1-sol", space.clone(), true),
            ("deepseek/deepseek-flash", custom("apply_patch"), true),
            ("deepseek/deepseek-flash", custom("exec"), true),
            ("deepseek/deepseek-flash", shell.clone(), true),
            ("deepseek/deepseek-flash", space.clone(), true),
            ("xai/grok-4.7", custom("apply_patch"), true),
            ("xai/grok-4.7", shell, false),
            ("xai/grok-4.7", space, false),
            ("xai/grok-4.7", search.clone(), true),
        ] {
            let node = plan.resolve(model, &|_| true).unwrap();
            let Kind::Target(target) = &node.kind else { panic!("no target") };
            let body = json!({ "model": "m", "input": "?", "tools": [tool] }).to_string();
            let ask = Surface::of("/v1/responses").read(Bytes::from(body)).unwrap();
            assert_eq!(dialect::barred(&ask, target).is_none(), is_taken, "{model} {tool}");
        }
        let patch =
            sent("xai/grok-4.7", json!({ "model": "m", "input": "?", "tools": [custom("apply_patch")] }));
        assert_eq!(patch.0["tools"][0]["function"]["name"], "apply_patch");
        let function = json!({ "type": "function", "name": "f", "parameters": {} });
        let more = json!([{ "type": "additional_tools", "role": "developer", "tools": [function] }]);
        for (model, name) in [
            ("openai/gpt-6.1-sol", "/input/0/tools/0/name"),
            ("deepseek/deepseek-flash", "/tools/0/function/name"),
        ] {
            let sent = sent(model, json!({ "model": "m", "input": more })).0;
            assert_eq!(sent.pointer(name), Some(&json!("f")), "where it can be: {sent}");
        }
        let space = json!({ "type": "namespace", "name": "n", "tools": [function] });
        let (in_chat, _) = sent("xai/grok-4.7", json!({ "model": "m", "input": "?", "tools": [space] }));
        assert_eq!(in_chat["tools"][0]["function"]["name"], "n__f", "what a chat can say is said in one");
        let (sent, notes) = sent("xai/grok-4.7", json!({ "model": "m", "input": "?", "tools": [search] }));
        assert_eq!(
            (&sent["tools"], notes),
            (&json!([{ "type": "web_search" }]), vec!["dropped external_web_access".into()])
        );
    }

    /// As Codex compacts a conversation.
    #[test]
    fn where_there_is_nothing_to_choose_from_there_is_no_choice() {
        let body =
            |tools: Value| json!({ "model": "m", "input": "?", "tools": tools, "tool_choice": "auto" });
        let chosen = |tools: Value| sent("xai/grok-4.7", body(tools)).0.get("tool_choice").cloned();
        assert_eq!(chosen(json!([])), None);
        assert_eq!(chosen(json!([{ "type": "function", "name": "f" }])), Some(json!("auto")));
    }

    #[test]
    fn a_limit_above_the_models_own_is_lowered_for_whoever_speaks_its_language_too() {
        let body = |limit: u32| json!({ "model": "m", "input": "?", "max_output_tokens": limit });
        for (asked, said) in [(20_000, 16_384), (50, 50)] {
            assert_eq!(sent("openai/gpt-4o", body(asked)).0["max_output_tokens"], said);
        }
    }

    #[test]
    fn what_a_vendor_refuses_is_left_out_of_the_callers_own_words_too() {
        let body = json!({ "model": "m", "input": "?", "metadata": { "a": "b" } });
        let (at_xai, notes) = sent("xai/grok-4.7", body.clone());
        assert_eq!((at_xai.get("metadata"), notes), (None, vec!["dropped metadata".into()]));
        assert_eq!(sent("openai/gpt-6.1-sol", body).0["metadata"]["a"], "b");
    }
}
