// `make run`: serves a build of the Worker on this machine, in real workerd, by what `wrangler dev` runs on.
//
//   PORT=8787 CONFIG=file.json node scripts/run.mjs
//
// In this process rather than by wrangler's command: a configuration of any size can be handed over, and
// one ctrl-C ends everything. The build is one of its own, for the simulated models are in no Worker that is deployed.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { getNodeValue, parse, parseTree, printParseErrorCode } from "jsonc-parser";
import { unstable_DevEnv as DevEnv, unstable_getVarsForDev as variablesOf, unstable_readConfig as readWrangler } from "wrangler";

const wrangler = "wrangler.toml";
const host = "127.0.0.1";

// Nothing is sent anywhere, and no network is needed.
Object.assign(process.env, { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_WRITE_LOGS: "false" });

await run(process.env).catch((error) => fail(error.message));

async function run({ PORT, CONFIG }) {
  const port = portOf(PORT || "8787");
  const { json, given } = CONFIG ? read(CONFIG) : {};
  await ensureFree(port);

  const settings = readWrangler({ config: wrangler });
  const variables = environment(settings.vars);
  const keyless = !canAsk(given ?? variables.STEADFAST, variables);
  const bindings = {
    ...(json !== undefined && { STEADFAST: text(json) }),
    ...(keyless && { STEADFAST_SIM: text("1") }),
  };
  say(`starts the Worker in workerd, with ${CONFIG || (variables.STEADFAST ? "the configuration of its variables" : "the built-in routes")}`);
  if (keyless) say("finds no provider's key in .dev.vars (NAME=value, a line each): sets STEADFAST_SIM=1");

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(0)); // It takes workerd with it.
  process.env.WRANGLER_LOG = "warn";
  const dev = new DevEnv();
  const starting = dev.startWorker({
    config: wrangler,
    entrypoint: "build/worker-local/index.js",
    build: { custom: { command: "make worker-local site" } }, // in the place of wrangler.toml's, and again when `src` changes
    bindings,
    dev: {
      server: { hostname: host, port: 0 }, // wrangler's own door, which nobody uses: see `serve`
      inspector: false,
      // Where `wrangler kv --local` writes. Not without need: two that start there at the same time lock each other out.
      persist: settings.kv_namespaces.length > 0 && ".wrangler/state",
    },
  });
  await Promise.all([starting, serve(dev, port)]);
  process.env.WRANGLER_LOG = "log"; // From now on all that the Worker logs, a line for each request among it.

  await welcome(`http://${host}:${port}`, variables.STEADFAST_KEYS, Object.keys(given?.routes ?? {}));
}

/** The person's own JSON, as the gateway takes it and as a value: comments, trailing commas and a byte order mark are welcome. */
function read(file) {
  const mistakes = [];
  const written = readFileSync(file, "utf8").replace(/^\ufeff/, "");
  const tree = parseTree(written, mistakes, { allowTrailingComma: true });
  if (mistakes.length === 0) return { json: plain(tree, written), given: getNodeValue(tree) };
  const [{ error, offset }] = mistakes; // Those that follow are mostly its consequences.
  const before = written.slice(0, offset).split("\n");
  const what = printParseErrorCode(error).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  throw new Error(`cannot read ${file}, line ${before.length}, column ${before.at(-1).length + 1}: ${what}`);
}

/** The same without what only people write. What stands there twice still does, for the gateway to find fault with. */
function plain({ type, children, offset, length }, written) {
  const inside = (between) => children.map((child) => plain(child, written)).join(between);
  if (type === "object") return `{${inside(",")}}`;
  if (type === "array") return `[${inside(",")}]`;
  if (type === "property") return inside(":");
  return written.slice(offset, offset + length);
}

/** What the Worker will find in its environment: these variables of wrangler.toml and those of .dev.vars. */
function environment(vars) {
  const found = variablesOf(wrangler, undefined, vars, undefined, true);
  return Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]));
}

/** Whether there is a provider to ask: one with a key, or one of the configuration's own that needs none. */
function canAsk(config, variables) {
  const table = typeof config === "string" ? parse(config) : config;
  const providers = Object.values(table?.providers ?? {});
  const keys = providers.flatMap((provider) => provider?.keys ?? []);
  const isKey = (name) => keys.includes(name) || /_(API_KEY|TOKEN)(_|$)/.test(name);
  return providers.some((provider) => provider?.keys?.length === 0) || Object.entries(variables).some(([name, value]) => value && isKey(name));
}

/** Says where the Worker is and what to try, or why nobody may use it yet. */
async function welcome(url, callerKeys = "", routes) {
  const key = callerKeys.split(/[\s,]+/).find(Boolean);
  const answer = await fetch(`${url}/v1/models`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
  const { data = [], error } = await answer.json();

  say(`serves ${url}, and there a page to try it in (ctrl-C stops it)`);
  if (error) return say(`answers every call with ${answer.status} ${error.code} for now: ${error.message}`);

  const models = data.map(({ id }) => id).filter((id) => id.includes("/"));
  if (models.length > 0 && models.every((id) => id.startsWith("sim/"))) say("simulates all answers: no provider is asked");
  const standard = data.find(({ id }) => id === "standard")?.steadfast.targets.some((id) => models.includes(id));
  const model = routes[0] ?? (standard ? "standard" : models[0]) ?? "standard";
  const header = key ? ' -H "authorization: Bearer <one of STEADFAST_KEYS>"' : "";
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hello?" }] });
  say(`try:\n\n  curl -iN ${url}/v1/chat/completions${header} \\\n    -d '${body}'\n`);
}

function portOf(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`cannot use PORT=${text}: expected a number from 1 to 65535`);
  return port;
}

/**
 * Hands connections on to the workerd that the Worker runs in, and tells it when a caller has left.
 *
 * Why not by wrangler's own door? Behind it stands a Worker that does not tell ours, and models would be asked on for nobody. And why a
 * reset? A connection that is closed in good order says to workerd only that no more will be asked, and Cloudflare's edge takes it as
 * what it mostly is: nobody is there any more.
 */
async function serve(dev, port) {
  let workerd;
  await new Promise((ready) => dev.on("reloadComplete", ({ proxyData }) => ready((workerd = proxyData.userWorkerUrl))));
  const door = createServer((caller) => {
    const inside = connect(workerd.port, workerd.hostname);
    for (const farewell of ["end", "close"]) caller.on(farewell, () => inside.resetAndDestroy());
    for (const socket of [caller, inside]) socket.on("error", () => {}); // its `close` follows
    inside.on("close", () => caller.destroySoon());
    caller.pipe(inside, { end: false });
    inside.pipe(caller);
  });
  await once(door.listen(port, host), "listening");
}

/** Fails when somebody listens there already. */
function ensureFree(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) =>
      reject(new Error(`cannot listen on port ${port} (${error.code}): stop what does, or take another one: make run PORT=${port + 1}`)),
    );
    server.listen(port, host, () => server.close(resolve));
  });
}

function text(value) {
  return { type: "secret_text", value };
}

function say(words, print = console.log) {
  const [bold, plain] = process.stdout.isTTY ? ["\x1b[1m", "\x1b[0m"] : ["", ""];
  print(`${bold}steadfast${plain} ${words}`);
}

function fail(reason) {
  say(reason, console.error);
  process.exit(1);
}
