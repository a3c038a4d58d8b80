// The application's own code, as the package meets it (src/js/outside.ts): a `fetch`, a log and listeners of any kind harm nobody but
// the attempt that they were for.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as does from "../worker/behaviours.mjs";
import { second, within } from "../worker/world.mjs";
import { all, ask, textOf, world } from "./world.mjs";

test("the application's own code may throw or call back, and harms nobody", async (t) => {
  const complaints = t.mock.method(console, "error", () => {});
  const { provider, steadfast } = await world(t, { breaker: false, retry: { retries: 0 } }, {
    fetch(url, init) {
      steadfast.status(); // called while a request runs
      if (url.includes("/a/")) throw new Error("thrown, and not rejected");
      if (url.includes("/b/")) return { not: "a response" };
      init.signal.addEventListener("abort", () => steadfast.status());
      return fetch(url, init);
    },
    log: () => steadfast.status(),
  });
  steadfast.onAttempt(() => {
    throw new Error("a listener's own mistake");
  });
  for (let again = 0; again < 3; again += 1) {
    const answer = await steadfast.chat(ask);
    assert.equal(answer.model, "c/z");
    assert.match(answer.steadfast.trail[0].message, /thrown, and not rejected/);
    assert.match(answer.steadfast.trail[1].message, /did not answer with a Response/);
  }
  provider.script("c/z", does.repeats(does.word("again ")));
  for await (const chunk of steadfast.stream(ask)) if (textOf([chunk])) break;
  assert.ok(complaints.mock.callCount() >= 9);
  assert.doesNotMatch(JSON.stringify(complaints.mock.calls), /panicked/);
});

const sse = (...pieces) => ({
  status: 200,
  ok: true,
  headers: new Headers({ "content-type": "text/event-stream" }),
  body: new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
    },
  }),
});
const wordless = Object.create(null);
const unspeakable = { get message() { throw new Error("a getter's own mistake"); } };

/** What an application's `fetch` may do instead of answering. */
const oddities = {
  "rejects with a number for a message": () => Promise.reject({ message: 5 }),
  "rejects with an object for a message": () => Promise.reject({ message: { detail: "down" } }),
  "rejects with nothing": () => Promise.reject(undefined),
  "rejects with what has no words": () => Promise.reject(wordless),
  "rejects with what throws when it is looked at": () => Promise.reject(unspeakable),
  "answers with a status that is none": () => ({ ...sse(), status: 65_736 }),
  "answers with headers that throw": () => ({ ...sse(), headers: { get() { throw new Error("no headers"); } } }),
  "answers with pieces that are no bytes": () => sse([1n]),
  "answers with pieces that look like many": () => sse({ length: 4e9 }),
  "answers with a stream that fails with an object": () => ({ ...sse(), body: new ReadableStream({ start: (controller) => controller.error({ message: 5 }) }) }),
  "answers with a body that is a number": () => ({ ...sse(), headers: new Headers({ "content-type": "application/json", "content-length": "9" }), arrayBuffer: async () => 4e9 }),
};

for (const [what, fetches] of Object.entries(oddities)) {
  test(`an application's fetch that ${what} fails that attempt alone`, async (t) => {
    const complaints = t.mock.method(console, "error", () => {});
    let odd = 0;
    const { steadfast } = await world(t, { retry: { retries: 0 }, breaker: false }, {
      fetch: (url, init) => (url.includes("/a/") ? (odd += 1, fetches()) : fetch(url, init)),
    });
    const { steadfast: bystander } = await world(t);
    for (const stream of [false, true]) {
      const beside = bystander.chat(ask);
      const answer = stream ? textOf(await all(steadfast.stream(ask))) : (await steadfast.chat(ask)).choices[0].message.content;
      assert.equal(answer, "Hello from b/y.");
      assert.equal((await beside).model, "a/x");
    }
    assert.equal(odd, 2);
    assert.equal(complaints.mock.callCount(), 0, JSON.stringify(complaints.mock.calls));
  });
}

