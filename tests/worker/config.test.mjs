// The configuration as a variable, and what a caller is told when it is wrong or not enough.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, refused } from "./answer.mjs";
import { caller, config, world } from "./world.mjs";

test("the configuration may be a table or a JSON text", async (t) => {
  for (const form of [(config) => config, JSON.stringify]) {
    const { chat } = await world(t, {}, (provider) => ({ config: form(config(provider)) }));
    await answered(await chat({ model: "a/x" }), "a/x");
  }
});

const wrong = {
  "an unknown field": [{ route: {} }, /route\b.*routes/s],
  "an unknown name in a route": [{ routes: { chain: { fallback: ["a/x", "cheap"] } } }, /routes\.chain\.fallback\[1\].*cheap/s],
  "a number where a text belongs": [{ routes: { chain: { fallback: [7] } } }, /routes\.chain\.fallback\[0\]/],
  "an empty route": [{ routes: { chain: { fallback: [] } } }, /routes\.chain/],
  "routes that go round in a circle": [{ routes: { one: { fallback: ["two"] }, two: { fallback: ["one"] } } }, /routes\.(one|two)/],
};

for (const [name, [settings, message]] of Object.entries(wrong)) {
  test(`a configuration with ${name} is a 503 that tells the holder of a key where, and nobody else`, async (t) => {
    const { provider, gateway, chat } = await world(t, settings);
    const response = await chat({ model: "a/x" });
    const error = await refused(response, 503, "config_invalid");
    assert.equal(response.headers.get("x-should-retry"), "false");
    assert.match(error.message, message);
    const stranger = await refused(await caller(gateway, null).chat({ model: "a/x" }), 503, "config_invalid");
    assert.doesNotMatch(stranger.message, message);
    assert.match(gateway.printed(), message, "the details are in the log");
    assert.equal(provider.attempts.length, 0);
  });
}

test("every mistake of a configuration is told at once", async (t) => {
  const { chat } = await world(t, { timeouts: { headers: 1 }, retry: { retries: "once" } });
  const { message } = await refused(await chat(), 503, "config_invalid");
  assert.match(message, /timeouts\.headers.*headers_ms/s);
  assert.match(message, /retry\.retries/);
});

test("a key in the place of its name is refused without being shown", async (t) => {
  const { gateway, chat } = await world(t, (provider) => ({
    providers: { a: { dialect: "openai", base_url: provider.base("a"), keys: ["sk-pasted-by-mistake"] } },
  }));
  const response = await chat({ model: "a/x" });
  const error = await refused(response, 503, "config_invalid");
  assert.match(error.message, /providers\.a\.keys\[0\]/);
  assert.doesNotMatch(error.message + gateway.printed(), /sk-pasted/);
});

for (const value of [7, true, [], null])
  test(`a variable that is ${JSON.stringify(value)} is a 503, and never taken for none`, async (t) => {
    const { chat } = await world(t, {}, { config: value });
    const { message } = await refused(await chat({ model: "standard" }), 503, "config_invalid");
    assert.match(message, /expected an object/);
  });

test("a text that is not JSON is a 503", async (t) => {
  const { chat } = await world(t, {}, { config: "{ routes: " });
  await refused(await chat(), 503, "config_invalid");
});

test("a Worker that is to simulate and cannot says so, and what to do, beside all else that is wrong", async (t) => {
  for (const [settings, more] of [[{}, /./], [{ route: {} }, /route: found/]]) {
    const { provider, gateway, chat } = await world(t, settings, { vars: { STEADFAST_SIM: "1" } });
    const { message } = await refused(await chat({ model: "a/x" }), 503, "config_invalid");
    for (const told of [/STEADFAST_SIM.*`make run`/s, more]) {
      assert.match(message, told);
      assert.match(gateway.printed(), told);
    }
    assert.equal(provider.attempts.length, 0);
  }
});

test("provider keys without caller keys are a 503 that says what to set", async (t) => {
  const { provider, gateway } = await world(t, {}, { keys: null });
  for (const key of [null, "caller-key", ""]) {
    const error = await refused(await caller(gateway, key).chat({ model: "a/x" }), 503, "not_configured");
    assert.match(error.message, /STEADFAST_KEYS/);
  }
  assert.equal(provider.attempts.length, 0);
});

test("caller keys of white space are none", async (t) => {
  const { gateway } = await world(t, {}, { keys: " ,\n " });
  for (const key of [null, "", " ", ","]) await refused(await caller(gateway, key).chat({ model: "a/x" }), 503, "not_configured");
});

test("without any provider key a call is a 503 that names the secrets to set", async (t) => {
  const { provider, chat } = await world(t, {}, { secrets: {} });
  const response = await chat();
  const { message } = await refused(response, 503, "not_configured");
  for (const name of ["A_KEY", "B_KEY", "C_KEY"]) assert.match(message, new RegExp(name));
  assert.equal(response.headers.get("x-should-retry"), "false");
  assert.equal(provider.attempts.length, 0);
});

test("a Worker with nothing configured at all is healthy, and a call is a 503 that names secrets to set", async (t) => {
  const { call, chat } = await world(t, {}, { config: undefined, secrets: {} });
  assert.equal((await call("/healthz")).status, 200);
  const { message } = await refused(await chat({ model: "standard" }), 503, "not_configured");
  assert.match(message, /_API_KEY/);
});
