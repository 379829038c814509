import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import type { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import WebSocket from 'ws';
import { createInterests } from '../../src/live/interests.ts';
import { encodeCursor } from '../../src/live/position.ts';
import { createLog } from '../../src/platform/log.ts';
import { closeRedis, connectRedis, type RedisClient } from '../../src/platform/redis.ts';
import { interestOf, keysOfAttempt } from '../../src/reports/live-interest.ts';
import {
  matchesFilter,
  POSTBACK_STATUSES,
  type PostbackFilter,
  STATUS_CODE_CLASSES,
  toSql,
} from '../../src/reports/postback-filter.ts';
import { pagePostbacks } from '../../src/reports/postback-page.ts';
import { type AttemptRow, openAttemptLog } from '../../src/store/attempt-log.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import type { PostbackFiredSubscription } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { type LiveStream, subscribe } from '../support/live-client.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import {
  CREATE_API_KEY,
  FIRED_IF,
  FIRED_RENDERED,
  FIRED_WITH_PARENT,
  POSTBACK_FIRED,
  RECORD_EVENTS,
  TEST_PIXEL,
} from '../support/operations.ts';
import { startQueryLog } from '../support/query-log.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

type Fired = PostbackFiredSubscription['postbackFired'];

let scene: Scene;
let database: Database;
let redis: RedisClient;

beforeAll(async () => {
  scene = await makeScene();
  database = openDatabase(scene.databaseUrl, createLog('silent'));
  redis = await connectRedis(inject('redisUrl'));
});

afterAll(async () => {
  await closeRedis(redis);
  await database[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

/** A visited affiliate whose pixel calls the receiver with the event's amount. */
async function ready(receiverUrl: string) {
  const { affiliateId, entryUrl } = await scene.affiliate();
  const pixelId = await scene.pixel(affiliateId, { url: `${receiverUrl}/?sum={amount}` });
  return { affiliateId, pixelId, clickId: await scene.click(entryUrl) };
}

/** Reports events of the amounts `from` to `to - 1`. */
async function report(clickId: string, from: number, to: number) {
  const events = Array.from({ length: to - from }, (_, at) => ({
    clickId,
    type: 'FirstDeposit',
    amount: String(from + at),
    integrationId: scene.integrationId,
  }));
  const { recordEvents } = await scene.admin.run(RECORD_EVENTS, { input: { events } });
  expectType(recordEvents, 'RecordEventsPayload');
}

/** Subscribes and takes the first message, which only tells the place. */
async function watch(
  variables: { where?: object; after?: string; since?: string } = {},
  url = scene.url,
) {
  const live = subscribe(url, ADMIN_KEY, POSTBACK_FIRED, variables);
  const first = (await live.next()).postbackFired;
  expect(first).toMatchObject({ postback: null, attempt: null });
  return { live, first };
}

async function take(live: LiveStream<PostbackFiredSubscription>, count: number): Promise<Fired[]> {
  const messages: Fired[] = [];
  while (messages.length < count) {
    const { postbackFired } = await live.next();
    if (postbackFired.attempt) messages.push(postbackFired);
  }
  return messages;
}

function sumsOf(messages: Fired[]): (string | null)[] {
  return messages.map(({ attempt }) => new URL(attempt?.finalUrl ?? '').searchParams.get('sum'));
}

describe('order and resume', () => {
  test('messages come in the order of commit, each after its row is on disk', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const { live } = await watch({ where: { affiliateIds: [affiliateId] } });
    await using _live = live;
    await report(clickId, 0, 200);
    await scene.advance(5_000);

    const messages = await take(live, 200);
    const log = await scene.sql(
      `SELECT a.final_url FROM postback_attempt a JOIN postback p ON p.id = a.postback_id
       WHERE p.affiliate_id = '${rowIdIn(affiliateId)}' ORDER BY a.xact, a.id`,
    );
    expect(messages.map(({ attempt }) => attempt?.finalUrl)).toEqual(
      log.map((row) => row.final_url),
    );
    expect(messages.every(({ postback }) => postback?.status === 'DELIVERED')).toBe(true);
  });

  test('a viewer may begin at a time, and goes on live', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const where = { affiliateIds: [affiliateId] };
    const fired = async (from: number, to: number) => {
      await report(clickId, from, to);
      await scene.advance(5_000);
      for (let n = from; n < to; n += 1) await receiver.next();
      await eventually(
        () => scene.postbacks(affiliateId),
        (rows) => expect(rows.every(({ status }) => status === 'DELIVERED')).toBe(true),
      );
    };
    await fired(0, 2);
    const [{ at } = {}] = await scene.sql(`
      SELECT max(started_at + duration_ms * interval '1 ms') + interval '1 ms' AS at FROM postback_attempt`);
    await scene.advance(600_000);
    await fired(2, 4);
    const since = (at as Date).toISOString();
    const { live } = await watch({ where, since });
    await using _live = live;
    await using _all = (await watch({ where, since: '2020-01-01T00:00:00Z' })).live;
    const early = (await watch({ where, since: '2120-01-01T00:00:00Z' })).live;
    await using _early = early;

    expect(sumsOf(await take(live, 2)).sort()).toEqual(['2', '3']);
    expect(sumsOf(await take(_all, 4)).sort()).toEqual(['0', '1', '2', '3']);
    await fired(4, 5);
    expect(sumsOf(await take(live, 1))).toEqual(['4']);
    expect(sumsOf(await take(_all, 1))).toEqual(['4']);
    const both = subscribe(scene.url, ADMIN_KEY, POSTBACK_FIRED, { after: 'x', since });
    await using _both = both;
    await expect(both.next()).rejects.toThrow(/either after or since/);
  });

  test('an attempt that is committed late is not passed over', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const { live } = await watch({ where: { affiliateIds: [affiliateId] } });
    await using _live = live;
    await report(clickId, 0, 1);
    await scene.advance(5_000);
    await take(live, 1);
    const insert = (sum: string) => `INSERT INTO postback_attempt
      (postback_id, number, started_at, duration_ms, final_url, superseded)
      SELECT id, 9, now(), 1, 'https://affiliate.example/?sum=${sum}', true FROM postback
      WHERE affiliate_id = '${rowIdIn(affiliateId)}'`;
    const slow = new pg.Client(scene.databaseUrl);
    await slow.connect();
    await slow.query(`BEGIN; ${insert('slow')}`);
    await scene.sql(insert('quick'));
    // Whoever looks now must not see the quick one, or it would be passed over with the slow one.
    await redis.xadd(await wakeKey(), '*', 'at', '');
    const { live: second, first } = await watch({ where: { affiliateIds: [affiliateId] } });
    await using _second = second;
    await slow.query('COMMIT');
    await slow.end();

    expect(sumsOf(await take(live, 2))).toEqual(['slow', 'quick']);
    expect(first.gap).toBeNull();
    expect(sumsOf(await take(second, 2))).toEqual(['slow', 'quick']);
  });

  test('viewers that leave and resume at any place miss nothing and see nothing twice', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const where = { affiliateIds: [affiliateId] };
    const total = 400;
    const random = createRandom(7);
    await using other = await scene.another({ VOLLEY_ROLE: 'api' });
    const reference = await watch({ where });
    await using _live = reference.live;

    async function follow(url: string): Promise<(string | null)[]> {
      const seen: (string | null)[] = [];
      let after = reference.first.cursor;
      while (seen.length < total) {
        const { live } = await watch({ where, after }, url);
        const messages = await take(live, Math.min(1 + random(90), total - seen.length));
        await live[Symbol.asyncDispose]();
        seen.push(...sumsOf(messages));
        after = messages.at(-1)?.cursor ?? after;
      }
      return seen;
    }

    const viewers = [scene.url, other.url, scene.url, other.url, scene.url].map(follow);
    for (let from = 0; from < total; from += 100) {
      await report(clickId, from, from + 100);
      await scene.advance(5_000);
    }
    const expected = sumsOf(await take(reference.live, total));
    expect(new Set(expected).size).toBe(total);
    for (const seen of await Promise.all(viewers)) expect(seen).toEqual(expected);
    // Some hundred connections, one after the other: on two busy cores half a minute is not enough.
  }, 90_000);

  test('a cursor that is ahead of the log is told as a gap, and the stream goes on from now', async () => {
    await using receiver = await startReceiver();
    const { clickId } = await ready(receiver.url);
    const ahead = encodeCursor({ xact: 10n ** 15n, id: 1n });
    const { live, first } = await watch({ after: ahead });
    await using _live = live;
    await report(clickId, 0, 1);
    await scene.advance(5_000);

    expect(first.gap).toEqual({ from: first.cursor, to: ahead });
    expect(sumsOf(await take(live, 1))).toEqual(['0']);
  });

  test.each(['nonsense', Buffer.from('1:1:9999999999999999999').toString('base64url')])(
    'the cursor %s is refused',
    async (after) => {
      await using live = subscribe(scene.url, ADMIN_KEY, POSTBACK_FIRED, { after });

      await expect(live.next()).rejects.toThrow(/BAD_USER_INPUT|no cursor/);
    },
  );
});

