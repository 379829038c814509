import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AUDIT_COLUMNS } from '../../src/reports/audit-csv.ts';
import { expectType, type TestApi } from '../support/api.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

type Line = {
  at: string;
  operation: string;
  objectType: string;
  objectId: string | null;
  actor: {
    name: string;
    role: string | null;
    keyId: string | null;
    affiliate: { affid: string } | null;
  };
  changes: { field: string; before: string | null; after: string | null }[];
};

const LOG = `query($first: Int, $after: String, $where: AuditFilter) { auditLog(first: $first, after: $after, where: $where) {
  nodes { at operation objectType objectId requestId address
    actor { name role keyId affiliate { affid } } changes { field before after } }
  pageInfo { hasNextPage endCursor } } }`;

let scene: Scene;
let receiver: Receiver;
let affiliate: Awaited<ReturnType<Scene['affiliate']>>;
/** The affiliate's key, and the id of that key. */
let theirs: TestApi;
let theirKeyId: string;
/** Everything that must never be told. */
const secrets: string[] = [ADMIN_KEY];

beforeAll(async () => {
  receiver = await startReceiver();
  scene = await makeScene({ VOLLEY_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` });
  affiliate = await scene.affiliate();
  const { affiliateId } = affiliate;
  const input = { name: '=their key', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
  const { secret, apiKey } = expectType(createApiKey, 'CreateApiKeyPayload');
  secrets.push(secret);
  theirs = scene.as(secret);
  theirKeyId = apiKey.id;
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function linesOf(where: object = {}, first = 100): Promise<Line[]> {
  const { auditLog } = await scene.read<{ auditLog: { nodes: Line[] } }>(LOG, { where, first });
  return auditLog.nodes;
}

/** Runs a mutation; answers what it selected of its payload. */
async function mutate<Payload = Record<string, never>>(
  api: TestApi,
  mutation: string,
  input: object,
  selection = '__typename',
): Promise<Payload> {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const answer = await api.ask(
    `mutation($input: ${name}Input!) { it: ${mutation}(input: $input) { ... on ${name}Payload { ${selection} } ... on Error { error: message } } }`,
    { input },
  );
  const payload = answer.data?.it as { error?: string; secret?: string } | undefined;
  if (!payload || payload.error) throw new Error(`${mutation}: ${JSON.stringify(answer)}`);
  if (payload.secret) secrets.push(payload.secret);
  return payload as Payload;
}

type Made = { made: { id: string } };
const make = async (api: TestApi, mutation: string, node: string, input: object) =>
  (await mutate<Made>(api, mutation, input, `made: ${node} { id }`)).made.id;

const template = () => `${receiver.url}/?id={affclickid}`;
const pixelOf = (changes: object = {}) =>
  make(theirs, 'createPixel', 'pixel', {
    ...{ affiliateId: affiliate.affiliateId, url: template(), triggerEvent: 'FirstDeposit' },
    ...changes,
  });
const yesterday = () => new Date(Date.now() - 86_400_000).toISOString();
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();
const plan = async () =>
  make(theirs, 'planBackfill', 'job', {
    pixelId: await pixelOf(),
    from: yesterday(),
    to: tomorrow(),
  });

/** A pixel that waits for a manager. */
async function waitingPixel(): Promise<string> {
  const [affid, name] = [`w${randomBytes(4).toString('hex')}`, 'Waits'];
  const affiliateId = await make(scene.admin, 'createAffiliate', 'affiliate', {
    ...{ affid, name, pixelsNeedApproval: true },
  });
  const { secret } = await mutate<{ secret: string }>(
    ...([
      scene.admin,
      'createApiKey',
      { name: 'waits', role: 'AFFILIATE', affiliateId },
      'secret',
    ] as const),
  );
  const pixel = { affiliateId, url: template(), triggerEvent: 'FirstDeposit' };
  return make(scene.as(secret), 'createPixel', 'pixel', pixel);
}

/** An open postback of a pixel of its own. */
async function openPostback(): Promise<string> {
  await pixelOf();
  const { postbacks } = await scene.event(await scene.click(affiliate.entryUrl));
  return postbacks[0]?.id ?? '';
}

async function decidedPostback(): Promise<string> {
  const postbackId = await openPostback();
  await mutate(theirs, 'cancelPostback', { postbackId });
  return postbackId;
}

async function heldDestination(): Promise<string> {
  const pixelId = await pixelOf({
    url: `http://h${randomBytes(4).toString('hex')}.example/?{affclickid}`,
  });
  const rows = await scene.sql(`
    UPDATE destination SET breaker = 'OPEN', held_until = now() + interval '1 day', held_since = now(), held_reason = 'FAILING'
    WHERE id = (SELECT destination_id FROM pixel_version WHERE pixel_id = '${rowIdIn(pixelId)}') RETURNING id`);
  return Buffer.from(`Destination:${rows[0]?.id}`).toString('base64');
}

const code = () => `c${randomBytes(4).toString('hex')}`;
const ADMIN = () => scene.admin;
const AFFILIATE = () => theirs;

/** Every mutation that sets something up: who runs it, with what, and the objects its lines are about. */
const MUTATIONS: Record<string, [() => TestApi, () => Promise<object> | object, ...string[]]> = {
  approvePixel: [ADMIN, async () => ({ pixelId: await waitingPixel() }), 'Pixel', 'PixelVersion'],
  cancelJob: [AFFILIATE, async () => ({ jobId: await plan() }), 'Job'],
  cancelPostback: [AFFILIATE, async () => ({ postbackId: await openPostback() }), 'Postback'],
  createAffiliate: [ADMIN, () => ({ affid: code(), name: 'New' }), 'Affiliate'],
  createApiKey: [ADMIN, () => ({ name: 'new', role: 'VIEWER' }), 'ApiKey'],
  createCampaign: [
    ADMIN,
    () => ({
      code: code(),
      name: 'New',
      offerId: scene.offerId,
      landingUrl: 'https://brand.example/',
    }),
    'Campaign',
  ],
  createEventType: [ADMIN, () => ({ code: code(), name: 'New' }), 'EventType'],
  createIntegration: [ADMIN, () => ({ name: code() }), 'Integration'],
  createEchoReceiver: [AFFILIATE, () => ({ affiliateId: affiliate.affiliateId }), 'EchoReceiver'],
  createOffer: [ADMIN, () => ({ code: code(), name: 'New' }), 'Offer'],
  createPixel: [
    AFFILIATE,
    () => ({
      ...{
        affiliateId: affiliate.affiliateId,
        url: template(),
        triggerEvent: 'Sale',
        signed: true,
      },
      ...{ scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [scene.campaignId] },
    }),
    ...['Pixel', 'PixelCampaign', 'PixelSecret'],
  ],
  createTrackingLink: [
    AFFILIATE,
    () => ({ affiliateId: affiliate.affiliateId, campaignId: scene.campaignId }),
    'TrackingLink',
  ],
  deleteEchoReceiver: [
    AFFILIATE,
    async () => ({
      echoReceiverId: await make(theirs, 'createEchoReceiver', 'echoReceiver', {
        affiliateId: affiliate.affiliateId,
      }),
    }),
    'EchoReceiver',
  ],
  deletePixel: [AFFILIATE, async () => ({ pixelId: await pixelOf() }), 'Pixel'],
  pausePixel: [AFFILIATE, async () => ({ pixelId: await pixelOf() }), 'Pixel'],
  planBackfill: [
    AFFILIATE,
    async () => ({ pixelId: await pixelOf(), from: yesterday(), to: tomorrow() }),
    'Job',
  ],
  planReplay: [AFFILIATE, () => ({ where: { from: yesterday(), to: tomorrow() } }), 'Job'],
  rejectPixel: [ADMIN, async () => ({ pixelId: await waitingPixel(), reason: 'No.' }), 'Pixel'],
  replayPostback: [AFFILIATE, async () => ({ postbackId: await decidedPostback() }), 'Postback'],
  resumeDestination: [
    AFFILIATE,
    async () => ({ destinationId: await heldDestination() }),
    'Destination',
  ],
  resumePixel: [
    AFFILIATE,
    async () => {
      const pixelId = await pixelOf();
      await mutate(theirs, 'pausePixel', { pixelId });
      return { pixelId };
    },
    'Pixel',
  ],
  revokeApiKey: [
    ADMIN,
    async () => ({
      apiKeyId: await make(scene.admin, 'createApiKey', 'apiKey', { name: 'gone', role: 'VIEWER' }),
    }),
    'ApiKey',
  ],
  rotateApiKey: [
    ADMIN,
    async () => ({
      apiKeyId: await make(scene.admin, 'createApiKey', 'apiKey', {
        name: 'turned',
        role: 'VIEWER',
      }),
    }),
    'ApiKey',
  ],
  rotatePixelSecret: [
    AFFILIATE,
    async () => ({ pixelId: await pixelOf({ signed: true }) }),
    'PixelSecret',
  ],
  startJob: [AFFILIATE, async () => ({ jobId: await plan() }), 'Job'],
  testPixel: [AFFILIATE, async () => ({ pixelId: await pixelOf() }), 'Postback'],
  updateAffiliate: [
    ADMIN,
    () => ({ affiliateId: affiliate.affiliateId, name: code() }),
    'Affiliate',
  ],
  updateCampaign: [ADMIN, () => ({ campaignId: scene.campaignId, name: code() }), 'Campaign'],
  updateIntegration: [
    ADMIN,
    () => ({ integrationId: scene.integrationId, name: code() }),
    'Integration',
  ],
  updateOffer: [ADMIN, () => ({ offerId: scene.offerId, name: code() }), 'Offer'],
  updatePixel: [AFFILIATE, async () => ({ pixelId: await pixelOf(), maxAttempts: 3 }), 'Pixel'],
};

/** They report what happened, which the log of events tells. */
const REPORTS = ['recordClick', 'recordEvent', 'recordEvents'];

test('every mutation is looked at here', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

  expect([...Object.keys(MUTATIONS), ...REPORTS].sort()).toEqual(mutations.sort());
});

