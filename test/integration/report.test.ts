import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

type Row = {
  status: string;
  finishedAt: string | null;
  lastStatusCode: number | null;
  latency: { receivedMs: number; heldMs: number; firstTryMs: number | null; doneMs: number | null };
  event: { revision: number; status: string; previousStatus: string | null };
};

async function readReport(affiliateId: string): Promise<Row[]> {
  const { postbacks } = await scene.read<{ postbacks: { nodes: Row[] } }>(
    `query ($where: PostbackFilter) { postbacks(where: $where) { nodes {
      status finishedAt lastStatusCode latency { receivedMs heldMs firstTryMs doneMs }
      event { revision status previousStatus }
    } } }`,
    { where: { affiliateIds: [affiliateId] } },
  );
  return postbacks.nodes;
}

test('latency is split into received, held, first try and done, each null until it is reached', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${receiver.url}/?id={affclickid}` });
  const occurredAt = new Date(Date.now() - 3_600_000).toISOString();
  await scene.event(await scene.click(entryUrl), { occurredAt });

  const [waiting] = await readReport(affiliateId);
  expect(waiting).toMatchObject({
    status: 'SCHEDULED',
    finishedAt: null,
    lastStatusCode: null,
    latency: { heldMs: 5_000, firstTryMs: null, doneMs: null },
  });
  expect(waiting?.latency.receivedMs).toBeGreaterThanOrEqual(3_600_000 - 60_000);

  await scene.advance(5_000);
  const [done] = await eventually(
    () => readReport(affiliateId),
    ([row]) => expect(row?.status).toBe('DELIVERED'),
  );
  expect(done).toMatchObject({ lastStatusCode: 200, finishedAt: expect.any(String) });
  expect(typeof done?.latency.firstTryMs).toBe('number');
  expect(typeof done?.latency.doneMs).toBe('number');
});

test('rule 39: the row of a changed status shows its revision and the status before', async () => {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { statuses: ['APPROVED', 'REVERSED'] });
  const clickId = await scene.click(entryUrl);
  await scene.event(clickId, { transactionId: 'R-39' });
  await scene.event(clickId, { transactionId: 'R-39', status: 'REVERSED' });
  await scene.event(clickId, { transactionId: 'R-39', status: 'REVERSED', amount: '49' });

  expect((await readReport(affiliateId)).map(({ event }) => event)).toEqual([
    { revision: 3, status: 'REVERSED', previousStatus: 'REVERSED' },
    { revision: 2, status: 'REVERSED', previousStatus: 'APPROVED' },
    { revision: 1, status: 'APPROVED', previousStatus: null },
  ]);
});

test('statistics count the classes of answers', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${receiver.url}/a?id={affclickid}` });
  await scene.pixel(affiliateId, { url: `${receiver.url}/b?id={affclickid}` });
  await scene.pixel(affiliateId, {
    url: 'https://affiliate.example/?id={affclickid}',
    statuses: ['PENDING'],
  });
  receiver.answer({ status: 404 }, { status: 204 });
  await scene.event(await scene.click(entryUrl));
  await scene.advance(5_000);

  await eventually(
    () =>
      scene.read(
        `query ($where: PostbackFilter) { postbackStats(where: $where) { total byStatusCode { statusCode count } } }`,
        { where: { affiliateIds: [affiliateId] } },
      ),
    (answer) =>
      expect(answer).toEqual({
        postbackStats: {
          total: 3,
          byStatusCode: [
            { statusCode: 'CLIENT_ERROR_4XX', count: 1 },
            { statusCode: 'SUCCESS_2XX', count: 1 },
          ],
        },
      }),
  );
});

test('pages ordered by due time follow each other without a gap or a repeat, in both directions', async () => {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { statuses: ['REVERSED'] });
  const clickId = await scene.click(entryUrl);
  for (let at = 0; at < 7; at += 1) await scene.event(clickId);
  // Three due at the very same moment, whose order is that of their ids.
  await scene.sql(
    `UPDATE postback SET due_at = date_trunc('hour', due_at) WHERE id IN (SELECT id FROM postback ORDER BY id LIMIT 3)`,
  );
  type Page = { nodes: { id: string }[]; pageInfo: { endCursor: string; startCursor: string } };
  const read = async (args: string, window = '') => {
    const { postbacks } = await scene.read<{ postbacks: Page }>(
      `{ postbacks(${args}, where: { affiliateIds: ["${affiliateId}"] ${window} }) {
        nodes { id } pageInfo { startCursor endCursor } } }`,
    );
    return postbacks;
  };

  for (const direction of ['ASC', 'DESC']) {
    const order = `orderBy: { field: DUE_AT, direction: ${direction} }`;
    const all = (await read(`first: 100, ${order}`)).nodes;
    const paged: { id: string }[] = [];
    let after = '';
    for (let turn = 0; turn < 4; turn += 1) {
      const page = await read(`first: 2, ${order}${after}`);
      paged.push(...page.nodes);
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(paged).toEqual(all);
    const third = await read(`first: 3, ${order}`);
    const back = await read(`last: 2, ${order}, before: "${third.pageInfo.endCursor}"`);
    expect(back.nodes).toEqual(all.slice(0, 2));
  }

  // A window is read in the order of due times when nothing else is asked.
  const latest = await read('first: 100, orderBy: { field: DUE_AT, direction: DESC }');
  const window = await read('first: 100', 'from: "2000-01-01T00:00:00Z"');
  expect(window.nodes).toEqual(latest.nodes);
});

