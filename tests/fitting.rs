//! What only shapes an answer is said as each vendor takes it, or left out, and the trail says how.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

#[test]
fn a_vendor_that_gives_one_choice_is_asked_for_one() {
    let (body, notes) = sent("groq/x", json!({ "n": 2 }));
    assert_eq!((&body["n"], notes), (&json!(1), vec!["n sent as 1".to_owned()]));
    // Its stream is whole when that one has ended.
    let story = vendors();
    story.script("groq/x", [Behaviour::answers("Hello from groq/x.").without_done()]);
    let mut body = hello_streamed("groq/x");
    body["n"] = json!(2);
    story.chat(&body).is_answered_by("groq/x");
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

#[test]
fn what_a_vendor_refuses_is_left_out_and_noted() {
    let fields = json!({ "logprobs": true, "top_logprobs": 2, "logit_bias": {}, "seed": 7, "store": false });
    let (body, notes) = sent("groq/openai/gpt-oss-20b", fields);
    for name in ["logprobs", "top_logprobs", "logit_bias", "store"] {
        assert_eq!(body.get(name), None, "{name}");
    }
    assert_eq!(body["seed"], 7);
    // Nobody misses an empty one.
    assert_eq!(notes, ["dropped logprobs", "dropped top_logprobs"]);
}

#[test]
fn what_other_vendors_understand_is_kept_from_those_who_refuse_the_unknown() {
    let hint = || json!({ "type": "ephemeral" });
    let part = |text: &str| json!({ "type": "text", "text": text, "cache_control": hint() });
    let mut tool = tools()[0].clone();
    tool["cache_control"] = hint();
    let fields = json!({
        "min_p": 0.1, "reasoning": { "effort": "low" }, "tools": [tool],
        "messages": [{ "role": "system", "content": [part("cache_control")] }, { "role": "user", "content": "hi", "cache_control": hint() }],
    });
    for model in ["openai/gpt-5.4", "groq/x", "mistral/x"] {
        let (body, notes) = sent(model, fields.clone());
        assert_eq!(notes, ["dropped min_p", "dropped reasoning"], "{model}");
        let text = match model {
            "groq/x" => json!("cache_control"),
            _ => json!([{ "type": "text", "text": "cache_control" }]),
        };
        assert_eq!(body["messages"][0]["content"], text, "{model}");
        assert_eq!(body["messages"][1], json!({ "role": "user", "content": "hi" }), "{model}");
        assert_eq!(body["tools"], tools(), "{model}");
    }
    let (body, notes) = sent("qwen/x", fields.clone());
    assert_eq!((&body["messages"], &body["min_p"], notes.len()), (&fields["messages"], &fields["min_p"], 0));
}

#[test]
fn notes_stand_in_the_header_too() {
    let story = vendors();
    let mut body = hello("groq/x");
    body["logprobs"] = json!(true);
    let answer = story.chat(&body);
    assert_eq!(answer.header("x-steadfast-trail"), "groq/x ok 0ms (dropped logprobs)");
    assert_eq!(answer.trail(), ["groq/x ok"]);
}

#[test]
fn a_model_that_samples_as_it_likes_is_not_told_how() {
    let (body, notes) =
        sent("openai/gpt-5.6-luna", json!({ "temperature": 0.2, "top_p": 0.5, "stop": ["X"] }));
    assert_eq!((body.get("temperature"), body.get("top_p"), body.get("stop")), (None, None, None));
    assert_eq!(notes, ["dropped temperature", "dropped top_p", "dropped stop"]);
    // The configuration knows better, of a model of the catalogue and of one that is known by its name.
    for model in ["openai/gpt-5.6-luna", "openai/gpt-5-own"] {
        let story = story_with(json!({
            "providers": { "openai": { "base_url": "http://openai.test/v1", "keys": ["A_KEY"] } },
            "models": { model: { "sampling": true } },
        }));
        let mut body = hello(model);
        body["temperature"] = json!(0.2);
        story.chat(&body);
        assert_eq!(story.attempts()[0].json()["temperature"], 0.2, "{model}");
    }
}

#[test]
fn a_temperature_that_is_too_high_is_lowered() {
    let (body, notes) = sent("zhipu/glm-4.7", json!({ "temperature": 1.5 }));
    assert_eq!((&body["temperature"], notes), (&json!(1), vec!["temperature lowered to 1".to_owned()]));
    let (body, _) = sent("qwen/qwen-plus", json!({ "temperature": 2 }));
    assert_eq!(body["temperature"], 1.99, "Temperature should be in [0.0, 2.0)");
    let (body, notes) = sent("zhipu/glm-4.7", json!({ "temperature": 0.7 }));
    assert_eq!((&body["temperature"], notes.len()), (&json!(0.7), 0));
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

#[test]
fn kimi_is_not_told_how_to_sample_and_is_made_to_call_tools_where_it_can_be() {
    let fields = json!({ "temperature": 0.2, "top_p": 0.5, "stop": ["X"], "n": 2 });
    let (body, notes) = sent("moonshot/kimi-k3", fields);
    assert_eq!((body.get("temperature"), body.get("top_p")), (None, None));
    assert_eq!((&body["stop"], &body["n"]), (&json!(["X"]), &json!(1)));
    assert_eq!(notes, ["dropped temperature", "dropped top_p", "n sent as 1"]);
    let named = || json!({ "type": "function", "function": { "name": "f" } });
    for (model, choice, said, off) in [
        ("moonshot/kimi-k3", named(), json!("required"), false),
        ("moonshot/kimi-k3", json!("required"), json!("required"), false),
        ("moonshot/kimi-k2.7-code", named(), json!("auto"), false),
        ("moonshot/kimi-k2.7-code", json!("none"), json!("none"), false),
        ("moonshot/kimi-k2.6", json!("required"), json!("auto"), false),
        ("moonshot/kimi-k2.6", named(), named(), true),
    ] {
        let (body, _) = sent(model, json!({ "tools": tools(), "tool_choice": choice }));
        assert_eq!(body["tool_choice"], said, "{model}");
        let thinking = body.get("thinking").is_some_and(|thinking| thinking["type"] == "disabled");
        assert_eq!(thinking, off, "{model}");
    }
}

#[test]
fn grok_is_sent_neither_stops_nor_penalties() {
    let fields = json!({ "stop": "X", "presence_penalty": 0.5, "frequency_penalty": 0, "temperature": 0.2 });
    let (body, notes) = sent("xai/grok-4.7", fields);
    for name in ["stop", "presence_penalty", "frequency_penalty"] {
        assert_eq!(body.get(name), None, "{name}");
    }
    assert_eq!((&body["temperature"], notes.len()), (&json!(0.2), 3), "{notes:?}");
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

/// The catalogue has them no more, Azure and OpenAI do.
#[test]
fn openais_first_models_that_think_are_not_told_how_to_sample() {
    for (model, is_told) in [
        ("openai/gpt-5", false),
        ("openai/gpt-5-mini", false),
        ("openai/o3", false),
        ("openai/gpt-5-chat-latest", true),
        ("openai/gpt-5.1", true),
        ("openai/gpt-4.1", true),
        ("groq/o3", true),
    ] {
        let (body, _) = sent(model, json!({ "temperature": 0.5 }));
        assert_eq!(body.get("temperature").is_some(), is_told, "{model}");
    }
}

/// "The 'metadata' parameter is only allowed when 'store' is enabled."
#[test]
fn labels_go_to_openais_chat_with_what_is_stored_alone() {
    let labels = json!({ "a": "b" });
    let (body, notes) = sent("openai/gpt-4o", json!({ "metadata": labels }));
    assert_eq!((body.get("metadata"), notes), (None, vec!["dropped metadata".to_owned()]));
    assert_eq!(sent("openai/gpt-4o", json!({ "metadata": labels, "store": true })).0["metadata"], labels);
    assert_eq!(sent("groq/x", json!({ "metadata": labels })).0.get("metadata"), None);
    assert_eq!(sent("qwen/qwen-plus", json!({ "metadata": labels })).0["metadata"], labels);
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

#[test]
fn a_limit_beyond_the_longest_answer_is_lowered() {
    let (body, notes) = sent("qwen/qwen-plus", json!({ "max_tokens": 64_000 }));
    assert_eq!(
        (&body["max_tokens"], notes),
        (&json!(32_768), vec!["max_tokens lowered to 32768".to_owned()])
    );
    let (body, notes) = sent("doubao/unknown", json!({ "max_tokens": 64_000 }));
    assert_eq!((&body["max_tokens"], notes.len()), (&json!(64_000), 0));
    // "Range of max_tokens should be [1, 32768]", while it thinks, and none of the other.
    for model in ["qwen/unknown", "qwen/qwen3.8-max"] {
        let (body, notes) = sent(model, json!({ "max_tokens": 64_000 }));
        assert_eq!((&body["max_completion_tokens"], body.get("max_tokens")), (&json!(64_000), None));
        assert_eq!(notes.len(), 0, "{model}");
    }
    let (body, _) = sent("qwen/qwen3.8-max", json!({ "max_tokens": 500 }));
    assert_eq!((&body["max_tokens"], body.get("max_completion_tokens")), (&json!(500), None));
    // "max_tokens and max_completion_tokens cannot be set at the same time"
    let (body, _) = sent("doubao/x", json!({ "max_tokens": 7, "max_completion_tokens": 9 }));
    assert_eq!((body.get("max_tokens"), &body["max_completion_tokens"]), (None, &json!(9)));
    // Some clients write what they do not say.
    for model in ["doubao/x", "openai/x"] {
        let (body, _) = sent(model, json!({ "max_tokens": 7, "max_completion_tokens": null }));
        assert_eq!((body.get("max_tokens"), &body["max_completion_tokens"]), (None, &json!(7)), "{model}");
    }
    let (body, _) = sent("deepseek/deepseek-flash", json!({ "max_completion_tokens": 500 }));
    assert_eq!((&body["max_tokens"], body.get("max_completion_tokens")), (&json!(500), None));
}

#[test]
fn a_model_that_thinks_is_not_told_how_to_sample_meanwhile() {
    let fields = |effort: &str| json!({ "temperature": 0.2, "logprobs": true, "top_k": 5, "reasoning_effort": effort });
    let (body, notes) = sent("openai/gpt-5.4", fields("low"));
    assert_eq!((body.get("temperature"), body.get("logprobs"), body.get("top_k")), (None, None, None));
    assert_eq!(notes, ["dropped top_k", "dropped temperature", "dropped logprobs"]);
    let (body, notes) = sent("openai/gpt-5.4", fields("none"));
    assert_eq!((&body["temperature"], notes), (&json!(0.2), vec!["dropped top_k".to_owned()]));
}

/// What Claude's and Qwen's callers say: "property … is unsupported", "Extra inputs are not permitted".
#[test]
fn the_words_of_other_vendors_are_left_out_where_nobody_knows_them() {
    for model in ["groq/x", "mistral/x"] {
        let (body, notes) = sent(model, json!({ "top_k": 40, "thinking_budget": 99, "top_p": 0.5 }));
        assert_eq!(
            (body.get("top_k"), body.get("thinking_budget"), &body["top_p"]),
            (None, None, &json!(0.5))
        );
        assert_eq!(notes.len(), 2, "{model} {notes:?}");
    }
}

/// "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1"
#[test]
fn a_limit_below_nothing_is_none_to_those_who_would_refuse_it() {
    for name in ["max_tokens", "max_completion_tokens"] {
        for target in ["deepseek/x", "openai/gpt-4o", "qwen/x"] {
            let (body, _) = sent(target, json!({ name: -1 }));
            assert_eq!((body.get("max_tokens"), body.get("max_completion_tokens")), (None, None), "{target}");
        }
        assert_eq!(sent("a/x", json!({ name: -1 })).0[name], -1, "llama.cpp knows it");
    }
}

/// "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
#[test]
fn a_limit_has_the_name_that_azure_takes_of_each_model() {
    for (model, name, other) in [
        ("gpt-5.4-mini", "max_completion_tokens", "max_tokens"),
        ("our-deployment", "max_completion_tokens", "max_tokens"),
        ("Mistral-Large-3", "max_tokens", "max_completion_tokens"),
    ] {
        let story = story_with(json!({
            "providers": { "azure": { "base_url": "http://a.test/openai/v1", "keys": ["A_KEY"] } },
        }));
        let mut body = hello(&format!("azure/{model}"));
        body["max_tokens"] = json!(7);
        story.chat(&body);
        let sent = story.attempts()[0].json();
        assert_eq!((&sent[name], sent.get(other)), (&json!(7), None), "{model}");
    }
}

#[test]
fn a_seed_has_the_vendors_name() {
    let (body, notes) = sent("mistral/x", json!({ "seed": 7 }));
    assert_eq!((&body["random_seed"], body.get("seed"), notes.len()), (&json!(7), None, 0));
}

#[test]
fn a_choice_of_tools_is_said_as_the_vendor_takes_it() {
    let asked = |choice: Value| json!({ "tools": tools(), "tool_choice": choice });
    let named = json!({ "type": "function", "function": { "name": "f" } });
    for (target, choice, sent_as, notes) in [
        ("mistral/x", json!("required"), json!("any"), 0),
        ("qwen/qwen3.8-max", json!("required"), json!("auto"), 1),
        ("qwen/qwen3.8-max", named.clone(), named.clone(), 0),
        ("zhipu/glm-4.7", json!("required"), json!("auto"), 1),
        ("zhipu/glm-4.7", named.clone(), json!("auto"), 1),
        ("a/x", json!("required"), json!("required"), 0),
    ] {
        let (body, said) = sent(target, asked(choice));
        assert_eq!(
            (&body["tool_choice"], said.iter().filter(|note| note.contains("tool_choice")).count()),
            (&sent_as, notes),
            "{target}"
        );
    }
    // Where only `auto` is taken, no tools are no choice.
    let (body, _) = sent("zhipu/glm-4.7", asked(json!("none")));
    assert_eq!((body.get("tools"), body.get("tool_choice")), (None, None));
}

#[test]
fn whoever_has_no_tools_is_told_nothing_of_them() {
    let nothing = json!({ "tools": [], "tool_choice": "auto", "parallel_tool_calls": false, "functions": [], "function_call": null });
    for model in ["openai/gpt-4o", "openai/gpt-6.1-sol", "qwen/qwen-plus", "mistral/x", "groq/x"] {
        let (body, notes) = sent(model, nothing.clone());
        for name in ["tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"] {
            assert_eq!(body.get(name), None, "{name} {model}");
        }
        assert!(notes.is_empty(), "{notes:?}");
    }
    // Proxies are on record that want an empty list.
    let (body, _) = sent("a/x", nothing);
    assert_eq!(body["tools"], json!([]));
    let (body, _) = sent(
        "openai/gpt-4o",
        json!({ "functions": [{ "name": "f" }], "function_call": "auto", "stream_options": { "include_usage": true } }),
    );
    assert_eq!((&body["functions"][0]["name"], body.get("stream_options")), (&json!("f"), None));
}

#[test]
fn ends_are_told_to_openai_as_far_as_it_takes_them() {
    let (body, notes) = sent("openai/gpt-4o", json!({ "stop": ["a", "b", "c", "d", "e"] }));
    assert_eq!(
        (&body["stop"], notes),
        (&json!(["a", "b", "c", "d"]), vec!["stop cut to its first 4".to_owned()])
    );
    let (body, notes) = sent("openai/gpt-4o", json!({ "stop": ["a", "b", "c", "d"] }));
    assert_eq!((body["stop"].as_array().map(Vec::len), notes.len()), (Some(4), 0));
}

/// "tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'root': when using anyOf, type
/// should be defined in anyOf items instead of the parent schema>", of a tool of Notion's.
#[test]
fn schemas_have_the_types_that_moonshot_wants() {
    let parameters = json!({ "type": "object", "properties": { "mode": { "enum": ["a"] } }, "anyOf": [{ "required": ["mode"] }] });
    let tools = json!([{ "type": "function", "function": { "name": "f", "parameters": parameters } }]);
    let (body, _) = sent("moonshot/kimi-k3", json!({ "tools": tools }));
    assert_eq!(
        body["tools"][0]["function"]["parameters"],
        json!({
            "properties": { "mode": { "enum": ["a"], "type": "string" } },
            "anyOf": [{ "required": ["mode"], "type": "object" }],
        })
    );
    assert_eq!(sent("xai/x", json!({ "tools": tools })).0["tools"], tools);
}

/// "function.parameters: Field required", says the client of Mistral, whose description of its API does too.
#[test]
fn a_function_that_is_told_nothing_says_so() {
    let function = |said: Value| json!({ "type": "function", "function": said });
    let nothing = json!({ "type": "object", "properties": {} });
    let meant = function(json!({ "name": "f", "parameters": nothing }));
    for target in ["mistral/x", "deepseek/x", "moonshot/x", "openai/gpt-4o"] {
        for said in [
            json!({ "name": "f" }),
            json!({ "name": "f", "parameters": null }),
            json!({ "name": "f", "parameters": {} }),
        ] {
            assert_eq!(
                sent(target, json!({ "tools": [function(said)] })).0["tools"],
                json!([meant]),
                "{target}"
            );
        }
    }
    let own = json!([{ "type": "builtin_function", "function": { "name": "$web_search" } }, meant]);
    assert_eq!(sent("moonshot/x", json!({ "tools": own })).0["tools"], own);
}

/// "Invalid schema for function 'get_me': In context=(), object schema missing properties."
#[test]
fn schemas_are_of_objects_to_openai() {
    let tools =
        |parameters| json!([{ "type": "function", "function": { "name": "f", "parameters": parameters } }]);
    let choice =
        json!({ "type": "object", "properties": { "url": { "type": "string" } }, "required": ["url"] });
    let nothing = json!({ "type": "object", "properties": {} });
    for (parameters, meant) in [
        (json!({ "type": "object" }), nothing),
        (
            json!({ "type": "object", "anyOf": [choice] }),
            json!({ "type": "object", "properties": choice["properties"] }),
        ),
    ] {
        for target in ["openai/gpt-4o", "openai/gpt-6.1-sol", "anthropic/claude-sonnet-5"] {
            let story = vendors();
            let mut body = hello(target);
            body["tools"] = tools(parameters.clone());
            story.chat(&body);
            let tool = story.attempts()[0].json()["tools"][0].clone();
            let sent = [&tool["function"]["parameters"], &tool["parameters"], &tool["input_schema"]];
            assert_eq!(sent.into_iter().find(|sent| !sent.is_null()), Some(&meant), "{target}");
        }
        let tools = tools(parameters);
        assert_eq!(sent("xai/x", json!({ "tools": tools })).0["tools"], tools);
    }
}

#[test]
fn tools_are_not_strict_where_that_is_refused() {
    let (body, notes) = sent("zhipu/glm-4.7", json!({ "tools": tools() }));
    assert_eq!(
        body["tools"][0]["function"],
        json!({ "name": "f", "parameters": { "type": "object", "properties": {} } })
    );
    assert_eq!(notes, ["dropped strict"]);
}

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

#[test]
fn what_the_configuration_lays_over_a_request_is_fitted_as_well() {
    let story = story_with(json!({
        "providers": { "zhipu": { "base_url": "http://zhipu.test/v1", "keys": ["A_KEY"] } },
        "routes": { "cool": { "fallback": [{ "model": "zhipu/glm-4.7", "params": { "temperature": 1.5, "seed": 1 } }] } },
    }));
    let answer = story.ask("cool");
    assert_eq!(story.attempts()[0].json()["temperature"], 1);
    assert_eq!(answer.header("x-steadfast-trail"), "zhipu/glm-4.7 ok 0ms (temperature lowered to 1)");
}

/// A caller's newer name for the limit was heard over what the configuration had said by the older one.
#[test]
fn a_limit_of_the_configuration_wins_by_whichever_name_the_caller_said_his() {
    for (laid, other) in [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")] {
        for (model, place) in [
            ("anthropic/claude-sonnet-5", "/max_tokens"),
            ("gemini/gemini-3.5-flash", "/generationConfig/maxOutputTokens"),
            ("responding/x", "/max_output_tokens"),
            ("openai/gpt-5.4-mini", "/max_completion_tokens"),
            ("deepseek/deepseek-flash", "/max_tokens"),
            ("qwen/qwen-plus", &format!("/{laid}")),
            ("lab/x", &format!("/{laid}")),
        ] {
            let (provider, _) = model.split_once('/').unwrap();
            let mut entry = json!({ "base_url": format!("http://{provider}.test/v1"), "keys": ["A_KEY"] });
            if let Some(dialect) =
                [("lab", "openai"), ("responding", "responses")].iter().find(|(name, _)| *name == provider)
            {
                entry["dialect"] = json!(dialect.1);
            }
            let story = story_with(json!({
                "providers": { provider: entry },
                "routes": { "short": { "fallback": [{ "model": model, "params": { laid: 70 } }] } },
            }));
            let mut body = hello("short");
            body[other] = json!(9_000);
            story.chat(&body);
            let sent = story.attempts()[0].json();
            assert_eq!(sent.pointer(place), Some(&json!(70)), "{model} {laid}: {sent}");
            assert!(!sent.to_string().contains("9000"), "{model} {laid}: {sent}");
        }
    }
}
