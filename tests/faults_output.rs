//! Answers that came whole and are not what was asked for: JSON that fails the requested schema.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::{Behaviour, ErrorObject, Outcome, Part};
use support::*;

const FITS: &str = r#"{"name": "Ada", "age": 36}"#;
const TOO_OLD: &str = r#"{"name": "Ada", "age": "thirty six"}"#;
const CHATTY: &str = r#"Here you are: {"name": "Ada", "age": 36}"#;

/// A hello whose answer is to be a person.
fn person(model: &str) -> Value {
    let mut body = hello(model);
    body["response_format"] = json!({ "type": "json_schema", "json_schema": { "name": "person", "strict": true, "schema": {
        "type": "object",
        "properties": { "name": { "type": "string" }, "age": { "type": "integer" } },
        "required": ["name", "age"],
        "additionalProperties": false,
    } } });
    body
}

fn person_streamed(model: &str) -> Value {
    let mut body = person(model);
    body["stream"] = json!(true);
    body
}

/// A story in which streams are checked.
fn verifying() -> Story {
    story_with(json!({ "stream": { "verify_schema": true } }))
}

fn message(answer: &Answer) -> String {
    answer.error()["message"].as_str().unwrap_or_default().to_owned()
}

// Row 21: JSON schema asked, answer is not valid against it.

