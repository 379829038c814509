import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';

/** Runs something while events are reported all the time, and waits until everything is decided. */
export async function underLoad(cluster: Cluster, fault: () => Promise<void>): Promise<void> {
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      await cluster.report(20);
      await sleep(50);
    }
  })();
  try {
    await sleep(1_000);
    await fault();
    await sleep(1_000);
  } finally {
    isOver = true;
    await load;
  }
  await cluster.settled();
}

/** An open load: `perSecond` events each second, whatever becomes of them. */
export async function openLoad(
  cluster: Cluster,
  seconds: number,
  perSecond: number,
  pick?: (n: number) => number,
): Promise<void> {
  const began = performance.now();
  for (let sent = 0; sent < seconds * perSecond; sent += perSecond / 10) {
    await cluster.report(perSecond / 10, pick);
    const aheadMs = (sent * 1000) / perSecond - (performance.now() - began);
    if (aheadMs > 0) await sleep(aheadMs);
  }
}

/** The value that a share of the sorted ones does not exceed. */
export function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
