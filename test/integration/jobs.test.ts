import { createClient as createSseClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemIds } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { createJobRunner } from '../../src/postbacks/job-runner.ts';
import { openDatabase, type Transact } from '../../src/store/database.ts';
import { TypedDocumentString } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { subscribe } from '../support/live-client.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CREATE_API_KEY, REPLAY_POSTBACK } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

const LONG_AGO = '2026-01-01T00:00:00Z';
const FAR_AHEAD = '2027-01-01T00:00:00Z';

type Job = {
  id: string;
  kind: string;
  status: string;
  total: number;
  wouldCreate: number | null;
  exact: boolean;
  plannedSkips: { reason: string; count: number }[];
  processed: number;
  created: number;
  skipped: { reason: string; count: number }[];
  postbacks: {
    nodes: {
      id: string;
      status: string;
      finalUrl: string | null;
      url: string;
      replayOf: { id: string } | null;
    }[];
  };
};

const JOB = `id kind status total wouldCreate exact plannedSkips { reason count } processed created
  skipped { reason count } postbacks(first: 100) { nodes { id status finalUrl url replayOf { id } } }`;

type Answer = {
  __typename: string;
  job?: Job;
  message?: string;
  issues?: { path: string[]; message: string }[];
};

/** Runs a mutation of jobs and answers its result, whatever it is. */
async function ask(name: string, input: object, api = scene.admin): Promise<Answer> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const answer = await api.ask(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) {
      __typename ... on ${type}Payload { job { ${JOB} } } ... on Error { message }
      ... on InvalidInputError { issues { path message } }
    } }`,
    { input },
  );
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return (answer.data as Record<string, Answer>)[name] as Answer;
}

async function planned(name: string, input: object, api = scene.admin): Promise<Job> {
  const answer = await ask(name, input, api);
  if (!answer.job) throw new Error(JSON.stringify(answer));
  return answer.job;
}

async function readJob(id: string): Promise<Job> {
  const { node } = await scene.read<{ node: Job }>(
    `query ($id: ID!) { node(id: $id) { ... on Job { ${JOB} } } }`,
    { id },
  );
  return node;
}

async function runToEnd({ id }: { id: string }): Promise<Job> {
  expect(await ask('startJob', { jobId: id })).toMatchObject({ __typename: 'StartJobPayload' });
  return eventually(
    () => readJob(id),
    ({ status }) => expect(status).toBe('DONE'),
  );
}

async function affiliateKey(affiliateId: string) {
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: 'theirs', role: 'AFFILIATE', affiliateId },
  });
  return expectType(createApiKey, 'CreateApiKeyPayload').secret;
}

test('a backfill fires a new pixel for past events: as many as planned, once only', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  const clickId = await scene.click(entryUrl);
  for (const amount of ['1', '2', '3']) await scene.event(clickId, { amount });
  await scene.event(clickId, { status: 'PENDING' });
  await scene.event(clickId, { type: 'Signup' });
  const pixelId = await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}` });

  const job = await planned('planBackfill', {
    pixelId,
    from: LONG_AGO,
    to: '2027-01-30T00:00:00Z',
  });
  expect(job).toMatchObject({
    kind: 'BACKFILL',
    status: 'PLANNED',
    total: 4,
    wouldCreate: 3,
    exact: true,
    plannedSkips: [{ reason: 'STATUS_NOT_LISTENED', count: 1 }],
    created: 0,
  });
  expect(await scene.postbacks(affiliateId)).toEqual([]);

  const done = await runToEnd(job);
  expect(done).toMatchObject({
    processed: 4,
    created: 3,
    skipped: [{ reason: 'STATUS_NOT_LISTENED', count: 1 }],
  });
  const urls = await Promise.all([receiver.next(), receiver.next(), receiver.next()]);
  expect(urls.map(({ url }) => url).sort()).toEqual(['/?sum=1', '/?sum=2', '/?sum=3']);

  const again = await planned('planBackfill', { pixelId, from: LONG_AGO, to: FAR_AHEAD });
  expect(again).toMatchObject({ total: 4, wouldCreate: 0 });
  expect(await runToEnd(again)).toMatchObject({
    created: 0,
    skipped: [
      { reason: 'ALREADY_DECIDED', count: 3 },
      { reason: 'STATUS_NOT_LISTENED', count: 1 },
    ],
  });
  expect(await ask('startJob', { jobId: again.id })).toMatchObject({ __typename: 'ConflictError' });
});

