import { expect, test } from 'vitest';
import { ailingAfterMs, createWorkHealth } from '../../../src/postbacks/work-health.ts';

/** A queue whose earliest id is overdue by so much, and a clock that a test moves. */
function setUp() {
  const state = { now: 0, workedAtMs: 0, overdueMs: 0, isDown: false, isAtRest: false };
  const asked: unknown[] = [];
  const waiting = { groups: ['g'], lanes: [{ group: 'a', lane: 'd' }] };
  const health = createWorkHealth({
    queue: {
      async oldestOverdueMs(except) {
        if (state.isDown) throw new Error('Redis is away');
        asked.push(except);
        return state.overdueMs;
      },
    },
    waiting: () => waiting,
    isAtRest: () => state.isAtRest,
    workedAtMs: () => state.workedAtMs,
    monotonicMs: () => state.now,
    ailingMs: 60_000,
  });
  return { state, asked, health, waiting };
}

test('work that is due for more than a minute is told, but not what waits on purpose', async () => {
  const { state, asked, health, waiting } = setUp();
  state.overdueMs = 60_000;
  await health.look();
  expect(health.ailment()).toBeNull();
  state.overdueMs = 75_000;
  await health.look();
  expect(health.ailment()).toBe('a postback has been due for 75 s');
  expect(asked[0]).toEqual(waiting);
});

test('a queue that cannot be looked at is told after a minute', async () => {
  const { state, health } = setUp();
  await health.look();
  state.isDown = true;
  await expect(health.look()).rejects.toThrow();
  state.now = 60_000;
  expect(health.ailment()).toBeNull();
  state.now = 61_000;
  expect(health.ailment()).toBe('the queue could not be looked at for 61 s');
});

test('a worker that does not claim any more is told, whatever is due', async () => {
  const { state, health } = setUp();
  state.now = 60_000;
  await health.look();
  expect(health.ailment()).toBeNull();
  state.now = 70_000;
  await health.look();
  expect(health.ailment()).toBe('nothing could be claimed or loaded for 70 s');
});

test('a queue of which the worker has just seen that nothing is due is not asked', async () => {
  const { state, asked, health } = setUp();
  state.overdueMs = 75_000;
  await health.look();
  state.isAtRest = true;
  await health.look();
  expect(health.ailment()).toBeNull();
  state.isAtRest = false;
  await health.look();
  expect(health.ailment()).toBe('a postback has been due for 75 s');
  expect(asked).toHaveLength(2);
});

test('longer deadlines are given longer', () => {
  expect([0.1, 10, 60].map((seconds) => ailingAfterMs(seconds * 1000))).toEqual([
    60_000, 60_000, 360_000,
  ]);
});
