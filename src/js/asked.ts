// What a caller hands to `fetch`, in the form that the border takes: the few things it looks at, and nothing built that
// nobody reads. A `Request` of the platform would cost more than the rest of the way to the core.

import type { Summary } from "./report.js";

/** A request as `web.js` looks at it: a part of the platform's `Request`. */
export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: { get(name: string): string | null };
  readonly signal: AbortSignal | null | undefined;
  /** The body, where all of it is here already. */
  readonly whole?: Uint8Array;
  /** What came of it will be here. */
  told?: Told;
}

/** What came of a request, read when somebody looks. */
export class Told {
  json: string | undefined;
  /** Why its answer broke off, if it did. A stream may hand its reader a mere copy: workerd's own does. */
  broken: { why: unknown } | undefined;
  #summary: Summary | undefined;

  get summary(): Summary | undefined {
    if (this.json) this.#summary ??= JSON.parse(this.json) as Summary;
    return this.#summary;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads the arguments of `fetch`. */
export function asked(input: string | URL | Request, init?: RequestInit): Asked {
  const body = init?.body;
  const plain = typeof input === "string" || input instanceof URL;
  const bytes = typeof body === "string" ? encoder.encode(body) : body instanceof Uint8Array ? body : undefined;
  if (plain && (bytes || body === undefined || body === null)) {
    return new Plain(absolute(input), init?.method?.toUpperCase() ?? "GET", init?.headers, bytes ?? new Uint8Array(0), init?.signal);
  }
  // Streams, forms, blobs and whole requests: the platform knows how to read them.
  return new Request(plain ? absolute(input) : input, body instanceof ReadableStream ? ({ ...init, duplex: "half" } as RequestInit) : init);
}

/** What most calls come with: the platform's `Headers` would cost as much as the body. */
const none: Asked["headers"] = { get: () => null };

class Plain implements Asked {
  told?: Told;
  readonly headers: Asked["headers"];

  constructor(
    readonly url: string,
    readonly method: string,
    headers: HeadersInit | undefined,
    readonly whole: Uint8Array,
    readonly signal: AbortSignal | null | undefined,
  ) {
    this.headers = !headers ? none : headers instanceof Headers ? headers : new Headers(headers);
  }
}

/** A whole answer asked for by the API itself: what comes back is read at once, and needs no `Response` around it. */
export class Own extends Plain {
  constructor(request: object, headers: HeadersInit | undefined, signal: AbortSignal | undefined) {
    super("https://steadfast/v1/chat/completions", "POST", headers, encoder.encode(JSON.stringify(request)), signal);
  }
}

/** What comes back to it. */
export class Answered {
  readonly headers: { get(name: string): string | null };

  constructor(
    readonly status: number,
    headers: Record<string, string>,
    readonly body: Uint8Array | string,
  ) {
    this.headers = { get: (name) => headers[name] ?? null };
  }

  json(): unknown {
    return JSON.parse(typeof this.body === "string" ? this.body : decoder.decode(this.body));
  }
}

/** The host does not matter, only the path does. */
function absolute(input: string | URL): string {
  const url = String(input);
  return url.startsWith("/") ? `https://steadfast${url}` : url;
}
