import type { Ids } from '../platform/ids.ts';
import type { Schedule } from '../postbacks/schedule.ts';
import { loadClicks } from '../store/clicks.ts';
import type { Sql } from '../store/database.ts';
import { attributeEvents, loadWaitingEvents } from '../store/events.ts';
import { loadPixels } from '../store/pixels.ts';
import { planPostbacks } from './plan-postbacks.ts';

type Deps = {
  sql: Sql;
  ids: Pick<Ids, 'row'>;
  /** Puts written postbacks on the clock. Never throws: what it misses the sweep finds. */
  schedule: Schedule;
  /** Tells the live stream that events were committed. */
  announce: () => void;
};

/** Gives the events that wait for these clicks what they missed; harmless to repeat. */
export type AttributeWaiting = (clickIds: string[]) => Promise<void>;

/**
 * Attributes and plans events that were stored before their click. Whoever stores one of the two looks
 * for the other after its own commit, so that one of them always finds both: the spool after its
 * clicks, `storeEvents` after events of unknown clicks. A click that is stored at once needs no look,
 * since nobody can report an id that was not given out yet.
 */
export function createAttributeWaiting({ sql, ids, schedule, announce }: Deps): AttributeWaiting {
  return async (clickIds) => {
    const waiting = await loadWaitingEvents(sql, clickIds);
    if (waiting.length === 0) return;
    const clicks = await loadClicks(sql, [...new Set(waiting.map(({ clickId }) => clickId))]);
    const affiliateIds = new Set([...clicks.values()].map(({ affiliateId }) => affiliateId));
    const pixels = await loadPixels(sql, [...affiliateIds]);
    const planned = waiting.flatMap((event) => {
      const click = clicks.get(event.clickId);
      if (!click) return [];
      // A pixel answers no event that came before it (domain rule 30).
      const own = pixels.get(click.affiliateId)?.filter((it) => it.createdAt <= event.receivedAt);
      const postbacks = planPostbacks(event, click, own ?? [], ids, event.receivedAt);
      const { id, delaySeconds } = event;
      return { attribution: { id, clickRowId: click.id, delaySeconds }, postbacks };
    });
    const scheduled = await attributeEvents(
      sql,
      planned.map(({ attribution }) => attribution),
      planned.flatMap(({ postbacks }) => postbacks),
    );
    announce();
    await schedule(scheduled);
  };
}
