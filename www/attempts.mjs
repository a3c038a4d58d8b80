// What is known of the attempts of one question, while they are under way and afterwards. Draws nothing.
//
// The gateway in this page tells of each attempt as it goes. Of a deployed one only the trail is known, from the
// response's header and from the closing comment: who was asked, what came of it and how long that took.

/**
 * One attempt. Times are in milliseconds since the question.
 *
 * @typedef {object} Lane
 * @property {string} model
 * @property {number} start
 * @property {number} [content] the first content
 * @property {number} [end]
 * @property {"waits" | "answers" | "whole" | "cut" | "failed" | "cancelled" | "skipped"} state
 * @property {Lane} [continues] who broke off, and for whom it carried on
 * @property {boolean} [anew] it did not carry on, but started over
 * @property {{ outcome: string, status?: number, clock?: string, message?: string }} [why]
 */

export class Attempts {
  /** @param {() => number} now */
  constructor(now = () => performance.now()) {
    this.now = now;
    /** @type {Lane[]} */
    this.lanes = [];
    this.running = false;
    this.length = 0;
  }

  start() {
    this.running = true;
    this.begun = this.now();
  }

  stop() {
    this.length = this.elapsed();
    this.running = false;
  }

  elapsed() {
    return this.running ? this.now() - this.begun : this.length;
  }

  /** The gateway in this page tells what has become of an attempt. */
  heard({ event, attempt, at_ms: at, model, outcome, skipped, ...why }) {
    const lane = (this.lanes[attempt] ??= { model, start: at, state: "waits" });
    if (event === "content") Object.assign(lane, { content: at, state: "answers" });
    if (event === "continued" || event === "restarted") Object.assign(lane, { continues: this.broken(attempt), anew: event === "restarted" });
    if (event === "end") {
      const state = skipped ? "skipped" : outcome === "ok" ? "whole" : outcome === "cancelled" ? outcome : lane.state === "answers" ? "cut" : "failed";
      Object.assign(lane, { end: at, state, why: { outcome, ...why } });
    }
  }

  /** A trail, of a gateway whose attempts are not seen. In a header it does not say when they began. */
  read(trail) {
    const known = this.lanes;
    this.lanes = [];
    let last = 0;
    trail.forEach((entry, place) => {
      const lane = laid(entry, entry.start_ms ?? last, this.running ? undefined : this.length);
      if (lane.state === "cut") lane.content = known[place]?.content; // When it came was told while it lasted.
      last = Math.max(last, lane.start + (entry.ms ?? 0));
      this.lanes.push(lane);
      // Nor does a trail say whether it was carried on or started over.
      if (["answers", "whole", "cut"].includes(lane.state)) Object.assign(lane, { continues: this.broken(place), anew: known[place]?.anew });
    });
  }

  /** The stream says that another one carries on, or starts over. */
  handedOver(model, anew = false) {
    const now = this.elapsed();
    const from = this.lanes.findLast(({ state }) => state === "answers");
    if (from) Object.assign(from, { state: "cut", end: now, why: { outcome: "cut" } });
    this.lanes.push({ model, start: now, content: now, state: "answers", continues: this.broken(this.lanes.length), anew });
  }

  /** The nearest lane before this one that broke off. */
  broken(place) {
    return this.lanes.slice(0, place).findLast(({ state }) => state === "cut");
  }

  /** The lanes worth a look: not those of models that nobody has a key for. */
  shown() {
    return this.lanes.filter(({ state, why }) => !(state === "skipped" && why.outcome === "auth"));
  }
}

/** A lane out of a trail. `over` is when the answer ended, once it has. */
function laid({ model, outcome, ms = 0, skipped, ...why }, start, over) {
  const end = start + ms;
  const lane = { model, start, end, state: outcome, why: { outcome, ...why } };
  if (skipped) return { ...lane, end: start, state: "skipped" };
  if (outcome === "ok") return { ...lane, content: end, end: over && Math.max(over, end), state: over ? "whole" : "answers" };
  if (outcome === "pending") return { ...lane, end: undefined, state: "waits" };
  return outcome === "cut" || outcome === "cancelled" ? lane : { ...lane, state: "failed" };
}

/** The header `x-steadfast-trail`: `deepseek/deepseek-flash overloaded 503 412ms; qwen/qwen-plus ok 655ms`. */
export function readTrail(header = "") {
  const entries = header.split("; ").filter((entry) => entry.includes(" ") && !entry.startsWith("("));
  return entries.map((entry) => {
    const [model, outcome, ...words] = entry.split(" ");
    const ms = words.find((word) => /^\d+ms$/.test(word));
    const status = words.find((word) => /^\d{3}$/.test(word));
    return {
      model: decodeURIComponent(model),
      outcome,
      status: status && Number(status),
      clock: words.find((word) => clocks.includes(word)),
      ms: ms && parseInt(ms, 10),
      skipped: words.includes("skipped"),
    };
  });
}

const clocks = ["headers", "first_token", "idle", "attempt", "deadline", "stream"];
