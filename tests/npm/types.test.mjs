// The types: they check under both ways of resolving, without skipping the package's own, and no `any` reaches a user.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { node24, project, read, root, run } from "./package.mjs";

const tsc = join(root, "node_modules/.bin/tsc");

const app = `
import { AllTargetsFailedError, ConfigError, Steadfast, SteadfastError, type ChatChunk, type Config, type Message, type Status } from "steadfast";
import { init, load } from "steadfast/slim";
import wasm from "steadfast/wasm";

/** As TypeScript reads a file of JSON: wide, and nothing constant. */
declare const file: { routes: { chain: { fallback: (string | { model: string })[]; hedge_ms: string } }; providers: { lab: { dialect: string; base_url: string; keys: string[] } }; breaker: boolean };

type IsAny<T> = 0 extends 1 & T ? true : false;
const no = <T extends false>(): T => false as T;

const config: Config = {
  providers: { lab: { dialect: "openai", base_url: "http://127.0.0.1:11434/v1", keys: [], headers: { "x-team": "blue" } } },
  routes: {
    chain: { fallback: ["deepseek/deepseek-flash", { model: "lab/llama", timeouts: { idle_ms: 1000 } }, { race: ["a/x", "b/y"] }], hedge_ms: "p95" },
    auto: { auto: ["*"], weigh: { price: 1 } },
  },
  breaker: false,
  stream: { on_break: "restart" },
};
using steadfast = new Steadfast(config, { env: process.env, keys: (name) => name && undefined, fetch: (url, init) => fetch(url, init), log: (level, line) => console.log(level, line) });
new Steadfast(file as Config);
// @ts-expect-error an unknown field
new Steadfast({ route: {} });
// @ts-expect-error keys are names of secrets
new Steadfast({ providers: { openai: { keys: [1] } } });

interface Env {
  readonly OPENAI_API_KEY: string;
  readonly CACHE: { get(name: string): Promise<string | null> };
}
declare const env: Env;
new Steadfast({}, { env });
new Steadfast({}, { keys: env });
new Steadfast({}, { keys: { OPENAI_API_KEY: "sk-1" }, env: { GROQ_API_KEY: process.env.GROQ_API_KEY } });
new Steadfast({}, { keys: (name) => env[name as "OPENAI_API_KEY"] });
new Steadfast({}, { keys: undefined, env: undefined, fetch: undefined, log: process.env.DEBUG ? (level, line) => console.log(level, line) : undefined });
interface Extra {
  top_k: number;
}
declare const extraBody: Extra;
steadfast.stream({ model: "chain", messages: [] }, { extraBody });
// @ts-expect-error keys are looked up by name
new Steadfast({}, { keys: "sk-1" });
// @ts-expect-error a function of the name answers at once
new Steadfast({}, { keys: async (name: string) => name });

const messages: Message[] = [{ role: "user", content: "Hello?" }];
const answer = await steadfast.chat({ model: "chain", messages, steadfast: { timeouts: { attempt_ms: 5000 } } }, { signal: AbortSignal.timeout(1000), extraBody: { top_k: 5 } });
const text: string | null | undefined = answer.choices[0]?.message.content;
const cost: number | undefined = answer.steadfast.cost_usd;
const stream = steadfast.stream({ model: "chain", messages });
for await (const chunk of stream) {
  const piece: ChatChunk = chunk;
  const delta: string | null | undefined = piece.choices[0]?.delta.content;
  void delta;
}
const status: Status = steadfast.status();
const p95: number | null | undefined = status.targets["a/x"]?.first_token_ms?.p95;
const stop: () => void = steadfast.onAttempt(({ model, outcome, ms }) => console.log(model, outcome === "rate_limit", ms));
steadfast.onProgress((step) => step.event === "continued" && console.log(step.after));
steadfast.onAlert(({ alert, why }) => console.log(alert === "degraded", why));
stop();
const response = await steadfast.fetch("https://steadfast/v1/models", { method: "GET" });
const trail = response.steadfast?.trail;
try {
  await steadfast.chat({ model: "chain", messages });
} catch (error) {
  if (error instanceof AllTargetsFailedError) console.log(error.attempts[0]?.outcome, error.retryAfter);
  else if (error instanceof ConfigError) console.log(error.problems[0]?.path);
  else if (error instanceof SteadfastError) console.log(error.status, error.code);
}
init(wasm);
await load(new URL("https://page.example/steadfast.wasm"));
no<IsAny<typeof answer>>(); no<IsAny<typeof answer.choices>>(); no<IsAny<typeof response>>(); no<IsAny<typeof trail>>(); no<IsAny<typeof status.targets>>();
export { cost, p95, text };
`;

