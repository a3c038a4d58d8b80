// The configuration's doors, and what a caller is told when it is wrong or not enough.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answered, refused, trail } from "./answer.mjs";
import { fails } from "./behaviours.mjs";
import { startGateway } from "./gateway.mjs";
import { startProvider } from "./provider.mjs";
import { caller, config, secrets, within, world } from "./world.mjs";

/** A provider, and a gateway whose bindings are a function of it. */
async function bound(t, options) {
  const provider = await startProvider();
  t.after(() => provider.close());
  const gateway = await startGateway({ secrets, ...(await options(provider)) });
  t.after(() => gateway.stop());
  return { provider, gateway, ...caller(gateway) };
}

test("the configuration may be a table or a JSON text", async (t) => {
  for (const form of [(config) => config, JSON.stringify]) {
    const { chat } = await bound(t, (provider) => ({ config: form(config(provider)) }));
    await answered(await chat({ model: "a/x" }), "a/x");
  }
});

/**
 * A KV namespace whose `config` is that value, none when it is null, and which takes its time; without the value it is down.
 * Other keys it keeps.
 */
async function startKv(t, value, delay = 0) {
  const kept = new Map();
  const kv = createServer(async (request, response) => {
    const key = decodeURIComponent(new URL(request.url, "http://kv").pathname).slice(1);
    if (request.method === "PUT") {
      kept.set(key, await text(request));
      return response.end();
    }
    if (request.method === "DELETE") {
      kept.delete(key);
      return response.end();
    }
    const found = key === "config" ? value() : (kept.get(key) ?? null);
    const status = found === undefined ? 500 : found === null ? 404 : 200;
    setTimeout(() => response.writeHead(status).end(found ?? ""), delay);
  }).listen(0, "127.0.0.1");
  await once(kv, "listening");
  t.after(() => kv.close().closeAllConnections());
  return `127.0.0.1:${kv.address().port}`;
}

test("the configuration may come from KV", async (t) => {
  let value;
  const kv = await startKv(t, () => value);
  const { chat } = await bound(t, (provider) => ((value = JSON.stringify(config(provider))), { kv }));
  await answered(await chat({ model: "a/x" }), "a/x");
});

test("requests that arrive while the configuration is still being read are answered by it too", async (t) => {
  let value;
  const kv = await startKv(t, () => value, 300);
  const { chat } = await bound(t, (provider) => ((value = JSON.stringify(config(provider))), { kv }));
  const together = await Promise.all([chat({ model: "a/x" }), chat({ model: "b/y" }), chat({ model: "chain" })]);
  for (const [nth, target] of ["a/x", "b/y", "a/x"].entries()) await answered(together[nth], target);
});

test("a new value in KV is taken up after half a minute, what was remembered is kept, and a wrong one is told of once", async (t) => {
  let strays;
  const stray = await startKv(t, () => strays);
  const before = await bound(t, (provider) => ((strays = JSON.stringify(config(provider))), { kv: stray }));
  await answered(await before.chat(), "a/x");
  await sleep(500); // It is kept after the answer.
  strays = '{"routes": 7}';
  const astray = await startGateway({ secrets, kv: stray });
  t.after(() => astray.stop());
  await answered(await caller(astray).chat(), "a/x");

  let value;
  const kv = await startKv(t, () => value);
  const { provider, chat } = await bound(t, (provider) => ((value = JSON.stringify(config(provider))), { kv }));
  provider.script("a/x", fails(401));
  await answered(await chat(), "b/y");

  value = JSON.stringify(config(provider, { routes: { other: { fallback: ["a/x", "c/z"] } } }));
  await sleep(30_500);
  await refused(await chat({ model: "other" }), 404, "model_not_found"); // The one that has it looked up.
  const takenUp = async () => {
    while ((await chat({ model: "other" })).status === 404) await sleep(50);
  };
  await within(5_000, takenUp(), "the new value");
  await answered(await caller(astray).chat(), "a/x");
  await sleep(500); // It is looked at again after the answer.
  assert.equal(astray.printed().match(/configuration is invalid/g).length, 1);

  const response = await chat({ model: "other" });
  assert.deepEqual(trail(response), ["a/x auth", "c/z ok"]);
  assert.equal(provider.on("a/x").length, 1, "its key still rests");

  for (const wrong of ['{"routes": 7}', ""]) {
    value = wrong;
    const later = await startGateway({ secrets, kv });
    t.after(() => later.stop());
    const responses = await Promise.all([1, 2, 3].map(() => caller(later).chat({ model: "other" })));
    const words = "who starts while a wrong value stands there has what was in force last";
    for (const { status } of responses) assert.equal(status, 200, words);
    assert.match(later.printed(), /configuration is invalid/);
  }
});

