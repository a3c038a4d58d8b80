// The SDKs that people use, against every dialect that providers speak: each combination does all that there is to do (sdks/cases.mjs).
//
// SDKS=openai-node and UPSTREAM=gemini run a part of it.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import OpenAI from "openai";
import * as does from "./behaviours.mjs";
import { startGateway } from "./gateway.mjs";
import { startProvider } from "./provider.mjs";
import * as aiSdk from "./sdks/callers/ai-sdk.mjs";
import * as anthropic from "./sdks/callers/anthropic.mjs";
import * as chat from "./sdks/callers/chat.mjs";
import * as langchain from "./sdks/callers/langchain.mjs";
import * as python from "./sdks/callers/python.mjs";
import * as responses from "./sdks/callers/responses.mjs";
import { cases, storyteller, teach } from "./sdks/cases.mjs";
import * as schemas from "./sdks/schemas.mjs";
import * as ofAnthropic from "./sdks/upstreams/anthropic.mjs";
import * as ofChat from "./sdks/upstreams/chat.mjs";
import * as ofGemini from "./sdks/upstreams/gemini.mjs";
import * as ofResponses from "./sdks/upstreams/responses.mjs";

/** `kinds`: the SDK has an error of its own for each status. `passes`: an answer of Responses reaches it untouched. */
const callers = {
  "openai-node": { open: chat.open, kinds: true },
  "openai-node (responses)": { open: responses.open, kinds: true, passes: true },
  "openai-python": { open: python.openChat, kinds: true },
  "openai-python (responses)": { open: python.openResponses, kinds: true, passes: true },
  "anthropic-node": { open: anthropic.open, kinds: true },
  "anthropic-python": { open: python.openAnthropic, kinds: true },
  "ai-sdk (openai-compatible)": { open: aiSdk.openCompatible },
  "ai-sdk (anthropic)": { open: aiSdk.openAnthropic },
  "langchain (openai)": { open: langchain.openOpenAI },
  "langchain (anthropic)": { open: langchain.openAnthropic },
};
const upstreams = { openai: ofChat, anthropic: ofAnthropic, gemini: ofGemini, responses: ofResponses };

const pairs = Object.values(upstreams).flatMap((one) => Object.values(upstreams).flatMap((other) => (one === other ? [] : [[one, other]])));
const config = ({ origin }) => ({
  providers: Object.fromEntries(Object.values(upstreams).map(({ name, config }) => [name, config(origin)])),
  routes: Object.fromEntries(pairs.map(([one, other]) => [`${one.name}-${other.name}`, { fallback: [one.model, other.model] }])),
  retry: { retries: 0 },
  breaker: false,
});
const secrets = { FIREWORKS_API_KEY: "sk-fireworks", ANTHROPIC_API_KEY: "sk-anthropic", GEMINI_API_KEY: "gemini-key", OPENAI_API_KEY: "sk-openai" };

const mock = new LLMock({ port: 0 });
const matrix = [];
let provider;
let gateway;

before(async () => {
  teach(mock);
  await mock.start();
  provider = await startProvider();
  gateway = await startGateway({ config: config(provider), secrets });
});

after(async () => {
  await gateway.stop();
  await mock.stop();
  for (const line of matrix) console.log(line);
  if (schemas.present) console.log(`held against OpenAI's definitions: ${[...schemas.checked].map(([name, count]) => `${count} ${name}`).join(", ")}`);
  else console.log("NOT CHECKED against OpenAI's definitions: STEADFAST_SCHEMAS names no folder with openai.json");
  await provider.close();
});

/** A `fetch` that keeps what is answered, to be held against OpenAI's definitions. */
function watching() {
  const answers = [];
  const watched = async (input, init) => {
    const response = await fetch(input, init);
    const { status, headers } = response;
    const answer = { path: new URL(input.url ?? input).pathname, status, type: headers.get("content-type") };
    const whole = response.clone().text().then((text) => ({ ...answer, text }), () => undefined);
    // One that was aborted has no end to look at; of what it was cloned from, undici does not always say so.
    const aborted = new Promise((resolve) => init?.signal?.addEventListener("abort", () => setTimeout(resolve, 100), { once: true }));
    answers.push(Promise.race([whole, aborted]));
    return response;
  };
  const problems = async () => (await Promise.all(answers.splice(0))).flatMap((answer) => (answer ? schemas.problems(answer) : []));
  return { fetch: watched, problems, forget: () => answers.splice(0) };
}

for (const [language, { open, kinds, passes }] of Object.entries(callers)) {
  if (!language.includes(process.env.SDKS ?? "")) continue;
  test(language, async (t) => {
    const watch = watching();
    const caller = open({ url: gateway.url, key: "caller-key", fetch: watch.fetch });
    const stranger = open({ url: gateway.url, key: "wrong-key", fetch: watch.fetch });
    t.after(() => [caller, stranger].forEach((caller) => caller.close?.()));
    for (const [dialect, upstream] of Object.entries(upstreams)) {
      if (!dialect.includes(process.env.UPSTREAM ?? "")) continue;
      const passed = [];
      const answers = storyteller(upstream, mock, passes);
      const others = Object.values(upstreams).filter((other) => other !== upstream);
      for (const [name, tell] of Object.entries(cases)) {
        await t.test(`${language} × ${dialect}: ${name}`, async () => {
          await tell({ caller, stranger, kinds, upstream, others, provider, answers, model: upstream.model });
          assert.deepEqual(await watch.problems(), []);
          passed.push(name);
        });
        watch.forget();
      }
      matrix.push(`${language} × ${dialect}: ${passed.join(", ")}`);
    }
  });
}

test("openai-node: models and embeddings", async () => {
  const { fetch, problems } = watching();
  const { models, embeddings } = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "caller-key", fetch, maxRetries: 0 });
  const ids = (await models.list()).data.map(({ id }) => id);
  assert.ok(ids.includes("fireworks-gemini") && ids.includes(ofAnthropic.model), ids.join(" "));
  assert.equal((await models.retrieve(ofAnthropic.model)).id, ofAnthropic.model);

  const vector = [0.25, -1.5];
  provider.script("fireworks/vectors", (attempt) => {
    const base64 = attempt.json.encoding_format === "base64";
    const embedding = base64 ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
    return does.answers({ object: "list", data: [{ object: "embedding", index: 0, embedding }], model: "vectors", usage: { prompt_tokens: 2, total_tokens: 2 } })(attempt);
  });
  // What the SDK asks for by itself is base64, of which the definition knows nothing.
  const unasked = await new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "caller-key" }).embeddings.create({ model: "fireworks/vectors", input: "Hello" });
  const asked = await embeddings.create({ model: "fireworks/vectors", input: "Hello", encoding_format: "float" });
  for (const { data, model, usage } of [unasked, asked]) {
    assert.deepEqual([[...data[0].embedding], model, usage.total_tokens], [vector, "fireworks/vectors", 2]);
  }
  assert.deepEqual(await problems(), []);
});
