// The JavaScript half of the host: starts what Rust asks for and answers it by calling back.
//
// Three rules hold everywhere in here.
// 1. Nothing calls into wasm while wasm runs: every answer comes from a promise, a timer or an event.
// 2. Every call into wasm goes through `enter`. A trap (a panic) ends the instance: all its requests are
//    told, and the next one gets a fresh instance.
// 3. What belongs to a request (bodies, signals, writers) is touched only while that request runs, as
//    Cloudflare Workers demand. Another request's end is announced by resolving its promise.

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
  "content-length",
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
};

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
  const call = { born: generation, request, world, over: false };
  const responded = new Promise((resolve) => (call.respond = resolve));
  calls.set(id, call);

  const { url } = request;
  const path = url.slice(url.indexOf("/", url.indexOf("//") + 2));
  const headers = lines(request.headers, heard);
  const { method } = request;
  let body = 0;
  if (method !== "GET" && method !== "HEAD") {
    body = nextBody -= 1; // Below zero: fetches have the numbers above.
    bodies.set(body >>> 0, new Source(request, id));
  }
  call.leave = () => {
    call.left = true;
    enter(call.born, () => wasm.call_cancel(id));
  };
  request.signal?.addEventListener("abort", call.leave, { once: true });
  enter(call.born, () => wasm.call_start(gateway, id, method, path, headers, body >>> 0));

  return {
    response: responded.then((answered) => answered ?? (call.left ? world.left(request) : lost(call))),
    finished: () => (call.over ? undefined : new Promise((resolve) => (call.finish = resolve)).then(() => abandon(call))),
    leave: call.leave,
  };
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
  console.error(JSON.stringify({ level: "error", message: "steadfast panicked", error: String(error) }));
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
  call.request.signal?.removeEventListener("abort", call.leave); // A signal may outlive many calls.
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
  console.error(JSON.stringify({ level: "error", message: "a request was lost to a panic", id, status: 500 }));
  const message = `steadfast itself failed on this request; trying again may help. If it goes on, report it with the request id ${id}.`;
  const error = { message, type: "server_error", param: null, code: "internal_error" };
  const headers = { "content-type": "application/json", "x-request-id": id, "x-should-retry": "true" };
  return call.world.answered(call.request, 500, headers, JSON.stringify({ error }));
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
  (calls.get(callId)?.world ?? platform).fetch(url, init).then(
    (response) => {
      if (born !== generation || !fetches.delete(op)) return;
      bodies.set(op, new Source(response, callId, controller));
      // An answer is known by its type; a refusal by all that it says.
      const told = lines(response.headers, response.ok ? ["content-type"] : refusals);
      enter(born, () => wasm.op_headers(op, response.status, told));
    },
    (error) => {
      if (born === generation && fetches.delete(op)) enter(born, () => wasm.op_failed(op, reason(error)));
    },
  );
}

export function read_start(op, body, atLeast) {
  const born = generation;
  const source = bodies.get(body);
  const read = source ? source.read(atLeast) : Promise.resolve(undefined);
  read.then(
    (bytes) => enter(born, () => (bytes ? wasm.op_bytes(op, bytes) : wasm.op_done(op))),
    (error) => enter(born, () => wasm.op_failed(op, reason(error))),
  );
}

export function read_all_start(op, body, atMost) {
  const born = generation;
  const source = bodies.get(body);
  const read = source ? source.all(atMost) : Promise.resolve(new Uint8Array(0));
  read.then(
    (bytes) => enter(born, () => (bytes ? wasm.op_bytes(op, bytes) : wasm.op_done(op))),
    (error) => enter(born, () => wasm.op_failed(op, reason(error))),
  );
}

