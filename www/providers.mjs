// The panel of simulated providers: a switch, sliders and a trouble for each.

import { element, write } from "./dom.mjs";
import { duration, money } from "./words.mjs";
import { troubles } from "./world.mjs";

const sliders = [
  { setting: "firstToken", label: "First word after", min: 50, max: 6000, step: 50, shown: duration },
  { setting: "pace", label: "Speed", min: 5, max: 200, step: 5, shown: (value) => `${value} tokens/s` },
  { setting: "failures", label: "Fails", min: 0, max: 100, step: 5, shown: (value) => `${value} %` },
];

/** @param {import("./world.mjs").World} world */
export function providersPanel(root, world) {
  const cards = world.providers.map((provider) => card(provider, world));
  root.replaceChildren(...cards.map(({ node }) => node));
  world.onChange(() => cards.forEach(({ refresh }) => refresh()));
}

function card(provider, world) {
  const { name, model, price } = provider;
  const set = (settings) => world.set(name, settings);
  const power = element("input", { type: "checkbox", role: "switch", "aria-label": "up", onchange: () => set({ up: power.checked }) });
  const trouble = element("select", { onchange: () => set({ trouble: trouble.value }) });
  trouble.append(...Object.entries(troubles).map(([value, words]) => element("option", { value }, words)));
  const rows = sliders.map((slider) => range(slider, provider, set));

  // No fieldset, which takes no part in the lines of a grid.
  const node = element(
    "div",
    { class: "provider", role: "group", "aria-label": model, "data-colour": name },
    element("p", { class: "provider-name" }, element("i", { class: "dot" }), model),
    element("label", { class: "switch" }, power, element("span", { "aria-hidden": "true" }, "up")), // "down, off" would be heard as up.
    element("p", { class: "price" }, `${money(price.input)} in, ${money(price.output)} out per M tokens`),
    ...rows.map(({ label }) => label),
    element("label", { class: "trouble" }, element("span", {}, "When asked, it"), trouble),
  );
  const refresh = () => {
    power.checked = provider.up;
    write(power.nextSibling, provider.up ? "up" : "down");
    trouble.value = provider.trouble;
    node.classList.toggle("is-down", !provider.up);
    node.classList.toggle("in-trouble", provider.trouble !== "none" || provider.failures > 0);
    rows.forEach((row) => row.refresh());
  };
  refresh();
  return { node, refresh };
}

function range({ setting, label: words, min, max, step, shown }, provider, set) {
  const input = element("input", { type: "range", min, max, step, oninput: () => set({ [setting]: Number(input.value) }) });
  const value = element("span", { class: "slider-value", "aria-hidden": "true" }); // `aria-valuetext` says it.
  const label = element("label", { class: "slider" }, element("span", {}, words), value, input);
  const refresh = () => {
    input.value = provider[setting];
    input.setAttribute("aria-valuetext", shown(provider[setting]));
    write(value, shown(provider[setting]));
  };
  return { label, refresh };
}
