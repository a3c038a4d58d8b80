// Asks a question, and yields what comes as it comes. A gateway in this page and one that is deployed are asked alike:
// by OpenAI's chat completions, through a `fetch`.

import { events } from "./sse.mjs";

/**
 * Asks under this id, which is the id of all that the gateway tells of the question. Yields, in this order:
 *
 * - `{ answered: { model, trail } }` when somebody answers: what the response's headers say
 * - `{ reasoning }` and then `{ text }`, many times
 * - `{ seam: { model } }` where another model carries on; `{ restart: { model } }` where it starts the answer anew
 * - `{ closed }`: trail, usage and cost
 * - `{ error }` when there is no answer, or no whole one
 */
export async function* ask({ fetch, url, headers }, { id, model, messages, onBreak, signal }) {
  const body = JSON.stringify({ model, messages, stream: true, steadfast: { on_break: onBreak } });
  const init = { method: "POST", headers: { "content-type": "application/json", "x-request-id": id, ...headers }, body, signal };
  const response = await fetch(`${url}/v1/chat/completions`, init);
  if (!response.ok) return yield { error: await problem(response) };

  const told = (name) => response.headers.get(`x-steadfast-${name}`) ?? "";
  yield { answered: { model: decodeURIComponent(told("model")), trail: told("trail") } };

  let whole = false;
  let failed = false;
  let anew = false;
  for await (const { comment, event, data } of events(response.body)) {
    if (comment !== undefined) yield* heard(comment);
    else if (event === "steadfast.restart") anew = true; // The next chunk says who it is.
    else if (data === "[DONE]") whole = true;
    else {
      const chunk = JSON.parse(data);
      failed ||= Boolean(chunk.error);
      if (anew && !chunk.error) yield { restart: { model: chunk.model } };
      anew = false;
      yield* said(chunk);
    }
  }
  if (!whole && !failed) yield { error: { message: "The answer ended before its end." } };
}

/** What a comment says; most say nothing. */
function* heard(comment) {
  const seam = comment.match(/^steadfast continued by (.+) after \d+ characters$/);
  if (seam) yield { seam: { model: seam[1] } };
  else if (comment.startsWith("steadfast {")) yield { closed: JSON.parse(comment.slice("steadfast ".length)) };
}

function* said({ choices, error }) {
  if (error) yield { error };
  const delta = choices?.[0]?.delta ?? {};
  if (delta.reasoning_content) yield { reasoning: delta.reasoning_content };
  const text = delta.content || delta.refusal; // A model that declines says so in a field of its own.
  if (text) yield { text };
}

/** The error object of an answer that is none. */
async function problem(response) {
  const text = await response.text();
  const error = parsed(text)?.error;
  return { status: response.status, ...(error?.message ? error : { message: stranger(response, text) }) };
}

/** What a gateway answers besides: JSON in which this is said. Throws the error that it answers instead. */
export async function answered(response, name) {
  if (!response.ok) throw Object.assign(new Error(), await problem(response));
  const text = await response.text();
  const said = parsed(text);
  if (!said?.[name]) throw new Error(stranger(response, text));
  return said;
}

const stranger = ({ status }, text) => `What answers there is no steadfast: HTTP ${status}, ${text.trim().slice(0, 80) || "without a word"}`;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