export function sleep_start(op, milliseconds) {
  const born = generation;
  const ring = () => {
    timers.delete(op);
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
    if (streamed) call.sink = sink(call.leave);
    const empty = status === 204 || status === 304;
    const body = streamed ? call.sink.readable : empty ? null : gathered;
    call.respond(call.world.answered(call.request, status, pairs(headers), body));
  } catch (error) {
    // A header that the platform refuses is this request's trouble alone.
    console.error(JSON.stringify({ level: "error", message: "the answer could not be sent", error: reason(error) }));
    call.respond(undefined);
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
  call.sink?.fail(call.left ? call.request.signal?.reason : undefined); // Does nothing once it has ended.
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
    chance = crypto.getRandomValues(new Uint32Array(64));
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
  console.error(JSON.stringify({ level: "error", message: "steadfast panicked", error: what }));
}

// --- Bodies. ---

const SMALLEST_STREAM = 1 << 14;
const LARGEST_BUFFER = 1 << 18;
const MOST_PASSED_OVER = 1 << 26;

/**
 * A body that is read piece by piece, and whose connection closes when it is let go.
 *
 * `message.body` is asked for only by who reads it so: the platform makes a stream for whoever asks.
 */
class Source {
  constructor(message, call, controller) {
    this.message = message;
    this.call = call;
    // What is left to come: `NaN` where nobody says, or where what is said is of the packed form.
    const { headers } = message;
    this.left = headers.has("content-encoding") ? NaN : Number(headers.get("content-length") ?? NaN);
    this.controller = controller;
    this.ended = false;
  }

  /** The next piece, or `undefined` at the end. The bytes are good until the next read. */
  async read(atLeast) {
    // A stream costs more than a few bytes that are known to be all.
    if (this.left <= SMALLEST_STREAM && !this.reader) {
      const whole = await this.all(SMALLEST_STREAM);
      return whole.length ? whole : undefined;
    }
    const reader = this.ended ? undefined : this.open(4096);
    if (!reader) return undefined;
    if (!this.byob) {
      const { value, done } = await reader.read();
      this.ended = done;
      return value;
    }
    const { value, done } = await reader.readAtLeast(atLeast, new Uint8Array(this.buffer));
    if (!value?.length) {
      this.ended = true;
      return undefined;
    }
    // A body that is known to be over need not be asked again, nor be aborted.
    this.left -= value.length;
    this.ended = done || this.left === 0;
    // Lent to the stream and given back with every read; a full one was too small.
    const full = value.length === value.buffer.byteLength && value.length < LARGEST_BUFFER;
    this.buffer = full ? new ArrayBuffer(value.length * 4) : value.buffer;
    return value;
  }

  /** All that is left, or `undefined` when that is more than `atMost` bytes. */
  async all(atMost) {
    if (this.left > atMost) return this.passOver();
    if (this.ended) return new Uint8Array(0);
    if (this.left <= atMost && !this.reader) {
      const whole = new Uint8Array(await this.message.arrayBuffer());
      this.ended = true;
      return whole;
    }
    this.open(16384);
    const pieces = [];
    let length = 0;
    for (;;) {
      const size = this.buffer?.byteLength;
      const piece = await this.read(size);
      if (!piece) break;
      length += piece.length;
      if (length > atMost) return this.passOver();
      const last = this.ended || (this.byob && piece.length < size); // Less than was asked for: it is over.
      this.ended ||= last;
      if (last && !pieces.length) return piece;
      pieces.push(piece.slice());
      if (last) break;
    }
    return joined(pieces, length);
  }

  /** A caller who is still sending would not hear the answer: what comes is passed over, up to a point. */
  async passOver() {
    if (this.controller) return undefined; // A provider need not hear anything.
    this.open(LARGEST_BUFFER);
    for (let passed = 0; passed < MOST_PASSED_OVER; ) {
      const piece = await this.read(this.buffer?.byteLength ?? 1);
      if (!piece) break;
      passed += piece.length;
    }
    return undefined;
  }

  /** The reader of this body; none where there is no body. */
  open(size) {
    if (this.reader) return this.reader;
    const { body } = this.message;
    if (!body) {
      this.ended = true;
      return undefined;
    }
    this.byob = readsAtLeast;
    this.reader = body.getReader(this.byob ? { mode: "byob" } : undefined);
    if (this.byob) this.buffer = new ArrayBuffer(size);
    return this.reader;
  }

  release() {
    if (this.ended) return;
    this.ended = true;
    this.controller?.abort();
  }
}

/** workerd's own: several pieces of a wire chunk in one wake-up. */
const readsAtLeast = typeof ReadableStreamBYOBReader !== "undefined" && "readAtLeast" in ReadableStreamBYOBReader.prototype;

function joined(pieces, length) {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The caller's end of a streamed answer: workerd's native pipe where there is one, else a plain stream. */
function sink(leave) {
  return typeof IdentityTransformStream === "undefined" ? plainSink(leave) : nativeSink(leave);
}

/** So many pieces may wait for a slow caller. */
const MOST_WAITING = 16;

function nativeSink(leave) {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // Heard of by the writes already.
  let waiting = 0;
  let over = false;
  let wake;
  const written = () => {
    waiting -= 1;
    if (wake && waiting < MOST_WAITING / 2) {
      wake();
      wake = undefined;
    }
  };
  const gone = () => {
    if (over) return;
    over = true;
    wake?.();
    leave();
  };
  return {
    readable,
    write(bytes) {
      if (over) return true;
      waiting += 1;
      writer.write(bytes).then(written, gone);
      return waiting < MOST_WAITING;
    },
    drained: () => new Promise((resolve) => (over ? resolve() : (wake = resolve))),
    end() {
      over = true;
      writer.close().catch(() => {});
    },
    fail(why = new Error("steadfast let go of this answer")) {
      if (over) return;
      over = true;
      writer.abort(why).catch(() => {});
    },
  };
}

function plainSink(leave) {
  let controller;
  let over = false;
  let wake;
  const readable = new ReadableStream(
    {
      start: (its) => void (controller = its),
      pull() {
        wake?.();
        wake = undefined;
      },
      cancel() {
        over = true;
        wake?.();
        leave();
      },
    },
    { highWaterMark: MOST_WAITING },
  );
  return {
    readable,
    write(bytes) {
      if (over) return true;
      controller.enqueue(bytes);
      return controller.desiredSize > 0;
    },
    drained: () => new Promise((resolve) => (over || controller.desiredSize > 0 ? resolve() : (wake = resolve))),
    end() {
      if (!over) controller.close();
      over = true;
    },
    fail(why = new Error("steadfast let go of this answer")) {
      if (!over) controller.error(why);
      over = true;
    },
  };
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

function reason(error) {
  return error?.cause?.message ?? error?.message ?? String(error);
}
