// A real browser and a place to serve the page from, for the tests beside this file.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, resolve, sep } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The folder that `make site` completes. */
export const site = join(root, "www");

/**
 * Starts the browser that STEADFAST_BROWSER names, the system's Chromium, or an installed Chrome. A browser that crashes
 * before it has shown anything says nothing of our page: it is started again, twice at most.
 */
export async function startBrowser() {
  const found = [process.env.STEADFAST_BROWSER, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => path && existsSync(path));
  // In a container there is no sandbox to be had, and the pages are ours.
  const options = { ...(found ? { executablePath: found } : { channel: "chrome" }), args: ["--no-sandbox"] };
  for (let again = 2; ; again -= 1) {
    try {
      return await chromium.launch(options);
    } catch (error) {
      if (again === 0 || !error.message.includes("signal=SIG")) throw error;
      console.error("the browser crashed as it started; starts it again");
    }
  }
}

/** Serves a folder below a path, as any static host does: nothing but files. */
export async function serve(folder = site, below = "/somewhere/") {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
    if (path === "/favicon.ico") return response.writeHead(204).end(); // Every browser asks a page without an icon for one.
    const file = path.startsWith(below) && normalize(join(folder, path.slice(below.length) || "index.html"));
    if (!file || !file.startsWith(folder + sep) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}${below}`;
  return { url, close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) };
}

/** The browser and the page's host, for all tests of a file. */
export async function stage() {
  const browser = await startBrowser();
  const host = await serve();
  after(() => Promise.all([browser.close(), host.close()]));
  return { browser, host };
}

const types = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Opens the demo page for one test. Whatever else the test is about: nothing may be said on the console, and nobody but
 * the page's own host be asked.
 */
export async function open(t, browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 920 }, ...options });
  const page = await context.newPage();
  const origin = new URL(url).origin;
  const said = [];
  const elsewhere = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => new URL(request.url()).origin !== origin && elsewhere.push(request.url()));
  t.after(() => context.close());
  await page.goto(url);
  await page.locator("#send:enabled").waitFor();
  const quiet = () => assert.deepEqual({ said, elsewhere }, { said: [], elsewhere: [] });
  return new Demo(page, quiet);
}

/** The page, in the words of its tests. */
class Demo {
  constructor(page, quiet) {
    Object.assign(this, { page, quiet, asked: 0 });
  }

  /** Has the providers speak as fast as they can: for tests that are not about how an answer comes. */
  async hurry() {
    for (const speed of await this.page.getByLabel("Speed").all()) await speed.fill("200");
  }

  async ask(question) {
    await this.page.getByLabel("Your question").fill(question);
    await this.page.getByRole("button", { name: "Ask", exact: true }).click();
    this.asked += 1;
  }

  async scene(name) {
    await this.page.getByRole("button", { name }).click();
    this.asked += 1;
  }

  provider(model) {
    return this.page.getByRole("group", { name: model });
  }

  strategy(title) {
    return this.page.getByRole("radio", { name: title }).check();
  }

  /** Picks who answers: "Simulated", "A gateway" or "Your keys". */
  source(name) {
    return this.page.getByRole("radio", { name }).check();
  }

  /** Connects to a gateway at an address, as far as a person does it. */
  async connect(address) {
    await this.page.getByLabel("Its address").fill(address);
    await this.page.getByRole("button", { name: "Connect" }).click();
  }

  /** A chat without anything in it. */
  async clear() {
    await this.page.getByRole("button", { name: "New chat" }).click();
    this.asked = 0;
  }

  /** Notes what a screen reader would be told; returns what it was so far. */
  async listen() {
    await this.page.evaluate(() => {
      const says = document.getElementById("says");
      window.heard = [];
      new MutationObserver(() => window.heard.push(says.textContent.trim())).observe(says, { childList: true });
    });
    return () => this.page.evaluate(() => window.heard);
  }

  /** Waits until the answer is over. */
  async over() {
    await this.page.locator(".answer").nth(this.asked - 1).and(this.page.locator("[aria-busy=false]")).waitFor();
  }

  /** What the last answer reads as: its text, without the marks of its seams. */
  text() {
    return this.page.locator(".answer").last().locator(".leg").allTextContents().then((legs) => legs.join(""));
  }

  seams() {
    return this.page.locator(".answer").last().locator(".seam").allTextContents();
  }

  /** What the timeline says: `amber/large answered`. */
  lanes() {
    return this.page.locator(".lane").evaluateAll((lanes) =>
      lanes.map((lane) => `${lane.querySelector(".lane-model").textContent} ${lane.querySelector(".lane-outcome").textContent}`),
    );
  }
}
