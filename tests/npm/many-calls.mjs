// The process of memory.test.mjs: many-calls.mjs ENTRY COUNT. Prints what is left of it all.
//
// Most calls go to a `fetch` in JavaScript, so that a hundred thousand take seconds; every fiftieth to a server on loopback.

import { getEventListeners } from "node:events";
import http from "node:http";

const [, , entry, count] = process.argv;

// Node has wasm of its own; this is ours.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = function (...given) {
  const instance = new Instance(...given);
  if (instance.exports.call_start) memory = instance.exports.memory;
  return instance;
};
const { Steadfast } = await import(entry);

const json = (body, status = 200) => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const event = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const whole = { id: "1", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message: { role: "assistant", content: "Hello there." }, finish_reason: "stop" }], usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } };
const events = [event({ role: "assistant", content: "" }), event({ content: "Hello " }), event({ content: "there." }), event({}, "stop"), "data: [DONE]\n\n"];

const server = http.createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole)));
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

let calls = 0;
async function play(url, { body, signal }) {
  if (url.startsWith("https://down")) return json({ error: { message: "overloaded" } }, calls % 10 ? 503 : 529);
  if (url.startsWith("https://silent")) return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  if (url.startsWith("http://")) return fetch(url, { method: "POST", body, signal });
  return JSON.parse(new TextDecoder().decode(body)).stream ? new Response(new Blob(events).stream(), { headers: { "content-type": "text/event-stream" } }) : json(whole);
}

const provider = (base_url) => ({ dialect: "openai", base_url, keys: [] });
const steadfast = new Steadfast(
  {
    providers: { down: provider("https://down/v1"), up: provider("https://up/v1"), silent: provider("https://silent/v1"), near: provider(`http://127.0.0.1:${server.address().port}/v1`) },
    routes: { chain: { fallback: ["down/x", "up/y"] }, race: { race: ["silent/x", "up/y"] } },
  },
  { fetch: play },
);
steadfast.onAttempt(() => {});

const outcomes = {};
const noted = (outcome) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1);
const messages = [{ role: "user", content: "Hello? ".repeat(20) }];
const { signal } = new AbortController(); // one for all calls

async function call(nth) {
  calls = nth;
  if (nth % 50 === 0) return steadfast.chat({ model: "near/z", messages }, { signal }).then(() => "answered");
  if (nth % 50 === 1) {
    const controller = new AbortController();
    const waiting = steadfast.chat({ model: "silent/x", messages }, { signal: controller.signal });
    queueMicrotask(() => controller.abort());
    return waiting.then(() => "failed", () => "aborted");
  }
  if (nth % 10 === 2) {
    for await (const chunk of steadfast.stream({ model: "chain", messages }, { signal })) if (nth % 20 === 2 && chunk.choices[0]?.delta.content) return "left";
    return "answered";
  }
  return steadfast.chat({ model: nth % 2 ? "chain" : "race", messages }, { signal }).then(() => "answered");
}

async function many(from, to) {
  const atOnce = 50;
  for (let nth = from; nth < to; nth += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, more) => call(nth + more).then(noted, () => noted("failed"))));
  }
  for (let again = 0; again < 3; again += 1) {
    await new Promise((soon) => setTimeout(soon, 100));
    gc();
  }
  return { heap: process.memoryUsage().heapUsed / 2 ** 20, wasm: memory.buffer.byteLength / 2 ** 20, rss: process.memoryUsage().rss / 2 ** 20 };
}

const early = await many(0, count / 10);
const late = await many(count / 10, count);
const resources = process.getActiveResourcesInfo();
const kinds = (name) => resources.filter((resource) => resource === name).length;
console.log(JSON.stringify({ early, late, outcomes, timers: kinds("Timeout"), listeners: getEventListeners(signal, "abort").length, sockets: kinds("TCPSocketWrap") }));
process.exit();
