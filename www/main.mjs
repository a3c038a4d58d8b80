// The page: who answers, and what is asked for.

import { gatewayForm, keysForm } from "./connection.mjs";
import { Conversation } from "./conversation.mjs";
import { by, element, write } from "./dom.mjs";
import { Editor } from "./editor.mjs";
import { latest } from "./latest.mjs";
import { Simulation } from "./simulation.mjs";
import { deployed, inPage } from "./source.mjs";
import { StatusTable } from "./status.mjs";

const conversation = new Conversation(colour);
const table = new StatusTable(by("status"), colour);
const editor = new Editor();
const heard = (event) => conversation.heard(event);

/** Who answers now. */
let source;
const choosing = latest();

const simulation = new Simulation({
  open: (config, fetch) => use(inPage(config, { fetch }, heard), true),
  pick: askFor,
  play: submit,
  editor,
});

const forms = {
  gateway: gatewayForm(async (address, key) => {
    if (await use(deployed(address, key))) by("question").focus();
  }),
  keys: keysForm(async (keys, config) => {
    const open = (config) => use(inPage(config, { keys }, heard), true);
    if (!(await open(config))) return;
    askFor("mine");
    editor.show(config, config, open);
    document.body.dataset.connected = "";
    by("question").focus();
  }),
};

by("sources").addEventListener("change", ({ target }) => choose(target.value));
by("model").addEventListener("change", () => isSimulated() && simulation.lead(by("model").value));
by("clear").addEventListener("click", () => conversation.clear());
by("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (conversation.under) conversation.stop();
  else submit(by("question").value);
});
// The second half of a double click would stop what the first has asked.
by("send").addEventListener("click", (event) => event.detail > 1 && event.preventDefault());
by("question").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!conversation.under) by("composer").requestSubmit(by("send"));
});
setInterval(() => !document.hidden && refresh(), 1000);
await choose("simulated");

function isSimulated() {
  return document.body.dataset.source === "simulated";
}

/** Simulated providers, a gateway that is deployed, or one's own keys. */
async function choose(kind) {
  document.body.dataset.source = kind;
  delete document.body.dataset.connected;
  forms[kind]?.clear();
  by("connection").replaceChildren(...(forms[kind] ? [forms[kind].node] : []));
  disconnect();
  if (kind !== "simulated") return;
  try {
    await simulation.start();
  } catch (error) {
    if (!isSimulated()) return;
    const words = `steadfast could not be started in this page (${error.message}). \`make site\` builds it into the folder of this page.`;
    by("talk").replaceChildren(element("p", { class: "problem" }, words));
  }
}

/** From now on this one answers, if it is there and lets us in. False if somebody else was chosen meanwhile. */
async function use(opening, watched) {
  const isChosen = choosing();
  const next = await opening;
  const asked = Promise.all([next.models(), next.status()]);
  const [models, status] = await asked.catch((error) => {
    next.close();
    throw error;
  });
  if (!isChosen()) {
    next.close();
    return false;
  }
  source?.close();
  source = next;
  conversation.connect(next, watched);
  offer(models);
  shown(status);
  by("send").disabled = false;
  return true;
}

function shown(status) {
  table.show(status);
  const since = new Date(status.since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  write(by("status-since"), `as seen by ${source.far ? "one isolate" : "this page"} since ${since}`);
}

function disconnect() {
  choosing(); // Whoever is still coming comes too late.
  editor.leave();
  conversation.connect(undefined);
  conversation.clear();
  source?.close();
  source = undefined;
  offer([]);
  table.fail("Nobody is connected yet.");
  write(by("status-since"), "");
  by("send").disabled = true;
}

/** The names that can be asked for: routes first, as the gateway lists them. */
function offer(names) {
  const chosen = by("model").value;
  const option = (name) => element("option", { value: name }, name);
  const group = (label, found) => (found.length ? [element("optgroup", { label }, ...found.map(option))] : []);
  const isModel = (name) => name.includes("/");
  by("model").replaceChildren(...group("Routes", names.filter((name) => !isModel(name))), ...group("Models", names.filter(isModel)));
  askFor(chosen);
}

/** This one is asked for from now on, if it is offered. */
function askFor(name) {
  if ([...by("model").options].some(({ value }) => value === name)) by("model").value = name;
}

async function submit(words) {
  const question = words.trim();
  if (!source || !question) return by("question").focus();
  by("question").value = "";
  asking(true);
  await conversation.ask(question, by("model").value, by("on-break").value);
  if (!conversation.under) asking(false);
  refresh(true);
}

/** While an answer comes, the button stops it. */
function asking(is) {
  write(by("send"), is ? "Stop" : "Ask");
  by("cut").setAttribute("aria-disabled", String(!is)); // Not `disabled`: whoever pressed it keeps the focus.
}

let looked = 0;

/** A gateway in this page is looked at each second; one that is deployed after an answer, else seldom: each look is a call. */
async function refresh(now = false) {
  if (!source || (source.far && !now && Date.now() - looked < 5000)) return;
  looked = Date.now();
  const asked = source;
  try {
    const status = await asked.status();
    if (asked === source) shown(status);
  } catch (error) {
    if (asked === source) table.fail(error.message);
  }
}

/** The simulated providers have a colour each; of others, each has one of the same few. */
function colour(model) {
  const name = model.split("/")[0];
  if (["amber", "birch", "cedar"].includes(name)) return name;
  return ["amber", "birch", "cedar"][[...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 3];
}
