// The application, as the host sees it: its `fetch`, its log, and whoever listens.
//
// All of it is somebody else's code, and it is called while wasm runs. So nothing of it runs at once: it might call back
// into the wasm, or throw through it.

import type { World } from "steadfast-host";
import { Answered, Own, type Asked } from "./asked.js";
import { disposed, lost } from "./errors.js";
import type { Options, ProviderRequest } from "./options.js";
import type { AlertEvent, EndedAttempt, Progress } from "./report.js";

const levels = ["info", "warn", "error"] as const;

export class Outside implements World {
  readonly ended = new Listeners<EndedAttempt>();
  readonly progress = new Listeners<Progress>();
  readonly alerts = new Listeners<AlertEvent>();
  readonly #fetch: Options["fetch"];
  readonly #log: Options["log"];

  constructor({ fetch, log }: Options) {
    this.#fetch = fetch;
    this.#log = log;
  }

  async fetch(url: string, init: ProviderRequest): Promise<Response> {
    await undefined;
    init.signal.throwIfAborted(); // The call may have ended by now.
    const own = this.#fetch;
    if (!own) return globalThis.fetch(url, init);
    const response = (await own(url, { ...init, signal: afterwards(init.signal) })) as Response;
    if (!(response?.status >= 200 && response.status <= 599) || typeof response.headers?.get !== "function") {
      throw new TypeError("the application's `fetch` did not answer with a Response");
    }
    if ((response as object) instanceof Response) return response;
    const { status, headers, body } = response;
    // That of node-fetch, which those need who are behind a proxy, is a stream of Node's: the platform's own knows how to read it.
    return body && typeof body.getReader !== "function" ? new Response(body, { status, headers: [...headers] }) : response;
  }

  log(level: 0 | 1 | 2, line: string): void {
    const log = this.#log;
    if (log) soon(() => log(levels[level], line));
    if (level === 1 && this.alerts.some) {
      const { level: _, ...alert } = JSON.parse(line) as AlertEvent & { level: string };
      if (alert.alert) this.alerts.tell(alert);
    }
  }

  answered(request: Asked, status: number, headers: Record<string, string>, body: ReadableStream | Uint8Array<ArrayBuffer> | string | null): Response | Answered {
    if (!(request instanceof Own)) return new Response(body, { status, headers });
    return new Answered(status, headers, body as Uint8Array | string);
  }

  keepsLog(): boolean {
    return this.#log !== undefined;
  }

  left(request: Asked): never {
    throw this.why(request, true);
  }

  why({ signal, told }: Asked, left: boolean | undefined): unknown {
    const why = signal?.aborted ? signal.reason : left ? disposed() : lost();
    if (told) told.broken = { why };
    return why;
  }

  isWatched(): boolean {
    return this.ended.some || this.progress.some;
  }

  tell(line: string): void {
    const progress = JSON.parse(line) as Progress;
    this.progress.tell(progress);
    if (progress.event === "end") {
      const { event: _, ...attempt } = progress;
      this.ended.tell(attempt);
    }
  }

  over(request: Asked, summary: string): void {
    if (request.told) request.told.json = summary;
  }
}

class Listeners<T> {
  readonly #all = new Set<(event: T) => void>();

  get some(): boolean {
    return this.#all.size > 0;
  }

  add(listener: (event: T) => void): () => void {
    const own = (event: T) => listener(event); // The same one may listen twice.
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }

  tell(event: T): void {
    for (const listener of this.#all) soon(() => listener(event));
  }
}

const complain = (error: unknown): void => console.error("A listener of steadfast threw", error);

/** Runs the application's code once wasm has returned; what it throws, at once or later, harms nobody else. */
function soon(run: () => unknown): void {
  queueMicrotask(() => {
    try {
      Promise.resolve(run()).catch(complain);
    } catch (error) {
      complain(error);
    }
  });
}

/** A signal that follows another one once wasm has returned. */
function afterwards(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener("abort", () => queueMicrotask(() => controller.abort(signal.reason)), { once: true });
  return controller.signal;
}
