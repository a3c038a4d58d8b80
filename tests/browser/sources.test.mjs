// Who answers, and that it is who the page says: gateways that are slow to come, that are left, or that are none.

import assert from "node:assert/strict";
import test from "node:test";
import { open, stage } from "./browser.mjs";
import { begin, end, gateway, json } from "./gateway.mjs";

const { browser, host } = await stage();

/** A page that is connected to this gateway. */
async function connected(t, { url }) {
  const demo = await open(t, browser, host.url);
  await demo.source("A gateway");
  await demo.connect(url);
  await demo.page.getByText("Connected.").waitFor();
  return demo;
}

/** Begins an answer, and never ends it. */
const hangs = (response) => begin(response, "far/model")("far/model", "Half of");

test("what was said before a chat was cleared, or to another gateway, is sent to nobody", async (t) => {
  const [first, second] = [await gateway(t, { "/v1/chat/completions": hangs }), await gateway(t)];
  const demo = await connected(t, first);
  const begun = () => demo.page.getByText("Half of").waitFor();
  await demo.ask("The old one?");
  await begun();
  await demo.clear();
  await demo.page.getByRole("button", { name: "Ask", exact: true }).waitFor();
  await demo.ask("A new one?");
  await begun();
  await demo.source("Simulated");
  await demo.source("A gateway");
  await demo.connect(second.url);
  await demo.page.locator("#send:enabled").waitFor();
  await demo.page.getByRole("button", { name: "Ask", exact: true }).waitFor();
  demo.asked = 0;
  await demo.ask("And you?");
  await demo.over();
  await demo.ask("And then?");
  await demo.over();
  const said = [...first.asked, ...second.asked].map(({ messages }) => messages.map(({ content }) => content));
  assert.deepEqual(said, [["The old one?"], ["A new one?"], ["And you?"], ["And you?", "From afar.", "And then?"]]);
});

test("an answer that a gateway starts over is drawn as it happens, and is the second model's alone", async (t) => {
  let goOn;
  const restarts = async (response) => {
    const say = begin(response, "far/first");
    say("far/first", "Half of");
    response.write("event: steadfast.restart\ndata: {\"model\":\"far/first\",\"choices\":[],\"steadfast\":{\"restart\":true}}\n\n");
    say("far/second", "All of it.");
    await new Promise((resolve) => (goOn = resolve));
    end(response, [{ model: "far/first", outcome: "cut", ms: 1, start_ms: 0 }, { model: "far/second", outcome: "ok", ms: 1, start_ms: 1 }]);
  };
  const demo = await connected(t, await gateway(t, { "/v1/chat/completions": restarts }));
  await demo.ask("Do you start over?");
  await demo.page.getByText("All of it.").waitFor();
  assert.deepEqual(await demo.lanes(), ["far/first broke off", "far/second starts over"]);
  goOn();
  await demo.over();
  assert.equal(await demo.text(), "All of it.");
  assert.deepEqual(await demo.lanes(), ["far/first broke off", "far/second answered anew"]);
  assert.match(await demo.page.locator(".about").innerText(), /^answered by far\/second\s*first word/);
});

test("a gateway that comes after another source was picked is sent away, and so is its verdict", async (t) => {
  let come;
  const coming = new Promise((resolve) => (come = resolve));
  const slow = await gateway(t, { "/v1/models": async (response) => json(response, { data: [{ id: (await coming, "late") }] }) });
  const demo = await open(t, browser, host.url);
  const { page } = demo;
  await demo.source("A gateway");
  await demo.connect(slow.url);
  await page.getByText("Connects…").waitFor();
  await demo.source("Simulated");
  await page.locator("#send:enabled").waitFor();
  const arrived = page.waitForResponse(`${slow.url}/v1/models`).then((response) => response.finished());
  come();
  await arrived;
  await demo.strategy("Race");
  assert.equal(await page.getByLabel("Ask for").inputValue(), "race");
  await demo.ask("Who are you?");
  await demo.over();
  assert.match(await demo.text(), /^This answer is simulated/);
  assert.deepEqual(slow.asked, []);
  await demo.source("A gateway");
  assert.deepEqual(await page.locator(".connect .verdict").allTextContents(), [""]);
});

test("of two gateways the one that was asked for last is connected, whichever comes first", async (t) => {
  let come;
  const coming = new Promise((resolve) => (come = resolve));
  const slow = await gateway(t, { "/v1/models": async (response) => json(response, { data: [{ id: (await coming, "late") }] }) });
  const quick = await gateway(t);
  const demo = await open(t, browser, host.url);
  await demo.source("A gateway");
  await demo.connect(slow.url);
  await demo.connect(quick.url);
  await demo.page.getByText("Connected.").waitFor();
  const arrived = demo.page.waitForResponse(`${slow.url}/v1/models`).then((response) => response.finished());
  come();
  await arrived;
  await demo.ask("Who are you?");
  await demo.over();
  assert.equal(await demo.text(), "From afar.");
  assert.deepEqual([slow.asked.length, quick.asked.length], [0, 1]);
});

