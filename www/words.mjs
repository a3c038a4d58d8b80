// Numbers and failures, as a person reads them.

/** `340 ms`, `1.2 s`, `14 s`. */
export function duration(milliseconds) {
  if (milliseconds === undefined || milliseconds === null) return "–";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}

/** `$0.0004`: as many digits as say something. */
export function money(usd) {
  if (!usd) return "$0";
  if (Number.isInteger(usd)) return `$${usd}`;
  return `$${usd < 0.01 ? Number(usd.toPrecision(2)).toFixed(Math.min(9, 1 - Math.floor(Math.log10(usd)))) : usd.toFixed(2)}`;
}

export function percent(share) {
  return share === undefined || share === null ? "–" : `${Math.round(share * 100)} %`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** Every class of failure, as docs/faults.md has them. */
const classes = {
  network: "no connection",
  timeout: "too slow",
  rate_limit: "rate limited",
  quota: "out of credit",
  overloaded: "overloaded",
  server: "server error",
  auth: "key refused",
  not_found: "no such model",
  context_length: "prompt too long",
  content_filter: "content filter",
  refusal: "refused",
  invalid_request: "request refused",
  empty: "empty answer",
  bad_output: "not an answer",
  cut: "broke off",
  cancelled: "cancelled",
};

/** The class in words, with its status or its clock where it has one: `overloaded · 503`. */
export function failure({ outcome, status, clock }) {
  const words = classes[outcome] ?? outcome;
  if (clock) return `${words} · ${clock.replace("_", " ")} clock`;
  return status && status !== 200 ? `${words} · ${status}` : words;
}

/** What the provider itself said, unless it said too much. */
export function reason({ message = "" }) {
  return message.length > 240 ? `${message.slice(0, 240)}…` : message;
}
