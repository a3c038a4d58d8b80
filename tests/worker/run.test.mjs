// A newcomer's first minute: `make run` without any key, then the README's curl, word for word.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { answered, refused } from "./answer.mjs";
import { silence } from "./behaviours.mjs";
import { root } from "./gateway.mjs";
import { answers, makeRun } from "./make-run.mjs";
import { startProvider } from "./provider.mjs";
import { caller, dial, second, within } from "./world.mjs";

test("make run serves without a key, the README's curl works, a fallback can be watched, and it stops when told to", async (t) => {
  const { gateway, stop, stopped } = await makeRun(t);
  const { chat } = caller(gateway, readmesKey());

  await t.test("the README's curl", async () => {
    const curl = readmesCurl().replaceAll(/http:\/\/(127\.0\.0\.1|localhost):8787/g, gateway.url);
    const { stdout } = await promisify(execFile)("bash", ["-euc", curl]);
    assert.match(stdout, /"choices"/);
    assert.doesNotMatch(stdout, /"error"/);
  });

  await t.test("a fallback can be watched, and the answer says that it is simulated", async () => {
    const response = await chat({ model: "sim/down", models: ["sim/steady"] });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.equal(response.headers.get("x-steadfast-model"), "sim/steady");
    assert.match(response.headers.get("x-steadfast-trail"), /^sim\/down overloaded .*; sim\/steady ok \d+ms$/);
    assert.match(text, /simulat/i);
  });

  await t.test("a route that exists by default answers too, streamed", async () => {
    const response = await chat({ model: "standard", stream: true });
    assert.equal(response.status, 200);
    assert.match(await response.text(), /data: \[DONE\]\n\n$/);
  });

  await t.test("it stops when told to", async () => {
    stop("SIGINT");
    await within(10 * second, stopped, "stopping");
    assert.ok(!(await answers(gateway)), "nobody listens any more");
  });
});

/** A configuration file for one test, and a provider of one's own, which needs no key, to write into it. */
async function configured(t, write) {
  const provider = await startProvider();
  t.after(() => provider.close());
  const folder = mkdtempSync(join(tmpdir(), "steadfast-run-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "config.json");
  writeFileSync(file, write(`"lab": { "dialect": "openai", "base_url": "${provider.base("lab")}", "keys": [] }`));
  const { gateway } = await makeRun(t, `CONFIG=${file}`);
  return { provider, gateway, ...caller(gateway, null) };
}

test("make run CONFIG=file.json takes a person's JSON, with comments, trailing commas and a byte order mark", async (t) => {
  const { chat } = await configured(
    t,
    (lab) => `\ufeff{
    // A provider of one's own.
    "providers": { ${lab}, },
    "auth": "none", /* on this machine */
  }`,
  );
  await answered(await chat({ model: "lab/x" }), "lab/x");
});

test("what stands twice in the file of make run is a mistake, and neither is dropped without a word", async (t) => {
  const { chat } = await configured(t, (lab) => `{ "providers": { ${lab} }, "auth": "none", "retry": { "retries": 0 }, "retry": {} }`);
  await refused(await chat({ model: "lab/x" }), 503, "config_invalid");
});

test("whoever leaves make run in the middle of a wait, in good order or by a reset, takes the upstream call along", async (t) => {
  const { provider, gateway, chat } = await configured(t, (lab) => `{ "providers": { ${lab} }, "auth": "none" }`);
  provider.script("lab/x", silence);

  const fetching = new AbortController();
  const given = chat({ model: "lab/x" }, { signal: fetching.signal }).catch(() => {});
  const first = await provider.arrival("lab/x");
  fetching.abort();
  assert.equal((await within(2 * second, first.closed, "the abort")).by, "caller");
  await given;

  const socket = dial(gateway, { model: "lab/x", stream: true });
  const next = await provider.arrival("lab/x", 1);
  socket.leave();
  assert.equal((await within(2 * second, next.closed, "the abort")).by, "caller");
  assert.equal(provider.attempts.length, 2, "nothing more is tried");
});

/** The caller key that a newcomer is told to use, if any. */
const readmesKey = () => readmesCurl().match(/Bearer ([\w.-]+)/)?.[1] ?? null;

/** The command of the first shell block that has one. */
function readmesCurl() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```(?:bash|sh|shell|console)\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  const block = blocks.find((block) => block.includes("curl"));
  assert.ok(block, "the README shows a curl");
  return block.slice(block.indexOf("curl"));
}
