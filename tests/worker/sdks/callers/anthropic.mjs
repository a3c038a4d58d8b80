// Anthropic's SDK of Node; and what its sister in Python says and hears the same way.

import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";

/** How a conversation is written in this language. */
export const shape = {
  urls: true,
  user: (text, image) => ({
    role: "user",
    content: image ? [{ type: "text", text }, { type: "image", source: image.url ? { type: "url", url: image.url } : { type: "base64", media_type: image.type, data: image.data } }] : text,
  }),
  results: (results) => [{ role: "user", content: results.map(({ id, text }) => ({ type: "tool_result", tool_use_id: id, content: text })) }],

  request: (model, conversation, { system, tools, thinks }) => ({
    model,
    messages: conversation,
    max_tokens: 400,
    ...(system && { system }),
    ...(tools && { tools: tools.map(({ parameters: input_schema, ...tool }) => ({ ...tool, input_schema })) }),
    ...(thinks && { thinking: { type: "adaptive" }, output_config: { effort: "low" } }),
  }),

  /** A `message`, in plain terms. */
  read({ model, content, stop_reason, usage, parsed_output }) {
    const of = (kind) => content.filter((block) => block.type === kind);
    return {
      text: of("text").map((block) => block.text).join(""),
      thought: of("thinking").map((block) => block.thinking).join("") || undefined,
      calls: of("tool_use").map(({ id, name, input }) => ({ id, name, input })),
      finish: { end_turn: "stop", tool_use: "tool_calls" }[stop_reason] ?? stop_reason,
      usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
      model,
      parsed: parsed_output,
      // What the SDK read out of them beside is no part of the blocks.
      said: [{ role: "assistant", content: content.map(({ parsed_output, ...block }) => block) }],
    };
  },
};

export function open({ url, key, fetch }) {
  const { messages } = new Anthropic({ baseURL: url, apiKey: key, fetch, maxRetries: 0 });
  return {
    ...shape,
    keeps: () => true,
    async ask(model, conversation, { schema, stream, signal, onPiece, ...asked }) {
      const request = shape.request(model, conversation, asked);
      if (schema) request.output_config = { format: zodOutputFormat(schema) };
      if (!stream) return shape.read(await messages.parse(request, { signal }));
      let pieces = 0;
      const answer = messages.stream(request, { signal });
      answer.on("text", (piece) => ((pieces += 1), onPiece?.(piece)));
      return { ...shape.read(await answer.finalMessage()), pieces };
    },
  };
}
