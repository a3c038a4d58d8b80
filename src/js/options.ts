// What goes beside a configuration, and beside a request.

/** Named values, such as `process.env` or the `Env` of a Worker; what is no string, or a blank one, is passed over. */
export type Values =
  /** Written in place: any name may stand there. */
  | Readonly<Record<string, unknown>>
  /** Of any type of its own. Functions are none: one that is given as `keys` is asked for each name, and answers at once. */
  | (object & { readonly call?: never });

/** How a provider is called: what each `fetch` takes of a `RequestInit`, for no two of their types are alike. */
export interface ProviderRequest {
  method: "POST";
  headers: Record<string, string>;
  /** Bytes, of the type that this TypeScript's own `fetch` sends. */
  body: ReturnType<TextEncoder["encode"]>;
  redirect: "manual";
  signal: AbortSignal;
}

/** What is looked at of a provider's answer: what each `Response` has. */
export interface ProviderResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: { get(name: string): string | null };
  /** A stream of the platform's or of Node's. */
  readonly body: object | null;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Beside the configuration. */
export interface Options {
  /**
   * Where the keys are, by the names that the configuration gives them (`OPENAI_API_KEY`): an object such as
   * `process.env`. Only those names are looked up, once, when the gateway is made.
   */
  env?: Values | undefined;
  /** The same, and before `env`; a function is asked once for each name. */
  keys?: Values | ((name: string) => string | undefined) | undefined;
  /** Calls the providers: the platform's, undici's or your own. @defaultValue the platform's `fetch`, as it is when a call is made */
  fetch?: ((url: string, init: ProviderRequest) => Promise<ProviderResponse>) | undefined;
  /** Takes the lines of the log: JSON, one for each request, without prompts, answers or keys. @defaultValue none is kept */
  log?: ((level: "info" | "warn" | "error", line: string) => void) | undefined;
}

/** For one call. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason, and the providers' connections are closed. */
  signal?: AbortSignal | undefined;
  /** Headers that the core listens to: `x-request-id`, `traceparent`, `openai-beta`, `anthropic-beta`. */
  headers?: Headers | Record<string, string> | [string, string][] | undefined;
  /** Fields of the request that OpenAI's format does not have, or not yet. Providers of its dialect get them as they are. */
  extraBody?: object | undefined;
}
