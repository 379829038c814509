import { hash } from 'node:crypto';
import type { Ids } from '../platform/ids.ts';
import type { Db } from '../store/database.ts';
import type { ApiKey } from '../store/generated/client/client.ts';

/**
 * Thrown when a credential is presented that is not valid. Of a key the answer never says why; of a
 * token, which its holder can read, it does.
 */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError';
  constructor(message = 'this API key is not valid: it is unknown, expired or revoked') {
    super(message);
  }
}

/**
 * Only this digest of a key is stored, and keys are compared by it alone, in memory and in the index of
 * the table: how long that takes says something about digests, which nobody can steer, and nothing
 * about keys. Minted keys are random, so a plain hash cannot be guessed back.
 */
export function hashKey(key: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(digestOf(key), 'hex'));
}

/** The same in hexadecimal digits, as it is compared in memory. */
export function digestOf(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A new key text: `vly_<id>_<secret>`. */
export function mintKey(ids: Pick<Ids, 'row' | 'secret'>): { id: string; secret: string } {
  const id = ids.row();
  return { id, secret: `vly_${id.replaceAll('-', '')}_${ids.secret()}` };
}

/** Whether a stored key may be used at this time. */
export function isValid(key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
}

/** The same as a condition on rows. */
export function whereValid(now: Date) {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
}

/** Makes the key of VOLLEY_ADMIN_KEY valid, whatever happened to it before. */
export async function upsertAdminKey(db: Db, key: string, ids: Pick<Ids, 'row'>): Promise<void> {
  const valid = { role: 'ADMIN' as const, revokedAt: null, expiresAt: null, replacedById: null };
  await db.apiKey.upsert({
    where: { secretHash: hashKey(key) },
    create: {
      ...valid,
      id: ids.row(),
      name: 'Admin',
      secretHash: hashKey(key),
      lastFour: key.slice(-4),
    },
    update: valid,
  });
}
