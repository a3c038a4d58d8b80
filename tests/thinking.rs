//! Whether to think, and how hard, is said as each vendor takes it.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

#[test]
fn a_wish_to_think_is_said_in_the_vendors_words() {
    let off = json!({ "type": "disabled" });
    let on = json!({ "type": "enabled" });
    for (target, wish, sent_as) in [
        ("qwen/qwen3.8-max", json!({ "reasoning_effort": "none" }), json!({ "enable_thinking": false })),
        ("qwen/qwen3.8-max", json!({ "reasoning_effort": "high" }), json!({ "reasoning_effort": "high" })),
        ("qwen/qwen3.7-plus", json!({ "reasoning_effort": "high" }), json!({ "enable_thinking": true })),
        (
            "qwen/qwen3.8-max",
            json!({ "reasoning_effort": "low", "thinking_budget": 99 }),
            json!({ "enable_thinking": true }),
        ),
        ("qwen/qwen3.8-max", json!({ "thinking": off }), json!({ "enable_thinking": false })),
        ("qwen/qwen3.8-max", json!({ "enable_thinking": false }), json!({ "enable_thinking": false })),
        ("zhipu/glm-4.7", json!({ "reasoning_effort": "minimal" }), json!({ "thinking": off })),
        ("zhipu/glm-4.7", json!({ "enable_thinking": true }), json!({ "thinking": on })),
        (
            "doubao/doubao-seed-2-0-lite",
            json!({ "thinking": { "type": "auto" } }),
            json!({ "thinking": { "type": "auto" } }),
        ),
        ("deepseek/deepseek-flash", json!({ "reasoning_effort": "none" }), json!({ "thinking": off })),
        (
            "deepseek/deepseek-flash",
            json!({ "reasoning_effort": "low" }),
            json!({ "reasoning_effort": "low" }),
        ),
        ("openai/gpt-5.4-mini", json!({ "reasoning_effort": "low" }), json!({ "reasoning_effort": "low" })),
        ("openai/gpt-5.4-mini", json!({ "thinking": on }), json!({})),
        (
            "a/x",
            json!({ "thinking": on, "enable_thinking": true }),
            json!({ "thinking": on, "enable_thinking": true }),
        ),
    ] {
        let (body, _) = sent(target, wish.clone());
        for name in ["reasoning_effort", "enable_thinking", "thinking"] {
            assert_eq!(body.get(name), sent_as.get(name), "{target} {wish}: {name}");
        }
    }
    assert_eq!(sent("qwen/qwen3.8-max", json!({ "reasoning_effort": "none" })).1, ["thinking off"]);
    assert_eq!(sent("openai/gpt-5.4-mini", json!({ "thinking": on })).1, ["dropped thinking"]);
}

/// A caller of Messages says so in every request; as an effort some refuse it.
#[test]
fn a_wish_not_to_think_is_said_where_there_is_a_switch_and_missed_elsewhere() {
    let off = || json!({ "type": "disabled" });
    for (model, said, noted) in [
        ("zhipu/glm-4.7", json!({ "thinking": off() }), json!(["thinking off"])),
        ("qwen/qwen3.8-max", json!({ "enable_thinking": false }), json!(["thinking off"])),
        ("openai/gpt-6.1-sol", json!({}), json!(["dropped reasoning_effort"])),
        ("moonshot/kimi-k3", json!({ "reasoning_effort": "low" }), json!(["reasoning_effort sent as low"])),
        ("openai/gpt-5.4", json!({}), json!(null)),
        ("openai/gpt-4o", json!({}), json!(null)),
    ] {
        let story = vendors();
        let mut body = hello(model);
        body["max_tokens"] = json!(9);
        body["thinking"] = off();
        body["steadfast"] = json!({ "trail": true });
        let answer = story.post("/v1/messages", &body);
        let sent = story.attempts()[0].json();
        for name in ["reasoning_effort", "enable_thinking", "thinking"] {
            assert_eq!(sent.get(name), said.get(name), "{model}");
        }
        assert_eq!(answer.json()["steadfast"]["trail"][0]["notes"], noted, "{model}");
    }
}

