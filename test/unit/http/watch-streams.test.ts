import type { ExecutionResult } from 'graphql';
import { expect, test } from 'vitest';
import type { Ending } from '../../../src/access/sessions.ts';
import { untilEnding } from '../../../src/http/watch-streams.ts';

const REVOKED: Ending = { why: 'REVOKED', message: 'the key was revoked' };

/** A source that says what it is told to, and a session that ends when the test says so. */
function openStream() {
  const waiting: ((result: IteratorResult<ExecutionResult>) => void)[] = [];
  let failing: Error | null = null;
  let left = 0;
  let disposed = 0;
  let end: (ending: Ending) => void = () => {};
  const source: AsyncIterator<ExecutionResult> = {
    next: () =>
      failing ? Promise.reject(failing) : new Promise((resolve) => waiting.push(resolve)),
    async return() {
      left += 1;
      return { done: true, value: undefined };
    },
  };
  const stream = untilEnding(source, (onEnd) => {
    end = onEnd;
    const dispose = () => {
      disposed += 1;
    };
    return { ending: null, touch() {}, [Symbol.dispose]: dispose };
  });
  return {
    stream,
    say: (data: object) => waiting.shift()?.({ done: false, value: { data } as never }),
    finish: () => waiting.shift()?.({ done: true, value: undefined }),
    fail(thrown: Error) {
      failing = thrown;
    },
    end: () => end(REVOKED),
    state: () => ({ left: left > 0, disposed: disposed > 0 }),
  };
}

const ERROR = {
  errors: [
    expect.objectContaining({
      message: 'The stream ends: the key was revoked.',
      extensions: expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    }),
  ],
};

test('messages pass, and the end of the source is the end', async () => {
  const { stream, say, finish, state } = openStream();
  const first = stream.next();
  say({ a: 1 });
  expect(await first).toEqual({ done: false, value: { data: { a: 1 } } });

  const last = stream.next();
  finish();
  expect(await last).toEqual({ done: true, value: undefined });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(state().disposed).toBe(true);
});

test('the ending is the last message for a reader that waits for the next one', async () => {
  const { stream, end, state } = openStream();
  const waited = stream.next();
  end();

  expect(await waited).toEqual({ done: false, value: ERROR });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(state()).toEqual({ left: true, disposed: true });
});

test('the source is given up at once also when its reader is slow, which is told when it comes back', async () => {
  const { stream, end, state } = openStream();
  end();
  expect(state()).toEqual({ left: true, disposed: true });

  expect(await stream.next()).toEqual({ done: false, value: ERROR });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('a client that leaves ends source and session, and whoever waits is let go', async () => {
  const { stream, state } = openStream();
  const waited = stream.next();
  await stream.return?.();

  expect(await waited).toEqual({ done: true, value: undefined });
  expect(state()).toEqual({ left: true, disposed: true });
});

test('a source that fails ends the session, with its error', async () => {
  const { stream, fail, state } = openStream();
  fail(new Error('spoilt'));

  await expect(stream.next()).rejects.toThrow('spoilt');
  expect(state().disposed).toBe(true);
});
