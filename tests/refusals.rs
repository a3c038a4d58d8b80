//! A wish that a model does not know is left out for it, as soon as it has said so itself.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

/// A refusal in OpenAI's form.
fn refusal(message: &str) -> Behaviour {
    Behaviour::status(400).body(json!({ "error": { "message": message } }).to_string())
}

/// A question with every wish that these stories speak of.
fn wishful() -> Value {
    let mut body = hello("chain");
    for (name, value) in [
        ("temperature", json!(0.2)),
        ("presence_penalty", json!(0.1)),
        ("store", json!(false)),
        ("top_k", json!(5)),
        ("user", json!("u-1")),
        ("max_tokens", json!(50)),
        ("web_search_options", json!({ "search_context_size": "low" })),
        ("tools", json!([{ "type": "function", "function": { "name": "f" } }])),
    ] {
        body[name] = value;
    }
    body
}

/// Each as it is on record: OpenAI, Azure, Anthropic (also behind Bedrock), xAI, Cerebras, Groq, Mistral, Fireworks.
#[test]
fn a_model_that_does_not_know_a_wish_is_asked_without_it() {
    let mistral = r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","top_k"],"msg":"Extra inputs are not permitted","input":5}]},"type":"invalid_request_error","param":null,"code":null}"#;
    let openai = r#"{"error":{"message":"This is not supported with this model.","type":"invalid_request_error","param":"user","code":"unsupported_parameter"}}"#;
    for (refused, wish) in [
        (refusal("Unsupported parameter: 'temperature' is not supported with this model."), "temperature"),
        (
            refusal(
                "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
            ),
            "temperature",
        ),
        (refusal("Unrecognized request argument supplied: user"), "user"),
        (refusal("Unknown parameter: 'web_search_options'."), "web_search_options"),
        (refusal("`temperature` is deprecated for this model."), "temperature"),
        (
            refusal("The model returned the following errors: temperature is deprecated for this model."),
            "temperature",
        ),
        (refusal("Argument not supported on this model: presencePenalty"), "presence_penalty"),
        (refusal("Model grok-4.6 does not support parameter presencePenalty."), "presence_penalty"),
        (refusal("body.store: property 'body.store' is unsupported"), "store"),
        (refusal("property 'user' is unsupported"), "user"),
        (refusal("Extra inputs are not permitted, field: 'top_k', value: 5"), "top_k"),
        (Behaviour::status(422).body(mistral.to_owned()), "top_k"),
        (Behaviour::status(400).body(openai.to_owned()), "user"),
    ] {
        let story = story();
        story.script("a/x", [refused, Behaviour::answers("Hello.")]);
        let answer = story.chat(&wishful());
        assert_eq!(answer.status, 200, "{wish}: {}", answer.raw());
        assert!(answer.header("x-steadfast-trail").ends_with(&format!("; a/x ok 0ms (dropped {wish})")));
        let [first, second] = [0, 1].map(|at| story.attempts()[at].json());
        let mut without = first.clone();
        assert!(without.as_object_mut().unwrap().remove(wish).is_some());
        assert_eq!(second, without, "and with all else");
    }
}

#[test]
fn a_limit_goes_by_its_other_name() {
    let story = story();
    let why = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    story.script("a/x", [refusal(why), Behaviour::answers("Hello.")]);
    let answer = story.chat(&wishful());
    assert!(answer.header("x-steadfast-trail").ends_with("(max_tokens sent as max_completion_tokens)"));
    let sent = story.attempts()[1].json();
    assert_eq!((&sent["max_completion_tokens"], sent.get("max_tokens")), (&json!(50), None));
}

#[test]
fn several_wishes_go_one_after_the_other_or_all_at_once() {
    let story = story();
    let one = refusal("Unsupported parameter: 'temperature' is not supported with this model.");
    let two = refusal(
        "body.store: property 'body.store' is unsupported\nbody.user: property 'body.user' is unsupported",
    );
    story.script("a/x", [one, two, Behaviour::answers("Hello.")]);
    let answer = story.chat(&wishful());
    assert!(
        answer.header("x-steadfast-trail").ends_with("(dropped temperature, dropped store, dropped user)")
    );
}