const clients = `
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as undici from "undici";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { Steadfast, type ChatRequest, type Message } from "steadfast";
const steadfast = new Steadfast();
new OpenAI({ apiKey: "-", baseURL: "https://steadfast/v1", fetch: steadfast.fetch });
new Anthropic({ apiKey: "-", baseURL: "https://steadfast", fetch: steadfast.fetch });
createOpenAICompatible({ name: "steadfast", baseURL: "https://steadfast/v1", fetch: steadfast.fetch });

// Whose fetch it is does not matter: the types of no two of them are alike.
new Steadfast({}, { fetch });
new Steadfast({}, { fetch: steadfast.fetch });
new Steadfast({}, { fetch: undici.fetch });
const dispatcher = new undici.Agent({ headersTimeout: 0, bodyTimeout: 0 });
new Steadfast({}, { fetch: (url, init) => undici.fetch(url, { ...init, dispatcher }) });
new Steadfast({}, { fetch: (url, init) => fetch(url, { ...init, cache: "no-store" }) });
new Steadfast({}, { fetch: (url: string, init: RequestInit) => fetch(url, init) });
// @ts-expect-error an answer is more than a text
new Steadfast({}, { fetch: async () => "hello" });

// What is declared is neither narrowed to what it was made of, nor fresh.
declare const messages: OpenAI.ChatCompletionMessageParam[];
declare const tools: OpenAI.ChatCompletionTool[];
declare const tool_choice: OpenAI.ChatCompletionToolChoiceOption;
declare const reasoning_effort: OpenAI.ReasoningEffort;
declare const theirs: OpenAI.ChatCompletion;
const answer = await steadfast.chat({ model: "chain", messages, tools, tool_choice, reasoning_effort });

declare const plain: OpenAI.ChatCompletionCreateParamsNonStreaming;
declare const streaming: OpenAI.ChatCompletionCreateParamsStreaming;
await steadfast.chat(plain);
steadfast.stream(streaming);
const request: ChatRequest = plain;

// Each field by itself: the whole could be taken though a field of it is missing here.
type Known = Exclude<keyof OpenAI.ChatCompletionCreateParamsNonStreaming, "stream">;
type Missing = Exclude<Known, keyof ChatRequest>;
type Never<T extends never> = T;
export type Nothing = Never<Missing>;
await steadfast.chat({ model: "chain", messages, service_tier: "flex", verbosity: "low", prompt_cache_key: "k", store: false });
// @ts-expect-error a field that nobody has
await steadfast.chat({ model: "chain", messages, servicetier: "flex" });

// A history goes on, be it typed by them or by us, with an answer of theirs or of ours.
const ours: Message[] = [...messages, theirs.choices[0]!.message, answer.choices[0]!.message];
messages.push(answer.choices[0]!.message, theirs.choices[0]!.message);
for (const call of answer.choices[0]!.message.tool_calls ?? []) {
  const said: string = call.type === "function" ? call.function.arguments : call.custom.input;
  ours.push({ role: "tool", tool_call_id: call.id, content: said });
}
// Other vendors end answers in other words and leave fields out, so one \`as\` it takes where theirs is wanted.
export const whole = answer as OpenAI.ChatCompletion;
export const pieces = steadfast.stream(plain) as AsyncIterable<OpenAI.ChatCompletionChunk>;
const asTheirs: Omit<OpenAI.ChatCompletion.Choice, "logprobs">["finish_reason"] | string = answer.choices[0]!.finish_reason;
export { asTheirs, request };
`;

const common = { target: "es2023", strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: false };
const ways = {
  "nodenext, with Node's types alone": { module: "nodenext", lib: ["es2023", "esnext.disposable"], types: ["node"] },
  "bundler, with a browser's types": { module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"], types: ["node"] },
};

for (const [name, options] of Object.entries(ways)) {
  test(`types: ${name}`, () => {
    const cwd = project(`types-${options.module}`, { "app.ts": app, "tsconfig.json": { compilerOptions: { ...common, ...options }, files: ["app.ts"] } });
    run(node24, [tsc, "-p", cwd]);
  });
}

test("types: nodenext, from CommonJS", () => {
  const main = 'import { Steadfast } from "steadfast";\nconst steadfast: Steadfast = new Steadfast({}, { env: process.env });\nsteadfast.dispose();\n';
  const cwd = project("types-cjs", { "package.json": { private: true, type: "commonjs" }, "app.ts": main, "tsconfig.json": { compilerOptions: { ...common, ...ways["nodenext, with Node's types alone"] }, files: ["app.ts"] } });
  run(node24, [tsc, "-p", cwd]);
});

test("types: what the openai package and the AI SDK have can be handed over as it is", () => {
  const cwd = project("types-clients", { "app.ts": clients, "tsconfig.json": { compilerOptions: { ...common, module: "nodenext", skipLibCheck: true, types: ["node"] }, files: ["app.ts"] } });
  run(node24, [tsc, "-p", cwd]);
});

test("types: no any", () => {
  const types = join(project("types-any", {}), "node_modules/steadfast/types");
  for (const file of readdirSync(types).filter((name) => name.endsWith(".ts"))) {
    const code = read(types, file).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "").replaceAll(/"[^"]*"/g, '""');
    assert.doesNotMatch(code, /\bany\b/, file);
  }
});

test("types: those of the configuration are what the schema says", () => {
  run(node24, ["scripts/config-types.mjs", "--check"], { cwd: root });
});
