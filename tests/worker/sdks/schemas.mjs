// What the gateway says to a caller who speaks OpenAI's languages, held against OpenAI's own published definitions.
//
// They are not part of the project: STEADFAST_SCHEMAS names the folder with openai.json, the definitions out of OpenAI's OpenAPI
// document. Without it nothing is checked, and the tests say so.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";

const folder = process.env.STEADFAST_SCHEMAS;

/** Whether there are definitions to check against. */
export const present = Boolean(folder);

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
if (present) ajv.addSchema(JSON.parse(readFileSync(join(folder, "openai.json"), "utf8")), "openai");

/** How many answers and events were checked, by definition. */
export const checked = new Map();

/** The definition of each kind of event of Responses, by its `type`. */
const events = new Map();
if (present) {
  const { $defs } = ajv.getSchema("openai").schema;
  const kinds = ($defs.ResponseStreamEvent.anyOf ?? $defs.ResponseStreamEvent.oneOf).map(({ $ref }) => $ref.split("/").at(-1));
  for (const kind of kinds) for (const type of $defs[kind].properties.type.enum) events.set(type, kind);
}

const unary = { "chat/completions": "CreateChatCompletionResponse", responses: "Response", embeddings: "CreateEmbeddingResponse", models: "ListModelsResponse", "models/": "Model" };

/** What is wrong with an answer; nothing where there are no definitions. */
export function problems({ path, status, type, text }) {
  const endpoint = Object.keys(unary).find((endpoint) => (endpoint.endsWith("/") ? path.startsWith(`/v1/${endpoint}`) : path === `/v1/${endpoint}`));
  if (!present || !endpoint) return [];
  if (status !== 200) return against("ErrorResponse", JSON.parse(text));
  if (!type.startsWith("text/event-stream")) return against(unary[endpoint], JSON.parse(text));
  const data = text.split("\n").flatMap((line) => (line.startsWith("data: ") && line !== "data: [DONE]" ? [JSON.parse(line.slice(6))] : []));
  return data.flatMap((event) => against(event.error && !event.type ? "ErrorResponse" : (events.get(event.type) ?? "CreateChatCompletionStreamResponse"), event));
}

function against(definition, value) {
  checked.set(definition, (checked.get(definition) ?? 0) + 1);
  const validate = ajv.getSchema(`openai#/$defs/${definition}`);
  if (validate(value)) return [];
  const wrong = validate.errors.filter((error) => !excepted(value, error)).map(({ instancePath, message }) => `${instancePath || "/"} ${message}`);
  return wrong.length ? [`${definition}: ${[...new Set(wrong)].join("; ")} in ${JSON.stringify(value)}`] : [];
}

/** What OpenAI's own answers have otherwise than its document, and providers after it. Their bytes go through as they are. */
const excepted = ({ model = "" }, { instancePath, keyword, params }) =>
  model.startsWith("fireworks/") &&
  (instancePath === "/system_fingerprint" || (keyword === "required" && ["logprobs", "refusal"].includes(params.missingProperty)));
