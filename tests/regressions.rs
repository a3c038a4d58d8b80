//! What went wrong once, each with its story.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::{Behaviour, ErrorObject, Part, SimHost};
use steadfast::{Door, Gateway, Plan, Secrets};
use support::*;

/// `Retry-After: 0` made the key that had just been limited look like another one, and a request asked it
/// without pause until its deadline: six thousand times.
#[test]
fn a_wait_of_nothing_is_no_leave_to_hammer() {
    for (status, name, value) in
        [(429, "retry-after", "0"), (402, "retry-after", "0"), (429, "retry-after-ms", "50")]
    {
        let story = story_with(json!({ "providers": { "a": { "keys": ["A_KEY", "A_KEY_2"] } } }));
        story.script("a/x", [Behaviour::status(status).header(name, value).after(100)]);
        let answer = story.ask("chain");
        answer.is_answered_by("b/y");
        let tries = story.host.attempts_on("a/x").len();
        assert!(tries <= 3, "{tries} attempts after {status} {name}: {value}");
    }
}

/// An empty answer that was held back and then failed took a path on which nothing was redacted.
#[test]
fn a_key_in_a_late_error_of_an_empty_answer_is_struck_out() {
    let story = story();
    let event = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let error = json!({ "error": { "code": 500, "message": "boom with sk-first-key-of-a" } });
    story.script("a/x", [Behaviour::sends([format!("data: {event}\n\n"), format!("data: {error}\n\n")])]);
    let answer = story.stream("a/x");
    assert!(!answer.raw().contains("sk-first"), "{}", answer.raw());
}

/// Texts were shortened before keys were struck out, so that the first half of a key came through.
#[test]
fn a_key_is_struck_out_also_where_the_text_is_cut() {
    let story = story();
    let message = format!("{} sk-first-key-of-a", "x".repeat(1_988));
    story.script("a/x", [Behaviour::status(400).saying(&message)]);
    let answer = story.ask("a/x");
    assert!(!answer.raw().contains("sk-first"), "{}", answer.raw());
}

/// A provider that quotes the caller's own words made a caller able to rest every key for everybody.
#[test]
fn what_a_provider_quotes_decides_nothing() {
    let story = story();
    for target in ["a/x", "b/y", "c/z"] {
        let message = "Invalid value: 'insufficient balance'. Supported values are: 'none' and 'auto'.";
        story.script(target, [Behaviour::status(400).saying(message)]);
    }
    let answer = story.ask("chain");
    assert_eq!(answer.status, 400);
    assert_eq!(story.tried(), ["a/x"]);
}

/// A lone model that spent its tokens on thoughts ended in an error, although nobody else could be asked.
#[test]
fn thoughts_and_nothing_else_go_out_as_they_came_when_that_is_all_there_is() {
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    story.script("a/x", [Behaviour::only_thinks("hm well so").finishing_with("length")]);
    let answer = story.stream("a/x");
    assert_eq!(answer.thoughts(), "hm well so");
    assert_eq!(answer.finishes(), ["length"]);
    assert_eq!(answer.error(), Value::Null);
    assert!(answer.is_done());
}

/// Thoughts that ended with `[DONE]` and no finish reason counted as a success.
#[test]
fn thoughts_without_a_finish_reason_are_no_answer_either() {
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    story.script("a/x", [Behaviour::only_thinks("hm well so").without_finish_reason()]);
    let answer = story.stream("chain");
    assert_eq!(answer.text(), "Hello from b/y.");
    assert!(answer.is_done());
}

/// `params` for something that the caller sends too put two values on the wire, one after the other.
#[test]
fn params_replace_what_the_caller_sends() {
    let story = story_with(json!({ "routes": { "set": { "fallback": [
        { "model": "a/x", "params": { "stream_options": { "include_obfuscation": false }, "temperature": 0 } }
    ] } } }));
    let mut body = hello_streamed("set");
    body["stream_options"] = json!({ "include_usage": false });
    body["temperature"] = json!(1);
    story.chat(&body);
    let sent = story.attempts()[0].json();
    assert_eq!(sent["stream_options"], json!({ "include_obfuscation": false, "include_usage": true }));
    assert_eq!(sent["temperature"], 0);
}

/// A bare error object with a line end behind it was taken for nothing at all.
#[test]
fn a_bare_error_is_seen_with_and_without_a_line_end() {
    for end in ["", "\n", "\r\n\r\n"] {
        let story = story();
        let error = json!({ "error": { "code": 400, "message": "no such thing" } });
        story.script("a/x", [Behaviour::sends([format!("{error}{end}")])]);
        let answer = story.stream("chain");
        assert_eq!((answer.status, story.tried().len()), (400, 1), "{end:?}");
    }
}

