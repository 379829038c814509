import type { KnownIntegration } from '../catalog/catalog.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import {
  insertEvents,
  loadLatestEvents,
  type NewEvent,
  type NewPostback,
  type ScheduledPostback,
} from '../store/events.ts';
import { loadPixels } from '../store/pixels.ts';
import type { AttributeWaiting } from './attribute-waiting.ts';
import { explainUnattributed } from './attribution.ts';
import type { EventReport } from './event-input.ts';
import { planPostbacks } from './plan-postbacks.ts';
import { splitIntoWaves } from './waves.ts';

/** A checked report on its way to the database. */
export type StoreEventItem = { report: EventReport; integration: KnownIntegration };

/** The event a report ended up as: a new revision, or the one it repeats. */
export type StoredEvent = { eventId: string; duplicate: boolean };

type Deps = {
  sql: Sql;
  ids: Pick<Ids, 'row'>;
  clock: Clock;
  /** Puts written postbacks on the clock. Never throws: what it misses the sweep finds. */
  schedule: (postbacks: ScheduledPostback[]) => Promise<void>;
  /** Looks again for clicks that were not there, since one may have come meanwhile. */
  attributeWaiting: AttributeWaiting;
};

type Planned = { event: NewEvent; postbacks: NewPostback[]; position: number };

/**
 * Stores a batch of reports: two reads, then one statement per wave that writes event revisions and
 * postbacks together, then the queue. Repeats inside the batch go to later waves, so each is compared
 * with the one before it.
 */
export function createStoreEvents(deps: Deps): (batch: StoreEventItem[]) => Promise<StoredEvent[]> {
  return async (batch) => {
    const planned = await plan(deps, batch);
    const results: StoredEvent[] = new Array(batch.length);
    for (const wave of splitIntoWaves(planned, ({ event }) => identityKey(event))) {
      await storeWave(deps, wave, results);
    }
    const unknown = planned.flatMap(({ event }) =>
      event.unattributed === 'CLICK_UNKNOWN' ? (event.clickId ?? []) : [],
    );
    if (unknown.length > 0) await deps.attributeWaiting(unknown);
    return results;
  };
}

async function plan({ sql, ids, clock }: Deps, batch: StoreEventItem[]): Promise<Planned[]> {
  const clickIds = new Set(batch.map((item) => item.report.clickId).filter((id) => id !== ''));
  const clicks = await loadClicks(sql, [...clickIds]);
  const affiliateIds = new Set([...clicks.values()].map((click) => click.affiliateId));
  const pixels = await loadPixels(sql, [...affiliateIds]);
  return batch.map(({ report, integration }, position) => {
    const click = clicks.get(report.clickId) ?? null;
    const event: NewEvent = {
      id: ids.row(),
      integrationId: integration.id,
      delaySeconds: integration.delaySeconds,
      type: report.type,
      transactionId: report.transactionId,
      status: report.status,
      amount: report.amount,
      currency: report.currency,
      clickId: report.clickId === '' ? null : report.clickId,
      clickRowId: click?.id ?? null,
      unattributed: explainUnattributed(report.clickId, click !== null),
      occurredAt: report.occurredAt,
    };
    const own = click ? (pixels.get(click.affiliateId) ?? []) : [];
    const now = clock.now();
    const facts = { ...event, occurredAt: report.occurredAt ?? now };
    const postbacks = click ? planPostbacks(facts, click, own, ids, now) : [];
    return { event, postbacks, position };
  });
}

async function storeWave(deps: Deps, wave: Planned[], results: StoredEvent[]): Promise<void> {
  const { accepted, scheduled } = await insertEvents(
    deps.sql,
    wave.map(({ event }) => event),
    wave.flatMap(({ postbacks }) => postbacks),
  );
  const repeats = wave.filter(({ event }) => !accepted.has(event.id));
  for (const { event, position } of wave) {
    results[position] = { eventId: event.id, duplicate: false };
  }
  if (repeats.length > 0) {
    const latest = await loadLatestEvents(
      deps.sql,
      repeats.map(({ event }) => ({ ...event, transactionId: event.transactionId ?? '' })),
    );
    for (const [index, { position }] of repeats.entries()) {
      results[position] = { eventId: latest[index] ?? '', duplicate: true };
    }
  }
  await deps.schedule(scheduled);
}

function identityKey(event: NewEvent): string | null {
  if (event.transactionId === null) return null;
  return JSON.stringify([event.integrationId, event.type, event.transactionId]);
}
