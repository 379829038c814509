import { createHash } from 'node:crypto';
import pg from 'pg';
import { seedReport } from '../seed-report.ts';
import type { Load } from './load.ts';
import { seedAffiliates, seedClicks } from './seed-postbacks.ts';
import type { Services } from './services.ts';
import { ADMIN_KEY } from './volley.ts';

/** What is sent, without to whom and for how long. */
export type Requests = Pick<
  Load,
  'method' | 'path' | 'body' | 'headers' | 'expected' | 'connections'
>;

const AFFILIATES = 200;
const CLICKS = 10_000;

/** Reports of one bulk request: the most there may be. */
export const BULK = 500;

const ONE = `mutation Report($input: RecordEventInput!) { recordEvent(input: $input) {
  __typename ... on RecordEventPayload { duplicate event { id } } } }`;
const MANY = `mutation Reports($input: RecordEventsInput!) { recordEvents(input: $input) {
  __typename ... on RecordEventsPayload { results { __typename } } } }`;

/** What somebody who looks at the report asks for. */
export const PAGE = `query Page($after: String, $where: PostbackFilter) { postbacks(first: 20, after: $after, where: $where) {
  nodes { id status clickId finalUrl dueAt event { id type } affiliate { affid } } pageInfo { endCursor hasNextPage } } }`;

/** A report a request, each of a conversion of its own. */
export const oneReport: Requests = {
  method: 'POST',
  path: '/graphql',
  headers: `authorization: Bearer ${ADMIN_KEY}\r\n`,
  body: JSON.stringify({ query: ONE, variables: { input: reportOf('<n>', 0) } }),
  expected: '"__typename":"RecordEventPayload"',
  connections: 64,
};

/** A question that no store is asked about. */
export const emptyQuery: Requests = {
  ...oneReport,
  body: JSON.stringify({ query: 'query Who { viewer { role } }' }),
  expected: '"role":"ADMIN"',
};

/** As many reports a request as may be. */
export const bulkReports: Requests = {
  ...oneReport,
  body: JSON.stringify({
    query: MANY,
    variables: {
      input: { events: Array.from({ length: BULK }, (_, i) => reportOf(`<n>-${i}`, i)) },
    },
  }),
  connections: 4,
};

/** The first page of the postback report, with two relations of each row. */
export const reportPage: Requests = {
  ...oneReport,
  body: JSON.stringify({ query: PAGE }),
  expected: '"hasNextPage":true',
  connections: 4,
};

/** A visit of a tracking link by a browser. */
export const clickLoad: Requests = {
  method: 'GET',
  path: '/click?affid=b7&campaign=bench&affclickid=own-<n>',
  headers: 'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n',
  expected: ' 302 ',
  connections: 64,
};

function reportOf(transactionId: string, n: number) {
  const clickId = createHash('md5').update(String(n)).digest('hex');
  return { clickId, type: 'Sale', transactionId, amount: '12.50', currency: 'USD' };
}

/** A database in which all but the report are right: affiliates with a pixel each, and clicks to report of. */
export function seedForLoads(services: Services): Promise<string> {
  return seeded(services, async (client) => {
    const origins = Array.from({ length: AFFILIATES }, (_, n) => `https://affiliate-${n}.example`);
    await seedAffiliates(client, origins);
    await seedClicks(client, { from: 0, count: CLICKS, affiliates: AFFILIATES });
    await client.query('ANALYZE');
  });
}

/** A database with 10,000 postbacks to look at. */
export function seedForReport(services: Services): Promise<string> {
  return seeded(services, (client) => seedReport(client, 10_000));
}

async function seeded(
  services: Services,
  seed: (client: pg.Client) => Promise<unknown>,
): Promise<string> {
  const databaseUrl = await services.createDatabase('volley');
  await services.redis.flushall();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await seed(client);
  await client.end();
  return databaseUrl;
}
