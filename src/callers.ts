import { RateLimiterRedis } from 'rate-limiter-flexible';
import { createAuthenticate } from './access/authenticate.ts';
import { createKeyUsage } from './access/key-usage.ts';
import { type AuthenticateAt, limitWrongKeys } from './access/limit-wrong-keys.ts';
import { createRateLimit, type RateLimit } from './access/rate-limit.ts';
import { createSessions, type Sessions } from './access/sessions.ts';
import { openTokenKeys } from './access/token-keys.ts';
import { createVerifyToken } from './access/verify-token.ts';
import type { Config } from './config.ts';
import type { Clock } from './platform/clock.ts';
import { soon } from './platform/lifecycle.ts';
import type { RedisClient } from './platform/redis.ts';
import type { Report } from './platform/report.ts';
import { readRights, saveKeyUse } from './store/api-keys.ts';
import type { Sql } from './store/database.ts';

type Deps = {
  config: Pick<Config, 'rateLimits' | 'tokens'>;
  /** A process without the API reads no keys of tokens. */
  runsApi: boolean;
  hot: Sql;
  redis: RedisClient;
  /** What keys of this installation begin with. */
  prefix: string;
  clock: Clock;
  report: Report;
};

/** Who asks, how much they may, and what is open with their keys. Disposing saves when keys were used. */
export type Callers = AsyncDisposable & {
  rateLimit: RateLimit;
  authenticateAt: AuthenticateAt;
  sessions: Sessions;
  /** Says that this process changed what keys give: it is read anew, and open sessions are looked at. */
  rightsChanged: () => void;
};

/** What one process has counted, others know this much later, and a round trip. */
const SHARE_RATE_LIMITS_MS = 100;

/** Callers of one process; what they may is shared with the others through PostgreSQL and Redis. */
export function openCallers(deps: Deps): Callers {
  const { config, runsApi, hot, redis, prefix, clock, report } = deps;
  const stack = new AsyncDisposableStack();
  const onFault = (what: string) => (thrown: unknown) => report.loopFailed(what, thrown);
  // First, as it may throw: nothing is to be stopped by then.
  let verifyToken = null;
  if (config.tokens && runsApi) {
    const { source, rules } = config.tokens;
    const keys = stack.use(openTokenKeys(source, onFault('read the keys of tokens')));
    verifyToken = createVerifyToken({ keys, rules, clock });
  }
  const rateLimit = createRateLimit({
    limits: config.rateLimits,
    store: new RateLimiterRedis({
      ...{ storeClient: redis, keyPrefix: `${prefix}:rate`, points: 0, duration: 60 },
    }),
    clock,
    shareSoon: () => sharing.ask(),
    onRefused: report.rateLimited,
    onFault: onFault('share rate limits'),
  });
  const sharing = stack.use(
    soon(SHARE_RATE_LIMITS_MS, rateLimit.share, onFault('share rate limits')),
  );

  const keyUsage = stack.use(
    createKeyUsage({
      clock,
      save: (uses) => saveKeyUse(hot, uses),
      onFault: onFault('save when keys were used'),
    }),
  );
  const onUse = keyUsage.note;
  const { authenticate, forget } = createAuthenticate({ sql: hot, clock, verifyToken, onUse });
  const sessions = createSessions({
    readRights: readRights.bind(null, hot),
    ...{ clock, onUse, onChange: forget, onFault: onFault('check open keys') },
  });
  return {
    rateLimit,
    authenticateAt: limitWrongKeys({ authenticate, rateLimit }),
    sessions,
    rightsChanged() {
      forget();
      sessions.look();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
