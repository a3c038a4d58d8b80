// The SDKs of Python: one process for each, which takes a request a line and gives back what its SDK made of the answer.

import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../../gateway.mjs";
import { shape as anthropic } from "./anthropic.mjs";
import { shape as chat } from "./chat.mjs";
import { shape as responses } from "./responses.mjs";

const python = resolve(root, process.env.STEADFAST_PYTHON ?? ".tools/python/bin/python");

const open = (api, shape, keeps) => (gateway) => {
  const process = spawnPython(api, gateway);
  return {
    ...shape,
    keeps,
    close: process.close,
    async ask(model, conversation, { schema, stream = false, signal, onPiece, ...asked }) {
      const request = shape.request(model, conversation, asked);
      const { answer, pieces, parsed } = await process.ask({ request, stream, schema: Boolean(schema) }, { signal, onPiece });
      return { ...shape.read(answer), pieces, parsed };
    },
  };
};

export const openChat = open("chat", chat, ({ stream }) => !stream);
export const openResponses = open("responses", responses, () => true);
export const openAnthropic = open("anthropic", anthropic, () => true);

function spawnPython(api, { url, key }) {
  const child = spawn(python, [resolve(import.meta.dirname, "../../python/sdks.py"), api, url, key], { stdio: ["pipe", "pipe", "inherit"], env: { PATH: process.env.PATH } });
  const waiting = new Map();
  createInterface(child.stdout).on("line", (line) => {
    const { id, piece, error, ...answer } = JSON.parse(line);
    const { settle, fail, onPiece } = waiting.get(id);
    if (piece !== undefined) return onPiece?.(piece);
    if (error) fail(Object.assign(new Error(error.message), error));
    else settle(answer);
  });
  child.on("exit", (code) => {
    for (const { fail } of waiting.values()) fail(new Error(`Python ended with ${code}`));
  });
  const write = (line) => child.stdin.write(`${JSON.stringify(line)}\n`);
  let last = 0;
  return {
    ask: (asked, { signal, onPiece }) =>
      new Promise((settle, fail) => {
        const id = (last += 1);
        waiting.set(id, { settle, fail, onPiece });
        write({ id, ...asked });
        signal?.addEventListener("abort", () => write({ id, cancel: true }));
      }),
    close: () => child.kill(),
  };
}
