import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { DestinationRef } from './destination-control.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'measure'>;
  /** Destinations that are held: what waits for them waits on purpose. */
  held: () => readonly DestinationRef[];
  monotonicMs: () => number;
};

/** Work that is due for this long is not being done: six deadlines of an attempt. */
export const AILING_MS = 60_000;

/**
 * Whether a worker's work gets done, told by the age of what is due. Also when the queue cannot be
 * looked at: nothing fires then, and what was last seen gets older.
 */
export function createWorkHealth({ queue, held, monotonicMs }: Deps) {
  let lookedAtMs = monotonicMs();
  let overdueMs = 0;

  return {
    async look(): Promise<void> {
      const except = held().map(({ affiliateId, destinationId }) => ({
        group: affiliateId,
        lane: destinationId,
      }));
      overdueMs = (await queue.measure(except)).oldestOverdueMs;
      lookedAtMs = monotonicMs();
    },

    /** One sentence for the operator, or null when all is well. */
    ailment(): string | null {
      const unseenMs = monotonicMs() - lookedAtMs;
      const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
      if (unseenMs > AILING_MS) return `the queue could not be looked at for ${seconds(unseenMs)}`;
      if (overdueMs > AILING_MS) return `a postback has been due for ${seconds(overdueMs)}`;
      return null;
    },
  };
}
