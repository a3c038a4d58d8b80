// What `npm publish` would send.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { namesNoFolder } from "../worker/nameless.mjs";
import { installed, read, root } from "./package.mjs";

const folder = join(installed(), "node_modules/steadfast");
const manifest = JSON.parse(read(folder, "package.json"));

test("the tarball has what is needed and nothing else", () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name).slice(folder.length + 1)).sort();
  const types = ["border", "chat", "config", "core", "errors", "index", "options", "report", "steadfast", "stream"].map((name) => `types/${name}.d.ts`);
  const own = ["LICENSE", "README.md", "core.js", "index.d.ts", "index.js", "inline.js", "package.json", "slim.d.ts", "slim.js", "steadfast.schema.json", "steadfast.wasm", "wasm.d.ts", "workerd.js"];
  assert.deepEqual(files, [...own, ...types].sort());
});

test("every path that the package exports is there, and it needs no other package", () => {
  const paths = Object.values(manifest.exports).flatMap((way) => (typeof way === "string" ? way : Object.values(way)));
  for (const path of paths) assert.ok(existsSync(join(folder, path)), path);
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies, manifest.scripts], [undefined, undefined, undefined]);
});

test("its version and its schema are the project's", async () => {
  assert.match(read(root, "Cargo.toml"), new RegExp(`^version = "${manifest.version}"$`, "m"));
  assert.equal(read(folder, "steadfast.schema.json"), read(root, "steadfast.schema.json"));
});

test("it names no folder of the machine that built it", () => {
  namesNoFolder(join(folder, "steadfast.wasm"));
});

test("importing an entry does nothing that takes time: the wasm is compiled with the first Steadfast", async () => {
  const { Module } = WebAssembly;
  let compiled = 0;
  WebAssembly.Module = class extends Module {
    constructor(...given) {
      super(...given);
      compiled += 1;
    }
  };
  const { Steadfast } = await import(join(folder, "index.js"));
  assert.equal(compiled, 0);
  new Steadfast();
  new Steadfast();
  assert.equal(compiled, 1);
});

test("the wasm that is unpacked in JavaScript alone is the same one", async (t) => {
  t.mock.method(process, "getBuiltinModule", () => undefined);
  const { wasm } = await import(`${join(folder, "inline.js")}?without-zlib`);
  assert.deepEqual(Buffer.from(wasm()), Buffer.from(await (await import("node:fs/promises")).readFile(join(folder, "steadfast.wasm"))));
});
