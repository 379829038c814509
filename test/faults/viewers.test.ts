import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { startCluster } from './support/cluster.ts';
import { type KillablePostgres, startKillablePostgres } from './support/killable-postgres.ts';
import { growthMiB } from './support/processes.ts';
import { between, full, SEED, seeded } from './support/seeds.ts';
import { type FaultViewer, startViewer } from './support/viewer.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

const VIEWERS = full(500, 200);
const EVENTS = full(1_000, 400);
// Each viewer's messages are read for it alone: some 1,000 in a second on two cores.
const SHOWN_MS = 20_000 + VIEWERS * EVENTS;

test.skipIf(redisServerMissing())(
  `fault 24: of ${VIEWERS} viewers one stops reading, some are cut off, and Redis forgets the stream`,
  async () => {
    const random = seeded(SEED);
    await using cluster = await startCluster({ postgres, affiliates: 10, workers: 2 });
    await using stack = new AsyncDisposableStack();
    const viewers: FaultViewer[] = [];
    while (viewers.length < VIEWERS) {
      const next = Array.from({ length: 20 }, () => startViewer(cluster.api.url));
      for (const viewer of await Promise.all(next)) viewers.push(stack.use(viewer));
    }
    const [stalled, ...others] = viewers as [FaultViewer, ...FaultViewer[]];
    const goOn = stalled.stall();

    const grownMiB = await growthMiB(cluster.api.pid, async () => {
      for (let sent = 0; sent < EVENTS; sent += 50) {
        await cluster.report(50);
        others[Math.floor(between(random, 0, others.length))]?.cut();
        const key = await liveKey();
        if (key) await cluster.redisCommand('XTRIM', key, 'MAXLEN', '0');
        if (random() < 0.3) await cluster.redisCommand('FLUSHALL');
        await sleep(between(random, 50, 300));
      }
      await cluster.settled();
    });
    // Whoever reads is shown everything while the stalled one holds up nobody, and then that one too.
    await untilSeen(others, EVENTS);
    expect(stalled.seen.length).toBeLessThan(EVENTS);
    goOn();
    await untilSeen([stalled], EVENTS);
    console.log(`fault 24: the API grew by ${Math.round(grownMiB)} MiB under ${VIEWERS} viewers`);

    expect(await cluster.violations({ viewers })).toEqual([]);
    expect(viewers.map(({ gaps }) => gaps).filter((gaps) => gaps > 0)).toEqual([]);
    expect(others.reduce((sum, { reconnects }) => sum + reconnects, 0)).toBeGreaterThan(3);
    expect(grownMiB).toBeLessThan(150);

    async function liveKey(): Promise<string | undefined> {
      return (await cluster.redisCommand('KEYS', '*:live')).match(/\S+:live/)?.[0];
    }
  },
);

function untilSeen(viewers: FaultViewer[], count: number): Promise<unknown> {
  return eventually(
    async () => Math.min(...viewers.map(({ seen }) => seen.length)),
    (least) => expect(least).toBeGreaterThanOrEqual(count),
    SHOWN_MS,
  );
}
