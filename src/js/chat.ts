// OpenAI's chat completions as types, as far as steadfast and most vendors go. Structurally those of the `openai`
// package: what has one of its types can be handed over as it is.

import type { Summary } from "./report.js";

/** A part of a message: a text, an image, sound, a file. */
export type ContentPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: "auto" | "low" | "high" | "original" } }
  | { type: "input_audio"; input_audio: { data: string; format: "wav" | "mp3" } }
  | { type: "file"; file: { file_data?: string; file_id?: string; filename?: string } };

/** A text, alone or in parts. */
export type TextContent = string | { type: "text"; text: string }[];

/** A call of a tool. */
export interface ToolCall {
  id: string;
  type: "function";
  /** `arguments` is JSON, written by the model: parse it with care. */
  function: { name: string; arguments: string };
}

/** A message of a conversation. */
export type Message =
  | { role: "system" | "developer"; content: TextContent; name?: string }
  | { role: "user"; content: string | ContentPart[]; name?: string }
  | { role: "assistant"; content?: string | ({ type: "text"; text: string } | { type: "refusal"; refusal: string })[] | null; refusal?: string | null; tool_calls?: ToolCall[]; name?: string }
  | { role: "tool"; content: TextContent; tool_call_id: string };

/** A tool that the model may call. */
export interface Tool {
  type: "function";
  function: {
    name: string;
    description?: string;
    /** A JSON Schema. */
    parameters?: Record<string, unknown>;
    strict?: boolean | null;
  };
}

/** Shorter clocks, in milliseconds; a wish may only shorten what the configuration says. */
export interface ShorterTimeouts {
  headers_ms?: number;
  first_token_ms?: number;
  idle_ms?: number;
  attempt_ms?: number;
  deadline_ms?: number;
  stream_ms?: number;
}

/** What steadfast is told about one request. */
export interface RequestOptions {
  /** What happens when a stream breaks after content was shown. @defaultValue the configuration's, `"continue"` */
  on_break?: "continue" | "restart" | "error";
  timeouts?: ShorterTimeouts;
  /** No tier below this one may answer. */
  min_tier?: "premium" | "standard" | "budget";
  /** No dearer model may answer: US dollars per million tokens. */
  max_price?: { input?: number; output?: number };
  /** Put the trail into the body of the answer as well. @defaultValue `false` */
  trail?: boolean;
}

/** What is asked. */
export interface ChatRequest {
  /** A route's name, a `provider/model`, or the bare name of a model that one provider has. */
  model: string;
  messages: Message[];
  /** Asked after `model`, at most 8. */
  models?: string[];
  /** For steadfast alone; no provider sees it. */
  steadfast?: RequestOptions;
  frequency_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  logprobs?: boolean | null;
  max_completion_tokens?: number | null;
  max_tokens?: number | null;
  metadata?: Record<string, string> | null;
  n?: number | null;
  parallel_tool_calls?: boolean;
  presence_penalty?: number | null;
  reasoning_effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | null;
  response_format?:
    | { type: "text" }
    | { type: "json_object" }
    | { type: "json_schema"; json_schema: { name: string; description?: string; schema?: Record<string, unknown>; strict?: boolean | null } };
  seed?: number | null;
  stop?: string | string[] | null;
  stream_options?: { include_usage?: boolean } | null;
  temperature?: number | null;
  tool_choice?: "none" | "auto" | "required" | { type: "function"; function: { name: string } };
  tools?: Tool[];
  top_logprobs?: number | null;
  top_p?: number | null;
  user?: string;
}

/** Counted tokens, as the provider says it. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; audio_tokens?: number } | null;
  completion_tokens_details?: { reasoning_tokens?: number; audio_tokens?: number } | null;
}

/** Why an answer ended. Vendors have further words. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call" | (string & {});

/** A log probability of one token. */
export interface TokenProbability {
  token: string;
  logprob: number;
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number; bytes: number[] | null }[];
}

/** The log probabilities of an answer. */
export interface Probabilities {
  content: TokenProbability[] | null;
  refusal?: TokenProbability[] | null;
}

/** A whole answer. */
export interface ChatCompletion {
  id: string;
  object: "chat.completion";
  /** Seconds since 1970. */
  created: number;
  /** Who answered: `provider/model`. */
  model: string;
  choices: {
    index: number;
    finish_reason: FinishReason;
    message: {
      role: "assistant";
      content: string | null;
      refusal?: string | null;
      /** Thoughts, where the vendor shows them. */
      reasoning_content?: string | null;
      tool_calls?: ToolCall[];
    };
    logprobs?: Probabilities | null;
  }[];
  usage?: Usage;
  system_fingerprint?: string | null;
  /** How it came about. */
  steadfast: Summary;
}

/** A piece of a streamed answer. */
export interface ChatChunk {
  id: string;
  object: "chat.completion.chunk";
  /** Seconds since 1970. */
  created: number;
  /** Who answered first: `provider/model`. */
  model: string;
  choices: {
    index: number;
    delta: {
      role?: "assistant";
      content?: string | null;
      refusal?: string | null;
      /** Thoughts, where the vendor shows them. */
      reasoning_content?: string | null;
      tool_calls?: { index: number; id?: string; type?: "function"; function?: { name?: string; arguments?: string } }[];
    };
    finish_reason?: FinishReason | null;
    logprobs?: Probabilities | null;
  }[];
  usage?: Usage | null;
  system_fingerprint?: string | null;
  /** Only on the first piece after a stream broke. */
  steadfast?: {
    /** Drop what came so far: the answer begins anew. Only with `on_break: "restart"`. */
    restart?: true;
    /** From here on another model carries on; `after` counts the characters before. */
    continued?: { by: string; after: number };
  };
}
