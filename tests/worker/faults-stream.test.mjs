// A stream goes wrong: before its first content another target answers and nobody knows; after it, the caller is told the truth.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../../bench/cost.mjs";
import { answered, broken, read, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { dial, second, within, world } from "./world.mjs";

const honest = { stream: { on_break: "error" } };

// After content, as long as nobody carries on: an error event, never a success.

const breaks = {
  "row 11: a stream cut by a FIN after content": { then: does.cut },
  "row 11: a stream torn by a reset after content": { then: does.torn },
  "row 18: a stream that ends in good order, without finish_reason and without [DONE],": { then: does.end },
};

for (const [name, how] of Object.entries(breaks)) {
  test(`${name} ends as an error event, without [DONE]`, async (t) => {
    const { provider, stream, gateway } = await world(t, honest);
    const words = Array.from({ length: 40 }, (_, nth) => does.word(`word${nth} `));
    provider.script("a/x", does.streams([does.role(), ...words], how));
    const response = await stream();
    const { text, raw, closing } = await within(2 * second, broken(response), "the end");
    assert.equal(text.trim().split(" ").length, 40, "all that came was delivered");
    assert.match(raw, /\n: steadfast \{.*\}\n\n?data: \{"error"/, "our comment stands before the last event");
    assert.match(JSON.stringify(closing.trail), /cut/);
    assert.deepEqual(provider.tried, ["a/x"]);
    const line = await gateway.log(response.headers.get("x-request-id"));
    assert.match(JSON.stringify(line.trail), /cut/);
  });
}

test("row 11: an event that is cut in its middle is not delivered", async (t) => {
  const { provider, stream } = await world(t, honest);
  provider.script("a/x", does.streams([does.role(), does.word("whole "), does.word("half").slice(0, -20)], { then: does.cut }));
  assert.equal((await broken(await stream())).text, "whole ");
});

test("row 11: with two choices, the finish of one is not the end of the answer", async (t) => {
  const { provider, stream } = await world(t, honest);
  const choice = (index, delta, finish_reason = null) => does.event({ ...does.chunk({}), choices: [{ index, delta, finish_reason }] });
  const both = [
    choice(0, { role: "assistant", content: "One" }),
    choice(1, { role: "assistant", content: "Two" }),
    choice(0, {}, "stop"),
    choice(1, { content: ", too" }),
  ];
  provider.script("a/x", does.streams([...both, choice(1, {}, "stop"), does.done]), does.streams(both, { then: does.cut }));
  assert.deepEqual((await streamed(await stream({ model: "a/x", n: 2 }), "a/x")).finishes, ["stop", "stop"]);
  const { error, done } = await read(await stream({ model: "a/x", n: 2 }));
  assert.ok(error, "a cut second choice is a cut answer");
  assert.ok(!done);
});

test("row 11: a stream cut before content falls to the next target, and no byte of it is seen", async (t) => {
  for (const then of [does.cut, does.end, does.torn]) {
    const { provider, stream } = await world(t);
    provider.script("a/x", does.streams([": hello\n\n", does.role()], { then }));
    const response = await stream();
    const { raw } = await streamed(response, "b/y");
    assert.equal(raw.match(/"role":"assistant"/g).length, 1, raw);
    assert.deepEqual(trail(response), ["a/x cut", "b/y ok"]);
  }
});

test("row 11: half a plain answer is a cut, and the next target answers", async (t) => {
  for (const then of [does.cut, does.torn]) {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.halves(does.completion(), { then }));
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), ["a/x cut", "b/y ok"]);
  }
});

