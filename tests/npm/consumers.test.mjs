// The package in every place where JavaScript runs, with no configuration at all: one line each.
//
// Every consumer runs the same few lines: two providers, the first of them down, played by a `fetch` of its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";
import { open } from "./browser.mjs";
import { node24, project, root, run, systemNode } from "./package.mjs";

const body = `
const config = {
  providers: { a: { dialect: "openai", base_url: "https://a.example/v1", keys: ["KEY"] }, b: { dialect: "openai", base_url: "https://b.example/v1", keys: ["KEY"] } },
  routes: { chain: { fallback: ["a/x", "b/y"] } },
};
const choice = (about) => ({ id: "1", created: 1, model: "y", choices: [{ index: 0, ...about }] });
const fetch = async (url, { body }) => {
  if (url.startsWith("https://a.")) return Response.json({ error: { message: "overloaded" } }, { status: 503 });
  if (!JSON.parse(new TextDecoder().decode(body)).stream) return Response.json(choice({ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }));
  const event = (data) => "data: " + JSON.stringify(data) + "\\n\\n";
  const events = ["Hel", "lo"].map((content) => event(choice({ delta: { content } }))).concat(event(choice({ delta: {}, finish_reason: "stop" })), "data: [DONE]\\n\\n");
  return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
};
async function main() {
  const steadfast = new Steadfast(config, { keys: { KEY: "sk-1" }, fetch });
  const messages = [{ role: "user", content: "Hello?" }];
  const { model, choices } = await steadfast.chat({ model: "chain", messages });
  let streamed = "";
  for await (const chunk of steadfast.stream({ model: "chain", messages })) streamed += chunk.choices[0]?.delta.content ?? "";
  return model + ": " + choices[0].message.content + ", " + streamed;
}
`;
const said = "b/y: Hello, Hello";
const app = `import { Steadfast } from "steadfast";\n${body}`;
const printed = { "main.mjs": `${app}console.log(await main());\n` };
const paged = { "main.mjs": `${app}main().then((text) => (document.title = text), (error) => (document.title = String(error)));\n` };
const html = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.mjs"></script>';

const bin = (name) => join(root, "node_modules/.bin", name);
for (const [name, node] of [[`Node ${run(systemNode, ["--version"]).trim()}`, systemNode], ["Node 24", node24]]) {
  test(`${name}, import`, () => {
    assert.equal(run(node, ["main.mjs"], { cwd: project("node-import", printed) }).trim(), said);
  });
  test(`${name}, require`, () => {
    const main = `const { Steadfast } = require("steadfast");\n${body}main().then((text) => console.log(text));`;
    assert.equal(run(node, ["main.cjs"], { cwd: project("node-require", { "main.cjs": main }) }).trim(), said);
  });
  test(`${name}, twenty calls that share a signal and are no leak`, () => {
    const main = `${app}
process.on("warning", ({ message }) => console.log(message));
const steadfast = new Steadfast(config, { keys: { KEY: "sk-1" }, fetch });
const { signal } = new AbortController();
await Promise.all(Array.from({ length: 20 }, () => steadfast.chat({ model: "b/y", messages: [] }, { signal })));
console.log("done");`;
    assert.equal(run(node, ["main.mjs"], { cwd: project("node-signal", { "main.mjs": main }) }).trim(), "done");
  });
  test(`${name}, beside a page whose signals are none of Node's`, () => {
    const main = `${app}
globalThis.AbortSignal = class { aborted = false; throwIfAborted() {} addEventListener() {} removeEventListener() {} }; // as in Electron, and in jsdom
const steadfast = new Steadfast(config, { keys: { KEY: "sk-1" }, fetch });
const { choices } = await steadfast.chat({ model: "b/y", messages: [] }, { signal: new AbortSignal() });
console.log(choices[0].message.content);`;
    assert.equal(run(node, ["main.mjs"], { cwd: project("node-page", { "main.mjs": main }) }).trim(), "Hello");
  });
}

