use serde_json::{Value, json};

use crate::chat::request::Ask;
use crate::chat::usage::Usage;
use crate::class::Class;
use crate::config::{Kind, Plan};
use crate::dialect::gemini::tests::{ask, target};
use crate::dialect::{self, CarriesOn, Identity};
use crate::host::Headers;
use crate::secret::Secrets;
use crate::stream::seam::Manner;

struct Sent {
    url: String,
    headers: Headers,
    body: Value,
    notes: Vec<String>,
}

fn sent(model: &str, params: Value, members: &Value, key: &str, carries_on: Option<&CarriesOn>) -> Sent {
    let mut notes = Vec::new();
    let ask = ask(members, &json!({}));
    let secrets: Secrets = [("G_KEY", key)].into_iter().collect();
    let request =
        dialect::request(&ask, &target(model, params), secrets.find("G_KEY"), carries_on, &mut notes)
            .unwrap();
    Sent {
        url: request.url,
        headers: request.headers,
        body: serde_json::from_slice(&request.body.concat()).unwrap(),
        notes,
    }
}

/// What a model of the third generation is sent, and what was noted.
fn body(members: Value) -> (Value, Vec<String>) {
    let sent = sent("gemini-3.5-flash", json!({}), &members, "key", None);
    (sent.body, sent.notes)
}

/// How a model is told to make its answer.
fn config(model: &str, members: Value) -> (Value, Vec<String>) {
    let mut sent = sent(model, json!({}), &members, "key", None);
    (sent.body["generationConfig"].take(), sent.notes)
}

#[test]
fn the_model_and_the_wish_for_a_stream_stand_in_the_path_and_the_key_in_a_header() {
    let plain = sent("gemini-3.5-flash", json!({}), &json!({}), "AIzaKey", None);
    assert_eq!(plain.url, "https://g.test/v1beta/models/gemini-3.5-flash:generateContent");
    assert_eq!(plain.headers.find("x-goog-api-key"), Some("AIzaKey"));
    let streamed = sent("tunedModels/my-own", json!({}), &json!({ "stream": true }), "ya29.token", None);
    assert_eq!(streamed.url, "https://g.test/v1beta/tunedModels/my-own:streamGenerateContent?alt=sse");
    assert_eq!(streamed.headers.find("authorization"), Some("Bearer ya29.token"));
}

#[test]
fn a_name_that_a_caller_chose_leads_nowhere_else() {
    let odd = sent("x:countTokens?a=#b", json!({}), &json!({}), "key", None);
    assert_eq!(odd.url, "https://g.test/v1beta/models/x%3AcountTokens%3Fa%3D%23b:generateContent");
    for model in ["../../v1/files", "models/../files", "models/./x", "models//x"] {
        let refused = dialect::request(
            &ask(&json!({}), &json!({})),
            &target(model, json!({})),
            None,
            None,
            &mut Vec::new(),
        );
        assert_eq!(refused.err().map(|failure| failure.class), Some(Class::NotFound), "{model}");
    }
}

