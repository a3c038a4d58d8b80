// The simulated providers: who they are, how they are set, and what can be wrong with them.

/** Each has one model. Their addresses are names that no network knows (RFC 2606, section 2). */
const cast = [
  { name: "amber", model: "amber/large", price: { input: 3, output: 15 }, prefill: false, firstToken: 450, pace: 45 },
  { name: "birch", model: "birch/medium", price: { input: 0.6, output: 2.4 }, prefill: true, firstToken: 700, pace: 60 },
  { name: "cedar", model: "cedar/small", price: { input: 0.1, output: 0.4 }, prefill: false, firstToken: 1100, pace: 80 },
];

/** What a provider may do instead of answering well. */
export const troubles = {
  none: "answers well",
  limited: "limits the rate (429)",
  silent: "accepts, and stays silent",
  cut: "breaks off mid-answer",
  stall: "stalls mid-answer",
  empty: "answers with nothing",
};

const healthy = ({ firstToken, pace }) => ({ up: true, trouble: "none", firstToken, pace, failures: 0 });

export class World {
  constructor() {
    this.providers = cast.map((its) => ({ ...its, address: `https://${its.name}.invalid/v1`, ...healthy(its) }));
    this.listeners = new Set();
    this.streams = new Map(this.providers.map(({ name }) => [name, new Set()]));
  }

  /** The provider that lives at an address. */
  at(url) {
    return this.providers.find(({ address }) => url.startsWith(`${address}/`));
  }

  /** Changes one, by name. */
  set(name, settings) {
    Object.assign(this.providers.find((provider) => provider.name === name), settings);
    for (const listener of this.listeners) listener();
  }

  heal() {
    cast.forEach((its) => this.set(its.name, healthy(its)));
  }

  onChange(listener) {
    this.listeners.add(listener);
  }

  /** Breaks off what these providers are saying right now. */
  cut(name) {
    for (const breakOff of [...this.streams.get(name)]) breakOff();
  }

  /** What the gateway has to know of them. None needs a key. */
  config() {
    const providers = this.providers.map(({ name, address }) => [name, { dialect: "openai", base_url: address, keys: [] }]);
    const models = this.providers.map(({ model, price, prefill }) => [model, { context: 131072, price, prefill, reasoning: false }]);
    return { providers: Object.fromEntries(providers), models: Object.fromEntries(models) };
  }
}
