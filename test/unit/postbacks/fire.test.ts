import { expect, it } from 'vitest';
import { createFire } from '../../../src/postbacks/fire.ts';
import type { LoadedPostback } from '../../../src/store/postbacks.ts';

const ID = '01a20500-352d-73d5-80fa-e245e5488d5b';
const CLAIM = {
  id: ID,
  group: 'a1',
  lane: 'd1',
  leaseScore: 20_000.5,
  expired: false,
  leasedAtMs: 0,
};
const OPEN: LoadedPostback = {
  id: ID,
  affiliateId: 'a1',
  destinationId: 'd1',
  notBeforeMs: 0,
  nextAttemptAtMs: 1_000,
  attemptsMade: 0,
  maxAttempts: 3,
  crashes: 0,
  test: true,
  pixelStatus: 'ACTIVE',
  pixelId: 'x1',
  pixelVersion: 1,
  url: 'https://affiliate.example/?id={affid}',
  method: 'GET',
  body: null,
  unresolved: 'EMPTY',
  required: [],
  signed: false,
  sealedSecrets: [],
  ownerAffid: '1',
  event: {
    id: ID,
    type: 'FirstDeposit',
    status: 'APPROVED',
    amount: null,
    conversionId: null,
    currency: null,
    payout: null,
    payoutCurrency: null,
    customerId: null,
    transactionId: null,
    occurredAt: new Date(0),
  },
  click: null,
};

/** Fires one claim and tells, in order, what was done for it. */
async function fireOne(changes: {
  postback?: Partial<LoadedPostback>;
  ageMs?: number;
  complete?: () => Promise<void>;
  mayStart?: boolean;
}): Promise<unknown[]> {
  const told: unknown[] = [];
  const fire = createFire({
    load: async () => [{ ...OPEN, ...changes.postback }],
    suspect: async () => void told.push('suspected'),
    finish: {
      add: async ({ postbackId }) => ({ postbackId, applied: true, nextAttemptAtMs: null }),
    },
    openSecrets: () => {
      throw new Error('the key is gone');
    },
    send: async () => {
      told.push('sent');
      return {
        statusCode: 200,
        errorKind: null,
        message: null,
        responseBody: '',
        retryAfterSeconds: null,
        location: null,
        durationMs: 1,
      };
    },
    complete: changes.complete ?? (async () => void told.push('completed')),
    reschedule: async (claim) => void told.push(claim),
    announce: () => {},
    clock: { now: () => new Date(0) },
    monotonicMs: () => changes.ageMs ?? 0,
    maxLeaseAgeMs: 9_000,
    answered: () => told.push('answered'),
    giveBack: async () => void told.push('given back'),
    reach: () => {},
    random: () => 0.5,
    version: '1',
    report: {
      postbackAttempted: () => {},
      postbackDropped: () => told.push('dropped'),
      loopFailed: (what) => told.push(what),
    },
  });
  const done = () => void told.push('done');
  await fire.fireClaims([CLAIM], { done, mayStart: () => changes.mayStart ?? true });
  return told;
}

it('gives an id that is not due by PostgreSQL a delay instead of a time of another clock', async () => {
  const told = await fireOne({ postback: { notBeforeMs: 700 } });

  expect(told).toEqual([{ ...CLAIM, delayMs: 700 }, 'done']);
});

it('sends a claim as long as its lease covers the call, and no older one', async () => {
  expect(await fireOne({ ageMs: 9_000 })).toEqual(['sent', 'completed', 'done']);
  const tooOld = ['send a postback within its lease', 'given back', 'done'];
  expect(await fireOne({ ageMs: 9_001 })).toEqual(tooOld);
});

it('names a failure of Redis after the commit as such', async () => {
  const told = await fireOne({ complete: () => Promise.reject(new Error('Redis is away')) });

  expect(told).toEqual(['sent', 'release postback in Redis', 'done']);
});

it('gives back what a worker that stops has not started', async () => {
  expect(await fireOne({ mayStart: false })).toEqual(['given back', 'done']);
});

it('fires no more what three workers died over', async () => {
  expect(await fireOne({ postback: { crashes: 1 } })).toEqual(['sent', 'completed', 'done']);
  const suspect = ['suspected', 'sent', 'completed', 'done'];
  expect(await fireOne({ postback: { crashes: 2 } })).toEqual(suspect);
  expect(await fireOne({ postback: { crashes: 3 } })).toEqual(['completed', 'done']);
});

it('tells how a destination answered, of test fires nothing', async () => {
  const postback = { test: false };
  expect(await fireOne({ postback })).toEqual(['sent', 'answered', 'completed', 'done']);
});

it('lets a postback whose secret does not open wait, unless it is a test fire', async () => {
  const signed = { signed: true, sealedSecrets: ['00'] };
  const what = 'open a signing secret';

  const waits = { ...CLAIM, delayMs: 20_000 };
  const unreadable = await fireOne({ postback: { ...signed, test: false } });
  expect(unreadable).toEqual([what, waits, 'done']);
  expect(await fireOne({ postback: signed })).toEqual([what, 'completed', 'done']);
  const paused = { ...signed, test: false, pixelStatus: 'PAUSED' };
  expect(await fireOne({ postback: paused })).toEqual(['completed', 'done']);
});
