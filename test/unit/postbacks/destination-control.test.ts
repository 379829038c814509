import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type CallResult,
  createDestinationControl,
  type DestinationChange,
  type DestinationControl,
  type DestinationRow,
} from '../../../src/postbacks/destination-control.ts';
import { MAX_CAP, START_CAP } from '../../../src/postbacks/in-flight-cap.ts';

const D = { affiliateId: 'a', destinationId: 'd' };
const OK: CallResult = {
  ...{ statusCode: 200, errorKind: null, retryAfterSeconds: null, durationMs: 5 },
};
const DOWN: CallResult = { ...OK, statusCode: 503 };
const RELEASED = { ...D, breaker: 'CLOSED', heldForMs: null, heldReason: null, trips: 0 } as const;

let now: number;
let changes: DestinationChange[];
let control: DestinationControl;

beforeEach(() => {
  now = 1_000_000;
  changes = [];
  control = createDestinationControl({
    nowMs: () => now,
    random: () => 0.5,
    onChange: (change) => changes.push(change),
  });
});

/** One call, from claim to done. */
function call(result: CallResult): void {
  control.claimed(D);
  control.answered(D, result);
  control.done(D);
}

/** What the next claim may take. */
function room(): number {
  return control.limits().find(({ lane }) => lane === 'd')?.room ?? control.perLane;
}

function row(changes: Partial<DestinationRow>): DestinationRow {
  return { ...RELEASED, lastFailure: null, perSecond: null, ...changes };
}

describe('a destination that fails', () => {
  it('is held, probed and released; each is told once', () => {
    for (let n = 0; n < 10; n += 1) call(DOWN);
    expect(room()).toBe(0);
    expect(control.held).toEqual([D]);

    now += 30_000;
    expect(room()).toBe(1);
    control.claimed(D);
    expect(room()).toBe(0);
    control.answered(D, OK);
    control.done(D);
    expect(room()).toBe(2);
    for (let n = 0; n < 14; n += 1) call(OK);

    expect(room()).toBe(START_CAP);
    expect(control.held).toEqual([]);
    expect(changes).toEqual([
      {
        ...{ ...D, breaker: 'OPEN', heldForMs: 30_000, heldReason: 'FAILING', trips: 1 },
        lastFailure: 'HTTP_503',
      },
      {
        ...{ ...D, breaker: 'HALF_OPEN', heldForMs: 0, heldReason: 'FAILING', trips: 1 },
        lastFailure: 'HTTP_503',
      },
      { ...RELEASED, lastFailure: 'HTTP_503' },
    ]);
  });

  it('gives the place of a probe that came to nothing to another one', () => {
    for (let n = 0; n < 10; n += 1) call(DOWN);
    now += 30_000;
    expect(room()).toBe(1);
    control.claimed(D);
    control.done(D);
    expect(room()).toBe(1);
  });

  it.each([
    { statusCode: 200 },
    { statusCode: 302 },
    { statusCode: 404 },
    { statusCode: 429 },
    { statusCode: null, errorKind: 'ABORTED' as const },
    { statusCode: null, errorKind: 'ADDRESS_REFUSED' as const },
  ])('is not one that answers %o', (result) => {
    for (let n = 0; n < 50; n += 1) call({ ...OK, ...result });
    expect(changes).toEqual([]);
  });
});

describe('Retry-After', () => {
  it('pauses the destination for as long as it asks, an hour at most', () => {
    call({ ...OK, statusCode: 429, retryAfterSeconds: 90 });
    expect(room()).toBe(0);
    now += 89_999;
    expect(room()).toBe(0);
    now += 1;
    expect(room()).toBeGreaterThan(0);

    call({ ...DOWN, retryAfterSeconds: 1_000_000_000 });
    expect(changes.at(-1)).toMatchObject({ heldReason: 'RETRY_AFTER', heldForMs: 3_600_000 });
  });

  it('never shortens a pause, and says nothing with a success or a final answer', () => {
    call({ ...OK, statusCode: 429, retryAfterSeconds: 90 });
    call({ ...OK, statusCode: 429, retryAfterSeconds: 5 });
    now += 60_000;
    expect(room()).toBe(0);
    now += 30_000;
    expect(room()).toBeGreaterThan(0);

    call({ ...OK, retryAfterSeconds: 60 });
    call({ ...OK, statusCode: 404, retryAfterSeconds: 60 });
    call({ ...OK, statusCode: 503, retryAfterSeconds: 0 });
    expect(room()).toBeGreaterThan(0);
  });
});

