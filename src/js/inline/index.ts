// The wasm inside JavaScript: packed, and written in letters. Unpacked it would be a third larger on its way.

import { inflate } from "./inflate.js";

declare const PACKED: string;
declare const SIZE: number;

/** The bytes of the wasm. */
export function wasm(): Uint8Array<ArrayBuffer> {
  const letters = atob(PACKED);
  const packed = new Uint8Array(letters.length);
  for (let index = 0; index < packed.length; index += 1) packed[index] = letters.charCodeAt(index);
  return native?.inflateRawSync(packed) ?? inflate(packed, SIZE);
}

type Zlib = { inflateRawSync(packed: Uint8Array): Uint8Array<ArrayBuffer> };
type Process = { getBuiltinModule?(name: string): Zlib };

/** Node, Deno and Bun can do it ten times as fast; no bundler sees this as an import. */
const native = (globalThis as { process?: Process }).process?.getBuiltinModule?.("node:zlib");
