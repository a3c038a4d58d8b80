// What nearly every test begins with: a provider, a Worker in front of it, and a caller. All three are gone when the test is.

import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway } from "./gateway.mjs";
import { startProvider } from "./provider.mjs";

/** A key for each of the providers a, b, c and d. */
export const secrets = { A_KEY: "sk-test-key-of-a", B_KEY: "sk-test-key-of-b", C_KEY: "sk-test-key-of-c", D_KEY: "sk-test-key-of-d" };

/** Clocks so short that a test can wait for them, in the proportions of the real ones. */
export const clocks = { headers_ms: 500, first_token_ms: 500, idle_ms: 500, attempt_ms: 2000, deadline_ms: 6000 };

/** The providers a, b, c and d, all played by one raw socket, and a route `chain` over the first three. */
export function config(provider, { providers, routes, timeouts, ...more } = {}) {
  const named = ["a", "b", "c", "d"].map((name) => [
    name,
    { dialect: "openai", base_url: provider.base(name), keys: [`${name.toUpperCase()}_KEY`] },
  ]);
  return {
    providers: { ...Object.fromEntries(named), ...providers },
    routes: { chain: { fallback: ["a/x", "b/y", "c/z"] }, ...routes },
    timeouts: { ...clocks, ...timeouts },
    retry: { retries: 1, backoff_ms: 20, max_backoff_ms: 80 },
    ...more,
  };
}

/** The settings and the options of a world in which provider a has two keys. */
export const twoKeys = [
  (provider) => ({ providers: { a: { dialect: "openai", base_url: provider.base("a"), keys: ["A_KEY", "A_KEY_2"] } } }),
  { secrets: { ...secrets, A_KEY_2: "sk-test-second-key-of-a" } },
];

/** Starts a world for one test. `settings` are those of `config`, `options` those of `startGateway`; or functions of the provider. */
export async function world(t, settings = {}, options = {}) {
  const provider = await startProvider();
  t.after(() => provider.close());
  const [own, bindings] = [settings, options].map((given) => (typeof given === "function" ? given(provider) : given));
  const gateway = await startGateway({ config: config(provider, own), secrets, ...bindings });
  t.after(() => gateway.stop());
  return { provider, gateway, ...caller(gateway) };
}

/** Somebody who calls this gateway, and who gives up after half a minute: a test may fail, not hang. */
export function caller(gateway, key = "caller-key") {
  const call = (path, { headers, ...init } = {}) =>
    fetch(gateway.url + path, {
      signal: AbortSignal.timeout(30_000),
      ...init,
      headers: { ...(key && { authorization: `Bearer ${key}` }), ...headers },
    });

  /** Asks for a chat completion. `body` needs only what the test is about. */
  const chat = ({ model = "chain", messages = [{ role: "user", content: "Hello?" }], ...body } = {}, { headers, ...init } = {}) =>
    call("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model, messages, ...body }),
      ...init,
    });

  return { call, chat, stream: (body, init) => chat({ stream: true, ...body }, init) };
}

/** A port on which nobody listens. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** In milliseconds. */
export const second = 1000;

/** A promise that must be kept within so many milliseconds. */
export async function within(milliseconds, promise, what = "it") {
  const late = new AbortController();
  const alarm = sleep(milliseconds, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what} took more than ${milliseconds} ms`);
  });
  try {
    return await Promise.race([promise, alarm]);
  } finally {
    alarm.catch(() => {});
    late.abort();
  }
}

/**
 * A chat request over a bare socket, for a caller who leaves.
 *
 * Why not `fetch` and its abort: that closes with a FIN, which in HTTP only says "nothing more to ask", so that workerd on its own
 * keeps working until it next writes. A reset says what Cloudflare's edge says for either.
 */
export function dial(
  gateway,
  { model = "chain", messages = [{ role: "user", content: "Hello?" }], ...body } = {},
  { key = "caller-key", id, reads = true, part = 1 } = {},
) {
  const socket = net.connect(new URL(gateway.url).port, "127.0.0.1");
  const bytes = JSON.stringify({ model, messages, ...body });
  const headers = [
    `host: gateway`,
    `authorization: Bearer ${key}`,
    `content-type: application/json`,
    `content-length: ${Buffer.byteLength(bytes)}`,
  ];
  if (id) headers.push(`x-request-id: ${id}`);
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n${bytes.slice(0, bytes.length * part)}`);
  let received = "";
  socket.on("error", () => {});
  if (reads) socket.on("data", (data) => (received += data));
  return {
    /** Resolves once the answer contains this. */
    hears: (text) =>
      new Promise((heard) => (received.includes(text) ? heard() : socket.on("data", () => received.includes(text) && heard()))),
    leave: () => void socket.resetAndDestroy(),
  };
}
