// A webhook is called beside the answer: after it, however the webhook behaves, and even if the caller leaves.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answered, streamed } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { dial, secrets, within, world } from "./world.mjs";

/** The provider knows what is posted by what it is about. */
const hook = "hooks/a/x";
const badKey = does.fails(401, { message: "Incorrect API key provided: sk-test-key-of-a" });
const ok = does.answers("ok", { headers: { "content-type": "text/plain" } });

/** A world whose first key is refused, and where that is posted. */
async function refusing(t) {
  const settings = { alerts: [{ on: ["key_refused"], webhook: "HOOK_URL" }] };
  const here = await world(t, settings, ({ origin }) => ({ secrets: { ...secrets, HOOK_URL: `${origin}/hooks/path-like-a-key` } }));
  here.provider.script("a/x", badKey);
  return here;
}

for (const stream of [false, true]) {
  test(`a refused key is posted after the answer${stream ? ", when that is a stream" : ""}`, async (t) => {
    const { provider, gateway, chat } = await refusing(t);
    provider.script(hook, ok);
    const response = await chat({ stream });
    await (stream ? streamed : answered)(response, "b/y");

    const post = await provider.arrival(hook);
    assert.deepEqual(provider.tried, ["a/x", "b/y", hook]);
    assert.equal(post.method, "POST");
    assert.equal(post.path, "/hooks/path-like-a-key");
    assert.equal(post.headers["content-type"], "application/json");
    assert.equal(post.headers.authorization, undefined);
    assert.equal(post.json.alert, "key_refused");
    assert.equal(post.json.id, response.headers.get("x-request-id"));
    assert.match(post.json.text, /refused the key A_KEY/);
    assert.doesNotMatch(`${post.body}`, /sk-|Hello/);
    assert.doesNotMatch(gateway.printed(), /sk-test|path-like-a-key/);
  });
}

test("a webhook that never answers holds nobody up, and is tried again", async (t) => {
  const { provider, chat } = await refusing(t);
  provider.script(hook, does.silence, ok);
  await within(1000, chat().then((response) => answered(response, "b/y")), "the answer");
  const first = await provider.arrival(hook);
  await answered(await chat(), "b/y");
  assert.equal((await within(7000, first.closed, "the first try")).by, "caller");
  await provider.arrival(hook, 1);
});

test("the alert of a caller who left is posted with the next request", async (t) => {
  const { provider, gateway, chat } = await refusing(t);
  provider.script(hook, ok).script("b/y", does.silence, does.healthy);
  const impatient = dial(gateway);
  await provider.arrival("b/y");
  impatient.leave();
  await sleep(300);
  await answered(await chat(), "b/y");
  await provider.arrival(hook);
  assert.equal(provider.on(hook).length, 1);
});
