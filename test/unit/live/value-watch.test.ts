import { expect, test } from 'vitest';
import { createValueWatch, type ValueSource } from '../../../src/live/value-watch.ts';

type Message = { row: unknown };

/** A value, what it hangs on, and how often it was read. */
function source(key = 'one') {
  const queues = new Set<(message: Message | Error) => void>();
  const state = { value: 1, reads: 0, streams: queues };
  const given: ValueSource<number> = {
    key,
    async read() {
      state.reads += 1;
      return state.value;
    },
    changes: () => [stream()],
  };

  function stream(): AsyncIterableIterator<Message> {
    const waiting: (Message | Error)[] = [{ row: null }];
    let wake = () => {};
    let over = false;
    const push = (message: Message | Error) => {
      waiting.push(message);
      wake();
    };
    queues.add(push);
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (waiting.length === 0 && !over) await new Promise<void>((done) => (wake = done));
        const message = waiting.shift();
        if (message instanceof Error) throw message;
        return message ? { done: false, value: message } : { done: true, value: undefined };
      },
      async return() {
        over = true;
        queues.delete(push);
        wake();
        return { done: true, value: undefined };
      },
    };
  }

  return {
    ...{ state, given },
    say(message: Message | Error) {
      for (const push of [...queues]) push(message);
    },
  };
}

const LONG = 60_000;

test('many viewers of one key cost one reading each time something comes', async () => {
  const watch = createValueWatch({ everyMs: 5, refreshMs: LONG });
  const { state, given, say } = source();
  const viewers = [watch.watch(given), watch.watch(given), watch.watch(given)];

  for (const viewer of viewers) expect((await viewer.next()).value).toBe(1);
  expect(state.reads).toBe(1);
  state.value = 2;
  say({ row: 'something' });
  for (const viewer of viewers) expect((await viewer.next()).value).toBe(2);
  expect(state.reads).toBe(2);
  const late = watch.watch(given);
  expect((await late.next()).value).toBe(2);
  expect(state.reads).toBe(2);
  watch.close();
});

test('nothing is sent when nothing has changed, and a heartbeat is no change', async () => {
  const watch = createValueWatch({ everyMs: 1, refreshMs: LONG });
  const { state, given, say } = source();
  const viewer = watch.watch(given);
  await viewer.next();

  say({ row: null });
  say({ row: 'the same' });
  await expect.poll(() => state.reads).toBe(2);
  state.value = 3;
  say({ row: 'another' });
  expect((await viewer.next()).value).toBe(3);
  expect(state.reads).toBe(3);
  watch.close();
  expect(await viewer.next()).toMatchObject({ done: true });
});

test('what comes in a burst is read once a span, and a slow reader gets the latest', async () => {
  const watch = createValueWatch({ everyMs: 200, refreshMs: LONG });
  const { state, given, say } = source();
  const viewer = watch.watch(given);
  await viewer.next();

  for (let n = 2; n <= 50; n += 1) {
    state.value = n;
    say({ row: n });
  }
  expect((await viewer.next()).value).toBe(50);
  expect(state.reads).toBe(2);
  watch.close();
});

test('what nobody announces is read after some silence', async () => {
  const watch = createValueWatch({ everyMs: 1, refreshMs: 20 });
  const { state, given } = source();
  const viewer = watch.watch(given);
  await viewer.next();

  state.value = 2;
  expect((await viewer.next()).value).toBe(2);
  watch.close();
});

test('other keys share nothing', async () => {
  const watch = createValueWatch({ everyMs: 1, refreshMs: LONG });
  const [one, two] = [source('one'), source('two')];
  two.state.value = 7;

  expect((await watch.watch(one.given).next()).value).toBe(1);
  expect((await watch.watch(two.given).next()).value).toBe(7);
  watch.close();
});

test('a fault ends the stream of everybody, and whoever comes next begins anew', async () => {
  const watch = createValueWatch({ everyMs: 1, refreshMs: LONG });
  const { state, given, say } = source();
  const viewers = [watch.watch(given), watch.watch(given)];
  for (const viewer of viewers) await viewer.next();

  say(new Error('the log is gone'));
  for (const viewer of viewers) await expect(viewer.next()).rejects.toThrow('the log is gone');
  await expect.poll(() => state.streams.size).toBe(0);
  state.value = 2;
  expect((await watch.watch(given).next()).value).toBe(2);
  watch.close();
});

test('nobody reads or listens any more when the last viewer has left', async () => {
  const watch = createValueWatch({ everyMs: 1, refreshMs: LONG });
  const { state, given } = source();
  const viewer = watch.watch(given);
  await viewer.next();
  const waiting = viewer.next();

  await viewer.return?.();
  expect(await waiting).toMatchObject({ done: true });
  await expect.poll(() => state.streams.size).toBe(0);
  expect(state.reads).toBe(1);
});
