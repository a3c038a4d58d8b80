// The configuration in KV: when a new value is taken up, and that a wrong one, or a namespace that is down, takes nobody's service away.

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
import { caller, config, secrets, within } from "./world.mjs";

/**
 * A provider, a KV namespace that takes its time, and what starts a Worker over both.
 *
 * `kv.config` is the value that a person has put there: none when it is null; undefined, and the namespace is down. What the Worker
 * itself puts there is kept.
 */
async function namespace(t, delay = 0) {
  const provider = await startProvider();
  t.after(() => provider.close());
  const kv = { config: JSON.stringify(config(provider)) };
  const kept = new Map();
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent(new URL(request.url, "http://kv").pathname).slice(1);
    if (request.method === "PUT") {
      kept.set(key, await text(request));
      return response.end();
    }
    if (request.method === "DELETE") {
      kept.delete(key);
      return response.end();
    }
    const found = key === "config" ? kv.config : (kept.get(key) ?? null);
    const status = found === undefined ? 500 : found === null ? 404 : 200;
    setTimeout(() => response.writeHead(status).end(found ?? ""), delay);
  });
  return { provider, kv, start: await starts(t, server) };
}

/** What starts a Worker over the namespace that this server plays. */
async function starts(t, server) {
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close().closeAllConnections());
  return async (options) => {
    const gateway = await startGateway({ secrets, kv: `127.0.0.1:${server.address().port}`, ...options });
    t.after(() => gateway.stop());
    return { gateway, ...caller(gateway) };
  };
}

/** What is in force is kept after the answer. */
const kept = () => sleep(500);

/** Resolves once that model or route is known. */
const known = (chat, model) => {
  const asking = async () => {
    while ((await chat({ model })).status === 404) await sleep(50);
  };
  return within(5_000, asking(), "the new value");
};

test("the configuration may come from KV", async (t) => {
  const { start } = await namespace(t);
  const { chat } = await start();
  await answered(await chat({ model: "a/x" }), "a/x");
});

test("requests that arrive while the configuration is still being read are answered by it too", async (t) => {
  const { start } = await namespace(t, 300);
  const { chat } = await start();
  const together = await Promise.all([chat({ model: "a/x" }), chat({ model: "b/y" }), chat({ model: "chain" })]);
  for (const [nth, target] of ["a/x", "b/y", "a/x"].entries()) await answered(together[nth], target);
});

test("a new value in KV is taken up after half a minute, what was remembered is kept, and a wrong one is told of once", async (t) => {
  const stray = await namespace(t);
  await answered(await (await stray.start()).chat(), "a/x");
  await kept();
  stray.kv.config = '{"routes": 7}';
  const astray = await stray.start();
  await answered(await astray.chat(), "a/x");

  const { provider, kv, start } = await namespace(t);
  const { chat } = await start();
  provider.script("a/x", fails(401));
  await answered(await chat(), "b/y");

  kv.config = JSON.stringify(config(provider, { routes: { other: { fallback: ["a/x", "c/z"] } } }));
  await sleep(30_500);
  await refused(await chat({ model: "other" }), 404, "model_not_found"); // The one that has it looked up.
  await known(chat, "other");
  await answered(await astray.chat(), "a/x");
  await kept(); // It is looked at again after the answer too.
  assert.equal(astray.gateway.printed().match(/configuration is invalid/g).length, 1);

  const response = await chat({ model: "other" });
  assert.deepEqual(trail(response), ["a/x auth", "c/z ok"]);
  assert.equal(provider.on("a/x").length, 1, "its key still rests");

  for (const wrong of ['{"routes": 7}', ""]) {
    kv.config = wrong;
    const later = await start();
    const responses = await Promise.all([1, 2, 3].map(() => later.chat({ model: "other" })));
    const words = "who starts while a wrong value stands there has what was in force last";
    for (const { status } of responses) assert.equal(status, 200, words);
    assert.match(later.gateway.printed(), /configuration is invalid/);
  }
});

test("a KV that never answers is waited for a moment, and the variable's configuration counts", async (t) => {
  const { provider } = await namespace(t);
  const start = await starts(t, createServer(() => {}));
  const { gateway, chat } = await start({ config: config(provider) });
  await answered(await within(5_000, chat({ model: "a/x" }), "an answer"), "a/x");
  assert.match(gateway.printed(), /configuration in KV could not be read/);
});

test("a KV that cannot be read at the start is asked again soon, and the log says so", async (t) => {
  const { kv, start } = await namespace(t);
  const present = kv.config;
  kv.config = undefined;
  const { gateway, chat } = await start();
  await refused(await chat({ model: "a/x" }), 404, "model_not_found");
  assert.match(gateway.printed(), /configuration in KV could not be read/);
  assert.doesNotMatch(gateway.printed(), /configuration is invalid/);
  kv.config = present;
  await known(chat, "a/x");
});

test("a value in KV that was in force only in an isolate that is gone is the last good one", async (t) => {
  const { provider, kv, start } = await namespace(t);
  const alerts = [{ on: ["config_invalid"], webhook: "HOOK_URL" }];
  kv.config = JSON.stringify(config(provider, { alerts }));
  const { gateway, chat } = await start();
  await answered(await chat({ model: "a/x" }), "a/x");
  await kept();
  await gateway.stop();
  kv.config = "{";
  const later = await start({ secrets: { ...secrets, HOOK_URL: `${provider.origin}/hooks` } });
  await answered(await later.chat({ model: "a/x" }), "a/x");
  assert.equal((await provider.arrival("hooks/")).json.alert, "config_invalid", "and whom it alerts hears of the wrong one");
});

test("a first value in KV that is wrong takes the variable's place nowhere, where that was in force before", async (t) => {
  const { provider, kv, start } = await namespace(t);
  kv.config = null;
  const variable = { config: config(provider) };
  const { gateway, chat } = await start(variable);
  await answered(await chat(), "a/x");
  await kept();
  await gateway.stop();
  kv.config = '{"routes": 7}';
  const later = await start(variable);
  await answered(await later.chat(), "a/x");
  assert.match(later.gateway.printed(), /configuration is invalid/);
});

test("a KV that cannot be read at the start loses nobody the last good value", async (t) => {
  const { kv, start } = await namespace(t);
  const { gateway, chat } = await start();
  await answered(await chat(), "a/x");
  await kept();
  await gateway.stop();

  kv.config = undefined;
  const blind = await start();
  await refused(await blind.chat(), 404, "model_not_found");
  await sleep(500);
  await blind.gateway.stop();
  kv.config = '{"routes": 7}';
  await answered(await (await start()).chat(), "a/x");
});

test("a wrong value in KV is a 503 like a wrong variable", async (t) => {
  const { kv, start } = await namespace(t);
  kv.config = '{"route": {}}';
  const { chat } = await start();
  assert.match((await refused(await chat(), 503, "config_invalid")).message, /routes/);
});
