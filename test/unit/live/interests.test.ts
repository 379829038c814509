import { expect, test } from 'vitest';
import { createInterests } from '../../../src/live/interests.ts';

type Row = { affiliate: string; pixel: string; amount: number };

const keysOf = ({ affiliate, pixel }: Row) => [`affiliate:${affiliate}`, `pixel:${pixel}`];

/** An index whose readers are names, and which notes how often each group was tried. */
function setUp() {
  const interests = createInterests<Row, string>(keysOf);
  const tried: string[] = [];
  const add = (
    reader: string,
    keys: string[] | null,
    { group = reader, least = 0 }: { group?: string; least?: number } = {},
  ) =>
    interests.add(
      {
        ...{ group, keys },
        matches: (row) => {
          tried.push(group);
          return row.amount >= least;
        },
      },
      reader,
    );
  const readersOf = (row: Partial<Row>) => {
    tried.length = 0;
    return [...interests.readersOf({ affiliate: 'a', pixel: 'p', amount: 1, ...row })].sort();
  };
  return { add, readersOf, tried };
}

test('a row is tried against those that may want it, and no others', () => {
  const { add, readersOf, tried } = setUp();
  add('of a', ['affiliate:a']);
  add('of b', ['affiliate:b']);
  add('of a or b', ['affiliate:a', 'affiliate:b']);
  add('of nobody', []);
  add('all', null);
  add('large', null, { least: 5 });

  expect(readersOf({})).toEqual(['all', 'of a', 'of a or b']);
  expect(tried.sort()).toEqual(['all', 'large', 'of a', 'of a or b']);
  expect(readersOf({ affiliate: 'b', amount: 5 })).toEqual(['all', 'large', 'of a or b', 'of b']);
  expect(readersOf({ affiliate: 'c' })).toEqual(['all']);
});

test('whoever wants the same is tried once, also under two keys of a row', () => {
  const { add, readersOf, tried } = setUp();
  for (const reader of ['one', 'two', 'three']) {
    add(reader, ['affiliate:a', 'pixel:p'], { group: 'same' });
  }

  expect(readersOf({})).toEqual(['one', 'three', 'two']);
  expect(tried).toEqual(['same']);
});

test('a group lasts as long as somebody is in it', () => {
  const { add, readersOf, tried } = setUp();
  const [first, second] = ['first', 'second'].map((reader) =>
    add(reader, ['affiliate:a'], { group: 'same' }),
  );
  first?.();
  expect(readersOf({})).toEqual(['second']);
  second?.();
  expect(readersOf({})).toEqual([]);
  expect(tried).toEqual([]);
  add('third', ['affiliate:a'], { group: 'same', least: 2 });
  expect(readersOf({ amount: 1 })).toEqual([]);
  expect(readersOf({ amount: 2 })).toEqual(['third']);
});
