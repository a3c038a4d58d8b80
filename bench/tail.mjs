// The tail: an upstream that is quick but for one call in a hundred, with and without a hedge, in real workerd.
//
//   node bench/tail.mjs [--count 20000] [--every 4] [--worker build/worker/index.js] [--json]
//
// What the upstream does and what is promised stands in sim/tail.json, which `make tail` reads as well: there in virtual time, here
// on the wire. Both arms run side by side, each with a workerd and an upstream of its own, so that what disturbs one disturbs both.

import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { world } from "./contenders.mjs";
import { exchange, request } from "./load.mjs";
import { serve, version } from "./workerd.mjs";

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "20000" }, // requests of each arm
    every: { type: "string", default: "4" }, // milliseconds between two of them, whether the last is answered or not
    worker: { type: "string" },
    json: { type: "boolean" },
  },
});
const { upstream, requests, promise } = JSON.parse(readFileSync(new URL("sim/tail.json", import.meta.url), "utf8"));
const PATIENCE = 30_000;
const count = Number(options.count);
const every = Number(options.every);
const main = options.worker ? resolve(options.worker) : world.worker;
const bytes = request(JSON.stringify({ model: "tail", messages: [{ role: "user", content: "Hello?" }] }));

const arms = { "no hedge": {}, "hedge after p95": { hedge_ms: "p95" } };
const [plain, hedged] = await Promise.all(Object.values(arms).map((more, nth) => run(more, nth)));

const ratio = plain.p999 / hedged.p999;
const extra = (hedged.calls / plain.calls - 1) * 100;
if (options.json) {
  console.log(JSON.stringify({ upstream, promise, count, arms: { plain, hedged }, ratio, extra }, null, 2));
} else {
  const row = (name, cells) => console.log(`${name.padEnd(18)}${cells.map((cell) => cell.padStart(10)).join("")}`);
  row("", ["p50", "p95", "p99", "p99.9", "longest", "calls"]);
  for (const [name, arm] of [["no hedge", plain], ["hedge after p95", hedged]]) {
    row(name, [...[arm.p50, arm.p95, arm.p99, arm.p999, arm.longest].map((time) => `${time.toFixed(0)} ms`), `${arm.calls}`]);
  }
  const verdict = (met) => (met ? "met" : "MISSED");
  console.log(`\np99.9 divided by ${ratio.toFixed(1)} (at least ${promise.p999_ratio}: ${verdict(ratio >= promise.p999_ratio)}) for ${extra.toFixed(1)} % more requests upstream (at most ${promise.extra_percent} %: ${verdict(extra <= promise.extra_percent)}).`);
  console.log(`${count} requests of each arm, ${every} ms apart; workerd ${version}. ${upstream.slow_percent} % of calls take ${upstream.slow_ms} ms, the others are log-normal around ${upstream.median_ms} ms (sigma ${upstream.sigma}).`);
}

/** One arm: its own upstream, its own workerd, `count` requests after a warm-up. */
async function run(more, seed) {
  const provider = fork(new URL("slow.mjs", import.meta.url), [JSON.stringify({ ...upstream, seed })]);
  const [{ port }] = await once(provider, "message");
  const place = { dialect: "openai", base_url: `http://127.0.0.1:${port}/v1`, keys: ["UP_KEY"] };
  const config = {
    providers: { one: place, other: place },
    routes: { tail: { fallback: ["one/fast", "other/fast"], ...more } },
    retry: { retries: 0 },
  };
  const worker = await serve({ main, whole: true, bindings: { STEADFAST: JSON.stringify(config), STEADFAST_KEYS: "bench-key", UP_KEY: "provider-key" } });
  const idle = [];
  const ask = async (times) => {
    const began = performance.now();
    // A connection that nobody has used for a while may be closed at the other end by now.
    while (idle.length && began - idle[0].usedAt > 2000) idle.shift().destroy();
    const socket = idle.pop() ?? net.connect({ port: worker.port, host: "127.0.0.1", noDelay: true });
    const stuck = setTimeout(() => socket.destroy(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
    await exchange(socket, bytes).finally(() => clearTimeout(stuck));
    socket.usedAt = performance.now();
    times.push(socket.usedAt - began);
    idle.push(socket);
  };
  const all = async (number) => {
    const times = [];
    const asked = [];
    while (asked.length < number) {
      asked.push(ask(times));
      await sleep(every); // a machine that is late does not make up for it: a burst would measure the machine
    }
    await Promise.all(asked);
    return times;
  };

  await all(requests.warm_up);
  provider.send("forget");
  const times = (await all(count)).sort((a, b) => a - b);
  provider.send("count");
  const [{ calls }] = await once(provider, "message");
  for (const socket of idle) socket.destroy();
  await worker.stop();
  provider.disconnect();
  const at = (share) => times[Math.ceil(times.length * share) - 1];
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), longest: times.at(-1), calls };
}
