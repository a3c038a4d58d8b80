//! A stream that breaks after content was shown: somebody else carries on, and the caller gets the whole
//! answer, each word once, or is told that it is not whole.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

fn rescued() -> Story {
    story_with(json!({ "stream": { "on_break": "continue" }, "retry": { "retries": 0 } }))
}

/// What the second target was sent as its last messages.
fn asked(story: &Story, attempt: usize) -> Vec<Value> {
    story.attempts()[attempt].json()["messages"].as_array().cloned().unwrap_or_default()
}

#[test]
fn row_11_the_caller_ends_up_with_the_whole_answer_and_the_seam_is_marked() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST).costing(20, 6)]);

    let answer = story.stream("chain");

    answer.is_whole();
    assert!(
        answer.raw().contains(": steadfast continued by b/y after 19 characters\n\n"),
        "{}",
        answer.raw()
    );
    assert_eq!(answer.header("x-steadfast-model"), "a/x", "who began it");
    assert_eq!(answer.events()[0]["model"], "a/x");
    let chunks = answer.events();
    let roles = chunks.iter().filter(|chunk| chunk["choices"][0]["delta"]["role"].is_string()).count();
    assert_eq!(roles, 1, "the role is not repeated");
    let usage = &answer.closing()["usage"];
    assert!(usage["completion_tokens"].as_u64().is_some_and(|tokens| tokens > 6), "summed: {usage}");
    assert_eq!(answer.closing()["trail"][0]["outcome"], "cut");
    assert_eq!(answer.closing()["trail"][1]["outcome"], "ok");
    story.comes_to_rest();
}

#[test]
fn a_target_that_takes_a_prefill_gets_one_and_any_other_is_asked_in_words() {
    if !speak_openai(["b"]) {
        return;
    }
    for prefill in [true, false] {
        let story = story_with(json!({
            "stream": { "on_break": "continue" },
            "models": { "b/y": { "prefill": prefill } },
        }));
        story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
        story.script("b/y", [Behaviour::answers(REST)]);
        story.stream("chain").is_whole();
        let messages = asked(&story, 1);
        let delivered = if prefill { messages.last() } else { messages.get(messages.len() - 2) }.unwrap();
        assert_eq!(delivered["role"], "assistant");
        assert_eq!(delivered["content"], "One two three four ");
        assert_eq!(messages.last().unwrap()["role"], if prefill { "assistant" } else { "user" });
    }
}

#[test]
fn row_12_a_refused_prefill_is_asked_again_in_words_and_its_error_never_shown() {
    let story = story_with(json!({
        "stream": { "on_break": "continue" },
        "models": { "b/y": { "prefill": true } },
    }));
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script(
        "b/y",
        [
            Behaviour::status(400).saying("This model does not support assistant message prefill"),
            Behaviour::answers(REST),
        ],
    );
    let answer = story.stream("chain");
    answer.is_whole();
    assert_eq!(story.tried(), ["a/x", "b/y", "b/y"]);
    assert_eq!(asked(&story, 2).last().unwrap()["role"], "user");
}

#[test]
fn row_13_a_fresh_start_or_a_repetition_is_trimmed() {
    for second in [WHOLE, "three four five six seven eight nine ten.", "four five six seven eight nine ten."]
    {
        for pieces in [1, 2, 3, 7, 50] {
            let story = rescued();
            story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
            story.script("b/y", [Behaviour::answers(second).in_pieces_of(pieces)]);
            story.stream("chain").is_whole();
        }
    }
}

/// Chunks as a provider writes them, the text of each as it stands in the JSON.
fn chunks(texts: &[&str]) -> Vec<String> {
    let chunk = |text: &&str| {
        let json = r#"{"id":"1","object":"chat.completion.chunk","created":1,"model":"x","choices":[{"index":0,"delta":{"content":"~"},"finish_reason":null}]}"#;
        format!("data: {}\n\n", json.replace('~', text))
    };
    texts.iter().map(chunk).collect()
}

/// These; then the connection breaks.
fn breaks_after(texts: &[&str]) -> Behaviour {
    Behaviour::sends(chunks(texts)).body_breaks()
}

