// The configuration as text, yours to change: tried as it is typed, in force as soon as it is right.
// Whoever shows one says what becomes of what is made of it.

import { by, write } from "./dom.mjs";
import { latest } from "./latest.mjs";

export class Editor {
  constructor() {
    this.field = by("config");
    this.verdict = by("config-verdict");
    this.reading = latest();
    this.field.addEventListener("input", () => {
      this.leave();
      this.tell("Read when you pause.");
      this.pause = setTimeout(() => this.read(), 300);
    });
    by("config-reset").addEventListener("click", () => {
      this.field.value = pretty(this.original);
      this.read();
    });
  }

  /**
   * Shows a configuration that is in force, and what it was at first. `use` takes an edited one, throws what is wrong,
   * and resolves to whether it is in force.
   */
  show(config, original, use) {
    this.leave();
    Object.assign(this, { original, use });
    this.field.value = pretty(config);
    this.tell("In force.");
  }

  /** What was typed and is not in force yet is not waited for any more. */
  leave() {
    clearTimeout(this.pause);
    this.reading();
  }

  async read() {
    const isLast = this.reading();
    try {
      const isInForce = await this.use(parsed(this.field.value));
      if (isInForce && isLast()) this.tell("In force.");
    } catch (error) {
      if (isLast()) this.tell(`${error.message}\nUntil it is mended, the last good one stays in force.`, true);
    }
  }

  tell(words, wrong = false) {
    write(this.verdict, words);
    this.verdict.classList.toggle("wrong", wrong);
    this.field.setAttribute("aria-invalid", String(wrong));
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}.`);
  }
}

/** JSON in which what is short stands on one line. */
function pretty(value, indent = "", before = 0) {
  const line = JSON.stringify(value, null, 1)?.replace(/\n\s*/g, " ").replaceAll("[ ", "[").replaceAll(" ]", "]");
  if (before + line.length <= 78 || typeof value !== "object") return line;
  const inner = `${indent}  `;
  const part = ([key, its]) => {
    const begun = inner + (Array.isArray(value) ? "" : `${JSON.stringify(key)}: `);
    return begun + pretty(its, inner, begun.length);
  };
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${Object.entries(value).map(part).join(",\n")}\n${indent}${close}`;
}
