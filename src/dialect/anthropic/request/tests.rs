use serde_json::{Value, json};

use super::*;
use crate::chat::usage::Usage;
use crate::config::Plan;
use crate::dialect::Identity;
use crate::dialect::anthropic::ANSWER_TOOL;
use crate::dialect::request as write;
use crate::secret::Secrets;

/// What a model is sent for this chat, and what the trail says about it.
fn sent_carrying_on(model: &str, chat: Value, carries_on: Option<&CarriesOn>) -> (Value, Vec<String>) {
    let mut chat = chat;
    chat["model"] = json!("route");
    if chat["messages"].is_null() {
        chat["messages"] = json!([{ "role": "user", "content": "Hello?" }]);
    }
    let ask = Ask::read(chat.to_string().into()).unwrap();
    let target = Plan::from_json("{}").unwrap().target(&format!("anthropic/{model}")).unwrap();
    let mut notes = Vec::new();
    let request = write(&ask, &target, None, carries_on, &mut notes).unwrap();
    (serde_json::from_slice(&request.body.concat()).unwrap(), notes)
}

fn sent(model: &str, chat: Value) -> (Value, Vec<String>) {
    sent_carrying_on(model, chat, None)
}

/// Only what was asked for, without what every request has.
fn wishes(model: &str, chat: Value) -> (Value, Vec<String>) {
    let (mut body, notes) = sent(model, chat);
    for usual in ["model", "messages", "max_tokens"] {
        body.as_object_mut().unwrap().remove(usual);
    }
    (body, notes)
}

#[test]
fn a_plain_request_is_as_small_as_it_can_be() {
    let (body, notes) = sent(
        "claude-sonnet-5",
        json!({ "stream": true, "stream_options": { "include_usage": true }, "n": 1, "steadfast": { "trail": true } }),
    );
    assert_eq!(
        body,
        json!({
            "model": "claude-sonnet-5", "max_tokens": 128_000, "stream": true,
            "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hello?" }] }],
        })
    );
    assert_eq!(notes, [""; 0]);
}

