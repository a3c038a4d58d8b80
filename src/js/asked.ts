// What a caller hands to `fetch`, in the form that the border takes: the few things it looks at, and nothing built that
// nobody reads. A `Request` of the platform would cost more than the rest of the way to the core.

/** A request as `web.js` looks at it: a part of the platform's `Request`. */
export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
  readonly body: unknown;
  readonly signal: AbortSignal | null | undefined;
  arrayBuffer(): Promise<ArrayBuffer | Uint8Array>;
}

const encoder = new TextEncoder();

/** Reads the arguments of `fetch`. */
export function asked(input: string | URL | Request, init?: RequestInit): Asked {
  const body = init?.body;
  const plain = typeof input === "string" || input instanceof URL;
  const bytes = typeof body === "string" ? encoder.encode(body) : body instanceof Uint8Array ? body : undefined;
  if (plain && (bytes || body === undefined || body === null)) {
    return new Plain(absolute(input), init?.method?.toUpperCase() ?? "GET", init?.headers, bytes, init?.signal);
  }
  // Streams, forms, blobs and whole requests: the platform knows how to read them.
  return new Request(plain ? absolute(input) : input, body instanceof ReadableStream ? ({ ...init, duplex: "half" } as RequestInit) : init);
}

class Plain implements Asked {
  readonly body: unknown;

  constructor(
    readonly url: string,
    readonly method: string,
    headers: HeadersInit | undefined,
    bytes: Uint8Array | undefined,
    readonly signal: AbortSignal | null | undefined,
  ) {
    const given = headers instanceof Headers ? headers : new Headers(headers);
    const length = String(bytes?.length ?? 0);
    this.headers = {
      get: (name) => (name === "content-length" ? length : given.get(name)),
      has: (name) => name !== "content-encoding" && given.has(name),
    };
    this.body = bytes;
  }

  readonly headers: Asked["headers"];

  async arrayBuffer(): Promise<Uint8Array> {
    return this.body as Uint8Array;
  }
}

/** The host does not matter, only the path does. */
function absolute(input: string | URL): string {
  const url = String(input);
  return url.startsWith("/") ? `https://steadfast${url}` : url;
}
