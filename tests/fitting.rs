//! What only shapes an answer is said as each vendor takes it, or left out, and the trail says how.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::Behaviour;
use support::*;

// What is left out, and noted.

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
fn what_a_language_has_no_word_for_in_a_message_is_noted() {
    let image = |detail: &str| json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==", "detail": detail } });
    for (dialect, detail, told) in [
        ("anthropic", "low", "a/x ok 0ms (dropped name of a message, dropped detail of a message)"),
        ("gemini", "high", "a/x ok 0ms (dropped name of a message, dropped detail of a message)"),
        ("responses", "low", "a/x ok 0ms (dropped name of a message)"),
        ("anthropic", "auto", "a/x ok 0ms (dropped name of a message)"),
        ("openai", "low", "a/x ok 0ms"),
    ] {
        let story = first_speaks(dialect);
        let answer = json!({ "id": "r", "status": "completed", "output": [{ "type": "message", "content": [{ "type": "output_text", "text": "Hi" }] }] });
        if dialect == "responses" {
            story.script("a/x", [Behaviour::sends([answer.to_string()])]);
        }
        let mut body = hello("a/x");
        body["messages"] = json!([
            { "role": "user", "name": "ann", "content": [{ "type": "text", "text": "?" }, image(detail)] },
            { "role": "assistant", "content": null, "tool_calls": [{ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
            { "role": "tool", "tool_call_id": "c", "name": "f", "content": "R" },
        ]);
        let trail = story.chat(&body).header("x-steadfast-trail").to_owned();
        assert_eq!(trail.replace(", a function call was sent unsigned", ""), told, "{dialect}");
    }
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

#[test]
fn grok_is_sent_neither_stops_nor_penalties() {
    let fields = json!({ "stop": "X", "presence_penalty": 0.5, "frequency_penalty": 0, "temperature": 0.2 });
    let (body, notes) = sent("xai/grok-4.7", fields);
    for name in ["stop", "presence_penalty", "frequency_penalty"] {
        assert_eq!(body.get(name), None, "{name}");
    }
    assert_eq!((&body["temperature"], notes.len()), (&json!(0.2), 3), "{notes:?}");
}

// How to sample.

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
fn a_model_that_thinks_is_not_told_how_to_sample_meanwhile() {
    let fields = |effort: &str| json!({ "temperature": 0.2, "logprobs": true, "top_k": 5, "reasoning_effort": effort });
    let (body, notes) = sent("openai/gpt-5.4", fields("low"));
    assert_eq!((body.get("temperature"), body.get("logprobs"), body.get("top_k")), (None, None, None));
    assert_eq!(notes, ["dropped top_k", "dropped temperature", "dropped logprobs"]);
    let (body, notes) = sent("openai/gpt-5.4", fields("none"));
    assert_eq!((&body["temperature"], notes), (&json!(0.2), vec!["dropped top_k".to_owned()]));
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

#[test]
fn kimi_is_not_told_how_to_sample() {
    let fields = json!({ "temperature": 0.2, "top_p": 0.5, "stop": ["X"], "n": 2 });
    let (body, notes) = sent("moonshot/kimi-k3", fields);
    assert_eq!((body.get("temperature"), body.get("top_p")), (None, None));
    assert_eq!((&body["stop"], &body["n"]), (&json!(["X"]), &json!(1)));
    assert_eq!(notes, ["dropped temperature", "dropped top_p", "n sent as 1"]);
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

#[test]
fn a_seed_has_the_vendors_name() {
    let (body, notes) = sent("mistral/x", json!({ "seed": 7 }));
    assert_eq!((&body["random_seed"], body.get("seed"), notes.len()), (&json!(7), None, 0));
}

// How much, and where it ends.

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

// What the configuration adds.

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
