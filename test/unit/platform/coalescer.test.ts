import { describe, expect, it } from 'vitest';
import { CoalescerFullError, coalesce } from '../../../src/platform/coalescer.ts';
import { currentRequestId, inRequest } from '../../../src/platform/request-scope.ts';

/** A flush that the test ends by hand, to see what happens while it is under way. */
function heldFlush() {
  const batches: number[][] = [];
  const ends: ((fail?: Error) => void)[] = [];
  const flush = (batch: number[]) => {
    batches.push(batch);
    return new Promise<string[]>((resolve, reject) => {
      ends.push((fail) => (fail ? reject(fail) : resolve(batch.map((item) => `r${item}`))));
    });
  };
  return { batches, ends, flush };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('coalesce', () => {
  it('flushes what one turn of the event loop added as one batch, in order', async () => {
    const { batches, ends, flush } = heldFlush();
    const coalescer = coalesce({ flush });

    const results = Promise.all([1, 2, 3].map((item) => coalescer.add(item)));
    expect(batches).toEqual([]);
    expect(coalescer.depth).toBe(3);
    await turn();
    ends[0]?.();

    expect(await results).toEqual(['r1', 'r2', 'r3']);
    expect(batches).toEqual([[1, 2, 3]]);
    expect(coalescer.depth).toBe(0);
  });

  it('has two flushes in flight at most; the rest goes together when one returns', async () => {
    const { batches, ends, flush } = heldFlush();
    const coalescer = coalesce({ flush });
    const added: Promise<string>[] = [];

    for (const item of [1, 2, 3, 4, 5]) {
      added.push(coalescer.add(item));
      await turn();
    }
    expect(batches).toEqual([[1], [2]]);
    ends[1]?.();
    await turn();

    expect(batches).toEqual([[1], [2], [3, 4, 5]]);
    ends[0]?.();
    ends[2]?.();
    expect(await Promise.all(added)).toEqual(['r1', 'r2', 'r3', 'r4', 'r5']);
  });

  it('never exceeds the size of a batch, but for one item alone, nor of what waits', async () => {
    const { batches, ends, flush } = heldFlush();
    const size = { of: (item: number) => item, maxBatch: 10, maxWaiting: 30 };
    const coalescer = coalesce({ flush, maxInFlight: 1, size });

    const added = [4, 6, 1, 25].map((item) => coalescer.add(item));
    await expect(coalescer.add(1)).rejects.toThrow(CoalescerFullError);
    for (const at of [0, 1, 2]) {
      await turn();
      ends[at]?.();
    }

    expect(await Promise.all(added)).toHaveLength(4);
    expect(batches).toEqual([[4, 6], [1], [25]]);
    const later = coalescer.add(30);
    await turn();
    ends[3]?.();
    expect(await later).toBe('r30');
  });

  it('never exceeds the batch size', async () => {
    const { batches, ends, flush } = heldFlush();
    const coalescer = coalesce({ flush, maxBatch: 2 });

    const added = [1, 2, 3, 4, 5].map((item) => coalescer.add(item));
    await turn();
    expect(batches).toHaveLength(2);
    ends[0]?.();
    ends[1]?.();
    await turn();
    ends[2]?.();

    expect(await Promise.all(added)).toEqual(['r1', 'r2', 'r3', 'r4', 'r5']);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('flushes what many requests added in the scope of none of them', async () => {
    const seen: (string | undefined)[] = [];
    const coalescer = coalesce<number, number>({
      flush: async (batch) => {
        seen.push(currentRequestId());
        return batch;
      },
    });

    const added = inRequest('one-of-many', () =>
      coalescer.add(1).then(() => seen.push(currentRequestId())),
    );
    await added;

    expect(seen).toEqual([undefined, 'one-of-many']);
  });

  it('rejects the items of a failing flush and no others', async () => {
    const { ends, flush } = heldFlush();
    const coalescer = coalesce({ flush, maxBatch: 2 });

    const added = Promise.allSettled([1, 2, 3].map((item) => coalescer.add(item)));
    await turn();
    ends[0]?.(new Error('disk full'));
    ends[1]?.();

    const [one, two, three] = await added;
    expect(one).toMatchObject({ status: 'rejected', reason: { message: 'disk full' } });
    expect(two).toMatchObject({ status: 'rejected', reason: { message: 'disk full' } });
    expect(three).toEqual({ status: 'fulfilled', value: 'r3' });
    expect(await Promise.race([coalescer.idle().then(() => 'idle'), turn()])).toBe('idle');
  });

  it('rejects an item with the error that stands for its result, and no other', async () => {
    const coalescer = coalesce<number, string>({
      flush: async (batch) => batch.map((item) => (item === 2 ? new Error('bad two') : `r${item}`)),
    });

    const added = await Promise.allSettled([1, 2, 3].map((item) => coalescer.add(item)));

    expect(added).toMatchObject([
      { value: 'r1' },
      { status: 'rejected', reason: { message: 'bad two' } },
      { value: 'r3' },
    ]);
  });

  it('rejects the items when a flush throws at once or answers too few results', async () => {
    const throwing = coalesce<number, number>({
      flush: () => {
        throw new Error('not a promise');
      },
    });
    const short = coalesce<number, number>({ flush: async () => [] });

    await expect(throwing.add(1)).rejects.toThrow('not a promise');
    await expect(short.add(1)).rejects.toThrow('a flush of 1 items answered 0 results');
  });

  it('refuses an item with a named error when too many wait', async () => {
    const { ends, flush } = heldFlush();
    const coalescer = coalesce({ flush, maxWaiting: 2 });

    const added = [coalescer.add(1), coalescer.add(2)];
    const refused = coalescer.add(3);
    await expect(refused).rejects.toThrow(CoalescerFullError);
    await expect(refused).rejects.toMatchObject({ name: 'CoalescerFullError', maxWaiting: 2 });

    await turn();
    const later = coalescer.add(4);
    await turn();
    ends[0]?.();
    ends[1]?.();
    expect(await Promise.all([...added, later])).toEqual(['r1', 'r2', 'r4']);
  });

  it('is idle at once when empty, else when the last flush has returned', async () => {
    const { ends, flush } = heldFlush();
    const coalescer = coalesce({ flush, maxInFlight: 1 });
    await coalescer.idle();
    let idle = false;

    void coalescer.add(1);
    const whenIdle = coalescer.idle().then(() => {
      idle = true;
    });
    await turn();
    void coalescer.add(2);
    ends[0]?.();
    await turn();
    expect(idle).toBe(false);

    ends[1]?.();
    await whenIdle;
    expect(coalescer.depth).toBe(0);
  });

  it('flushes what an answered caller adds next', async () => {
    const coalescer = coalesce<number, number>({ flush: async (batch) => batch.map((n) => n + 1) });

    const sum = await coalescer.add(await coalescer.add(await coalescer.add(0)));

    expect(sum).toBe(3);
  });
});