test("an application's fetch may answer with a stream of Node's, as node-fetch does, and leaving closes it", async (t) => {
  const streams = [];
  const { provider, steadfast } = await world(t, {}, {
    async fetch(url, init) {
      const { status, ok, headers, body } = await fetch(url, init);
      const stream = Readable.fromWeb(body).on("error", () => {});
      streams.push(stream);
      return { status, ok, headers, body: stream, arrayBuffer: async () => Buffer.concat(await stream.toArray()) };
    },
  });
  assert.equal((await steadfast.chat(ask)).choices[0].message.content, "Hello from a/x.");
  assert.equal(textOf(await all(steadfast.stream(ask))), "Hello from a/x.");
  provider.script("a/x", does.fails(503));
  assert.match((await steadfast.chat(ask)).steadfast.trail[0].message, /the provider said 503/);
  provider.script("b/y", does.repeats(does.word("again ")));
  for await (const chunk of steadfast.stream({ ...ask, model: "b/y" })) if (textOf([chunk])) break;
  while (!streams.at(-1).destroyed) await sleep(5);
  assert.equal((await within(second, provider.attempts.at(-1).closed, "the closing")).by, "caller");
});

test("of a host none of whose addresses answers the trail says why, as of any other", async (t) => {
  const addresses = ["::1", "127.0.0.1"].map((address) => new Error(`connect ECONNREFUSED ${address}:11434`));
  const unreachable = new TypeError("fetch failed", { cause: new AggregateError(addresses) });
  const { steadfast } = await world(t, { retry: { retries: 0 } }, { fetch: () => Promise.reject(unreachable) });
  await assert.rejects(steadfast.chat(ask), /a\/x network \(connect ECONNREFUSED ::1:11434\)/);
});

test("a body is let go of whose fetch does not follow the signal", async (t) => {
  let cancelled;
  const gone = new Promise((resolve) => (cancelled = resolve));
  const chunk = new TextEncoder().encode('data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"x","choices":[{"index":0,"delta":{"content":"again "},"finish_reason":null}]}\n\n');
  const { steadfast } = await world(t, {}, {
    fetch: async () => ({ ...sse(), body: new ReadableStream({ pull: (controller) => controller.enqueue(chunk), cancel: cancelled }) }),
  });
  for await (const piece of steadfast.stream(ask)) if (textOf([piece])) break;
  await within(second, gone, "the cancelling");
});

test("an answer that comes when nobody waits for it any more is let go of", async (t) => {
  let come, cancelled;
  const coming = new Promise((resolve) => (come = resolve));
  const gone = new Promise((resolve) => (cancelled = resolve));
  const { steadfast } = await world(t, {}, { fetch: () => coming });
  const controller = new AbortController();
  const answer = steadfast.chat(ask, { signal: controller.signal });
  await sleep(10);
  controller.abort(new Error("enough"));
  await assert.rejects(answer, { message: "enough" });
  come({ ...sse(), body: new ReadableStream({ cancel: cancelled }) });
  await within(second, gone, "the cancelling");
});

test("a body of the caller's own that fails with an object is told so", async (t) => {
  const { provider, steadfast } = await world(t);
  const body = new ReadableStream({ pull: (controller) => controller.error({ message: { why: "gone" } }) });
  const response = await steadfast.fetch("/v1/chat/completions", { method: "POST", body });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error.message, /broke off/);
  assert.equal(provider.attempts.length, 0);
});

test("a listener that fails later harms nobody either", async (t) => {
  const complaints = t.mock.method(console, "error", () => {});
  const { steadfast } = await world(t);
  steadfast.onAttempt(async () => {
    throw new Error("a listener's own mistake");
  });
  await steadfast.chat(ask);
  await sleep(10);
  assert.equal(complaints.mock.callCount(), 1);
});
