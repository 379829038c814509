import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closedBreaker,
  FAILURES_IN_A_ROW,
  LONGEST_HOLD_MS,
  open,
  passTime,
  record,
} from '../../../src/postbacks/breaker.ts';

const half = () => 0.5;

/** A breaker after these outcomes, one a second: `x` failed, `.` did not. */
function afterCalls(outcomes: string, everyMs = 1_000) {
  const breaker = closedBreaker();
  for (const [at, outcome] of [...outcomes].entries()) {
    record(breaker, outcome === 'x', at * everyMs, half);
  }
  return breaker;
}

describe('a closed breaker', () => {
  it.each([
    ['9 failures', 'x'.repeat(9), 'CLOSED'],
    ['10 failures', 'x'.repeat(10), 'OPEN'],
    ['7 failures of 10', '...xxxxxxx', 'OPEN'],
    ['6 failures of 10', '....xxxxxx', 'CLOSED'],
    ['successes', '.'.repeat(500), 'CLOSED'],
  ])('after %s: %s is %s', (_, outcomes, state) => {
    expect(afterCalls(outcomes).state).toBe(state);
  });

  it('forgets calls after a minute, but not failures in a row', () => {
    const seldom = afterCalls('x'.repeat(FAILURES_IN_A_ROW - 1), 10_000);

    expect(seldom.state).toBe('CLOSED');
    record(seldom, true, 1_000_000, half);
    expect(seldom.state).toBe('OPEN');
  });
});

describe('an open breaker', () => {
  it('holds for 30 s, then twice as long with each trip, at most ten minutes', () => {
    const breaker = closedBreaker();
    const holds = Array.from({ length: 7 }, () => {
      open(breaker, 0, half);
      return breaker.openUntilMs;
    });

    expect(holds).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });

  it('draws its hold from 0.8 to 1.2 times the step, and never more than the longest', () => {
    const drawn = (trips: number, random: () => number) => {
      const breaker = { ...closedBreaker(), trips };
      open(breaker, 0, random);
      return breaker.openUntilMs;
    };

    expect(drawn(0, () => 0)).toBe(24_000);
    expect(drawn(0, () => 0.999_999)).toBeCloseTo(36_000, 0);
    expect(drawn(9, () => 0.999_999)).toBe(LONGEST_HOLD_MS);
  });

  it('is not moved by calls from before', () => {
    const breaker = afterCalls('x'.repeat(10));
    const before = structuredClone(breaker);
    record(breaker, true, 20_000, half);
    record(breaker, false, 20_000, half);

    expect(breaker).toEqual(before);
  });
});

describe('a half-open breaker', () => {
  function probing() {
    const breaker = afterCalls('x'.repeat(10));
    passTime(breaker, breaker.openUntilMs - 1);
    expect(breaker.state).toBe('OPEN');
    passTime(breaker, breaker.openUntilMs);
    return breaker;
  }

  it('lets 1, 2, 4 and 8 through and closes when all succeeded', () => {
    const breaker = probing();
    const rounds = [];
    while (breaker.state === 'HALF_OPEN') {
      rounds.push(breaker.round.size);
      for (let left = breaker.round.size; left > 0; left -= 1) record(breaker, false, 50_000, half);
    }

    expect(rounds).toEqual([1, 2, 4, 8]);
    expect(breaker).toEqual(closedBreaker());
  });

  it('opens again for twice as long by one failure', () => {
    const breaker = probing();
    record(breaker, false, 50_000, half);
    record(breaker, true, 50_000, half);

    expect(breaker).toMatchObject({ state: 'OPEN', trips: 2, openUntilMs: 110_000 });
  });

  it('closes when probes succeeded and nothing else waits', () => {
    const breaker = probing();
    record(breaker, false, 50_000, half);
    passTime(breaker, 54_999);
    expect(breaker.state).toBe('HALF_OPEN');
    passTime(breaker, 55_000);
    expect(breaker.state).toBe('CLOSED');
  });
});

it('whatever happened before, it closes when everything succeeds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(100_000)), { maxLength: 200 }), (past) => {
      const breaker = closedBreaker();
      let now = 0;
      for (const [failed, pause] of past) {
        now += pause;
        passTime(breaker, now);
        record(breaker, failed, now, Math.random);
        expect(breaker.openUntilMs - now).toBeLessThanOrEqual(LONGEST_HOLD_MS);
      }
      for (let call = 0; call < 16 && breaker.state !== 'CLOSED'; call += 1) {
        passTime(breaker, now + LONGEST_HOLD_MS);
        record(breaker, false, now + LONGEST_HOLD_MS, Math.random);
      }
      expect(breaker.state).toBe('CLOSED');
    }),
  );
});