/// GLM-5.3 and Kimi K2.7 answer 400 to whoever does not want them to think; Kimi K3 knows no such switch.
#[test]
fn whoever_cannot_but_think_is_not_told_not_to() {
    let off = || json!({ "type": "disabled" });
    let kind = |kind: &str| json!({ "thinking": { "type": kind } });
    let effort = |effort: &str| json!({ "reasoning_effort": effort });
    for (model, asked, said) in [
        ("zhipu/glm-5.3", kind("disabled"), effort("low")),
        (
            "zhipu/glm-5.3",
            json!({ "thinking": { "type": "disabled" }, "reasoning_effort": "medium" }),
            effort("low"),
        ),
        ("zhipu/glm-5.3", json!({ "enable_thinking": false }), effort("low")),
        ("zhipu/glm-5.3", kind("enabled"), kind("enabled")),
        ("zhipu/glm-5.3", effort("high"), effort("high")),
        ("zhipu/glm-5.2", effort("low"), effort("low")),
        ("zhipu/glm-5.2", kind("disabled"), kind("disabled")),
        ("zhipu/glm-4.7", effort("low"), kind("enabled")),
        ("moonshot/kimi-k2.7-code", kind("disabled"), json!({})),
        ("moonshot/kimi-k2.7-code", effort("high"), kind("enabled")),
        ("moonshot/kimi-k2.6", effort("none"), kind("disabled")),
        ("moonshot/kimi-k3", kind("disabled"), json!({})),
    ] {
        let (body, _) = sent(model, asked.clone());
        for name in ["reasoning_effort", "enable_thinking", "thinking"] {
            assert_eq!(body.get(name), said.get(name), "{model} {asked}");
        }
    }
    let story = vendors();
    let mut body = hello("zhipu/glm-5.3");
    (body["max_tokens"], body["thinking"]) = (json!(9), off());
    assert_eq!(story.post("/v1/messages", &body).status, 200);
    let sent = story.attempts()[0].json();
    assert_eq!((&sent["reasoning_effort"], sent.get("thinking")), (&json!("low"), None));
}

/// "Unrecognized request argument supplied: reasoning_effort", whoever asks.
#[test]
fn an_effort_goes_to_those_who_can_think_and_to_no_others() {
    for (model, asked, noted) in [
        ("openai/gpt-4o", "low", vec!["dropped reasoning_effort"]),
        ("openai/gpt-4.1", "low", vec!["dropped reasoning_effort"]),
        ("openai/gpt-4o", "max", vec!["dropped reasoning_effort"]),
        ("openai/gpt-4o", "none", vec![]),
        ("openai/gpt-5.4", "low", vec![]),
        ("qwen/qwen-plus", "low", vec!["thinking on"]),
    ] {
        let takes = model.contains("gpt-5");
        let (body, notes) = sent(model, json!({ "reasoning_effort": asked }));
        assert_eq!(body.get("reasoning_effort"), takes.then(|| json!(asked)).as_ref(), "{model}");
        assert_eq!(notes, noted, "{model}");
    }
    let story = vendors();
    let mut body = hello("openai/gpt-5.4");
    body["max_tokens"] = json!(9);
    body["output_config"] = json!({ "effort": "low" });
    story.post("/v1/messages", &body);
    assert_eq!(story.attempts()[0].json()["reasoning_effort"], "low");
}

#[test]
fn an_effort_that_a_model_does_not_take_is_said_as_the_nearest() {
    for (model, asked, said) in [
        ("openai/gpt-5.4-mini", "minimal", "low"),
        ("openai/gpt-6.1-sol", "max", "xhigh"),
        ("openai/gpt-5-mini", "minimal", "minimal"),
        ("openai/gpt-6.1-sol", "high", "high"),
        ("groq/x", "minimal", "minimal"),
        ("groq/openai/gpt-oss-20b", "none", "low"),
        ("groq/openai/gpt-oss-20b", "medium", "medium"),
        ("groq/qwen/qwen3-32b", "high", "default"),
        ("mistral/mistral-medium-latest", "low", "high"),
        ("mistral/mistral-medium-latest", "minimal", "none"),
        ("moonshot/kimi-k3", "medium", "high"),
        ("moonshot/kimi-k3", "none", "low"),
        ("xai/grok-4.3", "xhigh", "high"),
        ("zhipu/glm-5.3", "medium", "high"),
        ("zhipu/glm-5.3", "max", "max"),
        ("zhipu/glm-5.3-flash", "none", "low"),
        ("doubao/doubao-seed-2-0-lite", "low", "low"),
        ("doubao/doubao-seed-2-1-pro-260628", "xhigh", "high"),
        ("doubao/doubao-seed-2-1-pro-260628", "max", "high"),
        ("qwen/qwen3.8-max", "max", "xhigh"),
    ] {
        let (body, notes) = sent(model, json!({ "reasoning_effort": asked }));
        let noted = if asked == said { vec![] } else { vec![format!("reasoning_effort sent as {said}")] };
        assert_eq!((&body["reasoning_effort"], notes), (&json!(said), noted), "{model}");
    }
}

/// "Unrecognized request argument supplied: reasoning_effort": whoever asks for it, the model cannot.
#[test]
fn a_model_that_cannot_think_is_asked_all_the_same_and_the_trail_says_so() {
    let fields =
        json!({ "reasoning_effort": "high", "verbosity": "low", "temperature": 0.5, "tools": tools() });
    let (body, notes) = sent("openai/gpt-4.1", fields);
    assert_eq!(
        (body.get("reasoning_effort"), body.get("verbosity"), &body["temperature"]),
        (None, None, &json!(0.5))
    );
    assert_eq!(notes, ["dropped reasoning_effort", "dropped verbosity"]);
    assert!(
        sent("openai/gpt-4o", json!({ "reasoning_effort": "none" })).1.is_empty(),
        "it does as it is told"
    );
}

