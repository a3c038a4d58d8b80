// Several targets at once, on the wire: the first good answer wins, and the connections of the others close at once.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, broken, refused, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, within, world } from "./world.mjs";

const long = { headers_ms: 5000, first_token_ms: 5000, idle_ms: 5000, attempt_ms: 5000 }; // so that no clock comes before a hedge
const racing = { routes: { race: { race: ["a/x", "b/y", "c/z"] } }, retry: { retries: 0 } };

test("row 30: the good one wins over a fast failure, and the slow one's connection closes at once", async (t) => {
  const { provider, chat } = await world(t, racing);
  provider.script("a/x", does.fails(500));
  provider.script("b/y", does.late(200, does.says("Hello from b.")));
  provider.script("c/z", does.silence);
  const response = await chat({ model: "race" });
  await answered(response, "b/y");
  assert.deepEqual(trail(response), ["a/x server", "b/y ok", "c/z cancelled"]);
  const { by } = await within(second, provider.on("c/z")[0].closed, "the loser's end");
  assert.equal(by, "caller");
});

test("row 30: in a race of streams too a fast failure never wins, and the slow one's connection closes when the winner speaks", async (t) => {
  const { provider, stream } = await world(t, racing);
  provider.script("a/x", does.fails(503));
  provider.script("b/y", does.streams([does.role(), [150, does.word("Hello ")], [350, does.word("again.")], does.finish(), does.done]));
  provider.script("c/z", does.repeats(": thinking\n\n"));
  const response = await stream({ model: "race" });
  const loser = provider.on("c/z")[0];
  const { by, at } = await within(second, loser.closed, "the loser's end");
  assert.equal(by, "caller");
  assert.equal((await streamed(response, "b/y")).text, "Hello again.");
  assert.ok(at < (await provider.on("b/y")[0].closed).at, "the winner still had something to say when the loser was let go");
  assert.deepEqual(trail(response), ["a/x overloaded", "b/y ok", "c/z cancelled"]);
});

test("row 31: when all fail there is one error with all of them, as soon as the last has failed", async (t) => {
  const { provider, chat, stream } = await world(t, racing);
  const ends = [["a/x", does.fails(500)], ["b/y", does.late(400, does.fails(503))], ["c/z", does.resets]];
  for (const [target, behaviour] of ends) provider.script(target, behaviour);
  for (const ask of [chat, stream]) {
    const began = performance.now();
    const error = await refused(await within(second, ask({ model: "race" }), "the error"), 502, "all_targets_failed");
    assert.ok(performance.now() - began >= 395, "not before the last has failed");
    assert.deepEqual(error.attempts.map(({ model, outcome }) => [model, outcome]), [["a/x", "server"], ["b/y", "overloaded"], ["c/z", "network"]]);
    assert.match(error.message, /a\/x.*b\/y.*c\/z/s);
  }
  assert.equal(provider.attempts.length, 6, "each was asked once");
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

test("row 32: a loser that had said something is in the trail with its estimated cost", async (t) => {
  const { provider, stream } = await world(t, {
    ...racing,
    models: { "a/x": { price: { input: 1, output: 1000 } } },
    stream: { verify_schema: true }, // what is held back until it is checked does not win yet
  });
  provider.script("a/x", does.streams([does.role(), does.word('\\"a long and'), does.word(" never ended")], { then: does.stall }));
  provider.script("b/y", does.late(200, does.says('"short"')));
  provider.script("c/z", does.silence);
  const response_format = { type: "json_schema", json_schema: { name: "text", schema: { type: "string" } } };
  const { text, raw, closing } = await streamed(await stream({ model: "race", response_format }), "b/y");
  assert.equal(text, '"short"');
  assert.doesNotMatch(raw, /a long and/);
  const [talker, winner, silent] = closing.trail;
  assert.equal(talker.outcome, "cancelled");
  assert.ok(talker.estimated_usage.completion_tokens >= 5 && talker.estimated_cost_usd > 0.005, JSON.stringify(talker));
  for (const entry of [winner, silent]) assert.ok(!("estimated_usage" in entry), JSON.stringify(entry));
  assert.equal((await within(second, provider.on("a/x")[0].closed, "the loser's end")).by, "caller");
});

test("row 33: at most five are under way, and the next starts when one has failed", async (t) => {
  const models = Array.from({ length: 8 }, (_, nth) => `a/${nth}`);
  const { provider, chat } = await world(t, { routes: { wide: { race: models } }, retry: { retries: 0 } });
  for (const model of models) provider.script(model, does.silence);
  provider.script("a/0", does.late(300, does.fails(503)));
  provider.script("a/5", does.late(200, does.healthy));
  const response = await chat({ model: "wide" });
  await answered(response, "a/5");
  assert.deepEqual(provider.tried.toSorted(), ["a/0", "a/1", "a/2", "a/3", "a/4", "a/5"], "the seventh never had its turn");
  assert.ok(provider.on("a/5")[0].at - provider.on("a/0")[0].at >= 295, "the sixth waited");
});

test("row 34: a hedge does not start beside one that shows content in time, and not before its delay", async (t) => {
  const { provider, stream } = await world(t, {
    routes: { hedged: { fallback: ["a/x", "b/y"], hedge_ms: 700 } },
    timeouts: long,
  });
  provider.script("a/x", does.streams([does.role(), does.word("Hello "), [900, does.word("again.")], does.finish(), does.done]), does.silence);
  await streamed(await stream({ model: "hedged" }), "a/x");
  assert.deepEqual(provider.tried, ["a/x"]);
  await streamed(await stream({ model: "hedged" }), "b/y");
  const [, slow, hedge] = provider.attempts;
  assert.ok(hedge.at - slow.at >= 695, `${hedge.at - slow.at} ms`);
});

test("row 34: a hedge starts beside one that shows nothing, and either may win", async (t) => {
  const { provider, stream } = await world(t, { routes: { hedged: { fallback: ["a/x", "b/y"], hedge_ms: 150 } }, timeouts: long });
  provider.script("a/x", does.late(300, does.streams(does.events("Hello from a."))), does.silence);
  provider.script("b/y", does.silence, does.streams(does.events("Hello from b.")));
  await streamed(await stream({ model: "hedged" }), "a/x");
  await streamed(await stream({ model: "hedged" }), "b/y");
  assert.deepEqual(provider.tried, ["a/x", "b/y", "a/x", "b/y"]);
  for (const attempt of provider.attempts) await within(second, attempt.closed, attempt.target);
});

test("a race whose winner stalls, and which nobody carries on, ends with an error and leaves nothing running", async (t) => {
  const { provider, stream } = await world(t, racing);
  provider.script("a/x", does.streams([does.role(), does.word("Hello")], { then: does.stall }));
  for (const target of ["b/y", "c/z"]) provider.script(target, does.silence);
  const { text } = await within(5 * second, broken(await stream({ model: "race", steadfast: { on_break: "error" } })), "the end");
  assert.equal(text, "Hello");
  assert.deepEqual(provider.tried.toSorted(), ["a/x", "b/y", "c/z"]);
  for (const attempt of provider.attempts) assert.equal((await within(second, attempt.closed, attempt.target)).by, "caller");
});
