import { expect, it, onTestFinished, vi } from 'vitest';
import { type Claimed, createFire } from '../../../src/postbacks/fire.ts';
import { HORIZON_MS } from '../../../src/postbacks/reconcile.ts';
import type { LoadedPostback } from '../../../src/store/postbacks.ts';

const ID = '01a20500-352d-73d5-80fa-e245e5488d5b';
const CLAIM: Claimed = {
  id: ID,
  group: 'a1',
  lane: 'd1',
  leaseScore: 20_000.5,
  wasDueAtMs: 0,
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

type Changes = {
  postback?: Partial<LoadedPostback>;
  /** Of the rows that are loaded, by place; default one row of the postback. */
  ids?: string[];
  ageMs?: () => number;
  nextAttemptInMs?: number;
  complete?: () => Promise<void>;
  mayStart?: () => boolean;
  send?: () => Promise<void>;
  /** What comes before one is written. */
  connect?: (claims: Claimed[]) => Promise<void>;
  /** What comes before one is loaded. */
  load?: (id: string) => Promise<void>;
};

/** Fires claims and tells, in order, what was done for them. */
function start(changes: Changes): { told: unknown[]; fired: Promise<void> } {
  const told: unknown[] = [];
  const { ids = [ID], nextAttemptInMs = null } = changes;
  const claims = ids.map((id): Claimed => ({ ...CLAIM, id }));
  const fire = createFire({
    load: async (id) => {
      await changes.load?.(id);
      return { ...OPEN, ...changes.postback, id };
    },
    suspect: async (_id, isFired) => void told.push(isFired ? 'suspected' : 'cleared'),
    finish: {
      add: async ({ postbackId }) => ({
        ...{ postbackId, applied: true, nextAttemptInMs },
        nextAttemptAtMs: nextAttemptInMs && 1_000 + nextAttemptInMs,
      }),
    },
    openSecrets: () => {
      throw new Error('the key is gone');
    },
    send: async ({ mayWrite }) => {
      await changes.connect?.(claims);
      if (!mayWrite?.()) return null;
      told.push('sent');
      await changes.send?.();
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
    reschedule: async (_claim, next) => void told.push(next),
    announce: () => {},
    clock: { now: () => new Date(0) },
    monotonicMs: changes.ageMs ?? (() => 0),
    maxLeaseAgeMs: 9_000,
    answered: () => told.push('answered'),
    giveBack: async () => void told.push('given back'),
    reach: () => {},
    random: () => 0.5,
    makeId: () => 'o1',
    version: '1',
    report: {
      postbackAttempted: () => {},
      postbackDropped: () => told.push('dropped'),
      loopFailed: (what) => told.push(what),
    },
  });
  const done = () => void told.push('done');
  const fired = fire.fireClaims(claims, { done, mayStart: changes.mayStart ?? (() => true) });
  return { told, fired };
}

async function fireAll(changes: Changes): Promise<unknown[]> {
  const { told, fired } = start(changes);
  await fired;
  return told;
}

it('gives an id that is not due by PostgreSQL a delay instead of a time of another clock', async () => {
  const told = await fireAll({ postback: { notBeforeMs: 700 } });

  expect(told).toEqual([{ delayMs: 700 }, 'done']);
});

it('sends a claim as long as its lease covers the call, and no older one', async () => {
  expect(await fireAll({ ageMs: () => 9_000 })).toEqual(['sent', 'completed', 'done']);
  const tooOld = ['send a postback within its lease', 'given back', 'done'];
  expect(await fireAll({ ageMs: () => 9_001 })).toEqual(tooOld);
});

it('gives back what its lease covers no more when it is to be written, and suspects nobody of it', async () => {
  let ageMs = 0;
  const connect = async () => {
    ageMs = 9_001;
  };
  const tooOld = ['send a postback within its lease', 'given back', 'done'];
  expect(await fireAll({ ageMs: () => ageMs, connect })).toEqual(tooOld);

  ageMs = 0;
  const suspect = { crashes: 2 };
  const told = await fireAll({ ageMs: () => ageMs, connect, postback: suspect });
  expect(told).toEqual(['suspected', tooOld[0], 'cleared', 'given back', 'done']);
});

it('gives back what somebody else may have had meanwhile, though its lease was renewed since', async () => {
  const connect = async (claims: Claimed[]) => {
    for (const it of claims) it.hasLapsed = true;
  };

  const lapsed = ['send a postback within its lease', 'given back', 'done'];
  expect(await fireAll({ connect })).toEqual(lapsed);
});

it('names a failure of Redis after the commit as such', async () => {
  const told = await fireAll({ complete: () => Promise.reject(new Error('Redis is away')) });

  expect(told).toEqual(['sent', 'release postback in Redis', 'done']);
});

it('gives back what a worker that stops has not started', async () => {
  expect(await fireAll({ mayStart: () => false })).toEqual(['given back', 'done']);
});

it('fires no more what three workers died over', async () => {
  expect(await fireAll({ postback: { crashes: 1 } })).toEqual(['sent', 'completed', 'done']);
  const suspect = ['suspected', 'sent', 'completed', 'done'];
  expect(await fireAll({ postback: { crashes: 2 } })).toEqual(suspect);
  expect(await fireAll({ postback: { crashes: 3 } })).toEqual(['completed', 'done']);
});

it('tells how a destination answered, of test fires nothing', async () => {
  const postback = { test: false };
  expect(await fireAll({ postback })).toEqual(['sent', 'answered', 'completed', 'done']);
});

it('lets a postback whose secret does not open wait, unless it is a test fire', async () => {
  const signed = { signed: true, sealedSecrets: ['00'] };
  const what = 'open a signing secret';

  const waits = { delayMs: 20_000 };
  const unreadable = await fireAll({ postback: { ...signed, test: false } });
  expect(unreadable).toEqual([what, waits, 'done']);
  expect(await fireAll({ postback: signed })).toEqual([what, 'completed', 'done']);
  const paused = { ...signed, test: false, pixelStatus: 'PAUSED' };
  expect(await fireAll({ postback: paused })).toEqual(['completed', 'done']);
});

it('keeps what is due soon in the queue, and leaves what is due later to the loader', async () => {
  const soon = await fireAll({ nextAttemptInMs: HORIZON_MS });
  expect(soon).toEqual(['sent', { dueAtMs: 1_000 + HORIZON_MS }, 'done']);
  expect(await fireAll({ nextAttemptInMs: HORIZON_MS + 1 })).toEqual(['sent', 'completed', 'done']);

  const notYet = await fireAll({ postback: { notBeforeMs: HORIZON_MS + 1 } });
  expect(notYet).toEqual(['completed', 'done']);
});

it('suspects nobody that is not called: not for a secret, not for a worker that stops', async () => {
  const suspect = { crashes: 2, test: false };
  const locked = { ...suspect, signed: true, sealedSecrets: ['00'] };
  const what = 'open a signing secret';
  expect(await fireAll({ postback: locked })).toEqual([what, { delayMs: 20_000 }, 'done']);

  let asked = 0;
  const mayStart = () => {
    asked += 1;
    return asked < 3;
  };
  const stopped = await fireAll({ postback: suspect, mayStart });
  expect(stopped).toEqual(['suspected', 'cleared', 'given back', 'done']);
});

it('fires suspects one at a time; those that wait too long or would be too many come again later', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const answer = Promise.withResolvers<void>();
  const ids = Array.from({ length: 12 }, (_, at) => `p${at}`);
  const { told, fired } = start({ ids, postback: { crashes: 2 }, send: () => answer.promise });
  await vi.advanceTimersByTimeAsync(0);

  const later = { delayMs: 1_000 };
  // One is called, eight wait for it, three have no place in the line.
  expect(told).toEqual(expect.arrayContaining([later, 'suspected', 'sent']));
  expect(told.filter((it) => it === 'done')).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told.filter((it) => it === 'done')).toHaveLength(11);
  expect(told.filter((it) => it === 'sent')).toHaveLength(1);
  answer.resolve();
  await fired;
  expect(told.slice(-2)).toEqual(['completed', 'done']);
});

