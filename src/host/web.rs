//! The JavaScript host of both faces: browsers, Node, Deno, Bun and workerd.
//!
//! The border is made for few and fat crossings. Rust starts an operation by an import and gets an
//! answer to it by an export: one call into wasm per wake-up, no promise, no closure and no queue of
//! microtasks in between. Each call of the gateway is a pool of its own ([`Pool`]), run exactly when
//! one of its operations is answered: on Cloudflare Workers nothing of one request may be touched
//! while another runs. The other half of this file is `web.js`.

#![expect(unreachable_pub, reason = "what wasm-bindgen exports is public to JavaScript alone")]

use std::cell::Cell;
use std::future::{Future, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::LocalBoxFuture;
use wasm_bindgen::prelude::*;

use super::pool::{Pool, Spawner};
use super::{Body, Headers, Here, Host, Level, Millis, UpstreamRequest, UpstreamResponse};
use crate::gateway::{Gateway, Request, Response, ResponseBody};
use crate::search;
use crate::shared::Shared;
use crate::table::Table;

#[wasm_bindgen(raw_module = "steadfast-host")]
extern "C" {
    fn body_whole(bytes: &[u8]);
    fn body_begin(length: usize);
    fn body_append(bytes: &[u8]);
    fn fetch_start(call: u32, op: u32, url: &str, headers: &str);
    fn read_start(op: u32, body: u32, at_least: usize);
    fn read_all_start(op: u32, body: u32, at_most: usize);
    fn sleep_start(call: u32, op: u32, milliseconds: f64);
    fn op_cancel(op: u32);
    fn body_release(body: u32);
    fn respond(call: u32, status: u16, headers: &str, streamed: bool);
    fn write(call: u32, bytes: &[u8]) -> bool;
    fn drain_start(call: u32, op: u32);
    fn end(call: u32);
    fn finished(call: u32);
    fn now() -> f64;
    fn unix_now() -> f64;
    fn random() -> u32;
    fn log(call: u32, level: u8, line: &str);
    fn panicked(what: &str);
}

#[cfg(feature = "js")]
#[wasm_bindgen(raw_module = "steadfast-host")]
extern "C" {
    fn keeps_log(call: u32) -> bool;
    fn is_watched(call: u32) -> bool;
    fn tell(call: u32, event: &str);
    fn over(call: u32, summary: &str);
}

/// The host of one call.
pub(crate) struct WebHost {
    call: u32,
    spawner: Spawner,
}

/// What an operation was answered.
enum Outcome {
    Headers { status: u16, headers: Headers, whole: Option<Bytes> },
    Bytes { bytes: Bytes, last: bool },
    Done,
    Failed(String),
}

struct Slot {
    call: u32,
    outcome: Shared<Option<Outcome>>,
    waker: Shared<Option<Waker>>,
}

thread_local! {
    static OPS: Shared<Table<u32, Rc<Slot>>> = const { Shared::new(Table::new()) };
    static CALLS: Shared<Table<u32, Rc<Pool>>> = const { Shared::new(Table::new()) };
    /// The clock as of the latest wake-up: in workerd it stands still while code runs anyway, and asking for it
    /// is a crossing.
    static NOW: Cell<Millis> = const { Cell::new(0) };
    static NEXT: Cell<u32> = const { Cell::new(1) };
    static GATEWAYS: Shared<Table<u32, Rc<Gateway>>> = const { Shared::new(Table::new()) };
}

/// An operation that JavaScript has been asked for. Dropped before its answer, it is cancelled there.
struct Op {
    id: u32,
    slot: Rc<Slot>,
}

impl Op {
    fn new(call: u32) -> Self {
        let slot = Rc::new(Slot { call, outcome: Shared::default(), waker: Shared::default() });
        let id = NEXT.get();
        NEXT.set(id.wrapping_add(1).max(1));
        OPS.with(|ops| ops.borrow_mut().insert(id, slot.clone()));
        Self { id, slot }
    }
}

impl Future for Op {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        if let Some(outcome) = self.slot.outcome.borrow_mut().take() {
            return Poll::Ready(outcome);
        }
        self.slot.waker.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Op {
    fn drop(&mut self) {
        if OPS.with(|ops| ops.borrow_mut().remove(&self.id)).is_some() {
            op_cancel(self.id);
        }
    }
}

fn answer(op: u32, outcome: Outcome) {
    let Some(slot) = OPS.with(|ops| ops.borrow_mut().remove(&op)) else { return };
    slot.outcome.replace(Some(outcome));
    if let Some(waker) = slot.waker.borrow_mut().take() {
        waker.wake();
    }
    run(slot.call);
}

fn run(call: u32) {
    let Some(pool) = CALLS.with(|calls| calls.borrow().get(&call).cloned()) else { return };
    NOW.set(now() as Millis);
    if !pool.run() {
        CALLS.with(|calls| calls.borrow_mut().remove(&call));
        finished(call);
    }
}

/// The headers of a fetch are here: lines of `name: value`; and the body too, if it is a small one.
#[wasm_bindgen]
pub fn op_headers(op: u32, status: u16, headers: String, whole: Option<Vec<u8>>) {
    let (headers, whole) = (Headers::of_lines(headers), whole.map(Bytes::from));
    answer(op, Outcome::Headers { status, headers, whole });
}

/// A piece of a body is here; `last` when none comes after it.
#[wasm_bindgen]
pub fn op_bytes(op: u32, bytes: Vec<u8>, last: bool) {
    answer(op, Outcome::Bytes { bytes: bytes.into(), last });
}

/// A timer went off, a body ended, or there is room to write again.
#[wasm_bindgen]
pub fn op_done(op: u32) {
    answer(op, Outcome::Done);
}

/// An operation failed.
#[wasm_bindgen]
pub fn op_failed(op: u32, why: String) {
    answer(op, Outcome::Failed(why));
}

/// Answers a request through a gateway. Its `head` is as HTTP writes it: a line of method and path, and lines of `name: value`;
/// `body` is JavaScript's number for its body, unless that is here already.
#[wasm_bindgen]
pub fn call_start(gateway: u32, call: u32, head: &str, body: u32, whole: Option<Vec<u8>>) {
    let Some(gateway) = installed(gateway) else {
        return finished(call);
    };
    let pool = Rc::new(Pool::default());
    let host = Rc::new(WebHost { call, spawner: pool.spawner() });
    let (line, headers) = search::split_once(head, "\n").unwrap_or((head, ""));
    let (method, path) = search::split_once(line, " ").unwrap_or((line, ""));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Headers::of_lines(headers.to_owned()),
        body: self::body(call, body, whole.map(Bytes::from)),
    };
    host.clone().spawn(Box::pin(async move {
        let response = gateway.fetch(outer(host.clone()), request).await;
        send(&host, response).await;
    }));
    CALLS.with(|calls| calls.borrow_mut().insert(call, pool));
    run(call);
}

/// The caller left: everything that is done for it stops.
#[wasm_bindgen]
pub fn call_cancel(call: u32) {
    let pool = CALLS.with(|calls| calls.borrow_mut().remove(&call));
    if pool.is_some() {
        NOW.set(now() as Millis);
        drop(pool);
        finished(call);
    }
}

/// What happens before anything else: a panic is reported before it traps.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| panicked(&info.to_string())));
}

