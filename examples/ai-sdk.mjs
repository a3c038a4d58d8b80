// The Vercel AI SDK over steadfast.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
import { Steadfast } from "steadfast";

const steadfast = new Steadfast(
  { routes: { standard: { fallback: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
  { env: process.env },
);
const models = createOpenAICompatible({ name: "steadfast", baseURL: "https://steadfast/v1", fetch: steadfast.fetch });

const { textStream, response } = streamText({ model: models("standard"), prompt: "Say hello in one sentence.", maxRetries: 0 });
for await (const text of textStream) process.stdout.write(text);
console.log(`\n${(await response).modelId} answered`);
