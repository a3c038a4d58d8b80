// What steadfast tells of its work.

import type { Failure } from "./config.js";

/** What came of an attempt: `ok`, or the class of its failure. */
export type Outcome = "ok" | "pending" | "cancelled" | "invalid_request" | Failure;

/** One call to a provider, or a target that was passed over. */
export interface Attempt {
  /** Who was asked: `provider/model`. */
  model: string;
  /** Its place in the configuration: `standard.fallback[1]`. */
  route: string;
  /** What came of it. For a stream `ok` says that it has begun; one that breaks later becomes `cut`. */
  outcome: Outcome;
  /** The HTTP status, if there was one. */
  status?: number;
  /** The clock that ran out. */
  clock?: "headers" | "first_token" | "idle" | "attempt" | "deadline" | "stream" | "error body";
  /** When it began: milliseconds after the first attempt of the request. */
  start_ms: number;
  /** Milliseconds: to the first content of a stream, to the end of anything else. */
  ms?: number;
  /** It was passed over without a call: no key, or left alone for a while. */
  skipped?: true;
  /** Events of the stream that were no JSON, and dropped. */
  malformed_events?: number;
  /** What was done to the request so that this target could take it. */
  notes?: string[];
  /** Milliseconds after which to come again. */
  retry_after_ms?: number;
  /** What it had produced when it was let go, by estimate. */
  estimated_usage?: Tokens;
  /** What that cost, in US dollars. */
  estimated_cost_usd?: number;
  /** The provider's words, without any key in them. */
  message?: string;
}

/** An attempt that has ended, as {@link Steadfast.onAttempt} hears of it. */
export interface EndedAttempt extends Attempt {
  /** The id of the request. */
  id: string;
  /** Counts the attempts of the request, from 0, in the order of their beginnings. */
  attempt: number;
  /** Milliseconds from the request's beginning. */
  at_ms: number;
  /** Milliseconds that it took in all; absent when it was skipped. */
  total_ms?: number;
}

/** A step of a request on its way, as {@link Steadfast.onProgress} hears of it. */
export type Progress =
  /** `start`: a call goes out. `content`: its first content is here. `end`: it is over, one way or another. */
  | (EndedAttempt & { event: "start" | "content" | "end" })
  /** This attempt carries on a stream that broke `after` so many characters. */
  | (EndedAttempt & { event: "continued"; after: number })
  /** This attempt begins a stream that broke anew. */
  | (EndedAttempt & { event: "restarted" });

/** What came of a request. */
export interface Summary {
  /** The id of the request. */
  id: string;
  /** Who answered: `provider/model`. */
  model?: string;
  /** The winner's place in the configuration. */
  route?: string;
  /** `standard -> budget (overloaded)`, when a lower route answered. */
  degraded?: string;
  /** The code of the error, when there was one. */
  code?: string;
  /** How `auto` ranked its candidates. */
  ranking?: Ranked[];
  /** Every attempt, in the order of their beginnings. */
  trail: Attempt[];
  /** Tokens of all that was asked, as the providers count them. */
  usage?: Tokens;
  /** US dollars; absent where no price is known. */
  cost_usd?: number;
}

/** Counted tokens. */
export interface Tokens {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** A candidate of `auto` and its score, between 0 and 1. */
export interface Ranked {
  model: string;
  score: number;
}

/** Something that somebody should know. The same one about the same thing is repeated after a minute. */
export interface AlertEvent {
  alert: "breaker_open" | "breaker_closed" | "key_refused" | "degraded" | "error_rate" | "spend";
  /** What happened, in a sentence. */
  why: string;
  /** The target it is about, if it is about one. */
  model?: string;
  /** The route it is about, if it is about one. */
  route?: string;
  /** How many like it were held back since the last one. */
  count: number;
  /** Milliseconds since 1970. */
  at_ms: number;
  /** The id of the request that met it. */
  id: string;
}

/** Half, 95 and 99 of 100 took no longer, in milliseconds; `null` as long as there is nothing to say. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** How one target fares. */
export interface TargetStatus {
  /** `ready`, `resting` for `for_ms` more milliseconds `because` of a failure, or `no_key`: `set` says which. */
  state: "ready" | "resting" | "no_key";
  for_ms?: number;
  because?: string;
  set?: string[];
  breaker?: "closed" | "open" | "probing";
  /** Wishes that it refused within the last hour, and is not told of. */
  refuses?: string[];
  attempts: number;
  successes?: number;
  /** Between 0 and 1. */
  success_rate?: number | null;
  /** How many of each class. */
  failures?: Partial<Record<Outcome, number>>;
  first_token_ms?: Percentiles;
  total_ms?: Percentiles;
  usage?: Tokens;
  /** US dollars. */
  spend_usd?: number;
}

/** What is remembered, by this instance alone. */
export interface Status {
  scope: "isolate";
  /** Since when: milliseconds since 1970. */
  since: number;
  /** By `provider/model`. */
  targets: Record<string, TargetStatus>;
  /** The present ranking of each `auto` route. */
  rankings: Record<string, Ranked[]>;
}