#[test]
fn row_13_the_seam_may_lie_inside_a_word_or_between_the_bytes_of_a_character() {
    if !speak_openai(["a"]) {
        return;
    }
    let whole = "Zażółć gęślą jaźń, 你好 world \u{1f30d} and all the rest of it.";
    // A text of three characters is too short to tell a fresh start from a continuation.
    for (place, _) in whole.char_indices().skip(4) {
        let (said, left) = whole.split_at(place);
        for answers in [left, whole] {
            let story = rescued();
            // In pieces of one byte, no character of several arrives in one; the break comes after the last of them.
            story.script("a/x", [breaks_after(&[said]).in_pieces_of(1)]);
            story.script("b/y", [Behaviour::answers(answers).in_pieces_of(1)]);
            let answer = story.stream("chain");
            assert_eq!(answer.text(), whole, "cut at {place}");
            assert!(answer.is_done() && answer.error().is_null(), "cut at {place}");
        }
    }
}

#[test]
fn row_13_half_a_character_is_not_shown_and_so_not_doubled() {
    if !speak_openai(["a"]) {
        return;
    }
    // Servers that cut texts as JavaScript counts them escape the halves of an emoji in two chunks.
    let story = rescued();
    story.script("a/x", [breaks_after(&["Hello ", r"\ud83c"])]);
    story.script("b/y", [Behaviour::answers("\u{1f30d} and more.")]);
    let answer = story.stream("chain");
    assert_eq!(answer.text(), "Hello \u{1f30d} and more.");
    assert!(!answer.raw().contains(r"\ud83c"), "{}", answer.raw());
    assert!(answer.is_done());
}

#[test]
fn row_13_half_a_character_that_stays_half_takes_nothing_with_it() {
    if !speak_openai(["a", "b"]) {
        return;
    }
    for (pieces, shown) in [
        (vec![r" all \ud83d", "its people."], [" all ", r"\ud83d", "its people."].as_slice()),
        (vec![r"\udc00 all", " its people."], &["\u{fffd} all", " its people."]),
        // It still reads like a fresh start.
        (vec![r"Hello \ud83d", "all", "its people."], &["Hello \u{fffd}all", "its people."]),
        (vec![r" all \ud83d", r"\ude00 people."], &[" all ", r"\ud83d", r"\ude00 people."]),
        (vec![r"Hello \ud83d"], &["Hello \u{fffd}"]),
    ] {
        let story = rescued();
        story.script("a/x", [breaks_after(&["Hello ", "world and"])]);
        let mut sent = chunks(&pieces);
        let finish = r#"{"id":"2","object":"chat.completion.chunk","created":1,"model":"y","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
        sent.push(format!("data: {finish}\n\ndata: [DONE]\n\n"));
        story.script("b/y", [Behaviour::sends(sent)]);
        let answer = story.stream("chain");
        let raw = answer.raw();
        let mut rest = raw.as_str();
        for text in ["Hello ", "world and"].iter().chain(shown) {
            let content = format!(r#""content":"{text}""#);
            let at = rest.find(&content).unwrap_or_else(|| panic!("{pieces:?}: {content} in {raw}"));
            rest = &rest[at + content.len()..];
        }
        assert!(!rest.contains(r#""content":""#) && answer.is_done(), "{raw}");
    }
}

#[test]
fn row_11_a_refusal_of_what_the_gateway_put_into_the_request_is_not_the_callers_fault() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::status(400)]);
    story.script("c/z", [Behaviour::answers(REST)]);
    let answer = story.stream("chain");
    answer.is_whole();
    assert_eq!(story.tried(), ["a/x", "b/y", "c/z"]);
}

#[test]
fn the_sum_of_the_parts_is_guessed_where_the_second_does_not_count() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST).without_usage()]);
    let mut body = hello_streamed("chain");
    body["stream_options"] = json!({ "include_usage": true });
    let answer = story.chat(&body);
    answer.is_whole();
    let shown = answer.events().iter().rev().find_map(|event| event["usage"]["completion_tokens"].as_u64());
    let summed = answer.closing()["usage"]["completion_tokens"].as_u64().unwrap();
    assert_eq!(shown, Some(summed));
    assert!(summed > 8, "31 bytes are 8 tokens, and something came before: {summed}");
}

