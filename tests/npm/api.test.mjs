// The API of the package, in Node, against a provider on raw sockets.

import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import * as does from "../worker/behaviours.mjs";
import { all, ask, errors, messages, secrets, Steadfast, SteadfastError, textOf, world } from "./world.mjs";

test("chat answers with the completion, who gave it, and how it came about", async (t) => {
  const { provider, steadfast } = await world(t, { models: { "b/y": { price: { input: 1, output: 2 } } } });
  provider.script("a/x", does.fails(503));
  const answer = await steadfast.chat(ask);
  assert.equal(answer.model, "b/y");
  assert.equal(answer.choices[0].message.content, "Hello from b/y.");
  assert.equal(answer.steadfast.route, "chain.fallback[1]");
  assert.deepEqual(answer.steadfast.trail.map(({ model, outcome, status }) => [model, outcome, status]), [["a/x", "overloaded", 503], ["b/y", "ok", 200]]);
  assert.equal(answer.steadfast.cost_usd, 0.000015);
  assert.equal(provider.on("b/y")[0].headers.authorization, `Bearer ${secrets.B_KEY}`);
});

test("stream yields the pieces as they come, and says at the end how it came about", async (t) => {
  const { provider, steadfast } = await world(t);
  provider.script("a/x", does.fails(503));
  const stream = steadfast.stream(ask);
  assert.equal(stream.steadfast, undefined);
  const chunks = await all(stream);
  assert.equal(textOf(chunks), "Hello from b/y.");
  assert.ok(chunks.every((chunk) => chunk.model === "b/y"));
  assert.equal(stream.steadfast.model, "b/y");
  assert.equal(stream.response.headers.get("x-steadfast-model"), "b/y");
  await assert.rejects(all(stream), /read once/);
});

test("a stream that nobody answered says how that came about too", async (t) => {
  const { provider, steadfast } = await world(t, { retry: { retries: 0 } });
  for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, does.fails(503));
  const stream = steadfast.stream(ask);
  await assert.rejects(all(stream), { code: "all_targets_failed" });
  assert.deepEqual([stream.steadfast.code, stream.steadfast.trail.length], ["all_targets_failed", 3]);
});

test("a stream that breaks is carried on, and the seam is marked", async (t) => {
  const { provider, steadfast } = await world(t);
  provider.script("a/x", does.streams([does.role(), does.word("One, two, "), does.word("three, ")], { then: does.torn }));
  provider.script("b/y", does.says("four, five."));
  const chunks = await all(steadfast.stream(ask));
  assert.equal(textOf(chunks), "One, two, three, four, five.");
  assert.deepEqual(chunks.flatMap((chunk) => chunk.steadfast?.continued ?? []), [{ by: "b/y", after: 17 }]);
});

test("with restart in the configuration a stream that breaks begins anew", async (t) => {
  const { provider, steadfast } = await world(t, { stream: { on_break: "restart" } });
  provider.script("a/x", does.streams([does.role(), does.word("One, two, ")], { then: does.torn }));
  const chunks = await all(steadfast.stream(ask));
  const again = chunks.findIndex((chunk) => chunk.steadfast?.restart);
  assert.equal(textOf(chunks.slice(0, again)), "One, two, ");
  assert.equal(textOf(chunks.slice(again)), "Hello from b/y.");
});

test("a stream that nobody carries on throws, after what there was", async (t) => {
  const { provider, steadfast } = await world(t, { stream: { on_break: "error" } });
  provider.script("a/x", does.streams([does.role(), does.word("One, two, ")], { then: does.torn }));
  const heard = [];
  const error = await (async () => {
    for await (const chunk of steadfast.stream(ask)) heard.push(chunk);
  })().catch((error) => error);
  assert.equal(textOf(heard), "One, two, ");
  assert.ok(error instanceof errors.StreamBrokenError, error);
  assert.equal(error.code, "stream_broken");
  assert.equal(error.attempts[0].outcome, "cut");
});