it('fires the next suspect once the one before is done', async () => {
  const told = await fireAll({ ids: ['p1', 'p2'], postback: { crashes: 2 } });

  const each = ['suspected', 'sent', 'completed', 'done'];
  expect(told.filter((it) => it !== 'completed' && it !== 'done')).toEqual([
    ...['suspected', 'sent', 'suspected', 'sent'],
  ]);
  expect(told.toSorted()).toEqual([...each, ...each].toSorted());
});

it('gives suspects back at once when their worker stops, whoever is called', async () => {
  let stops = false;
  const answer = Promise.withResolvers<void>();
  const ids = ['p1', 'p2', 'p3'];
  const { told, fired } = start({
    ...{ ids, postback: { crashes: 2 }, mayStart: () => !stops, send: () => answer.promise },
  });
  await vi.waitFor(() => expect(told).toContain('sent'));
  stops = true;
  answer.resolve();
  await fired;

  expect(told.filter((it) => it === 'sent')).toHaveLength(1);
  expect(told.filter((it) => it === 'given back')).toHaveLength(2);
});

it('claims of which one cannot be loaded are given up once the others are, and none is started', async () => {
  const others = Promise.withResolvers<void>();
  let isOver = false;
  const { told, fired } = start({
    ids: ['one', 'two'],
    load: (id) => (id === 'one' ? Promise.reject(new Error('away')) : others.promise),
  });
  const refused = expect(fired.finally(() => (isOver = true))).rejects.toThrow('away');
  await new Promise(setImmediate);
  expect(isOver).toBe(false);

  others.resolve();
  await refused;
  expect(told).toEqual([]);
});
