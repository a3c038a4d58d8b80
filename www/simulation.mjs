// The simulated side of the page: providers to play with, strategies to pick, scenes to watch.

import { by, element, write } from "./dom.mjs";
import { providersPanel } from "./providers.mjs";
import { chance } from "./random.mjs";
import { scenes } from "./scenes.mjs";
import { simulatedFetch } from "./simulated-fetch.mjs";
import { patience, strategies } from "./strategies.mjs";
import { World } from "./world.mjs";

export class Simulation {
  /** `open` makes a gateway of a configuration and a `fetch`, and resolves to whether it answers now; `pick` is told which route to ask for; `play` asks a question. */
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

  /** Shows a strategy, with what was edited of it, once that is in force, and asks for one of its routes from now on. */
  async choose(name, route = routesOf(this.pieces.get(name))[0]) {
    const { says, routes } = strategies.find((strategy) => strategy.name === name);
    const piece = this.pieces.get(name);
    this.chosen = name;
    by("strategies").querySelector(`[value="${name}"]`).checked = true;
    write(by("strategy-says"), says);
    this.editor.leave();
    // What the gateway has learned is kept where its configuration stays the same.
    if (this.inForce !== JSON.stringify(this.config(piece)) && !(await this.enforce(piece))) return;
    this.editor.show(piece, { routes }, (piece) => this.edited(name, piece));
    this.pick(route);
  }

  /** Shows the strategy that this route belongs to. */
  lead(route) {
    const owner = strategies.find(({ name }) => routesOf(this.pieces.get(name)).includes(route));
    if (owner) this.choose(owner.name, route);
  }

  /** Throws what is wrong with it; until then nothing has changed. */
  async edited(name, piece) {
    if (!(await this.enforce(piece))) return false;
    this.pieces.set(name, piece);
    this.pick(routesOf(piece)[0]);
    return true;
  }

  async start() {
    if (!(await this.enforce(this.pieces.get(this.chosen)))) return false;
    this.choose(this.chosen);
    return true;
  }

  /** A gateway that begins anew, with this piece. */
  async enforce(piece) {
    const config = this.config(piece);
    const before = this.inForce;
    this.inForce = undefined; // Nobody knows, until it is there.
    try {
      const isThere = await this.open(config, this.fetch);
      if (isThere) this.inForce = JSON.stringify(config);
      return isThere;
    } catch (error) {
      this.inForce = before;
      throw error;
    }
  }

  /** The providers, all strategies as they are at first, and over them what was edited of one. */
  config(piece) {
    if (!isObject(piece) || !isObject(piece.routes === undefined ? {} : piece.routes)) return piece; // The package says what is wrong with it.
    const routes = Object.assign({}, ...strategies.map(({ routes }) => routes), piece.routes);
    return { ...this.world.config(), timeouts: patience, ...piece, routes };
  }

  async play({ strategy, settings, asks }, play) {
    this.world.heal();
    for (const [name, its] of Object.entries(settings)) this.world.set(name, its);
    this.chosen = strategy;
    if (!(await this.start())) return; // Anew: what the last scene taught the gateway would spoil this one.
    by("stage").scrollIntoView({ block: "nearest" });
    play(asks);
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const routesOf = (piece) => Object.keys(piece.routes === undefined ? {} : piece.routes);
