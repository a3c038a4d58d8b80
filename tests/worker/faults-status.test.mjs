// A provider says no: with a status, with words, or with both at odds. What is tried next, and what reaches the caller.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { answered, refused, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { secrets, within, world } from "./world.mjs";

const second = 1000;

// Waiting. The stated wait may come in five ways; a clock that counts whole seconds can only be asked to wait a whole one at least.
const waits = {
  "Retry-After: 2": [{ "retry-after": "2" }, 2 * second],
  "Retry-After with a date": [() => ({ "retry-after": new Date(Date.now() + 2 * second).toUTCString() }), 0.9 * second],
  "retry-after-ms: 700": [{ "retry-after-ms": "700", "retry-after": "60" }, 0.7 * second],
  "a vendor's reset header": [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "800ms" }, 0.8 * second],
};

for (const [name, [headers, wait]] of Object.entries(waits)) {
  test(`row 1: a 429 with ${name} waits and retries the same target`, { concurrency: true }, async (t) => {
    const { provider, chat } = await world(t);
    const stated = typeof headers === "function" ? headers() : headers;
    provider.script("a/x", does.fails(429, { code: "rate_limit_exceeded" }, stated), does.healthy);
    const response = await chat();
    await answered(response, "a/x");
    assert.deepEqual(provider.tried, ["a/x", "a/x"]);
    assert.deepEqual(trail(response), ["a/x rate_limit", "a/x ok"]);
    const [first, again] = provider.attempts;
    assert.ok(again.at - first.at >= wait - 5, `${again.at - first.at} ms between the attempts`);
  });
}

test("row 1: a 429 whose body states the wait retries the same target after it", async (t) => {
  const { provider, chat } = await world(t);
  const body = { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Slow down.", details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.6s" }] } };
  provider.script("a/x", does.answers(body, { status: 429 }), does.healthy);
  await answered(await chat(), "a/x");
  const [first, again] = provider.attempts;
  assert.ok(again.at - first.at >= 595, `${again.at - first.at} ms between the attempts`);
});

test("row 1: another key of the provider is used at once", async (t) => {
  const { provider, chat } = await world(t, twoKeys, twoKeysSecrets);
  provider.script("a/x", does.fails(429, {}, { "retry-after": "2" }), does.healthy);
  await answered(await chat(), "a/x");
  const [first, again] = provider.attempts;
  assert.notEqual(again.headers.authorization, first.headers.authorization);
  assert.ok(again.at - first.at < second, `${again.at - first.at} ms between the attempts`);
});

test("row 2: a target that answers 429 for ever, without a wait, is tried 1 + retries times, then the next", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(429));
  const response = await chat();
  await answered(response, "b/y");
  assert.deepEqual(trail(response), ["a/x rate_limit", "a/x rate_limit", "b/y ok"]);
  assert.deepEqual(provider.tried, ["a/x", "a/x", "b/y"]);
});

test("row 3: a wait too long to sit out goes to the next target at once, and this one is left alone", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(429, {}, { "retry-after": "60" }));
  await within(second, chat().then((response) => answered(response, "b/y")), "the fallback");
  await answered(await chat(), "b/y");
  await answered(await chat(), "b/y");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "b/y", "b/y"]);
});

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

