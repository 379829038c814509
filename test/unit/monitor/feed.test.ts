import { expect, test } from 'vitest';
import { createFeed } from '../../../monitor/src/feed.ts';
import { noteRows, startOutage } from '../../../monitor/src/outage.ts';
import { countRows, toColumns } from '../../../monitor/src/rates.ts';
import { type Row, rowKey } from '../../../monitor/src/row.ts';

function row(postbackId: string, attempt = 1, at = 1_000): Row {
  return {
    ...{ key: rowKey(postbackId, attempt), postbackId, attempt, at },
    ...{ status: 'DELIVERED', reason: null, code: '200', durationMs: 5, lateMs: 7 },
    ...{ affid: '101', eventId: 'e', eventType: 'Sale', clickId: null, entryUrl: null },
    ...{ pixelId: 'p', template: '', finalUrl: null, test: false },
  };
}

const shown = (feed: ReturnType<typeof createFeed>) =>
  Array.from({ length: feed.size }, (_, index) => feed.at(index)?.key);

test('shows each attempt once, newest first, and no more than the limit', () => {
  const feed = createFeed(3);
  feed.add([row('a'), row('b')]);
  feed.add([row('b'), row('b', 2), row('c')]);

  expect(shown(feed)).toEqual(['c#1', 'b#2', 'b#1']);
});

test('while paused nothing moves; catching up puts what came on top', () => {
  const feed = createFeed(2);
  feed.add([row('a')]);
  feed.pause();
  feed.add([row('b'), row('c'), row('d')]);
  expect(shown(feed)).toEqual(['a#1']);
  expect([feed.waiting, feed.dropped]).toEqual([3, 1]);

  feed.catchUp();

  expect(shown(feed)).toEqual(['d#1', 'c#1']);
  expect(feed.waiting).toBe(0);
});

test('what the report holds goes where it belongs, and gives way to what came live', () => {
  const feed = createFeed();
  feed.add([row('a', 1, 3_000)]);
  feed.fill([row('b', 1, 2_000), row('a', 1, 3_000), row('a', 0, 500), row('c', 0, 1_000)]);
  expect(shown(feed)).toEqual(['a#1', 'b#1', 'c#0']);

  feed.add([row('c', 1, 4_000)]);

  expect(shown(feed)).toEqual(['c#1', 'a#1', 'b#1']);
});

test('lines after a resume count as missed until there is silence', () => {
  let outage = noteRows(startOutage(0, 10_000), 2, 10_300);
  outage = noteRows(outage, 1, 11_000);
  expect(outage).toMatchObject({ caughtUp: 3, isOver: false });

  outage = noteRows(noteRows(outage, 1, 12_500), 1, 12_600);

  expect(outage).toMatchObject({ caughtUp: 3, isOver: true });
});

test('the chart counts by second, and shows the worst lateness of first attempts', () => {
  const rates = new Map();
  const failed = { ...row('b', 2, 5_900), status: 'FAILED' as const, lateMs: 900 };
  countRows(rates, [row('a', 1, 5_100), failed, row('c', 1, 6_000)]);

  const [times, ...columns] = toColumns(rates, 6);

  expect(times.slice(-2)).toEqual([5, 6]);
  expect(columns.map((column) => column.slice(-2))).toEqual([
    [2, 1],
    [1, 0],
    [1, null],
    [7, 7],
  ]);
});
