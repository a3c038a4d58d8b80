//! The stories of the faults and of the rescue, told again over a chain that crosses the formats: `a` speaks
//! OpenAI's, `b` Anthropic's and `c` Gemini's.

#![cfg(test)]
// Each file of stories brings the support that it is told with.
#![allow(clippy::duplicate_mod)]

#[path = "crossing/stories.rs"]
mod stories;
mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

#[test]
fn an_answer_may_pass_through_all_three_formats() {
    let story = story_with(json!({ "stream": { "on_break": "continue" }, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::answers("One two three four five six.").cut_after(2)]);
    story.script("b/y", [Behaviour::answers("three four five six.").thinking("Hm. ").cut_after(3)]);
    story.script("c/z", [Behaviour::answers("five six.").thinking("Well. ").costing(30, 2)]);
    let mut body = hello_streamed("chain");
    body["stream_options"] = json!({ "include_usage": true });
    let answer = story.chat(&body);
    assert_eq!(answer.text(), "One two three four five six.", "{}", answer.raw());
    assert_eq!(
        (answer.finishes(), answer.is_done(), answer.error()),
        (vec!["stop".into()], true, Value::Null)
    );
    let paths: Vec<_> = story.attempts().iter().map(|attempt| attempt.path.clone()).collect();
    assert_eq!(paths, ["/chat/completions", "/messages", "/models/z:streamGenerateContent?alt=sse"]);
    let ids: Vec<_> = answer.events().iter().map(|event| event["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one answer under one name: {ids:?}");
    let last = story.attempts()[2].json();
    assert_eq!(last["contents"][1]["parts"], json!([{ "text": "One two three four " }]));
}

#[test]
fn a_conversation_with_tools_goes_round_all_three() {
    let story = story();
    let tools = json!([{ "type": "function", "function": { "name": "add", "parameters": { "type": "object", "properties": {} } } }]);
    let mut messages = vec![json!({ "role": "user", "content": "Go." })];
    for model in ["a/x", "b/y", "c/z", "a/x", "c/z", "b/y"] {
        story.script(model, [Behaviour::calls("add", &format!(r#"{{"by":"{model}"}}"#))]);
        let body = json!({ "model": model, "messages": messages, "tools": tools });
        let answer = story.chat(&body);
        assert_eq!(answer.finishes(), ["tool_calls"], "{model}: {}", answer.raw());
        let message = answer.json()["choices"][0]["message"].clone();
        let call = &message["tool_calls"][0];
        assert_eq!(
            call["function"]["arguments"].as_str().map(|text| text.replace(' ', "")),
            Some(format!(r#"{{"by":"{model}"}}"#))
        );
        let result = json!({ "role": "tool", "tool_call_id": call["id"], "content": "done" });
        messages.extend([message, result]);
    }
    // Each was told of all the calls before, whoever made them.
    let count = |text: String, word: &str| text.matches(word).count();
    let last = |model: &str| story.host.attempts_on(model).last().unwrap().json().to_string();
    assert_eq!(count(last("b/y"), "\"tool_result\""), 5);
    assert_eq!(count(last("c/z"), "\"functionResponse\""), 4);
    assert_eq!(count(last("a/x"), "\"tool_call_id\""), 3);
}

#[test]
fn a_vendor_that_gives_one_choice_gives_one() {
    for mut body in [hello("chain"), hello_streamed("chain")] {
        let story = story();
        story.script("a/x", [Behaviour::status(503)]);
        body["n"] = json!(2);
        let answer = story.chat(&body);
        assert_eq!(
            (answer.text().as_str(), answer.error()),
            ("Hello from b/y.", Value::Null),
            "{}",
            answer.raw()
        );
        assert_eq!(answer.finishes(), ["stop"]);
        assert_eq!(answer.is_done(), answer.streamed);
    }
}
