// Chance that can be repeated: `?seed=7` in the address makes the simulated providers fail alike each time.

/** Numbers between 0 and 1 out of a seed (mulberry32, Tommy Ettinger, public domain). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function chance(address) {
  const seed = new URLSearchParams(address.search).get("seed");
  return seed === null ? Math.random : seeded(Number(seed));
}
