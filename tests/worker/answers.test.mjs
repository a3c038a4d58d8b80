// What a caller gets when all is well: the provider's answer, byte for byte but for the model's name, and who it was.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { answered, streamed, trail } from "./answer.mjs";
import * as does from "./behaviours.mjs";
import { secrets, world } from "./world.mjs";

test("a plain answer comes back as the provider wrote it, byte for byte but for the model's name", async (t) => {
  const { provider, chat } = await world(t);
  // Spacing, 1.0 and the escape would not survive being parsed and written again.
  const body =
    '{ "id":"1", "object" :"chat.completion", "model" : "upstream-name", "choices":[{"index":0,"message":{"role":"assistant","content":"h\\u00e9"},"finish_reason":"stop"}],\n "score": 1.0, "odd": {"model":"kept"} }';
  provider.script("a/x", does.answers(body));
  const response = await chat({ model: "a/x" });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  assert.equal(await response.text(), body.replace('"upstream-name"', '"a/x"'));
});

test("the headers say who answered, by which path, after what", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", does.fails(503));
  const response = await chat({ model: "chain" });
  await answered(response, "b/y");
  assert.equal(response.headers.get("x-steadfast-route"), "chain.fallback[1]");
  assert.match(response.headers.get("x-steadfast-trail"), /^a\/x overloaded 503 \d+ms; b\/y ok \d+ms$/);
  assert.equal(response.headers.get("x-steadfast-degraded"), null);
});

test("a stream carries every event as it came, the model's name in each, and ends with [DONE]", async (t) => {
  const { provider, stream } = await world(t);
  provider.script("a/x", does.fails(503)).script("b/y", does.streams(does.events("One two three.")));
  const response = await stream({ model: "chain" });
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  assert.equal(response.headers.get("x-steadfast-route"), "chain.fallback[1]");
  assert.deepEqual(trail(response), ["a/x overloaded", "b/y ok"]);
  const { data } = await streamed(response, "b/y");
  const sent = does.events("One two three.").map((event) => event.slice("data: ".length, -2));
  assert.deepEqual(
    data,
    sent.map((data) => data.replace('"upstream-name"', '"b/y"')),
  );
});

test("an event is forwarded as soon as it arrives", async (t) => {
  const { provider, stream } = await world(t);
  provider.script("a/x", does.streams([does.role(), does.word("first ")], { then: does.stall }));
  const response = await stream({ model: "a/x" });
  let heard = "";
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    heard += bytes;
    if (heard.includes("first ") && heard.endsWith("\n\n")) break;
  }
  assert.match(heard, /"content":"first "/);
});

test("a stream's usage is withheld from a caller who did not ask, and given to one who did", async (t) => {
  const { provider, stream } = await world(t);
  const quiet = await streamed(await stream({ model: "a/x" }), "a/x");
  assert.equal(provider.attempts[0].json.stream_options?.include_usage, true, "we ask, for the log and the closing comment");
  assert.ok(
    quiet.chunks.every((chunk) => !("usage" in chunk)),
    "no usage, not even null",
  );
  assert.ok(
    quiet.chunks.every((chunk) => chunk.choices.length === 1),
    "no chunk without choices",
  );

  const told = await streamed(await stream({ model: "a/x", stream_options: { include_usage: true } }), "a/x");
  assert.deepEqual(told.chunks.at(-1).usage, does.usage);
  assert.deepEqual(told.chunks.at(-1).choices, []);
});

test("the last comment before [DONE] says what the stream used and cost", async (t) => {
  const { stream } = await world(t, { models: { "a/x": { price: { input: 1, output: 2 } } } });
  const { raw, closing } = await streamed(await stream({ model: "a/x" }), "a/x");
  assert.match(raw, /\n: steadfast \{.*\}\n\n?data: \[DONE\]\n\n$/);
  assert.equal(closing.trail.length, 1);
  assert.equal(closing.usage.prompt_tokens, does.usage.prompt_tokens);
  assert.equal(closing.usage.completion_tokens, does.usage.completion_tokens);
  assert.ok(Math.abs(closing.cost_usd - (9 * 1 + 3 * 2) / 1e6) < 1e-12, `costs ${closing.cost_usd}`);
});

