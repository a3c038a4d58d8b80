// A person's own keys: where they go, where they stay, and that a gateway in the page works with them. The providers are
// played by the browser itself; nothing leaves the machine.

import assert from "node:assert/strict";
import test from "node:test";
import { open, stage } from "./browser.mjs";

const key = "sk-a-key-of-this-test";

const { browser, host } = await stage();

/** A page with keys for two providers: the first is overloaded, the second answers. */
async function withKeys(t) {
  const demo = await open(t, browser, host.url);
  const { page } = demo;
  const asked = [];
  const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  await page.route(/api\.(openai|deepseek)\.com/, async (route) => {
    const request = route.request();
    if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers: cors });
    asked.push({ host: new URL(request.url()).host, authorization: await request.headerValue("authorization") });
    if (request.url().includes("deepseek")) {
      return route.fulfill({ status: 503, headers: cors, json: { error: { message: "The model is overloaded." } } });
    }
    const event = (delta, finish_reason = null) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    const body = `${event({ role: "assistant", content: "" })}${event({ content: "A real answer." })}${event({}, "stop")}data: [DONE]\n\n`;
    return route.fulfill({ headers: { ...cors, "content-type": "text/event-stream" }, body });
  });
  await page.getByRole("radio", { name: "Your keys" }).check();
  await page.getByLabel("OpenAI").fill(key);
  await page.getByLabel("DeepSeek").fill(`${key}-2`);
  return { demo, page, asked };
}

/** All that the browser keeps for the page. */
const stored = (page) => page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);

test("keys go to their own provider, and the page falls back between them", async (t) => {
  const { demo, page, asked } = await withKeys(t);
  await page.getByRole("button", { name: "Use these keys" }).click();
  await page.getByText("Connected.").waitFor();
  const config = page.getByLabel("Its configuration, yours to change");
  assert.match(await config.inputValue(), /"mine": \{ "fallback": \["standard", "budget"\] \}/, "a configuration to begin with");

  await config.fill('{ "routes": { "mine": { "fallback": ["deepseek/any-model", "openai/any-model"] } } }');
  await page.getByText("In force.", { exact: true }).waitFor();
  await demo.ask("Who are you?");
  await demo.over();
  assert.equal(await demo.text(), "A real answer.");
  assert.deepEqual(await demo.lanes(), ["deepseek/any-model overloaded · 503", "openai/any-model answered"]);
  assert.deepEqual(asked, [
    { host: "api.deepseek.com", authorization: `Bearer ${key}-2` },
    { host: "api.openai.com", authorization: `Bearer ${key}` },
  ]);
});

test("keys are stored only if that is asked for, and forgotten when it no longer is", async (t) => {
  const { page } = await withKeys(t);
  const use = async () => {
    await page.getByRole("button", { name: "Use these keys" }).click();
    await page.getByText("Connected.").waitFor();
    return stored(page);
  };
  assert.doesNotMatch(await use(), /sk-/);
  await page.getByLabel("remember them").check();
  assert.match(await use(), /sk-/);

  await page.reload();
  await page.getByRole("radio", { name: "Your keys" }).check();
  assert.equal(await page.getByLabel("OpenAI").inputValue(), key);
  await page.getByLabel("remember them").uncheck();
  assert.doesNotMatch(await stored(page), /sk-/, "at once");
  assert.doesNotMatch(await use(), /sk-/);
});

test("keys that were remembered are gone with what stood in the form", async (t) => {
  const { page } = await withKeys(t);
  await page.getByLabel("remember them").check();
  await page.getByRole("button", { name: "Use these keys" }).click();
  await page.getByText("Connected.").waitFor();
  assert.match(await stored(page), /sk-/);
  for (const field of await page.locator(".fields input").all()) await field.fill("");
  await page.getByRole("button", { name: "Use these keys" }).click();
  await page.getByText("Give at least one key.").waitFor();
  assert.doesNotMatch(await stored(page), /sk-/);
});

test("a browser that stores nothing still connects, and the form says that nothing is remembered", async (t) => {
  const { demo, page } = await withKeys(t);
  await page.evaluate(() => Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("blocked", "SecurityError"); } }));
  await page.getByLabel("remember them").check();
  await page.getByLabel("remember them").uncheck();
  await page.getByLabel("remember them").check();
  await page.getByRole("button", { name: "Use these keys" }).click();
  await page.getByText("Connected, but this browser remembers nothing for this page.").waitFor();
  demo.quiet();
});