test("errors are classes with status, code, attempts and the request's id", async (t) => {
  const { provider, steadfast } = await world(t, { retry: { retries: 0 } });
  for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, does.fails(503, { message: `no room for ${secrets.A_KEY}` }));
  const failed = await steadfast.chat(ask, { headers: { "x-request-id": "my-own" } }).catch((error) => error);
  assert.ok(failed instanceof errors.AllTargetsFailedError && failed instanceof SteadfastError && failed instanceof Error);
  assert.deepEqual([failed.name, failed.status, failed.code, failed.requestId], ["AllTargetsFailedError", 502, "all_targets_failed", "my-own"]);
  for (const [name, kind] of Object.entries({ SteadfastError, ...errors })) if (kind.prototype instanceof Error) assert.equal(kind.name, name);
  assert.deepEqual(failed.attempts.map(({ model }) => model), ["a/x", "b/y", "c/z"]);
  assert.doesNotMatch(JSON.stringify(failed) + failed.message, /sk-test-key/);
  assert.match(failed.message, /in JavaScript `status\(\)`/);

  const unknown = await all(steadfast.stream({ model: "chian", messages })).catch((error) => error);
  assert.ok(unknown instanceof errors.InvalidRequestError);
  assert.deepEqual([unknown.status, unknown.code, unknown.param], [404, "model_not_found", "model"]);
  assert.match(unknown.message, /Did you mean `chain`/);
});

test("a log or a terminal shows what something is", async (t) => {
  const { steadfast } = await world(t);
  assert.match(inspect(steadfast), /^Steadfast /);
  assert.match(inspect(steadfast.stream(ask)), /^ChatStream /);
});

test("without a key the error names what to set, and where", async (t) => {
  const { steadfast } = await world(t, {}, { keys: {} });
  const error = await steadfast.chat(ask).catch((error) => error);
  assert.ok(error instanceof errors.NotConfiguredError);
  assert.match(error.message, /set A_KEY.*`env` or `keys`/);
});

test("a wrong configuration throws at once, with every mistake and its place", () => {
  const wrong = { routes: { chain: { fallback: ["nobody/x"] } }, timeouts: { idle_ms: -1 }, retrys: {} };
  assert.throws(() => new Steadfast(wrong), (error) => {
    assert.ok(error instanceof errors.ConfigError);
    assert.deepEqual(error.problems.map(({ path }) => path).sort(), ["retrys", "routes.chain.fallback[0]", "timeouts.idle_ms"]);
    assert.match(error.message, /retrys.*did you mean "retry"/);
    return true;
  });
  new Steadfast().dispose();
});

test("a configuration that JSON cannot say throws, and takes nobody with it", async (t) => {
  const { steadfast } = await world(t);
  for (const config of [() => ({}), Symbol("config"), { toJSON: () => undefined }]) {
    assert.throws(() => new Steadfast(config, { keys: secrets }), { name: "TypeError", message: /nothing that JSON can say/ });
  }
  assert.equal((await steadfast.chat(ask)).model, "a/x");
});

test("a wrong option throws at once, and says which it is", () => {
  assert.throws(() => new Steadfast({}, null), { name: "TypeError", message: /second argument/ });
  assert.throws(() => new Steadfast({}, "sk-1"), { name: "TypeError", message: /second argument/ });
  assert.throws(() => new Steadfast({}, { fetch: 5 }), { name: "TypeError", message: /`fetch`.* takes function, not number/ });
  assert.throws(() => new Steadfast({}, { keys: "sk-1" }), (error) => /`keys`.* takes object or function/.test(error.message) && !error.message.includes("sk-1"));
  assert.throws(() => new Steadfast({}, { log: {} }), { name: "TypeError", message: /`log`/ });
  assert.throws(() => new Steadfast({}, { OPENAI_API_KEY: "sk-1" }), { name: "TypeError", message: /no option `OPENAI_API_KEY`: its options are env, keys, fetch, log/ });
  new Steadfast({}, { env: undefined, keys: null, fetch: undefined, log: undefined }).dispose();
});

