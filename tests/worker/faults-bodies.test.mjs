// What a provider's answer holds is not what its status promised: too much, too slow, a secret, or something else altogether.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { answered, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, within, world } from "./world.mjs";

const stalling = {
  "an error body that stalls does not hold up the next target": [503, { message: "I was about to say" }, "a/x overloaded"],
  "what has come of an error body that stalls still says what kind of error it is": [429, { code: "insufficient_quota", message: "x".repeat(200) }, "a/x quota"],
};

for (const [what, [status, error, told]] of Object.entries(stalling)) {
  test(`row 27: ${what}`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", does.halves({ error }, { status, then: does.stall }));
    const response = await within(3 * second, chat(), "the answer");
    await answered(response, "b/y");
    assert.equal(trail(response)[0], told);
    assert.equal((await within(second, provider.attempts[0].closed, "the closing")).by, "caller");
  });
}

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

// Our key, echoed by the provider in places where it could slip through.
const echoes = {
  "a 400": (key) => does.fails(400, { message: `Bad request with ${key}` }),
  "every 503": (key) => does.fails(503, { message: `Overloaded for ${key}` }),
  "a 401": (key) => does.fails(401, { message: `Incorrect API key provided: ${key.replace("Bearer ", "")}` }),
  "a header": (key) => does.fails(400, { message: "Bad." }, { "x-echo": key, "retry-after": "1" }),
};

for (const [name, echo] of Object.entries(echoes)) {
  test(`row 38: a provider that echoes our key in ${name} does not give it away`, async (t) => {
    const { provider, gateway, chat, call } = await world(t);
    for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, (attempt) => echo(attempt.headers.authorization)(attempt));
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
  provider.script("a/x", (attempt) => {
    const lost = { error: { message: `Lost ${attempt.headers.authorization}`, code: 500 } };
    return does.streams([does.role(), does.word("So far "), does.event(lost)])(attempt);
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

for (const status of [204, 304]) {
  test(`row 39: a ${status}, which has no body, is no answer`, async (t) => {
    const { provider, chat, stream } = await world(t);
    provider.script("a/x", (attempt) => attempt.head(status).then(() => attempt.done()));
    await answered(await chat(), "b/y");
    assert.match(await (await stream()).text(), /"Hello "/);
  });
}

test("an answer nested a hundred thousand deep harms nobody", async (t) => {
  const { provider, chat, stream } = await world(t);
  const deep = `{"choices": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  provider.script("a/x", does.answers(deep), does.answers(deep, { status: 500 }), does.streams([`data: ${deep}\n\n`]));
  await answered(await chat(), "b/y");
  await answered(await chat(), "b/y");
  assert.match(await (await stream()).text(), /"Hello "/);
});
