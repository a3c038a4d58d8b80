// A third party's fake of a vendor (@copilotkit/aimock), behind the gateway and the official OpenAI SDK.

import { LLMock } from "@copilotkit/aimock";
import OpenAI from "openai";
import { secrets, world } from "./world.mjs";

export const question = [{ role: "user", content: "hello" }];

/**
 * A world in which that model is the fake, told by `fixtures` what to answer. `entry` is its provider's in the configuration, from
 * the fake's address; `settings` are those of `config`. The route `chain` asks it after `a/x`, and `back` before.
 */
export async function withFake(t, { model, entry, ...settings }, fixtures) {
  const mock = new LLMock({ port: 0 });
  fixtures(mock);
  await mock.start();
  t.after(() => mock.stop());
  const { provider, gateway } = await world(
    t,
    {
      providers: { [model.split("/")[0]]: { ...entry(mock.url), keys: ["MOCK_KEY"] } },
      routes: { chain: { fallback: ["a/x", model] }, back: { fallback: [model, "a/x"] } },
      ...settings,
    },
    { secrets: { ...secrets, MOCK_KEY: "mock-key" } },
  );
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "caller-key", maxRetries: 0 });
  return { mock, provider, ask: (more) => client.chat.completions.create({ model: "chain", messages: question, ...more }) };
}

/** What a stream says, put together as the SDK's users do it. */
export async function read(stream) {
  const said = { text: "", thoughts: "", details: [], calls: [], finishes: [], usage: undefined };
  for await (const chunk of stream) {
    said.usage = chunk.usage ?? said.usage;
    for (const { delta, finish_reason } of chunk.choices) {
      said.text += delta.content ?? "";
      said.thoughts += delta.reasoning_content ?? "";
      said.details.push(...(delta.reasoning_details ?? []));
      for (const { index, id, function: { name, arguments: more } } of delta.tool_calls ?? []) {
        said.calls[index] ??= { id, name, arguments: "" };
        said.calls[index].arguments += more;
      }
      if (finish_reason) said.finishes.push(finish_reason);
    }
  }
  return said;
}
