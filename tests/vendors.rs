//! Vendors who nearly speak OpenAI's language: what the caller gets is OpenAI's all the same.
//!
//! Each story is one habit that is on record of the vendor it names. The provider here is one that nobody knows, for
//! the same habits are those of servers that no table lists.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

/// A stream of these chunks, each with what all of them have.
fn streams(chunks: &[&str]) -> Behaviour {
    let head = r#""id":"c1","object":"chat.completion.chunk","created":7,"model":"x""#;
    let chunks = chunks.iter().map(|chunk| format!("data: {{{head},{chunk}}}\n\n"));
    Behaviour::sends(chunks.chain(["data: [DONE]\n\n".to_owned()]).collect::<Vec<_>>())
}

/// A chunk of one choice with that delta.
fn says(delta: &str) -> String {
    format!(r#""choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]"#)
}

/// A chunk that ends.
fn ends(why: &str) -> String {
    format!(r#""choices":[{{"index":0,"delta":{{}},"finish_reason":"{why}"}}]"#)
}

/// What a caller who wants to know the cost gets of such a stream.
fn heard(chunks: &[&str]) -> Answer {
    heard_of(streams(chunks))
}

fn heard_of(behaviour: Behaviour) -> Answer {
    let story = story();
    story.script("a/x", [behaviour]);
    let mut body = hello_streamed("a/x");
    body["stream_options"] = json!({ "include_usage": true });
    let answer = story.chat(&body);
    story.comes_to_rest();
    answer
}

/// The whole answer with that message in it.
fn answered(choice: &str, rest: &str) -> Value {
    let story = story();
    let head = r#""id":"c1","object":"chat.completion","created":7,"model":"x""#;
    story.script(
        "a/x",
        [Behaviour::sends([format!(r#"{{{head},"choices":[{{"index":0,{choice}}}]{rest}}}"#)])],
    );
    let answer = story.ask("a/x");
    assert_eq!(answer.status, 200, "{}", answer.raw());
    answer.json()
}

fn usages(answer: &Answer) -> Vec<Value> {
    answer.events().iter().map(|event| event["usage"].clone()).filter(|usage| !usage.is_null()).collect()
}

const COUNT: &str = r#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#;

// Reasons to finish.

#[test]
fn a_finish_that_comes_twice_is_told_once_and_its_count_is_kept() {
    // OpenRouter: the chunk with the count repeats it.
    let again = format!(
        r#""choices":[{{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":"stop"}}],{COUNT}"#
    );
    let answer = heard(&[&says(r#"{"content":"hi"}"#), &ends("stop"), &again]);
    assert_eq!((answer.text().as_str(), answer.finishes()), ("hi", vec!["stop".to_owned()]));
    assert_eq!(usages(&answer)[0]["total_tokens"], 5);
    assert_eq!(answer.events().last().unwrap()["choices"], json!([]));
    // Without a count there is nothing to be said with it.
    let answer = heard(&[&says(r#"{"content":"hi"}"#), &ends("stop"), &ends("stop")]);
    assert_eq!((answer.finishes().len(), answer.events().len(), answer.is_done()), (1, 2, true));
}

#[test]
fn a_reason_to_finish_that_is_not_openais_becomes_the_one_it_means() {
    for (theirs, ours) in [
        ("eos", "stop"),                             // Together
        ("sensitive", "content_filter"),             // Zhipu
        ("model_context_window_exceeded", "length"), // Zhipu
        ("MAX_TOKENS", "length"),                    // Cohere
        ("something-new", "stop"),
    ] {
        let answer = heard(&[&says(r#"{"content":"hi"}"#), &ends(theirs)]);
        assert_eq!(answer.finishes(), [ours], "{theirs}");
        let message =
            format!(r#""message":{{"role":"assistant","content":"hi"}},"finish_reason":"{theirs}""#);
        assert_eq!(answered(&message, "")["choices"][0]["finish_reason"], ours, "{theirs}");
    }
}

#[test]
fn an_empty_reason_to_finish_is_no_end() {
    let still = |delta: &str| format!(r#""choices":[{{"index":0,"delta":{delta},"finish_reason":""}}]"#);
    let answer = heard(&[&still(r#"{"content":"one "}"#), &still(r#"{"content":"two"}"#), &ends("stop")]);
    assert_eq!((answer.text().as_str(), answer.finishes()), ("one two", vec!["stop".to_owned()]));
    assert_eq!(answer.events()[0]["choices"][0]["finish_reason"], Value::Null);
}

#[test]
fn a_finish_that_was_forgotten_before_done_is_added() {
    let answer = heard(&[&says(r#"{"content":"hi"}"#)]);
    assert_eq!((answer.finishes(), answer.is_done()), (vec!["stop".to_owned()], true));
    let call = says(
        r#"{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
    );
    assert_eq!(heard(&[&call]).finishes(), ["tool_calls"]);
}

#[test]
fn a_finish_that_says_the_provider_failed_is_a_failure() {
    // DeepSeek, Zhipu, vLLM that is shut down, and Cohere.
    for (why, class) in [
        ("insufficient_system_resource", "overloaded"),
        ("network_error", "server"),
        ("abort", "server"),
        ("ERROR", "server"),
        ("TIMEOUT", "server"),
    ] {
        let story = story();
        story.script("a/x", [streams(&[&ends(why)])]);
        let answer = story.stream("chain");
        answer.is_answered_by("b/y");
        assert!(answer.trail()[0].starts_with(&format!("a/x {class}")), "{:?}", answer.trail());
        story.script("a/x", [streams(&[&says(r#"{"content":"Half of"}"#), &ends(why)])]);
        let answer = story.stream("a/x");
        assert_eq!((answer.is_done(), &answer.error()["code"]), (false, &json!("stream_broken")), "{why}");
    }
}

// Content.

#[test]
fn content_that_is_a_list_becomes_reasoning_and_text() {
    // Mistral's Magistral.
    let answer = heard(&[
        &says(r#"{"role":"assistant","content":""}"#),
        &says(r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Let me "}]}]}"#),
        &says(
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"see."}],"closed":true},{"type":"text","text":"4"}]}"#,
        ),
        &says(r#"{"content":"2"}"#),
        &ends("stop"),
    ]);
    assert_eq!((answer.thoughts().as_str(), answer.text().as_str()), ("Let me see.", "42"));
    let message = answered(
        r#""message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"42"}]},"finish_reason":"stop""#,
        "",
    );
    let message = &message["choices"][0]["message"];
    assert_eq!((&message["reasoning_content"], &message["content"]), (&json!("Hm."), &json!("42")));
}

#[test]
fn a_list_of_thoughts_alone_is_no_answer() {
    let story = story();
    let thought = says(r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]}"#);
    story.script("a/x", [streams(&[&thought, &ends("stop")])]);
    let answer = story.chat(
        &json!({ "model": "chain", "stream": true, "messages": [], "steadfast": { "on_break": "continue" } }),
    );
    assert_eq!(answer.text(), "Hello from b/y.");
    assert_eq!(answer.closing()["trail"][0]["outcome"], "empty");
}

#[test]
fn content_that_is_an_object_is_its_json() {
    // Workers AI, where a JSON schema was asked for.
    let message =
        answered(r#""message":{"role":"assistant","content":{"a":[1,2]}},"finish_reason":"stop""#, "");
    assert_eq!(message["choices"][0]["message"]["content"], r#"{"a":[1,2]}"#);
}

#[test]
fn a_message_beside_the_delta_is_left_out() {
    // Perplexity, whose last chunk is called something else, too.
    let chunk =
        r#""choices":[{"index":0,"delta":{"content":"hi"},"message":{"role":"assistant","content":"hi"}}]"#;
    let last = r#"data: {"id":"c2","created":7,"model":"x","object":"chat.completion.done","choices":[{"index":0,"delta":{},"finish_reason":"stop","message":{"content":"hi"}}],"citations":["u"]}"#;
    let first = format!(
        "data: {{\"id\":\"c1\",\"created\":7,\"model\":\"x\",\"object\":\"chat.completion.chunk\",{chunk}}}\n\n"
    );
    // Nor does it say [DONE].
    let answer = heard_of(Behaviour::sends([first, format!("{last}\n\n")]));
    assert_eq!(
        (answer.text().as_str(), answer.finishes(), answer.is_done()),
        ("hi", vec!["stop".to_owned()], true)
    );
    for event in answer.events() {
        assert_eq!(
            (&event["object"], &event["choices"][0]["message"]),
            (&json!("chat.completion.chunk"), &Value::Null)
        );
    }
    assert_eq!(answer.events()[1]["citations"], json!(["u"]), "what is only more stays");
}

#[test]
fn whose_words_they_are_is_said_once() {
    let roles = |chunks: &[&str]| {
        let answer = heard(chunks);
        assert_eq!((answer.text().as_str(), answer.is_done()), ("hi!", true), "{}", answer.raw());
        let events = answer.events();
        let roles: Vec<_> = events.iter().map(|event| event["choices"][0]["delta"]["role"].clone()).collect();
        (roles[0].clone(), roles.iter().filter(|role| !role.is_null()).count())
    };
    let once = (json!("assistant"), 1);
    let always = |text: &str| says(&format!(r#"{{"role":"assistant","content":"{text}"}}"#));
    // OpenRouter; Workers AI.
    assert_eq!(roles(&[&always("hi"), &always("!"), &ends("stop")]), once);
    assert_eq!(roles(&[&says(r#"{"content":"hi"}"#), &says(r#"{"content":"!"}"#), &ends("stop")]), once);
}

#[test]
fn lone_halves_of_a_character_in_two_chunks_arrive_as_they_came() {
    let answer = heard(&[&says(r#"{"content":"\ud83c"}"#), &says(r#"{"content":"\udf0d"}"#), &ends("stop")]);
    let raw = answer.raw();
    assert!(raw.contains(r#""content":"\ud83c""#) && raw.contains(r#""content":"\udf0d""#), "{raw}");
}

#[test]
fn blank_lines_before_a_whole_answer_are_nothing() {
    // DeepSeek keeps the connection warm with them.
    let story = story();
    let body = r#"{"id":"c","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hello from a/x."},"finish_reason":"stop"}]}"#;
    story.script("a/x", [Behaviour::sends(["\n\n", "\n", body])]);
    story.ask("a/x").is_answered_by("a/x");
}

#[test]
fn a_byte_order_mark_before_a_whole_answer_is_nothing() {
    let story = story();
    let body = "\u{feff}{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello from a/x.\"},\"finish_reason\":\"stop\"}]}";
    story.script("a/x", [Behaviour::sends([body])]);
    let answer = story.ask("a/x");
    answer.is_answered_by("a/x");
    assert!(!answer.raw().contains('\u{feff}'));
}

#[test]
fn what_comes_in_lists_is_numbered() {
    let cites = |url: &str| {
        says(&format!(
            r#"{{"content":"x","annotations":[{{"type":"url_citation","url_citation":{{"url":"{url}"}}}}]}}"#
        ))
    };
    let answer = heard(&[&cites("a"), &cites("b"), &ends("stop")]);
    for (place, url) in [(0, "a"), (1, "b")] {
        let entry = json!({ "type": "url_citation", "url_citation": { "url": url }, "index": place });
        assert_eq!(answer.events()[place]["choices"][0]["delta"]["annotations"], json!([entry]));
    }
}

// Tool calls.

/// The calls as an SDK puts them together: every string is added to the one before it.
fn calls(answer: &Answer) -> Vec<(String, String, String)> {
    let mut calls: Vec<(String, String, String)> = Vec::new();
    for event in answer.events() {
        for piece in event["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let index = piece["index"].as_u64().expect("an index") as usize;
            calls.resize(calls.len().max(index + 1), Default::default());
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            calls[index].0 += &text(&piece["id"]);
            calls[index].1 += &text(&piece["function"]["name"]);
            calls[index].2 += &text(&piece["function"]["arguments"]);
        }
    }
    calls
}

fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
    (id.to_owned(), name.to_owned(), arguments.to_owned())
}

#[test]
fn ids_and_names_that_are_repeated_are_told_once() {
    // Qwen, which says them again, or empty.
    let answer = heard(&[
        &says(
            r#"{"role":"assistant","content":"","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"look","arguments":""}}]}"#,
        ),
        &says(
            r#"{"role":null,"content":"","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"","arguments":"{\"id\":"}}]}"#,
        ),
        &says(
            r#"{"content":"","tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"look","arguments":"1}"}}]}"#,
        ),
        &ends("tool_calls"),
    ]);
    assert_eq!(calls(&answer), [call("t1", "look", r#"{"id":1}"#)]);
}

#[test]
fn calls_without_an_index_are_numbered() {
    // Mistral, where the whole call comes with the end.
    let whole = r#""choices":[{"index":0,"delta":{"content":"","tool_calls":[{"id":"t1","function":{"name":"f","arguments":"{}"}},{"id":"t2","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]"#;
    let answer = heard(&[whole]);
    assert_eq!(calls(&answer), [call("t1", "f", "{}"), call("t2", "g", "{}")]);
    assert_eq!(answer.finishes(), ["tool_calls"]);
}

#[test]
fn another_call_with_the_same_index_is_another_call() {
    let piece = |id: &str, name: &str| {
        says(&format!(
            r#"{{"tool_calls":[{{"index":0,"id":"{id}","type":"function","function":{{"name":"{name}","arguments":"{{}}"}}}}]}}"#
        ))
    };
    let answer = heard(&[&piece("t1", "f"), &piece("t2", "f"), &ends("tool_calls")]);
    assert_eq!(calls(&answer), [call("t1", "f", "{}"), call("t2", "f", "{}")]);
}

#[test]
fn a_call_without_an_id_gets_one() {
    let piece = says(r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}"#);
    assert_eq!(calls(&heard(&[&piece, &ends("tool_calls")])), [call("call_c1_0", "f", "{}")]);
    let message = answered(
        r#""message":{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"finish_reason":"tool_calls""#,
        "",
    );
    let made = json!({ "id": "call_c1_0", "type": "function", "function": { "name": "f", "arguments": r#"{"a":1}"# } });
    assert_eq!(message["choices"][0]["message"]["tool_calls"], json!([made]));
}

#[test]
fn a_call_without_arguments_has_none_that_can_be_read() {
    for function in [r#""name":"f","arguments":"""#, r#""name":"f","arguments":null"#, r#""name":"f""#] {
        let calls = format!(r#"[{{"id":"t1","type":"function","function":{{{function}}}}}]"#);
        let choice = format!(
            r#""message":{{"role":"assistant","content":null,"tool_calls":{calls}}},"finish_reason":"tool_calls""#
        );
        let call = &answered(&choice, "")["choices"][0]["message"]["tool_calls"][0];
        assert_eq!(call["function"], json!({ "name": "f", "arguments": "{}" }));
    }
}

/// Claude behind Bedrock says nothing at all of what it calls such a function with.
#[test]
fn a_streamed_call_without_arguments_has_none_that_can_be_read_once_it_is_whole() {
    let begins = |index: u64, name: &str| {
        says(&format!(
            r#"{{"tool_calls":[{{"index":{index},"id":"t{index}","type":"function","function":{{"name":"{name}","arguments":""}}}}]}}"#
        ))
    };
    let more = says(r#"{"tool_calls":[{"index":1,"function":{"arguments":"{\"a\":1}"}}]}"#);
    for (why, nothing) in [("tool_calls", "{}"), ("stop", "{}"), ("length", "")] {
        let answer = heard(&[&begins(0, "f"), &begins(1, "g"), &more, &ends(why)]);
        assert_eq!(calls(&answer), [call("t0", "f", nothing), call("t1", "g", r#"{"a":1}"#)]);
        assert_eq!(answer.finishes(), [why]);
    }
}

#[test]
fn a_streamed_call_without_arguments_may_come_with_its_end() {
    let begun = |index: u64| {
        format!(
            r#"{{"index":{index},"id":"t{index}","type":"function","function":{{"name":"f","arguments":""}}}}"#
        )
    };
    let first = says(&format!(r#"{{"tool_calls":[{}]}}"#, begun(0)));
    let empty = r#"{"index":0,"function":{"arguments":""}}"#;
    let last = |delta: &str| format!(r#""choices":[{{"index":0{delta},"finish_reason":"tool_calls"}}]"#);
    for (delta, made) in [
        (String::new(), 1),
        (r#","delta":null"#.to_owned(), 1),
        (format!(r#","delta":{{"tool_calls":[{empty}]}}"#), 1),
        (format!(r#","delta":{{"tool_calls":[{}]}}"#, begun(1)), 2),
    ] {
        let made: Vec<_> = (0..made).map(|index| call(&format!("t{index}"), "f", "{}")).collect();
        assert_eq!(calls(&heard(&[&first, &last(&delta)])), made, "{delta}");
    }
}

/// The last that are told apart: what it was made with was no longer heard.
#[test]
fn one_of_very_many_calls_is_made_with_what_was_said() {
    let (mut chunks, mut made) = (Vec::new(), Vec::new());
    for index in 0..1_001 {
        let id = format!("t{index}");
        chunks.push(says(&format!(
            r#"{{"tool_calls":[{{"index":{index},"id":"{id}","type":"function","function":{{"name":"f","arguments":""}}}}]}}"#
        )));
        chunks.push(says(&format!(
            r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":"{{\"a\":1}}"}}}}]}}"#
        )));
        made.push(call(&id, "f", r#"{"a":1}"#));
    }
    chunks.push(ends("tool_calls"));
    assert_eq!(calls(&heard(&chunks.iter().map(String::as_str).collect::<Vec<_>>())), made);
}

#[test]
fn each_of_several_choices_makes_its_own_calls() {
    let piece = |choice: u64, call: &str| {
        format!(
            r#""choices":[{{"index":{choice},"delta":{{"tool_calls":[{{"index":0,{call}}}]}},"finish_reason":null}}]"#
        )
    };
    let begins = |choice: u64| {
        piece(
            choice,
            &format!(r#""id":"call_{choice}","type":"function","function":{{"name":"f","arguments":""}}"#),
        )
    };
    let goes_on = |choice: u64| piece(choice, &format!(r#""function":{{"arguments":"{{\"a\":{choice}}}"}}"#));
    let ended = |choice: u64| {
        format!(r#""choices":[{{"index":{choice},"delta":{{}},"finish_reason":"tool_calls"}}]"#)
    };
    let chunks = [begins(0), begins(1), goes_on(0), goes_on(1), ended(0), ended(1)];
    let story = story();
    story.script("a/x", [streams(&chunks.each_ref().map(String::as_str))]);
    let mut body = hello_streamed("a/x");
    body["n"] = json!(2);
    let answer = story.chat(&body);
    for choice in [0, 1] {
        let mut pieces = Vec::new();
        for event in answer.events().iter().filter(|event| event["choices"][0]["index"] == choice) {
            pieces.extend(event["choices"][0]["delta"]["tool_calls"].as_array().cloned().unwrap_or_default());
        }
        assert_eq!(pieces.len(), 2, "{}", answer.raw());
        assert!(pieces.iter().all(|piece| piece["index"] == 0), "{}", answer.raw());
        assert_eq!(pieces[1]["function"]["arguments"], format!("{{\"a\":{choice}}}"));
    }
}

#[test]
fn who_asks_for_functions_is_told_of_a_function() {
    let piece = |call: &str| says(&format!(r#"{{"tool_calls":[{{"index":0,{call}}}]}}"#));
    let begins = piece(r#""id":"t1","type":"function","function":{"name":"f","arguments":""}"#);
    let goes_on = piece(r#""function":{"arguments":"{}"}"#);
    let whole = r#"{"id":"c1","object":"chat.completion","created":7,"model":"x","choices":[{"index":0,"finish_reason":"tool_calls",
        "message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let functions = json!([{ "name": "f" }]);
    let story = story();
    story.script(
        "a/x",
        [streams(&[&begins, &goes_on, &ends("tool_calls")]), Behaviour::sends([whole.to_owned()])],
    );
    let mut body = hello_streamed("a/x");
    body["functions"] = functions.clone();
    let answer = story.chat(&body);
    let calls: Vec<_> =
        answer.events().iter().map(|event| event["choices"][0]["delta"]["function_call"].clone()).collect();
    assert_eq!(calls[..2], [json!({ "name": "f", "arguments": "" }), json!({ "arguments": "{}" })]);
    assert_eq!(answer.finishes(), ["function_call"]);
    assert!(!answer.raw().contains("\"tool_calls\""), "{}", answer.raw());
    let mut body = hello("a/x");
    body["functions"] = functions;
    let choice = story.chat(&body).json()["choices"][0].clone();
    assert_eq!(choice["message"]["function_call"], json!({ "name": "f", "arguments": "{}" }));
    assert_eq!(
        (choice["message"].get("tool_calls"), &choice["finish_reason"]),
        (None, &json!("function_call"))
    );
}

// Counts.

#[test]
fn a_count_in_every_chunk_is_shown_once() {
    // Perplexity counts on, Databricks has nulls until the end.
    for early in [COUNT, r#""usage":{"prompt_tokens":3,"completion_tokens":null,"total_tokens":null}"#] {
        let chunk = says(r#"{"content":"hi"}"#) + "," + early;
        let answer = heard(&[&chunk, &chunk, &(ends("stop") + "," + COUNT)]);
        assert_eq!(
            usages(&answer),
            [json!({ "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 })]
        );
    }
}

#[test]
fn a_count_that_stands_elsewhere_is_found() {
    // Groq's, Moonshot's, and one that came before the end.
    for (chunk, end) in [
        (says(r#"{"content":"hi"}"#), format!(r#"{},"x_groq":{{"id":"r",{COUNT}}}"#, ends("stop"))),
        (
            says(r#"{"content":"hi"}"#),
            format!(r#""choices":[{{"index":0,"delta":{{}},"finish_reason":"stop",{COUNT}}}]"#),
        ),
        (says(r#"{"content":"hi"}"#) + "," + COUNT, ends("stop")),
    ] {
        let answer = heard(&[&chunk, &end]);
        assert_eq!(usages(&answer).len(), 1, "{}", answer.raw());
        assert_eq!(usages(&answer)[0]["total_tokens"], 5);
        assert_eq!(answer.closing()["usage"]["completion_tokens"], 2, "{}", answer.raw());
    }
}

#[test]
fn reasoning_that_is_counted_beside_the_answer_is_billed() {
    // xAI.
    let count = r#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":105,"completion_tokens_details":{"reasoning_tokens":100}}"#;
    let last = format!(r#""choices":[],{count}"#);
    let answer = heard(&[&says(r#"{"content":"hi"}"#), &ends("stop"), &last]);
    assert_eq!(usages(&answer)[0]["completion_tokens"], 102);
    assert_eq!(answer.closing()["usage"]["completion_tokens"], 102);
    let whole = answered(
        r#""message":{"role":"assistant","content":"hi"},"finish_reason":"stop""#,
        &format!(",{count}"),
    );
    assert_eq!(whole["usage"]["completion_tokens"], 102);
}

// Labels.

#[test]
fn a_service_tier_that_openai_does_not_have_is_left_out() {
    // Groq says "on_demand".
    let tier = |tier: &str| format!(r#"{},"service_tier":"{tier}""#, says(r#"{"content":"hi"}"#));
    let answer = heard(&[&tier("on_demand"), &tier("default"), &ends("stop")]);
    let tiers: Vec<Value> = answer.events().iter().map(|event| event["service_tier"].clone()).collect();
    assert_eq!(tiers, [Value::Null, json!("default"), Value::Null]);
    let whole = answered(
        r#""message":{"role":"assistant","content":"hi"},"finish_reason":"stop""#,
        r#","service_tier":"on_demand""#,
    );
    assert_eq!(whole.get("service_tier"), None);
}

#[test]
fn a_chunk_that_says_neither_anything_nor_a_count_is_dropped() {
    // Azure's filter results come before everything else.
    let results =
        r#"data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{}]}"#;
    let rest = [says(r#"{"content":"hi"}"#), ends("stop")]
        .map(|chunk| format!("data: {{\"id\":\"c1\",\"created\":7,\"model\":\"x\",{chunk}}}\n\n"));
    let answer =
        heard_of(Behaviour::sends([format!("{results}\n\n"), rest.concat(), "data: [DONE]\n\n".into()]));
    assert_eq!((answer.text().as_str(), answer.events().len()), ("hi", 2));
    // The chunks that follow do not say what they are (Copilot, Moonshot): we do.
    assert_eq!(answer.events()[0]["object"], "chat.completion.chunk");
}

// Failures.

#[test]
fn a_model_that_botched_its_tool_call_is_not_the_callers_fault() {
    // Groq: an event of its own, status 400 by name, and no [DONE].
    let error = r#"{"error":{"message":"model did not call a tool","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"","status_code":400}}"#;
    let story = story();
    let streams = format!("event: error\ndata: {error}\n\n");
    story.script("a/x", [Behaviour::sends([streams]), Behaviour::status(400).body(error)]);
    for answer in [story.stream("chain"), story.ask("chain")] {
        answer.is_answered_by("b/y");
        assert!(answer.trail()[0].starts_with("a/x bad_output"), "{:?}", answer.trail());
    }
}

#[test]
fn a_failure_written_outside_of_any_data_line_is_heard() {
    // Gemini writes one over several lines, Workers AI and others in one.
    for error in [
        "{\r\n  \"error\": {\r\n    \"code\": 503,\r\n    \"message\": \"busy\"\r\n  }\r\n}\r\n",
        "{\"error\":{\"code\":503,\"message\":\"busy\"}}",
    ] {
        let story = story();
        story.script("a/x", [Behaviour::sends([error])]);
        let answer = story.stream("chain");
        answer.is_answered_by("b/y");
        assert!(answer.trail()[0].starts_with("a/x overloaded"), "{:?}", answer.trail());
    }
}
