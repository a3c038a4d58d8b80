// What `GET /status` answers, as a table.

import { bar, share, spread } from "./charts.mjs";
import { element, renew } from "./dom.mjs";
import { duration, failure, money, percent, plural } from "./words.mjs";

const columns = ["Model", "Now", "Good answers", "First word: median, p95", "Spent"];

export class StatusTable {
  constructor(root, colour) {
    this.root = root;
    this.colour = colour;
    this.body = element("tbody");
    const head = element("thead", {}, element("tr", {}, ...columns.map((words) => element("th", { scope: "col" }, words))));
    this.table = element("table", {}, head, this.body);
    root.replaceChildren(this.table);
  }

  /** Shows a status. */
  show(status) {
    const all = Object.entries(status.targets);
    const keyless = all.filter(([, { state }]) => state === "no_key");
    const targets = all.filter(([, { state }]) => state !== "no_key");
    const longest = Math.max(1000, ...targets.map(([, { first_token_ms: first }]) => first?.p95 ?? 0));
    const most = Math.max(...targets.map(([, { spend_usd: spend = 0 }]) => spend));
    const rows = targets.map(([model, target]) => this.row(model, target, longest, most));
    const rankings = Object.entries(status.rankings ?? {}).flatMap(([route, ranking]) => ranks(route, ranking, targets));
    const rest = keyless.length > 0 ? [note(`${plural(keyless.length, "more model")} without a key: ${keyless.map(([model]) => model).join(", ")}`)] : [];
    this.draw(...rows, ...rankings, ...rest);
  }

  fail(message) {
    this.draw(note(message));
  }

  draw(...rows) {
    renew(this.body, element("tbody", {}, ...rows));
  }

  row(model, target, longest, most) {
    const { attempts, successes = 0, failures = {}, first_token_ms: first = {}, spend_usd: spend = 0 } = target;
    const bad = Object.entries(failures);
    const failed = bad.reduce((sum, [, count]) => sum + count, 0);
    const told = bad.map(([outcome, count]) => `${count} × ${failure({ outcome })}`).join(", ");
    return element(
      "tr",
      { "data-colour": this.colour(model) },
      element("th", { scope: "row" }, element("i", { class: "dot" }), model),
      element("td", {}, state(target), element("small", {}, breaker(target))),
      element("td", {}, share(successes, failed), numbers(successes + failed ? percent(successes / (successes + failed)) : "–"), element("small", {}, told || plural(attempts, "attempt"))),
      element("td", {}, spread(first.p50, first.p95, longest), numbers(first.p50 === undefined || first.p50 === null ? "–" : `${duration(first.p50)}, ${duration(first.p95)}`)),
      element("td", {}, bar(spend, most), numbers(money(spend))),
    );
  }
}

/** A sentence in the place of a row. */
const note = (words) => element("tr", {}, element("td", { colspan: columns.length, class: "note" }, words));

/** How `auto` would choose now. */
function ranks(route, ranking, targets) {
  const known = ranking.filter(({ model }) => targets.some(([name]) => name === model));
  return known.length > 1 ? [note(`${route} ranks them ${known.map(({ model, score }) => `${model} ${score.toFixed(2)}`).join(", ")}`)] : [];
}

const numbers = (text) => element("span", { class: "numbers" }, text);

/** Whether it would be asked now. */
function state({ state, breaker, for_ms: wait, because }) {
  if (state === "resting") return pill("rests", `${because === "rate_limit" ? "rate limited" : "rests"}, ${duration(wait)}`);
  if (breaker === "open") return pill("off", "left alone");
  return breaker === "probing" ? pill("rests", "on trial") : pill("ready", "ready");
}

const pill = (kind, words) => element("span", { class: `pill ${kind}` }, words);

function breaker({ breaker }) {
  return breaker ? `breaker ${breaker}` : "";
}
