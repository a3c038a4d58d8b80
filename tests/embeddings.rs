//! `/v1/embeddings`: the same strategies, but only between targets whose vectors can be compared.

#![cfg(test)]

mod support;

use serde_json::{Value, json};
use steadfast::sim::Behaviour;
use support::*;

fn vectors() -> Behaviour {
    so_many_vectors(1)
}

fn so_many_vectors(count: usize) -> Behaviour {
    let vector = |index| json!({ "object": "embedding", "index": index, "embedding": [0.1, 0.2] });
    let body = json!({
        "object": "list", "model": "theirs", "data": (0..count).map(vector).collect::<Vec<_>>(),
        "usage": { "prompt_tokens": 3, "total_tokens": 3 },
    });
    Behaviour::sends([body.to_string()])
}

fn ask(model: &str) -> Value {
    json!({ "model": model, "input": ["Hello"], "dimensions": 2, "steadfast": { "trail": true } })
}

fn same(name: &str) -> Value {
    json!({
        "routes": { "vectors": { "fallback": ["a/embed", "b/embed", "c/embed-too"] } },
        "models": { "c/embed-too": { "embedding": name } },
    })
}

#[test]
fn vectors_fall_back_to_the_same_model_elsewhere() {
    let story = story_with(same("embed"));
    story.script("a/embed", [Behaviour::status(503)]).script("b/embed", [vectors()]);
    let answer = story.post("/v1/embeddings", &ask("vectors"));
    let body = answer.json();
    assert_eq!((answer.status, &body["model"]), (200, &json!("b/embed")));
    assert_eq!(body["data"][0]["embedding"], json!([0.1, 0.2]));
    assert_eq!(body["steadfast"]["trail"].as_array().map(Vec::len), Some(2));
    let attempt = &story.attempts()[1];
    assert!(attempt.path.ends_with("/embeddings"), "{}", attempt.path);
    assert_eq!(attempt.json(), json!({ "model": "embed", "input": ["Hello"], "dimensions": 2 }));
}

#[test]
fn models_that_the_configuration_declares_equal_stand_in_for_each_other() {
    let story = story_with(same("embed"));
    story.script("a/embed", [Behaviour::status(503)]).script("b/embed", [Behaviour::status(503)]);
    story.script("c/embed-too", [vectors()]);
    assert_eq!(story.post("/v1/embeddings", &ask("vectors")).header("x-steadfast-model"), "c/embed-too");
}

#[test]
fn vectors_of_another_space_are_never_mixed_in() {
    let story = story_with(same("another"));
    story.script("a/embed", [Behaviour::status(503)]).script("b/embed", [Behaviour::status(503)]);
    story.script("c/embed-too", [vectors()]);
    let answer = story.post("/v1/embeddings", &ask("vectors"));
    assert_eq!(answer.status, 502);
    assert_eq!(story.tried(), ["a/embed", "b/embed", "b/embed"], "the last hope is asked again");
    assert!(answer.raw().contains("cannot be compared with those of a/embed"), "{}", answer.raw());
}

