import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { DEADLINE_MS, LEASE_MS, startCluster, startKillablePostgres } from './support/cluster.ts';
import { createNemesis, seeded } from './support/nemesis.ts';
import { startViewer } from './support/viewer.ts';

/** What of the second list the first one lacks, as often as it lacks it. */
function missingIn(some: string[], all: string[]): string[] {
  const left = new Map<string, number>();
  for (const key of some) left.set(key, (left.get(key) ?? 0) + 1);
  return all.filter((key) => {
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

// `npm run chaos -- --minutes 30 --seed N` sets both.
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 90);
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1_000_000));
/** A repeat or a missing record is explained by a fault that was there while the call was. */
const AROUND_MS = DEADLINE_MS + LEASE_MS;

test.skipIf(redisServerMissing())(
  `fault 28: everything at once, seed ${SEED}`,
  { timeout: (SECONDS + 240) * 1000 },
  async () => {
    await using postgres = await startKillablePostgres();
    await using cluster = await startCluster({ postgres, workers: 2, affiliates: 10 });
    await using viewer = await startViewer(cluster.api.url);
    const nemesis = createNemesis(cluster, postgres, seeded(SEED));
    const handles = () => readdirSync(`/proc/${cluster.api.pid}/fd`).length;
    await cluster.report(200);
    await cluster.settled();
    const atRest = handles();

    const until = Date.now() + SECONDS * 1000;
    const load = (async () => {
      while (Date.now() < until) {
        await cluster.report(20);
        await sleep(50);
      }
    })();
    let toldAt = Date.now();
    while (Date.now() < until) {
      const fault = await nemesis.strike();
      await sleep(500);
      if (Date.now() - toldAt < 10_000) continue;
      toldAt = Date.now();
      const left = Math.round((until - toldAt) / 1000);
      console.log(
        `seed ${SEED}: ${nemesis.windows.length} faults, last "${fault}"; ` +
          `${cluster.acknowledged.length} reported, ${cluster.sink.hits.length} calls; ${left} s left`,
      );
    }
    await load;

    // Healed. What waits for a retry in minutes or hours is brought forward, and what is held is probed.
    cluster.sink.behaveAll({ status: 200 });
    await sleep(AROUND_MS);
    await cluster.sql(`UPDATE postback SET next_attempt_at = volley_now() WHERE state = 'OPEN'`);
    await cluster.sql(
      `UPDATE destination SET held_until = volley_now() WHERE held_until IS NOT NULL`,
    );
    await cluster.redisCommand('FLUSHALL');
    nemesis.windows.push({ name: 'healing', from: Date.now(), to: Date.now(), repeats: true });
    await cluster.settled(60_000);

    const windows = nemesis.windows.filter(({ repeats }) => repeats);
    const explains = ({ at }: { at: number }) =>
      windows.some(({ from, to }) => at >= from - AROUND_MS && at <= to + AROUND_MS);
    expect(await cluster.violations({ explains })).toEqual([]);

    // I7: a viewer that was cut off and came back saw every attempt once.
    const logged = await cluster.logged();
    await eventually(
      async () => missingIn(viewer.seen, logged),
      (missing) => expect(missing).toEqual([]),
    );
    expect(missingIn(logged, viewer.seen)).toEqual([]);
    expect(viewer.gaps).toBe(0);
    // I8: what the API opened meanwhile is closed again.
    await eventually(
      async () => handles(),
      (open) => expect(open).toBeLessThan(atRest + 30),
    );
  },
);
