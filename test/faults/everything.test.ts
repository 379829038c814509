import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { startCluster } from './support/cluster.ts';
import { startKillablePostgres } from './support/killable-postgres.ts';
import { createNemesis } from './support/nemesis.ts';
import { leftOpen, openIn } from './support/resources.ts';
import { between, full, SEED, seeded } from './support/seeds.ts';
import { startViewer } from './support/viewer.ts';

// `npm run chaos -- --minutes 30 --seed N` sets both.
const SECONDS = Number(process.env.CHAOS_SECONDS ?? full(1_800, 90));
/** Since the last fault the sweep must have found what was lost: it looks every five seconds. */
const LATE_SECONDS = 10;

/** What nobody holds and nobody fires. */
const FORGOTTEN = `
  SELECT p.id, p.next_attempt_at FROM postback p
  JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
  JOIN destination d ON d.id = v.destination_id
  WHERE p.state = 'OPEN' AND d.held_until IS NULL
    AND p.next_attempt_at < volley_now() - interval '${LATE_SECONDS} s'`;

test.skipIf(redisServerMissing())(
  `fault 28: everything at once, seed ${SEED}`,
  { timeout: (SECONDS + 300) * 1000 },
  async () => {
    const random = seeded(SEED);
    await using postgres = await startKillablePostgres();
    await using cluster = await startCluster({ postgres, workers: 2, affiliates: 10 });
    await using viewer = await startViewer(cluster.api.url);
    const nemesis = createNemesis(cluster, postgres, random);
    await cluster.report(200);
    await cluster.settled();
    const atRest = await openIn(cluster);

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
      await sleep(between(random, 500, 1_500));
      if (Date.now() - toldAt < 10_000) continue;
      toldAt = Date.now();
      const left = Math.round((until - toldAt) / 1000);
      console.log(
        `seed ${SEED}: ${nemesis.strikes} faults, last "${fault}"; ` +
          `${cluster.acknowledged.length} reported, ${cluster.sink.hits.length} calls; ${left} s left`,
      );
    }
    await load;
    cluster.sink.behaveAll({ status: 200 });

    // Before anything is helped along: what Redis lost was found again by itself.
    await sleep(LATE_SECONDS * 1000);
    await eventually(
      () => cluster.sql(FORGOTTEN),
      (forgotten) => expect(forgotten).toEqual([]),
    );
    // What waits for a retry in minutes or hours is brought forward, and what is held is probed.
    await cluster.sql(`UPDATE postback SET next_attempt_at = volley_now() WHERE state = 'OPEN'`);
    await cluster.sql(
      `UPDATE destination SET held_until = volley_now() WHERE held_until IS NOT NULL`,
    );
    await cluster.redisCommand('FLUSHALL');
    await cluster.settled();
    const [log] = await cluster.sql('SELECT count(*)::int AS attempts FROM postback_attempt');
    await eventually(
      async () => viewer.seen.length,
      (seen) => expect(seen).toBeGreaterThanOrEqual(Number(log?.attempts)),
    );

    const resources = await leftOpen(cluster, atRest);
    expect(await cluster.violations({ viewers: [viewer], resources })).toEqual([]);
    expect(viewer.gaps).toBe(0);
    expect((await nemesis.exits()).filter((code) => code !== 0)).toEqual([]);
  },
);
