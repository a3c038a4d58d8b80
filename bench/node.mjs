// What the npm package costs in Node, held against the platform's bare `fetch` of the same work. Each contender is a process of its own
// and counts its own CPU time.

import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { configuration, world } from "./contenders.mjs";
import { WARM } from "./measure.mjs";

const caller = fileURLToPath(new URL("node/caller.mjs", import.meta.url));
const built = (name) => fileURLToPath(new URL(`../pkg/${name}`, import.meta.url));

/** No steadfast: the call that it makes, made by the application itself; read `by` `json()` or in `pieces`. */
export const bare = (by, expect) => ({ main: caller, by, expect });
/** The built package with keys, health and trail on; asked by its `chat`, or by its `fetch` as above. */
export const packaged = (by, expect) => ({ main: built("index.js"), entry: built("index.js"), by, expect });

async function launch({ entry, by }, first) {
  const child = fork(caller);
  child.send({ setup: { entry, by, origin: `http://127.0.0.1:${world.upstream}`, config: configuration(), first } });
  const [{ ready }] = await once(child, "message");
  return { child, ready };
}

async function ask({ child }, work) {
  child.send({ work });
  const [told] = await once(child, "message");
  return told;
}

/** CPU microseconds for each of `count` answers, or each of the `parts` an answer has. */
export const calls = ({ body, count, atOnce, parts = 1, warm = WARM * count }) => ({
  async prepare(contender) {
    const running = await launch(contender);
    const { answer } = await ask(running, { body, count: warm, atOnce }); // compiles what is hot
    if (!contender.expect(answer)) throw new Error(`not the answer expected (${contender.expect.name}):\n${JSON.stringify(answer).slice(0, 1500)}`);
    return running;
  },
  sample: async (running) => ({ cpu: (await ask(running, { body, count, atOnce })).micros / (count * parts) }),
  finish: ({ child }) => child.disconnect(),
});

/** CPU milliseconds from the first line of a process to its first answer: importing, compiling, asking; the mean of `times` starts. */
export const firstCalls = ({ body, times }) => ({
  prepare: async (contender) => contender,
  async sample(contender) {
    let sum = 0;
    for (let start = 0; start < times; start++) {
      const { child, ready } = await launch(contender, body);
      child.disconnect();
      sum += ready / 1000;
    }
    return { cpu: sum / times };
  },
  finish() {},
});

/** Kilobytes of an entry with all that it loads, each file packed by itself with gzip -9. */
export const weight = () => ({
  prepare: async () => {
    const packed = (...names) => names.reduce((sum, name) => sum + gzipSync(readFileSync(built(name)), { level: 9 }).length, 0) / 1000;
    return { inline: packed("index.js", "core.js", "inline.js"), slim: packed("slim.js", "core.js", "steadfast.wasm") };
  },
  sample: async (sizes) => sizes,
  finish() {},
});
