// The process that is measured for the npm package: calls a provider, by the platform's bare `fetch` or by `steadfast.fetch`, and
// says what that cost. Told by its parent what to do: see ../node.mjs.

const spent = () => process.cpuUsage();
const microsSince = (before) => {
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const begun = spent();

process.on("message", async ({ setup, work }) => {
  if (setup) await prepare(setup);
  if (work) process.send({ micros: await measure(work), answer: await answer(work) });
});
process.on("disconnect", () => process.exit());

let call;

async function prepare({ entry, origin, config, first }) {
  if (entry) {
    const { Steadfast } = await import(entry);
    call = new Steadfast(config, { keys: { UP_KEY: "provider-key" } }).fetch;
  } else {
    call = fetch;
  }
  const url = entry ? "https://steadfast/v1/chat/completions" : `${origin}/v1/chat/completions`;
  const headers = { "content-type": "application/json", authorization: "Bearer provider-key" };
  prepare.ask = (body) => call(url, { method: "POST", headers, body });
  if (first) await (await prepare.ask(first)).text();
  process.send({ ready: microsSince(begun) });
}

/** CPU microseconds for `count` answers, `atOnce` at a time, each read piece by piece. */
async function measure({ body, count, atOnce }) {
  const before = spent();
  let left = count;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) {
      const reader = (await prepare.ask(body)).body.getReader();
      while (!(await reader.read()).done);
    }
  }));
  return microsSince(before);
}

const answer = async ({ body }) => (await prepare.ask(body)).text();
