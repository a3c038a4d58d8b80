// Unpacks DEFLATE (RFC 1951), at once: the platforms' own decompression streams answer later, and importing must not.
//
// It unpacks what our own build has packed, so nothing here doubts its input.

/** Unpacks `packed`, which becomes `size` bytes. */
export function inflate(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let at = 0; // in `out`
  let next = 0; // in `packed`
  let held = 0; // bits read and not used yet, the earliest lowest
  let count = 0; // how many they are

  const bits = (wanted: number): number => {
    while (count < wanted) {
      held |= packed[next++]! << count;
      count += 8;
    }
    const taken = held & ((1 << wanted) - 1);
    held >>>= wanted;
    count -= wanted;
    return taken;
  };

  const symbol = (codes: Uint16Array): number => {
    // A code has 15 bits at most. Behind the last byte there is nothing, which reads as zeros.
    while (count < 15) {
      held |= packed[next++]! << count;
      count += 8;
    }
    const found = codes[held & (codes.length - 1)]!;
    held >>>= found & 15;
    count -= found & 15;
    return found >>> 4;
  };

  for (let last = 0; !last; ) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) {
      next -= count >> 3; // What was read ahead is given back, and the rest of the byte passed over.
      held = count = 0;
      const length = packed[next]! | (packed[next + 1]! << 8);
      out.set(packed.subarray(next + 4, next + 4 + length), at);
      next += 4 + length;
      at += length;
      continue;
    }
    const [literals, distances] = kind === 1 ? fixed() : dynamic(bits, symbol);
    for (;;) {
      const code = symbol(literals);
      if (code < 256) {
        out[at++] = code;
        continue;
      }
      if (code === 256) break;
      const length = lengths[code - 257]! + bits(lengthBits[code - 257]!);
      const far = symbol(distances);
      const distance = starts[far]! + bits(startBits[far]!);
      // Most are short: a call of `copyWithin` would take longer. They may overlap what they write.
      for (const end = at + length; at < end; at += 1) out[at] = out[at - distance]!;
    }
  }
  return out;
}

/** How many bits more each code takes, and where its range begins (RFC 1951, 3.2.5). */
const lengthBits = Array.from({ length: 28 }, (_, code) => (code < 8 ? 0 : (code >> 2) - 1)).concat(0);
const lengths = ranges(lengthBits, 3);
lengths[28] = 258;
const startBits = Array.from({ length: 30 }, (_, code) => (code < 4 ? 0 : (code >> 1) - 1));
const starts = ranges(startBits, 1);

function ranges(widths: number[], first: number): number[] {
  let from = first;
  return widths.map((width) => (from += 1 << width) - (1 << width));
}

function fixed(): [Uint16Array, Uint16Array] {
  return [table(Array.from({ length: 288 }, (_, code) => (code < 144 ? 8 : code < 256 ? 9 : code < 280 ? 7 : 8))), table(new Array(30).fill(5))];
}

/** Reads the two codes that a block brings along, which are coded themselves (RFC 1951, 3.2.7). */
function dynamic(bits: (wanted: number) => number, symbol: (codes: Uint16Array) => number): [Uint16Array, Uint16Array] {
  const literals = bits(5) + 257;
  const distances = bits(5) + 1;
  const count = bits(4) + 4;
  const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  const coded: number[] = new Array(19).fill(0);
  for (let index = 0; index < count; index += 1) coded[order[index]!] = bits(3);
  const codes = table(coded);
  const widths: number[] = [];
  while (widths.length < literals + distances) {
    const code = symbol(codes);
    if (code < 16) widths.push(code);
    else {
      const again = code === 16 ? widths[widths.length - 1]! : 0;
      for (let times = code === 16 ? bits(2) + 3 : code === 17 ? bits(3) + 3 : bits(7) + 11; times > 0; times -= 1) widths.push(again);
    }
  }
  return [table(widths.slice(0, literals)), table(widths.slice(literals))];
}

/** From the width of each symbol's code to a table of what the next bits mean: the symbol, and in the low four bits its width. */
function table(widths: number[]): Uint16Array {
  const longest = Math.max(...widths, 1);
  const codes = new Uint16Array(1 << longest);
  let code = 0;
  for (let width = 1; width <= longest; width += 1) {
    for (let symbol = 0; symbol < widths.length; symbol += 1) {
      if (widths[symbol] !== width) continue;
      // Codes are written with their highest bit first, and all else with its lowest.
      let place = 0;
      for (let bit = 0; bit < width; bit += 1) place |= ((code >> bit) & 1) << (width - 1 - bit);
      for (; place < codes.length; place += 1 << width) codes[place] = (symbol << 4) | width;
      code += 1;
    }
    code <<= 1;
  }
  return codes;
}
