// The configuration, as steadfast.schema.json describes it. Made by scripts/config-types.mjs: change src/config instead.

/** A configuration of steadfast. Every field may be left out. */
export interface Config {
  /** The address of this schema, for editors. */
  "$schema"?: string;
  /**
   * Who is told when something changes.
   * @defaultValue `[]`
   */
  alerts?: Alert[];
  /**
   * Whether callers need one of the keys in STEADFAST_KEYS. Worker only.
   * @defaultValue `"keys"`
   */
  auth?: "keys" | "none";
  /** When a target is left alone for a while; `false` switches it off. */
  breaker?: Breaker | false;
  /**
   * Origins that may call from a browser, such as https://app.example; `*` for any. Worker only.
   * @defaultValue `[]`
   */
  cors?: string[];
  /** What is refused. */
  limits?: Limits;
  /** What routing should know of models, by `provider/model`; laid over what is built in. A name that has an entry here is sent as it is, even if its vendor has retired it. */
  models?: Record<string, Model>;
  /**
   * The failures after which the next target is asked, where a route or target says nothing else.
   * @defaultValue `["network","timeout","rate_limit","quota","overloaded","server","auth","not_found","context_length","empty","bad_output","cut"]`
   */
  on?: Failure[];
  /** Providers by name: the part of a model before the first slash. Built-in ones need no entry, only their key; an entry for one of them replaces what it says and leaves the rest. */
  providers?: Record<string, Provider>;
  /** Further attempts on the same target. */
  retry?: Retry;
  /** Names that callers may put in `model`, and what each stands for. `premium`, `standard`, `budget` and `auto` exist unless they are defined here. */
  routes?: Record<string, Fallback | Race | Balance | Auto>;
  /** What happens to streams. */
  stream?: Stream;
  /** The clocks of every attempt, where a route or target says nothing else. */
  timeouts?: Timeouts;
}

/** Who is told, and of what. */
export interface Alert {
  /**
   * Seconds in which the same alert about the same model, route or key is not repeated.
   * At least 0, at most 604800.
   * @defaultValue `300`
   */
  cooldown_s?: number;
  /**
   * The events. A refused key is the provider's 401 or 403; degraded is a route whose `degrade_to` answered; an error rate is more than 10 % of at least 10 requests within a minute that failed (500 and above, 429, a stream that broke off); spend is each further 10 USD of one isolate; an invalid config is a new value in KV that was not taken.
   * @defaultValue `["breaker_open","key_refused","degraded","error_rate","config_invalid"]`
   */
  on?: ("breaker_open" | "breaker_closed" | "key_refused" | "degraded" | "error_rate" | "spend" | "config_invalid")[];
  /** The name of the secret that holds the address, never the address itself. JSON is posted there that Slack understands, once the caller has the answer: `text`, and for programs `alert`, `model` or `route`, `why`, `count` (how many of the same were held back since the last one), `at_ms`, `id`. */
  webhook: string;
}

/** The best by price, latency and success, and down the ranking. */
export interface Auto {
  /** The candidates: models, routes, targets, strategies; `*` for every model that is known. */
  auto: Element[];
  /** The route that answers when nothing here did. */
  degrade_to?: string;
  /** The failures after which the next target is asked, for all targets in here. */
  on?: Failure[];
  /** Clocks for all targets in here. */
  timeouts?: Timeouts;
  /**
   * How much each property counts.
   * @defaultValue `{"latency":0.3,"price":0.5,"success":0.2}`
   */
  weigh?: Weigh;
  /**
   * How often it is chosen, compared with its neighbours; only inside `balance`. 1 if left out.
   * At least 0, at most 1000000.
   */
  weight?: number;
}

/** Requests are spread by weight; the others are asked when the chosen one fails. */
export interface Balance {
  /** What they are spread over: models, routes, targets, strategies. */
  balance: Element[];
  /**
   * Who goes first: `weight` draws one; `latency` draws two, and the one that has been quicker lately goes first.
   * @defaultValue `"weight"`
   */
  by?: "weight" | "latency";
  /** The route that answers when nothing here did. */
  degrade_to?: string;
  /** The failures after which the next target is asked, for all targets in here. */
  on?: Failure[];
  /** Clocks for all targets in here. */
  timeouts?: Timeouts;
  /**
   * How often it is chosen, compared with its neighbours; only inside `balance`. 1 if left out.
   * At least 0, at most 1000000.
   */
  weight?: number;
}

