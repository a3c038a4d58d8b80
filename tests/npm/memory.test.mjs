// A hundred thousand calls in one process: whole answers and streams, fallbacks, aborts, calls that are left in the middle.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { node24, run } from "./package.mjs";
import { entry } from "./world.mjs";

test("a hundred thousand calls leave nothing behind", { timeout: 300_000 }, () => {
  const told = JSON.parse(run(node24, ["--expose-gc", join(import.meta.dirname, "many-calls.mjs"), entry, "100000"], { timeout: 280_000 }));
  const { early, late, timers, listeners, sockets, outcomes } = told;
  assert.ok(outcomes.answered > 80_000 && outcomes.left > 1_000 && outcomes.aborted > 1_000, JSON.stringify(outcomes));
  assert.equal(outcomes.failed ?? 0, 0);
  // Flat: what the first tenth needed is enough for all the rest, give or take what the collector has not come to.
  assert.ok(late.heap - early.heap < 5, `${late.heap - early.heap} MB of JavaScript more after ten times the calls: ${JSON.stringify(told)}`);
  assert.ok(late.wasm - early.wasm <= 1, `${late.wasm - early.wasm} MB of wasm more after ten times the calls: ${JSON.stringify(told)}`);
  assert.equal(timers, 0, "no timer is left");
  assert.equal(listeners, 0, "no signal is listened to");
  assert.ok(sockets <= 8, `${sockets} connections are open`);
});
