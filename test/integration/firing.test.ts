import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { closeRedis, connectRedis, type RedisClient } from '../../src/platform/redis.ts';
import { START_CAP } from '../../src/postbacks/in-flight-cap.ts';
import { createDelayedQueue } from '../../src/queue/delayed-queue.ts';
import { finishPostbacks, type Outcome } from '../../src/store/outcomes.ts';
import type { CreatePixelInput } from '../gql/graphql.ts';
import { createApi, expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHolding } from '../support/holding.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import {
  CANCEL_POSTBACK,
  CREATE_PIXEL,
  PAUSE_PIXEL,
  RECORD_EVENTS,
  REPLAY_POSTBACK,
  TEST_PIXEL,
  UPDATE_PIXEL,
} from '../support/operations.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene, type ScenePostback } from '../support/scene.ts';

const DELAY_MS = 5_000;
const LEASE_MS = 20_000;

let scene: Scene;
let redis: RedisClient;

beforeAll(async () => {
  scene = await makeScene();
  redis = await connectRedis(inject('redisUrl'));
});

afterAll(async () => {
  await closeRedis(redis);
  await scene[Symbol.asyncDispose]();
});

/** A visited affiliate whose pixel calls the receiver. */
async function ready(url: string, changes: Partial<CreatePixelInput> = {}, at: Scene = scene) {
  const { affiliateId, entryUrl } = await at.affiliate();
  const pixelId = await at.pixel(affiliateId, {
    url: `${url}/?id={affclickid}&sum={amount}`,
    ...changes,
  });
  const clickId = await at.click(entryUrl);
  const reach = (check: (postback: ScenePostback | undefined) => void) =>
    eventually(
      async () => (await at.postbacks(affiliateId))[0],
      (postback) => check(postback),
    ) as Promise<ScenePostback>;
  return {
    affiliateId,
    pixelId,
    clickId,
    reach,
    becomes: (status: string) => reach((postback) => expect(postback?.status).toBe(status)),
  };
}

/** Reports many events at once, none equal to another. */
async function reportMany(clickId: string, count: number, at: Scene = scene) {
  const events = Array.from({ length: count }, (_, index) => ({
    clickId,
    type: 'FirstDeposit',
    amount: String(index),
    currency: 'USD',
    integrationId: at.integrationId,
  }));
  const { recordEvents } = await at.admin.run(RECORD_EVENTS, { input: { events } });
  expectType(recordEvents, 'RecordEventsPayload');
}

function attemptsOf(postback: ScenePostback) {
  return postback.attempts.nodes.map(({ number, statusCode }) => [number, statusCode]);
}

