import { join } from 'node:path';
import type { Wall } from './access/wall.ts';
import type { Callers } from './callers.ts';
import { locateNothing, openLocator } from './clicks/locate.ts';
import { createRecordClick } from './clicks/record-click.ts';
import { createRedirect } from './clicks/redirect.ts';
import { openClickSpool, spoolClicks } from './clicks/spool.ts';
import type { Config } from './config.ts';
import { readOwnEcho } from './echo/echo-url.ts';
import type { ReceiveEcho } from './echo/receive-echo.ts';
import { openCsvUploads } from './events/csv-upload.ts';
import { createIngest } from './events/ingest.ts';
import { createRecordEvent } from './events/record-event.ts';
import type { Services } from './graphql/context.ts';
import { answerAuditCsv } from './http/audit-csv.ts';
import { createEventsCsv, integrationIdOf, noteUpload } from './http/events-csv.ts';
import { createGraphiql } from './http/graphiql.ts';
import { createGraphql, type Graphql } from './http/graphql-http.ts';
import { createGraphqlRoute } from './http/graphql-route.ts';
import { openMonitor } from './http/monitor.ts';
import { readMonitorDocuments } from './http/monitor-documents.ts';
import {
  createPersistedOperations,
  type PersistedOperations,
} from './http/persisted-operations.ts';
import { answerReportCsv } from './http/report-csv.ts';
import type { ApiRoutes } from './http/routes.ts';
import type { Intake } from './intake.ts';
import type { LiveLogs } from './live-logs.ts';
import type { Clock } from './platform/clock.ts';
import type { Ids } from './platform/ids.ts';
import { every } from './platform/lifecycle.ts';
import type { Log } from './platform/log.ts';
import { systemRandomBytes } from './platform/random.ts';
import type { Report } from './platform/report.ts';
import type { AttemptLog } from './store/attempt-log.ts';
import type { Db, Sql } from './store/database.ts';
import { dropOldEchoCalls } from './store/echo.ts';

type Deps = Pick<
  Services,
  'secrets' | 'requests' | 'postbackCounts' | 'destinationChanges' | 'publicUrl'
> & {
  config: Config;
  /** What waits on the local disk is kept here. */
  spoolDir: string;
  db: Db;
  sql: Sql;
  wall: Wall;
  callers: Callers;
  intake: Intake;
  live: LiveLogs;
  attemptLog: Pick<AttemptLog, 'placeBefore'>;
  receiveEcho: ReceiveEcho;
  ids: Ids;
  clock: Clock;
  log: Log;
  report: Report;
};

/** What the role `api` serves. */
export type Api = AsyncDisposable & {
  routes: ApiRoutes;
  graphql: Graphql;
  persisted: PersistedOperations;
  /** Clicks that wait on the local disk. */
  readonly spooled: number;
  /** Uploads under way. */
  readonly uploading: number;
  /** Takes no more uploads; resolves when those under way have ended, after their chunk. */
  stopUploads(): Promise<void>;
};

/** What `scripts/setup.mjs` built of `monitor/`. */
const MONITOR_DIST = join(import.meta.dirname, '../monitor/dist');

const DRAIN_SPOOL_MS = 5_000;
/** Calls of echo receivers that nobody calls any more are looked for this often. */
const DROP_ECHOES_MS = 10 * 60_000;

/** The routes of the role `api` and what they stand on, wired. */
export async function openApi(deps: Deps): Promise<Api> {
  const { config, db, sql, wall, callers, intake, live, ids, clock, log, report } = deps;
  const { rateLimit, authenticateAt, sessions } = callers;
  const { catalog, clicks, events } = intake;
  const { receiveEcho, publicUrl } = deps;
  await using stack = new AsyncDisposableStack();
  const onFault = (what: string) => (thrown: unknown) => report.loopFailed(what, thrown);

  // Clicks
  let locate = locateNothing;
  if (config.geoDatabase) {
    const onBroken = onFault('read the geographic database');
    locate = stack.use(await openLocator({ file: config.geoDatabase, onFault: onBroken })).locate;
  }
  const spool = await openClickSpool({ directory: deps.spoolDir, write: intake.storeSpooled, log });
  stack.use(every(DRAIN_SPOOL_MS, spool.drain, onFault('drain the click spool')));
  const visiting = { catalog, ids, clock, locate };
  const recordClick = createRecordClick({ ...visiting, clicks });
  const recordVisit = createRecordClick({
    ...visiting,
    clicks: spoolClicks({ clicks, spool, report }),
  });

  // Events and echoes
  const recordEvent = createRecordEvent({ catalog, events, report });
  const uploads = await openCsvUploads({
    directory: join(deps.spoolDir, 'uploads'),
    ...{ catalog, recordEvent, integrationIdOf, report },
  });
  stack.use(every(DROP_ECHOES_MS, () => dropOldEchoCalls(sql), onFault('drop old echo calls')));

  // GraphQL
  const { environment } = config;
  const persisted = createPersistedOperations({
    documents: config.persistedOperations ?? new Map(),
    onlyPersisted: config.persistedOnly,
    ownDocuments: readMonitorDocuments(MONITOR_DIST),
    rateLimit,
  });
  const services: Services = {
    ...{ wall, ids, clock, log, catalog, publicUrl, randomBytes: systemRandomBytes },
    allowTargets: config.allowTargets,
    isOwnEcho: (target) => readOwnEcho(publicUrl(), target) !== null,
    ...{ secrets: deps.secrets, rateLimit, rightsChanged: callers.rightsChanged },
    hasPersistedOperations: config.persistedOperations !== undefined,
    ...{ recordClick, recordEvent, requests: deps.requests },
    watchAttempts: live.attempts.watch,
    watchEvents: live.events.watch,
    watchClicks: live.clicks.watch,
    watchEchoes: live.echoes.watch,
    placeBefore: deps.attemptLog.placeBefore,
    postbackCounts: deps.postbackCounts,
    destinationChanges: deps.destinationChanges,
  };
  const graphql = createGraphql({ services, sessions, environment, persisted });
  const graphiql = environment === 'development' ? createGraphiql() : null;

  const routes: ApiRoutes = {
    authenticateAt,
    graphqlRoute: createGraphqlRoute({ authenticateAt, graphql, graphiql }),
    redirect: createRedirect({ recordClick: recordVisit, rateLimit, report }),
    ingest: createIngest({ db, authenticateAt, rateLimit, recordEvent, report }),
    eventsCsv: createEventsCsv({
      ...{ authenticateAt, rateLimit, uploads },
      audit: (viewer, report) => noteUpload(wall, viewer, report),
      onFault: onFault('store uploaded events'),
    }),
    reportCsv: answerReportCsv.bind(null, wall),
    auditCsv: answerAuditCsv.bind(null, wall),
    receiveEcho,
    monitor: openMonitor(MONITOR_DIST),
  };

  const running = stack.move();
  return {
    routes,
    graphql,
    persisted,
    get spooled() {
      return spool.waiting;
    },
    get uploading() {
      return uploads.running;
    },
    stopUploads: uploads.stop,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
