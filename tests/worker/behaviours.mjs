// What a provider can do to an attempt, well or badly. Each is a function of the attempt (see provider.mjs), so that a test can write
// its own in place; these are the ones that several tests share.

/** Every well-formed answer here cost this much, unless it says otherwise. */
export const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };

/** The body of a chat completion, as OpenAI writes it. */
export function completion({ text = "Hello from afar.", model = "upstream-name", finish = "stop", message = {}, ...more } = {}) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1760000000,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content: text, refusal: null, ...message }, logprobs: null, finish_reason: finish },
    ],
    usage,
    system_fingerprint: "fp_1",
    ...more,
  };
}

/** One chunk of a stream, as OpenAI writes it. */
export function chunk(delta, { model = "upstream-name", finish = null, ...more } = {}) {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1760000000,
    model,
    system_fingerprint: "fp_1",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...more,
  };
}

/** An event of a stream. */
export const event = (data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

export const role = (more) => event(chunk({ role: "assistant", content: "", refusal: null }, more));
export const word = (text, more) => event(chunk({ content: text }, more));
export const finish = (reason = "stop", more) => event(chunk({}, { finish: reason, ...more }));
export const cost = () => event({ ...chunk({}), choices: [], usage });
export const done = event("[DONE]");

/** The events of a whole answer, a word each. Like OpenAI's, `counted` also puts `"usage": null` into every chunk but the last. */
export function events(text = "Hello from afar.", { counted = false } = {}) {
  const more = counted ? { usage: null } : {};
  const words = text.match(/\S+\s*/g) ?? [];
  return [role(more), ...words.map((text) => word(text, more)), finish("stop", more), ...(counted ? [cost()] : []), done];
}

// Doing well.

/** Answers at once, streamed or not as it was asked. */
export const healthy = (attempt) => says(`Hello from ${attempt.target}.`)(attempt);

/** Answers with this text, streamed or not as it was asked. */
export function says(text) {
  return (attempt) => {
    if (attempt.json?.stream) return streams(events(text, { counted: attempt.json.stream_options?.include_usage }))(attempt);
    return answers(completion({ text, model: attempt.json?.model }))(attempt);
  };
}

/** Answers with this body and these headers. */
export function answers(body, { status = 200, headers = {} } = {}) {
  const bytes = Buffer.from(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  return async (attempt) => {
    await attempt.head(status, { "content-type": "application/json", "content-length": bytes.length, ...headers });
    await attempt.write(bytes);
    attempt.done();
  };
}

/** Streams these events, or `[delay in ms, event]`, an HTTP chunk and a write each; then ends as told. */
export function streams(events, { headers = {}, then = end } = {}) {
  return async (attempt) => {
    await attempt.head(200, { "content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked", ...headers });
    for (const step of events) {
      const [delay, bytes] = Array.isArray(step) ? step : [0, step];
      if (delay) await attempt.sleep(delay);
      await attempt.chunk(bytes);
    }
    await then(attempt);
  };
}

/** Waits before it does the other thing. */
export const late = (milliseconds, behave) => async (attempt) => {
  await attempt.sleep(milliseconds);
  await behave(attempt);
};

// Saying no.

/** Fails in OpenAI's words. */
export const fails = (status, { message = `the provider said ${status}`, type = "error", code = null, param = null } = {}, headers = {}) =>
  answers({ error: { message, type, param, code } }, { status, headers });

// Saying nothing. Each of these leaves the connection open: the attempt ends when the caller closes it.

/** Accepts and never answers. */
export const silence = async () => {};

/** Gives the headers at once and then nothing. */
export const headersOnly = (attempt) =>
  attempt.head(200, { "content-type": attempt.json?.stream ? "text/event-stream" : "application/json", "transfer-encoding": "chunked" });

/** Streams the same event for ever. */
export const repeats =
  (bytes, every = 20) =>
  async (attempt) => {
    await attempt.head(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" });
    for (;;) {
      await attempt.chunk(bytes);
      await attempt.sleep(every);
    }
  };

// Breaking off.

/** Resets the connection without a byte. */
export const resets = async (attempt) => attempt.reset();

/** Closes the connection without a byte. */
export const hangsUp = async (attempt) => attempt.hangUp();

/** Promises the whole body and sends half of it. */
export function halves(body, { status = 200, then = cut } = {}) {
  const bytes = Buffer.from(JSON.stringify(body));
  return async (attempt) => {
    await attempt.head(status, { "content-type": "application/json", "content-length": bytes.length });
    await attempt.write(bytes.subarray(0, bytes.length / 2));
    await then(attempt);
  };
}

// How a body ends.

/** As HTTP says. */
export const end = async (attempt) => {
  await attempt.write("0\r\n\r\n");
  attempt.done();
};
/** With a FIN where more was promised. */
export const cut = async (attempt) => attempt.hangUp();
/** With a RST; a little later, or the kernel takes back what was written before it. */
export const torn = async (attempt) => {
  await attempt.sleep(20);
  attempt.reset();
};
/** Not at all. */
export const stall = async () => {};
