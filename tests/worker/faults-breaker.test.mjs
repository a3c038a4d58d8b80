// A target that keeps failing is left alone; one request at a time finds out whether it has mended, and nobody waits for that.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answered, streamed } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { second, world } from "./world.mjs";

const times = (provider, target, since = 0) => provider.on(target).filter(({ at }) => at >= since);

test("row 28: an outage is probed about once an open period, every request is answered, and the primary serves again", async (t) => {
  // The row's minute in three seconds: down for 3 s, a request every 100 ms, periods of 300 and then 600 ms.
  const breaker = { failures: 3, ratio: 0.5, window_ms: 10 * second, open_ms: 300, max_open_ms: 600 };
  const { provider, chat, gateway } = await world(t, { retry: { retries: 0 }, breaker });
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  const sick = (attempt) => (elapsed() < 3 * second ? does.fails(503)(attempt) : does.healthy(attempt));
  provider.script("a/x", sick);
  let back;
  while (elapsed() < 5 * second && back === undefined) {
    const response = await chat();
    assert.equal(response.status, 200);
    const by = response.headers.get("x-steadfast-model");
    await answered(response, by);
    if (by === "a/x") back = elapsed();
    await sleep(100);
  }
  // Three failures open it; probes follow after about 0.3, 0.6, 0.6 s and so on: five or six until it has mended, one more then.
  const asked = times(provider, "a/x").length;
  assert.ok(asked >= 6 && asked <= 10, `the primary was asked ${asked} times`);
  assert.ok(back >= 3 * second && back <= 4.2 * second, `it served again after ${back} ms`);
  const alerts = gateway.printed();
  assert.equal(alerts.match(/breaker_open/g)?.length, 1, "one alert for the outage");
  assert.equal(alerts.match(/breaker_closed/g)?.length, 1, "and one for its end");
});

for (const streaming of [false, true]) {
  test(`row 41: of a hundred ${streaming ? "streams" : "callers"} at once exactly one probes, and all are answered`, async (t) => {
    const breaker = { failures: 3, ratio: 0.5, window_ms: 10 * second, open_ms: 400, max_open_ms: 800 };
    const { provider, chat, stream } = await world(t, { retry: { retries: 0 }, breaker });
    const ask = streaming ? stream : chat;
    provider.script("a/x", does.fails(503));
    for (let request = 0; request < 5; request += 1) await (await ask()).text();
    assert.equal(times(provider, "a/x").length, 3, "then it is left alone");

    provider.script("a/x", does.late(1.5 * second, does.says("Hello again.")));
    await sleep(450);
    const now = performance.now();
    const responses = await Promise.all(Array.from({ length: 100 }, () => ask({ steadfast: { timeouts: { first_token_ms: 2000 } } })));
    const by = responses.map((response) => response.headers.get("x-steadfast-model"));
    await Promise.all(responses.map((response, nth) => (streaming ? streamed(response, by[nth]) : answered(response, by[nth]))));
    assert.equal(times(provider, "a/x", now).length, 1, "exactly one probe");
    assert.equal(times(provider, "b/y", now).length, streaming ? 100 : 99);
    assert.equal(by.filter((target) => target === "a/x").length, streaming ? 0 : 1);
  });
}