/** When a target is left alone for a while. */
export interface Breaker {
  /**
   * It takes at least so many failures within the window.
   * At least 1, at most 1000000.
   * @defaultValue `3`
   */
  failures?: number;
  /**
   * How long at most, doubling, in milliseconds.
   * At least 1, at most 2147483647.
   * @defaultValue `20000`
   */
  max_open_ms?: number;
  /**
   * How long it is left alone the first time, in milliseconds.
   * At least 1, at most 2147483647.
   * @defaultValue `5000`
   */
  open_ms?: number;
  /**
   * They must also be at least this share of the outcomes within the window.
   * At least 0, at most 1.
   * @defaultValue `0.5`
   */
  ratio?: number;
  /**
   * The window in milliseconds.
   * At least 1, at most 2147483647.
   * @defaultValue `30000`
   */
  window_ms?: number;
}

/** A model, a route's name, a target, or another strategy. */
export type Element = string | Target | Fallback | Race | Balance | Auto;

/** A kind of failure after which another target may be asked. */
export type Failure = "network" | "timeout" | "rate_limit" | "quota" | "overloaded" | "server" | "auth" | "not_found" | "context_length" | "content_filter" | "refusal" | "empty" | "bad_output" | "cut";

/** One after the other, until one answers. */
export interface Fallback {
  /** The route that answers when nothing here did. */
  degrade_to?: string;
  /** What is tried, in this order: models, routes, targets, strategies. */
  fallback: Element[];
  /** Start the next target beside one that has shown no content for so many milliseconds, or `p95`: for longer than it usually takes. */
  hedge_ms?: number | "p95";
  /** The failures after which the next target is asked, for all targets in here. */
  on?: Failure[];
  /** Clocks for all targets in here. */
  timeouts?: Timeouts;
  /**
   * How often it is chosen, compared with its neighbours; only inside `balance`. 1 if left out.
   * At least 0, at most 1000000.
   */
  weight?: number;
}

/** What is refused. */
export interface Limits {
  /**
   * The largest request body in bytes.
   * At least 1024, at most 104857600.
   * @defaultValue `16777216`
   */
  request_bytes?: number;
}

/** Facts about a model that routing uses. What is left out is as built in, and for a model that is not built in: tools, vision and schemas are presumed, so is any window; prefill is not; for the clocks it counts as reasoning; without a price it is left out under `max_price`. */
export interface Model {
  /**
   * The window in tokens, prompt and answer together.
   * At least 1, at most 4294967295.
   */
  context?: number;
  /** The space of its vectors, for `/v1/embeddings`: targets of the same name here may stand in for each other. If left out, the model's own name. */
  embedding?: string;
  /** Whether it holds itself to a JSON schema. */
  json_schema?: boolean;
  /** Whether it carries on from the beginning of an answer. */
  prefill?: boolean;
  /** What it costs, in USD per million tokens. */
  price?: Price;
  /** Whether it thinks before it answers, which gives it longer clocks. */
  reasoning?: boolean;
  /** Whether it takes temperature, top_p and penalties; they are left out for one that does not. */
  sampling?: boolean;
  /** Whether it calls tools. */
  tools?: boolean;
  /** Whether it reads images, and files such as PDFs. */
  vision?: boolean;
}

/** Prices in USD per million tokens. */
export interface Price {
  /**
   * Prompt tokens that the provider had cached; as `input` if left out.
   * At least 0, at most 1000000.
   */
  cached?: number;
  /**
   * Prompt tokens.
   * At least 0, at most 1000000.
   */
  input: number;
  /**
   * Answer tokens.
   * At least 0, at most 1000000.
   */
  output: number;
}

/** A provider: a new one, which needs `dialect` and `base_url`, or what is different about a built-in one. */
export interface Provider {
  /** Where its API begins, such as https://api.example.com/v1; `/chat/completions`, or what its dialect has instead, is appended. */
  base_url?: string;
  /** The format it speaks: `openai` is Chat Completions, `responses` OpenAI's Responses. */
  dialect?: "openai" | "anthropic" | "gemini" | "responses";
  /** Headers that go with every call to it. */
  headers?: Record<string, string>;
  /** The names of the secrets that hold its keys, never the keys themselves; several are a pool. Empty: it takes none. */
  keys?: string[];
}