#[test]
fn a_call_without_a_thought_gets_one_where_it_would_be_refused_without_whoever_asks() {
    let call = json!({ "id": "t", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let messages = json!([
        { "role": "user", "content": "?" },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "t", "content": "R" },
    ]);
    for (model, kind) in [("deepseek-v4-pro", "thinking"), ("claude-opus-5", "tool_use")] {
        let (body, _) = sent(model, json!({ "messages": messages }));
        assert_eq!(body["messages"][1]["content"][0]["type"], kind, "{model}");
    }
}

#[test]
fn it_goes_to_the_messages_with_the_key_where_anthropic_wants_it() {
    let ask = Ask::read(br#"{"model":"x","messages":[]}"#.to_vec().into()).unwrap();
    for (base_url, url) in [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
        ("https://api.anthropic.com/v1", "https://api.anthropic.com/v1/messages"),
        ("https://api.deepseek.com/anthropic", "https://api.deepseek.com/anthropic/v1/messages"),
    ] {
        let config = json!({ "providers": { "anthropic": { "base_url": base_url } } });
        let target =
            Plan::from_json(&config.to_string()).unwrap().target("anthropic/claude-sonnet-5").unwrap();
        let sent = |key: &str| {
            let secrets: Secrets = [("KEY", key)].into_iter().collect();
            write(&ask, &target, secrets.find("KEY"), None, &mut Vec::new()).unwrap()
        };
        let request = sent("sk-ant-api03-x");
        assert_eq!(request.url, url);
        let header = |name: &str| request.headers.find(name);
        assert_eq!(header("x-api-key"), Some("sk-ant-api03-x"));
        assert_eq!(header("anthropic-version"), Some("2023-06-01"));
        assert_eq!(header("authorization"), None);
        assert_eq!(sent("sk-ant-oat01-x").headers.find("authorization"), Some("Bearer sk-ant-oat01-x"));
    }
}

#[test]
fn the_length_of_an_answer_is_always_said() {
    for (model, chat, limit, said) in [
        ("claude-opus-5-5", json!({}), 128_000, &[][..]),
        ("claude-haiku-4-5", json!({}), 64_000, &[]),
        ("claude-haiku-4-5", json!({ "max_tokens": 10 }), 10, &[]),
        ("claude-haiku-4-5", json!({ "max_tokens": 10, "max_completion_tokens": 20 }), 20, &[]),
        ("claude-haiku-4-5", json!({ "max_tokens": 100_000 }), 64_000, &["max_tokens lowered to 64000"]),
        ("claude-haiku-4-5", json!({ "max_tokens": null }), 64_000, &[]),
    ] {
        let (body, notes) = sent(model, chat);
        assert_eq!(
            (&body["max_tokens"], notes.as_slice()),
            (&json!(limit), said.iter().map(|said| (*said).to_owned()).collect::<Vec<_>>().as_slice())
        );
    }
}

#[test]
fn sampling_is_what_the_model_takes() {
    let all = json!({ "temperature": 1.3, "top_p": 0.9, "top_k": 5 });
    assert_eq!(
        wishes("claude-opus-5-5", all.clone()),
        (json!({}), vec!["dropped temperature".into(), "dropped top_p".into(), "dropped top_k".into()])
    );
    assert_eq!(
        wishes("claude-haiku-4-5", all.clone()),
        (
            json!({ "temperature": 1, "top_k": 5 }),
            vec!["temperature lowered to 1".into(), "dropped top_p".into()]
        )
    );
    assert_eq!(wishes("claude-haiku-4-5", json!({ "top_p": 0.9 })), (json!({ "top_p": 0.9 }), vec![]));
    assert_eq!(wishes("MiniMax-M3", all).0, json!({ "temperature": 1, "top_p": 0.9, "top_k": 5 }));
    for (temperature, is_clamped) in
        [("0", false), ("0.7", false), ("1", false), ("1.0", false), ("1.01", true), ("2", true)]
    {
        assert_eq!(is_above_one(temperature), is_clamped, "{temperature}");
    }
}

#[test]
fn effort_is_said_in_the_words_of_the_generation() {
    let adaptive = json!({ "type": "adaptive", "display": "summarized" });
    for (model, effort, thinking, said, note) in [
        ("claude-opus-5", "high", adaptive.clone(), json!("high"), ""),
        ("claude-opus-5", "minimal", adaptive.clone(), json!("low"), ""),
        ("claude-opus-5", "xhigh", adaptive.clone(), json!("xhigh"), ""),
        ("claude-sonnet-4-6", "xhigh", adaptive.clone(), json!("high"), "reasoning_effort sent as high"),
        ("claude-sonnet-4-6", "max", adaptive, json!("max"), ""),
        ("claude-opus-5", "none", json!({ "type": "disabled" }), json!(null), ""),
        (
            "claude-sonnet-5-5",
            "none",
            json!({ "type": "between_tools" }),
            json!(null),
            "thinks between tools: it cannot be told not to",
        ),
        (
            "claude-opus-5-5",
            "none",
            json!(null),
            json!("low"),
            "thinks with little effort: it cannot be told not to",
        ),
        ("claude-haiku-4-5", "medium", json!({ "type": "enabled", "budget_tokens": 8192 }), json!(null), ""),
        ("claude-haiku-4-5", "none", json!({ "type": "disabled" }), json!(null), ""),
        ("claude-3-haiku-x", "low", json!(null), json!(null), "dropped reasoning_effort"),
    ] {
        let (body, notes) = sent(model, json!({ "reasoning_effort": effort }));
        assert_eq!(
            (&body["thinking"], &body["output_config"]["effort"]),
            (&thinking, &said),
            "{model} {effort}"
        );
        assert_eq!(notes.join(""), note, "{model} {effort}");
    }
}

#[test]
fn a_budget_leaves_room_and_is_given_up_where_it_would_be_refused() {
    let thinking = |chat: Value| {
        let (body, notes) = sent("claude-haiku-4-5", chat);
        (body["thinking"]["budget_tokens"].as_u64(), notes)
    };
    let low = |chat: Value| {
        let mut chat = chat;
        chat["reasoning_effort"] = json!("high");
        thinking(chat)
    };
    assert_eq!(low(json!({ "max_tokens": 4_000 })), (Some(2_000), vec![]));
    assert_eq!(low(json!({ "max_tokens": 1_100 })), (Some(1_024), vec![]));
    assert_eq!(
        low(json!({ "max_tokens": 1_024 })),
        (None, vec!["dropped thinking: max_tokens leaves no room".into()])
    );
    assert_eq!(thinking(json!({ "thinking": { "type": "enabled", "budget_tokens": 3_000 } })).0, Some(3_000));
    let tool = json!([{ "type": "function", "function": { "name": "look" } }]);
    assert_eq!(
        low(json!({ "tools": tool, "tool_choice": "required" })),
        (None, vec!["dropped thinking: a tool call is demanded".into()])
    );
    let begun = json!([{ "role": "user", "content": "Go." }, { "role": "assistant", "content": "Well" }]);
    assert_eq!(
        low(json!({ "messages": begun })),
        (None, vec!["dropped thinking: an answer is carried on".into()])
    );
    let calls = json!([
        { "role": "user", "content": "Go." },
        { "role": "assistant", "tool_calls": [{ "id": "1", "type": "function", "function": { "name": "look", "arguments": "{}" } }] },
        { "role": "tool", "tool_call_id": "1", "content": "seen" },
    ]);
    assert_eq!(
        low(json!({ "messages": calls })),
        (None, vec!["dropped thinking: another model called the tools".into()])
    );
    let (body, notes) = wishes("claude-haiku-4-5", json!({ "reasoning_effort": "low", "temperature": 0.5 }));
    assert_eq!(body, json!({ "thinking": { "type": "enabled", "budget_tokens": 2048 } }));
    assert_eq!(notes, ["dropped temperature"]);
}

#[test]
fn tools_and_their_choice_are_translated() {
    let parameters = json!({ "type": "object", "properties": { "a": { "type": "string", "minLength": 1 } } });
    let tools = json!([
        { "type": "function", "function": { "name": "look", "description": "Looks.", "parameters": parameters } },
        { "type": "function", "function": { "name": "wait" } },
        { "type": "function", "function": { "name": "odd", "parameters": { "properties": {} } }, "cache_control": { "type": "ephemeral" } },
        { "type": "web_search_20250305", "name": "web_search", "max_uses": 3 },
    ]);
    let (body, notes) = wishes("claude-sonnet-5", json!({ "tools": tools }));
    assert_eq!(
        body,
        json!({ "tools": [
            { "name": "look", "description": "Looks.", "input_schema": parameters },
            { "name": "wait", "input_schema": { "type": "object", "properties": {} } },
            { "name": "odd", "input_schema": { "type": "object", "properties": {} }, "cache_control": { "type": "ephemeral" } },
            { "type": "web_search_20250305", "name": "web_search", "max_uses": 3 },
        ] })
    );
    assert_eq!(notes, [""; 0]);
    let one = json!([{ "type": "function", "function": { "name": "look" } }]);
    let named = json!({ "type": "function", "function": { "name": "look" } });
    for (choice, parallel, meant) in [
        (json!("auto"), true, json!({ "type": "auto" })),
        (json!("required"), true, json!({ "type": "any" })),
        (json!("none"), true, json!({ "type": "none" })),
        (named.clone(), true, json!({ "type": "tool", "name": "look" })),
        (json!("required"), false, json!({ "type": "any", "disable_parallel_tool_use": true })),
        (json!(null), false, json!({ "type": "auto", "disable_parallel_tool_use": true })),
        (json!("none"), false, json!({ "type": "none" })),
        (json!(null), true, json!(null)),
    ] {
        let chat = json!({ "tools": one, "tool_choice": choice, "parallel_tool_calls": parallel });
        assert_eq!(sent("claude-sonnet-5", chat).0["tool_choice"], meant, "{choice} {parallel}");
    }
    let two = json!([{ "type": "function", "function": { "name": "look" } }, { "type": "function", "function": { "name": "wait" } }]);
    for (mode, meant) in [("auto", "auto"), ("required", "any")] {
        let choice = json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": [named] } });
        let (body, notes) = sent("claude-sonnet-5", json!({ "tools": two, "tool_choice": choice }));
        assert_eq!((body["tools"].as_array().unwrap().len(), &body["tools"][0]["name"]), (1, &json!("look")));
        assert_eq!((&body["tool_choice"], notes.len()), (&json!({ "type": meant }), 1));
    }
    let (body, notes) = sent("claude-opus-5-5", json!({ "tools": one, "tool_choice": named }));
    assert_eq!(
        (&body["tool_choice"], notes.join("")),
        (&json!({ "type": "auto" }), "tool_choice sent as auto".into())
    );
    let (body, notes) = wishes(
        "claude-sonnet-5",
        json!({ "tools": [{ "type": "custom", "custom": { "name": "x" } }], "tool_choice": "auto" }),
    );
    assert_eq!((body, notes.join("")), (json!({}), "dropped a tool that is no function".into()));
}

#[test]
fn a_strict_tool_is_strict_where_that_is_possible() {
    let tool = |members: usize| {
        let members: serde_json::Map<_, _> =
            (0..members).map(|at| (format!("m{at}"), json!({ "type": "integer", "minimum": 1 }))).collect();
        json!({ "type": "function", "function": { "name": "look", "strict": true, "parameters": { "type": "object", "properties": members } } })
    };
    let (body, notes) = sent("claude-sonnet-5", json!({ "tools": [tool(1)] }));
    assert_eq!(body["tools"][0]["strict"], true);
    assert_eq!(
        body["tools"][0]["input_schema"]["properties"]["m0"],
        json!({ "type": "integer", "description": "{minimum: 1}" })
    );
    assert_eq!(notes, [""; 0]);
    for (model, tools) in [
        ("claude-sonnet-5", json!([tool(20), tool(5)])),
        ("claude-sonnet-5", json!(vec![tool(0); 21])),
        ("claude-opus-4-1", json!([tool(1)])),
    ] {
        let (body, notes) = sent(model, json!({ "tools": tools }));
        assert_eq!(
            (&body["tools"][0]["strict"], notes.join("")),
            (&json!(null), "dropped tools[].strict".into())
        );
    }
}

#[test]
fn an_address_is_not_told_as_a_users_name() {
    assert_eq!(wishes("claude-sonnet-5", json!({ "user": "u1" })).0["metadata"], json!({ "user_id": "u1" }));
    let (body, _) = wishes("claude-sonnet-5", json!({ "user": "u".repeat(257) }));
    assert_eq!(body, json!({}));
    let (body, notes) = wishes("claude-sonnet-5", json!({ "user": "a@b.test" }));
    assert_eq!((body.get("metadata"), notes), (None, vec!["dropped user".to_owned()]));
}

#[test]
fn choices_at_the_top_of_a_tools_parameters_are_left_out() {
    let parameters = json!({ "type": "object", "properties": { "a": {}, "b": {} },
        "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] });
    let chat =
        json!({ "tools": [{ "type": "function", "function": { "name": "f", "parameters": parameters } }] });
    let schema = wishes("claude-sonnet-5", chat).0["tools"][0]["input_schema"].clone();
    assert_eq!(schema, json!({ "type": "object", "properties": { "a": {}, "b": {} } }));
}

#[test]
fn a_form_that_a_model_cannot_be_held_to_is_asked_for_otherwise() {
    let map = json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } });
    let nullable = json!({ "type": ["string", "null"] });
    let members: serde_json::Map<_, _> =
        (0..17).map(|number| (format!("m{number}"), nullable.clone())).collect();
    let names: Vec<_> = members.keys().cloned().collect();
    let many =
        json!({ "type": "object", "properties": members, "required": names, "additionalProperties": false });
    let tree = json!({ "type": "object", "properties": { "n": { "$ref": "#/$defs/N" } }, "required": ["n"], "$defs": {
        "N": { "type": "object", "properties": { "n": { "$ref": "#/$defs/N" } }, "required": ["n"] } } });
    let open = json!({ "type": "object", "properties": { "a": { "type": "object" } }, "required": ["a"] });
    for schema in [map, many, tree, open] {
        let chat = json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": schema } } });
        let (body, notes) = wishes("claude-sonnet-5", chat.clone());
        assert_eq!(body["output_config"].get("format"), None);
        assert_eq!(
            (&body["tools"][0]["input_schema"], notes),
            (&schema, vec!["asked for JSON by way of a tool".into()])
        );
        let (body, notes) = wishes("claude-sonnet-5-5", chat);
        assert!(body["system"].to_string().contains("JSON schema"), "{body}");
        assert_eq!(notes, ["asked for JSON in words"]);
    }
}

#[test]
fn json_is_asked_for_by_the_best_means_there_is() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer", "minimum": 1 } }, "required": ["a"] });
    let chat = json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": schema, "strict": true } } });
    let (body, notes) = wishes("claude-sonnet-5", chat.clone());
    assert_eq!(
        body["output_config"]["format"],
        json!({ "type": "json_schema", "schema": { "type": "object", "required": ["a"], "additionalProperties": false,
            "properties": { "a": { "type": "integer", "description": "{minimum: 1}" } } } })
    );
    assert_eq!(notes, [""; 0]);

    let (body, notes) = sent("claude-opus-4-1", chat.clone());
    assert_eq!(
        (&body["tools"][0]["name"], &body["tools"][0]["input_schema"]),
        (&json!(ANSWER_TOOL), &schema)
    );
    assert_eq!(
        body["tool_choice"],
        json!({ "type": "tool", "name": ANSWER_TOOL, "disable_parallel_tool_use": true })
    );
    assert_eq!(notes, ["asked for JSON by way of a tool"]);
    let mut with_tools = chat.clone();
    with_tools["tools"] = json!([{ "type": "function", "function": { "name": "look" } }]);
    let (body, _) = sent("claude-opus-4-1", with_tools);
    assert_eq!(body["tool_choice"], json!({ "type": "any", "disable_parallel_tool_use": true }));
    assert_eq!(body["tools"].as_array().unwrap().len(), 2);

    let (body, notes) = sent("claude-sonnet-5", json!({ "response_format": { "type": "json_object" } }));
    assert!(body["system"][0]["text"].as_str().unwrap().contains("JSON"));
    assert_eq!(notes, ["asked for JSON in words"]);
    assert_eq!(
        wishes("claude-sonnet-5", json!({ "response_format": { "type": "text" } })),
        (json!({}), vec![])
    );
}

