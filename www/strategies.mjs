// The strategies to choose from: each a route of the configuration, under its own name.

export const strategies = [
  {
    name: "fallback",
    title: "Fallback",
    says: "One after the other, in this order, until one answers.",
    routes: { fallback: { fallback: ["amber/large", "birch/medium", "cedar/small"] } },
  },
  {
    name: "premium",
    title: "Tiers",
    says: "premium, standard and budget are routes of their own. When nobody in one answers, the request steps down to the next, and the answer says so.",
    routes: {
      premium: { fallback: ["amber/large"], degrade_to: "standard" },
      standard: { fallback: ["birch/medium"], degrade_to: "budget" },
      budget: { fallback: ["cedar/small"] },
    },
  },
  {
    name: "race",
    title: "Race",
    says: "All at once. The first word wins, the others are cancelled. Quick, and each runner may cost money.",
    routes: { race: { race: ["amber/large", "birch/medium", "cedar/small"] } },
  },
  {
    name: "hedge",
    title: "Hedge",
    says: "The second is asked only when the first has shown nothing for 800 ms. Either may win.",
    routes: { hedge: { fallback: ["amber/large", "birch/medium"], hedge_ms: 800 } },
  },
  {
    name: "balance",
    title: "Balance",
    says: "Requests are spread by weight: here three of four go to the first. When the drawn one fails, another is drawn.",
    routes: { balance: { balance: [{ model: "amber/large", weight: 3 }, { model: "birch/medium", weight: 1 }] } },
  },
  {
    name: "auto",
    title: "Auto",
    says: "The best first, by price, speed and success as they were seen lately. Below the table stands how it would rank them now.",
    routes: { auto: { auto: ["amber/large", "birch/medium", "cedar/small"], weigh: { price: 0.2, latency: 0.3, success: 0.5 } } },
  },
];

/** Shorter than the defaults: who waits in front of a page waits for seconds, not minutes. */
export const patience = { first_token_ms: 4000, headers_ms: 4000, idle_ms: 2500, attempt_ms: 20000 };
