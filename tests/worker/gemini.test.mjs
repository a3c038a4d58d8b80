// A provider of Gemini's own language, a third party's fake of it, behind the official OpenAI SDK.

import assert from "node:assert/strict";
import test from "node:test";
import * as does from "./behaviours.mjs";
import { question, read, withFake } from "./fake.mjs";

const whole = "Hi there! 🌍 Żółć. One two three four five.";
const model = "google/gemini-3.5-flash";

const withGemini = (t, fixtures) => withFake(t, { model, entry: (url) => ({ dialect: "gemini", base_url: `${url}/v1beta` }) }, fixtures);

test("it answers for a model that is down, plain and streamed, however its text is cut", async (t) => {
  const { provider, ask } = await withGemini(t, (mock) => mock.onMessage("hello", { content: whole, reasoning: "Hm." }, { chunkSize: 1 }));
  provider.script("a/x", does.fails(503));
  const { choices, model: who } = await ask();
  assert.deepEqual([choices[0].message.content, choices[0].finish_reason, who], [whole, "stop", model]);
  assert.equal(choices[0].message.reasoning_content, "Hm.");
  const said = await read(await ask({ stream: true, stream_options: { include_usage: true } }));
  assert.deepEqual([said.text, said.thoughts, said.finishes], [whole, "Hm.", ["stop"]]);
  assert.equal(typeof said.usage.total_tokens, "number");
});

test("it is carried on for, and carries on", async (t) => {
  const { provider, ask } = await withGemini(t, (mock) => {
    // The last piece may be lost with the connection, or not: it is not said twice.
    mock.onMessage("hello", { content: whole }, { chunkSize: 13, truncateAfterChunks: 2, latency: 100 });
  });
  provider.script("a/x", does.streams([does.role(), does.word("Żółć. One two three four five."), does.finish(), does.done]));
  const carried = await read(await ask({ model: "back", stream: true }));
  assert.deepEqual([carried.text, carried.finishes], [whole, ["stop"]]);

  const other = await withGemini(t, (mock) => mock.onMessage(/hello|cut off/, { content: "Żółć. One two three four five." }));
  other.provider.script("a/x", does.streams([does.role(), does.word("Hi there! 🌍 ")], { then: does.cut }));
  const carries = await read(await other.ask({ stream: true }));
  assert.deepEqual([carries.text, carries.finishes], [whole, ["stop"]]);
});

test("its calls of tools go round", async (t) => {
  const { mock, ask } = await withGemini(t, (mock) => {
    const toolCalls = [
      { name: "weather", arguments: '{"city":"Łódź"}' },
      { name: "weather", arguments: '{"city":"Kraków"}' },
    ];
    mock.onToolResult("call_gemini_weather_1", { content: "Sunny in both." });
    mock.onMessage("hello", { toolCalls });
  });
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const tools = [{ type: "function", function: { name: "weather", parameters } }];
  const said = await read(await ask({ model, tools, stream: true }));
  assert.deepEqual(said.finishes, ["tool_calls"]);
  const { choices } = await ask({ model, tools });
  const { message } = choices[0];
  assert.deepEqual(
    message.tool_calls.map((call) => JSON.parse(call.function.arguments)),
    said.calls.map((call) => JSON.parse(call.arguments)),
  );
  assert.equal(new Set(message.tool_calls.map((call) => call.id)).size, 2);
  const results = message.tool_calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "sunny" }));
  const last = await ask({ model, tools, messages: [...question, message, ...results] });
  assert.equal(last.choices[0].message.content, "Sunny in both.");
  assert.equal(mock.getRequests().at(-1).body.tools[0].function.name, "weather");
});

test("its refusals are the SDK's own errors", async (t) => {
  const { mock, ask } = await withGemini(t, (mock) => mock.onMessage("hello", { content: whole }));
  mock.nextRequestError(400, { message: "Please use a valid role: user, model.", type: "INVALID_ARGUMENT" });
  const error = await ask({ model }).catch((error) => error);
  assert.deepEqual([error.constructor.name, error.status], ["BadRequestError", 400]);
  assert.match(error.message, /valid role/);
});
