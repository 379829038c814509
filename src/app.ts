import { upsertAdminKey } from './access/api-keys.ts';
import { createFirstAdminKey } from './access/issue-key.ts';
import { createWall } from './access/wall.ts';
import { openApi } from './api.ts';
import { openCallers } from './callers.ts';
import type { Config } from './config.ts';
import { openDelivery } from './delivery.ts';
import { createReceiveEcho } from './echo/receive-echo.ts';
import { openEncryptionKeys } from './embedded/encryption-keys.ts';
import { openServices } from './embedded/services.ts';
import { createClientAddress } from './http/client-address.ts';
import { createCors } from './http/cors.ts';
import { serveGraphqlWs } from './http/graphql-ws.ts';
import { closeServer, listen } from './http/listen.ts';
import { answerHeaders } from './http/security-headers.ts';
import { createHttpServer } from './http/server.ts';
import { openIntake } from './intake.ts';
import { createChangeWatch } from './live/change-watch.ts';
import { createValueWatch } from './live/value-watch.ts';
import { openLiveLogs } from './live-logs.ts';
import { createMetricsPage } from './metrics-page.ts';
import { createPixelSecrets } from './pixels/secrets.ts';
import { resealSecrets } from './pixels/secrets-reseal.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { StartError, toError } from './platform/failure.ts';
import { createFaultPoint } from './platform/fault-point.ts';
import { type Ids, systemIds } from './platform/ids.ts';
import { within } from './platform/lifecycle.ts';
import type { Log } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { systemRandom, systemRandomBytes } from './platform/random.ts';
import { checkRedisPolicy, closeRedis, connectRedis } from './platform/redis.ts';
import { createReport } from './platform/report.ts';
import { createSeal } from './platform/seal.ts';
import { createDestinationControl } from './postbacks/destination-control.ts';
import { createDestinationSync } from './postbacks/destination-sync.ts';
import { createReconcile } from './postbacks/reconcile.ts';
import { createPostbackRequests } from './postbacks/replay.ts';
import { createSchedule } from './postbacks/schedule.ts';
import { createDelayedQueue } from './queue/delayed-queue.ts';
import { openAttemptLog } from './store/attempt-log.ts';
import { openDatabase } from './store/database.ts';
import { readDestinationChanges } from './store/destinations.ts';
import { pageOpenPostbacks } from './store/open-postbacks.ts';
import { withShardLocks } from './store/shard-locks.ts';
import { warmUp } from './store/warm-up.ts';
import { startWorker, type Worker } from './worker.ts';

/** Viewers of destinations hear of a change within this, and a look. */
const LOOK_FOR_CHANGES_MS = 500;

/** Watched counts are read again after this even when nothing was announced: holds and cancels are not. */
const REFRESH_COUNTS_MS = 15_000;

/** What tests may replace: time and chance. */
export type AppOverrides = {
  clock?: Clock;
  ids?: Ids;
  random?: () => number;
  /** Milliseconds added to Redis' clock; PostgreSQL's is moved through `volley_now()`. */
  clockOffsetMs?: () => number;
  /** How long a worker with nothing to do rests: time that is moved rings no bell. */
  restMs?: number;
};

export type App = AsyncDisposable & {
  /** Where it serves, for example `http://127.0.0.1:4000`. */
  url: string;
  /** The ADMIN key that was made because there was none; null otherwise. Not readable again. */
  newAdminKey: string | null;
  /** Which services it runs on, in words. */
  notes: string[];
};

/**
 * The composition root, to be read from top to bottom: everything is made here, once, and stopped in
 * reverse. Disposing drains: no new claims, attempts in flight finish, sockets close with 1001, and
 * the embedded services stop last.
 */
