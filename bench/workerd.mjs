// One workerd process for one Worker: no wrangler and no proxy between the load and what is measured.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import workerd from "workerd";

const kinds = { ".js": "esModule", ".mjs": "esModule", ".wasm": "wasm" };
export const version = workerd.version;

const running = new Set();
process.once("exit", () => running.forEach((end) => end())); // whatever went wrong, no workerd outlives the run
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/**
 * Starts a Worker and resolves when it accepts connections.
 * `main` is its entry; every module beside it is served too if `whole` is set. `bindings` are texts.
 */
export async function serve({ main, whole = false, bindings = {} }) {
  const home = mkdtempSync(join(tmpdir(), "steadfast-bench-"));
  const names = whole ? modules(main) : [basename(main)];
  for (const name of names) {
    mkdirSync(join(home, dirname(name)), { recursive: true });
    copyFileSync(join(dirname(main), name), join(home, name));
  }
  writeFileSync(join(home, "config.capnp"), configuration(names, bindings));

  const log = join(home, "stderr");
  const stderr = openSync(log, "w"); // a file: reading a pipe would take time from the load
  const child = spawn(workerd.default, ["serve", "--control-fd=3", "config.capnp"], { cwd: home, stdio: ["ignore", "ignore", stderr, "pipe"] });
  closeSync(stderr);
  const complaint = () => readFileSync(log, "utf8").slice(-2000);
  const ended = once(child, "exit");
  const early = ended.then(([code, signal]) => { throw new Error(`workerd ended (${signal ?? code}):\n${complaint()}`); });
  early.catch(() => {});
  const end = () => {
    running.delete(end);
    child.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  running.add(end);

  return {
    pid: child.pid,
    port: await Promise.race([portOf(child.stdio[3]), early]),
    complaint,
    stop: () => (end(), ended),
  };
}

/** The files that make up a built Worker, its entry first. */
export function modules(main) {
  const files = readdirSync(dirname(main), { recursive: true, withFileTypes: true }).filter((file) => file.isFile() && extname(file.name) in kinds);
  const names = files.map((file) => relative(dirname(main), join(file.parentPath, file.name)));
  return [basename(main), ...names.filter((name) => name !== basename(main))];
}

/** workerd chooses a free port and tells it on its control channel. */
async function portOf(channel) {
  for await (const line of createInterface({ input: channel })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
  return new Promise(() => {}); // the channel closed: why, is told by the exit
}

const quote = JSON.stringify; // Cap'n Proto's text literals escape as JSON's do

const configuration = (names, bindings) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .worker), (name = "internet", network = (allow = ["local"])) ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ],
);
const worker :Workerd.Worker = (
  compatibilityDate = ${quote(workerd.compatibilityDate)},
  compatibilityFlags = ["enable_request_signal"],
  modules = [ ${names.map((name) => `(name = ${quote(name)}, ${kinds[extname(name)]} = embed ${quote(name)})`).join(", ")} ],
  bindings = [ ${Object.entries(bindings).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`).join(", ")} ],
);
`;
