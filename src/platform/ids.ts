import { randomBytes, randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

/** Mints identifiers. Tests may pass their own. */
export type Ids = {
  /** A time-ordered UUID (version 7) for a row. */
  row(): string;
  /** A click id: the 32 hexadecimal digits of a time-ordered UUID, safe in any URL. */
  click(): string;
  /** The secret part of an API key: 32 random bytes, base64url. */
  secret(): string;
};

/** Random words, fetched many at a time: a request mints several ids, and each fetch is a call of the system. */
const words = new Uint32Array(1_024);
let used = words.length;

const generator = new V7Generator({
  nextUint32() {
    if (used === words.length) {
      randomFillSync(words);
      used = 0;
    }
    used += 1;
    return words[used - 1]!;
  },
});

/** Identifiers from the operating system's randomness. */
export const systemIds: Ids = {
  row: () => generator.generate().toString(),
  click: () => generator.generate().toHex(),
  secret: () => randomBytes(32).toString('base64url'),
};

/** Whether a text could be a click id of ours: 32 lower-case hexadecimal digits. */
export function isClickId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** Whether a text is a UUID in its usual spelling: what a row id looks like. */
export function isRowId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}