test('rule 30: a pixel that is saved later fires for earlier events in a backfill only', async () => {
  const { affiliateId, entryUrl } = await scene.affiliate();
  const { event } = await scene.event(await scene.click(entryUrl));
  await scene.pixel(affiliateId, {});

  const { node } = await scene.read<{ node: { decisions: { reason: string }[] } }>(
    `query ($id: ID!) { node(id: $id) { ... on Event { decisions { reason } } } }`,
    { id: event.id },
  );
  expect(node.decisions).toEqual([{ reason: 'PIXEL_CREATED_LATER' }]);
  await scene.advance(10_000);
  expect(await scene.postbacks(affiliateId)).toEqual([]);
});

test('a backfill tells of an event what it says today, and of a sub-affiliate only when asked', async () => {
  const parent = await scene.affiliate();
  const child = await scene.affiliate(parent.affiliateId);
  const clickId = await scene.click(parent.entryUrl);
  await scene.event(clickId, { transactionId: 'revised', amount: '1' });
  await scene.event(clickId, { transactionId: 'revised', amount: '2' });
  await scene.event(await scene.click(child.entryUrl));
  const alone = await scene.pixel(parent.affiliateId, {});
  const all = await scene.pixel(parent.affiliateId, { includeSubPartners: true });

  const window = { from: LONG_AGO, to: FAR_AHEAD };
  expect(await planned('planBackfill', { pixelId: alone, ...window })).toMatchObject({
    wouldCreate: 1,
  });
  expect(await planned('planBackfill', { pixelId: all, ...window })).toMatchObject({
    wouldCreate: 2,
  });
});

test('a failed batch leaves nothing behind, and the next worker goes on with nothing lost or doubled', async () => {
  // No worker of the service takes the job: both are this test's own.
  await using scene = await makeScene({ VOLLEY_ROLE: 'api' });
  const { affiliateId, entryUrl } = await scene.affiliate();
  const clickId = await scene.click(entryUrl);
  const input = { clickId, type: 'FirstDeposit', integrationId: scene.integrationId };
  for (const count of [500, 500, 100]) {
    await scene.read(
      `mutation ($input: RecordEventsInput!) { recordEvents(input: $input) { __typename } }`,
      { input: { events: Array.from({ length: count }, () => input) } },
    );
  }
  const pixelId = await scene.pixel(affiliateId, { statuses: ['APPROVED'] });
  const { planBackfill } = await scene.read<{ planBackfill: { job: Job } }>(
    `mutation ($input: PlanBackfillInput!) { planBackfill(input: $input) {
      ... on PlanBackfillPayload { job { id total wouldCreate } }
    } }`,
    { input: { pixelId, from: LONG_AGO, to: FAR_AHEAD } },
  );
  const { job } = planBackfill;
  expect(job).toMatchObject({ total: 1_100, wouldCreate: 1_100 });
  await using database = openDatabase(scene.databaseUrl, createLog('silent'));
  const { sql, transact } = database;
  let batches = 0;
  const scheduled: string[] = [];
  const runner = (transact: Transact) =>
    createJobRunner({
      sql,
      transact,
      ids: systemIds,
      clock: { now: () => new Date() },
      schedule: async (postbacks) => void scheduled.push(...postbacks.map(({ id }) => id)),
      report: { jobAdvanced() {}, loopFailed() {} },
    });
  await scene.sql(`UPDATE job SET status = 'RUNNING' WHERE id = '${rowIdIn(job.id)}'`);
  await runner((work) =>
    transact(async (tx) => {
      const result = await work(tx);
      batches += 1;
      if (batches === 2) throw new Error('killed before the commit');
      return result;
    }),
  ).run();
  const progress = () =>
    scene.sql(`SELECT status::text, processed, created FROM job WHERE id = '${rowIdIn(job.id)}'`);
  expect(await progress()).toEqual([{ status: 'RUNNING', processed: 500, created: 500 }]);

  await runner(transact).run();

  expect(await progress()).toEqual([{ status: 'DONE', processed: 1_100, created: 1_100 }]);
  expect(new Set(scheduled).size).toBe(1_100);
  const [counted] = await scene.sql(
    `SELECT count(*)::int AS count, count(DISTINCT event_id)::int AS events FROM postback WHERE job_id = '${rowIdIn(job.id)}'`,
  );
  expect(counted).toEqual({ count: 1_100, events: 1_100 });
});

