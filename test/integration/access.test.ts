import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { CreateApiKeyInput } from '../gql/graphql.ts';
import { expectType, type GraphqlAnswer } from '../support/api.ts';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { seedClick, seedPixel, seedReference } from '../support/seed.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

type ViewerName = 'ANONYMOUS' | 'INTEGRATION' | 'AFFILIATE' | 'IB' | 'VIEWER' | 'ADMIN';
/** Affiliate 101, affiliate 102, the broker 900, and 901 below it. */
const AFFILIATES = ['AFFILIATE', 'OTHER_AFFILIATE', 'IB', 'SUB_AFFILIATE'] as const;
type AffiliateName = (typeof AFFILIATES)[number];
type Answer = GraphqlAnswer<Record<string, unknown>>;

let volley: TestApp;
let receiver: Receiver;
let keys: Record<ViewerName | AffiliateName | 'OTHER_INTEGRATION', string | null>;
let seeded: Awaited<ReturnType<typeof seedWorld>>;
/** The live cursor from before anything fired. */
let start: string;

beforeAll(async () => {
  receiver = await startReceiver();
  volley = await makeApp();
  seeded = await seedWorld();
});
afterAll(async () => {
  await volley[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

function dataOf<Data>(answer: Answer): Data {
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return answer.data as Data;
}

const remainingPoints = expect.toSatisfy((it) => it === null || typeof it === 'number');

/** An answer with this data, its cost and nothing else. */
const answered = (data: object) => ({
  data,
  extensions: {
    cost: { requested: expect.any(Number), limit: 100_000, remaining: remainingPoints },
  },
});

const id = (type: string, row: unknown) => Buffer.from(`${type}:${row}`).toString('base64');

/**
 * Affiliates 101 and 102, and the broker 900 with 901 below it; each with a pixel, a tracking link
 * and a click. One integration reports for 101 and 901, the other for 102 and 900. 900's pixel also
 * listens to 901's clicks. All postbacks are fired.
 */
async function seedWorld() {
  const { admin } = volley;
  const { affiliateId, campaignId, integrationId } = await seedReference(admin);
  const make = async (mutation: string, node: string, input: object) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation($input: ${type}!) { result: ${mutation}(input: $input) {
      ... on ${type.replace('Input', 'Payload')} { made: ${node} { id } } ... on Error { message } } }`;
    const answer = (await admin.ask(query, { input })) as Answer;
    const { made, message } = dataOf<{ result: { made?: { id: string }; message?: string } }>(
      answer,
    ).result;
    if (!made) throw new Error(`${mutation}: ${message}`);
    return made.id;
  };
  const affiliates: Record<string, string> = { 101: affiliateId };
  affiliates[102] = await make('createAffiliate', 'affiliate', { affid: '102', name: 'Other' });
  const broker = { affid: '900', name: 'Broker', kind: 'IB' };
  affiliates[900] = await make('createAffiliate', 'affiliate', broker);
  const below = { affid: '901', name: 'Below', parentId: affiliates[900] };
  affiliates[901] = await make('createAffiliate', 'affiliate', below);
  const otherIntegration = await make('createIntegration', 'integration', { name: 'Other source' });

  const key = async (input: Omit<CreateApiKeyInput, 'name'>) => {
    const { createApiKey } = await admin.run(CREATE_API_KEY, { input: { name: 'key', ...input } });
    return expectType(createApiKey, 'CreateApiKeyPayload').secret;
  };
  keys = {
    ANONYMOUS: null,
    INTEGRATION: await key({ role: 'INTEGRATION', integrationId }),
    OTHER_INTEGRATION: await key({ role: 'INTEGRATION', integrationId: otherIntegration }),
    AFFILIATE: await key({ role: 'AFFILIATE', affiliateId }),
    OTHER_AFFILIATE: await key({ role: 'AFFILIATE', affiliateId: affiliates[102] }),
    IB: await key({ role: 'AFFILIATE', affiliateId: affiliates[900] }),
    SUB_AFFILIATE: await key({ role: 'AFFILIATE', affiliateId: affiliates[901] }),
    VIEWER: await key({ role: 'VIEWER' }),
    ADMIN: ADMIN_KEY,
  };

  const clicks: Record<string, string> = {};
  for (const [affid, owner] of Object.entries(affiliates)) {
    await make('createTrackingLink', 'trackingLink', { affiliateId: owner, campaignId });
    await seedPixel(admin, {
      affiliateId: owner,
      url: `${receiver.url}/${affid}?click={clickid}`,
      triggerEvent: 'FirstDeposit',
      includeSubPartners: affid === '900',
    });
    clicks[affid] = await seedClick(admin, `/click?affid=${affid}&campaign=2001&sub=${affid}`);
  }
  const first = await firstOf(overSse(ADMIN_KEY, 'subscription { postbackFired { cursor } }'));
  start = dataOf<{ postbackFired: { cursor: string } }>(first).postbackFired.cursor;
  const reporters = { 101: 'INTEGRATION', 901: 'INTEGRATION', 102: 'OTHER_INTEGRATION' } as const;
  for (const [affid, clickId] of Object.entries(clicks)) {
    const reporter = keys[reporters[affid as never] ?? 'OTHER_INTEGRATION'];
    const input = { clickId, type: 'FirstDeposit', transactionId: affid };
    await volley.as(reporter).ask(RECORD, { input });
  }
  await volley.as(keys.INTEGRATION).ask(RECORD, { input: { clickId: '', type: 'Sale' } });
  await volley.advance(5_000);
  let fired = 0;
  const live = 'subscription($after: String) { postbackFired(after: $after) { postback { id } } }';
  for await (const message of overSse(ADMIN_KEY, live, { after: start })) {
    const { postback } = dataOf<{ postbackFired: { postback: object | null } }>(
      message,
    ).postbackFired;
    if (postback) fired += 1;
    if (fired === 5) break;
  }
  return { affiliates, clicks, integrationId, otherIntegration, campaignId };
}

const RECORD = `mutation($input: RecordEventInput!) { result: recordEvent(input: $input) { __typename } }`;

async function overHttp(key: string | null, query: string, variables = {}): Promise<Answer> {
  return volley.as(key).ask(query, variables);
}

async function* overSse(key: string | null, query: string, variables = {}) {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const client = createSseClient({ url: `${volley.url}/graphql`, headers, retryAttempts: 0 });
  try {
    yield* client.iterate({ query, variables }) as AsyncIterable<Answer>;
  } finally {
    client.dispose();
  }
}

async function* overWs(key: string | null, query: string, variables = {}) {
  const client = createWsClient({
    url: `${volley.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: key === null ? {} : { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  try {
    yield* client.iterate({ query, variables }) as AsyncIterable<Answer>;
  } catch (errors) {
    // The client throws what came in an `error` message.
    if (!Array.isArray(errors)) throw errors;
    yield { errors };
  } finally {
    await client.dispose();
  }
}

async function firstOf(answers: AsyncIterable<Answer>): Promise<Answer> {
  for await (const answer of answers) return answer;
  throw new Error('the stream ended without an answer');
}

const ask = {
  HTTP: overHttp,
  SSE: (key: string | null, query: string) => firstOf(overSse(key, query)),
  WebSocket: (key: string | null, query: string) => firstOf(overWs(key, query)),
};

test('anonymous may ask __typename and, in development, introspection', async () => {
  for (const askOver of Object.values(ask)) {
    expect(await askOver(null, '{ __typename }')).toEqual(answered({ __typename: 'Query' }));
    const answer = await askOver(null, '{ __schema { queryType { name } } }');
    expect(answer).toEqual(answered({ __schema: { queryType: { name: 'Query' } } }));
  }
});

function codeOf(answer: Answer): string {
  return answer.errors?.[0]?.extensions?.code ?? (answer.errors ? 'NO CODE' : 'none');
}

type Rows = Record<string, Set<string>>;

/** The rows of a kind a viewer may ever be shown, read from the tables. */
async function rowsFor(viewer: 'INTEGRATION' | AffiliateName): Promise<Rows> {
  const affids = {
    AFFILIATE: ['101'],
    OTHER_AFFILIATE: ['102'],
    IB: ['900', '901'],
    SUB_AFFILIATE: ['901'],
  };
  const own =
    viewer === 'INTEGRATION'
      ? ''
      : affids[viewer].map((affid) => `'${rowOf(seeded.affiliates[affid])}'`).join();
  const reported = `integration_id = '${rowOf(seeded.integrationId)}'`;
  const ofEvents = `SELECT id FROM event WHERE ${reported}`;
  const where =
    viewer === 'INTEGRATION'
      ? {
          Affiliate: `id IN (SELECT affiliate_id FROM click UNION SELECT affiliate_id FROM postback WHERE event_id IN (${ofEvents}))`,
          Pixel: `id IN (SELECT pixel_id FROM postback WHERE event_id IN (${ofEvents}))`,
          Destination: `id IN (SELECT v.destination_id FROM postback p JOIN pixel_version v
            ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version WHERE p.event_id IN (${ofEvents}))`,
          TrackingLink: 'false',
          Click: `id IN (SELECT click_row_id FROM event WHERE ${reported})`,
          Event: reported,
          Postback: `event_id IN (${ofEvents})`,
          Integration: `id = '${rowOf(seeded.integrationId)}'`,
        }
      : {
          Affiliate: `id IN (${own})`,
          Pixel: `affiliate_id IN (${own})`,
          Destination: `affiliate_id IN (${own})`,
          TrackingLink: `affiliate_id IN (${own})`,
          Click: `affiliate_id IN (${own})`,
          Event: `click_row_id IN (SELECT id FROM click WHERE affiliate_id IN (${own}))`,
          Postback: `affiliate_id IN (${own})`,
          Integration: 'true',
        };
  const tables = { ...where, Campaign: 'true', Offer: 'true', ApiKey: 'false', EventType: 'true' };
  const rows: Rows = {};
  for (const [type, condition] of Object.entries(tables)) {
    const table = type.replace(/(?<=[a-z])[A-Z]/, (letter) => `_${letter}`).toLowerCase();
    const found = await volley.sql(`SELECT id FROM ${table} WHERE ${condition}`);
    rows[type] = new Set(found.map((row) => id(type, row.id)));
  }
  return rows;
}

const rowOf = (globalId = '') => Buffer.from(globalId, 'base64').toString().split(':')[1];

/** Every object field of a type, and theirs, down to a depth; connections do not count. */
function selectAll(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const below = objectOf(field.type);
    if (!below || field.args.some((arg) => isNonNullType(arg.type))) return [];
    const isPage = below.name.endsWith('Connection');
    const node = isPage ? objectOf(below.getFields().nodes?.type) : below;
    if (!node || depth === 0) return [];
    const selection = `{ ${selectAll(node, depth - 1)} }`;
    return [
      isPage ? `${field.name}(first: 5) { nodes ${selection} }` : `${field.name} ${selection}`,
    ];
  });
  return ['__typename', ...('id' in type.getFields() ? ['id'] : []), ...fields].join(' ');
}

function objectOf(type: GraphQLOutputType | undefined): GraphQLObjectType | null {
  const named = type && getNamedType(type);
  return isObjectType(named) ? named : null;
}

/** Every object with an id anywhere in an answer. */
function collect(value: unknown, found: Record<string, Set<string>> = {}) {
  if (Array.isArray(value)) for (const item of value) collect(item, found);
  else if (value && typeof value === 'object') {
    const { __typename, id } = value as { __typename?: string; id?: string };
    if (__typename && id) {
      found[__typename] ??= new Set();
      found[__typename]?.add(id);
    }
    for (const item of Object.values(value)) collect(item, found);
  }
  return found;
}

function isWithin(found: Rows, allowed: Rows): string[] {
  return Object.entries(found).flatMap(([type, ids]) =>
    [...ids]
      .filter((one) => !allowed[type]?.has(one))
      .map((one) => `${type} ${Buffer.from(one, 'base64')}`),
  );
}

const LISTS = [
  ...(['affiliates', 'pixels', 'clicks', 'events', 'postbacks', 'destinations'] as const),
  ...(['campaigns', 'offers', 'eventTypes', 'trackingLinks'] as const),
];

describe('what a key gets to see', () => {
  test.each(AFFILIATES)(
    '%s: lists and everything nested in them hold its own rows, and all of them',
    async (viewer) => {
      const allowed = await rowsFor(viewer);
      for (const list of LISTS) {
        const node = objectOf(
          objectOf(schema.getQueryType()?.getFields()[list]?.type)?.getFields().nodes?.type,
        ) as GraphQLObjectType;
        const query = `{ ${list} { nodes { ${selectAll(node, 3)} } } }`;
        const answer = await overHttp(keys[viewer], query);
        expect(answer.errors).toBeUndefined();
        const rows = dataOf<Record<string, { nodes: { id: string }[] }>>(answer)[list]?.nodes ?? [];
        expect(new Set(rows.map((row) => row.id))).toEqual(allowed[node.name]);
        expect(isWithin(collect(answer.data), allowed)).toEqual([]);
      }
    },
  );

  test('INTEGRATION: what comes back from its own reports leads to nobody else', async () => {
    const allowed = await rowsFor('INTEGRATION');
    for (const affid of ['101', '901']) {
      const input = { clickId: seeded.clicks[affid], type: 'FirstDeposit', transactionId: affid };
      for (const field of ['event', 'postbacks']) {
        const node = schema.getType(field === 'event' ? 'Event' : 'Postback') as GraphQLObjectType;
        const query = `mutation($input: RecordEventInput!) { recordEvent(input: $input) {
          ... on RecordEventPayload { duplicate ${field} { ${selectAll(node, 3)} } } } }`;
        const answer = await overHttp(keys.INTEGRATION, query, { input });
        expect(answer).toMatchObject({ data: { recordEvent: { duplicate: true } } });
        expect(collect(answer.data)[node.name]?.size).toBeGreaterThan(0);
        expect(isWithin(collect(answer.data), allowed)).toEqual([]);
      }
    }
  });

  test('INTEGRATION: lists itself, and the event types it may report', async () => {
    const query = '{ integrations { nodes { id } } eventTypes(first: 100) { nodes { id } } }';
    const answer = await overHttp(keys.INTEGRATION, query);
    const types = await volley.sql('SELECT id FROM event_type ORDER BY id DESC');
    expect(answer).toMatchObject({
      data: {
        integrations: { nodes: [{ id: seeded.integrationId }] },
        eventTypes: { nodes: types.map((row) => ({ id: id('EventType', row.id) })) },
      },
    });
  });

  test('INTEGRATION: a click it records shows no pixels and no links of the affiliate', async () => {
    const answer = await overHttp(
      keys.INTEGRATION,
      `mutation { recordClick(input: { entryUrl: "/click?affid=901&campaign=2001" }) { ... on RecordClickPayload {
        click { affiliate { affid parent { affid } pixels { nodes { id } } trackingLinks { nodes { id } } } } } } }`,
    );
    expect(answer.data?.recordClick).toEqual({
      click: {
        affiliate: {
          affid: '901',
          parent: null,
          pixels: { nodes: [] },
          trackingLinks: { nodes: [] },
        },
      },
    });
  });

  test.each([
    ['AFFILIATE', 1],
    ['OTHER_AFFILIATE', 1],
    ['IB', 3],
    ['SUB_AFFILIATE', 1],
    ['VIEWER', 5],
    ['ADMIN', 5],
  ] as const)('%s: statistics count %i postbacks', async (viewer, total) => {
    const everybody = Object.values(seeded.affiliates);
    const query = `query($where: PostbackFilter) { postbackStats(where: $where) { total buckets { total } } }`;
    for (const where of [null, { affiliateIds: everybody }]) {
      const answer = await overHttp(keys[viewer], query, { where });
      expect(answer.data).toEqual({ postbackStats: { total, buckets: [{ total }] } });
    }
  });

  test('a filter that names others finds nothing of theirs', async () => {
    const others = [seeded.affiliates[102], seeded.affiliates[900]];
    const query = `query($ids: [ID!]) {
      pixels(where: { affiliateIds: $ids }) { nodes { id } }
      trackingLinks(where: { affiliateIds: $ids }) { nodes { id } }
      clicks(where: { affiliateIds: $ids }) { nodes { id } }
      events(where: { affiliateIds: $ids }) { nodes { id } }
      postbacks(where: { affiliateIds: $ids }) { nodes { id } }
      postbackStats(where: { affiliateIds: $ids }) { total }
      affiliates(where: { affids: ["102", "900"] }) { nodes { id } }
    }`;
    const none = { nodes: [] };
    const answer = await overHttp(keys.AFFILIATE, query, { ids: others });
    expect(answer).toEqual(
      answered({
        pixels: none,
        trackingLinks: none,
        clicks: none,
        events: none,
        postbacks: none,
        postbackStats: { total: 0 },
        affiliates: none,
      }),
    );
  });

  test.each(['INTEGRATION', ...AFFILIATES] as const)(
    '%s: node answers null for the rows of others and for keys',
    async (viewer) => {
      const allowed = await rowsFor(viewer);
      const tables = {
        Affiliate: 'affiliate',
        Pixel: 'pixel',
        TrackingLink: 'tracking_link',
        Click: 'click',
        Event: 'event',
        Postback: 'postback',
        ApiKey: 'api_key',
      };
      for (const [type, table] of Object.entries(tables)) {
        const rows = await volley.sql(`SELECT id FROM ${table}`);
        expect(rows.length).toBeGreaterThan(0);
        for (const row of rows) {
          const asked = id(type, row.id);
          const answer = await overHttp(keys[viewer], 'query($id: ID!) { node(id: $id) { id } }', {
            id: asked,
          });
          expect(answer.errors).toBeUndefined();
          if (!allowed[type]?.has(asked)) expect([type, answer.data?.node]).toEqual([type, null]);
          else if (viewer !== 'INTEGRATION') expect(answer.data?.node).toEqual({ id: asked });
        }
      }
    },
  );

  test.each(['', 'nonsense', 'QWZmaWxpYXRlOg==', id('Nothing', crypto.randomUUID())])(
    'node answers null for the id "%s"',
    async (asked) => {
      const query = 'query($id: ID!) { node(id: $id) { id } }';
      expect(await overHttp(ADMIN_KEY, query, { id: asked })).toEqual(answered({ node: null }));
    },
  );

  test('look-ups by code answer null for what belongs to others', async () => {
    const query = `query($click: String!) { affiliate(affid: "102") { id } click(clickId: $click) { id } }`;
    const answer = await overHttp(keys.AFFILIATE, query, { click: seeded.clicks[102] });
    expect(answer).toEqual(answered({ affiliate: null, click: null }));
  });

  test('a preview takes no pixel, event, click or affiliate of others', async () => {
    const event = await volley.sql(`SELECT id FROM event WHERE transaction_id = '102'`);
    const pixel = await volley.sql(
      `SELECT id FROM pixel WHERE affiliate_id = '${rowOf(seeded.affiliates[102])}'`,
    );
    const query = `query($input: PreviewPostbackInput!) { previewPostback(input: $input) { finalUrl } }`;
    for (const input of [
      { pixelId: id('Pixel', pixel[0]?.id) },
      { url: 'https://affiliate.example/?a={amount}', eventId: id('Event', event[0]?.id) },
      { url: 'https://affiliate.example/?a={amount}', clickId: seeded.clicks[102] },
      { url: 'https://affiliate.example/?a={amount}', affiliateId: seeded.affiliates[102] },
    ]) {
      expect(codeOf(await overHttp(keys.AFFILIATE, query, { input }))).toBe('BAD_USER_INPUT');
    }
  });
});

describe('what a key may change', () => {
  test.each(['AFFILIATE', 'ADMIN'] as const)(
    '%s: mutations on a pixel or postback it cannot see answer NotFoundError',
    async (viewer) => {
      const other = rowOf(seeded.affiliates[102]);
      const read = async (table: string) =>
        (await volley.sql(`SELECT id FROM ${table} WHERE affiliate_id = '${other}'`))[0]?.id;
      const absent = crypto.randomUUID();
      const pixelId = id('Pixel', viewer === 'ADMIN' ? absent : await read('pixel'));
      const postbackId = id('Postback', viewer === 'ADMIN' ? absent : await read('postback'));
      const affiliateId = viewer === 'ADMIN' ? id('Affiliate', absent) : seeded.affiliates[102];
      const { campaignId } = seeded;
      const url = 'https://affiliate.example/?a={amount}';
      const before = await volley.sql(
        'SELECT id, version, status, updated_at FROM pixel ORDER BY id',
      );

      const inputs: [string, object][] = [
        ['updatePixel', { pixelId, unresolved: 'SKIP' }],
        ['pausePixel', { pixelId }],
        ['resumePixel', { pixelId }],
        ['deletePixel', { pixelId }],
        ['testPixel', { pixelId }],
        ['rotatePixelSecret', { pixelId }],
        ['createPixel', { affiliateId, url, triggerEvent: 'Sale' }],
        ['createTrackingLink', { affiliateId, campaignId }],
        ['replayPostback', { postbackId }],
        ['cancelPostback', { postbackId }],
      ];
      const answers = await Promise.all(
        inputs.map(([mutation, input]) => mutate(viewer, mutation, input)),
      );

      expect(answers).toEqual(inputs.map(([mutation]) => [mutation, 'NotFoundError']));
      expect(
        await volley.sql('SELECT id, version, status, updated_at FROM pixel ORDER BY id'),
      ).toEqual(before);
    },
  );

  test("an affiliate cannot test its pixel with another affiliate's click", async () => {
    const own = rowOf(seeded.affiliates[101]);
    const pixels = await volley.sql(`SELECT id FROM pixel WHERE affiliate_id = '${own}'`);
    const input = { pixelId: id('Pixel', pixels[0]?.id), clickId: seeded.clicks[102] };
    expect(await mutate('AFFILIATE', 'testPixel', input)).toEqual(['testPixel', 'NotFoundError']);
  });

  test('an integration cannot report for another one', async () => {
    const input = {
      clickId: seeded.clicks[101],
      type: 'Sale',
      integrationId: seeded.otherIntegration,
    };
    const answer = await mutate('INTEGRATION', 'recordEvent', input);
    expect(answer).toEqual(['recordEvent', 'NotFoundError']);
  });

  test('an introducing broker sees the affiliates below it, but manages nothing of theirs', async () => {
    const affiliateId = seeded.affiliates[901];
    const url = 'https://affiliate.example/?a={amount}';
    const pixel = { affiliateId, url, triggerEvent: 'Install' };
    const link = { affiliateId, campaignId: seeded.campaignId };
    const owner = rowOf(affiliateId);
    const theirs = await volley.sql(`SELECT id FROM pixel WHERE affiliate_id = '${owner}'`);
    const pixelId = id('Pixel', theirs[0]?.id);
    for (const [mutation, input] of [
      ['createPixel', pixel],
      ['createTrackingLink', link],
      ['updatePixel', { pixelId, maxAttempts: 8 }],
      ['resumePixel', { pixelId }],
    ] as const) {
      expect(await mutate('SUB_AFFILIATE', mutation, input)).not.toContain('NotFoundError');
      expect(await mutate('IB', mutation, input)).toEqual([mutation, 'NotFoundError']);
    }
  });

  async function mutate(viewer: ViewerName | AffiliateName, mutation: string, input: object) {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation($input: ${type}!) { result: ${mutation}(input: $input) { __typename } }`;
    const answer = await overHttp(keys[viewer], query, { input });
    return [
      mutation,
      (answer.data?.result as { __typename: string })?.__typename ?? codeOf(answer),
    ];
  }
});

describe('the live stream', () => {
  const LIVE = `subscription($after: String, $where: PostbackFilter) { postbackFired(after: $after, where: $where) {
    postback { ${selectAll(schema.getType('Postback') as GraphQLObjectType, 2)} test } } }`;
  type Fired = { postbackFired: { postback: { id: string; test: boolean } | null } };

  describe.each([
    ['SSE', overSse],
    ['WebSocket', overWs],
  ] as const)('over %s', (_transport, askOver) => {
    test.each(AFFILIATES)(
      '%s: holds its own postbacks and nothing else, whatever the filter names',
      async (viewer) => {
        const allowed = await rowsFor(viewer);
        const everybody = { affiliateIds: Object.values(seeded.affiliates) };
        const messages: Answer[] = [];
        let tested = false;
        for await (const message of askOver(keys[viewer], LIVE, {
          after: start,
          where: everybody,
        })) {
          messages.push(message);
          const { postback } = dataOf<Fired>(message).postbackFired;
          if (postback?.test && tested) break;
          // All that was fired is on disk: what the viewer may see of it comes before its own test fire.
          if (!tested) await fireTest(viewer);
          tested = true;
        }

        const shown = messages
          .map((message) => dataOf<Fired>(message).postbackFired.postback)
          .filter((postback) => postback && !postback.test);
        expect(collect(shown).Postback).toEqual(await firedFor(viewer));
        expect(isWithin(collect(shown), allowed)).toEqual([]);
      },
    );
  });

  async function fireTest(viewer: AffiliateName) {
    const answer = await overHttp(keys[viewer], '{ pixels(last: 1) { nodes { id } } }');
    const pixelId = dataOf<{ pixels: { nodes: { id: string }[] } }>(answer).pixels.nodes[0]?.id;
    const query = `mutation($input: TestPixelInput!) { testPixel(input: $input) { __typename } }`;
    const fired = await overHttp(keys[viewer], query, { input: { pixelId } });
    expect(fired.data?.testPixel).toEqual({ __typename: 'TestPixelPayload' });
  }

  async function firedFor(viewer: AffiliateName) {
    const { Postback } = await rowsFor(viewer);
    const fired = await volley.sql('SELECT id FROM postback WHERE NOT test');
    return new Set(fired.map((row) => id('Postback', row.id)).filter((one) => Postback?.has(one)));
  }
});

describe('in production', () => {
  test('only ADMIN keys may introspect, on every transport, and there is no GraphiQL', async () => {
    const development = volley;
    await using production = await makeApp({ VOLLEY_ENV: 'production' });
    const { createApiKey } = await production.admin.run(CREATE_API_KEY, {
      input: { name: 'reader', role: 'VIEWER' },
    });
    const viewerKey = expectType(createApiKey, 'CreateApiKeyPayload').secret;
    volley = production;
    try {
      for (const askOver of Object.values(ask)) {
        for (const query of [
          '{ __schema { queryType { name } } }',
          '{ __type(name: "Query") { name } }',
          '{ __typename ...deep } fragment deep on Query { s: __schema { queryType { name } } }',
        ]) {
          // ADMIN first: what was found valid for one key must not be remembered for another.
          expect(codeOf(await askOver(ADMIN_KEY, query))).toBe('none');
          expect(codeOf(await askOver(viewerKey, query))).toBe('FORBIDDEN');
          expect(codeOf(await askOver(null, query))).toBe('UNAUTHENTICATED');
        }
        expect(codeOf(await askOver(null, '{ __typename }'))).toBe('none');
        expect(codeOf(await askOver(null, '{ viewer { name } }'))).toBe('UNAUTHENTICATED');
        expect(codeOf(await askOver(viewerKey, '{ nothing }'))).toBe('GRAPHQL_VALIDATION_FAILED');
        expect(codeOf(await askOver(viewerKey, '{ affiliates { nodes { nothing } } }'))).toBe(
          'GRAPHQL_VALIDATION_FAILED',
        );
        const misspelt = await askOver(viewerKey, '{ viewr { name } }');
        expect(misspelt.errors?.[0]?.message).toBe('Cannot query field "viewr" on type "Query".');
      }
      const page = await production
        .as(null)
        .fetch('/graphql', { headers: { accept: 'text/html' } });
      expect(page.status).toBe(406);
    } finally {
      volley = development;
    }
  });
});
