// What a person sees who tries the demo page, on a static host, without a key.

import assert from "node:assert/strict";
import test from "node:test";
import { simulatedAnswer } from "../../www/simulated-answer.mjs";
import { open, stage } from "./browser.mjs";

const { browser, host } = await stage();

/** A page whose simulated providers have no luck of their own. */
const steady = (t) => open(t, browser, `${host.url}?seed=7`);

/** What every simulated model says to this. */
const whole = (question) => simulatedAnswer([{ role: "user", content: question }]);

test("the first answer streams", async (t) => {
  const demo = await steady(t);
  await demo.ask("Are you there?");
  const lengths = new Set();
  while ((await demo.lanes()).every((lane) => !lane.endsWith(" answered"))) lengths.add((await demo.text()).length);
  await demo.over();
  assert.equal(await demo.text(), whole("Are you there?"));
  assert.ok(lengths.size > 5, `it grew in steps: ${[...lengths]}`);
  assert.deepEqual(await demo.lanes(), ["amber/large answered"]);
  assert.match(await demo.page.locator(".about").innerText(), /answered by amber\/large.*first word after .*\d+ tokens.*\$0\.00/s);
  demo.quiet();
});

test("whatever somebody writes is shown as it was written: lines, whole emoji, and from the right what is read from there", async (t) => {
  const demo = await open(t, browser, host.url);
  await demo.hurry();
  await demo.ask(`😀😀😀\n${"x".repeat(76)}😀, and more than is quoted`);
  await demo.over();
  assert.equal(await demo.page.locator(".question").last().evaluate((question) => question.innerText.split("\n").length), 2);
  const pieces = await demo.page.locator(".answer .leg").last().evaluate((leg) => [...leg.childNodes].map((piece) => piece.data));
  assert.ok(pieces.join("").includes("“😀😀😀 xxx"), pieces.join(""));
  assert.ok(pieces.every((piece) => piece.isWellFormed()), JSON.stringify(pieces));
  await demo.ask("مرحبا، ما اسمك؟");
  assert.equal(await demo.page.locator(".question").last().evaluate((question) => getComputedStyle(question).direction), "rtl");
  demo.quiet();
});

test("with the first provider switched off, the fallback is seen", async (t) => {
  const demo = await steady(t);
  const power = demo.provider("amber/large").getByRole("switch", { name: "up", exact: true });
  await power.uncheck();
  assert.ok(!(await power.isChecked()), "what is off is still called up");
  await demo.ask("Is anybody there?");
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["amber/large overloaded · 503", "birch/medium answered"]);
  const reasons = demo.page.getByRole("list", { name: "Reasons" });
  assert.equal(await reasons.innerText(), "amber/large: The server is overloaded or not ready yet. (simulated)");
  assert.equal(await demo.text(), whole("Is anybody there?"));
  assert.deepEqual(await demo.seams(), []);
  demo.quiet();
});

test("a target that goes on failing is passed over, and the table says why", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.provider("amber/large").getByRole("switch").uncheck();
  for (let asked = 0; asked < 4; asked += 1) {
    await demo.ask("Still down?");
    await demo.over();
  }
  assert.deepEqual(await demo.lanes(), ["amber/large passed over: overloaded", "birch/medium answered"]);
  const row = demo.page.getByRole("row", { name: /^amber\/large/ });
  assert.match(await row.innerText(), /3 × overloaded/);
  demo.quiet();
});

test("while a target rests, the table counts down in its place, and leaves the rest alone", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.provider("amber/large").getByLabel("When asked, it").selectOption("limited");
  await demo.ask("Are you limited?");
  await demo.over();
  const rests = demo.page.getByRole("row", { name: /^amber\/large/ }).locator(".pill.rests");
  const before = await rests.innerText();
  await demo.page.evaluate(() => (window.cells = [...document.querySelectorAll("#status tbody :is(tr, th, td, .pill)")]));
  await demo.page.locator(".pill.rests").filter({ hasNotText: before }).waitFor();
  assert.ok(await demo.page.evaluate(() => window.cells.every((cell) => cell.isConnected)));
  demo.quiet();
});

test("a race has one winner, and its losers are cancelled", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.strategy("Race");
  await demo.ask("Who is the quickest?");
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["amber/large answered", "birch/medium cancelled", "cedar/small cancelled"]);
  assert.equal(await demo.page.getByRole("list", { name: "Reasons" }).innerText(), "birch/medium, cedar/small: amber/large was quicker");
  assert.equal(await demo.text(), whole("Who is the quickest?"));
  demo.quiet();
});

test("a hedge asks the second when the first is slow", async (t) => {
  const demo = await steady(t);
  await demo.scene("Slow start: hedge it");
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["amber/large cancelled", "birch/medium answered"]);
  demo.quiet();
});

