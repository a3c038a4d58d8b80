// `make run`, as a person starts it: on a free port, in an environment without a key of anybody's.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./gateway.mjs";
import { freePort, second, within } from "./world.mjs";

/** Resolves when it serves. It is gone when the test is. */
export async function makeRun(t, ...words) {
  const port = await freePort();
  const gateway = { url: `http://127.0.0.1:${port}` };
  const keyless = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_API_KEY|^STEADFAST|^MAKE|^NODE_/.test(name)));
  const make = spawn("make", ["run", `PORT=${port}`, ...words], {
    cwd: root,
    env: keyless,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const output of [make.stdout, make.stderr]) output.on("data", (data) => (printed += data));

  const stopped = once(make, "exit");
  const stop = (signal) => {
    try {
      process.kill(-make.pid, signal); // the whole group: make, and all that it started
    } catch {
      // it is gone already
    }
  };
  t.after(() => stop("SIGKILL"));
  process.once("exit", () => stop("SIGKILL"));

  let over = false;
  stopped.then(() => (over = true));
  const healthy = async () => {
    while (!over && !(await answers(gateway))) await sleep(100);
    assert.ok(!over, `make run ended:\n${printed}`);
  };
  await within(600 * second, healthy(), "make run"); // it may have to build first
  return { gateway, stop, stopped };
}

/** Whether it serves. */
export const answers = ({ url }) =>
  fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
