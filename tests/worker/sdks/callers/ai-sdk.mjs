// Vercel's AI SDK, over Chat Completions or over Anthropic's Messages.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, Output, streamText, tool } from "ai";

// It says on the console what it holds against an unknown model's name.
globalThis.AI_SDK_LOG_WARNINGS = false;

const overChat = ({ url, key, fetch }) =>
  createOpenAICompatible({ name: "steadfast", baseURL: `${url}/v1`, apiKey: key, fetch, supportsStructuredOutputs: true, includeUsage: true });
const overMessages = ({ url, key, fetch }) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key, fetch });

export const openCompatible = (gateway) =>
  caller(overChat(gateway), { keeps: (vendor) => vendor === "gemini", thinking: { steadfast: { reasoningEffort: "low" } } });
export const openAnthropic = (gateway) =>
  caller(overMessages(gateway), {
    keeps: () => true,
    always: { anthropic: { structuredOutputMode: "outputFormat" } },
    thinking: { anthropic: { thinking: { type: "adaptive" }, effort: "low" } },
  });

const caller = (models, { keeps, always = {}, thinking }) => ({
  keeps: ({ vendor }) => keeps(vendor),
  user: (text, image) => ({ role: "user", content: image ? [{ type: "text", text }, { type: "file", mediaType: image.type, data: image.data }] : text }),
  results: (results) => [
    {
      role: "tool",
      content: results.map(({ id, name, text }) => ({ type: "tool-result", toolCallId: id, toolName: name, output: { type: "text", value: text } })),
    },
  ],
  async ask(model, messages, { system, tools, schema, stream, thinks, signal, onPiece }) {
    const asked = {
      model: models(model),
      messages,
      instructions: system,
      maxOutputTokens: 400,
      maxRetries: 0,
      abortSignal: signal,
      providerOptions: { ...always, ...(thinks && thinking) },
      ...(schema && { output: Output.object({ schema }) }),
      ...(tools && {
        tools: Object.fromEntries(tools.map(({ name, description, parameters }) => [name, tool({ description, inputSchema: jsonSchema(parameters) })])),
      }),
    };
    if (!stream) return read(await generateText(asked), schema);
    let pieces = 0;
    const answer = streamText({ ...asked, onError: () => {} });
    for await (const part of answer.fullStream) {
      if (part.type === "error") throw part.error;
      if (part.type === "abort") throw new DOMException("aborted", "AbortError");
      if (part.type === "text-delta") ((pieces += 1), onPiece?.(part.text));
    }
    return { ...(await read(answer, schema)), pieces };
  },
});

async function read(answer, schema) {
  const [text, thought, calls, finish, usage, response] = await Promise.all([
    answer.text, answer.reasoningText, answer.toolCalls, answer.finishReason, answer.usage, answer.response,
  ]);
  return {
    text,
    thought: thought || undefined,
    calls: calls.map(({ toolCallId: id, toolName: name, input }) => ({ id, name, input })),
    finish: finish.replace("-", "_"),
    usage: { input: usage.inputTokens, output: usage.outputTokens },
    model: response.modelId,
    parsed: schema && (await answer.output),
    said: response.messages,
  };
}
