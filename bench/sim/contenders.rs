//! Three ways to get an answer out of the same providers.

use std::rc::Rc;

use futures::StreamExt as _;
use futures::future::{Either, select};
use serde_json::json;
use steadfast::host::{Headers, Host, Millis, UpstreamRequest};
use steadfast::sim::Given;
use steadfast::{Door, Gateway, Plan, Request, ResponseBody, Secrets};

use crate::sky::Mix;
use crate::upstream::body;

pub(crate) enum Contender {
    /// These providers one after the other, once each: what a hand-written loop does.
    Loop { providers: Vec<String>, attempt_ms: Millis },
    /// The gateway.
    Steadfast(Box<Gateway>),
}

/// What came of one call in a hand-written loop.
enum Came {
    Answer,
    /// Nothing that the caller has seen.
    Nothing,
    /// The beginning of a stream.
    Part,
}

impl Contender {
    pub(crate) fn single(mix: &Mix) -> Self {
        Self::Loop {
            providers: mix.names().take(1).map(str::to_owned).collect(),
            attempt_ms: mix.contenders.attempt_ms,
        }
    }

    pub(crate) fn naive(mix: &Mix) -> Self {
        let providers = mix.names().map(str::to_owned).collect();
        Self::Loop { providers, attempt_ms: mix.contenders.attempt_ms }
    }

    pub(crate) fn steadfast(mix: &Mix) -> Self {
        let provider = |name: &str| {
            let facts =
                json!({ "dialect": "openai", "base_url": format!("http://{name}.test/v1"), "keys": ["KEY"] });
            (name.to_owned(), facts)
        };
        let config = json!({
            "providers": mix.names().map(provider).collect::<serde_json::Map<_, _>>(),
            "models": mix.names().map(|name| (format!("{name}/x"), json!({ "reasoning": false }))).collect::<serde_json::Map<_, _>>(),
            "routes": { "main": { "fallback": mix.names().map(|name| format!("{name}/x")).collect::<Vec<_>>() } },
            "timeouts": { "attempt_ms": mix.contenders.attempt_ms },
        });
        let secrets: Secrets = [("KEY", "any")].into_iter().collect();
        Self::Steadfast(Box::new(Gateway::new(Plan::from_json(&config.to_string()), secrets, Door::open())))
    }

    /// Whether the caller has the whole answer in the end.
    pub(crate) async fn answers(&self, host: Rc<dyn Host>, stream: bool) -> bool {
        match self {
            Self::Steadfast(gateway) => through(gateway, host, stream).await,
            Self::Loop { providers, attempt_ms } => {
                for provider in providers {
                    let call = std::pin::pin!(call(&host, provider, stream));
                    match select(call, host.sleep(*attempt_ms)).await {
                        Either::Left((Came::Answer, _)) => return true,
                        Either::Left((Came::Part, _)) => return false,
                        Either::Left((Came::Nothing, _)) | Either::Right(_) => {}
                    }
                }
                false
            }
        }
    }
}

async fn call(host: &Rc<dyn Host>, provider: &str, stream: bool) -> Came {
    let request = UpstreamRequest {
        url: format!("http://{provider}.test/v1/chat/completions"),
        headers: Headers::default(),
        body: vec![body("x", stream)],
    };
    let Ok(mut response) = host.fetch(request).await else { return Came::Nothing };
    if response.status != 200 {
        return Came::Nothing;
    }
    let mut shown = false;
    loop {
        match response.body.read(1).await {
            Ok(Some(piece)) => shown |= stream && piece.windows(12).any(|some| some == b"\"content\":\"w"),
            Ok(None) => return Came::Answer,
            Err(_) if shown => return Came::Part,
            Err(_) => return Came::Nothing,
        }
    }
}

async fn through(gateway: &Gateway, host: Rc<dyn Host>, stream: bool) -> bool {
    let request = Request {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        headers: Headers::default(),
        body: Box::new(Given::whole(body("main", stream))),
    };
    let response = gateway.fetch(host, request).await;
    match response.body {
        ResponseBody::Whole(_) => response.status == 200,
        ResponseBody::Stream(mut pieces) => {
            let mut done = false;
            while let Some(piece) = pieces.next().await {
                done = piece.ends_with(b"data: [DONE]\n\n");
            }
            done
        }
    }
}
