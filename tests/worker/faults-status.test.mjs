// A provider says no: with a status, with words, or with both at odds. What is tried next, and what reaches the caller.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, refused, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, secrets, twoKeys, within, world } from "./world.mjs";

for (const status of [408, 409, 425, 499, 500, 502, 520, 524]) {
  test(`row 4: a ${status} once, then healthy, is answered by the same target`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.fails(status), does.healthy);
    const response = await chat();
    await answered(response, "a/x");
    assert.deepEqual(trail(response), ["a/x server", "a/x ok"]);
    assert.deepEqual(provider.tried, ["a/x", "a/x"]);
  });
}

for (const [status, outcome] of [
  [503, "overloaded"],
  [529, "overloaded"],
  [498, "overloaded"],
  [504, "server"],
]) {
  test(`row 5: a target that answers ${status} for ever is tried once, then the next`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.fails(status));
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), [`a/x ${outcome}`, "b/y ok"]);
    assert.deepEqual(provider.tried, ["a/x", "b/y"]);
  });
}

test("row 5: the last target may be tried again when it is overloaded", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(503), does.healthy);
  await answered(await chat({ model: "a/x" }), "a/x");
  assert.deepEqual(provider.tried, ["a/x", "a/x"]);
});

// A prompt that is too long. The windows decide, so they must be known.
const windows = { "a/x": { context: 8000 }, "b/y": { context: 8000 }, "c/z": { context: 200000 } };
const tooLong = does.fails(400, {
  message: "This model's maximum context length is 8000 tokens.",
  type: "invalid_request_error",
  code: "context_length_exceeded",
});

test("row 22: a prompt that is too long goes to the next larger window only", async (t) => {
  const { provider, chat } = await world(t, { models: windows });
  provider.script("a/x", tooLong).script("b/y", tooLong);
  const response = await chat();
  await answered(response, "c/z");
  assert.deepEqual(provider.tried, ["a/x", "c/z"]);
  assert.equal(trail(response)[0], "a/x context_length");
});

test("row 22: without a larger window the caller gets the provider's 400", async (t) => {
  const { provider, chat } = await world(t, { models: windows });
  provider.script("a/x", tooLong);
  const response = await chat({ model: "a/x", models: ["b/y"] });
  const error = await refused(response, 400, "context_length_exceeded");
  assert.match(error.message, /maximum context length is 8000/);
  assert.equal(response.headers.get("x-should-retry"), "false");
  assert.deepEqual(provider.tried, ["a/x"]);
});

const filtered = does.fails(400, {
  message: "Your prompt was flagged for violence.",
  type: "invalid_request_error",
  code: "content_filter",
});

test("row 23: a filtered prompt is one attempt, and the caller gets the provider's reason", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", filtered);
  const response = await chat();
  const error = await refused(response, 400, "content_filter");
  assert.match(error.message, /flagged for violence/);
  assert.equal(response.headers.get("x-should-retry"), "false");
  assert.deepEqual(provider.tried, ["a/x"]);
});

test("row 23: a route that lists content_filter falls back on it", async (t) => {
  const { provider, chat } = await world(t, { routes: { lenient: { fallback: ["a/x", "b/y"], on: ["content_filter"] } } });
  provider.script("a/x", filtered);
  await answered(await chat({ model: "lenient" }), "b/y");
});

test("row 23: an answer filtered within a 200 stays a 200", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.answers(does.completion({ text: "", finish: "content_filter" })));
  const body = await answered(await chat(), "a/x");
  assert.equal(body.choices[0].finish_reason, "content_filter");
  assert.deepEqual(provider.tried, ["a/x"]);
});

const badKey = does.fails(401, { message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key" });

test("row 24: a refused key makes way for the next key", async (t) => {
  const { provider, chat } = await world(t, ...twoKeys);
  provider.script("a/x", badKey, does.healthy);
  const response = await chat();
  await answered(response, "a/x");
  assert.deepEqual(trail(response), ["a/x auth", "a/x ok"]);
  const keys = provider.attempts.map((attempt) => attempt.headers.authorization);
  assert.deepEqual(new Set(keys), new Set(["Bearer sk-test-key-of-a", "Bearer sk-test-second-key-of-a"]));
});

for (const status of [401, 403]) {
  test(`row 24: with every key refused by a ${status} the next target answers`, async (t) => {
    const { provider, gateway, chat } = await world(t);
    provider.script("a/x", does.fails(status, { message: "Key refused." }));
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), ["a/x auth", "b/y ok"]);
    assert.deepEqual(provider.tried, ["a/x", "b/y"], "a refused key is not tried again");
    await gateway.log(response.headers.get("x-request-id"));
    assert.match(gateway.printed(), /key_refused.*A_KEY|A_KEY.*key_refused/, "somebody is told which key");
  });
}

