// Who may call: holders of a key, browsers of a listed origin, everybody when it is said so, and nobody else.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, refused } from "./answer.mjs";
import { caller, world } from "./world.mjs";

test("no key and a wrong key are a 401, everywhere but at the open doors", async (t) => {
  const { provider, gateway } = await world(t);
  const wrong = [
    {},
    { authorization: "Bearer wrong-key" },
    { authorization: "Bearer caller-key-and-more" },
    { authorization: "Bearer caller-ke" },
    { authorization: "Bearer " },
    { authorization: "caller-key" },
    { authorization: "Basic caller-key" },
    { "x-api-key": "wrong-key" },
    { "x-api-key": "" },
  ];
  const stranger = caller(gateway, null);
  for (const headers of wrong) {
    const response = await stranger.chat({ model: "a/x" }, { headers });
    const error = await refused(response, 401, "invalid_api_key");
    assert.equal(response.headers.get("x-should-retry"), "false");
    assert.doesNotMatch(error.message, /caller-key|wrong-key/);
  }
  for (const path of ["/v1/models", "/v1/models/a%2Fx", "/status"]) await refused(await stranger.call(path), 401, "invalid_api_key");
  assert.equal((await stranger.call("/healthz")).status, 200);
  assert.equal(provider.attempts.length, 0);
  assert.doesNotMatch(gateway.printed(), /caller-key|wrong-key/);
});

test("the health check is open to all", async (t) => {
  const { gateway } = await world(t);
  assert.equal((await caller(gateway, null).call("/healthz")).status, 200);
});

test("a key may come as x-api-key, and several keys may be valid", async (t) => {
  const { gateway } = await world(t, {}, { keys: "first-key, second-key\nthird-key" });
  for (const key of ["first-key", "second-key", "third-key"]) {
    await answered(await caller(gateway, null).chat({ model: "a/x" }, { headers: { "x-api-key": key } }), "a/x");
    await answered(await caller(gateway, key).chat({ model: "a/x" }), "a/x");
  }
});

test("whoever shows two keys comes in with the one that is valid", async (t) => {
  const { gateway } = await world(t);
  for (const headers of [
    { authorization: "Bearer for-somebody-else", "x-api-key": "caller-key" },
    { authorization: "Bearer caller-key", "x-api-key": "for-somebody-else" },
  ]) {
    await answered(await caller(gateway, null).chat({ model: "a/x" }, { headers }), "a/x");
  }
});

test("auth: none lets everybody in, when it is said so", async (t) => {
  const { gateway } = await world(t, { auth: "none" }, { keys: null });
  await answered(await caller(gateway, null).chat({ model: "a/x" }), "a/x");
});

test("listed origins may call from a browser, and read our headers", async (t) => {
  const { gateway } = await world(t, { cors: ["https://app.example"] });
  const { call, chat } = caller(gateway);
  const preflight = await caller(gateway, null).call("/v1/chat/completions", {
    method: "OPTIONS",
    headers: {
      origin: "https://app.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,x-stainless-lang",
    },
  });
  assert.ok(preflight.ok, `preflight says ${preflight.status}`);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://app.example");
  assert.match(preflight.headers.get("access-control-allow-methods"), /POST/);
  const allowed = preflight.headers.get("access-control-allow-headers");
  for (const name of ["authorization", "x-stainless-lang"]) assert.ok(allowed.toLowerCase().includes(name), `${name} in ${allowed}`);

  const headers = { origin: "https://app.example" };
  for (const response of [await chat({ model: "a/x" }, { headers }), await chat({ model: "none/such" }, { headers })]) {
    await response.text();
    assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example");
    const exposed = response.headers.get("access-control-expose-headers");
    for (const name of ["x-steadfast-model", "x-steadfast-route", "x-steadfast-trail", "x-request-id", "retry-after"])
      assert.ok(exposed.includes(name), `${name} in ${exposed}`);
  }

  const stranger = await call("/v1/models", { headers: { origin: "https://other.example" } });
  await stranger.text();
  assert.equal(stranger.headers.get("access-control-allow-origin"), null);
});