test("a plain answer carries its trail and cost when asked to, and only then", async (t) => {
  const { provider, chat } = await world(t, { models: { "b/y": { price: { input: 1, output: 2 } } } });
  provider.script("a/x", does.fails(503));
  const asked = await answered(await chat({ steadfast: { trail: true } }), "b/y");
  assert.equal(asked.steadfast.trail.length, 2);
  assert.ok(Math.abs(asked.steadfast.cost_usd - (9 * 1 + 3 * 2) / 1e6) < 1e-12, `costs ${asked.steadfast.cost_usd}`);
  assert.ok(!("steadfast" in provider.on("b/y")[0].json), "our own field stays here");
  assert.ok(!("steadfast" in (await answered(await chat(), "b/y"))));
});

test("what the caller wrote goes upstream untouched, but for the model's name", async (t) => {
  const { provider, call } = await world(t);
  const body =
    '{ "model" : "a/x",\n "messages":[{"role":"user","content":"h\\u00e9","model":"kept"}], "temperature": 1.0, "seed": 12345678901234567890, "x_unknown": {"a": [1, 2]} }';
  const response = await call("/v1/chat/completions", { method: "POST", body, headers: { "content-type": "application/json" } });
  await answered(response, "a/x");
  assert.equal(provider.attempts[0].body.toString(), body.replace('"a/x"', '"x"'));
});

test("a body that comes in pieces, and a path with a query, are understood", async (t) => {
  const { call } = await world(t);
  const text = JSON.stringify({ model: "a/x", messages: [{ role: "user", content: "héllo" }] });
  const body = ReadableStream.from(Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte)));
  await answered(
    await call("/v1/chat/completions?debug=1", { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" }),
    "a/x",
  );
});

test("blank lines before a plain answer, with which some providers keep the connection busy, do it no harm", async (t) => {
  const { provider, chat } = await world(t);
  provider.script("a/x", async (attempt) => {
    await attempt.head(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
    for (let line = 0; line < 5; line += 1) await attempt.chunk("\n").then(() => attempt.sleep(20));
    await attempt.chunk(JSON.stringify(does.completion()));
    await does.end(attempt);
  });
  await answered(await chat(), "a/x");
});

test("upstream gets the headers of the contract and no other", async (t) => {
  const { provider, chat } = await world(t, (provider) => ({
    providers: { lab: { dialect: "openai", base_url: provider.base("lab"), keys: ["A_KEY"], headers: { "x-team": "blue" } } },
  }));
  const sent = {
    "openai-beta": "things=v2",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    cookie: "session=1",
    "x-api-key": "caller-key",
    "openai-organization": "org-caller",
    "x-stainless-lang": "js",
    "x-forwarded-for": "192.0.2.1",
    "accept-language": "eo",
    "user-agent": "somebody/1.0",
  };
  await answered(await chat({ model: "lab/x" }, { headers: sent }), "lab/x");
  const { headers } = provider.attempts[0];
  assert.equal(headers.authorization, `Bearer ${secrets.A_KEY}`);
  assert.match(headers["content-type"], /^application\/json/);
  assert.equal(headers["x-team"], "blue");
  assert.equal(headers["openai-beta"], sent["openai-beta"]);
  assert.equal(headers.traceparent, sent.traceparent);
  const transport = ["host", "connection", "content-length", "transfer-encoding", "accept-encoding"]; // the runtime's, not ours
  const allowed = ["content-type", "accept", "authorization", "openai-beta", "traceparent", "x-team", ...transport];
  assert.deepEqual(
    Object.keys(headers).filter((name) => !allowed.includes(name)),
    [],
  );
});

test("a header of the configuration wins over the caller's and over ours, and is sent once", async (t) => {
  const pinned = { "openai-beta": "things=v1", "anthropic-beta": "context-1m", "anthropic-version": "2024-10-22" };
  const { provider, chat } = await world(t, (provider) => ({
    providers: { lab: { dialect: "anthropic", base_url: provider.base("lab"), keys: ["A_KEY"], headers: pinned } },
  }));
  await chat({ model: "lab/x" }, { headers: { "openai-beta": "things=v2", "anthropic-beta": "other-1" } });
  const { headers } = provider.attempts[0];
  assert.deepEqual(Object.fromEntries(Object.keys(pinned).map((name) => [name, headers[name]])), pinned);
});

test("the caller gets the headers of the contract and no other", async (t) => {
  const { provider, chat, stream } = await world(t);
  const theirs = {
    "set-cookie": ["a=1", "b=2"],
    "openai-organization": "org-provider",
    "openai-processing-ms": "12",
    "x-ratelimit-remaining-requests": "99",
    "x-request-id": "req_of_the_provider",
    server: "cloudflare",
    "cf-ray": "1234",
  };
  provider.script("a/x", does.answers(does.completion(), { headers: theirs }), does.streams(does.events(), { headers: theirs }));
  const transport = ["connection", "keep-alive", "date", "content-length", "transfer-encoding", "vary"]; // the runtime's, not theirs
  const allowed = [
    "content-type",
    "x-request-id",
    "x-steadfast-model",
    "x-steadfast-route",
    "x-steadfast-trail",
    "cache-control",
    ...transport,
  ];
  for (const response of [await chat({ model: "a/x" }), await stream({ model: "a/x" })]) {
    await response.text();
    assert.deepEqual(
      [...response.headers.keys()].filter((name) => !allowed.includes(name)),
      [],
    );
    assert.notEqual(response.headers.get("x-request-id"), theirs["x-request-id"]);
  }
});

test("an answer that says that it is compressed arrives unpacked", async (t) => {
  const { provider, chat } = await world(t);
  const packed = gzipSync(JSON.stringify(does.completion({ text: "Unpacked." })));
  provider.script("a/x", does.answers(packed, { headers: { "content-encoding": "gzip" } }));
  const response = await chat({ model: "a/x" });
  assert.equal(response.headers.get("content-encoding"), null);
  assert.equal((await answered(response, "a/x")).choices[0].message.content, "Unpacked.");
});

test("a model's name beyond ASCII is percent-encoded in the headers, and itself everywhere else", async (t) => {
  const { provider, chat } = await world(t);
  const response = await chat({ model: "a/模型 1" });
  assert.equal(response.headers.get("x-steadfast-model"), "a/%E6%A8%A1%E5%9E%8B%201");
  assert.match(response.headers.get("x-steadfast-trail"), /^a\/%E6%A8%A1%E5%9E%8B%201 ok \d+ms$/);
  assert.equal((await response.json()).model, "a/模型 1");
  assert.equal(provider.attempts[0].json.model, "模型 1");
});

test("a model's name cannot smuggle a header in", async (t) => {
  const { provider, chat } = await world(t);
  const response = await chat({ model: "a/x\r\nx-evil: 1" });
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("x-evil"), null);
  assert.equal(provider.attempts.length, 0);
  const encoded = await chat({ model: "a/x y;\u00e9" });
  assert.equal(encoded.headers.get("x-steadfast-model"), "a/x%20y%3B%C3%A9");
});

