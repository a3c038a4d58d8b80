// For everywhere: the wasm is in the JavaScript, and compiled with the first `new Steadfast`.
import { provide } from "./core.js";
import { wasm } from "./inline.js";

provide(wasm);
export * from "./core.js";
