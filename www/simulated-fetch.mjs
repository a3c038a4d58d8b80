// A `fetch` with the simulated providers behind it: what `new Steadfast(config, { fetch })` is given.
//
// It speaks OpenAI's chat completions, whole and streamed, and misbehaves as the world's settings say.

import { simulatedAnswer } from "./simulated-answer.mjs";

/** @param {import("./world.mjs").World} world @param {() => number} random */
export function simulatedFetch(world, random) {
  return async (url, init = {}) => {
    const provider = world.at(String(url));
    if (!provider) throw new TypeError(`nobody lives at ${url}`);
    const asked = await new Response(init.body).json();
    const { signal } = init;
    const somewhat = (milliseconds) => milliseconds * (0.9 + random() * 0.2);

    if (provider.trouble === "silent" && provider.up) return await never(signal);
    const refused = refusal(provider, random);
    if (refused) {
      await sleep(somewhat(120), signal);
      if (refused === "reset") throw new TypeError("connection reset (simulated)");
      return refused;
    }

    const text = provider.trouble === "empty" ? "" : simulatedAnswer(asked.messages);
    const tokens = text.match(/\s*\S{1,6}/gu) ?? [];
    if (!asked.stream) {
      await sleep(somewhat(provider.firstToken) + (tokens.length * 1000) / provider.pace, signal);
      return Response.json(whole(asked, text, tokens.length));
    }
    await sleep(somewhat(provider.firstToken) / 3, signal);
    const body = stream(world, provider, asked, tokens, somewhat(provider.firstToken) * (2 / 3), signal);
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

/** What it says instead of an answer, if it does. */
function refusal({ up, trouble, failures }, random) {
  if (!up) return error(503, "The server is overloaded or not ready yet.");
  if (trouble === "limited") return error(429, "Rate limit reached. Please try again in 6s.", { "retry-after": "6" });
  if (random() * 100 >= failures) return undefined;
  return [error(500, "The server had an error while processing your request."), error(503, "Overloaded."), "reset"][Math.floor(random() * 3)];
}

function error(status, message, headers) {
  return Response.json({ error: { message: `${message} (simulated)`, type: "server_error", param: null, code: null } }, { status, headers });
}

/** The answer as server-sent events, token by token. */
function stream(world, provider, asked, tokens, firstTokenAfter, signal) {
  const utf8 = new TextEncoder();
  const broken = new AbortController();
  const breakOff = () => broken.abort();
  const streams = world.streams.get(provider.name);
  const over = AbortSignal.any([broken.signal, ...(signal ? [signal] : [])]);
  // An answer is broken off a little before its middle, wherever it began.
  const breaksAt = Math.ceil(tokens.length * 0.4);

  return new ReadableStream({
    async start(controller) {
      const send = (data) => controller.enqueue(utf8.encode(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`));
      const delta = (delta, finish = null) => send(chunk(asked, [{ index: 0, delta, finish_reason: finish }]));
      streams.add(breakOff);
      try {
        delta({ role: "assistant", content: "" });
        await sleep(firstTokenAfter, over);
        for (const [place, token] of tokens.entries()) {
          if (place >= breaksAt && provider.trouble === "cut") breakOff();
          if (place >= breaksAt && provider.trouble === "stall") await never(over);
          delta({ content: token });
          await sleep(1000 / provider.pace, over);
        }
        delta({}, "stop");
        if (asked.stream_options?.include_usage) send({ ...chunk(asked, []), usage: usage(asked, tokens.length) });
        send("[DONE]");
        controller.close();
      } catch {
        controller.error(signal?.aborted ? signal.reason : new TypeError("connection reset (simulated)"));
      } finally {
        streams.delete(breakOff);
      }
    },
    cancel: breakOff,
  });
}

function whole(asked, text, tokens) {
  const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
  return { ...head(asked, "chat.completion"), choices, usage: usage(asked, tokens) };
}

const chunk = (asked, choices) => ({ ...head(asked, "chat.completion.chunk"), choices });

const head = ({ model }, object) => ({ id: "chatcmpl-simulated", object, created: Math.floor(Date.now() / 1000), model });

function usage({ messages }, completion) {
  const prompt = Math.ceil(JSON.stringify(messages).length / 4);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
  });
}

const never = (signal) => sleep(2 ** 31 - 1, signal);
