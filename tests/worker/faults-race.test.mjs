// Several targets at once, on the wire: the first good answer wins, and the connections of the others close at once.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, read, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { within, world } from "./world.mjs";

const second = 1_000;
const racing = { routes: { race: { race: ["a/x", "b/y", "c/z"] } }, retry: { retries: 0 } };

test("row 30: the good one wins over a fast failure, and the slow one's connection closes at once", async (t) => {
  const { provider, chat } = await world(t, racing);
  provider.script("a/x", does.fails(500));
  provider.script("b/y", does.late(200, does.says("Hello from b.")));
  provider.script("c/z", does.silence);
  const response = await chat({ model: "race" });
  await answered(response, "b/y");
  assert.deepEqual(trail(response), ["a/x server", "b/y ok", "c/z cancelled"]);
  const { by } = await within(second, provider.attempts.find(({ target }) => target === "c/z").closed, "the loser's end");
  assert.equal(by, "caller");
});

test("row 31: when all fail there is one error with all of them", async (t) => {
  const { provider, chat } = await world(t, racing);
  for (const [target, status] of [["a/x", 500], ["b/y", 503], ["c/z", 502]]) provider.script(target, does.fails(status));
  const response = await chat({ model: "race" });
  assert.equal(response.status, 502);
  assert.equal((await response.json()).error.attempts.length, 3);
});

test("row 32: in a race of streams the first content wins, and no byte of a loser is seen", async (t) => {
  const { provider, stream } = await world(t, racing);
  provider.script("a/x", does.streams([does.role(), ": thinking\n\n"], { then: does.stall }));
  provider.script("b/y", does.late(150, does.streams(does.events("Hello from b."))));
  provider.script("c/z", does.silence);
  const { text, raw } = await streamed(await stream({ model: "race" }), "b/y");
  assert.equal(text, "Hello from b.");
  assert.equal(raw.match(/"role":"assistant"/g).length, 1);
  for (const attempt of provider.attempts.filter(({ target }) => target !== "b/y")) {
    assert.equal((await within(second, attempt.closed, attempt.target)).by, "caller");
  }
});

test("row 34: a hedge starts beside one that shows nothing, and either may win", async (t) => {
  const { provider, stream } = await world(t, { routes: { hedged: { fallback: ["a/x", "b/y"], hedge_ms: 150 } } });
  provider.script("a/x", does.late(300, does.streams(does.events("Hello from a."))), does.silence);
  provider.script("b/y", does.silence, does.streams(does.events("Hello from b.")));
  await streamed(await stream({ model: "hedged" }), "a/x");
  await streamed(await stream({ model: "hedged" }), "b/y");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "a/x", "b/y"]);
  for (const attempt of provider.attempts) await within(second, attempt.closed, attempt.target);
});

test("rows 28 and 41: a failing target is left alone, one of many callers probes it, and it serves again", async (t) => {
  const breaker = { failures: 3, ratio: 0.5, window_ms: 10_000, open_ms: 400, max_open_ms: 800 };
  const { provider, chat } = await world(t, { retry: { retries: 0 }, breaker });
  provider.script("a/x", does.fails(503));
  for (let request = 0; request < 5; request += 1) await answered(await chat(), "b/y");
  assert.equal(provider.tried.filter((target) => target === "a/x").length, 3, "then it is left alone");

  provider.script("a/x", does.late(200, does.says("Hello again.")));
  await new Promise((later) => setTimeout(later, 450));
  const before = provider.attempts.length;
  const responses = await Promise.all(Array.from({ length: 20 }, () => chat()));
  for (const response of responses) assert.equal(response.status, 200);
  await Promise.all(responses.map((response) => response.text()));
  const probes = provider.attempts.slice(before).filter(({ target }) => target === "a/x");
  assert.equal(probes.length, 1, "exactly one probe");
  await answered(await chat(), "a/x");
});

test("a race that nobody reads to its end leaves nothing running", async (t) => {
  const { provider, stream } = await world(t, racing);
  provider.script("a/x", does.streams([does.role(), does.word("Hello")], { then: does.stall }));
  const response = await stream({ model: "race", steadfast: { on_break: "error" } });
  const { error } = await within(5 * second, read(response), "the end");
  assert.ok(error || response.headers.get("x-steadfast-model") !== "a/x");
  for (const attempt of provider.attempts) await within(second, attempt.closed, attempt.target);
});
