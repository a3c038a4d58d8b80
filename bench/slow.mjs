// A provider with a tail: every call draws for itself how long it takes. A process of its own, told what to draw from by its argument.

import http from "node:http";

const { median_ms, sigma, slow_percent, slow_ms, seed } = JSON.parse(process.argv[2]);

const answer = Buffer.from(JSON.stringify({
  id: "chatcmpl-tail", object: "chat.completion", created: 1700000000, model: "fast",
  choices: [{ index: 0, message: { role: "assistant", content: "Here." }, logprobs: null, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14 },
}));

/** Mulberry32: small, and the same numbers on every machine. */
let state = (seed + 1) * 0x9e3779b9;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function draw() {
  if (random() * 100 < slow_percent) return slow_ms;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()); // Box and Muller
  return median_ms * Math.exp(sigma * normal);
}

let calls = 0;
const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  calls += 1;
  request.resume();
  const timer = setTimeout(() => {
    response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
    response.end(answer);
  }, draw());
  response.on("close", () => clearTimeout(timer));
});
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", (message) => (message === "forget" ? (calls = 0) : process.send({ calls })));
process.on("disconnect", () => process.exit());
