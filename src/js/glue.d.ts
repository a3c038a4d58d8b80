// What wasm-bindgen makes: esbuild puts it in the place of `steadfast-glue`.

export function initSync(source: { module: object }): void;
export function __wbg_reset_state(): void;
export function open(gateway: number, config: string): string | undefined;
export function close(gateway: number): void;
export function status(gateway: number): string | undefined;
export const call_start: unknown, call_cancel: unknown, op_headers: unknown, op_bytes: unknown, op_done: unknown, op_failed: unknown;
