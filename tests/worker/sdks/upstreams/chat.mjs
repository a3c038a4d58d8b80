// A provider that speaks OpenAI's Chat Completions.

import * as does from "../../behaviours.mjs";
import { dataUrl, resultOf, tokens } from "./heard.mjs";

export const name = "fireworks";
export const model = "fireworks/small-1";
// One of the catalogue: an endpoint that only a configuration knows gets signatures as the caller sends them.
export const config = (origin) => ({ base_url: `${origin}/fireworks/v1`, keys: ["FIREWORKS_API_KEY"] });

/** What it was sent, in plain terms. */
export function heard({ messages, tools, response_format }) {
  const said = { system: [], turns: [], tools: (tools ?? []).map((tool) => tool.function), schema: response_format?.json_schema?.schema };
  const calls = new Map();
  for (const { role, content, tool_calls, tool_call_id } of messages) {
    const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
    const text = parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("");
    if (role === "system" || role === "developer") said.system.push(text);
    else if (role === "tool") resultOf(said.turns, calls.get(tool_call_id), text);
    else if (role === "user") said.turns.push({ by: "user", text, images: parts.flatMap((part) => (part.type === "image_url" ? dataUrl(part.image_url.url) : [])) });
    else {
      const made = (tool_calls ?? []).map(({ id, function: { name, arguments: input } }) => ({ id, name, input: JSON.parse(input) }));
      for (const call of made) calls.set(call.id, call);
      said.turns.push({ by: "model", text, calls: made.map(({ name, input }) => ({ name, input })) });
    }
  }
  return said;
}

/** What comes back of a thought, from a caller who keeps it: this vendor wants nothing. */
export const comesBack = () => [];

const call = ({ id, name, input }) => ({ id, type: "function", function: { name, arguments: JSON.stringify(input) } });
const usage = { prompt_tokens: tokens.input, completion_tokens: tokens.output, total_tokens: tokens.input + tokens.output };

/** Answers with a thought, a text and calls, streamed or not as it was asked. */
export const says = ({ thought, text = null, calls = [] }) => async (attempt) => {
  const finish = calls.length ? "tool_calls" : "stop";
  if (!attempt.json.stream) {
    const message = { reasoning_content: thought, tool_calls: calls.length ? calls.map(call) : undefined };
    return does.answers(does.completion({ text, finish, message, usage }))(attempt);
  }
  const deltas = calls.flatMap((made, index) => {
    const whole = call(made);
    const half = Math.floor(whole.function.arguments.length / 2);
    const piece = (text) => ({ tool_calls: [{ index, function: { arguments: text } }] });
    return [{ tool_calls: [{ index, ...whole, function: { name: made.name, arguments: "" } }] }, piece(whole.function.arguments.slice(0, half)), piece(whole.function.arguments.slice(half))];
  });
  const thoughts = (thought?.match(/\S+\s*/g) ?? []).map((reasoning_content) => ({ reasoning_content }));
  const words = (text?.match(/\S+\s*/g) ?? []).map((content) => ({ content }));
  const chunks = [...thoughts, ...words, ...deltas].map((delta) => does.event(does.chunk(delta)));
  const counts = attempt.json.stream_options?.include_usage ? [does.event({ ...does.chunk({}), choices: [], usage })] : [];
  return does.streams([does.role(), ...chunks, does.finish(finish), ...counts, does.done])(attempt);
};

/** Says a word again and again. */
export const drips = async (attempt) => {
  await does.streams([does.role()], { then: does.stall })(attempt);
  for (;;) {
    await attempt.chunk(does.word("again "));
    await attempt.sleep(20);
  }
};

/** Begins an answer, and breaks off. */
export const breaks = does.streams([does.role(), does.word("So far ")], { then: does.torn });

/** Does not take the request. */
export const refuses = (message) => does.fails(400, { message, type: "invalid_request_error", code: "invalid_value", param: "messages" });

export const isDown = does.fails(503, { message: "The server is overloaded.", type: "service_unavailable_error", code: "server_is_overloaded" });
