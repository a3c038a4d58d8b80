// The SDKs people use, with `fetch: steadfast.fetch` and nothing else changed: no server in between.

import assert from "node:assert/strict";
import test from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { z } from "zod";
import * as does from "../worker/behaviours.mjs";
import { second, within } from "../worker/world.mjs";
import { ask, world } from "./world.mjs";

const call = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Ulm"}' } };

/** Calls the tool when there is one to call, and then says what it said. */
const usesTools = (attempt) => {
  const result = attempt.json.messages.find(({ role }) => role === "tool");
  if (result) return does.says(`It is ${result.content.replaceAll('"', "")}.`)(attempt);
  if (!attempt.json.stream) return does.answers(does.completion({ text: null, finish: "tool_calls", message: { tool_calls: [call] } }))(attempt);
  const begun = does.event(does.chunk({ tool_calls: [{ index: 0, ...call, function: { ...call.function, arguments: "" } }] }));
  const rest = does.event(does.chunk({ tool_calls: [{ index: 0, function: { arguments: call.function.arguments } }] }));
  return does.streams([does.role(), begun, rest, does.finish("tool_calls"), does.done])(attempt);
};
const breaks = does.streams([does.role(), does.word("One, two, ")], { then: does.torn });

const openai = ({ steadfast }) => new OpenAI({ apiKey: "-", baseURL: "https://steadfast/v1", fetch: steadfast.fetch });

test("openai: a plain answer and a stream, by the second model when the first is down", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", does.fails(503));
  const { data, response } = await openai(here).chat.completions.create(ask).withResponse();
  assert.equal(data.choices[0].message.content, "Hello from b/y.");
  assert.equal(response.headers.get("x-steadfast-route"), "chain.fallback[1]");
  let text = "";
  for await (const chunk of await openai(here).chat.completions.create({ ...ask, stream: true })) text += chunk.choices[0]?.delta.content ?? "";
  assert.equal(text, "Hello from b/y.");
});

test("openai: a stream that breaks is rescued in the middle", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", breaks).script("b/y", does.says("three."));
  const stream = openai(here).chat.completions.stream(ask);
  assert.equal(await stream.finalContent(), "One, two, three.");
});

for (const stream of [false, true]) {
  test(`openai: tools, ${stream ? "streamed" : "plain"}`, async (t) => {
    const here = await world(t);
    here.provider.script("a/x", does.fails(500)).script("b/y", usesTools);
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } }, parse: JSON.parse, function: ({ city }) => `sunny in ${city}` } }];
    const runner = openai(here).chat.completions.runTools({ ...ask, stream, tools });
    assert.equal(await runner.finalContent(), "It is sunny in Ulm.");
  });
}

test("openai: an abort closes the provider's connection", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", does.repeats(does.word("again ")));
  const stream = await openai(here).chat.completions.create({ ...ask, stream: true });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
  assert.equal((await within(second, here.provider.attempts[0].closed, "the closing")).by, "caller");

  here.provider.script("a/x", does.silence);
  const controller = new AbortController();
  const waiting = openai(here).chat.completions.create(ask, { signal: controller.signal });
  waiting.catch(() => {});
  while (here.provider.attempts.length < 2) await new Promise((soon) => setTimeout(soon, 10));
  controller.abort();
  await assert.rejects(waiting, OpenAI.APIUserAbortError);
});

test("openai: when all fail its own retries stay quiet, and the error says what was tried", async (t) => {
  const here = await world(t, { retry: { retries: 0 } });
  for (const target of ["a/x", "b/y", "c/z"]) here.provider.script(target, does.fails(503));
  await assert.rejects(openai(here).chat.completions.create(ask), (error) => error.status === 502 && error.code === "all_targets_failed" && /a\/x overloaded 503/.test(error.message));
  assert.ok(here.provider.tried.length <= 4, `${here.provider.tried}`);
});

test("anthropic: a plain answer and a stream, by the second model when the first is down", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", does.fails(503));
  const anthropic = new Anthropic({ apiKey: "-", baseURL: "https://steadfast", fetch: here.steadfast.fetch });
  const asked = { ...ask, max_tokens: 100 };
  const { data, response } = await anthropic.messages.create(asked).withResponse();
  assert.deepEqual([data.content[0].text, data.model, response.steadfast.model], ["Hello from b/y.", "b/y", "b/y"]);
  assert.equal(await anthropic.messages.stream(asked).finalText(), "Hello from b/y.");
});

const model = ({ steadfast }) => createOpenAICompatible({ name: "steadfast", baseURL: "https://steadfast/v1", fetch: steadfast.fetch })("chain");

test("AI SDK: a plain answer and a stream, by the second model when the first is down", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", does.fails(503));
  const { text, response } = await generateText({ model: model(here), prompt: "Hello?" });
  assert.equal(text, "Hello from b/y.");
  assert.equal(response.modelId, "b/y");
  assert.equal(await streamText({ model: model(here), prompt: "Hello?" }).text, "Hello from b/y.");
});

test("AI SDK: a stream that breaks is rescued in the middle", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", breaks).script("b/y", does.says("three."));
  assert.equal(await streamText({ model: model(here), prompt: "Count." }).text, "One, two, three.");
});

test("AI SDK: tools, plain and streamed", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", does.fails(500)).script("b/y", usesTools);
  const weather = tool({ description: "The weather", inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `sunny in ${city}` });
  const asked = { model: model(here), prompt: "Weather in Ulm?", tools: { weather }, stopWhen: stepCountIs(3) };
  assert.equal((await generateText(asked)).text, "It is sunny in Ulm.");
  assert.equal(await streamText(asked).text, "It is sunny in Ulm.");
});

test("AI SDK: an abort closes the provider's connection", async (t) => {
  const here = await world(t);
  here.provider.script("a/x", does.repeats(does.word("again ")));
  const controller = new AbortController();
  const { textStream } = streamText({ model: model(here), prompt: "Hello?", abortSignal: controller.signal, onError: () => {} });
  await (async () => {
    for await (const piece of textStream) if (piece) controller.abort();
  })().catch(() => {});
  assert.equal((await within(second, here.provider.attempts[0].closed, "the closing")).by, "caller");
});
