import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UploadReport } from '../../src/events/upload-report.ts';
import { expectType, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CREATE_API_KEY, CREATE_INTEGRATION } from '../support/operations.ts';
import { makeScene, type Scene } from '../support/scene.ts';

let scene: Scene;
let reporter: TestApi;
let otherIntegrationId: string;
beforeAll(async () => {
  scene = await makeScene();
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'reporter', role: 'INTEGRATION', integrationId: scene.integrationId },
  });
  reporter = scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
  const { createIntegration } = await scene.admin.run(CREATE_INTEGRATION, {
    input: { name: 'Another' },
  });
  otherIntegrationId = expectType(createIntegration, 'CreateIntegrationPayload').integration.id;
});
afterAll(() => scene[Symbol.asyncDispose]());

async function upload(body: string, { query = '', who = scene.admin, type = 'text/csv' } = {}) {
  const response = await who.fetch(`/events.csv${query}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const answer = (await response.json()) as UploadReport & { error?: string };
  return { status: response.status, ...answer };
}

async function countEvents(where = 'true'): Promise<unknown> {
  const [row] = await scene.sql(`SELECT count(*)::int AS count FROM event WHERE ${where}`);
  return row?.count;
}

/** Opens an upload whose body the test sends by hand. */
function openUpload(url: string): ClientRequest {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv' };
  return request(`${url}/events.csv`, { method: 'POST', headers });
}

test('each line is recorded as recordEvent records it, with its postbacks', async () => {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, {});
  const clickId = await scene.click(entryUrl);
  const file = [
    '\uFEFFclickid,event,amount,currency,transaction_id,status,occurred_at,integrationId',
    `${clickId},FirstDeposit,50.10,usd,"T,""1""",approved,2026-11-22T12:00:00Z,${scene.integrationId}`,
    `${clickId},FirstDeposit,50.10,USD,"T,""1""",,,${scene.integrationId}`,
    `${clickId},FirstDeposit,50.10,USD,"T,""1""",REVERSED,,${scene.integrationId}`,
    'no-such-click,Deposit,1,USD,T2,,1795000000,',
    `${clickId},Deposits,1,USD,T3,,,`,
    '',
  ].join('\r\n');

  expect(await upload(file)).toEqual({
    status: 200,
    lines: 5,
    recorded: 3,
    duplicates: 1,
    refused: 1,
    postbacks: 2,
    unattributed: 1,
    dryRun: false,
    problems: [
      { line: 6, issues: [{ path: ['event'], message: expect.stringContaining('"Deposits"') }] },
    ],
    problemsOmitted: 0,
  });
  expect(
    await scene.sql(`SELECT revision, status::text, amount::text, currency, occurred_at
      FROM event WHERE transaction_id = 'T,"1"' ORDER BY revision`),
  ).toMatchObject([
    {
      revision: 1,
      status: 'APPROVED',
      currency: 'USD',
      occurred_at: new Date('2026-11-22T12:00:00Z'),
    },
    { revision: 2, status: 'REVERSED' },
  ]);
  expect(await scene.postbacks(affiliateId)).toHaveLength(2);
  // The same file again changes nothing but the order of the statuses that it tells.
  expect(await upload(file, { query: '?dryRun=true' })).toMatchObject({ recorded: 0, refused: 1 });
});

test('60,000 lines are recorded once each, and once only when sent again', async () => {
  const lines = Array.from({ length: 60_000 }, (_, at) => `,Sale,${at}.5,EUR,bulk-${at}\n`);
  const file = `clickId,type,amount,currency,transactionId\n${lines.join('')}`;

  expect(await upload(file)).toMatchObject({
    status: 200,
    lines: 60_000,
    recorded: 60_000,
    refused: 0,
    unattributed: 60_000,
  });
  expect(await countEvents("type = 'Sale' AND transaction_id LIKE 'bulk-%'")).toBe(60_000);
  const again = `clickId,type,amount,currency,transactionId\n${lines.slice(0, 1_000).join('')}`;
  expect(await upload(again)).toMatchObject({ recorded: 0, duplicates: 1_000 });
});

test('a key of an integration reports for its own alone', async () => {
  const file = `clickId,type,transactionId,integrationId\n,Lead,own-1,\n,Lead,own-2,${otherIntegrationId}\n,Lead,own-3,x\n`;

  const answer = await upload(file, { who: reporter });

  expect(answer).toMatchObject({ status: 200, recorded: 1, refused: 2 });
  expect(answer.problems.map(({ line, issues }) => [line, issues[0]?.path])).toEqual([
    [3, ['integrationId']],
    [4, ['integrationId']],
  ]);
  expect(await countEvents("transaction_id IN ('own-2', 'own-3')")).toBe(0);
});

test('onRefused=stop records nothing when one line is refused', async () => {
  const file = 'clickId,type,transactionId\n,Lead,stop-1\n,Leads,stop-2\n';

  expect(await upload(file, { query: '?onRefused=stop' })).toMatchObject({
    status: 200,
    recorded: 0,
    refused: 1,
  });
  expect(await countEvents("transaction_id LIKE 'stop-%'")).toBe(0);
});

test('what cannot be taken is told in words', async () => {
  const file = 'clickId,type\n,Lead\n';
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'viewer', role: 'VIEWER' },
  });
  const viewer = scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);

  expect(await upload(file, { who: scene.as(null) })).toMatchObject({ status: 401 });
  expect(await upload(file, { who: scene.as('wrong-key') })).toMatchObject({ status: 401 });
  expect(await upload(file, { who: viewer })).toMatchObject({
    status: 403,
    error: expect.stringContaining('VIEWER'),
  });
  expect(await upload(file, { type: 'application/json' })).toMatchObject({
    status: 415,
    error: expect.stringContaining('text/csv'),
  });
  expect(await upload(file, { query: '?dryrun=true' })).toMatchObject({
    status: 400,
    error: expect.stringContaining('dryrun'),
  });
  expect(await upload(file, { query: '?dryrun=true&onRefused=halt&first=1' })).toMatchObject({
    status: 400,
    issues: [
      { path: ['dryrun'], message: expect.stringContaining('did you mean dryRun?') },
      { path: ['first'], message: expect.stringContaining('known are dryRun, onRefused') },
      { path: ['onRefused'], message: 'must be skip or stop; it was "halt"' },
    ],
  });
  expect(await upload(file, { query: '?onRefused=halt' })).toMatchObject({
    status: 400,
    error: expect.stringContaining('skip or stop'),
  });
  expect(await upload(file, { query: '?dryRun=0' })).toMatchObject({
    error: 'dryRun: must be true or false; it was "0"',
  });
  expect(await upload('clickId,typ\n,Lead\n')).toMatchObject({
    status: 400,
    error: expect.stringContaining('did you mean type?'),
  });
  expect((await scene.admin.fetch('/events.csv')).status).toBe(405);
});

test('a body that says it is over 100 MiB is refused before it is sent', async () => {
  const sending = openUpload(scene.url);
  sending.setHeader('content-length', 101 * 1024 * 1024);
  sending.flushHeaders();

  const [response] = (await once(sending, 'response')) as [IncomingMessage];

  expect(response.statusCode).toBe(413);
  sending.destroy();
});

test('a body that breaks off records nothing and frees its place', async () => {
  for (let index = 0; index < 3; index += 1) {
    const sending = openUpload(scene.url);
    sending.on('error', () => {});
    sending.write('clickId,type,transactionId\n,Lead,broken-1\n');
    await untilUploads(1);
    sending.destroy();
    await untilUploads(0);
  }
  expect(await countEvents("transaction_id = 'broken-1'")).toBe(0);
});

test('a third upload at a time is told to come again', async () => {
  const sending = [openUpload(scene.url), openUpload(scene.url)];
  for (const one of sending) one.write('clickId,type,transactionId\n,Lead,third-1\n');
  await untilUploads(2);

  const response = await scene.admin.fetch('/events.csv', {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: 'clickId,type\n,Lead\n',
  });

  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  for (const one of sending) {
    one.end();
    const [ended] = (await once(one, 'response')) as [IncomingMessage];
    expect(ended.statusCode).toBe(200);
    ended.resume();
  }
});

test('a stop answers an upload that still comes in: nothing was recorded', async () => {
  const another = await scene.another();
  const sending = openUpload(another.url);
  sending.write('clickId,type,transactionId\n,Lead,stopped-1\n');
  await untilUploads(1, another.url);
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;

  const stopped = another[Symbol.asyncDispose]();
  const [response] = await answered;

  expect(response.statusCode).toBe(503);
  response.resume();
  sending.destroy();
  await stopped;
  expect(await countEvents("transaction_id = 'stopped-1'")).toBe(0);
});

async function openUploads(url = scene.url): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^volley_event_uploads (\d+)$/m.exec(text)?.[1]);
}

function untilUploads(count: number, url = scene.url): Promise<number> {
  return eventually(
    () => openUploads(url),
    (running) => expect(running).toBe(count),
  );
}
