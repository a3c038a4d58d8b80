// Samples into figures, and figures into a table.

/**
 * The result of one figure: for each contender its median, the range of its samples, and how many times the floor it is.
 * The ratio is the median of the ratios within each round, so that a machine that slows down half-way moves it little.
 */
export function summarise({ what, unit, goal, last }, name, samples) {
  const values = Object.fromEntries(Object.entries(samples).map(([contender, taken]) => [contender, taken.map((sample) => sample[name])]));
  const floor = values.floor;
  const contenders = Object.fromEntries(Object.entries(values).map(([contender, taken]) => [contender, {
    value: last ? taken.at(-1) : median(taken),
    low: Math.min(...taken),
    high: Math.max(...taken),
    growth: taken.at(-1) / taken[0],
    ...(floor && {
      ratio: median(taken.map((each, round) => each / floor[round])),
      beyond: median(taken.map((each, round) => each - floor[round])),
    }),
  }]));
  const met = goal && contenders.steadfast && meets(contenders.steadfast, goal);
  return { what, unit, goal, met, contenders };
}

export function print(results, write = console.log) {
  for (const { what, unit, goal, met, contenders } of results) {
    write(`\n${what}`);
    for (const [name, { value, low, high, ratio, beyond }] of Object.entries(contenders)) {
      const range = low === high ? "" : `${round(low)} to ${round(high)}`;
      const verdict = name === "steadfast" && goal ? `${wording(goal, unit)}: ${met ? "met" : "MISSED"}` : "";
      write(`  ${name.padEnd(28)}${`${round(value)} ${unit}`.padStart(10)}${(goal?.beyond ? `${beyond < 0 ? "" : "+"}${beyond.toFixed(1)} ${unit}` : ratio ? `${ratio.toFixed(2)} x` : "").padStart(9)}   ${range.padEnd(18)}${verdict}`.trimEnd());
    }
    if (goal && !contenders.steadfast) write(`  ${"steadfast".padEnd(28)}${"-".padStart(7)}${"".padStart(33)}${wording(goal, unit)}: not measured`);
  }
}

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

const meets = ({ value, ratio, beyond, growth }, goal) => {
  if (goal.times) return ratio <= goal.times;
  if (goal.beyond) return beyond <= goal.beyond;
  return goal.atMost ? value <= goal.atMost : growth <= goal.growth;
};
const wording = ({ times, beyond, atMost, growth }, unit) => {
  if (times) return `at most ${times} x the floor`;
  if (beyond) return `at most ${beyond} ${unit} more than the floor`;
  return atMost ? `at most ${atMost} ${unit}` : `last round at most ${growth} x the first`;
};
const round = (value) => value >= 100 ? value.toFixed(0) : value.toFixed(1);
