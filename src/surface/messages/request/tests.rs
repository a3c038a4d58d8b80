use super::*;
use crate::chat::request::Native;
use serde_json::{Value, json};

fn said(body: Value) -> (Value, Native) {
    let ask = read(Purpose::Chat, body.to_string().into()).unwrap();
    (serde_json::from_slice(&ask.body).unwrap(), ask.native.unwrap())
}

fn conversation(messages: Value) -> (Value, Native) {
    let (chat, native) = said(json!({ "model": "m", "max_tokens": 9, "messages": messages }));
    (chat["messages"].clone(), native)
}

#[test]
fn a_plain_request_is_said_in_chat() {
    let (chat, native) = said(json!({
        "model": "standard", "max_tokens": 100, "stream": true, "temperature": 0.5, "stop_sequences": ["X"],
        "system": [{ "type": "text", "text": "A", "cache_control": { "type": "ephemeral" } }, { "type": "text", "text": "B" }],
        "messages": [{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": [{ "type": "text", "text": "Yes" }] }],
        "metadata": { "user_id": "u" }, "steadfast": { "trail": true }, "top_k": 5,
    }));
    assert_eq!(
        chat,
        json!({
            "model": "standard", "steadfast": { "trail": true }, "temperature": 0.5, "stream": true, "max_tokens": 100,
            "stop": ["X"], "stream_options": { "include_usage": true }, "user": "u",
            "messages": [
                { "role": "system", "content": "A\nB" },
                { "role": "user", "content": "Hi" },
                { "role": "assistant", "content": "Yes" },
            ],
        })
    );
    assert_eq!((native.bound, native.lost), (None, vec!["dropped top_k".to_owned()]));
}

#[test]
fn tools_their_calls_and_their_results_keep_their_ids() {
    let (chat, native) = said(json!({
        "model": "m", "max_tokens": 9,
        "tools": [{ "name": "f", "description": "d", "input_schema": { "type": "object", "properties": {} } }],
        "tool_choice": { "type": "tool", "name": "f", "disable_parallel_tool_use": true },
        "messages": [
            { "role": "assistant", "content": [
                { "type": "text", "text": "Let me see." },
                { "type": "tool_use", "id": "toolu_1", "name": "f", "input": { "a": 1 } },
                { "type": "tool_use", "id": "toolu_2", "name": "f", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "toolu_1", "content": "one" },
                { "type": "tool_result", "tool_use_id": "toolu_2", "content": [
                    { "type": "text", "text": "two" },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
                ] },
                { "type": "text", "text": "Well?" },
            ] },
        ],
    }));
    assert_eq!(chat["tools"][0]["function"]["parameters"], json!({ "type": "object", "properties": {} }));
    assert_eq!(chat["tool_choice"], json!({ "type": "function", "function": { "name": "f" } }));
    assert_eq!(chat["parallel_tool_calls"], json!(false));
    assert_eq!(
        chat["messages"],
        json!([
            { "role": "assistant", "content": "Let me see.", "tool_calls": [
                { "id": "toolu_1", "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } },
                { "id": "toolu_2", "type": "function", "function": { "name": "f", "arguments": "{}" } },
            ] },
            { "role": "tool", "tool_call_id": "toolu_1", "content": "one" },
            { "role": "tool", "tool_call_id": "toolu_2", "content": "two" },
            { "role": "user", "content": [
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } },
                { "type": "text", "text": "Well?" },
            ] },
        ])
    );
    assert_eq!(native.bound, None);
}

#[test]
fn tools_that_the_caller_has_found_are_named() {
    let found = |name: &str| json!({ "type": "tool_reference", "tool_name": name });
    let (messages, native) = conversation(json!([
        { "role": "assistant", "content": [{ "type": "tool_use", "id": "t", "name": "ToolSearch", "input": {} }] },
        { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": [found("read"), found("write")] }] },
    ]));
    assert_eq!(messages[1], json!({ "role": "tool", "tool_call_id": "t", "content": "read\nwrite" }));
    assert_eq!(native.bound, None);
}

#[test]
fn what_was_signed_goes_back_to_whoever_signed_it() {
    let (messages, _) = conversation(json!([
        { "role": "assistant", "content": [
            { "type": "thinking", "thinking": "T", "signature": "sig" },
            { "type": "thinking", "thinking": "unsigned", "signature": "steadfast:none" },
            { "type": "redacted_thinking", "data": r#"steadfast:{"type":"reasoning.encrypted","data":"E"}"# },
            { "type": "redacted_thinking", "data": "steadfast:cut off {" },
            { "type": "redacted_thinking", "data": r#"steadfast:{"google":{"thought_signature":"g+/="}}"# },
            { "type": "tool_use", "id": "c", "name": "f", "input": {} },
        ] },
    ]));
    assert_eq!(
        messages[0]["reasoning_details"],
        json!([
            { "type": "reasoning.text", "text": "T", "signature": "sig", "format": "anthropic-claude-v1", "index": 0 },
            { "type": "reasoning.encrypted", "data": "E" },
        ])
    );
    assert_eq!(messages[0]["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "g+/=");
}

/// What a document is called and what is said of it was lost; what a search had found, Claude alone was told.
#[test]
fn documents_and_what_was_found_are_told_whole() {
    let document = json!({ "type": "document", "title": "T", "context": "C", "source": { "type": "text", "media_type": "text/plain", "data": "D" }, "citations": { "enabled": true } });
    let pdf = json!({ "type": "document", "title": "a.pdf", "context": "C", "source": { "type": "base64", "media_type": "application/pdf", "data": "AA" } });
    let found = json!({ "type": "search_result", "title": "T", "source": "https://a", "content": [{ "type": "text", "text": "F" }] });
    let result = json!({ "type": "tool_result", "tool_use_id": "t", "content": [{ "type": "text", "text": "R" }, found] });
    let text = |text: &str| json!({ "type": "text", "text": text });
    let (chat, native) = said(json!({
        "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": [result, document, pdf, found] }],
    }));
    assert_eq!((native.bound, native.lost), (None, vec!["dropped citations".to_owned()]));
    assert_eq!(
        chat["messages"][0],
        json!({ "role": "tool", "tool_call_id": "t", "content": "R\nT\nhttps://a\nF" })
    );
    let file = json!({ "type": "file", "file": { "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA" } });
    let parts = json!([text("T"), text("C"), text("D"), text("C"), file, text("T\nhttps://a\nF")]);
    assert_eq!(chat["messages"][1]["content"], parts);
    let image = json!({ "type": "image", "source": { "type": "url", "url": "https://i" } });
    let own = json!({ "type": "document", "source": { "type": "content", "content": [text("a"), image, text("b")] } });
    let (chat, _) =
        said(json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": [own] }] }));
    let image = json!({ "type": "image_url", "image_url": { "url": "https://i" } });
    assert_eq!(chat["messages"][0]["content"], json!([text("a\nb"), image]), "it was lost");
}

/// Each stood in another one, and the stack ran over.
#[test]
fn what_was_found_is_not_followed_as_deep_as_it_goes() {
    let begin = r#"{"type":"search_result","title":"T","source":"s","content":["#;
    let deep = format!("{}{}", begin.repeat(20_000), "]}".repeat(20_000));
    let body = format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":[{deep}]}}]}}"#);
    let chat: Value = serde_json::from_slice(&read(Purpose::Chat, body.into()).unwrap().body).unwrap();
    assert_eq!(chat["messages"][0]["content"], json!([{ "type": "text", "text": "T\ns\n" }]));
}

#[test]
fn effort_and_form_are_said_in_chat() {
    let of = |more: Value| {
        let mut body = json!({ "model": "m", "max_tokens": 9, "messages": [] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said(body).0
    };
    assert_eq!(
        of(json!({ "thinking": { "type": "enabled", "budget_tokens": 10_000 } }))["reasoning_effort"],
        "medium"
    );
    assert_eq!(of(json!({ "output_config": { "effort": "max" } }))["reasoning_effort"], "xhigh");
    assert_eq!(of(json!({ "thinking": { "type": "disabled" } }))["reasoning_effort"], "none");
    assert_eq!(of(json!({})).get("reasoning_effort"), None);
    let form = of(
        json!({ "output_config": { "format": { "type": "json_schema", "schema": { "type": "object" } } } }),
    );
    assert_eq!(form["response_format"]["json_schema"]["schema"], json!({ "type": "object" }));
}

#[test]
fn what_only_this_language_can_say_binds_to_it() {
    for (member, value, told) in [
        (
            "tools",
            json!([{ "type": "web_search_20250305", "name": "web_search" }]),
            "the tool `web_search_20250305`",
        ),
        ("mcp_servers", json!([{ "url": "https://x.example" }]), "`mcp_servers`"),
        ("compaction", json!({ "type": "summarize" }), "`compaction`"),
        (
            "messages",
            json!([{ "role": "user", "content": [{ "type": "document", "source": { "type": "file", "file_id": "f" } }] }]),
            "a source of the kind `file`",
        ),
        (
            "messages",
            json!([{ "role": "user", "content": [{ "type": "container_upload" }] }]),
            "a block of the kind `container_upload`",
        ),
    ] {
        let mut body = json!({ "model": "m", "max_tokens": 9, "messages": [] });
        body[member] = value;
        assert_eq!(said(body).1.bound.unwrap(), format!("only Anthropic's own format can say {told}"));
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (messages, param) in [
        (json!([3]), "messages[0]"),
        (json!([{ "role": "owner", "content": "x" }]), "messages[0].role"),
        (json!([{ "role": "user", "content": "x" }, { "role": "user" }]), "messages[1].content"),
        (json!([{ "role": "user", "content": [{ "text": "no type" }] }]), "messages[0].content"),
        (json!("x"), "messages"),
    ] {
        let body = json!({ "model": "m", "max_tokens": 9, "messages": messages });
        let error = read(Purpose::Chat, body.to_string().into()).unwrap_err();
        assert_eq!((error.status, error.param.as_deref()), (400, Some(param)));
    }
    let error = read(Purpose::Chat, Bytes::from_static(br#"{"messages":[]}"#)).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("model"));
}

#[test]
fn texts_move_as_they_stand() {
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"\ud83c"}]}]}"#;
    let ask = read(Purpose::Chat, Bytes::from_static(body.as_bytes())).unwrap();
    assert!(std::str::from_utf8(&ask.body).unwrap().contains(r#""text":"\ud83c""#));
}

#[test]
fn a_signature_goes_back_however_its_letters_are_written() {
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[
        {"type":"redacted_thinking","data":"steadfast:{\"google\":{\"thought_signature\":\"g+\/\u003d\"}}"},
        {"type":"tool_use","id":"c","name":"f","input":{}}]}]}"#;
    let ask = read(Purpose::Chat, Bytes::from_static(body.as_bytes())).unwrap();
    let chat: Value = serde_json::from_slice(&ask.body).unwrap();
    let call = &chat["messages"][0]["tool_calls"][0];
    assert_eq!(call["extra_content"]["google"]["thought_signature"], "g+/=");
}

#[test]
fn a_thought_without_a_signature_is_nobodys_to_send_back() {
    for signature in [json!(""), json!(null)] {
        let (messages, _) = conversation(json!([{ "role": "assistant", "content": [
            { "type": "thinking", "thinking": "T", "signature": signature }, { "type": "text", "text": "x" },
        ] }]));
        assert_eq!(messages, json!([{ "role": "assistant", "content": "x", "reasoning_content": "T" }]));
    }
}

#[test]
fn what_a_model_said_in_pieces_is_one_text() {
    let (messages, _) = conversation(json!([{ "role": "assistant", "content": [
        { "type": "text", "text": "The grass is " }, { "type": "text", "text": "green", "citations": [] }, { "type": "text", "text": "." },
    ] }]));
    assert_eq!(messages[0]["content"], "The grass is green.");
}

#[test]
fn a_tier_has_its_name_of_the_common_language() {
    for (own, common) in [("standard_only", "default"), ("auto", "auto")] {
        let (chat, _) = said(json!({ "model": "m", "max_tokens": 9, "messages": [], "service_tier": own }));
        assert_eq!(chat["service_tier"], common);
    }
}

#[test]
fn where_there_is_nothing_to_choose_from_there_is_no_choice() {
    let (chat, _) = said(json!({
        "model": "m", "max_tokens": 9, "messages": [], "tools": [],
        "tool_choice": { "type": "auto", "disable_parallel_tool_use": true },
    }));
    assert_eq!(chat, json!({ "model": "m", "max_tokens": 9, "messages": [] }));
}

/// Who wants to be heard in one country alone was heard anywhere, and nothing was said of what others are not told.
#[test]
fn what_others_are_not_told_is_noted_and_a_place_binds() {
    let asked = |geo: &str| {
        json!({
            "model": "m", "max_tokens": 9, "messages": [], "inference_geo": geo, "cache_control": { "type": "ephemeral" },
            "fallbacks": [{ "model": "n" }], "yet_unknown": 1, "output_config": { "effort": "low", "task_budget": { "total": 9 } },
        })
    };
    let (_, native) = said(asked("global"));
    assert_eq!(
        (native.bound, native.lost.join(", ")),
        (None, "dropped fallbacks, dropped yet_unknown, dropped task_budget".to_owned())
    );
    assert_eq!(said(asked("us")).1.bound.unwrap(), "only Anthropic's own format can say `inference_geo`");
}

#[test]
fn what_only_shapes_a_conversation_binds_nobody_and_fits_everybody() {
    let (chat, native) = said(json!({
        "model": "m", "max_tokens": 9, "messages": [],
        "context_management": { "edits": [{ "type": "clear_thinking_20251015", "keep": "all" }] },
        "metadata": { "user_id": format!("user_{}", "é".repeat(150)) },
    }));
    assert_eq!((native.bound, native.lost), (None, vec!["dropped context_management".to_owned()]));
    let user = chat["user"].as_str().unwrap();
    assert!(user.starts_with("user_éé") && user.chars().count() == 64, "{user}");
}

#[test]
fn a_name_that_only_anthropic_takes_is_short_to_others_wherever_it_stands() {
    let name = format!("mcp__{}", "n".repeat(60));
    let (chat, native) = said(json!({
        "model": "m", "max_tokens": 9,
        "tools": [{ "name": name, "input_schema": { "type": "object" } }, { "name": "f", "input_schema": {} }],
        "tool_choice": { "type": "tool", "name": name },
        "messages": [
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "t", "name": name, "input": {} }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t", "content": [{ "type": "tool_reference", "tool_name": name }] }] },
        ],
    }));
    let short = &chat["tools"][0]["function"]["name"];
    assert!(short.as_str().is_some_and(|short| short.len() == 64 && short.starts_with("mcp__nn")), "{short}");
    assert_eq!(&chat["tools"][1]["function"]["name"], "f");
    assert_eq!(&chat["tool_choice"]["function"]["name"], short);
    assert_eq!(&chat["messages"][0]["tool_calls"][0]["function"]["name"], short);
    assert_eq!(&chat["messages"][1]["content"], short);
    assert_eq!((native.bound, native.lost), (None, vec!["tools sent under other names".to_owned()]));
}

/// OpenAI refuses a strict form with optional members, which Anthropic takes.
#[test]
fn what_anthropic_holds_a_model_to_others_are_asked_for() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "additionalProperties": false });
    let (chat, native) = said(json!({
        "model": "m", "max_tokens": 9, "messages": [],
        "output_config": { "format": { "type": "json_schema", "schema": schema } },
        "tools": [{ "name": "f", "strict": true, "input_schema": schema, "input_examples": [{ "a": "b" }], "defer_loading": false }],
    }));
    assert_eq!(chat["response_format"]["json_schema"], json!({ "name": "answer", "schema": schema }));
    assert_eq!(chat["tools"][0]["function"], json!({ "name": "f", "parameters": schema }));
    assert_eq!(native.lost, ["dropped input_examples", "dropped strict"]);
}

