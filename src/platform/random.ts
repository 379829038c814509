/** A number from 0 up to 1, for jitter: spreads load, protects nothing. */
export const systemRandom: () => number = Math.random;