describe('the cap', () => {
  it('grows while it is in use and halves by a timeout, once a round trip', () => {
    const timeout = { ...OK, statusCode: null, errorKind: 'TIMEOUT' as const, durationMs: 10_000 };
    let inFlight = 0;
    const claimAll = () => {
      for (let left = room(); left > 0; left -= 1, inFlight += 1) control.claimed(D);
    };
    const finishAll = (result?: CallResult) => {
      for (; inFlight > 0; inFlight -= 1) {
        if (result) control.answered(D, result);
        control.done(D);
      }
    };

    claimAll();
    expect(inFlight).toBe(START_CAP);
    for (let n = 0; n < 50; n += 1) {
      finishAll(OK);
      claimAll();
    }
    expect(inFlight).toBe(MAX_CAP);

    control.answered(D, timeout);
    control.answered(D, timeout);
    finishAll();
    expect(room()).toBe(MAX_CAP / 2);
    now += 10_000;
    for (let n = 0; n < 8; n += 1, now += 10_000) call(timeout);
    expect(room()).toBe(1);
  });

  it('tells who waits that there is room again, also when an answer made it', () => {
    const claim = (count: number) => {
      for (let n = 0; n < count; n += 1) control.claimed(D);
    };
    claim(START_CAP);
    expect(room()).toBe(0);
    const told: boolean[] = [];
    for (let n = 0; n < START_CAP; n += 1) {
      control.answered(D, OK);
      told.push(control.done(D));
    }
    // Raised by two on the way, and half of that is free.
    expect(told.filter(Boolean)).toHaveLength(1);
    expect(told.indexOf(true)).toBeLessThan(START_CAP / 2);

    claim(room());
    expect(room()).toBe(0);
    // Raised while nobody is done: the next one that is done makes no room itself, and tells of it.
    for (let n = 0; n < MAX_CAP; n += 1) control.answered(D, OK);
    expect(room()).toBeGreaterThan(0);
    expect(control.done(D)).toBe(true);
    expect(control.done(D)).toBe(false);
  });

  it('never lets more than its cap be claimed, whatever comes of the calls', () => {
    const steps = fc.constantFrom('claim', 'ok', 'slow', '429', 'down');
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 400 }), (sequence) => {
        const fresh = createDestinationControl({
          ...{ nowMs: () => now, random: () => 0.5, onChange() {} },
        });
        let inFlight = 0;
        for (const step of sequence) {
          now += 10;
          const limit = fresh.limits().find(({ lane }) => lane === 'd')?.room ?? fresh.perLane;
          expect(inFlight + limit).toBeLessThanOrEqual(Math.max(MAX_CAP, inFlight));
          if (step === 'claim') {
            for (let n = 0; n < limit; n += 1) fresh.claimed(D);
            inFlight += limit;
          } else if (inFlight > 0) {
            const slow = { ...OK, statusCode: null, errorKind: 'TIMEOUT' as const };
            const of = { ok: OK, slow, '429': { ...OK, statusCode: 429 }, down: DOWN };
            fresh.answered(D, of[step as keyof typeof of]);
            fresh.done(D);
            inFlight -= 1;
          }
        }
      }),
    );
  });
});

describe('what the database says', () => {
  it('holds what another worker holds, then probes', () => {
    control.learn([row({ breaker: 'OPEN', heldForMs: 20_000, heldReason: 'FAILING', trips: 3 })]);
    expect(room()).toBe(0);
    expect(changes).toEqual([]);
    now += 20_000;
    expect(room()).toBe(1);
  });

  it('releases what it does not hold any more, unless it knows less', () => {
    for (let n = 0; n < 10; n += 1) call(DOWN);
    control.learn([], () => false);
    expect(room()).toBe(0);
    control.learn([]);
    expect(room()).toBe(START_CAP);
  });

  it('probes at once what was resumed by hand', () => {
    for (let n = 0; n < 10; n += 1) call(DOWN);
    control.learn([row({ breaker: 'OPEN', heldForMs: -3, heldReason: 'FAILING', trips: 1 })]);
    expect(room()).toBe(1);
  });

  it('takes calls of before for no probes when it is resumed by hand', () => {
    // Under way since long ago: some hang, some are about to fail.
    for (let n = 0; n < 6; n += 1) control.claimed(D);
    for (let n = 0; n < 10; n += 1) call(DOWN);
    control.learn([row({ breaker: 'OPEN', heldForMs: -3, heldReason: 'FAILING', trips: 1 })]);
    expect(room()).toBe(1);
    now += 2_000;
    const hung = { ...OK, durationMs: 9_000 };
    control.answered(D, hung);
    control.done(D);
    expect(room()).toBe(1);
    control.answered(D, { ...hung, statusCode: 503 });
    control.done(D);
    expect(room()).toBe(1);

    control.claimed(D);
    control.answered(D, OK);
    control.done(D);
    expect(room()).toBe(2);
    // What began since is a probe, however many of the old ones are left.
    control.claimed(D);
    control.answered(D, DOWN);
    expect(room()).toBe(0);
  });

  it('names what is held for those that were claimed before', () => {
    expect(control.isHeld('d')).toBe(false);
    for (let n = 0; n < 10; n += 1) call(DOWN);
    expect(control.isHeld('d')).toBe(true);
    now += 30_000;
    room();
    expect(control.isHeld('d')).toBe(false);
  });

  it('goes on probing when it says so', () => {
    for (let n = 0; n < 10; n += 1) call(DOWN);
    now += 30_000;
    room();
    call(OK);
    control.learn([
      row({ breaker: 'HALF_OPEN', heldForMs: -900, heldReason: 'FAILING', trips: 1 }),
    ]);
    expect(room()).toBe(2);
  });

  it('ends a pause that was resumed by hand', () => {
    call({ ...OK, statusCode: 429, retryAfterSeconds: 90 });
    control.learn([row({ heldForMs: -1, heldReason: 'RETRY_AFTER' })]);
    expect(room()).toBeGreaterThan(0);
    expect(changes.at(-1)).toMatchObject({ heldForMs: null });
  });

  it('sets and ends rates', () => {
    control.learn([row({ perSecond: 7 })]);
    expect(control.limits()).toEqual([{ group: 'a', lane: 'd', room: START_CAP, perSecond: 7 }]);
    control.learn([]);
    expect(control.limits()).toEqual([]);
  });
});

it('names only what differs, and forgets what is idle', () => {
  for (let n = 0; n < 1_000; n += 1) {
    const ref = { affiliateId: 'a', destinationId: `d${n}` };
    control.claimed(ref);
    control.answered(ref, n % 2 === 0 ? OK : { ...OK, statusCode: 429 });
    control.done(ref);
  }
  expect(control.limits()).toHaveLength(500);
  now += 61_000;
  control.limits();
  expect(control.limits()).toEqual([]);
});
