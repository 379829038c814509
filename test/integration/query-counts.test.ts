import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/graphql/operation-cost.ts';
import { expectType, type TestApi } from '../support/api.ts';
import {
  CREATE_API_KEY,
  CREATE_CAMPAIGN,
  CREATE_INTEGRATION,
  CREATE_OFFER,
  CREATE_TRACKING_LINK,
  REPLAY_POSTBACK,
} from '../support/operations.ts';
import { type QueryLog, startQueryLog } from '../support/query-log.ts';
import { makeScene, rowIdIn, type Scene, type SceneAffiliate } from '../support/scene.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const SMALL = 2;
const LARGE = 20;
/** One row more than a page, so that every page has a next one. */
const ROWS = LARGE + 1;

let scene: Scene;
let log: QueryLog;
let rich: SceneAffiliate;
let richEventId: string;
let richPostbackId: string;
let richJobId: string;
let richPixelId: string;
/** A broker above everybody, who sees the same rows from behind the wall. */
let broker: TestApi;

beforeAll(async () => {
  // Without a worker nothing but the requests of these tests sends statements.
  scene = await makeScene({ VOLLEY_ROLE: 'api' });
  await seed();
  broker = await apiOfEverybody();
  log = startQueryLog();
});

afterAll(async () => {
  log[Symbol.dispose]();
  await scene[Symbol.asyncDispose]();
});

/**
 * One affiliate with a page of everything, then a page of affiliates, clicks, events and postbacks
 * of which no two share a parent, an offer, a campaign, an integration or a pixel: what rows share
 * would be read once and hide a statement per row.
 */
async function seed() {
  rich = await scene.affiliate();
  for (let at = 0; at < ROWS; at += 1) {
    await scene.pixel(rich.affiliateId, { url: `https://a${at}.example/?id={affclickid}` });
    await link(rich, scene.campaignId);
  }
  const { event, postbacks } = await scene.event(await scene.click(rich.entryUrl));
  richEventId = event.id;
  richPostbackId = postbacks[0]?.id ?? '';
  const parents: SceneAffiliate[] = [];
  for (let at = 0; at < ROWS; at += 1) parents.push(await scene.affiliate());
  const replayed: string[] = [];
  for (const [at, parent] of parents.entries()) replayed.push(await seedRow(parent, at));
  await scene.sql(`INSERT INTO event_type (id, code, name)
    SELECT gen_random_uuid(), 'Type' || n, 'Type' FROM generate_series(1, ${ROWS}) n`);
  await scene.sql(`INSERT INTO api_key (id, name, role, secret_hash, last_four, affiliate_id)
    SELECT gen_random_uuid(), a.affid, 'AFFILIATE', sha256(a.affid::bytea), 'last', a.id
    FROM affiliate a WHERE EXISTS (SELECT FROM pixel p WHERE p.affiliate_id = a.id)`);
  await scene.sql(
    `UPDATE postback SET state = 'DELIVERED', next_attempt_at = NULL, finished_at = now()`,
  );
  for (const postbackId of replayed) {
    const input = { postbackId, template: 'ORIGINAL' as const };
    const { replayPostback } = await scene.admin.run(REPLAY_POSTBACK, { input });
    expectType(replayPostback, 'ReplayPostbackPayload');
  }
  richPixelId = await scene.pixel(rich.affiliateId, {});
  await scene.sql(`
    INSERT INTO pixel_version (pixel_id, version, url, method, unresolved, required, signed, destination_id, author, author_role)
    SELECT pixel_id, number, url, method, unresolved, required, signed, destination_id, 'test', 'ADMIN'
    FROM pixel_version, generate_series(2, ${ROWS}) AS number
    WHERE pixel_id = '${rowIdIn(richPixelId)}'`);
  await seedEchoes();
  await seedJobs();
  await scene.sql(`
    INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url, status_code)
    SELECT id, number, now(), 1, 'https://affiliate.example/', 500
    FROM postback, generate_series(1, ${ROWS}) AS number`);
}

/** An echo receiver for each affiliate, each with a page of calls. */
async function seedEchoes(): Promise<void> {
  await scene.sql(`
    INSERT INTO echo_receiver (id, affiliate_id, token) SELECT id, id, uuid_send(id) FROM affiliate;
    INSERT INTO echo_call (id, receiver_id, method, path, query, headers, headers_cut, body_bytes, status)
    SELECT gen_random_uuid(), id, 'GET', '', '', '[{"name": "x", "value": "y"}]', false, 0, 200
    FROM echo_receiver, generate_series(1, ${ROWS})`);
}

