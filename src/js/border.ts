// The wasm: where it comes from, that there is one instance of it, and what that instance asks of the application.

import {
  __wbg_reset_state,
  call_cancel,
  call_start,
  close as closeInside,
  initSync,
  op_bytes,
  op_done,
  op_failed,
  op_headers,
  open as openInside,
  status as statusInside,
} from "steadfast-glue";
import { connect, inside, mend } from "steadfast-host";

/** A `WebAssembly.Module`, which not every platform has a type for. */
export type WasmModule = object;

/** A compiled module, or the bytes of one. */
export type WasmSource = WasmModule | ArrayBuffer | Uint8Array;

/** A gateway's configuration and where its secrets are, kept for the day that a panic ends the instance. */
export interface Settings {
  config: string;
  secret: (name: string) => string | undefined;
}

const gateways = new Map<number, Settings>();
let source: (() => WasmSource) | undefined;
let started = false;
let next = 1;

/** Says where the wasm comes from. It is asked for with the first gateway. */
export function provide(its: () => WasmSource): void {
  source ??= its;
}

/** Opens a gateway. Returns its number, or what is wrong with its configuration as JSON. */
export function open(settings: Settings): number | string {
  if (started) mend();
  else start();
  const number = next++;
  gateways.set(number, settings);
  let wrong: string | undefined = "";
  try {
    wrong = openInside(number, settings.config);
  } finally {
    if (wrong !== undefined) gateways.delete(number);
  }
  return wrong ?? number;
}

/** Lets go of a gateway. */
export function close(number: number): void {
  if (gateways.delete(number)) inside(() => closeInside(number));
}

/** What `GET /status` answers, as JSON. */
export function status(number: number): string | undefined {
  mend();
  let found: string | undefined;
  inside(() => (found = statusInside(number)));
  return found;
}

/** The secret of that name, if the application has it. */
export function secret(gateway: number, name: string): string | undefined {
  return gateways.get(gateway)?.secret(name);
}

function start(): void {
  if (!source) throw new Error("steadfast/slim does not know its wasm: call init(module) or await load(url) before the first new Steadfast()");
  initSync({ module: source() });
  connect(() => {
    if (started) {
      __wbg_reset_state();
      for (const [number, { config }] of gateways) openInside(number, config);
    }
    started = true;
    return { call_start, call_cancel, op_headers, op_bytes, op_done, op_failed };
  });
}
