import { expect, test } from 'vitest';
import { DEFAULT_RATE_LIMITS, parseRateLimits } from '../../../src/access/rate-limits.ts';

test.each([
  ['', {}],
  ['queries=5', { queries: 5 }],
  [' queries = 5 , anonymous=0,', { queries: 5, anonymous: 0 }],
  ['reports=2000000000', { reports: 2_000_000_000 }],
])('%j changes what it names', (list, changes) => {
  expect(parseRateLimits(list)).toEqual({ ...DEFAULT_RATE_LIMITS, ...changes });
});

test('0 alone lifts all limits', () => {
  expect(new Set(Object.values(parseRateLimits(' 0 ')))).toEqual(new Set([0]));
});

test.each(['querys=5', 'queries', 'queries=-1', 'queries=1e3', 'queries=2000000001', '5', '0,0'])(
  '%j is refused with what is possible',
  (list) => {
    const text = list.split(',')[0] ?? '';
    expect(() => parseRateLimits(list)).toThrow(
      new RegExp(`not a rate limit: "${text}".*queries, mutations, .*anonymous.*2000000000`),
    );
  },
);
