import { join } from 'node:path';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { upsertAdminKey } from './access/api-keys.ts';
import { createAuthenticate } from './access/authenticate.ts';
import { createFirstAdminKey } from './access/issue-key.ts';
import { createKeyUsage } from './access/key-usage.ts';
import { limitWrongKeys } from './access/limit-wrong-keys.ts';
import { createRateLimit } from './access/rate-limit.ts';
import { createSessions } from './access/sessions.ts';
import { openTokenKeys } from './access/token-keys.ts';
import { createVerifyToken } from './access/verify-token.ts';
import { createWall } from './access/wall.ts';
import { createCatalog } from './catalog/catalog.ts';
import { locateNothing, openLocator } from './clicks/locate.ts';
import { createRecordClick } from './clicks/record-click.ts';
import { createRedirect } from './clicks/redirect.ts';
import { openClickSpool, spoolClicks } from './clicks/spool.ts';
import type { Config } from './config.ts';
import { openDelivery } from './delivery.ts';
import { readOwnEcho } from './echo/echo-url.ts';
import { createReceiveEcho } from './echo/receive-echo.ts';
import { openEncryptionKeys } from './embedded/encryption-keys.ts';
import { openServices } from './embedded/services.ts';
import { createAttributeWaiting } from './events/attribute-waiting.ts';
import { openCsvUploads } from './events/csv-upload.ts';
import { createIngest } from './events/ingest.ts';
import { createRecordEvent } from './events/record-event.ts';
import { createStoreEvents, type StoredEvent, type StoreEventItem } from './events/store-events.ts';
import type { Services } from './graphql/context.ts';
import { answerAuditCsv } from './http/audit-csv.ts';
import { createClientAddress } from './http/client-address.ts';
import { createCors } from './http/cors.ts';
import { createEventsCsv, integrationIdOf, noteUpload } from './http/events-csv.ts';
import { createGraphiql } from './http/graphiql.ts';
import { createGraphql, type Graphql } from './http/graphql-http.ts';
import { createGraphqlRoute } from './http/graphql-route.ts';
import { serveGraphqlWs } from './http/graphql-ws.ts';
import { openMonitor } from './http/monitor.ts';
import { readMonitorDocuments } from './http/monitor-documents.ts';
import { createPersistedOperations } from './http/persisted-operations.ts';
import { answerReportCsv } from './http/report-csv.ts';
import { answerHeaders } from './http/security-headers.ts';
import { createHttpServer, listen } from './http/server.ts';
import { createChangeWatch } from './live/change-watch.ts';
import { createValueWatch } from './live/value-watch.ts';
import { openLiveLogs } from './live-logs.ts';
import { createPixelSecrets } from './pixels/secrets.ts';
import { resealSecrets } from './pixels/secrets-reseal.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { coalesce } from './platform/coalescer.ts';
import { StartError, toError } from './platform/failure.ts';
import { createFaultPoint } from './platform/fault-point.ts';
import { type Ids, systemIds } from './platform/ids.ts';
import { isolate } from './platform/isolate.ts';
import { every, within } from './platform/lifecycle.ts';
import type { Log } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { systemRandom, systemRandomBytes } from './platform/random.ts';
import { checkRedisPolicy, closeRedis, connectRedis } from './platform/redis.ts';
import { createReport } from './platform/report.ts';
import { createSeal } from './platform/seal.ts';
import { createDestinationControl } from './postbacks/destination-control.ts';
import { createDestinationSync } from './postbacks/destination-sync.ts';
import { readQueueFigures } from './postbacks/queue-figures.ts';
import { createReconcile } from './postbacks/reconcile.ts';
import { createPostbackRequests } from './postbacks/replay.ts';
import { createDelayedQueue } from './queue/delayed-queue.ts';
import { readRights, saveKeyUse } from './store/api-keys.ts';
import { openAttemptLog } from './store/attempt-log.ts';
import { insertClicks, MAX_BATCH_CHARACTERS, type NewClick, sizeOfClick } from './store/clicks.ts';
import { openDatabase } from './store/database.ts';
import { readDestinationChanges } from './store/destinations.ts';
import { dropOldEchoCalls } from './store/echo.ts';
import type { ScheduledPostback } from './store/events.ts';
import { pageOpenPostbacks } from './store/postbacks.ts';
import { withShardLocks } from './store/shard-locks.ts';
import { warmUp } from './store/warm-up.ts';
import { startWorker, type Worker } from './worker.ts';

/** Clicks or events that wait for a flush: beyond them the spool, or 503, is sooner than the store. */
const MAX_WAITING = 5_000;
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024;
/** A schedule that Redis takes longer for is left to the sweep (delivery.md b1.4). */
const SCHEDULE_WAIT_MS = 100;

/** What one process has counted, others know this much later, and a round trip. */
const SHARE_RATE_LIMITS_MS = 100;

/** Viewers of destinations hear of a change within this, and a look. */
const LOOK_FOR_CHANGES_MS = 500;

/** Watched counts are read again after this even when nothing was announced: holds and cancels are not. */
const REFRESH_COUNTS_MS = 15_000;
/** Calls of echo receivers that nobody calls any more are looked for this often. */
const DROP_ECHOES_MS = 10 * 60_000;