test("the trail's header stays within 2 KB, however long the names", async (t) => {
  const { provider, chat } = await world(t);
  const long = Array.from("abcdefg", (letter) => `a/${letter}${"\u6807".repeat(80)}`); // Three times as long when encoded.
  for (const target of long) provider.script(target, does.fails(503));
  const response = await chat({ model: long[0], models: [...long.slice(1), "b/y"] });
  await answered(response, "b/y");
  assert.equal(provider.attempts.length, 8);
  assert.ok(response.headers.get("x-steadfast-trail").length <= 2048);
});

test("the caller's request id is kept when it is fit to be printed, else replaced", async (t) => {
  const { chat } = await world(t);
  const id = async (sent) => {
    const response = await chat({ model: "a/x" }, { headers: sent && { "x-request-id": sent } });
    await response.text();
    return response.headers.get("x-request-id");
  };
  assert.equal(await id("my.own_id-1"), "my.own_id-1");
  assert.equal(await id("a".repeat(128)), "a".repeat(128));
  for (const unfit of [undefined, "a b", "a".repeat(129), "a;b"]) {
    const given = await id(unfit);
    assert.notEqual(given, unfit);
    assert.match(given, /^[\w.-]{1,128}$/);
  }
});

test("one line of the log tells a request's story, without a word of prompt or answer", async (t) => {
  const { provider, gateway, chat } = await world(t);
  provider.script("a/x", does.fails(503)).script("b/y", does.says("A secret answer."));
  const response = await chat({ messages: [{ role: "user", content: "A secret prompt." }] });
  await answered(response, "b/y");
  const line = await gateway.log(response.headers.get("x-request-id"));
  for (const field of ["id", "route", "trail", "usage"]) assert.ok(field in line, `the line has ${field}: ${JSON.stringify(line)}`);
  assert.equal(gateway.logs().length, 1, "one line a request");
  assert.doesNotMatch(gateway.printed(), /secret|caller-key|sk-test/);
});
