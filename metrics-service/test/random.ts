/** Repeatable random choices: the same seed makes the same choices. */

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  pick<Value>(from: readonly [Value, ...Value[]]): Value;
  /** True once in `times`. */
  once(times: number): boolean;
}

/** FUZZ_SEED, or what is always the same: a test that fails must have been made to by a change. */
export const seedOfTests = (): number => {
  const text = process.env['FUZZ_SEED'] ?? '20261122';
  if (!/^\d{1,10}$/.test(text))
    throw new RangeError(`FUZZ_SEED: expected a whole number, found ${JSON.stringify(text)}`);
  return Number(text);
};

/** Mulberry32: 32 bits of state are enough to choose test cases by. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: from => from[below(from.length)] ?? from[0],
    once: times => below(times) === 0,
  };
};
