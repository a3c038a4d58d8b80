// The conversation as the user reads it, and what is told about each answer beneath it.

import { element } from "./dom.mjs";
import { duration, failure, money, reason } from "./words.mjs";

export class Chat {
  constructor(root) {
    this.root = root;
    // It stays at the end, unless the reader has scrolled up.
    this.follows = true;
    const toTheEnd = () => root.scrollHeight - root.scrollTop - root.clientHeight;
    root.addEventListener("scroll", () => (this.follows = toTheEnd() < 40));
    this.clear();
  }

  clear() {
    this.root.replaceChildren(
      element("p", { class: "empty" }, "Ask something. The answer streams in here, and if it has to change hands on its way, you see where."),
    );
  }

  /** A question, and the place for its answer. */
  ask(question) {
    this.root.querySelector(".empty")?.remove();
    const answer = new Answer(() => this.keepUp());
    this.root.append(element("p", { class: "question", dir: "auto" }, question), answer.node);
    this.follows = true;
    this.keepUp();
    return answer;
  }

  keepUp() {
    if (this.follows) this.root.scrollTop = this.root.scrollHeight;
  }
}

class Answer {
  constructor(grown) {
    this.grown = grown;
    this.text = "";
    this.body = element("div", { class: "answer-text", dir: "auto" });
    this.about = element("p", { class: "about" }, element("span", { class: "waiting" }, "waits for the first word"));
    this.node = element("article", { class: "answer", "aria-label": "Answer", "aria-busy": "true" }, this.body, this.about);
    this.leg();
  }

  /** From here on another model speaks; what carries on for another is marked with its colour. */
  leg(colour) {
    this.current = element("span", { class: "leg", "data-colour": colour });
    this.body.append(this.current);
  }

  add(text) {
    this.text += text;
    this.current.append(text);
    this.grown();
  }

  seam(model, colour) {
    this.body.append(element("span", { class: "seam", "data-colour": colour }, `${model} carries on`));
    this.leg(colour);
  }

  /** What was said does not count any more. */
  restart(model) {
    this.text = "";
    this.body.replaceChildren(element("span", { class: "seam" }, `broke off, ${model} starts over`));
    this.leg();
  }

  /** A model that thinks aloud before it speaks. */
  think(text) {
    if (!this.thoughts) {
      this.thoughts = element("p", { class: "thoughts" });
      this.node.prepend(this.thoughts);
    }
    this.thoughts.append(text);
    this.grown();
  }

  tell(...facts) {
    this.about.replaceChildren(...facts.filter(Boolean).map((fact) => element("span", {}, fact)));
    this.grown();
  }

  /** What the closing comment says. */
  closed({ degraded, usage, cost_usd: cost }, speakers, firstWord) {
    const tokens = usage?.completion_tokens;
    this.tell(
      speakers.length > 0 && `answered by ${speakers.join(", then ")}`,
      firstWord !== undefined && `first word after ${duration(firstWord)}`,
      degraded && `stepped down: ${degraded.replace("->", "→")}`,
      tokens && `${tokens} tokens`,
      cost !== undefined && money(cost),
    );
  }

  over() {
    this.node.setAttribute("aria-busy", "false");
  }

  /** There is no answer, or no whole one. */
  failed({ message, code, attempts = [] }) {
    const [title, ...rest] = explain(code, message, this.text);
    const named = code === "not_configured" ? [] : attempts; // Its message names them all.
    const became = (attempt) => [attempt.skipped ? "passed over" : failure(attempt), reason(attempt)].filter(Boolean).join(": ");
    const tried = named.map((attempt) => element("li", {}, element("b", {}, attempt.model), ` ${became(attempt)}`));
    this.node.append(
      element("div", { class: "problem" }, element("p", {}, element("b", {}, title)), ...rest.map((words) => element("p", {}, words)), ...(tried.length ? [element("ul", {}, ...tried)] : [])),
    );
    if (!this.text) this.about.remove();
    this.grown();
  }
}

/** A title, and what to do next. */
function explain(code, message, text) {
  switch (code) {
    case "all_targets_failed":
      return ["Nobody answered.", "Each model of the list was tried, in its order. Your code gets one clear error that names them all, in bounded time:"];
    case "not_configured":
      return ["Nobody could be asked.", message];
    case "stopped":
      return ["Stopped.", "The provider was told at once, and nothing more is paid for."];
    default:
      return [text ? "The answer broke off, and nobody could carry on." : "There is no answer.", message];
  }
}
