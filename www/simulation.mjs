// The simulated side of the page: providers to play with, strategies to pick, scenes to watch.

import { by, element, write } from "./dom.mjs";
import { providersPanel } from "./providers.mjs";
import { chance } from "./random.mjs";
import { scenes } from "./scenes.mjs";
import { simulatedFetch } from "./simulated-fetch.mjs";
import { patience, strategies } from "./strategies.mjs";
import { World } from "./world.mjs";

export class Simulation {
  /** `open` makes a gateway of a configuration and a `fetch`; `pick` is told which route to ask for; `play` asks a question. */
  constructor({ open, pick, play, editor }) {
    Object.assign(this, { open, pick, editor });
    this.world = new World();
    this.fetch = simulatedFetch(this.world, chance(location));
    this.pieces = new Map(strategies.map(({ name, routes }) => [name, { routes }]));

    providersPanel(by("providers"), this.world);
    by("heal").addEventListener("click", () => this.world.heal());
    by("cut").addEventListener("click", () => this.world.providers.forEach(({ name }) => this.world.cut(name)));
    by("strategies").append(...strategies.map((strategy) => this.radio(strategy)));
    by("scenes").addEventListener("click", ({ target }) => target.dataset.scene && this.play(scenes[target.dataset.scene], play));
    this.chosen = "fallback";
  }

  radio({ name, title }) {
    const input = element("input", { type: "radio", name: "strategy", value: name, onchange: () => this.choose(name) });
    return element("label", {}, input, element("span", {}, title));
  }

  /** Shows a strategy and asks for it from now on. */
  choose(name) {
    const strategy = strategies.find((strategy) => strategy.name === name);
    if (!strategy) return;
    this.chosen = name;
    by("strategies").querySelector(`[value="${name}"]`).checked = true;
    write(by("strategy-says"), strategy.says);
    this.editor.show(this.pieces.get(name), { routes: strategy.routes }, (piece) => this.edited(piece));
    this.pick(name);
  }

  /** Throws what is wrong with it; until then nothing has changed. */
  async edited(piece) {
    await this.open(this.config(piece), this.fetch);
    this.pieces.set(this.chosen, piece);
    this.pick(Object.keys(piece.routes ?? {})[0]);
  }

  async start() {
    await this.open(this.config(), this.fetch);
    this.choose(this.chosen);
  }

  /** All strategies, the providers, and what was edited. */
  config(edited = this.pieces.get(this.chosen)) {
    const routes = [...this.pieces.values()].map((piece) => piece.routes);
    return { ...this.world.config(), timeouts: patience, ...edited, routes: Object.assign({}, ...routes, edited.routes) };
  }

  async play({ strategy, settings, asks }, play) {
    this.world.heal();
    for (const [name, its] of Object.entries(settings)) this.world.set(name, its);
    this.chosen = strategy;
    await this.start(); // Anew: what the last scene taught the gateway would spoil this one.
    by("stage").scrollIntoView({ block: "nearest" });
    play(asks);
  }
}
