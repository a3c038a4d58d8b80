// The npm package in the place of the Worker: the tests of tests/worker meet it when FACE=npm is in their environment.
//
// A server of Node in a process of its own hands each request to `steadfast.fetch` and writes down what comes back. So callers and
// providers are the same sockets as before, and only what stands between them is another.

import { fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { installed } from "./package.mjs";

/** As `startGateways` of tests/worker/gateway.mjs, each in a process of its own. Caller keys and KV are the Worker's alone. */
export function startGateways(list, running, Gateway) {
  return Promise.all(list.map((options) => start(options, running, Gateway)));
}

async function start({ config = {}, secrets, worker }, running, Gateway) {
  const project = installed(worker ? "build/package-panic" : "pkg");
  const child = fork(new URL("server.mjs", import.meta.url), { silent: true });
  const lines = [];
  for (const output of [child.stdout, child.stderr]) createInterface(output).on("line", (line) => lines.push(line));
  running.add(child);
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    running.delete(child);
  };
  child.send({ entry: join(project, "node_modules/steadfast/index.js"), config, keys: secrets });
  const [told] = await Promise.race([once(child, "message"), exited.then(() => [])]);
  if (told?.port) return new Gateway(`http://127.0.0.1:${told.port}`, lines, stop, child.pid);
  await stop();
  throw new Error(`the server did not start:\n${lines.join("\n")}`);
}
