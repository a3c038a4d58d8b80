//! What an answer holds is not what its status promised: too much, too slow, a secret, or something else altogether.

#![cfg(test)]

mod support;

use serde_json::json;
use steadfast::sim::{Behaviour, ErrorObject, Outcome};
use support::*;

// Row 27: an error body that stalls, or is 50 MB.

#[test]
fn row_27_an_error_body_that_stalls_is_not_waited_for_long() {
    for status in [400, 401, 503] {
        let story = story();
        story.script("a/x", [Behaviour::status(status).body_stalls(), Behaviour::answers("Hello from a/x.")]);

        let answer = story.ask("chain");

        assert!(answer.ended_at <= 10_000, "{status}: it took {} ms", answer.ended_at);
        assert_eq!(story.attempts()[0].outcome, Some(Outcome::Cancelled));
        if status != 400 {
            answer.is_answered_by("b/y");
        }
        story.comes_to_rest();
    }
}

#[test]
fn row_27_an_error_body_without_end_is_not_read_to_its_end() {
    let megabyte = bytes::Bytes::from(vec![b'x'; 1 << 20]);
    let story = story();
    let flood = Behaviour {
        opening: steadfast::sim::Opening::Status(503),
        ..Behaviour::sends(vec![megabyte; 50]).every(10)
    };
    story.script("a/x", [flood]);

    let answer = story.ask("chain");

    answer.is_answered_by("b/y");
    assert!(story.attempts()[0].read <= 4 << 20, "{} bytes were read", story.attempts()[0].read);
    assert_eq!(story.attempts()[0].outcome, Some(Outcome::Cancelled));
    assert!(answer.header("x-steadfast-trail").len() < 2_048);
}

// Row 38: a provider echoes our key in its error text.

#[test]
fn row_38_an_echoed_key_is_struck_out_everywhere() {
    let key = "sk-first-key-of-a";
    let echo = format!("Incorrect API key provided: {key}. (Authorization: Bearer {key})");
    let broken = Behaviour {
        opening: steadfast::sim::Opening::Fails(format!("cannot connect with {key}")),
        ..Behaviour::resets()
    };
    let stories = [
        Behaviour::status(401).saying(&echo),
        Behaviour::status(400).saying(&echo),
        Behaviour::status(400).code(key).saying("No."),
        Behaviour::status(500).body(echo.clone()),
        Behaviour::error_inside_a_success(ErrorObject::new("server_error", key, &echo)),
        Behaviour::answers("one two").error_after(0, ErrorObject::new("server_error", "", &echo)),
        Behaviour::answers("one two").error_after(1, ErrorObject::new("server_error", key, &echo)),
        broken,
    ];
    for behaviour in stories {
        for stream in [false, true] {
            let story = story();
            let told = format!("{:?}, streamed: {stream}", behaviour.content);
            story.script("a/x", [behaviour.clone()]);
            let mut body = hello("a/x");
            body["stream"] = json!(stream);
            body["steadfast"] = json!({ "trail": true });

            let answer = story.chat(&body);
            story.comes_to_rest();

            assert!(!answer.raw().contains(key), "in the body: {told}");
            assert!(!format!("{:?}", answer.headers).contains(key), "in a header: {told}");
            assert!(!story.log().contains(key), "in the log: {told}");
            assert!(!story.get("/status").raw().contains(key), "in the status: {told}");
        }
    }
}

#[test]
fn a_provider_that_echoes_the_prompt_puts_no_word_of_it_into_the_log() {
    for code in ["a quiet word, please", "InvalidParameter.Too-long_2"] {
        let story = story();
        story.script("a/x", [Behaviour::status(400).code(code).saying("a quiet word, please")]);
        let answer = story.ask("a/x").json();
        // Some languages have names of their own for what went wrong.
        let told = answer["error"]["code"].as_str().unwrap();
        let log = story.log();
        assert!(log.contains(r#""status":400"#) && !log.contains("quiet"), "{log}");
        assert_eq!(log.contains(&format!(r#""code":"{told}""#)), !told.contains(' '), "{log}");
    }
}

// Row 39: HTML, gzip that was not announced, or a redirect to another host.

#[test]
fn row_39_what_is_not_an_answer_is_bad_output_and_the_next_target_answers() {
    let gzip: &[u8] = &[0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xab, 0x56, 0x4a, 0x2d];
    let stories = [
        ("a page", Behaviour::html()),
        ("gzip", Behaviour::sends([gzip])),
        ("another shape", Behaviour::sends([r#"{"ok":true}"#]).header("content-type", "application/json")),
        ("a list", Behaviour::sends(["[]"]).header("content-type", "application/json")),
        ("a redirect", redirect()),
    ];
    for (what, behaviour) in stories {
        for body in [hello("chain"), hello_streamed("chain")] {
            let story = story();
            story.script("a/x", [behaviour.clone()]);

            let answer = story.chat(&body);

            answer.is_answered_by("b/y");
            assert_eq!(story.tried(), ["a/x", "b/y"], "{what}");
            assert!(answer.trail()[0].starts_with("a/x bad_output"), "{what}: {}", answer.trail()[0]);
            story.comes_to_rest();
        }
    }
}

#[test]
fn row_39_a_redirect_is_not_followed() {
    if !speak_openai(["a"]) {
        return;
    }
    let story = story();
    story.script("a/x", [redirect()]);
    story.ask("chain");
    assert!(story.attempts().iter().all(|attempt| attempt.provider != "elsewhere"));
    let keys_of_a = story
        .attempts()
        .into_iter()
        .filter(|attempt| attempt.header("authorization") == Some("Bearer sk-first-key-of-a"));
    assert_eq!(keys_of_a.count(), 1, "the key went to its own provider and to nobody else");
}

fn redirect() -> Behaviour {
    Behaviour::status(307).header("location", "http://elsewhere.test/v1/chat/completions")
}