test("row 16: one event in the middle is not JSON: it is dropped, the rest delivered, and the trail counts it", async (t) => {
  const { provider, stream } = await world(t);
  provider.script(
    "a/x",
    does.streams([does.role(), does.word("One "), 'data: {"choices": [{"del\n\n', does.word("three."), does.finish(), does.done]),
  );
  const response = await stream();
  const { text, finishes, closing } = await streamed(response, "a/x");
  assert.equal(text, "One three.");
  assert.deepEqual(finishes, ["stop"]);
  assert.match(JSON.stringify(closing.trail), /"malformed\w*":1\b/);
  assert.deepEqual(provider.tried, ["a/x"]);
});

// Ends. Whatever is missing after the finish, the answer was complete.

const endings = {
  "without [DONE]": [[does.finish(), does.cost()], does.end],
  "without [DONE], cut by a FIN": [[does.finish(), does.cost()], does.cut],
  "without [DONE], torn by a reset": [[does.finish(), does.cost()], does.torn],
  "with [DONE] and the connection left open": [[does.finish(), does.cost(), does.done], does.stall],
  "without [DONE] and the connection left open": [[does.finish(), does.cost()], does.stall],
};

for (const [name, [last, then]] of Object.entries(endings)) {
  test(`row 17: a complete stream ${name} is finished promptly with our own [DONE], its usage reported`, async (t) => {
    const { provider, stream } = await world(t, honest);
    provider.script("a/x", does.streams([does.role(), does.word("Complete."), ...last], { then }));
    const response = await stream({ model: "a/x", stream_options: { include_usage: true } });
    const { text, finishes, data, closing, chunks } = await within(4 * second, streamed(response, "a/x"), "the end");
    assert.equal(text, "Complete.");
    assert.deepEqual(finishes, ["stop"]);
    assert.equal(data.filter((data) => data === "[DONE]").length, 1);
    assert.equal(closing.usage.completion_tokens, does.usage.completion_tokens);
    assert.deepEqual(chunks.at(-1).usage, does.usage);
    if (then === does.stall) assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
  });
}

test("row 18: [DONE] alone is an end, as finish_reason alone is", async (t) => {
  const { provider, stream } = await world(t, honest);
  provider.script("a/x", does.streams([does.role(), does.word("Complete."), does.done]));
  assert.equal((await streamed(await stream({ model: "a/x" }), "a/x")).text, "Complete.");
});

// Errors in a 200.

const overloaded = { error: { message: "The engine is overloaded.", type: "service_unavailable_error", code: "server_is_overloaded" } };

test("row 19: a plain 200 that holds an error is classified like the status it names", async (t) => {
  for (const [error, outcome] of [
    [overloaded, "overloaded"],
    [{ error: { message: "Rate limit reached for requests", code: 429 } }, "rate_limit"],
    [{ error: { message: "No credit.", code: 402 } }, "quota"],
    [{ error: { message: "Invalid API key", code: 401 } }, "auth"],
  ]) {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.answers(error));
    const response = await chat();
    await answered(response, "b/y");
    assert.equal(trail(response)[0], `a/x ${outcome}`);
  }
});

const spoken = {
  "as a JSON body": does.answers(overloaded),
  "as the first event": does.streams([does.event(overloaded)]),
  "as a named event": does.streams([`event: error\n${does.event(overloaded)}`]),
  "after the role": does.streams([does.role(), does.event(overloaded)]),
  "after the role, then [DONE]": does.streams([does.role(), does.event(overloaded), does.done]),
};

for (const [name, behaviour] of Object.entries(spoken)) {
  test(`row 19: an error in a 200's stream ${name}, before content, falls to the next target`, async (t) => {
    const { provider, stream } = await world(t);
    provider.script("a/x", behaviour);
    const response = await stream();
    const { data } = await streamed(response, "b/y");
    assert.doesNotMatch(data.join("\n"), /engine is overloaded/);
    assert.deepEqual(trail(response), ["a/x overloaded", "b/y ok"]);
  });
}

