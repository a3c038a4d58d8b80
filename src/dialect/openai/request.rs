//! The caller's own bytes, with what this target needs spliced in.

use crate::catalog::{KeyIn, StreamUsage, TokenLimit};
use crate::chat::object::{Edit, Object, quoted};
use crate::chat::request::Ask;
use crate::config::Target;
use crate::host::UpstreamRequest;
use crate::secret::Secret;

/// What the target is sent.
#[must_use]
pub fn write(ask: &Ask, target: &Target, key: Option<&Secret>) -> UpstreamRequest {
    let quirks = &target.provider.quirks;
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("accept", if ask.stream { "text/event-stream" } else { "application/json" }.to_owned()),
    ];
    if let Some(key) = key {
        headers.push(match quirks.key_in {
            KeyIn::Bearer => ("authorization", format!("Bearer {}", key.reveal())),
            KeyIn::ApiKeyHeader => ("api-key", key.reveal().to_owned()),
        });
    }
    UpstreamRequest {
        url: format!("{}/chat/completions", target.provider.base_url),
        headers,
        extra_headers: target.provider.headers.clone(),
        body: body(ask, target),
    }
}

fn body(ask: &Ask, target: &Target) -> Vec<bytes::Bytes> {
    let object = Object::again(&ask.body, &ask.outline);
    let quirks = &target.provider.quirks;
    let mut edit = Edit::new(&object);
    edit.set("model", quoted(&target.model));
    edit.remove("models");
    edit.remove("steadfast");

    match quirks.stream_usage {
        StreamUsage::OnRequest if ask.stream => {
            edit.set("stream_options", with_usage(object.value("stream_options")))
        }
        StreamUsage::OnRequest => {}
        StreamUsage::Always => edit.remove("stream_options"),
    }
    let one_of = |wrong: &str, right: &str| object.bytes(wrong).is_some() && object.bytes(right).is_none();
    match quirks.token_limit {
        TokenLimit::MaxTokens if one_of("max_completion_tokens", "max_tokens") => {
            edit.rename("max_completion_tokens", "max_tokens");
        }
        TokenLimit::MaxCompletionTokens if one_of("max_tokens", "max_completion_tokens") => {
            edit.rename("max_tokens", "max_completion_tokens");
        }
        _ => {}
    }
    for (name, value) in &target.params {
        edit.set(name, value.as_str());
    }
    edit.pieces(&ask.body)
}

/// Usage is always asked for, so that the cost of a stream is known; what the caller did not ask for is
/// withheld again on the way back.
fn with_usage(options: Option<&str>) -> String {
    let wanted = r#"{"include_usage":true}"#;
    let Some(options) = options.filter(|options| options.starts_with('{')) else {
        return wanted.into();
    };
    let Ok(object) = Object::read(options.as_bytes()) else {
        return wanted.into();
    };
    let mut edit = Edit::new(&object);
    edit.set("include_usage", "true");
    let mut out = Vec::new();
    edit.write(&mut out);
    String::from_utf8(out).unwrap_or_else(|_| wanted.into())
}
