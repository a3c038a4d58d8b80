// The Workers that compete, each as what `serve` needs, plus the answer it has to give.

import { fileURLToPath } from "node:url";
import { names } from "./workers/loops.mjs";

const worker = (name) => fileURLToPath(new URL(`workers/${name}.mjs`, import.meta.url));

/** What only the run knows: where the mock provider listens, and which built Worker is measured. */
export const world = { upstream: 0, worker: fileURLToPath(new URL("../build/worker/index.js", import.meta.url)) };
const origin = () => `http://127.0.0.1:${world.upstream}`;

const small = (name) => (expect, more = {}, path = "/v1/chat/completions") => ({ main: worker(name), expect, get bindings() { return { UPSTREAM: `${origin()}${path}`, ...more }; } });
/** A contender before a provider that speaks Anthropic's Messages. */
export const messages = (contender) => (expect) => contender(expect, {}, "/v1/messages");

export const floor = small("floor");
export const minimal = small("minimal");
/** The platform's part alone, of a call to each of these paths until one answers. */
export const objects = (expect, ...paths) => ({ main: worker("objects"), expect, get bindings() { return { UPSTREAMS: paths.map((path) => origin() + path).join(" ") }; } });
export const loop = small("loop");
export const relay = (expect, form) => small("loops")(expect, { LOOP: form });
/** One contender for each way to see a chunk and write it on. */
export const relays = (expect) => Object.fromEntries(names.map((form) => [form, relay(expect, form)]));

/** The built Worker with caller keys, health and trail on; `change` is laid over its configuration. */
export const steadfast = (expect, change = {}) => ({
  get main() { return world.worker; },
  whole: true,
  expect,
  get bindings() { return { STEADFAST: JSON.stringify({ ...configuration(), ...change }), STEADFAST_KEYS: "bench-key", UP_KEY: "provider-key" }; },
});

const provider = (path, dialect = "openai") => ({ dialect, base_url: `${origin()}${path}/v1`, keys: ["UP_KEY"] });

export const configuration = () => ({
  providers: { up: provider(""), spare: provider(""), down: provider("/down"), other: provider("", "anthropic") },
  routes: {
    first: { fallback: ["down/x", "up/fast"] },
    stream: { fallback: ["up/stream", "spare/stream"] }, // a second target, so that the rescue is armed
    race: { race: ["up/fast", "up/wait200", "spare/wait200"] },
    timed: { race: ["up/wait40", "spare/wait20", "up/wait60"] },
    "timed-stream": { race: ["up/wait40-stream", "spare/wait20-stream", "up/wait60-stream"] },
    "translated-stream": { fallback: ["other/claude-stream", "spare/stream"] },
  },
  retry: { retries: 0 },
});