#[test]
fn googles_own_words_for_thinking_count_and_are_said_once() {
    let members = json!({ "reasoning_effort": "high", "extra_body": { "google": { "thinking_config": { "thinking_level": "low" } } } });
    let ask = ask(&members, &json!({}));
    let request =
        dialect::request(&ask, &target("gemini-3.5-flash", json!({})), None, None, &mut Vec::new()).unwrap();
    let body = String::from_utf8(request.body.concat()).unwrap();
    assert_eq!(body.matches("thinkingConfig").count(), 1, "{body}");
    assert!(body.contains(r#""thinkingConfig":{"thinking_level":"low"}"#), "{body}");
}

#[test]
fn a_conversation_is_contents_and_what_the_system_says_stands_apart() {
    let (body, notes) = body(json!({ "messages": [
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": "One?" },
        { "role": "user", "content": [{ "type": "text", "text": "Two?" }, { "type": "text", "text": "" }] },
        { "role": "developer", "content": [{ "type": "text", "text": "Be kind." }] },
        { "role": "assistant", "content": "Three.", "reasoning_content": "hm", "reasoning_details": [{ "signature": "x" }] },
        { "role": "user", "content": "Four?" },
    ] }));
    assert_eq!(
        body,
        json!({
            "contents": [
                { "role": "user", "parts": [{ "text": "One?" }, { "text": "Two?" }] },
                { "role": "model", "parts": [{ "text": "Three." }] },
                { "role": "user", "parts": [{ "text": "Four?" }] },
            ],
            "systemInstruction": { "parts": [{ "text": "Be brief." }, { "text": "Be kind." }] },
            "generationConfig": {},
        })
    );
    assert_eq!(notes, [""; 0]);
}

#[test]
fn calls_and_results_find_each_other_by_name_and_order() {
    let call = |id: &str, name: &str, arguments: &str, extra: Value| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments }, "extra_content": extra });
    let (body, notes) = body(json!({ "messages": [
        { "role": "user", "content": "Go." },
        { "role": "assistant", "content": null, "tool_calls": [
            call("1", "weather", "{\"city\":\"Łódź\"}", json!({ "google": { "thought_signature": "c2ln" } })),
            call("2", "time", "", Value::Null),
            call("3", "list", "[1]", json!({ "other": { "thought_signature": "foreign" } })),
        ] },
        { "role": "tool", "tool_call_id": "2", "content": "noon" },
        { "role": "tool", "tool_call_id": "3", "content": [{ "type": "text", "text": "[1, 2]" }] },
        { "role": "tool", "tool_call_id": "1", "content": "{\"degrees\": 21.50}" },
        { "role": "user", "content": "And?" },
    ] }));
    assert_eq!(
        body["contents"],
        json!([
            { "role": "user", "parts": [{ "text": "Go." }] },
            { "role": "model", "parts": [
                { "functionCall": { "name": "weather", "args": { "city": "Łódź" } }, "thoughtSignature": "c2ln" },
                { "functionCall": { "name": "time", "args": {} } },
                { "functionCall": { "name": "list", "args": { "arguments": "[1]" } } },
            ] },
            { "role": "user", "parts": [
                { "functionResponse": { "name": "weather", "response": { "degrees": 21.50 } } },
                { "functionResponse": { "name": "time", "response": { "result": "noon" } } },
                { "functionResponse": { "name": "list", "response": { "result": [1, 2] } } },
            ] },
            { "role": "user", "parts": [{ "text": "And?" }] },
        ])
    );
    assert_eq!(notes, ["arguments that are no JSON object were wrapped"]);
}

#[test]
fn a_call_that_another_vendor_made_goes_with_the_word_for_a_lost_signature_where_one_is_needed() {
    let messages = json!({ "messages": [
        { "role": "user", "content": "Go." },
        { "role": "assistant", "tool_calls": [
            { "id": "toolu_1", "type": "function", "function": { "name": "a", "arguments": "{}" } },
            { "id": "toolu_2", "type": "function", "function": { "name": "b", "arguments": "{}" } },
        ] },
        { "role": "tool", "tool_call_id": "toolu_1", "content": "" },
        { "role": "tool", "tool_call_id": "toolu_2", "content": "" },
    ] });
    let parts = |model: &str| {
        let mut sent = sent(model, json!({}), &messages, "key", None);
        (sent.body["contents"][1]["parts"].take(), sent.notes)
    };
    let (signed, notes) = parts("gemini-3.5-flash");
    for part in signed.as_array().unwrap() {
        assert_eq!(part["thoughtSignature"], "skip_thought_signature_validator");
    }
    // The trail says each note once.
    assert_eq!(notes, ["a function call was sent unsigned"; 2]);
    let (unsigned, notes) = parts("gemini-2.5-flash");
    assert!(unsigned.as_array().unwrap().iter().all(|part| part["thoughtSignature"].is_null()));
    assert!(notes.is_empty());
}

#[test]
fn images_and_files_go_along_or_are_fetched_by_google() {
    let (body, _) = body(json!({ "messages": [{ "role": "user", "content": [
        { "type": "text", "text": "What is this?" },
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBO/w==" } },
        { "type": "image_url", "image_url": { "url": "https://a.test/b.webp?size=1" } },
        { "type": "file", "file": { "filename": "x.pdf", "file_data": "data:application/pdf;base64,JVBE" } },
        { "type": "input_audio", "input_audio": { "data": "UklG", "format": "mp3" } },
    ] }] }));
    assert_eq!(
        body["contents"][0]["parts"],
        json!([
            { "text": "What is this?" },
            { "inlineData": { "mimeType": "image/png", "data": "iVBO/w==" } },
            { "fileData": { "fileUri": "https://a.test/b.webp?size=1", "mimeType": "image/webp" } },
            { "inlineData": { "mimeType": "application/pdf", "data": "JVBE" } },
            { "inlineData": { "mimeType": "audio/mp3", "data": "UklG" } },
        ])
    );
}

