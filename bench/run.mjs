// Measures what steadfast costs against the least that anything in workerd can cost. README.md says how to read the table.
//
//   node bench/run.mjs [--rows plain,stream] [--rounds 7] [--quick] [--gap 1] [--worker build/worker/index.js] [--json]

import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { world } from "./contenders.mjs";
import { source } from "./cost.mjs";
import { rows } from "./rows.mjs";
import { print, summarise } from "./table.mjs";
import { version } from "./workerd.mjs";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string" }, // names out of rows.mjs
    rounds: { type: "string" },
    quick: { type: "boolean" }, // fewer rounds: a first look
    gap: { type: "string", default: "1" }, // milliseconds between the chunks of a stream
    worker: { type: "string" }, // another built Worker than the one `make` builds
    json: { type: "boolean" },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 3 : 7));
const wanted = options.rows?.split(",");
const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name));
if (unknown?.length) throw new Error(`no such row: ${unknown}; there are ${rows.map((row) => row.name)}`);
const chosen = rows.filter((row) => (wanted ? wanted.includes(row.name) : !row.onRequest));

if (options.worker) world.worker = resolve(options.worker);
if (!existsSync(world.worker)) console.error(`No built Worker at ${world.worker}: only the floors are measured.`);

const provider = fork(new URL("upstream.mjs", import.meta.url), [options.gap]);
[{ port: world.upstream }] = await once(provider, "message");

const results = [];
for (const row of chosen) results.push(...(await run(row)));
note("");
provider.disconnect();

const about = { workerd: version, node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model, load: loadavg()[0], rounds, time: source() };
if (options.json) console.log(JSON.stringify({ about, results }, null, 2));
else {
  print(results);
  console.log(`\n${rounds} rounds, contenders in turn; median, ratio to the floor within a round, range. CPU time of workerd alone: ${about.time}.`);
  console.log(`workerd ${about.workerd}, node ${about.node}, ${about.cpus} x ${about.cpu}, load average ${about.load.toFixed(1)}. Times differ between machines; ratios much less.`);
}

/** All contenders side by side, each measured once a round, the one that begins changing from round to round. */
async function run({ name, contenders, work, figures }) {
  const running = {};
  for (const [contender, setting] of Object.entries(contenders)) {
    if (!existsSync(setting.main)) continue;
    try {
      running[contender] = await work.prepare(setting);
    } catch (error) { // the other contenders and rows are still worth having
      process.exitCode = 1;
      console.error(`${name}: ${contender} left out: ${error.message}`);
    }
  }
  const samples = Object.fromEntries(Object.keys(running).map((contender) => [contender, []]));
  const order = Object.keys(running);
  for (let round = 0; round < rounds && order.length; round++) {
    note(`${name}: round ${round + 1} of ${rounds}`);
    for (const contender of order) samples[contender].push(await work.sample(running[contender]));
    order.push(order.shift());
  }
  for (const worker of Object.values(running)) await work.finish(worker);
  return Object.entries(figures).map(([figure, setting]) => ({ row: name, ...summarise(setting, figure, samples) }));
}

function note(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
