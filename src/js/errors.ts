// What can go wrong, as classes: what happened, where, and what to do next.

import type { Attempt } from "./report.js";

/** What an error says beside its message. */
export interface ErrorDetails {
  status: number;
  code: string;
  type?: string;
  param?: string | null;
  attempts?: Attempt[];
  requestId?: string | undefined;
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** Any failure that steadfast reports. A call that was aborted rejects with its signal's reason instead, as `fetch` does. */
export class SteadfastError extends Error {
  static {
    named(this, "SteadfastError");
  }
  /** The HTTP status that a gateway would answer with. */
  readonly status: number;
  /** The exact case, such as `all_targets_failed`, `model_not_found`, `invalid_request`. */
  readonly code: string;
  /** The broad kind, as OpenAI names it. */
  readonly type: string;
  /** The field of the request that is meant. */
  readonly param: string | null;
  /** What was tried, in order; empty when nobody was asked. */
  readonly attempts: Attempt[];
  /** The id of the request, which is in the log too. */
  readonly requestId: string | undefined;
  /** Seconds after which to come again: what the providers said, or for how long their targets are left alone. */
  readonly retryAfter: number | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.status = details.status;
    this.code = details.code;
    this.type = details.type ?? "server_error";
    this.param = details.param ?? null;
    this.attempts = details.attempts ?? [];
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
  }
}

/** One mistake in a configuration. */
export interface ConfigProblem {
  /** Where: a JSON path such as `routes.standard.fallback[1]`; empty for the whole. */
  path: string;
  /** What stands there, shortened; never a secret. */
  found: string;
  /** What should stand there. */
  expected: string;
  /** The nearest known name, where a name is unknown. */
  did_you_mean?: string;
}

/** The configuration is wrong. Thrown by `new Steadfast`, with every mistake at once. */
export class ConfigError extends SteadfastError {
  static {
    named(this, "ConfigError");
  }
  /** Every mistake there is. */
  readonly problems: ConfigProblem[];

  constructor(problems: ConfigProblem[]) {
    const told = problems.map(({ path, found, expected, did_you_mean }) => {
      const hint = did_you_mean ? `; did you mean "${did_you_mean}"?` : "";
      return `  ${path || "the configuration"}: found ${found}, expected ${expected}${hint}`;
    });
    super(`The configuration is invalid:\n${told.join("\n")}`, { status: 503, code: "config_invalid" });
    this.problems = problems;
  }
}

/** The request itself is at fault (any 4xx that no other class has): asking again as it is would not help. */
export class InvalidRequestError extends SteadfastError {
  static {
    named(this, "InvalidRequestError");
  }
}

/** Every target failed; `attempts` says how. The status is 502, 504 if all timed out, 429 if all were rate limited. */
export class AllTargetsFailedError extends SteadfastError {
  static {
    named(this, "AllTargetsFailedError");
  }
}

/** No target has a key: the message names the secrets to set. */
export class NotConfiguredError extends SteadfastError {
  static {
    named(this, "NotConfiguredError");
  }
}

/**
 * A stream broke off after it had begun, and nobody could carry on (code `stream_broken`), or steadfast itself failed
 * (`internal_error`). What came before is not the whole answer.
 */
export class StreamBrokenError extends SteadfastError {
  static {
    named(this, "StreamBrokenError");
  }
}

/** Keeps a class's name, which logs and terminals show, from whoever shortens the names of a bundle. */
export function named(its: object, name: string): void {
  Object.defineProperty(its, "name", { value: name });
}

/** What a call on one that was disposed of gets. */
export function disposed(): SteadfastError {
  return new SteadfastError("This Steadfast was disposed of: make another one", { status: 503, code: "disposed" });
}

/** What a stream that had begun ends with when steadfast itself fails. */
export function lost(): StreamBrokenError {
  const message = "steadfast itself failed in the middle of this answer. What came is not the whole answer; ask again.";
  return new StreamBrokenError(message, { status: 500, code: "internal_error" });
}

/** An error as it stands in an answer. */
export interface ErrorBody {
  message: string;
  type: string;
  param: string | null;
  code: string;
  attempts?: Attempt[];
}

/** The class that fits. */
export function errorOf(status: number, error: ErrorBody, headers?: { get(name: string): string | null }): SteadfastError {
  const { message, ...rest } = error;
  const wait = headers?.get("retry-after");
  const requestId = headers?.get("x-request-id") ?? undefined;
  return new (kind(status, error.code))(message, { status, ...rest, requestId, retryAfter: wait ? Number(wait) : undefined });
}

function kind(status: number, code: string): typeof SteadfastError {
  switch (code) {
    case "all_targets_failed":
      return AllTargetsFailedError;
    case "not_configured":
      return NotConfiguredError;
    case "stream_broken":
      return StreamBrokenError;
    default:
      return status >= 400 && status < 500 ? InvalidRequestError : SteadfastError;
  }
}
