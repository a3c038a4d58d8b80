// The process behind gateway.mjs: a server in front of one Steadfast.

import http from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

process.once("message", async ({ entry, config, keys }) => {
  const { Steadfast } = await import(entry);
  const steadfast = new Steadfast(config, { keys, log: (_, line) => console.log(line) });
  const server = http.createServer((request, response) => void serve(steadfast, request, response));
  server.listen(0, "127.0.0.1", async () => {
    const { port } = server.address();
    await (await fetch(`http://127.0.0.1:${port}/healthz`)).text(); // Node loads its client with the first call, which takes a while.
    process.send({ port });
  });
});

async function serve(steadfast, request, response) {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const body = request.method === "POST" ? Readable.toWeb(request) : undefined;
  try {
    const answer = await steadfast.fetch(`https://steadfast${request.url}`, { method: request.method, headers: request.headers, body, signal: left.signal });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body) await pipeline(Readable.fromWeb(answer.body), response);
    else response.end();
  } catch (error) {
    if (!left.signal.aborted) console.error(`the server of the tests: ${error.stack}`);
    response.destroy();
  }
}
