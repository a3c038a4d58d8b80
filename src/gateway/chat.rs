//! `POST /v1/chat/completions`, and its like in other languages.

use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream;

use crate::catalog;
use crate::chat::answer::labelled;
use crate::chat::needs::{self, Capability};
use crate::chat::request::{Ask, Purpose};
use crate::class::Class;
use crate::config::{Kind, Node, Unresolved};
use crate::error::ApiError;
use crate::failure::Failure;
use crate::host::{Headers, Host};
use crate::json::{self, Writer};
use crate::route;
use crate::route::attempt::{Answer, Won};
use crate::route::call::Call;
use crate::route::relay::Relay;
use crate::route::trail::{Entry, ascii};
use crate::surface::{Surface, Voice};
use crate::text;

use super::core::Core;
use super::http::{Request, Response, ResponseBody};
use super::models;

/// Headers of the caller that providers may see.
const PASSED_ON: [&str; 3] = ["traceparent", "openai-beta", "anthropic-beta"];

/// How gzip (RFC 1952) and Zstandard (RFC 8878) begin.
const PACKED: [&[u8]; 2] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd"];

pub(super) async fn completions(
    core: &Rc<Core>,
    host: &Rc<dyn Host>,
    id: &str,
    surface: Surface,
    mut request: Request,
) -> Result<Response, ApiError> {
    let limit = core.plan.request_bytes;
    let body = request.body.read_all(limit).await.map_err(|why| {
        ApiError::invalid_request(
            None,
            format!("The body of the request broke off: {}.", why.trim_end_matches('.')),
        )
    })?;
    let body = body.ok_or_else(|| ApiError::request_too_large(limit))?;
    if PACKED.iter().any(|mark| body.starts_with(mark)) {
        let message = "The body of the request is packed. Send it as it is, without a `content-encoding`.";
        return Err(ApiError::invalid_request(None, message.to_owned()));
    }
    #[cfg(feature = "test-panic")]
    super::panic_if_asked(&request);
    #[cfg(feature = "test-panic")]
    let respond = |call, surface, won| super::panics_in_stream(&request)(respond(call, surface, won));

    let ask = surface.read(json::unmarked(body))?;
    let node = resolve(core, &ask)?;
    core.health.borrow_mut().budget.deposit(host.now());
    let mut passed_on = Vec::new();
    for name in PASSED_ON {
        if let Some(value) = request.headers.find(name) {
            passed_on.push((name, value.to_owned()));
        }
    }
    let call = Call::new(core.clone(), host.clone(), id.to_owned(), ask, node, passed_on);

    let answered = route::answer_somehow(&call).await;
    match answered.or_else(|failure| all_empty(&call).ok_or(failure)) {
        Ok(won) => Ok(respond(call, surface, *won)),
        Err(_) if call.ask.purpose == Purpose::Count && call.all_were(Class::NotFound) => Ok(guessed(&call)),
        Err(failure) => {
            let error = explain(&call, &failure);
            call.record.borrow_mut().failed(error.status, &error.code);
            // Logged with its trail when the call is dropped, not as a refusal.
            let mut response = Response::error(&error, surface, &call.id);
            response.headers.push("x-steadfast-trail", &call.trail.borrow().header());
            Ok(response)
        }
    }
}

/// Nobody counts here: a guess, which says that it is one.
fn guessed(call: &Call) -> Response {
    call.record.borrow_mut().guessed();
    let tokens = needs::tokens(&call.ask.body);
    let mut body = Writer::object();
    body.whole("input_tokens", tokens).member("steadfast", r#"{"estimated":true}"#);
    Response::json(200, body.finish())
}

/// The strategy behind `model`, and behind `models` after it.
fn resolve(core: &Core, ask: &Ask) -> Result<Rc<Node>, ApiError> {
    let first = named(core, ask.purpose, &ask.model)?;
    if ask.models.is_empty() {
        return Ok(first);
    }
    let mut parts = vec![first];
    for name in &ask.models {
        let step = named(core, ask.purpose, name).map_err(|mut error| {
            error.param = Some("models".into());
            error
        })?;
        parts.push(step);
    }
    let kind = Kind::Fallback { hedge: None };
    Ok(Rc::new(Node { path: "models".into(), kind, parts, lower: None }))
}

/// The strategy of that name.
fn named(core: &Core, purpose: Purpose, name: &str) -> Result<Rc<Node>, ApiError> {
    if name.len() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(no_such_model(format!(
            "No model or route is called that: the name is longer than {LONGEST_NAME} bytes, or has control characters. GET /v1/models lists what there is."
        )));
    }
    let mut found = core.resolve(name);
    if found.is_err()
        && purpose == Purpose::Embeddings
        && let Some(provider) = catalog::embeds(name)
    {
        found = core.resolve(&format!("{provider}/{name}"));
    }
    found.map_err(|unresolved| unknown(name, &unresolved))
}

