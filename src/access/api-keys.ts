import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { Db } from '../store/database.ts';
import type { ApiKey } from '../store/generated/client/client.ts';
import type { KeyViewer } from './viewer.ts';

/** Thrown when a credential is presented that is not valid: the answer never says why. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError';
  constructor() {
    super('this API key is not valid: it is unknown, expired or revoked');
  }
}

/** Only this digest of a key is stored. Keys are random, so a plain hash cannot be guessed back. */
export function hashKey(key: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(key, 'utf8').digest());
}

/** A new key text: `vly_<id>_<secret>`. */
export function mintKey(ids: Pick<Ids, 'row' | 'secret'>): { id: string; secret: string } {
  const id = ids.row();
  return { id, secret: `vly_${id.replaceAll('-', '')}_${ids.secret()}` };
}

type Deps = { db: Db; clock: Clock };

/** Answers who a presented key belongs to; throws InvalidKeyError. */
export type Authenticate = (key: string) => Promise<KeyViewer>;

export function createAuthenticate({ db, clock }: Deps): Authenticate {
  return async (key) => {
    const row = await db.apiKey.findUnique({ where: { secretHash: hashKey(key) } });
    if (!row || !isValid(row, clock.now())) throw new InvalidKeyError();
    return {
      role: row.role,
      keyId: row.id,
      name: row.name,
      affiliateId: row.affiliateId,
      affiliateIds: row.affiliateId ? await loadTree(db, row.affiliateId) : [],
      integrationId: row.integrationId,
      expiresAt: row.expiresAt,
    };
  };
}

/** Whether a stored key may be used at this time. */
export function isValid(key: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
}

/** Makes the key of VOLLEY_ADMIN_KEY valid, whatever happened to it before. */
export async function upsertAdminKey(db: Db, key: string, ids: Pick<Ids, 'row'>): Promise<void> {
  const valid = { role: 'ADMIN' as const, revokedAt: null, expiresAt: null };
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

/** An affiliate and everyone below it. Only introducing brokers have someone below. */
async function loadTree(db: Db, affiliateId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE tree AS (
      SELECT id FROM affiliate WHERE id = ${affiliateId}::uuid
      UNION SELECT a.id FROM affiliate a JOIN tree t ON a.parent_id = t.id
    ) SELECT id FROM tree`;
  return rows.map((row) => row.id);
}