#[test]
fn row_14_half_a_tool_call_is_never_joined_to_another() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = rescued();
    story.script("a/x", [Behaviour::calls("weather", r#"{"city":"Paris","unit":"celsius"}"#).cut_after(2)]);
    let answer = story.stream("chain");
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn row_14_a_caller_that_asked_for_it_gets_a_restart() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = rescued();
    story.script("a/x", [Behaviour::calls("weather", r#"{"city":"Paris","unit":"celsius"}"#).cut_after(2)]);
    let mut body = hello_streamed("chain");
    body["steadfast"] = json!({ "on_break": "restart" });
    let answer = story.chat(&body);
    assert!(answer.raw().contains("event: steadfast.restart\ndata: {"), "{}", answer.raw());
    assert!(answer.is_done());
    assert_eq!(answer.events().last().unwrap()["model"], "b/y", "the answer starts anew");
}

#[test]
fn thoughts_count_in_what_a_broken_answer_has_cost() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = rescued();
    let thinks = || Behaviour::answers(WHOLE).thinking("So it is one of those that take four hundred words.");
    // Five of eleven thoughts; all of them, and two words after them.
    story.script("a/x", [thinks().cut_after(5), thinks().cut_after(13)]);
    let cost = || {
        let closing = story.stream("a/x").closing();
        closing["usage"]["completion_tokens"].as_u64().unwrap()
    };
    assert_eq!([cost(), cost()], [4, 15]);
}

#[test]
fn what_began_anew_and_broke_again_cost_all_that_it_said() {
    if !speak_openai(["a", "b"]) {
        return;
    }
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(5)]);
    story.script("b/y", [Behaviour::answers(WHOLE).cut_after(5)]);
    let mut body = hello_streamed("chain");
    body["steadfast"] = json!({ "on_break": "restart" });
    assert!(story.chat(&body).is_done());
    let status = story.get("/status").json();
    let said = |target: &str| status["targets"][target]["usage"]["completion_tokens"].clone();
    assert_eq!(said("b/y"), said("a/x"), "each said the same five words");
}

#[test]
fn row_15_a_stall_is_ended_by_the_idle_clock_and_carried_on() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).stall_after(4)]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let answer = story.stream("chain");
    answer.is_whole();
    assert_eq!(story.attempts()[0].cancelled_at(), Some(30_000));
    story.comes_to_rest();
}

#[test]
fn row_19_an_error_event_after_content_is_a_break_too() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).error_after(4, steadfast::sim::ErrorObject::of(503))]);
    story.script("b/y", [Behaviour::answers(REST)]);
    story.stream("chain").is_whole();
}

/// Groq's, of a call that a model wrote wrong: what was begun to be answered was no fault of the caller's.
#[test]
fn row_19_an_error_event_after_content_is_a_break_whatever_status_it_names() {
    for (on, is_carried_on) in [(json!(["cut"]), true), (json!(["server"]), false)] {
        let story = story_with(json!({ "stream": { "on_break": "continue" }, "on": on }));
        story.script("a/x", [Behaviour::answers(WHOLE).error_after(4, steadfast::sim::ErrorObject::of(400))]);
        story.script("b/y", [Behaviour::answers(REST)]);
        let answer = story.stream("chain");
        if is_carried_on {
            answer.is_whole();
        } else {
            assert_eq!(answer.error()["code"], "stream_broken", "so the configuration wants it");
        }
        assert_eq!(answer.closing()["trail"][0]["outcome"], "invalid_request");

        story.stream("chain");
        story.stream("chain");
        assert_eq!(story.get("/status").json()["targets"]["a/x"]["breaker"], "open");
    }
}