/** A job for each of a page of pixels, each with a postback, and one that made all the others. */
async function seedJobs(): Promise<void> {
  await scene.sql(`
    INSERT INTO job (id, kind, affiliate_id, pixel_id, input, total, author)
    SELECT gen_random_uuid(), 'BACKFILL', affiliate_id, id, '{}', 1, 'test' FROM pixel
    WHERE affiliate_id <> (SELECT id FROM affiliate WHERE affid = '${rich.affid}');
    UPDATE postback p SET job_id = j.id FROM job j WHERE j.pixel_id = p.pixel_id AND p.replay_of_id IS NULL;
    UPDATE postback SET job_id = (SELECT min(id::text)::uuid FROM job) WHERE pixel_id IN (
      SELECT id FROM pixel WHERE affiliate_id = (SELECT id FROM affiliate WHERE affid = '${rich.affid}'))`);
  const rows = await scene.sql('SELECT min(id::text) AS id FROM job');
  richJobId = Buffer.from(`Job:${rows[0]?.id}`).toString('base64');
}

/** An affiliate with one of everything; answers the id of its postback. */
async function seedRow(parent: SceneAffiliate, at: number): Promise<string> {
  const affiliate = await scene.affiliate(parent.affiliateId);
  const { createOffer } = await scene.admin.run(CREATE_OFFER, {
    input: { code: `offer-${at}`, name: 'Offer' },
  });
  const { createCampaign } = await scene.admin.run(CREATE_CAMPAIGN, {
    input: {
      code: `campaign-${at}`,
      name: 'Campaign',
      offerId: expectType(createOffer, 'CreateOfferPayload').offer.id,
      landingUrl: 'https://brand.example/',
    },
  });
  const campaignId = expectType(createCampaign, 'CreateCampaignPayload').campaign.id;
  const { createIntegration } = await scene.admin.run(CREATE_INTEGRATION, {
    input: { name: `Integration ${at}` },
  });
  const integrationId = expectType(createIntegration, 'CreateIntegrationPayload').integration.id;
  await link(affiliate, campaignId);
  const campaignIds = [campaignId, scene.campaignId];
  await scene.pixel(affiliate.affiliateId, { scope: 'SPECIFIC_CAMPAIGNS', campaignIds });
  await scene.pixel(affiliate.affiliateId, {});
  const clickId = await scene.click(affiliate.entryUrl.replace('2001', `campaign-${at}`));
  const { postbacks } = await scene.event(clickId, { integrationId });
  return postbacks[0]?.id ?? '';
}

async function link({ affiliateId }: SceneAffiliate, campaignId: string) {
  const input = { affiliateId, campaignId, parameters: [{ name: 'affclickid', value: '{id}' }] };
  const { createTrackingLink } = await scene.admin.run(CREATE_TRACKING_LINK, { input });
  expectType(createTrackingLink, 'CreateTrackingLinkPayload');
}