/// Nothing is called that, and what may have been meant.
pub(super) fn unknown(name: &str, unresolved: &Unresolved) -> ApiError {
    let hint = if !unresolved.candidates.is_empty() {
        format!("Several providers have it: say which, {}.", listed(&unresolved.candidates))
    } else if !unresolved.nearest.is_empty() {
        format!("Did you mean {}? GET /v1/models lists them all.", listed(&unresolved.nearest))
    } else {
        "GET /v1/models lists what there is.".to_owned()
    };
    let shown = text::shortened(name, 100);
    no_such_model(format!("There is no model or route `{shown}`. {hint}"))
}

fn no_such_model(message: String) -> ApiError {
    let mut error = ApiError::new(404, "model_not_found", message);
    error.param = Some("model".into());
    error
}

/// Some names for a sentence.
fn listed(names: &[String]) -> String {
    format!("`{}`", text::joined(names, "`, `"))
}

/// Names are remembered and stand in headers: they are bounded.
const LONGEST_NAME: usize = 256;

/// The held answer, if nothing but empty answers came.
fn all_empty(call: &Call) -> Option<Box<Won>> {
    let held = call.held.take()?;
    call.all_were(Class::Empty).then_some(held)
}

fn respond(call: Rc<Call>, surface: Surface, won: Won) -> Response {
    // An answer that said nothing is held no longer, nor is its connection.
    call.held.take();
    call.record.borrow_mut().answered(&won.target.id, &won.path);
    let mut headers = Headers::default();
    headers.push("content-type", if call.ask.stream { "text/event-stream" } else { "application/json" });
    headers.push("x-steadfast-model", &ascii(&won.target.id));
    headers.push("x-steadfast-route", &ascii(&won.path));
    headers.push("x-steadfast-trail", &call.trail.borrow().header());
    if let Some(degraded) = call.record.borrow().degradation() {
        headers.push("x-steadfast-degraded", &degraded);
    }
    let body = match won.answer {
        Answer::Whole(whole) => {
            let summary = call.ask.options.trail.then(|| call.summary());
            let label = |body: &Bytes, place| match call.ask.purpose {
                // A count has no model in it.
                Purpose::Count => vec![body.clone()],
                _ => labelled(body, place, &won.target.id, summary.as_deref()),
            };
            ResponseBody::Whole(match &whole.native {
                Some(native) => label(native, None),
                None => surface.answer(&call.ask, label(&whole.body, whole.verdict.model)),
            })
        }
        Answer::Stream(leg, attempt) => {
            let voice = surface.voice(&call.ask);
            let relay = Relay::new(call, won.target, leg, attempt);
            let pieces = stream::unfold((relay, voice), |(mut relay, mut voice)| async move {
                loop {
                    let piece = relay.next().await?;
                    let piece = match &mut voice {
                        Some(voice) => said(voice, &piece),
                        None => piece,
                    };
                    // Not all that the common language says has a word in the caller's.
                    if !piece.is_empty() {
                        return Some((piece, (relay, voice)));
                    }
                }
            });
            ResponseBody::Stream(pieces.boxed_local())
        }
    };
    Response::new(200, headers, body)
}

/// A piece of the stream, in the caller's language.
fn said(voice: &mut Voice, piece: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(piece.len() + piece.len() / 4);
    voice.push(piece, &mut out);
    out.into()
}

/// What the caller is told when nobody answered.
fn explain(call: &Call, failure: &Failure) -> ApiError {
    let status = failure.status.unwrap_or(400);
    match failure.class {
        Class::InvalidRequest | Class::ContextLength | Class::ContentFilter if failure.asked => {
            let (status, code) = match failure.class {
                Class::ContextLength => (400, "context_length_exceeded"),
                Class::ContentFilter => (400, "content_filter"),
                _ => (status, failure.code.as_deref().unwrap_or("invalid_request")),
            };
            let mut error = ApiError::new(status, code, failure.message.clone());
            if let Some(kind) = &failure.kind {
                error.kind.clone_from(kind);
            }
            error.param.clone_from(&failure.param);
            error.attempts = Some(call.trail.borrow().json(true));
            error
        }
        _ => nobody_answered(call, failure),
    }
}

