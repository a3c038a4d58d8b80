// The JavaScript half of the host: starts what Rust asks for and answers it by calling back.
//
// Three rules hold everywhere in here.
// 1. Nothing calls into wasm while wasm runs: every answer comes from a promise, a timer or an event.
// 2. Every call into wasm goes through `enter`. A trap (a panic) ends the instance: all its requests are
//    told, and the next one gets a fresh instance.
// 3. What belongs to a request (bodies, signals, writers) is touched only while that request runs, as
//    Cloudflare Workers demand. Another request's end is announced by resolving its promise.

import { Source } from "./body.js";
import { sink } from "./sink.js";

/** What a provider's refusal may say in its headers. */
const refusals = [
  "content-type",
  "retry-after",
  "retry-after-ms",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-requests",
  "x-ratelimit-reset-tokens",
  ...["requests", "tokens", "input-tokens", "output-tokens"].flatMap((limit) => [
    `anthropic-ratelimit-${limit}-remaining`,
    `anthropic-ratelimit-${limit}-reset`,
  ]),
];

/** The headers of a request that the core listens to: asking for them costs less than a walk over all. */
const heard = [
  "authorization",
  "x-api-key",
  "x-request-id",
  "origin",
  "access-control-request-headers",
  "traceparent",
  "openai-beta",
  "anthropic-beta",
  ...(TEST_PANIC ? ["x-steadfast-test-panic"] : []),
];

/** The exports of the instance, and how to get a fresh one. */
let wasm;
let renew;
/** Counts the instances: what an earlier one asked for is no concern of the present one. */
let generation = 0;
let broken = false;

let calls = new Map();
let fetches = new Map();
let bodies = new Map();
let timers = new Map();
let nextCall = 1;
let nextBody = 0;

/** What a call meets outside of the wasm. The npm package hands over the application's own instead. */
const platform = {
  fetch: (url, init) => fetch(url, init),
  log: (level, line) => [console.log, console.warn, console.error][level](line),
  /** What the caller gets. */
  answered: (request, status, headers, body) => new Response(body, { status, headers }),
  /** The caller left before there was an answer: what is said now is heard by nobody. */
  left: () => new Response(null, { status: 499 }),
  /** Why an answer that has begun comes to no end. */
  why: ({ signal }) => signal?.reason ?? new Error("steadfast let go of this answer"),
};

/** So many bytes are read before anybody is told of them: a message and its body are one wake-up then. */
const SMALL = 1 << 16;

/** Connects the border. `make` returns the exports of a fresh, configured instance. */
export function connect(make) {
  renew = make;
  wasm = make();
}

/**
 * Answers a request through a gateway. `finished` says when nothing more is done for it: a promise, or nothing when that is so
 * already; `leave` ends it.
 * @param {number} gateway
 * @param {Request} request
 * @param {typeof platform} world
 * @returns {{ response: Promise<Response>, finished: () => Promise<void> | undefined, leave: () => void }}
 */
export function answer(gateway, request, world = platform) {
  mend();
  const id = nextCall;
  nextCall = nextCall === 0xffffffff ? 1 : nextCall + 1;
  const { url, method, signal } = request;
  const call = { born: generation, request, signal, world, over: false };
  const responded = new Promise((resolve) => (call.respond = resolve));
  calls.set(id, call);

  const head = `${method} ${url.slice(url.indexOf("/", url.indexOf("//") + 2))}\n${lines(request.headers, heard)}`;
  const start = (whole, source) => {
    if (call.over) return; // He left before his question was whole.
    call.started = true;
    let body = 0;
    if (source) {
      body = (nextBody -= 1) >>> 0; // Below zero: fetches have the numbers above.
      bodies.set(body, source);
    }
    enter(call.born, () => wasm.call_start(gateway, id, head, body, whole));
  };
  call.leave = () => {
    call.left = true;
    if (!call.started) return finished(id);
    hurry(id);
    enter(call.born, () => wasm.call_cancel(id));
  };
  signal?.addEventListener("abort", call.leave, { once: true });

  if (method === "GET" || method === "HEAD") start();
  else if (request.whole) start(request.whole);
  else {
    const source = new Source(request, id);
    const later = () => start(undefined, source);
    if (source.left <= SMALL) source.whole().then((whole) => start(whole), later);
    else later();
  }

  return {
    response: responded.then((answered) => answered ?? (call.left ? world.left(request) : lost(call))),
    finished: () => (call.over ? abandon(call) : new Promise((resolve) => (call.finish = resolve)).then(() => abandon(call))),
    leave: call.leave,
  };
}

