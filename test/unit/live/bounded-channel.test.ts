import { expect, test } from 'vitest';
import { createBoundedChannel } from '../../../src/live/bounded-channel.ts';

test('gives items in order, also to a reader that waits already', async () => {
  const channel = createBoundedChannel<number>(3);
  channel.push(1);
  channel.push(2);

  expect(await channel.next(1_000)).toEqual({ kind: 'item', item: 1 });
  expect(await channel.next(1_000)).toEqual({ kind: 'item', item: 2 });
  const waiting = channel.next(1_000);
  channel.push(3);
  expect(await waiting).toEqual({ kind: 'item', item: 3 });
});

test('says idle when nothing comes in time', async () => {
  const channel = createBoundedChannel<number>(3);

  expect(await channel.next(1)).toEqual({ kind: 'idle' });
});

test('empties itself and says overflow when the reader lets it run full', async () => {
  const channel = createBoundedChannel<number>(2);
  for (const item of [1, 2, 3, 4]) channel.push(item);

  expect(await channel.next(1_000)).toEqual({ kind: 'overflow' });
});

test('ends a wait when it is closed, and takes nothing after', async () => {
  const channel = createBoundedChannel<number>(2);
  const waiting = channel.next(60_000);
  channel.close();
  channel.push(1);

  expect(await waiting).toEqual({ kind: 'closed' });
  expect(await channel.next(1_000)).toEqual({ kind: 'closed' });
});
