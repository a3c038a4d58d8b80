// Pages in a real browser, for tests about where the package runs.

import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";
import { startBrowser } from "../browser/browser.mjs";

/** One for all tests of a file. */
let launched;
const browser = () => (launched ??= startBrowser());
after(async () => (await launched)?.close());

const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json", ".wasm": "application/wasm" };

/** Serves a folder on loopback. */
export async function serve(t, folder) {
  const server = http.createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://page").pathname));
    try {
      const bytes = await readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path));
      response.writeHead(200, { "content-type": types[extname(path)] ?? (path.endsWith("/") ? "text/html" : "application/octet-stream") }).end(bytes);
    } catch {
      response.writeHead(path === "/favicon.ico" ? 204 : 404).end(); // Every browser asks for one.
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => server.close() && server.closeAllConnections());
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Opens the page of a folder and waits until it has a title. A page that complains on its console fails the test. */
export async function open(t, folder) {
  const url = await serve(t, folder);
  const context = await (await browser()).newContext();
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  t.after(() => context.close());
  await page.goto(url);
  await page.waitForFunction(() => document.title, undefined, { timeout: 20_000 }).catch((error) => {
    throw new Error(`the page said nothing; its console: ${complaints.join("; ")}`, { cause: error });
  });
  if (complaints.length) throw new Error(`the page complained: ${complaints.join("; ")}`);
  return page;
}
