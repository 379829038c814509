import { type Catalog, createCatalog } from './catalog/catalog.ts';
import { createAttributeWaiting } from './events/attribute-waiting.ts';
import { createStoreEvents, type StoredEvent, type StoreEventItem } from './events/store-events.ts';
import type { LiveLogs } from './live-logs.ts';
import type { Clock } from './platform/clock.ts';
import { type Coalescer, coalesce } from './platform/coalescer.ts';
import type { Ids } from './platform/ids.ts';
import { isolate } from './platform/isolate.ts';
import type { Report } from './platform/report.ts';
import type { Schedule } from './postbacks/schedule.ts';
import { insertClicks, MAX_BATCH_CHARACTERS, type NewClick, sizeOfClick } from './store/clicks.ts';
import type { Db, Sql } from './store/database.ts';

type Deps = {
  db: Db;
  sql: Sql;
  hot: Sql;
  ids: Ids;
  clock: Clock;
  schedule: Schedule;
  live: Pick<LiveLogs, 'clicks' | 'events'>;
  report: Report;
};

/** What takes clicks and events in. Disposing waits until all of them are on disk, or refused. */
export type Intake = AsyncDisposable & {
  catalog: Catalog;
  clicks: Coalescer<NewClick, void>;
  events: Coalescer<StoreEventItem, StoredEvent>;
  /** Writes clicks that waited in a spool, and gives them the events that came before them. */
  storeSpooled: (clicks: NewClick[]) => Promise<void>;
  /** Items that wait for a flush, by coalescer. */
  depths(): Record<string, number>;
};

/** Clicks or events that wait for a flush: beyond them the spool, or 503, is sooner than the store. */
const MAX_WAITING = 5_000;
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024;

/** The batches in which clicks and events are stored, and the catalog that they are read by. */
export function openIntake(deps: Deps): Intake {
  const { db, sql, hot, ids, clock, schedule, live, report } = deps;
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
  const { announce } = live.events;
  const attributeWaiting = createAttributeWaiting({ sql, ids, schedule, announce });
  const events = coalesce<StoreEventItem, StoredEvent>({
    maxWaiting: MAX_WAITING,
    flush: createStoreEvents({
      ...{ sql: hot, ids, clock, schedule, attributeWaiting, announce, report },
    }),
  });
  return {
    catalog: createCatalog(db),
    clicks,
    events,
    async storeSpooled(batch) {
      const stored = await isolate(batch, storeClicks);
      for (const [index, fault] of stored.entries()) {
        // Kept, it would hold up every click behind it for ever.
        if (!(fault instanceof Error)) continue;
        report.loopFailed('store spooled click', fault, { clickId: batch[index]?.clickId });
      }
      await attributeWaiting(batch.map(({ clickId }) => clickId));
    },
    depths: () => ({ clicks: clicks.depth, events: events.depth }),
    [Symbol.asyncDispose]: async () => void (await Promise.all([clicks.idle(), events.idle()])),
  };
}
