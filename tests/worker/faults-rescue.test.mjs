// A stream that breaks after content was shown, on the wire: somebody else carries on, and no word is doubled or lost.

import assert from "node:assert/strict";
import test from "node:test";
import { read } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, within, world } from "./world.mjs";

const words = "One two three four five six seven eight nine ten, \u00e9t\u00e9 \u{1f600} and all.".split(/(?<= )/);
const whole = words.join("");
const begins = (count, then) => does.streams([does.role(), ...words.slice(0, count).map((word) => does.word(word))], { then });
const tells = (text) => does.streams(does.events(text, { counted: true }));
const rescued = { stream: { on_break: "continue" }, retry: { retries: 0 } };

async function isWhole(response) {
  const stream = await within(5 * second, read(response), "the end");
  assert.equal(stream.error, undefined);
  assert.equal(stream.text, whole);
  assert.deepEqual(stream.finishes, ["stop"]);
  assert.ok(stream.done);
  return stream;
}

for (const [how, then] of Object.entries({ "a FIN": does.cut, "a reset": does.torn, "a silence (row 15)": does.stall })) {
  test(`row 11: a stream ended by ${how} is carried on, the seam marked, under one name`, async (t) => {
    const { provider, stream } = await world(t, rescued);
    provider.script("a/x", begins(4, then));
    provider.script("b/y", tells(words.slice(4).join("")));
    const response = await stream();
    const { raw, closing } = await isWhole(response);
    const { usage, trail } = closing;
    assert.deepEqual(trail.map(({ model, outcome }) => [model, outcome]), [["a/x", "cut"], ["b/y", "ok"]]);
    assert.ok(usage.completion_tokens > does.usage.completion_tokens, "both legs count");
    assert.ok(usage.prompt_tokens > does.usage.prompt_tokens, "both legs count");
    assert.equal(response.headers.get("x-steadfast-model"), "a/x");
    assert.match(raw, /: steadfast continued by b\/y after 19 characters\n\n/);
    assert.equal(raw.match(/"role":"assistant"/g).length, 1);
    assert.deepEqual(provider.tried, ["a/x", "b/y"]);
    const { messages } = provider.attempts[1].json;
    assert.equal(messages.at(-2).content, words.slice(0, 4).join(""));
    await within(second, provider.attempts[0].closed, "the connection of the broken one");
  });
}

test("row 12: a refused prefill is asked again in words, and its error never shown", async (t) => {
  const { provider, stream } = await world(t, { ...rescued, models: { "b/y": { prefill: true } } });
  provider.script("a/x", begins(4, does.cut));
  provider.script("b/y", does.fails(400, { message: "prefill is not supported" }), tells(words.slice(4).join("")));
  const { raw } = await isWhole(await stream());
  assert.ok(!raw.includes('"error"'));
  assert.equal(provider.attempts[1].json.messages.at(-1).role, "assistant");
  assert.equal(provider.attempts[2].json.messages.at(-1).role, "user");
});

test("row 13: who starts over, or repeats the last words, is trimmed, cut wherever it was", async (t) => {
  for (let cutAfter = 3; cutAfter < words.length; cutAfter += 3) {
    for (const from of [0, cutAfter - 1, cutAfter]) {
      const { provider, stream } = await world(t, rescued);
      provider.script("a/x", begins(cutAfter, does.cut));
      provider.script("b/y", tells(words.slice(from).join("")));
      await isWhole(await stream());
    }
  }
});

test("row 13: the seam may lie inside a word, and a packet may end inside a character", async (t) => {
  const said = "Zażółć gęślą jaźń, 你好 wor";
  const left = "ld \u{1f30d} and all the rest of it.";
  for (const answer of [left, said + left]) {
    const { provider, stream } = await world(t, rescued);
    const bytes = Buffer.from(does.role() + does.word(said));
    // Byte by byte, then half of an event that is never finished, cut inside a character.
    const half = Buffer.from(does.word("\u{1f30d}")).subarray(0, -30);
    provider.script("a/x", does.streams([...Array.from(bytes, (byte) => Buffer.of(byte)), half], { then: does.torn }));
    provider.script("b/y", does.streams([...Array.from(Buffer.from(does.events(answer).join("")), (byte) => Buffer.of(byte))]));
    const { text, done, error } = await within(5 * second, read(await stream()), "the end");
    assert.equal(error, undefined);
    assert.equal(text, said + left);
    assert.ok(done);
  }
});

test("row 13: half a character is not shown, and so not doubled", async (t) => {
  const { provider, stream } = await world(t, rescued);
  const half = does.word("?").replace('"?"', '"\\ud83c"');
  provider.script("a/x", does.streams([does.role(), does.word("Hello "), half], { then: does.cut }));
  provider.script("b/y", tells("\u{1f30d} and more."));
  const { text, done } = await read(await stream());
  assert.equal(text, "Hello \u{1f30d} and more.");
  assert.ok(done);
});

test("row 14: half a tool call is never joined; a caller that asked for it gets a restart", async (t) => {
  const { provider, stream } = await world(t, rescued);
  const call = (part) => does.event(does.chunk({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: part }] }));
  const half = does.streams([does.role(), call({ name: "weather", arguments: "" }), call({ arguments: '{"city":' })], { then: does.cut });
  provider.script("a/x", half);
  const broken = await read(await stream());
  assert.ok(broken.error && !broken.done);
  assert.deepEqual(broken.finishes, [], "no part passes for the whole");
  assert.deepEqual(provider.tried, ["a/x"]);

  const again = await read(await stream({ steadfast: { on_break: "restart" } }));
  assert.match(again.raw, /event: steadfast\.restart\ndata: \{/);
  assert.ok(again.done);
  assert.equal(again.text, "Hello from b/y.", "the answer begins anew");
  assert.deepEqual(provider.tried, ["a/x", "a/x", "b/y"]);
});

test("row 19: an error event after content is a break too", async (t) => {
  const { provider, stream } = await world(t, rescued);
  const error = does.event({ error: { message: "overloaded", type: "overloaded_error" } });
  provider.script("a/x", does.streams([does.role(), ...words.slice(0, 4).map((word) => does.word(word)), error]));
  provider.script("b/y", tells(words.slice(4).join("")));
  await isWhole(await stream());
});

test("row 15: a stall that is carried on leaves nothing running", async (t) => {
  const { provider, stream } = await world(t, rescued);
  provider.script("a/x", begins(4, does.stall));
  provider.script("b/y", begins(8, does.stall)); // it starts over, and stalls as well
  provider.script("c/z", tells(words.slice(8).join("")));
  await isWhole(await stream());
  const [first, next, last] = provider.attempts;
  assert.deepEqual(provider.tried, ["a/x", "b/y", "c/z"]);
  assert.ok(next.at - first.at >= 495, "the idle clock ran out first");
  for (const attempt of [first, next]) assert.equal((await within(second, attempt.closed, attempt.target)).by, "caller");
  assert.equal((await within(second, last.closed, "the last")).by, "answer");
});

test("row 11: when nobody can carry on, the stream ends with an error that names everybody", async (t) => {
  const { provider, stream } = await world(t, rescued);
  provider.script("a/x", begins(4, does.cut));
  provider.script("b/y", does.fails(503));
  provider.script("c/z", does.fails(500));
  const { error, done, text } = await read(await stream());
  assert.ok(!done);
  assert.equal(text, words.slice(0, 4).join(""));
  assert.equal(error.attempts.length, 3);
});
