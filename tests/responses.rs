//! A caller who speaks OpenAI's Responses: before providers who speak otherwise, and before those who speak it too.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

fn hello(model: &str) -> Value {
    json!({ "model": model, "input": "Hello?" })
}

fn streamed(model: &str) -> Value {
    json!({ "model": model, "input": "Hello?", "stream": true })
}

fn begins() -> Vec<String> {
    vec![
        event(
            json!({ "type": "response.created", "sequence_number": 0, "response": { "id": "resp_9", "created_at": 5, "model": "x", "status": "in_progress", "output": [] } }),
        ),
        event(
            json!({ "type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": { "id": "msg_9", "type": "message", "content": [] } }),
        ),
        event(
            json!({ "type": "response.content_part.added", "sequence_number": 2, "item_id": "msg_9", "output_index": 0, "content_index": 0, "part": { "type": "output_text", "text": "" } }),
        ),
        event(
            json!({ "type": "response.output_text.delta", "sequence_number": 3, "item_id": "msg_9", "output_index": 0, "content_index": 0, "delta": "One two three four ", "obfuscation": "kept" }),
        ),
    ]
}

fn text(answer: &Answer) -> String {
    let deltas = answer.events().into_iter().filter(|event| event["type"] == "response.output_text.delta");
    deltas.filter_map(|event| event["delta"].as_str().map(str::to_owned)).collect()
}

fn last(answer: &Answer) -> Value {
    answer.events().last().cloned().unwrap_or_default()
}

#[test]
fn an_answer_falls_back_and_comes_as_a_response() {
    let story = story();
    story.script("a/x", [Behaviour::status(503)]);
    story.script("b/y", [Behaviour::answers("Hello.").costing(11, 3)]);
    let answer = story.post("/v1/responses", &hello("chain"));
    let response = answer.json();
    assert_eq!(
        (answer.status, &response["object"], &response["model"]),
        (200, &json!("response"), &json!("b/y"))
    );
    assert_eq!(response["output"][0]["content"][0]["text"], "Hello.");
    assert_eq!(response["usage"]["input_tokens"], 11);
    assert_eq!(story.attempts()[1].json()["messages"], json!([{ "role": "user", "content": "Hello?" }]));
    story.comes_to_rest();
}