test('failed postbacks of a window are replayed once, linked to the first, with either template', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  const pixelId = await scene.pixel(affiliateId, { url: `${receiver.url}/old?id={affclickid}` });
  const clickId = await scene.click(entryUrl);
  receiver.answer({ status: 404 }, { status: 404 }, { status: 404 }, { status: 200 });
  const first = (await scene.event(clickId)).postbacks[0]?.id ?? '';
  await scene.event(clickId);
  await scene.advance(5_000);
  const failed = () =>
    eventually(
      () => scene.postbacks(affiliateId),
      (rows) => expect(rows.filter(({ status }) => status === 'FAILED').length).toBeGreaterThan(1),
    );
  await failed();
  // One of them by hand: its replay fails too, and that one is what the job repeats.
  const { replayPostback } = await scene.admin.run(REPLAY_POSTBACK, {
    input: { postbackId: first, template: 'ORIGINAL' },
  });
  const second = expectType(replayPostback, 'ReplayPostbackPayload').postback.id;
  await eventually(
    () => scene.postbacks(affiliateId),
    (rows) => expect(rows.filter(({ status }) => status === 'FAILED')).toHaveLength(3),
  );
  await scene.read(
    `mutation ($input: UpdatePixelInput!) { updatePixel(input: $input) { __typename } }`,
    { input: { pixelId, url: `${receiver.url}/new?id={affclickid}` } },
  );

  const where = { affiliateIds: [affiliateId], from: LONG_AGO, to: FAR_AHEAD };
  const job = await planned('planReplay', { where, template: 'CURRENT' });
  expect(job).toMatchObject({ kind: 'REPLAY', total: 2, wouldCreate: null });
  const done = await runToEnd(job);
  expect(done).toMatchObject({ processed: 2, created: 2 });
  expect(done.postbacks.nodes.every(({ url }) => url.includes('/new'))).toBe(true);
  expect(done.postbacks.nodes.map(({ replayOf }) => replayOf?.id)).toContain(first);
  expect(done.postbacks.nodes.map(({ replayOf }) => replayOf?.id)).not.toContain(second);

  await eventually(
    () => readJob(job.id),
    ({ postbacks }) =>
      expect(postbacks.nodes.every(({ status }) => status === 'DELIVERED')).toBe(true),
  );
  expect(await planned('planReplay', { where })).toMatchObject({ total: 0 });
});

test('a cancelled job makes no more, and takes back what was not fired when asked', async () => {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.event(await scene.click(entryUrl));
  // Nobody answers there: the attempt fails and the postback waits for its retry.
  const pixelId = await scene.pixel(affiliateId, { url: 'http://127.0.0.1:1/?id={affclickid}' });
  const window = { from: LONG_AGO, to: FAR_AHEAD };

  const never = await planned('planBackfill', { pixelId, ...window });
  expect(await planned('cancelJob', { jobId: never.id })).toMatchObject({
    status: 'CANCELLED',
    created: 0,
  });
  expect(await ask('cancelJob', { jobId: never.id })).toMatchObject({
    __typename: 'ConflictError',
  });
  expect(await ask('startJob', { jobId: never.id })).toMatchObject({ __typename: 'ConflictError' });

  const done = await runToEnd(await planned('planBackfill', { pixelId, ...window }));
  expect(done.created).toBe(1);
  await eventually(
    () => readJob(done.id),
    ({ postbacks }) => expect(postbacks.nodes).toMatchObject([{ status: 'RETRYING' }]),
  );
  await ask('cancelJob', { jobId: done.id, cancelPostbacks: true });
  expect((await readJob(done.id)).postbacks.nodes).toMatchObject([{ status: 'CANCELLED' }]);
});

test('a window that is turned round, too long or missing is refused with what to give', async () => {
  const { affiliateId } = await scene.affiliate();
  const pixelId = await scene.pixel(affiliateId, {});
  const refused = async (name: string, input: object) => (await ask(name, input)).issues?.[0];

  expect(await refused('planBackfill', { pixelId, from: FAR_AHEAD, to: LONG_AGO })).toEqual({
    path: ['to'],
    message: 'must be after "from"',
  });
  expect(
    (await refused('planBackfill', { pixelId, from: '2020-01-01T00:00:00Z', to: FAR_AHEAD }))
      ?.message,
  ).toMatch(/at most 400 days after "from"; it was 2557/);
  expect(await refused('planReplay', { where: { from: LONG_AGO } })).toMatchObject({
    path: ['where', 'to'],
  });
  expect(
    await refused('planReplay', { where: { from: LONG_AGO, to: FAR_AHEAD, status: ['FAILED'] } }),
  ).toMatchObject({ path: ['where', 'status'] });
});

