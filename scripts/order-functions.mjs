// Puts the functions of a wasm module into an order that compresses well: order-functions.mjs FROM.wasm TO.wasm FEATURES...
//
// DEFLATE finds again what it has seen within 32 KB. So alike is to stand by alike: each function is followed by the one of
// those left that has the largest share of its bytes, five in a row, in what stands just before, rare ones counting more than common ones.
// How much more a large share of a large function counts than all of a small one is tried out.
// Before them stay some of those that are called the most, for a call of one of the first 128 functions is a byte shorter: they
// come first in FROM, where `wasm-opt --reorder-functions` has put them.
// For `wasm-opt --reorder-functions-by-name`, which moves the functions and mends the calls, each is named by its place. What comes
// out is what counts, for the calls are other bytes then.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const ROW = 5; // bytes
const WINDOW = 30_000; // bytes
const STAY = 60; // functions
const COMMON = 800; // functions; what stands in more of them tells nothing
const POWERS = [0.74, 0.77, 0.8, 0.83, 0.86];
const MORE = 30; // bytes

const [, , from, to, ...features] = process.argv;
const module = readFileSync(from);
let at = 8;
const kept = [module.subarray(0, at)];
const bodies = [];
let imported = 0;

while (at < module.length) {
  const begin = at;
  const id = module[at++];
  const end = number() + at;
  if (id === 2) imported = functions(number());
  if (id === 10) for (let left = number(); left > 0; left--) bodies.push(bytes());
  at = end;
  if (id !== 0) kept.push(module.subarray(begin, end));
}
const places = new Array(imported + bodies.length);
for (let index = 0; index < imported; index++) places[index] = index;
const packed = (wasm) => gzipSync(wasm, { level: 9 }).length;
writeFileSync(to, POWERS.map(order).map(moved).reduce((best, other) => (packed(other) < packed(best) ? other : best)));

/** The module with its functions in that order, and without their names. */
function moved(order) {
  order.forEach((body, place) => (places[imported + body] = imported + place));
  const named = `${to}.named`;
  writeFileSync(named, Buffer.concat([...kept, names(places)]));
  execFileSync("node_modules/.bin/wasm-opt", ["--reorder-functions-by-name", "--strip-debug", ...features, named, "-o", to]);
  rmSync(named);
  return readFileSync(to);
}

/** The bodies in a new order. */
function order(power) {
  const rows = bodies.map(rowsOf);
  const holders = new Map();
  rows.forEach((own, body) => own.forEach((row) => (holders.get(row) ?? holders.set(row, []).get(row)).push(body)));
  const told = rows.map((own) => [...own].filter((row) => holders.get(row).length > 1 && holders.get(row).length <= COMMON));
  const likeness = new Float64Array(bodies.length);
  const seen = new Map();

  /** A body comes into the window (1) or leaves it (-1). */
  const shift = (body, by) => {
    for (const row of told[body]) {
      const before = seen.get(row) ?? 0;
      seen.set(row, before + by);
      if (before > 0 === before + by > 0) continue;
      const among = holders.get(row);
      const weight = by / Math.log2(1 + among.length);
      for (const other of among) likeness[other] += weight;
    }
  };

  const left = new Set(bodies.keys());
  const ordered = [];
  const window = [];
  let length = 0;

  const mostAlike = () => {
    let next;
    let best = -1;
    for (const body of left) {
      const share = likeness[body] / (rows[body].size + MORE) ** power; // a small function that is all alike does not win over a large one
      if (share > best) [next, best] = [body, share];
    }
    return next;
  };

  while (left.size) {
    const next = ordered.length < STAY ? ordered.length : mostAlike();
    left.delete(next);
    ordered.push(next);
    window.push(next);
    shift(next, 1);
    length += bodies[next].length;
    while (length > WINDOW && window.length > 1) {
      const gone = window.shift();
      shift(gone, -1);
      length -= bodies[gone].length;
    }
  }
  return ordered;
}

function rowsOf(body) {
  const rows = new Set();
  for (let start = 0; start + ROW <= body.length; start++) rows.add(body.toString("latin1", start, start + ROW));
  return rows;
}

/** A name section that names every function by its place. */
function names(places) {
  const digits = String(places.length).length;
  const named = places.flatMap((place, index) => [...leb(index), ...text(String(place).padStart(digits, "0"))]);
  const table = [...leb(places.length), ...named];
  const section = [...text("name"), 1, ...leb(table.length), ...table];
  return Buffer.from([0, ...leb(section.length), ...section]);
}

/** How many of so many imports are functions. */
function functions(left) {
  let count = 0;
  for (; left > 0; left--) {
    bytes();
    bytes();
    const kind = module[at++];
    if (kind !== 0) throw new Error("only functions are imported; whoever imports more reads it here");
    number();
    count += 1;
  }
  return count;
}

function number() {
  let read = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = module[at++];
    read |= (byte & 127) << shift;
    if (byte < 128) return read >>> 0;
  }
}

function bytes() {
  const length = number();
  at += length;
  return module.subarray(at - length, at);
}

function leb(value) {
  const out = [];
  for (; value > 127; value >>>= 7) out.push((value & 127) | 128);
  return [...out, value];
}

function text(characters) {
  return [...leb(characters.length), ...Buffer.from(characters)];
}