#[test]
fn what_was_refused_is_not_sent_again_for_an_hour() {
    let story = story();
    let refused = || refusal("Unsupported parameter: 'temperature' is not supported with this model.");
    let answers = || Behaviour::answers("Hello.");
    story.script("a/x", [refused(), answers(), answers(), refused(), answers()]);
    let has_wish = |at: usize| story.attempts()[at].json().get("temperature").is_some();
    story.chat(&wishful());
    story.pass(59 * 60_000);
    let mut body = wishful();
    body["stream"] = json!(true);
    story.chat(&body);
    assert_eq!([0, 1, 2].map(has_wish), [true, false, false]);
    assert_eq!(story.get("/status").json()["targets"]["a/x"]["refuses"], json!(["temperature"]));
    story.pass(60_000);
    story.chat(&wishful());
    assert_eq!([3, 4].map(has_wish), [true, false], "by then it may have learned it");
    assert_eq!(story.get("/status").json()["targets"]["b/y"].get("refuses"), None);
}

/// What the answer is about is the caller's to change, and a wrong value too.
#[test]
fn any_other_refusal_is_the_callers_after_one_attempt() {
    for message in [
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        "Unsupported parameter: 'tools' is not supported with this model.",
        "Unsupported parameter: 'top_p' is not supported with this model.",
        "messages.0.user: Extra inputs are not permitted",
        "Unexpected role 'user' after role 'tool'",
        "Unknown role: user",
        "Unknown message role: the user and the store must be told apart.",
    ] {
        let story = story();
        story.script("a/x", [refusal(message)]);
        let answer = story.chat(&wishful());
        assert_eq!((answer.status, story.attempts().len()), (400, 1), "{message}");
        assert_eq!(answer.json()["error"]["message"], message);
    }
}

/// Mistral and vLLM repeat what they find wrong.
#[test]
fn what_a_caller_makes_up_is_not_learned_for_all() {
    let story = story();
    let why = r#"[{"type":"float_parsing","loc":["body","temperature"],"msg":"Input should be a valid number","input":"unsupported"}]"#;
    story.script("a/x", [refusal(why)]);
    let mut body = wishful();
    body["temperature"] = json!("unsupported");
    assert_eq!((story.chat(&body).status, story.attempts().len()), (400, 1));
}

/// vLLM as Python writes it, Mistral as JSON: what is found wrong with the whole is all of it.
#[test]
fn what_is_repeated_of_a_request_refuses_nothing() {
    let vllm = "[{'type': 'value_error', 'loc': ('body',), 'msg': 'Value error, no.', 'input': {'messages': [{'role': 'user', 'content': 'Who is this unknown man?'}], 'temperature': 0.2, 'user': 'u-1'}}]";
    let mistral = json!({ "detail": [{ "type": "value_error", "loc": ["body"], "msg": "Value error, no.", "input": {
        "messages": [{ "role": "user", "content": "Who is this \"unknown\" man?" }], "temperature": 0.2, "user": "u-1",
    } }] });
    for refused in [refusal(vllm), Behaviour::status(422).body(mistral.to_string())] {
        let story = story();
        story.script("a/x", [refused]);
        assert_ne!(story.chat(&wishful()).status, 200);
        assert_eq!(story.attempts().len(), 1);
    }
}

/// Fireworks repeats the value.
#[test]
fn a_value_that_is_another_wishs_name_does_not_refuse_that_one() {
    let story = story();
    let refused = refusal("Extra inputs are not permitted, field: 'chat_id', value: 'temperature'");
    story.script("a/x", [refused, Behaviour::answers("Hello."), Behaviour::answers("Hello.")]);
    let mut body = wishful();
    body["chat_id"] = json!("temperature");
    assert_eq!(story.chat(&body).status, 200);
    story.chat(&wishful());
    assert!([1, 2].iter().all(|at| story.attempts()[*at].json().get("temperature").is_some()));
}

