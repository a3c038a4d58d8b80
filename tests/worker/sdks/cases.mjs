// What every SDK must be able to do, whatever the provider behind the gateway speaks. Each case is told once, in plain terms:
// `caller` is an SDK (callers/), `upstream` a dialect (upstreams/). Both ends are looked at: what the SDK made of the answer, and
// what the provider was sent.

import assert from "node:assert/strict";
import { z } from "zod";
import * as does from "../behaviours.mjs";
import { within } from "../world.mjs";
import { tokens } from "./upstreams/heard.mjs";

const system = "Be brief.";
const tools = [
  { name: "weather", description: "The weather in a city.", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
];
const image = {
  type: "image/png",
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
};
const hello = "Hi there! 🌍 Żółć. One \"two\" three.";
const user = (text, images = []) => ({ by: "user", text, images });
const model = (text, ...cities) => ({ by: "model", text, calls: cities.map((city) => ({ name: "weather", input: { city } })) });
const results = (...list) => ({ by: "tools", results: list.map(([city, text]) => ({ of: `weather {"city":"${city}"}`, text })) });

/** What is answered to whom: by how many results of tools there are. */
const stories = {
  "Say hello.": [{ text: hello }],
  "Weather, one by one?": [{ calls: ["Łódź"] }, { calls: ["Kraków"] }, { text: "Sunny, then rain." }],
  "Weather, both at once?": [{ calls: ["Łódź", "Kraków"] }, undefined, { text: "Sunny here, rain there." }],
  "Weather as JSON?": [{ text: '{"city":"Łódź","degrees":21.5}' }],
  "What is in it?": [{ text: "One red pixel." }],
};

/** Teaches them to a third party's fake (@copilotkit/aimock), which speaks every dialect. */
export function teach(mock) {
  const usage = { prompt_tokens: tokens.input, completion_tokens: tokens.output, total_tokens: tokens.input + tokens.output, input_tokens: tokens.input, output_tokens: tokens.output };
  for (const [userMessage, answers] of Object.entries(stories)) {
    for (const [number, answer] of answers.entries()) {
      const predicate = ({ messages }) => messages.filter(({ role }) => role === "tool").length === number;
      const said = answer?.calls ? { toolCalls: answer.calls.map((city) => ({ name: "weather", arguments: JSON.stringify({ city }) })) } : { content: answer?.text };
      if (answer) mock.on({ userMessage, predicate }, { usage, ...said }, { chunkSize: 5 });
    }
  }
}

/** Answers as the fake would, by hand: for where its answers are not what the dialect promises. */
const tells = ({ heard, says }) => async (attempt) => {
  const { turns } = heard(attempt.json);
  const results = turns.flatMap((turn) => turn.results ?? []).length;
  const { text, calls = [] } = stories[turns[0].text][results];
  await says({ text, calls: calls.map((city, index) => ({ id: `call_${results}_${index}`, name: "weather", input: { city } })) })(attempt);
};

/** Hands each request on to the fake, and its answer back. */
const asks = (mock) => async (attempt) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(mock.url + attempt.path.slice(attempt.path.indexOf("/", 1)), { method: "POST", headers, body: attempt.body });
  await attempt.head(response.status, { "content-type": response.headers.get("content-type"), "transfer-encoding": "chunked" });
  for await (const piece of response.body) await attempt.chunk(piece);
  await does.end(attempt);
};

/** The stories, as this dialect's provider tells them to this caller. What passes untouched must be what OpenAI promises. */
export const storyteller = (upstream, mock, passes) => (passes && upstream.name === "openai" ? tells(upstream) : asks(mock));

/** What the provider was sent last, in plain terms. */
const last = ({ provider, upstream }) => upstream.heard(provider.on(upstream.model).at(-1).json);
const same = (heard, expected) => assert.deepEqual(heard, expected.map((turn) => turn));

/** Answers the calls, and asks again. */
async function goOn({ caller, model }, conversation, answer, texts, options) {
  conversation.push(...answer.said, ...caller.results(answer.calls.map(({ id, name }, index) => ({ id, name, text: texts[index] }))));
  return caller.ask(model, conversation, options);
}

function complete({ caller }, answer, expected) {
  const { text, calls = [], finish = calls.length ? "tool_calls" : "stop", model } = expected;
  assert.equal(answer.text, text ?? "");
  assert.deepEqual(answer.calls.map(({ name, input }) => ({ name, input })), calls);
  assert.equal(answer.finish, finish);
  assert.equal(answer.model, model);
  if (caller.counts?.(answer) ?? true) assert.deepEqual(answer.usage, { ...tokens });
  assert.equal(new Set(answer.calls.map(({ id }) => id)).size, calls.length, "the ids differ");
}

const weather = (...cities) => cities.map((city) => ({ name: "weather", input: { city } }));

