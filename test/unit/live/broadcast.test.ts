import { expect, test, vi } from 'vitest';
import type { LiveMessage } from '../../../src/live/watch.ts';
import { all, openLive, type Row, settled } from './memory-log.ts';

type Live = ReturnType<typeof openLive>;

/** A viewer on a socket: what it is handed, and what it asks for by itself. */
function connect(live: Live, { after = null, tell = nameOf, takes = () => true }: Options = {}) {
  const handed: string[] = [];
  const writes: number[] = [];
  const pulled: string[] = [];
  let read = () => {};
  const messages = live.watch({ group: 'all', matches: all, after });
  messages.followBy({
    group: 'all',
    tell,
    send(payloads) {
      writes.push(payloads.length);
      handed.push(...payloads.map((payload) => Buffer.from(payload).toString()));
      return takes() ? null : new Promise((resolve) => (read = resolve));
    },
  });
  const over = (async () => {
    for await (const { row } of messages) pulled.push(row?.name ?? 'place');
  })();
  return {
    handed,
    writes,
    pulled,
    read: () => read(),
    async leave() {
      await messages.return?.();
      await over;
    },
  };
}

type Options = {
  after?: { xact: bigint; id: bigint } | null;
  tell?: (message: LiveMessage<Row>) => Promise<Uint8Array | null>;
  takes?: () => boolean;
};

const nameOf = async ({ row }: LiveMessage<Row>) => Buffer.from(row?.name ?? 'place');

test('who is up to date is handed each message, made once for the whole group', async () => {
  const live = openLive();
  const told: string[] = [];
  const tell = async (message: LiveMessage<Row>) => {
    told.push(String(await nameOf(message)));
    return Buffer.from(`text of ${await nameOf(message)}`);
  };
  const viewers = [1, 2, 3].map(() => connect(live, { tell }));
  await settled();
  live.publish('a', 'b');
  await settled();

  for (const { handed, pulled } of viewers) {
    expect([pulled, handed]).toEqual([['place'], ['text of a', 'text of b']]);
  }
  expect(told).toEqual(['a', 'b']);
  expect([live.hub.viewers, live.viewers()]).toEqual([1, 3]);
  for (const { leave } of viewers) await leave();
  expect([live.hub.viewers, live.viewers()]).toEqual([0, 0]);
});

test('messages that are ready together are one write for each, up to the first that is not', async () => {
  const live = openLive();
  const held = Promise.withResolvers<void>();
  const tell = async (message: LiveMessage<Row>) => {
    if (message.row?.name === 'c') await held.promise;
    return nameOf(message);
  };
  const viewers = [connect(live, { tell }), connect(live, { tell })];
  await settled();
  live.publish('a', 'b', 'c', 'd', 'e');
  await settled();
  for (const { handed, writes } of viewers) expect([handed, writes]).toEqual([['a', 'b'], [2]]);

  held.resolve();
  await settled();
  for (const { handed, writes } of viewers) {
    expect([handed, writes]).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      [2, 3],
    ]);
  }
  for (const { leave } of viewers) await leave();
});

test('a group that takes long to write gathers what comes meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  const live = openLive();
  const { handed, writes, leave } = connect(live, { takes: () => !!vi.advanceTimersByTime(20) });
  await settled();
  live.publish('a');
  await settled();
  expect(writes).toEqual([1]);
  live.publish('b');
  await settled();
  live.publish('c');
  await settled();
  expect(writes).toEqual([1]);

  vi.advanceTimersByTime(12);
  await settled();
  expect([handed, writes]).toEqual([
    ['a', 'b', 'c'],
    [1, 2],
  ]);
  vi.useRealTimers();
  await leave();
});

