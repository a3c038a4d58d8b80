// OpenAI's SDK of Node, over Responses; and what its sister in Python says and hears the same way.

import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { address } from "../upstreams/heard.mjs";

/** How a conversation is written in this language. */
export const shape = {
  urls: true,
  user: (text, image) => ({
    role: "user",
    content: image ? [{ type: "input_text", text }, { type: "input_image", image_url: address(image), detail: "auto" }] : text,
  }),
  results: (results) => results.map(({ id, text }) => ({ type: "function_call_output", call_id: id, output: text })),

  request: (model, conversation, { system, tools, thinks }) => ({
    model,
    input: conversation,
    store: false,
    max_output_tokens: 400,
    ...(system && { instructions: system }),
    ...(tools && { tools: tools.map((tool) => ({ type: "function", strict: false, ...tool })) }),
    ...(thinks && { reasoning: { effort: "low" }, include: ["reasoning.encrypted_content"] }),
  }),

  /** A `response`, in plain terms. */
  read({ model, status, output, usage, output_parsed, incomplete_details }) {
    const of = (kind) => output.filter((item) => item.type === kind);
    const calls = of("function_call").map(({ call_id: id, name, arguments: input }) => ({ id, name, input: JSON.parse(input) }));
    const finish = status === "completed" ? (calls.length ? "tool_calls" : "stop") : incomplete_details?.reason;
    return {
      text: of("message").flatMap((item) => item.content).map((part) => part.text).join(""),
      thought: of("reasoning").flatMap((item) => item.summary).map((part) => part.text).join("") || undefined,
      calls,
      finish,
      usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
      model,
      parsed: output_parsed,
      // What the SDK read out of them beside is no part of the items.
      said: output.map(({ parsed_arguments, ...item }) => item),
    };
  },
};

export function open({ url, key, fetch }) {
  const { responses } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, fetch, maxRetries: 0 });
  return {
    ...shape,
    keeps: () => true,
    async ask(model, conversation, { schema, stream, signal, onPiece, ...asked }) {
      const request = shape.request(model, conversation, asked);
      if (schema) request.text = { format: zodTextFormat(schema, "weather") };
      if (!stream) return shape.read(await responses.parse(request, { signal }));
      let pieces = 0;
      const answer = responses.stream(request, { signal });
      answer.on("response.output_text.delta", ({ delta }) => ((pieces += 1), onPiece?.(delta)));
      return { ...shape.read(await answer.finalResponse()), pieces };
    },
  };
}
