import type { Claim, ClaimLimits } from '../queue/claim-due.ts';
import type { MeasureExcept } from '../queue/delayed-queue.ts';
import type { QueueLane } from '../queue/shards.ts';

/** Who was passed over by a look within this is taken to be so still: who limits somebody looks four times a second. */
const STILL_MS = 5_000;

/** What one look was limited to, and what it took. */
export type Look = Required<
  Pick<ClaimLimits, 'pausedGroups' | 'perGroup' | 'lanes' | 'perLane'>
> & {
  claims: readonly Claim[];
};

/**
 * Remembers whose postbacks wait on purpose though they are due: of destinations that are held or limited,
 * and of those and of affiliates that have as many calls under way as they may.
 */
export function createOnPurpose(monotonicMs: () => number) {
  const groups = new Map<string, number>();
  const lanes = new Map<string, { lane: QueueLane; atMs: number }>();

  return {
    looked({ pausedGroups, perGroup, lanes: limits, perLane, claims }: Look): void {
      const atMs = monotonicMs();
      const passOver = (lane: QueueLane) => lanes.set(`${lane.group}|${lane.lane}`, { lane, atMs });
      for (const group of pausedGroups) groups.set(group, atMs);
      for (const [group, of] of Map.groupBy(claims, (claim) => claim.group)) {
        if (of.length >= perGroup) groups.set(group, atMs);
      }
      const rooms = new Map<string, number>();
      for (const { group, lane, room, perSecond } of limits) {
        rooms.set(`${group}|${lane}`, room);
        if (room <= 0 || perSecond !== undefined) passOver({ group, lane });
      }
      for (const [key, of] of Map.groupBy(claims, ({ group, lane }) => `${group}|${lane}`)) {
        const [{ group, lane }] = of as [Claim];
        if (of.length >= (rooms.get(key) ?? perLane)) passOver({ group, lane });
      }
    },

    /** Who waits on purpose now. */
    get waiting(): { groups: string[]; lanes: QueueLane[] } & MeasureExcept {
      const since = monotonicMs() - STILL_MS;
      for (const [group, atMs] of groups) if (atMs < since) groups.delete(group);
      for (const [key, { atMs }] of lanes) if (atMs < since) lanes.delete(key);
      return { groups: [...groups.keys()], lanes: [...lanes.values()].map(({ lane }) => lane) };
    },
  };
}