/// What is asked about was left out, and the rest answered: "I see no file". (A NUL in a data URL once came out of its
/// escape, and what Gemini was sent was no JSON: found by `make fuzz`.)
#[test]
fn what_cannot_be_shown_is_refused_and_not_left_out() {
    let image = |data: &str| json!({ "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{data}") } });
    for part in [
        json!({ "type": "file", "file": { "file_id": "file-abc" } }),
        json!({ "type": "hologram" }),
        image("\0"),
        image("a\"b"),
        image("\n"),
    ] {
        let content = json!([{ "type": "text", "text": "What is this?" }, part]);
        let ask = ask(&json!({ "messages": [{ "role": "user", "content": content }] }), &json!({}));
        let target = target("gemini-3.5-flash", json!({}));
        let refused = dialect::request(&ask, &target, None, None, &mut Vec::new()).map(|_| ()).unwrap_err();
        assert_eq!(
            (refused.class, refused.param.as_deref()),
            (Class::InvalidRequest, Some("messages[0]")),
            "{part}"
        );
    }
}

#[test]
fn an_image_in_a_result_stands_beside_it() {
    let (body, _) = body(json!({ "messages": [
        { "role": "user", "content": "Go." },
        { "role": "assistant", "tool_calls": [{ "id": "1", "type": "function", "function": { "name": "look", "arguments": "{}" } }] },
        { "role": "tool", "tool_call_id": "1", "content": [
            { "type": "image_url", "image_url": { "url": "data:image\\/png;base64,iV\\/O".replace("\\/", "/") } },
            { "type": "text", "text": "seen" },
        ] },
    ] }));
    assert_eq!(
        body["contents"][2]["parts"],
        json!([
            { "functionResponse": { "name": "look", "response": { "result": "seen" } } },
            { "inlineData": { "mimeType": "image/png", "data": "iV/O" } },
        ])
    );
}

