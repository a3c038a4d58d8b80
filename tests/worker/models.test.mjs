// A name in `model` becomes a target: bare, listed, in a route, in a route within a route; and the lists that tell which names there are.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, refused, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { world } from "./world.mjs";

test("a bare name means the one configured provider's model in the catalogue", async (t) => {
  const { provider, chat } = await world(t, (provider) => ({
    providers: { openai: { base_url: provider.base("openai"), keys: ["A_KEY"] } },
  }));
  await answered(await chat({ model: "gpt-5.4-mini" }), "openai/gpt-5.4-mini");
  assert.equal(provider.attempts[0].json.model, "gpt-5.4-mini");
});

test("a bare name of two providers' models is a 404 that lists them, and a route of that name wins over both", async (t) => {
  const { provider, chat } = await world(t, {
    models: { "a/twin": { context: 8000 }, "b/twin": { context: 8000 }, "a/solo": { context: 8000 }, "a/named": { context: 8000 } },
    routes: { named: { fallback: ["b/y"] } },
  });
  const error = await refused(await chat({ model: "twin" }), 404, "model_not_found");
  assert.match(error.message, /a\/twin/);
  assert.match(error.message, /b\/twin/);
  assert.equal(provider.attempts.length, 0);
  await answered(await chat({ model: "solo" }), "a/solo");
  await answered(await chat({ model: "named" }), "b/y");
});

test("the models that a caller lists follow the first, each once", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(503)).script("b/y", does.fails(503));
  const response = await chat({ model: "a/x", models: ["b/y", "a/x", "b/y", "c/z"] });
  await answered(response, "c/z");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "c/z"]);
  assert.ok(!("models" in provider.attempts[0].json), "the list stays here");
});

test("a target's own parameters are set in its request alone", async (t) => {
  const { provider, chat } = await world(t, { routes: { tuned: { fallback: ["a/x", { model: "b/y", params: { temperature: 0 } }] } } });
  provider.script("a/x", does.fails(503));
  await answered(await chat({ model: "tuned", temperature: 0.7 }), "b/y");
  assert.deepEqual(
    provider.attempts.map((attempt) => attempt.json.temperature),
    [0.7, 0],
  );
});

test("a route that degrades says from what, to what and why", async (t) => {
  const { provider, chat } = await world(t, { routes: { fine: { fallback: ["a/x"], degrade_to: "cheap" }, cheap: { fallback: ["b/y"] } } });
  provider.script("a/x", does.fails(503));
  const response = await chat({ model: "fine" });
  await answered(response, "b/y");
  assert.equal(response.headers.get("x-steadfast-degraded"), "fine -> cheap (overloaded)");
});

test("row 42: nested strategies leave one flat trail in the order of time, and the winner's path is the innermost", async (t) => {
  const { provider, chat } = await world(t, {
    routes: {
      inner: { fallback: ["b/y", "c/z"] },
      outer: { fallback: ["a/x", "inner"] },
      inline: { fallback: ["a/x", { fallback: ["b/y", "c/z"] }] },
    },
  });
  provider.script("a/x", does.fails(503)).script("b/y", does.fails(503));
  const named = await chat({ model: "outer" });
  await answered(named, "c/z");
  assert.deepEqual(trail(named), ["a/x overloaded", "b/y overloaded", "c/z ok"]);
  assert.equal(named.headers.get("x-steadfast-route"), "inner.fallback[1]");
  const inline = await chat({ model: "inline" });
  await answered(inline, "c/z");
  assert.equal(inline.headers.get("x-steadfast-route"), "inline.fallback[1].fallback[1]");
});

test("the list of models names the routes first, and each can be looked up, its slash written either way", async (t) => {
  const { call } = await world(t, { models: { "a/x": { context: 8000 } } });
  const { object, data } = await (await call("/v1/models")).json();
  assert.equal(object, "list");
  const ids = data.map((model) => model.id);
  assert.ok(ids.includes("chain") && ids.includes("a/x"), ids.join(" "));
  const firstModel = ids.findIndex((id) => id.includes("/"));
  assert.ok(
    ids.slice(firstModel).every((id) => id.includes("/")),
    "no route after the first model",
  );
  for (const id of ["a/x", "a%2Fx", "a%2fx"]) {
    const response = await call(`/v1/models/${id}`);
    assert.equal(response.status, 200);
    const model = await response.json();
    assert.equal(model.id, "a/x");
    assert.equal(model.object, "model");
    assert.match(JSON.stringify(model), /\b8000\b/);
  }
  assert.equal((await (await call("/v1/models/chain?verbose=1")).json()).id, "chain");
  await refused(await call("/v1/models/nobody%2Fx"), 404, "model_not_found");
});

test("a model whose provider has no key is not in the list, but is in the status", async (t) => {
  const { call } = await world(
    t,
    { models: { "a/x": { context: 8000 }, "b/y": { context: 8000 } } },
    { secrets: { A_KEY: "sk-test-key-of-a" } },
  );
  const { data } = await (await call("/v1/models")).json();
  const ids = data.map((model) => model.id);
  assert.ok(ids.includes("a/x") && !ids.includes("b/y"), ids.join(" "));
  assert.match(await (await call("/status")).text(), /B_KEY/);
});

test("the status tells each target's attempts, in this isolate, since it began", async (t) => {
  const { provider, call, chat } = await world(t);
  provider.script("a/x", does.fails(503));
  await answered(await chat(), "b/y");
  const response = await call("/status");
  assert.equal(response.status, 200);
  const status = await response.json();
  assert.equal(status.scope, "isolate");
  assert.ok("since" in status);
  const text = JSON.stringify(status);
  for (const told of ["a/x", "b/y", "overloaded"]) assert.ok(text.includes(told), `${told} in ${text}`);
});
