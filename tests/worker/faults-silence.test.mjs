// A provider says nothing, or nothing that counts. Which clock ends the waiting, and that the silent connection is let go.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, broken, refused, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, within, world } from "./world.mjs";

// In streams, the first content has a clock of its own.
const silences = {
  "row 7: a stream that is accepted and never answered ends by the headers clock": [does.silence, /headers/],
  "row 8: headers at once and the first token too late ends by the first-token clock": [
    does.streams([does.role(), [20 * second, does.word("late")]]),
    /first.?token/,
  ],
  "row 8: headers at once and nothing after them ends by the first-token clock": [does.headersOnly, /first.?token/],
  "row 9: keep-alive comments for ever end by the first-token clock": [does.repeats(": keep-alive\n\n"), /first.?token/],
  "row 9: role-only chunks for ever end by the first-token clock": [does.repeats(does.role()), /first.?token/],
  "row 9: empty deltas for ever end by the first-token clock": [does.repeats(does.word("")), /first.?token/],
};

for (const [name, [behaviour, clock]] of Object.entries(silences)) {
  test(name, async (t) => {
    const { provider, stream } = await world(t);
    provider.script("a/x", behaviour);
    const response = await within(2 * second, stream(), "the answer");
    const { text } = await streamed(response, "b/y");
    assert.equal(text, "Hello from b/y.");
    assert.deepEqual(provider.tried, ["a/x", "b/y"], "one attempt only on the silent target");
    assert.deepEqual(trail(response), ["a/x timeout", "b/y ok"]);
    assert.match(response.headers.get("x-steadfast-trail").split("; ")[0], clock);
    assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
  });
}

test("row 7: a plain request has the attempt clock alone", async (t) => {
  const { provider, chat } = await world(t, { timeouts: { attempt_ms: 1000 } });
  provider.script("a/x", does.silence).script("b/y", does.late(700, does.healthy));
  const response = await within(3 * second, chat(), "the answer");
  await answered(response, "b/y"); // longer than the headers clock would have let it
  assert.deepEqual(trail(response), ["a/x timeout", "b/y ok"]);
  assert.match(response.headers.get("x-steadfast-trail").split("; ")[0], /attempt/);
  assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
});

test("row 7: the attempt clock ends an answer in one piece that stops halfway too", async (t) => {
  const { provider, gateway, chat } = await world(t, { timeouts: { attempt_ms: 1000 } });
  provider.script("a/x", does.halves(does.completion(), { then: does.stall }));
  const response = await within(3 * second, chat(), "the answer");
  await answered(response, "b/y");
  assert.deepEqual(trail(response), ["a/x timeout", "b/y ok"]);
  const line = await gateway.log(response.headers.get("x-request-id"));
  assert.equal(line.trail[0].status, 200, "the log tells that an answer had begun");
  assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
});

test("row 7: the last hope is not ended by the headers or the first-token clock", async (t) => {
  const { provider, stream } = await world(t);
  provider.script("a/x", does.late(800, does.healthy), does.streams([does.role(), [800, does.word("slow")], does.finish(), does.done]));
  await streamed(await stream({ model: "a/x" }), "a/x");
  assert.equal((await streamed(await stream({ model: "a/x" }), "a/x")).text, "slow");
});

test("the deadline ends a chain that would take longer", async (t) => {
  const { provider, chat } = await world(t, { timeouts: { attempt_ms: 500, deadline_ms: 800 } });
  for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, does.silence);
  const error = await refused(await within(2 * second, chat(), "the error"), 504, "all_targets_failed");
  assert.equal(provider.attempts.length, 2);
  assert.match(JSON.stringify(error.attempts.at(-1)), /deadline/);
});

test("a caller may shorten the clocks of one request, not lengthen them", async (t) => {
  const { provider, stream } = await world(t, { timeouts: { headers_ms: 1500 } });
  provider.script("a/x", does.silence);
  const ask = (headers_ms) => stream({ steadfast: { timeouts: { headers_ms } } }).then((response) => streamed(response, "b/y"));
  await within(second, ask(50), "the shorter clock");
  await within(3 * second, ask(60 * second), "the configured clock");
  assert.ok(provider.attempts.every((attempt) => !("steadfast" in attempt.json)));
});

test("row 10: a model that streams its reasoning for longer than the clocks is not cut off", async (t) => {
  const { provider, stream } = await world(t);
  const thought = does.event(does.chunk({ reasoning_content: "Hmm. " }));
  const thoughts = Array.from({ length: 8 }, () => [100, thought]);
  provider.script("a/x", does.streams([does.role(), ...thoughts, does.word("42"), does.finish(), does.done]));
  const { text, chunks } = await streamed(await stream(), "a/x");
  assert.equal(text, "42");
  assert.equal(chunks.filter((chunk) => chunk.choices[0].delta.reasoning_content).length, 8);
});

test("row 10: a model that is known to reason may think in silence for longer than others", async (t) => {
  // The 10 s clocks of ordinary models are left at their default, so only patience can show the difference.
  const models = { "a/thinker": { reasoning: true }, "b/talker": { reasoning: false } };
  const { provider, stream } = await world(t, {
    models,
    timeouts: { headers_ms: undefined, first_token_ms: undefined, idle_ms: undefined, attempt_ms: undefined, deadline_ms: undefined },
  });
  const pensive = does.streams([does.role(), [11 * second, does.word("42")], does.finish(), does.done]);
  provider.script("a/thinker", pensive).script("b/talker", pensive);
  const [thinker, talker] = await Promise.all([
    stream({ model: "a/thinker", models: ["c/z"] }),
    stream({ model: "b/talker", models: ["c/z"] }),
  ]);
  assert.equal((await streamed(thinker, "a/thinker")).text, "42");
  await streamed(talker, "c/z");
});

test("a long stream that keeps talking is not cut by any clock of the beginning", async (t) => {
  const { provider, stream } = await world(t, { timeouts: { attempt_ms: 500, deadline_ms: 800 } });
  const words = Array.from({ length: 12 }, (_, nth) => [100, does.word(`${nth} `)]);
  provider.script("a/x", does.streams([does.role(), ...words, does.finish(), does.done]));
  assert.equal((await streamed(await stream(), "a/x")).text, "0 1 2 3 4 5 6 7 8 9 10 11 ");
});

test("row 15: a stream that stalls after content ends by the idle clock, as an error, and is let go", async (t) => {
  const { provider, stream } = await world(t, { stream: { on_break: "error" } });
  provider.script("a/x", does.streams([does.role(), does.word("So far "), does.word("so good")], { then: does.stall }));
  const response = await stream();
  const { text, error } = await within(2 * second, broken(response), "the end");
  assert.equal(text, "So far so good");
  for (const field of ["message", "type", "code", "param"]) assert.ok(field in error, field);
  assert.deepEqual(provider.tried, ["a/x"]);
  assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
});

test("row 15: comments do not keep a stalled stream alive", async (t) => {
  const { provider, stream } = await world(t, { stream: { on_break: "error" } });
  provider.script("a/x", async (attempt) => {
    await does.streams([does.role(), does.word("So far ")], { then: async () => {} })(attempt);
    for (;;) await attempt.chunk(": keep-alive\n\n").then(() => attempt.sleep(50));
  });
  await within(2 * second, stream().then(broken), "the end");
  assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
});
