import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisServerMissing } from '../support/redis-server.ts';
import {
  type Cluster,
  type KillablePostgres,
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

/** The product's own deadline and lease: slow receivers are to hold their slots for long. */
const UNHURRIED = { VOLLEY_DEADLINE_SECONDS: '10', VOLLEY_LEASE_SECONDS: '20' };

const p99 = (sorted: number[]) => sorted[Math.floor(sorted.length * 0.99)] ?? 0;

/** An open load: `perSecond` events each second, whatever becomes of them. */
async function load(cluster: Cluster, seconds: number, perSecond: number): Promise<void> {
  const began = Date.now();
  for (let sent = 0; sent < seconds * perSecond; sent += perSecond / 10) {
    await cluster.report(perSecond / 10);
    const aheadMs = (sent * 1000) / perSecond - (Date.now() - began);
    if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
  }
}

describe.skipIf(redisServerMissing())('load', () => {
  test('fault 20: 4,000 postbacks due at one instant leave nobody out and nobody twice', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 40, workers: 2 });
    await cluster.report(4_000);
    await cluster.sql(
      `UPDATE postback SET next_attempt_at = volley_now() + interval '1 s' WHERE state = 'OPEN'`,
    );
    await cluster.settled(60_000);

    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 22: one dead and one slow receiver among 100 delay nobody else', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 100, variables: UNHURRIED });
    await load(cluster, 6, 300);
    await cluster.settled();
    const before = p99(cluster.lateness());
    const usual = cluster.sink.hits.length;

    cluster.sink.behave('/f0', 'hang');
    cluster.sink.behave('/f1', { status: 200, afterMs: 8_000 });
    await load(cluster, 12, 300);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const beside = (path: string) => path !== '/f0' && path !== '/f1';
    const late = cluster.sink.hits.slice(usual);
    const due = new Map(cluster.acknowledged.map(({ id, dueAtMs }) => [id, dueAtMs]));
    const others = late
      .filter(({ attempt, path }) => attempt === 1 && beside(path))
      .map(({ id, at }) => at - (due.get(id) ?? at))
      .sort((one, other) => one - other);
    console.log(`p99 lateness of the others: ${before} ms without, ${p99(others)} ms with them`);

    expect(others.length).toBeGreaterThan(3_400);
    expect(p99(others) - before).toBeLessThan(250);
  });
});
