// Whoever leaves a call, aborts it or disposes of everything: the provider's connection closes at once, whoever still reads is told
// why there is no more, and nothing is left behind.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { getEventListeners } from "node:events";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import * as does from "../worker/behaviours.mjs";
import { startProvider } from "../worker/provider.mjs";
import { config, second, within } from "../worker/world.mjs";
import { installed } from "./package.mjs";
import { all, ask, entry, secrets, SteadfastError, textOf, world } from "./world.mjs";

test("leaving the loop closes the provider's connection", async (t) => {
  const { provider, steadfast } = await world(t);
  provider.script("a/x", does.repeats(does.word("again ")));
  for await (const chunk of steadfast.stream(ask)) if (textOf([chunk])) break;
  const [attempt] = provider.attempts;
  assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
});

const awaited = { "no head is here": does.silence, "no content is here": does.headersOnly, "the next piece is awaited": does.streams([does.role(), does.word("Hello ")], { then: does.stall }) };
const patient = { timeouts: { headers_ms: 60_000, first_token_ms: 60_000, idle_ms: 60_000, attempt_ms: 60_000, deadline_ms: 60_000 } };

for (const [what, behaviour] of Object.entries(awaited)) {
  test(`whoever leaves a stream while ${what} closes the provider's connection at once`, async (t) => {
    const over = { value: undefined, done: true };
    const leaves = [
      async (pieces) => assert.deepEqual(await pieces.return(), over),
      (pieces) => assert.rejects(pieces.throw(new Error("enough")), { message: "enough" }),
    ];
    for (const leave of leaves) {
      const { provider, steadfast } = await world(t, patient);
      provider.script("a/x", behaviour);
      const pieces = steadfast.stream(ask)[Symbol.asyncIterator]();
      let text = "";
      const reading = (async () => {
        for (let next = await pieces.next(); ; next = await pieces.next()) {
          if (next.done) return next;
          text += textOf([next.value]);
        }
      })();
      const attempt = await provider.arrival("a/x");
      while (what.includes("piece") && !text) await sleep(5);
      await within(second, leave(pieces), "the leaving");
      assert.deepEqual(await within(second, reading, "the end"), over);
      assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
      assert.deepEqual(provider.tried, ["a/x"], "nobody else is asked");
    }
  });
}

test("a stream of the platform over the pieces closes the provider's connection when it is cancelled", async (t) => {
  const { provider, steadfast } = await world(t, patient);
  provider.script("a/x", does.silence);
  const reader = ReadableStream.from(steadfast.stream(ask)).getReader();
  const reading = reader.read();
  const attempt = await provider.arrival("a/x");
  await within(second, reader.cancel(), "the cancelling");
  assert.equal((await reading).done, true);
  assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
});

test("whoever leaves before the first piece asks nobody, and after the last one leaves nothing", async (t) => {
  const { provider, steadfast } = await world(t);
  const unread = steadfast.stream(ask)[Symbol.asyncIterator]();
  assert.equal((await unread.return()).done, true);
  assert.equal((await unread.next()).done, true);
  assert.deepEqual(provider.tried, []);
  const stream = steadfast.stream(ask);
  const pieces = stream[Symbol.asyncIterator]();
  assert.equal(pieces[Symbol.asyncIterator](), pieces);
  assert.equal(textOf(await all(pieces)), "Hello from a/x.");
  assert.equal((await pieces.return()).done, true);
  assert.equal(stream.steadfast.model, "a/x");
});

for (const [when, behaviour] of [["before the headers", does.silence], ["before the content", does.headersOnly], ["mid-stream", does.repeats(does.word("again "))]]) {
  test(`an abort ${when} rejects with the signal's reason and closes the provider's connection`, async (t) => {
    const { provider, steadfast } = await world(t);
    provider.script("a/x", behaviour);
    const controller = new AbortController();
    const heard = (async () => {
      for await (const chunk of steadfast.stream(ask, { signal: controller.signal })) if (textOf([chunk])) controller.abort(new Error("enough"));
    })();
    const attempt = await provider.arrival("a/x");
    if (when !== "mid-stream") setTimeout(() => controller.abort(new Error("enough")), 100);
    await assert.rejects(within(second, heard, "the rejection"), /^Error: enough$/);
    assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
    assert.deepEqual(provider.tried, ["a/x"], "nobody else is asked");
  });
}

test("a call whose own body stops coming can be aborted, and one whose body breaks off is told so; neither asks anybody", async (t) => {
  const { provider, steadfast } = await world(t);
  const sends = (start, signal) =>
    steadfast.fetch("/v1/chat/completions", { method: "POST", headers: { "content-length": "1000" }, body: new ReadableStream({ start }), signal });
  const controller = new AbortController();
  const waiting = sends((body) => body.enqueue(new TextEncoder().encode("{")), controller.signal);
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await within(second, assert.rejects(waiting, { message: "enough" }), "the rejection");

  const answer = await within(second, sends((body) => body.error(new Error("torn"))), "the answer");
  assert.equal(answer.status, 400);
  assert.match((await answer.json()).error.message, /broke off: torn/);
  assert.deepEqual(provider.tried, []);
});