/** Postbacks of an affiliate of its own that are due at these instants; answers its id. */
async function dueAt(instants: string[]): Promise<string> {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { statuses: ['REJECTED'] });
  const clickId = await scene.click(entryUrl);
  for (const instant of instants) {
    const { postbacks } = await scene.event(clickId);
    await scene.sql(
      `UPDATE postback SET due_at = '${instant}' WHERE id = '${rowIdIn(postbacks[0]?.id ?? '')}'`,
    );
  }
  return affiliateId;
}

async function bucketsOf(affiliateId: string, bucket: string, timeZone?: string) {
  const { postbackStats } = await scene.read<{
    postbackStats: { buckets: { from: string; total: number }[] };
  }>(
    `query ($where: PostbackFilter, $bucket: StatsBucket, $timeZone: String) {
      postbackStats(where: $where, bucket: $bucket, timeZone: $timeZone) { buckets { from total } } }`,
    { where: { affiliateIds: [affiliateId] }, bucket, timeZone },
  );
  return postbackStats.buckets.map(({ from, total }) => [from, total]);
}

describe('statistics in a time zone', () => {
  const MADRID = 'Europe/Madrid';

  test('a day begins at local midnight, also the one of 23 hours and the one of 25', async () => {
    const spring = await dueAt([
      '2026-03-28T22:59:59.999999Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T21:59:59.999999Z',
      '2026-03-29T22:00:00Z',
    ]);
    const autumn = await dueAt([
      '2026-10-24T21:59:59.999999Z',
      '2026-10-24T22:00:00Z',
      '2026-10-25T22:59:59.999999Z',
      '2026-10-25T23:00:00Z',
    ]);

    expect(await bucketsOf(spring, 'DAY', MADRID)).toEqual([
      ['2026-03-27T23:00:00.000Z', 1],
      ['2026-03-28T23:00:00.000Z', 2],
      ['2026-03-29T22:00:00.000Z', 1],
    ]);
    expect(await bucketsOf(autumn, 'DAY', MADRID)).toEqual([
      ['2026-10-23T22:00:00.000Z', 1],
      ['2026-10-24T22:00:00.000Z', 2],
      ['2026-10-25T23:00:00.000Z', 1],
    ]);
    expect(await bucketsOf(spring, 'DAY')).toEqual([
      ['2026-03-28T00:00:00.000Z', 2],
      ['2026-03-29T00:00:00.000Z', 2],
    ]);
  });

  test('a month begins at midnight of its first day, with the offset of that day', async () => {
    const affiliateId = await dueAt([
      '2026-02-28T22:59:59.999999Z',
      '2026-02-28T23:00:00Z',
      '2026-03-31T21:59:59.999999Z',
      '2026-03-31T22:00:00Z',
      '2026-10-31T22:59:59.999999Z',
      '2026-10-31T23:00:00Z',
    ]);

    expect(await bucketsOf(affiliateId, 'MONTH', MADRID)).toEqual([
      ['2026-01-31T23:00:00.000Z', 1],
      ['2026-02-28T23:00:00.000Z', 2],
      ['2026-03-31T22:00:00.000Z', 1],
      ['2026-09-30T22:00:00.000Z', 1],
      ['2026-10-31T23:00:00.000Z', 1],
    ]);
  });

  test('the hour that comes twice is two, and one begins where the zone has it begin', async () => {
    const affiliateId = await dueAt([
      '2026-10-25T00:30:00Z',
      '2026-10-25T00:59:59.999999Z',
      '2026-10-25T01:00:00Z',
      '2026-10-25T01:30:00Z',
    ]);

    expect(await bucketsOf(affiliateId, 'HOUR', MADRID)).toEqual([
      ['2026-10-25T00:00:00.000Z', 2],
      ['2026-10-25T01:00:00.000Z', 2],
    ]);
    expect(await bucketsOf(affiliateId, 'HOUR', 'Asia/Kolkata')).toEqual([
      ['2026-10-25T00:30:00.000Z', 3],
      ['2026-10-25T01:30:00.000Z', 1],
    ]);
    expect(await bucketsOf(affiliateId, 'MINUTE', MADRID)).toHaveLength(4);
  });
});