#[test]
fn the_rest_is_translated_or_dropped_by_name() {
    assert_eq!(
        wishes("claude-sonnet-5", json!({ "stop": "END", "user": "u1" })).0,
        json!({ "stop_sequences": ["END"], "metadata": { "user_id": "u1" } })
    );
    assert_eq!(
        wishes("claude-sonnet-5", json!({ "stop": ["\n", "END"] })),
        (json!({ "stop_sequences": ["END"] }), vec!["dropped blank stop sequences".into()])
    );
    assert_eq!(
        wishes(
            "claude-sonnet-5",
            json!({ "seed": 7, "logprobs": true, "frequency_penalty": 0, "presence_penalty": 0.5, "n": 2, "store": false, "logit_bias": {} })
        ),
        (
            json!({}),
            ["logprobs", "n", "presence_penalty", "seed"].map(|name| format!("dropped {name}")).to_vec()
        )
    );
    assert_eq!(
        wishes("claude-sonnet-5", json!({ "mcp_servers": [{ "name": "x" }] })),
        (json!({ "mcp_servers": [{ "name": "x" }] }), vec![])
    );
}

#[test]
fn what_the_configuration_says_is_laid_over_it() {
    let config = json!({ "routes": { "r": { "fallback": [{ "model": "anthropic/claude-haiku-4-5", "params": { "temperature": 0.2, "seed": 1 } }] } } });
    let plan = Plan::from_json(&config.to_string()).unwrap();
    let target = plan.route("r").unwrap().strategy.parts[0].target().unwrap();
    let ask = Ask::read(br#"{"model":"r","messages":[],"temperature":0.9}"#.to_vec().into()).unwrap();
    let mut notes = Vec::new();
    let request = write(&ask, target, None, None, &mut notes).unwrap();
    let body: Value = serde_json::from_slice(&request.body.concat()).unwrap();
    assert_eq!(body["temperature"], 0.2);
    assert_eq!(notes, ["dropped seed"]);
}

fn carrying_on(text: &str, manner: Manner) -> CarriesOn {
    let usage = Usage { completion_tokens: 40, ..Usage::default() };
    CarriesOn { identity: Identity::default(), text: text.into(), usage, manner }
}

#[test]
fn a_broken_answer_is_carried_on_by_prefill_or_in_words() {
    let (body, notes) = sent_carrying_on(
        "claude-haiku-4-5",
        json!({ "max_tokens": 100 }),
        Some(&carrying_on("One, two, ", Manner::Trimmed)),
    );
    assert_eq!(
        body["messages"][1],
        json!({ "role": "assistant", "content": [{ "type": "text", "text": "One, two," }] })
    );
    assert_eq!((&body["max_tokens"], notes.len()), (&json!(60), 0));
    let (body, _) =
        sent_carrying_on("claude-sonnet-5", json!({}), Some(&carrying_on("One, two, ", Manner::Words)));
    assert_eq!(body["messages"][1]["content"][0]["text"], "One, two, ");
    assert_eq!(
        body["messages"][2],
        json!({ "role": "user", "content": [{ "type": "text", "text": CARRY_ON }] })
    );
    assert_eq!(body["max_tokens"], 128_000);
    let (body, _) =
        sent_carrying_on("claude-haiku-4-5", json!({}), Some(&carrying_on(" \n", Manner::Trimmed)));
    assert_eq!(body["messages"].as_array().unwrap().len(), 1, "nothing is left to be carried on from");
}

#[test]
fn a_callers_own_prefill_goes_on_in_the_same_words() {
    let begun = json!([{ "role": "user", "content": "Count." }, { "role": "assistant", "content": "One, " }]);
    let (body, notes) = sent("claude-haiku-4-5", json!({ "messages": begun }));
    assert_eq!(body["messages"][1]["content"][0]["text"], "One,");
    assert_eq!(notes, [""; 0]);
    let (body, notes) = sent("claude-sonnet-5", json!({ "messages": begun }));
    assert_eq!(body["messages"][2]["content"][0]["text"], CARRY_ON);
    assert_eq!(notes, ["asked in words to carry on from the last message"]);
    let (body, _) = sent_carrying_on(
        "claude-haiku-4-5",
        json!({ "messages": begun }),
        Some(&carrying_on("two, ", Manner::Trimmed)),
    );
    assert_eq!(body["messages"][1]["content"][0]["text"], "One, two,");
}

#[test]
fn functions_are_tools() {
    let call =
        json!({ "role": "assistant", "content": null, "function_call": { "name": "f", "arguments": "{}" } });
    let result = json!({ "role": "function", "name": "f", "content": "R" });
    let (body, notes) = sent(
        "claude-opus-5",
        json!({
            "functions": [{ "name": "f", "parameters": { "type": "object" } }], "function_call": { "name": "f" },
            "messages": [{ "role": "user", "content": "?" }, call, result, call, result],
        }),
    );
    assert_eq!(
        body["tools"],
        json!([{ "name": "f", "input_schema": { "type": "object", "properties": {} } }])
    );
    assert_eq!(
        body["tool_choice"],
        json!({ "type": "tool", "name": "f", "disable_parallel_tool_use": true })
    );
    for (place, id) in [(1, "call_1"), (3, "call_2")] {
        assert_eq!(body["messages"][place]["content"][0]["id"], id);
        assert_eq!(body["messages"][place + 1]["content"][0]["tool_use_id"], id);
    }
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn a_conversation_in_which_tools_were_called_goes_on_without_them() {
    let call = json!({ "id": "c", "type": "function", "function": { "name": "look", "arguments": "{}" } });
    let messages = json!([
        { "role": "user", "content": "Look." },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "c", "content": "seen" },
    ]);
    let (body, notes) = wishes("claude-opus-5", json!({ "messages": messages }));
    let tool = json!({ "name": "look", "input_schema": { "type": "object" } });
    assert_eq!((body, notes.len()), (json!({ "tools": [tool], "tool_choice": { "type": "none" } }), 0));
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    let (body, _) = wishes("claude-opus-5", json!({ "messages": messages, "tools": tools }));
    assert_eq!((body["tools"][0]["name"].as_str(), body.get("tool_choice")), (Some("f"), None));
    let (body, _) = wishes("claude-opus-5", json!({ "tool_choice": "auto" }));
    assert_eq!(body, json!({}));
}
