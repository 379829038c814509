import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { Volley } from '../../support/process.ts';
import { redisServerMissing } from '../../support/redis-server.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { heldMiB } from '../support/held-memory.ts';
import { startKillablePostgres } from '../support/killable-postgres.ts';
import { openLoad, quantile } from '../support/load.ts';
import { measured } from '../support/measured.ts';
import { full } from '../support/seeds.ts';

const SECONDS = full(1_200, 24);
const PER_SECOND = full(300, 150);

/** Lateness and sizes over a third of the time. */
async function third(cluster: Cluster) {
  const since = Date.now();
  await openLoad(cluster, SECONDS / 3, PER_SECOND);
  await sleep(1_500);
  return {
    p99: quantile(cluster.lateness(undefined, since), 0.99),
    apiMiB: await heldMiB(cluster.api),
    workerMiB: await heldMiB(cluster.workers[0] as Volley),
  };
}

test.skipIf(redisServerMissing())(
  `fault 27: ${SECONDS} s under load while a long reader pins what vacuum would remove`,
  { timeout: (2 * SECONDS + 200) * 1000 },
  async () => {
    await using postgres = await startKillablePostgres();
    await using cluster = await startCluster({ postgres, affiliates: 50 });
    await cluster.report(200);
    await cluster.settled();
    const reader = new pg.Client(cluster.databaseUrl);
    await reader.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM postback');

    const first = await third(cluster);
    await third(cluster);
    const limits = {
      p99: first.p99 + 50,
      apiMiB: first.apiMiB + 60,
      workerMiB: first.workerMiB + 60,
    };
    // Again, when the machine was busy with something else: by then even more is pinned.
    const last = await measured(limits, () => third(cluster));
    await cluster.settled();
    const pinned = await deadTuples(cluster);
    await reader.query('COMMIT');
    await reader.end();
    await cluster.sql('VACUUM postback');
    const freed = await deadTuples(cluster);
    console.log(`fault 27: ${JSON.stringify({ first, last, pinned, freed })}`);

    expect(await cluster.violations()).toEqual([]);
    // A delivered postback leaves one dead version of its row, in the one statement that recorded it.
    expect(pinned.dead).toBeLessThan(1.3 * pinned.live);
    expect(freed.dead).toBeLessThan(0.05 * freed.live);
    expect(last.p99).toBeLessThan(limits.p99);
    expect(last.apiMiB).toBeLessThan(limits.apiMiB);
    expect(last.workerMiB).toBeLessThan(limits.workerMiB);
  },
);

async function deadTuples(cluster: Cluster): Promise<{ live: number; dead: number }> {
  // Sessions tell what they did within a second.
  await sleep(1_500);
  const [row] = await cluster.sql(`
    SELECT n_live_tup::int AS live, n_dead_tup::int AS dead FROM pg_stat_user_tables WHERE relname = 'postback'`);
  return row as { live: number; dead: number };
}