test("an aborted signal asks nobody, and a long-lived one is let go of after each call", async (t) => {
  const { provider, steadfast } = await world(t);
  await assert.rejects(steadfast.chat(ask, { signal: AbortSignal.abort() }), { name: "AbortError" });
  assert.deepEqual(provider.tried, []);
  const { signal } = new AbortController();
  await steadfast.chat(ask, { signal });
  await all(steadfast.stream(ask, { signal }));
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

const endings = {
  "aborted": { ends: (_, controller) => controller.abort(new Error("enough")), rejects: { message: "enough" } },
  "ended by dispose": { ends: (steadfast) => steadfast.dispose(), rejects: { code: "disposed" } },
};

for (const [how, { ends, rejects }] of Object.entries(endings)) {
  test(`a call that is ${how} in the tick that began it asks nobody`, async (t) => {
    let asked = 0;
    const own = { fetch: (url, init) => ((asked += 1), fetch(url, init)) };
    for (const { provider, steadfast } of [await world(t), await world(t, {}, own)]) {
      const controller = new AbortController();
      const answer = steadfast.chat(ask, { signal: controller.signal });
      ends(steadfast, controller);
      await assert.rejects(answer, rejects);
      await sleep(10);
      assert.deepEqual(provider.tried, []);
    }
    assert.equal(asked, 0);
  });
}

test("dispose ends what is under way and refuses what comes later", async (t) => {
  const { provider, steadfast } = await world(t);
  provider.script("a/x", does.silence);
  const waiting = steadfast.chat(ask);
  const attempt = await provider.arrival("a/x");
  steadfast[Symbol.dispose]();
  await assert.rejects(waiting, { code: "disposed" });
  assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
  await assert.rejects(steadfast.chat(ask), { code: "disposed" });
  assert.throws(() => steadfast.status(), { code: "disposed" });
  steadfast.dispose();
});

/** Reads a stream whose provider never ends it, both as the iterable and as the body of `fetch`'s answer: what each throws once `ends` was called. */
async function cut({ steadfast, provider }, ends, options = {}) {
  provider.script("a/x", does.repeats(does.word("again ")));
  const response = await steadfast.fetch("/v1/chat/completions", { method: "POST", body: JSON.stringify({ ...ask, stream: true }), ...options });
  const reading = response.text();
  const pieces = steadfast.stream(ask, options)[Symbol.asyncIterator]();
  await pieces.next();
  await ends();
  const iterating = (async () => {
    while (!(await pieces.next()).done);
  })();
  const thrown = [reading, iterating].map((broken) => within(second, broken.then(() => "nothing was thrown", (error) => error), "the end"));
  return Promise.all(thrown);
}

test("a stream that dispose cuts off throws what a call gets that it ends", async (t) => {
  const here = await world(t);
  for (const error of await cut(here, () => here.steadfast.dispose())) {
    assert.ok(error instanceof SteadfastError, error);
    assert.equal(error.code, "disposed");
  }
  for (const attempt of here.provider.attempts) assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
});

test("a stream that an abort cuts off throws the signal's reason, whatever that is", async (t) => {
  for (const reason of [new Error("enough"), null]) {
    const controller = new AbortController();
    const thrown = await cut(await world(t), () => controller.abort(reason), { signal: controller.signal });
    assert.deepEqual(thrown, [reason, reason]);
  }
});

test("a stream that a panic cuts off throws that it broke", async (t) => {
  const complaints = t.mock.method(console, "error", () => {});
  const panicking = await import(join(installed("build/package-panic"), "node_modules/steadfast/index.js"));
  const provider = await startProvider();
  t.after(() => provider.close());
  const steadfast = new panicking.Steadfast(config(provider), { keys: secrets });
  t.after(() => steadfast.dispose());
  const panics = () => assert.rejects(steadfast.chat(ask, { headers: { "x-steadfast-test-panic": "1" } }), { code: "internal_error" });
  for (const error of await cut({ steadfast, provider }, panics)) {
    assert.ok(error instanceof panicking.StreamBrokenError, error);
    assert.equal(error.code, "internal_error");
  }
  assert.ok(complaints.mock.callCount() > 0);
});

test("no timer and no connection outlives a call: a process that has asked comes to its end by itself", async (t) => {
  const provider = await startProvider();
  t.after(() => provider.close());
  provider.script("b/y", does.fails(500));
  const main = `
    import { Steadfast } from ${JSON.stringify(entry)};
    const steadfast = new Steadfast(${JSON.stringify(config(provider, patient))}, { keys: ${JSON.stringify(secrets)} });
    const ask = ${JSON.stringify(ask)};
    await steadfast.chat({ ...ask, model: "b/y" }).catch(() => {});
    await steadfast.chat(ask);
    for await (const chunk of steadfast.stream(ask)) if (chunk.choices[0]?.finish_reason) console.log("asked");`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", main], { timeout: 20 * second });
  assert.equal(stdout, "asked\n");
});
