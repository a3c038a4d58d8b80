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
    let asked =
        json!({ "thinking": { "type": "adaptive" }, "output_config": { "effort": "low", "format": null } });
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
    assert_eq!(member("anthropic/claude-haiku-4-5", "max_tokens", json!({ "max_tokens": 90_000 })), 64_000);
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
    let asked =
        |thinking: Value| json!({ "thinking": thinking, "context_management": { "edits": [forget, tools] } });
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
        assert_eq!(&member(model, "context_management", asked(thinking.clone())), kept, "{model} {thinking}");
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
    for (model, is_kept) in [(NEWEST, true), (CURRENT, true), (FOREIGN, true), (LAST, false), (BUDGET, false)]
    {
        let kept = member(model, "speed", json!({ "speed": "fast" }));
        assert_eq!(kept == "fast", is_kept, "{model}");
    }
    assert_eq!(sent(BUDGET, json!({ "speed": "fast" })).1, ["dropped speed"]);
}

#[test]
fn each_gets_the_thoughts_that_it_takes() {
    let thought = |signature: &str| json!({ "type": "thinking", "thinking": "hm", "signature": signature });
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

/// As Claude Code does for every model whose name it does not know: "role 'system' is not supported on this model".
#[test]
fn instructions_in_the_midst_of_a_conversation_are_the_users_where_only_two_may_speak() {
    let asked = json!({ "messages": [
        { "role": "user", "content": "Say \"system\"." },
        { "role": "system", "content": [{ "type": "text", "text": "Briefly.", "cache_control": { "type": "ephemeral" } }] },
    ] });
    for (model, is_taken) in [
        (NEWEST, true),
        (CURRENT, true),
        ("anthropic/claude-sonnet-5-5", true),
        ("anthropic/claude-haiku-5-5", true),
        ("anthropic/claude-opus-4-8", true),
        ("anthropic/claude-sonnet-5", false),
        ("anthropic/claude-opus-4-7", false),
        (LAST, false),
        (BUDGET, false),
        (FOREIGN, false),
    ] {
        let (body, notes) = sent(model, asked.clone());
        let mut meant = asked["messages"].clone();
        if !is_taken {
            meant[1]["role"] = json!("user");
        }
        assert_eq!(body["messages"], meant, "{model}");
        let note = "sent the system's words as the user's".to_owned();
        assert_eq!(notes.contains(&note), !is_taken, "{model}: {notes:?}");
    }
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