for (const [status, outcome] of [[503, "overloaded"], [529, "overloaded"], [498, "overloaded"], [504, "server"]]) {
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
const tooLong = does.fails(400, { message: "This model's maximum context length is 8000 tokens.", type: "invalid_request_error", code: "context_length_exceeded" });

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

const filtered = does.fails(400, { message: "Your prompt was flagged for violence.", type: "invalid_request_error", code: "content_filter" });

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

const twoKeys = (provider) => ({ providers: { a: { dialect: "openai", base_url: provider.base("a"), keys: ["A_KEY", "A_KEY_2"] } } });
const twoKeysSecrets = { secrets: { ...secrets, A_KEY_2: "sk-test-second-key-of-a" } };
const badKey = does.fails(401, { message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key" });

test("row 24: a refused key makes way for the next key", async (t) => {
  const { provider, chat } = await world(t, twoKeys, twoKeysSecrets);
  provider.script("a/x", badKey, does.healthy);
  const response = await chat();
  await answered(response, "a/x");
  assert.deepEqual(trail(response), ["a/x auth", "a/x ok"]);
  const keys = provider.attempts.map((attempt) => attempt.headers.authorization);
  assert.deepEqual(new Set(keys), new Set(["Bearer sk-test-key-of-a", "Bearer sk-test-second-key-of-a"]));
});

for (const status of [401, 403]) {
  test(`row 24: with every key refused by a ${status} the next target answers`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.fails(status, { message: "Key refused." }));
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), ["a/x auth", "b/y ok"]);
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

for (const status of [400, 413, 415, 422]) {
  test(`row 25: a ${status} that is the caller's fault is one attempt in all`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.fails(status, { message: "'temperature' must be at most 2.", type: "invalid_request_error", code: "decimal_above_max_value", param: "temperature" }));
    const response = await chat();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("x-should-retry"), "false");
    const { error } = await response.json();
    assert.match(error.message, /'temperature' must be at most 2/);
    assert.equal(error.param, "temperature");
    assert.deepEqual(provider.tried, ["a/x"]);
  });
}

test("a model that the provider does not know makes way for the next target", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(404, { message: "The model `x` does not exist.", type: "invalid_request_error", code: "model_not_found" }));
  const response = await chat();
  await answered(response, "b/y");
  assert.deepEqual(trail(response), ["a/x not_found", "b/y ok"]);
});

const poor = {
  "a 402": does.fails(402, { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" }),
  "a 429 without credit": does.fails(429, { message: "You exceeded your current quota, please check your plan and billing details.", type: "insufficient_quota", code: "insufficient_quota" }),
  "a 403 about an overdue account": does.fails(403, { message: "The account has an overdue balance.", type: "Forbidden", code: "AccountOverdueError" }),
  "a 400 about the credit balance": does.fails(400, { message: "Your credit balance is too low to access the API.", type: "invalid_request_error" }),
};

for (const [name, behaviour] of Object.entries(poor)) {
  test(`row 26: ${name} is quota, not tried again, and the next target answers`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", behaviour);
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), ["a/x quota", "b/y ok"]);
    assert.deepEqual(provider.tried, ["a/x", "b/y"]);
  });
}

test("row 27: an error body that stalls does not hold up the next target", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", async (attempt) => {
    await attempt.head(503, { "content-type": "application/json", "content-length": 1000 });
    await attempt.write('{"error": {"message": "I was about to say');
  });
  const response = await within(3 * second, chat(), "the answer");
  await answered(response, "b/y");
  assert.equal(trail(response)[0], "a/x overloaded");
  assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
});

test("row 27: an error body of 50 MB is not read to its end", async (t) => {
  const { provider, chat } = await world(t);
  let sent = 0;
  provider.script("a/x", async (attempt) => {
    await attempt.head(503, { "content-type": "application/json", "transfer-encoding": "chunked" });
    for (const piece = Buffer.alloc(1 << 20, "x"); sent < 50; sent += 1) await attempt.chunk(piece);
    await does.end(attempt);
  });
  const response = await within(3 * second, chat(), "the answer");
  await answered(response, "b/y");
  assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
  assert.ok(sent < 50, `${sent} MB were taken`);
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
  assert.deepEqual([...new Set(trail(response))], ["a/x overloaded", "b/y server", "c/z network"]);
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
  for (const [target, wait] of [["a/x", "30"], ["b/y", "20"], ["c/z", "40"]]) provider.script(target, does.fails(429, {}, { "retry-after": wait }));
  const response = await chat();
  await refused(response, 429, "all_targets_failed");
  assert.ok(Number(response.headers.get("retry-after")) <= 20 && Number(response.headers.get("retry-after")) >= 19, response.headers.get("retry-after"));
  assert.equal(response.headers.get("x-should-retry"), "true");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "c/z"]);

  // A wait of more than a minute is longer than a client should hold its caller.
  const { provider: slow, chat: ask } = await world(t);
  for (const target of ["a/x", "b/y", "c/z"]) slow.script(target, does.fails(429, {}, { "retry-after": "90" }));
  const long = await ask();
  await refused(long, 429, "all_targets_failed");
  assert.equal(long.headers.get("x-should-retry"), "false");
});

