// What is measured, held against what, and how much it may cost.
//
// A row: who competes, the work they do, and the figures taken from each sample. A figure's goal binds steadfast: `times` the row's
// floor, or `atMost` so much. To add a row, add an object; a route it needs goes into `contenders.mjs`.

import { floor, loop, messages, minimal, objects, relay, relays, steadfast } from "./contenders.mjs";
import { answers, delays, size, starts } from "./measure.mjs";
import { bare, calls, firstCalls, packaged, weight } from "./node.mjs";
import { CHUNKS } from "./upstream.mjs";

const PROMPT = "How many roads must a man walk down before you call him one?"; // 60 bytes

const answered = (answer) => answer.includes('"content":"Forty-two');
const fellBack = (answer) => answered(answer) && /^x-steadfast-trail: down\/x .*503.*up\/fast/im.test(answer);
const won = (answer) => answered(answer) && /^x-steadfast-trail: up\/fast ok.*cancelled.*cancelled/im.test(answer);
const timed = (answer) => /took [\d.]+ ms/.test(answer) && answer.startsWith("HTTP/1.1 200");
const timedRace = (answer) => timed(answer) && /^x-steadfast-trail: up\/wait40.* cancelled.*spare\/wait20.* ok.*cancelled/im.test(answer);
const streamed = (answer) => answer.split("data: {").length > CHUNKS && answer.includes("data: [DONE]");

const answeredAtAll = (answer) => answer.includes('"text":"Forty-two') || answered(answer);
const translated = (answer) => answer.split("data: {").length > CHUNKS - 4 && answer.includes("data: [DONE]");
const streamedAtAll = (answer) => answer.split("data: {").length > CHUNKS && answer.includes("message_stop");
const said = (answer) => answer.choices[0].message.content.startsWith("Forty-two");
const ended = ({ count, end }) => count >= CHUNKS / 4 && end.includes("data: [DONE]");

const question = (model, more = {}) => ({ model, messages: [{ role: "user", content: PROMPT }], ...more });
const body = (...about) => JSON.stringify(question(...about));

/** A long conversation of `bytes` bytes, with what makes JSON dear: quotes, line breaks, letters outside ASCII. */
function longBody(model, bytes) {
  const paragraph = 'He said: "Ça coûte cher, 真的很贵."\n'.repeat(400);
  const messages = [];
  for (let size = 0; size < bytes; size += Buffer.byteLength(JSON.stringify(messages.at(-1)))) {
    messages.push({ role: messages.length % 2 ? "assistant" : "user", content: paragraph });
  }
  return JSON.stringify({ model, messages });
}

const plain = body("up/fast");
const CHAT = "/v1/chat/completions";

/** Small answers: enough of them that each sample has its share of garbage collection, which comes every few thousand. */
const unary = { count: 6_000, warm: 12_000, atOnce: 16 };

/** A contender with one more member, its getters kept. */
const asking = (contender, asks) => Object.defineProperty(contender, "asks", { value: asks });

