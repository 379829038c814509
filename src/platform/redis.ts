import { Cluster, Redis } from 'ioredis';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';

/** A connection to one Redis or to a Redis Cluster; commands are the same on both. */
export type RedisClient = Redis | Cluster;

/** Where changes of the connection are told; pino's logger fits. */
export type RedisLog = {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
};

/** Settings of {@link connectRedis}, all optional. */
export type ConnectRedisOptions = {
  /** Shown by `CLIENT LIST` and in the log: what the connection is for. */
  name?: string;
  /** A command without an answer fails after this many milliseconds; default 2,000. */
  commandTimeoutMs?: number;
  /** The first connection must stand after this many milliseconds; default 3,000. */
  readyTimeoutMs?: number;
  /** Put in front of every key. Without braces, which would move the hash tag. */
  keyPrefix?: string;
  log?: RedisLog;
  /** Source of reconnection jitter, 0 to 1. */
  random?: () => number;
};

/** Redis could not be used at start. The message names the address and the fix, never a password. */
export class RedisUnavailableError extends Error {
  override name = 'RedisUnavailableError';
  address: string;

  constructor(address: string, message: string) {
    super(message);
    this.address = address;
  }
}

/**
 * Connects to the Redis (6.2 or newer) that `url` names, see `parseRedisUrl`, and resolves when it
 * answers.
 *
 * Every command fails fast: at once while the connection is down (nothing is queued), at once when
 * it breaks under a command in flight (nothing is sent twice: a repeated XADD or claim would count
 * double, and the callers know how to repeat), and after `commandTimeoutMs` when no answer comes. A
 * connection that stays silent for twice that time is replaced. Reconnecting goes on for ever, at
 * most a second apart. The log hears of a lost and of a regained connection once each.
 *
 * @throws RedisUnavailableError when nothing answers within `readyTimeoutMs`, or the password is
 *   refused; Error when `url` is not a Redis address.
 */
export async function connectRedis(
  url: string,
  options: ConnectRedisOptions = {},
): Promise<RedisClient> {
  const target = parseRedisUrl(url);
  const redis = createClient(target, options);
  reportChanges(redis, { address: target.address, name: options.name }, options.log);
  try {
    await firstReady(redis, target.address, options.readyTimeoutMs ?? 3_000);
    // A cluster connects to a node with its first command and refuses those that come meanwhile.
    if (redis instanceof Cluster) {
      await Promise.allSettled(redis.nodes('master').map((node) => node.ping()));
    }
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}

/**
 * Calls whenever a connection that stood is lost, to any node of a cluster. What answers next may be a Redis that
 * was started again, or a replica that took its place: it may know less than the one before.
 */
export function onDisconnect(redis: RedisClient, listener: () => void): void {
  const watch = (node: Redis) => {
    let stood = node.status === 'ready';
    node.on('ready', () => {
      stood = true;
    });
    // Each try that fails to connect again is told as well.
    node.on('close', () => {
      if (stood) listener();
      stood = false;
    });
  };
  const nodes = redis instanceof Redis ? [redis] : redis.nodes();
  for (const node of nodes) watch(node);
  redis.on('+node', watch);
}

/** Closes the connection after the answers that are under way; at once when it is down. */
export async function closeRedis(redis: RedisClient): Promise<void> {
  await redis.quit().catch(() => redis.disconnect());
}

/**
 * Refuses a Redis that may evict keys: an evicted set loses scheduled work without a trace. When
 * the server does not let us read its configuration, that is logged and passes.
 *
 * @throws Error with one sentence that names the node, its policy and the command that repairs it.
 */
export async function checkRedisPolicy(redis: RedisClient, log?: RedisLog): Promise<void> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  for (const node of nodes) {
    const { path, host, port } = node.options;
    const address = path ?? `${host}:${port}`;
    const policy = await readPolicy(node).catch((error: Error) => {
      // Managed services forbid or rename CONFIG; an outage must not pass for that.
      if (!/NOPERM|unknown (sub)?command|not allowed/i.test(error.message)) throw error;
      log?.warn({ address, reason: error.message }, 'redis.policy_unknown');
      return null;
    });
    if (policy !== null && policy !== 'noeviction') {
      throw new Error(
        `Redis at ${address} may evict keys and with them scheduled postbacks (maxmemory-policy ` +
          `is ${policy}): run "CONFIG SET maxmemory-policy noeviction" there`,
      );
    }
  }
}