/** All at once: the first good answer wins and the others are cancelled. */
export interface Race {
  /** The route that answers when nothing here did. */
  degrade_to?: string;
  /** The failures after which the next target is asked, for all targets in here. */
  on?: Failure[];
  /** The runners: models, routes, targets, strategies. */
  race: Element[];
  /**
   * Milliseconds between the starts.
   * At least 0, at most 2147483647.
   * @defaultValue `0`
   */
  stagger_ms?: number;
  /** Clocks for all targets in here. */
  timeouts?: Timeouts;
  /**
   * How often it is chosen, compared with its neighbours; only inside `balance`. 1 if left out.
   * At least 0, at most 1000000.
   */
  weight?: number;
}

/** Further attempts on the same target. */
export interface Retry {
  /**
   * The first wait in milliseconds; it doubles from one to the next, with full jitter.
   * At least 0, at most 2147483647.
   * @defaultValue `250`
   */
  backoff_ms?: number;
  /**
   * What retries and hedges together may add to the load of the last minute: 0.2 is a fifth.
   * At least 0, at most 1.
   * @defaultValue `0.2`
   */
  budget?: number;
  /**
   * The longest such wait in milliseconds.
   * At least 0, at most 2147483647.
   * @defaultValue `4000`
   */
  max_backoff_ms?: number;
  /**
   * The longest wait in milliseconds that a provider may ask for and get.
   * At least 0, at most 2147483647.
   * @defaultValue `3000`
   */
  max_wait_ms?: number;
  /**
   * How many, after the first.
   * At least 0, at most 10.
   * @defaultValue `1`
   */
  retries?: number;
}

/** What happens to streams. */
export interface Stream {
  /**
   * When one breaks after content was shown: `continue` lets another target carry on, `error` ends it with an error, `restart` tells the reader to drop what he has and begins anew (in JavaScript; a Worker's callers ask for it in their own requests).
   * @defaultValue `"continue"`
   */
  on_break?: "continue" | "error" | "restart";
  /**
   * Hold streamed JSON back until it is checked against the schema that the caller asked for.
   * @defaultValue `false`
   */
  verify_schema?: boolean;
}

/** A model, and what is particular about it here. */
export interface Target {
  /** The model: `provider/model`. */
  model: string;
  /** The failures of this target after which the next one is asked. */
  on?: Failure[];
  /** Top-level fields of the request that are set for this target. */
  params?: Record<string, unknown>;
  /** Its clocks. */
  timeouts?: Timeouts;
  /**
   * How often it is chosen, compared with its neighbours; only inside `balance`. 1 if left out.
   * At least 0, at most 1000000.
   */
  weight?: number;
}

/** Clocks in milliseconds; 0 switches one off. Models that reason have longer defaults. */
export interface Timeouts {
  /**
   * Until content is shown, or the whole answer is there. Default 120000; 600000 for models that reason.
   * At least 0, at most 2147483647.
   */
  attempt_ms?: number;
  /**
   * The same, for all attempts of a request together; not for a route or a target alone. Default 600000.
   * At least 0, at most 2147483647.
   */
  deadline_ms?: number;
  /**
   * Until the first content of a stream. Default 10000; 120000 for models that reason.
   * At least 0, at most 2147483647.
   */
  first_token_ms?: number;
  /**
   * Until the headers of a stream. Default 10000; 120000 for models that reason.
   * At least 0, at most 2147483647.
   */
  headers_ms?: number;
  /**
   * Between pieces of content. Default 30000; 60000 for models that reason.
   * At least 0, at most 2147483647.
   */
  idle_ms?: number;
  /**
   * For a whole streamed answer. Default 0.
   * At least 0, at most 2147483647.
   */
  stream_ms?: number;
}

/** How much each property counts; only the proportions matter, and not all may be 0. */
export interface Weigh {
  /**
   * Quickness.
   * At least 0, at most 1000000.
   * @defaultValue `0`
   */
  latency?: number;
  /**
   * Cheapness.
   * At least 0, at most 1000000.
   * @defaultValue `0`
   */
  price?: number;
  /**
   * Reliability.
   * At least 0, at most 1000000.
   * @defaultValue `0`
   */
  success?: number;
}
