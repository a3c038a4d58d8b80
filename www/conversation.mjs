// Leads a question through the page: asks it, and shows what comes where it belongs.

import { ask } from "./ask.mjs";
import { Attempts, readTrail } from "./attempts.mjs";
import { Chat } from "./chat.mjs";
import { by, say } from "./dom.mjs";
import { Timeline } from "./timeline.mjs";
import { duration } from "./words.mjs";

export class Conversation {
  constructor(colour) {
    this.colour = colour;
    this.attempts = new Attempts();
    this.timeline = new Timeline(by("timeline"), this.attempts, colour);
    this.chat = new Chat(by("talk"));
    this.messages = [];
  }

  /** From here on this one is asked. `watched`: the gateway is in this page and tells of its attempts. */
  connect(source, watched = false) {
    this.stop();
    this.source = source;
    this.watched = watched;
  }

  /** What the gateway in this page tells of an attempt. */
  heard(event) {
    this.attempts.heard(event);
    if (event.event === "end" && !["ok", "cancelled"].includes(event.outcome)) say(`${event.model} failed: ${event.outcome.replace("_", " ")}.`);
  }

  clear() {
    this.stop();
    this.messages = [];
    this.chat.clear();
    this.attempts.clear();
    this.timeline.follow();
  }

  stop() {
    this.under?.abort();
  }

  /** Asks, and resolves when the answer is over, however it ended. */
  async ask(question, model, onBreak) {
    this.stop();
    const under = (this.under = new AbortController());
    const turn = new Turn(this, this.chat.ask(question));
    const messages = [...this.messages, { role: "user", content: question }];
    this.attempts.start();
    this.timeline.follow();
    try {
      for await (const part of ask(this.source, { model, messages, onBreak, signal: under.signal })) turn.take(part);
    } catch (error) {
      turn.failed(under.signal.aborted ? { code: "stopped" } : error);
    }
    turn.over();
    if (turn.answer.text) this.messages = [...messages, { role: "assistant", content: turn.answer.text }];
    // Another question may have been asked meanwhile: then all this is history.
    if (this.under !== under) return;
    this.under = undefined;
    this.attempts.stop();
    if (!this.watched && turn.trail) this.attempts.read(turn.trail);
    this.timeline.follow();
  }
}

/** One answer on its way. */
class Turn {
  constructor({ attempts, watched, colour }, answer) {
    Object.assign(this, { attempts, watched, colour, answer });
    this.begun = performance.now();
    this.speakers = [];
  }

  take({ answered, text, reasoning, seam, restart, closed, error }) {
    if (answered) {
      this.speakers.push(answered.model);
      this.firstWord = performance.now() - this.begun;
      this.answer.tell(`first word after ${duration(this.firstWord)}`, `${answered.model} answers`);
      say(`${answered.model} answers.`);
      if (!this.watched) this.attempts.read(readTrail(answered.trail));
    } else if (reasoning) this.answer.think(reasoning);
    else if (text) this.answer.add(text);
    else if (seam) {
      this.speakers.push(seam.model);
      this.answer.tell(`first word after ${duration(this.firstWord)}`, `${seam.model} carries on`);
      this.answer.seam(seam.model, this.colour(seam.model));
      if (!this.watched) this.attempts.handedOver(seam.model);
      say(`The stream broke off. ${seam.model} carries on.`);
    } else if (restart) this.answer.restart();
    else if (closed) {
      this.trail = closed.trail;
      this.answer.closed(closed, this.speakers, this.firstWord);
    } else if (error) this.failed(error);
  }

  failed(error) {
    this.wrong = true;
    if (error.attempts && !this.watched) this.trail = error.attempts;
    this.answer.failed(error);
    say("There is no whole answer.");
  }

  over() {
    this.answer.over();
    if (!this.wrong) say("The answer is complete.");
  }
}