/// OpenAI of one value of several, and of what stands beside it; Anthropic of a part.
#[test]
fn what_is_refused_of_one_request_is_not_kept_from_others() {
    let beside = json!({ "error": {
        "message": "Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. Please use /v1/responses instead.",
        "type": "invalid_request_error", "param": "reasoning_effort",
    } });
    for (refused, wish, value, other) in [
        (
            refusal(
                "Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model. Supported values are: 'low', 'medium', and 'high'.",
            ),
            "reasoning_effort",
            json!("xhigh"),
            json!("low"),
        ),
        (Behaviour::status(400).body(beside.to_string()), "reasoning_effort", json!("low"), json!("low")),
        (
            refusal(
                "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
            ),
            "thinking",
            json!({ "type": "enabled", "budget_tokens": 2000 }),
            json!({ "type": "adaptive" }),
        ),
        (
            refusal("metadata.team: Extra inputs are not permitted"),
            "metadata",
            json!({ "team": "blue" }),
            json!({ "user_id": "u-1" }),
        ),
        (
            refusal(
                r#"[{"loc":["body","stream_options","include_obfuscation"],"msg":"Extra inputs are not permitted"}]"#,
            ),
            "stream_options",
            json!({ "include_obfuscation": false }),
            json!({ "include_usage": true }),
        ),
    ] {
        let story = story_with(json!({ "models": { "a/x": { "reasoning": true } } }));
        story.script("a/x", [refused, Behaviour::answers("Hello."), Behaviour::answers("Hello.")]);
        let mut body = wishful();
        (body["stream"], body[wish]) = (json!(true), value);
        assert_eq!(story.chat(&body).status, 200, "{wish}");
        assert_eq!(story.attempts()[1].json().get(wish), None);
        body[wish] = other.clone();
        story.chat(&body);
        assert_eq!(story.attempts()[2].json()[wish], other);
    }
}

#[test]
fn a_model_that_refuses_all_the_same_is_asked_once_more_and_no_oftener() {
    let story = story();
    story.script("a/x", [refusal("Unsupported parameter: 'temperature' is not supported with this model.")]);
    let answer = story.chat(&wishful());
    assert_eq!((answer.status, story.attempts().len()), (400, 2));
    story.chat(&wishful());
    let third = story.attempts()[2].json();
    assert!(third.get("temperature").is_some(), "what did not help is not remembered");
}

#[test]
fn a_racer_is_asked_again_without_and_still_wins() {
    let story = story_with(json!({ "routes": { "both": { "race": ["a/x", "b/y"] } } }));
    let refused = refusal("`temperature` is deprecated for this model.");
    story.script("a/x", [refused, Behaviour::answers("Hello.").after(50)]);
    story.script("b/y", [Behaviour::answers("Hello.").after(500)]);
    let mut body = wishful();
    body["model"] = json!("both");
    assert_eq!(story.chat(&body).header("x-steadfast-model"), "a/x");
}

#[test]
fn a_vendor_that_names_one_wish_at_a_time_is_not_asked_for_ever() {
    let names = [
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "seed",
        "store",
        "user",
        "metadata",
        "verbosity",
        "logprobs",
    ];
    let story = story();
    story
        .script("a/x", names.map(|name| refusal(&format!("Unrecognized request argument supplied: {name}"))));
    let mut body = wishful();
    for name in names {
        body[name] = json!(1);
    }
    let answer = story.chat(&body);
    assert_eq!((answer.status, story.attempts().len()), (400, 9));
}

/// Of a model that is in no table, tools and images are presumed; Ollama's and OpenRouter's words for what it then says.
#[test]
fn what_a_model_turns_out_not_to_do_the_next_one_is_asked_and_nobody_rests() {
    let tools = || refusal("registry.ollama.ai/library/gemma3:4b does not support tools");
    let images = Behaviour::status(404)
        .body(json!({ "error": { "message": "No endpoints found that support image input" } }).to_string());
    for unable in [tools(), images] {
        let story = story();
        story.script("a/x", [unable, Behaviour::answers("Hello from a/x.")]);
        let answer = story.chat(&wishful());
        answer.is_answered_by("b/y");
        assert_eq!(story.tried(), ["a/x", "b/y"]);
        story.ask("chain").is_answered_by("a/x");
    }
    let story = story();
    for target in ["a/x", "b/y", "c/z"] {
        story.script(target, [tools()]);
    }
    let answer = story.chat(&wishful());
    assert_eq!(answer.status, 400, "{}", answer.raw());
    assert!(answer.error()["message"].as_str().unwrap().ends_with("does not support tools"));
}
