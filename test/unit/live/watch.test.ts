import { expect, test } from 'vitest';
import { all, openLive, type Row, settled, take } from './memory-log.ts';

test('begins with its place, then gives what is committed from then on', async () => {
  const live = openLive();
  live.commit('before');
  const messages = live.watch({ after: null, matches: all });

  expect((await messages.next()).value).toEqual({
    position: { xact: 1n, id: 0n },
    row: null,
    gap: null,
  });
  live.publish('a', 'b');
  expect(await take(messages, 2)).toEqual(['a', 'b']);
  await messages.return?.();
});

test('gives what was missed behind its cursor first, whatever the number of pages', async () => {
  const live = openLive();
  const names = Array.from({ length: 1_250 }, (_, at) => String(at));
  live.publish(...names);
  const messages = live.watch({ after: { xact: 3n, id: 0n }, matches: all });
  await messages.next();

  expect(await take(messages, 1_247)).toEqual(names.slice(3));
  live.publish('next');
  expect(await take(messages, 1)).toEqual(['next']);
  await messages.return?.();
});

test('what both the log and the buffer hold is given once', async () => {
  const live = openLive();
  const first = live.watch({ after: null, matches: all });
  await first.next();
  const got = take(first, 3);
  await settled();
  // Nobody is told of these: the second viewer reads them, and wakes the hub, which does so too.
  live.commit('a');
  live.commit('b');
  const second = live.watch({ after: { xact: 0n, id: 0n }, matches: all });
  await second.next();

  expect(await take(second, 2)).toEqual(['a', 'b']);
  await settled();
  live.publish('c');
  expect(await take(second, 1)).toEqual(['c']);
  expect(await got).toEqual(['a', 'b', 'c']);
  await first.return?.();
  await second.return?.();
});

test('a viewer that overflows catches up from the log, without loss or double', async () => {
  const live = openLive(10);
  const messages = live.watch({ after: null, matches: all });
  await messages.next();
  const first = take(messages, 1);
  await settled();
  live.publish('0');
  await first;
  for (let at = 1; at <= 200; at += 1) live.publish(String(at));
  await settled();

  expect(await take(messages, 200)).toEqual(Array.from({ length: 200 }, (_, at) => String(at + 1)));
  await messages.return?.();
});

test('a viewer that never reads keeps nothing and holds up nobody', async () => {
  const live = openLive(10);
  const idle = live.watch({ after: null, matches: all });
  await idle.next();
  const reading = live.watch({ after: null, matches: all });
  await reading.next();
  const names = Array.from({ length: 500 }, (_, at) => String(at));

  const got = take(reading, 500);
  for (const name of names) {
    live.publish(name);
    await Promise.resolve();
  }

  expect(await got).toEqual(names);
  await idle.return?.();
  await reading.return?.();
  expect(live.hub.viewers).toBe(0);
});

test('rows of others do not keep a viewer from its heartbeat', async () => {
  const live = openLive(1_000, 20);
  const messages = live.watch({ after: null, matches: (row) => row.name === 'mine' });
  await messages.next();
  const beat = messages.next();
  await settled();
  live.publish('other');
  live.pass(20);
  live.publish('other');

  expect((await beat).value).toMatchObject({ row: null, gap: null });
  live.publish('mine');
  expect(await take(messages, 1)).toEqual(['mine']);
  await messages.return?.();
});

test('a heartbeat tells a place behind the rows of others: they need not be read again', async () => {
  const live = openLive(1_000, 20);
  const matches = (row: Row) => row.name === 'mine';
  const messages = live.watch({ after: null, matches });
  await messages.next();
  live.publish('mine');
  expect(await take(messages, 1)).toEqual(['mine']);
  live.publish('other', 'other');
  await settled();
  live.pass(20);
  const beat = (await messages.next()).value;
  expect(beat).toEqual({ position: { xact: 3n, id: 0n }, row: null, gap: null });

  live.publish('mine', 'other');
  expect(await take(messages, 1)).toEqual(['mine']);
  await messages.return?.();
});

test('what one viewer leaves out others of its group see', async () => {
  const live = openLive();
  const group = { group: 'all', matches: all };
  const one = live.watch({ ...group, after: null, except: (row) => row.name === 'b' });
  const other = live.watch({ ...group, after: null });
  await Promise.all([one.next(), other.next()]);
  const got = [take(one, 2), take(other, 3)];
  await settled();
  live.publish('a', 'b', 'c');

  expect(await Promise.all(got)).toEqual([
    ['a', 'c'],
    ['a', 'b', 'c'],
  ]);
  await Promise.all([one.return?.(), other.return?.()]);
});

test('says a gap when the cursor is ahead of the log', async () => {
  const live = openLive();
  live.commit('a');
  const messages = live.watch({ after: { xact: 99n, id: 7n }, matches: all });

  expect((await messages.next()).value).toEqual({
    position: { xact: 1n, id: 0n },
    row: null,
    gap: { from: { xact: 1n, id: 0n }, to: { xact: 99n, id: 7n } },
  });
  live.publish('b');
  expect(await take(messages, 1)).toEqual(['b']);
  await messages.return?.();
});

test('ends a wait at once when the viewer leaves', async () => {
  const live = openLive();
  const messages = live.watch({ after: null, matches: all });
  await messages.next();
  const waiting = messages.next();
  await settled();
  await messages.return?.();

  expect(await waiting).toMatchObject({ done: true });
  expect(live.hub.viewers).toBe(0);
});
