import { expect, test } from 'vitest';
import { splitIntoWaves } from '../../../src/events/waves.ts';

const byFirst = (item: string) => (item.startsWith('-') ? null : item.charAt(0));

test('puts repeats of an identity into later waves, in their order', () => {
  expect(splitIntoWaves(['a1', 'b1', 'a2', 'a3', 'b2'], byFirst)).toEqual([
    ['a1', 'b1'],
    ['a2', 'b2'],
    ['a3'],
  ]);
});

test('keeps items without identity together', () => {
  expect(splitIntoWaves(['-1', '-1', 'a1'], byFirst)).toEqual([['-1', '-1', 'a1']]);
});

test('makes no wave of nothing', () => {
  expect(splitIntoWaves([], byFirst)).toEqual([]);
});