test.each(['WebSocket', 'SSE'])(
  'a message that a fault has spoilt ends the stream over %s, and comes first after a resume',
  async (transport) => {
    await using own = await makeScene();
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await own.affiliate();
    await own.pixel(affiliateId, { url: `${receiver.url}/?c={clickid}` });
    const query = `subscription ($after: String) { postbackFired(after: $after) {
      cursor postback { clickId pixel { url } } } }`;
    const read = async (after: string | null, wanted: number) => {
      const got: { cursor: string; postback: object | null }[] = [];
      let failed = false;
      const stream =
        transport === 'SSE'
          ? readSse(own.url, { query, variables: { after } })
          : readWs(own.url, { query, variables: { after } });
      try {
        for await (const { data } of stream) {
          got.push(data.postbackFired);
          if (got.length === wanted) break;
        }
      } catch {
        failed = true;
      }
      return { got, failed };
    };
    const start = (await read(null, 1)).got[0]?.cursor ?? '';
    const clickId = await own.click(entryUrl);
    await own.event(clickId);
    await own.advance(5_000);
    await receiver.next();
    await eventually(
      async () => (await own.postbacks(affiliateId))[0]?.status,
      (status) => expect(status).toBe('DELIVERED'),
    );

    await own.sql('ALTER TABLE pixel RENAME TO pixel_away');
    const spoilt = await read(start, 2);
    await own.sql('ALTER TABLE pixel_away RENAME TO pixel');
    const again = await read(start, 2);

    expect(spoilt.got).toEqual([{ cursor: start, postback: null }]);
    expect(again.got[1]).toMatchObject({ postback: { clickId } });
  },
);

