//! A conversation is said in the roles, the order and the form that each vendor takes.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use support::*;

/// As vLLM names its calls: "string too long. Expected a string with maximum length 40".
#[test]
fn an_id_that_is_too_long_for_openai_is_replaced_on_both_sides() {
    let (long, short) = (format!("chatcmpl-tool-{}", "0".repeat(32)), format!("call_{}", "0".repeat(24)));
    let call =
        |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let messages = json!([
        { "role": "user", "content": "?" },
        { "role": "assistant", "content": null, "tool_calls": [call(&long), call(&short)] },
        { "role": "tool", "tool_call_id": long, "content": "R" },
        { "role": "tool", "tool_call_id": short, "content": "R" },
    ]);
    let sent = |model: &str| sent(model, json!({ "messages": messages })).0["messages"].clone();
    let fitted = sent("openai/gpt-4o");
    let made = fitted[1]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!(made.len(), 9);
    assert_eq!(fitted[2]["tool_call_id"], made);
    assert_eq!(
        (&fitted[1]["tool_calls"][1]["id"], &fitted[3]["tool_call_id"]),
        (&json!(short), &json!(short))
    );
    assert_eq!(sent("qwen/qwen-plus"), messages);
}

#[test]
fn what_tools_show_is_shown_by_the_user_where_tools_have_words_alone() {
    let shown = &image()[0]["content"][0];
    let text = json!({ "type": "text", "text": "R" });
    let result = |id: &str, content: Value| json!({ "role": "tool", "tool_call_id": id, "content": content });
    let call =
        |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let calls = json!({ "role": "assistant", "content": null, "tool_calls": [call("c1"), call("c2")] });
    let question = json!({ "role": "user", "content": "?" });
    let fields = json!({ "messages": [question, calls, result("c1", json!([text, shown])), result("c2", json!([shown])), question] });
    let (body, notes) = sent("openai/gpt-4o", fields.clone());
    let images = json!({ "role": "user", "content": [shown, shown] });
    assert_eq!(
        body["messages"],
        json!([question, calls, result("c1", json!([text])), result("c2", json!("")), images, question])
    );
    assert_eq!(notes, ["images of tools sent as the user's"]);
    let (body, _) = sent("a/x", fields.clone());
    assert_eq!(body["messages"], fields["messages"], "nobody knows what it takes");
}

#[test]
fn ids_of_tool_calls_are_the_same_nine_characters_on_both_sides() {
    let messages = json!([
        { "role": "user", "content": "Look." },
        { "role": "assistant", "content": null, "tool_calls": [
            { "id": "toolu_01A09q90qw90lq917835lq9", "type": "function", "function": { "name": "f", "arguments": "{\"id\":\"toolu_01\"}" } },
            { "id": "abcDEF123", "type": "function", "function": { "name": "g", "arguments": "{}" } },
        ] },
        { "role": "tool", "tool_call_id": "toolu_01A09q90qw90lq917835lq9", "content": "seen" },
        { "role": "tool", "tool_call_id": "abcDEF123", "content": "seen" },
    ]);
    let (body, _) = sent("mistral/x", json!({ "messages": messages }));
    let id = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
    assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(body["messages"][2]["tool_call_id"], id);
    assert_eq!(body["messages"][3]["tool_call_id"], "abcDEF123");
    assert_eq!(body["messages"][1]["tool_calls"][0]["function"], messages[1]["tool_calls"][0]["function"]);
    // Who takes any id gets them as they are.
    assert_eq!(sent("a/x", json!({ "messages": messages })).0["messages"], messages);
}