test("who comes back to a source that was left is told that nobody is connected", async (t) => {
  const demo = await connected(t, await gateway(t));
  await demo.source("Simulated");
  await demo.page.locator("#send:enabled").waitFor();
  await demo.source("A gateway");
  assert.deepEqual(await demo.page.locator(".connect .verdict").allTextContents(), [""]);
  await demo.page.getByText("Nobody is connected yet.").waitFor();
});

test("whoever leaves the page and comes back finds that one picked who answers", async (t) => {
  const { page } = await open(t, browser, host.url);
  await page.getByRole("radio", { name: "A gateway" }).check();
  await page.goto("about:blank");
  await page.goBack();
  await page.locator("#send:enabled").waitFor();
  assert.ok(await page.getByRole("radio", { name: "Simulated" }).isChecked());
  await page.getByRole("radio", { name: "A gateway" }).check();
  await page.getByLabel("Its address").waitFor();
});

test("an address where something else answers says so, whatever it answers", async (t) => {
  const demo = await open(t, browser, host.url);
  await demo.source("A gateway");
  const others = [
    [404, { detail: "Not Found" }],
    [401, { error: "Unauthorized" }],
    [403, { message: "Forbidden" }],
    [500, null],
    [200, "<html>Welcome to the router.</html>"],
    [200, { status: "ok" }],
  ];
  for (const [status, body] of others) {
    const answer = (response) => json(response, body, status);
    await demo.connect((await gateway(t, { "/v1/models": answer, "/status": answer })).url);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    await demo.page.getByText(`What answers there is no steadfast: HTTP ${status}, ${text}`, { exact: true }).waitFor();
  }
  const refusal = (response) => json(response, { error: { message: "This key is not known here.", code: "unauthorized" } }, 401);
  await demo.connect((await gateway(t, { "/v1/models": refusal, "/status": refusal })).url);
  await demo.page.getByText("This key is not known here.", { exact: true }).waitFor();
  assert.equal(await demo.page.evaluate(() => document.activeElement.textContent), "Connect", "who pressed it keeps the place");
});

test("an address is taken with whatever path of the API it was copied with", async (t) => {
  const { url } = await gateway(t);
  const demo = await open(t, browser, host.url);
  await demo.source("A gateway");
  for (const path of ["/", "/v1", "/v1/", "/v1/chat/completions", "/v1/models?limit=1"]) {
    await demo.connect(url + path);
    await demo.page.getByText("Connected.").waitFor();
    await demo.page.getByRole("radio", { name: "Simulated" }).check();
    await demo.source("A gateway");
  }
  await demo.page.getByRole("textbox", { name: "Your key" }).fill("sk-…4f2a");
  await demo.connect(url);
  await demo.page.getByText("This key has a character that no key has").waitFor();
});

test("what a model declines with is read as its answer", async (t) => {
  const declines = (response) => {
    begin(response, "far/model");
    response.write(`data: ${JSON.stringify({ model: "far/model", choices: [{ index: 0, delta: { refusal: "I will not." } }] })}\n\n`);
    end(response, [{ model: "far/model", outcome: "ok", ms: 1 }]);
  };
  const demo = await connected(t, await gateway(t, { "/v1/chat/completions": declines }));
  await demo.ask("Would you?");
  await demo.over();
  assert.equal(await demo.text(), "I will not.");
});

test("a gateway that has no provider's key says what to set, once", async (t) => {
  const message = "No target of this request has a key: far/model auth (no key: set FAR_KEY). Set one as a secret of this gateway.";
  const attempts = [{ model: "far/model", outcome: "auth", skipped: true, message: "no key: set FAR_KEY" }];
  const refuses = (response) => json(response, { error: { message, code: "not_configured", attempts } }, 503);
  const demo = await connected(t, await gateway(t, { "/v1/chat/completions": refuses }));
  await demo.ask("Hello?");
  await demo.over();
  assert.equal(await demo.page.locator(".problem").innerText(), `Nobody could be asked.\n\n${message}`);
});

test("an address without http:// in front is not looked for, and the form says what is missing", async (t) => {
  const demo = await open(t, browser, host.url);
  await demo.source("A gateway");
  await demo.connect("localhost:8787");
  assert.equal(await demo.page.getByLabel("Its address").evaluate((field) => field.matches(":invalid") && field.title), "http:// or https://");
  assert.deepEqual(await demo.page.locator(".connect .verdict").allTextContents(), [""]);
  demo.quiet();
});

test("a gateway in one's own network can be asked by its number", async (t) => {
  const { url } = await gateway(t);
  const demo = await open(t, browser, host.url);
  await demo.page.route("http://192.168.1.5:8787/**", async (route) => {
    const response = await route.fetch({ url: route.request().url().replace("http://192.168.1.5:8787", url) });
    await route.fulfill({ response });
  });
  await demo.source("A gateway");
  await demo.connect("http://192.168.1.5:8787");
  await demo.page.getByText("Connected.").waitFor();
});
