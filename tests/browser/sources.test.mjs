// Who answers, and that it is who the page says: gateways that are slow to come, that are left, or that are none.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { open, serve, startBrowser } from "./browser.mjs";
import { begin, end, gateway } from "./gateway.mjs";

let browser;
let host;
before(async () => {
  browser = await startBrowser();
  host = await serve();
});
after(async () => {
  await browser?.close();
  await host?.close();
});

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
  assert.deepEqual(await demo.lanes(), ["far/first broke off", "far/second carries on"]);
  goOn();
  await demo.over();
  assert.equal(await demo.text(), "All of it.");
  assert.match(await demo.page.locator(".about").innerText(), /^answered by far\/second\s*first word/);
});
