// A provider says "not so fast" or "no more money": how long to wait for it, with which key to ask again, when to leave it alone.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, twoKeys, within, world } from "./world.mjs";

// Waiting. The stated wait may come in five ways; a clock that counts whole seconds can only be asked to wait a whole one at least.
const waits = {
  "Retry-After: 2": [{ "retry-after": "2" }, 2 * second],
  "Retry-After with a date": [() => ({ "retry-after": new Date(Date.now() + 2 * second).toUTCString() }), 0.9 * second],
  "retry-after-ms: 700": [{ "retry-after-ms": "700", "retry-after": "60" }, 0.7 * second],
  "a vendor's reset header": [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "800ms" }, 0.8 * second],
};

for (const [name, [headers, wait]] of Object.entries(waits)) {
  test(`row 1: a 429 with ${name} waits and retries the same target`, async (t) => {
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
  const body = {
    error: {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      message: "Slow down.",
      details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.6s" }],
    },
  };
  provider.script("a/x", does.answers(body, { status: 429 }), does.healthy);
  await answered(await chat(), "a/x");
  const [first, again] = provider.attempts;
  assert.ok(again.at - first.at >= 595, `${again.at - first.at} ms between the attempts`);
});

test("row 1: another key of the provider is used at once", async (t) => {
  const { provider, chat } = await world(t, ...twoKeys);
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
  await within(
    second,
    chat().then((response) => answered(response, "b/y")),
    "the fallback",
  );
  await answered(await chat(), "b/y");
  await answered(await chat(), "b/y");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "b/y", "b/y"]);
});

const poor = {
  "a 402": does.fails(402, { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" }),
  "a 429 without credit": does.fails(429, {
    message: "You exceeded your current quota, please check your plan and billing details.",
    type: "insufficient_quota",
    code: "insufficient_quota",
  }),
  "a 403 about an overdue account": does.fails(403, {
    message: "The account has an overdue balance.",
    type: "Forbidden",
    code: "AccountOverdueError",
  }),
  "a 400 about the credit balance": does.fails(400, {
    message: "Your credit balance is too low to access the API.",
    type: "invalid_request_error",
  }),
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

test("row 26: a key without credit makes way for the provider's other key", async (t) => {
  const { provider, chat } = await world(t, ...twoKeys);
  provider.script("a/x", poor["a 402"], does.healthy);
  const response = await chat();
  await answered(response, "a/x");
  assert.deepEqual(trail(response), ["a/x quota", "a/x ok"]);
  const [empty, full] = provider.attempts.map((attempt) => attempt.headers.authorization);
  assert.notEqual(empty, full);
  await answered(await chat(), "a/x");
  assert.equal(provider.attempts[2].headers.authorization, full, "the empty key rests");
});
