// The caller leaves, or many come at once. Whoever leaves takes the upstream call along, and nobody else notices.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answered, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { dial, second, within, world } from "./world.mjs";

const patient = { timeouts: { headers_ms: 0, first_token_ms: 0, idle_ms: 0, attempt_ms: 0, deadline_ms: 0 } }; // so that nothing else can end it

const departures = {
  "before the headers": [{ stream: true }, does.silence],
  "before the first token": [{ stream: true }, does.repeats(": keep-alive\n\n")],
  "mid-stream": [{ stream: true }, does.repeats(does.word("again ")), "again "],
  "mid-stream, in a silence": [{ stream: true }, does.streams([does.role(), does.word("again ")], { then: does.stall }), "again "],
  "from a plain request": [{}, does.silence],
  "from a plain request whose answer has begun": [{}, does.headersOnly],
  "from a plain request whose answer is half there": [{}, does.halves(does.completion(), { then: does.stall })],
};

for (const [when, [body, behaviour, heard]] of Object.entries(departures)) {
  test(`row 35: a caller who leaves ${when} aborts the upstream within a second, and nothing more is tried`, async (t) => {
    const { provider, gateway, chat } = await world(t, patient);
    provider.script("a/x", behaviour, does.healthy);
    const caller = dial(gateway, body, { id: "the-one-who-leaves" });
    const attempt = await provider.arrival("a/x");
    await (heard ? within(second, caller.hears(heard), "the first word") : sleep(50));

    caller.leave();
    assert.equal((await within(second, attempt.closed, "the abort")).by, "caller");
    const line = await gateway.log("the-one-who-leaves");
    assert.match(JSON.stringify(line.trail), /cancelled/);
    await sleep(200);
    assert.deepEqual(provider.tried, ["a/x"], "no retry, no fallback");

    // Its health is untouched: the next caller is served by it, first.
    await answered(await chat(), "a/x");
  });
}

test("row 35: a caller who leaves before his question is whole has asked nobody, and harms nobody", async (t) => {
  const { provider, gateway, chat } = await world(t, patient);
  const caller = dial(gateway, {}, { part: 0.5 });
  await sleep(100);
  caller.leave();
  await sleep(100);
  assert.deepEqual(provider.tried, []);
  await answered(await chat(), "a/x");
});

test("row 35: a caller who leaves while a retry waits calls it off", async (t) => {
  const { provider, gateway } = await world(t);
  provider.script("a/x", does.fails(429, {}, { "retry-after": "1" }));
  const caller = dial(gateway);
  await provider.arrival("a/x");
  await sleep(100);
  caller.leave();
  await sleep(1200);
  assert.deepEqual(provider.tried, ["a/x"]);
});

test("row 35: a caller who leaves a race, or while another carries on for him, aborts everything", async (t) => {
  const { provider, gateway } = await world(t, { ...patient, routes: { race: { race: ["a/x", "b/y", "c/z"] } } });
  for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, does.silence);
  const racer = dial(gateway, { model: "race", stream: true });
  const runners = await Promise.all(["a/x", "b/y", "c/z"].map((target) => provider.arrival(target)));
  racer.leave();
  for (const { closed, target } of runners) assert.equal((await within(second, closed, target)).by, "caller");

  provider.script("a/x", does.streams([does.role(), does.word("Hello ")], { then: does.cut })).script("b/y", does.silence);
  const reader = dial(gateway, { stream: true });
  const rescue = await provider.arrival("b/y", 1);
  reader.leave();
  assert.equal((await within(second, rescue.closed, "the rescue")).by, "caller");
  await sleep(200);
  assert.equal(provider.on("c/z").length, 1, "nobody else is asked");
});

test("row 35: a caller who stops reading an SDK's stream aborts the upstream too", async (t) => {
  const { provider, stream } = await world(t, patient);
  provider.script("a/x", does.repeats(does.word("again ")));
  const caller = new AbortController();
  const response = await stream({}, { signal: caller.signal });
  await response.body.getReader().read();
  caller.abort();
  assert.equal((await within(second, provider.attempts[0].closed, "the abort")).by, "caller");
});

test("row 40: many requests that share their targets at the same instant are all answered, in times that are not negative", async (t) => {
  const { provider, chat, stream } = await world(t, { breaker: false });
  let turn = 0;
  const fickle = (attempt) => (turn++ % 2 ? does.healthy(attempt) : does.fails(503)(attempt));
  provider.script("a/x", fickle);
  const asked = await Promise.all(Array.from({ length: 40 }, (_, nth) => (nth % 2 ? chat() : stream())));
  for (const response of asked) {
    assert.equal(response.status, 200);
    const target = response.headers.get("x-steadfast-model");
    const text = response.headers.get("content-type").startsWith("text/event-stream")
      ? (await streamed(response, target)).text
      : (await answered(response, target)).choices[0].message.content;
    assert.equal(text, `Hello from ${target}.`, "no answer went to another caller");
    assert.equal(trail(response).at(-1), `${target} ok`);
    assert.match(response.headers.get("x-steadfast-trail"), /^(\w+\/\w+ \w+( \d+)? \d+ms(; |$))+$/);
  }
});
