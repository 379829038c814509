import { every } from '../platform/lifecycle.ts';
import type { Report } from '../platform/report.ts';
import type { DelayedQueue } from '../queue/delayed-queue.ts';
import type { Claimed } from './fire.ts';

type Deps = {
  queue: Pick<DelayedQueue, 'extend'>;
  /** The claims that are under way, as they are. */
  inHand: ReadonlyMap<string, Claimed>;
  leaseMs: number;
  monotonicMs: () => number;
  report: Pick<Report, 'loopFailed'>;
};

/**
 * Renews the leases of what is under way when a third of them is over, in one call for all: a call that
 * waits for its socket, or an outcome that waits for the database, stays with its worker as long as that lives.
 */
export function createLeaseKeeper({
  queue,
  inHand,
  leaseMs,
  monotonicMs,
  report,
}: Deps): AsyncDisposable {
  async function renew(): Promise<void> {
    const leasedAtMs = monotonicMs();
    const old = [...inHand.values()].filter((claim) => leasedAtMs - claim.leasedAtMs > leaseMs / 3);
    if (old.length === 0) return;
    const { extended } = await queue.extend(old);
    for (const { id, leaseScore } of extended) {
      const claim = inHand.get(id);
      if (claim) Object.assign(claim, { leaseScore, leasedAtMs });
    }
  }
  return every(leaseMs / 20, renew, (thrown) => report.loopFailed('renew leases', thrown));
}
