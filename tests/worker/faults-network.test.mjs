// Row 6. A connection that does not come about, or is gone before the headers.

import assert from "node:assert/strict";
import test from "node:test";
import { answered, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { freePort, world } from "./world.mjs";

for (const [name, fault] of [
  ["resets", does.resets],
  ["closes", does.hangsUp],
]) {
  test(`row 6: a connection that ${name} before the headers, once, is answered all the same`, async (t) => {
    const { provider, chat } = await world(t);
    provider.script("a/x", fault, does.healthy);
    const response = await chat();
    await answered(response, "a/x");
    assert.deepEqual(trail(response), ["a/x network", "a/x ok"]);
    assert.deepEqual(provider.tried, ["a/x", "a/x"]);
  });

  test(`row 6: a connection that ${name} before the headers, for ever, falls to the next target`, async (t) => {
    const { provider, stream } = await world(t);
    provider.script("a/x", fault);
    const response = await stream();
    await streamed(response, "b/y");
    assert.deepEqual(trail(response), ["a/x network", "a/x network", "b/y ok"]);
  });
}

test("row 6: nobody listens at the provider's address, and the next target answers", async (t) => {
  const { chat } = await world(t, {
    providers: { a: { dialect: "openai", base_url: `http://127.0.0.1:${await freePort()}/v1`, keys: ["A_KEY"] } },
  });
  const response = await chat();
  await answered(response, "b/y");
  assert.equal(trail(response)[0], "a/x network");
});

test("row 6: of an address with a host that does not exist the trail says that there may be no such host", async (t) => {
  const { chat } = await world(t, {
    providers: { a: { dialect: "openai", base_url: "http://nowhere.invalid/v1", keys: ["A_KEY"] } },
  });
  const response = await chat({ steadfast: { trail: true } });
  await answered(response.clone(), "b/y");
  const { steadfast } = await response.json();
  assert.match(steadfast.trail[0].message, /no such host|getaddrinfo/);
});

test("row 6: a kept connection that the provider has closed meanwhile costs the caller nothing", async (t) => {
  const { provider, chat } = await world(t);
  const thenCloses = async (attempt) => {
    await does.healthy(attempt);
    attempt.hangUp();
  };
  provider.script("a/x", thenCloses);
  for (let request = 0; request < 5; request += 1) await answered(await chat(), "a/x");
});