describe('a mutation leaves lines that say who did what', () => {
  test.each(Object.entries(MUTATIONS))('%s', async (mutation, [who, prepare, ...objects]) => {
    const input = await prepare();
    const before = await linesOf({ operations: [mutation] });

    const shownOnce =
      /ApiKey$|^rotate/.test(mutation) && mutation !== 'revokeApiKey' ? 'secret' : '__typename';
    await mutate(who(), mutation, input, shownOnce);

    const lines = (await linesOf({ operations: [mutation] })).slice(0, -before.length || undefined);
    expect([...new Set(lines.map(({ objectType }) => objectType))].sort()).toEqual(objects);
    for (const { actor, objectId, changes } of lines) {
      expect(actor).toEqual(
        who() === theirs
          ? {
              name: '=their key',
              role: 'AFFILIATE',
              keyId: theirKeyId,
              affiliate: { affid: affiliate.affid },
            }
          : { name: 'Admin', role: 'ADMIN', keyId: expect.any(String), affiliate: null },
      );
      expect(objectId).toEqual(expect.any(String));
      expect(changes.length).toBeGreaterThan(0);
    }
  });

  test('over a WebSocket too, and of several in a document each with its own name', async () => {
    const client = createClient({
      url: `${scene.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
      retryAttempts: 0,
    });
    const [one, other] = [code(), code()];
    const query = `mutation {
      first: createOffer(input: { code: "${one}", name: "One" }) { __typename }
      createEventType(input: { code: "${other}", name: "Other" }) { __typename } }`;

    const { value } = await client.iterate({ query }).next();

    await client.dispose();
    expect(value.errors).toBeUndefined();
    const [type, offer] = await linesOf({}, 2);
    expect([offer?.operation, type?.operation]).toEqual(['createOffer', 'createEventType']);
    expect(offer?.changes).toContainEqual({ field: 'code', before: null, after: one });
    expect(type?.changes).toContainEqual({ field: 'code', before: null, after: other });
  });
});

describe('what a line says', () => {
  test('of a change only what changed, with ids that may be asked for', async () => {
    const pixelId = await pixelOf({ scope: 'SPECIFIC_CAMPAIGNS', campaignIds: [scene.campaignId] });
    const other = await make(scene.admin, 'createCampaign', 'campaign', {
      ...{
        code: code(),
        name: 'Other',
        offerId: scene.offerId,
        landingUrl: 'https://brand.example/',
      },
    });
    await mutate(theirs, 'updatePixel', {
      pixelId,
      campaignIds: [scene.campaignId, other],
      required: ['amount'],
    });

    const [second, first, ...made] = await linesOf({ objectId: pixelId });

    const lines = [first, second].map((line) => [line?.objectType, line?.changes]);
    expect(lines).toContainEqual([
      'Pixel',
      [
        { field: 'version', before: '1', after: '2' },
        { field: 'required', before: '[]', after: '["amount"]' },
      ],
    ]);
    expect(lines).toContainEqual([
      'PixelCampaign',
      expect.arrayContaining([{ field: 'campaignId', before: null, after: other }]),
    ]);
    expect(made.map(({ operation }) => operation)).toEqual(['createPixel', 'createPixel']);
  });

  test('nothing, where nothing was changed or the change was refused', async () => {
    const { affiliateId } = affiliate;
    await mutate(scene.admin, 'updateAffiliate', { affiliateId, name: 'The same' });
    const before = await scene.sql('SELECT count(*)::int AS count FROM audit_log');

    await mutate(scene.admin, 'updateAffiliate', { affiliateId, name: 'The same' });
    await expect(
      mutate(scene.admin, 'createOffer', { code: 'brand', name: 'Again' }),
    ).rejects.toThrow(/taken/);
    await scene.sql(
      `UPDATE destination SET trips = trips + 1; UPDATE api_key SET name = name || '!' WHERE name = 'new'`,
    );

    expect(await scene.sql('SELECT count(*)::int AS count FROM audit_log')).toEqual(before);
  });

  test('that the key of the configuration was made by the start, and by no later one', async () => {
    const [line, ...others] = await linesOf({ operations: ['start'] });
    expect(line).toMatchObject({
      objectType: 'ApiKey',
      actor: { name: 'start', role: null, keyId: null },
    });
    expect(line?.changes).toContainEqual({ field: 'role', before: null, after: 'ADMIN' });
    expect(others).toEqual([]);

    await using second = await scene.another({ VOLLEY_ROLE: 'api' });
    expect(second.url).not.toBe(scene.url);
    expect(await linesOf({ operations: ['start'] })).toHaveLength(1);
  });

  test('who uploaded how many events', async () => {
    const { integrationId } = scene;
    const { secret } = await mutate<{ secret: string }>(
      ...([
        scene.admin,
        'createApiKey',
        { name: 'source', role: 'INTEGRATION', integrationId },
        'secret',
      ] as const),
    );
    const upload = (query = '') =>
      scene.as(secret).fetch(`/events.csv${query}`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: 'clickId,type,transactionId\n,Sale,1\n,Sale,2\n,Nothing,3\n',
      });
    expect((await upload('?dryRun=true')).status).toBe(200);
    expect((await upload()).status).toBe(200);

    const [line, ...others] = await linesOf({ operations: ['/events.csv'] });
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      objectType: 'Integration',
      objectId: integrationId,
      actor: { name: 'source' },
    });
    const counts = Object.fromEntries(
      line?.changes.map(({ field, after }) => [field, after]) ?? [],
    );
    expect(counts).toMatchObject({ lines: '3', recorded: '2', refused: '1' });
  });

  test('no secret, and no digest of one', async () => {
    const stored = await scene.sql(`
      SELECT encode(secret_hash, 'hex') AS bytes FROM api_key UNION ALL SELECT encode(sealed, 'hex') FROM pixel_secret`);
    expect(secrets.length).toBeGreaterThan(5);
    const forbidden = [...secrets, ...stored.map(({ bytes }) => String(bytes))];

    const [row] = await scene.sql('SELECT string_agg(l::text, chr(10)) AS log FROM audit_log l');

    const log = String(row?.log);
    for (const secret of forbidden) expect(log).not.toContain(secret);
    expect(log).not.toMatch(/secret_hash|sealed/);
  });
});

describe('reading it', () => {
  test('it is filtered by key, operation, object and time, and read page by page', async () => {
    const pixelId = await pixelOf({ signed: true });
    await mutate(theirs, 'pausePixel', { pixelId });

    const all = await linesOf();
    expect(await linesOf({ actorKeyIds: [theirKeyId] })).toEqual(
      all.filter(({ actor }) => actor.keyId === theirKeyId),
    );
    expect(await linesOf({ operations: ['pausePixel', 'createOffer'] })).toEqual(
      all.filter(({ operation }) => ['pausePixel', 'createOffer'].includes(operation)),
    );
    expect(await linesOf({ objectTypes: ['PixelSecret'] })).toEqual(
      all.filter(({ objectType }) => objectType === 'PixelSecret'),
    );
    const ofPixel = await linesOf({ objectId: pixelId });
    expect(ofPixel.map(({ objectType }) => objectType).sort()).toEqual([
      'Pixel',
      'Pixel',
      'PixelSecret',
    ]);
    const { at } = ofPixel[0] as Line;
    expect(await linesOf({ from: at, objectId: pixelId })).toEqual([ofPixel[0]]);
    expect(await linesOf({ to: at, objectId: pixelId })).toEqual(ofPixel.slice(1));

    const paged: Line[] = [];
    for (let after: string | null = null; ; ) {
      type Page = { nodes: Line[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      const page: Page = (await scene.read<{ auditLog: Page }>(LOG, { first: 7, after })).auditLog;
      paged.push(...page.nodes);
      if (!page.pageInfo.hasNextPage || paged.length >= all.length) break;
      after = page.pageInfo.endCursor;
    }
    expect(paged.slice(0, all.length)).toEqual(all);
  });

  test('as CSV it holds the same, and no cell runs as a formula', async () => {
    const filter = `actorKeyIds=${theirKeyId}&operations=pausePixel,createPixel`;
    const expected = await linesOf({
      actorKeyIds: [theirKeyId],
      operations: ['pausePixel', 'createPixel'],
    });

    const response = await scene.admin.fetch(
      `/reports/audit.csv?${filter}&columns=at,actor,operation,object_id`,
    );

    expect(response.headers.get('content-disposition')).toContain('audit.csv');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines).toEqual([
      'at,actor,operation,object_id',
      ...expected.map(
        (line) => `${line.at},'=their key,${line.operation},${rowIdIn(line.objectId ?? '')}`,
      ),
    ]);
    const whole = await scene.admin.fetch('/reports/audit.csv?objectTypes=Affiliate');
    expect((await whole.text()).split('\n')[0]).toBe(AUDIT_COLUMNS.join());
  });

  test('as CSV of more than a page, each line stands once', async () => {
    await scene.sql(`INSERT INTO audit_log (actor_name, operation, object_type, request_id)
      SELECT 'many', 'many', 'Pixel', n FROM generate_series(1, 2000) n`);

    const response = await scene.admin.fetch(
      '/reports/audit.csv?operations=many&columns=request_id',
    );

    const [, ...lines] = (await response.text()).trimEnd().split('\n');
    expect(lines).toEqual(Array.from({ length: 2000 }, (_, at) => String(2000 - at)));
  });

  test('a wrong filter is told in words', async () => {
    const ask = async (query: string) => {
      const response = await scene.admin.fetch(`/reports/audit.csv?${query}`);
      return { status: response.status, text: await response.text() };
    };
    const refused = (text: string) => ({ status: 400, text: expect.stringContaining(text) });

    expect(await ask('objectId=abc')).toMatchObject(refused('\\"abc\\" is no id.'));
    expect(await ask('actorKeyIds=abc')).toMatchObject(refused('no id of an ApiKey'));
    expect(await ask('from=yesterday')).toMatchObject(refused('ISO 8601'));
    expect(await ask('colour=red')).toMatchObject(refused('colour'));
    const answer = await scene.admin.ask(LOG, { where: { objectId: 'abc' } });
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });

  test('it is for ADMIN keys alone', async () => {
    const { secret } = await mutate<{ secret: string }>(
      ...([scene.admin, 'createApiKey', { name: 'reader', role: 'VIEWER' }, 'secret'] as const),
    );
    for (const api of [theirs, scene.as(secret)]) {
      expect((await api.ask(LOG)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
      expect((await api.fetch('/reports/audit.csv')).status).toBe(403);
    }
    expect((await scene.as(null).fetch('/reports/audit.csv')).status).toBe(401);
  });
});

test.each([
  'UPDATE audit_log SET actor_name = $$x$$',
  'DELETE FROM audit_log',
  'TRUNCATE audit_log',
])('not even the owner of the database: %s', async (statement) => {
  const before = await scene.sql('SELECT count(*)::int AS count FROM audit_log');
  await expect(scene.sql(statement)).rejects.toThrow(/the audit log is append-only/);
  expect(await scene.sql('SELECT count(*)::int AS count FROM audit_log')).toEqual(before);
});
