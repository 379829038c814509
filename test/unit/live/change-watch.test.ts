import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createChangeWatch } from '../../../src/live/change-watch.ts';

/** How far back a look goes, in steps of the table's clock. */
const LAG = 3;

/** A small table in memory: each row has a revision and the time of its last change. */
function openTable() {
  const rows = new Map<string, { revision: number; at: number }>();
  const looks: (string | null)[] = [];
  const faults: unknown[] = [];
  let now = 100;
  let gate: Promise<void> = Promise.resolve();
  let fault: Error | null = null;
  const watch = createChangeWatch({
    everyMs: 1,
    onFault: (thrown) => faults.push(thrown),
    async read(since) {
      looks.push(since);
      await gate;
      if (fault) throw fault;
      const from = Number(since ?? now - LAG);
      const changes = [...rows]
        .filter(([, { at }]) => at >= from)
        .sort(([, one], [, other]) => one.at - other.at)
        .map(([id, { revision, at }]) => ({ id, changedAt: `${at}/${revision}` }));
      return { changes, next: String(now - LAG) };
    },
  });
  return {
    watch,
    looks,
    faults,
    /** @param late steps that pass between the change and its commit */
    change(id: string, late = 0) {
      now += 1;
      rows.set(id, { revision: (rows.get(id)?.revision ?? 0) + 1, at: now - late });
    },
    /** Looks wait until the answer is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    fail(thrown: Error | null) {
      fault = thrown;
    },
    show: async (id: string) => `${id}${rows.get(id)?.revision}`,
    ids: async () => [...rows.keys()],
    /** Resolves when the table was looked at so many times more. */
    async looked(times: number) {
      const wanted = looks.length + times;
      while (looks.length < wanted) await new Promise(setImmediate);
    },
  };
}

const nothing = async () => [];

/** What a viewer is told, up to and with one of these. */
async function takeUntil(messages: AsyncIterator<string>, last: string): Promise<string[]> {
  const told: string[] = [];
  while (told.at(-1) !== last) told.push((await messages.next()).value);
  return told;
}

test('tells the rows of the first list, then each one that changes, once', async () => {
  const table = openTable();
  table.change('a');
  table.change('b');
  const messages = table.watch.watch(table.show, table.ids);

  expect(await takeUntil(messages, 'b1')).toEqual(['a1', 'b1']);
  table.change('a');
  expect(await takeUntil(messages, 'a2')).toEqual(['a2']);
  // Looks overlap: each of these finds the change again.
  await table.looked(5);
  table.change('c');
  expect(await takeUntil(messages, 'c1')).toEqual(['c1']);
  await messages.return?.();
});

test('loses nothing that changes while the first look is under way', async () => {
  const table = openTable();
  const open = table.hold();
  const messages = table.watch.watch(table.show, table.ids);
  await table.looked(0);
  table.change('a');
  open();
  await table.looked(2);
  table.change('b');

  expect(await takeUntil(messages, 'b1')).toEqual(['a1', 'b1']);
  await messages.return?.();
});

test('loses nothing that changes while the store cannot be read', async () => {
  const table = openTable();
  table.fail(new Error('down'));
  const messages = table.watch.watch(table.show, table.ids);
  await table.looked(2);
  table.change('a');
  table.fail(null);
  await table.looked(2);
  table.fail(new Error('down again'));
  table.change('b');
  for (let at = 0; at < 2 * LAG; at += 1) table.change('c');
  await table.looked(2);
  table.fail(null);

  expect(await takeUntil(messages, 'c6')).toEqual(['a1', 'b1', 'c6']);
  expect(table.faults.length).toBeGreaterThanOrEqual(3);
  await messages.return?.();
});

test('of changes that were not taken yet the latest of a row counts', async () => {
  const table = openTable();
  const slow = table.watch.watch(table.show, nothing);
  await table.looked(2);
  for (let at = 0; at < 50; at += 1) {
    table.change('a');
    await table.looked(1);
  }
  table.change('b');
  await table.looked(2);

  expect(await takeUntil(slow, 'b1')).toEqual(['a50', 'b1']);
  await slow.return?.();
});

