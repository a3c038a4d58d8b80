// The examples, each as it stands, in its own runtime; only the network is played (providers.mjs).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { open } from "./browser.mjs";
import { node24, project, read, root, run } from "./package.mjs";
import { reply } from "./providers.mjs";

const bin = (name) => join(root, "node_modules/.bin", name);
const example = (name) => read(root, "examples", name);
const providers = join(import.meta.dirname, "providers.mjs");
const env = { ...process.env, DEEPSEEK_API_KEY: "sk-1", OPENAI_API_KEY: "sk-2", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };

const runs = {
  "node.mjs": [node24, ["--import", providers], /deepseek\/deepseek-flash: overloaded after \d+ ms\nopenai\/gpt-5.4-mini: ok after \d+ ms\nHello from afar. 0.0000\d+\n[^]*Hello from afar.$/],
  "openai.mjs": [node24, ["--import", providers], /^Hello from afar.$/],
  "ai-sdk.mjs": [node24, ["--import", providers], /^Hello from afar.\nopenai\/gpt-5.4-mini answered$/],
  "langchain.mjs": [node24, ["--import", providers], /^openai\/gpt-5.4-mini: Hello from afar.$/],
  "deno.ts": [bin("deno"), ["run", "--node-modules-dir=manual", "--allow-env", "--allow-net", "--allow-read", "--preload", providers], /^openai\/gpt-5.4-mini: Hello from afar.$/],
  "bun.ts": [bin("bun"), ["--preload", providers], /^openai\/gpt-5.4-mini: Hello from afar.$/],
};

for (const [name, [runtime, options, expected]] of Object.entries(runs)) {
  test(`examples/${name}`, () => {
    const cwd = project(`example-${name.split(".")[0]}`, { [name]: example(name) });
    assert.match(run(runtime, [...options, name], { cwd, env }).trim(), expected);
  });
}

test("examples/server.mjs", async (t) => {
  const cwd = project("example-server", { "server.mjs": example("server.mjs") });
  const server = spawn(node24, ["--import", providers, "server.mjs"], { cwd, env: { ...env, PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => server.kill());
  for await (const line of createInterface(server.stdout)) {
    const port = line.match(/^listens on (\d+)$/)?.[1];
    if (!port) continue;
    const body = JSON.stringify({ model: "standard", messages: [{ role: "user", content: "Hello?" }], stream: true });
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, { method: "POST", body });
    assert.equal(response.headers.get("x-steadfast-model"), "openai/gpt-5.4-mini");
    assert.match(await response.text(), /afar[^]*\[DONE\]/);
    const status = await (await fetch(`http://127.0.0.1:${port}/status`)).json();
    assert.equal(status.targets["deepseek/deepseek-flash"].failures.overloaded, 1);
    return;
  }
});

test("examples/page, built by Vite, in Chromium", async (t) => {
  const cwd = project("example-page", { "index.html": example("page/index.html"), "main.js": example("page/main.js") });
  run(node24, [bin("vite"), "build", "--logLevel", "warn", "--base", "./"], { cwd });
  const page = await open(t, join(cwd, "dist"));
  const asked = [];
  await page.route("https://openrouter.ai/**", (route) => {
    const request = route.request();
    const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type" };
    if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers });
    const { model, stream } = request.postDataJSON();
    asked.push(`${model} ${request.headers().authorization}`);
    const hostname = model === "openrouter/auto" ? "openrouter.ai" : "api.deepseek.com"; // the first one is down
    const [body, { status = 200, headers: its }] = reply({ hostname }, { model, stream });
    return route.fulfill({ status, headers: { ...headers, ...its }, body });
  });
  await page.getByLabel("Your OpenRouter key").fill("sk-mine");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("Hello from afar.").waitFor({ timeout: 10_000 });
  assert.deepEqual(asked, ["openai/gpt-5.4-mini Bearer sk-mine", "openrouter/auto Bearer sk-mine"]);

  // Whoever asks again leaves the answer that is still on its way, and gets the new one alone.
  let asks = 0;
  await page.route("https://openrouter.ai/**", (route) => {
    if (route.request().method() === "OPTIONS" || (asks += 1) > 1) return route.fallback(); // The first one hangs.
  });
  const goesOut = page.waitForRequest((request) => request.method() === "POST");
  await page.getByRole("button", { name: "Ask" }).click();
  const first = await goesOut;
  const left = page.waitForEvent("requestfailed", { predicate: (request) => request === first, timeout: 5_000 });
  await page.getByRole("button", { name: "Ask" }).click();
  await left;
  await page.getByText("Hello from afar.").waitFor();
  assert.equal(await page.locator("#answer").textContent(), "Hello from afar.");
});