/// Names of models are remembered, and stand in headers.
#[test]
fn a_name_without_an_end_is_refused() {
    let story = story();
    for name in ["a/".to_owned() + &"x".repeat(300), "a/x\ny".to_owned()] {
        let answer = story.ask(&name);
        assert_eq!((answer.status, answer.error()["code"].as_str()), (404, Some("model_not_found")));
    }
    assert!(story.attempts().is_empty());
}

/// Header values are bytes of ASCII; the name of a route need not be.
#[test]
fn a_route_with_a_foreign_name_degrades_in_ascii() {
    let story = story_with(json!({ "routes": {
        "\u{6807}\u{51c6}": { "fallback": ["a/x"], "degrade_to": "low" },
        "low": { "fallback": ["b/y"] },
    } }));
    story.script("a/x", [Behaviour::status(503)]);
    let answer = story.ask("\u{6807}\u{51c6}");
    assert_eq!(answer.header("x-steadfast-degraded"), "%E6%A0%87%E5%87%86 -> low (overloaded)");
}

/// Counts were added without a look at their size.
#[test]
fn absurd_counts_do_no_harm() {
    let story = story();
    story.script("a/x", [Behaviour::answers("Hello from a/x.").costing(u64::MAX, u64::MAX)]);
    for _ in 0..2 {
        story.ask("chain").is_answered_by("a/x");
    }
    assert_eq!(story.get("/status").status, 200);
}

/// An error event after the start named the class of a status, and the text of a provider.
#[test]
fn an_error_after_content_is_told_in_words_without_a_key() {
    let story = story();
    let error = ErrorObject::new("server_error", "boom", "the key sk-first-key-of-a is tired");
    story.script("a/x", [Behaviour::answers("Hello from a/x and more.").error_after(2, error)]);
    let answer = story.stream("chain");
    assert!(!answer.raw().contains("sk-first"));
    assert_ne!(answer.error(), Value::Null);
}

/// A target that was to carry on, said nothing and stopped made half an answer look whole.
#[test]
fn whoever_carries_on_and_adds_nothing_makes_no_answer_whole() {
    for nothing in [
        Behaviour::answers_nothing(),
        Behaviour::sends(["data: {\"object\":\"odd\"}\n\n", "data: [DONE]\n\n"]),
    ] {
        let story = story_with(json!({ "stream": { "on_break": "continue" } }));
        story.script("a/x", [Behaviour::answers("One two three four five.").cut_after(2)]);
        story.script("b/y", [nothing.clone()]);
        story.script("c/z", [Behaviour::answers("three four five.")]);
        let answer = story.stream("chain");
        assert_eq!(answer.text(), "One two three four five.");
        assert_eq!(answer.finishes(), ["stop"]);
        assert!(answer.is_done());

        story.script("c/z", [nothing]);
        let answer = story.stream("chain");
        assert_ne!(answer.error(), Value::Null, "{}", answer.raw());
        assert!(!answer.is_done());
    }
}

/// One that starts over and comes no further than what was there has said something: that the text was whole.
#[test]
fn a_fresh_start_that_adds_nothing_says_that_the_text_was_whole() {
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    story.script("a/x", [Behaviour::answers("One two three.").cut_after(3)]);
    story.script("b/y", [Behaviour::answers("One two three.")]);
    let answer = story.stream("chain");
    assert_eq!(answer.text(), "One two three.");
    assert!(answer.is_done());
}

/// An answer that said nothing was kept for later together with its open connection: a sixth one beside five,
/// and one that outlived the answer when it came in the middle of a rescue.
#[test]
fn an_answer_that_said_nothing_keeps_no_connection() {
    let silent = || Behaviour::answers_nothing().without_done().body_stalls().after(10);
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    story.script("a/x", [silent()]);
    story.script("b/y", [Behaviour::answers("One two three four five.").every(100).cut_after(2)]);
    story.script("c/z", [Behaviour::answers("three four five.").after(500)]);
    let answer = story.stream("chain");
    assert_eq!(answer.text(), "One two three four five.");
    assert_eq!(story.attempts()[0].cancelled_at(), Some(10));
    story.comes_to_rest();
}

