// What the wasm imports of the npm face.

export { secret } from "./border.js";
