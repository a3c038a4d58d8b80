// What the dialects have in common when their requests are put in plain terms:
// `{ system: [text], turns: [{ by, text, … }], tools: [{ name, description, parameters }], schema }`.

/** What an image is called by in a language that knows them by address alone. */
export const address = ({ url, type, data }) => url ?? `data:${type};base64,${data}`;

/** What each answer costs, in every dialect. */
export const tokens = { input: 9, output: 3 };

/** An image, as its media type and its data. */
export function dataUrl(url) {
  const [, type, data] = url.match(/^data:([^;]+);base64,(.*)$/) ?? [];
  return type ? { type, data } : { url };
}

/** Notes a result, with what was called; results in a row are one turn. */
export function resultOf(turns, call, text) {
  if (turns.at(-1)?.by !== "tools") turns.push({ by: "tools", results: [] });
  turns.at(-1).results.push({ of: call ? `${call.name} ${JSON.stringify(call.input)}` : "no call that was made", text });
}
