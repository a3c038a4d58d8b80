// The configuration as text, yours to change: tried as it is typed, in force as soon as it is right.

import { by, write } from "./dom.mjs";

export class Editor {
  /** `use` takes a parsed configuration, and throws what is wrong with it. */
  constructor(use) {
    this.use = use;
    this.field = by("config");
    this.verdict = by("config-verdict");
    this.field.addEventListener("input", () => {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.read(), 300);
    });
    by("config-reset").addEventListener("click", () => {
      this.field.value = pretty(this.original);
      this.read();
    });
  }

  /** Shows a configuration that is in force, and what it was at first. */
  show(config, original) {
    clearTimeout(this.pause);
    this.original = original;
    this.field.value = pretty(config);
    this.tell("In force.");
  }

  async read() {
    try {
      await this.use(JSON.parse(this.field.value));
      this.tell("In force.");
    } catch (error) {
      this.tell(`${error.message} Until it is mended, the last good one stays in force.`, true);
    }
  }

  tell(words, wrong = false) {
    write(this.verdict, words);
    this.verdict.classList.toggle("wrong", wrong);
    this.field.setAttribute("aria-invalid", String(wrong));
  }
}

/** JSON with short lists and objects on one line. */
function pretty(config) {
  return JSON.stringify(config, null, 2).replace(/[[{]\n[^[\]{}]*[\]}]/g, (part) => {
    const line = part.replace(/\s*\n\s*/g, " ");
    return line.length <= 72 ? line : part;
  });
}