for (const last of [[], [does.done], [does.finish(), does.done]]) {
  test(`row 19: an error event after content is the stream's last, even with ${last.length} events behind it`, async (t) => {
    const { provider, stream } = await world(t, honest);
    provider.script("a/x", does.streams([does.role(), does.word("So far "), does.event(overloaded), ...last]));
    const { text, error } = await broken(await stream());
    assert.equal(text, "So far ");
    for (const field of ["message", "type", "code", "param"]) assert.ok(field in error, field);
    assert.deepEqual(provider.tried, ["a/x"]);
  });
}

// Emptiness.

const empty = {
  "no text": [does.completion({ text: "" }), [does.role(), does.finish(), does.done]],
  "a null for text": [
    does.completion({ text: null }),
    [does.event(does.chunk({ role: "assistant", content: null })), does.finish(), does.done],
  ],
  "reasoning alone": [
    does.completion({ text: "", message: { reasoning_content: "Hmm." } }),
    [does.role(), does.event(does.chunk({ reasoning_content: "Hmm." })), does.finish(), does.done],
  ],
  "a length reached without text": [does.completion({ text: "", finish: "length" }), [does.role(), does.finish("length"), does.done]],
};

for (const [name, [body, events]] of Object.entries(empty)) {
  test(`row 20: a plain answer with ${name} is empty, and the next target answers`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.answers(body));
    const response = await chat();
    await answered(response, "b/y");
    assert.deepEqual(trail(response), ["a/x empty", "b/y ok"]);
  });

  if (name === "reasoning alone") continue; // its stream has a story of its own, below
  test(`row 20: a stream with ${name} is empty, and the next target answers`, async (t) => {
    const { provider, stream } = await world(t);
    provider.script("a/x", does.streams(events));
    const response = await stream();
    assert.equal((await streamed(response, "b/y")).text, "Hello from b/y.");
    assert.deepEqual(trail(response), ["a/x empty", "b/y ok"]);
  });
}

test("row 20: a stream of reasoning alone has been seen, so the next target answers in the same stream", async (t) => {
  const { provider, stream } = await world(t);
  provider.script("a/x", does.streams(empty["reasoning alone"][1]));
  const { text, finishes, done, chunks, error } = await read(await stream());
  assert.equal(text, "Hello from b/y.");
  assert.equal(error, undefined);
  assert.deepEqual(finishes, ["stop"]);
  assert.ok(done);
  assert.equal(chunks.filter((chunk) => chunk.choices[0].delta.role).length, 1, "the role is not repeated");
  assert.deepEqual(new Set(chunks.map((chunk) => chunk.model)), new Set(["a/x"]), "the model stays that of the first leg");
  assert.deepEqual(provider.tried, ["a/x", "b/y"]);
});

test("row 20: if every answer is empty, the last one goes out as it came", async (t) => {
  const { provider, chat, stream } = await world(t);
  for (const target of ["a/x", "b/y", "c/z"]) {
    provider.script(
      target,
      does.answers(does.completion({ text: "", finish: "length", model: target })),
      does.streams([does.role(), does.finish("length"), does.done]),
    );
  }
  const plain = await chat();
  const body = await answered(plain, "c/z");
  assert.equal(body.choices[0].finish_reason, "length");
  assert.deepEqual(trail(plain), ["a/x empty", "b/y empty", "c/z empty"]);
  assert.deepEqual((await streamed(await stream(), "c/z")).finishes, ["length"]);
});

test("row 20: a tool call or a refusal without text is an answer", async (t) => {
  const { provider, chat, stream } = await world(t);
  const call = { id: "call_1", type: "function", function: { name: "look", arguments: "{}" } };
  const delta = does.event(does.chunk({ tool_calls: [{ index: 0, ...call }] }));
  provider.script(
    "a/x",
    does.answers(does.completion({ text: null, finish: "tool_calls", message: { tool_calls: [call] } })),
    does.answers(does.completion({ text: null, message: { refusal: "I would rather not." } })),
    does.streams([does.event(does.chunk({ role: "assistant", content: null })), delta, does.finish("tool_calls"), does.done]),
  );
  assert.deepEqual((await answered(await chat(), "a/x")).choices[0].message.tool_calls, [call]);
  assert.equal((await answered(await chat(), "a/x")).choices[0].message.refusal, "I would rather not.");
  assert.deepEqual((await streamed(await stream(), "a/x")).finishes, ["tool_calls"]);
});

