// A streamed answer as an async iterable of its pieces.

import type { Told } from "./asked.js";
import type { ChatChunk } from "./chat.js";
import { errorOf, named, SteadfastError, type ErrorBody } from "./errors.js";
import type { Summary } from "./report.js";

/** What `fetch` answers: the platform's `Response`, and what came of the request. */
export type SteadfastResponse = Response & {
  /** What came of the request: at once for a whole answer, at the end of a stream; `undefined` until then. */
  readonly steadfast: Summary | undefined;
};

/**
 * A call that is under way.
 * @internal
 */
export interface Begun {
  response: Promise<SteadfastResponse>;
  told: Told;
  /** Ends it. */
  leave: () => void;
}

/** How whoever reads the pieces leaves, while one is awaited too. */
interface Exit {
  left: boolean;
  leave?: () => void;
}

/** A streamed answer. It is asked for when the first piece is, and can be read once. */
export class ChatStream implements AsyncIterable<ChatChunk> {
  static {
    named(this, "ChatStream");
  }
  #ask: (() => Begun) | undefined;
  #response: SteadfastResponse | undefined;
  #told: Told | undefined;

  /** @internal */
  constructor(ask: () => Begun) {
    this.#ask = ask;
  }

  /** The answer that the pieces come from, as soon as the first one is here. */
  get response(): SteadfastResponse | undefined {
    return this.#response;
  }

  /** What came of the request, once the stream is over; of one that was refused too, as long as somebody was asked or passed over. */
  get steadfast(): Summary | undefined {
    return this.#told?.summary;
  }

  /**
   * The pieces. Leaving the loop (`break`, `return`, a thrown error) ends the call to the provider. So do the iterator's
   * `return` and `throw`, at once: a piece that is awaited then comes as the end.
   */
  [Symbol.asyncIterator](): AsyncGenerator<ChatChunk, void, undefined> {
    const exit: Exit = { left: false };
    const pieces = this.#pieces(exit);
    const { return: end, throw: fail } = pieces;
    const leave = () => {
      exit.left = true;
      exit.leave?.();
    };
    // A generator's own would wait until the piece is here.
    return Object.assign(pieces, {
      return(value: void | PromiseLike<void>) {
        leave();
        return end.call(pieces, value);
      },
      throw(error: unknown) {
        leave();
        return fail.call(pieces, error);
      },
    });
  }

  async *#pieces(exit: Exit): AsyncGenerator<ChatChunk, void, undefined> {
    const ask = this.#ask;
    if (!ask) throw new TypeError("A stream can be read once: ask again for another answer");
    this.#ask = undefined;
    const { response: coming, told, leave } = ask();
    exit.leave = leave;
    this.#told = told;
    const failed = (error: unknown): void => {
      if (!exit.left) throw told.broken ? told.broken.why : error;
    };
    const response = await coming.catch(failed);
    if (!response) return;
    this.#response = response;
    const reader = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const decoder = new TextDecoder();
    let text = "";
    let mark: ChatChunk["steadfast"];
    try {
      for (;;) {
        let piece;
        try {
          piece = await reader.read();
        } catch (error) {
          return failed(error);
        }
        if (piece.done) throw broken(response);
        text += decoder.decode(piece.value, { stream: true });
        // What comes here was written by the core: one line of data an event, LF, a blank line.
        let from = 0;
        for (let to = text.indexOf("\n\n"); to >= 0; from = to + 2, to = text.indexOf("\n\n", from)) {
          const event = text.slice(from, to);
          if (event.startsWith("data: ")) {
            const data = event.slice(6);
            if (data === "[DONE]") return;
            const chunk = JSON.parse(data) as ChatChunk & { error?: ErrorBody };
            if (chunk.error) throw errorOf(502, chunk.error, response.headers);
            if (mark) chunk.steadfast = mark;
            mark = undefined;
            yield chunk;
          } else if (event.startsWith(": ")) {
            const seam = /^: steadfast continued by (.*) after (\d+) characters$/.exec(event);
            if (seam) mark = { continued: { by: seam[1]!, after: Number(seam[2]) } };
          } else if (event.startsWith("event: steadfast.restart\ndata: ")) {
            yield JSON.parse(event.slice(event.indexOf("\n") + 7)) as ChatChunk;
          }
        }
        text = text.slice(from);
      }
    } finally {
      // Nothing is left to be read after the last event; before it, this is how the provider hears of it.
      await reader.cancel().catch(() => {});
    }
  }
}

function broken(response: SteadfastResponse): SteadfastError {
  const message = "The answer ended before it was complete. What came is not the whole answer; ask again.";
  return errorOf(502, { message, type: "server_error", param: null, code: "stream_broken" }, response.headers);
}