/// What no target of the request can do, of what it needs.
fn lacking(call: &Call) -> Option<Capability> {
    let (mut lacking, mut others) = (None, false);
    call.strategy.each_target(&mut |_, target| match call.lacks(target) {
        Some(capability) => lacking = lacking.or(Some(capability)),
        None => others = true,
    });
    lacking.filter(|_| !others)
}

/// Nobody was asked, for nobody can do what is needed: who could.
fn unable(call: &Call, capability: Capability, told: &str) -> ApiError {
    let mut able = Vec::new();
    for target in models::callable(&call.core).values() {
        if able.len() < SHOWN_ABLE && call.lacks(target).is_none() {
            able.push(target.id.clone());
        }
    }
    let others = match able.as_slice() {
        [] => "Nor does any other model here that has a key.".to_owned(),
        able => format!("These do: {}.", listed(able)),
    };
    let advice = match capability.fact() {
        Some(fact) => format!(
            "If one of the targets does, say `\"{fact}\": true` of it in the configuration's `models`."
        ),
        None => format!("{ELSE}."),
    };
    let message = format!("No target of this request {}: {told}. {others} {advice}", capability.does());
    ApiError::invalid_request(Some(capability.param()), message)
}

/// What is left to a caller who asks for what a provider does not do.
const ELSE: &str = "Ask another model or route, or leave that out";

/// So many are named.
const SHOWN_ABLE: usize = 5;

fn nobody_answered(call: &Call, failure: &Failure) -> ApiError {
    let trail = call.trail.borrow();
    let entries = trail.entries();
    let all = |is: fn(&Entry) -> bool| entries.iter().all(is);
    let told = trail.told();
    // Whoever only rests may be asked later: that is not the caller's fault.
    let barred = all(|entry| !entry.asked && entry.retry_after.is_none())
        && !all(|entry| entry.class() != Some(Class::InvalidRequest));
    let mut error = if let Some(capability) = lacking(call).filter(|_| barred) {
        unable(call, capability, &told)
    } else if barred {
        // Bounds of the caller's own, or what only some languages and vendors have.
        let bounded = call.ask.options.min_tier.is_some() || call.ask.options.max_price.is_some();
        let (what, advice, param) = if bounded {
            ("is within its bounds", "Widen them, or ask another route", Some("steadfast"))
        } else {
            ("can be asked this", ELSE, failure.param.as_deref().or(Some("model")))
        };
        ApiError::invalid_request(param, format!("No target of this request {what}: {told}. {advice}."))
    } else if all(|entry| !entry.asked && entry.class() == Some(Class::Auth)) {
        let how = call.core.secrets.set_how;
        let message = format!("No target of this request has a key: {told}. Set one {how}.");
        ApiError::new(503, "not_configured", message)
    } else {
        // A target that is left alone counts as what it is left alone for.
        let (mut classes, mut soonest, mut all_said_when) = (Vec::new(), None, true);
        for entry in entries {
            if entry.asked || entry.retry_after.is_some() {
                classes.push(entry.class());
                all_said_when &= entry.asked && entry.retry_after.is_some();
                soonest = match (soonest, entry.retry_after) {
                    (Some(known), Some(wait)) => Some(wait.min(known)),
                    (known, wait) => known.or(wait),
                };
            }
        }
        let all = |class| !classes.is_empty() && classes.iter().all(|of| *of == Some(class));
        let (status, retry_after) = if all(Class::Timeout) {
            (504, None)
        } else if all(Class::RateLimit) {
            (429, soonest)
        } else {
            (502, soonest.filter(|_| all_said_when))
        };
        let advice = match retry_after {
            Some(wait) => {
                format!("Come again in {} s, or add a target of another provider.", wait.div_ceil(1000))
            }
            None if failure.clock == Some("deadline") => {
                "That ended the request: see `deadline_ms` of `timeouts`.".to_owned()
            }
            // Who was passed over at the last has said why.
            None if !failure.falls_back
                && failure.class.can_fall_back()
                && entries.last().is_some_and(|entry| entry.asked) =>
            {
                format!("Nobody else was asked after that: `on` does not list `{}`.", failure.class)
            }
            None => {
                "GET /status (in JavaScript `status()`) shows how the targets fare; add one of another provider to the route.".to_owned()
            }
        };
        let mut error =
            ApiError::new(status, "all_targets_failed", format!("Every target failed: {told}. {advice}"));
        error.retry_after = retry_after;
        error
    };
    error.attempts = Some(trail.json(true));
    error
}
