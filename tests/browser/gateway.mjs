// A gateway that is deployed somewhere, played: each test says what it answers. It stands where no page was served from,
// so a browser asks it first.

import { createServer } from "node:http";

/** Starts one that answers as steadfast does, but for the paths in `answers`: `(response, body)` each. */
export async function gateway(t, answers = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const open = { "access-control-allow-origin": "*", "access-control-allow-headers": "*", "access-control-expose-headers": "*" };
    for (const [name, value] of Object.entries(open)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const body = (await request.setEncoding("utf8").toArray()).join("");
    if (body) asked.push(JSON.parse(body));
    const answer = answers[request.url] ?? usual[request.url];
    await answer(response, body && JSON.parse(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, asked };
}

const usual = {
  "/v1/models": (response) => json(response, { data: [{ id: "standard" }, { id: "far/model" }] }),
  "/status": (response) => json(response, { since: 0, targets: {} }),
  "/v1/chat/completions": (response) => {
    const say = begin(response, "far/model");
    say("far/model", "From afar.");
    end(response, [{ model: "far/model", outcome: "ok", ms: 1 }]);
  },
};

/** Answers with JSON, or with whatever text. */
export const json = (response, body, status = 200) => response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));

/** Begins a stream, and returns what puts a piece of text into it. */
export function begin(response, model) {
  response.writeHead(200, { "x-steadfast-model": model, "x-steadfast-trail": `${model} ok 1ms` }).flushHeaders();
  return (model, content) => response.write(`data: ${JSON.stringify({ model, choices: [{ index: 0, delta: { content } }] })}\n\n`);
}

/** Ends a stream, with its closing comment. */
export const end = (response, trail) => response.end(`: steadfast ${JSON.stringify({ model: trail.at(-1).model, trail })}\n\ndata: [DONE]\n\n`);
