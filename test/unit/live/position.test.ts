import { expect, test } from 'vitest';
import {
  comparePositions,
  decodeCursor,
  encodeCursor,
  MAX_BIGINT,
} from '../../../src/live/position.ts';

test('orders places by transaction, then by row', () => {
  const sorted = [
    { xact: 1n, id: 9n },
    { xact: 2n, id: 1n },
    { xact: 2n, id: 2n },
    { xact: 10n, id: 0n },
  ];

  expect(sorted.toReversed().sort(comparePositions)).toEqual(sorted);
  expect(comparePositions({ xact: 2n, id: 1n }, { xact: 2n, id: 1n })).toBe(0);
});

test('a cursor comes back as the place it stands for, whatever its size', () => {
  const place = { xact: 1122223444455565666n, id: MAX_BIGINT };

  expect(decodeCursor(encodeCursor(place))).toEqual(place);
});

test.each([
  ['nothing', ''],
  ['other text', 'hello'],
  ['another version', Buffer.from('2:1:1').toString('base64url')],
  ['a negative number', Buffer.from('1:-1:1').toString('base64url')],
  ['more than a bigint holds', Buffer.from('1:1:9999999999999999999').toString('base64url')],
])('no cursor is made of %s', (_what, text) => {
  expect(decodeCursor(text)).toBeNull();
});