/// "Function tools with reasoning_effort are not supported for gpt-6.1-sol in /v1/chat/completions": stated, or by default.
#[test]
fn a_model_that_thinks_and_calls_tools_is_asked_where_it_may() {
    let effort = || json!("low");
    for (model, fields, path) in [
        ("openai/gpt-6.1-sol", json!({ "tools": tools() }), "/responses"),
        ("openai/gpt-7", json!({ "tools": tools() }), "/responses"),
        ("openai/gpt-5.4", json!({ "tools": tools(), "reasoning_effort": effort() }), "/responses"),
        ("openai/gpt-5.4", json!({ "tools": tools() }), "/chat/completions"),
        ("openai/gpt-6.1-sol", json!({ "reasoning_effort": effort() }), "/chat/completions"),
        ("openai/gpt-6.1-sol", json!({ "tools": [], "n": 1 }), "/chat/completions"),
        (
            "openai/gpt-6.1-sol",
            json!({ "tools": [{ "type": "custom", "custom": { "name": "x" } }] }),
            "/chat/completions",
        ),
        (
            "openai/gpt-6.1-sol",
            json!({ "tools": [{ "type": "function", "function": { "name": "custom" } }] }),
            "/responses",
        ),
        ("openai/gpt-audio", json!({ "tools": tools() }), "/chat/completions"),
        ("openai/deployed", json!({ "tools": tools(), "reasoning_effort": effort() }), "/chat/completions"),
        (
            "deepseek/deepseek-flash",
            json!({ "tools": tools(), "reasoning_effort": effort() }),
            "/chat/completions",
        ),
    ] {
        let story = vendors();
        let is_elsewhere = path == "/responses";
        if is_elsewhere {
            let said = json!({ "type": "output_text", "text": format!("Hello from {model}.") });
            let message = json!({ "type": "message", "role": "assistant", "content": [said] });
            let response =
                json!({ "id": "r", "object": "response", "status": "completed", "output": [message] });
            let answer = Behaviour::sends([response.to_string()]);
            story.script(model, [answer]);
        }
        let mut body = hello(model);
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        story.chat(&body).is_answered_by(model);
        let asked = &story.attempts()[0];
        assert_eq!(asked.path, path, "{model} {fields}");
        assert_eq!(asked.json().get("input").is_some(), is_elsewhere);
    }
}

/// Of all that shapes an answer, this one stood on no list of what `/responses` takes.
#[test]
fn how_long_a_prompt_is_cached_is_told_where_a_model_thinks_and_calls_tools_too() {
    let story = vendors();
    let mut body = hello("openai/gpt-6.1-sol");
    (body["tools"], body["prompt_cache_retention"]) = (tools(), json!("24h"));
    story.chat(&body);
    let asked = &story.attempts()[0];
    assert_eq!((asked.path.as_str(), &asked.json()["prompt_cache_retention"]), ("/responses", &json!("24h")));
}

/// "Thinking mode does not support this tool_choice".
#[test]
fn whoever_has_to_call_a_tool_does_not_think_about_it_where_it_cannot_do_both() {
    let named = || json!({ "type": "function", "function": { "name": "f" } });
    let asks = |model: &str, choice: Value, more: Value| {
        let mut fields = json!({ "tools": tools(), "tool_choice": choice });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (body, notes) = sent(model, fields);
        (
            body["tool_choice"].clone(),
            body["thinking"]["type"].clone(),
            body["enable_thinking"].clone(),
            notes,
        )
    };
    let off = vec!["thinking off".to_owned()];
    let auto = vec!["tool_choice sent as auto".to_owned()];
    let deepseek = "deepseek/deepseek-flash";
    for choice in [json!("required"), named()] {
        assert_eq!(
            asks(deepseek, choice.clone(), json!({})),
            (choice.clone(), json!("disabled"), json!(null), off.clone())
        );
        let wished = asks(deepseek, choice, json!({ "reasoning_effort": "high" }));
        assert_eq!(wished, (json!("auto"), json!(null), json!(null), auto.clone()));
    }
    assert_eq!(asks(deepseek, json!("auto"), json!({})), (json!("auto"), json!(null), json!(null), vec![]));
    assert_eq!(asks("qwen/qwen3.8-max", named(), json!({})), (named(), json!(null), json!(false), off));
    assert_eq!(asks("qwen/qwen-plus", named(), json!({})), (named(), json!(null), json!(null), vec![]));
    let wished = asks("qwen/qwen3.8-max", named(), json!({ "enable_thinking": true }));
    assert_eq!(wished, (json!("auto"), json!(null), json!(true), auto));
}
