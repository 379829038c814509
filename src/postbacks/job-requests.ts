import type { Engine } from '../access/wall.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../platform/refusals.ts';
import type { PostbackFilter } from '../reports/postback-filter.ts';
import { noteAudit } from '../store/audit.ts';
import type { Db, Sql } from '../store/database.ts';
import type { Job, Pixel } from '../store/generated/client/client.ts';
import { cancelJobPostbacks } from '../store/jobs.ts';
import { backfillScope, planBackfill } from './backfill.ts';
import { countReplays } from './bulk-replay.ts';

type Deps = { db: Db; sql: Sql; engine: Engine; ids: Pick<Ids, 'row'>; clock: Clock };

/** Events that are decided one by one for a plan; beyond them it is not exact. */
export const PLANNED_EVENTS = 10_000;
/** Rows a job may look at. */
export const MAX_ROWS = 1_000_000;
export const MAX_WINDOW_DAYS = 400;
const DAY_MS = 24 * 3600 * 1000;

/** A span of time, half open. */
export type Window = { from: Date; to: Date };

/** Long work on request: planned with its count, started, cancelled. Rights are checked by the caller. */
export type JobRequests = {
  /** Plans to fire a pixel for past events, received within the window. Writes no postback. */
  planBackfill(pixel: Pixel, window: Window, author: string): Promise<string>;
  /** Plans to fire again what FAILED and was due within the window. Writes no postback. */
  planReplay(
    filter: PostbackFilter & Window,
    template: 'ORIGINAL' | 'CURRENT',
    owner: { affiliateId: string | null; author: string },
  ): Promise<string>;
  /** Lets workers begin. ConflictError unless the job is only planned. */
  start(job: Job): Promise<void>;
  /** Ends a planned or running job after the batch under way; ConflictError when it ended already. */
  cancel(job: Job, cancelPostbacks: boolean): Promise<void>;
};

/** @param deps the clients are those of who asks; postbacks are the engine's to cancel */
export function createJobRequests({ db, sql, engine, ids, clock }: Deps): JobRequests {
  return {
    async planBackfill(pixel, window, author) {
      checkWindow(window);
      const scope = await backfillScope(sql, pixel.id, window);
      if (!scope) throw new NotFoundError('this pixel was deleted');
      if (pixel.status !== 'ACTIVE') {
        throw new ConflictError(`this pixel is ${pixel.status}: it would fire for no event`);
      }
      const deps = { ids, now: clock.now() };
      const plan = await planBackfill(deps, sql, pixel.id, scope, PLANNED_EVENTS);
      checkTotal(plan.total);
      const { total, ...decided } = plan;
      const { id } = await db.job.create({
        data: {
          id: ids.row(),
          kind: 'BACKFILL',
          affiliateId: pixel.affiliateId,
          pixelId: pixel.id,
          input: { from: window.from.toISOString(), to: window.to.toISOString(), plan: decided },
          total,
          author,
        },
      });
      return id;
    },

    async planReplay(filter, template, { affiliateId, author }) {
      checkWindow(filter);
      const [{ now }] = await db.$queryRaw<[{ now: Date }]>`SELECT now()`;
      const total = await countReplays(sql, { filter, template }, now);
      checkTotal(total);
      const { id } = await db.job.create({
        data: {
          id: ids.row(),
          kind: 'REPLAY',
          affiliateId,
          input: { filter: JSON.parse(JSON.stringify(filter)), template },
          total,
          author,
          createdAt: now,
        },
      });
      return id;
    },

    async start({ id }) {
      const where = { id, status: 'PLANNED' as const };
      const { count } = await db.job.updateMany({ where, data: { status: 'RUNNING' } });
      if (count === 0) throw new ConflictError('this job was started or cancelled already');
    },

    async cancel({ id }, cancelPostbacks) {
      // Waits for the row's lock, which is the end of the batch under way.
      const { count } = await db.job.updateMany({
        where: { id, status: { in: ['PLANNED', 'RUNNING'] } },
        data: { status: 'CANCELLED', finishedAt: clock.now() },
      });
      if (!cancelPostbacks) {
        if (count === 0) throw new ConflictError('this job has ended already');
        return;
      }
      await engine.transact(async (inside) => {
        const after = { cancelled_postbacks: await cancelJobPostbacks(inside, id) };
        await noteAudit(inside, { objectType: 'Job', objectId: id, after });
      });
    },
  };
}

function checkWindow({ from, to }: Window): void {
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (days > 0 && days <= MAX_WINDOW_DAYS) return;
  const message =
    days <= 0
      ? 'must be after "from"'
      : `must be at most ${MAX_WINDOW_DAYS} days after "from"; it was ${Math.ceil(days)}`;
  throw new InvalidInputError([{ path: ['to'], message }]);
}

function checkTotal(total: number): void {
  if (total <= MAX_ROWS) return;
  const message = `there are ${total} rows in this window, ${MAX_ROWS} at most are allowed: choose a shorter one`;
  throw new InvalidInputError([{ path: ['from'], message }]);
}
