// Draws the attempts: a lane each, from when it was begun to what came of it.

import { Attempts } from "./attempts.mjs";
import { element, renew, write } from "./dom.mjs";
import { duration, failure, reason } from "./words.mjs";

/** The length of the axis: the first of these that holds all, in seconds. */
const spans = [3, 6, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200];

const legend = { waits: "waits", first: "first word", streams: "streams", cancelled: "cancelled", failed: "failed", cut: "broke off" };

export class Timeline {
  /** `colour` names the colour of a model. */
  constructor(root, colour) {
    this.attempts = new Attempts();
    this.colour = colour;
    this.axis = element("div", { class: "axis", "aria-hidden": "true" });
    this.list = element("ol", { class: "lanes" });
    this.empty = element("p", { class: "empty" }, "Each call to a provider becomes a lane here, as it happens.");
    this.reasons = reasons([]);
    const marks = Object.entries(legend).map(([kind, words]) => element("li", {}, element("i", { class: `mark ${kind}` }), words));
    root.replaceChildren(this.axis, this.list, this.reasons, this.empty, element("ul", { class: "legend", "aria-hidden": "true" }, ...marks));
    this.rows = [];
    this.drawAxis(spans[0]);
  }

  /** From here on the attempts of this question are drawn; without one, none. */
  show(attempts = new Attempts()) {
    this.attempts = attempts;
    this.follow();
  }

  /** Draws now, and goes on as long as something is under way. */
  follow() {
    cancelAnimationFrame(this.frame);
    this.draw();
    if (this.attempts.running) this.frame = requestAnimationFrame(() => this.follow());
  }

  draw() {
    const lanes = this.attempts.shown();
    const elapsed = this.attempts.elapsed();
    const span = spans.find((seconds) => seconds * 1000 > elapsed * 1.02) ?? spans.at(-1);
    if (span !== this.span) this.drawAxis(span);
    this.empty.hidden = lanes.length > 0;
    while (this.rows.length > lanes.length) this.rows.pop().root.remove();
    while (this.rows.length < lanes.length) this.rows.push(row(this.list));
    lanes.forEach((lane, place) => this.drawLane(lane, place, place - lanes.indexOf(lane.continues), elapsed));
    this.drawReasons(lanes);
  }

  /** Why those did not answer that did not: the same words once, for all of whom they are true. */
  drawReasons(lanes) {
    const models = new Map();
    for (const lane of lanes) {
      const words = lane.state === "cancelled" ? beaten(lane, lanes) : lane.why && reason(lane.why);
      if (words) models.set(words, (models.get(words) ?? new Set()).add(lane.model));
    }
    renew(this.reasons, reasons([...models].map(([words, models]) => `${[...models].join(", ")}: ${words}`)));
  }

  drawLane(lane, place, above, elapsed) {
    const at = (milliseconds) => `${((Math.max(0, milliseconds) / this.span / 10) || 0).toFixed(2)}%`;
    const { root, model, outcome, joint, wait, stream, first, end } = this.rows[place];
    const over = lane.end ?? elapsed;
    const shown = lane.content ?? over;
    root.dataset.state = lane.state;
    root.dataset.colour = this.colour(lane.model);
    root.classList.toggle("chosen", ["answers", "whole"].includes(lane.state));
    write(model, lane.model);
    write(outcome, words(lane, elapsed));

    wait.style.left = at(lane.start);
    wait.style.width = at(shown - lane.start);
    stream.style.left = first.style.left = at(shown);
    stream.style.width = at(over - shown);
    end.style.left = at(over);
    first.hidden = lane.content === undefined;
    end.hidden = lane.end === undefined;
    // Where it carries on for another, a line comes down from where that one broke off.
    joint.hidden = !lane.continues;
    joint.style.left = at(lane.start);
    joint.style.setProperty("--lanes", above);
  }

  drawAxis(span) {
    this.span = span;
    const step = [0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300].find((step) => span / step <= 6);
    const ticks = Array.from({ length: Math.floor(span / step) + 1 }, (_, count) => {
      const tick = element("span", {}, `${count * step} s`);
      tick.style.left = `${(count * step * 100) / span}%`;
      return tick;
    });
    this.axis.replaceChildren(...ticks);
    this.list.style.setProperty("--tick", `${(step * 100) / span}%`);
  }
}

const reasons = (said) => element("ul", { class: "reasons", "aria-label": "Reasons" }, ...said.map((words) => element("li", {}, words)));

/** Who had the first word while this one was asked, for which it was cancelled; nobody, where the reader stopped it. */
function beaten({ start }, lanes) {
  const winner = lanes.find(({ state, content }) => ["answers", "whole", "cut"].includes(state) && content >= start);
  return winner && `${winner.model} was quicker`;
}

/** A lane's parts, put at the end of the list. */
function row(list) {
  const [joint, wait, stream, first, end] = ["joint", "wait", "stream", "first", "end"].map((part) => element("i", { class: part }));
  const model = element("span", { class: "lane-model" });
  const outcome = element("span", { class: "lane-outcome" });
  const track = element("span", { class: "track", "aria-hidden": "true" }, joint, wait, stream, first, end);
  const root = element("li", { class: "lane" }, model, track, outcome);
  list.append(root);
  return { root, model, outcome, joint, wait, stream, first, end };
}

/** What a lane has come to, in words. */
function words({ state, start, continues, anew, why }, elapsed) {
  switch (state) {
    case "waits":
      return `waits ${duration(elapsed - start)}`;
    case "answers":
      return anew ? "starts over" : continues ? "carries on" : "answers";
    case "whole":
      return anew ? "answered anew" : continues ? "carried on to the end" : "answered";
    case "skipped":
      return `passed over: ${failure(why)}`;
    default:
      return failure(why);
  }
}
