// What comes in: bodies of callers and of providers, in pieces or whole.

const LARGEST_BUFFER = 1 << 18;
const MOST_PASSED_OVER = 1 << 26;

/**
 * A body that is read piece by piece, and whose connection closes when it is let go.
 *
 * `message.body` is asked for only by who reads it so: the platform makes a stream for whoever asks.
 */
export class Source {
  constructor(message, call, controller) {
    this.message = message;
    this.call = call;
    // What is left to come: `NaN` where nobody says, or where what is said is of the packed form.
    const { headers } = message;
    this.left = headers.get("content-encoding") ? NaN : Number(headers.get("content-length") ?? NaN);
    this.controller = controller;
    this.ended = false;
  }

  /** The next piece, or `undefined` at the end. The bytes are good until the next read. */
  async read(atLeast) {
    const reader = this.ended ? undefined : this.open(4096);
    if (!reader) return undefined;
    if (!this.byob) {
      const { value, done } = await reader.read();
      this.ended = done;
      return done ? undefined : bytesOf(value);
    }
    const { value, done } = await reader.readAtLeast(atLeast, new Uint8Array(this.buffer));
    if (!value?.length) {
      this.ended = true;
      return undefined;
    }
    // A body that is known to be over need not be asked again, nor be aborted.
    this.left -= value.length;
    this.ended = done || this.left === 0;
    // Lent to the stream and given back with every read; a full one was too small.
    const full = value.length === value.buffer.byteLength && value.length < LARGEST_BUFFER;
    this.buffer = full ? new ArrayBuffer(value.length * 4) : value.buffer;
    return value;
  }

  /** All of it, for whoever knows that it is small. Who asks again waits for the same, or hears of the same failure. */
  async whole() {
    const whole = await (this.coming ??= this.message.arrayBuffer());
    this.ended = true;
    return bytesOf(whole);
  }

  /** All that is left, or `undefined` when that is more than `atMost` bytes. */
  async all(atMost) {
    if (this.left > atMost) return this.passOver();
    if (this.ended) return new Uint8Array(0);
    if (this.left <= atMost && !this.reader) return this.whole();
    this.open(16384);
    const pieces = [];
    let length = 0;
    for (;;) {
      const size = this.buffer?.byteLength;
      const piece = await this.read(size);
      if (!piece) break;
      length += piece.length;
      if (length > atMost) return this.passOver();
      const last = this.ended || (this.byob && piece.length < size); // Less than was asked for: it is over.
      this.ended ||= last;
      if (last && !pieces.length) return piece;
      pieces.push(piece.slice());
      if (last) break;
    }
    return joined(pieces, length);
  }

  /** A caller who is still sending would not hear the answer: what comes is passed over, up to a point. */
  async passOver() {
    if (this.controller) return undefined; // A provider need not hear anything.
    this.open(LARGEST_BUFFER);
    for (let passed = 0; passed < MOST_PASSED_OVER; ) {
      const piece = await this.read(this.buffer?.byteLength ?? 1);
      if (!piece) break;
      passed += piece.length;
    }
    return undefined;
  }

  /** The reader of this body; none where there is no body. */
  open(size) {
    if (this.reader) return this.reader;
    const { body } = this.message;
    if (!body) {
      this.ended = true;
      return undefined;
    }
    this.byob = readsAtLeast;
    this.reader = body.getReader(this.byob ? { mode: "byob" } : undefined);
    if (this.byob) this.buffer = new ArrayBuffer(size);
    return this.reader;
  }

  release() {
    if (this.ended) return;
    this.ended = true;
    this.controller?.abort();
    // An application's own `fetch` may not follow the signal.
    if (this.controller) this.reader?.cancel().catch(() => {});
  }
}

/** The bytes of a body or of a piece of one, which an application's own `fetch` may make of anything. */
function bytesOf(piece) {
  if (piece instanceof Uint8Array) return piece;
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  if (typeof piece?.byteLength !== "number") throw new TypeError("the body is not made of bytes");
  return new Uint8Array(piece);
}

/** workerd's own: several pieces of a wire chunk in one wake-up. */
const readsAtLeast = typeof ReadableStreamBYOBReader !== "undefined" && "readAtLeast" in ReadableStreamBYOBReader.prototype;

function joined(pieces, length) {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