/// "The referenced name `#/$defs/X` in function_response.response does not match to a display_name".
#[test]
fn what_a_function_gave_is_a_text_where_it_would_be_taken_for_a_reference() {
    for (gave, response) in [
        (r#"{"a":1}"#, json!({ "a": 1 })),
        ("[1]", json!({ "result": [1] })),
        (r##"{"$ref":"#/x"}"##, json!({ "result": r##"{"$ref":"#/x"}"## })),
    ] {
        let call =
            json!({ "id": "c", "type": "function", "function": { "name": "look", "arguments": "{}" } });
        let (body, _) = body(json!({ "messages": [
            { "role": "user", "content": "?" },
            { "role": "assistant", "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "c", "content": gave },
        ] }));
        assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["response"], response);
    }
}

#[test]
fn a_generation_that_gives_one_answer_is_asked_for_one() {
    let (config, notes) = config("gemini-3.8-flash", json!({ "n": 2, "logprobs": true, "top_logprobs": 3 }));
    assert_eq!((config.get("candidateCount"), config.get("responseLogprobs")), (None, None));
    assert_eq!(notes, ["n sent as 1", "dropped logprobs"]);
}

#[test]
fn every_limit_has_its_place() {
    let (config, notes) = config(
        "gemini-2.0-flash",
        json!({ "max_tokens": 5, "max_completion_tokens": 7, "temperature": 0.70, "top_p": 0.9, "top_k": 40, "seed": -3,
            "stop": "END", "n": 2, "presence_penalty": 0.1, "frequency_penalty": 0.2, "logprobs": true, "top_logprobs": 3 }),
    );
    assert_eq!(
        config,
        json!({ "maxOutputTokens": 7, "temperature": 0.7, "topP": 0.9, "topK": 40, "presencePenalty": 0.1,
            "frequencyPenalty": 0.2, "seed": -3, "candidateCount": 2, "stopSequences": ["END"],
            "responseLogprobs": true, "logprobs": 3 })
    );
    assert!(notes.is_empty());
}

#[test]
fn what_a_model_does_not_take_is_left_out_and_noted() {
    let (config, notes) = config(
        "gemini-3.8-flash",
        json!({ "temperature": 0.7, "presence_penalty": 0.1, "seed": 5_000_000_000_u64, "user": "u", "store": false,
            "stop": ["1", "2", "3", "4", "5", "6"], "steadfast": { "trail": true }, "stream_options": null }),
    );
    assert_eq!(config, json!({ "stopSequences": ["1", "2", "3", "4", "5"] }));
    assert_eq!(
        notes,
        [
            "dropped temperature, which this model does not take",
            "dropped presence_penalty, which this model does not take",
            "dropped seed, which is no number of 32 bits",
            "stop cut to its first 5",
            "dropped user",
        ]
    );
    for (parallel, noted) in [(json!(false), true), (json!(true), false), (json!(null), false)] {
        let (_, notes) = body(json!({ "parallel_tool_calls": parallel }));
        assert_eq!(notes.iter().any(|note| note == "dropped parallel_tool_calls"), noted, "{parallel}");
    }
    // In one note the last of them were cut off.
    let wishes = [
        "service_tier",
        "web_search_options",
        "prediction",
        "verbosity",
        "metadata",
        "logit_bias",
        "safety_identifier",
        "prompt_cache_key",
    ];
    let members: serde_json::Map<_, _> = wishes.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
    let (_, notes) = body(Value::Object(members));
    assert!(wishes.iter().all(|name| notes.contains(&format!("dropped {name}"))), "{notes:?}");
    let (_, notes) = body(json!({ "web_search_options": {}, "metadata": {} }));
    assert_eq!(notes, ["dropped web_search_options"], "an empty one asks for a search");
}

#[test]
fn reasoning_is_asked_for_as_each_generation_takes_it() {
    for (model, effort, meant, noted) in [
        ("gemini-2.5-flash", "none", json!({ "thinkingBudget": 0 }), 0),
        ("gemini-2.5-pro", "none", json!({ "thinkingBudget": 128 }), 1),
        ("gemini-2.5-flash", "low", json!({ "thinkingBudget": 1024, "includeThoughts": true }), 0),
        ("gemini-2.5-flash", "high", json!({ "thinkingBudget": 24576, "includeThoughts": true }), 0),
        ("gemini-3.5-flash", "minimal", json!({ "thinkingLevel": "minimal" }), 0),
        ("gemini-3.5-flash", "medium", json!({ "thinkingLevel": "medium", "includeThoughts": true }), 0),
        ("gemini-3.8-flash", "none", json!({ "thinkingLevel": "low" }), 1),
        ("gemini-3.8-flash", "xhigh", json!({ "thinkingLevel": "high", "includeThoughts": true }), 1),
        ("gemini-2.0-flash", "high", Value::Null, 1),
    ] {
        let (config, notes) = config(model, json!({ "reasoning_effort": effort }));
        assert_eq!((&config["thinkingConfig"], notes.len()), (&meant, noted), "{model} {effort} {notes:?}");
    }
}

#[test]
fn an_answer_is_held_to_json() {
    let schema = json!({ "type": "object", "properties": { "kind": { "const": "a" } } });
    let format =
        json!({ "type": "json_schema", "json_schema": { "name": "x", "strict": true, "schema": schema } });
    let (config_of, _) = config("gemini-3.5-flash", json!({ "response_format": format }));
    assert_eq!(
        config_of,
        json!({ "responseMimeType": "application/json",
            "responseJsonSchema": { "type": "object", "properties": { "kind": { "enum": ["a"] } } } })
    );
    let (config_of, _) = config("gemini-3.5-flash", json!({ "response_format": { "type": "json_object" } }));
    assert_eq!(config_of, json!({ "responseMimeType": "application/json" }));
    let (config_of, _) = config("gemini-3.5-flash", json!({ "response_format": { "type": "text" } }));
    assert_eq!(config_of, json!({}));
    let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
    let (config_of, notes) = config("gemini-2.5-flash", json!({ "response_format": format, "tools": tools }));
    assert_eq!((config_of, notes.len()), (json!({}), 1));
    // A member of that name is no text.
    let schema = json!({ "type": "object", "properties": { "text": { "type": "string" } } });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
    let (config_of, notes) = config("gemini-2.5-flash", json!({ "response_format": format, "tools": tools }));
    assert_eq!((config_of, notes.len()), (json!({}), 1));
}

/// To llama.cpp -1 is no limit.
#[test]
fn a_limit_below_nothing_is_none() {
    assert_eq!(config("gemini-2.5-flash", json!({ "max_tokens": -1 })).0, json!({}));
}

/// "it has a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 65537 (exclusive)"
#[test]
fn a_limit_beyond_the_longest_answer_is_lowered() {
    let plan = Plan::from_json(r#"{"providers":{"gemini":{"keys":[]}}}"#).unwrap();
    let node = plan.resolve("gemini/gemini-3.8-flash", &|_| true).unwrap();
    let Kind::Target(target) = &node.kind else { panic!("no target") };
    let mut notes = Vec::new();
    let ask = ask(&json!({ "max_tokens": 100_000 }), &json!({}));
    let request = dialect::request(&ask, target, None, None, &mut notes).map_err(|_| ()).unwrap();
    let sent: Value = serde_json::from_slice(&request.body.concat()).unwrap();
    assert_eq!(sent["generationConfig"]["maxOutputTokens"], 65_536);
    assert_eq!(notes, ["max_tokens lowered to 65536"]);
}

/// "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
#[test]
fn a_conversation_that_was_cut_short_does_not_open_with_a_call() {
    let call = json!({ "role": "assistant", "content": null,
        "tool_calls": [{ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" } }] });
    let result = json!({ "role": "tool", "tool_call_id": "c", "content": "seen" });
    let system = json!({ "role": "system", "content": "Be brief." });
    let (sent, notes) = body(json!({ "messages": [system, call, result] }));
    let roles: Vec<_> = sent["contents"].as_array().unwrap().iter().map(|content| &content["role"]).collect();
    assert_eq!(roles, ["user", "model", "user"]);
    assert!(sent["contents"][1]["parts"][0]["functionCall"].is_object());
    assert!(notes.contains(&"added a user message".to_owned()), "{notes:?}");
    // A greeting may stand first.
    let greeting = json!({ "role": "assistant", "content": "Hello." });
    let (sent, _) = body(json!({ "messages": [greeting, { "role": "user", "content": "Hi." }] }));
    assert_eq!(sent["contents"][0]["role"], "model");
}

#[test]
fn functions_are_declared_and_chosen() {
    let tools = json!([
        { "type": "function", "function": { "name": "f", "description": "d",
            "parameters": { "type": "object", "properties": { "x": { "type": "integer" } }, "additionalProperties": false } } },
        { "type": "function", "function": { "name": "g", "parameters": {} } },
        { "type": "function", "function": { "name": "h", "parameters": null } },
        { "type": "web_search" },
    ]);
    let (sent, notes) = body(json!({ "tools": tools }));
    assert_eq!(
        sent["tools"],
        json!([{ "functionDeclarations": [
            { "name": "f", "description": "d",
                "parametersJsonSchema": { "type": "object", "properties": { "x": { "type": "integer" } }, "additionalProperties": false } },
            { "name": "g" },
            { "name": "h" },
        ] }])
    );
    assert_eq!(
        (&sent["toolConfig"], notes),
        (&Value::Null, vec!["dropped a tool of type \"web_search\"".to_owned()])
    );
    for (choice, meant) in [
        (json!("auto"), json!({ "mode": "AUTO" })),
        (json!("none"), json!({ "mode": "NONE" })),
        (json!("required"), json!({ "mode": "ANY" })),
        (
            json!({ "type": "function", "function": { "name": "f" } }),
            json!({ "mode": "ANY", "allowedFunctionNames": ["f"] }),
        ),
        (
            json!({ "type": "allowed_tools", "allowed_tools": { "mode": "auto", "tools": [{ "type": "function", "function": { "name": "g" } }] } }),
            json!({ "mode": "VALIDATED", "allowedFunctionNames": ["g"] }),
        ),
    ] {
        let (sent, _) = body(json!({ "tools": tools, "tool_choice": choice }));
        assert_eq!(sent["toolConfig"]["functionCallingConfig"], meant, "{choice}");
    }
    let strict = json!([{ "type": "function", "function": { "name": "f", "strict": true } }]);
    for (choice, mode) in [
        (json!(null), "VALIDATED"),
        (json!("auto"), "VALIDATED"),
        (json!("none"), "NONE"),
        (json!("required"), "ANY"),
    ] {
        let (sent, _) = body(json!({ "tools": strict, "tool_choice": choice }));
        assert_eq!(sent["toolConfig"]["functionCallingConfig"], json!({ "mode": mode }), "{choice}");
        assert_eq!(sent["tools"], json!([{ "functionDeclarations": [{ "name": "f" }] }]));
    }
    let (sent, _) = body(json!({ "tool_choice": "auto" }));
    assert_eq!(sent["toolConfig"], Value::Null, "there is nothing to choose from");
    let (sent, notes) = body(json!({ "functions": [{ "name": "f" }], "function_call": { "name": "f" } }));
    let meant = json!({ "mode": "ANY", "allowedFunctionNames": ["f"] });
    assert_eq!((&sent["toolConfig"]["functionCallingConfig"], notes.len()), (&meant, 0));
}

#[test]
fn the_configuration_is_laid_over_the_callers_wishes() {
    let params = json!({ "max_tokens": 9, "extra_body": { "google": { "thinking_config": { "thinking_budget": 5 },
        "safety_settings": [{ "category": "x" }], "cached_content": "cachedContents/1" } } });
    let sent = sent("gemini-3.5-flash", params, &json!({ "max_tokens": 100 }), "key", None);
    assert_eq!(
        sent.body["generationConfig"],
        json!({ "maxOutputTokens": 9, "thinkingConfig": { "thinking_budget": 5 } })
    );
    assert_eq!(sent.body["safetySettings"], json!([{ "category": "x" }]));
    assert_eq!(sent.body["cachedContent"], "cachedContents/1");
    assert!(sent.notes.is_empty(), "{:?}", sent.notes);
}

#[test]
fn what_was_delivered_is_carried_on_as_the_models_own_turn() {
    for (manner, turns) in [(Manner::Prefill, 2), (Manner::Words, 3)] {
        let carries_on = CarriesOn {
            identity: Identity::default(),
            text: "Half a \"se".into(),
            usage: Usage { completion_tokens: 30, ..Usage::default() },
            manner,
        };
        let sent =
            sent("gemini-3.5-flash", json!({}), &json!({ "max_tokens": 100 }), "key", Some(&carries_on));
        let contents = sent.body["contents"].as_array().unwrap();
        assert_eq!(contents.len(), turns);
        assert_eq!(contents[1], json!({ "role": "model", "parts": [{ "text": "Half a \"se" }] }));
        assert_eq!(sent.body["generationConfig"]["maxOutputTokens"], 70);
    }
}

#[test]
fn a_callers_own_prefill_is_put_in_words_where_the_model_refuses_it() {
    let messages = json!({ "messages": [{ "role": "user", "content": "Go." }, { "role": "assistant", "content": "Well," }] });
    let turns = |model: &str| {
        sent(model, json!({}), &messages, "key", None).body["contents"].as_array().unwrap().len()
    };
    assert_eq!((turns("gemini-3.5-flash"), turns("gemini-3.8-flash")), (2, 3));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let target = target("gemini-2.5-flash", json!({}));
    let call = r#"{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}"#;
    let calls = vec![call; 1_001].join(",");
    let calls = format!(r#"{{"role":"assistant","content":null,"tool_calls":[{calls}]}}"#);
    let results = vec![r#"{"role":"tool","tool_call_id":"c","content":"y"}"#; 1_001].join(",");
    for (messages, place) in [
        (r#"{"role":"user","content":"hello","content":"x"}"#, "messages[0]"),
        (r#"{"role":"user","content":"first"},{"role":"user","role":"system","content":"x"}"#, "messages[1]"),
        (r#"{"role":"user","content":7}"#, "messages[0]"),
        (r#"{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}"#, "messages[0]"),
        (r#"{"role":"user","content":["a"]}"#, "messages[0]"),
        (&calls, "messages[0]"),
        (&results, "messages[1000]"),
    ] {
        let ask = Ask::read(format!(r#"{{"model":"m","messages":[{messages}]}}"#).into()).unwrap();
        let refused = dialect::request(&ask, &target, None, None, &mut Vec::new()).map(|_| ()).unwrap_err();
        assert_eq!((refused.class, refused.param.as_deref()), (Class::InvalidRequest, Some(place)));
        assert!(refused.message.starts_with(place), "{}", refused.message);
    }
}

#[test]
fn instructions_alone_are_the_users() {
    let (sent, notes) = body(json!({ "messages": [{ "role": "system", "content": "Greet." }] }));
    assert_eq!(sent["contents"], json!([{ "role": "user", "parts": [{ "text": "Greet." }] }]));
    assert_eq!((&sent["systemInstruction"], notes.len()), (&Value::Null, 1));
}
