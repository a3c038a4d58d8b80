//! A caller's own request, as far as this model takes it.
//!
//! Who speaks Messages writes for one generation of Claude, and a tier or a fallback asks another: what that one would
//! refuse is said as it takes it, lowered or left out, by the same rules by which a chat is translated. All else stays
//! as it was written, cache marks and betas too. What another vendor's models take nobody here knows: they get everything.

use super::models::{Off, Rules, Thinking, is_fast, takes_thought, wants_thoughts};
use super::request::{sampling, thinking};
use crate::config::Target;
use crate::dialect::asked::{Asked, dropped, left_out, note, noted};
use crate::dialect::openai::request::CARRY_ON;
use crate::json::{self, Edit, Elements, Object, Writer, filled, quoted};
use crate::search;

/// The messages without the thoughts that the target would refuse, and with those that it wants; `None`: as they are.
#[must_use]
pub fn messages(messages: &str, target: &Target) -> Option<String> {
    let fitted = without(messages, &|block| match (block.word("type"), block.word("data")) {
        ("thinking", _) => !takes_thought(&target.model, block.word("signature")),
        // What a chat's vendor hid is nobody's here.
        ("redacted_thinking", data) => !takes_thought(&target.model, data) || data.contains(':'),
        _ => false,
    });
    if !wants_thoughts(&target.model) || !search::contains(messages, "\"tool_use\"") {
        return fitted;
    }
    let thoughtful = json::edited(fitted.as_deref().unwrap_or(messages), &mut |message, edit| {
        let has = |kind| message.list("content").objects().any(|block| block.word("type") == kind);
        let content = message.value("content").unwrap_or_default();
        if let Some(blocks) = content.trim_start().strip_prefix('[')
            && has("tool_use")
            && !has("thinking")
        {
            edit.set("content", filled(r#"[{"type":"thinking","thinking":".","signature":""},$"#, &[blocks]));
        }
    });
    thoughtful.or(fitted)
}

/// A request without any thoughts, as the target wants it that has refused them; `None`: there are none in it.
#[must_use]
pub fn without_thoughts(body: &[u8]) -> Option<String> {
    let object = Object::read(body).ok()?;
    let is_thought = |block: &Object<'_>| matches!(block.word("type"), "thinking" | "redacted_thinking");
    let messages = without(object.value("messages")?, &is_thought)?;
    let mut edit = Edit::new(&object);
    edit.set("messages", messages);
    // With a budget for new ones, the old ones are demanded.
    if object.within("thinking").is("type", "\"enabled\"") {
        edit.remove("thinking");
        edit.remove("context_management");
    }
    edit.text()
}

/// The messages without such blocks; `None`: there are none.
fn without(messages: &str, is_refused: &dyn Fn(&Object<'_>) -> bool) -> Option<String> {
    json::changed(messages, &mut |message| {
        let object = json::object(message)?;
        let kept = json::without(object.value("content")?, is_refused)?;
        // A message without a block is refused too.
        if kept == "[]" {
            return Some(String::new());
        }
        let mut edit = Edit::new(&object);
        edit.set("content", kept);
        edit.text()
    })
}

/// Fits a request to the target; `messages` are those that are sent.
pub fn own<'a>(
    object: &'a Object<'a>,
    messages: &str,
    target: &'a Target,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    let Some(rules) = Rules::known(&target.model) else { return };
    let asked = Asked::of(object, target);
    let limit = limit(&asked, rules, edit, notes);
    sampling(&asked, rules.sampling, notes, &mut |name, value| match value {
        Some(value) => edit.set(name, value.to_owned()),
        None => edit.remove(name),
    });
    let is_forced = tool_choice(&asked, rules, edit, notes);
    let last = Last::of(messages, rules);
    let effort = wish(&asked, rules, limit, hindrance(is_forced, &last), edit, notes);
    let told = edit.value("thinking").and_then(json::object);
    let is_calm = told.is_some_and(|told| matches!(told.word("type"), "disabled" | "between_tools"));
    let bounded =
        rules.thinking == Thinking::Budget || is_calm && !search::contains(&target.model, "claude-opus-4-");
    output(rules, effort, bounded, edit, notes);
    forgets_thoughts(rules, edit, notes);
    if asked.inside("speed") == Some("fast") && !is_fast(&target.model) {
        left_out("speed", edit, notes);
    }
    if last.is_begun && !rules.prefill {
        note(notes, "asked in words to carry on from the last message");
        let before = messages.trim_end().strip_suffix(']').unwrap_or_default();
        edit.set("messages", filled(r#"$,{"role":"user","content":$}]"#, &[before, &quoted(CARRY_ON)]));
    }
}

/// How many tokens the answer may have.
fn limit(asked: &Asked<'_>, rules: &Rules, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) -> u64 {
    let limit = asked.limit().and_then(json::count).unwrap_or(rules.output);
    if limit > rules.output {
        edit.set("max_tokens", rules.output.to_string());
        noted(notes, format_args!("max_tokens lowered to {}", rules.output));
    }
    limit.min(rules.output)
}

/// Which tool is to be called; whether one is demanded.
fn tool_choice(asked: &Asked<'_>, rules: &Rules, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) -> bool {
    let choice = asked.within("tool_choice");
    let is_forced = matches!(choice.word("type"), "any" | "tool");
    if is_forced && !rules.forced_tools {
        let mut auto = Writer::object();
        auto.member("type", "\"auto\"").copy(&choice, &["disable_parallel_tool_use"]);
        edit.set("tool_choice", auto.finish());
        note(notes, "tool_choice sent as auto");
    }
    is_forced && rules.forced_tools
}

/// Why a model with a budget for thinking would refuse to think, if so.
fn hindrance(is_forced: bool, last: &Last) -> Option<&'static str> {
    if is_forced {
        Some("a tool call is demanded")
    } else if last.calls_without_thought {
        Some("another model called the tools")
    } else {
        None
    }
}

/// The wish to think, or not to; the effort that it comes to, where that has to be said in other words.
fn wish(
    asked: &Asked<'_>,
    rules: &Rules,
    limit: u64,
    hindrance: Option<&str>,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) -> Option<&'static str> {
    let told = asked.within("thinking");
    let is_taken = match (rules.thinking, told.word("type")) {
        (_, "") | (Thinking::Budget, "disabled") => true,
        (Thinking::Budget, "enabled") => hindrance.is_none() && told.count("budget_tokens") < Some(limit),
        (Thinking::Adaptive { .. }, "adaptive") => true,
        (Thinking::Adaptive { off: Off::Disabled, .. }, "disabled") => true,
        (Thinking::Adaptive { off: Off::BetweenTools, .. }, "between_tools") => true,
        // The last generation that still takes a budget.
        (Thinking::Adaptive { xhigh, .. }, "enabled") => !xhigh,
        _ => false,
    };
    if is_taken {
        return None;
    }
    let output = asked.within("output_config");
    let effort = output.inside("effort").filter(|_| !told.is("type", "\"disabled\""));
    let (sent, effort) = thinking(&told, effort, rules, limit, hindrance, notes);
    match sent {
        Some(sent) => {
            if let Some(kind) = json::object(&sent).and_then(|sent| sent.inside("type")) {
                noted(notes, format_args!("thinking sent as {kind}"));
            }
            edit.set("thinking", sent);
        }
        None => edit.remove("thinking"),
    }
    effort
}

/// How much effort is to be made: what it has come to by now, or what the caller said. `bounded`: "high" is the most that is
/// taken, as it is by Opus 4.5, and by the fifth generation without thoughts.
fn output(
    rules: &Rules,
    effort: Option<&'static str>,
    bounded: bool,
    edit: &mut Edit<'_, '_>,
    notes: &mut Vec<String>,
) {
    let knows_xhigh = matches!(rules.thinking, Thinking::Adaptive { xhigh: true, .. });
    edit.within("output_config", &mut |output, inner| match (effort, output.word("effort")) {
        _ if !rules.effort => left_out("effort", inner, notes),
        (Some(effort), said) if effort != said => inner.set("effort", quoted(effort)),
        (None, said) if said == "xhigh" && !knows_xhigh || bounded && matches!(said, "xhigh" | "max") => {
            inner.set("effort", "\"high\"");
            note(notes, "effort sent as high");
        }
        _ => {}
    });
    if edit.value("output_config") == Some("{}") {
        edit.remove("output_config");
    }
}

/// Who does not think is not to be told to forget what was thought: "`clear_thinking_20251015` strategy requires `thinking`
/// to be enabled or adaptive".
fn forgets_thoughts(rules: &Rules, edit: &mut Edit<'_, '_>, notes: &mut Vec<String>) {
    let thinks = match edit.value("thinking").and_then(json::object) {
        Some(thinking) => !thinking.is("type", "\"disabled\""),
        None => matches!(rules.thinking, Thinking::Adaptive { .. }),
    };
    if thinks {
        return;
    }
    edit.within("context_management", &mut |asked, context| {
        let edits = asked.value("edits").unwrap_or_default();
        if let Some(kept) = json::without(edits, &|edit| edit.word("type").starts_with("clear_thinking")) {
            context.set("edits", kept);
            dropped(notes, "context_management of thoughts");
        }
    });
}

/// How a conversation ends.
struct Last {
    /// With the beginning of an answer.
    is_begun: bool,
    /// With calls of tools before which the model did not think: it was another one then.
    calls_without_thought: bool,
}

impl Last {
    /// It costs a walk over all messages, and is asked for only where something depends on it.
    fn of(messages: &str, rules: &Rules) -> Self {
        let mut last = Self { is_begun: false, calls_without_thought: false };
        if rules.prefill && rules.thinking != Thinking::Budget {
            return last;
        }
        for message in Elements::of(messages).objects() {
            if message.word("role") != "assistant" {
                last.is_begun = false;
                continue;
            }
            let (mut is_text, mut is_said, mut thinks, mut calls) = (false, true, None, false);
            for block in message.list("content").objects() {
                let kind = block.word("type");
                let is_thought = matches!(kind, "thinking" | "redacted_thinking");
                thinks.get_or_insert(is_thought);
                is_text = kind == "text";
                // What the provider's own tools left in the middle of a turn, the provider goes on with.
                is_said &= is_text || is_thought;
                calls |= kind == "tool_use";
            }
            last.is_begun = is_text && is_said || message.inside("content").is_some();
            last.calls_without_thought = calls && thinks == Some(false);
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use crate::config::{Kind, Plan};
    use crate::dialect;
    use crate::surface::Surface;

    /// What a model is sent of a caller's own request with these members, and what is noted.
    fn sent(model: &str, more: Value) -> (Value, Vec<String>) {
        let plan = Plan::from_json(
            r#"{"providers":{"own":{"dialect":"anthropic","base_url":"https://own.test","keys":[]}}}"#,
        )
        .unwrap();
        let node = plan.resolve(model, &|_| true).unwrap();
        let Kind::Target(target) = &node.kind else { panic!("no target") };
        let mut body =
            json!({ "model": "m", "max_tokens": 20_000, "messages": [{ "role": "user", "content": "?" }] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let ask = Surface::of("/v1/messages").read(Bytes::from(body.to_string())).unwrap();
        let mut notes = Vec::new();
        let request = dialect::request(&ask, target, None, None, &mut notes).map_err(|_| ()).unwrap();
        (serde_json::from_slice(&request.body.concat()).unwrap(), notes)
    }

    /// What comes of one member.
    fn member(model: &str, name: &str, more: Value) -> Value {
        sent(model, more).0.get(name).cloned().unwrap_or_default()
    }

    const NEWEST: &str = "anthropic/claude-opus-5-5";
    const CURRENT: &str = "anthropic/claude-opus-5";
    const LAST: &str = "anthropic/claude-sonnet-4-6";
    const BUDGET: &str = "anthropic/claude-haiku-4-5";
    const FOREIGN: &str = "own/glm-9";

    #[test]
    fn thinking_is_asked_for_as_each_generation_takes_it() {
        let budget = json!({ "type": "enabled", "budget_tokens": 2_000 });
        let adaptive = json!({ "type": "adaptive" });
        let summarized = json!({ "type": "adaptive", "display": "summarized" });
        let disabled = json!({ "type": "disabled" });
        for (model, asked, expected) in [
            (CURRENT, &budget, summarized.clone()),
            (NEWEST, &budget, summarized),
            (LAST, &budget, budget.clone()),
            (BUDGET, &budget, budget.clone()),
            (CURRENT, &adaptive, adaptive.clone()),
            (BUDGET, &adaptive, json!({ "type": "enabled", "budget_tokens": 8_192 })),
            (CURRENT, &disabled, disabled.clone()),
            (BUDGET, &disabled, disabled.clone()),
            (NEWEST, &disabled, Value::Null),
            (FOREIGN, &budget, budget.clone()),
            (FOREIGN, &adaptive, adaptive.clone()),
        ] {
            assert_eq!(member(model, "thinking", json!({ "thinking": asked })), expected, "{model} {asked}");
        }
        let (body, notes) = sent(NEWEST, json!({ "thinking": { "type": "disabled" } }));
        assert_eq!(body["output_config"], json!({ "effort": "low" }));
        assert_eq!(notes, ["thinks with little effort: it cannot be told not to"]);
        assert_eq!(sent(CURRENT, json!({ "thinking": budget })).1, ["thinking sent as adaptive"]);
    }

    #[test]
    fn effort_is_a_budget_where_there_is_no_effort() {
        let asked = json!({ "thinking": { "type": "adaptive" }, "output_config": { "effort": "low", "format": null } });
        let (body, notes) = sent(BUDGET, asked.clone());
        assert_eq!(body["thinking"], json!({ "type": "enabled", "budget_tokens": 2_048 }));
        assert_eq!(body["output_config"], json!({ "format": null }));
        assert_eq!(notes, ["thinking sent as enabled", "dropped effort"]);
        assert_eq!(member(CURRENT, "output_config", asked.clone()), asked["output_config"]);
        let most = json!({ "output_config": { "effort": "xhigh" } });
        assert_eq!(member(LAST, "output_config", most.clone()), json!({ "effort": "high" }));
        assert_eq!(member(BUDGET, "output_config", most), Value::Null);
        let (low, most) = (json!({ "effort": "low" }), json!({ "effort": "max" }));
        for (model, asked, sent) in [
            ("anthropic/claude-opus-4-5", &low, "low"),
            ("anthropic/claude-opus-4-5", &most, "high"),
            (CURRENT, &most, "high"),
            ("anthropic/claude-opus-4-8", &most, "max"),
        ] {
            let asked = json!({ "thinking": { "type": "disabled" }, "output_config": asked });
            assert_eq!(member(model, "output_config", asked), json!({ "effort": sent }), "{model}");
        }
    }

    #[test]
    fn what_shapes_the_drawing_goes_where_it_is_refused() {
        let asked = json!({ "temperature": 0.5, "top_p": 0.9, "top_k": 4 });
        let of = |model| {
            let (body, notes) = sent(model, asked.clone());
            (["temperature", "top_p", "top_k"].map(|name| body.get(name).is_some()), notes.len())
        };
        assert_eq!(of(CURRENT), ([false; 3], 3));
        assert_eq!(of(BUDGET), ([true, false, true], 1));
        assert_eq!(of(FOREIGN), ([true; 3], 0));
    }

    #[test]
    fn a_limit_and_a_choice_that_are_refused_are_lowered() {
        assert_eq!(
            member("anthropic/claude-haiku-4-5", "max_tokens", json!({ "max_tokens": 90_000 })),
            64_000
        );
        assert_eq!(member(FOREIGN, "max_tokens", json!({ "max_tokens": 90_000 })), 90_000);
        let forced = json!({ "tools": [{ "name": "f", "input_schema": { "type": "object" } }],
            "tool_choice": { "type": "any", "disable_parallel_tool_use": true } });
        assert_eq!(
            member(NEWEST, "tool_choice", forced.clone()),
            json!({ "type": "auto", "disable_parallel_tool_use": true })
        );
        assert_eq!(member(BUDGET, "tool_choice", forced.clone()), forced["tool_choice"]);
    }

    #[test]
    fn a_model_with_a_budget_does_not_think_where_another_model_called_the_tools() {
        let conversation = |thought: Value| {
            let mut turn = vec![json!({ "type": "tool_use", "id": "t", "name": "f", "input": {} })];
            if !thought.is_null() {
                turn.insert(0, thought);
            }
            json!({ "thinking": { "type": "enabled", "budget_tokens": 2_000 }, "messages": [
                { "role": "user", "content": "?" },
                { "role": "assistant", "content": turn },
                { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": "y" }] },
            ] })
        };
        let signed = json!({ "type": "thinking", "thinking": "hm", "signature": "sig" });
        let unsigned = json!({ "type": "thinking", "thinking": "hm", "signature": "steadfast:none" });
        for (thought, thinks) in [(signed, true), (unsigned, false), (Value::Null, false)] {
            let (body, notes) = sent(BUDGET, conversation(thought.clone()));
            assert_eq!(body.get("thinking").is_some(), thinks, "{thought}");
            assert_eq!(notes.is_empty(), thinks, "{notes:?}");
            let calls = body["messages"][1]["content"].as_array().unwrap().len();
            assert_eq!(calls, if thinks { 2 } else { 1 });
            assert_eq!(member(FOREIGN, "thinking", conversation(thought))["type"], "enabled");
        }
    }

    #[test]
    fn who_does_not_think_is_not_told_to_forget_thoughts() {
        let forget = json!({ "type": "clear_thinking_20251015", "keep": "all" });
        let tools = json!({ "type": "clear_tool_uses_20250919" });
        let asked = |thinking: Value| json!({ "thinking": thinking, "context_management": { "edits": [forget, tools] } });
        let all = json!({ "edits": [forget, tools] });
        let some = json!({ "edits": [tools] });
        let disabled = json!({ "type": "disabled" });
        for (model, thinking, kept) in [
            (BUDGET, json!({ "type": "adaptive" }), &all),
            (CURRENT, json!({ "type": "adaptive" }), &all),
            (CURRENT, Value::Null, &all),
            (NEWEST, disabled.clone(), &all),
            (CURRENT, disabled.clone(), &some),
            (BUDGET, Value::Null, &some),
            ("anthropic/claude-2", json!({ "type": "adaptive" }), &some),
            (FOREIGN, disabled, &all),
        ] {
            assert_eq!(
                &member(model, "context_management", asked(thinking.clone())),
                kept,
                "{model} {thinking}"
            );
        }
        let mut called = asked(json!({ "type": "adaptive" }));
        called["messages"] = json!([
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "t", "name": "f", "input": {} }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": "y" }] },
        ]);
        let (body, notes) = sent(BUDGET, called);
        assert_eq!((body.get("thinking"), &body["context_management"]), (None, &some));
        assert_eq!(
            notes,
            ["dropped thinking: another model called the tools", "dropped context_management of thoughts"]
        );
    }

    #[test]
    fn haste_is_asked_of_who_can_make_it() {
        for (model, is_kept) in
            [(NEWEST, true), (CURRENT, true), (FOREIGN, true), (LAST, false), (BUDGET, false)]
        {
            let kept = member(model, "speed", json!({ "speed": "fast" }));
            assert_eq!(kept == "fast", is_kept, "{model}");
        }
        assert_eq!(sent(BUDGET, json!({ "speed": "fast" })).1, ["dropped speed"]);
    }

    #[test]
    fn each_gets_the_thoughts_that_it_takes() {
        let thought =
            |signature: &str| json!({ "type": "thinking", "thinking": "hm", "signature": signature });
        let hidden = json!({ "type": "redacted_thinking", "data": "steadfast:{\"data\":\"E\"}" });
        let (own, by_id, ours) =
            (thought("EqoC+/x="), thought("91cfbb94-554b-4136-8e21-fa02280d56ed"), thought("steadfast:none"));
        let turn = |blocks: Value| json!({ "role": "assistant", "content": blocks });
        let said = |first: Value, second: Value| {
            let asked = |text: &str| json!({ "role": "user", "content": text });
            let answers = [first, second].map(|blocks| (!blocks[0].is_null()).then(|| turn(blocks)));
            let [first, second] = answers;
            let all = [Some(asked("1")), first, Some(asked("2")), second, Some(asked("3"))];
            json!(all.into_iter().flatten().collect::<Vec<_>>())
        };
        let asked = said(json!([own, by_id, ours, hidden]), json!([ours]));
        let of = |model| member(model, "messages", json!({ "messages": asked }));
        assert_eq!(of(CURRENT), said(json!([own]), json!([])), "a message without a block is refused too");
        assert_eq!(of(FOREIGN), said(json!([own, by_id, ours]), json!([ours])));
    }

    #[test]
    fn a_call_without_a_thought_gets_one_where_it_would_be_refused_without() {
        let call = json!({ "type": "tool_use", "id": "t", "name": "f", "input": {} });
        let thought = json!({ "type": "thinking", "thinking": "hm", "signature": "" });
        let turn = |blocks: Value| json!({ "role": "assistant", "content": blocks });
        let asked = json!([{ "role": "user", "content": "?" }, turn(json!([call])), turn(json!([thought, call])), turn(json!("Yes."))]);
        let of = |model| member(model, "messages", json!({ "messages": asked }));
        assert_eq!(of(FOREIGN), asked);
        let mut meant = asked.clone();
        meant[1]["content"] = json!([{ "type": "thinking", "thinking": ".", "signature": "" }, call]);
        assert_eq!(of("own/deepseek-v4-pro"), meant);
    }

    #[test]
    fn an_answer_that_is_begun_is_asked_for_in_words_where_none_is_taken() {
        let begun = |last: Value| json!({ "messages": [{ "role": "user", "content": "Count." }, { "role": "assistant", "content": last }] });
        for last in [json!("One,"), json!([{ "type": "text", "text": "One," }])] {
            let messages = member(CURRENT, "messages", begun(last.clone()));
            assert_eq!(messages[1]["content"], last, "as it was written");
            assert_eq!(messages[2]["role"], "user");
            assert_eq!(member(BUDGET, "messages", begun(last.clone())), begun(last)["messages"]);
        }
        let own_tool = json!([{ "type": "text", "text": "I look." }, { "type": "server_tool_use", "id": "s", "name": "web_search", "input": {} }]);
        assert_eq!(
            member(CURRENT, "messages", begun(own_tool.clone())),
            begun(own_tool)["messages"],
            "the provider goes on itself"
        );
    }

    #[test]
    fn what_fits_stays_as_it_was_written() {
        let asked = json!({ "system": [{ "type": "text", "text": "S", "cache_control": { "type": "ephemeral" } }],
            "thinking": { "type": "adaptive" }, "output_config": { "effort": "max" }, "top_k": null });
        let (body, notes) = sent(CURRENT, asked.clone());
        for (name, value) in asked.as_object().unwrap() {
            assert_eq!(&body[name], value);
        }
        assert_eq!(notes, [""; 0]);
    }
}
