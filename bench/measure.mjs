// What can be measured of a Worker. Each kind of work is `{ prepare, sample, finish }`:
// `prepare` brings a contender up, `sample` measures it once, a sample being an object of named figures.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { cpuMicros, residentBytes } from "./cost.mjs";
import { added, ask, drive, request } from "./load.mjs";
import { modules, serve } from "./workerd.mjs";

/** So many times the work of a sample comes before the first one. */
export const WARM = 5;

/** CPU microseconds for each of `count` answers (or each of the `parts` an answer has), `atOnce` at a time; and megabytes resident afterwards. */
export const answers = ({ body, count, atOnce, parts = 1, warm = WARM * count }) => ({
  async prepare(contender) {
    const worker = await serve(contender);
    const load = { port: worker.port, bytes: request(body), atOnce };
    await prove(worker, load, contender);
    await drive({ ...load, count: warm }); // compiles what is hot: V8 is at it for some thousand requests
    return { ...worker, load };
  },
  async sample({ pid, load }) {
    const before = cpuMicros(pid);
    await drive({ ...load, count });
    await sleep(50); // what is left for after the answer counts too
    return { cpu: (cpuMicros(pid) - before) / (count * parts), resident: residentBytes(pid) / 2 ** 20 };
  },
  finish: (worker) => worker.stop(),
});

/**
 * Milliseconds that a caller waits beyond what the provider took: the median and the 99th percentile of `count` requests. The one figure
 * here that looks at the wall clock, and so the one that a busy machine spoils: the floor in turn with it shows by how much.
 */
export const delays = ({ bodies, count, atOnce }) => ({
  async prepare(contender) {
    const worker = await serve(contender);
    const load = { port: worker.port, bytes: request(bodies[contender.asks]), atOnce };
    await prove(worker, load, contender);
    await added({ ...load, count: 200 }); // compiles what is hot
    return { ...worker, load };
  },
  async sample({ load }) {
    const times = (await added({ ...load, count })).sort((a, b) => a - b);
    const at = (share) => times[Math.ceil(times.length * share) - 1];
    return { p50: at(0.5), p99: at(0.99) };
  },
  finish: (worker) => worker.stop(),
});

/** CPU milliseconds from the start of the process to its first answer, and the first request's part in them; the mean of `times` starts. */
export const starts = ({ body, times }) => ({
  async prepare(contender) {
    await oneStart(contender, body); // the files are in the page cache now
    return contender;
  },
  async sample(contender) {
    const taken = [];
    while (taken.length < times) taken.push(await oneStart(contender, body));
    const mean = (name) => taken.reduce((sum, one) => sum + one[name], 0) / times;
    return { start: mean("start"), first: mean("first") };
  },
  finish() {},
});

async function oneStart(contender, body) {
  const worker = await serve(contender);
  await sleep(20); // listening is announced a little before the process is idle
  const ready = cpuMicros(worker.pid);
  await prove(worker, { port: worker.port, bytes: request(body) }, contender);
  await sleep(20);
  const answered = cpuMicros(worker.pid);
  await worker.stop();
  return { start: answered / 1000, first: (answered - ready) / 1000 };
}

/** Kilobytes to upload, each module packed by itself with gzip -9. */
export const size = () => ({
  prepare: async ({ main }) => modules(main).map((name) => readFileSync(join(dirname(main), name))),
  sample: async (files) => ({
    packed: files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0) / 1000,
    raw: files.reduce((sum, file) => sum + file.length, 0) / 1000,
  }),
  finish() {},
});

/** A fast wrong answer must not pass for a good one. */
async function prove(worker, load, { expect }) {
  const answer = await ask(load).catch((error) => error.message);
  if (expect(answer)) return;
  const complaint = worker.complaint();
  worker.stop();
  throw new Error(`not the answer expected (${expect.name}):\n${answer.slice(0, 1500)}\n${complaint}`);
}
