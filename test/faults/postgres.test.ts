import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { type Cluster, LEASE_MS, startCluster } from './support/cluster.ts';
import { type KillablePostgres, startKillablePostgres } from './support/killable-postgres.ts';
import { underLoad } from './support/load.ts';
import { growthMiB } from './support/processes.ts';
import { between, eachSeed, full } from './support/seeds.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

/** Two workers, and calls that take a while: whatever happens to PostgreSQL, some are under way. */
async function startBusy(server = postgres): Promise<Cluster> {
  const cluster = await startCluster({ postgres: server, affiliates: 10, workers: 2 });
  cluster.sink.behaveAll({ status: 200, afterMs: 500 });
  return cluster;
}

/** What a client is told that cannot be served now: in words, with a code, and soon. */
function expectClear({ refusals }: Cluster): void {
  const told = new Set(refusals.map(({ status, code, message }) => `${status} ${code} ${message}`));
  expect([...told].filter((one) => one !== CLEAR)).toEqual([]);
  expect(Math.max(0, ...refusals.map(({ afterMs }) => afterMs))).toBeLessThan(8_000);
}

const CLEAR = '503 UNAVAILABLE Volley cannot answer this now.';

describe.skipIf(redisServerMissing())('PostgreSQL', () => {
  test.each([
    ['shut down fast', 'SIGINT'],
    ['shut down at once', 'SIGQUIT'],
    ['killed', 'SIGKILL'],
  ] as const)('fault 10: PostgreSQL is %s and comes back', async (_, signal) => {
    await using cluster = await startBusy();
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        const before = cluster.refusals.length;
        postgres.signal(signal);
        await sleep(between(random, 1_000, LEASE_MS + 2_000));
        await postgres.restart();
        cluster.postgresProxy.aim(postgres.port);
        // Clients were told, and are served again.
        expect(cluster.refusals.length).toBeGreaterThan(before);
        await sleep(1_500);
      }),
    );

    // Outcomes are kept until it is back: nothing is called twice.
    expect(await cluster.violations()).toEqual([]);
    expectClear(cluster);
  });

  test('fault 10: PostgreSQL is frozen with all its processes, for longer than leases and limits', async () => {
    await using cluster = await startBusy();
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        const thaw = postgres.freeze();
        await sleep(between(random, LEASE_MS + 500, 8_000));
        thaw();
        await sleep(1_500);
      }),
    );

    expect(await cluster.violations()).toEqual([]);
    expectClear(cluster);
  });

  test('fault 9: the network to PostgreSQL swallows everything', async () => {
    await using cluster = await startBusy();
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        const { postgresProxy } = cluster;
        postgresProxy.weather = { blackHole: true };
        await sleep(between(random, 1_000, 8_000));
        postgresProxy.weather = {};
        postgresProxy.down();
        postgresProxy.up();
        await sleep(1_500);
      }),
    );

    expect(await cluster.violations()).toEqual([]);
    expectClear(cluster);
  });

  test('fault 9: a slow and unsteady network changes nothing', async () => {
    await using cluster = await startBusy();
    await underLoad(cluster, () =>
      eachSeed(10, async (random) => {
        const jitterMs = between(random, 10, 60);
        const weather = { latencyMs: 5, jitterMs, slice: Math.round(between(random, 400, 1_400)) };
        cluster.postgresProxy.weather = weather;
        cluster.redisProxy.weather = weather;
        await sleep(2_000);
        cluster.postgresProxy.weather = {};
        cluster.redisProxy.weather = {};
      }),
    );

    expect(await cluster.violations()).toEqual([]);
    expect(cluster.refusals).toEqual([]);
  });

  const lockedSeconds = full(20, 7);

  test(`fault 11: somebody locks the table of postbacks for ${lockedSeconds} s`, async () => {
    await using cluster = await startBusy();
    const [worker] = cluster.workers;
    const grownMiB = await growthMiB(worker?.pid ?? 0, () =>
      underLoad(cluster, async () => {
        await cluster.sql(`BEGIN; LOCK TABLE postback; SELECT pg_sleep(${lockedSeconds}); COMMIT`);
      }),
    );
    console.log(`fault 11: a worker grew by ${Math.round(grownMiB)} MiB behind a lock`);

    expect(await cluster.violations()).toEqual([]);
    expectClear(cluster);
    expect(grownMiB).toBeLessThan(64);
  });

  test.skipIf(tmpfsCannotBeMounted())('fault 11: the disk of PostgreSQL is full', async () => {
    using disk = mountTmpfs(200);
    await using server = await startKillablePostgres(disk.directory);
    await using cluster = await startBusy(server);
    await underLoad(cluster, () =>
      eachSeed(3, async (random) => {
        const before = cluster.refusals.length;
        disk.fill();
        // There is room in what is allocated already: it takes a while.
        await eventually(
          async () => cluster.refusals.length,
          (count) => expect(count).toBeGreaterThan(before),
        );
        await sleep(between(random, 1_000, 3_000));
        disk.empty();
        // Without room for its log PostgreSQL stops; whoever runs it starts it again.
        await server.restart();
        cluster.postgresProxy.aim(server.port);
        await sleep(1_500);
      }),
    );

    expect(await cluster.violations()).toEqual([]);
    expectClear(cluster);
  });
});

/** For `test.skipIf(...)`: true, with the reason printed, when this user may mount nothing. */
function tmpfsCannotBeMounted(): boolean {
  try {
    mountTmpfs(1)[Symbol.dispose]();
    return false;
  } catch (thrown) {
    console.warn(`SKIPPED: no disk of its own for a full one (root can mount one): ${thrown}`);
    return true;
  }
}

/** A disk of so many MiB. */
function mountTmpfs(
  sizeMiB: number,
): Disposable & { directory: string; fill(): void; empty(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'volley-disk-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const ballast = join(directory, 'ballast');
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=755`, 'none', directory];
    execFileSync('mount', options, { stdio: 'pipe' });
  } catch (thrown) {
    remove();
    throw thrown;
  }
  chmodSync(directory, 0o755);
  return {
    directory,
    fill() {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(65_536), { flag: 'a' });
      } catch {
        // full
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', directory], { stdio: 'pipe' });
      remove();
    },
  };
}