test("keys come from an object, an environment or a function, and only those that are named", async (t) => {
  const asked = [];
  const answering = (name) => (asked.push(name), name === "A_KEY" ? "sk-by-function" : undefined);
  const { provider, steadfast } = await world(t, {}, { keys: answering, env: { B_KEY: "sk-by-env", C_KEY: 7 } });
  provider.script("a/x", does.fails(503));
  await steadfast.chat(ask);
  assert.deepEqual(provider.attempts.map((attempt) => attempt.headers.authorization), ["Bearer sk-by-function", "Bearer sk-by-env"]);
  assert.equal(asked.filter((name) => name === "A_KEY").length, 1);
  assert.equal(steadfast.status().targets["c/z"].state, "no_key");

  assert.throws(() => new Steadfast({}, { keys: async () => "sk" }), /must answer at once/);
  assert.throws(() => new Steadfast({}, { keys: () => { throw new RangeError("no vault"); } }), RangeError);
});

test("a key that is blank or no text is looked for in `env` as well", async (t) => {
  for (const blank of ["", "  ", undefined, null, 5]) {
    const { provider, steadfast } = await world(t, {}, { keys: { A_KEY: blank }, env: { A_KEY: "sk-of-env" } });
    await steadfast.chat({ model: "a/x", messages });
    assert.equal(provider.attempts[0].headers.authorization, "Bearer sk-of-env");
  }
});

test("fetch takes what the platform's takes, may be handed over unbound, and answers with a Response", async (t) => {
  const { steadfast } = await world(t);
  const { fetch } = steadfast;
  const url = "https://steadfast/v1/chat/completions";
  const body = JSON.stringify(ask);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  const stream = new Response(body).body;
  const ways = [[url, init], [new URL(url), init], [new Request(url, init)], [url, { ...init, body: new TextEncoder().encode(body) }], [url, { ...init, body: new Blob([body]) }], [url, { ...init, body: stream, duplex: "half" }], ["/v1/chat/completions", init], [url, { ...init, method: "post", headers: new Headers() }]];
  for (const way of ways) {
    const response = await fetch(...way);
    assert.ok(response instanceof Response);
    assert.equal((await response.json()).model, "a/x");
    assert.equal(response.steadfast.model, "a/x");
  }
  const refused = await fetch(url, { ...init, body: "{" });
  assert.equal(refused.status, 400);
  assert.equal(refused.steadfast, undefined);
  assert.equal((await (await fetch("https://steadfast/v1/models")).json()).data[0].id, "chain");
  assert.equal((await fetch(url, { method: "GET" })).status, 405);
});

test("fields that OpenAI's format does not have are passed through", async (t) => {
  const { provider, steadfast } = await world(t);
  await steadfast.chat(ask, { extraBody: { top_k: 5 } });
  assert.equal(provider.attempts[0].json.top_k, 5);
});

test("what OpenAI's format alone has reaches a provider of its dialect as it was written, and comes back so", async (t) => {
  const { provider, steadfast } = await world(t);
  const call = { id: "call_1", type: "custom", custom: { name: "look", input: "there" } };
  provider.script("a/x", does.answers(does.completion({ text: null, finish: "tool_calls", message: { tool_calls: [call] } })));
  const request = {
    messages: [
      ...messages,
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "nothing" },
      { role: "assistant", content: null, function_call: { name: "look", arguments: "{}" } },
      { role: "function", name: "look", content: null },
    ],
    tools: [{ type: "custom", custom: { name: "look", format: { type: "text" } } }],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [{ type: "custom", custom: { name: "look" } }] } },
    reasoning_effort: "max",
    service_tier: "flex",
    verbosity: "low",
    prompt_cache_key: "k",
  };
  const answer = await steadfast.chat({ model: "chain", ...request });
  assert.deepEqual(provider.attempts[0].json, { ...request, model: "x", stream: false });
  assert.deepEqual(answer.choices[0].message.tool_calls, [call]);
});

