// For applications that say themselves where the wasm comes from.
import { provide } from "./core.js";

export * from "./core.js";

export function init(source) {
  provide(() => source);
}

export async function load(source) {
  const response = source instanceof Response || source instanceof Promise ? await source : await fetch(source);
  if (!response.ok) throw new Error(`steadfast cannot load its wasm from ${response.url}: the server answered ${response.status}`);
  // Streaming wants the content type that many servers do not send.
  const streamed = response.headers.get("content-type")?.startsWith("application/wasm");
  init(await (streamed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer())));
}