describe('between processes', () => {
  test('a viewer of another process sees what this one fires, also without the wake stream', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    await using other = await scene.another({ VOLLEY_ROLE: 'api' });
    const { live } = await watch({ where: { affiliateIds: [affiliateId] } }, other.url);
    await using _live = live;
    await report(clickId, 0, 3);
    await scene.advance(5_000);
    expect(sumsOf(await take(live, 3)).sort()).toEqual(['0', '1', '2']);

    // Not a stream any more: announcing fails from here on.
    await redis.set(await wakeKey(), 'broken');
    await report(clickId, 3, 6);
    await scene.advance(5_000);
    expect(sumsOf(await take(live, 3)).sort()).toEqual(['3', '4', '5']);
    await redis.del(await wakeKey());
    await report(clickId, 6, 9);
    await scene.advance(5_000);
    expect(sumsOf(await take(live, 3)).sort()).toEqual(['6', '7', '8']);
  });

  test('announcements are read while somebody watches, and by nobody else', async () => {
    await using quiet = await makeScene({ VOLLEY_ROLE: 'api' });
    const watched = await wakeKey(quiet);
    const monitor = await (redis as Redis).monitor();
    let reads = 0;
    monitor.on('monitor', (_time: string, [command = '', key]: string[]) => {
      if (/^x(rev)?range$/i.test(command) && key === watched) reads += 1;
    });
    const readsIn = async (ms: number) => {
      const before = reads;
      await sleep(ms);
      return reads - before;
    };
    expect(await readsIn(300)).toBe(0);

    const { live } = await watch({}, quiet.url);
    await eventually(
      async () => reads,
      (count) => expect(count).toBeGreaterThan(2),
    );
    await live[Symbol.asyncDispose]();
    await eventually(
      () => readsIn(100),
      (count) => expect(count).toBe(0),
    );
    monitor.disconnect();
  });

  test('the same messages come over SSE', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const leave = new AbortController();
    const events = readEvents(await sse({ where: { affiliateIds: [affiliateId] } }, leave.signal));
    const first = (await events.next()).value as Fired;
    expect(first).toMatchObject({ postback: null, attempt: null });
    await report(clickId, 0, 2);
    await scene.advance(5_000);

    const messages = [(await events.next()).value, (await events.next()).value] as Fired[];
    expect(sumsOf(messages).sort()).toEqual(['0', '1']);
    leave.abort();
  });
});

