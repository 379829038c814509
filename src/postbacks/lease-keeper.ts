import { every } from '../platform/lifecycle.ts';
import type { Report } from '../platform/report.ts';
import type { LeasedItem } from '../queue/claim-due.ts';
import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { Claimed } from './fire.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'extend' | 'hold'>;
  /** The claims that are under way, as they are. */
  inHand: ReadonlyMap<string, Claimed>;
  leaseMs: number;
  monotonicMs: () => number;
  report: Pick<Report, 'loopFailed'>;
};

/**
 * Renews the leases of what is under way when a third of them is over, in one call for all: a call that
 * waits for its socket, or an outcome that waits for the database, stays with its worker as long as that
 * lives. A lease that is not what was known of it is taken again, unless somebody else has the id.
 */
export function createLeaseKeeper(deps: Deps): AsyncDisposable {
  const { queue, inHand, leaseMs, monotonicMs, report } = deps;

  async function renew(): Promise<void> {
    const leasedAtMs = monotonicMs();
    const isOld = (claim: Claimed) => leasedAtMs - claim.leasedAtMs > leaseMs / 3;
    const old = [...inHand.values()].filter((claim) => isOld(claim) && !claim.leaves);
    if (old.length === 0) return;
    const { extended, lost } = await queue.extend(old);
    noteLeases({ inHand, leaseMs }, extended, leasedAtMs);
    await holdInHand(deps, ({ id }) => lost.some((it) => it.id === id));
  }
  return every(leaseMs / 20, renew, (thrown) => report.loopFailed('renew leases', thrown));
}

/** Leases what is in hand, of some, whatever Redis knows of it; all but what is on its way out. */
export async function holdInHand(
  deps: Omit<Deps, 'queue' | 'report'> & { queue: Pick<DelayedQueue, 'hold'> },
  isMeant: (claim: Claimed) => boolean,
): Promise<void> {
  const leasedAtMs = deps.monotonicMs();
  const meant = [...deps.inHand.values()].filter((claim) => !claim.leaves && isMeant(claim));
  if (meant.length === 0) return;
  const { extended } = await deps.queue.hold(meant);
  noteLeases(deps, extended, leasedAtMs, deps.monotonicMs());
}

/**
 * A lease that was given anew to an id in hand is the one that counts from now. When the one before was over by
 * then, somebody else may have had the id in between: its call is not made any more if it was not yet.
 * @param givenByMs by when it was given at the latest; a renewal counts from when it was asked for: it fails when
 *   somebody else had the id
 */
export function noteLeases(
  { inHand, leaseMs }: Pick<Deps, 'inHand' | 'leaseMs'>,
  leased: readonly LeasedItem[],
  leasedAtMs: number,
  givenByMs = leasedAtMs,
): void {
  for (const { id, leaseScore } of leased) {
    const claim = inHand.get(id);
    if (!claim) continue;
    if (givenByMs - claim.leasedAtMs > leaseMs) claim.hasLapsed = true;
    Object.assign(claim, { leaseScore, leasedAtMs });
  }
}
