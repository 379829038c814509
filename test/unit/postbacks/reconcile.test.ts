import { expect, test } from 'vitest';
import { createReconcile } from '../../../src/postbacks/reconcile.ts';

/** A store and a queue in memory; `pages` tells what was asked of the store. */
function setUp(count: number) {
  const rows = Array.from({ length: count }, (_, at) => ({
    id: String(at).padStart(6, '0'),
    affiliateId: `affiliate-${at % 3}`,
    destinationId: `destination-${at % 5}`,
    dueAtMs: at,
  }));
  const pages: [number, string | null][] = [];
  const queued: string[] = [];
  const opened: (number[] | undefined)[] = [];
  const reconcile = createReconcile({
    page: async ({ horizonMs, after, limit }) => {
      pages.push([horizonMs, after]);
      return rows.filter(({ id }) => after === null || id > after).slice(0, limit);
    },
    queue: {
      async schedule(items) {
        expect(opened).toEqual([]);
        queued.push(...items.map(({ id }) => id));
      },
      async setEpoch(shards) {
        opened.push(shards);
      },
    },
  });
  return { reconcile, rows, pages, queued, opened };
}

test('a rebuild puts every page back before it opens the shards', async () => {
  const { reconcile, rows, queued, opened } = setUp(12_345);

  expect(await reconcile.rebuild([3, 5])).toBe(12_345);
  expect(queued).toEqual(rows.map(({ id }) => id));
  expect(opened).toEqual([[3, 5]]);
});

test('a rebuild whose pages end exactly asks once more and stops', async () => {
  const { reconcile, pages } = setUp(10_000);

  expect(await reconcile.rebuild()).toBe(10_000);
  expect(pages.map(([, after]) => after)).toEqual([null, '004999', '009999']);
});

test('a sweep looks at one page of what is overdue and opens nothing', async () => {
  const { reconcile, pages, opened } = setUp(12_345);

  expect(await reconcile.sweep()).toBe(5_000);
  expect(pages).toEqual([[-1_000, null]]);
  expect(opened).toEqual([]);
});
