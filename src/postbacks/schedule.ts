import type { ReachFaultPoint } from '../platform/fault-point.ts';
import { within } from '../platform/lifecycle.ts';
import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { ScheduledPostback } from '../store/events.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'schedule'>;
  reach: ReachFaultPoint;
  /** Tells the worker of this process, if there is one, that something may be due. */
  poke: () => void;
  /** Told of what is left to the sweep. */
  onDeferred: (count: number, thrown: unknown) => void;
};

/**
 * Gives committed postbacks to the queue. Never rejects: what the queue does not take, or takes longer for, the
 * sweep puts there.
 */
export type Schedule = (postbacks: ScheduledPostback[]) => Promise<void>;

/** A schedule that Redis takes longer for is left to the sweep (delivery.md b1.4). */
const SCHEDULE_WAIT_MS = 100;

/** Makes the way from a commit to the queue. */
export function createSchedule({ queue, reach, poke, onDeferred }: Deps): Schedule {
  return async (postbacks) => {
    if (postbacks.length === 0) return;
    reach('after-accept');
    const items = postbacks.map(({ id, affiliateId, destinationId, dueAtMs }) => ({
      ...{ id, group: affiliateId, lane: destinationId, dueAtMs },
    }));
    const scheduled = queue
      .schedule(items)
      .then(poke)
      .catch((thrown: unknown) => onDeferred(postbacks.length, thrown));
    await within(SCHEDULE_WAIT_MS, scheduled);
  };
}
