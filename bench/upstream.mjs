// A provider that costs next to nothing: OpenAI-shaped answers, prepared once and written as they are.
//
// The path says how it behaves: `/down/…` answers 503, what ends in `/messages` answers as Anthropic does, everything else as
// OpenAI. A model whose name ends in `stream` answers with
// `CHUNKS` events, each written on its own, `gap` milliseconds apart; any other model with one small JSON object. A model named
// `wait20` or `wait20-stream` answers after 20 ms and says how long it really took, so that a caller can tell what was added.
// Runs as a process of its own (`fork`), so that its CPU time never counts as the gateway's.

import http from "node:http";
import { fileURLToPath } from "node:url";

export const CHUNKS = 200;
const CHUNK_BYTES = 224;

const answer = Buffer.from(JSON.stringify({
  id: "chatcmpl-bench", object: "chat.completion", created: 1700000000, model: "fast",
  choices: [{ index: 0, message: { role: "assistant", content: "Forty-two, as far as anybody could tell." }, logprobs: null, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 },
}));
const patient = answer.toString().replace("Forty-two, as far as anybody could tell.", "took TOOK ms");
const overloaded = Buffer.from(JSON.stringify({ error: { message: "The engine is overloaded.", type: "server_error", param: null, code: "overloaded" } }));

const event = (choice, usage) => `data: ${JSON.stringify({
  id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1700000000, model: "stream", system_fingerprint: "fp_bench", choices: choice ? [choice] : [], usage,
})}\n\n`;
const delta = (content, finish_reason = null) => event({ index: 0, delta: { content }, logprobs: null, finish_reason });
const word = Buffer.from(delta("x".repeat(CHUNK_BYTES - delta("").length)));
const first = Buffer.from(event({ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }));
const last = Buffer.from(event({ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }));
const usage = Buffer.from(event(null, { prompt_tokens: 12, completion_tokens: 198, total_tokens: 210 }));
const done = Buffer.from("data: [DONE]\n\n");

const events = [first, ...Array(CHUNKS - 2).fill(word), last];

// The same answers, as Anthropic's Messages say them.
const message = { id: "msg_bench", type: "message", role: "assistant", model: "stream", content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 12, output_tokens: 1 } };
const said = (type, more) => Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`);
const grown = (text) => said("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
const messages = {
  answer: Buffer.from(JSON.stringify({ ...message, content: [{ type: "text", text: "Forty-two, as far as anybody could tell." }], stop_reason: "end_turn", usage: { input_tokens: 12, output_tokens: 9 } })),
  events: [
    said("message_start", { message }),
    said("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    ...Array(CHUNKS - 4).fill(grown("x".repeat(CHUNK_BYTES - grown("").length))),
    said("content_block_stop", { index: 0 }),
    said("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { input_tokens: 12, output_tokens: 198 } }),
    said("message_stop", {}),
  ],
};

function respond(request, response, body, gap) {
  if (request.url.startsWith("/down")) return send(response, 503, overloaded);
  const head = body.subarray(0, 2048).toString("latin1") + body.subarray(-2048).toString("latin1");
  const wait = /"model"\s*:\s*"[^"]*wait(\d+)(-stream)?"/.exec(head);
  if (wait) return late(response, Number(wait[1]), wait[2]);
  const isMessages = request.url.endsWith("/messages");
  if (!/"model"\s*:\s*"[^"]*stream"/.test(head)) return send(response, 200, isMessages ? messages.answer : answer);
  if (isMessages) return stream(response, messages.events, gap);
  stream(response, head.includes("include_usage") ? [...events, usage, done] : [...events, done], gap);
}

function late(response, milliseconds, streamed) {
  const began = performance.now();
  const timer = setTimeout(() => {
    const took = (content) => content.replaceAll("TOOK", (performance.now() - began).toFixed(3));
    if (!streamed) return send(response, 200, Buffer.from(took(patient)));
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    response.write(Buffer.concat([first, Buffer.from(took(delta("took TOOK ms")))]));
    response.end(Buffer.concat([last, done]));
  }, milliseconds);
  response.on("close", () => clearTimeout(timer)); // a loser of a race is not heard to its end
}

function send(response, status, body) {
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

function stream(response, pieces, gap) {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  response.socket.setNoDelay(true);
  let next = 0;
  // No catching up after a late timer: two pieces are never closer together than the gap, so they never travel as one.
  const timer = setInterval(() => {
    response.write(pieces[next++]);
    if (next < pieces.length) return;
    clearInterval(timer);
    response.end();
  }, gap);
  response.on("close", () => clearInterval(timer));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const gap = Number(process.argv[2] ?? 1);
  const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => respond(request, response, parts.length === 1 ? parts[0] : Buffer.concat(parts), gap));
  });
  server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
  process.on("disconnect", () => process.exit());
}
