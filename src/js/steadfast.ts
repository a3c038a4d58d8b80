// A gateway inside the application.

import { answer } from "steadfast-host";
import { asked, Own, Told, type Answered, type Asked } from "./asked.js";
import { close, open, status } from "./border.js";
import type { ChatCompletion, ChatRequest } from "./chat.js";
import type { Config } from "./config.js";
import { ConfigError, disposed, errorOf, named, type ConfigProblem, type ErrorBody } from "./errors.js";
import type { CallOptions, Options } from "./options.js";
import { Outside } from "./outside.js";
import type { AlertEvent, EndedAttempt, Progress, Status } from "./report.js";
import { Secrets } from "./secrets.js";
import { ChatStream, type Begun, type SteadfastResponse } from "./stream.js";

/**
 * Asks language models, and hands over to the next one when one falters. Any number of them live side by side, each with
 * its own configuration and memory.
 *
 * @example
 * const steadfast = new Steadfast(
 *   { routes: { standard: { fallback: ["deepseek/deepseek-flash", "openai/gpt-5.4-mini"] } } },
 *   { env: process.env },
 * );
 * const answer = await steadfast.chat({ model: "standard", messages: [{ role: "user", content: "Hello?" }] });
 */
export class Steadfast implements Disposable {
  static {
    named(this, "Steadfast");
  }
  readonly #gateway: number;
  readonly #outside: Outside;
  readonly #underWay = new Set<() => void>();
  #disposed = false;

  /**
   * @param config what `steadfast.schema.json` describes. All of it may be left out: then every known provider is there
   * whose key is, and the routes `premium`, `standard`, `budget` and `auto`
   * @throws {@link ConfigError} with every mistake at once; a `TypeError` for an option that is none
   */
  constructor(config: Config = {}, options: Options = {}) {
    check(options);
    this.#outside = new Outside(options);
    const secrets = new Secrets(options);
    const json = JSON.stringify(config) as string | undefined;
    if (json === undefined) throw new TypeError("the configuration is nothing that JSON can say: it takes an object, as steadfast.schema.json describes it");
    const opened = open({ config: json, secret: secrets.find });
    if (typeof opened === "string") throw new ConfigError(JSON.parse(opened) as ConfigProblem[]);
    if (secrets.failed) {
      close(opened);
      throw secrets.failed.error;
    }
    this.#gateway = opened;
    unreachable?.register(this, opened, this);
  }

  /**
   * A drop-in for the platform's `fetch`, for any client that speaks OpenAI's API: give it this, and
   * `https://steadfast/v1` as its base URL. A failure is an answer with a status, as from a server. It may be handed over
   * unbound.
   *
   * What the body of a streamed answer throws where it breaks off: the signal's reason, when that was aborted; after
   * {@link Steadfast.dispose} a {@link SteadfastError} with code `disposed`; when steadfast itself fails a
   * {@link StreamBrokenError} with code `internal_error`. In Workers it is a copy, without the class. When the provider
   * breaks off and nobody carries on, the body ends with an event that has an `error`, and without `[DONE]`.
   */
  readonly fetch = (input: string | URL | Request, init?: RequestInit): Promise<SteadfastResponse> => {
    try {
      return this.#respond(asked(input, init)).response;
    } catch (error) {
      return Promise.reject(error);
    }
  };

  /**
   * Asks for a whole answer.
   * @throws {@link SteadfastError} of the class that fits; the signal's reason, when it was aborted
   */
  async chat(request: ChatRequest, options: CallOptions = {}): Promise<ChatCompletion> {
    const own = new Own({ ...options.extraBody, ...request, stream: false }, options.headers, options.signal);
    const { told, answered } = this.#answer(own);
    const answer = (await answered) as Answered;
    if (answer.status !== 200) throw errorOf(answer.status, (answer.json() as { error: ErrorBody }).error, answer.headers);
    const completion = answer.json() as ChatCompletion;
    completion.steadfast = told.summary!;
    return completion;
  }