describe('viewers of the same', () => {
  test('cost one execution of each message, wherever they began and by whatever transport', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const where = { affiliateIds: [affiliateId] };
    await using stack = new AsyncDisposableStack();
    const { live: alone, first } = await watch({ where });
    stack.use(alone);
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        watch({ where, ...(at % 2 && { after: first.cursor }) }),
      ),
    );
    for (const { live } of others) stack.use(live);
    const leave = new AbortController();
    stack.defer(() => leave.abort());
    const events = readEvents(await sse({ where }, leave.signal));
    await events.next();
    using log = startQueryLog();
    const messages = 5;
    const told: Fired[][] = [];
    const sent = await log.during(async () => {
      await report(clickId, 0, messages);
      await scene.advance(5_000);
      const takers = [alone, ...others.map(({ live }) => live)].map((live) => take(live, messages));
      told.push(...(await Promise.all(takers)));
      const overSse: Fired[] = [];
      while (overSse.length < messages) overSse.push((await events.next()).value as Fired);
      told.push(overSse);
    });

    expect(told).toEqual(told.map(() => told[0]));
    const reads = sent.filter((text) => /FROM "public"."postback_attempt"/.test(text));
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.length).toBeLessThanOrEqual(messages);
  });

  test('whose filters differ cost one execution of each message that they want', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId, pixelId } = await ready(receiver.url);
    const filters = [{ affiliateIds: [affiliateId] }, { pixelIds: [pixelId] }, {}];
    await using stack = new AsyncDisposableStack();
    const streams = filters.map((where) =>
      stack.use(subscribe(scene.url, ADMIN_KEY, FIRED_RENDERED, { where })),
    );
    await Promise.all(streams.map((it) => it.next()));
    using log = startQueryLog();
    const messages = 5;
    const sent = await log.during(async () => {
      for (let n = 0; n < messages; n += 1) {
        await report(clickId, n, n + 1);
        await scene.advance(5_000);
        const told = await Promise.all(streams.map((it) => it.next()));
        expect(told[0]?.postbackFired.attempt?.finalUrl).toContain(`sum=${n}`);
        expect(told).toEqual(told.map(() => told[0]));
      }
    });

    // Each execution asks for it by itself.
    const reads = sent.filter((text) => /last\.started_at AS "lastStartedAt"/.test(text));
    expect(reads).toHaveLength(messages);
  });

  test('who asks for something else by a variable is told something else', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const where = { affiliateIds: [affiliateId] };
    await using stack = new AsyncDisposableStack();
    const streams = [true, false].map((withAttempt) =>
      stack.use(subscribe(scene.url, ADMIN_KEY, FIRED_IF, { where, withAttempt })),
    );
    await Promise.all(streams.map((it) => it.next()));
    await report(clickId, 0, 1);
    await scene.advance(5_000);

    const [whole, half] = await Promise.all(streams.map((it) => it.next()));
    expect(whole?.postbackFired.attempt?.statusCode).toBe(200);
    expect(half?.postbackFired).toEqual({ postback: whole?.postbackFired.postback });
  });

  test('who comes back reads what was missed with a few statements', async () => {
    await using receiver = await startReceiver();
    const { clickId, affiliateId } = await ready(receiver.url);
    const where = { affiliateIds: [affiliateId] };
    const { live: before, first } = await watch({ where });
    await using _before = before;
    const missed = 60;
    await report(clickId, 0, missed);
    await scene.advance(5_000);
    const expected = sumsOf(await take(before, missed));
    using log = startQueryLog();
    const seen: (string | null)[] = [];
    const sent = await log.during(async () => {
      const { live } = await watch({ where, after: first.cursor });
      await using _live = live;
      seen.push(...sumsOf(await take(live, missed)));
    });

    expect(seen).toEqual(expected);
    const reads = sent.filter((text) => /FROM "public"."postback_attempt"/.test(text));
    expect(reads.length).toBeGreaterThan(0);
    // Thirty-two at a time.
    expect(reads.length).toBeLessThanOrEqual(2);
  });

  test('with other rights see by their own', async () => {
    await using receiver = await startReceiver();
    const broker = await scene.affiliate();
    const below = await scene.affiliate(broker.affiliateId);
    const stranger = await scene.affiliate();
    const url = `${receiver.url}/?sum={amount}`;
    for (const { affiliateId } of [below, stranger]) await scene.pixel(affiliateId, { url });
    const clicks = [
      await scene.click(below.entryUrl),
      await scene.click(stranger.entryUrl),
    ] as const;
    await using stack = new AsyncDisposableStack();
    const owners = [broker, below, stranger];
    const keys = await Promise.all(owners.map(({ affiliateId }) => keyOf(affiliateId)));
    const streams = [ADMIN_KEY, ...keys].map((key) =>
      stack.use(subscribe(scene.url, key, FIRED_WITH_PARENT, {})),
    );
    await Promise.all(streams.map((it) => it.next()));
    await report(clicks[0], 0, 1);
    await scene.advance(5_000);
    const [admin, ofBroker, ofBelow] = await Promise.all(
      streams.slice(0, 3).map((it) => it.next()),
    );
    await report(clicks[1], 0, 1);
    await scene.advance(5_000);
    const strangers = await streams[3]?.next();

    const parent = { affid: broker.affid };
    const shown = [admin, ofBroker, ofBelow, strangers].map(
      (message) => message?.postbackFired.postback?.affiliate,
    );
    expect(shown).toEqual([
      { affid: below.affid, parent },
      { affid: below.affid, parent },
      { affid: below.affid, parent: null },
      // It was told nothing of the others.
      { affid: stranger.affid, parent: null },
    ]);
  });
});