/// A stream that broke between the halves of a surrogate pair had shown the first half already, and whoever
/// carried on began with the whole character.
#[test]
fn half_a_character_is_not_shown_before_the_other_half_is_there() {
    let event = |text: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    let halves = [event("Well \\ud83d"), event("\\ude80 done")];
    story.script("a/x", [Behaviour::sends(halves[..1].to_vec()).body_breaks()]);
    story.script("b/y", [Behaviour::answers("Well \u{1f680} done")]);
    let answer = story.stream("chain");
    assert_eq!(answer.text(), "Well \u{1f680} done");
    assert!(answer.is_done());

    let halves_of_two = [event("Well \\ud83d"), event("\\ude80 \\ud83d")];
    story.script("a/x", [Behaviour::sends(halves_of_two).body_breaks()]);
    assert_eq!(story.stream("chain").text(), "Well \u{1f680} done");

    // Whole, it goes out as it came.
    let finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let whole = [halves[0].clone(), halves[1].clone(), finish.to_owned(), "data: [DONE]\n\n".to_owned()];
    story.script("a/x", [Behaviour::sends(whole)]);
    let raw = story.stream("chain").raw();
    assert!(raw.contains("\"Well \\ud83d\"") && raw.contains("\"\\ude80 done\""), "{raw}");
}

/// The latest failure of a target that was left alone may have been the caller's fault; then it was taken for
/// the reason, and nobody else was asked.
#[test]
fn a_callers_fault_is_no_reason_to_leave_a_target_alone() {
    let story = story_with(json!({ "breaker": { "failures": 1, "ratio": 0.1 }, "retry": { "retries": 0 } }));
    story.script("a/x", [Behaviour::status(500).after(10), Behaviour::status(400).after(20)]);
    story.chat_all(&[hello("chain"), hello("chain")]);
    story.ask("chain").is_answered_by("b/y");
}

/// Blanks at the seam were taken for the space between two words, and so an indent or an empty line was lost.
#[test]
fn an_indent_at_the_seam_is_kept() {
    for (before, after) in [("if x: \n", "    return y"), ("One. \n", "\nTwo.")] {
        let story = story_with(json!({ "stream": { "on_break": "continue" } }));
        story.script("a/x", [Behaviour::says(vec![Part::Text(before.into())], "stop").cut_after(1)]);
        story.script("b/y", [Behaviour::answers(after)]);
        assert_eq!(story.stream("chain").text(), format!("{before}{after}"));
    }
}