async function apiOfEverybody(): Promise<TestApi> {
  const { affid, affiliateId } = await scene.affiliate();
  await scene.sql(`
    UPDATE affiliate SET parent_id = (SELECT id FROM affiliate WHERE affid = '${affid}')
    WHERE parent_id IS NULL AND affid <> '${affid}'`);
  const input = { name: 'everybody', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
  return scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
}

type Page = { nodes: object[] };

/** The connections of the schema: how each is asked for, and the field of its answer that holds the page. */
const CONNECTIONS: [name: string, type: string, ask: (page: string) => string][] = [
  ['affiliates', 'Affiliate', (page) => `{ affiliates${page} }`],
  ['pixels', 'Pixel', (page) => `{ pixels${page} }`],
  ['offers', 'Offer', (page) => `{ offers${page} }`],
  ['campaigns', 'Campaign', (page) => `{ campaigns${page} }`],
  ['integrations', 'Integration', (page) => `{ integrations${page} }`],
  ['eventTypes', 'EventType', (page) => `{ eventTypes${page} }`],
  ['trackingLinks', 'TrackingLink', (page) => `{ trackingLinks${page} }`],
  ['clicks', 'Click', (page) => `{ clicks${page} }`],
  [
    'affclickidGroups',
    'AffclickidGroup',
    (page) => `{ affclickidGroups${page.replace(')', ', where: { minClicks: 1 })')} }`,
  ],
  ['events', 'Event', (page) => `{ events${page} }`],
  ['postbacks', 'Postback', (page) => `{ postbacks${page} }`],
  ['auditLog', 'AuditEntry', (page) => `{ auditLog${page} }`],
  ['apiKeys', 'ApiKey', (page) => `{ apiKeys${page} }`],
  [
    'Pixel.versions',
    'PixelVersion',
    (page) => `{ node(id: "${richPixelId}") { ... on Pixel { versions${page} } } }`,
  ],
  ['destinations', 'Destination', (page) => `{ destinations${page} }`],
  [
    'Affiliate.destinations',
    'Destination',
    (page) => `{ affiliate(affid: "${rich.affid}") { destinations${page} } }`,
  ],
  ['jobs', 'Job', (page) => `{ jobs${page} }`],
  [
    'Job.postbacks',
    'Postback',
    (page) => `{ node(id: "${richJobId}") { ... on Job { postbacks${page} } } }`,
  ],
  [
    'EchoReceiver.calls',
    'EchoCall',
    (page) => `{ affiliate(affid: "${rich.affid}") { echoReceiver { calls${page} } } }`,
  ],
  [
    'Affiliate.pixels',
    'Pixel',
    (page) => `{ affiliate(affid: "${rich.affid}") { pixels${page} } }`,
  ],
  [
    'Affiliate.trackingLinks',
    'TrackingLink',
    (page) => `{ affiliate(affid: "${rich.affid}") { trackingLinks${page} } }`,
  ],
  [
    'Event.postbacks',
    'Postback',
    (page) => `{ node(id: "${richEventId}") { ... on Event { postbacks${page} } } }`,
  ],
  [
    'Postback.attempts',
    'PostbackAttempt',
    (page) => `{ node(id: "${richPostbackId}") { ... on Postback { attempts${page} } } }`,
  ],
];

/** The tables that the statements of one page read from, after a look that the page is full. */
/** Who asks is kept for a moment, and written down every now and then: not once per request. */
const BESIDE = new Set(['find-keys', 'read-rights', 'save-key-use']);
/** What an affiliate may see of visitors: by level of the document, not by row. */
const VISITORS = new Set(['load-granted, bound', 'load-template-urls, bound']);

async function tablesRead(
  api: TestApi,
  ask: (page: string) => string,
  size: number,
  documents: string[],
): Promise<string[]> {
  const statements = await log.sentDuring(async () => {
    for (const fields of documents) {
      const query = ask(`(first: ${size}) { nodes { ${fields} } pageInfo { hasNextPage } }`);
      const { data, errors } = await api.ask(query);
      expect(errors).toBeUndefined();
      expect(pageIn(data).nodes).toHaveLength(size);
    }
  });
  const ofVisitors = statements.filter(({ name }) => VISITORS.has(name ?? ''));
  expect(ofVisitors.length).toBeLessThan(12);
  return statements
    .filter(({ name }) => !BESIDE.has(name ?? '') && !VISITORS.has(name ?? ''))
    .map(({ text }) => tableIn(text))
    .sort();
}

/** The table after the first FROM, or the whole statement. */
function tableIn(statement: string): string {
  return /\bFROM\s+(?:"public"\.)?"?(\w+)/.exec(statement)?.[1] ?? statement;
}

function pageIn(answer: unknown): Page {
  const [inner] = Object.values(answer as object);
  return 'nodes' in inner ? inner : pageIn(inner);
}

/** All fields of a type, two levels down, in as many documents as the limit of breadth asks for. */
function inDocuments(type: GraphQLObjectType): string[] {
  const documents = [''];
  for (const field of Object.values(type.getFields())) {
    const selected = selection(field, 2) ?? '';
    const longer = `${documents.at(-1)} ${selected}`;
    if (namesIn(longer) < LIMITS.breadth - AROUND_A_PAGE) documents.splice(-1, 1, longer);
    else documents.push(selected);
  }
  return documents;
}

/** Fields that lead to a page, or stand beside its nodes. */
const AROUND_A_PAGE = 10;

function namesIn(fields: string): number {
  return fields.match(/\w+/g)?.length ?? 0;
}

/**
 * All fields of a type with the fields of the objects in it,
 * `depth` levels down; connections in it are read as pages of two.
 */
function allFields(type: GraphQLObjectType, depth: number): string {
  return Object.values(type.getFields())
    .flatMap((field) => selection(field, depth) ?? [])
    .join(' ');
}

function selection(field: GraphQLField<unknown, unknown>, depth: number): string | null {
  const type = getNamedType(field.type);
  if (field.args.some((argument) => isNonNullType(argument.type))) return null;
  if (!isObjectType(type)) return field.name;
  if (depth === 0) return null;
  const node = type.name.endsWith('Connection') ? type.getFields().nodes : undefined;
  if (!node) return `${field.name} { ${allFields(type, depth - 1)} }`;
  const nodeType = getNamedType(node.type) as GraphQLObjectType;
  return `${field.name}(first: 2) { nodes { ${allFields(nodeType, depth - 1)} } }`;
}

function objectType(name: string): GraphQLObjectType {
  return schema.getType(name) as GraphQLObjectType;
}

test('every connection of the schema is counted here', () => {
  const pages = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
          .map((field) => (type.name === 'Query' ? field.name : `${type.name}.${field.name}`))
      : [],
  );

  expect(CONNECTIONS.map(([name]) => name).sort()).toEqual(pages.sort());
});

