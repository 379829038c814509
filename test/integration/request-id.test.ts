import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { eventually } from '../support/eventually.ts';
import { readableLog } from '../support/log-lines.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const { log, lines } = readableLog();
let scene: Scene;
beforeAll(async () => {
  scene = await makeScene({}, log);
});
afterAll(() => scene[Symbol.asyncDispose]());
beforeEach(() => {
  lines.length = 0;
});

const get = (path: string, requestId?: string) =>
  scene.as(null).fetch(path, { headers: requestId ? { 'x-request-id': requestId } : {} });
const idOf = (answer: Response) => answer.headers.get('x-request-id');

type Answer = { errors: { message: string; extensions: { code: string; requestId: string } }[] };

/** Runs an operation over a WebSocket; what ends it early is answered too. */
async function overWs(query: string, variables = {}): Promise<unknown[]> {
  const client = createClient({
    url: `${scene.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
    retryAttempts: 0,
  });
  const answers: unknown[] = [];
  try {
    for await (const answer of client.iterate({ query, variables })) answers.push(answer);
  } catch (thrown) {
    answers.push(thrown);
  }
  await client.dispose();
  return answers;
}

/** Reads under a name that no table has: a fault of the service, whatever asks for it. */
async function withoutTable<Result>(table: string, work: () => Promise<Result>): Promise<Result> {
  await scene.sql(`ALTER TABLE ${table} RENAME TO ${table}_away`);
  try {
    return await work();
  } finally {
    await scene.sql(`ALTER TABLE ${table}_away RENAME TO ${table}`);
  }
}

test('every answer has an id: that of the request when it is a sane one, else a new one', async () => {
  const given = 'proxy-7f3a.2026_1';
  for (const path of ['/health', '/nothing', '/click', '/event', '/graphql', '/events.csv']) {
    expect(idOf(await get(path, given))).toBe(given);
    expect(idOf(await get(path))).toMatch(UUID);
  }
  for (const insane of [
    'short',
    'x'.repeat(129),
    'with space',
    'quote"quote',
    'semi;colon',
    'ä'.repeat(9),
  ]) {
    expect(idOf(await get('/health', insane))).toMatch(UUID);
  }
  expect(idOf(await get('/health', 'x'.repeat(128)))).toBe('x'.repeat(128));
});

test('a fault is told with the id that its log line has, over HTTP', async () => {
  const answer = await withoutTable('offer', () =>
    scene.admin.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'front-end-0001' },
      body: JSON.stringify({ query: '{ campaign(code: "2001") { offer { code } } }' }),
    }),
  );

  const { errors } = (await answer.json()) as Answer;
  expect(idOf(answer)).toBe('front-end-0001');
  expect(errors).toEqual([
    expect.objectContaining({
      message: 'Unexpected error.',
      extensions: expect.objectContaining({
        code: 'INTERNAL_SERVER_ERROR',
        requestId: 'front-end-0001',
      }),
    }),
  ]);
  expect(lines.filter(({ msg }) => msg === 'graphql.fault')).toMatchObject([
    { requestId: 'front-end-0001' },
  ]);
});

test.each([3, 1_000])(
  '%i wrong variables are their sender’s mistake, and no fault in the log',
  async (count) => {
    const query = 'query ($ids: [ID!]) { pixels(where: { affiliateIds: $ids }) { nodes { id } } }';
    const variables = { ids: Array.from({ length: count }, () => ({})) };

    const answer = await scene.admin.ask(query, variables);
    await overWs(query, variables);

    const codes = answer.errors?.map(({ extensions }) => extensions?.code);
    expect(new Set(codes)).toEqual(new Set(['BAD_USER_INPUT']));
    expect(lines).toEqual([]);
  },
);

test('each operation of a socket has an id of its own', async () => {
  const query = '{ campaign(code: "2001") { offer { code } } }';
  const answers = await withoutTable('offer', async () => [
    ...(await overWs(query)),
    ...(await overWs(query)),
  ]);

  const ids = (answers as Answer[]).map(({ errors }) => errors[0]?.extensions.requestId);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(UUID);
  const faults = lines.filter(({ msg }) => msg === 'graphql.fault');
  expect(faults.map(({ requestId }) => requestId)).toEqual(ids);
});

test('a message of a stream that a fault spoils is logged with the id of its subscription', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${receiver.url}/?c={clickid}` });
  const query = `subscription ($after: String) { postbackFired(after: $after) {
    cursor postback { pixel { url } } } }`;
  const sse = (after: string | null, signal?: AbortSignal) =>
    scene.admin.fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-request-id': 'live-screen-1',
      },
      body: JSON.stringify({ query, variables: { after } }),
      ...(signal && { signal }),
    });
  const leave = new AbortController();
  const reader = (await sse(null, leave.signal)).body!.getReader();
  let read = '';
  // A comment may come before the first message.
  while (!read.includes('"cursor"')) read += new TextDecoder().decode((await reader.read()).value);
  leave.abort();
  const after = /"cursor":"([^"]+)"/.exec(read)?.[1] ?? '';
  await scene.event(await scene.click(entryUrl));
  await scene.advance(5_000);
  await receiver.next();
  await eventually(
    async () => (await scene.postbacks(affiliateId))[0]?.status,
    (status) => expect(status).toBe('DELIVERED'),
  );

  await withoutTable('pixel', async () => {
    await (await sse(after)).text();
    await overWs(query, { after });
  });

  const faults = lines.filter(({ msg }) => msg === 'graphql.fault');
  expect(faults.map(({ requestId }) => requestId)).toEqual([
    'live-screen-1',
    expect.stringMatching(UUID),
  ]);
});

test('reports that are stored by one statement are logged each with its own id', async () => {
  const ids = ['partner-call-1', 'partner-call-2', 'partner-call-3'];
  const answers = await Promise.all(
    ids.map((requestId) =>
      scene.admin.fetch(`/event?event=Sale&transaction_id=${requestId}`, {
        headers: { 'x-request-id': requestId },
      }),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const recorded = lines.filter(({ msg }) => msg === 'event.recorded');
  expect(recorded.map(({ requestId }) => requestId).sort()).toEqual(ids);
});

test('a fault that answers 503 and a visit are logged with the id of the request', async () => {
  await get('/click?affid=nobody&campaign=2001', 'visitor-00001');
  await withoutTable('api_key', () =>
    scene.as('vly_anything').fetch('/reports/postbacks.csv', {
      headers: { 'x-request-id': 'report-000001' },
    }),
  );

  expect(lines).toMatchObject([
    { msg: 'click.refused', requestId: 'visitor-00001' },
    { msg: 'http.fault', requestId: 'report-000001' },
  ]);
});
