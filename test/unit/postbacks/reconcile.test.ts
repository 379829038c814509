import { expect, test } from 'vitest';
import { createReconcile, LOOKED_WITHIN_MS } from '../../../src/postbacks/reconcile.ts';
import { createShards } from '../../../src/queue/shards.ts';
import type { DuePostback, OpenPage } from '../../../src/store/open-postbacks.ts';

const LEASE_MS = 20_000;
const { of: shardOf } = createShards('q', 16);
const ALL = Array.from({ length: 16 }, (_, shard) => shard);

/** A store and a queue in memory, and what was asked of them. */
function setUp(count: number, overdueMs = (_at: number) => -1_000) {
  const rows: DuePostback[] = Array.from({ length: count }, (_, at) => ({
    id: String(at).padStart(6, '0'),
    affiliateId: `affiliate-${at % 30}`,
    destinationId: `destination-${at % 5}`,
    dueAtMs: at,
    dueAt: String(at).padStart(6, '0'),
    overdueMs: overdueMs(at),
  }));
  const state = { now: 0, lost: new Set(ALL), wiped: [] as number[], locked: [] as number[] };
  const pages: OpenPage[] = [];
  const done: unknown[] = [];
  const queued = new Map<string, number>();
  const tokens = new Map<number, string>();
  const reconcile = createReconcile({
    page: async (page) => {
      pages.push(page);
      const { after, limit, affiliateIds } = page;
      return rows
        .filter(({ dueAt }) => after === null || dueAt > after.dueAt)
        .filter(({ affiliateId }) => affiliateIds === null || affiliateIds.includes(affiliateId))
        .slice(0, limit);
    },
    affiliateIds: async () => [...new Set(rows.map(({ affiliateId }) => affiliateId))],
    queue: {
      shards: ALL,
      shardOf,
      lostShards: async () => [...state.lost],
      async startRebuild(of, token) {
        for (const shard of of) tokens.set(shard, token);
      },
      async putBack(items, token) {
        for (const shard of state.wiped) tokens.delete(shard);
        const refused = new Set<number>();
        for (const { id, group, dueAtMs } of items) {
          const shard = shardOf(group);
          const isMeant = token ? tokens.get(shard) === token : !state.lost.has(shard);
          if (isMeant) queued.set(id, dueAtMs);
          else refused.add(shard);
        }
        return [...refused];
      },
      async setEpoch(of = ALL, token) {
        const opened = of.filter((shard) => tokens.get(shard) === token);
        for (const shard of opened) state.lost.delete(shard);
        done.push({ opened: opened.length, queued: queued.size });
        return of.filter((shard) => !opened.includes(shard));
      },
    },
    exclusively: (shards, work) => work(shards.filter((shard) => !state.locked.includes(shard))),
    makeToken: () => `token-${done.length}`,
    leaseMs: LEASE_MS,
    nowMs: () => state.now,
    pause: async (ms) => void done.push({ paused: ms }),
  });
  return { reconcile, rows, pages, queued, done, state };
}

test('a rebuild puts every page back before it opens the shards', async () => {
  const { reconcile, rows, pages, queued, done } = setUp(12_345);

  expect(await reconcile.rebuild(ALL)).toEqual({ opened: ALL, count: 12_345 });
  expect([...queued.keys()]).toEqual(rows.map(({ id }) => id));
  expect(done).toEqual([{ opened: 16, queued: 12_345 }]);
  expect(pages.map(({ after }) => after?.id ?? null)).toEqual([null, '004999', '009999']);
});

test('a rebuild whose pages end exactly asks once more and stops', async () => {
  const { reconcile, pages } = setUp(10_000);

  expect((await reconcile.rebuild(ALL)).count).toBe(10_000);
  expect(pages.map(({ after }) => after?.id ?? null)).toEqual([null, '004999', '009999']);
});

