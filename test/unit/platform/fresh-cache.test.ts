import { expect, test, vi } from 'vitest';
import { createFreshCache } from '../../../src/platform/fresh-cache.ts';

type Value = { revision: number };

/** A table in memory, and every statement that read it. */
function openTable(options: { max?: number } = {}) {
  const rows = new Map<string, Value>();
  const statements: string[][] = [];
  let gate: Promise<void> = Promise.resolve();
  const cache = createFreshCache<Value>({
    freshMs: 500,
    ...options,
    async load(keys) {
      statements.push(keys);
      const values = keys.map((key) => rows.get(key) ?? null);
      await gate;
      return values;
    },
  });
  return {
    ...{ rows, statements, cache },
    /** Statements that are sent from now on are answered when the answer is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

test('what was read is answered from memory until it is half a second old', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(10_000);
  const { rows, statements, cache } = openTable();
  rows.set('a', { revision: 1 });
  expect(await cache.find('a')).toEqual({ revision: 1 });
  rows.set('a', { revision: 2 });

  now.mockReturnValue(10_499);
  expect(await cache.find('a')).toEqual({ revision: 1 });
  expect(statements).toHaveLength(1);

  now.mockReturnValue(10_501);
  expect(await cache.find('a')).toEqual({ revision: 2 });
});

test('what many ask for at once is read by one statement, each key once', async () => {
  const { rows, statements, cache } = openTable();
  for (const key of ['a', 'b', 'c']) rows.set(key, { revision: 1 });

  const found = await Promise.all(['a', 'b', 'a', 'c', 'b'].map((key) => cache.find(key)));

  expect(found.every((value) => value?.revision === 1)).toBe(true);
  expect(statements).toEqual([['a', 'b', 'c']]);
});

test('what does not exist is asked for every time, and pushes nothing out', async () => {
  const { rows, statements, cache } = openTable({ max: 2 });
  rows.set('a', { revision: 1 });
  await cache.find('a');
  for (const made of ['x', 'y', 'z', 'x']) expect(await cache.find(made)).toBeNull();
  rows.set('x', { revision: 1 });

  expect(await cache.find('x')).toEqual({ revision: 1 });
  await cache.find('a');
  expect(statements).toEqual([['a'], ['x'], ['y'], ['z'], ['x'], ['x']]);
});

test('after clear nobody gets what was remembered, or was being read, before it', async () => {
  const { rows, cache, hold } = openTable();
  rows.set('a', { revision: 1 });
  const answer = hold();
  const before = cache.find('a');
  await new Promise(setImmediate);
  rows.set('a', { revision: 2 });
  cache.clear();
  const after = cache.find('a');
  answer();

  expect(await before).toEqual({ revision: 1 });
  expect(await after).toEqual({ revision: 2 });
  expect(await cache.find('a')).toEqual({ revision: 2 });
  cache.clear();
  rows.set('a', { revision: 3 });
  expect(await cache.find('a')).toEqual({ revision: 3 });
});

test('a statement that fails is told to who waits for it, and remembered by nobody', async () => {
  let fault: Error | null = new Error('the store is down');
  const cache = createFreshCache<Value>({
    freshMs: 500,
    load: async (keys) => {
      if (fault) throw fault;
      return keys.map(() => ({ revision: 1 }));
    },
  });
  await expect(cache.find('a')).rejects.toThrow('the store is down');
  fault = null;
  expect(await cache.find('a')).toEqual({ revision: 1 });
});