export const rows = [
  {
    name: "plain",
    contenders: { floor: floor(answered), minimal: minimal(answered), objects: objects(answered, CHAT), steadfast: steadfast(answered) },
    work: answers({ body: plain, ...unary }),
    figures: { cpu: { what: "plain answer, 60-byte prompt: CPU a request", unit: "us", goal: { times: 1.8 } } },
  },
  {
    name: "fallback",
    contenders: { floor: floor(answered), objects: objects(answered, `/down${CHAT}`, CHAT), steadfast: steadfast(fellBack, { breaker: false }) },
    work: answers({ body: body("first"), ...unary }),
    figures: { cpu: { what: "first target 503, second answers: CPU a request", unit: "us", goal: { times: 3 } } },
  },
  {
    name: "race",
    contenders: { floor: floor(answered), steadfast: steadfast(won) },
    work: answers({ body: body("race"), ...unary }),
    figures: { cpu: { what: "race of three, the losers cancelled: CPU a request; the floor makes one call", unit: "us" } },
  },
  ...["", "-stream"].map((kind) => ({
    name: kind ? "winner-stream" : "winner",
    contenders: {
      floor: asking(steadfast(timed), "one"),
      forward: asking(floor(timed), "forward"),
      steadfast: asking(steadfast(timedRace), "race"),
    },
    work: delays({
      bodies: {
        forward: body(`up/wait20${kind}`, { stream: Boolean(kind) }),
        one: body(`up/wait20${kind}`, { stream: Boolean(kind) }),
        race: body(`timed${kind}`, { stream: Boolean(kind) }),
      },
      count: 200,
      atOnce: 1, // who came at the same time would wait for each other
    }),
    figures: {
      p50: { what: `race of three ${kind ? "streams, the first content" : "answers"}: what a caller waits beyond what the provider took, median; the floor asks the winner alone`, unit: "ms", goal: { beyond: 2 } },
      p99: { what: "the same, 99th percentile", unit: "ms", goal: { beyond: 2 } },
    },
  })),
  {
    name: "stream",
    contenders: { floor: loop(streamed), untouched: floor(streamed), "default reader": relay(streamed, "default > identity"), steadfast: steadfast(streamed) },
    work: answers({ body: body("stream", { stream: true }), count: 64, atOnce: 32, parts: CHUNKS }),
    figures: { cpu: { what: `stream, ${CHUNKS} chunks, 32 at once: CPU a chunk, clocks and rescue armed; the floor sees each chunk`, unit: "us", goal: { times: 1.25 } } },
  },
  {
    name: "translated",
    contenders: { floor: messages(loop)(streamedAtAll), steadfast: steadfast(translated) },
    work: answers({ body: body("translated-stream", { stream: true }), count: 64, atOnce: 32, parts: CHUNKS }),
    figures: { cpu: { what: `the same stream in Anthropic's format, translated: CPU a chunk`, unit: "us", goal: { times: 1.5 } } },
  },
  {
    name: "translated-plain",
    contenders: { floor: messages(floor)(answeredAtAll), steadfast: steadfast(answered) },
    work: answers({ body: body("other/fast"), ...unary }),
    figures: { cpu: { what: "plain answer in Anthropic's format, translated: CPU a request", unit: "us", goal: { times: 1.8 } } },
  },
  {
    name: "large",
    contenders: { floor: floor(answered), minimal: minimal(answered), steadfast: steadfast(answered) },
    work: answers({ body: longBody("up/fast", 2 ** 20), count: 60, atOnce: 4 }),
    figures: {
      cpu: { what: "1 MB request body, small answer: CPU a request", unit: "us", goal: { times: 2.5 } },
      resident: { what: "resident memory after them", unit: "MB", last: true, goal: { growth: 1.2 } },
    },
  },
  {
    name: "start",
    contenders: { floor: floor(answered), steadfast: steadfast(answered) },
    work: starts({ body: plain, times: 3 }),
    figures: {
      start: { what: "from process start to the first answer: CPU", unit: "ms", goal: { times: 2.33 } },
      first: { what: "first request of a fresh isolate: CPU", unit: "ms", goal: { times: 4.5 } },
    },
  },
  {
    name: "size",
    contenders: { steadfast: steadfast() },
    work: size(),
    figures: {
      packed: { what: "to upload, gzip -9", unit: "KB", goal: { atMost: 200 } },
      raw: { what: "to upload, as it is", unit: "KB" },
    },
  },
  {
    name: "npm-plain",
    contenders: { floor: bare("json", said), steadfast: packaged("chat", said), "steadfast.fetch": packaged("json", said) },
    work: calls({ body: question("up/fast"), ...unary }),
    figures: { cpu: { what: "npm package in Node, plain answer: CPU a call; the floor is a bare fetch", unit: "us", goal: { times: 1.5 } } },
  },
  {
    name: "npm-stream",
    contenders: { floor: bare("pieces", ended), steadfast: packaged("pieces", ended) },
    work: calls({ body: question("stream", { stream: true }), count: 64, atOnce: 32, parts: CHUNKS }),
    figures: { cpu: { what: `npm package in Node, stream of ${CHUNKS} chunks, 32 at once: CPU a chunk`, unit: "us", goal: { times: 2 } } },
  },
  {
    name: "npm-start",
    contenders: { floor: bare("json", said), steadfast: packaged("chat", said) },
    work: firstCalls({ body: question("up/fast"), times: 3 }),
    figures: { cpu: { what: "npm package in Node, import and first call: CPU; the floor is the platform's first fetch", unit: "ms", goal: { beyond: 40 } } },
  },
  {
    name: "npm-size",
    contenders: { steadfast: packaged("chat") },
    work: weight(),
    figures: {
      inline: { what: "npm package, default entry, gzip -9", unit: "KB", goal: { atMost: 150 } },
      slim: { what: "npm package, slim entry and its wasm, gzip -9", unit: "KB", goal: { atMost: 120 } },
    },
  },
  {
    name: "loops",
    onRequest: true,
    contenders: { floor: loop(streamed), ...relays(streamed) },
    work: answers({ body: body("stream", { stream: true }), count: 64, atOnce: 32, parts: CHUNKS }),
    figures: { cpu: { what: "ways to see each chunk and write it on: CPU a chunk", unit: "us" } },
  },
];
