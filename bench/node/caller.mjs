// The process that is measured for the npm package: asks a provider, by the platform's bare `fetch` or by steadfast, and says what that
// cost. Told by its parent what to do: see ../node.mjs.

const microsSince = (before) => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const begun = process.cpuUsage();
let ask;

process.on("message", async ({ setup, work }) => {
  if (setup) process.send({ ready: await prepare(setup) });
  if (work) process.send({ micros: await measure(work), answer: await ask(work.body) });
});
process.on("disconnect", () => process.exit());

/** CPU microseconds from the process's first line to its first answer. */
async function prepare({ entry, by, origin, config, first }) {
  const steadfast = entry && new (await import(entry)).Steadfast(config, { keys: { UP_KEY: "provider-key" } });
  const url = `${steadfast ? "https://steadfast" : origin}/v1/chat/completions`;
  const headers = { "content-type": "application/json", authorization: "Bearer provider-key" };
  const send = steadfast?.fetch ?? fetch;
  const call = (body) => send(url, { method: "POST", headers, body: JSON.stringify(body) });
  const ways = {
    chat: (body) => steadfast.chat(body),
    json: async (body) => (await call(body)).json(),
    pieces: async (body) => pieces((await call(body)).body.getReader()),
  };
  ask = ways[by];
  if (first) await ask(first);
  return microsSince(begun);
}

/** Reads to the end; the last pieces are what the answer is known by. */
async function pieces(reader) {
  let count = 0;
  let last;
  for (let read = await reader.read(); !read.done; read = await reader.read()) [count, last] = [count + 1, read.value];
  return { count, end: new TextDecoder().decode(last) };
}

/** CPU microseconds for `count` answers, `atOnce` at a time. */
async function measure({ body, count, atOnce }) {
  const before = process.cpuUsage();
  let left = count;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await ask(body);
  }));
  return microsSince(before);
}
