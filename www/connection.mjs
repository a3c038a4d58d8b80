// The forms for those who have more than simulated providers: a gateway of their own, or keys.

import { element, write } from "./dom.mjs";
import { latest } from "./latest.mjs";

/** Those of whom it is known that they let a page ask, now and then at least: docs/browser.md. */
const providers = {
  OPENAI_API_KEY: "OpenAI",
  ANTHROPIC_API_KEY: "Anthropic",
  GEMINI_API_KEY: "Gemini",
  DEEPSEEK_API_KEY: "DeepSeek (refuses some pages)",
  DOUBAO_API_KEY: "Doubao",
};

/** A configuration to begin with: the routes that exist by default, over whichever of their models have a key. */
const beginning = ({ ANTHROPIC_API_KEY }) => ({
  // Without this header Anthropic lets no page ask.
  ...(ANTHROPIC_API_KEY && { providers: { anthropic: { headers: { "anthropic-dangerous-direct-browser-access": "true" } } } }),
  routes: { mine: { fallback: ["standard", "budget"] } },
});

const kept = "steadfast-demo";

/** Asks for address and key; `connect(address, key)` returns a promise. */
export function gatewayForm(connect) {
  const served = location.protocol.startsWith("http") ? location.origin : "http://127.0.0.1:8787";
  // `localhost:8787` is an address too, of something that is called `localhost:`.
  const address = element("input", { type: "url", required: true, pattern: "https?://.+", title: "http:// or https://", value: served, autocomplete: "off", spellcheck: "false" });
  const key = element("input", { type: "password", autocomplete: "off", placeholder: "one of STEADFAST_KEYS, if it asks for one" });
  return form(
    "Connect",
    () => connect(address.value, key.value.trim()),
    field("Its address", address),
    field("Your key", key),
    element("p", { class: "fine" }, "The key stays in this page, and goes to that address alone."),
  );
}

/** Asks for providers' keys; `use(keys, config)` returns a promise. What is remembered is what the form shows. */
export function keysForm(use) {
  const remembered = read();
  const inputs = Object.entries(providers).map(([name, title]) => {
    const input = element("input", { type: "password", autocomplete: "off", name, value: remembered[name] ?? "" });
    return { name, input, node: field(title, input) };
  });
  const remember = element("input", { type: "checkbox", onchange: () => remember.checked || forget() });
  remember.checked = Object.keys(remembered).length > 0;
  return form(
    "Use these keys",
    async () => {
      const keys = Object.fromEntries(inputs.map(({ name, input }) => [name, input.value.trim()]).filter(([, key]) => key));
      const isKept = remember.checked ? keep(keys) : forget();
      if (Object.keys(keys).length === 0) throw new Error("Give at least one key.");
      await use(keys, beginning(keys));
      if (remember.checked && !isKept) return "Connected, but this browser remembers nothing for this page.";
    },
    element("p", { class: "warning" },
      "Keys stay in this page and go to their own provider alone. Still: use keys with a small limit, only on a page that you serve yourself. Some of the others let no page ask, and need a gateway.",
    ),
    element("div", { class: "fields" }, ...inputs.map(({ node }) => node)),
    element("label", { class: "check" }, remember, "remember them in this browser (anybody who can open this page in it can use them)"),
  );
}

/** A form, and what takes its verdict away. Its button may be pressed again at any time: the last time counts. */
function form(button, act, ...parts) {
  const result = element("p", { class: "verdict", role: "status" });
  const trying = latest();
  const tell = (words, wrong = false) => {
    write(result, words);
    result.classList.toggle("wrong", wrong);
  };
  const onsubmit = async (event) => {
    event.preventDefault();
    const isLast = trying();
    tell("Connects…");
    try {
      const words = await act();
      if (isLast()) tell(words ?? "Connected.");
    } catch (error) {
      if (isLast()) tell(error.message, true);
    }
  };
  const clear = () => {
    trying();
    tell("");
  };
  const submit = element("button", { type: "submit", class: "primary" }, button);
  return { node: element("form", { class: "connect", onsubmit }, ...parts, element("div", { class: "connect-foot" }, submit, result)), clear };
}

const field = (words, input) => element("label", { class: "field" }, element("span", {}, words), input);

function read() {
  try {
    return JSON.parse(localStorage.getItem(kept)) ?? {};
  } catch {
    return {};
  }
}

/** False where the browser keeps nothing. */
function keep(keys) {
  try {
    localStorage.setItem(kept, JSON.stringify(keys));
    return true;
  } catch {
    return false;
  }
}

function forget() {
  try {
    localStorage.removeItem(kept);
  } catch {
    // Where nothing may be kept, nothing is.
  }
}
