// A provider that speaks Anthropic's Messages, a third party's fake of it, behind the official OpenAI SDK.

import assert from "node:assert/strict";
import test from "node:test";
import * as does from "./behaviours.mjs";
import { question, read, withFake } from "./fake.mjs";
import { secrets, world } from "./world.mjs";

const whole = "Hi there! 🌍 Żółć. One two three four five.";
const model = "claude/claude-haiku-4-5";

/** It takes a prefill. */
const withClaude = (t, fixtures) =>
  withFake(t, { model, entry: (url) => ({ dialect: "anthropic", base_url: url }), models: { [model]: { prefill: true } } }, fixtures);

test("it answers for a model that is down, plain and streamed, with its thoughts and their signature", async (t) => {
  const fixture = { content: whole, reasoning: "Hm.", reasoningSignature: "c2ln" };
  const { mock, provider, ask } = await withClaude(t, (mock) => mock.onMessage("hello", fixture, { chunkSize: 1 }));
  provider.script("a/x", does.fails(503));
  const { choices, model: who, usage } = await ask({ temperature: 1.5 });
  const [{ message, finish_reason }] = choices;
  assert.deepEqual([message.content, finish_reason, who], [whole, "stop", model]);
  assert.equal(message.reasoning_content, "Hm.");
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  assert.equal(mock.getRequests().at(-1).body.temperature, 1);

  const said = await read(await ask({ stream: true, stream_options: { include_usage: true } }));
  assert.deepEqual([said.text, said.thoughts, said.finishes], [whole, "Hm.", ["stop"]]);
  assert.deepEqual(said.details, message.reasoning_details);
  assert.equal(said.details[0].signature, "c2ln");
  assert.equal(typeof said.usage.total_tokens, "number");
});

test("it is carried on for, and carries on from a prefill", async (t) => {
  const { provider, ask } = await withClaude(t, (mock) => {
    mock.onMessage("hello", { content: whole }, { chunkSize: 8, truncateAfterChunks: 4 });
  });
  provider.script("a/x", does.says(whole));
  const carried = await read(await ask({ model: "back", stream: true }));
  assert.deepEqual([carried.text, carried.finishes], [whole, ["stop"]]);

  const other = await withClaude(t, (mock) => mock.onMessage("hello", { content: " Żółć. One two three four five." }));
  other.provider.script("a/x", does.streams([does.role(), does.word("Hi there! 🌍 ")], { then: does.cut }));
  const carries = await read(await other.ask({ stream: true }));
  assert.deepEqual([carries.text, carries.finishes], [whole, ["stop"]]);
  assert.equal(other.mock.getRequests().at(-1).body.messages.at(-1).content, "Hi there! 🌍");
});

test("its calls of tools go round, one of them without arguments", async (t) => {
  const toolCalls = [
    { id: "toolu_1", name: "weather", arguments: '{"city":"Łódź"}' },
    { id: "toolu_2", name: "today", arguments: "{}" },
  ];
  const { ask } = await withClaude(t, (mock) => {
    mock.onToolResult("toolu_2", { content: "Sunny today." });
    mock.onMessage("hello", { toolCalls });
  });
  const tools = ["weather", "today"].map((name) => ({ type: "function", function: { name, parameters: { type: "object", properties: {} } } }));
  const said = await read(await ask({ model, tools, stream: true }));
  assert.deepEqual([said.calls, said.finishes], [toolCalls, ["tool_calls"]]);
  const [{ message }] = (await ask({ model, tools })).choices;
  assert.deepEqual(message.tool_calls.map(({ id, function: call }) => ({ id, ...call })), toolCalls);
  const results = message.tool_calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "sunny" }));
  const last = await ask({ model, tools, messages: [...question, message, ...results] });
  assert.equal(last.choices[0].message.content, "Sunny today.");
});

test("its refusals are the SDK's own errors, and go where their class says", async (t) => {
  const { mock, provider, ask } = await withClaude(t, (mock) => mock.onMessage("hello", { content: whole }));
  mock.nextRequestError(400, { message: "messages: roles must alternate", type: "invalid_request_error" });
  const error = await ask({ model }).catch((error) => error);
  assert.deepEqual([error.constructor.name, error.status], ["BadRequestError", 400]);
  assert.match(error.message, /roles must alternate/);
  mock.nextRequestError(529, { message: "Overloaded", type: "overloaded_error" });
  provider.script("a/x", does.says("Hello from a/x."));
  assert.equal((await ask({ model: "back" })).model, "a/x");
});

test("the limit that is used up says when it is full again, and betas reach it", async (t) => {
  const { provider, chat } = await world(t, (provider) => ({
    providers: { b: { dialect: "anthropic", base_url: provider.base("b"), keys: ["B_KEY"] } },
  }));
  const reset = new Date(Date.now() + 1500).toISOString();
  const headers = { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": reset };
  const message = { id: "msg_1", type: "message", role: "assistant", content: [{ type: "text", text: "Hello." }], stop_reason: "end_turn" };
  provider.script("b/claude-sonnet-5", does.fails(429, { type: "rate_limit_error" }, headers), does.answers(message));
  const answer = await chat({ model: "b/claude-sonnet-5" }, { headers: { "anthropic-beta": "context-1m-2025-08-07", "openai-beta": "x" } });
  assert.equal((await answer.json()).choices[0].message.content, "Hello.");
  const [first, second] = provider.attempts;
  assert.ok(second.at - first.at >= 400, `waited ${second.at - first.at} ms`);
  assert.equal(second.headers["anthropic-beta"], "context-1m-2025-08-07");
  assert.equal(second.headers["openai-beta"], undefined, "nobody else's");
  assert.equal(second.headers["x-api-key"], secrets.B_KEY);
});
