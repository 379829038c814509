import { within } from './platform/lifecycle.ts';
import type { Metrics } from './platform/metrics.ts';
import { readQueueFigures } from './postbacks/queue-figures.ts';
import type { DelayedQueue } from './queue/delayed-queue.ts';
import type { Sql } from './store/database.ts';
import type { Worker } from './worker.ts';

type Deps = {
  metrics: Metrics;
  queue: DelayedQueue;
  sql: Sql;
  /** Null in a process that has none, or has not started it yet. */
  worker: () => Worker | null;
  /** Figures of this process, read when they are asked for. */
  held: () => number;
  viewers: () => number;
  sessions: () => number;
  spooled: () => number;
  uploads: () => number;
  /** Items that wait for a flush, by coalescer. */
  waiting: () => Record<string, number>;
};

/** A metrics page waits no longer than this for Redis and PostgreSQL. */
const FIGURES_WAIT_MS = 1_000;

/** What `GET /metrics` answers: the counters, and what is as it is now. */
export function createMetricsPage(
  deps: Deps,
): () => Promise<{ contentType: string; body: string }> {
  const { metrics, queue, sql } = deps;
  return async () => {
    const worker = deps.worker();
    metrics.viewers.set(deps.viewers());
    metrics.spooled.set(deps.spooled());
    metrics.uploads.set(deps.uploads());
    metrics.sessions.set(deps.sessions());
    metrics.inFlight.set(worker?.inFlight ?? 0);
    metrics.destinationsHeld.set(deps.held());
    for (const [coalescer, depth] of Object.entries(deps.waiting())) {
      metrics.waiting.set({ coalescer }, depth);
    }
    // Without Redis the other figures are worth all the more.
    const reading = readQueueFigures({ queue, sql, waiting: worker?.waiting() ?? {} });
    const figures = await within(FIGURES_WAIT_MS, reading).catch(() => undefined);
    if (figures) {
      metrics.queued.set(figures.size);
      metrics.due.set(figures.due);
      metrics.overdue.set(figures.oldestOverdueMs / 1000);
      for (const [reason, count] of Object.entries(figures.held)) {
        metrics.held.set({ reason }, count);
      }
    }
    return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() };
  };
}
