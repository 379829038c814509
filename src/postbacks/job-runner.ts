import type { Clock } from '../platform/clock.ts';
import { toError } from '../platform/failure.ts';
import type { Ids } from '../platform/ids.ts';
import type { Report } from '../platform/report.ts';
import type { Sql, Transact } from '../store/database.ts';
import type { ScheduledPostback } from '../store/events.ts';
import {
  advanceJob,
  failJob,
  insertJobPostbacks,
  type RunningJob,
  takeRunningJob,
} from '../store/jobs.ts';
import { type BackfillPage, backfillScope, planBackfillPage } from './backfill.ts';
import { planReplayPage, readReplayInput } from './bulk-replay.ts';
import type { Schedule } from './schedule.ts';

type Deps = {
  sql: Sql;
  transact: Transact;
  ids: Pick<Ids, 'row'>;
  clock: Clock;
  schedule: Schedule;
  report: Pick<Report, 'jobAdvanced' | 'loopFailed'>;
};

/** Rows of one transaction: small enough that a cancel waits for a moment only. */
const BATCH = 500;
/** A job that fails as often in a row is given up. */
const MAX_FAILURES = 20;

export type JobRunner = {
  /** Works off batches of running jobs until none is left, or until `stopping` says so. */
  run(stopping?: () => boolean): Promise<void>;
};

/**
 * Runs jobs batch by batch. Postbacks, progress and place are one transaction, so a worker that dies
 * loses and doubles nothing and any other goes on from there. Redis hears of them after the commit; what
 * it misses the sweep puts back.
 */
export function createJobRunner(deps: Deps): JobRunner {
  const failures = new Map<string, number>();

  async function step(): Promise<boolean> {
    let taken: RunningJob | null = null;
    try {
      const made = await deps.transact(async (sql) => {
        taken = await takeRunningJob(sql);
        return taken && (await workOff(deps, sql, taken));
      });
      if (!taken || !made) return false;
      failures.delete((taken as RunningJob).id);
      await deps.schedule(made.scheduled);
      deps.report.jobAdvanced((taken as RunningJob).id, made);
      return true;
    } catch (thrown) {
      if (taken === null) throw thrown;
      await countFailure(taken as RunningJob, thrown);
      return false;
    }
  }

  async function countFailure(job: RunningJob, thrown: unknown): Promise<void> {
    const count = (failures.get(job.id) ?? 0) + 1;
    failures.set(job.id, count);
    deps.report.loopFailed('run a batch of a job', thrown, { jobId: job.id });
    if (count < MAX_FAILURES) return;
    failures.delete(job.id);
    await failJob(deps.sql, job.id, `gave up after ${count} failures: ${toError(thrown).message}`);
  }

  return {
    async run(stopping = () => false) {
      while (!stopping() && (await step()));
    },
  };
}

type Made = { looked: number; created: number; done: boolean; scheduled: ScheduledPostback[] };

async function workOff(deps: Deps, sql: Sql, job: RunningJob): Promise<Made> {
  const page = await planPage(deps, sql, job);
  const scheduled = await insertJobPostbacks(sql, job.id, page.postbacks);
  const done = page.looked < BATCH;
  const raced = page.postbacks.length - scheduled.length;
  await advanceJob(sql, job, {
    looked: page.looked,
    created: scheduled.length,
    skipped:
      raced > 0
        ? { ...page.skipped, ALREADY_DECIDED: raced + (page.skipped.ALREADY_DECIDED ?? 0) }
        : page.skipped,
    position: page.position,
    done,
  });
  return { looked: page.looked, created: scheduled.length, done, scheduled };
}

async function planPage(deps: Deps, sql: Sql, job: RunningJob): Promise<BackfillPage> {
  const { ids, clock } = deps;
  if (job.kind === 'BACKFILL' && job.pixelId) {
    const { from, to } = job.input as { from: string; to: string };
    const window = { from: new Date(from), to: new Date(to) };
    const scope = await backfillScope(sql, job.pixelId, window);
    if (!scope) return { looked: 0, postbacks: [], skipped: {}, position: null };
    const now = clock.now();
    return planBackfillPage({ ids, now }, sql, job.pixelId, scope, job.position, BATCH);
  }
  // Two replays of one postback would each think they are the first: one job at a time.
  await sql.query(`SELECT pg_advisory_xact_lock(hashtext('volley bulk replay'))`);
  const input = readReplayInput(job.input);
  return planReplayPage(ids, sql, input, job.createdAt, job.position, BATCH);
}
