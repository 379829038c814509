import { describe, expect, it } from 'vitest';
import { isolate } from '../../../src/platform/isolate.ts';

/** A store that takes all of a batch or nothing, and refuses one item with an SQLSTATE. */
function storeRefusing(bad: number, code: string) {
  const stored: number[] = [];
  const write = async (items: number[]) => {
    if (items.includes(bad)) throw Object.assign(new Error(`refused ${bad}`), { code });
    stored.push(...items);
    return items.map((item) => `r${item}`);
  };
  return { stored, write };
}

describe('isolate', () => {
  it.each(['22P05', '23503'])('rejects only the item refused with %s, in order', async (code) => {
    const { stored, write } = storeRefusing(3, code);

    const results = await isolate([1, 2, 3, 4, 5], write);

    expect(results).toMatchObject(['r1', 'r2', { message: 'refused 3', code }, 'r4', 'r5']);
    expect(stored).toEqual([1, 2, 4, 5]);
  });

  it.each(['57P01', 'ECONNREFUSED', 'P0001'])('leaves %s the fault of the batch', async (code) => {
    const { stored, write } = storeRefusing(3, code);

    await expect(isolate([1, 2, 3], write)).rejects.toThrow('refused 3');
    expect(stored).toEqual([]);
  });

  it('tells what is stored from what an outage in the middle left out', async () => {
    const { write } = storeRefusing(1, '22P05');
    let calls = 0;

    const results = await isolate([1, 2, 3, 4], (items) => {
      calls += 1;
      return calls > 4 ? Promise.reject(new Error('connection lost')) : write(items);
    });

    const lost = { message: 'connection lost' };
    expect(results).toMatchObject([{ message: 'refused 1' }, 'r2', lost, lost]);
  });
});
