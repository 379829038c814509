/** Whether everything is done as often and for as long as docs/reliability.md says; `npm run chaos` does. */
export const IS_FULL = process.env.FAULTS_FULL === '1';

/** Where this run's random numbers begin; vitest.config.ts draws it, FAULTS_SEED=N repeats a run. */
export const SEED = Number(process.env.FAULTS_SEED ?? 1);

/** Numbers from 0 to 1. */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a change can wait for, or the count of a full run. */
export function full<Value>(inFull: Value, else_: Value): Value {
  return IS_FULL ? inFull : else_;
}

/** Strikes once per seed: two in CI, `inFull` in a full run. What fails names the seed that repeats it. */
export async function eachSeed(
  inFull: number,
  strike: (random: Random) => Promise<void>,
): Promise<void> {
  for (let seed = SEED; seed < SEED + full(inFull, 2); seed += 1) {
    try {
      await strike(seeded(seed));
    } catch (thrown) {
      throw new Error(`with FAULTS_SEED=${seed}: ${thrown}`, { cause: thrown });
    }
  }
}

/** A number between two others. */
export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}