test("row 24: the caller never sees a 401 that is not theirs", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", badKey);
  const error = await refused(await chat({ model: "a/x" }), 502, "all_targets_failed");
  assert.match(error.message, /a\/x/);
  assert.match(JSON.stringify(error.attempts), /auth/);
});

test("row 24: a target whose secret is not set is skipped without a call", async (t) => {
  const { provider, chat } = await world(t, {}, { secrets: { B_KEY: secrets.B_KEY, C_KEY: secrets.C_KEY } });
  const response = await chat();
  await answered(response, "b/y");
  assert.deepEqual(provider.tried, ["b/y"]);
  assert.deepEqual(trail(response), ["a/x auth", "b/y ok"]);
});

for (const [status, stream] of [400, 413, 415, 422].flatMap((status) => [[status, false], [status, true]])) {
  test(`row 25: a ${status} that is the caller's fault is one attempt in all${stream ? ", of a stream too" : ""}`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script(
      "a/x",
      does.fails(status, {
        message: "'temperature' must be at most 2.",
        type: "invalid_request_error",
        code: "decimal_above_max_value",
        param: "temperature",
      }),
    );
    const response = await chat({ stream });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("x-should-retry"), "false");
    const { error } = await response.json();
    assert.match(error.message, /'temperature' must be at most 2/);
    assert.equal(error.param, "temperature");
    assert.deepEqual(provider.tried, ["a/x"]);
  });
}

for (const stream of [false, true]) {
  test(`a model that does not know a wish is asked once more without it, and then not told of it${stream ? ", of a stream too" : ""}`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script(
      "a/x",
      does.fails(400, {
        message: "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
        type: "invalid_request_error",
        code: "unsupported_value",
        param: "temperature",
      }),
      does.healthy,
    );
    for (const known of [false, true]) {
      const response = await chat({ stream, temperature: 0.2 });
      assert.match(response.headers.get("x-steadfast-trail"), /ok \d+ms \(dropped temperature\)$/);
      await (stream ? streamed : answered)(response, "a/x");
      assert.equal(trail(response).length, known ? 1 : 2);
    }
    assert.deepEqual(provider.on("a/x").map(({ json }) => json.temperature), [0.2, undefined, undefined]);
  });
}

test("a model that the provider does not know makes way for the next target", async (t) => {
  const { provider, chat } = await world(t);
  provider.script(
    "a/x",
    does.fails(404, { message: "The model `x` does not exist.", type: "invalid_request_error", code: "model_not_found" }),
  );
  const response = await chat();
  await answered(response, "b/y");
  assert.deepEqual(trail(response), ["a/x not_found", "b/y ok"]);
});

test("row 29: with every target down, one error names each and how it failed, in order", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(503)).script("b/y", does.fails(500)).script("c/z", does.resets);
  const response = await within(3 * second, chat(), "the error");
  const error = await refused(response, 502, "all_targets_failed");
  assert.equal(response.headers.get("x-should-retry"), "false");
  assert.match(error.message, /a\/x.*b\/y.*c\/z/s);
  assert.match(error.message, /overloaded.*server.*network/s);
  assert.equal(error.attempts.length, provider.attempts.length);
  assert.deepEqual([...new Set(provider.tried)], ["a/x", "b/y", "c/z"]);
});

test("row 29: if all timed out it is a 504", async (t) => {
  const { provider, stream } = await world(t, { timeouts: { attempt_ms: 400 } });
  provider.script("a/x", does.silence).script("b/y", does.silence).script("c/z", does.silence);
  const response = await within(4 * second, stream(), "the error");
  const error = await refused(response, 504, "all_targets_failed");
  assert.equal(error.attempts.length, 3);
});

test("row 29: if all were rate limited it is a 429 with the smallest wait, which the SDKs may sit out", async (t) => {
  const { provider, chat } = await world(t);
  for (const [target, wait] of Object.entries({ "a/x": "30", "b/y": "20", "c/z": "40" })) provider.script(target, does.fails(429, {}, { "retry-after": wait }));
  const response = await chat();
  await refused(response, 429, "all_targets_failed");
  assert.match(response.headers.get("retry-after"), /^(19|20)$/);
  assert.equal(response.headers.get("x-should-retry"), "true");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "c/z"]);

  // A wait of more than a minute is longer than a client should hold its caller.
  const { provider: slow, chat: ask } = await world(t);
  for (const target of ["a/x", "b/y", "c/z"]) slow.script(target, does.fails(429, {}, { "retry-after": "90" }));
  const long = await ask();
  await refused(long, 429, "all_targets_failed");
  assert.equal(long.headers.get("x-should-retry"), "false");
});
