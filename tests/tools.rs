//! Tools, their schemas and the choice among them are said as each vendor takes them.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use support::*;

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
fn kimi_is_made_to_call_tools_where_it_can_be() {
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
fn tools_are_not_strict_where_that_is_refused() {
    let (body, notes) = sent("zhipu/glm-4.7", json!({ "tools": tools() }));
    assert_eq!(
        body["tools"][0]["function"],
        json!({ "name": "f", "parameters": { "type": "object", "properties": {} } })
    );
    assert_eq!(notes, ["dropped strict"]);
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

/// "The \"function.arguments\" parameter of the code model must be in JSON format", of what models of other vendors wrote.
#[test]
fn a_call_with_nothing_is_one_with_an_empty_object() {
    let call = |arguments: Value| json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": arguments } });
    let messages = |arguments: Value| {
        json!([
            { "role": "user", "content": "?" },
            { "role": "assistant", "content": "", "tool_calls": [call(arguments), call(json!("{\"a\":\"\"}"))] },
            { "role": "tool", "tool_call_id": "c", "content": "7" },
        ])
    };
    for nothing in [json!(""), json!(null)] {
        let (body, _) = sent("qwen/qwen-plus", json!({ "messages": messages(nothing), "tools": tools() }));
        assert_eq!(body["messages"], messages(json!("{}")));
    }
}

/// Claude could call any tool at all, and the others refuse such a choice.
#[test]
fn a_choice_among_some_tools_is_made_of_them_alone() {
    let tool = |name: &str| json!({ "type": "function", "function": { "name": name, "parameters": { "type": "object", "properties": {} } } });
    let choice = |mode: &str| json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": [{ "type": "function", "function": { "name": "g" } }] } });
    for (model, mode, said) in [
        ("deepseek/deepseek-flash", "auto", "auto"),
        ("mistral/mistral-large-latest", "required", "any"),
        ("zhipu/glm-5.2", "required", "auto"),
    ] {
        let fields = json!({ "tools": [tool("f"), tool("g")], "tool_choice": choice(mode) });
        let (body, notes) = sent(model, fields);
        assert_eq!((&body["tools"], &body["tool_choice"]), (&json!([tool("g")]), &json!(said)), "{model}");
        assert_eq!(notes[0], "sent the allowed tools alone", "{model}");
    }
    let fields = json!({ "tools": [tool("f"), tool("g")], "tool_choice": choice("auto") });
    for model in ["openai/gpt-4.1", "a/x"] {
        let (body, notes) = sent(model, fields.clone());
        let meant = (&fields["tools"], &fields["tool_choice"], 0);
        assert_eq!((&body["tools"], &body["tool_choice"], notes.len()), meant, "as it was written: {model}");
    }
}
