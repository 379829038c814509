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
import type { Prisma } from '../store/generated/client/client.ts';
import { hashKey, isValid, mintKey, whereValid } from './api-keys.ts';

type Deps = { db: Db; ids: Pick<Ids, 'row' | 'secret'>; clock: Clock };
type Transaction = Prisma.TransactionClient;

/** A key that was made: its secret is shown here once and stored nowhere. */
export type IssuedKey = { id: string; secret: string };

/** Valid keys of one role and owner. */
const MAX_KEYS = 1_000;

const name = text(100);
const role = z.enum(['ADMIN', 'VIEWER', 'INTEGRATION', 'AFFILIATE']);
const expiresAt = z.date().nullish();
const keyInput = z.object({
  name,
  role,
  affiliateId: z.string().nullish(),
  integrationId: z.string().nullish(),
  persistedOnly: z.boolean().nullish(),
  expiresAt,
});

/** Makes a key. AFFILIATE and INTEGRATION keys name whose they are, the others name nobody. */
export async function createApiKey(
  deps: Deps & { hasPersistedOperations: boolean },
  input: unknown,
): Promise<IssuedKey> {
  const { affiliateId = null, integrationId = null, ...given } = parseInput(keyInput, input);
  const key = { ...given, persistedOnly: given.persistedOnly ?? false };
  if (key.persistedOnly && !deps.hasPersistedOperations) throw nothingPersisted();
  checkOwner(key.role, 'AFFILIATE', 'affiliateId', affiliateId);
  checkOwner(key.role, 'INTEGRATION', 'integrationId', integrationId);
  checkExpiry(deps, key.expiresAt);
  if (affiliateId && !(await deps.db.affiliate.findUnique({ where: { id: affiliateId } }))) {
    throw new NotFoundError('no affiliate has this affiliateId');
  }
  if (integrationId && !(await deps.db.integration.findUnique({ where: { id: integrationId } }))) {
    throw new NotFoundError('no integration has this integrationId');
  }
  return oneAfterTheOther(deps.db, async (tx) => {
    const data = { ...key, affiliateId, integrationId };
    await checkRoom(tx, data, deps.clock.now());
    return issue(deps, tx, data);
  });
}

/** Makes an ADMIN key when there is no valid one, of this process or another; null when there is. */
export async function createFirstAdminKey(deps: Deps): Promise<IssuedKey | null> {
  return oneAfterTheOther(deps.db, async (tx) => {
    const where = { role: 'ADMIN' as const, ...whereValid(deps.clock.now()) };
    if ((await tx.apiKey.count({ where })) > 0) return null;
    return issue(deps, tx, { name: 'First admin', role: 'ADMIN' });
  });
}

/** A rotated key stays valid this long, so that its users can change over. */
const OVERLAP_MS = 24 * 3600 * 1000;

/**
 * Makes a key with the same name and rights; the old one stays valid for 24 hours.
 * @param input `expiresAt` of the new key; that of the old one when it is left out
 */
export async function rotateApiKey(
  deps: Deps,
  id: string,
  input: { expiresAt?: Date | null | undefined } = {},
): Promise<IssuedKey> {
  checkExpiry(deps, input.expiresAt);
  return oneAfterTheOther(deps.db, async (tx) => {
    const old = await tx.apiKey.findUnique({ where: { id } });
    if (!old) throw new NotFoundError('no API key has this apiKeyId');
    const now = deps.clock.now();
    if (!isValid(old, now)) {
      throw new ConflictError('this key is revoked or expired: make a new one');
    }
    if (old.replacedById)
      throw new ConflictError('this key was rotated before: rotate the new one');
    const { name, role, affiliateId, integrationId, persistedOnly } = old;
    const data = { name, role, affiliateId, integrationId, persistedOnly };
    const issued = await issue(deps, tx, { ...data, expiresAt: input.expiresAt ?? old.expiresAt });
    const overlap = new Date(now.getTime() + OVERLAP_MS);
    const until = old.expiresAt && old.expiresAt < overlap ? old.expiresAt : overlap;
    await tx.apiKey.update({ where: { id }, data: { expiresAt: until, replacedById: issued.id } });
    return issued;
  });
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
  role: z.output<typeof role>;
  affiliateId?: string | null;
  integrationId?: string | null;
  persistedOnly?: boolean;
  expiresAt?: Date | null | undefined;
};

async function issue({ ids }: Deps, tx: Transaction, data: KeyData): Promise<IssuedKey> {
  const { id, secret } = mintKey(ids);
  await tx.apiKey.create({
    data: { ...data, id, secretHash: hashKey(secret), lastFour: secret.slice(-4) },
  });
  return { id, secret };
}

/** What is checked of the other keys must still be true when the new one is there. */
function oneAfterTheOther<Result>(
  db: Db,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('volley api keys'))`;
    return work(tx);
  });
}

/** Names tell the valid keys of one role and owner apart; only a rotated key shares its successor's. */
async function checkRoom(tx: Transaction, data: KeyData, now: Date): Promise<void> {
  const { name, role, affiliateId = null, integrationId = null } = data;
  const siblings = { role, affiliateId, integrationId, ...whereValid(now) };
  if (await tx.apiKey.findFirst({ where: { ...siblings, name } })) {
    const message = `a valid key of this role and owner is named ${JSON.stringify(name)}: take another name, or rotate that key`;
    throw new ConflictError(message);
  }
  const count = await tx.apiKey.count({ where: siblings });
  if (count < MAX_KEYS) return;
  const message = `this role and owner has ${count} valid keys, ${MAX_KEYS} at most are allowed: revoke some`;
  throw new ConflictError(message);
}

function checkExpiry({ clock }: Pick<Deps, 'clock'>, expiresAt: Date | null | undefined): void {
  if (!expiresAt || expiresAt > clock.now()) return;
  throw new InvalidInputError([{ path: ['expiresAt'], message: 'must be in the future' }]);
}

/** Such a key could run nothing at all. */
function nothingPersisted(): InvalidInputError {
  const message = 'no persisted operations are configured here: set VOLLEY_PERSISTED_OPERATIONS';
  return new InvalidInputError([{ path: ['persistedOnly'], message }]);
}

function checkOwner(role: string, ownerRole: string, field: string, owner: string | null): void {
  if (role === ownerRole && !owner) {
    throw new InvalidInputError([{ path: [field], message: `a key of role ${role} needs it` }]);
  }
  if (role !== ownerRole && owner) {
    throw new InvalidInputError([
      { path: [field], message: `is only for keys of role ${ownerRole}` },
    ]);
  }
}
