// The application's keys, as the core asks for them by name.

import type { Options, Values } from "./options.js";

/** Looks names up in `keys` first, and then in `env`. */
export class Secrets {
  /** Set when looking one up went wrong: nothing may be thrown through the wasm that asks. */
  failed: { error: unknown } | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  readonly find = (name: string): string | undefined => {
    try {
      const { keys, env } = this.#options;
      return secret(typeof keys === "function" ? keys(name) : valueOf(keys, name)) ?? secret(valueOf(env, name));
    } catch (error) {
      this.failed ??= { error };
      return undefined;
    }
  };
}

function valueOf(values: Values | undefined, name: string): unknown {
  return (values as Record<string, unknown> | undefined)?.[name];
}

/** What is no text, or a blank one such as an empty field of a form, is none: the next place is looked at. */
function secret(found: unknown): string | undefined {
  if (found instanceof Promise) throw new TypeError("`keys` must answer at once, not with a promise: fetch the secrets before `new Steadfast`");
  return typeof found === "string" && found.trim() ? found : undefined;
}