async function plain(world, stream = false) {
  const { caller, upstream, provider, answers } = world;
  provider.script(upstream.model, answers);
  const answer = await caller.ask(world.model, [caller.user("Say hello.")], { system, stream });
  complete(world, answer, { text: hello, model: upstream.model });
  if (stream) assert.ok(answer.pieces > 3, `in ${answer.pieces} pieces`);
  const { system: instructions, turns } = last(world);
  assert.deepEqual(instructions, [system]);
  same(turns, [user("Say hello.")]);
}

async function toolsInTurns(world) {
  const { caller, upstream, provider, answers } = world;
  for (const stream of [false, true]) {
    provider.script(upstream.model, answers);
    const conversation = [caller.user("Weather, one by one?")];
    const options = { system, tools, stream };
    const first = await caller.ask(world.model, conversation, options);
    complete(world, first, { calls: weather("Łódź"), model: upstream.model });
    const second = await goOn(world, conversation, first, ["sunny"], options);
    complete(world, second, { calls: weather("Kraków"), model: upstream.model });
    const third = await goOn(world, conversation, second, ["rain"], options);
    complete(world, third, { text: "Sunny, then rain.", model: upstream.model });
    const heard = last(world);
    same(heard.turns, [user("Weather, one by one?"), model("", "Łódź"), results(["Łódź", "sunny"]), model("", "Kraków"), results(["Kraków", "rain"])]);
    const [{ name, description, parameters }] = heard.tools;
    assert.deepEqual([name, description, parameters.properties, parameters.required], ["weather", tools[0].description, tools[0].parameters.properties, ["city"]]);
  }
}

async function parallelTools(world) {
  const { caller, upstream, provider, answers } = world;
  for (const stream of [false, true]) {
    provider.script(upstream.model, answers);
    const conversation = [caller.user("Weather, both at once?")];
    const first = await caller.ask(world.model, conversation, { tools, stream });
    complete(world, first, { calls: weather("Łódź", "Kraków"), model: upstream.model });
    const second = await goOn(world, conversation, first, ["sunny", "rain"], { tools, stream });
    complete(world, second, { text: "Sunny here, rain there.", model: upstream.model });
    same(last(world).turns, [user("Weather, both at once?"), model("", "Łódź", "Kraków"), results(["Łódź", "sunny"], ["Kraków", "rain"])]);
  }
}

async function schema(world) {
  const { caller, upstream, provider, answers } = world;
  provider.script(upstream.model, answers);
  const shape = z.object({ city: z.string(), degrees: z.number() });
  const { parsed } = await caller.ask(world.model, [caller.user("Weather as JSON?")], { schema: shape });
  assert.deepEqual(parsed, { city: "Łódź", degrees: 21.5 });
  const { properties, required } = last(world).schema;
  assert.deepEqual([properties.city.type, properties.degrees.type, required], ["string", "number", ["city", "degrees"]]);
}

async function images(world) {
  const { caller, upstream, provider, answers } = world;
  provider.script(upstream.model, answers);
  for (const shown of caller.urls ? [image, { url: "https://pictures.test/pixel.png" }] : [image]) {
    const answer = await caller.ask(world.model, [caller.user("What is in it?", shown)], {});
    complete(world, answer, { text: "One red pixel.", model: upstream.model });
    same(last(world).turns, [user("What is in it?", [shown])]);
  }
}

/** A thought that comes before a call goes back with the call's result, where the SDK keeps it. */
async function thinking(world) {
  const { caller, upstream, provider } = world;
  for (const stream of [false, true]) {
    const calls = [{ id: "call_1", name: "weather", input: { city: "Ulm" } }];
    provider.script(upstream.model, upstream.says({ thought: "I should look it up.", calls }), upstream.says({ text: "Sunny." }));
    const conversation = [caller.user("Weather?")];
    const options = { tools, stream, thinks: true };
    const first = await caller.ask(world.model, conversation, options);
    complete(world, first, { calls: weather("Ulm"), model: upstream.model });
    if (caller.shows?.({ stream }) ?? true) assert.equal(first.thought, "I should look it up.");
    complete(world, await goOn(world, conversation, first, ["sunny"], options), { text: "Sunny.", model: upstream.model });
    same(last(world).turns, [user("Weather?"), model("", "Ulm"), results(["Ulm", "sunny"])]);
    const { body } = provider.on(upstream.model).at(-1);
    const kept = caller.keeps({ stream, vendor: upstream.name });
    for (const part of upstream.comesBack("I should look it up.")) assert.ok(!kept || body.includes(part), `${part} comes back: ${body}`);
    assert.ok(!body.includes("steadfast:"), `no mark of ours is sent: ${body}`);
  }
}

