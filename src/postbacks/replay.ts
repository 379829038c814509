import type { Engine } from '../access/wall.ts';
import { DEFAULT_INTEGRATION_ID } from '../catalog/catalog.ts';
import { SAMPLE_EVENT } from '../pixels/sample-event.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import { ConflictError } from '../platform/refusals.ts';
import type { QueueItem } from '../queue/shards.ts';
import { noteAudit } from '../store/audit.ts';
import type { Pixel, Postback } from '../store/generated/client/client.ts';
import { cancelOpenPostback } from '../store/postbacks.ts';
import { insertDueNow } from '../store/replays.ts';
import type { Fire } from './fire.ts';
import type { Schedule } from './schedule.ts';

type Deps = {
  ids: Pick<Ids, 'row'>;
  clock: Clock;
  schedule: Schedule;
  cancel: (items: QueueItem[]) => Promise<unknown>;
  fire: Pick<Fire, 'fireNow'>;
  /** A test that this process does not live to finish is made by a worker after this long. */
  leaseMs: number;
};

/**
 * What is done to single postbacks on request. The caller has read them, and the pixel and the click, as the viewer:
 * from there on it is the engine's work, with the viewer as its actor.
 */
export type PostbackRequests = {
  /**
   * A new postback for the same event, due now: with the template of then (ORIGINAL) or of today
   * (CURRENT). ConflictError while the old one is still open.
   */
  replay(engine: Engine, old: Postback, template: 'ORIGINAL' | 'CURRENT'): Promise<string>;
  /** No further attempt is made. ConflictError when the postback is decided already. */
  cancel(engine: Engine, postback: Postback): Promise<void>;
  /** Fires a pixel once, at once, for a click or for the catalogue's samples; marked as a test. */
  test(engine: Engine, pixel: Pixel, click: TestClick | null): Promise<string>;
};

export type TestClick = { id: string; clickId: string; campaignId: string };

export function createPostbackRequests(deps: Deps): PostbackRequests {
  const { ids } = deps;
  return {
    async replay({ db, transact }, old, template) {
      if (old.state === 'OPEN') {
        throw new ConflictError('this postback is still open: cancel it first, or let it finish');
      }
      const pixel = await db.pixel.findUniqueOrThrow({ where: { id: old.pixelId } });
      if (pixel.status === 'DELETED') throw new ConflictError('the pixel was deleted');
      const pixelVersion = template === 'ORIGINAL' ? old.pixelVersion : pixel.version;
      const where = { pixelId_version: { pixelId: pixel.id, version: pixelVersion } };
      const { approved } = await db.pixelVersion.findUniqueOrThrow({ where });
      if (!approved) {
        const message = `version ${pixelVersion} of the pixel was never approved: it may not be fired`;
        throw new ConflictError(message);
      }
      const replay = await transact(async (sql) => {
        const made = await insertDueNow(sql, {
          ...old,
          id: ids.row(),
          pixelVersion,
          maxAttempts: pixel.maxAttempts,
          // Replays of a replay hang on the first postback too: one family, one head.
          replayOfId: old.replayOfId ?? old.id,
          leaseSeconds: 0,
        });
        const after = { replay_of: old.id, template };
        await noteAudit(sql, { objectType: 'Postback', objectId: made.id, after });
        return made;
      });
      await deps.schedule([replay]);
      return replay.id;
    },

    async cancel({ transact }, { id, affiliateId }) {
      const cancelled = await transact(async (sql) => {
        const ended = await cancelOpenPostback(sql, id);
        if (!ended) throw new ConflictError('this postback is decided already');
        const [before, after] = [{ state: 'OPEN' }, { state: 'CANCELLED' }];
        await noteAudit(sql, { objectType: 'Postback', objectId: id, before, after });
        return ended;
      });
      // A missed removal is harmless: the worker finds the row cancelled.
      const lane = cancelled.destinationId;
      await deps.cancel([{ id, group: affiliateId, lane }]).catch(() => {});
    },

    async test({ db, transact }, pixel, click) {
      const event = await db.event.create({
        data: {
          id: ids.row(),
          integrationId: DEFAULT_INTEGRATION_ID,
          ...SAMPLE_EVENT,
          type: pixel.triggerEvent,
          revision: 1,
          clickId: click?.clickId ?? null,
          clickRowId: click?.id ?? null,
          occurredAt: deps.clock.now(),
          test: true,
        },
      });
      const postback = await transact(async (sql) => {
        const made = await insertDueNow(sql, {
          id: ids.row(),
          pixelId: pixel.id,
          pixelVersion: pixel.version,
          eventId: event.id,
          affiliateId: pixel.affiliateId,
          campaignId: click?.campaignId ?? null,
          clickId: click?.clickId ?? null,
          eventType: pixel.triggerEvent,
          maxAttempts: 1,
          replayOfId: null,
          test: true,
          leaseSeconds: deps.leaseMs / 1000,
        });
        const after = { test_of: pixel.id, click_id: click?.clickId ?? null };
        await noteAudit(sql, { objectType: 'Postback', objectId: made.id, after });
        return made;
      });
      await deps.fire.fireNow(postback.id);
      return postback.id;
    },
  };
}