#[test]
fn row_21_an_answer_that_fits_goes_out_as_it_came() {
    let story = story();
    story.script("a/x", [Behaviour::answers(FITS)]);
    let answer = story.chat(&person("chain"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), FITS);
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn row_21_an_answer_that_does_not_fit_goes_to_the_next_target() {
    for wrong in [TOO_OLD, CHATTY, "{}", "", "null", r#"{"name": "Ada", "age": 36"#] {
        let story = story();
        story.script("a/x", [Behaviour::answers(wrong)]);
        story.script("b/y", [Behaviour::answers(FITS)]);

        let answer = story.chat(&person("chain"));

        assert_eq!(answer.text(), FITS, "{wrong}");
        assert_eq!(story.tried(), ["a/x", "b/y"]);
        let class = if wrong.is_empty() { "empty" } else { "bad_output" };
        assert_eq!(answer.trail(), [format!("a/x {class} 200"), "b/y ok".to_owned()]);
        story.comes_to_rest();
    }
}

#[test]
fn row_21_what_the_configuration_lays_over_a_target_is_what_its_answer_has_to_fit() {
    let format = person("x")["response_format"].clone();
    let text = json!({ "type": "text" });
    for (params, body, wrong, tried) in [
        (&format, hello("chain"), TOO_OLD, 2),
        (&format, hello("chain"), FITS, 1),
        (&format, hello_streamed("chain"), TOO_OLD, 2),
        // What was not asked for is not missed.
        (&text, person("chain"), CHATTY, 1),
    ] {
        let first = json!({ "model": "a/x", "params": { "response_format": params } });
        let story = story_with(json!({
            "routes": { "chain": { "fallback": [first, "b/y"] } }, "stream": { "verify_schema": true },
        }));
        story.script("a/x", [Behaviour::answers(wrong)]);
        story.script("b/y", [Behaviour::answers(FITS)]);
        assert_eq!(story.chat(&body).status, 200);
        assert_eq!(story.tried().len(), tried, "{params} {wrong}");
    }
}

/// A caller of another language is passed on in his own words, to which no form of a chat is laid.
#[test]
fn row_21_what_is_not_told_is_not_asked_for() {
    let first = json!({ "model": "a/x", "params": { "response_format": person("x")["response_format"] } });
    let story = story_with(json!({
        "providers": { "a": { "dialect": "anthropic" } }, "routes": { "chain": { "fallback": [first, "b/y"] } },
    }));
    let mut body = hello("chain");
    body["max_tokens"] = json!(10);
    assert_eq!(story.post("/v1/messages", &body).status, 200);
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn row_21_the_same_target_is_not_asked_again_and_it_counts_against_it() {
    let story = story();
    story.script("a/x", [Behaviour::answers(TOO_OLD)]);
    let answer = story.chat(&person("a/x"));
    assert_eq!(answer.status, 502);
    assert_eq!(story.tried(), ["a/x"]);
    let status = story.get("/status").json();
    assert!(status.to_string().contains(r#""bad_output":1"#), "{status}");
}

#[test]
fn row_21_when_none_fits_the_error_says_where_and_not_what() {
    let story = story();
    story.script("a/x", [Behaviour::answers(TOO_OLD)]);
    story.script("b/y", [Behaviour::answers(CHATTY)]);
    story.script("c/z", [Behaviour::answers(r#"{"name": "Ada", "age": 36, "secret": 1}"#)]);

    let answer = story.chat(&person("chain"));

    assert_eq!((answer.status, answer.error()["code"].as_str()), (502, Some("all_targets_failed")));
    assert_eq!(answer.header("x-should-retry"), "false");
    assert_eq!(answer.trail(), ["a/x bad_output 200", "b/y bad_output 200", "c/z bad_output 200"]);
    let message = message(&answer);
    assert!(message.contains(r#"a/x bad_output 200 (the answer does not fit the schema that was asked for: at `/age` expected the type "integer")"#), "{message}");
    assert!(message.contains("b/y bad_output 200 (JSON was asked for, and the answer is none"), "{message}");
    for word in ["thirty", "Here you are", "secret"] {
        assert!(!answer.raw().contains(word) && !story.log().contains(word), "{word}");
    }
}

#[test]
fn row_21_what_was_paid_for_counts_though_it_did_not_fit() {
    let story = story_with(json!({ "models": { "a/x": { "price": { "input": 1, "output": 1 } } } }));
    story.script("a/x", [Behaviour::answers(TOO_OLD).costing(600_000, 400_000)]);
    story.script("b/y", [Behaviour::answers(FITS)]);
    let mut body = person("chain");
    body["steadfast"] = json!({ "trail": true });
    let cost = &story.chat(&body).json()["steadfast"]["cost_usd"];
    assert_eq!(cost.as_f64(), Some(1.0));
}

#[test]
fn row_21_what_is_no_finished_answer_of_text_is_not_judged() {
    if !speak_openai(["a"]) {
        return;
    }
    for excepted in [
        Behaviour::answers(r#"{"name": "Ad"#).finishing_with("length"),
        Behaviour::answers("I have").finishing_with("content_filter"),
        Behaviour::filtered(),
        Behaviour::says(vec![Part::Refusal("I cannot.".to_owned())], "stop"),
        Behaviour::calls("lookup", r#"{"who": "Ada"}"#),
    ] {
        for verifies in [false, true] {
            let story = story_with(json!({ "stream": { "verify_schema": verifies } }));
            story.script("a/x", [excepted.clone()]);
            for body in [person("chain"), person_streamed("chain")] {
                let answer = story.chat(&body);
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(answer.error(), Value::Null, "{excepted:?}");
                assert_eq!(answer.is_done(), answer.streamed);
            }
            assert_eq!(story.tried(), ["a/x", "a/x"], "{excepted:?}");
        }
    }
}

#[test]
fn row_21_json_without_a_schema_has_to_be_json() {
    let mut body = hello("chain");
    body["response_format"] = json!({ "type": "json_object" });
    let story = story();
    story.script("a/x", [Behaviour::answers("Hello."), Behaviour::answers(r#"{"any": "thing"}"#)]);
    story.script("b/y", [Behaviour::answers("{}")]);
    assert_eq!(story.chat(&body).text(), "{}");
    assert_eq!(story.chat(&body).text(), r#"{"any": "thing"}"#);
    assert_eq!(story.tried(), ["a/x", "b/y", "a/x"]);
}

#[test]
fn row_21_text_may_be_anything() {
    let story = story();
    for format in [json!(null), json!({ "type": "text" }), json!({ "type": "grammar" }), json!("json")] {
        let mut body = hello("chain");
        body["response_format"] = format;
        story.chat(&body).is_answered_by("a/x");
    }
}

#[test]
fn row_21_a_schema_that_cannot_be_judged_refuses_nothing() {
    let story = story();
    story.script("a/x", [Behaviour::answers(FITS)]);
    for schema in
        [json!({ "$ref": "#" }), json!({ "not": { "pattern": "x" } }), json!("nonsense"), json!(null)]
    {
        let mut body = person("chain");
        body["response_format"]["json_schema"]["schema"] = schema;
        assert_eq!(story.chat(&body).text(), FITS);
    }
}

#[test]
fn row_21_in_a_race_the_first_that_fits_wins() {
    let story = story_with(json!({ "routes": { "quick": { "race": ["a/x", "b/y"], "stagger_ms": 0 } } }));
    story.script("a/x", [Behaviour::answers(CHATTY).after(100)]);
    story.script("b/y", [Behaviour::answers(FITS).after(300)]);
    let answer = story.chat(&person("quick"));
    assert_eq!(answer.text(), FITS);
    assert_eq!(answer.headers_at, 300);
}

// Row 21, streams: held back and checked only with `stream.verify_schema`.

#[test]
fn row_21_without_verify_schema_a_stream_is_shown_as_it_comes() {
    let story = story();
    story.script("a/x", [Behaviour::answers(CHATTY).every(100)]);
    let answer = story.chat(&person_streamed("chain"));
    assert_eq!(answer.headers_at, 0);
    assert_eq!(answer.first_text_at(), Some(0));
    assert_eq!(answer.text(), CHATTY);
    assert!(answer.is_done());
    assert_eq!(story.tried(), ["a/x"]);
}

#[test]
fn row_21_a_stream_is_held_back_whole_and_goes_out_as_it_came() {
    let written = |story: &Story| {
        story.script("a/x", [Behaviour::answers(FITS).thinking("Who was it?").costing(12, 34).every(100)]);
        let mut body = person_streamed("chain");
        body["stream_options"] = json!({ "include_usage": true });
        story.chat(&body)
    };
    let (held, shown) = (written(&verifying()), written(&story()));

    assert_eq!(shown.headers_at, 0);
    assert_eq!(held.headers_at, 600, "with its last word");
    assert_eq!(held.first_text_at(), Some(600));
    assert_eq!(held.ended_at, 600);
    assert_eq!(held.text(), FITS);
    assert_eq!(held.data(), shown.data(), "not a byte is different");
    assert!(held.is_done());
    assert_eq!(held.closing()["trail"][0]["outcome"], "ok");
}

#[test]
fn row_21_a_stream_that_does_not_fit_goes_to_the_next_target() {
    for wrong in [TOO_OLD, CHATTY] {
        let story = verifying();
        story.script("a/x", [Behaviour::answers(wrong).every(100)]);
        story.script("b/y", [Behaviour::answers(FITS).in_pieces_of(7)]);

        let answer = story.chat(&person_streamed("chain"));

        assert_eq!(answer.text(), FITS);
        assert_eq!(answer.finishes(), ["stop"]);
        assert!(answer.is_done());
        assert_eq!(answer.trail(), ["a/x bad_output 200", "b/y ok"]);
        assert!(!answer.raw().contains("thirty") && !answer.raw().contains("Here"));
        story.comes_to_rest();
    }
}

#[test]
fn row_21_a_stream_that_does_not_fit_was_paid_for_all_the_same() {
    let story = verifying();
    story.script("a/x", [Behaviour::answers(TOO_OLD).every(100)]);
    story.script("b/y", [Behaviour::answers(FITS).costing(9, 3)]);
    let usage = story.chat(&person_streamed("chain")).closing()["usage"].clone();
    assert!(usage["completion_tokens"].as_u64().is_some_and(|tokens| tokens > 3), "{usage}");
}

#[test]
fn row_21_when_no_stream_fits_there_is_one_error() {
    let story = verifying();
    for target in ["a/x", "b/y", "c/z"] {
        story.script(target, [Behaviour::answers(TOO_OLD)]);
    }
    let answer = story.chat(&person_streamed("chain"));
    assert_eq!((answer.status, answer.error()["code"].as_str()), (502, Some("all_targets_failed")));
    assert_eq!(story.tried(), ["a/x", "b/y", "c/z"]);
    story.comes_to_rest();
}

#[test]
fn row_21_a_held_stream_may_end_without_done_or_with_done_alone() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = verifying();
    let done_alone = Behaviour::answers(FITS).without_finish_reason().without_usage();
    story.script(
        "a/x",
        [Behaviour::answers(FITS).without_done().body_stalls(), done_alone.clone().body_stalls(), done_alone],
    );
    for _ in 0..3 {
        let answer = story.chat(&person_streamed("a/x"));
        assert_eq!(answer.text(), FITS);
        assert_eq!(answer.error(), Value::Null);
        assert!(answer.is_done());
        assert!(answer.ended_at < story.now() + 5_000);
    }
    story.comes_to_rest();
}

#[test]
fn row_21_every_choice_of_a_stream_has_to_fit() {
    if !speak_openai(["a", "b"]) {
        return;
    }
    let event = |index: u32, text: &str, finish: &str| {
        let delta =
            json!({ "choices": [{ "index": index, "delta": { "content": text }, "finish_reason": null }] });
        let end = json!({ "choices": [{ "index": index, "delta": {}, "finish_reason": finish }] });
        format!("data: {delta}\n\ndata: {end}\n\n")
    };
    let stream = |second: &str| {
        Behaviour::sends([event(0, FITS, "stop"), event(1, second, "stop"), "data: [DONE]\n\n".to_owned()])
    };
    let story = verifying();
    story.script("a/x", [stream("{}")]);
    story.script("b/y", [stream(FITS)]);
    let mut body = person_streamed("chain");
    body["n"] = json!(2);
    assert_eq!(story.chat(&body).status, 200);
    assert_eq!(story.tried(), ["a/x", "b/y"]);
}

#[test]
fn row_21_nothing_else_is_held_back() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = verifying();
    story.script("a/x", [Behaviour::answers("one two three").every(100)]);
    assert_eq!(story.stream("chain").first_text_at(), Some(0));
    let begun = story.now();
    let mut body = hello_streamed("chain");
    body["response_format"] = json!({ "type": "json_object" });
    assert_eq!(story.chat(&body).first_text_at(), Some(begun));
    // A tool call is not checked, so it is not held back.
    let begun = story.now();
    story.script("a/x", [Behaviour::calls("lookup", r#"{"who": "Ada Lovelace"}"#).every(100)]);
    assert_eq!(story.chat(&person_streamed("chain")).headers_at, begun);
}

#[test]
fn row_21_the_clocks_bound_what_is_held_back() {
    // Silence between two words.
    let story = verifying();
    story.script("a/x", [Behaviour::answers(FITS).stall_after(2).every(100)]);
    story.script("b/y", [Behaviour::answers(FITS)]);
    let answer = story.chat(&person_streamed("chain"));
    assert_eq!(answer.trail(), ["a/x timeout idle", "b/y ok"]);
    assert_eq!(answer.headers_at, 30_100);
    story.comes_to_rest();

    // A word every ten seconds, for ever: the whole has to be there within the attempt clock.
    let story = verifying();
    let babble = Behaviour::completes(Vec::new()).repeating(Part::Text("1".to_owned()), 9_000);
    story.script("a/x", [babble]);
    story.script("b/y", [Behaviour::answers(FITS)]);
    let answer = story.chat(&person_streamed("chain"));
    assert_eq!(answer.trail(), ["a/x timeout attempt", "b/y ok"]);
    assert_eq!(answer.headers_at, 120_000);
    assert_eq!(answer.text(), FITS);
    story.comes_to_rest();
}

#[test]
fn row_21_a_held_stream_that_breaks_falls_back() {
    let story = verifying();
    story.script("a/x", [Behaviour::answers(FITS).cut_after(2)]);
    story.script(
        "b/y",
        [Behaviour::answers(FITS).error_after(2, ErrorObject::new("overloaded_error", "", "Sorry."))],
    );
    story.script("c/z", [Behaviour::answers(FITS)]);
    let answer = story.chat(&person_streamed("chain"));
    assert_eq!(answer.trail(), ["a/x cut 200", "b/y overloaded 200", "c/z ok"]);
    assert_eq!(answer.text(), FITS);
}

#[test]
fn row_21_a_caller_who_leaves_a_held_stream_cancels_it() {
    let story = verifying();
    story.script("a/x", [Behaviour::answers(FITS).every(1_000)]);
    story.chat_and_leave_after(1_500, &person_streamed("chain"));
    assert_eq!(story.tried(), ["a/x"]);
    assert_eq!(story.attempts()[0].outcome, Some(Outcome::Cancelled));
    story.comes_to_rest();
}

#[test]
fn row_21_what_is_held_back_is_bounded() {
    let story = verifying();
    let long = "x".repeat(1 << 20);
    let parts = (0..40).map(|_| Part::Text(long.clone())).collect();
    story.script("a/x", [Behaviour::says(parts, "stop").every(10)]);
    let answer = story.chat(&person_streamed("a/x"));
    assert_eq!(answer.status, 200, "too much to hold: it goes out unchecked");
    assert!((140..160).contains(&answer.headers_at), "{}", answer.headers_at);
    assert_eq!(answer.text().len(), 40 << 20);
}