test("a cut shows the seam, and the answer is whole: not a word doubled or lost", async (t) => {
  const demo = await steady(t);
  await demo.scene("Cut the stream mid-answer");
  await demo.page.locator(".seam").waitFor();
  assert.deepEqual(await demo.seams(), ["birch/medium carries on"]);
  await demo.over();
  assert.equal(await demo.text(), whole("What if you break off in the middle of this?"));
  assert.deepEqual(await demo.lanes(), ["amber/large broke off", "birch/medium carried on to the end"]);
  demo.quiet();
});

test("a stream is cut while it is being read, twice, and goes on twice", async (t) => {
  const demo = await steady(t);
  await demo.ask("What if I cut you now?");
  const cut = demo.page.getByRole("button", { name: "Cut the stream", exact: true });
  for (const model of ["amber/large", "birch/medium"]) {
    await demo.page.locator(".lane", { hasText: model }).and(demo.page.locator("[data-state=answers]")).waitFor();
    await cut.click();
  }
  await demo.over();
  assert.equal(await demo.page.evaluate(() => document.activeElement.id), "cut", "who pressed it keeps the place");
  assert.deepEqual(await demo.seams(), ["birch/medium carries on", "cedar/small carries on"]);
  assert.equal(await demo.text(), whole("What if I cut you now?"));
  assert.ok(await cut.isDisabled(), "there is nothing more to cut");
  demo.quiet();
});

test("an answer may start over instead, and is then the second one's alone, or give up", async (t) => {
  const demo = await steady(t);
  const heard = await demo.listen();
  await demo.page.getByLabel("if it breaks").selectOption("start over");
  await demo.scene("Cut the stream mid-answer");
  await demo.over();
  assert.deepEqual(await demo.seams(), ["broke off, birch/medium starts over"]);
  assert.match((await demo.lanes()).at(-1), /^birch\/medium answered anew/);
  assert.match(await demo.page.locator(".about").innerText(), /^answered by birch\/medium\s*first word/);
  assert.ok((await heard()).includes("The stream broke off. birch/medium starts over: what was said before does not count."));
  assert.equal(await demo.text(), whole("What if you break off in the middle of this?"));

  await demo.page.getByLabel("if it breaks").selectOption("give up");
  await demo.scene("Cut the stream mid-answer");
  await demo.over();
  assert.match(await demo.page.locator(".problem").innerText(), /broke off, and nobody could carry on/);
  demo.quiet();
});

test("when everybody is down, one error names each, and what each said", async (t) => {
  const demo = await steady(t);
  await demo.scene("Everybody down");
  await demo.over();
  const problem = await demo.page.locator(".problem").innerText();
  for (const model of ["amber/large", "birch/medium", "cedar/small"]) assert.match(problem, new RegExp(`${model} overloaded · 503: The server is overloaded`));
  demo.quiet();
});

test("a silent provider is given up, and Stop stops", async (t) => {
  const demo = await steady(t);
  await demo.provider("amber/large").getByLabel("When asked, it").selectOption("silent");
  await demo.ask("Hello?");
  await demo.page.locator(".lane[data-state=answers]").waitFor();
  assert.equal((await demo.lanes())[0], "amber/large too slow · headers clock");
  await demo.page.getByRole("button", { name: "Stop" }).click();
  await demo.over();
  assert.equal((await demo.lanes())[1], "birch/medium cancelled");
  assert.doesNotMatch(await demo.page.getByRole("list", { name: "Reasons" }).innerText(), /quicker/);
  assert.match(await demo.page.locator(".problem").innerText(), /Stopped/);
  demo.quiet();
});

test("whoever clicks twice to ask has asked once, and stopped nothing", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.page.getByRole("button", { name: "Ask", exact: true }).dblclick();
  demo.asked += 1;
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["amber/large answered"]);
  assert.equal(await demo.page.locator(".problem").count(), 0);
  demo.quiet();
});

test("a chat that was cleared while its answer came stays empty, and nothing more is told of it", async (t) => {
  const demo = await steady(t);
  const heard = await demo.listen();
  await demo.ask("Forgotten?");
  await demo.page.locator(".lane[data-state=answers]").waitFor();
  await demo.clear();
  await demo.page.getByRole("button", { name: "Ask", exact: true }).waitFor();
  assert.deepEqual(await demo.lanes(), []);
  await demo.hurry();
  await demo.ask("And now?");
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["amber/large answered"]);
  assert.deepEqual(await heard(), ["amber/large answers.", "amber/large answers.", "The answer is complete."]);
  demo.quiet();
});

test("tiers step down, and the answer says so", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.strategy("Tiers");
  await demo.provider("amber/large").getByRole("switch").uncheck();
  await demo.ask("How do you do?");
  await demo.over();
  assert.match(await demo.page.locator(".about").innerText(), /stepped down: premium → standard \(overloaded\)/);
  demo.quiet();
});

test("every strategy answers", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  for (const title of ["Fallback", "Tiers", "Race", "Hedge", "Balance", "Auto"]) {
    await demo.strategy(title);
    await demo.ask(`By ${title}?`);
    await demo.over();
    assert.equal(await demo.text(), whole(`By ${title}?`), title);
  }
  demo.quiet();
});