test("Node, whose last words on a wrong configuration are the mistakes and not the package's code", () => {
  const cwd = project("node-mistaken", { "main.mjs": 'import { Steadfast } from "steadfast";\nnew Steadfast({ retrys: 1 });\n' });
  const { stderr } = spawnSync(systemNode, ["main.mjs"], { cwd, encoding: "utf8" });
  assert.match(stderr.slice(0, 1000), /ConfigError: The configuration is invalid:\n {2}retrys: /, `${stderr.length} characters`);
});

test("Deno", () => {
  const cwd = project("deno", printed);
  assert.equal(run(bin("deno"), ["run", "--node-modules-dir=manual", "main.mjs"], { cwd, env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" } }).trim(), said);
});

test("Bun", () => {
  assert.equal(run(bin("bun"), ["main.mjs"], { cwd: project("bun", printed) }).trim(), said);
});

/** What `main` of a module resolves to in workerd. */
async function inWorkerd(name, module) {
  const worker = `${module}export default { fetch: async () => new Response(await main().catch((error) => error.stack)) };`;
  const cwd = project(name, { "main.mjs": worker, "wrangler.toml": 'name = "project"\nmain = "main.mjs"\ncompatibility_date = "2026-11-01"\n' });
  const bundle = join(cwd, "out");
  run(node24, [bin("wrangler"), "deploy", "--dry-run", "--outdir", bundle], { cwd, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } });
  const { startGateway } = await import("../worker/gateway.mjs");
  const gateway = await startGateway({ worker: join(bundle, "main.js") });
  try {
    return await (await fetch(gateway.url)).text();
  } finally {
    await gateway.stop();
  }
}

test("workerd, through wrangler", async () => {
  assert.equal(await inWorkerd("wrangler", app), said);
});

test("workerd: a stream that is cut off throws the very reason, though its pipe hands over a copy", async () => {
  const module = `
import { Steadfast, SteadfastError } from "steadfast";
async function fetch() {
  const { readable, writable } = new IdentityTransformStream();
  const chunk = { id: "1", created: 1, model: "y", choices: [{ index: 0, delta: { content: "Hello" } }] };
  writable.getWriter().write(new TextEncoder().encode("data: " + JSON.stringify(chunk) + "\\n\\n")).catch(() => {});
  return new Response(readable, { headers: { "content-type": "text/event-stream" } });
}
async function cut(ends) {
  const steadfast = new Steadfast({ providers: { a: { dialect: "openai", base_url: "https://a.example/v1", keys: ["KEY"] } } }, { keys: { KEY: "sk-1" }, fetch });
  const controller = new AbortController();
  const stream = steadfast.stream({ model: "a/x", messages: [{ role: "user", content: "Hello?" }] }, { signal: controller.signal });
  try {
    for await (const chunk of stream) setTimeout(() => ends(steadfast, controller));
  } catch (error) {
    return error;
  }
}
async function main() {
  const reason = new RangeError("enough");
  const disposed = await cut((steadfast) => steadfast.dispose());
  return [disposed instanceof SteadfastError, disposed.code, (await cut((_, controller) => controller.abort(reason))) === reason].join(", ");
}
`;
  assert.equal(await inWorkerd("wrangler-cut", module), "true, disposed, true");
});

test("esbuild, for Node", () => {
  const cwd = project("esbuild-node", printed);
  run(bin("esbuild"), ["main.mjs", "--bundle", "--platform=node", "--format=esm", "--outfile=out.mjs", "--log-level=warning"], { cwd });
  assert.equal(run(node24, ["out.mjs"], { cwd }).trim(), said);
});

test("Rollup, for Node", () => {
  const resolver = `export default { input: "main.mjs", output: { file: "out.mjs" }, plugins: [{ name: "packages", resolveId: (id) => (id === "steadfast" ? import.meta.dirname + "/node_modules/steadfast/index.js" : null) }] };`;
  const cwd = project("rollup", { ...printed, "rollup.config.mjs": resolver });
  run(node24, [bin("rollup"), "-c", "--silent"], { cwd });
  assert.equal(run(node24, ["out.mjs"], { cwd }).trim(), said);
});

test("webpack, for Node", () => {
  const cwd = project("webpack-node", { ...printed, "build.mjs": webpack({ target: "node", output: { filename: "out.cjs" } }) });
  run(node24, ["build.mjs"], { cwd });
  assert.equal(run(node24, ["dist/out.cjs"], { cwd }).trim(), said);
});

test("Chromium, a plain module script", async (t) => {
  const cwd = project("page", {
    ...paged,
    "index.html": html.replace("<script", '<script type="importmap">{ "imports": { "steadfast": "./node_modules/steadfast/index.js" } }</script><script'),
  });
  assert.equal(await (await open(t, cwd)).title(), said);
});

test("Chromium, built by Vite", async (t) => {
  const cwd = project("vite", { ...paged, "index.html": html });
  run(node24, [bin("vite"), "build", "--logLevel", "warn", "--base", "./"], { cwd });
  assert.equal(await (await open(t, join(cwd, "dist"))).title(), said);
});

test("Chromium, built by Vite, slim", async (t) => {
  const main = paged["main.mjs"].replace('"steadfast"', '"steadfast/slim"').replace("main().then", "load(url).then(main).then");
  const cwd = project("vite-slim", { "main.mjs": `import { load } from "steadfast/slim";\nimport url from "steadfast/wasm?url";\n${main}`, "index.html": html });
  run(node24, [bin("vite"), "build", "--logLevel", "warn", "--base", "./"], { cwd });
  assert.equal(await (await open(t, join(cwd, "dist"))).title(), said);
});

test("Chromium, built by webpack", async (t) => {
  const cwd = project("webpack", { ...paged, "build.mjs": webpack({ output: { filename: "main.mjs" } }), "dist/index.html": html });
  run(node24, ["build.mjs"], { cwd });
  assert.equal(await (await open(t, join(cwd, "dist"))).title(), said);
});

test("Chromium, built by esbuild", async (t) => {
  const cwd = project("esbuild", { ...paged, "dist/index.html": html });
  run(bin("esbuild"), ["main.mjs", "--bundle", "--format=esm", "--outfile=dist/main.mjs", "--log-level=warning"], { cwd });
  assert.equal(await (await open(t, join(cwd, "dist"))).title(), said);
});

test("Chromium, in a web worker", async (t) => {
  const cwd = project("web-worker", {
    "worker.mjs": `${app.replace('"steadfast"', '"./node_modules/steadfast/index.js"')}main().then((text) => postMessage(text), (error) => postMessage(String(error)));`,
    "main.mjs": 'new Worker("./worker.mjs", { type: "module" }).onmessage = ({ data }) => (document.title = data);',
    "index.html": html,
  });
  assert.equal(await (await open(t, cwd)).title(), said);
});

test("Chromium, in a service worker", async (t) => {
  const cwd = project("service-worker", {
    "worker.mjs": `${app.replace('"steadfast"', '"./node_modules/steadfast/index.js"')}
      addEventListener("activate", (event) => event.waitUntil(clients.claim()));
      addEventListener("fetch", (event) => new URL(event.request.url).pathname === "/ask" && event.respondWith(main().then((text) => new Response(text), (error) => new Response(String(error)))));`,
    "main.mjs": `const ready = new Promise((claimed) => (navigator.serviceWorker.oncontrollerchange = claimed));
      await navigator.serviceWorker.register("./worker.mjs", { type: "module" });
      await ready;
      document.title = await (await fetch("/ask")).text();`,
    "index.html": html,
  });
  assert.equal(await (await open(t, cwd)).title(), said);
});

function webpack(config) {
  return `import webpack from "webpack";
const config = { context: import.meta.dirname, entry: "./main.mjs", mode: "production", performance: { hints: false }, ...${JSON.stringify(config)} };
webpack(config, (error, stats) => {
  if (!error && !stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(error ?? stats.toString());
  process.exit(1);
});`;
}

test("a bundle without the package's name in it carries none of it", () => {
  const cwd = project("unused", { "main.mjs": 'import { SteadfastError } from "steadfast/slim";\nconsole.log(typeof SteadfastError);\n' });
  const bundle = run(bin("esbuild"), ["main.mjs", "--bundle", "--format=esm", "--log-level=warning"], { cwd });
  assert.ok(bundle.length < 60_000, `${bundle.length} bytes`);
});
