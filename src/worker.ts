import type { Config } from './config.ts';
import type { Clock } from './platform/clock.ts';
import type { Ids } from './platform/ids.ts';
import { every } from './platform/lifecycle.ts';
import type { Log } from './platform/log.ts';
import type { Report } from './platform/report.ts';
import type { DestinationControl } from './postbacks/destination-control.ts';
import type { DestinationSync } from './postbacks/destination-sync.ts';
import type { Fire } from './postbacks/fire.ts';
import { startFiringLoop } from './postbacks/firing-loop.ts';
import { createJobRunner } from './postbacks/job-runner.ts';
import type { Reconcile } from './postbacks/reconcile.ts';
import { createWorkHealth } from './postbacks/work-health.ts';
import type { DelayedQueue } from './queue/delayed-queue.ts';
import type { Sql, Transact } from './store/database.ts';
import type { ScheduledPostback } from './store/events.ts';

type Deps = {
  config: Config;
  sql: Sql;
  transact: Transact;
  queue: DelayedQueue;
  fire: Fire;
  reconcile: Reconcile;
  destinations: DestinationControl;
  destinationSync: DestinationSync;
  schedule: (postbacks: ScheduledPostback[]) => Promise<void>;
  ids: Ids;
  clock: Clock;
  monotonicMs: () => number;
  log: Log;
  report: Report;
};

export type Worker = AsyncDisposable & {
  poke(): void;
  readonly inFlight: number;
  /** Why work is not done that should be; null when all is well. */
  ailment(): string | null;
};

/** What the role `worker` does: refills the queue, fires what is due, runs jobs. Disposing drains. */
export async function startWorker(deps: Deps): Promise<Worker> {
  const { config, queue, reconcile, destinations, destinationSync, monotonicMs, log, report } =
    deps;
  await using stack = new AsyncDisposableStack();
  const onFault = (what: string) => (thrown: unknown) => report.loopFailed(what, thrown);

  const restored = await reconcile.rebuild();
  report.queueRebuilt();
  log.info({ restored }, 'queue.rebuilt');
  stack.use(every(5_000, reconcile.sweep, onFault('sweep overdue postbacks')));
  stack.use(every(60_000, reconcile.load, onFault('load coming postbacks')));

  // Before the first claim: what others hold is held here as well.
  await destinationSync.sync();
  stack.use(every(1_000, destinationSync.sync, onFault('read held destinations')));
  const health = createWorkHealth({ queue, held: () => destinations.held, monotonicMs });
  stack.use(every(5_000, health.look, onFault('measure the queue')));

  const loop = startFiringLoop({
    queue,
    fire: deps.fire,
    destinations,
    rebuild: async (shards) => {
      const count = await reconcile.rebuild(shards);
      report.queueRebuilt();
      log.warn({ shards, restored: count }, 'queue.rebuilt');
    },
    monotonicMs,
    leaseMs: config.leaseMs,
    report,
  });
  const jobs = createJobRunner(deps);
  let stopping = false;
  stack.use(every(1_000, () => jobs.run(() => stopping), onFault('take a job')));
  stack.defer(() => {
    stopping = true;
  });
  stack.defer(() => loop.stop());
  const running = stack.move();
  return {
    poke: loop.poke,
    get inFlight() {
      return loop.inFlight;
    },
    ailment: health.ailment,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