#[test]
fn row_11_a_broken_stream_is_carried_on_in_the_same_item() {
    let story = story_with(json!({ "stream": { "on_break": "continue" }, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let answer = story.post("/v1/responses", &streamed("chain"));
    assert_eq!(text(&answer), WHOLE);
    assert_eq!(last(&answer)["type"], "response.completed");
    assert_eq!(last(&answer)["response"]["output"][0]["content"][0]["text"], WHOLE);
    assert!(answer.raw().contains(": steadfast continued by b/y after 19 characters\n\n"));
    story.comes_to_rest();
}

#[test]
fn an_answer_without_end_is_ended_where_all_of_it_would_be_repeated() {
    let story = story();
    let chunk = |text: &str| {
        format!(
            r#"data: {{"id":"1","object":"chat.completion.chunk","created":1,"model":"x","choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#
        ) + "\n\n"
    };
    let long = chunk(&"x".repeat(1 << 20));
    let endless = Behaviour::sends(vec![long; 6]).body_stalls();
    story.script("a/x", [endless]);
    let answer = story.post("/v1/responses", &streamed("a/x"));
    assert!(answer.raw().contains("the answer is longer than 4194304 bytes"));
    assert!(answer.raw().len() < 6 << 20);
    assert!(story.chat(&hello_streamed("a/x")).raw().len() > 6 << 20, "elsewhere nothing is repeated");
}

#[test]
fn a_provider_of_the_same_language_gets_the_callers_own_words_and_gives_its_own() {
    let story = first_speaks("responses");
    let answer = json!({
        "id": "resp_9", "object": "response", "created_at": 5, "model": "x", "status": "completed", "error": null,
        "output": [
            { "id": "ws_1", "type": "web_search_call", "status": "completed" },
            { "id": "msg_9", "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Found.", "annotations": [{ "type": "url_citation" }] }] },
        ],
        "usage": { "input_tokens": 5, "output_tokens": 1 },
    });
    story.script("a/x", [Behaviour::sends([answer.to_string()])]);
    let mut body = hello("chain");
    body["tools"] = json!([{ "type": "web_search" }]);
    body["steadfast"] = json!({ "trail": false });
    let got = story.post("/v1/responses", &body).json();
    let sent = story.attempts()[0].json();
    assert_eq!(sent, json!({ "model": "x", "input": "Hello?", "tools": [{ "type": "web_search" }] }));
    let mut meant = answer;
    meant["model"] = json!("a/x");
    assert_eq!(got, meant, "nothing but the model's name was touched");
}

#[test]
fn own_events_pass_as_they_came_with_the_summary_before_the_last() {
    let story = first_speaks("responses");
    let mut events = begins();
    let completed = json!({ "type": "response.completed", "sequence_number": 9, "response": {
        "id": "resp_9", "model": "x", "status": "completed", "output": [], "usage": { "input_tokens": 5, "output_tokens": 4 },
    } });
    events.push(event(completed));
    story.script("a/x", [Behaviour::sends(events)]);
    let answer = story.post("/v1/responses", &streamed("chain"));
    let raw = answer.raw();
    assert!(
        raw.contains(r#""obfuscation":"kept""#) && !raw.contains("native:") && !raw.contains("choices"),
        "{raw}"
    );
    assert_eq!(last(&answer)["response"]["model"], "a/x");
    assert_eq!(answer.closing()["usage"]["completion_tokens"], 4);
    assert!(
        raw.find(": steadfast {").expect("a summary")
            < raw.find("event: response.completed").expect("an end")
    );
}

#[test]
fn row_11_what_breaks_in_its_own_words_is_carried_on_by_a_stranger() {
    let story = first_speaks("responses");
    story.script("a/x", [Behaviour::sends(begins())]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let answer = story.post("/v1/responses", &streamed("chain"));
    assert_eq!(text(&answer), WHOLE);
    let events = answer.events();
    let ids: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta")
        .map(|event| &event["item_id"])
        .collect();
    assert!(ids.iter().all(|id| **id == "msg_9"), "{ids:?}");
    let numbers: Vec<u64> = events.iter().filter_map(|event| event["sequence_number"].as_u64()).collect();
    assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    assert_eq!(last(&answer)["response"]["output"][0]["content"][0]["text"], WHOLE);
}

#[test]
fn row_13_who_has_no_prefill_to_take_is_asked_in_words_and_trimmed_like_one_whatever_is_said_of_its_model() {
    let story = story_with(json!({
        "providers": { "b": { "dialect": "responses" } },
        "models": { "b/y": { "prefill": true } },
        "stream": { "on_break": "continue" },
    }));
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    let again = begins().join("").replace("One two three four ", &format!("four {REST}"));
    let end = json!({ "type": "response.completed", "response": { "id": "resp_9", "status": "completed", "output": [] } });
    story.script("b/y", [Behaviour::sends([again, event(end)])]);
    story.stream("chain").is_whole();
    assert_eq!(story.attempts()[1].json()["input"][2]["role"], "user");
}

/// What Codex lives on: a turn that is an edit, or a search for tools that it makes, and nothing else was taken for an answer
/// that says nothing.
#[test]
fn a_call_of_any_kind_is_an_answer() {
    for item in [
        json!({ "type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** Begin Patch" }),
        json!({ "type": "local_shell_call", "call_id": "c", "action": { "type": "exec", "command": ["ls"] } }),
        json!({ "type": "mcp_approval_request", "id": "m", "name": "f", "arguments": "{}" }),
        json!({ "type": "image_generation_call", "id": "i", "result": "AA==" }),
        json!({ "type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": { "query": "x" } }),
        json!({ "type": "compaction", "id": "cmp_1" }),
    ] {
        let response = json!({ "id": "r", "object": "response", "status": "completed", "output": [item] });
        let story = first_speaks("responses");
        story.script("a/x", [Behaviour::sends([response.to_string()])]);
        let answer = story.post("/v1/responses", &hello("chain"));
        assert_eq!(answer.json()["output"], json!([item]));
        assert_eq!(story.tried(), ["a/x"]);

        let added = json!({ "type": "response.output_item.added", "output_index": 0, "item": item });
        let done = json!({ "type": "response.output_item.done", "output_index": 0, "item": item });
        let completed = json!({ "type": "response.completed", "response": response });
        let story = first_speaks("responses");
        story.script("a/x", [Behaviour::sends(vec![event(added), event(done), event(completed)])]);
        let answer = story.post("/v1/responses", &streamed("chain"));
        assert_eq!(last(&answer)["type"], "response.completed", "{item}");
        assert_eq!(story.tried(), ["a/x"], "{item}");
    }
}

/// Half a patch is never joined to another: row 14.
#[test]
fn a_call_of_a_tool_of_the_callers_own_is_not_carried_on() {
    let item = json!({ "type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "" });
    let mut events = begins();
    events.push(event(json!({ "type": "response.output_item.added", "output_index": 1, "item": item })));
    events.push(event(
        json!({ "type": "response.custom_tool_call_input.delta", "output_index": 1, "delta": "*** Beg" }),
    ));
    let story = first_speaks("responses");
    story.script("a/x", [Behaviour::sends(events)]);
    let answer = story.post("/v1/responses", &streamed("chain"));
    assert_eq!(last(&answer)["type"], "error", "{answer:?}");
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn words_with_their_probabilities_are_not_carried_on() {
    let story = first_speaks("responses");
    story.script("a/x", [Behaviour::sends(begins())]);
    let mut body = streamed("chain");
    body["include"] = json!(["message.output_text.logprobs"]);
    let answer = story.post("/v1/responses", &body);
    assert_eq!(last(&answer)["code"], "stream_broken", "{}", answer.raw());
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn what_only_this_language_can_say_leaves_the_others_out() {
    let story = first_speaks("responses");
    story.script("a/x", [Behaviour::status(503)]);
    let mut body = hello("chain");
    body["tools"] = json!([{ "type": "web_search" }]);
    let answer = story.post("/v1/responses", &body);
    assert_eq!(answer.status, 502);
    assert!(story.tried().iter().all(|target| target == "a/x"), "{:?}", story.tried());
    assert!(
        answer.raw().contains("only OpenAI's Responses can say the tool `web_search`"),
        "{}",
        answer.raw()
    );
}

/// As Codex asks: its own tools in a namespace, and a search beside them.
#[test]
fn tools_in_namespaces_are_called_by_who_knows_none_and_are_what_the_caller_has() {
    let tool = |name: &str| json!({ "type": "function", "name": name, "parameters": { "type": "object" } });
    let tools = json!([
        tool("shell"),
        { "type": "namespace", "name": "mcp.files", "description": "Files.", "tools": [tool("read"), tool("write")] },
        { "type": "web_search" },
    ]);
    for mut body in [hello("a/x"), streamed("a/x")] {
        body["tools"] = tools.clone();
        body["steadfast"] = json!({ "trail": true });
        body["tool_choice"] = json!({ "type": "function", "namespace": "mcp.files", "name": "read" });
        body["input"] = json!([
            { "type": "message", "role": "user", "content": "Read it." },
            { "type": "web_search_call", "id": "ws_1", "status": "completed" },
            { "type": "mcp_call", "id": "mcp_1", "server_label": "s", "name": "f", "arguments": "{}", "output": "x" },
            { "type": "function_call", "call_id": "c", "namespace": "mcp.files", "name": "write", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "c", "output": "Done." },
        ]);
        let story = story();
        story.script("a/x", [Behaviour::calls("mcp_files__read", "{}")]);
        let answer = story.post("/v1/responses", &body);

        let sent = story.attempts()[0].json();
        let names: Vec<&Value> =
            sent["tools"].as_array().unwrap().iter().map(|tool| &tool["function"]["name"]).collect();
        assert_eq!(names, ["shell", "mcp_files__read", "mcp_files__write"]);
        assert_eq!(sent["tool_choice"]["function"]["name"], "mcp_files__read");
        assert_eq!(sent["messages"][1]["tool_calls"][0]["function"]["name"], "mcp_files__write");

        let whole = if body["stream"] == true { last(&answer)["response"].clone() } else { answer.json() };
        let call = &whole["output"][0];
        assert_eq!((&call["namespace"], &call["name"]), (&json!("mcp.files"), &json!("read")), "{whole}");
        let trail = if body["stream"] == true { answer.closing() } else { whole["steadfast"].clone() };
        let notes = [
            "tools sent under other names",
            "dropped the tool web_search",
            "dropped web_search_call",
            "dropped mcp_call",
        ];
        for note in notes {
            assert!(trail.to_string().contains(note), "{note}: {trail}");
        }
    }
}

/// As Codex asks GPT for edits: text that follows a grammar, and no JSON.
#[test]
fn a_custom_tool_is_called_by_who_knows_functions_alone_and_is_what_the_caller_has() {
    let tool = json!({
        "type": "custom", "name": "apply_patch", "description": "Edits files.",
        "format": { "type": "grammar", "syntax": "lark", "definition": "start: \"*\"" },
    });
    let patch = "*** Begin Patch\n+\"x\"";
    for (model, arguments) in [
        ("a/x", json!({ "input": patch }).to_string()),
        ("a/x", patch.to_owned()),
        ("b/y", json!({ "input": patch }).to_string()),
    ] {
        for mut body in [hello(model), streamed(model)] {
            body["tools"] = json!([tool]);
            body["tool_choice"] = json!({ "type": "custom", "name": "apply_patch" });
            body["input"] = json!([
                { "type": "message", "role": "user", "content": "Edit it." },
                { "type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "apply_patch", "input": patch },
                { "type": "custom_tool_call_output", "call_id": "c", "output": "Done." },
            ]);
            let story = story_with(json!({ "providers": { "b": { "dialect": "anthropic" } } }));
            story.script(model, [Behaviour::calls("apply_patch", &arguments)]);
            let answer = story.post("/v1/responses", &body);

            if model == "a/x" {
                let sent = story.attempts()[0].json();
                let function = &sent["tools"][0]["function"];
                let told = "Edits files.\n\nThe input has to follow this grammar (lark):\nstart: \"*\"";
                assert_eq!(
                    (&function["name"], &function["description"]),
                    (&json!("apply_patch"), &json!(told))
                );
                assert_eq!(function["parameters"]["required"], json!(["input"]));
                assert_eq!(sent["tool_choice"]["function"]["name"], "apply_patch");
                let call = &sent["messages"][1]["tool_calls"][0]["function"]["arguments"];
                assert_eq!(call, &json!({ "input": patch }).to_string());
                let result = json!({ "role": "tool", "tool_call_id": "c", "content": "Done." });
                assert_eq!(sent["messages"][2], result);
            }

            let whole =
                if body["stream"] == true { last(&answer)["response"].clone() } else { answer.json() };
            let call = &whole["output"][0];
            assert_eq!(call["type"], "custom_tool_call", "{}", answer.raw());
            assert_eq!((&call["name"], &call["input"]), (&json!("apply_patch"), &json!(patch)));
            assert!(call["id"].as_str().is_some_and(|id| id.starts_with("ctc_")));
            if body["stream"] == true {
                let said = |kind: &str, member: &str| {
                    let events = answer.events();
                    events
                        .iter()
                        .filter(|event| event["type"] == kind)
                        .map(|event| event[member].clone())
                        .collect::<Vec<_>>()
                };
                assert_eq!(said("response.custom_tool_call_input.delta", "delta"), [json!(patch)]);
                assert_eq!(said("response.custom_tool_call_input.done", "input"), [json!(patch)]);
                assert_eq!(said("response.output_item.added", "item")[0]["input"], "");
            }
        }
    }
}

/// As Codex asks GPT-6: what it has stands in the conversation, and what it finds there too.
#[test]
fn tools_that_stand_or_are_found_in_the_conversation_are_offered_to_who_knows_them_only_beside_it() {
    let function =
        |name: &str| json!({ "type": "function", "name": name, "parameters": { "type": "object" } });
    let search = json!({
        "type": "tool_search", "execution": "client", "description": "Finds tools.",
        "parameters": { "type": "object", "properties": { "query": { "type": "string" } } },
    });
    let own = json!([{ "type": "namespace", "name": "functions", "description": "", "tools": [
        { "type": "custom", "name": "exec", "description": "Runs a program." }, function("wait"),
    ] }]);
    let found =
        json!([{ "type": "namespace", "name": "mail", "description": "", "tools": [function("send")] }]);
    let input = json!([
        { "type": "additional_tools", "id": "at_1", "role": "developer", "tools": own },
        { "type": "message", "role": "user", "content": "Write to him." },
        { "type": "tool_search_call", "id": "tsc_1", "call_id": "c1", "execution": "client", "arguments": { "query": "mail" } },
        { "type": "tool_search_output", "call_id": "c1", "execution": "client", "status": "completed", "tools": found },
        { "type": "tool_search_output", "call_id": null, "execution": "server", "tools": found },
    ]);
    for (called, arguments, meant) in [
        (
            "functions__exec",
            json!({ "input": "1 + 1" }),
            json!({ "type": "custom_tool_call", "name": "exec", "namespace": "functions", "input": "1 + 1" }),
        ),
        (
            "mail__send",
            json!({ "to": "him" }),
            json!({ "type": "function_call", "name": "send", "namespace": "mail", "arguments": "{\"to\":\"him\"}" }),
        ),
        (
            "tool_search",
            json!({ "query": "letters" }),
            json!({ "type": "tool_search_call", "execution": "client", "arguments": { "query": "letters" } }),
        ),
    ] {
        for mut body in [hello("a/x"), streamed("a/x")] {
            body["tools"] = json!([search]);
            body["input"] = input.clone();
            let story = story();
            story.script("a/x", [Behaviour::calls(called, &arguments.to_string())]);
            let answer = story.post("/v1/responses", &body);

            let sent = story.attempts()[0].json();
            let names: Vec<&Value> =
                sent["tools"].as_array().unwrap().iter().map(|tool| &tool["function"]["name"]).collect();
            assert_eq!(names, ["tool_search", "functions__exec", "functions__wait", "mail__send"]);
            assert_eq!(sent["tools"][0]["function"]["parameters"], search["parameters"]);
            let call = &sent["messages"][1]["tool_calls"][0]["function"];
            assert_eq!(call, &json!({ "name": "tool_search", "arguments": "{\"query\":\"mail\"}" }));
            let result = json!({ "role": "tool", "tool_call_id": "c1", "content": "[\"mail__send\"]" });
            assert_eq!((&sent["messages"][2], sent["messages"].as_array().unwrap().len()), (&result, 3));

            let whole =
                if body["stream"] == true { last(&answer)["response"].clone() } else { answer.json() };
            let said = &whole["output"][0];
            for (member, value) in meant.as_object().unwrap() {
                assert_eq!(&said[member], value, "{whole}");
            }
        }
    }
}

#[test]
fn a_memory_that_is_not_kept_is_refused_before_anybody_is_asked() {
    let story = first_speaks("responses");
    let mut body = hello("chain");
    body["previous_response_id"] = json!("resp_1");
    let answer = story.post("/v1/responses", &body);
    assert_eq!(
        (answer.status, &answer.error()["param"], story.attempts().len()),
        (400, &json!("previous_response_id"), 0)
    );
}

#[test]
fn an_answer_that_stays_broken_ends_with_an_error_event() {
    let story = story_with(json!({ "stream": { "on_break": "error" }, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    let answer = story.post("/v1/responses", &streamed("chain"));
    assert_eq!((&last(&answer)["type"], &last(&answer)["code"]), (&json!("error"), &json!("stream_broken")));
}

#[test]
fn a_targets_parameters_are_laid_over_the_callers_own_words_under_their_names_there() {
    let params =
        json!({ "max_tokens": 70, "reasoning_effort": "low", "seed": 1, "temperature": 0.5, "n": 1 });
    let story = story_with(json!({
        "providers": { "a": { "dialect": "responses" } },
        "routes": { "chain": { "fallback": [{ "model": "a/x", "params": params }] } },
    }));
    let mut body = hello("chain");
    body["reasoning"] = json!({ "effort": "high", "summary": "auto" });
    story.post("/v1/responses", &body);
    let mut meant = body;
    meant["model"] = json!("x");
    meant["max_output_tokens"] = json!(70);
    meant["reasoning"] = json!({ "effort": "low", "summary": "auto" });
    meant["temperature"] = json!(0.5);
    assert_eq!(story.attempts()[0].json(), meant);
}

#[test]
fn what_one_vendor_hid_goes_back_to_it_alone() {
    let story = story_with(json!({
        "providers": { "a": { "dialect": "responses" }, "b": { "dialect": "responses" } }, "retry": { "retries": 0 },
    }));
    let answer = |name: &str| {
        let answer = json!({
            "id": "resp_9", "object": "response", "created_at": 5, "model": name, "status": "completed", "error": null,
            "output": [
                { "id": "rs_9", "type": "reasoning", "summary": [], "encrypted_content": "E" },
                { "id": "msg_9", "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Hi." }] },
            ],
        });
        Behaviour::sends([answer.to_string()])
    };
    story.script("a/x", [answer("x"), Behaviour::status(503), answer("x"), Behaviour::status(503)]);
    story.script("b/y", [answer("y")]);
    for (path, prompt, place) in
        [("/v1/responses", "input", "output"), ("/v1/chat/completions", "messages", "")]
    {
        let question = json!({ "role": "user", "content": "Hello?" });
        let first = story.post(path, &json!({ "model": "chain", prompt: [question] })).json();
        let said =
            if place.is_empty() { json!([first["choices"][0]["message"]]) } else { first[place].clone() };
        let mut turns = vec![question.clone()];
        turns.extend(said.as_array().expect("a list").clone());
        turns.push(question);
        let before = story.attempts().len();
        story.post(path, &json!({ "model": "chain", prompt: turns }));
        for attempt in &story.attempts()[before..] {
            let sent = attempt.json().to_string();
            assert_eq!(
                sent.contains("\"encrypted_content\":\"E\""),
                attempt.target() == "a/x",
                "{path}: {sent}"
            );
            assert!(!sent.contains("by:"), "{path}: {sent}");
        }
    }
    assert!(story.tried().contains(&"b/y".to_owned()), "{:?}", story.tried());
}

/// "Encrypted content organization_id did not match the target organization.": the keys of a pool may be of several.
#[test]
fn thoughts_that_were_hidden_for_another_key_do_not_end_the_conversation() {
    let config = json!({ "providers": { "a": { "dialect": "responses" } }, "retry": { "retries": 0 } });
    let refusal = json!({ "error": { "message": "The encrypted content for item rs_1 could not be verified.",
        "type": "invalid_request_error", "param": null, "code": "invalid_encrypted_content" } });
    let message = json!({ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Hello." }] });
    let answer = json!({ "id": "r", "object": "response", "status": "completed", "output": [message] });
    let refuses = || Behaviour::status(400).body(refusal.to_string());
    let user = json!({ "role": "user", "content": "?" });
    let thought = json!({ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "by:a:E" });
    let detail = json!({ "type": "reasoning.encrypted", "data": "by:a:E", "id": "rs_1", "format": "openai-responses-v1" });
    let said = json!({ "role": "assistant", "content": "A", "reasoning_details": [detail] });
    for (path, body) in [
        ("/v1/responses", json!({ "model": "a/x", "input": [user, thought, user] })),
        ("/v1/chat/completions", json!({ "model": "a/x", "messages": [user, said, user] })),
    ] {
        let story = story_with(config.clone());
        let answers = Behaviour::sends([answer.to_string()]);
        story.script("a/x", [refuses(), answers]);
        assert_eq!(story.post(path, &body).status, 200, "{path}");
        let sent: Vec<String> = story.attempts().iter().map(|attempt| attempt.json().to_string()).collect();
        let has_thought = |sent: &String| sent.contains("\"encrypted_content\":\"E\"");
        assert_eq!(sent.iter().map(has_thought).collect::<Vec<_>>(), [true, false], "{path} {sent:?}");
        let story = story_with(config.clone());
        story.script("a/x", [refuses(), refuses()]);
        let answer = story.post(path, &body);
        assert_eq!((answer.status, story.attempts().len()), (400, 2), "once, and no more: {path}");
    }
}

/// In the words of a chat it would be passed on to servers that no table knows, and only OpenAI takes it.
#[test]
fn a_choice_among_some_tools_is_made_of_them_alone_whoever_is_asked() {
    let function =
        |name: &str| json!({ "type": "function", "name": name, "parameters": { "type": "object" } });
    let mut body = hello("a/x");
    body["tools"] = json!([function("f"), function("g")]);
    body["tool_choice"] = json!({ "type": "allowed_tools", "mode": "required", "tools": [{ "type": "function", "name": "g" }] });
    let story = story();
    story.post("/v1/responses", &body);
    let sent = story.attempts()[0].json();
    assert_eq!(sent["tool_choice"], "required");
    let names: Vec<&Value> =
        sent["tools"].as_array().unwrap().iter().map(|tool| &tool["function"]["name"]).collect();
    assert_eq!(names, ["g"]);
}