#[test]
fn row_20_whoever_has_nothing_to_add_is_not_blamed_for_it() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(10)]);
    story.script("b/y", [Behaviour::answers_nothing()]).script("c/z", [Behaviour::answers_nothing()]);
    for _ in 0..3 {
        let answer = story.stream("chain");
        assert_eq!((answer.text().as_str(), answer.is_done()), (WHOLE, false));
        assert_eq!(answer.closing()["trail"][1]["outcome"], "empty");
    }
    let targets = &story.get("/status").json()["targets"];
    for (target, breaker) in [("a/x", "open"), ("b/y", "closed"), ("c/z", "closed")] {
        assert_eq!(targets[target]["breaker"], breaker, "{target}");
    }
}

#[test]
fn row_19_what_came_together_with_the_error_does_not_wait_for_whoever_carries_on() {
    if !speak_openai(["a"]) {
        return;
    }
    for (rest, whole) in [(Behaviour::answers(REST), true), (Behaviour::status(500), false)] {
        let story = rescued();
        let error = "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n";
        let at_once = [chunks(&["One ", "two ", "three ", "four "]).concat(), error.to_owned()].concat();
        story.script("a/x", [Behaviour::sends([at_once])]);
        story.script("b/y", [rest.after(9_000)]);
        story.script("c/z", [Behaviour::status(503)]);
        let answer = story.stream("chain");
        if whole {
            answer.is_whole();
        } else {
            assert_eq!(answer.text(), "One two three four ");
        }
        let told = answer.pieces.iter().find(|(_, piece)| String::from_utf8_lossy(piece).contains("four "));
        assert_eq!(told.map(|(time, _)| *time), Some(0), "{}", answer.raw());
        story.comes_to_rest();
    }
}

#[test]
fn row_19_an_error_behind_the_end_of_an_answer_takes_nothing_from_it() {
    if !speak_openai(["a"]) {
        return;
    }
    let [mut end, said] = [chunks(&[""]).remove(0), chunks(&[WHOLE]).remove(0)];
    end = end.replace(r#""finish_reason":null"#, r#""finish_reason":"stop""#);
    for late in [r#"{"error":{"message":"late","code":503}}"#, r#"{"error":"late"}"#] {
        let late = format!("data: {late}\n\n");
        let story = rescued();
        let events = [said.clone(), end.clone(), late];
        story.script("a/x", [Behaviour::sends(events)]);
        let answer = story.stream("chain");
        answer.is_whole();
        assert_eq!(answer.closing()["trail"].as_array().map(Vec::len), Some(1), "nobody carries on");
        story.comes_to_rest();
    }
}

#[test]
fn an_answer_may_break_more_than_once() {
    if !speak_openai(["c"]) {
        return;
    }
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(3)]);
    story.script("b/y", [Behaviour::answers("four five six seven eight nine ten.").cut_after(3)]);
    story.script("c/z", [Behaviour::answers("seven eight nine ten.")]);
    let answer = story.stream("chain");
    answer.is_whole();
    assert_eq!(asked(&story, 2).iter().rev().nth(1).unwrap()["content"], "One two three four five six ");
}

#[test]
fn when_nobody_can_carry_on_the_caller_is_told_that_the_answer_is_not_whole() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(3)]);
    story.script("b/y", [Behaviour::status(503)]);
    story.script("c/z", [Behaviour::status(500)]);
    let answer = story.stream("chain");
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
    assert_eq!(answer.error()["attempts"].as_array().map(Vec::len), Some(3));
}

#[test]
fn with_everybody_else_left_alone_the_least_bad_one_carries_on() {
    let story = rescued();
    for target in ["b/y", "c/z"] {
        story.script(target, [Behaviour::status(429), Behaviour::answers(&WHOLE[14..])]);
        assert_eq!(story.ask(target).status, 429);
    }
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(3)]);
    let answer = story.stream("chain");
    answer.is_whole();
    assert_eq!(story.tried()[2..], ["a/x", "b/y"]);
}

#[test]
fn json_is_not_carried_on_and_neither_are_several_choices() {
    for ask in [
        json!({ "response_format": { "type": "json_object" } }),
        json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": {} } } }),
        json!({ "n": 2 }),
        json!({ "logprobs": true }),
    ] {
        let story = rescued();
        story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
        let mut body = hello_streamed("chain");
        body.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
        let answer = story.chat(&body);
        assert_ne!(answer.error(), Value::Null, "{ask}");
        assert_eq!(story.tried(), ["a/x"], "{ask}");
    }
}

