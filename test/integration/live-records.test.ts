import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAttributeWaiting } from '../../src/events/attribute-waiting.ts';
import { encodeCursor } from '../../src/live/position.ts';
import { systemIds } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { matchesEvent } from '../../src/reports/event-filter.ts';
import { adoptRestoredRows } from '../../src/store/commit-order.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openEventLog } from '../../src/store/event-log.ts';
import { eventually } from '../support/eventually.ts';
import { type LiveStream, subscribe } from '../support/live-client.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CLICK_RECORDED, EVENT_RECORDED, TEST_PIXEL } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

type Options = { key?: string; where?: object; after?: string; url?: string };

/** Watches events; the first message, which only tells the place, is taken. */
async function watchEvents({ key = ADMIN_KEY, url = scene.url, ...variables }: Options = {}) {
  const live = subscribe(url, key, EVENT_RECORDED, variables);
  const first = (await live.next()).eventRecorded;
  expect(first.event).toBeNull();
  return { live, first, next: () => nextOf(live, ({ eventRecorded }) => eventRecorded.event) };
}

async function watchClicks({ key = ADMIN_KEY, url = scene.url, ...variables }: Options = {}) {
  const live = subscribe(url, key, CLICK_RECORDED, variables);
  const first = (await live.next()).clickRecorded;
  expect(first.click).toBeNull();
  return { live, first, next: () => nextOf(live, ({ clickRecorded }) => clickRecorded.click) };
}

/** The next message, before a heartbeat is due: one without a node would tell of what is not to be seen. */
async function nextOf<Data, Node>(live: LiveStream<Data>, read: (data: Data) => Node | null) {
  const node = read(await live.next());
  if (node === null) throw new Error('a message without its node');
  return node as NonNullable<Node>;
}

async function keyOf(affiliateId: string): Promise<string> {
  const { createApiKey } = await scene.read<{ createApiKey: { secret: string } }>(
    `mutation($id: ID!) { createApiKey(input: { name: "own", role: AFFILIATE, affiliateId: $id }) {
      ... on CreateApiKeyPayload { secret } } }`,
    { id: affiliateId },
  );
  return createApiKey.secret;
}

