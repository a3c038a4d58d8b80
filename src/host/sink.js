// What goes out piece by piece: the caller's end of a streamed answer.

/** The caller's end of a streamed answer: workerd's native pipe where there is one, else a plain stream. */
export function sink(leave) {
  return typeof IdentityTransformStream === "undefined" ? plainSink(leave) : nativeSink(leave);
}

/** So many pieces may wait for a slow caller; a large one counts as several. */
const MOST_WAITING = 16;
const LARGE = 1 << 16;
const weight = (bytes) => (bytes.length > LARGE ? bytes.length / LARGE : 1);

function nativeSink(leave) {
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
    leave();
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
    fail(why = new Error("steadfast let go of this answer")) {
      if (over) return;
      over = true;
      writer.abort(why).catch(() => {});
    },
  };
}

function plainSink(leave) {
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
        leave();
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
    fail(why = new Error("steadfast let go of this answer")) {
      if (!over) controller.error(why);
      over = true;
    },
  };
}