/** What `scripts/setup.mjs` built of `monitor/`. */
const MONITOR_DIST = join(import.meta.dirname, '../monitor/dist');

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
  const reconcile = createReconcile({
    page: (which) => pageOpenPostbacks(hot, which),
    affiliateIds: async () =>
      (await db.affiliate.findMany({ select: { id: true } })).map(({ id }) => id),
    queue,
    exclusively: (shards, work) => withShardLocks(transact, shards, work),
    makeToken: ids.row,
    leaseMs: config.leaseMs,
    nowMs: () => monotonicMs() + (overrides.clockOffsetMs?.() ?? 0),
  });
  let worker: Worker | null = null;
  const reach = createFaultPoint(config.faultAt);
  async function schedule(postbacks: ScheduledPostback[]): Promise<void> {
    if (postbacks.length === 0) return;
    reach('after-accept');
    const items = postbacks.map(({ id, affiliateId, destinationId, dueAtMs }) => ({
      id,
      group: affiliateId,
      lane: destinationId,
      dueAtMs,
    }));
    const scheduled = queue
      .schedule(items)
      .then(() => worker?.poke())
      .catch((thrown: unknown) => report.scheduleDeferred(postbacks.length, thrown));
    await within(SCHEDULE_WAIT_MS, scheduled);
  }

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

  // Accept and finish, batched
  const catalog = createCatalog(db);
  async function storeClicks(batch: NewClick[]): Promise<undefined[]> {
    await insertClicks(hot, batch);
    live.clicks.announce();
    return batch.map(() => undefined);
  }
  const clicks = coalesce<NewClick, void>({
    maxWaiting: MAX_WAITING,
    size: { of: sizeOfClick, maxBatch: MAX_BATCH_CHARACTERS, maxWaiting: MAX_WAITING_CHARACTERS },
    flush: (batch) => isolate(batch, storeClicks),
  });
  const attributeWaiting = createAttributeWaiting({
    ...{ sql, ids, schedule },
    announce: live.events.announce,
  });
  const storeEvents = createStoreEvents({
    sql: hot,
    ids,
    clock,
    schedule,
    attributeWaiting,
    announce: live.events.announce,
    report,
  });
  const events = coalesce<StoreEventItem, StoredEvent>({
    maxWaiting: MAX_WAITING,
    flush: storeEvents,
  });
  stack.defer(() => Promise.all([clicks.idle(), events.idle()]).then(() => {}));

  // Limits
  const onFault = (what: string) => (thrown: unknown) => report.loopFailed(what, thrown);
  const rateLimit = createRateLimit({
    limits: config.rateLimits,
    store: new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${prefix}:rate`,
      points: 0,
      duration: 60,
    }),
    clock,
    onRefused: report.rateLimited,
    onFault: onFault('share rate limits'),
  });
  stack.use(every(SHARE_RATE_LIMITS_MS, rateLimit.share, onFault('share rate limits')));

  // Echo receivers: what arrives at them, over a socket or from this process itself
  let url = '';
  const publicUrl = () => config.publicUrl ?? url;
  const receiveEcho = createReceiveEcho({ sql, ids, rateLimit, announce: live.echoes.announce });

  // Firing
  const destinations = createDestinationControl({
    nowMs: () => monotonicMs() + (overrides.clockOffsetMs?.() ?? 0),
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

  // Who asks: keys and tokens, and what is open with them
  const keyUsage = stack.use(
    createKeyUsage({
      clock,
      save: (uses) => saveKeyUse(hot, uses),
      onFault: onFault('save when keys were used'),
    }),
  );
  let verifyToken = null;
  if (config.tokens && runsApi) {
    const { source, rules } = config.tokens;
    const keys = stack.use(openTokenKeys(source, onFault('read the keys of tokens')));
    verifyToken = createVerifyToken({ keys, rules, clock });
  }
  const onUse = keyUsage.note;
  const { authenticate, forget } = createAuthenticate({ sql: hot, clock, verifyToken, onUse });
  const sessions = createSessions({
    readRights: readRights.bind(null, hot),
    ...{ clock, onUse, onChange: forget, onFault: onFault('check open keys') },
  });

  // Serving
  const clientAddress = createClientAddress(config);
  const authenticateAt = limitWrongKeys({ authenticate, rateLimit });
  const persisted = createPersistedOperations({
    documents: config.persistedOperations ?? new Map(),
    onlyPersisted: config.persistedOnly,
    ownDocuments: readMonitorDocuments(MONITOR_DIST),
    rateLimit,
  });
  const makeRequestId = ids.row;
  const cors = createCors({ origins: config.corsOrigins, publicUrl: config.publicUrl });
  let locate = locateNothing;
  if (config.geoDatabase && runsApi) {
    const onBroken = onFault('read the geographic database');
    locate = stack.use(await openLocator({ file: config.geoDatabase, onFault: onBroken })).locate;
  }
  const recordClick = createRecordClick({ catalog, clicks, ids, clock, locate });
  const recordEvent = createRecordEvent({ catalog, events, report });
  let notReadyBecause: string | null = 'starting';
  let spooled = () => 0;
  let graphql: Graphql | null = null;
  let api = null;
  let stopUploads = async () => {};
  let uploading = () => 0;
  if (runsApi) {
    const spool = await openClickSpool({
      directory: services.spoolDir,
      write: async (batch) => {
        const stored = await isolate(batch, storeClicks);
        for (const [index, fault] of stored.entries()) {
          // Kept, it would hold up every click behind it for ever.
          if (!(fault instanceof Error)) continue;
          report.loopFailed('store spooled click', fault, { clickId: batch[index]?.clickId });
        }
        await attributeWaiting(batch.map(({ clickId }) => clickId));
      },
      log,
    });
    stack.use(every(5_000, spool.drain, onFault('drain the click spool')));
    stack.use(every(DROP_ECHOES_MS, () => dropOldEchoCalls(sql), onFault('drop old echo calls')));
    const spoolingClicks = spoolClicks({ clicks, spool, report });
    const graphqlServices: Services = {
      wall,
      ids,
      clock,
      log,
      catalog,
      publicUrl,
      randomBytes: systemRandomBytes,
      allowTargets: config.allowTargets,
      isOwnEcho: (target) => readOwnEcho(publicUrl(), target) !== null,
      secrets,
      rateLimit,
      hasPersistedOperations: config.persistedOperations !== undefined,
      rightsChanged() {
        forget();
        sessions.look();
      },
      recordClick,
      recordEvent,
      requests: createPostbackRequests({
        ...{ ids, clock, schedule, fire },
        cancel: queue.cancel,
        leaseMs: config.leaseMs,
      }),
      watchAttempts: live.attempts.watch,
      watchEvents: live.events.watch,
      watchClicks: live.clicks.watch,
      postbackCounts,
      watchEchoes: live.echoes.watch,
      placeBefore: attemptLog.placeBefore,
      destinationChanges,
    };
    const uploads = await openCsvUploads({
      directory: join(services.spoolDir, 'uploads'),
      catalog,
      recordEvent,
      integrationIdOf,
      report,
    });
    stopUploads = uploads.stop;
    uploading = () => uploads.running;
    const { environment } = config;
    graphql = createGraphql({ services: graphqlServices, sessions, environment, persisted });
    const graphiql = environment === 'development' ? createGraphiql() : null;
    api = {
      authenticateAt,
      graphqlRoute: createGraphqlRoute({ authenticateAt, graphql, graphiql }),
      redirect: createRedirect({
        recordClick: createRecordClick({ catalog, clicks: spoolingClicks, ids, clock, locate }),
        rateLimit,
        report,
      }),
      ingest: createIngest({ db, authenticateAt, rateLimit, recordEvent, report }),
      eventsCsv: createEventsCsv({
        authenticateAt,
        rateLimit,
        uploads,
        audit: (viewer, report) => noteUpload(wall, viewer, report),
        onFault: onFault('store uploaded events'),
      }),
      reportCsv: answerReportCsv.bind(null, wall),
      auditCsv: answerAuditCsv.bind(null, wall),
      receiveEcho,
      monitor: openMonitor(MONITOR_DIST),
    };
    spooled = () => spool.waiting;
  }
  const server = createHttpServer({
    api,
    notReady: async () => {
      if (notReadyBecause) return notReadyBecause;
      const answer = await within(1_000, sql.query('SELECT 1')).catch(() => undefined);
      return answer ? null : 'PostgreSQL does not answer';
    },
    ailment: () => worker?.ailment() ?? null,
    metrics: async () => {
      metrics.viewers.set(live.viewers);
      metrics.spooled.set(spooled());
      metrics.uploads.set(uploading());
      metrics.sessions.set(sessions.count);
      metrics.inFlight.set(worker?.inFlight ?? 0);
      metrics.destinationsHeld.set(destinations.held.length);
      const waiting = { clicks: clicks.depth, events: events.depth, ...depths() };
      for (const [coalescer, depth] of Object.entries(waiting)) {
        metrics.waiting.set({ coalescer }, depth);
      }
      // Without Redis the other figures are worth all the more.
      const reading = readQueueFigures({ queue, sql: hot, waiting: worker?.waiting() ?? {} });
      const figures = await within(1_000, reading).catch(() => undefined);
      if (figures) {
        metrics.queued.set(figures.size);
        metrics.due.set(figures.due);
        metrics.overdue.set(figures.oldestOverdueMs / 1000);
        for (const [reason, count] of Object.entries(figures.held)) {
          metrics.held.set({ reason }, count);
        }
      }
      return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() };
    },
    ...{ clientAddress, makeRequestId, cors, log },
    headers: answerHeaders(config.publicUrl),
  });
  const port = await listen(server, config.port, config.host);
  url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  stack.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await within(5_000, closed);
    server.closeAllConnections();
  });
  stack.defer(async () => {
    const streams = [live, postbackCounts, destinationChanges];
    await Promise.all(streams.map((it) => it.close()));
  });
  stack.defer(() => stopUploads());
  if (graphql) {
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
