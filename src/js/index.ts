/// <reference lib="esnext.disposable" preserve="true" />
// What the package exports, whichever way the wasm comes.

export { Steadfast } from "./steadfast.js";
export { ChatStream } from "./stream.js";
export type { SteadfastResponse } from "./stream.js";
export type { CallOptions, Options, ProviderRequest, ProviderResponse, Values } from "./options.js";
export { AllTargetsFailedError, ConfigError, InvalidRequestError, NotConfiguredError, SteadfastError, StreamBrokenError } from "./errors.js";
export type { ConfigProblem } from "./errors.js";
export type * from "./chat.js";
export type * from "./config.js";
export type * from "./report.js";
