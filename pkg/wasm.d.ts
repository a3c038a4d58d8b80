import type { WasmModule } from "./types/core.js";

declare const module: WasmModule;
export default module;
