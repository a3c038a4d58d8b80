// What is tested here is what is deployed: wrangler takes the built Worker and the project's own wrangler.toml.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { built, root } from "./gateway.mjs";
import { namesNoFolder } from "./nameless.mjs";

test("wrangler deploy --dry-run takes the project as it is", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "steadfast-deploy-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const tools = join(root, "node_modules/.bin");
  await promisify(execFile)(join(tools, "wrangler"), ["deploy", "--dry-run", "--outdir", folder], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${tools}${delimiter}${process.env.PATH}`,
      WRANGLER_SEND_METRICS: "false",
      XDG_CONFIG_HOME: folder,
      CI: "true",
    },
  });
  const files = readdirSync(folder);
  for (const kind of [/\.js$/, /\.wasm$/])
    assert.ok(
      files.some((file) => kind.test(file)),
      files.join(" "),
    );
});

test("what is deployed names no folder of the machine that built it, and simulates nothing", () => {
  const wasm = readdirSync(dirname(built)).find((file) => file.endsWith(".wasm"));
  const text = namesNoFolder(join(dirname(built), wasm));
  assert.doesNotMatch(text, /sim\.invalid/);
  assert.doesNotMatch(readFileSync(built, "utf8"), /test-panic/);
});
