import type { DelayedQueue, MeasureExcept, QueueMeasure } from '../queue/delayed-queue.ts';
import type { Sql } from '../store/database.ts';
import { loadHeldOrLimited } from '../store/destinations.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'measure' | 'count'>;
  sql: Sql;
  /** Who else waits on purpose though it is due, as this process knows. */
  waiting: MeasureExcept;
};

export type QueueFigures = QueueMeasure & {
  /** Postbacks in the queue whose destination is held, by why it is. */
  held: Record<'FAILING' | 'RETRY_AFTER', number>;
};

/** What metrics tell of the queue. What waits on purpose counts neither as due nor as overdue. */
export async function readQueueFigures({ queue, sql, waiting }: Deps): Promise<QueueFigures> {
  // Without PostgreSQL the rest is worth all the more.
  const rows = await loadHeldOrLimited(sql).catch(() => []);
  const lanes = rows.map(({ affiliateId, destinationId, heldReason }) => ({
    ...{ group: affiliateId, lane: destinationId, heldReason },
  }));
  const held = lanes.filter(({ heldReason }) => heldReason !== null);
  const { groups = [], lanes: others = [] } = waiting;
  const [measured, counts] = await Promise.all([
    queue.measure({ groups, lanes: [...lanes, ...others] }),
    queue.count(held),
  ]);
  const sum = { FAILING: 0, RETRY_AFTER: 0 };
  for (const [at, { heldReason }] of held.entries()) {
    if (heldReason) sum[heldReason] += counts[at] ?? 0;
  }
  return { ...measured, held: sum };
}