test('tells a viewer only what it may see', async () => {
  const table = openTable();
  const messages = table.watch.watch(
    async (id) => (id.startsWith('mine') ? table.show(id) : null),
    nothing,
  );
  await table.looked(2);
  table.change('theirs');
  table.change('mine');

  expect(await takeUntil(messages, 'mine1')).toEqual(['mine1']);
  await messages.return?.();
});

test('a row that cannot be loaded ends its viewer, and nobody else', async () => {
  const table = openTable();
  const broken = table.watch.watch(async () => {
    throw new Error('gone');
  }, nothing);
  const sound = table.watch.watch(table.show, nothing);
  await table.looked(2);
  table.change('a');

  await expect(broken.next()).rejects.toThrow('gone');
  expect(await broken.next()).toMatchObject({ done: true });
  expect(await takeUntil(sound, 'a1')).toEqual(['a1']);
  expect(table.watch.viewers).toBe(1);
  await sound.return?.();
});

test('a first list that cannot be read ends its viewer', async () => {
  const table = openTable();
  const messages = table.watch.watch(table.show, async () => {
    throw new Error('no list');
  });

  await expect(messages.next()).rejects.toThrow('no list');
  expect(table.watch.viewers).toBe(0);
});

test('looks for all viewers together, and only while somebody watches', async () => {
  const [table, other] = [openTable(), openTable()];
  const viewers = [1, 2, 3].map(() => table.watch.watch(table.show, nothing));
  const stranger = other.watch.watch(other.show, nothing);
  await other.looked(20);
  expect(table.looks.length).toBeLessThan(2 * other.looks.length);

  for (const viewer of viewers) await viewer.return?.();
  await other.looked(5);
  const looks = table.looks.length;
  await other.looked(20);
  expect(table.looks.length).toBe(looks);

  // Whoever comes back begins anew.
  const again = table.watch.watch(table.show, nothing);
  await table.looked(0);
  expect(table.looks.at(-1)).toBeNull();
  await again.return?.();
  await stranger.return?.();
});

test('a viewer that leaves while it waits is done at once', async () => {
  const table = openTable();
  const [leaving, closed] = [1, 2].map(() => table.watch.watch(table.show, nothing));
  const waiting = [leaving?.next(), closed?.next()];
  await leaving?.return?.();
  table.watch.close();

  expect(await Promise.all(waiting)).toMatchObject([{ done: true }, { done: true }]);
  expect(table.watch.viewers).toBe(0);
});

test('whatever changes, however late it is committed: each viewer hears the last state of every row, and never an older one after it', async () => {
  const step = fc.oneof(
    fc.record({ id: fc.constantFrom('a', 'b', 'c'), late: fc.nat({ max: LAG - 1 }) }),
    fc.constant('look' as const),
    fc.constant('take' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const table = openTable();
      const messages = table.watch.watch(table.show, table.ids);
      await table.looked(2);
      const told: string[] = [];
      let pending: Promise<unknown> | null = null;
      for (const it of steps) {
        if (it === 'look') await table.looked(1);
        else if (it === 'take') {
          pending ??= messages.next().then(({ value }) => {
            told.push(value);
            pending = null;
          });
        } else table.change(it.id, it.late);
      }
      table.change('end');
      await pending;
      if (told.at(-1) !== 'end1') told.push(...(await takeUntil(messages, 'end1')));
      await messages.return?.();

      for (const id of await table.ids()) expect(told).toContain(await table.show(id));
      for (const id of ['a', 'b', 'c']) {
        const revisions = told.filter((it) => it[0] === id).map((it) => Number(it.slice(1)));
        expect(revisions).toEqual(revisions.toSorted((one, other) => one - other));
      }
    }),
    { numRuns: 50 },
  );
});
