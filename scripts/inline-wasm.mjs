// Writes the module that carries the wasm inside JavaScript: inline-wasm.mjs FILE.wasm FILE.js

import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";

const [, , from, to] = process.argv;
const wasm = readFileSync(from);
const packed = deflateRawSync(wasm, { level: 9, memLevel: 9 }).toString("base64");
await build({
  entryPoints: ["src/js/inline/index.ts"],
  outfile: to,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { PACKED: JSON.stringify(packed), SIZE: String(wasm.length) },
});