test("auto's ranking is shown, and follows what happens", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.strategy("Auto");
  const ranking = demo.page.getByText(/^auto ranks them/);
  const [, leader, before] = (await ranking.innerText()).match(/them (\S+) ([\d.]+)/);
  await demo.provider(leader).getByRole("switch").uncheck();
  // One request in fifty is led by another: then it says nothing of this one.
  do {
    await demo.ask("Who leads?");
    await demo.over();
  } while (!(await demo.lanes()).some((lane) => lane.startsWith(leader)));
  await ranking.filter({ hasNotText: `${leader} ${before}` }).waitFor();
  const [, after] = (await ranking.innerText()).match(new RegExp(`${leader} ([\\d.]+)`));
  assert.ok(Number(after) < Number(before), `${leader} failed, and went from ${before} to ${after}`);
  demo.quiet();
});

test("with the same seed, chance is the same", async (t) => {
  const fates = [];
  for (let opened = 0; opened < 2; opened += 1) {
    const demo = await steady(t);
    await demo.hurry();
    await demo.provider("amber/large").getByLabel("Fails").fill("60");
    for (let asked = 0; asked < 3; asked += 1) {
      await demo.ask("Lucky?");
      await demo.over();
      fates.push(await demo.lanes());
    }
  }
  assert.deepEqual(fates.slice(3), fates.slice(0, 3));
  assert.ok(fates.flat().some((fate) => !fate.endsWith("answered")), "somebody failed");
});

test("an edited configuration is in force at once; a wrong one says where it is wrong, and the last good one stays", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  const config = demo.page.getByLabel("Its configuration, yours to change");
  const verdict = demo.page.locator("#config-verdict");

  await config.fill('{ "routes": { "fallback": { "fallback": ["cedar/small", "ambre/large"] } } }');
  await verdict.filter({ hasText: "routes.fallback.fallback[1]" }).waitFor();
  assert.match(await verdict.innerText(), /amber/, "the nearest name");
  for (const [text, what] of [["[]", "found a list, expected an object"], ["null", "found null, expected an object"], ['{ "routes": [] }', "routes: found a list"]]) {
    await config.fill(text);
    await verdict.filter({ hasText: what }).waitFor();
  }
  await demo.ask("Who is asked?");
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["amber/large answered"]);

  await config.fill('{ "routes": { "fallback": { "fallback": ["cedar/small"] } } }');
  await demo.page.getByText("In force.", { exact: true }).waitFor();
  await demo.ask("And now?");
  await demo.over();
  assert.deepEqual(await demo.lanes(), ["cedar/small answered"]);
  demo.quiet();
});

test("what is shown as in force is in force, whichever strategy is picked", async (t) => {
  const demo = await steady(t);
  await demo.hurry();
  await demo.provider("amber/large").getByLabel("When asked, it").selectOption("silent");
  const shown = (word) => demo.page.waitForFunction((word) => document.getElementById("config").value.includes(word), word);
  const first = async (question) => {
    await demo.ask(question);
    await demo.over();
    return (await demo.lanes())[0];
  };
  const impatient = '{ "routes": { "fallback": { "fallback": ["amber/large", "cedar/small"] } }, "timeouts": { "headers_ms": 50 } }';
  await demo.page.getByLabel("Its configuration, yours to change").fill(impatient);
  await demo.page.getByText("In force.", { exact: true }).waitFor();
  assert.equal(await first("Too slow?"), "amber/large too slow · headers clock");

  await demo.strategy("Hedge");
  await shown("hedge_ms");
  assert.equal(await first("And without that clock?"), "amber/large cancelled");

  await demo.page.getByLabel("Ask for").selectOption("fallback");
  await shown("headers_ms");
  assert.equal(await first("And with it again?"), "amber/large too slow · headers clock");
  demo.quiet();
});

test("all of it works with the keyboard, and what happens is told", async (t) => {
  const demo = await steady(t);
  const { keyboard } = demo.page;
  await keyboard.press("Tab");
  assert.equal(await demo.page.evaluate(() => document.activeElement.textContent), "Skip to the question");
  await keyboard.press("Enter");
  await keyboard.press("ControlOrMeta+a");
  await keyboard.type("From the keyboard?");
  const heard = await demo.listen();
  await keyboard.press("Enter");
  demo.asked += 1;
  await demo.over();
  assert.equal(await demo.text(), whole("From the keyboard?"));
  assert.deepEqual(await heard(), ["amber/large answers.", "The answer is complete."]);
  demo.quiet();
});

test("a page whose package was not built says what to do", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.route("**/steadfast/**", (route) => route.fulfill({ status: 404 }));
  await page.goto(host.url);
  await page.getByText("make site").waitFor();
  assert.ok(await page.getByRole("button", { name: "Ask", exact: true }).isDisabled());
});
