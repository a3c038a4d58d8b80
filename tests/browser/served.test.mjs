// The page as the Worker serves it: `make run`, then the gateway behind it asked from the page.

import assert from "node:assert/strict";
import test from "node:test";
import { simulatedAnswer } from "../../www/simulated-answer.mjs";
import { makeRun } from "../worker/make-run.mjs";
import { open, startBrowser } from "./browser.mjs";

test("make run serves the page, and the page asks the gateway that served it", async (t) => {
  const { gateway } = await makeRun(t);
  const browser = await startBrowser();
  t.after(() => browser.close());

  await t.test("as files, with a policy, and the API beside them", async () => {
    const page = await fetch(`${gateway.url}/`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type"), /^text\/html/);
    assert.match(page.headers.get("content-security-policy"), /frame-ancestors 'none'/);
    assert.match((await fetch(`${gateway.url}/steadfast/steadfast.wasm`)).headers.get("content-type"), /^application\/wasm/);
    assert.deepEqual(await (await fetch(`${gateway.url}/healthz`)).json(), { status: "ok" });
    assert.equal((await (await fetch(`${gateway.url}/no-such-file.mjs`)).json()).error.code, "not_found");
    assert.equal((await fetch(`${gateway.url}/`, { method: "HEAD" })).status, 200);
  });

  await t.test("it works there as on any host", async (t) => {
    const demo = await open(t, browser, `${gateway.url}/?seed=7`);
    await demo.scene("Cut the stream mid-answer");
    await demo.over();
    assert.equal(await demo.text(), simulatedAnswer([{ role: "user", content: "What if you break off in the middle of this?" }]));
    demo.quiet();
  });

  await t.test("the gateway is asked, its trail is drawn, its status is shown", async (t) => {
    const demo = await open(t, browser, gateway.url);
    const { page } = demo;
    await page.getByRole("radio", { name: "A gateway" }).check();
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText("Connected.").waitFor();

    await page.getByLabel("Ask for").selectOption("broken");
    await demo.ask("Do you carry on?");
    await demo.over();
    assert.deepEqual(await demo.seams(), ["sim/steady carries on"]);
    assert.deepEqual(await demo.lanes(), ["sim/cut broke off", "sim/steady carried on to the end"]);
    assert.match(await demo.text(), /^This answer is simulated: .*“?"?Do you carry on\?.* Set the key of a provider to hear a real model\.$/);
    await page.getByRole("row", { name: /sim\/cut/ }).filter({ hasText: "1 × broke off" }).waitFor();

    await page.getByLabel("Ask for").selectOption("quick");
    await demo.ask("And in a race?");
    await demo.over();
    assert.deepEqual(await demo.lanes(), ["sim/slow cancelled", "sim/steady answered", "sim/down overloaded · 503"]);

    await page.getByLabel("Ask for").selectOption("sim/down");
    await demo.ask("Anybody?");
    await demo.over();
    assert.match(await page.locator(".problem").innerText(), /Nobody answered.*sim\/down overloaded · 503/s);
    assert.match(await page.locator(".lane-outcome").first().innerText(), /overloaded · 503/);
  });

  await t.test("an address where no gateway is says so", async (t) => {
    const demo = await open(t, browser, gateway.url);
    await demo.page.getByRole("radio", { name: "A gateway" }).check();
    await demo.page.getByLabel("Its address").fill("http://127.0.0.1:9");
    await demo.page.getByRole("button", { name: "Connect" }).click();
    await demo.page.getByText(`"cors": ["${gateway.url}"]`).waitFor();
  });
});