describe('filters', () => {
  let rows: AttemptRow[];
  let everything: string[];
  const known: Record<string, string> = {};

  beforeAll(async () => {
    await using receiver = await startReceiver();
    const wild = await scene.affiliate();
    const plain = await scene.affiliate();
    const path = (text: string) => ({ url: `${receiver.url}/${text}?id={affclickid}` });
    known.pixel = rowIdIn(await scene.pixel(wild.affiliateId, path('x_y')));
    await scene.pixel(wild.affiliateId, path('xzy'));
    await scene.pixel(wild.affiliateId, { ...path('X_Y'), triggerEvent: 'Deposit' });
    await scene.pixel(wild.affiliateId, { ...path('skipped'), statuses: ['REJECTED'] });
    const tested = await scene.pixel(plain.affiliateId, path('100%25'));
    known.click = await scene.click(
      `${wild.entryUrl.replace(/affclickid=.*/, 'affclickid=a%20b')}`,
    );
    const other = await scene.click(plain.entryUrl);
    await scene.event(known.click);
    await scene.event(known.click, { type: 'Deposit' });
    await scene.event(other);
    await scene.admin.run(TEST_PIXEL, { input: { pixelId: tested, clickId: other } });
    receiver.answer({ status: 500 }, { status: 404 }, { status: 200 });
    await scene.advance(5_000);
    const owners = [wild, plain].map(({ affiliateId }) => rowIdIn(affiliateId));
    // The test fire and the four that were due.
    await eventually(readLog, (log) => {
      expect(log.filter((row) => owners.includes(row.affiliateId))).toHaveLength(5);
    });
    await scene.event(other);
    // What is open stays as it is from here on.
    await scene.sql(
      `UPDATE postback SET next_attempt_at = next_attempt_at + interval '1 day' WHERE state = 'OPEN'`,
    );
    known.wild = rowIdIn(wild.affiliateId);
    known.campaign = rowIdIn(scene.campaignId);
    known.offer = rowIdIn(scene.offerId);

    rows = await readLog();
    everything = (await scene.sql('SELECT id FROM postback')).map(({ id }) => String(id));
    expect(new Set(rows.map(({ state }) => state)).size).toBeGreaterThan(1);
  });

  const NOBODY = '00000000-0000-7000-8000-000000000999';
  const cases: [string, (due: Date) => PostbackFilter][] = [
    ['nothing', () => ({})],
    ['an affiliate', () => ({ affiliateIds: [known.wild ?? ''] })],
    ['several affiliates', () => ({ affiliateIds: [known.wild ?? '', NOBODY] })],
    ['no affiliate at all', () => ({ affiliateIds: [] })],
    ['a campaign', () => ({ campaignIds: [known.campaign ?? ''] })],
    ['an unknown campaign', () => ({ campaignIds: [NOBODY] })],
    ['a pixel', () => ({ pixelIds: [known.pixel ?? ''] })],
    ['an event type', () => ({ eventTypes: ['Deposit'] })],
    ['two event types', () => ({ eventTypes: ['Deposit', 'FirstDeposit'] })],
    ['an offer', () => ({ offerIds: [known.offer ?? ''] })],
    ['an unknown offer', () => ({ offerIds: [NOBODY] })],
    ['an affclickid', () => ({ affclickid: 'a b' })],
    ['part of an affclickid', () => ({ affclickid: 'a' })],
    ['no class of answers', () => ({ statusCodes: [] })],
    ['two classes of answers', () => ({ statusCodes: ['SERVER_ERROR_5XX', 'CLIENT_ERROR_4XX'] })],
    ...STATUS_CODE_CLASSES.map((statusCode): [string, () => PostbackFilter] => [
      `the answer ${statusCode}`,
      () => ({ statusCodes: [statusCode] }),
    ]),
    [
      'an answer of an offer in a status',
      () => ({
        offerIds: [known.offer ?? ''],
        statusCodes: ['SERVER_ERROR_5XX'],
        status: ['RETRYING'],
      }),
    ],
    ['a click', () => ({ clickId: known.click ?? '' })],
    ['test fires', () => ({ test: true })],
    ['no test fires', () => ({ test: false })],
    ['no status', () => ({ status: [] })],
    ['two statuses', () => ({ status: ['RETRYING', 'DELIVERED'] })],
    ['statuses of one state', () => ({ status: ['SCHEDULED', 'RETRYING'] })],
    ...POSTBACK_STATUSES.map((status): [string, () => PostbackFilter] => [
      status,
      () => ({ status: [status] }),
    ]),
    ...['x_y', 'X_Y', '_', '%', 'a%20b', '100%25', '%2', '\\', 'x%y', '', 'nowhere'].map(
      (text): [string, () => PostbackFilter] => [
        `"${text}" in the final URL`,
        () => ({ finalUrlContains: text }),
      ],
    ),
    ['due from', (due) => ({ from: due })],
    ['due before', (due) => ({ to: due })],
    ['due within a millisecond', (due) => ({ from: due, to: new Date(due.getTime() + 1) })],
    ['due in an empty span', (due) => ({ from: due, to: due })],
    [
      'several conditions',
      () => ({ affiliateIds: [known.wild ?? ''], eventTypes: ['FirstDeposit'], test: false }),
    ],
  ];

  test.each(cases)('%s means the same in lists, counts and live', async (_what, makeFilter) => {
    const filter = makeFilter(rows.at(-1)?.dueAt ?? new Date());
    const { where, values } = toSql(filter);
    const bySql = await database.sql.query(`SELECT p.id FROM postback p WHERE ${where}`, values);
    const orders = (['CREATED_AT', 'DUE_AT'] as const).map((by) => ({
      by,
      direction: 'ASC' as const,
    }));
    const pages = orders.map((order) =>
      pagePostbacks(database.sql, filter, order, { after: null, limit: 1_000 }),
    );
    const byLive = rows.filter((row) => matchesFilter(filter, row));
    // Looked up by its keys, nobody misses a row.
    const interests = createInterests<AttemptRow, string>(keysOfAttempt);
    interests.add(interestOf(filter), 'viewer');
    const found = rows.filter((row) => [...interests.readersOf(row)].length === 1);
    expect(found).toEqual(byLive);

    const ids = bySql.rows.map(({ id }) => id).sort();
    const attempted = new Set(rows.map(({ postbackId }) => postbackId));
    for (const listed of await Promise.all(pages)) expect(listed.sort()).toEqual(ids);
    expect([...new Set(byLive.map(({ postbackId }) => postbackId))].sort()).toEqual(
      ids.filter((id) => attempted.has(id)),
    );
  });

  test('a wildcard of LIKE is only itself', async () => {
    const matching = (finalUrlContains: string) =>
      rows.filter((row) => matchesFilter({ finalUrlContains }, row)).length;

    expect(matching('/x_y?')).toBeGreaterThan(0);
    expect(matching('/xzy?')).toBeGreaterThan(0);
    expect(matching('_')).toBeLessThan(everything.length);
    expect(matching('x%y')).toBe(0);
  });
});

