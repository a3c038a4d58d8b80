// A newcomer's first minute: `make run` without any key, then the README's curl, word for word.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { root } from "./gateway.mjs";
import { caller, within } from "./world.mjs";

const second = 1000;

test("make run serves without a key, the README's curl works, a fallback can be watched, and it stops when told to", async (t) => {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const keyless = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_API_KEY|^STEADFAST|^MAKE/.test(name)));
  const make = spawn("make", ["run", `PORT=${port}`], { cwd: root, env: keyless, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const output of [make.stdout, make.stderr]) output.on("data", (data) => (printed += data));
  const ended = once(make, "exit");
  const stop = (signal) => {
    try {
      process.kill(-make.pid, signal); // the whole group: make, wrangler and its workerd
    } catch {}
  };
  t.after(() => stop("SIGKILL"));

  const gateway = { url: `http://${address}` };
  const { call, chat } = caller(gateway, null);
  const healthy = async () => {
    for (;;) {
      if (await call("/healthz").then((response) => response.ok, () => false)) return true;
      await sleep(100);
    }
  };
  const up = await within(300 * second, Promise.race([healthy(), ended.then(() => false)]), `make run:\n${printed}`); // it may have to build first
  assert.ok(up, `make run ended:\n${printed}`);

  await t.test("the README's curl", async () => {
    const { stdout } = await promisify(execFile)("bash", ["-euc", readmesCurl().replaceAll(/(127\.0\.0\.1|localhost):8787/g, address)]);
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
    await within(10 * second, ended, "stopping");
    await within(5 * second, silent(call), "the closing of the port");
  });
});

/** The command of the first shell block that has one. */
function readmesCurl() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```(?:bash|sh|shell|console)\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  const block = blocks.find((block) => block.includes("curl"));
  assert.ok(block, "the README shows a curl");
  return block.slice(block.indexOf("curl"));
}

async function silent(call) {
  while (await call("/healthz").then(() => true, () => false)) await sleep(50);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