// Our key, echoed by the provider in places where it could slip through.
const echoes = {
  "a 400": (status) => async (attempt) => does.fails(400, { message: `Bad request with ${attempt.headers.authorization}` })(attempt),
  "every 503": () => async (attempt) => does.fails(503, { message: `Overloaded for ${attempt.headers.authorization}` })(attempt),
  "a 401": () => async (attempt) => does.fails(401, { message: `Incorrect API key provided: ${attempt.headers.authorization.slice(7)}` })(attempt),
  "a header": () => async (attempt) => does.fails(400, { message: "Bad." }, { "x-echo": attempt.headers.authorization, "retry-after": "1" })(attempt),
};

for (const [name, echo] of Object.entries(echoes)) {
  test(`row 38: a provider that echoes our key in ${name} does not give it away`, async (t) => {
    const { provider, gateway, chat, call } = await world(t);
    for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, echo());
    const response = await chat();
    assert.ok(response.status >= 400);
    const body = await response.text();
    await gateway.log(response.headers.get("x-request-id"));
    const everything = [body, ...response.headers.values(), gateway.printed(), await (await call("/status")).text()].join("\n");
    assert.doesNotMatch(everything, /sk-test-key/);
    assert.doesNotMatch(everything, /caller-key/);
  });
}

test("row 38: nor in a stream's error event", async (t) => {
  const { provider, gateway, stream } = await world(t, { stream: { on_break: "error" } });
  provider.script("a/x", async (attempt) => {
    await does.streams([does.role(), does.word("So far "), does.event({ error: { message: `Lost ${attempt.headers.authorization}`, code: 500 } })])(attempt);
  });
  const response = await stream({ model: "a/x" });
  const body = await response.text();
  await gateway.log(response.headers.get("x-request-id"));
  assert.match(body, /So far /);
  assert.doesNotMatch(body + gateway.printed(), /sk-test-key/);
});

const nonsense = {
  "an HTML page": does.answers("<!doctype html><title>Welcome</title>", { headers: { "content-type": "text/html" } }),
  "an HTML page that claims to be JSON": does.answers("<!doctype html><title>Welcome</title>"),
  "gzip that it did not announce": does.answers(gzipSync(JSON.stringify(does.completion()))),
  "JSON of another shape": does.answers({ hello: "world" }),
};

for (const [name, behaviour] of Object.entries(nonsense)) {
  for (const stream of [false, true]) {
    test(`row 39: ${name}${stream ? ", where a stream was asked for," : ""} is bad_output, and the next target answers`, async (t) => {
      const { provider, chat } = await world(t);
      provider.script("a/x", behaviour);
      const response = await chat({ stream });
      assert.equal(response.status, 200);
      assert.match(await response.text(), /Hello from b\/y|"Hello "/);
      assert.deepEqual(trail(response), ["a/x bad_output", "b/y ok"]);
      assert.deepEqual(provider.tried, ["a/x", "b/y"]);
    });
  }
}

for (const status of [301, 302, 307, 308]) {
  test(`row 39: a ${status} to another host is bad_output, and our key does not go there`, async (t) => {
    const { provider, chat } = await world(t);
    const elsewhere = await world(t);
    provider.script("a/x", does.answers("", { status, headers: { location: `${elsewhere.provider.base("a")}/chat/completions` } }));
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), ["a/x bad_output", "b/y ok"]);
    assert.equal(elsewhere.provider.attempts.length, 0);
  });
}
