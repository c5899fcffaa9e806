// Randomness that can be had again: a run says its seed, and XP2P_SEED repeats it.
import { randomInt } from "node:crypto";

export const seed = Number(process.env.XP2P_SEED ?? randomInt(2 ** 32));

/** mulberry32: small, and good enough to choose test cases. */
export function randomness(state = seed) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  const choose = (items) => items[below(items.length)];
  const list = (most, make) => Array.from({ length: below(most + 1) }, make);
  const bytes = (length) => Buffer.from(Array.from({ length }, () => below(256)));
  return { below, choose, list, bytes };
}