test('a rebuild reads the rows of the lost shards only, and leaves others alone', async () => {
  const { reconcile, rows, pages, queued, state } = setUp(3_000);
  const [one, other] = [shardOf('affiliate-0'), shardOf('affiliate-1')];
  state.lost = new Set([one, other]);

  expect((await reconcile.rebuild([one, other])).opened).toEqual([one, other]);
  const theirs = rows.filter(({ affiliateId }) => [one, other].includes(shardOf(affiliateId)));
  expect([...queued.keys()]).toEqual(theirs.map(({ id }) => id));
  expect(pages.every(({ affiliateIds }) => affiliateIds !== null)).toBe(true);
});

test('shards that another worker rebuilds, or has rebuilt, are left to it', async () => {
  const { reconcile, queued, state, pages } = setUp(100);
  state.locked = ALL;
  expect(await reconcile.rebuild(ALL)).toEqual({ opened: [], count: 0 });
  state.locked = [];
  state.lost = new Set();
  expect(await reconcile.rebuild(ALL)).toEqual({ opened: [], count: 0 });
  expect([queued.size, pages.length]).toEqual([0, 0]);
});

test('what may be under way at a worker that cannot say so comes due when its lease would have ended', async () => {
  const overdue = [-5, 0, 1, LEASE_MS - 1, LEASE_MS, LEASE_MS + 1];
  const { reconcile, rows, queued, done } = setUp(6, (at) => overdue[at] ?? 0);
  await reconcile.rebuild(ALL);

  const later = rows.map(({ id, dueAtMs }) => (queued.get(id) ?? 0) - dueAtMs);
  expect(later).toEqual([0, 0, LEASE_MS, LEASE_MS, 0, 0]);
  // Who has in hand what is due at once must have had the time to say so.
  expect(done).toEqual([{ paused: LOOKED_WITHIN_MS }, { opened: 16, queued: 6 }]);
});

test('a shard that is wiped in the middle stays closed, the others open', async () => {
  const { reconcile, state, done } = setUp(12_000);
  const wiped = shardOf('affiliate-7');
  state.wiped = [wiped];
  const { opened } = await reconcile.rebuild(ALL);

  expect(opened).toEqual(ALL.filter((shard) => shard !== wiped));
  expect(done).toHaveLength(1);
  expect([...state.lost]).toEqual([wiped]);
});

test('a rebuild of nothing but wiped shards ends early', async () => {
  const { reconcile, state, pages } = setUp(12_000);
  state.wiped = ALL;

  expect((await reconcile.rebuild(ALL)).opened).toEqual([]);
  expect(pages).toHaveLength(1);
});

test('a worker begins with a rebuild of what is lost and a look at the rest', async () => {
  const whole = setUp(100);
  expect(await whole.reconcile.start()).toBe(100);
  expect(whole.pages).toHaveLength(1);

  const open = setUp(100);
  open.state.lost = new Set();
  expect(await open.reconcile.start()).toBe(100);
  expect(open.done).toEqual([]);
});

test('a sweep looks at all that came due since the last one, and opens nothing', async () => {
  const { reconcile, pages, done, state, queued } = setUp(12_345);
  state.lost = new Set();
  state.now = 5_000;

  expect(await reconcile.sweep()).toBe(12_345);
  expect(queued.size).toBe(12_345);
  expect(pages.map(({ horizonMs }) => horizonMs)).toEqual([-1_000, -1_000, -1_000]);
  // What was committed long after its time was set is seen as well.
  expect(pages[0]?.sinceMs).toBe(5_000 + 1_000 + 30_000);
  state.now = 7_000;
  await reconcile.sweep();
  expect(pages.at(-1)?.sinceMs).toBe(2_000 + 1_000 + 30_000);
  expect(done).toEqual([]);
});

test('sweep and load put nothing into closed shards: what is under way would be claimed there', async () => {
  const { reconcile, queued } = setUp(100);
  await reconcile.sweep();
  await reconcile.load();
  expect(queued.size).toBe(0);
});
