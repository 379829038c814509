import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisServerMissing } from '../support/redis-server.ts';
import {
  type Cluster,
  type KillablePostgres,
  LEASE_MS,
  startCluster,
  startKillablePostgres,
} from './support/cluster.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

// As often and as long as the figures in docs/reliability.md; else what a change can wait for.
const IS_FULL = process.env.FAULTS_FULL === '1';
const SCHEDULED = IS_FULL ? 100_000 : 20_000;
const AWAY_MS = IS_FULL ? 60_000 : 6_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs something while events are reported all the time; answers when all of them are decided. */
async function underLoad(cluster: Cluster, fault: () => Promise<void>): Promise<void> {
  let over = false;
  const load = (async () => {
    while (!over) {
      await cluster.report(20);
      await pause(50);
    }
  })();
  await pause(1_500);
  await fault();
  await pause(1_000);
  over = true;
  await load;
  await cluster.settled(30_000);
}

describe.skipIf(redisServerMissing())('Redis', () => {
  test('fault 5: wiped again and again, also during claims', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await underLoad(cluster, async () => {
      for (let times = 0; times < 8; times += 1) {
        await cluster.redisCommand('FLUSHALL');
        await pause(100 + 300 * Math.random());
      }
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test(`fault 5: wiped with ${SCHEDULED} scheduled, and healed before they are due`, async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await cluster.sql(`UPDATE integration SET delay_seconds = 20`);
    await pause(6_000);
    await cluster.report(100);
    await cluster.sql(COPIES);
    await cluster.redisCommand('FLUSHALL');
    const wipedAt = Date.now();
    const [, restored] = await cluster.workers[0]!.printed(
      /"shards".*"restored":(\d{5,}).*"msg":"queue.rebuilt"/,
    );
    const healedMs = Date.now() - wipedAt;
    console.log(`${SCHEDULED} scheduled are back ${healedMs} ms after FLUSHALL`);

    expect(Number(restored)).toBeGreaterThanOrEqual(SCHEDULED);
    expect(healedMs).toBeLessThan(10_000);
  });

  test.each(['killed and started again, empty', 'frozen', 'silent, as if the network were gone'])(
    'faults 6, 8, 9: Redis is %s',
    async (what) => {
      await using cluster = await startCluster({ postgres, affiliates: 10 });
      await underLoad(cluster, async () => {
        const accepted = cluster.acknowledged.length;
        if (what.startsWith('killed')) {
          cluster.redisProxy.down();
          await cluster.restartRedis();
          await pause(AWAY_MS / 2);
          cluster.redisProxy.up();
        } else if (what === 'frozen') {
          process.kill(cluster.redis.pid, 'SIGSTOP');
          await pause(AWAY_MS);
          process.kill(cluster.redis.pid, 'SIGCONT');
        } else {
          cluster.redisProxy.weather = { blackHole: true };
          await pause(AWAY_MS);
          cluster.redisProxy.weather = {};
          cluster.redisProxy.down();
          cluster.redisProxy.up();
        }
        // Events go on being accepted while Redis is away.
        expect(cluster.acknowledged.length).toBeGreaterThan(accepted);
      });

      expect(await cluster.violations({ duplicates: 512, unlogged: 0 })).toEqual([]);
    },
  );

  test('fault 7: a replica that lags takes over, without the last second of writes', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await cluster.report(50);
    await cluster.failOverRedis(async () => {
      // Scheduled, claimed and released, and the replica knows nothing of it.
      await cluster.report(200);
      await pause(400);
    });
    await cluster.settled(30_000);

    expect(await cluster.violations()).toEqual([]);
  });

  test('a Redis that may throw keys away is refused at the start', async () => {
    await using cluster = await startCluster({ postgres, workers: 0 });
    await cluster.redisCommand('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(cluster.startWorker()).rejects.toThrow(/noeviction/);
  });
});

describe.skipIf(redisServerMissing())('PostgreSQL', () => {
  test.each([
    ['shut down fast', 'SIGINT'],
    ['shut down at once', 'SIGQUIT'],
    ['killed', 'SIGKILL'],
  ] as const)('fault 10: PostgreSQL is %s and comes back', async (_, signal) => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    cluster.sink.behaveAll({ status: 200, afterMs: 200 });
    await underLoad(cluster, async () => {
      postgres.signal(signal);
      await pause(2_000 + LEASE_MS);
      await postgres.restart();
      cluster.postgresProxy.aim(postgres.port);
    });

    // Outcomes are kept until it is back: nothing is called twice.
    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 10: PostgreSQL is frozen for longer than the leases', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await underLoad(cluster, async () => {
      postgres.signal('SIGSTOP');
      await pause(LEASE_MS + 1_000);
      postgres.signal('SIGCONT');
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 9: the network to PostgreSQL swallows everything', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    cluster.sink.behaveAll({ status: 200, afterMs: 200 });
    await underLoad(cluster, async () => {
      cluster.postgresProxy.weather = { blackHole: true };
      await pause(6_000);
      cluster.postgresProxy.weather = {};
      cluster.postgresProxy.down();
      cluster.postgresProxy.up();
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 11: somebody locks the table of postbacks', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await underLoad(cluster, async () => {
      await cluster.sql('BEGIN; LOCK TABLE postback; SELECT pg_sleep(4); COMMIT');
    });

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 9: a slow and unsteady network changes nothing', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 10 });
    await underLoad(cluster, async () => {
      const weather = { latencyMs: 5, jitterMs: 40, slice: 700 };
      cluster.postgresProxy.weather = weather;
      cluster.redisProxy.weather = weather;
      await pause(3_000);
      cluster.postgresProxy.weather = {};
      cluster.redisProxy.weather = {};
    });

    expect(await cluster.violations()).toEqual([]);
  });
});

/** Copies of what is scheduled, as if they had been reported. */
const COPIES = `
  INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type, state,
                        due_at, next_attempt_at, max_attempts, replay_of_id)
  SELECT gen_random_uuid(), pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type, state,
    due_at, next_attempt_at, max_attempts, id
  FROM postback, generate_series(1, ${SCHEDULED / 100})`;