test('of much that is ready a write takes some, so that nobody who reads slowly has all of it', async () => {
  const live = openLive();
  const tell = async ({ row }: LiveMessage<Row>) => Buffer.from((row?.name ?? '').repeat(20_000));
  const { handed, writes, leave } = connect(live, { tell });
  await settled();
  live.publish('a', 'b', 'c', 'd', 'e', 'f');
  await settled();
  await settled();

  expect(handed.map(([name]) => name)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(writes).toEqual([2, 2, 2]);
  await leave();
});

test('a group gives what its first member read before the hub did to those who had not', async () => {
  const live = openLive();
  live.commit('a');
  const handed: string[] = [];
  const late = live.watch({ group: 'all', matches: all, after: { xact: 0n, id: 0n } });
  const send = (payloads: readonly Uint8Array[]) => {
    handed.push(...payloads.map((payload) => Buffer.from(payload).toString()));
    return null;
  };
  late.followBy({ group: 'all', tell: nameOf, send });
  await late.next();
  expect((await late.next()).value?.row?.name).toBe('a');
  // Committed after the hub has looked, and before the next one reads for itself; then the hub is slow.
  const { read } = live.log;
  const hubReads = Promise.withResolvers<void>();
  let reads = 0;
  live.log.read = async (...place) => {
    reads += 1;
    const isThird = reads === 3;
    const found = read(...place);
    if (reads === 1) live.commit('b');
    if (isThird) await hubReads.promise;
    return found;
  };
  const first = connect(live, { after: { xact: 1n, id: 0n } });
  await settled();
  expect(first.pulled).toEqual(['place', 'b']);

  const pulled: string[] = [];
  const over = (async () => {
    for await (const { row } of late) pulled.push(row?.name ?? 'place');
  })();
  await settled();
  hubReads.resolve();
  await settled();
  live.publish('c');
  await settled();

  expect([...pulled, ...handed]).toEqual(['b', 'c']);
  expect(first.handed).toEqual(['c']);
  await late.return?.();
  await over;
  await first.leave();
});

test('who begins further back reads the log by itself, then joins', async () => {
  const live = openLive();
  const first = connect(live);
  await settled();
  live.publish('a', 'b');
  await settled();
  const late = connect(live, { after: { xact: 1n, id: 0n } });
  await settled();
  live.publish('c');
  await settled();

  expect([late.pulled, late.handed]).toEqual([['place', 'b'], ['c']]);
  expect([first.pulled, first.handed]).toEqual([['place'], ['a', 'b', 'c']]);
  await first.leave();
  await late.leave();
});

test('nobody is handed what it read before it joined, and none overtakes the one before it', async () => {
  const live = openLive();
  const finish = new Map<string, () => void>();
  const tell = ({ row }: LiveMessage<Row>) =>
    new Promise<Uint8Array>((resolve) => {
      const name = row?.name ?? 'place';
      finish.set(name, () => resolve(Buffer.from(name)));
    });
  const first = connect(live, { tell });
  await settled();
  live.publish('a', 'b');
  await settled();
  const late = connect(live, { after: { xact: 0n, id: 0n }, tell });
  await settled();
  expect(late.pulled).toEqual(['place', 'a', 'b']);

  finish.get('b')?.();
  await settled();
  expect(first.handed).toEqual([]);
  finish.get('a')?.();
  live.publish('c');
  await settled();
  finish.get('c')?.();
  await settled();
  expect([first.handed, late.handed]).toEqual([['a', 'b', 'c'], ['c']]);
  await first.leave();
  await late.leave();
});

test('who takes no more leaves the group, and goes on from the log without loss or double', async () => {
  const live = openLive();
  let isSlow = true;
  const slow = connect(live, { takes: () => !isSlow });
  const quick = connect(live);
  await settled();
  live.publish('a');
  await settled();
  live.publish('b', 'c');
  await settled();
  expect([slow.handed, quick.handed]).toEqual([['a'], ['a', 'b', 'c']]);

  isSlow = false;
  slow.read();
  await settled();
  live.publish('d');
  await settled();
  expect([slow.pulled, slow.handed]).toEqual([
    ['place', 'b', 'c'],
    ['a', 'd'],
  ]);
  expect(quick.pulled).toEqual(['place']);
  await slow.leave();
  await quick.leave();
});

test.each([
  ['is not the same for all', async () => null],
  ['cannot be made', () => Promise.reject(new Error('no answer'))],
])('a message that %s is asked for by each', async (_, fail) => {
  const live = openLive();
  const tell = (message: LiveMessage<Row>) =>
    message.row?.name === 'b' ? fail() : nameOf(message);
  const viewers = [connect(live, { tell }), connect(live, { tell })];
  await settled();
  live.publish('a', 'b', 'c');
  await settled();
  live.publish('d');
  await settled();

  for (const { handed, pulled } of viewers) {
    expect(pulled).toEqual(['place', 'b', 'c']);
    expect(handed).toEqual(['a', 'd']);
  }
  for (const { leave } of viewers) await leave();
});

test('silence is broken for all at once', async () => {
  const live = openLive(1_000, 20);
  const viewers = [connect(live), connect(live)];
  await settled();
  live.pass(20);
  await new Promise((resolve) => setTimeout(resolve, 40));

  for (const { handed } of viewers) expect(handed).toContain('place');
  for (const { leave } of viewers) await leave();
});

test('a sign of life that was made before never leads a viewer back', async () => {
  const live = openLive(1_000, 20);
  const held = Promise.withResolvers<void>();
  const tell = async (message: LiveMessage<Row>) => {
    if (!message.row) await held.promise;
    return Buffer.from(String(message.position.xact));
  };
  const first = connect(live, { tell });
  await settled();
  live.pass(20);
  await new Promise((resolve) => setTimeout(resolve, 40));
  live.publish('a', 'b');
  await settled();
  const late = connect(live, { after: { xact: 0n, id: 0n }, tell });
  await settled();
  held.resolve();
  await settled();

  expect(late.pulled).toEqual(['place', 'a', 'b']);
  expect(late.handed).toEqual([]);
  expect(first.handed).toEqual(expect.arrayContaining(['0', '1', '2']));
  await first.leave();
  await late.leave();
});

test('of many messages at once a few are made at a time', async () => {
  const live = openLive();
  let underWay = 0;
  let most = 0;
  const viewer = connect(live, {
    async tell(message) {
      underWay += 1;
      most = Math.max(most, underWay);
      await settled();
      underWay -= 1;
      return nameOf(message);
    },
  });
  await settled();
  const names = Array.from({ length: 400 }, (_, at) => String(at));
  live.publish(...names);
  await expect.poll(() => viewer.handed).toEqual(names);

  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(32);
  await viewer.leave();
});

test('everything that stops ends the streams of those who are handed', async () => {
  const live = openLive();
  const viewer = connect(live);
  await settled();
  await live.hub.close();
  await viewer.leave();

  expect(live.viewers()).toBe(0);
});