/// The gateway under a number.
pub(crate) fn installed(number: u32) -> Option<Rc<Gateway>> {
    GATEWAYS.with(|gateways| gateways.borrow().get(&number).cloned())
}

/// Puts a gateway under a number.
pub(crate) fn install(number: u32, gateway: Gateway) {
    GATEWAYS.with(|gateways| gateways.borrow_mut().insert(number, Rc::new(gateway)));
}

/// Lets go of a gateway; calls that are under way keep theirs until they end.
#[cfg(feature = "js")]
pub(crate) fn remove(number: u32) {
    drop(GATEWAYS.with(|gateways| gateways.borrow_mut().remove(&number)));
}

/// Looks at a gateway from outside of any call.
#[cfg(feature = "js")]
pub(crate) fn look<T>(number: u32, look: impl FnOnce(&Gateway, &dyn Host) -> T) -> Option<T> {
    let gateway = installed(number)?;
    NOW.set(now() as Millis);
    let host = WebHost { call: 0, spawner: Spawner::default() };
    Some(look(&gateway, &host))
}

/// The host that a gateway sees: with the simulator's provider beside the real ones.
#[cfg(feature = "sim")]
fn outer(host: Rc<WebHost>) -> Rc<dyn Host> {
    Rc::new(crate::sim::live::simulated(host))
}

