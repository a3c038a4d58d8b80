// OpenAI's SDK of Node, over Chat Completions; and what its sister in Python says and hears the same way.

import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { address } from "../upstreams/heard.mjs";

/** How a conversation is written in this language. */
export const shape = {
  urls: true,
  user: (text, image) => ({
    role: "user",
    content: image ? [{ type: "text", text }, { type: "image_url", image_url: { url: address(image) } }] : text,
  }),
  results: (results) => results.map(({ id, text }) => ({ role: "tool", tool_call_id: id, content: text })),

  request: (model, conversation, { system, tools, thinks }) => ({
    model,
    messages: [...(system ? [{ role: "system", content: system }] : []), ...conversation],
    max_completion_tokens: 400,
    ...(tools && { tools: tools.map((tool) => ({ type: "function", function: tool })) }),
    ...(thinks && { reasoning_effort: "low" }),
  }),

  /** A `chat.completion`, in plain terms. */
  read({ model, choices, usage }) {
    const [{ message, finish_reason }] = choices;
    const calls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: input } }) => ({ id, name, input: JSON.parse(input) }));
    return {
      text: message.content ?? "",
      thought: message.reasoning_content,
      calls,
      finish: finish_reason,
      usage: usage && { input: usage.prompt_tokens, output: usage.completion_tokens },
      model,
      parsed: message.parsed,
      said: [message],
    };
  },
};

export function open({ url, key, fetch }) {
  const { completions } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, fetch, maxRetries: 0 }).chat;
  return {
    ...shape,
    // Its accumulator keeps the last piece of what it does not know: neither thoughts nor signatures come whole out of a stream.
    shows: ({ stream }) => !stream,
    keeps: ({ stream }) => !stream,
    async ask(model, conversation, { schema, stream, signal, onPiece, ...asked }) {
      const request = shape.request(model, conversation, asked);
      if (schema) request.response_format = zodResponseFormat(schema, "weather");
      if (!stream) return shape.read(await completions[schema ? "parse" : "create"](request, { signal }));
      let pieces = 0;
      const answer = completions.stream({ ...request, stream_options: { include_usage: true } }, { signal });
      answer.on("content", (piece) => ((pieces += 1), onPiece?.(piece)));
      return { ...shape.read(await answer.finalChatCompletion()), pieces };
    },
  };
}
