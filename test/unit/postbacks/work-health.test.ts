import { expect, test } from 'vitest';
import { createWorkHealth } from '../../../src/postbacks/work-health.ts';

/** A queue whose earliest id is overdue by so much, and a clock that a test moves. */
function setUp() {
  const state = { now: 0, overdueMs: 0, isDown: false, asked: [] as unknown[] };
  const health = createWorkHealth({
    queue: {
      async measure(except = []) {
        if (state.isDown) throw new Error('Redis is away');
        state.asked.push(...except);
        return { size: 1, nextDueAtMs: null, oldestOverdueMs: state.overdueMs, due: 1 };
      },
    },
    held: () => [{ affiliateId: 'a', destinationId: 'd' }],
    monotonicMs: () => state.now,
  });
  return { state, health };
}

test('work that is due for more than a minute is told', async () => {
  const { state, health } = setUp();
  state.overdueMs = 60_000;
  await health.look();
  expect(health.ailment()).toBeNull();
  state.overdueMs = 75_000;
  await health.look();
  expect(health.ailment()).toBe('a postback has been due for 75 s');
  expect(state.asked[0]).toEqual({ group: 'a', lane: 'd' });
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
