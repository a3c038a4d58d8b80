// Takes the noise out of the names of what a wasm module imports: plain-imports.mjs FILE...
//
// wasm-bindgen ends each name with a hash, here and in its glue, so that two crates cannot mean the same name by two things.
// There is one crate, and noise does not compress. The names keep their lengths.

import { readFileSync, writeFileSync } from "node:fs";

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "latin1");
  const names = new Set(text.match(/__wbg_\w+?_[0-9a-f]{16}\b/g));
  const plain = (name) => name.slice(0, -16) + "0".repeat(16);
  if (new Set([...names].map(plain)).size < names.size) throw new Error(`two names in ${file} differ by their hashes alone`);
  writeFileSync(file, text.replace(/__wbg_\w+?_[0-9a-f]{16}\b/g, plain), "latin1");
}