  /**
   * Asks for a streamed answer: `for await (const chunk of steadfast.stream(request)) …`. Leaving the loop, or the signal,
   * ends the call to the provider. The loop throws what {@link Steadfast.chat} throws, and {@link StreamBrokenError} when
   * the answer broke off and nobody could carry on, or steadfast itself failed (code `internal_error`).
   */
  stream(request: ChatRequest, options: CallOptions = {}): ChatStream {
    return new ChatStream(() => this.#ask({ ...options.extraBody, ...request, stream: true }, options));
  }

  /** How every target fares, as far as this instance has seen: what `GET /status` answers. */
  status(): Status {
    this.#mustLive();
    return JSON.parse(status(this.#gateway)!) as Status;
  }

  /** Hears of every attempt as it ends. Returns what stops it. */
  onAttempt(listener: (attempt: EndedAttempt) => void): () => void {
    return this.#outside.ended.add(listener);
  }

  /** Hears of every step of every attempt: that it starts, shows content, takes over, ends. Returns what stops it. */
  onProgress(listener: (progress: Progress) => void): () => void {
    return this.#outside.progress.add(listener);
  }

  /**
   * Hears of what somebody should know: a breaker that opened, a refused key, a lower route that answered. Needs no
   * `alerts` in the configuration: those are for webhooks. Returns what stops it.
   */
  onAlert(listener: (alert: AlertEvent) => void): () => void {
    return this.#outside.alerts.add(listener);
  }

  /**
   * Ends all calls and forgets all that was remembered. What is under way throws a {@link SteadfastError} with code
   * `disposed`, streams in their midst too; later calls are refused with the same.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    unreachable?.unregister(this);
    for (const leave of this.#underWay) leave();
    close(this.#gateway);
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #ask(body: object, { signal, headers }: CallOptions): Begun {
    const init = { method: "POST", body: JSON.stringify(body), headers: headers ?? {}, signal: signal ?? null };
    const begun = this.#respond(asked("/v1/chat/completions", init));
    return { ...begun, response: begun.response.then(accepted) };
  }

  #respond(request: Asked): Begun {
    const { told, answered, leave } = this.#answer(request);
    const response = answered.then((answered) => Object.defineProperty(answered, "steadfast", { get: () => told.summary }) as SteadfastResponse);
    return { response, told, leave };
  }

  #answer(request: Asked): { told: Told; answered: Promise<Response | Answered>; leave: () => void } {
    this.#mustLive();
    request.signal?.throwIfAborted();
    if (request.signal) share(request.signal);
    const told = (request.told = new Told());
    const { response, finished, leave } = answer(this.#gateway, request, this.#outside);
    const rest = finished();
    if (rest) {
      this.#underWay.add(leave);
      void rest.then(() => this.#underWay.delete(leave));
    }
    return { told, answered: response as Promise<Response | Answered>, leave };
  }

  #mustLive(): void {
    if (this.#disposed) throw disposed();
  }
}

/** The options, and of which kinds they may be. */
const kinds = new Map([
  ["env", ["object"]],
  ["keys", ["object", "function"]],
  ["fetch", ["function"]],
  ["log", ["function"]],
]);

/** A wrong option is told of when the gateway is made, and not by the first call that needs it. */
function check(options: Options): void {
  if (typeof options !== "object" || !options) throw new TypeError("the second argument of `new Steadfast` is no object of options");
  for (const [name, given] of Object.entries(options)) {
    const taken = kinds.get(name);
    if (!taken) throw new TypeError(`\`new Steadfast\` has no option \`${name}\`: its options are ${[...kinds.keys()].join(", ")}`);
    if (given != null && !taken.includes(typeof given)) throw new TypeError(`the option \`${name}\` of \`new Steadfast\` takes ${taken.join(" or ")}, not ${typeof given}`);
  }
}

/** An answer that is none is thrown. */
async function accepted(response: SteadfastResponse): Promise<SteadfastResponse> {
  if (response.ok) return response;
  const { error } = (await response.json()) as { error: ErrorBody };
  throw errorOf(response.status, error, response.headers);
}

/** Where the platform can tell: a gateway that nobody can reach any more is let go. */
const unreachable = typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry(close);

/** Node takes eleven calls that share a signal for a leak, and says so; its own `fetch` tells it beforehand that there may be many. */
const { process } = globalThis as { process?: { getBuiltinModule?(name: string): { setMaxListeners?(most: number, target: EventTarget): void } } };
const events = process?.getBuiltinModule?.("node:events");

function share(signal: AbortSignal): void {
  try {
    events?.setMaxListeners?.(0, signal);
  } catch {} // A page's in Electron or jsdom is none of Node's, which does not warn of it either.
}
