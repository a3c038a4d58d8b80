// OpenAI's chat completions as types. Structurally those of the `openai` package: what has one of its types can be handed
// over as it is.
//
// Providers of OpenAI's dialect get all of it as it was written. What other dialects do not have is said where it stands.

import type { Summary } from "./report.js";

/** A part of a message: a text, an image, sound, a file. */
export type ContentPart =
  | { type: "text"; text: string }
  | { type: "image_url"; image_url: { url: string; detail?: "auto" | "low" | "high" | "original" } }
  | { type: "input_audio"; input_audio: { data: string; format: "wav" | "mp3" } }
  | { type: "file"; file: { file_data?: string; file_id?: string; filename?: string } };

/** A text, alone or in parts. */
export type TextContent = string | { type: "text"; text: string }[];

/** A call of a tool: of a custom one only where one was offered. */
export type ToolCall = FunctionToolCall | CustomToolCall;

/** A call of a function. */
export interface FunctionToolCall {
  id: string;
  type: "function";
  function: FunctionCall;
}

/** A call of a custom tool. Other dialects than OpenAI's are not sent it: they meet its result alone. */
export interface CustomToolCall {
  id: string;
  type: "custom";
  custom: { name: string; input: string };
}

/** What is called, and with what. */
export interface FunctionCall {
  name: string;
  /** JSON, written by the model: parse it with care. */
  arguments: string;
}

/** What the model said, as a part of a conversation. */
export interface AssistantMessage {
  role: "assistant";
  content?: string | ({ type: "text"; text: string } | { type: "refusal"; refusal: string })[] | null;
  refusal?: string | null;
  tool_calls?: ToolCall[];
  name?: string;
  /** An earlier answer in sound. Other dialects than OpenAI's are not sent it. */
  audio?: { id: string } | null;
  /** What `tool_calls` has taken the place of. Gemini's dialect takes it too; the others are not sent it. */
  function_call?: FunctionCall | null;
}

/** A message of a conversation. */
export type Message =
  | { role: "system" | "developer"; content: TextContent; name?: string }
  | { role: "user"; content: string | ContentPart[]; name?: string }
  | AssistantMessage
  | { role: "tool"; content: TextContent; tool_call_id: string }
  /**
   * What the role `tool` has taken the place of. Gemini's dialect takes it too; Anthropic's refuses the request, and that of
   * Responses is sent it without the call that it answers.
   */
  | { role: "function"; content: string | null; name: string };

/** A function, as the model is told of it. */
export interface FunctionDefinition {
  name: string;
  description?: string;
  /** A JSON Schema. */
  parameters?: Record<string, unknown>;
  strict?: boolean | null;
}

/** A tool that the model may call. */
export type Tool = FunctionTool | CustomTool;

/** A function that the model may call. */
export interface FunctionTool {
  type: "function";
  function: FunctionDefinition;
}

/**
 * A tool that takes a text, in a form of its own or in any. Anthropic's and Gemini's dialects are not sent it, as the trail's
 * `notes` say; that of Responses is sent it as it is, which its providers do not understand.
 */
export interface CustomTool {
  type: "custom";
  custom: {
    name: string;
    description?: string;
    format?: { type: "text" } | { type: "grammar"; grammar: { definition: string; syntax: "lark" | "regex" } };
  };
}

/** Which tools are called: as the model likes, none, at least one, or those that are named. */
export type ToolChoice =
  | "none"
  | "auto"
  | "required"
  | { type: "function"; function: { name: string } }
  /** OpenAI's dialect alone. */
  | { type: "custom"; custom: { name: string } }
  /** OpenAI's dialect, and Gemini's for functions. */
  | { type: "allowed_tools"; allowed_tools: { mode: "auto" | "required"; tools: Record<string, unknown>[] } };

/** A word that is known, or one that a vendor has added since. */
type Word<Known extends string> = Known | (string & {});

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

