// Row 43. No panic should be reachable; a build of its own has one behind a header, to prove that the Worker survives what should
// not happen: the request that met it, the ones in flight beside it, and the next one each get an answer.

import assert from "node:assert/strict";
import { resolve } from "node:path";
import test from "node:test";
import { answered, read, refused } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { root } from "./gateway.mjs";
import { second, within, world } from "./world.mjs";

const worker = resolve(root, "build/worker-local/index.js");
const panic = { headers: { "x-steadfast-test-panic": "1" } };

test("row 43: the request that panics gets a 500 with its id, and the next one is served", async (t) => {
  const { gateway, chat, stream } = await world(t, {}, { worker });
  await answered(await chat(), "a/x");
  for (let again = 0; again < 3; again += 1) {
    const response = await within(second, chat({}, { headers: { ...panic.headers, "x-request-id": `panic-${again}` } }), "the 500");
    assert.equal(response.headers.get("x-request-id"), `panic-${again}`);
    assert.equal(response.headers.get("x-should-retry"), "true");
    const error = await refused(response, 500, "internal_error");
    assert.match(error.message, new RegExp(`panic-${again}`));
    await answered(await within(second, chat(), "the next answer"), "a/x");
    assert.ok((await read(await stream())).done);
  }
  assert.doesNotMatch(gateway.printed(), /sk-test-key/);
});

test("row 43: a caller of Messages is told so in the form of that language", async (t) => {
  const { call } = await world(t, {}, { worker });
  const body = JSON.stringify({ model: "a/x", max_tokens: 9, messages: [{ role: "user", content: "Hello?" }] });
  const response = await call("/v1/messages", { method: "POST", body, headers: { ...panic.headers, "x-request-id": "panic-messages" } });
  assert.equal(response.headers.get("request-id"), "panic-messages");
  const said = await response.json();
  assert.deepEqual([response.status, said.type, said.error.type, said.request_id], [500, "error", "api_error", "panic-messages"]);
  assert.equal(said.error.code, "internal_error");
});

test("row 43: requests in flight on the same instance get an error and do not hang", async (t) => {
  const { provider, chat, stream } = await world(t, {}, { worker });
  provider.script("a/waiting", does.silence).script("a/talking", does.repeats(does.word("again ")));
  const waiting = chat({ model: "a/waiting" });
  await provider.arrival("a/waiting");
  const talking = (await stream({ model: "a/talking" })).text().catch((error) => `broken: ${error.message}`);
  await provider.arrival("a/talking");

  await refused(await chat({}, panic), 500, "internal_error");

  await refused(await within(2 * second, waiting, "the request in flight"), 500, "internal_error");
  const heard = await within(2 * second, talking, "the stream in flight");
  assert.match(heard, /^broken: |"error"/);
  assert.doesNotMatch(heard, /\[DONE\]/);
  for (const attempt of provider.attempts.slice(0, 2)) assert.equal((await within(2 * second, attempt.closed, "the closing")).by, "caller");
  await answered(await chat(), "a/x");
});

test("row 43: a stream whose head is sent already breaks and does not hang", async (t) => {
  const { provider, chat } = await world(t, {}, { worker });
  const headers = { "x-steadfast-test-panic": "in stream" };
  const heard = chat({ stream: true }, { headers }).then((response) => response.text());
  await assert.rejects(within(2 * second, heard, "the end of the stream"), { message: /fetch failed|terminated/ });
  for (const attempt of provider.attempts) await within(2 * second, attempt.closed, "the closing");
  await answered(await chat(), "a/x");
});

test("row 43: the id of the 500 is one that is fit to be printed", async (t) => {
  const { chat } = await world(t, {}, { worker });
  const response = await chat({}, { headers: { ...panic.headers, "x-request-id": "not fit; to be printed" } });
  await refused(response, 500, "internal_error");
});

test("row 43: panics among many requests at once harm only whom they must", async (t) => {
  const { chat } = await world(t, {}, { worker });
  const crowd = Array.from({ length: 30 }, (_, nth) => chat({}, nth % 5 ? {} : panic));
  for (const response of await within(5 * second, Promise.all(crowd), "the crowd")) {
    await (response.status === 200 ? answered(response, "a/x") : refused(response, 500, "internal_error"));
  }
  await answered(await chat(), "a/x");
});