// Size.

test("row 37: one event of 5 MB is delivered", async (t) => {
  const { provider, stream } = await world(t);
  const long = "x".repeat(5 << 20);
  provider.script("a/x", does.streams([does.role(), does.word(long), does.finish(), does.done]));
  const whole = stream({ model: "a/x" }).then((response) => streamed(response, "a/x"));
  assert.equal((await within(10 * second, whole, "the stream")).text.length, long.length);
});

test("row 37: a stream of 100,000 chunks is delivered, in linear time", async (t) => {
  const { provider, stream } = await world(t);
  const batch = does.word("x").repeat(100);
  const time = async (batches) => {
    provider.script("a/x", does.streams([does.role(), ...Array(batches).fill(batch), does.finish(), does.done]));
    const began = performance.now();
    assert.equal((await streamed(await stream({ model: "a/x" }), "a/x")).text.length, batches * 100);
    return performance.now() - began;
  };
  await time(10); // warm
  const tenth = await time(100);
  const whole = await time(1000);
  // Ten times the chunks; a quadratic gateway would need a hundred times as long.
  assert.ok(whole < 30 * Math.max(tenth, 20), `${tenth} ms for 10,000 chunks, ${whole} ms for 100,000`);
});

test("row 37: a stream of 600 MB of text passes through bounded memory", async (t) => {
  const { provider, gateway, stream } = await world(t);
  const megabyte = does.word("x".repeat(1 << 20));
  provider.script("a/x", does.streams([does.role(), ...Array(600).fill(megabyte), does.finish(), does.done]));
  const before = residentBytes(gateway.pid);
  let received = 0;
  let last;
  for await (const piece of (await stream()).body) [received, last] = [received + piece.length, piece];
  assert.ok(received > 600 * 2 ** 20, `${received} bytes`);
  assert.match(Buffer.from(last).toString(), /\[DONE\]/);
  const grown = (residentBytes(gateway.pid) - before) >> 20;
  assert.ok(grown < 300, `${grown} MB more than before`); // what the collector has not come to yet, and not the stream
});

test("row 37: a caller who does not read holds the provider up, and is not read for", async (t) => {
  const { provider, gateway } = await world(t, { timeouts: { idle_ms: 0 } });
  const piece = does.word("x".repeat(1 << 20));
  let megabytes = 0;
  provider.script("a/x", async (attempt) => {
    await does.streams([does.role()], { then: async () => {} })(attempt);
    for (; megabytes < 200; megabytes += 1) await attempt.chunk(piece);
  });
  const caller = dial(gateway, { model: "a/x", stream: true }, { reads: false });
  // Until no more are taken; a busy machine takes its time over the first ones.
  for (let before = -1; before !== megabytes && megabytes < 100; await sleep(0.5 * second)) before = megabytes;
  assert.ok(megabytes < 100, `${megabytes} MB were taken for a caller who reads nothing`);
  caller.leave();
  assert.equal((await within(second, provider.attempts[0].closed, "the abort")).by, "caller");
});

test("row 36: a character in two halves, escaped in two events, passes through", async (t) => {
  const { provider, stream } = await world(t);
  const half = (escape) => does.word("?").replace('"?"', `"${escape}"`);
  provider.script("a/x", does.streams([does.role(), half("\\ud83c"), half("\\udf0d"), does.finish(), does.done]));
  const { raw, text } = await streamed(await stream({ model: "a/x" }), "a/x");
  assert.match(raw, /"\\ud83c"/);
  assert.equal(text, "🌍");
});
