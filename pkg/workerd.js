// For Cloudflare Workers, which compile no bytes: the wasm is a module of the upload.
import { provide } from "./core.js";
import module from "./steadfast.wasm";

provide(() => module);
export * from "./core.js";