describe('eventRecorded', () => {
  test('tells every revision once, and neither duplicates nor test fires', async () => {
    await using receiver = await startReceiver();
    const { affiliateId, entryUrl } = await scene.affiliate();
    const pixelId = await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}` });
    const clickId = await scene.click(entryUrl);
    const { live, next } = await watchEvents({ where: { clickId } });
    await using _live = live;

    await scene.event(clickId, { transactionId: 't1', amount: '50' });
    await scene.event(clickId, { transactionId: 't1', amount: '50' });
    await scene.admin.run(TEST_PIXEL, { input: { pixelId, clickId } });
    await scene.event(clickId, { transactionId: 't1', status: 'REVERSED' });

    expect(await next()).toMatchObject({ revision: 1, status: 'APPROVED', transactionId: 't1' });
    expect(await next()).toMatchObject({ revision: 2, status: 'REVERSED', transactionId: 't1' });
  });

  test('hears of other processes, and resumes behind any cursor without loss or repeat', async () => {
    const { entryUrl } = await scene.affiliate();
    const clickId = await scene.click(entryUrl);
    await using other = await scene.another({ VOLLEY_ROLE: 'api' });
    const where = { clickId };
    const whole = await watchEvents({ where, url: other.url });
    await using _whole = whole.live;
    const report = async (from: number, to: number) => {
      for (let n = from; n < to; n += 1) await scene.event(clickId, { transactionId: `n${n}` });
    };
    await report(0, 3);

    const seen: unknown[] = [];
    let after = whole.first.cursor;
    for (let n = 0; n < 6; n += 1) {
      if (n === 3) await report(3, 6);
      const live = subscribe(scene.url, ADMIN_KEY, EVENT_RECORDED, { where, after });
      await using _live = live;
      expect((await live.next()).eventRecorded).toMatchObject({ event: null, gap: null });
      const { eventRecorded } = await live.next();
      seen.push(eventRecorded.event?.transactionId);
      after = eventRecorded.cursor;
    }
    const expected = ['n0', 'n1', 'n2', 'n3', 'n4', 'n5'];
    expect(seen).toEqual(expected);
    const told: unknown[] = [];
    for (const _ of expected) told.push((await whole.next()).transactionId);
    expect(told).toEqual(expected);
  });

  test('an event that is committed late is not passed over', async () => {
    const { entryUrl } = await scene.affiliate();
    const clickId = await scene.click(entryUrl);
    const { live, next } = await watchEvents({ where: { clickId } });
    await using _live = live;
    const insert = (transactionId: string) => `
      INSERT INTO event (id, integration_id, type, status, revision, transaction_id, click_id, click_row_id, occurred_at)
      SELECT gen_random_uuid(), '${rowIdIn(scene.integrationId)}', 'Lead', 'APPROVED', 1, '${transactionId}', click_id, id, now()
      FROM click WHERE click_id = '${clickId}'`;
    const slow = new pg.Client(scene.databaseUrl);
    await slow.connect();
    await slow.query(`BEGIN; ${insert('slow')}`);
    await scene.sql(insert('quick'));
    // Whoever looks now must not see the quick one, or it would be passed over with the slow one.
    const second = await watchEvents({ where: { clickId } });
    await using _second = second.live;
    await slow.query('COMMIT');
    await slow.end();

    for (const watched of [next, second.next]) {
      expect((await watched()).transactionId).toBe('slow');
      expect((await watched()).transactionId).toBe('quick');
    }
  });

  test('shows an affiliate its own events alone, those that find their click later when they do', async () => {
    const mine = await scene.affiliate();
    const below = await scene.affiliate(mine.affiliateId);
    const other = await scene.affiliate();
    const own = await watchEvents({ key: await keyOf(below.affiliateId) });
    await using _own = own.live;
    const broker = await watchEvents({ key: await keyOf(mine.affiliateId) });
    await using _broker = broker.live;
    const admin = await watchEvents({ where: { unattributed: true } });
    await using _admin = admin.live;

    await scene.event(await scene.click(other.entryUrl), { transactionId: 'of another' });
    const late = '0123456789abcdef0123456789abcdef';
    await scene.event(late, { transactionId: 'late' });
    expect(await admin.next()).toMatchObject({
      transactionId: 'late',
      unattributed: 'CLICK_UNKNOWN',
    });
    await scene.sql(`INSERT INTO click (id, click_id, affiliate_id, campaign_id, entry_url, parameters)
      VALUES (gen_random_uuid(), '${late}', '${rowIdIn(below.affiliateId)}', '${rowIdIn(scene.campaignId)}', '/click?', '[]')`);
    await scene.event(await scene.click(below.entryUrl), { transactionId: 'at once' });
    await using database = openDatabase(scene.databaseUrl, createLog('silent'));
    // What the spool does behind its clicks.
    await createAttributeWaiting({
      ...{ sql: database.sql, ids: systemIds },
      schedule: async () => {},
      announce: () => {},
    })([late]);

    for (const { next } of [own, broker]) {
      expect(await next()).toMatchObject({ transactionId: 'at once' });
      expect(await next()).toMatchObject({ transactionId: 'late', unattributed: null });
    }
  });

  test('passes what the list passes, for every filter', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const clickId = await scene.click(entryUrl);
    await scene.event(clickId, { transactionId: 'f1', type: 'Lead' });
    await scene.event(clickId, { transactionId: 'f2', status: 'PENDING' });
    await scene.event('nobody', { transactionId: 'f3' });
    await using database = openDatabase(scene.databaseUrl, createLog('silent'));
    const log = openEventLog(database.sql);
    // Transactions of other tests on the same server may hide the last ones for a moment.
    const { rows } = await eventually(
      () => log.read({ xact: 0n, id: 0n }, 10_000),
      ({ pending }) => expect(pending).toBe(false),
    );
    const middle = rows[Math.floor(rows.length / 2)]!.receivedAt;
    const filters: [object, object][] = [
      [{ affiliateIds: [affiliateId] }, { affiliateIds: [rowIdIn(affiliateId)] }],
      [
        { integrationIds: [scene.integrationId] },
        { integrationIds: [rowIdIn(scene.integrationId)] },
      ],
      ...[
        {},
        { types: ['Lead'] },
        { types: [] },
        { status: ['PENDING'] },
        { clickId },
        { transactionId: 'f3' },
        { unattributed: true },
        { unattributed: false },
        { from: middle },
        { to: middle },
      ].map((filter): [object, object] => [filter, filter]),
    ];

    for (const [where, filter] of filters) {
      const { events } = await scene.read<{ events: { nodes: { id: string }[] } }>(
        'query($where: EventFilter) { events(first: 100, where: $where) { nodes { id } } }',
        { where },
      );
      const listed = events.nodes.map(({ id }) => rowIdIn(id)).sort();
      const live = rows.filter((row) => matchesEvent(filter, row)).map(({ id }) => id);
      expect([filter, live.sort()]).toEqual([filter, listed]);
    }
  });

  test('a cursor of another log is refused, one ahead of the log tells the gap', async () => {
    const { cursor } = (await watchClicks()).first;
    const wrong = subscribe(scene.url, ADMIN_KEY, EVENT_RECORDED, { after: cursor });
    await using _wrong = wrong;
    await expect(wrong.next()).rejects.toThrow(/is no cursor of eventRecorded/);

    const after = encodeCursor({ xact: 10n ** 15n, id: 2n ** 127n, log: 'events' });
    const { live, first } = await watchEvents({ after });
    await using _live = live;
    expect(first.gap).toMatchObject({ to: after });
  });
});

describe('clickRecorded', () => {
  test('tells clicks of both ways in, filtered, to who may see them', async () => {
    const mine = await scene.affiliate();
    const other = await scene.affiliate();
    const own = await watchClicks({ key: await keyOf(mine.affiliateId) });
    await using _own = own.live;
    const people = await watchClicks({ where: { affiliateIds: [mine.affiliateId], isBot: false } });
    await using _people = people.live;

    await scene.click(other.entryUrl);
    const bot = { headers: { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' } };
    const visited = await scene.admin.fetch(mine.entryUrl, bot);
    expect(visited.status).toBe(302);
    const clickId = await scene.click(mine.entryUrl);

    expect(await own.next()).toMatchObject({ isBot: true, affiliate: { affid: mine.affid } });
    expect(await own.next()).toMatchObject({ clickId, isBot: false });
    expect(await people.next()).toMatchObject({ clickId });
  });

  test('resumes behind a cursor', async () => {
    const { affiliateId, entryUrl } = await scene.affiliate();
    const where = { affiliateIds: [affiliateId] };
    const { live, first } = await watchClicks({ where });
    await live[Symbol.asyncDispose]();
    const missed = [await scene.click(entryUrl), await scene.click(entryUrl)];

    const { live: again, next } = await watchClicks({ where, after: first.cursor });
    await using _again = again;
    expect([(await next()).clickId, (await next()).clickId]).toEqual(missed);
  });
});

test('rows restored from another server leave the log instead of stalling it', async () => {
  const { entryUrl } = await scene.affiliate();
  await scene.event(await scene.click(entryUrl), { transactionId: 'restored' });
  await scene.sql(`UPDATE event SET xact = 9000000000000000 WHERE transaction_id = 'restored'`);
  await using database = openDatabase(scene.databaseUrl, createLog('silent'));
  const log = openEventLog(database.sql);
  expect((await log.read({ xact: 0n, id: 0n }, 10_000)).pending).toBe(true);

  await adoptRestoredRows(database.sql);

  const { rows } = await eventually(
    () => log.read({ xact: 0n, id: 0n }, 10_000),
    ({ pending }) => expect(pending).toBe(false),
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.map(({ transactionId }) => transactionId)).not.toContain('restored');
});