test("attempts are told as they end, steps as they happen, and alerts; until one stops listening", async (t) => {
  const { provider, steadfast } = await world(t, { retry: { retries: 0 } });
  provider.script("a/x", does.fails(401));
  const [attempts, steps, alerts] = [[], [], []];
  const stops = [steadfast.onAttempt((attempt) => attempts.push(attempt)), steadfast.onProgress((step) => steps.push(step)), steadfast.onAlert((alert) => alerts.push(alert))];
  const { steadfast: summary } = await steadfast.chat(ask);
  assert.deepEqual(attempts.map(({ model, outcome, attempt }) => [attempt, model, outcome]), [[0, "a/x", "auth"], [1, "b/y", "ok"]]);
  assert.ok(attempts.every(({ id, total_ms }) => id === summary.id && total_ms >= 0));
  assert.deepEqual(steps.map(({ event, model }) => `${event} ${model}`), ["start a/x", "end a/x", "start b/y", "content b/y", "end b/y"]);
  assert.deepEqual(alerts.map(({ alert, model }) => [alert, model]), [["key_refused", "a/x"]]);
  stops.forEach((stop) => stop());
  await steadfast.chat(ask);
  assert.equal(attempts.length + steps.length + alerts.length, 2 + 5 + 1);
});

test("a race tells its winner and its losers, a rescue who takes over", async (t) => {
  const { provider, steadfast } = await world(t, { routes: { race: { race: ["a/x", "b/y"] } } });
  provider.script("a/x", does.silence);
  const steps = [];
  steadfast.onProgress((step) => steps.push(step));
  await steadfast.chat({ ...ask, model: "race" });
  const ends = steps.filter(({ event }) => event === "end").map(({ model, outcome }) => `${model} ${outcome}`);
  assert.deepEqual(ends.sort(), ["a/x cancelled", "b/y ok"]);

  steps.length = 0;
  provider.script("a/x", does.streams([does.role(), does.word("One, ")], { then: does.torn }));
  provider.script("b/y", does.says("two."));
  await all(steadfast.stream(ask));
  const { model, after } = steps.find(({ event }) => event === "continued");
  assert.deepEqual([model, after], ["b/y", 5]);
});

test("the log gets its lines where one is given, and no line has a key or a prompt in it", async (t) => {
  const lines = [];
  const { steadfast } = await world(t, {}, { log: (level, line) => lines.push([level, JSON.parse(line)]) });
  await steadfast.chat({ model: "chain", messages: [{ role: "user", content: "a secret prompt" }] });
  assert.equal(lines.length, 1);
  assert.deepEqual([lines[0][0], lines[0][1].status, lines[0][1].model], ["info", 200, "a/x"]);
  assert.doesNotMatch(JSON.stringify(lines), /sk-test-key|secret prompt/);
});

test("one Steadfast may be another one's fetch", async (t) => {
  const { steadfast: inner } = await world(t);
  const far = { providers: { inner: { dialect: "openai", base_url: "https://inner/v1", keys: [] } }, routes: { outer: { fallback: ["inner/chain"] } } };
  const outer = new Steadfast(far, { fetch: inner.fetch });
  t.after(() => outer.dispose());
  assert.equal(textOf(await all(outer.stream({ model: "outer", messages }))), "Hello from a/x.");
});

test("several stand side by side, each with its own configuration and memory", async (t) => {
  const [one, other] = [await world(t), await world(t)];
  one.provider.script("a/x", does.fails(503));
  assert.equal((await one.steadfast.chat(ask)).model, "b/y");
  assert.equal((await other.steadfast.chat(ask)).model, "a/x");
  assert.equal(one.steadfast.status().targets["a/x"].failures.overloaded, 1);
  assert.deepEqual(other.steadfast.status().targets["a/x"].failures, {});
  one.steadfast.dispose();
  assert.equal((await other.steadfast.chat(ask)).model, "a/x");
});
