// The built Worker in real workerd, as it is deployed: its own `fetch` meets the provider's sockets, no proxy in between.
//
// One process serves as many configurations as asked for, each an isolate of its own. It can reach loopback and nothing else.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The Worker that `make` has built, or another one to try. */
export const built = resolve(root, process.env.STEADFAST_WORKER ?? "build/worker/index.js");

const workerd = join(root, "node_modules/.bin/workerd");

/**
 * Starts one Worker.
 *
 * - `config`: the variable `STEADFAST`, a table when it is an object and a text when it is a string; none when left out
 * - `keys`: the secret `STEADFAST_KEYS`; none when null
 * - `secrets`, `vars`: further bindings, texts or JSON
 * - `kv`: the address of a server that answers for the KV namespace `STEADFAST_KV`
 * - `worker`: the main module of another build
 */
export async function startGateway(options = {}) {
  const [gateway] = await startGateways([options]);
  return gateway;
}

// A test that died, or was interrupted, must not leave a server behind.
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** With FACE=npm: the npm package instead of the Worker. What it proves of strategies and faults holds for both. */
const other = process.env.FACE === "npm" ? await import("../npm/gateway.mjs") : undefined;

/** Starts one process with a Worker for each of `list`. Stopping one stops all. */
export async function startGateways(list) {
  if (other) return other.startGateways(list, running, Gateway);
  const folder = mkdtempSync(join(tmpdir(), "steadfast-"));
  writeFileSync(join(folder, "config.capnp"), capnp(list));
  const child = spawn(workerd, ["serve", "--control-fd=3", "-I/", join(folder, "config.capnp")], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });

  const lines = [];
  for (const output of [child.stdout, child.stderr]) createInterface(output).on("line", (line) => lines.push(line));

  running.add(child);
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    running.delete(child);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const ports = await Promise.race([listening(child, list.length), exited.then(() => undefined)]);
    if (!ports) throw new Error(`workerd did not start:\n${lines.join("\n")}`);
    return list.map((_, index) => new Gateway(`http://127.0.0.1:${ports.get(`gateway${index}`)}`, lines, stop, child.pid));
  } catch (error) {
    await stop();
    throw error;
  }
}

class Gateway {
  #lines;

  constructor(url, lines, stop, pid) {
    this.url = url;
    this.pid = pid;
    this.#lines = lines;
    this.stop = stop;
  }

  /** Everything the process has printed, for tests about what must never be printed. */
  printed() {
    return this.#lines.join("\n");
  }

  /** The JSON lines of the log. */
  logs() {
    return this.#lines.flatMap((line) => {
      try {
        return line.startsWith("{") ? [JSON.parse(line)] : [];
      } catch {
        return [];
      }
    });
  }

  /** The log line of one request. It is written when the request is over, which can be after its answer was read. */
  async log(id) {
    for (let wait = 0; wait < 100; wait += 1) {
      const line = this.logs().find((line) => line.id === id);
      if (line) return line;
      await sleep(20);
    }
    throw new Error(`no log line has the id ${id} in:\n${this.printed()}`);
  }
}

/** The ports that workerd chose, told by itself once it listens on all of them. */
async function listening(child, count) {
  const ports = new Map();
  for await (const line of createInterface(child.stdio[3])) {
    const { event, socket, port } = JSON.parse(line);
    if (event === "listen") ports.set(socket, port);
    if (ports.size === count) return ports;
  }
}

const text = JSON.stringify; // Cap'n Proto's texts are written like JSON's

function capnp(list) {
  const workers = list.map(
    (options, index) => `
    ( name = "gateway${index}", worker = (
        modules = [${modules(options.worker ?? built)}],
        compatibilityDate = ${text(compatibility.date)},
        compatibilityFlags = ${text(compatibility.flags)},
        bindings = [${bindings(options, index)}],
    ) ),${options.kv ? `\n    ( name = "kv${index}", external = ( address = ${text(options.kv)}, http = () ) ),` : ""}`,
  );
  const sockets = list.map((_, index) => `( name = "gateway${index}", address = "127.0.0.1:0", http = (), service = "gateway${index}" )`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${workers.join("")}
    ( name = "internet", network = ( allow = ["local"] ) ),
  ],
  sockets = [${sockets.join(", ")}],
);
`;
}

/** The main module first, then the wasm and the modules beside it. */
function modules(main) {
  const folder = dirname(main);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const names = files.map((file) => relative(folder, join(file.parentPath, file.name)));
  const modules = names.filter((name) => /\.(wasm|m?js)$/.test(name) && name !== basename(main));
  return [basename(main), ...modules]
    .map((name) => `( name = ${text(name)}, ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(join(folder, name))} )`)
    .join(", ");
}

function bindings({ config, keys = "caller-key", secrets = {}, vars = {}, kv }, index) {
  const values = {
    ...(config === undefined ? {} : { STEADFAST: config }),
    ...(keys === null ? {} : { STEADFAST_KEYS: keys }),
    ...secrets,
    ...vars,
  };
  const bindings = Object.entries(values).map(
    ([name, value]) => `( name = ${text(name)}, ${typeof value === "string" ? `text = ${text(value)}` : `json = ${text(text(value))}`} )`,
  );
  if (kv) bindings.push(`( name = "STEADFAST_KV", kvNamespace = "kv${index}" )`);
  return bindings.join(", ");
}

/** What wrangler.toml deploys with, so that the tests run the Worker under the same rules. */
const compatibility = (() => {
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  const [, date] = toml.match(/^compatibility_date\s*=\s*"([^"]+)"/m);
  const [, flags] = toml.match(/^compatibility_flags\s*=\s*\[([^\]]*)\]/m) ?? [, ""];
  return { date, flags: [...flags.matchAll(/"([^"]+)"/g)].map(([, flag]) => flag) };
})();
