import { expect, test } from 'vitest';
import { createSharedResults } from '../../../src/live/shared-results.ts';

test('is made once for a group and a row, the same object for everybody', async () => {
  const shared = createSharedResults<object>();
  const [row, sameText] = [{ id: 1 }, { id: 1 }];
  let made = 0;
  const make = async () => {
    made += 1;
    return { made };
  };
  const first = shared(row, 'a', make);
  const second = shared(row, 'a', make);

  expect([first.isOwn, second.isOwn]).toEqual([true, false]);
  expect(await second.result).toBe(await first.result);
  expect(await shared(row, 'b', make).result).toEqual({ made: 2 });
  expect(await shared(sameText, 'a', make).result).toEqual({ made: 3 });
});
