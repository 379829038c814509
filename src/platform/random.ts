import { randomBytes } from 'node:crypto';

/** A number from 0 up to 1, for jitter: spreads load, protects nothing. */
export const systemRandom: () => number = Math.random;

/** Bytes that nobody can guess, for secrets, keys and nonces. */
export type RandomBytes = (size: number) => Buffer;

export const systemRandomBytes: RandomBytes = randomBytes;