/** What is asked. Anthropic's and Gemini's dialects leave out what they do not have, and the trail's `notes` say what. */
export interface ChatRequest {
  /** A route's name, a `provider/model`, or the bare name of a model that one provider has. */
  model: string;
  messages: Message[];
  /** Asked after `model`, at most 8. */
  models?: string[];
  /** For steadfast alone; no provider sees it. */
  steadfast?: RequestOptions;
  /** How an answer in sound is to be made. OpenAI's dialect alone. */
  audio?: { format: Word<"wav" | "aac" | "mp3" | "flac" | "opus" | "pcm16">; voice: string | { id: string } } | null;
  frequency_penalty?: number | null;
  /** What `tool_choice` has taken the place of. OpenAI's dialect alone. */
  function_call?: "none" | "auto" | { name: string };
  /** What `tools` has taken the place of. OpenAI's dialect and Gemini's. */
  functions?: { name: string; description?: string; parameters?: Record<string, unknown> }[];
  logit_bias?: Record<string, number> | null;
  logprobs?: boolean | null;
  max_completion_tokens?: number | null;
  max_tokens?: number | null;
  metadata?: Record<string, string> | null;
  /** OpenAI's dialect alone. */
  modalities?: ("text" | "audio")[] | null;
  /** OpenAI's dialect alone. */
  moderation?: { model: string; policy?: { input?: { mode: "score" | "block" } | null; output?: { mode: "score" | "block" } | null } | null } | null;
  n?: number | null;
  parallel_tool_calls?: boolean;
  /** A text that much of the answer repeats. OpenAI's dialect alone. */
  prediction?: { type: "content"; content: TextContent } | null;
  presence_penalty?: number | null;
  /** OpenAI's dialect and that of Responses. */
  prompt_cache_key?: string | null;
  /** OpenAI's dialect alone. */
  prompt_cache_options?: { mode?: "implicit" | "explicit"; ttl?: Word<"30m"> };
  /** OpenAI's dialect alone. */
  prompt_cache_retention?: Word<"in_memory" | "24h"> | null;
  /** How hard the model thinks: in the words, the levels or the budget that it has for it. */
  reasoning_effort?: Word<"none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max"> | null;
  response_format?:
    | { type: "text" }
    | { type: "json_object" }
    | { type: "json_schema"; json_schema: { name: string; description?: string; schema?: Record<string, unknown>; strict?: boolean | null } };
  /** OpenAI's dialect and that of Responses. */
  safety_identifier?: string | null;
  seed?: number | null;
  /** OpenAI's dialect and that of Responses. */
  service_tier?: Word<"auto" | "default" | "flex" | "scale" | "priority" | "fast"> | null;
  stop?: string | string[] | null;
  /** Whether the provider keeps the answer. OpenAI's dialect alone; where Responses are spoken, it never does. */
  store?: boolean | null;
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean } | null;
  temperature?: number | null;
  tool_choice?: ToolChoice;
  tools?: Tool[];
  top_logprobs?: number | null;
  top_p?: number | null;
  user?: string;
  /** OpenAI's dialect and that of Responses. */
  verbosity?: Word<"low" | "medium" | "high"> | null;
  /** OpenAI's dialect alone. */
  web_search_options?: {
    search_context_size?: "low" | "medium" | "high";
    user_location?: { type: "approximate"; approximate: { city?: string; country?: string; region?: string; timezone?: string } } | null;
  };
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
export type FinishReason = Word<"stop" | "length" | "tool_calls" | "content_filter" | "function_call">;

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
      /** An answer in sound, where `audio` asked for one: base64, and until when (seconds since 1970) it can be referred to. */
      audio?: { id: string; data: string; expires_at: number; transcript: string } | null;
      /** Where `functions` were offered. */
      function_call?: FunctionCall | null;
      /** Where an answer with a search comes from: `start_index` and `end_index` count its characters. */
      annotations?: { type: "url_citation"; url_citation: { start_index: number; end_index: number; title: string; url: string } }[];
    };
    logprobs?: Probabilities | null;
  }[];
  usage?: Usage;
  service_tier?: Word<"auto" | "default" | "flex" | "scale" | "priority" | "fast"> | null;
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