/** Tells the log of what no request's own line can tell. */
export function complain(message, more) {
  console.error(JSON.stringify({ level: "error", message, ...more }));
}

/** Calls into the present instance, from outside of any request. */
export function inside(run) {
  enter(generation, run);
}

/** Sees to it that there is an instance that can be called. */
export function mend() {
  if (!broken) return;
  wasm = renew(); // When it fails, the next request tries again.
  generation += 1;
  broken = false;
}

function enter(born, run) {
  if (born !== generation || broken) return;
  try {
    run();
  } catch (error) {
    collapse(error);
  }
}

/** The instance is of no use any more: every request on it is told. */
function collapse(error) {
  complain("steadfast panicked", { error: String(error) });
  broken = true;
  for (const held of [...fetches.values(), ...bodies.values()]) {
    const call = calls.get(held.call);
    if (call && held.controller) (call.held ??= []).push(held.controller);
  }
  const told = calls;
  calls = new Map();
  fetches = new Map();
  bodies = new Map();
  timers = new Map();
  for (const call of told.values()) close(call);
}

/** Nothing more will be done for a call. */
function close(call) {
  call.signal?.removeEventListener("abort", call.leave); // A signal may outlive many calls.
  call.respond(undefined); // Does nothing once it was answered.
  call.over = true;
  call.finish?.();
}

/** In the request's own time: lets go of what it still holds, if it was lost to a panic. */
function abandon(call) {
  if (call.born === generation && !broken) return;
  for (const controller of call.held ?? []) controller.abort();
  call.sink?.fail();
}

function lost(call) {
  abandon(call);
  const own = call.request.headers.get("x-request-id");
  const id = own && /^[\w.-]{1,128}$/.test(own) ? own : `sf-${crypto.randomUUID()}`;
  const heading = call.born === generation && !broken ? "an answer could not be sent" : "a request was lost to a panic";
  complain(heading, { id, status: 500 });
  const message = `steadfast itself failed on this request; trying again may help. If it goes on, report it with the request id ${id}.`;
  const error = { message, type: "server_error", param: null, code: "internal_error" };
  const headers = { "content-type": "application/json", "x-request-id": id, "x-should-retry": "true" };
  const said = { error };
  if (call.request.url.includes("/v1/messages")) {
    // As Anthropic's clients know errors.
    error.type = "api_error";
    headers["request-id"] = said.request_id = id;
    said.type = "error";
  }
  return call.world.answered(call.request, 500, headers, JSON.stringify(said));
}

// --- What Rust asks for. ---

let gathered = new Uint8Array(0);
let gatheredLength = 0;

export function body_whole(bytes) {
  gathered = bytes.slice();
}

export function body_begin(length) {
  gathered = new Uint8Array(length);
  gatheredLength = 0;
}

export function body_append(bytes) {
  gathered.set(bytes, gatheredLength);
  gatheredLength += bytes.length;
}

export function fetch_start(callId, op, url, headers) {
  const born = generation;
  const controller = new AbortController();
  fetches.set(op, { call: callId, controller });
  const init = { method: "POST", headers: pairs(headers), body: gathered, redirect: "manual", signal: controller.signal };
  gathered = undefined;
  const failed = (error) => {
    // What workerd says of a host that its DNS does not know, and of little else.
    const why = reason(error).replace(/^internal error/, "no connection, perhaps no such host: $&");
    if (born === generation && fetches.delete(op)) enter(born, () => wasm.op_failed(op, why));
  };
  const answered = (response) => {
    if (born !== generation || !fetches.has(op)) {
      // Nobody waits for it any more, and an application's own `fetch` may not follow the signal.
      response.body?.cancel().catch(() => {});
      return;
    }
    const source = new Source(response, callId, controller);
    // An answer is known by its type; a refusal by all that it says.
    const told = lines(response.headers, response.ok ? ["content-type"] : refusals);
    const tell = (whole) => {
      if (born !== generation || !fetches.delete(op)) return;
      if (!whole) bodies.set(op, source);
      enter(born, () => wasm.op_headers(op, response.status, told, whole));
    };
    // A small answer in one piece is worth its wait, as long as the call hears of nothing else.
    if (response.ok && source.left <= SMALL && told.includes("json")) {
      fetches.get(op).tell = tell;
      source.whole().then(tell, () => tell());
    } else tell();
  };
  (calls.get(callId)?.world ?? platform).fetch(url, init).then((response) => {
    try {
      answered(response);
    } catch (error) {
      failed(error); // What an application's `fetch` answers with need not be a Response.
    }
  }, failed);
}