#[test]
fn the_limit_of_tokens_is_what_is_left() {
    let story = rescued();
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let mut body = hello_streamed("chain");
    body["max_tokens"] = json!(100);
    story.chat(&body).is_whole();
    let left = story.attempts()[1].json()["max_tokens"].as_u64().unwrap();
    assert!((80..100).contains(&left), "{left}");
}

#[test]
fn the_limit_that_the_configuration_lays_over_a_target_holds_at_a_rescue_too() {
    let b = json!({ "model": "b/y", "params": { "max_tokens": 50 } });
    let routes = json!({ "chain": { "fallback": ["a/x", b] } });
    let story = story_with(
        json!({ "stream": { "on_break": "continue" }, "retry": { "retries": 0 }, "routes": routes }),
    );
    story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
    story.script("b/y", [Behaviour::answers(REST)]);
    let mut body = hello_streamed("chain");
    body["max_tokens"] = json!(1_000);
    story.chat(&body).is_whole();
    let asked = story.attempts()[1].json();
    let left = [&asked["max_tokens"], &asked["generationConfig"]["maxOutputTokens"]];
    let left = left.into_iter().find_map(Value::as_u64).unwrap();
    assert!((30..50).contains(&left), "{asked}");
}

#[test]
fn what_the_configuration_asks_for_in_another_form_is_neither_carried_on_nor_carries_on() {
    let json_object = json!({ "response_format": { "type": "json_object" } });
    for (params, is_text) in [
        (json_object, false),
        (json!({ "logprobs": true }), false),
        (json!({ "response_format": { "type": "text" }, "temperature": 0 }), true),
    ] {
        let with = |model: &str| json!({ "model": model, "params": params });
        let second = if is_text { "b/y" } else { "c/z" };
        for (targets, carries_on) in [
            ([with("a/x"), json!("b/y"), json!("c/z")], is_text),
            ([json!("a/x"), with("b/y"), json!("c/z")], true),
        ] {
            let story = story_with(json!({
                "stream": { "on_break": "continue" }, "routes": { "chain": { "fallback": targets } },
            }));
            story.script("a/x", [Behaviour::answers(WHOLE).cut_after(4)]);
            for other in ["b/y", "c/z"] {
                story.script(other, [Behaviour::answers("five six seven eight nine ten.")]);
            }
            let answer = story.stream("chain");
            assert_eq!((answer.is_done(), answer.error().is_null()), (carries_on, carries_on), "{params}");
            if carries_on {
                answer.is_whole();
                assert_eq!(story.tried(), ["a/x", second], "{params}");
            }
        }
    }
}

/// The numbers began anew at the seam, and clients that add the pieces up made one address of two.
#[test]
fn what_a_rescue_cites_is_numbered_on() {
    if !speak_openai(["a", "b"]) {
        return;
    }
    let story = rescued();
    let cites = r#"","annotations":[{"type":"url_citation","url_citation":{"url":"https://a"}}],"name":""#;
    story.script("a/x", [breaks_after(&["One two three four ", cites])]);
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    // Beside the words at the seam they were lost.
    let rest = chunks(&[&format!("five six seven{cites}"), " eight nine ten.", cites]);
    story.script("b/y", [Behaviour::sends(rest.into_iter().chain([format!("data: {end}\n\n")]))]);
    let answer = story.stream("chain");
    answer.is_whole();
    let cited = |event: &Value| event["choices"][0]["delta"]["annotations"][0].get("index").cloned();
    assert_eq!(answer.events().iter().filter_map(cited).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_text_too_long_to_be_sent_again_is_not_carried_on() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = rescued();
    story.script("a/x", [breaks_after(&[&"x".repeat(600_000), &"y".repeat(600_000)])]);
    let answer = story.stream("chain");
    assert_eq!(answer.text().len(), 1_200_000);
    assert_eq!(answer.error()["code"], "stream_broken");
    assert_eq!(story.tried(), ["a/x"]);
    assert!(answer.closing()["usage"]["completion_tokens"].as_u64().is_some_and(|tokens| tokens >= 300_000));
}
