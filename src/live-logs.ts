import { type LiveLog, openLiveLog } from './live/live-log.ts';
import type { RedisClient } from './platform/redis.ts';
import { keysOfAttempt, keysOfVisit } from './reports/live-interest.ts';
import { type AttemptLog, type AttemptRow, adoptRestoredAttempts } from './store/attempt-log.ts';
import { type ClickRow, openClickLog } from './store/click-log.ts';
import { adoptRestoredRows } from './store/commit-order.ts';
import type { Sql } from './store/database.ts';
import { type EchoRow, openEchoLog } from './store/echo-log.ts';
import { type EventRow, openEventLog } from './store/event-log.ts';

type Deps = {
  sql: Sql;
  attemptLog: AttemptLog;
  redis: RedisClient;
  /** What keys of this installation begin with. */
  prefix: string;
  onFault: (what: string, thrown: unknown) => void;
};

/** What can be watched in the order of commit. */
export type LiveLogs = AsyncDisposable & {
  attempts: LiveLog<AttemptRow>;
  events: LiveLog<EventRow>;
  clicks: LiveLog<ClickRow>;
  echoes: LiveLog<EchoRow>;
  /** Of all of them. */
  readonly viewers: number;
  /** Ends every stream; resolves when the reads under way are over. */
  close(): Promise<void>;
};

/** The loudspeaker: attempts, events, clicks and calls of echo receivers, also those of a database that was restored. */
export async function openLiveLogs(deps: Deps): Promise<LiveLogs> {
  const { sql, attemptLog, redis, prefix, onFault } = deps;
  await adoptRestoredAttempts(sql);
  await adoptRestoredRows(sql);
  const shared = { redis, onFault };
  const attempts = openLiveLog({
    ...{ ...shared, log: attemptLog, key: `${prefix}:live`, keysOf: keysOfAttempt },
  });
  const events = openLiveLog({
    ...{ ...shared, log: openEventLog(sql), key: `${prefix}:live:events`, keysOf: keysOfVisit },
  });
  const clicks = openLiveLog({
    ...{ ...shared, log: openClickLog(sql), key: `${prefix}:live:clicks`, keysOf: keysOfVisit },
  });
  const echoes = openLiveLog({
    ...{ ...shared, log: openEchoLog(sql), key: `${prefix}:live:echoes` },
    keysOf: ({ receiverId }) => [receiverId],
  });
  const all = [attempts, events, clicks, echoes];
  const close = async () => void (await Promise.all(all.map((log) => log.close())));
  return {
    ...{ attempts, events, clicks, echoes, close },
    get viewers() {
      return all.reduce((sum, log) => sum + log.viewers, 0);
    },
    [Symbol.asyncDispose]: close,
  };
}
