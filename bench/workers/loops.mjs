// The ways to see each chunk of an answer and write it on; the binding LOOP, "reader > writer", says which one.
// They exist to be compared with each other and with loop.mjs, which has the cheapest of them written out.

const MINIMUM = 16; // longer than what is left of an event cut in two, shorter than any event

const readers = {
  byob(body) {
    const reader = body.getReader({ mode: "byob" });
    return async () => {
      const { done, value } = await reader.readAtLeast(MINIMUM, new Uint8Array(4096));
      return done ? undefined : value;
    };
  },
  default(body) {
    const reader = body.getReader();
    return async () => (await reader.read()).value;
  },
};

const writers = {
  // the readable side is native: taking the bytes out runs no JavaScript
  identity: (next) => through(new IdentityTransformStream(), next, (writer, chunk) => writer.write(chunk)),
  identityUnawaited: (next) => through(new IdentityTransformStream(), next, (writer, chunk) => void writer.write(chunk)),
  transform: (next) => through(new TransformStream(), next, (writer, chunk) => writer.write(chunk)),
  pull: (next) => new ReadableStream({ pull: (controller) => one(next, controller) }),
  pullUnbuffered: (next) => new ReadableStream({ pull: (controller) => one(next, controller) }, { highWaterMark: 0 }),
  pullBytes: (next) => new ReadableStream({ type: "bytes", pull: (controller) => one(next, controller) }),
  push: (next) => new ReadableStream({ start: (controller) => void all(next, controller) }),
  pushBytes: (next) => new ReadableStream({ type: "bytes", start: (controller) => void all(next, controller) }),
  generator: (next) => ReadableStream.from((async function* () { for (let chunk; (chunk = await next()); ) yield chunk; })()),
};

/** Forms that are not a reader and a writer. */
const pipes = {
  native: (body) => body,
  pipeTo(body) {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    body.pipeTo(new WritableStream({ write: (chunk) => writer.write(chunk), close: () => writer.close() }));
    return readable;
  },
  pipeThrough: (body) => body.pipeThrough(new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk) })),
};

/** Every combination, as LOOP names it. */
export const names = [...Object.keys(pipes), ...Object.keys(readers).flatMap((reader) => Object.keys(writers).map((writer) => `${reader} > ${writer}`))];

function through({ readable, writable }, next, write) {
  const writer = writable.getWriter();
  (async () => {
    for (let chunk; (chunk = await next()); ) await write(writer, chunk);
    await writer.close();
  })();
  return readable;
}

async function one(next, controller) {
  const chunk = await next();
  chunk ? controller.enqueue(chunk) : controller.close();
}

async function all(next, controller) {
  for (let chunk; (chunk = await next()); ) controller.enqueue(chunk);
  controller.close();
}

function relay(body, form) {
  if (form in pipes) return pipes[form](body);
  const [reader, writer] = form.split(" > ");
  return writers[writer](readers[reader](body));
}

export default {
  async fetch(request, { UPSTREAM, LOOP }) {
    const response = await fetch(UPSTREAM, { method: "POST", headers: request.headers, body: request.body });
    return new Response(relay(response.body, LOOP), response);
  },
};
