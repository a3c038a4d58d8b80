// A provider that speaks Gemini's generateContent.

import * as does from "../../behaviours.mjs";
import { resultOf, tokens } from "./heard.mjs";

export const name = "gemini";
export const model = "gemini/gemini-3.5-flash";
export const config = (origin) => ({ base_url: `${origin}/gemini/v1beta`, keys: ["GEMINI_API_KEY"] });

/** What it was sent, in plain terms. A result belongs to the first call of its function that has none yet. */
export function heard({ systemInstruction, contents, tools, generationConfig }) {
  const textOf = (parts) => parts.flatMap((part) => (part.text !== undefined && !part.thought ? part.text : [])).join("");
  const said = {
    system: systemInstruction ? [textOf(systemInstruction.parts)] : [],
    turns: [],
    tools: (tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []).map(({ name, description, parameters, parametersJsonSchema }) => ({ name, description, parameters: parametersJsonSchema ?? parameters })),
    schema: generationConfig?.responseJsonSchema ?? generationConfig?.responseSchema,
  };
  const open = [];
  for (const { role, parts } of contents) {
    const of = (kind) => parts.flatMap((part) => part[kind] ?? []);
    if (role === "model") {
      const calls = of("functionCall").map(({ name, args: input = {} }) => ({ name, input }));
      open.push(...calls);
      said.turns.push({ by: "model", text: textOf(parts), calls });
      continue;
    }
    for (const { name, response } of of("functionResponse")) {
      const place = open.findIndex((call) => call.name === name);
      const [call] = place < 0 ? [] : open.splice(place, 1);
      resultOf(said.turns, call, response.result ?? JSON.stringify(response));
    }
    const images = [...of("inlineData").map(({ mimeType: type, data }) => ({ type, data })), ...of("fileData").map(({ fileUri: url }) => ({ url }))];
    if (textOf(parts) || images.length) said.turns.push({ by: "user", text: textOf(parts), images });
  }
  return said;
}

const usageMetadata = { promptTokenCount: tokens.input, candidatesTokenCount: tokens.output, totalTokenCount: tokens.input + tokens.output };
const answer = (parts, finishReason) => ({ candidates: [{ content: { parts, role: "model" }, finishReason, index: 0 }], usageMetadata, modelVersion: "gemini-3.5-flash", responseId: "story" });
const event = (data) => `data: ${JSON.stringify(data)}\r\n\r\n`;

/** The signature of the first call of every answer. */
export const signature = "CiQB-gemini+signature/AA==";

/** What comes back of a thought, from a caller who keeps it. */
export const comesBack = () => [signature];

/** Answers with a thought, a text and calls, streamed or not as it was asked. */
export const says = ({ thought, text, calls = [] }) => async (attempt) => {
  const words = (text) => text?.match(/\S+\s*/g) ?? [];
  const called = calls.map(({ name, input }, index) => ({ functionCall: { name, args: input }, ...(index === 0 && { thoughtSignature: signature }) }));
  if (!attempt.path.includes(":streamGenerateContent")) {
    return does.answers(answer([...(thought ? [{ text: thought, thought: true }] : []), ...(text ? [{ text }] : []), ...called], "STOP"))(attempt);
  }
  const parts = [...words(thought).map((text) => ({ text, thought: true })), ...words(text).map((text) => ({ text })), ...called];
  return does.streams(parts.map((part, index) => event(answer([part], index === parts.length - 1 ? "STOP" : undefined))))(attempt);
};

const word = (text) => event(answer([{ text }]));

/** Says a word again and again. */
export const drips = does.repeats(word("again "));

/** Begins an answer, and breaks off. */
export const breaks = does.streams([word("So far ")], { then: does.torn });

const fails = (code, status, message) => does.answers({ error: { code, message, status } }, { status: code });

/** Does not take the request. */
export const refuses = (message) => fails(400, "INVALID_ARGUMENT", message);

export const isDown = fails(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
