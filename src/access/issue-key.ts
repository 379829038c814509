import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  parseInput,
  text,
} from '../platform/refusals.ts';
import type { Db } from '../store/database.ts';
import { hashKey, isValid, mintKey } from './api-keys.ts';

type Deps = { db: Db; ids: Pick<Ids, 'row' | 'secret'>; clock: Clock };

/** A key that was made: its secret is shown here once and stored nowhere. */
export type IssuedKey = { id: string; secret: string };

const keyInput = z.object({
  name: text(100),
  role: z.enum(['ADMIN', 'VIEWER', 'INTEGRATION', 'AFFILIATE']),
  affiliateId: z.string().nullish(),
  integrationId: z.string().nullish(),
  expiresAt: z.date().nullish(),
});

/** Makes a key. AFFILIATE and INTEGRATION keys name whose they are, the others name nobody. */
export async function createApiKey(deps: Deps, input: unknown): Promise<IssuedKey> {
  const { name, role, affiliateId, integrationId, expiresAt } = parseInput(keyInput, input);
  checkOwner(role, 'AFFILIATE', 'affiliateId', affiliateId);
  checkOwner(role, 'INTEGRATION', 'integrationId', integrationId);
  if (expiresAt && expiresAt <= deps.clock.now()) {
    throw new InvalidInputError([{ path: ['expiresAt'], message: 'must be in the future' }]);
  }
  if (affiliateId && !(await deps.db.affiliate.findUnique({ where: { id: affiliateId } }))) {
    throw new NotFoundError('no affiliate has this affiliateId');
  }
  if (integrationId && !(await deps.db.integration.findUnique({ where: { id: integrationId } }))) {
    throw new NotFoundError('no integration has this integrationId');
  }
  return issue(deps, { name, role, affiliateId, integrationId, expiresAt });
}

/** A rotated key stays valid this long, so that its users can change over. */
const OVERLAP_MS = 24 * 3600 * 1000;

/** Makes a key with the same rights; the old one stays valid for 24 hours. */
export async function rotateApiKey(deps: Deps, id: string): Promise<IssuedKey> {
  const old = await deps.db.apiKey.findUnique({ where: { id } });
  if (!old) throw new NotFoundError('no API key has this apiKeyId');
  const now = deps.clock.now();
  if (!isValid(old, now)) throw new ConflictError('this key is revoked or expired: make a new one');
  const { name, role, affiliateId, integrationId, expiresAt } = old;
  const issued = await issue(deps, { name, role, affiliateId, integrationId, expiresAt });
  const overlap = new Date(now.getTime() + OVERLAP_MS);
  const until = expiresAt && expiresAt < overlap ? expiresAt : overlap;
  await deps.db.apiKey.update({ where: { id }, data: { expiresAt: until } });
  return issued;
}

/** Makes a key invalid from now on; doing so twice is harmless. */
export async function revokeApiKey({ db, clock }: Deps, id: string): Promise<string> {
  if (!(await db.apiKey.findUnique({ where: { id } }))) {
    throw new NotFoundError('no API key has this apiKeyId');
  }
  await db.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: clock.now() } });
  return id;
}

type KeyData = {
  name: string;
  role: z.output<typeof keyInput>['role'];
  affiliateId?: string | null | undefined;
  integrationId?: string | null | undefined;
  expiresAt?: Date | null | undefined;
};

async function issue({ db, ids }: Deps, data: KeyData): Promise<IssuedKey> {
  const { id, secret } = mintKey(ids);
  await db.apiKey.create({
    data: { ...data, id, secretHash: hashKey(secret), lastFour: secret.slice(-4) },
  });
  return { id, secret };
}

function checkOwner(role: string, ownerRole: string, field: string, owner?: string | null): void {
  if (role === ownerRole && !owner) {
    throw new InvalidInputError([{ path: [field], message: `a key of role ${role} needs it` }]);
  }
  if (role !== ownerRole && owner) {
    throw new InvalidInputError([
      { path: [field], message: `is only for keys of role ${ownerRole}` },
    ]);
  }
}