export async function createApp(
  config: Config,
  log: Log,
  overrides: AppOverrides = {},
): Promise<App> {
  const { clock = systemClock, ids = systemIds, random = systemRandom } = overrides;
  await using stack = new AsyncDisposableStack();
  const runsApi = config.role !== 'worker';
  const runsWorker = config.role !== 'api';
  const metrics = createMetrics();
  const report = createReport(log, metrics);

  // Stores
  const services = stack.use(await openServices(config, log));
  const { db, sql, hot, transact, binding } = stack.use(openDatabase(services.databaseUrl, log));
  const wall = createWall({ db, sql, transact }, binding);
  const installation = await db.installation.findFirstOrThrow();
  const prefix = `volley:${installation.id.slice(0, 8)}`;
  const redis = await orStartError(
    connectRedis(services.redisUrl, { name: 'volley', log, random }),
  );
  stack.defer(() => closeRedis(redis));
  await orStartError(checkRedisPolicy(redis, log));

  // Signing: keys that were named seal, those beside an embedded database open what they sealed before
  const besideDatabase = config.databaseUrl
    ? []
    : openEncryptionKeys(config.dataDir, systemRandomBytes, { make: !config.encryptionKeys });
  const [sealKey, ...olderKeys] = [...(config.encryptionKeys ?? []), ...besideDatabase];
  const seal = sealKey ? createSeal([sealKey, ...olderKeys], systemRandomBytes) : null;
  const secrets = createPixelSecrets(seal, systemRandomBytes);

  // The clock: what is due, and putting back what Redis lost
  const queue = createDelayedQueue({
    redis,
    prefix: `${prefix}:pb`,
    leaseMs: config.leaseMs,
    ...(overrides.clockOffsetMs && { clockOffsetMs: overrides.clockOffsetMs }),
  });
  const monotonicMs = () => performance.now();
  const shiftedMs = () => monotonicMs() + (overrides.clockOffsetMs?.() ?? 0);
  const reconcile = createReconcile({
    page: (which) => pageOpenPostbacks(hot, which),
    affiliateIds: async () =>
      (await db.affiliate.findMany({ select: { id: true } })).map(({ id }) => id),
    queue,
    exclusively: (shards, work) => withShardLocks(transact, shards, work),
    makeToken: ids.row,
    leaseMs: config.leaseMs,
    nowMs: shiftedMs,
  });
  let worker: Worker | null = null;
  const schedule = createSchedule({
    queue,
    reach: createFaultPoint(config.faultAt),
    poke: () => worker?.poke(),
    onDeferred: report.scheduleDeferred,
  });

  // The loudspeaker: what happens, told to those who watch
  const attemptLog = openAttemptLog(sql);
  const live = stack.use(
    await openLiveLogs({ ...{ sql, attemptLog, redis, prefix }, onFault: report.loopFailed }),
  );
  const destinationChanges = createChangeWatch({
    read: (since) => readDestinationChanges(hot, since),
    everyMs: LOOK_FOR_CHANGES_MS,
    onFault: (thrown) => report.loopFailed('read destination changes', thrown),
  });
  const postbackCounts = createValueWatch({ everyMs: 1_000, refreshMs: REFRESH_COUNTS_MS });

  // Accept, batched
  const intake = stack.use(openIntake({ db, sql, hot, ids, clock, schedule, live, report }));

  // Who asks: keys, tokens, how much they may, and what is open with them
  const callers = stack.use(openCallers({ config, hot, redis, prefix, clock, runsApi, report }));

  // Echo receivers: what arrives at them, over a socket or from this process itself
  let url = '';
  const publicUrl = () => config.publicUrl ?? url;
  const receiveEcho = createReceiveEcho({
    ...{ sql, ids, rateLimit: callers.rateLimit },
    announce: live.echoes.announce,
  });

  // Firing
  const destinations = createDestinationControl({
    nowMs: shiftedMs,
    random,
    onChange: (change) => destinationSync.save(change),
  });
  const destinationSync = createDestinationSync({ sql: hot, control: destinations, report });
  const { fire, depths } = stack.use(
    openDelivery({
      ...{ config, sql: hot, queue, secrets, clock, monotonicMs, random, report },
      announce: live.attempts.announce,
      answered: destinations.answered,
      makeId: ids.row,
      ...{ publicUrl, receiveEcho },
    }),
  );

  // Serving
  const api = runsApi
    ? stack.use(
        await openApi({
          ...{ config, spoolDir: services.spoolDir, db, sql, wall, callers, intake, secrets },
          ...{ attemptLog, live, postbackCounts, destinationChanges, publicUrl, receiveEcho },
          requests: createPostbackRequests({
            ...{ ids, clock, schedule, fire },
            cancel: queue.cancel,
            leaseMs: config.leaseMs,
          }),
          ...{ ids, clock, log, report },
        }),
      )
    : null;
  let notReadyBecause: string | null = 'starting';
  const clientAddress = createClientAddress(config);
  const cors = createCors({ origins: config.corsOrigins, publicUrl: config.publicUrl });
  const makeRequestId = ids.row;
  const server = createHttpServer({
    api: api?.routes ?? null,
    notReady: async () => {
      if (notReadyBecause) return notReadyBecause;
      const answer = await within(1_000, sql.query('SELECT 1')).catch(() => undefined);
      return answer ? null : 'PostgreSQL does not answer';
    },
    ailment: () => worker?.ailment() ?? null,
    metrics: createMetricsPage({
      ...{ metrics, queue, sql: hot, worker: () => worker, held: () => destinations.held.length },
      viewers: () => live.viewers,
      sessions: () => callers.sessions.count,
      spooled: () => api?.spooled ?? 0,
      uploads: () => api?.uploading ?? 0,
      waiting: () => ({ ...intake.depths(), ...depths() }),
    }),
    ...{ clientAddress, makeRequestId, cors, log },
    headers: answerHeaders(config.publicUrl),
  });
  const port = await listen(server, config.port, config.host);
  url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  stack.defer(() => closeServer(server));
  stack.defer(async () => {
    const streams = [live, postbackCounts, destinationChanges];
    await Promise.all(streams.map((it) => it.close()));
  });
  stack.defer(async () => api?.stopUploads());
  if (api) {
    const { graphql, persisted } = api;
    const { authenticateAt, sessions } = callers;
    stack.use(
      serveGraphqlWs({
        ...{ server, graphql, persisted, authenticateAt, sessions, cors, clientAddress },
        makeRequestId,
      }),
    );
  }

  // Keys: the one that was asked for, or a first one
  let newAdminKey: string | null = null;
  const starting = wall.acting('start', { operation: 'start' });
  if (config.adminKey) await upsertAdminKey(starting.db, config.adminKey, ids);
  else if (runsApi) {
    newAdminKey = (await createFirstAdminKey({ db: starting.db, ids, clock }))?.secret ?? null;
  }

  // Secrets: sealed with the newest key before anybody takes an older one away
  if (runsApi && seal) {
    const resealed = await resealSecrets({ sql, seal }, (thrown, facts) =>
      report.loopFailed('seal a signing secret anew', thrown, facts),
    );
    if (resealed > 0) log.info({ resealed }, 'secrets.resealed');
  }

  // Working
  if (runsWorker) {
    await warmUp(hot);
    worker = stack.use(
      await startWorker({
        ...{ config, sql, transact, queue, fire, reconcile, destinations, destinationSync },
        ...{ schedule, ids, clock, monotonicMs, log, report },
        ...(overrides.restMs && { restMs: overrides.restMs }),
      }),
    );
  }

  notReadyBecause = null;
  stack.defer(() => {
    notReadyBecause = 'draining';
  });
  const running = stack.move();
  return {
    url,
    newAdminKey,
    notes: services.notes,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What cannot be used at the start is told in its own sentence, without a trace. */
async function orStartError<Value>(opening: Promise<Value>): Promise<Value> {
  try {
    return await opening;
  } catch (thrown) {
    throw new StartError(toError(thrown).message, { cause: thrown });
  }
}
