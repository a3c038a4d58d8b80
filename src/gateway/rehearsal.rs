//! A request that goes nowhere, before the first that does.
//!
//! V8 compiles a function of WebAssembly when it is first called: several hundred of them, while the first caller of a
//! fresh isolate would wait. Cloudflare starts the isolate while that caller still shakes hands ("Eliminating cold
//! starts with Cloudflare Workers", blog.cloudflare.com, 2020), so what is compiled at the start costs nobody a wait.

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, pending, ready};

use crate::config::Plan;
use crate::host::{Headers, Here, Host, Level, Millis, UpstreamRequest, UpstreamResponse};
use crate::secret::{CallerKeys, Secrets};

use super::{Door, Gateway, Request};

const PLAN: &str = r#"{"providers":{"stage":{"dialect":"openai","base_url":"http://stage.invalid/v1","keys":["STAGE_KEY"]}},"routes":{"act":{"fallback":["stage/one","stage/two"]}}}"#;
const ASKED: &str = r#"{"model":"act","messages":[{"role":"user","content":"To be?"}]}"#;
const ANSWERED: &str = r#"{"id":"1","object":"chat.completion","created":1,"model":"one","choices":[{"index":0,"message":{"role":"assistant","content":"Or not."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;

/// Plays a request through a gateway of its own. Nothing of it is seen, kept or said outside; whether it was answered.
pub(crate) fn play() -> bool {
    let Ok(plan) = Plan::from_json(PLAN) else { return false };
    let mut secrets = Secrets::default();
    secrets.set("STAGE_KEY".to_owned(), "stage");
    let gateway = Gateway::new(Ok(plan), secrets, Door::locked(CallerKeys::read("stage")));
    let mut headers = Headers::json();
    headers.push("authorization", "Bearer stage");
    let request = Request {
        method: "POST".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        headers,
        body: Box::new(Here(Some(ASKED.into()))),
    };
    gateway.fetch(Rc::new(Stage), request).now_or_never().is_some_and(|response| response.status == 200)
}

/// A world in which everything is there at once and time stands still.
struct Stage;

impl Host for Stage {
    fn fetch(&self, _: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        let body = Box::new(Here(Some(ANSWERED.into())));
        ready(Ok(UpstreamResponse { status: 200, headers: Headers::json(), body })).boxed_local()
    }

    fn sleep(&self, _: Millis) -> LocalBoxFuture<'static, ()> {
        pending().boxed_local()
    }

    fn now(&self) -> Millis {
        0
    }

    fn unix_now(&self) -> Millis {
        0
    }

    fn random(&self) -> u64 {
        0
    }

    fn spawn(&self, _: LocalBoxFuture<'static, ()>) {}

    fn log(&self, _: Level, _: &str) {}
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_played_to_its_end() {
        assert!(super::play());
    }
}
