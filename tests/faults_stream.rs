//! Streams that are not what they should be: what still reaches the caller, and what is never passed off as an answer.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::{Behaviour, ErrorObject, Outcome};
use support::*;

// Row 11, as far as `on_break: error` goes: a stream is cut after 40 of 60 tokens.

#[test]
fn row_11_a_cut_stream_ends_with_an_error_and_never_as_a_success() {
    let whole = Behaviour::answers_words(60);
    for cut in [whole.clone().cut_after(40), whole.closed_after(40)] {
        let story = story();
        story.script("a/x", [cut.every(10)]);

        let answer = story.stream("chain");

        assert_eq!(answer.status, 200);
        assert_eq!(answer.text().split_whitespace().count(), 40, "what was shown stays shown");
        assert_ne!(answer.error(), Value::Null);
        assert!(answer.finishes().is_empty());
        assert!(!answer.is_done());
        assert_eq!(story.tried(), ["a/x"]);
        assert_eq!(answer.closing()["trail"][0]["outcome"], "cut");
        story.comes_to_rest();
    }
}

#[test]
fn row_11_a_stream_that_is_cut_before_any_content_falls_back() {
    for cut in [Behaviour::cuts_after(0), Behaviour::answers_words(60).closed_after(0)] {
        let story = story();
        story.script("a/x", [cut]);
        let answer = story.stream("chain");
        answer.is_answered_by("b/y");
        assert!(answer.trail()[0].starts_with("a/x cut"), "{:?}", answer.trail());
    }
}

#[test]
fn row_11_a_body_that_is_cut_in_the_middle_falls_back() {
    let story = story();
    story.script("a/x", [Behaviour::cuts_after(40)]);
    let answer = story.ask("chain");
    answer.is_answered_by("b/y");
    assert!(answer.trail()[0].starts_with("a/x cut"), "{:?}", answer.trail());
}

// Row 16: one event in the middle is not JSON.

#[test]
fn row_16_an_event_that_is_no_json_is_dropped_and_counted() {
    for tokens in [0, 3, 5] {
        let story = story();
        story.script("a/x", [Behaviour::answers("one two three four five").malformed_after(tokens)]);

        let answer = story.stream("chain");

        assert_eq!(answer.text(), "one two three four five");
        assert_eq!(answer.finishes(), ["stop"]);
        assert!(answer.is_done());
        assert_eq!(story.tried(), ["a/x"]);
        assert_eq!(answer.closing()["trail"][0]["outcome"], "ok");
        assert_eq!(answer.closing()["trail"][0]["malformed_events"], 1);
    }
}

#[test]
fn row_16_a_stream_of_nothing_else_falls_back() {
    let story = story();
    let garbage = "data: {oops\n\n".repeat(20) + "data: [DONE]\n\n";
    story.script("a/x", [Behaviour::sends([garbage])]);
    story.stream("chain").is_answered_by("b/y");
}

// Row 17: a complete stream without `[DONE]`.

#[test]
fn row_17_a_stream_without_done_is_complete_all_the_same() {
    let story = story();
    story.script("a/x", [Behaviour::answers("one two").without_done().costing(12, 34).every(100)]);
    let mut body = hello_streamed("chain");
    body["stream_options"] = json!({ "include_usage": true });

    let answer = story.chat(&body);

    assert_eq!(answer.error(), Value::Null);
    assert_eq!(answer.text(), "one two");
    assert_eq!(answer.finishes(), ["stop"]);
    assert!(answer.is_done(), "we send our own");
    let usage: Vec<_> = answer.events().into_iter().filter(|event| event["usage"].is_object()).collect();
    assert_eq!(usage.len(), 1);
    assert_eq!(usage[0]["usage"]["total_tokens"], 46);
    assert_eq!(answer.ended_at, 100, "promptly");
    assert_eq!(answer.closing()["trail"][0]["outcome"], "ok");
    story.comes_to_rest();
}

#[test]
fn row_17_nobody_waits_for_a_done_that_does_not_come() {
    let story = story();
    // The connection stays open after the finish reason and the usage.
    story.script("a/x", [Behaviour::answers("one two").without_done().every(100).body_stalls()]);

    let answer = story.stream("chain");

    assert_eq!(answer.text(), "one two");
    assert_eq!(answer.error(), Value::Null);
    assert!(answer.is_done());
    assert!(answer.ended_at < 5_000, "promptly, not after {} ms", answer.ended_at);
    story.comes_to_rest();
}

// Row 18: no `finish_reason` and no `[DONE]`.

#[test]
fn row_18_a_stream_without_any_end_is_a_cut() {
    let story = story();
    story.script("a/x", [Behaviour::answers("one two").without_done().without_finish_reason()]);

    let answer = story.stream("chain");

    assert_eq!(answer.text(), "one two");
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
    assert_eq!(answer.closing()["trail"][0]["outcome"], "cut");
}

