// The provider must misbehave exactly as told, or the tests that lean on it prove nothing.

import assert from "node:assert/strict";
import net from "node:net";
import test from "node:test";
import * as does from "./behaviours.mjs";
import { startProvider } from "./provider.mjs";
import { second, within } from "./world.mjs";

/** What a bare socket receives in answer to one chat request, piece by piece, and how its connection ended. */
async function asks(t, behaviour, { body = { model: "x", stream: true }, leave } = {}) {
  const provider = await startProvider();
  t.after(() => provider.close());
  provider.script("a/x", behaviour);
  const socket = net.connect(new URL(provider.origin).port, "127.0.0.1");
  const bytes = JSON.stringify(body);
  socket.write(`POST /a/v1/chat/completions HTTP/1.1\r\ncontent-length: ${bytes.length}\r\n\r\n${bytes}`);
  const pieces = [];
  let end = "open";
  socket.on("data", (data) => {
    pieces.push(data.toString());
    if (leave) socket.destroy();
  });
  socket.on("end", () => (end = "fin"));
  socket.on("error", (error) => (end = error.code));
  const attempt = await provider.arrival("a/x");
  const closed = await Promise.race([attempt.closed, new Promise((slow) => setTimeout(slow, 200))]);
  await new Promise((news) => setTimeout(news, 30));
  socket.destroy();
  return { attempt, pieces, text: pieces.join(""), end, by: closed?.by ?? "nobody" };
}

test("an answer is well-formed and leaves the connection open", async (t) => {
  const { attempt, text, end, by } = await asks(t, does.healthy, { body: { model: "x" } });
  assert.deepEqual([attempt.method, attempt.path, attempt.target], ["POST", "/a/v1/chat/completions", "a/x"]);
  assert.match(text, /^HTTP\/1.1 200 .*content-length: \d+.*"Hello from a\/x\."/s);
  assert.deepEqual([end, by], ["open", "answer"]);
});

test("a reset is a reset, before the headers as well as after them", async (t) => {
  const before = await asks(t, does.resets);
  assert.deepEqual([before.text, before.end, before.by], ["", "ECONNRESET", "provider"]);
  const after = await asks(t, does.streams([does.role()], { then: does.torn }));
  assert.match(after.text, /"assistant"/);
  assert.deepEqual([after.end, after.by], ["ECONNRESET", "provider"]);
});

test("a cut is a FIN where more was promised", async (t) => {
  const { text, end, by } = await asks(t, does.streams([does.role()], { then: does.cut }));
  assert.doesNotMatch(text, /\r\n0\r\n/);
  assert.deepEqual([end, by], ["fin", "provider"]);
});

test("silence is silence, and is over when the caller leaves", async (t) => {
  const { attempt, text, end, by } = await asks(t, does.silence);
  assert.deepEqual([text, end, by], ["", "open", "nobody"]);
  assert.equal((await within(second, attempt.closed)).by, "caller");
});

test("a stream for ever is over when the caller leaves", async (t) => {
  const { by } = await asks(t, does.repeats(": keep-alive\n\n"), { leave: true });
  assert.equal(by, "caller");
});

test("every event is a write of its own", async (t) => {
  const { pieces } = await asks(t, does.streams([..."abcdef"].map((letter) => [2, letter])));
  assert.deepEqual(
    pieces.slice(1, 7),
    [..."abcdef"].map((letter) => `1\r\n${letter}\r\n`),
  );
});

test("a request in chunks is understood like one in a piece, and one after another on the same connection", async (t) => {
  const provider = await startProvider();
  t.after(() => provider.close());
  const ask = (text) => {
    const pieces = new ReadableStream({
      start: (stream) => ([...text].forEach((letter) => stream.enqueue(Buffer.from(letter))), stream.close()),
    });
    return fetch(`${provider.base("a")}/chat/completions`, { method: "POST", body: pieces, duplex: "half" });
  };
  for (const model of ["one", "two", "three"]) await (await ask(JSON.stringify({ model }))).text();
  assert.deepEqual(provider.tried, ["a/one", "a/two", "a/three"]);
  assert.deepEqual(
    (await Promise.all(provider.attempts.map((attempt) => attempt.closed))).map(({ by }) => by),
    ["answer", "answer", "answer"],
  );
});