test('jobs of others are neither seen, watched, started nor cancelled, and touch only own rows', async () => {
  await using receiver = await startReceiver();
  const [mine, other] = [await scene.affiliate(), await scene.affiliate()];
  receiver.answer({ status: 404 }, { status: 404 });
  for (const { affiliateId, entryUrl } of [mine, other]) {
    await scene.pixel(affiliateId, { url: `${receiver.url}/?id={affclickid}` });
    await scene.event(await scene.click(entryUrl));
  }
  await scene.advance(5_000);
  await eventually(
    async () => [
      ...(await scene.postbacks(mine.affiliateId)),
      ...(await scene.postbacks(other.affiliateId)),
    ],
    (rows) => expect(rows.map(({ status }) => status)).toEqual(['FAILED', 'FAILED']),
  );
  const [myKey, otherKey] = [
    await affiliateKey(mine.affiliateId),
    await affiliateKey(other.affiliateId),
  ];
  const window = { from: LONG_AGO, to: FAR_AHEAD };
  const asked = { where: { affiliateIds: [mine.affiliateId, other.affiliateId], ...window } };

  const job = await planned('planReplay', asked, scene.as(myKey));
  expect(job.total).toBe(1);
  const theirPixel = await scene.pixel(other.affiliateId, {});
  expect(
    await ask('planBackfill', { pixelId: theirPixel, ...window }, scene.as(myKey)),
  ).toMatchObject({ __typename: 'NotFoundError' });
  for (const name of ['startJob', 'cancelJob']) {
    expect(await ask(name, { jobId: job.id }, scene.as(otherKey))).toMatchObject({
      __typename: 'NotFoundError',
    });
  }
  const seen = `query ($id: ID!) { node(id: $id) { id } jobs(first: 100) { nodes { id } } }`;
  const theirs = await scene.as(otherKey).ask(seen, { id: job.id });
  expect(theirs.data).toEqual({ node: null, jobs: { nodes: [] } });
  await using stream = subscribe(scene.url, otherKey, JOB_PROGRESS, { jobId: job.id });
  await expect(stream.next()).rejects.toThrow(/No job of yours/);
});

const JOB_PROGRESS = new TypedDocumentString<
  { jobProgress: { status: string; processed: number; created: number } },
  { jobId: string }
>('subscription ($jobId: ID!) { jobProgress(jobId: $jobId) { status processed created } }');

test('the progress of a job is pushed until it ends, over WebSocket and SSE', async () => {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.event(await scene.click(entryUrl));
  const pixelId = await scene.pixel(affiliateId, {});
  const job = await planned('planBackfill', { pixelId, from: LONG_AGO, to: FAR_AHEAD });
  const sse = createSseClient({
    url: `${scene.url}/graphql`,
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  const bySse = sse.iterate<{ jobProgress: { status: string } }>({
    query: JOB_PROGRESS.toString(),
    variables: { jobId: job.id },
  });
  await using bySocket = subscribe(scene.url, ADMIN_KEY, JOB_PROGRESS, { jobId: job.id });

  expect((await bySocket.next()).jobProgress).toEqual({
    status: 'PLANNED',
    processed: 0,
    created: 0,
  });
  expect((await bySse.next()).value).toMatchObject({
    data: { jobProgress: { status: 'PLANNED' } },
  });
  await ask('startJob', { jobId: job.id });

  const last = async (next: () => Promise<{ status: string }>) => {
    for (;;) {
      const progress = await next();
      if (progress.status === 'DONE') return progress;
    }
  };
  expect(await last(async () => (await bySocket.next()).jobProgress)).toMatchObject({
    processed: 1,
    created: 1,
  });
  await last(async () => {
    const { value } = await bySse.next();
    return (value as { data: { jobProgress: { status: string } } }).data.jobProgress;
  });
  expect((await bySse.next()).done).toBe(true);
  sse.dispose();
});
