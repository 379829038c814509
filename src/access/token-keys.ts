import { createSecretKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { every } from '../platform/lifecycle.ts';

/** Tokens cannot be checked now: the keys that sign them could not be read. */
export class TokenKeysUnavailableError extends Error {
  override readonly name = 'TokenKeysUnavailableError';
  constructor(cause: unknown) {
    super('this token cannot be checked now: the keys of its issuer cannot be read', { cause });
  }
}

/** Where the keys come from that tokens are signed with. */
export type TokenKeySource = { secret: Uint8Array } | { jwks: URL };

/** Finds the key of a token. */
export type TokenKeys = { find: JWTVerifyGetKey } & AsyncDisposable;

/** The set is read again this often, so a key that was taken out of it is refused after a minute. */
const REFRESH_MS = 60_000;
/** A token of an unknown key makes the set be read again, but not more often than this. */
const COOLDOWN_MS = 5_000;
/** An issuer that takes longer than this for its keys is as good as down. */
const TIMEOUT_MS = 3_000;

/**
 * Keys of an issuer: a shared secret, or a JWKS at an http, https or file URL. A set that was read once
 * goes on counting while its place does not answer.
 * @param onFault is told when the set could not be read
 */
export function openTokenKeys(
  source: TokenKeySource,
  onFault: (thrown: unknown) => void,
): TokenKeys {
  if ('secret' in source) {
    const key = createSecretKey(source.secret);
    return { find: async () => key as never, async [Symbol.asyncDispose]() {} };
  }
  const set = createRemoteJWKSet(source.jwks, {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: TIMEOUT_MS,
    ...(source.jwks.protocol === 'file:' && { [customFetch]: readFileAsResponse }),
  });
  set.reload().catch(onFault);
  const refreshing = every(REFRESH_MS, set.reload, onFault);
  return {
    async find(header, token) {
      try {
        return await set(header, token);
      } catch (thrown) {
        throw saysNothingOfTheSet(thrown) ? thrown : new TokenKeysUnavailableError(thrown);
      }
    },
    [Symbol.asyncDispose]: () => refreshing[Symbol.asyncDispose](),
  };
}

/** The token's own fault: it names no key, or one that is not in the set. */
function saysNothingOfTheSet(thrown: unknown): boolean {
  return (
    thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys
  );
}

async function readFileAsResponse(url: string): Promise<Response> {
  return new Response(await readFile(new URL(url)));
}
