// A provider that speaks OpenAI's Responses.

import * as does from "../../behaviours.mjs";
import { dataUrl, resultOf, tokens } from "./heard.mjs";

export const name = "openai";
export const model = "openai/gpt-5.4-mini";
export const config = (origin) => ({ dialect: "responses", base_url: `${origin}/openai/v1`, keys: ["OPENAI_API_KEY"] });

/** What it was sent, in plain terms. */
export function heard({ instructions, input, tools, text }) {
  const said = { system: instructions ? [instructions] : [], turns: [], tools: (tools ?? []).map(({ name, description, parameters }) => ({ name, description, parameters })), schema: text?.format?.schema };
  const calls = new Map();
  for (const item of typeof input === "string" ? [{ role: "user", content: input }] : input) {
    const parts = typeof item.content === "string" ? [{ type: "text", text: item.content }] : (item.content ?? []);
    const words = parts.flatMap((part) => part.text ?? []).join("");
    if (item.type === "function_call") {
      const call = { name: item.name, input: JSON.parse(item.arguments) };
      calls.set(item.call_id, call);
      if (said.turns.at(-1)?.by !== "model") said.turns.push({ by: "model", text: "", calls: [] });
      said.turns.at(-1).calls.push(call);
    } else if (item.type === "function_call_output") resultOf(said.turns, calls.get(item.call_id), item.output);
    else if (item.role === "system" || item.role === "developer") said.system.push(words);
    else if (item.role === "user") said.turns.push({ by: "user", text: words, images: parts.flatMap((part) => (part.type === "input_image" ? dataUrl(part.image_url) : [])) });
    else if (item.role === "assistant") said.turns.push({ by: "model", text: words, calls: [] });
  }
  return said;
}

/** What is hidden of every thought. */
export const signature = "gAAAAA-openai-encrypted+/==";

/** What comes back of a thought, from a caller who keeps it. */
export const comesBack = () => [signature];

const usage = { input_tokens: tokens.input, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 }, output_tokens: tokens.output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: tokens.input + tokens.output };
const response = (status, output, usage) => ({
  id: "resp_story", object: "response", created_at: 1760000000, status, error: null, incomplete_details: null, instructions: null, max_output_tokens: null,
  model: "gpt-5.4-mini-2026-03-17", output, parallel_tool_calls: true, previous_response_id: null, reasoning: { effort: null, summary: null }, store: false,
  temperature: 1, text: { format: { type: "text" } }, tool_choice: "auto", tools: [], top_p: 1, truncation: "disabled", usage, metadata: {},
});
const part = (text) => ({ type: "output_text", annotations: [], logprobs: [], text });

const items = ({ thought, text, calls = [] }) => [
  ...(thought ? [{ id: "rs_1", type: "reasoning", summary: [{ type: "summary_text", text: thought }], encrypted_content: signature }] : []),
  ...(text ? [{ id: "msg_1", type: "message", status: "completed", role: "assistant", content: [part(text)] }] : []),
  ...calls.map(({ id, name, input }, index) => ({ id: `fc_${index}`, type: "function_call", status: "completed", call_id: id, name, arguments: JSON.stringify(input) })),
];

/** An item, as events. */
function streamed(item, output_index) {
  const words = (text) => text.match(/\S+\s*/g) ?? [];
  const place = { item_id: item.id, output_index };
  const deltas = {
    reasoning: () => [
      { type: "response.reasoning_summary_part.added", ...place, summary_index: 0, part: { type: "summary_text", text: "" } },
      ...words(item.summary[0].text).map((delta) => ({ type: "response.reasoning_summary_text.delta", ...place, summary_index: 0, delta })),
      { type: "response.reasoning_summary_text.done", ...place, summary_index: 0, text: item.summary[0].text },
      { type: "response.reasoning_summary_part.done", ...place, summary_index: 0, part: item.summary[0] },
    ],
    message: () => [
      { type: "response.content_part.added", ...place, content_index: 0, part: part("") },
      ...words(item.content[0].text).map((delta) => ({ type: "response.output_text.delta", ...place, content_index: 0, delta, logprobs: [] })),
      { type: "response.output_text.done", ...place, content_index: 0, text: item.content[0].text, logprobs: [] },
      { type: "response.content_part.done", ...place, content_index: 0, part: item.content[0] },
    ],
    function_call: () => [
      ...words(item.arguments).map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta })),
      { type: "response.function_call_arguments.done", ...place, name: item.name, arguments: item.arguments },
    ],
  }[item.type]();
  const empty = { message: { status: "in_progress", content: [] }, function_call: { status: "in_progress", arguments: "" }, reasoning: { summary: [] } }[item.type];
  return [{ type: "response.output_item.added", output_index, item: { ...item, ...empty } }, ...deltas, { type: "response.output_item.done", output_index, item }];
}

const numbered = (events) => events.map((data, sequence_number) => `event: ${data.type}\ndata: ${JSON.stringify({ ...data, sequence_number })}\n\n`);
const opening = [
  { type: "response.created", response: response("in_progress", []) },
  { type: "response.in_progress", response: response("in_progress", []) },
];

/** Answers with a thought, a text and calls, streamed or not as it was asked. */
export const says = (answer) => async (attempt) => {
  const whole = response("completed", items(answer), usage);
  if (!attempt.json.stream) return does.answers(whole)(attempt);
  return does.streams(numbered([...opening, ...items(answer).flatMap(streamed), { type: "response.completed", response: whole }]))(attempt);
};

const begun = [...opening, ...streamed(items({ text: "So far " })[0], 0).slice(0, 4)];
const again = (sequence_number) => ({ type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "again ", logprobs: [], sequence_number });

/** Says a word again and again. */
export const drips = async (attempt) => {
  await does.streams(numbered(begun), { then: does.stall })(attempt);
  for (let number = begun.length; ; number += 1) {
    await attempt.chunk(`event: response.output_text.delta\ndata: ${JSON.stringify(again(number))}\n\n`);
    await attempt.sleep(20);
  }
};

/** Begins an answer, and breaks off. */
export const breaks = does.streams(numbered(begun), { then: does.torn });

/** Does not take the request. */
export const refuses = (message) => does.fails(400, { message, type: "invalid_request_error", code: "invalid_value", param: "input" });

export const isDown = does.fails(503, { message: "The server is overloaded.", type: "service_unavailable_error", code: "server_is_overloaded" });
