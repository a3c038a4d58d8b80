// What goes out piece by piece: the caller's end of a streamed answer.

/** The caller's end of a streamed answer: workerd's native pipe where there is one (in the Worker there is), else a plain stream. */
export const sink = IN_WORKER || typeof IdentityTransformStream !== "undefined" ? nativeSink : plainSink;

/** So many pieces may wait for a slow caller; a large one counts as several. */
const MOST_WAITING = 16;
const LARGE = 1 << 16;
const weight = (bytes) => (bytes.length > LARGE ? bytes.length / LARGE : 1);

function nativeSink(call) {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // Heard of by the writes already.
  let waiting = 0;
  let over = false;
  let wake;
  const written = (weighed) => {
    waiting -= weighed;
    if (wake && waiting < MOST_WAITING / 2) {
      wake();
      wake = undefined;
    }
  };
  const gone = () => {
    if (over) return;
    over = true;
    wake?.();
    call.leave();
  };
  return {
    readable,
    write(bytes) {
      if (over) return true;
      const weighed = weight(bytes);
      waiting += weighed;
      writer.write(bytes).then(() => written(weighed), gone);
      return waiting < MOST_WAITING;
    },
    drained: () => new Promise((resolve) => (over ? resolve() : (wake = resolve))),
    end() {
      over = true;
      writer.close().catch(() => {});
    },
    fail() {
      if (over) return;
      over = true;
      writer.abort(call.world.why(call.request, call.left)).catch(() => {});
    },
  };
}

function plainSink(call) {
  let controller;
  let over = false;
  let wake;
  const readable = new ReadableStream(
    {
      start: (its) => void (controller = its),
      pull() {
        wake?.();
        wake = undefined;
      },
      cancel() {
        over = true;
        wake?.();
        call.leave();
      },
    },
    { highWaterMark: MOST_WAITING, size: weight },
  );
  return {
    readable,
    write(bytes) {
      if (over) return true;
      controller.enqueue(bytes);
      return controller.desiredSize > 0;
    },
    drained: () => new Promise((resolve) => (over || controller.desiredSize > 0 ? resolve() : (wake = resolve))),
    end() {
      if (!over) controller.close();
      over = true;
    },
    fail() {
      if (!over) controller.error(call.world.why(call.request, call.left));
      over = true;
    },
  };
}