async function readLog(): Promise<AttemptRow[]> {
  const log = openAttemptLog(database.sql);
  for (;;) {
    const { rows, pending } = await log.read({ xact: 0n, id: 0n }, 10_000);
    if (!pending) return rows;
  }
}

async function wakeKey(of = scene): Promise<string> {
  const [{ id } = {}] = await of.sql('SELECT id FROM installation');
  return `volley:${String(id).slice(0, 8)}:live`;
}

/** Subscribes over SSE. */
function sse(variables: object, signal: AbortSignal): Promise<Response> {
  return scene.admin.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: POSTBACK_FIRED.toString(), variables }),
    signal,
  });
}

/** A key of an affiliate. */
async function keyOf(affiliateId: string): Promise<string> {
  const input = { name: 'live', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
  return expectType(createApiKey, 'CreateApiKeyPayload').secret;
}

/** The `postbackFired` of each `next` event. */
async function* readEvents(response: Response): AsyncGenerator<Fired, void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (\{.*)$/m.exec(block)?.[1];
      if (data) yield JSON.parse(data).data.postbackFired;
    }
  }
}

/** Whole numbers from 0 to below `limit`, the same ones in every run. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % limit;
  };
}

type Result = { data: { postbackFired: { cursor: string; postback: object | null } } };

function readWs(url: string, payload: { query: string; variables: object }) {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
    retryAttempts: 0,
  });
  return client.iterate({
    ...payload,
    variables: { ...payload.variables },
  }) as AsyncIterable<Result>;
}

/** As a bare client: what it was not sent whole it does not see. */
async function* readSse(url: string, payload: object): AsyncGenerator<Result> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${ADMIN_KEY}`,
    },
    body: JSON.stringify(payload),
  });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^event: next\ndata: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data) yield JSON.parse(data);
    }
  }
}
