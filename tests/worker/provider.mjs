// A provider that misbehaves exactly as told.
//
// Why raw sockets: Node's HTTP server refuses to do what real providers do (reset before the headers, promise more bytes than it
// sends, leave a chunk unterminated), and it hides when a connection ended and by whose hand. So this file speaks HTTP/1.1 itself.
//
// One provider plays many: `/a/v1/chat/completions` with the model `x` is the target `a/x`. A test scripts a target with behaviours,
// one for each attempt, the last one repeated; a target without a script is healthy. A behaviour is a function of the attempt; the
// ones that tests share are in behaviours.mjs.

import { EventEmitter, once } from "node:events";
import net from "node:net";
import { performance } from "node:perf_hooks";
import { healthy } from "./behaviours.mjs";

export async function startProvider() {
  const provider = new Provider();
  await provider.listen();
  return provider;
}

/** What a behaviour meets when it writes to a connection that is gone. It ends the behaviour, and is nobody's failure. */
class Gone extends Error {}

class Provider {
  #server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
  #sockets = new Set();
  #scripts = new Map();
  #arrivals = new EventEmitter().setMaxListeners(0);

  /** Every request that arrived whole, in order of arrival. */
  attempts = [];
  /** What a behaviour threw that was not the caller's leaving: a mistake in the test itself. */
  mistakes = [];

  async listen() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The base URL under which this provider plays `name`. */
  base(name) {
    return `${this.origin}/${name}/v1`;
  }

  /** From now on `target` does these, one for each attempt, the last one for ever. */
  script(target, ...behaviours) {
    this.#scripts.set(target, behaviours);
    return this;
  }

  /** The attempts on one target. */
  on(target) {
    return this.attempts.filter((attempt) => attempt.target === target);
  }

  /** The targets in the order in which they were tried. */
  get tried() {
    return this.attempts.map((attempt) => attempt.target);
  }

  /** The nth attempt on a target (from 0), now or as soon as it arrives; an error when it does not within 5 s. */
  async arrival(target, nth = 0) {
    const signal = AbortSignal.timeout(5000);
    while (this.on(target).length <= nth) await once(this.#arrivals, "attempt", { signal });
    return this.on(target)[nth];
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
    if (this.mistakes.length) throw this.mistakes[0];
  }

  async #accept(socket) {
    this.#sockets.add(socket.setMaxListeners(0)); // a kept connection carries many attempts
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // a caller that leaves with a reset is an ordinary event here; `close` follows
    try {
      for await (const request of requests(socket)) await this.#attempt(new Attempt(socket, request));
    } catch (error) {
      if (!(error instanceof Gone)) this.mistakes.push(error);
    }
  }

  async #attempt(attempt) {
    this.attempts.push(attempt);
    this.#arrivals.emit("attempt", attempt);
    const script = this.#scripts.get(attempt.target) ?? [healthy];
    const behave = script.length > 1 ? script.shift() : script[0];
    await behave(attempt);
    await attempt.closed;
  }
}

/** One request, what is said in answer to it, and how its connection fared. */
export class Attempt {
  #socket;
  #ours = false;
  #settle;

  constructor(socket, { method, path, headers, body }) {
    this.#socket = socket;
    this.at = performance.now();
    Object.assign(this, { method, path, headers, body });
    try {
      this.json = JSON.parse(body);
    } catch {
      this.json = undefined;
    }
    // Gemini has the model's name in the path.
    const model = this.json?.model ?? path.match(/\/models\/([^/:]+):/)?.[1] ?? "";
    this.target = `${path.split("/")[1]}/${model}`;
    /**
     * How it ended: `{by, at}`, where `by` is "answer" (said to the end, the connection kept), "provider" (we broke it off) or
     * "caller" (they did, while we still had something to say).
     */
    this.closed = new Promise((settle) => {
      this.#settle = (by) => settle({ by, at: performance.now() });
    });
    socket.once("close", () => this.#settle(this.#ours ? "provider" : "caller"));
  }

  /** The status line and the headers, in one write. */
  head(status, headers = {}) {
    const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}\r\n`));
    return this.write(`HTTP/1.1 ${status} Said\r\n${lines.join("")}\r\n`);
  }

  /** One HTTP chunk, in one write. */
  chunk(bytes) {
    const data = Buffer.from(bytes);
    return this.write(Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n")]));
  }

  /** One write of the socket. Resolves when the kernel has it, a tick later, so that the next write is a packet of its own. */
  async write(bytes) {
    if (this.#socket.destroyed || this.#socket.writableEnded) throw new Gone();
    await new Promise((done, fail) => this.#socket.write(bytes, (error) => (error ? fail(new Gone()) : setImmediate(done))));
  }

  /** Sleeps unless the connection ends first: no timer outlives its attempt. */
  async sleep(milliseconds) {
    if (this.#socket.destroyed) throw new Gone();
    await new Promise((done, fail) => {
      const wake = () => (clearTimeout(timer), fail(new Gone()));
      const timer = setTimeout(() => (this.#socket.off("close", wake), done()), milliseconds);
      this.#socket.once("close", wake);
    });
  }

  /** Everything was said; the connection can be used again. */
  done() {
    this.#settle("answer");
  }

  /** Ends the connection in good order (FIN). */
  hangUp() {
    this.#ours = true;
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** Ends the connection with a reset (RST). */
  reset() {
    this.#ours = true;
    this.#socket.resetAndDestroy();
  }
}

/** The HTTP/1.1 requests of a connection, each once its body is complete. */
async function* requests(socket) {
  const bytes = new Reader(socket);
  for (;;) {
    const start = await bytes.line();
    if (start === undefined) return;
    const [method, path] = start.split(" ");
    const headers = {};
    for (let line; (line = await bytes.line());) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const body =
      headers["transfer-encoding"] === "chunked" ? await chunked(bytes) : await bytes.take(Number(headers["content-length"] ?? 0));
    yield { method, path, headers, body };
  }
}

async function chunked(bytes) {
  const parts = [];
  for (;;) {
    const length = Number.parseInt(await bytes.line(), 16);
    if (Number.isNaN(length)) throw new Gone();
    if (length > 0) parts.push(await bytes.take(length));
    await bytes.line();
    if (length === 0) return Buffer.concat(parts);
  }
}

/** Reads a socket by lines and by counts. It listens all the time: a socket that nobody reads does not notice that its peer left. */
class Reader {
  #held = [];
  #length = 0;
  #over = false;
  #news = () => {};

  constructor(socket) {
    socket.on("data", (data) => {
      this.#held.push(data);
      this.#length += data.length;
      this.#news();
    });
    socket.on("close", () => {
      this.#over = true;
      this.#news();
    });
  }

  /** A line without its CRLF; undefined when the connection ended before one. */
  async line() {
    for (;;) {
      const held = this.#join();
      const end = held.indexOf("\r\n");
      if (end >= 0)
        return this.#cut(end + 2)
          .subarray(0, end)
          .toString("latin1");
      if (this.#over) return undefined;
      await this.#more();
    }
  }

  async take(count) {
    while (this.#length < count) {
      if (this.#over) throw new Gone();
      await this.#more();
    }
    return this.#cut(count);
  }

  #cut(count) {
    const held = this.#join();
    this.#held = [held.subarray(count)];
    this.#length -= count;
    return held.subarray(0, count);
  }

  #join() {
    if (this.#held.length !== 1) this.#held = [Buffer.concat(this.#held)];
    return this.#held[0];
  }

  #more() {
    return new Promise((news) => (this.#news = news));
  }
}