test("a KV that never answers is waited for a moment, and the variable's configuration counts", async (t) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close().closeAllConnections());
  const kv = `127.0.0.1:${silent.address().port}`;
  const { gateway, chat } = await bound(t, (provider) => ({ config: config(provider), kv }));
  await answered(await within(5_000, chat({ model: "a/x" }), "an answer"), "a/x");
  assert.match(gateway.printed(), /configuration in KV could not be read/);
});

test("a KV that cannot be read at the start is asked again soon, and the log says so", async (t) => {
  let value;
  const kv = await startKv(t, () => value);
  let present;
  const { gateway, chat } = await bound(t, (provider) => ((present = JSON.stringify(config(provider))), { kv }));
  await refused(await chat({ model: "a/x" }), 404, "model_not_found");
  assert.match(gateway.printed(), /configuration in KV could not be read/);
  assert.doesNotMatch(gateway.printed(), /configuration is invalid/);
  value = present;
  const takenUp = async () => {
    while ((await chat({ model: "a/x" })).status === 404) await sleep(50);
  };
  await within(5_000, takenUp(), "the configuration");
});

test("a value in KV that was in force only in an isolate that is gone is the last good one", async (t) => {
  let value;
  const kv = await startKv(t, () => value);
  const alerts = [{ on: ["config_invalid"], webhook: "HOOK_URL" }];
  const { provider, gateway, chat } = await bound(t, (provider) => ((value = JSON.stringify(config(provider, { alerts }))), { kv }));
  await answered(await chat({ model: "a/x" }), "a/x");
  await sleep(500); // It is kept after the answer.
  await gateway.stop();
  value = "{";
  const later = await startGateway({ secrets: { ...secrets, HOOK_URL: `${provider.origin}/hooks` }, kv });
  t.after(() => later.stop());
  await answered(await caller(later).chat({ model: "a/x" }), "a/x");
  assert.equal((await provider.arrival("hooks/")).json.alert, "config_invalid", "and whom it alerts hears of the wrong one");
});

test("a first value in KV that is wrong takes the variable's place nowhere, where that was in force before", async (t) => {
  let value = null;
  const kv = await startKv(t, () => value);
  let variable;
  const { gateway, chat } = await bound(t, (provider) => ({ config: (variable = config(provider)), kv }));
  await answered(await chat(), "a/x");
  await sleep(500); // It is kept after the answer.
  await gateway.stop();
  value = '{"routes": 7}';
  const later = await startGateway({ config: variable, secrets, kv });
  t.after(() => later.stop());
  await answered(await caller(later).chat(), "a/x");
  assert.match(later.printed(), /configuration is invalid/);
});

test("a KV that cannot be read at the start loses nobody the last good value", async (t) => {
  let value;
  const kv = await startKv(t, () => value);
  const start = async () => {
    const gateway = await startGateway({ secrets, kv });
    t.after(() => gateway.stop());
    return gateway;
  };
  const { gateway, chat } = await bound(t, (provider) => ((value = JSON.stringify(config(provider))), { kv }));
  await answered(await chat(), "a/x");
  await sleep(500); // It is kept after the answer.
  await gateway.stop();

  value = undefined;
  const blind = await start();
  await refused(await caller(blind).chat(), 404, "model_not_found");
  await sleep(500);
  await blind.stop();
  value = '{"routes": 7}';
  await answered(await caller(await start()).chat(), "a/x");
});

test("a wrong value in KV is a 503 like a wrong variable", async (t) => {
  const kv = await startKv(t, () => '{"route": {}}');
  const { chat } = await bound(t, () => ({ kv }));
  assert.match((await refused(await chat(), 503, "config_invalid")).message, /routes/);
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
    const { chat } = await bound(t, () => ({ config: value }));
    const { message } = await refused(await chat({ model: "standard" }), 503, "config_invalid");
    assert.match(message, /expected an object/);
  });

test("a text that is not JSON is a 503", async (t) => {
  const { chat } = await bound(t, () => ({ config: "{ routes: " }));
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
  const { call, chat } = await bound(t, () => ({ secrets: {} }));
  assert.equal((await call("/healthz")).status, 200);
  const { message } = await refused(await chat({ model: "standard" }), 503, "not_configured");
  assert.match(message, /_API_KEY/);
});
