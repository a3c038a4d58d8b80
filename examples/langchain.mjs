// LangChain.js over steadfast.
import { ChatOpenAI } from "@langchain/openai";
import { Steadfast } from "steadfast";

const steadfast = new Steadfast(
  { routes: { standard: { fallback: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
  { env: process.env },
);
const model = new ChatOpenAI({
  model: "standard",
  apiKey: "-",
  maxRetries: 0, // steadfast has asked everybody: another try would ask them all again.
  configuration: { baseURL: "https://steadfast/v1", fetch: steadfast.fetch },
});

const { content, response_metadata } = await model.invoke("Say hello in one sentence.");
console.log(`${response_metadata.model_name}: ${content}`);