#[cfg(not(feature = "sim"))]
fn outer(host: Rc<WebHost>) -> Rc<dyn Host> {
    host
}

async fn send(host: &WebHost, response: Response) {
    match response.body {
        ResponseBody::Whole(pieces) => {
            gather(&pieces);
            respond(host.call, response.status, response.headers.lines(), false);
        }
        ResponseBody::Stream(mut pieces) => {
            respond(host.call, response.status, response.headers.lines(), true);
            while let Some(piece) = pieces.next().await {
                if !write(host.call, &piece) {
                    let drained = Op::new(host.call);
                    drain_start(host.call, drained.id);
                    let _ = drained.await;
                }
            }
            drop(pieces);
            end(host.call);
        }
    }
}

impl Host for WebHost {
    fn fetch(&self, request: UpstreamRequest) -> LocalBoxFuture<'static, Result<UpstreamResponse, String>> {
        let call = self.call;
        Box::pin(async move {
            let op = Op::new(call);
            let id = op.id;
            gather(&request.body);
            fetch_start(call, id, &request.url, request.headers.lines());
            match op.await {
                Outcome::Headers { status, headers, whole } => {
                    Ok(UpstreamResponse { status, headers, body: body(call, id, whole) })
                }
                Outcome::Failed(why) => Err(why),
                Outcome::Bytes { .. } | Outcome::Done => Err("no headers".into()),
            }
        })
    }

    fn sleep(&self, milliseconds: Millis) -> LocalBoxFuture<'static, ()> {
        let op = Op::new(self.call);
        sleep_start(self.call, op.id, milliseconds as f64);
        Box::pin(async move {
            op.await;
        })
    }

    fn now(&self) -> Millis {
        NOW.get()
    }

    fn unix_now(&self) -> Millis {
        unix_now() as Millis
    }

    fn random(&self) -> u64 {
        u64::from(random()) << 32 | u64::from(random())
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn(future);
    }

    fn log(&self, level: Level, line: &str) {
        log(self.call, level as u8, line);
    }

    #[cfg(feature = "js")]
    fn keeps_log(&self) -> bool {
        keeps_log(self.call)
    }

    #[cfg(feature = "js")]
    fn is_watched(&self) -> bool {
        is_watched(self.call)
    }

    #[cfg(feature = "js")]
    fn tell(&self, event: &str) {
        tell(self.call, event);
    }

    #[cfg(feature = "js")]
    fn over(&self, summary: &dyn Fn() -> String) {
        over(self.call, &summary());
    }
}

/// A body that is here already, or that JavaScript holds under a number.
fn body(call: u32, id: u32, whole: Option<Bytes>) -> Box<dyn Body> {
    match whole {
        Some(whole) => Box::new(Here(Some(whole))),
        None => Box::new(WebBody { call, id, over: false }),
    }
}

/// A body that JavaScript holds under a number.
struct WebBody {
    call: u32,
    id: u32,
    /// Nothing comes any more.
    over: bool,
}

impl WebBody {
    fn what_comes(&mut self, op: Op) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(async move {
            match op.await {
                Outcome::Bytes { bytes, last } => {
                    self.over = last;
                    Ok(Some(bytes))
                }
                Outcome::Failed(why) => Err(why),
                Outcome::Done | Outcome::Headers { .. } => Ok(None),
            }
        })
    }
}

impl Body for WebBody {
    fn read(&mut self, at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        if self.over {
            return Box::pin(ready(Ok(None)));
        }
        let op = Op::new(self.call);
        read_start(op.id, self.id, at_least);
        self.what_comes(op)
    }

    fn read_all(&mut self, at_most: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        let op = Op::new(self.call);
        read_all_start(op.id, self.id, at_most);
        self.what_comes(op)
    }
}

impl Drop for WebBody {
    fn drop(&mut self) {
        body_release(self.id);
    }
}

/// Copies pieces into the one buffer that JavaScript sends next. Large ones are copied this once; small ones are joined
/// before, for a crossing costs more than such a copy.
fn gather(pieces: &[Bytes]) {
    let length = pieces.iter().map(Bytes::len).sum();
    match pieces {
        [one] => body_whole(one),
        _ if length <= SMALL => body_whole(&pieces.concat()),
        _ => {
            body_begin(length);
            pieces.iter().for_each(|piece| body_append(piece));
        }
    }
}

/// So many bytes are few.
const SMALL: usize = 16 << 10;
