// In Deno: deno add npm:steadfast
import { Steadfast } from "steadfast";

const steadfast = new Steadfast(
  { routes: { standard: { fallback: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
  { keys: (name) => Deno.env.get(name) },
);
const answer = await steadfast.chat({ model: "standard", messages: [{ role: "user", content: "Say hello in one sentence." }] });
console.log(`${answer.model}: ${answer.choices[0]?.message.content}`);
