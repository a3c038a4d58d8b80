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
    this.timeline = new Timeline(by("timeline"), colour);
    this.chat = new Chat(by("talk"));
    this.messages = [];
  }

  /** From here on this one is asked. `watched`: the gateway is in this page and tells of its attempts. */
  connect(source, watched = false) {
    this.stop();
    this.source = source;
    this.watched = watched;
  }

  /** What the gateway in this page tells of an attempt: of the last question's, or of one that is history. */
  heard(event) {
    if (event.id !== this.turn?.id) return;
    this.turn.attempts.heard(event);
    if (event.event === "end" && !["ok", "cancelled"].includes(event.outcome)) say(`${event.model} failed: ${event.outcome.replace("_", " ")}.`);
  }

  clear() {
    this.stop();
    this.turn = undefined;
    this.messages = [];
    this.chat.clear();
    this.timeline.show();
  }

  stop() {
    this.under?.abort();
  }

  /** Asks, and resolves when the answer is over, however it ended. */
  async ask(question, model, onBreak) {
    this.stop();
    const under = (this.under = new AbortController());
    const turn = (this.turn = new Turn(this, this.chat.ask(question)));
    // What is still on its way when the chat is cleared goes into a conversation and a timeline that nobody has any more.
    const said = this.messages;
    const asked = { role: "user", content: question };
    this.timeline.show(turn.attempts);
    try {
      const { signal } = under;
      for await (const part of ask(this.source, { id: turn.id, model, messages: [...said, asked], onBreak, signal })) turn.take(part);
    } catch (error) {
      turn.failed(under.signal.aborted ? { code: "stopped" } : error);
    }
    turn.over();
    if (turn.answer.text) said.push(asked, { role: "assistant", content: turn.answer.text });
    if (this.under === under) this.under = undefined;
    this.timeline.follow();
  }
}

/** One answer on its way. */
class Turn {
  constructor(conversation, answer) {
    const { watched, colour } = conversation;
    Object.assign(this, { conversation, watched, colour, answer });
    this.id = `demo-${Math.random().toString(36).slice(2)}`;
    this.attempts = new Attempts();
    this.attempts.start();
    this.begun = performance.now();
    this.speakers = [];
  }

  take({ answered, text, reasoning, seam, restart, closed, error }) {
    if (answered) {
      this.speakers.push(answered.model);
      this.firstWord = performance.now() - this.begun;
      this.answer.tell(`first word after ${duration(this.firstWord)}`, `${answered.model} answers`);
      this.say(`${answered.model} answers.`);
      if (!this.watched) this.attempts.read(readTrail(answered.trail));
    } else if (reasoning) this.answer.think(reasoning);
    else if (text) this.answer.add(text);
    else if (seam) {
      this.speakers.push(seam.model);
      this.answer.tell(`first word after ${duration(this.firstWord)}`, `${seam.model} carries on`);
      this.answer.seam(seam.model, this.colour(seam.model));
      if (!this.watched) this.attempts.handedOver(seam.model);
      this.say(`The stream broke off. ${seam.model} carries on.`);
    } else if (restart) {
      this.speakers = [restart.model];
      this.answer.tell(`first word after ${duration(this.firstWord)}`, `${restart.model} starts over`);
      this.answer.restart(restart.model);
      if (!this.watched) this.attempts.handedOver(restart.model, true);
      this.say(`The stream broke off. ${restart.model} starts over: what was said before does not count.`);
    } else if (closed) {
      this.trail = closed.trail;
      this.answer.closed(closed, this.speakers, this.firstWord);
    } else if (error) this.failed(error);
  }

  failed(error) {
    this.wrong = true;
    if (error.attempts && !this.watched) this.trail = error.attempts;
    this.answer.failed(error);
    this.say("There is no whole answer.");
  }

  over() {
    this.answer.over();
    this.attempts.stop();
    if (!this.watched && this.trail) this.attempts.read(this.trail);
    if (!this.wrong) this.say("The answer is complete.");
  }

  /** Of an answer that is history nobody is told any more. */
  say(words) {
    if (this.conversation.turn === this) say(words);
  }
}
