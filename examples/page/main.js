// A page that asks a provider itself. Those that allow it are listed in docs/browser.md; OpenRouter is one.
import { Steadfast } from "steadfast";

const config = { routes: { standard: { fallback: ["openrouter/openai/gpt-5.4-mini", "openrouter/openrouter/auto"] } } };
const answer = document.querySelector("#answer");
let leaving;

document.querySelector("#stop").onclick = () => leaving?.abort();
document.querySelector("#form").onsubmit = async (event) => {
  event.preventDefault();
  const { key, question } = Object.fromEntries(new FormData(event.target));
  const steadfast = new Steadfast(config, { keys: { OPENROUTER_API_KEY: key } });
  const messages = [{ role: "user", content: question }];
  leaving?.abort(); // A new question takes the place of the last one.
  const { signal } = (leaving = new AbortController());
  answer.textContent = "";
  try {
    for await (const chunk of steadfast.stream({ model: "standard", messages }, { signal })) {
      answer.append(chunk.choices[0]?.delta.content ?? "");
    }
  } catch (error) {
    if (!signal.aborted) answer.append(` (${error.message})`);
  } finally {
    steadfast.dispose();
  }
};
