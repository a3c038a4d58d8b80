// LangChain, over Chat Completions or over Anthropic's Messages.

import { ChatAnthropic } from "@langchain/anthropic";
import { HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";

const overChat = ({ url, key, fetch }) => (model, thinks) =>
  new ChatOpenAI({ model, apiKey: key, maxRetries: 0, maxTokens: 400, configuration: { baseURL: `${url}/v1`, fetch }, ...(thinks && { modelKwargs: { reasoning_effort: "low" } }) });
const overMessages = ({ url, key, fetch }) => (model, thinks) =>
  new ChatAnthropic({ model, apiKey: key, maxRetries: 0, maxTokens: 400, clientOptions: { baseURL: url, fetch }, ...(thinks && { thinking: { type: "adaptive" }, outputConfig: { effort: "low" } }) });

// Over Chat Completions it drops what it does not know: thoughts and signatures.
export const openOpenAI = (gateway) => caller(overChat(gateway), { keeps: () => false, shows: () => false });
// Over Messages it adds up the counts of a stream, which are whole each time.
export const openAnthropic = (gateway) => caller(overMessages(gateway), { keeps: () => true, counts: ({ pieces }) => pieces === undefined });

const caller = (models, more) => ({
  ...more,
  user: (text, image) =>
    new HumanMessage({ content: image ? [{ type: "text", text }, { type: "image_url", image_url: { url: `data:${image.type};base64,${image.data}` } }] : text }),
  results: (results) => results.map(({ id, name, text }) => new ToolMessage({ tool_call_id: id, name, content: text })),
  async ask(name, conversation, { system, tools, schema, stream, thinks, signal, onPiece }) {
    const messages = [...(system ? [new SystemMessage(system)] : []), ...conversation];
    let model = models(name, thinks);
    if (tools) model = model.bindTools(tools.map((tool) => ({ type: "function", function: tool })));
    if (schema) {
      const { raw, parsed } = await model.withStructuredOutput(schema, { name: "weather", method: "jsonSchema", includeRaw: true }).invoke(messages, { signal });
      return { ...read(raw), parsed };
    }
    if (!stream) return read(await model.invoke(messages, { signal }));
    let pieces = 0;
    let whole;
    for await (const chunk of await model.stream(messages, { signal })) {
      whole = whole ? whole.concat(chunk) : chunk;
      if (chunk.text) ((pieces += 1), onPiece?.(chunk.text));
    }
    return { ...read(whole), pieces };
  },
});

function read(message) {
  const { text, tool_calls, response_metadata: { finish_reason, stop_reason = message.additional_kwargs.stop_reason, model_name, model }, usage_metadata: usage } = message;
  const blocks = Array.isArray(message.content) ? message.content : [];
  return {
    text,
    thought: blocks.map((block) => block.thinking ?? "").join("") || undefined,
    calls: tool_calls.map(({ id, name, args: input }) => ({ id, name, input })),
    finish: finish_reason ?? { end_turn: "stop", tool_use: "tool_calls" }[stop_reason] ?? stop_reason,
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
    model: model_name ?? model ?? message.additional_kwargs.model,
    said: [message],
  };
}
