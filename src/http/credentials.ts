import type { Authenticate } from '../access/api-keys.ts';
import { ANONYMOUS, type Viewer } from '../access/viewer.ts';

/** The key in an `Authorization: Bearer <key>` value; undefined when there is none. */
export function bearerKey(authorization: unknown): string | undefined {
  if (typeof authorization !== 'string') return undefined;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
}

/** Who an Authorization value stands for: anonymous without one; throws InvalidKeyError for a wrong one. */
export async function authenticateHeader(
  authenticate: Authenticate,
  authorization: unknown,
): Promise<Viewer> {
  if (authorization === undefined || authorization === null || authorization === '') {
    return ANONYMOUS;
  }
  // A header in another form names no key: it is wrong, not absent.
  return authenticate(bearerKey(authorization) ?? '');
}
