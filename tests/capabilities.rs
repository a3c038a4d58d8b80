//! What a target cannot do of what an answer is about is known before it is asked: it is passed over.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

fn pdf() -> Value {
    let file = json!({ "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA==" });
    json!([{ "role": "user", "content": [{ "type": "file", "file": file }] }])
}

#[test]
fn a_target_that_cannot_do_what_is_needed_is_passed_over() {
    for (fact, field, value) in [
        ("tools", "tools", tools()),
        ("vision", "messages", image()),
        ("vision", "messages", pdf()),
        ("json_schema", "response_format", schema()),
    ] {
        let story = story_with(json!({ "models": { "a/x": { fact: false } } }));
        let mut body = hello("chain");
        body[field] = value;
        story.script("b/y", [Behaviour::answers("{}")]);

        let answer = story.chat(&body);

        assert_eq!(answer.text(), "{}", "{fact}");
        assert_eq!(story.tried(), ["b/y"], "{fact}");
        assert_eq!(answer.trail()[0], "a/x invalid_request skipped", "{fact}");
    }
}

#[test]
fn a_target_of_which_nothing_is_known_is_asked() {
    let mut body = hello("a/x");
    (body["tools"], body["n"]) = (tools(), json!(2));
    story().chat(&body).is_answered_by("a/x");
}

#[test]
fn a_race_is_run_by_those_who_can() {
    let story = story_with(json!({
        "models": { "a/x": { "vision": false } },
        "routes": { "quick": { "race": ["a/x", "b/y"] } },
    }));
    let mut body = hello_streamed("quick");
    body["messages"] = image();
    story.chat(&body).is_answered_by("b/y");
    assert_eq!(story.tried(), ["b/y"]);
}

#[test]
fn when_nobody_can_the_error_names_what_is_missing_and_who_has_it() {
    let story = story_with(json!({
        "models": { "a/x": { "vision": false }, "b/y": { "vision": true }, "c/z": { "vision": false } },
        "routes": { "blind": { "fallback": ["a/x", "c/z"] } },
    }));
    for model in ["blind", "a/x"] {
        let mut body = hello(model);
        body["messages"] = image();
        let answer = story.chat(&body);
        let error = answer.error();
        assert_eq!(
            (answer.status, &error["code"], &error["param"]),
            (400, &json!("invalid_request"), &json!("messages"))
        );
        let message = error["message"].as_str().unwrap();
        for words in ["reads images", "a/x", "These do:", "`b/y`", "\"vision\": true"] {
            assert!(message.contains(words), "{message}");
        }
    }
    assert!(story.tried().is_empty());
}

#[test]
fn when_those_who_could_have_failed_the_error_is_about_that() {
    let story = story_with(
        json!({ "models": { "a/x": { "vision": false } }, "routes": { "two": { "fallback": ["a/x", "b/y"] } } }),
    );
    story.script("b/y", [Behaviour::status(503)]);
    let mut body = hello("two");
    body["messages"] = image();
    assert_eq!(story.chat(&body).error()["code"], "all_targets_failed");
}

#[test]
fn words_about_images_are_no_image() {
    let story = story_with(json!({ "models": { "a/x": { "vision": false } } }));
    let mut body = hello("a/x");
    body["messages"] = json!([{ "role": "user", "content": "What is {\"type\": \"image_url\"}?" }]);
    story.chat(&body).is_answered_by("a/x");
}

#[test]
fn a_file_goes_to_whoever_reads_files() {
    let story = vendors();
    let mut body = hello("deepseek/deepseek-flash");
    body["models"] = json!(["qwen/qwen3.8-max", "openai/gpt-4o"]);
    body["messages"] = pdf();
    story.chat(&body).is_answered_by("openai/gpt-4o");
    assert_eq!(story.tried(), ["openai/gpt-4o"]);
}

/// They refuse the whole request: Mistral a file that OpenAI holds, OpenAI's chat one by its address.
#[test]
fn a_file_that_lies_elsewhere_goes_to_whoever_gets_at_it() {
    let held = json!({ "file_id": "file-abc" });
    let linked = json!({ "file_data": "https://x.test/a.pdf" });
    for (file, asked) in [(held, "openai/gpt-4o"), (linked, "anthropic/claude-sonnet-5")] {
        let story = vendors();
        let mut body = hello("mistral/mistral-medium-latest");
        body["models"] = json!(["openai/gpt-4o", "anthropic/claude-sonnet-5"]);
        body["messages"] = json!([{ "role": "user", "content": [{ "type": "file", "file": file }] }]);
        story.chat(&body).is_answered_by(asked);
        assert_eq!(story.tried(), [asked]);
    }
    // The id is one of Mistral's own.
    let story = vendors();
    let mut body = hello("mistral/mistral-medium-latest");
    let own = json!({ "type": "file", "file_id": "6e9e0fd5-9b9b-4d2a-8a1c-2f6e3d5c7b10" });
    body["messages"] = json!([{ "role": "user", "content": [own] }]);
    story.chat(&body).is_answered_by("mistral/mistral-medium-latest");

    let linked = json!({ "type": "input_file", "file_url": "https://x.test/a.pdf" });
    let asked = json!({ "input": [{ "role": "user", "content": [linked] }] });
    for model in ["openai/gpt-4o", "anthropic/claude-sonnet-5"] {
        let story = vendors();
        let mut body = asked.clone();
        body["model"] = json!(model);
        story.post("/v1/responses", &body);
        let sent = story.attempts()[0].json().to_string();
        assert!(sent.contains("https://x.test/a.pdf"), "{model}: {sent}");
    }
}

