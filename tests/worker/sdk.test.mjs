// The official OpenAI SDKs, with nothing changed but the base URL and the key: first model down, second answers.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { LLMock } from "@copilotkit/aimock";
import OpenAI from "openai";
import * as does from "./behaviours.mjs";
import { root } from "./gateway.mjs";
import { secrets, world } from "./world.mjs";

const question = [{ role: "user", content: "hello" }];
const python = resolve(root, process.env.STEADFAST_PYTHON ?? ".tools/python/bin/python");
const run = promisify(execFile);

// The same verbs in both languages, so that each story below is told twice.

const node = (baseURL, apiKey) => {
  const client = new OpenAI({ baseURL, apiKey });
  const told = (response) => Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-steadfast-")));
  const verbs = {
    async plain(model) {
      const { data, response } = await client.chat.completions.create({ model, messages: question }).withResponse();
      return { text: data.choices[0].message.content, model: data.model, headers: told(response) };
    },
    async stream(model) {
      const { data, response } = await client.chat.completions.create({ model, messages: question, stream: true }).withResponse();
      let text = "";
      const models = new Set();
      for await (const chunk of data) {
        text += chunk.choices[0].delta.content ?? "";
        models.add(chunk.model);
      }
      return { text, model: [...models].join("|"), headers: told(response) };
    },
    async models() {
      return { ids: (await client.models.list()).data.map((model) => model.id) };
    },
  };
  return (verb, ...rest) =>
    verbs[verb](...rest).catch((error) => ({
      error: error.constructor.name,
      status: error.status,
      code: error.code,
      message: error.message,
    }));
};

const snake =
  (baseURL, apiKey) =>
  async (...words) => {
    const { stdout } = await run(python, [resolve(import.meta.dirname, "python/chat.py"), ...words], {
      env: { PATH: process.env.PATH, OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: apiKey },
    });
    return JSON.parse(stdout);
  };

for (const [language, sdk] of Object.entries({ Node: node, Python: snake })) {
  test(`${language}: the first model is down and the second answers, plain and streamed`, async (t) => {
    const { provider, gateway } = await world(t);
    provider.script("a/x", does.fails(503));
    const ask = sdk(`${gateway.url}/v1`, "caller-key");
    for (const verb of ["plain", "stream"]) {
      const { text, model, headers } = await ask(verb, "chain");
      assert.equal(text, "Hello from b/y.");
      assert.equal(model, "b/y");
      assert.equal(headers["x-steadfast-model"], "b/y");
      assert.equal(headers["x-steadfast-route"], "chain.fallback[1]");
      assert.match(headers["x-steadfast-trail"], /^a\/x overloaded 503 \d+ms; b\/y ok \d+ms$/);
    }
  });

  test(`${language}: a third party's fake of OpenAI answers as the second model, plain and streamed`, async (t) => {
    const mock = new LLMock({ port: 0 });
    mock.onMessage("hello", { content: "Hi there! 🌍 Żółć." });
    await mock.start();
    t.after(() => mock.stop());
    const { provider, gateway } = await world(
      t,
      {
        providers: { mock: { dialect: "openai", base_url: `${mock.url}/v1`, keys: ["MOCK_KEY"] } },
        routes: { chain: { fallback: ["a/x", "mock/gpt-5.4-mini"] } },
      },
      { secrets: { ...secrets, MOCK_KEY: "sk-mock" } },
    );
    provider.script("a/x", does.fails(503));
    const ask = sdk(`${gateway.url}/v1`, "caller-key");
    for (const verb of ["plain", "stream"]) {
      const { text, model, headers } = await ask(verb, "chain");
      assert.equal(text, "Hi there! 🌍 Żółć.");
      assert.equal(model, "mock/gpt-5.4-mini");
      assert.equal(headers["x-steadfast-route"], "chain.fallback[1]");
      assert.match(headers["x-steadfast-trail"], /^a\/x overloaded 503 \d+ms; mock\/gpt-5\.4-mini ok \d+ms$/);
    }
  });

  test(`${language}: a wrong key and an unknown model are the SDK's own errors`, async (t) => {
    const { gateway } = await world(t);
    const stranger = await sdk(`${gateway.url}/v1`, "wrong-key")("plain", "chain");
    assert.deepEqual([stranger.error, stranger.status, stranger.code], ["AuthenticationError", 401, "invalid_api_key"]);
    const lost = await sdk(`${gateway.url}/v1`, "caller-key")("plain", "chian");
    assert.deepEqual([lost.error, lost.status, lost.code], ["NotFoundError", 404, "model_not_found"]);
    assert.match(lost.message, /chain/);
  });

  test(`${language}: with every target down the SDK does not run the chain again`, async (t) => {
    const { provider, gateway } = await world(t);
    for (const target of ["a/x", "b/y", "c/z"]) provider.script(target, does.fails(504));
    const { error, status, code } = await sdk(`${gateway.url}/v1`, "caller-key")("plain", "chain");
    assert.deepEqual([error, status, code], ["InternalServerError", 502, "all_targets_failed"]);
    assert.deepEqual(provider.tried, ["a/x", "b/y", "c/z"]);
  });

  test(`${language}: a stream that breaks is an error to the SDK, not a short answer`, async (t) => {
    const { provider, gateway } = await world(t, { stream: { on_break: "error" } });
    provider.script("a/x", does.streams([does.role(), does.word("So far ")], { then: does.cut }));
    const { error } = await sdk(`${gateway.url}/v1`, "caller-key")("stream", "a/x");
    assert.equal(error, "APIError");
  });

  test(`${language}: the models can be listed`, async (t) => {
    const { gateway } = await world(t, { models: { "a/x": { context: 8000 } } });
    const { ids } = await sdk(`${gateway.url}/v1`, "caller-key")("models");
    assert.ok(ids.includes("chain") && ids.includes("a/x"), ids.join(" "));
  });
}