/** A conversation that another vendor goes on with, and that comes back: what one has signed is never sent to the other. */
async function moving(world) {
  const { caller, upstream, provider, others } = world;
  const call = (id, city) => [{ id, name: "weather", input: { city } }];
  for (const other of others) {
    for (const stream of [false, true]) {
      provider.script(upstream.model, upstream.says({ thought: "One.", text: "Let me see. ", calls: call("call_1", "Ulm") }), upstream.isDown, upstream.says({ text: "Both." }));
      provider.script(other.model, other.says({ thought: "Two.", calls: call("call_2", "Bonn") }));
      const there = { ...world, model: `${upstream.name}-${other.name}` };
      const conversation = [caller.user("Weather?")];
      const options = { system, tools, stream, thinks: true };
      const first = await caller.ask(there.model, conversation, options);
      complete(world, first, { text: "Let me see. ", calls: weather("Ulm"), model: upstream.model });
      const second = await goOn(there, conversation, first, ["sunny"], options);
      complete(world, second, { calls: weather("Bonn"), model: other.model });
      const third = await goOn(there, conversation, second, ["rain"], options);
      complete(world, third, { text: "Both.", model: upstream.model });
      const turns = [user("Weather?"), model("Let me see. ", "Ulm"), results(["Ulm", "sunny"]), model("", "Bonn"), results(["Bonn", "rain"])];
      const [theirs, ours] = [provider.on(other.model).at(-1), provider.on(upstream.model).at(-1)];
      same(other.heard(theirs.json).turns, turns.slice(0, 3));
      same(upstream.heard(ours.json).turns, turns);
      const foreign = [[theirs, upstream], [ours, other]];
      for (const [{ body }, { signature, name }] of foreign) {
        assert.ok(!signature || !body.includes(signature), `what ${name} signed went elsewhere: ${body}`);
        assert.ok(!body.includes("steadfast:"), `no mark of ours is sent: ${body}`);
      }
      const kept = caller.keeps({ stream, vendor: upstream.name });
      for (const part of upstream.comesBack("One.")) assert.ok(!kept || ours.body.includes(part), `${part} comes back: ${ours.body}`);
    }
  }
}

/** A stream that breaks off, and another vendor carries on: the SDK hears one answer. */
async function carryingOn(world) {
  const { caller, upstream, provider, others } = world;
  for (const other of others) {
    provider.script(upstream.model, upstream.breaks);
    provider.script(other.model, other.says({ text: "so good." }));
    const answer = await caller.ask(`${upstream.name}-${other.name}`, [caller.user("How is it?")], { system, stream: true });
    assert.deepEqual([answer.text, answer.finish, answer.model], ["So far so good.", "stop", upstream.model]);
    const { turns } = other.heard(provider.on(other.model).at(-1).json);
    assert.deepEqual([turns[0], turns[1]], [user("How is it?"), model(turns[1].text)]);
    assert.equal(turns[1].text.trimEnd(), "So far");
  }
}

const failure = async (promise) => {
  const error = await promise.then(() => assert.fail("no error"), (error) => error);
  return { kind: error.kind ?? error.constructor.name, status: error.status ?? error.statusCode, message: error.message };
};

async function errors(world) {
  const { caller, upstream, provider, stranger, kinds } = world;
  const conversation = [caller.user("Hello?")];
  const expect = ({ kind, status, message }, expected, words) => {
    assert.deepEqual([status, kinds ? kind : expected[1]], expected, message);
    assert.match(message, words);
  };
  for (const stream of [false, true]) {
    provider.script(upstream.model, upstream.refuses("The third message is odd."));
    expect(await failure(caller.ask(world.model, conversation, { stream })), [400, "BadRequestError"], /The third message is odd\./);
    expect(await failure(caller.ask("nobody/nothing", conversation, { stream })), [404, "NotFoundError"], /nobody/);
    expect(await failure(stranger.ask(world.model, conversation, { stream })), [401, "AuthenticationError"], /key/);
    provider.script(upstream.model, upstream.isDown);
    const before = provider.attempts.length;
    expect(await failure(caller.ask(world.model, conversation, { stream })), [502, "InternalServerError"], /overloaded/);
    assert.equal(provider.attempts.length, before + 1);
  }
  provider.script(upstream.model, upstream.breaks);
  const { message } = await failure(caller.ask(world.model, conversation, { stream: true }));
  assert.match(message, new RegExp(upstream.model), "a stream that breaks off is an error");
}

async function aborts(world) {
  const { caller, upstream, provider } = world;
  for (const stream of [true, false]) {
    provider.script(upstream.model, stream ? upstream.drips : does.silence);
    const controller = new AbortController();
    const before = provider.on(upstream.model).length;
    const asked = caller.ask(world.model, [caller.user("Go on.")], { stream, signal: controller.signal, onPiece: () => controller.abort() });
    asked.catch(() => {});
    const attempt = await provider.arrival(upstream.model, before);
    if (!stream) controller.abort();
    await within(2000, assert.rejects(asked), "the abort");
    // One who leaves in silence is noticed by Cloudflare's edge; workerd by itself notices as it next writes (see `dial` in world.mjs).
    if (stream) assert.equal((await within(2000, attempt.closed, "the closing")).by, "caller");
  }
}

export const cases = {
  plain,
  streaming: (world) => plain(world, true),
  tools: toolsInTurns,
  "parallel tools": parallelTools,
  schema,
  image: images,
  thinking,
  "moving on and back": moving,
  "carrying on": carryingOn,
  errors,
  abort: aborts,
};
