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
import type { Schedule } from './postbacks/schedule.ts';
import { createSlots, loopUtilization } from './postbacks/slots.ts';
import { ailingAfterMs, createWorkHealth } from './postbacks/work-health.ts';
import type { DelayedQueue, MeasureExcept } from './queue/delayed-queue.ts';
import type { Sql, Transact } from './store/database.ts';

type Deps = {
  config: Config;
  sql: Sql;
  transact: Transact;
  queue: DelayedQueue;
  fire: Fire;
  reconcile: Reconcile;
  destinations: DestinationControl;
  destinationSync: DestinationSync;
  schedule: Schedule;
  ids: Ids;
  clock: Clock;
  monotonicMs: () => number;
  restMs?: number;
  log: Log;
  report: Report;
};

export type Worker = AsyncDisposable & {
  poke(): void;
  readonly inFlight: number;
  /** Who waits on purpose though it is due. */
  waiting(): MeasureExcept;
  /** Why work is not done that should be; null when all is well. */
  ailment(): string | null;
};

/** Attempts under way at most, all of them waiting for receivers. */
const MAX_IN_FLIGHT = 512;

/** What the role `worker` does: refills the queue, fires what is due, runs jobs. Disposing drains. */
export async function startWorker(deps: Deps): Promise<Worker> {
  const { config, queue, reconcile, destinations, destinationSync, monotonicMs, log, report } =
    deps;
  await using stack = new AsyncDisposableStack();
  const onFault = (what: string) => (thrown: unknown) => report.loopFailed(what, thrown);

  const restored = await reconcile.start();
  report.queueRebuilt();
  log.info({ restored }, 'queue.rebuilt');
  stack.use(every(5_000, reconcile.sweep, onFault('sweep overdue postbacks')));
  stack.use(every(60_000, reconcile.load, onFault('load coming postbacks')));

  // Before the first claim: what others hold is held here as well.
  await destinationSync.sync();
  stack.use(every(1_000, destinationSync.sync, onFault('read held destinations')));
  const loop = startFiringLoop({
    queue,
    fire: deps.fire,
    destinations,
    rebuild: async (shards) => {
      const { opened, count } = await reconcile.rebuild(shards);
      // Others rebuild what is missing here.
      if (opened.length === 0) return;
      report.queueRebuilt();
      log.warn({ shards: opened, restored: count }, 'queue.rebuilt');
    },
    catchUp: reconcile.load,
    slots: createSlots({ max: MAX_IN_FLIGHT, utilization: loopUtilization(), monotonicMs }),
    monotonicMs,
    leaseMs: config.leaseMs,
    ...(deps.restMs && { restMs: deps.restMs }),
    report,
  });
  const ailingMs = ailingAfterMs(config.deadlineMs);
  const waiting = () => loop.waiting(ailingMs);
  const health = createWorkHealth({
    ...{ queue, waiting, isAtRest: () => loop.isAtRest },
    ...{ workedAtMs: () => loop.workedAtMs, monotonicMs, ailingMs },
  });
  stack.use(every(5_000, health.look, onFault('measure the queue')));
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
    waiting,
    ailment: health.ailment,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
