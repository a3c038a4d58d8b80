import type { WasmSource } from "./types/core.js";

export * from "./types/index.js";
export type { WasmSource } from "./types/core.js";

/**
 * Says where the wasm comes from: a compiled module (in Workers: `import module from "steadfast/wasm"`), or its bytes
 * (in Node: `readFileSync(fileURLToPath(import.meta.resolve("steadfast/wasm")))`). To be called before the first
 * `new Steadfast`; the first call counts.
 */
export function init(source: WasmSource): void;

/**
 * Fetches the wasm and compiles it while it comes: `await load(url)`, where the bundler or the server says what the
 * URL is (Vite: `import url from "steadfast/wasm?url"`).
 */
export function load(source: string | URL | Response | Promise<Response>): Promise<void>;
