import type { Clock } from '../platform/clock.ts';
import { createFreshCache } from '../platform/fresh-cache.ts';
import {
  findIntegrations,
  findKeys,
  findTrees,
  type KeyRow,
  type TreeRow,
} from '../store/api-keys.ts';
import type { Sql } from '../store/database.ts';
import { digestOf, InvalidKeyError, isValid } from './api-keys.ts';
import { invalid, looksLikeToken, type VerifiedToken } from './verify-token.ts';
import type { KeyViewer } from './viewer.ts';

/**
 * Answers who a presented key or token stands for.
 *
 * @throws InvalidKeyError (as a rejection) when it is not valid.
 * @throws TokenKeysUnavailableError (as a rejection) when a token cannot be checked now.
 */
export type Authenticate = (credential: string) => Promise<KeyViewer>;

export type Authenticator = {
  authenticate: Authenticate;
  /** Forgets what keys and tokens give: something about it was changed by this process. */
  forget(): void;
};

type Deps = {
  sql: Sql;
  clock: Clock;
  /** Null: tokens are not taken. */
  verifyToken: ((token: string) => Promise<VerifiedToken>) | null;
  /** Is told of each use of a key; must be quick. */
  onUse: (key: { id: string; lastUsedAt: Date | null }) => void;
};

/** What another process revokes is refused after this and one round trip: within a second. */
const FRESH_MS = 500;

/**
 * Keys are remembered for half a second, so that a busy key costs two reads a second and not one per
 * request. Wrong ones are not: each costs the same read, whatever is wrong with it, and those that come
 * together are read together.
 */
export function createAuthenticate({ sql, clock, verifyToken, onUse }: Deps): Authenticator {
  const ifValid = (key: KeyRow | null) => (key && isValid(key, clock.now()) ? key : null);
  const keys = createFreshCache<KeyRow>({
    load: async (hashes) => (await findKeys(sql, hashes)).map(ifValid),
    freshMs: FRESH_MS,
  });
  const trees = createFreshCache<TreeRow>({
    load: (affids) => findTrees(sql, affids),
    freshMs: FRESH_MS,
  });
  const integrations = createFreshCache<{ id: string }>({
    load: (names) => findIntegrations(sql, names),
    freshMs: FRESH_MS,
  });

  async function viewerOfKey(text: string): Promise<KeyViewer> {
    // Asked again of a remembered one: it may have expired since.
    const key = ifValid(await keys.find(digestOf(text)));
    if (!key) throw new InvalidKeyError();
    onUse(key);
    const { id: keyId, name, role, persistedOnly, expiresAt } = key;
    const { affiliateId, affiliateIds, integrationId } = key;
    const owner = { affiliateId, affiliateIds, integrationId };
    return { role, keyId, subject: null, name, ...owner, persistedOnly, expiresAt };
  }

  async function viewerOfToken(token: VerifiedToken): Promise<KeyViewer> {
    const { subject, name, role, affid, integration, expiresAt } = token;
    const tree = affid === null ? null : await trees.find(affid);
    if (affid !== null && !tree) throw invalid(`no affiliate has the code of claim volley_affid`);
    const reporter = integration === null ? null : await integrations.find(integration);
    if (integration !== null && !reporter) {
      throw invalid('no integration has the name of claim volley_integration');
    }
    return {
      ...{ role, keyId: null, subject, name, persistedOnly: false, expiresAt },
      affiliateId: tree?.id ?? null,
      affiliateIds: tree?.affiliateIds ?? [],
      integrationId: reporter?.id ?? null,
    };
  }

  return {
    authenticate: async (credential) =>
      verifyToken && looksLikeToken(credential)
        ? viewerOfToken(await verifyToken(credential))
        : viewerOfKey(credential),
    forget() {
      for (const cache of [keys, trees, integrations]) cache.clear();
    },
  };
}
