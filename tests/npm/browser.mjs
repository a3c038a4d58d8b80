// Pages in a real browser, for tests about where the package runs.

import { after } from "node:test";
import { serve, startBrowser } from "../browser/browser.mjs";

/** One for all tests of a file. */
let launched;
const browser = () => (launched ??= startBrowser());
after(async () => (await launched)?.close());

/** Opens the page of a folder and waits until it has a title. A page that complains on its console fails the test. */
export async function open(t, folder) {
  const host = await serve(folder, "/");
  t.after(() => host.close());
  const context = await (await browser()).newContext();
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  t.after(() => context.close());
  await page.goto(host.url);
  await page.waitForFunction(() => document.title, undefined, { timeout: 20_000 }).catch((error) => {
    throw new Error(`the page said nothing; its console: ${complaints.join("; ")}`, { cause: error });
  });
  if (complaints.length) throw new Error(`the page complained: ${complaints.join("; ")}`);
  return page;
}
