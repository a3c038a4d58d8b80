// The one file that all entries of the package share: the API, and the way to hand it its wasm.

export * from "./index.js";
export { provide, type WasmModule, type WasmSource } from "./border.js";