/// A frontend keeps the answer that was stopped before its first word, and says what its user left empty.
#[test]
fn a_message_that_says_nothing_is_left_out() {
    let call =
        json!({ "id": "abcDEF123", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let user = json!({ "role": "user", "content": "Hello?" });
    let calls = json!({ "role": "assistant", "content": "", "tool_calls": [call] });
    let result = json!({ "role": "tool", "tool_call_id": "abcDEF123", "content": "" });
    for blank in [json!(""), json!(null), json!([]), json!([{ "type": "text", "text": "" }])] {
        let empty = json!({ "role": "assistant", "content": blank, "refusal": null, "tool_calls": null });
        let system = json!({ "role": "system", "content": blank });
        let messages = json!([system, user, empty, user, calls, result]);
        // A list is one text to these, and so an empty one.
        let targets: &[&str] = match &blank {
            Value::Array(list) if !list.is_empty() => &["deepseek/x", "moonshot/x"],
            _ => &["deepseek/x", "mistral/x", "moonshot/x", "xai/x"],
        };
        for target in targets {
            let (body, notes) = sent(target, json!({ "messages": messages }));
            let roles: Vec<_> =
                body["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
            assert_eq!(roles, ["user", "user", "assistant", "tool"], "{target} {blank}");
            assert_eq!(notes, ["left out an empty message"], "{target} {blank}");
        }
        assert_eq!(sent("a/x", json!({ "messages": messages })).0["messages"], messages);
    }
}

/// "Input error. Field required: input.messages.2.content"
#[test]
fn a_call_has_a_content_beside_it() {
    let call = json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let messages = json!([
        { "role": "user", "content": "Hello?" },
        { "role": "assistant", "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "c", "content": "{}" },
    ]);
    let mut meant = messages.clone();
    meant[1]["content"] = json!(null);
    let mut empty = messages.clone();
    empty[1]["content"] = json!([]);
    for messages in [&messages, &empty] {
        let (body, notes) = sent("qwen/qwen-plus", json!({ "messages": messages }));
        assert_eq!((&body["messages"], notes.len()), (&meant, 0));
    }
    assert_eq!(sent("a/x", json!({ "messages": messages })).0["messages"], messages);
    // Its own answers have an empty one, which it does not take back: "text content is empty".
    for blank in [json!(""), json!(null), json!([])] {
        empty[1]["content"] = blank;
        let (body, _) = sent("moonshot/kimi-k3", json!({ "messages": empty }));
        assert_eq!(body["messages"][1].get("content"), None);
        // "The request failed because it is missing `messages.content` parameter"
        let (body, _) = sent("doubao/x", json!({ "messages": empty }));
        assert_eq!(body["messages"][1]["content"], "");
    }
}

/// "Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1"
#[test]
fn a_list_of_no_calls_is_left_out() {
    let user = json!({ "role": "user", "content": "Hello?" });
    let said = json!({ "role": "assistant", "content": "Hello." });
    for calls in [json!([]), json!(null)] {
        let mut answer = said.clone();
        answer["tool_calls"] = calls;
        for target in ["openai/gpt-4o", "groq/x"] {
            let (body, notes) = sent(target, json!({ "messages": [user, answer, user] }));
            assert_eq!((&body["messages"], notes.len()), (&json!([user, said, user]), 0), "{target}");
        }
    }
}

/// Claude's callers say something beside a tool's result all the time.
#[test]
fn mistral_hears_them_in_the_order_that_it_takes() {
    let call =
        json!({ "id": "abcDEF123", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let user = json!({ "role": "user", "content": "Look." });
    let messages = [
        user.clone(),
        json!({ "role": "assistant", "content": null, "tool_calls": [call] }),
        json!({ "role": "tool", "tool_call_id": "abcDEF123", "content": "seen" }),
        user.clone(),
        json!({ "role": "assistant", "content": "I see" }),
    ];
    let (body, notes) = sent("mistral/x", json!({ "messages": messages }));
    let said: Vec<_> = body["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(said, ["user", "assistant", "tool", "assistant", "user", "assistant"]);
    assert_eq!(body["messages"][5], json!({ "role": "assistant", "content": "I see", "prefix": true }));
    assert_eq!(notes, ["added an assistant message"]);
    // In order they are as they were.
    let (body, notes) = sent("mistral/x", json!({ "messages": messages[..3] }));
    assert_eq!((&body["messages"], notes.len()), (&json!(messages[..3]), 0));
    let (body, _) = sent("groq/x", json!({ "messages": messages }));
    assert_eq!(body["messages"], json!(messages));
}

/// Frontends remind a model of its instructions at the end of a conversation, or tell it of news in the midst.
#[test]
fn mistral_hears_an_instruction_in_the_midst_as_the_users() {
    let call =
        json!({ "id": "abcDEF123", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let system = json!({ "role": "system", "content": "Be brief." });
    let messages = json!([
        system, system,
        { "role": "user", "content": "Look." },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "abcDEF123", "content": "seen" },
        system,
        { "role": "assistant", "content": "I see." },
        { "role": "developer", "content": "Be brief." },
    ]);
    let (body, notes) = sent("mistral/x", json!({ "messages": messages }));
    let said: Vec<_> = body["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(
        said,
        ["system", "system", "user", "assistant", "tool", "assistant", "user", "assistant", "user"]
    );
    assert_eq!(notes, ["added an assistant message", "system sent as user"]);
    assert_eq!(sent("openai/gpt-4o", json!({ "messages": messages })).0["messages"], messages);
}

/// With `prefix` Mistral's answer holds the beginning too ("remove the prefix if you do not expect it to be part of the
/// answer"), and a caller of Messages puts it before the answer himself.
#[test]
fn mistral_does_not_say_again_what_a_caller_of_messages_has_begun() {
    let story = vendors();
    let mut body = hello("mistral/x");
    body["max_tokens"] = json!(9);
    body["messages"] =
        json!([{ "role": "user", "content": "As JSON." }, { "role": "assistant", "content": "{" }]);
    story.post("/v1/messages", &body);
    let said = story.attempts()[0].json()["messages"].clone();
    assert_eq!(said[1], json!({ "role": "assistant", "content": "{" }));
    assert!(said[2].to_string().contains("Carry on exactly"), "{said}");
}

#[test]
fn a_conversation_without_a_user_gets_one_where_that_is_refused() {
    let system = json!([{ "role": "system", "content": "Be brief." }, { "role": "developer", "content": "Say hello." }]);
    let (body, notes) = sent("zhipu/glm-4.7", json!({ "messages": system }));
    assert_eq!(
        body["messages"],
        json!([{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "Say hello." }])
    );
    assert_eq!(notes, ["system sent as user"]);
    assert_eq!(sent("a/x", json!({ "messages": system })).0["messages"], system);
}

#[test]
fn a_developer_speaks_as_the_system_where_only_that_is_known() {
    let messages =
        json!([{ "role": "developer", "content": "developer" }, { "role": "user", "content": "Hi." }]);
    assert_eq!(
        sent("deepseek/deepseek-flash", json!({ "messages": messages })).0["messages"][0],
        json!({ "role": "system", "content": "developer" })
    );
    assert_eq!(sent("openai/gpt-5.4-mini", json!({ "messages": messages })).0["messages"], messages);
}

#[test]
fn texts_in_a_list_are_one_text_where_no_list_is_taken() {
    let call = json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let texts = json!([{ "type": "text", "text": "one \"1\"" }, { "type": "text", "text": "two" }]);
    let shown = json!([{ "type": "text", "text": "What is it?" }, image()[0]["content"][0]]);
    let messages = json!([
        { "role": "system", "content": texts },
        { "role": "user", "content": shown },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "c", "content": texts },
    ]);
    let (body, _) = sent("deepseek/deepseek-flash", json!({ "messages": messages }));
    let contents: Vec<_> = body["messages"].as_array().unwrap().iter().map(|said| &said["content"]).collect();
    let one = json!("one \"1\"\ntwo");
    assert_eq!(contents, [&one, &shown, &Value::Null, &one]);
    for target in ["groq/x", "doubao/x", "moonshot/x", "zhipu/x"] {
        let (body, _) = sent(target, json!({ "messages": [messages[0], messages[2], messages[3]] }));
        assert_eq!(
            (&body["messages"][0]["content"], &body["messages"][2]["content"]),
            (&one, &one),
            "{target}"
        );
    }
    let empty = json!([{ "type": "text", "text": "" }, shown[1]]);
    let (body, _) = sent("moonshot/kimi-k3", json!({ "messages": [{ "role": "user", "content": empty }] }));
    assert_eq!(body["messages"][0]["content"], json!([shown[1]]));
    let none = json!([messages[1], { "role": "assistant", "content": [], "tool_calls": [call] }]);
    let (body, _) = sent("deepseek/deepseek-flash", json!({ "messages": none }));
    assert_eq!(body["messages"][1]["content"], "");
    let (body, _) = sent("openai/gpt-4o", json!({ "messages": messages }));
    assert_eq!(body["messages"], messages);
}