describe('a page of 20 sends as many statements as a page of 2', () => {
  test.each(CONNECTIONS)('%s', async (_name, typeName, ask) => {
    const fields = inDocuments(objectType(typeName));

    await expectSame(
      () => tablesRead(scene.admin, ask, LARGE, fields),
      () => tablesRead(scene.admin, ask, SMALL, fields),
    );
  });

  const OPERATORS = ['auditLog', 'apiKeys', 'integrations'];
  const seen = CONNECTIONS.filter(([name]) => !OPERATORS.includes(name));
  test.each(seen)('%s, for an affiliate', async (_name, typeName, ask) => {
    const fields = inDocuments(objectType(typeName));

    const large = async () => (await tablesRead(broker, ask, LARGE, fields)).filter(isNoFrame);
    const small = async () => (await tablesRead(broker, ask, SMALL, fields)).filter(isNoFrame);
    // What an administrator's query sends, in a transaction.
    const asAdmin = async () =>
      (await tablesRead(scene.admin, ask, LARGE, fields)).filter(isNoFrame);

    await expectSame(large, small);
    await expectSame(large, asAdmin);
  });
});

/**
 * Whether two pages read the same tables as often. What two turns of the event loop ask for is read by two
 * statements, in a page of any size and now and then: what depends on the size is so each time.
 */
async function expectSame(
  read: () => Promise<string[]>,
  readOther: () => Promise<string[]>,
): Promise<void> {
  for (let left = 3; ; left -= 1) {
    const [tables, others] = [await read(), await readOther()];
    if (left > 1 && tables.join() !== others.join()) continue;
    expect(tables).toEqual(others);
    return;
  }
}

function isNoFrame(statement: string): boolean {
  return !['BEGIN', 'COMMIT', 'unnest'].includes(statement);
}

test('a report whose answer holds the id of its event alone reads no event', async () => {
  const clickId = await scene.click(rich.entryUrl);
  const reading = async (selected: string) => {
    const query = `mutation { recordEvent(input: { clickId: "${clickId}", type: "FirstDeposit" }) {
      ... on RecordEventPayload { event { ${selected} } } } }`;
    const statements = await log.sentDuring(async () => {
      expect((await scene.admin.ask(query)).errors).toBeUndefined();
    });
    return statements.filter(({ text }) => /FROM "public"\."event"/.test(text)).length;
  };

  expect(await reading('id __typename')).toBe(0);
  expect(await reading('id type')).toBe(1);
});

test('a node is read once, with the columns and the parents that are asked for', async () => {
  const reading = async (id: string, fields: string) => {
    const statements = await log.sentDuring(async () => {
      const { data, errors } = await scene.admin.ask(`{ node(id: "${id}") { ${fields} } }`);
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({ node: { id } });
    });
    return statements
      .filter(({ name }) => !BESIDE.has(name ?? ''))
      .map(({ text }) => tableIn(text))
      .sort();
  };

  const postback =
    'id ... on Postback { dueAt reason test event { revision } affiliate { affid } }';
  expect(await reading(richPostbackId, postback)).toEqual(['affiliate', 'event', 'postback']);
  expect(await reading(richEventId, 'id ... on Event { payout revision }')).toEqual(['event']);
});

test('statistics read their totals once for all fields that ask, and buckets beside them', async () => {
  const reading = async (fields: string) => {
    const statements = await log.sentDuring(async () => {
      const { errors } = await scene.admin.ask(`{ postbackStats { ${fields} } }`);
      expect(errors).toBeUndefined();
    });
    return statements.filter(({ text }) => /FROM postback p/.test(text)).length;
  };

  expect(await reading('total byStatus { count } byStatusCode { count }')).toBe(1);
  expect(await reading('total byStatusCode { count } buckets { total }')).toBe(2);
  expect(await reading('buckets { total }')).toBe(1);
});
