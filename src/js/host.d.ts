// What src/host/web.js exports: esbuild puts it in the place of `steadfast-host`.

import type { Asked } from "./asked.js";
import type { ProviderRequest } from "./options.js";

export interface World {
  fetch(url: string, init: ProviderRequest): Promise<Response>;
  log(level: 0 | 1 | 2, line: string): void;
  answered(request: Asked, status: number, headers: Record<string, string>, body: ReadableStream | Uint8Array | string | null): unknown;
  left(request: Asked): never;
  why(request: Asked, left: boolean | undefined): unknown;
  keepsLog(): boolean;
  isWatched(): boolean;
  tell(event: string): void;
  over(request: Asked, summary: string): void;
}

export function connect(make: () => object): void;
export function answer(gateway: number, request: Asked, world: World): { response: Promise<unknown>; finished: () => Promise<void> | undefined; leave: () => void };
export function inside(run: () => void): void;
export function mend(): void;
