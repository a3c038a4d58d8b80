// Server-sent events out of a body (HTML Standard, "Event stream interpretation"), comments included:
// steadfast says in comments what a chunk has no place for.

/** Yields `{ event, data }` and `{ comment }`. steadfast writes an event as one `data:` line, after an `event:` line at most. */
export async function* events(body) {
  let event;
  for await (const line of lines(body)) {
    if (line.startsWith(":")) yield { comment: line.slice(1).trim() };
    else if (line.startsWith("event: ")) event = line.slice("event: ".length);
    else if (line.startsWith("data: ")) yield { event, data: line.slice("data: ".length) };
    else if (line === "") event = undefined;
  }
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      yield* lines;
    }
  } finally {
    reader.cancel().catch(() => {}); // Whoever stops listening lets the gateway know.
  }
}
