// How the page looks and reads: to those who see it, on any screen, and to those who do not.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";
import { open, root, stage } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Screenshots to be looked at. */
const shots = join(root, "build/screenshots");

const screens = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 780 } },
  // What WCAG's reflow asks for, and what is left of 1280 pixels for who sees everything four times as large.
  narrowest: { colorScheme: "light", viewport: { width: 320, height: 640 } },
};

mkdirSync(shots, { recursive: true });
const { browser, host } = await stage();

/** What an accessibility scan finds, however slight. */
async function scan(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ target }) => target).join(" ")}`);
}

for (const [name, screen] of Object.entries(screens)) {
  test(`${name}: an accessibility scan finds nothing, in any state, and nothing is wider than the screen`, async (t) => {
    const demo = await open(t, browser, `${host.url}?seed=7`, screen);
    const { page } = demo;
    const look = async (state) => {
      await page.screenshot({ path: join(shots, `${name}-${state}.png`) });
      assert.deepEqual(await scan(page), [], state);
      const [page_, screen_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(page_ <= screen_, `${state}: ${page_} pixels on ${screen_}`);
    };

    await look("start");
    await demo.scene("Cut the stream mid-answer");
    await page.locator(".seam").waitFor();
    await look("rescue");
    await demo.over();
    await page.screenshot({ path: join(shots, `${name}-whole.png`), fullPage: true });
    await demo.scene("Race all three");
    await page.locator(".lane[data-state=answers]").waitFor();
    await look("race");
    await demo.over();
    await demo.scene("Everybody down");
    await demo.over();
    await look("nobody");
    await page.getByLabel("Its configuration, yours to change").fill("{");
    await page.locator("#config-verdict.wrong").waitFor();
    await look("mistake");
    for (const source of ["A gateway", "Your keys"]) {
      await page.getByRole("radio", { name: source }).check();
      await look(source.toLowerCase().replace(" ", "-"));
    }
    demo.quiet();
  });
}

test("nothing jumps, as the page comes and as an answer does", async (t) => {
  for (const screen of Object.values(screens)) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 920 }, ...screen });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.addInitScript(() => {
      window.shifts = [];
      const observer = new PerformanceObserver((list) => list.getEntries().forEach((shift) => window.shifts.push(shift.value)));
      observer.observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(`${host.url}?seed=7`);
    await page.locator("#send:enabled").waitFor();
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.locator(".lane[data-state=whole]").waitFor();
    const shifts = await page.evaluate(() => window.shifts);
    const sum = shifts.reduce((sum, shift) => sum + shift, 0);
    assert.ok(sum < 0.05, `layout shifts of ${sum.toFixed(3)} at ${page.viewportSize().width} pixels; below 0.1 is called good`);
  }
});

test("nothing below the stage moves, whatever becomes of a question", async (t) => {
  const demo = await open(t, browser, `${host.url}?seed=7`);
  await demo.hurry();
  const height = () => demo.page.locator("#stage").evaluate((stage) => stage.offsetHeight);
  const empty = await height();
  for (const scene of ["Race all three", "Slow start: hedge it", "Everybody down"]) {
    await demo.scene(scene);
    await demo.over();
    assert.equal(await height(), empty, scene);
  }
});

test("the providers' sliders stand in line, on any screen that has them side by side", async (t) => {
  const { page } = await open(t, browser, host.url);
  for (const width of [700, 1000, 1100, 1280, 1920]) {
    await page.setViewportSize({ width, height: 920 });
    for (const label of ["First word after", "Speed", "Fails", "When asked, it"]) {
      const tops = await page.getByLabel(label).evaluateAll((inputs) => inputs.map((input) => input.getBoundingClientRect().top));
      assert.equal(new Set(tops).size, 1, `${label} at ${width} pixels: ${tops}`);
    }
  }
});

test("who reads in colours of their own sees the lanes, the switches and what is chosen too", async (t) => {
  const demo = await open(t, browser, `${host.url}?seed=7`, { forcedColors: "active" });
  await demo.scene("Cut the stream mid-answer");
  await demo.over();
  await demo.page.screenshot({ path: join(shots, "forced-colours.png"), fullPage: true });
  const ground = (selector) => demo.page.locator(selector).first().evaluate((node) => getComputedStyle(node).backgroundColor);
  const paper = await ground("body");
  for (const drawn of [".stream", ".track .end", ".mark.streams", ".dot", ".switch input:checked", ".choice input:checked + span", ".strategies input:checked + span"]) {
    assert.notEqual(await ground(drawn), paper, drawn);
  }
});

test("no script stands in the way of the first paint, and the policy is strict", async (t) => {
  const { page } = await open(t, browser, host.url);
  const scripts = await page.locator("script").evaluateAll((scripts) => scripts.map(({ type, src }) => [type, Boolean(src)]));
  assert.deepEqual(scripts, [["module", true]]);
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.match(policy, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/);
});

test("who has no JavaScript reads why nothing moves, without looking for it", async (t) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, javaScriptEnabled: false });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(host.url);
  const { y } = await page.locator("noscript p").boundingBox();
  assert.ok(y < 780, `${y} pixels down`);
});

test("who wants no motion sees none", async (t) => {
  const demo = await open(t, browser, `${host.url}?seed=7`, { reducedMotion: "reduce" });
  await demo.ask("Gently?");
  await demo.page.locator(".lane[data-state=answers]").waitFor();
  assert.equal(await demo.page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length), 0);
});
