// What came back, in the form in which a test wants to look at it.

import assert from "node:assert/strict";

/** The trail of an answer without its times: `a/x overloaded 503 12ms; b/y ok 3ms` is `["a/x overloaded", "b/y ok"]`. */
export function trail(response) {
  const header = response.headers.get("x-steadfast-trail") ?? "";
  return header.split("; ").map((attempt) => attempt.split(" ").slice(0, 2).join(" "));
}

/** Asserts that this is an answer, by this target, and hands on its body. */
export async function answered(response, target) {
  if (response.status !== 200) assert.fail(`${response.status} ${await response.text()}`);
  assert.equal(response.headers.get("x-steadfast-model"), target);
  const body = await response.json();
  assert.equal(body.model, target);
  return body;
}

/** Asserts that this is the whole stream of an answer, by this target, and hands it on. */
export async function streamed(response, target) {
  if (response.status !== 200) assert.fail(`${response.status} ${await response.text()}`);
  assert.equal(response.headers.get("x-steadfast-model"), target);
  const stream = await read(response);
  assert.equal(stream.error, undefined);
  assert.ok(stream.done, "ends with [DONE]");
  for (const chunk of stream.chunks) assert.equal(chunk.model, target);
  return stream;
}

/** Asserts that this is a stream that broke after content: it says so, and never passes for a whole answer. */
export async function broken(response) {
  if (response.status !== 200) assert.fail(`${response.status} ${await response.text()}`);
  const stream = await read(response);
  assert.ok(stream.text.length > 0, "some content was shown");
  assert.ok(stream.error, "ends with an error event");
  assert.equal(JSON.parse(stream.data.at(-1)).error.message, stream.error.message, "the error is the last event");
  assert.ok(!stream.data.includes("[DONE]"), "no [DONE]");
  assert.deepEqual(stream.finishes, [], "no finish_reason");
  return stream;
}

/** Asserts that this is an error of ours, complete as OpenAI's SDKs want it, and hands it on. */
export async function refused(response, status, code) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  const { error } = JSON.parse(text);
  for (const field of ["message", "type", "code", "param"]) assert.ok(field in error, `the error has ${field}: ${text}`);
  assert.equal(error.code, code, text);
  assert.match(response.headers.get("x-should-retry") ?? "absent", /^(true|false)$/);
  assert.match(response.headers.get("x-request-id") ?? "absent", /^[\w.-]{1,128}$/);
  return error;
}

/** A whole stream: its text as it came, the events, the chunks, the text in them, the error, and what our closing comment says. */
export async function read(response) {
  const raw = await response.text();
  const data = raw.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice("data: ".length)] : []));
  const parsed = data.filter((data) => data !== "[DONE]").map((data) => JSON.parse(data));
  const chunks = parsed.filter((data) => data.choices);
  const closing = raw.match(/^: steadfast (\{.*\})$/m)?.[1];
  return {
    raw,
    data,
    chunks,
    text: chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? "").join(""),
    finishes: chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []),
    error: parsed.find((data) => data.error)?.error,
    done: data.at(-1) === "[DONE]",
    closing: closing && JSON.parse(closing),
  };
}
