use super::*;
use crate::chat::request::Native;
use serde_json::{Value, json};

fn said(body: Value) -> (Value, Native) {
    let ask = read(body.to_string().into()).unwrap();
    (serde_json::from_slice(&ask.body).unwrap(), ask.native.unwrap())
}

#[test]
fn a_plain_request_is_said_in_chat() {
    let (chat, native) = said(json!({
        "model": "standard", "input": "Hi", "instructions": "Be brief.", "max_output_tokens": 50, "stream": true,
        "temperature": 0.5, "reasoning": { "effort": "low", "summary": null }, "text": { "format": { "type": "json_schema", "name": "n", "schema": {}, "strict": true }, "verbosity": "low" },
        "store": true, "include": ["reasoning.encrypted_content"], "truncation": "auto", "previous_response_id": null,
    }));
    assert_eq!(
        chat,
        json!({
            "model": "standard", "stream": true, "temperature": 0.5, "max_completion_tokens": 50,
            "stream_options": { "include_usage": true }, "reasoning_effort": "low", "verbosity": "low",
            "messages": [{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "Hi" }],
            "response_format": { "type": "json_schema", "json_schema": { "name": "n", "schema": {}, "strict": true } },
        })
    );
    assert_eq!(native.bound, None);
}

#[test]
fn what_the_assistant_said_in_several_items_is_one_message() {
    let (chat, _) = said(json!({
        "model": "m",
        "tools": [{ "type": "function", "name": "f", "parameters": { "type": "object" }, "strict": true }],
        "tool_choice": { "type": "function", "name": "f" },
        "input": [
            { "role": "user", "content": [{ "type": "input_text", "text": "Look" }, { "type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low" }] },
            { "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "E" },
            { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Let me " }, { "type": "output_text", "text": "see." }] },
            { "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}" },
            { "type": "function_call", "call_id": "c2", "name": "f", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "c1", "output": "one" },
            { "type": "function_call_output", "call_id": "c2", "output": [{ "type": "input_text", "text": "two" }] },
        ],
    }));
    assert_eq!(
        chat["tools"][0],
        json!({ "type": "function", "function": { "name": "f", "parameters": { "type": "object" }, "strict": true } })
    );
    assert_eq!(chat["tool_choice"], json!({ "type": "function", "function": { "name": "f" } }));
    let call = |id: &str, arguments: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": arguments } });
    assert_eq!(
        chat["messages"],
        json!([
            { "role": "user", "content": [{ "type": "text", "text": "Look" }, { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA", "detail": "low" } }] },
            { "role": "assistant", "content": "Let me see.",
              "reasoning_details": [{ "type": "reasoning.encrypted", "data": "E", "id": "rs_1", "format": "openai-responses-v1", "index": 0 }],
              "tool_calls": [call("c1", "{\"a\":1}"), call("c2", "{}")] },
            { "role": "tool", "tool_call_id": "c1", "content": "one" },
            { "role": "tool", "tool_call_id": "c2", "content": "two" },
        ])
    );
}

#[test]
fn a_choice_among_some_tools_is_one_everywhere() {
    let tools = json!([{ "type": "function", "name": "f" }, { "type": "custom", "name": "g" }, { "type": "web_search" }]);
    let chosen = |kinds: &[&str]| {
        let some: Vec<Value> = kinds.iter().map(|kind| json!({ "type": kind, "name": "g" })).collect();
        let choice = json!({ "type": "allowed_tools", "mode": "required", "tools": some });
        said(json!({ "model": "m", "input": "x", "tools": tools, "tool_choice": choice }))
    };
    let one = json!([{ "type": "function", "function": { "name": "g" } }]);
    let meant = json!({ "type": "allowed_tools", "allowed_tools": { "mode": "required", "tools": one } });
    for kinds in [["function"].as_slice(), &["custom"], &["custom", "web_search"]] {
        let (chat, native) = chosen(kinds);
        assert_eq!((&chat["tool_choice"], native.bound), (&meant, None), "{kinds:?}");
    }
    for kinds in [["web_search"].as_slice(), &["custom", "mcp"]] {
        let told = format!("only OpenAI's Responses can say the tool `{}`", kinds[kinds.len() - 1]);
        assert_eq!(chosen(kinds).1.bound, Some(told));
    }
}

#[test]
fn what_others_are_not_told_is_noted() {
    let (chat, native) = said(json!({
        "model": "m", "input": "x", "truncation": "auto", "include": ["message.output_text.logprobs"], "store": true,
        "context_management": [{ "type": "compaction" }], "prompt_cache_retention": "24h", "yet_unknown": 1, "moderation": null,
    }));
    assert_eq!(
        native.lost.join(", "),
        "dropped top_logprobs, dropped truncation, dropped context_management, dropped yet_unknown"
    );
    assert_eq!((native.bound, &chat["prompt_cache_retention"]), (None, &json!("24h")));
}

#[test]
fn what_only_this_language_can_say_binds_to_it() {
    for (member, value, told) in [
        ("tools", json!([{ "type": "web_search" }]), "the tool `web_search`"),
        ("input", json!([{ "type": "item_reference", "id": "x" }]), "an item of the kind `item_reference`"),
        ("prompt", json!({ "id": "p" }), "`prompt`"),
    ] {
        let mut body = json!({ "model": "m", "input": "x" });
        body[member] = value;
        assert_eq!(said(body).1.bound.unwrap(), format!("only OpenAI's Responses can say {told}"));
    }
}

#[test]
fn a_memory_that_is_not_kept_is_refused() {
    for (member, value) in
        [("previous_response_id", json!("resp_1")), ("conversation", json!("c")), ("background", json!(true))]
    {
        let mut body = json!({ "model": "m", "input": "x" });
        body[member] = value;
        let error = read(body.to_string().into()).unwrap_err();
        assert_eq!((error.status, error.param.as_deref()), (400, Some(member)));
        assert!(error.message.contains("Send the whole conversation in `input`"), "{}", error.message);
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (body, param) in [
        (json!({ "model": "m" }), "input"),
        (json!({ "model": "m", "input": 3 }), "input"),
        (json!({ "model": "m", "input": [3] }), "input[0]"),
        (json!({ "model": "m", "input": [{ "role": "user" }] }), "input[0]"),
        (json!({ "input": "x" }), "model"),
    ] {
        assert_eq!(read(body.to_string().into()).unwrap_err().param.as_deref(), Some(param));
    }
}

/// Codex puts what a timer says in an output of no call, and in every request after that.
#[test]
fn an_output_that_belongs_to_no_call_is_said_by_the_user() {
    let output = json!({ "type": "function_call_output", "id": "fco_1", "name": "automation_update", "call_id": "", "output": "<heartbeat>" });
    let ask = read(json!({ "model": "m", "input": [output] }).to_string().into()).unwrap();
    let chat: Value = serde_json::from_slice(&ask.body).unwrap();
    assert_eq!(chat["messages"], json!([{ "role": "user", "content": "<heartbeat>" }]));
}

#[test]
fn pictures_that_tools_give_follow_as_the_users() {
    let picture = json!({ "type": "input_image", "image_url": "data:image/png;base64,AA" });
    let call =
        |id: &str| json!({ "type": "function_call", "call_id": id, "name": "look", "arguments": "{}" });
    let (chat, native) = said(json!({
        "model": "m",
        "input": [
            call("c1"), call("c2"),
            { "type": "function_call_output", "call_id": "c1", "output": [{ "type": "input_text", "text": "See:" }, picture] },
            { "type": "function_call_output", "call_id": "c2", "output": "two" },
            { "role": "user", "content": "Well?" },
        ],
    }));
    assert_eq!(
        chat["messages"].as_array().unwrap()[1..],
        [
            json!({ "role": "tool", "tool_call_id": "c1", "content": "See:" }),
            json!({ "role": "tool", "tool_call_id": "c2", "content": "two" }),
            json!({ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "data:image/png;base64,AA" } }] }),
            json!({ "role": "user", "content": "Well?" }),
        ]
    );
    assert_eq!(native.bound, None);
    let file = json!({ "type": "function_call_output", "call_id": "c", "output": [{ "type": "input_file", "file_id": "f" }] });
    assert!(said(json!({ "model": "m", "input": [file] })).1.bound.is_some(), "it lies at OpenAI");
}

#[test]
fn an_effort_that_is_none_is_not_asked_for() {
    let (chat, _) =
        said(json!({ "model": "m", "input": "x", "reasoning": { "effort": null, "summary": "auto" } }));
    assert_eq!(chat.get("reasoning_effort"), None);
}

#[test]
fn what_gemini_signed_comes_back_however_it_is_spaced_and_nothing_else_slips_in() {
    let with = |sealed: &str| {
        said(json!({ "model": "m", "input": [
            { "type": "reasoning", "summary": [], "encrypted_content": format!("steadfast:{sealed}") },
            { "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}" },
        ] }))
        .0["messages"][0]
            .clone()
    };
    let message = with(r#"{ "google" : {"thought_signature": "s"} }"#);
    assert_eq!(message["tool_calls"][0]["extra_content"], json!({ "google": { "thought_signature": "s" } }));
    for forged in [r#"{"google":1},"index":7"#, r#"{"google""#, "nonsense"] {
        let message = with(forged);
        assert_eq!(message["tool_calls"][0].get("extra_content"), None, "{forged}");
        assert_eq!(message.get("reasoning_details"), None, "{forged}");
    }
}

#[test]
fn where_there_is_nothing_to_choose_from_there_is_no_choice() {
    let (chat, native) = said(json!({
        "model": "m", "input": "x", "tools": [], "tool_choice": "auto", "parallel_tool_calls": true, "top_logprobs": 3,
    }));
    assert_eq!(chat, json!({ "model": "m", "messages": [{ "role": "user", "content": "x" }] }));
    assert_eq!(
        native.lost,
        ["dropped top_logprobs"],
        "nobody takes it without `logprobs`, which are not told"
    );
}

#[test]
fn a_namespace_without_a_name_is_none() {
    let tool = json!({ "type": "function", "name": "f", "parameters": { "type": "object" } });
    let (chat, native) = said(json!({
        "model": "m", "tools": [{ "type": "namespace", "name": "", "tools": [tool] }],
        "tool_choice": { "type": "function", "namespace": "", "name": "f" },
        "input": [{ "type": "function_call", "call_id": "c", "namespace": "", "name": "f", "arguments": "{}" }],
    }));
    assert_eq!(chat["tools"][0]["function"]["name"], "f");
    assert_eq!(chat["tool_choice"]["function"]["name"], "f");
    assert_eq!(chat["messages"][0]["tool_calls"][0]["function"]["name"], "f");
    assert_eq!((native.bound, native.renamed), (None, Vec::new()));
}

#[test]
fn of_two_tools_that_others_would_hear_of_by_one_name_the_loss_is_told() {
    let tool = |name: &str| json!({ "type": "function", "name": name });
    let space = |name: &str| json!({ "type": "namespace", "name": name, "tools": [tool("f")] });
    for (tools, is_lost) in [
        (json!([space("a.b"), space("a_b")]), true),
        (json!([space("a.b"), tool("a_b__f")]), true),
        (json!([tool("a_b__f"), space("a.b")]), true),
        (json!([space("a.b"), space("a.b"), tool("f"), tool("f")]), false),
    ] {
        let lost = said(json!({ "model": "m", "input": "x", "tools": tools })).1.lost;
        let told = lost.contains(&"dropped a tool that has another's name".to_owned());
        assert_eq!(told, is_lost, "{tools}: {lost:?}");
    }
}