/// Of several choices, the end of the first was taken for a repeated opening when somebody answered in place of a
/// target that had only thought: the choice never ended.
#[test]
fn every_choice_ends_when_another_answers_after_thoughts_alone() {
    let chunk = |index: u64, delta: Value, finish: Value| {
        let choice = json!({ "index": index, "delta": delta, "finish_reason": finish });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let says = |index: u64| chunk(index, json!({ "content": "Yes." }), Value::Null);
    let ends = |index: u64| chunk(index, json!({}), json!("stop"));
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    story.script("a/x", [Behaviour::answers("Yes.").thinking("hm well").cut_after(2)]);
    let two = [says(0), says(1), ends(0), ends(1), "data: [DONE]\n\n".to_owned()];
    story.script("b/y", [Behaviour::sends(two)]);
    let mut body = hello_streamed("chain");
    body["n"] = json!(2);
    let answer = story.chat(&body);
    let ended = answer
        .events()
        .into_iter()
        .flat_map(|event| event["choices"].as_array().cloned().unwrap_or_default());
    let ended: Vec<u64> = ended
        .filter(|choice| choice["finish_reason"] == "stop")
        .filter_map(|choice| choice["index"].as_u64())
        .collect();
    assert_eq!(ended, [0, 1], "{}", answer.raw());
    assert!(answer.is_done());
}

/// Of two choices the first had thought, said nothing and ended; then somebody else answered in place of both, and
/// the first ended twice.
#[test]
fn a_choice_that_has_ended_does_not_begin_again() {
    let chunk = |index: u64, delta: Value, finish: Value| {
        let choice = json!({ "index": index, "delta": delta, "finish_reason": finish });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let thinks = |index: u64| chunk(index, json!({ "reasoning_content": "hm" }), Value::Null);
    let ends = |index: u64| chunk(index, json!({}), json!("stop"));
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    let thoughts = [thinks(0), thinks(1), ends(0), ends(1), "data: [DONE]\n\n".to_owned()];
    story.script("a/x", [Behaviour::sends(thoughts).every(10)]);
    let mut body = hello_streamed("chain");
    body["n"] = json!(2);
    let answer = story.chat(&body);
    assert_eq!(answer.finishes(), ["stop"], "{}", answer.raw());
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
}

/// Names of members that a vendor does not know were noted as they stood, a thousand of them and of any length, for
/// the header, the log and the summary.
#[test]
fn a_callers_own_names_do_not_fill_the_trail() {
    let story = story_with(json!({ "providers": { "a": { "dialect": "anthropic" } } }));
    let mut body = hello("a/x");
    for place in 0..500 {
        body[format!("{place}-{}", "x".repeat(5_000))] = json!(true);
    }
    body["messages"] = json!([
        { "role": "user", "content": "Hello?" },
        { "role": "assistant", "content": null, "tool_calls": (0..50).map(|place| json!({
            "id": format!("c{place}"), "type": "function", "function": { "name": "f", "arguments": "3" },
        })).collect::<Vec<_>>() },
        { "role": "user", "content": "Well?" },
    ]);
    body["steadfast"] = json!({ "trail": true });
    let answer = story.chat(&body);
    assert_eq!(answer.status, 200);
    let notes = answer.json()["steadfast"]["trail"][0]["notes"].clone();
    assert_eq!(notes[0], "wrapped arguments that are no JSON object", "and that once");
    assert!(notes.as_array().is_some_and(|notes| notes.len() == 16), "{notes}");
    assert!(answer.raw().len() < 10_000 && story.log().len() < 10_000);
}

/// Each part of a message was looked at again for each part behind it: a request of half a million parts took
/// minutes, and this test would.
#[test]
fn a_message_of_very_many_parts_is_read_in_linear_time() {
    let story = story_with(json!({ "providers": { "a": { "dialect": "gemini" } } }));
    let mut body = hello("a/x");
    let part = json!({ "type": "text", "text": "a" });
    body["messages"] = json!([{ "role": "user", "content": vec![part; 200_000] }]);
    assert_eq!(story.chat(&body).status, 200);
}

/// Each tool was looked for among all before it, and each kind of search among those that were left out: some megabytes of
/// either kept everybody waiting for minutes, and would this test.
#[test]
fn very_many_tools_are_read_in_linear_time() {
    let story = story();
    let function = |place: usize| json!({ "type": "function", "name": format!("f{place}") });
    let search = |place: usize| json!({ "type": format!("web_search_{place}") });
    for tool in [&function as &dyn Fn(usize) -> Value, &search] {
        let tools: Vec<Value> = (0..200_000).map(tool).chain([function(0)]).collect();
        let choice = json!({ "type": "allowed_tools", "tools": [function(0)] });
        let body = json!({ "model": "a/x", "input": "?", "tools": tools, "tool_choice": choice });
        assert_eq!(story.post("/v1/responses", &body).status, 200);
    }
}

/// Each key was sought at each byte of whatever a provider said in which something is escaped: megabytes of words and a list
/// of keys kept everybody waiting for a minute, and would this test.
#[test]
fn keys_are_struck_out_of_very_long_words_at_once() {
    let keys: Vec<String> = (0..100).map(|place| format!("sk-{place:03}-of-many-keys")).collect();
    let provider = json!({ "dialect": "openai", "base_url": "http://a.test/v1", "keys": ["A_KEY"] });
    let plan = Plan::from_json(&json!({ "providers": { "a": provider } }).to_string());
    let secrets: Secrets = [("A_KEY", keys.join(","))].into_iter().collect();
    let story = Story { host: SimHost::seeded(1), gateway: Gateway::new(plan, secrets, Door::open()) };
    let words = format!("sk%2D007-of-many-keys {}", "sk-of ".repeat(2_000_000));
    story.script("a/x", [Behaviour::error_inside_a_success(ErrorObject::new("server_error", "", &words))]);
    let told = story.ask("a/x").raw();
    assert!(told.contains("[redacted] sk-of") && !told.contains("007"), "{told}");
}

/// Each call of a whole answer was looked for among all before it: one of many megabytes kept everybody waiting for
/// minutes, and would this test.
#[test]
fn an_answer_of_very_many_calls_is_read_in_linear_time() {
    let story = story_with(json!({ "providers": { "a": { "dialect": "responses" } } }));
    let call = r#"{"type":"shell_call"}"#;
    let calls = vec![call; 200_000].join(",");
    story.script("a/x", [Behaviour::sends([format!(r#"{{"output":[{calls}]}}"#)])]);
    assert_eq!(story.ask("a/x").status, 200);
}

/// A part that one vendor's models do not take was the caller's own fault, and nobody else was asked, though the next
/// one takes it.
#[test]
fn what_one_cannot_be_told_the_next_may_understand() {
    let story = story_with(json!({ "providers": { "a": { "dialect": "anthropic" } } }));
    let mut body = hello("chain");
    body["messages"][0]["content"] =
        json!([{ "type": "input_audio", "input_audio": { "data": "", "format": "wav" } }]);
    story.chat(&body).is_answered_by("b/y");
    assert_eq!(story.tried(), ["b/y"]);
}
