import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttemptOutcome,
  nextStep,
  parseRetryAfter,
  RETRY_STEPS_SECONDS,
} from '../../../src/postbacks/retry.ts';

const MIDDLE = () => 0.5;

function outcome(overrides: Partial<AttemptOutcome> = {}): AttemptOutcome {
  return { statusCode: 503, errorKind: null, retryAfterSeconds: null, ...overrides };
}

function stepAfter(attempt: number, overrides: Partial<AttemptOutcome> = {}, random = MIDDLE) {
  return nextStep({ outcome: outcome(overrides), attempt, random });
}

describe('the last attempt', () => {
  it('still retries after attempt 7 of 8', () => {
    expect(stepAfter(7)).toEqual({ kind: 'retry', delayMs: 64_800_000, reason: 'HTTP_503' });
  });

  it('fails as exhausted after attempt 8 of 8', () => {
    expect(stepAfter(8)).toEqual({ kind: 'failed', reason: 'ATTEMPTS_EXHAUSTED' });
  });

  it('makes exactly maxAttempts attempts for every maxAttempts from 1 to 12', () => {
    for (let maxAttempts = 1; maxAttempts <= 12; maxAttempts += 1) {
      let attempts = 1;
      const again = () =>
        nextStep({ outcome: outcome(), attempt: attempts, maxAttempts, random: MIDDLE });
      while (again().kind === 'retry') attempts += 1;
      expect(attempts).toBe(maxAttempts);
    }
  });

  it('delivers on the last attempt', () => {
    expect(stepAfter(8, { statusCode: 200 })).toEqual({ kind: 'delivered' });
  });

  it('keeps the reason of a final answer on the last attempt', () => {
    expect(stepAfter(8, { statusCode: 404 })).toEqual({ kind: 'failed', reason: 'HTTP_404' });
  });

  it('fails when maxAttempts was lowered below the attempt just made', () => {
    const step = nextStep({ outcome: outcome(), attempt: 5, maxAttempts: 3, random: MIDDLE });
    expect(step).toEqual({ kind: 'failed', reason: 'ATTEMPTS_EXHAUSTED' });
  });
});

describe('the delay', () => {
  it('follows the table and repeats its last step', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 11].map((attempt) => {
      const step = nextStep({ outcome: outcome(), attempt, maxAttempts: 12, random: MIDDLE });
      return step.kind === 'retry' ? step.delayMs / 1000 : step;
    });

    expect(delays).toEqual([...RETRY_STEPS_SECONDS, 64_800, 64_800]);
  });

  it('is drawn from 20 % around the step', () => {
    expect(stepAfter(1, {}, () => 0)).toMatchObject({ delayMs: 4_000 });
    expect(stepAfter(1, {}, () => 0.999_999)).toMatchObject({ delayMs: 6_000 });
  });

  it.each([
    [1, 120, 120_000],
    [1, 1, 5_000],
    [1, 0, 5_000],
    [1, 7.25, 7_250],
    [1, 90_000, 3_600_000],
    [6, 60, 21_600_000],
  ])('after attempt %i with Retry-After %d s is %i ms', (attempt, retryAfterSeconds, delayMs) => {
    expect(stepAfter(attempt, { statusCode: 429, retryAfterSeconds })).toMatchObject({ delayMs });
  });

  it('is never shorter than the step or the Retry-After up to one hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, retryAfterSeconds, drawn) => {
          const step = stepAfter(attempt, { retryAfterSeconds }, () => drawn);
          const floor = Math.max(
            RETRY_STEPS_SECONDS[attempt - 1] as number,
            Math.min(retryAfterSeconds, 3600),
          );
          return step.kind === 'retry' && step.delayMs >= Math.floor(floor * 1000);
        },
      ),
    );
  });
});

describe('the verdict', () => {
  it.each([200, 201, 204, 299])('delivers %i', (statusCode) => {
    expect(stepAfter(1, { statusCode })).toEqual({ kind: 'delivered' });
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 599])('retries %i', (statusCode) => {
    expect(stepAfter(1, { statusCode })).toMatchObject({
      kind: 'retry',
      reason: `HTTP_${statusCode}`,
    });
  });

  it.each([400, 401, 403, 404, 410, 422, 451, 600, 999])('gives up on %i', (statusCode) => {
    expect(stepAfter(1, { statusCode })).toEqual({ kind: 'failed', reason: `HTTP_${statusCode}` });
  });

  it.each([300, 301, 302, 304, 307, 308])('gives up on the redirect %i', (statusCode) => {
    expect(stepAfter(1, { statusCode })).toEqual({ kind: 'failed', reason: 'REDIRECT' });
  });

  it.each(['DNS', 'CONNECT', 'TLS', 'TIMEOUT', 'RESET', 'PROTOCOL', 'ABORTED'] as const)(
    'retries after %s',
    (errorKind) => {
      const step = stepAfter(1, { statusCode: null, errorKind });
      expect(step).toMatchObject({ kind: 'retry', reason: errorKind });
    },
  );

  it.each(['TLS_CERTIFICATE', 'ADDRESS_REFUSED', 'INVALID_URL'] as const)(
    'gives up on %s',
    (errorKind) => {
      const step = stepAfter(1, { statusCode: null, errorKind });
      expect(step).toEqual({ kind: 'failed', reason: errorKind });
    },
  );
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');

  it.each([
    ['120', 120],
    [' 0 ', 0],
    ['1.5', 1.5],
    ['Sun, 01 Mar 2026 12:01:30 GMT', 90],
    ['Sunday, 01-Mar-26 12:01:30 GMT', 90],
    ['Sun Mar  1 12:01:30 2026', 90],
  ])('reads %s', (value, seconds) => {
    expect(parseRetryAfter(value, now)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    '-5',
    'soon',
    '1e3',
    '0x10',
    '5 minutes',
    'NaN',
    'Infinity',
    '99999999999999999999',
    'Sun, 01 Mar 2026 11:59:59 GMT',
    'Sun, 99 Foo 2026 12:00:00 GMT',
  ])('ignores %s', (value) => {
    expect(parseRetryAfter(value, now)).toBeNull();
  });
});
