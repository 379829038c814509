import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** Mints identifiers. Tests may pass their own. */
export type Ids = {
  /** A time-ordered UUID (version 7) for a row. */
  row(): string;
  /** A click id: the 32 hexadecimal digits of a time-ordered UUID, safe in any URL. */
  click(): string;
  /** The secret part of an API key: 32 random bytes, base64url. */
  secret(): string;
};

/** Identifiers from the operating system's randomness. */
export const systemIds: Ids = {
  row: () => uuidv7(),
  click: () => uuidv7().replaceAll('-', ''),
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
