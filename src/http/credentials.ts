import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import { ANONYMOUS, type Viewer } from '../access/viewer.ts';

/** The key or token in an `Authorization: Bearer <key>` value; undefined when there is none. */
export function bearerKey(authorization: unknown): string | undefined {
  if (typeof authorization !== 'string') return undefined;
  // A key may be any text, also one with spaces: VOLLEY_ADMIN_KEY is what its owner made up.
  const key = /^Bearer +(.+)$/is.exec(authorization)?.[1]?.trim();
  return key === undefined || key === '' ? undefined : readHeaderText(key);
}

const IS_ASCII = /^[ -~]*$/;

/**
 * Node reads header bytes as Latin-1, and most clients send UTF-8. Text that was not from a header, or
 * was Latin-1, is hardly ever valid UTF-8 beyond ASCII, and stays.
 */
function readHeaderText(text: string): string {
  if (IS_ASCII.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.toString('latin1') !== text) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/**
 * Who an Authorization value from an address stands for: anonymous without one; throws what
 * `authenticateAt` throws.
 */
export async function authenticateHeader(
  authenticateAt: AuthenticateAt,
  authorization: unknown,
  address: string | null,
): Promise<Viewer> {
  if (authorization === undefined || authorization === null || authorization === '') {
    return ANONYMOUS;
  }
  // A header in another form names no key: it is wrong, not absent.
  return authenticateAt(bearerKey(authorization) ?? '', address);
}