/** Before a call hears of its time, or is over, it hears of the answers that have begun. */
function hurry(callId) {
  for (const { call, tell } of fetches.values()) if (call === callId) tell?.();
}

export function read_start(op, body, atLeast) {
  const born = generation;
  const source = bodies.get(body);
  const read = source ? source.read(atLeast) : Promise.resolve(undefined);
  read.then(
    (bytes) => enter(born, () => (bytes ? wasm.op_bytes(op, bytes, source.ended) : wasm.op_done(op))),
    (error) => enter(born, () => wasm.op_failed(op, reason(error))),
  );
}

export function read_all_start(op, body, atMost) {
  const born = generation;
  const source = bodies.get(body);
  const read = source ? source.all(atMost) : Promise.resolve(new Uint8Array(0));
  read.then(
    (bytes) => enter(born, () => (bytes ? wasm.op_bytes(op, bytes, true) : wasm.op_done(op))),
    (error) => enter(born, () => wasm.op_failed(op, reason(error))),
  );
}

export function sleep_start(callId, op, milliseconds) {
  const born = generation;
  const ring = () => {
    timers.delete(op);
    hurry(callId);
    enter(born, () => wasm.op_done(op));
  };
  timers.set(op, setTimeout(ring, Math.min(milliseconds, 0x7fffffff)));
}

export function op_cancel(op) {
  const timer = timers.get(op);
  if (timer !== undefined) {
    clearTimeout(timer);
    timers.delete(op);
  }
  const fetching = fetches.get(op);
  if (fetching) {
    fetches.delete(op);
    fetching.controller.abort();
  }
}

export function body_release(body) {
  const source = bodies.get(body);
  if (source) {
    bodies.delete(body);
    source.release();
  }
}

export function respond(callId, status, headers, streamed) {
  const call = calls.get(callId);
  if (!call) return;
  try {
    if (streamed) call.sink = sink(call);
    const empty = status === 204 || status === 304;
    const body = streamed ? call.sink.readable : empty ? null : gathered;
    call.respond(call.world.answered(call.request, status, pairs(headers), body));
  } catch (error) {
    // A header that the platform refuses is this request's trouble alone.
    complain("the answer could not be sent", { error: reason(error) });
    call.respond(undefined);
    queueMicrotask(call.leave);
  }
}

export function write(callId, bytes) {
  return calls.get(callId)?.sink?.write(bytes.slice()) ?? true;
}

export function drain_start(callId, op) {
  const born = generation;
  const drained = calls.get(callId)?.sink?.drained() ?? Promise.resolve();
  drained.then(() => enter(born, () => wasm.op_done(op)));
}

export function end(callId) {
  calls.get(callId)?.sink?.end();
}

export function finished(callId) {
  const call = calls.get(callId);
  if (!call) return;
  calls.delete(callId);
  call.sink?.fail(); // Does nothing once it has ended.
  close(call);
}

export function now() {
  return performance.now();
}

export function unix_now() {
  return Date.now();
}

let chance = new Uint32Array(0);
let chanceUsed = 0;

export function random() {
  if (chanceUsed === chance.length) {
    chance = crypto.getRandomValues(new Uint32Array(512));
    chanceUsed = 0;
  }
  return chance[chanceUsed++];
}

export function log(callId, level, line) {
  (calls.get(callId)?.world ?? platform).log(level, line);
}

// These four are the npm package's alone.

export function keeps_log(callId) {
  return calls.get(callId)?.world.keepsLog() ?? true;
}

export function is_watched(callId) {
  return calls.get(callId)?.world.isWatched() ?? false;
}

export function tell(callId, event) {
  calls.get(callId)?.world.tell(event);
}

export function over(callId, summary) {
  const call = calls.get(callId);
  call?.world.over(call.request, summary);
}

export function panicked(what) {
  complain("steadfast panicked", { error: what });
}

function pairs(text) {
  const found = {};
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) found[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return found;
}

function lines(headers, names) {
  let text = "";
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) text += `${name}: ${value}\n`;
  }
  return text;
}

/** What is said of an error, as a text: anything can be thrown. */
function reason(error) {
  try {
    // Where a host has several addresses, Node tells what became of each, and nothing of all.
    const cause = error?.cause?.errors?.[0] ?? error?.cause;
    const said = cause?.message ?? error?.message ?? error;
    return typeof said === "object" ? (JSON.stringify(said) ?? "an error without words") : String(said);
  } catch {
    return "an error that cannot be put into words";
  }
}
