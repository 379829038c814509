import type { KnownIntegration } from '../catalog/catalog.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import { isolate } from '../platform/isolate.ts';
import type { Report } from '../platform/report.ts';
import type { Schedule } from '../postbacks/schedule.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import {
  insertEvents,
  loadLatestEvents,
  type NewEvent,
  type NewPostback,
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
export type StoredEvent = {
  eventId: string;
  duplicate: boolean;
  /** Rows this report made, skipped ones included; a repeat makes none. */
  postbacks: number;
  /** Whether a new revision belongs to no click (yet). */
  unattributed: boolean;
};

type Deps = {
  sql: Sql;
  ids: Pick<Ids, 'row'>;
  clock: Clock;
  /** Puts written postbacks on the clock. Never throws: what it misses the sweep finds. */
  schedule: Schedule;
  /** Looks again for clicks that were not there, since one may have come meanwhile. */
  attributeWaiting: AttributeWaiting;
  /** Tells the live stream that events were committed. */
  announce: () => void;
  report: Pick<Report, 'loopFailed'>;
};

type Planned = { event: NewEvent; postbacks: NewPostback[]; position: number };

/**
 * Stores a batch of reports: two reads, then one statement per wave that writes event revisions and
 * postbacks together, then the queue. Repeats inside the batch go to later waves, so each is compared
 * with the one before it. Answers by report; an Error stands for one that PostgreSQL refuses.
 */
export function createStoreEvents(
  deps: Deps,
): (batch: StoreEventItem[]) => Promise<(StoredEvent | Error)[]> {
  return async (batch) => {
    const planned = await plan(deps, batch);
    const results: (StoredEvent | Error)[] = new Array(batch.length);
    for (const wave of splitIntoWaves(planned, ({ event }) => identityKey(event))) {
      const stored = await isolate(wave, (part) => storeWave(deps, part));
      for (const [index, { position }] of wave.entries()) {
        results[position] = stored[index] as StoredEvent | Error;
      }
    }
    const unknown = planned.flatMap(({ event }) =>
      event.unattributed === 'CLICK_UNKNOWN' ? (event.clickId ?? []) : [],
    );
    // The reports are stored by now, whatever becomes of this.
    const onFault = (thrown: unknown) => deps.report.loopFailed('attribute waiting events', thrown);
    if (unknown.length > 0) await deps.attributeWaiting(unknown).catch(onFault);
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
      payout: report.payout,
      payoutCurrency: report.payoutCurrency,
      customerId: report.customerId,
      clickId: report.clickId === '' ? null : report.clickId,
      clickRowId: click?.id ?? null,
      unattributed: explainUnattributed(report.clickId, click !== null),
      occurredAt: report.occurredAt,
    };
    const own = click ? (pixels.get(click.affiliateId) ?? []) : [];
    const now = clock.now();
    const facts = { ...event, conversionId: null, occurredAt: report.occurredAt ?? now };
    const postbacks = click ? planPostbacks(facts, click, own, ids, now) : [];
    return { event, postbacks, position };
  });
}

async function storeWave(deps: Deps, wave: Planned[]): Promise<StoredEvent[]> {
  const { accepted, scheduled } = await insertEvents(
    deps.sql,
    wave.map(({ event }) => event),
    wave.flatMap(({ postbacks }) => postbacks),
  );
  if (accepted.size > 0) deps.announce();
  const repeats = wave.filter(({ event }) => !accepted.has(event.id));
  const latest =
    repeats.length === 0
      ? []
      : await loadLatestEvents(
          deps.sql,
          repeats.map(({ event }) => ({ ...event, transactionId: event.transactionId ?? '' })),
        );
  const repeated = new Map(repeats.map(({ event }, index) => [event.id, latest[index] ?? '']));
  await deps.schedule(scheduled);
  return wave.map(({ event, postbacks }) => {
    const duplicate = repeated.has(event.id);
    return {
      eventId: repeated.get(event.id) ?? event.id,
      duplicate,
      postbacks: duplicate ? 0 : postbacks.length,
      unattributed: !duplicate && event.unattributed !== null,
    };
  });
}

function identityKey(event: NewEvent): string | null {
  if (event.transactionId === null) return null;
  return JSON.stringify([event.integrationId, event.type, event.transactionId]);
}