/** Takes `count` calls; answers how often each webhook id came. */
async function collect(receiver: Receiver, count: number): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (let at = 0; at < count; at += 1) {
    const id = String((await receiver.next()).headers['webhook-id']);
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

async function redisPrefix(at: Scene): Promise<string> {
  const [{ id } = {}] = await at.sql('SELECT id FROM installation');
  return `volley:${String(id).slice(0, 8)}`;
}

async function deleteKeys(pattern: string): Promise<number> {
  const keys = await (redis as import('ioredis').Redis).keys(pattern);
  if (keys.length > 0) await redis.del(...keys);
  return keys.length;
}

describe('time', () => {
  test('nothing is called before it is due', async () => {
    await using sooner = await startReceiver();
    await using later = await startReceiver();
    const first = await ready(sooner.url);
    const second = await ready(later.url);
    await scene.event(first.clickId);
    await scene.advance(2_000);
    await scene.event(second.clickId);
    await scene.advance(DELAY_MS - 2_000);

    // The loop has looked at what is due and found the first one.
    await sooner.next();
    expect(later.total).toBe(0);
    await scene.advance(2_000);
    await later.next();
  });
});

describe('attempts', () => {
  test('a receiver that recovers gets numbered attempts under one id, by the table', async () => {
    await using receiver = await startReceiver();
    receiver.answer(
      { status: 500 },
      { status: 429, headers: { 'retry-after': '600' } },
      { status: 503, body: 'busy' },
      { status: 200, body: 'taken' },
    );
    const { clickId, affiliateId, reach } = await ready(receiver.url);
    await scene.event(clickId);
    await scene.advance(DELAY_MS);
    const calls = [await receiver.next()];
    // Steps of the table with 20 % jitter; the second one yields to Retry-After.
    for (const [attempt, shortest, longest] of [
      [1, 4_000, 6_000],
      [2, 600_000, 600_000],
      [3, 240_000, 360_000],
    ] as const) {
      const pause = await pauseAfter(affiliateId, attempt);
      expect(pause).toBeGreaterThanOrEqual(shortest);
      expect(pause).toBeLessThan(longest + 3_000);
      await scene.advance(longest);
      calls.push(await receiver.next());
    }
    const postback = await reach((it) => expect(it?.status).toBe('DELIVERED'));

    expect(attemptsOf(postback)).toEqual([
      [1, 500],
      [2, 429],
      [3, 503],
      [4, 200],
    ]);
    expect(calls.map(({ headers }) => headers['webhook-attempt'])).toEqual(['1', '2', '3', '4']);
    expect(new Set(calls.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([rowIdIn(postback.id)]),
    );
    expect(postback.lastAttempt?.responseBody).toBe('taken');
  });

  /** Milliseconds from the start of an attempt to the next one, once it is recorded. */
  async function pauseAfter(affiliateId: string, attempt: number): Promise<number> {
    const [row] = await eventually(
      () =>
        scene.sql(
          `SELECT extract(epoch FROM p.next_attempt_at - a.started_at)::float * 1000 AS pause
           FROM postback p JOIN postback_attempt a ON a.postback_id = p.id AND a.number = p.attempts_made
           WHERE p.affiliate_id = '${rowIdIn(affiliateId)}' AND p.attempts_made = ${attempt}`,
        ),
      (rows) => expect(rows).toHaveLength(1),
    );
    return Number(row?.pause);
  }

  test('the last attempt really happens, then the postback has failed', async () => {
    await using receiver = await startReceiver();
    receiver.answer({ status: 500 });
    const { clickId, becomes, reach } = await ready(receiver.url, { maxAttempts: 3 });
    await scene.event(clickId);
    await scene.advance(DELAY_MS);
    await receiver.next();
    await reach((postback) => expect(postback?.lastAttempt?.number).toBe(1));
    await scene.advance(6_000);
    await receiver.next();
    await reach((postback) => expect(postback?.lastAttempt?.number).toBe(2));
    await scene.advance(36_000);
    await receiver.next();
    const postback = await becomes('FAILED');

    expect(postback.reason).toBe('ATTEMPTS_EXHAUSTED');
    expect(attemptsOf(postback)).toEqual([
      [1, 500],
      [2, 500],
      [3, 500],
    ]);
    await scene.advance(86_400_000);
    expect(receiver.total).toBe(3);
  });

  test.each([
    [{ status: 404 }, 'HTTP_404'],
    [{ status: 302, headers: { location: 'https://elsewhere.example/' } }, 'REDIRECT'],
    [{ status: 410 }, 'HTTP_410'],
  ])('%o is final', async (answer, reason) => {
    await using receiver = await startReceiver();
    receiver.answer(answer as { status: number });
    const { clickId, becomes } = await ready(receiver.url);
    await scene.event(clickId);
    await scene.advance(DELAY_MS);
    const postback = await becomes('FAILED');

    expect(postback).toMatchObject({ reason, nextAttemptAt: null });
    expect(attemptsOf(postback)).toEqual([[1, answer.status]]);
  });

  test('a refused connection is tried again', async () => {
    const receiver = await startReceiver();
    await receiver[Symbol.asyncDispose]();
    const { clickId, becomes } = await ready(receiver.url);
    await scene.event(clickId);
    await scene.advance(DELAY_MS);

    expect(await becomes('RETRYING')).toMatchObject({
      reason: 'CONNECT',
      lastAttempt: { number: 1, statusCode: null, errorKind: 'CONNECT' },
    });
  });
});

describe('pixel', () => {
  test.each(['PAUSED', 'DELETED'])('%s before the due time means CANCELLED', async (status) => {
    await using receiver = await startReceiver();
    const { clickId, pixelId, becomes } = await ready(receiver.url);
    await scene.event(clickId);
    if (status === 'PAUSED') await scene.admin.run(PAUSE_PIXEL, { input: { pixelId } });
    else {
      await scene.read(
        'mutation ($input: DeletePixelInput!) { deletePixel(input: $input) { __typename } }',
        { input: { pixelId } },
      );
    }
    await scene.advance(DELAY_MS);
    const postback = await becomes('CANCELLED');

    expect(postback).toMatchObject({ reason: `PIXEL_${status}`, firedAt: null, lastAttempt: null });
    expect(receiver.total).toBe(0);
  });

  test('a change between event and fire leaves the planned postback as it was', async () => {
    await using receiver = await startReceiver();
    const { clickId, pixelId, becomes } = await ready(receiver.url, {
      method: 'POST',
      body: 'old={amount}',
    });
    await scene.event(clickId);
    const { updatePixel } = await scene.admin.run(UPDATE_PIXEL, {
      input: { pixelId, url: `${receiver.url}/new?x={clickid}`, method: 'GET', body: null },
    });
    expect(expectType(updatePixel, 'UpdatePixelPayload').pixel.version).toBe(2);
    await scene.advance(DELAY_MS);

    expect(await receiver.next()).toMatchObject({
      method: 'POST',
      url: '/?id=1122223444455565666&sum=50',
      body: 'old=50',
    });
    const postback = await becomes('DELIVERED');
    expect(postback.url).toBe(`${receiver.url}/?id={affclickid}&sum={amount}`);
  });

  test('a template that cannot be rendered fails for good without an attempt', async () => {
    await using receiver = await startReceiver();
    const { clickId, pixelId } = await ready(receiver.url);
    await scene.event(clickId);
    await scene.sql(
      `UPDATE pixel_version SET url = '${receiver.url}/{' WHERE pixel_id = '${rowIdIn(pixelId)}'`,
    );
    await scene.advance(DELAY_MS);

    await eventually(
      () =>
        scene.sql(`
          SELECT state, reason, attempts_made AS made, next_attempt_at AS next,
            (SELECT count(*)::int FROM postback_attempt WHERE postback_id = p.id) AS attempts
          FROM postback p WHERE pixel_id = '${rowIdIn(pixelId)}'`),
      (rows) =>
        expect(rows).toEqual([
          { state: 'FAILED', reason: 'TEMPLATE_FAULT', made: 0, next: null, attempts: 0 },
        ]),
    );
    expect(receiver.total).toBe(0);
  });

  test('a POST carries its body in the format it is written in', async () => {
    await using receiver = await startReceiver();
    const json = await ready(receiver.url, {
      method: 'POST',
      body: '{"id":"{affclickid}","sum":{amount},"none":{trackid}}',
    });
    const form = await ready(receiver.url, {
      method: 'POST',
      body: 'id={affclickid}&none={trackid}&url={event_time}',
      unresolved: 'OMIT_PARAM',
    });
    await scene.event(json.clickId, { amount: '12345678901234567890.5' });
    await scene.advance(DELAY_MS);
    const first = await receiver.next();
    await scene.event(form.clickId, { occurredAt: '2026-01-02T03:04:05.000Z' });
    await scene.advance(DELAY_MS);
    const second = await receiver.next();

    expect(first.headers['content-type']).toBe('application/json');
    expect(first.body).toBe(
      '{"id":"1122223444455565666","sum":12345678901234567890.5,"none":null}',
    );
    expect(second.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(second.body).toBe('id=1122223444455565666&url=2026-01-02T03%3A04%3A05.000Z');
    expect((await json.becomes('DELIVERED')).unresolved).toEqual(['trackid']);
  });

  test('a broken body template is refused with its place', async () => {
    const { affiliateId } = await scene.affiliate();
    const save = async (body: string) => {
      const { createPixel } = await scene.admin.run(CREATE_PIXEL, {
        input: {
          affiliateId,
          url: 'https://affiliate.example/?id={affclickid}',
          triggerEvent: 'FirstDeposit',
          method: 'POST',
          body,
        },
      });
      return expectType(createPixel, 'InvalidInputError').issues;
    };

    expect(await save('{"a":{amount}')).toMatchObject([{ path: ['body'] }]);
    expect(await save('a={amount|fixd:2}')).toMatchObject([
      { path: ['body'], message: expect.stringContaining('position 3') },
    ]);
  });
});

describe('on request', () => {
  test('cancelPostback stops an open postback for good', async () => {
    await using receiver = await startReceiver();
    const { clickId, becomes } = await ready(receiver.url);
    const { postbacks } = await scene.event(clickId);
    const cancel = async () => {
      const input = { postbackId: postbacks[0]?.id ?? '' };
      return (await scene.admin.run(CANCEL_POSTBACK, { input })).cancelPostback;
    };

    expect(expectType(await cancel(), 'CancelPostbackPayload').postback).toMatchObject({
      status: 'CANCELLED',
      reason: 'CANCELLED_BY_REQUEST',
    });
    expectType(await cancel(), 'ConflictError');
    await scene.advance(DELAY_MS);
    const tracer = await ready(receiver.url, { url: `${receiver.url}/tracer?c={clickid}` });
    await scene.event(tracer.clickId);
    await scene.advance(DELAY_MS);
    expect((await receiver.next()).url).toMatch(/^\/tracer/);
    expect((await becomes('CANCELLED')).lastAttempt).toBeNull();
  });

  test('replayPostback fires again with the template of then or of today, when the old one is decided', async () => {
    await using receiver = await startReceiver();
    const { clickId, pixelId, affiliateId, becomes } = await ready(receiver.url);
    const { postbacks } = await scene.event(clickId);
    const postbackId = postbacks[0]?.id ?? '';
    const replay = async (template: 'ORIGINAL' | 'CURRENT') =>
      (await scene.admin.run(REPLAY_POSTBACK, { input: { postbackId, template } })).replayPostback;

    expectType(await replay('ORIGINAL'), 'ConflictError');
    await scene.advance(DELAY_MS);
    const first = await receiver.next();
    await becomes('DELIVERED');
    await scene.admin.run(UPDATE_PIXEL, {
      input: { pixelId, url: `${receiver.url}/new?c={clickid}` },
    });
    const original = expectType(await replay('ORIGINAL'), 'ReplayPostbackPayload').postback;
    const second = await receiver.next();
    const current = expectType(await replay('CURRENT'), 'ReplayPostbackPayload').postback;
    const third = await receiver.next();

    expect(original.replayOf?.id).toBe(postbackId);
    expect([second.url, third.url]).toEqual([first.url, `/new?c=${clickId}`]);
    expect([first, second, third].map(({ headers }) => headers['webhook-id'])).toEqual(
      [postbackId, original.id, current.id].map(rowIdIn),
    );
    expect(await scene.postbacks(affiliateId)).toHaveLength(3);
  });

  test('testPixel fires once at once, is marked, and left out of the statistics', async () => {
    await using receiver = await startReceiver();
    receiver.answer({ status: 500, body: 'no' });
    const { clickId, pixelId, affiliateId } = await ready(receiver.url, {
      url: `${receiver.url}/?id={affclickid}&test={test}&c={clickid}`,
    });
    const fire = async (input: { pixelId: string; clickId?: string }) => {
      const { testPixel } = await scene.admin.run(TEST_PIXEL, { input });
      return expectType(testPixel, 'TestPixelPayload').postback;
    };
    const withClick = await fire({ pixelId, clickId });
    const withSamples = await fire({ pixelId });

    expect(withClick).toMatchObject({
      status: 'FAILED',
      test: true,
      lastAttempt: { statusCode: 500, responseBody: 'no' },
    });
    expect((await receiver.next()).url).toBe(`/?id=1122223444455565666&test=1&c=${clickId}`);
    expect((await receiver.next()).url).toMatch(/^\/\?id=[^&]+&test=1&c=[^&]+$/);
    expect(withSamples.test).toBe(true);
    await scene.advance(86_400_000);
    const stats = await scene.read<{ postbackStats: { total: number } }>(
      'query ($where: PostbackFilter) { postbackStats(where: $where) { total } }',
      { where: { affiliateIds: [affiliateId] } },
    );
    expect(stats.postbackStats.total).toBe(0);
    expect(receiver.total).toBe(2);
  });
});

describe('once', () => {
  test('several workers fire 300 postbacks once each', async () => {
    await using receiver = await startReceiver();
    await using _second = await scene.another({ VOLLEY_ROLE: 'worker' });
    await using _third = await scene.another({ VOLLEY_ROLE: 'worker' });
    const affiliates = await Promise.all([1, 2, 3].map(() => ready(receiver.url)));
    for (const { clickId } of affiliates) await reportMany(clickId, 100);
    await scene.advance(DELAY_MS);

    const times = await collect(receiver, 300);
    await Promise.all(affiliates.map(({ becomes }) => becomes('DELIVERED')));
    expect(times.size).toBe(300);
    expect(receiver.total).toBe(300);
  });

  test('a wiped Redis loses and doubles nothing', async () => {
    await using receiver = await startReceiver();
    const { clickId } = await ready(receiver.url);
    await reportMany(clickId, 100);
    const prefix = await redisPrefix(scene);
    expect(await deleteKeys(`*${prefix}*`)).toBeGreaterThan(0);
    // What is due before its shard is open again may be under way elsewhere, and waits for a lease.
    await eventually(
      () => (redis as import('ioredis').Redis).keys(`*${prefix}*:epoch`),
      (open) => expect(open).toHaveLength(16),
    );
    await scene.advance(DELAY_MS);

    expect((await collect(receiver, 100)).size).toBe(100);
    await scene.advance(2 * LEASE_MS);
    await tracer();
    expect(receiver.total).toBe(100);
  });

  test('Redis wiped while calls are under way makes no worker repeat its own', async () => {
    await using receiver = await startHolding();
    const { clickId, becomes } = await ready(receiver.url);
    await reportMany(clickId, START_CAP);
    await scene.advance(DELAY_MS);
    await eventually(
      async () => receiver.total,
      (total) => expect(total).toBe(START_CAP),
    );
    await deleteKeys(`*${await redisPrefix(scene)}*`);
    await tracer();

    expect(receiver.total).toBe(START_CAP);
    receiver.release();
    await becomes('DELIVERED');
    await scene.advance(2 * LEASE_MS);
    await tracer();
    expect(receiver.total).toBe(START_CAP);
  });

  test('a schedule that Redis never got is healed by the sweep', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    await scene.event(clickId);
    expect(await deleteKeys(`*:due:${rowIdIn(affiliateId)}|*`)).toBe(1);
    await scene.advance(DELAY_MS + 1_000);

    await receiver.next();
    await tracer();
    expect(receiver.total).toBe(1);
  });

  test('what a dead worker had claimed is fired when its lease ends', async () => {
    await using receiver = await startReceiver();
    await using api = await makeScene({ VOLLEY_ROLE: 'api' });
    const { clickId } = await ready(receiver.url, {}, api);
    await api.event(clickId);
    const queue = createDelayedQueue({
      redis,
      prefix: `${await redisPrefix(api)}:pb`,
      leaseMs: LEASE_MS,
      clockOffsetMs: () => DELAY_MS,
    });
    await api.advance(DELAY_MS);
    await queue.setEpoch();
    expect((await queue.claimDue(10)).claims).toHaveLength(1);
    await using _worker = await api.another({ VOLLEY_ROLE: 'worker' });

    expect(receiver.total).toBe(0);
    await api.advance(LEASE_MS);
    expect((await receiver.next()).headers['webhook-attempt']).toBe('1');
  });

  test('of two outcomes of one attempt the later is logged as superseded', async () => {
    await using api = await makeScene({ VOLLEY_ROLE: 'api' });
    const { clickId, affiliateId } = await ready('https://affiliate.example', {}, api);
    await reportMany(clickId, 3, api);
    const ids = (await api.postbacks(affiliateId)).map(({ id }) => rowIdIn(id));
    const outcome = (postbackId: string | undefined, state: 'OPEN' | 'DELIVERED'): Outcome => ({
      id: randomUUID(),
      postbackId: postbackId ?? '',
      attemptsBefore: 0,
      state,
      reason: state === 'OPEN' ? 'HTTP_500' : null,
      retryInMs: state === 'OPEN' ? 5_000 : null,
      attempt: {
        startedAt: new Date(),
        durationMs: 1,
        finalUrl: 'https://affiliate.example/',
        statusCode: state === 'OPEN' ? 500 : 200,
        errorKind: null,
        message: null,
        responseBody: null,
        kept: null,
      },
    });
    await using pool = Object.assign(new pg.Pool({ connectionString: api.databaseUrl }), {
      async [Symbol.asyncDispose]() {
        await pool.end();
      },
    });
    // In two batches, and within one.
    const first = await finishPostbacks(pool, [outcome(ids[0], 'OPEN'), outcome(ids[1], 'OPEN')]);
    const second = await finishPostbacks(pool, [
      outcome(ids[2], 'DELIVERED'),
      outcome(ids[0], 'DELIVERED'),
      outcome(ids[2], 'OPEN'),
    ]);

    const told = [...first, ...second].map(({ postbackId, applied }) => [postbackId, applied]);
    expect(told).toEqual([
      [ids[0], true],
      [ids[1], true],
      [ids[2], true],
      [ids[0], false],
      [ids[2], false],
    ]);
    const stored = await api.postbacks(affiliateId);
    expect(
      stored.map(({ status, attempts }) => [
        status,
        attempts.nodes.map(({ number, statusCode, superseded }) => [
          number,
          statusCode,
          superseded,
        ]),
      ]),
    ).toEqual([
      [
        'RETRYING',
        [
          [1, 500, false],
          [1, 200, true],
        ],
      ],
      ['RETRYING', [[1, 500, false]]],
      [
        'DELIVERED',
        [
          [1, 200, false],
          [1, 500, true],
        ],
      ],
    ]);

    // A try whose answer was lost, and a loser's: neither is written twice, and both are answered as before.
    const decided = outcome(ids[1], 'DELIVERED');
    decided.attemptsBefore = 1;
    const lost = { ...decided, id: randomUUID() };
    expect(await finishPostbacks(pool, [decided])).toMatchObject([{ applied: true }]);
    expect(await finishPostbacks(pool, [lost])).toMatchObject([{ applied: false }]);
    const again = await finishPostbacks(pool, [decided, lost]);
    expect(again).toMatchObject([{ applied: true }, { applied: false }]);
    const [{ count } = {}] = await api.sql(
      `SELECT count(*)::int FROM postback_attempt WHERE postback_id = '${ids[1]}' AND number = 2`,
    );
    expect(count).toBe(2);
  });

  /** Sends one postback of another affiliate through the whole loop. */
  async function tracer() {
    await using receiver = await startReceiver();
    const { clickId } = await ready(receiver.url);
    await scene.event(clickId);
    await scene.advance(DELAY_MS);
    await receiver.next();
  }
});

describe('others', () => {
  test('a receiver that does not answer delays nobody else', async () => {
    await using slow = await startHolding();
    await using fast = await startReceiver();
    const slowOne = await ready(slow.url);
    const fastOne = await ready(fast.url);
    // More than a worker has slots.
    await reportMany(slowOne.clickId, 400);
    await reportMany(slowOne.clickId, 400);
    await scene.advance(DELAY_MS);
    await eventually(
      async () => slow.total,
      (total) => expect(total).toBeGreaterThan(0),
    );
    await scene.event(fastOne.clickId);
    await scene.advance(DELAY_MS);

    await fast.next();
    // Not one of the slow calls has ended, not even by its deadline.
    expect(
      (await scene.postbacks(slowOne.affiliateId)).filter(({ status }) => status !== 'SCHEDULED'),
    ).toEqual([]);
    slow.release();
    await eventually(
      async () => slow.answered,
      (answered) => expect(answered).toBe(800),
    );
  });

  test('no template reaches an address inside the network, at save nor at fire', async () => {
    await using receiver = await startReceiver();
    await using api = await makeScene({ VOLLEY_ROLE: 'api' });
    const { clickId, affiliateId, becomes } = await ready(receiver.url, {}, api);
    await api.event(clickId);
    await using guarded = await api.another({ VOLLEY_ROLE: 'all', VOLLEY_ALLOW_TARGETS: '' });
    await api.advance(DELAY_MS);

    const postback = await becomes('FAILED');
    expect(postback).toMatchObject({
      reason: 'ADDRESS_REFUSED',
      lastAttempt: { errorKind: 'ADDRESS_REFUSED', statusCode: null },
    });
    expect(attemptsOf(postback)).toEqual([[1, null]]);
    expect(receiver.total).toBe(0);
    const { createPixel } = await createApi(guarded.url, ADMIN_KEY).run(CREATE_PIXEL, {
      input: { affiliateId, url: `${receiver.url}/?id={clickid}`, triggerEvent: 'FirstDeposit' },
    });
    expect(expectType(createPixel, 'InvalidInputError').issues).toMatchObject([{ path: ['url'] }]);
  });
});

test('of all that was fired here nothing was fired early', async () => {
  const attempts = await scene.sql(
    `SELECT p.id, a.started_at < date_trunc('milliseconds', p.due_at) AS early
     FROM postback p JOIN postback_attempt a ON a.postback_id = p.id WHERE NOT p.test`,
  );

  expect(attempts).not.toEqual([]);
  expect(attempts.filter(({ early }) => early)).toEqual([]);
});