function createClient(target: RedisTarget, options: ConnectRedisOptions): RedisClient {
  const commandTimeout = options.commandTimeoutMs ?? 2_000;
  const random = options.random ?? Math.random;
  const retryStrategy = (times: number) => Math.min(1_000, 50 * 2 ** times) * (0.5 + random() / 2);
  const common = {
    connectionName: options.name,
    username: target.username,
    password: target.password,
    keyPrefix: options.keyPrefix,
    tls: target.tls ? {} : undefined,
    commandTimeout,
    // Without it a peer that vanished without a FIN is noticed by TCP after 15 minutes.
    socketTimeout: 2 * commandTimeout,
    // With the pause before the next try two clients of one Redis are back within 1.5 s of each other.
    connectTimeout: 1_500,
    // Its own guess of how long it will still load its file may be many times as long.
    maxLoadingRetryTime: 250,
    maxRetriesPerRequest: 0,
  };
  if (target.cluster) {
    return new Cluster(
      target.nodes.filter((node) => 'host' in node),
      {
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        // Two redirections of a moving slot and one more; a failover takes seconds anyway, and
        // until then every call would wait for the dead node as often as this says (100 ms each).
        maxRedirections: 4,
        // What broke with its connection is not sent again to whoever answers next: it may know less.
        retryDelayOnFailover: 0,
        // A node that says nothing is asked first now and then; the next one knows who took over.
        slotsRefreshTimeout: 500,
        redisOptions: common,
      },
    );
  }
  return new Redis({
    ...target.nodes[0],
    ...common,
    db: target.db,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy,
  });
}

/** ioredis tells every failed try as an error; this listens to all and logs changes only. */
function reportChanges(redis: RedisClient, facts: object, log?: RedisLog): void {
  let state: 'starting' | 'up' | 'down' = 'starting';
  let reason: string | undefined;
  // Only messages are kept: ioredis puts a refused AUTH with its arguments on the error itself.
  redis.on('error', (error: Error) => {
    reason = error.message;
  });
  redis.on('node error', (error: Error, node: string) => {
    reason = `${node}: ${error.message}`;
  });
  redis.on('reconnecting', () => {
    if (state !== 'up') return;
    state = 'down';
    log?.warn({ ...facts, reason }, 'redis.lost');
  });
  redis.on('ready', () => {
    if (state === 'down') log?.info(facts, 'redis.regained');
    state = 'up';
    reason = undefined;
  });
}

function firstReady(redis: RedisClient, address: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let reason = 'no answer';
    const fail = (sentence: string) => {
      finish();
      reject(new RedisUnavailableError(address, `Redis at ${address} ${sentence}`));
    };
    const onError = (error: Error & { lastNodeError?: Error }) => {
      reason = (error.lastNodeError ?? error).message || 'connection refused';
      // Waiting does not change a wrong password.
      if (/WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(reason)) {
        fail(`refuses the user name or password in REDIS_URL (${reason})`);
      }
    };
    const onReady = () => {
      finish();
      resolve();
    };
    const timer = setTimeout(() => {
      fail(
        `is not ready after ${timeoutMs} ms (${reason}): start it there, or set REDIS_URL to ` +
          'where it runs, or unset REDIS_URL to use the embedded one',
      );
    }, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      redis.off('error', onError);
      redis.off('ready', onReady);
    };
    redis.on('error', onError);
    redis.once('ready', onReady);
    // It rejects when the first try fails; the tries after it and the timer decide.
    redis.connect().catch(() => {});
  });
}

async function readPolicy(node: Redis): Promise<string | null> {
  const [, policy] = (await node.config('GET', 'maxmemory-policy')) as string[];
  return policy ?? null;
}
