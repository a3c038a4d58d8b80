// The OpenAI SDK, with steadfast in the place of the network.
import OpenAI from "openai";
import { Steadfast } from "steadfast";

const steadfast = new Steadfast(
  { routes: { quick: { race: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
  { env: process.env },
);
const openai = new OpenAI({ apiKey: "-", baseURL: "https://steadfast/v1", fetch: steadfast.fetch });

const stream = await openai.chat.completions.create({
  model: "quick",
  messages: [{ role: "user", content: "Say hello in one sentence." }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
