// Somebody asks badly. They get an error that says what to do, never a 500, and no provider hears of it.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { answered, refused } from "./answer.mjs";
import { world } from "./world.mjs";

const messages = [{ role: "user", content: "Hello?" }];
const post = (body) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const chat = "/v1/chat/completions";

const table = {
  "a body that is not JSON": [chat, post("hello"), 400, "invalid_request", /JSON/],
  "half a body": [chat, post('{"model": "a/x", "messages": ['), 400, "invalid_request", /JSON/],
  "an empty body": [chat, post(""), 400, "invalid_request", /JSON/],
  "bytes that are not UTF-8": [chat, { ...post(""), body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, 400, "invalid_request"],
  "a packed body": [chat, { ...post(""), body: gzipSync(JSON.stringify({ model: "a/x", messages })) }, 400, "invalid_request", /packed/],
  "something behind the body": [chat, post('{"model": "a/x", "messages": []} trailing'), 400, "invalid_request", /JSON/],
  "a list for a body": [chat, post("[]"), 400, "invalid_request", /object/],
  "a text for a body": [chat, post('"hello"'), 400, "invalid_request", /object/],
  "null for a body": [chat, post("null"), 400, "invalid_request", /object/],
  "an empty object": [chat, post({}), 400, "invalid_request", /model/],
  "no model": [chat, post({ messages }), 400, "invalid_request", /model/],
  "a model that is no text": [chat, post({ model: 7, messages }), 400, "invalid_request", /model/],
  "no messages": [chat, post({ model: "a/x" }), 400, "invalid_request", /messages/],
  "messages that are no list": [chat, post({ model: "a/x", messages: "hello" }), 400, "invalid_request", /messages/],
  "a list of models that is none": [chat, post({ model: "a/x", messages, models: "b/y" }), 400, "invalid_request", /models/],
  "settings of ours that are none": [
    chat,
    post({ model: "a/x", messages, steadfast: { timeouts: "long" } }),
    400,
    "invalid_request",
    /steadfast/,
  ],
  "an unknown route": [chat, post({ model: "chian", messages }), 404, "model_not_found", /chain/],
  "an unknown provider": [chat, post({ model: "nobody/x", messages }), 404, "model_not_found", /nobody/],
  "an unknown model among the further ones": [chat, post({ model: "a/x", messages, models: ["chian"] }), 404, "model_not_found", /chian/],
  "an unknown path": ["/v1/nothing", { method: "GET" }, 404, "not_found"],
  "an unknown path of OpenAI's": ["/v1/fine_tuning/jobs", post({}), 404, "not_found"],
  "an unknown model looked up": ["/v1/models/nobody%2Fx", { method: "GET" }, 404, "model_not_found"],
  "an unknown model looked up with a broken escape": ["/v1/models/%zz", { method: "GET" }, 404, "model_not_found"],
};

test("bad input is told what is wrong with it, and no provider hears of it", async (t) => {
  const { provider, gateway, call } = await world(t);
  for (const [name, [path, init, status, code, message]] of Object.entries(table)) {
    await t.test(name, async () => {
      const response = await call(path, init);
      const error = await refused(response, status, code);
      assert.equal(response.headers.get("x-should-retry"), "false");
      if (message) assert.match(error.message, message);
    });
  }
  assert.equal(provider.attempts.length, 0);
  assert.doesNotMatch(gateway.printed(), /Hello\?/);
});

test("a wrong method is a 405 that names the right one", async (t) => {
  const { provider, call } = await world(t);
  for (const [method, path, allowed] of [
    ["GET", chat, "POST"],
    ["PUT", chat, "POST"],
    ["DELETE", chat, "POST"],
    ["POST", "/v1/models", "GET"],
    ["POST", "/status", "GET"],
    ["DELETE", "/v1/models/a%2Fx", "GET"],
  ]) {
    const response = await call(path, { method });
    await refused(response, 405, "method_not_allowed");
    assert.ok(response.headers.get("allow").split(/,\s*/).includes(allowed), `${method} ${path} allows ${response.headers.get("allow")}`);
  }
  assert.equal(provider.attempts.length, 0);
});

test("a body of 20 MB is a 413, announced or not", async (t) => {
  const { provider, call } = await world(t);
  const body = JSON.stringify({ model: "a/x", messages: [{ role: "user", content: "x".repeat(20 << 20) }] });
  const whole = await call(chat, post(body));
  const error = await refused(whole, 413, "request_too_large");
  assert.match(error.message, /16777216|16 ?MB|16 MiB/i);
  assert.equal(whole.headers.get("x-should-retry"), "false");

  const pieces = new ReadableStream({
    pull(stream) {
      stream.enqueue(new TextEncoder().encode(body));
      stream.close();
    },
  });
  await refused(
    await call(chat, { method: "POST", headers: { "content-type": "application/json" }, body: pieces, duplex: "half" }),
    413,
    "request_too_large",
  );
  assert.equal(provider.attempts.length, 0);
});

test("the limit of a body is the configuration's", async (t) => {
  const { provider, call } = await world(t, { limits: { request_bytes: 2000 } });
  await refused(await call(chat, post({ model: "a/x", messages, padding: "x".repeat(2000) })), 413, "request_too_large");
  assert.equal(provider.attempts.length, 0);
  assert.equal((await call(chat, post({ model: "a/x", messages, padding: "x".repeat(1500) }))).status, 200);
});

test("a second name for the model in the same body does not slip past the first", async (t) => {
  const { provider, call } = await world(t);
  for (const twice of ['{"model": "a/x", "model": "b/y", "messages": []}', '{"model": "a/x", "mod\\u0065l": "b/y", "messages": []}']) {
    await refused(await call(chat, post(twice)), 400, "invalid_request");
  }
  assert.equal(provider.attempts.length, 0);
  await answered(await call(chat, post('{"mod\\u0065l": "a/x", "messages": []}')), "a/x");
  assert.deepEqual(provider.tried, ["a/x"], "one name, however it is written, is one");
});

test("a body nested a hundred thousand deep harms nobody", async (t) => {
  const { call } = await world(t);
  const deep = (open, close) => open.repeat(100_000) + close.repeat(100_000);
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
    ["[", ""],
  ]) {
    for (const body of [
      `{"model": "a/x", "messages": [${deep(open, close)}]}`,
      `{"model": "a/x", "messages": [], "x": ${deep(open, close)}}`,
      deep(open, close),
    ]) {
      const response = await call(chat, post(body));
      assert.ok(response.status < 500, `${response.status} ${await response.text()}`);
    }
  }
  assert.equal((await call(chat, post({ model: "a/x", messages }))).status, 200);
});

test("a byte order mark before a body is passed over", async (t) => {
  const { provider, call } = await world(t);
  const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify({ model: "a/x", messages }))]);
  const response = await call(chat, { ...post(""), body });
  assert.equal(response.status, 200, await response.text());
  assert.deepEqual(provider.attempts[0].json.messages, messages);
});
