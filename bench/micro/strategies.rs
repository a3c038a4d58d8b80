//! The whole core for one request: caller's key, health, log line, trail and headers. The world answers at once, so
//! that nothing but the core takes time.

use std::future::{pending, ready};
use std::rc::Rc;

use bytes::Bytes;
use divan::Bencher;
use futures::executor::block_on;
use futures::future::LocalBoxFuture;
use serde_json::json;
use steadfast::host::{Body, Headers, Host, Level, Millis, UpstreamRequest, UpstreamResponse};
use steadfast::{CallerKeys, Door, Gateway, Plan, Request, ResponseBody, Secrets};

use crate::fixtures::{answer, question};

/// What is asked for: a target, a native one, a fallback past a 503, a race of three, the best of three.
const MODELS: [&str; 5] = ["up/fast", "other/fast", "first", "race", "auto"];

#[divan::bench(args = MODELS)]
fn a_request(bencher: Bencher<'_, '_>, model: &str) {
    let (gateway, body) = (gateway(), question(model, json!({})));
    bencher.bench_local(|| block_on(ask(&gateway, body.clone())));
}

fn gateway() -> Gateway {
    let provider = |name: &str, dialect: &str| json!({ "dialect": dialect, "base_url": format!("http://{name}.test/v1"), "keys": ["KEY"] });
    let config = json!({
        "providers": {
            "up": provider("up", "openai"), "spare": provider("spare", "openai"), "down": provider("down", "openai"), "other": provider("other", "anthropic"),
        },
        "routes": {
            "first": { "fallback": ["down/x", "up/fast"] },
            "race": { "race": ["up/fast", "spare/fast", "other/fast"] },
            "auto": { "auto": ["up/fast", "spare/fast", "other/fast"] },
        },
        "retry": { "retries": 0 },
        "breaker": false,
    });
    let secrets: Secrets = [("KEY", "any")].into_iter().collect();
    Gateway::new(Plan::from_json(&config.to_string()), secrets, Door::locked(CallerKeys::read("bench-key")))
}

async fn ask(gateway: &Gateway, body: Bytes) {
    let request = Request {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        headers: Headers::from_iter([("authorization", "Bearer bench-key")]),
        body: Box::new(Whole(Some(body))),
    };
    let response = gateway.fetch(Rc::new(AtOnce), request).await;
    assert!(
        response.status == 200 && matches!(response.body, ResponseBody::Whole(_)),
        "an answer in one piece"
    );
}

/// A world in which everybody answers at once, `down` with a 503.
struct AtOnce;

impl Host for AtOnce {
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        let (status, body) = ANSWERS.with(|(openai, anthropic)| match request.url.as_str() {
            url if url.starts_with("http://down.") => (503, Bytes::from_static(OVERLOADED)),
            url if url.ends_with("/messages") => (200, anthropic.clone()),
            _ => (200, openai.clone()),
        });
        let headers = Headers::from_iter([("content-type", "application/json")]);
        Box::pin(ready(Ok(UpstreamResponse { status, headers, body: Box::new(Whole(Some(body))) })))
    }

    fn sleep(&self, _milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        Box::pin(pending())
    }

    fn now(&self) -> Millis {
        0
    }

    fn unix_now(&self) -> Millis {
        1_700_000_000_000
    }

    fn random(&self) -> u64 {
        7
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        block_on(future);
    }

    fn log(&self, _level: Level, line: &str) {
        divan::black_box(line);
    }
}

thread_local! {
    static ANSWERS: (Bytes, Bytes) = (answer("openai"), answer("anthropic"));
}

const OVERLOADED: &[u8] = br#"{"error":{"message":"The engine is overloaded.","type":"server_error","param":null,"code":"overloaded"}}"#;

struct Whole(Option<Bytes>);

impl Body for Whole {
    fn read(&mut self, _at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(ready(Ok(self.0.take())))
    }
}