#[test]
fn row_18_before_any_content_it_falls_back() {
    let story = story();
    story.script("a/x", [Behaviour::answers_nothing().without_done().without_finish_reason()]);
    story.stream("chain").is_answered_by("b/y");
}

#[test]
fn row_18_a_done_alone_is_an_end() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    story.script("a/x", [Behaviour::answers("one two").without_finish_reason()]);
    let answer = story.stream("chain");
    assert_eq!(answer.text(), "one two");
    assert_eq!(answer.error(), Value::Null);
    assert!(answer.is_done());
}

// Row 19: an error object inside a 200.

#[test]
fn row_19_an_error_inside_a_success_is_what_it_names() {
    let errors = [
        (ErrorObject::of(503), "overloaded"),
        (ErrorObject::of(429), "rate_limit"),
        (ErrorObject::of(401), "auth"),
        (
            ErrorObject::new("insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
            "quota",
        ),
        (ErrorObject::new("overloaded_error", "", "Overloaded"), "overloaded"),
    ];
    for (error, class) in errors {
        for (behaviour, body) in [
            (Behaviour::error_inside_a_success(error.clone()), hello("chain")),
            (Behaviour::error_inside_a_success(error.clone()), hello_streamed("chain")),
            (Behaviour::answers("one").error_after(0, error.clone()), hello_streamed("chain")),
        ] {
            // One retry is what a rate limit without a stated wait gets, so only one attempt is made here.
            let story = story_with(json!({ "retry": { "retries": 0 } }));
            story.script("a/x", [behaviour]);

            let answer = story.chat(&body);

            answer.is_answered_by("b/y");
            assert!(
                answer.trail()[0].starts_with(&format!("a/x {class}")),
                "{error:?}: {:?}",
                answer.trail()
            );
            assert_eq!(story.tried(), ["a/x", "b/y"]);
            story.comes_to_rest();
        }
    }
}

#[test]
fn row_19_an_error_that_names_nothing_is_bad_output() {
    let story = story();
    story.script("a/x", [Behaviour::sends([r#"{"error":{"message":"Something."}}"#])]);
    let answer = story.ask("chain");
    answer.is_answered_by("b/y");
    assert!(answer.trail()[0].starts_with("a/x bad_output"), "{:?}", answer.trail());
}

#[test]
fn row_19_the_callers_own_fault_inside_a_success_is_still_the_callers() {
    let fault =
        ErrorObject::new("invalid_request_error", "invalid_value", "`temperature` must be at most 2.");
    for body in [hello("chain"), hello_streamed("chain")] {
        let story = story();
        story.script("a/x", [Behaviour::error_inside_a_success(fault.clone())]);
        let answer = story.chat(&body);
        assert_eq!(answer.status, 400);
        assert!(answer.error()["message"].as_str().unwrap().contains("`temperature` must be at most 2."));
        assert_eq!(story.tried(), ["a/x"]);
    }
}

#[test]
fn row_19_an_error_event_after_content_ends_the_stream_with_an_error() {
    let story = story();
    story.script("a/x", [Behaviour::answers("one two three").error_after(2, ErrorObject::of(503))]);

    let answer = story.stream("chain");

    assert_eq!(answer.text(), "one two ");
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
    assert_eq!(answer.events().iter().filter(|event| event["error"].is_object()).count(), 1, "told once");
    assert_eq!(answer.closing()["trail"][0]["outcome"], "overloaded");
    assert_eq!(story.tried(), ["a/x"]);
}

// Row 20: an empty completion; only reasoning; `length` with no content.

fn empty_answers() -> [(&'static str, Behaviour); 3] {
    [
        ("nothing", Behaviour::answers_nothing()),
        ("length", Behaviour::answers_nothing().finishing_with("length")),
        ("only thoughts", Behaviour::only_thinks("hm well so")),
    ]
}

#[test]
fn row_20_an_empty_answer_goes_to_the_next_target() {
    for (what, behaviour) in empty_answers() {
        let story = story();
        story.script("a/x", [behaviour]);
        let answer = story.ask("chain");
        answer.is_answered_by("b/y");
        assert_eq!(story.tried(), ["a/x", "b/y"], "{what}");
        assert!(answer.trail()[0].starts_with("a/x empty"), "{what}: {:?}", answer.trail());
    }
}

#[test]
fn row_20_an_empty_stream_goes_to_the_next_target() {
    for (what, behaviour) in empty_answers().into_iter().take(2) {
        let story = story();
        story.script("a/x", [behaviour]);

        let answer = story.stream("chain");

        assert_eq!(answer.text(), "Hello from b/y.", "{what}");
        assert_eq!(answer.error(), Value::Null, "{what}");
        assert_eq!(answer.finishes(), ["stop"], "{what}: one finish reason in all");
        assert!(answer.is_done(), "{what}");
        assert_eq!(story.tried(), ["a/x", "b/y"], "{what}");
        assert_eq!(answer.closing()["trail"][0]["outcome"], "empty", "{what}");
        story.comes_to_rest();
    }
}

#[test]
fn row_20_a_stream_of_thoughts_alone_is_no_success() {
    let story = story();
    story.script("a/x", [Behaviour::only_thinks("hm well so")]);
    let answer = story.stream("chain");
    assert_eq!(answer.thoughts(), "hm well so");
    assert_ne!(answer.error(), Value::Null);
    assert!(!answer.is_done());
    assert_eq!(answer.closing()["trail"][0]["outcome"], "empty");
}

#[test]
fn row_20_after_a_stream_of_thoughts_alone_the_next_target_simply_answers() {
    let story = story_with(json!({ "stream": { "on_break": "continue" } }));
    story.script("a/x", [Behaviour::only_thinks("hm well so")]);
    let answer = story.stream("chain");
    assert_eq!(answer.thoughts(), "hm well so");
    assert_eq!(answer.text(), "Hello from b/y.");
    assert_eq!(answer.error(), Value::Null);
    assert_eq!(answer.finishes(), ["stop"], "one finish reason in all");
    assert!(answer.is_done());
    assert_eq!(answer.closing()["trail"][0]["outcome"], "empty");
}

#[test]
fn row_20_when_all_are_empty_the_last_answer_goes_out_as_it_came() {
    for stream in [false, true] {
        let story = story();
        story.script("a/x", [Behaviour::answers_nothing()]);
        story.script("b/y", [Behaviour::answers_nothing()]);
        story.script("c/z", [Behaviour::answers_nothing().finishing_with("length")]);
        let mut body = hello("chain");
        body["stream"] = json!(stream);

        let answer = story.chat(&body);

        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), "");
        assert_eq!(answer.finishes(), ["length"]);
        assert_eq!(answer.is_done(), stream);
        assert_eq!(answer.header("x-steadfast-model"), "c/z");
        assert_eq!(story.tried(), ["a/x", "b/y", "c/z"]);
        story.comes_to_rest();
    }
}

#[test]
fn row_20_what_a_filter_has_emptied_is_not_empty() {
    for body in [hello("chain"), hello_streamed("chain")] {
        let story = story();
        story.script("a/x", [Behaviour::filtered()]);
        let answer = story.chat(&body);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.finishes(), ["content_filter"]);
        assert_eq!(story.tried(), ["a/x"]);
    }
}

#[test]
fn row_20_a_tool_call_is_an_answer() {
    for body in [hello("chain"), hello_streamed("chain")] {
        let story = story();
        story.script("a/x", [Behaviour::calls("weather", r#"{"city":"Paris"}"#)]);
        let answer = story.chat(&body);
        assert_eq!(answer.finishes(), ["tool_calls"]);
        assert_eq!(story.tried(), ["a/x"]);
    }
}

// Row 37: one 5 MB event; a stream of 100,000 chunks.

#[test]
fn row_37_an_event_of_five_megabytes_is_delivered() {
    let long = "x".repeat(5_000_000);
    for bytes in [usize::MAX, 16_384] {
        let story = story();
        story.script("a/x", [Behaviour::answers(&long).in_pieces_of(bytes)]);
        let answer = story.stream("chain");
        assert_eq!(answer.text().len(), long.len());
        assert!(answer.is_done());
    }
}

#[test]
fn row_37_an_answer_of_five_megabytes_is_delivered() {
    let long = "x".repeat(5_000_000);
    let story = story();
    story.script("a/x", [Behaviour::answers(&long).in_pieces_of(16_384)]);
    assert_eq!(story.ask("chain").text().len(), long.len());
}

#[test]
fn row_37_a_hundred_thousand_chunks_are_delivered() {
    let story = story();
    story.script("a/x", [Behaviour::answers_words(100_000).every(1)]);
    let answer = story.stream("chain");
    assert_eq!(answer.text().split_whitespace().count(), 100_000);
    assert!(answer.is_done());
    assert_eq!(answer.ended_at, 99_999);
    story.comes_to_rest();
}

#[test]
fn row_37_what_the_caller_does_not_read_is_not_read_ahead() {
    let story = story();
    // Two minutes of words, of which the caller stays for one.
    story.script("a/x", [Behaviour::answers_words(120_000).every(1)]);
    story.chat_and_stop_reading_after(10, &hello_streamed("chain"));
    // Ten chunks of some two hundred bytes were taken; memory does not grow with a slow reader.
    assert!(story.attempts()[0].read < 100_000, "{} bytes were read ahead", story.attempts()[0].read);
    assert_eq!(story.attempts()[0].outcome, Some(Outcome::Cancelled));
}
