// A provider that speaks Anthropic's Messages.

import * as does from "../../behaviours.mjs";
import { resultOf, tokens } from "./heard.mjs";

export const name = "anthropic";
export const model = "anthropic/claude-sonnet-5-5";
export const config = (origin) => ({ base_url: `${origin}/anthropic`, keys: ["ANTHROPIC_API_KEY"] });

/** What it was sent, in plain terms. */
export function heard({ system, messages, tools, output_config }) {
  const blocks = (content) => (typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []));
  const textOf = (content) => blocks(content).flatMap((block) => (block.type === "text" ? block.text : [])).join("");
  const said = {
    system: system ? [textOf(system)] : [],
    turns: [],
    tools: (tools ?? []).map(({ name, description, input_schema: parameters }) => ({ name, description, parameters })),
    schema: output_config?.format?.schema,
  };
  const calls = new Map();
  for (const { role, content } of messages) {
    const of = (kind) => blocks(content).filter((block) => block.type === kind);
    if (role === "assistant") {
      const made = of("tool_use");
      for (const call of made) calls.set(call.id, call);
      said.turns.push({ by: "model", text: textOf(content), calls: made.map(({ name, input }) => ({ name, input })) });
      continue;
    }
    for (const result of of("tool_result")) resultOf(said.turns, calls.get(result.tool_use_id), textOf(result.content));
    const images = of("image").map(({ source }) => (source.type === "url" ? { url: source.url } : { type: source.media_type, data: source.data }));
    if (textOf(content) || images.length) said.turns.push({ by: "user", text: textOf(content), images });
  }
  return said;
}

const usage = { input_tokens: tokens.input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: tokens.output };
const head = (more) => ({ id: "msg_01Story", type: "message", role: "assistant", model: "claude-sonnet-5-5", content: [], stop_reason: null, stop_sequence: null, ...more });
const event = (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/** The signature of every thought. */
export const signature = "EqQBCgIYAhIM-anthropic+signature/==";

/** What comes back of a thought, from a caller who keeps it. */
export const comesBack = (thought) => [`"thinking":"${thought}"`, signature];

const content = ({ thought, text, calls = [] }) => [
  ...(thought ? [{ type: "thinking", thinking: thought, signature }] : []),
  ...(text ? [{ type: "text", text }] : []),
  ...calls.map(({ id, name, input }) => ({ type: "tool_use", id: id.replace("call_", "toolu_"), name, input })),
];

/** A block, as events. */
function streamed(block, index) {
  const delta = (delta) => event({ type: "content_block_delta", index, delta });
  const words = (text) => text.match(/\S+\s*/g) ?? [];
  const [empty, deltas] = {
    thinking: () => [{ thinking: "", signature: "" }, [...words(block.thinking).map((thinking) => delta({ type: "thinking_delta", thinking })), delta({ type: "signature_delta", signature })]],
    text: () => [{ text: "" }, words(block.text).map((text) => delta({ type: "text_delta", text }))],
    tool_use: () => [{ input: {} }, ["", ...words(JSON.stringify(block.input))].map((partial_json) => delta({ type: "input_json_delta", partial_json }))],
  }[block.type]();
  return [event({ type: "content_block_start", index, content_block: { ...block, ...empty } }), ...deltas, event({ type: "content_block_stop", index })];
}

const begins = event({ type: "message_start", message: head({ usage: { ...usage, output_tokens: 1 } }) });

/** Answers with a thought, a text and calls, streamed or not as it was asked. */
export const says = (answer) => async (attempt) => {
  const stop_reason = answer.calls?.length ? "tool_use" : "end_turn";
  if (!attempt.json.stream) return does.answers(head({ content: content(answer), stop_reason, usage }))(attempt);
  const ends = [{ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: tokens.output } }, { type: "message_stop" }];
  return does.streams([begins, event({ type: "ping" }), ...content(answer).flatMap(streamed), ...ends.map(event)])(attempt);
};

const word = (text) => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const opens = begins + event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });

/** Says a word again and again. */
export const drips = async (attempt) => {
  await does.streams([opens], { then: does.stall })(attempt);
  for (;;) {
    await attempt.chunk(word("again "));
    await attempt.sleep(20);
  }
};

/** Begins an answer, and breaks off. */
export const breaks = does.streams([opens, word("So far ")], { then: does.torn });

const fails = (status, type, message) => does.answers({ type: "error", error: { type, message }, request_id: "req_1" }, { status });

/** Does not take the request. */
export const refuses = (message) => fails(400, "invalid_request_error", message);

export const isDown = fails(529, "overloaded_error", "Overloaded");
