//! What a caller of Anthropic's Messages says and hears, for the stories that are told in his language.

use serde_json::{Value, json};
use steadfast::sim::Behaviour;

use super::{Answer, WHOLE};

pub(crate) fn hello(model: &str) -> Value {
    json!({ "model": model, "max_tokens": 100, "messages": [{ "role": "user", "content": "Hello?" }] })
}

pub(crate) fn hello_streamed(model: &str) -> Value {
    let mut body = hello(model);
    body["stream"] = json!(true);
    body
}

/// The types of the events of a stream.
pub(crate) fn kinds(answer: &Answer) -> Vec<String> {
    answer.events().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

pub(crate) fn text(answer: &Answer) -> String {
    answer.events().iter().filter_map(|event| event["delta"]["text"].as_str()).collect()
}

/// A stream of all of `WHOLE` in one block, whoever carried it on.
pub(crate) fn is_whole(answer: &Answer) {
    assert_eq!(text(answer), WHOLE);
    let kinds = kinds(answer);
    for once in
        ["message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"]
    {
        assert_eq!(kinds.iter().filter(|kind| *kind == once).count(), 1, "{once}: {kinds:?}");
    }
}

/// A provider that counts tokens, and counts 42.
pub(crate) fn counts() -> Behaviour {
    Behaviour::sends([r#"{"input_tokens":42}"#])
}
