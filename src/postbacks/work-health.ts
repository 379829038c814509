import type { DelayedQueue, MeasureExcept } from '../queue/delayed-queue.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'oldestOverdueMs'>;
  /** Who waits on purpose though it is due. */
  waiting: () => MeasureExcept;
  /** Whether the worker's own last look saw that nothing is due: then the queue is not asked again. */
  isAtRest: () => boolean;
  /** When the worker last looked for due work and could have done it, by the monotonic clock. */
  workedAtMs: () => number;
  monotonicMs: () => number;
  /** Work that is due for longer is not being done; {@link ailingAfterMs}. */
  ailingMs: number;
};

/** Six deadlines of an attempt, and never less than those of the default. */
export function ailingAfterMs(deadlineMs: number): number {
  return 6 * Math.max(10_000, deadlineMs);
}

/**
 * Whether a worker's work gets done, told by the age of what is due. Also when the queue cannot be
 * looked at: nothing fires then, and what was last seen gets older.
 */
export function createWorkHealth(deps: Deps) {
  const { queue, waiting, isAtRest, workedAtMs, monotonicMs, ailingMs } = deps;
  let measuredAtMs = monotonicMs();
  let overdueMs = 0;

  return {
    async look(): Promise<void> {
      overdueMs = isAtRest() ? 0 : await queue.oldestOverdueMs(waiting());
      measuredAtMs = monotonicMs();
    },

    /** One sentence for the operator, or null when all is well. */
    ailment(): string | null {
      const unmeasuredMs = monotonicMs() - measuredAtMs;
      const idleMs = monotonicMs() - workedAtMs();
      const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
      if (unmeasuredMs > ailingMs) {
        return `the queue could not be looked at for ${seconds(unmeasuredMs)}`;
      }
      if (idleMs > ailingMs) return `nothing could be claimed or loaded for ${seconds(idleMs)}`;
      if (overdueMs > ailingMs) return `a postback has been due for ${seconds(overdueMs)}`;
      return null;
    },
  };
}
