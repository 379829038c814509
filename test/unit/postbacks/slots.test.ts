import { expect, test } from 'vitest';
import { createSlots, loopUtilization } from '../../../src/postbacks/slots.ts';

/** Slots of which a part is in use, asked for ten times a second by a process that is as busy as a test says. */
function setUp(max = 512) {
  const state = { busy: 0, atMs: 0, part: 1, tookMs: 10 };
  const slots = createSlots({ max, utilization: () => state.busy, monotonicMs: () => state.atMs });
  slots.began(state.tookMs);
  const after = (ms: number) => {
    for (const until = state.atMs + ms; state.atMs < until; ) {
      state.atMs += 100;
      slots.began(state.tookMs);
      inUse = Math.floor(slots.limit(inUse) * state.part);
    }
    return slots.limit(inUse);
  };
  let inUse = max;
  return { state, slots, after };
}

test('a process that waits for receivers has all slots within a second', () => {
  const { slots, after } = setUp();

  expect(slots.limit(0)).toBe(32);
  expect(after(500)).toBe(243);
  expect(after(500)).toBe(512);
  expect(after(5_000)).toBe(512);
});

test('one that is busy itself has fewer, down to as many as keep it busy', () => {
  const { state, after } = setUp();
  after(1_000);
  state.busy = 0.95;

  expect(after(100)).toBe(384);
  expect(after(200)).toBe(216);
  expect(after(60_000)).toBe(64);
  state.busy = 0.5;
  expect(after(100)).toBe(96);
});

test('so has one whose stores are busy: what is due takes much longer to its call than at best', () => {
  const { state, after } = setUp();
  after(1_000);
  state.tookMs = 70;
  expect(after(1_000)).toBe(512);
  state.tookMs = 71;

  expect(after(100)).toBe(384);
  expect(after(60_000)).toBe(64);
  state.tookMs = 10;
  expect(after(1_000)).toBe(512);
});

test('a process that has just begun and is busy with that gets as many as keep it busy', () => {
  const { state, after } = setUp();
  state.busy = 1;

  expect(after(100)).toBe(48);
  expect(after(5_000)).toBe(64);
});

test('stores that are always far away are no reason', () => {
  let atMs = 0;
  const slots = createSlots({ max: 512, utilization: () => 0, monotonicMs: () => atMs });
  let inUse = 512;
  for (let period = 0; period < 20; period += 1) {
    atMs += 100;
    slots.began(150 + 5 * (period % 10));
    inUse = slots.limit(inUse);
  }

  expect(inUse).toBe(512);
});

test('what is not used goes as it came, and what is used in part stays', () => {
  const { state, after } = setUp();
  after(1_000);
  state.part = 0.3;
  expect(after(5_000)).toBe(512);
  state.part = 0.1;

  expect(after(500)).toBe(162);
  expect(after(5_000)).toBe(32);
});

test('what is not used goes in the same time when it is asked for seldom', () => {
  const { state, slots, after } = setUp();
  after(1_000);
  state.atMs += 1_000;

  expect(slots.limit(0)).toBe(32);
});

test('how often it is asked makes no difference, and a small maximum is kept', () => {
  const { slots } = setUp();
  for (let times = 0; times < 100; times += 1) slots.limit(32);

  expect(slots.limit(32)).toBe(32);
  expect(setUp(10).after(5_000)).toBe(10);
});

test('the event loop tells how busy it was since it was asked last', async () => {
  const utilization = loopUtilization();
  // Long beside a moment in which a busy machine lets it wait.
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(utilization()).toBeLessThan(0.5);
  const until = performance.now() + 50;
  while (performance.now() < until);
  expect(utilization()).toBeGreaterThan(0.8);
});