#[test]
fn an_answer_without_vectors_is_none() {
    let story = story_with(same("embed"));
    let empty = Behaviour::sends([r#"{"object":"list","data":[]}"#]);
    let wrong = Behaviour::sends([r#"{"choices":[]}"#]);
    story.script("a/embed", [empty]).script("b/embed", [wrong]).script("c/embed-too", [vectors()]);
    let answer = story.post("/v1/embeddings", &ask("vectors"));
    assert_eq!(
        answer.header("x-steadfast-trail"),
        "a/embed empty 200 0ms; b/embed bad_output 200 0ms; c/embed-too ok 0ms"
    );
}

#[test]
fn an_answer_with_another_number_of_vectors_is_none() {
    let asked = |came: usize, input: &Value| {
        let story = story_with(same("embed"));
        story.script("a/embed", [so_many_vectors(came)]).script("b/embed", [Behaviour::status(503)]);
        story.script("c/embed-too", [Behaviour::status(503)]);
        let answer = story.post("/v1/embeddings", &json!({ "model": "vectors", "input": input }));
        answer.header("x-steadfast-trail").split(';').next().map(str::to_owned).unwrap_or_default()
    };
    let things = json!([{ "text": "Hello" }, { "image": "https://images.test/1" }]);
    for (count, input) in [
        (1, json!("Hello")),
        (1, json!(["Hello"])),
        (2, json!(["Hello", "Bye"])),
        (1, json!([1, 2, 3])),
        (2, json!([[1, 2, 3], [4]])),
        (2, things),
    ] {
        assert_eq!(asked(count, &input), "a/embed ok 0ms", "{input}");
        for other in [count - 1, count + 1].into_iter().filter(|other| *other > 0) {
            assert_eq!(asked(other, &input), "a/embed bad_output 200 0ms", "{other} for {input}");
        }
    }
}

#[test]
fn vectors_come_in_the_encoding_that_was_asked_for() {
    let came = |asked: Value, sent: Value| {
        let story = story();
        let data = json!([{ "object": "embedding", "index": 0, "embedding": sent }]);
        let body =
            json!({ "object": "list", "model": "theirs", "data": data, "usage": { "total_tokens": 3 } });
        let answer = Behaviour::sends([body.to_string()]);
        story.script("a/embed", [answer]);
        let mut body = json!({ "model": "a/embed", "input": "Hello", "encoding_format": asked });
        if asked.is_null() {
            body.as_object_mut().unwrap().remove("encoding_format");
        }
        let answer = story.post("/v1/embeddings", &body).json();
        assert_eq!((&answer["model"], &answer["usage"]["total_tokens"]), (&json!("a/embed"), &json!(3)));
        answer["data"][0]["embedding"].clone()
    };
    let numbers = json!([0.1, -2, 3.5e-3]);
    for (numbers, bytes) in [
        (json!([0.1]), "zczMPQ=="),
        (json!([0.1, -2]), "zczMPQAAAMA="),
        (numbers.clone(), "zczMPQAAAMBCYGU7"),
    ] {
        assert_eq!(came(json!("base64"), numbers), bytes);
    }
    assert_eq!(came(json!("base64"), json!("zczMPQ==")), "zczMPQ==", "it is in base64 already");
    assert_eq!(came(json!("base64"), json!(["?"])), json!(["?"]), "nobody knows what that is");
    for asked in [json!("float"), json!(null)] {
        assert_eq!(came(asked, numbers.clone()), numbers);
    }
}

#[test]
fn a_request_without_input_is_told_what_is_missing() {
    let answer = story().post("/v1/embeddings", &json!({ "model": "a/embed" }));
    assert_eq!((answer.status, &answer.error()["param"]), (400, &json!("input")));
}

#[test]
fn a_bare_name_means_the_provider_that_has_it() {
    let story = story();
    let answer = story.post("/v1/embeddings", &ask("text-embedding-3-small"));
    assert_eq!(answer.error()["code"], "not_configured");
    assert!(
        answer.raw().contains("OPENAI_API_KEY"),
        "it is OpenAI's, whose key is not set: {}",
        answer.raw()
    );
}

#[test]
fn who_cannot_embed_may_chat_all_the_same() {
    for refusal in [
        Behaviour::status(403).saying("You are not allowed to generate embeddings from this model"),
        Behaviour::status(404).saying("This model does not support embeddings."),
    ] {
        let story = story();
        story.script("a/x", [refusal, Behaviour::answers("Hello.")]);
        let answer = story.post("/v1/embeddings", &ask("a/x"));
        assert_eq!((answer.status, &answer.error()["attempts"][0]["outcome"]), (502, &json!("not_found")));
        assert_eq!(story.ask("chain").header("x-steadfast-trail"), "a/x ok 0ms");
        assert!(story.warnings().is_empty(), "{:?}", story.warnings());
    }
}