#[test]
fn sounds_go_to_whoever_hears_and_addresses_to_whoever_fetches() {
    let sound = json!({ "type": "input_audio", "input_audio": { "data": "AA==", "format": "wav" } });
    let far = json!({ "type": "image_url", "image_url": { "url": "https://x.test/a.png" } });
    let near = json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } });
    for (part, asked) in
        [(&sound, "openai/gpt-audio"), (&far, "qwen/qwen3.8-max"), (&near, "moonshot/kimi-k3")]
    {
        let story = vendors();
        let mut body = hello("moonshot/kimi-k3");
        body["models"] = json!(["qwen/qwen3.8-max", "openai/gpt-audio"]);
        body["messages"] = json!([{ "role": "user", "content": [part] }]);
        story.chat(&body).is_answered_by(asked);
        assert_eq!(story.tried(), [asked]);
    }
    let mut body = hello("moonshot/kimi-k3");
    body["messages"] = json!([{ "role": "user", "content": [far] }]);
    let message = vendors().chat(&body).json()["error"]["message"].to_string();
    assert!(message.contains("fetches images") && !message.contains("configuration"), "{message}");
    let found = json!({ "type": "url_citation", "url_citation": { "url": "https://x.test" } });
    let mut body = hello("moonshot/kimi-k3");
    body["messages"] = json!([{ "role": "assistant", "content": "A", "annotations": [found] }, { "role": "user", "content": "?" }]);
    vendors().chat(&body).is_answered_by("moonshot/kimi-k3");
}

/// They were left out, and the rest of the message answered: "I see no file", "I hear nothing".
#[test]
fn who_cannot_be_shown_what_is_asked_about_is_passed_over() {
    let file = json!({ "type": "file", "file": { "file_id": "file-abc" } });
    let sound = json!({ "type": "input_audio", "input_audio": { "data": "AA==", "format": "wav" } });
    for (part, first) in [(file, "gemini/gemini-3.5-flash"), (sound, "r/x")] {
        let story = story_with(json!({
            "providers": {
                "gemini": { "keys": ["A_KEY"] },
                "r": { "dialect": "responses", "base_url": "https://r.test/v1", "keys": ["A_KEY"] },
            },
        }));
        let mut body = hello(first);
        body["models"] = json!(["b/y"]);
        body["messages"] = json!([{ "role": "user", "content": [{ "type": "text", "text": "?" }, part] }]);
        let answer = story.chat(&body);
        answer.is_answered_by("b/y");
        assert_eq!(story.tried(), ["b/y"]);
        assert_eq!(answer.trail()[0], format!("{first} invalid_request skipped"));
    }
}

/// "Streaming and tool use are not currently supported with Structured Outputs."
#[test]
fn groq_is_asked_for_a_schema_alone() {
    for (members, asked) in
        [(json!({}), "groq/openai/gpt-oss-20b"), (json!({ "tools": tools() }), "openai/gpt-4o")]
    {
        let story = vendors();
        let mut body = hello("groq/openai/gpt-oss-20b");
        (body["models"], body["response_format"]) = (json!(["openai/gpt-4o"]), schema());
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        story.script(asked, [Behaviour::answers("{}")]);
        assert_eq!(story.chat(&body).text(), "{}");
        assert_eq!(story.tried(), [asked]);
    }
}

#[test]
fn models_are_listed_with_what_they_can_do_and_cost() {
    let story = vendors();
    let model = story.get("/v1/models/openai/gpt-5.6-luna").json();
    let about = &model["steadfast"];
    assert_eq!(
        about["capabilities"],
        json!({ "tools": true, "vision": true, "json_schema": true, "reasoning": true, "prefill": false, "sampling": false })
    );
    assert_eq!((&about["context"], &about["price"]["input"]), (&json!(1_050_000), &json!(0.2)));
}

#[test]
fn a_schema_is_not_asked_of_an_endpoint_that_ignores_it() {
    let story = vendors();
    let mut body = hello("deepseek/deepseek-flash");
    (body["models"], body["response_format"]) = (json!(["a/x"]), schema());
    story.script("a/x", [Behaviour::answers("{}")]);
    assert_eq!(story.chat(&body).text(), "{}");
    assert_eq!(story.tried(), ["a/x"]);
}
