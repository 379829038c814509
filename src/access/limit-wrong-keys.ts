import { LRUCache } from 'lru-cache';
import { digestOf, InvalidKeyError } from './api-keys.ts';
import type { Authenticate } from './authenticate.ts';
import { payerAt } from './payer.ts';
import type { RateLimit } from './rate-limit.ts';
import type { KeyViewer } from './viewer.ts';

/**
 * Answers who a key or token stands for that was presented from an address.
 *
 * @throws what `Authenticate` throws, and RateLimitedError (as a rejection) when too many wrong ones came
 * from there.
 */
export type AuthenticateAt = (credential: string, address: string | null) => Promise<KeyViewer>;

type Deps = {
  authenticate: Authenticate;
  rateLimit: Pick<RateLimit, 'check' | 'charge'>;
};

/** Only right ones are remembered, so that nobody can push them out with what is made up. */
const MAX_KNOWN = 10_000;

/**
 * Limits wrong keys and tokens by the address they come from. At an address that has used its share only
 * those pass that were right before in this process: whoever guesses behind a proxy must not lock out
 * those who come through the same one. A wrong one costs its point when it is found to be wrong, so right
 * ones that come together never count; those under way at that moment are still answered.
 */
export function limitWrongKeys({ authenticate, rateLimit }: Deps): AuthenticateAt {
  const known = new LRUCache<string, true>({ max: MAX_KNOWN });
  return async (credential, address) => {
    const digest = digestOf(credential);
    if (!known.get(digest)) rateLimit.check('wrongKeys', payerAt(address), 1);
    try {
      const viewer = await authenticate(credential);
      known.set(digest, true);
      return viewer;
    } catch (thrown) {
      if (thrown instanceof InvalidKeyError) {
        known.delete(digest);
        rateLimit.charge('wrongKeys', payerAt(address), 1);
      }
      throw thrown;
    }
  };
}
