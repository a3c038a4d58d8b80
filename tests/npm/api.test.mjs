// The API of the package, in Node, against a provider on raw sockets.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as does from "../worker/behaviours.mjs";
import { startProvider } from "../worker/provider.mjs";
import { config, second, within } from "../worker/world.mjs";
import { installed } from "./package.mjs";
import { all, errors, messages, secrets, Steadfast, SteadfastError, textOf, world } from "./world.mjs";

const ask = { model: "chain", messages };

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
  assert.deepEqual(failed.attempts.map(({ model }) => model), ["a/x", "b/y", "c/z", "c/z"].slice(0, failed.attempts.length));
  assert.doesNotMatch(JSON.stringify(failed) + failed.message, /sk-test-key/);

  const unknown = await all(steadfast.stream({ model: "chian", messages })).catch((error) => error);
  assert.ok(unknown instanceof errors.InvalidRequestError);
  assert.deepEqual([unknown.status, unknown.code, unknown.param], [404, "model_not_found", "model"]);
  assert.match(unknown.message, /Did you mean `chain`/);
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

for (const [what, does] of Object.entries(oddities)) {
  test(`an application's fetch that ${what} fails that attempt alone`, async (t) => {
    const complaints = t.mock.method(console, "error", () => {});
    let odd = 0;
    const { steadfast } = await world(t, { retry: { retries: 0 }, breaker: false }, {
      fetch: (url, init) => (url.includes("/a/") ? (odd += 1, does()) : fetch(url, init)),
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

test("a body of the caller's own that fails with an object is told so", async (t) => {
  const { provider, steadfast } = await world(t);
  const body = new ReadableStream({ pull: (controller) => controller.error({ message: { why: "gone" } }) });
  const response = await steadfast.fetch("/v1/chat/completions", { method: "POST", body });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error.message, /broke off/);
  assert.equal(provider.attempts.length, 0);
});

test("a configuration that JSON cannot say throws, and takes nobody with it", async (t) => {
  const { steadfast } = await world(t);
  for (const config of [() => ({}), Symbol("config"), { toJSON: () => undefined }]) {
    assert.throws(() => new Steadfast(config, { keys: secrets }), { name: "TypeError", message: /nothing that JSON can say/ });
  }
  assert.equal((await steadfast.chat(ask)).model, "a/x");
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

test("no timer and no connection outlives a call: a process that has asked comes to its end", async (t) => {
  const { provider, steadfast } = await world(t, { timeouts: { attempt_ms: 60_000, deadline_ms: 60_000 } });
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  provider.script("b/y", does.fails(500));
  await steadfast.chat({ model: "b/y", messages }).catch(() => {});
  await steadfast.chat(ask);
  await all(steadfast.stream(ask));
  await sleep(50);
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
});

