// The seed program of this field, line by line: a chain of four models, 15 s for each, the first that answers.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, refused, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, within, world } from "./world.mjs";

const chain = ["a/w", "b/x", "c/y", "d/z"];

/** All that the seed program says, and nothing else: every other clock and count keeps its default. */
const seed = (attempt_ms) => ({
  routes: { chain: { fallback: chain } },
  timeouts: { attempt_ms, headers_ms: undefined, first_token_ms: undefined, idle_ms: undefined, deadline_ms: undefined },
  retry: undefined,
});

test("with 15 s each, the first of four that answers is the answer", async (t) => {
  const { provider, chat } = await world(t, seed(15000));
  provider.script("a/w", does.fails(503)).script("b/x", does.fails(429, {}, { "retry-after": "60" }));
  const response = await within(5 * second, chat(), "the answer");
  const body = await answered(response, "c/y");
  assert.equal(body.choices[0].message.content, "Hello from c/y.");
  assert.deepEqual(trail(response), ["a/w overloaded", "b/x rate_limit", "c/y ok"]);
  assert.equal(response.headers.get("x-steadfast-route"), "chain.fallback[2]");
});

test("one that is too slow, one down and one unreachable make way for the fourth", async (t) => {
  const { provider, chat } = await world(t, seed(600));
  provider.script("a/w", does.silence).script("b/x", does.fails(503)).script("c/y", does.resets);
  const response = await within(5 * second, chat(), "the answer");
  await answered(response, "d/z");
  assert.deepEqual([...new Set(trail(response))], ["a/w timeout", "b/x overloaded", "c/y network", "d/z ok"]);
});

test("one that takes its time, but not too long, is waited for", async (t) => {
  const { provider, chat } = await world(t, seed(1500));
  provider.script("a/w", does.late(1000, does.healthy));
  await answered(await chat(), "a/w");
  assert.deepEqual(provider.tried, ["a/w"]);
});

test("when all fail, one error names each failure", async (t) => {
  const { provider, chat } = await world(t, seed(600));
  provider.script("a/w", does.silence).script("b/x", does.fails(503)).script("c/y", does.fails(401)).script("d/z", does.answers("<html>"));
  const response = await within(5 * second, chat(), "the error");
  const { message, attempts } = await refused(response, 502, "all_targets_failed");
  assert.match(message, /a\/w.*timeout.*b\/x.*overloaded.*c\/y.*auth.*d\/z.*bad_output/s);
  assert.deepEqual(provider.tried, chain);
  assert.equal(attempts.length, 4);
  assert.equal(response.headers.get("x-should-retry"), "false");
});

test("when all are too slow, it is a 504 as soon as the last is", async (t) => {
  const { provider, chat } = await world(t, seed(500));
  for (const target of chain) provider.script(target, does.silence);
  const { message } = await refused(await within(3 * second, chat(), "the error"), 504, "all_targets_failed");
  for (const target of chain) assert.ok(message.includes(target), message);
  for (const attempt of provider.attempts) assert.equal((await within(second, attempt.closed, "the closing")).by, "caller");
});
