// Asks DeepSeek, and OpenAI when DeepSeek falters.
import { Steadfast } from "steadfast";

const steadfast = new Steadfast(
  { routes: { standard: { fallback: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
  { env: process.env },
);
steadfast.onAttempt(({ model, outcome, ms }) => console.log(`${model}: ${outcome} after ${ms} ms`));

const messages = [{ role: "user", content: "Say hello in one sentence." }];

const answer = await steadfast.chat({ model: "standard", messages });
console.log(answer.choices[0].message.content, answer.steadfast.cost_usd);

for await (const chunk of steadfast.stream({ model: "standard", messages })) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? "");
}