#[test]
fn what_the_provider_ran_itself_binds_nobody_who_has_functions() {
    let search = json!({ "type": "web_search_20250305", "name": "web_search" });
    let function = json!({ "name": "f", "input_schema": { "type": "object" } });
    let (chat, native) = said(json!({
        "model": "m", "max_tokens": 9, "tools": [function, search], "messages": [
            { "role": "user", "content": "Look." },
            { "role": "assistant", "content": [
                { "type": "server_tool_use", "id": "s", "name": "web_search", "input": { "query": "x" } },
                { "type": "web_search_tool_result", "tool_use_id": "s", "content": [] },
                { "type": "text", "text": "Found." },
            ] },
            { "role": "user", "content": "And?" },
        ],
    }));
    assert_eq!(chat["tools"].as_array().unwrap().len(), 1);
    assert_eq!(chat["messages"][1], json!({ "role": "assistant", "content": "Found." }));
    let lost =
        ["dropped server_tool_use", "dropped web_search_tool_result", "dropped the tool web_search_20250305"];
    assert_eq!((native.bound, native.lost), (None, lost.map(str::to_owned).to_vec()));
    let wished = |tools: Value, name: &str| {
        let choice = json!({ "type": "tool", "name": name });
        said(json!({ "model": "m", "max_tokens": 9, "tools": tools, "tool_choice": choice, "messages": [] }))
            .1
            .bound
    };
    assert_eq!(wished(json!([function, search]), "f"), None);
    for tools in [json!([search]), json!([function, search])] {
        assert!(wished(tools, "web_search").is_some(), "a search is all that is wished for");
    }
}
