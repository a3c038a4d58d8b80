// The Worker: Cloudflare's events on one side, the core on the other.

import { env as early } from "cloudflare:workers";
import module from "steadfast-wasm";
import { __wbg_reset_state, call_cancel, call_start, configure, initSync, op_bytes, op_done, op_failed, op_headers, rehearse } from "steadfast-glue";
import { answer, complain, connect, inside } from "steadfast-host";

/** So long a configuration out of KV is used before it is looked at again, in milliseconds. */
const FRESH = 30_000;
/** The same when it could not be read. */
const AGAIN = 1_000;
/** Nobody waits longer for KV than that: it has its bad hours too. */
const PATIENCE = 3_000;
/** Where KV keeps the configuration that was in force last, for isolates that start while a wrong one stands there. */
const GOOD = "config.good";

let started = false;
let settings;
let stored;
/** The value out of KV that could not be taken. */
let refused;
/** What was in force last has been looked for. */
let sought = false;
/** KV has said what it holds. */
let heard = false;
/** When it is to be looked at again. */
let due = 0;

export default {
  async fetch(request, env, context) {
    if (!started) {
      // Whoever comes while another waits for KV reads for itself: a request cannot await another's promise.
      const found = await read(env);
      if (!started) {
        stored = found;
        settings = variables(env);
        connect(start);
        if (refused === undefined && heard) context.waitUntil(keep(env));
      }
    } else if (env.STEADFAST_KV && Date.now() > due) {
      due = Date.now() + FRESH;
      context.waitUntil(refresh(env));
    }
    // Nobody is refused for a wrong value before that is known.
    if (refused !== undefined && refused === stored && !sought) await takeGood(env);
    const { response, finished } = answer(0, request);
    const answered = await response;
    const rest = finished();
    if (rest) context.waitUntil(rest);
    return answered;
  },
};

// Without KV everything is known before the first request, which then finds the core ready and compiled.
if (!early.STEADFAST_KV) {
  settings = variables(early);
  connect(start);
  inside(rehearse);
}

/** A fresh instance of the core, configured. */
function start() {
  if (started) __wbg_reset_state();
  else initSync({ module });
  started = true;
  const wrong = configure(settings, stored, false);
  report(wrong);
  if (wrong) refused = stored;
  return { call_start, call_cancel, op_headers, op_bytes, op_done, op_failed };
}

/** Every text in the environment; what `wrangler.toml` says of STEADFAST comes as a value and is made a text, whatever it is. */
function variables(env) {
  const texts = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === "string") texts[name] = value;
    else if (name === "STEADFAST") texts[name] = JSON.stringify(value);
  }
  return JSON.stringify(texts);
}

/** What KV has; while it cannot be read, what it had. */
async function read(env) {
  try {
    const found = (env.STEADFAST_KV && (await get(env.STEADFAST_KV, "config"))) ?? undefined;
    heard = env.STEADFAST_KV !== undefined;
    due = Date.now() + FRESH;
    return found;
  } catch (error) {
    due = Date.now() + AGAIN;
    complain("steadfast's configuration in KV could not be read", { error: error.message });
    return refused ?? stored;
  }
}

/** What KV has under that name, in good time. */
async function get(kv, name) {
  const found = kv.get(name);
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error("no answer")), PATIENCE)));
  return Promise.race([found, late]).finally(() => clearTimeout(timer));
}

/** A bad new value keeps the last good one, here and for isolates that are yet to start. */
async function refresh(env) {
  const text = await read(env);
  if (text === stored) refused = undefined;
  else if (text !== refused) { // Once is enough to be told what is wrong with it.
    refused = take(text) ? undefined : text;
    await keep(env);
  }
}

/**
 * Keeps what is in force, for whoever starts later: nothing, where KV has no configuration and the variable's is. Where many
 * isolates write at once, KV takes one of them.
 */
async function keep({ STEADFAST_KV: kv }) {
  try {
    const good = stored ?? "";
    if ((await get(kv, GOOD)) !== good) await kv.put(GOOD, good);
  } catch {} // The next one to start keeps it.
}

/** What was in force last, elsewhere. */
async function takeGood(env) {
  const good = await get(env.STEADFAST_KV, GOOD).catch(() => null);
  // Once more the wrong one: whom the good one alerts are to hear of it.
  if (typeof good === "string" && stored === refused && take(good || undefined)) inside(() => configure(settings, refused, true));
  sought = true;
}

/** Takes a configuration that is valid. */
function take(text) {
  let wrong = "the gateway could not take it";
  inside(() => (wrong = configure(settings, text, true)));
  report(wrong);
  if (!wrong) stored = text;
  return !wrong;
}

function report(wrong) {
  if (wrong) complain("steadfast's configuration is invalid", { errors: wrong.split("\n") });
}
