import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { soon } from '../../../src/platform/lifecycle.ts';
import { currentRequestId, inRequest } from '../../../src/platform/request-scope.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a task runs once for all who ask, so long after the first of them, and not by itself', async () => {
  const runs: number[] = [];
  const task = soon(100, async () => runs.push(Date.now() - startedAt), vi.fn());
  const startedAt = Date.now();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(runs).toEqual([]);

  task.ask();
  await vi.advanceTimersByTimeAsync(60);
  task.ask();
  await vi.advanceTimersByTimeAsync(500);

  expect(runs).toEqual([1_100]);
});

test('who asks while it runs has it run again, after it', async () => {
  const running: PromiseWithResolvers<void>[] = [];
  const begin = () => {
    const run = Promise.withResolvers<void>();
    running.push(run);
    return run.promise;
  };
  const task = soon(100, begin, vi.fn());
  task.ask();
  await vi.advanceTimersByTimeAsync(100);
  task.ask();
  await vi.advanceTimersByTimeAsync(500);
  expect(running).toHaveLength(1);

  running[0]?.resolve();
  await vi.advanceTimersByTimeAsync(100);

  expect(running).toHaveLength(2);
});

test('a run that fails is told, and the next one comes when it is asked for', async () => {
  const onFault = vi.fn();
  const task = soon(100, () => Promise.reject(new Error('away')), onFault);

  for (const _ of [1, 2]) {
    task.ask();
    await vi.advanceTimersByTimeAsync(1_000);
  }

  expect(onFault.mock.calls).toEqual([[new Error('away')], [new Error('away')]]);
});

test('a run belongs to no request, whoever asked', async () => {
  // Timers of a test carry no scope.
  vi.useRealTimers();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const task = soon(1, async () => resolve(currentRequestId() ?? 'none'), vi.fn());

  inRequest('request-1', () => task.ask());

  expect(await promise).toBe('none');
});

test('disposing gives up what was asked for and waits for what runs', async () => {
  const run = Promise.withResolvers<void>();
  const begin = vi.fn(() => run.promise);
  const task = soon(100, begin, vi.fn());
  task.ask();
  await vi.advanceTimersByTimeAsync(100);
  task.ask();

  let isOver = false;
  const disposing = task[Symbol.asyncDispose]().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isOver).toBe(false);
  run.resolve();
  await disposing;
  task.ask();
  await vi.advanceTimersByTimeAsync(1_000);

  expect(begin).toHaveBeenCalledTimes(1);
});
