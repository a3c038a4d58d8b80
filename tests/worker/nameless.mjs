// What is handed out says nothing about the machine that built it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { root } from "./gateway.mjs";

/** Fails if a wasm file has the path of a folder in it where people and tools keep things; returns what it has, as a text. */
export function namesNoFolder(file) {
  const text = readFileSync(file, "latin1");
  for (const folder of [homedir() + sep, root, process.env.CARGO_HOME ?? join(homedir(), ".cargo")]) assert.ok(!text.includes(folder), `${file} names ${folder}`);
  assert.doesNotMatch(text, /\.(cargo|rustup)\b|registry\/src|index\.crates\.io/);
  return text;
}
