// Row 36. A stream is bytes; where the network cuts them is nobody's business. The same stream, in every cut, is the same answer.

import assert from "node:assert/strict";
import test from "node:test";
import { read } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { world } from "./world.mjs";

const json = (delta, more) => JSON.stringify(does.chunk(delta, more));
const wide = "Zażółć gęślą jaźń, 你好, 👩‍👩‍👧‍👦 𝄞"; // characters of one to four bytes, and one of several characters

/** Everything that the rules of server-sent events allow, and providers do. */
const spelled = {
  LF: `data: ${json({ role: "assistant", content: "" })}\n\ndata: ${json({ content: wide })}\n\n${does.finish()}${does.done}`,
  CRLF: `data: ${json({ role: "assistant", content: "" })}\r\n\r\ndata: ${json({ content: wide })}\r\n\r\ndata: ${json({}, { finish: "stop" })}\r\n\r\ndata: [DONE]\r\n\r\n`,
  CR: `data: ${json({ role: "assistant", content: "" })}\r\rdata: ${json({ content: wide })}\r\rdata: ${json({}, { finish: "stop" })}\r\rdata: [DONE]\r\r`,
  "a BOM, comments, other fields, no space after the colon, data in several lines": [
    `\ufeff: a comment\n\n`,
    `event: message\nid: 1\ndata:${json({ role: "assistant", content: "" })}\nretry: 10\n\n`,
    `: another\ndata:${json({ content: wide }).replace(',"choices"', ',\ndata:"choices"')}\nid\n\n\n`,
    `unknown: field\r\ndata: ${json({}, { finish: "stop" })}\r\rdata: [DONE]\n\n`,
  ].join(""),
};

for (const [name, stream] of Object.entries(spelled)) {
  const bytes = Buffer.from(stream);

  test(`row 36: a stream with ${name} is the same answer in every split in two`, async (t) => {
    const { provider, stream } = await world(t);
    const whole = await told(provider, stream, [bytes]);
    assert.equal(whole.length, 4);
    assert.equal(JSON.parse(whole[1]).choices[0].delta.content, wide);
    assert.deepEqual(JSON.parse(whole[2]).choices[0].finish_reason, "stop");
    assert.equal(whole[3], "[DONE]");
    await inParallel(8, bytes.length - 1, async (nth) => {
      const at = nth + 1;
      assert.deepEqual(await told(provider, stream, [bytes.subarray(0, at), bytes.subarray(at)]), whole, `split at byte ${at}`);
    });
  });

  test(`row 36: a stream with ${name} is the same answer byte by byte, and in splits drawn by lot`, async (t) => {
    const { provider, stream } = await world(t);
    const whole = await told(provider, stream, [bytes]);
    assert.deepEqual(
      await told(
        provider,
        stream,
        Array.from(bytes, (byte) => Buffer.of(byte)),
        0,
      ),
      whole,
      "byte by byte",
    );
    for (let seed = 1; seed <= 8; seed += 1) assert.deepEqual(await told(provider, stream, drawn(bytes, seed)), whole, `seed ${seed}`);
  });
}

let asked = 0;

/** What the caller is told when the provider sends these pieces, a write each, so far apart that they are read one by one. */
async function told(provider, stream, pieces, gap = 2) {
  const model = `split${(asked += 1)}`;
  provider.script(`a/${model}`, does.streams(pieces.map((piece) => [gap, piece])));
  const { data, raw } = await read(await stream({ model: `a/${model}` }));
  assert.doesNotMatch(raw, /\r|\ufeff|^(event|id|retry):/m, "written anew by the rules of the contract");
  return data.map((data) => data.replace(model, ""));
}

/** Cuts at random, but the same ones for the same seed. */
function drawn(bytes, seed) {
  const pieces = [];
  for (let at = 0; at < bytes.length;) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; // the generator of the C standard: a test needs no better one
    const length = 1 + ((seed >>> 16) % 40);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

async function inParallel(width, count, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
