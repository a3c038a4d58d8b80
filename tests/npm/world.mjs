// What nearly every test here begins with: a provider on raw sockets, and a Steadfast of the packed package that asks it.

import { join } from "node:path";
import { startProvider } from "../worker/provider.mjs";
import { config, secrets } from "../worker/world.mjs";
import { installed } from "./package.mjs";

export { secrets };
export const entry = join(installed(), "node_modules/steadfast/index.js");
export const { Steadfast, SteadfastError, ...errors } = await import(entry);

export const messages = [{ role: "user", content: "Hello?" }];
export const ask = { model: "chain", messages };

/** `settings` are those of `config` in tests/worker/world.mjs; `options` the second argument of `new Steadfast`. */
export async function world(t, settings = {}, options = {}) {
  const provider = await startProvider();
  t.after(() => provider.close());
  const steadfast = new Steadfast(config(provider, settings), { keys: secrets, ...options });
  t.after(() => steadfast.dispose());
  return { provider, steadfast };
}

/** All that an async iterable brings. */
export async function all(iterable) {
  const found = [];
  for await (const one of iterable) found.push(one);
  return found;
}

export const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
