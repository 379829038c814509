import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { KeyViewer } from '../../src/access/viewer.ts';
import { createWall, type Wall } from '../../src/access/wall.ts';
import { createLog } from '../../src/platform/log.ts';
import { type Database, type Db, openDatabase } from '../../src/store/database.ts';
import { getDatamodel } from '../../src/store/generated/pothos.ts';
import { startTcpProxy } from '../faults/support/tcp-proxy.ts';
import { expectType, type TestApi } from '../support/api.ts';
import { runSql } from '../support/database.ts';
import { CREATE_API_KEY, CREATE_TRACKING_LINK, REPLAY_POSTBACK } from '../support/operations.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

/**
 * What an affiliate may ever reach of each table, as a condition in which `:own` is the list of the affiliates it
 * sees; null: nothing at all. A new table has to be entered here.
 */
const TABLES: Record<string, string | null> = {
  affiliate: 'id IN (:own)',
  api_key: null,
  audit_log: null,
  campaign: 'true',
  click: 'affiliate_id IN (:own)',
  destination: 'affiliate_id IN (:own)',
  echo_call: 'receiver_id IN (SELECT id FROM echo_receiver WHERE affiliate_id IN (:own))',
  echo_receiver: 'affiliate_id IN (:own)',
  event: `click_row_id IN (SELECT id FROM click WHERE affiliate_id IN (:own))
    OR test AND id IN (SELECT event_id FROM postback WHERE affiliate_id IN (:own))`,
  event_head: `event_id IN (SELECT e.id FROM event e JOIN click c ON c.id = e.click_row_id WHERE c.affiliate_id IN (:own))`,
  event_type: 'true',
  installation: null,
  integration: 'true',
  job: 'affiliate_id IN (:own)',
  offer: 'true',
  pixel: 'affiliate_id IN (:own)',
  pixel_campaign: 'pixel_id IN (SELECT id FROM pixel WHERE affiliate_id IN (:own))',
  pixel_secret: 'pixel_id IN (SELECT id FROM pixel WHERE affiliate_id IN (:own))',
  pixel_version: 'pixel_id IN (SELECT id FROM pixel WHERE affiliate_id IN (:own))',
  postback: 'affiliate_id IN (:own)',
  postback_attempt: 'postback_id IN (SELECT id FROM postback WHERE affiliate_id IN (:own))',
  tracking_link: 'affiliate_id IN (:own)',
  _prisma_migrations: null,
  test_clock: null,
};
const OPEN = Object.entries(TABLES).filter((entry): entry is [string, string] => entry[1] !== null);

let scene: Scene;
let database: Database;
let wall: Wall;
/** A broker, one below it, and one who has nothing to do with them. */
let viewers: Record<'broker' | 'below' | 'other', KeyViewer>;
let apis: Record<keyof typeof viewers, TestApi>;

beforeAll(async () => {
  const VOLLEY_ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`;
  scene = await makeScene({ VOLLEY_ROLE: 'api', VOLLEY_ENCRYPTION_KEYS });
  database = openDatabase(scene.databaseUrl, createLog('silent'));
  wall = createWall(database, database.binding);
  const broker = await scene.affiliate();
  const below = await scene.affiliate(broker.affiliateId);
  const other = await scene.affiliate();
  viewers = {
    broker: viewerOf([broker.affiliateId, below.affiliateId]),
    below: viewerOf([below.affiliateId]),
    other: viewerOf([other.affiliateId]),
  };
  apis = {
    broker: await apiOf(broker.affiliateId),
    below: await apiOf(below.affiliateId),
    other: await apiOf(other.affiliateId),
  };
  for (const affiliate of [broker, below, other]) await seed(affiliate);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

function viewerOf(affiliates: string[]): KeyViewer {
  const affiliateIds = affiliates.map(rowIdIn);
  return {
    ...{ role: 'AFFILIATE', keyId: crypto.randomUUID(), name: 'theirs', integrationId: null },
    ...{
      subject: null,
      affiliateId: affiliateIds[0] ?? null,
      affiliateIds,
      persistedOnly: false,
      expiresAt: null,
    },
  };
}

async function apiOf(affiliateId: string): Promise<TestApi> {
  const input = { name: 'theirs', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
  return scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
}

/** A row of every table. */
async function seed({ affiliateId, entryUrl }: { affiliateId: string; entryUrl: string }) {
  const { admin, campaignId } = scene;
  const input = { affiliateId, campaignId };
  const { createTrackingLink } = await admin.run(CREATE_TRACKING_LINK, { input });
  expectType(createTrackingLink, 'CreateTrackingLinkPayload');
  const scope = 'SPECIFIC_CAMPAIGNS' as const;
  const pixelId = await scene.pixel(affiliateId, { scope, campaignIds: [campaignId] });
  await scene.pixel(affiliateId, { signed: true });
  const { postbacks } = await scene.event(await scene.click(entryUrl), {
    transactionId: affiliateId,
  });
  const owner = `affiliate_id = '${rowIdIn(affiliateId)}'`;
  await scene.sql(`
    INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url)
      SELECT id, 1, now(), 1, 'https://affiliate.example/' FROM postback WHERE ${owner};
    INSERT INTO echo_receiver (id, affiliate_id, token)
      VALUES ('${rowIdIn(pixelId)}', '${rowIdIn(affiliateId)}', uuid_send(gen_random_uuid()));
    INSERT INTO echo_call (id, receiver_id, method, path, query, headers, headers_cut, body_bytes, status)
      VALUES (gen_random_uuid(), '${rowIdIn(pixelId)}', 'GET', '', '', '[]', false, 0, 200);
    INSERT INTO job (id, kind, affiliate_id, pixel_id, input, total, author)
      VALUES (gen_random_uuid(), 'BACKFILL', '${rowIdIn(affiliateId)}', '${rowIdIn(pixelId)}', '{}', 1, 'test');
    INSERT INTO event (id, integration_id, type, status, revision, occurred_at, test)
      VALUES ('${rowIdIn(pixelId)}', '${rowIdIn(scene.integrationId)}', 'Sale', 'APPROVED', 1, now(), true);
    INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, event_type, state, due_at, finished_at, max_attempts, test)
      SELECT '${rowIdIn(pixelId)}', id, 1, id, affiliate_id, 'Sale', 'CANCELLED', now(), now(), 1, true
      FROM pixel WHERE id = '${rowIdIn(pixelId)}'`);
  return postbacks;
}

type Setting = 'volley.affiliate_id' | 'volley.affiliate_ids';

function settingsOf({ affiliateId, affiliateIds }: KeyViewer): Record<Setting, string> {
  return { 'volley.affiliate_id': affiliateId ?? '', 'volley.affiliate_ids': `{${affiliateIds}}` };
}

/** Runs one statement as the role of affiliates, and takes it back. */
async function asRole(
  statement: string,
  settings: Partial<Record<Setting, string>> = {},
  url = scene.databaseUrl,
): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query('BEGIN; SET LOCAL ROLE volley_affiliate');
    for (const [name, value] of Object.entries(settings)) {
      await client.query('SELECT set_config($1, $2, true)', [name, value]);
    }
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

const DENIED = /permission denied|violates row-level security/;

function expectDenied(statement: string, viewer: KeyViewer) {
  return expect(asRole(statement, settingsOf(viewer)), statement).rejects.toThrow(DENIED);
}

/** Primary keys of the rows that a condition lets through, read by the owner of the tables. */
async function rowsOf(table: string, viewer: KeyViewer): Promise<unknown[]> {
  const own = viewer.affiliateIds.map((id) => `'${id}'`).join();
  const condition = TABLES[table]?.replaceAll(':own', own) ?? 'false';
  const rows = await scene.sql(
    `SELECT ${await keyOf(table)} AS key FROM ${table} WHERE ${condition}`,
  );
  return rows.map(({ key }) => key).sort();
}

async function keyOf(table: string): Promise<string> {
  const rows = await scene.sql(`
    SELECT string_agg(a.attname || '::text', ' || ' ORDER BY a.attnum) AS key
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = '${table}'::regclass AND i.indisprimary`);
  return String(rows[0]?.key);
}

describe('as the role itself, whatever the statement', () => {
  test('every table is open to affiliates by a policy, or closed', async () => {
    const tables = await scene.sql(`
      SELECT c.relname AS name, c.relrowsecurity AS "isWalled",
        has_table_privilege('volley_affiliate', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
          OR has_any_column_privilege('volley_affiliate', c.oid, 'SELECT, INSERT, UPDATE') AS "isGranted",
        EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*')
          AND 'volley_affiliate'::regrole = ANY (p.polroles)) AS "isSeen"
      FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace`);

    expect(tables.map(({ name }) => name).sort()).toEqual(Object.keys(TABLES).sort());
    for (const { name, isWalled, isGranted, isSeen } of tables) {
      const isOpen = TABLES[String(name)] !== null;
      // The clock of the tests is the one exception: time is nobody's secret.
      if (name === 'test_clock') continue;
      expect({ name, isGranted, isSeen }).toEqual({ name, isGranted: isOpen, isSeen: isOpen });
      if (isOpen) expect({ name, isWalled }).toEqual({ name, isWalled: true });
    }
  });

  test('no function lets it act as somebody else', async () => {
    const rows = await scene.sql(`
      SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
        AND has_function_privilege('volley_affiliate', oid, 'EXECUTE')`);

    expect(rows).toEqual([]);
  });

  test('it can neither log in nor pass the policies', async () => {
    const rows = await scene.sql(`
      SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb, rolinherit,
        (SELECT count(*)::int FROM pg_auth_members WHERE member = oid) AS memberships,
        (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS tables
      FROM pg_roles r WHERE rolname = 'volley_affiliate'`);

    expect(rows).toEqual([
      {
        ...{ rolsuper: false, rolbypassrls: false, rolcanlogin: false, rolcreaterole: false },
        ...{ rolcreatedb: false, rolinherit: false, memberships: 0, tables: 0 },
      },
    ]);
    const withoutPolicies = 'SET row_security = off; SELECT * FROM pixel';
    await expect(asRole(withoutPolicies, settingsOf(viewers.other))).rejects.toThrow(/row-level/);
  });

  test.each(OPEN.map(([table]) => table))('%s: nobody named, nothing seen', async (table) => {
    for (const settings of [{}, { 'volley.affiliate_id': '', 'volley.affiliate_ids': '' }]) {
      const { rows } = await asRole(`SELECT count(*)::int AS count FROM ${table}`, settings);
      expect(rows).toEqual([{ count: 0 }]);
    }
  });

  test.each(OPEN.map(([table]) => table))('%s: own rows, and all of them', async (table) => {
    const key = await keyOf(table);
    for (const viewer of Object.values(viewers)) {
      const expected = await rowsOf(table, viewer);
      const { rows } = await asRole(`SELECT ${key} AS key FROM ${table}`, settingsOf(viewer));
      expect(rows.map((row) => row.key).sort()).toEqual(expected);
      expect(expected.length).toBeGreaterThan(0);
    }
  });

  test.each(
    Object.keys(TABLES).filter((table) => TABLES[table] === null && table !== 'test_clock'),
  )('%s: closed', async (table) => {
    for (const viewer of Object.values(viewers)) {
      await expectDenied(`SELECT 1 FROM ${table}`, viewer);
      await expectDenied(`DELETE FROM ${table}`, viewer);
    }
  });

  test('sealed secrets are not read, and the audit log is not written', async () => {
    await expectDenied('SELECT sealed FROM pixel_secret', viewers.other);
    await expectDenied('SELECT * FROM pixel_secret', viewers.other);
    await expectDenied(`SELECT volley_note('Pixel', NULL, NULL, '{}')`, viewers.other);
    await expectDenied(
      `INSERT INTO audit_log (actor_name, operation, object_type) VALUES ('x', 'x', 'x')`,
      viewers.other,
    );
  });

  test('rows of others are not written, be they seen or not', async () => {
    const [own, theirs] = [viewers.broker, viewers.below].map(({ affiliateId }) => affiliateId);
    const [pixel] = await scene.sql(
      `SELECT id FROM pixel WHERE affiliate_id = '${theirs}' ORDER BY id`,
    );
    const [version] = await scene.sql(
      `SELECT * FROM pixel_version WHERE pixel_id = '${pixel?.id}'`,
    );
    const campaign = rowIdIn(scene.campaignId);
    const make = (table: string, columns: string, values: string) =>
      `INSERT INTO ${table} (${columns}) VALUES (${values})`;
    const id = 'gen_random_uuid()';

    // A broker sees the rows below it; they are no less theirs.
    for (const statement of [
      make(
        'tracking_link',
        'id, affiliate_id, campaign_id, parameters',
        `${id}, '${theirs}', '${campaign}', '[]'`,
      ),
      make(
        'pixel',
        'id, affiliate_id, url, trigger_event',
        `${id}, '${theirs}', 'https://x.example/', 'Sale'`,
      ),
      make('destination', 'id, affiliate_id, origin', `${id}, '${theirs}', 'https://x.example'`),
      make(
        'job',
        'id, kind, affiliate_id, input, total, author',
        `${id}, 'REPLAY', '${theirs}', '{}', 0, 'x'`,
      ),
      make(
        'job',
        'id, kind, affiliate_id, input, total, author',
        `${id}, 'REPLAY', NULL, '{}', 0, 'x'`,
      ),
      make('pixel_campaign', 'pixel_id, campaign_id', `'${pixel?.id}', '${campaign}'`),
      make('pixel_secret', 'id, pixel_id, sealed', `${id}, '${pixel?.id}', ''`),
      make(
        'pixel_version',
        'pixel_id, version, url, method, unresolved, signed, destination_id',
        `'${pixel?.id}', 9, 'https://x.example/', 'GET', 'EMPTY', false, '${version?.destination_id}'`,
      ),
      // Its own pixel may not call through somebody else's destination.
      `INSERT INTO pixel_version (pixel_id, version, url, method, unresolved, signed, destination_id)
        SELECT id, 9, 'https://x.example/', 'GET', 'EMPTY', false, '${version?.destination_id}'
        FROM pixel WHERE affiliate_id = '${own}' LIMIT 1`,
      `UPDATE pixel SET affiliate_id = '${theirs}' WHERE affiliate_id = '${own}'`,
      ...['affiliate', 'click', 'event', 'event_head', 'postback', 'postback_attempt'].flatMap(
        (table) => [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM ${table}`],
      ),
      ...['affiliate', 'offer', 'campaign', 'integration', 'event_type'].map(
        (table) => `UPDATE ${table} SET name = 'x'`,
      ),
      `UPDATE destination SET breaker = 'CLOSED'`,
      'UPDATE pixel_version SET approved = true',
      'UPDATE pixel_secret SET expires_at = NULL',
      'DELETE FROM pixel',
    ]) {
      await expectDenied(statement, viewers.broker);
    }
    for (const [statement, table] of [
      [`UPDATE pixel SET status = 'PAUSED'`, 'pixel'],
      [`UPDATE job SET status = 'CANCELLED'`, 'job'],
      [`UPDATE destination SET changed_at = now()`, 'destination'],
      ['DELETE FROM pixel_campaign', 'pixel_campaign'],
    ] as const) {
      const mine = await rowsOf(table, { ...viewers.broker, affiliateIds: [own ?? ''] });
      const { rowCount } = await asRole(statement, settingsOf(viewers.broker));
      expect({ statement, rowCount }).toEqual({ statement, rowCount: mine.length });
    }
  });

  test('another member of the role, which all databases of a server share, is nobody here', async () => {
    const stranger = `stranger_${randomBytes(4).toString('hex')}`;
    const url = new URL(scene.databaseUrl);
    url.username = stranger;
    url.password = 'secret';
    await runSql(
      scene.databaseUrl,
      `CREATE ROLE ${stranger} LOGIN PASSWORD 'secret'; GRANT volley_affiliate TO ${stranger}`,
    );
    try {
      for (const [table] of OPEN) {
        const count = `SELECT count(*)::int AS count FROM ${table}`;
        const { rows } = await asRole(count, settingsOf(viewers.other), url.href);
        expect([table, rows[0].count]).toEqual([table, 0]);
      }
    } finally {
      await runSql(scene.databaseUrl, `DROP ROLE ${stranger}`);
    }
  });
});

describe('as the clients that resolvers get', () => {
  type Model = {
    fields: { name: string; isId?: boolean }[];
    primaryKey: { fields: string[] } | null;
  };
  const { models } = getDatamodel().datamodel as unknown as { models: Record<string, Model> };
  const mapped = readFileSync('prisma/schema.prisma', 'utf8').matchAll(
    /^model (\w+) \{.*?@@map\("(\w+)"\)\n\}/gms,
  );
  const MODELS = [...mapped].map(([, model = '', table = '']) => {
    const { fields, primaryKey } = models[model] as Model;
    const keys = primaryKey?.fields ?? fields.filter(({ isId }) => isId).map(({ name }) => name);
    return { model, table, keys };
  });
  type Delegate = { findMany(args?: object): Promise<Record<string, unknown>[]> };

  function readAll(db: Db, { model, keys }: (typeof MODELS)[number]) {
    const delegates = db as unknown as Record<string, Delegate>;
    const select = Object.fromEntries(keys.map((key) => [key, true]));
    return delegates[`${model.charAt(0).toLowerCase()}${model.slice(1)}`]?.findMany({ select });
  }

  test.each(MODELS)('$model: read without any condition, it holds own rows', async (model) => {
    for (const viewer of Object.values(viewers)) {
      const reads = [
        () => readAll(wall.clients(viewer).db, model),
        () => wall.reading(viewer, async ({ db }) => readAll(db, model)),
      ];
      for (const read of reads) {
        if (TABLES[model.table] === null) {
          await expect(read()).rejects.toThrow(DENIED);
          continue;
        }
        const rows = (await read()) ?? [];
        const found = rows.map((row) => model.keys.map((key) => String(row[key])).join('')).sort();
        expect(found).toEqual(await rowsOf(model.table, viewer));
      }
    }
  });

  test('named statements are walled as well', async () => {
    const count = { name: 'count-pixels', text: 'SELECT count(*)::int AS count FROM pixel' };
    const everybody = (await database.sql.query(count)).rows[0].count;
    for (const viewer of Object.values(viewers)) {
      const own = await rowsOf('pixel', viewer);
      const answers = [
        await wall.clients(viewer).sql.query(count),
        await wall.reading(viewer, ({ sql }) => sql.query(count)),
      ];
      for (const { rows } of answers) expect(rows).toEqual([{ count: own.length }]);
      expect(own.length).toBeLessThan(everybody);
    }
    expect((await database.sql.query(count)).rows[0].count).toBe(everybody);
  });

  test('a plan that a connection keeps of one viewer’s read is no other one’s', async () => {
    await using single = openDatabase(scene.databaseUrl, createLog('silent'), 1);
    const one = createWall(single, single.binding);
    const all = await single.db.pixel.findMany({ select: { id: true } });
    const ids = all.map(({ id }) => id);
    const byId = { where: { id: { in: ids } }, select: { id: true } };
    const read = async (db: Db) => (await db.pixel.findMany(byId)).map(({ id }) => id).sort();

    // PostgreSQL plans for the values given five times, and then once for all.
    for (let round = 0; round < 12; round += 1) {
      expect(await read(single.db)).toEqual([...ids].sort());
      for (const viewer of Object.values(viewers)) {
        const own = await rowsOf('pixel', viewer);
        expect(await one.reading(viewer, ({ db }) => read(db))).toEqual(own);
        expect(await read(one.clients(viewer).db)).toEqual(own);
        expect(own.length).toBeLessThan(ids.length);
      }
    }

    const { rows } = await single.sql.query(
      `SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE name LIKE 'prisma-%'`,
    );
    expect(rows.length).toBe(1);
    expect(Number(rows[0].runs)).toBeGreaterThan(50);
  });

  test('a query writes nothing, not even what is its own', async () => {
    const write = wall.reading(viewers.other, ({ db }) =>
      db.pixel.updateMany({ data: { maxAttempts: 1 } }),
    );

    await expect(write).rejects.toThrow(/read-only transaction/);
  });

  test('a transaction of several statements is one for the viewer', async () => {
    const { db } = wall.clients(viewers.other);

    const seen = await db.$transaction(async (tx) => [
      await tx.pixel.count(),
      await tx.job.count(),
    ]);

    const [pixels, jobs] = [
      await rowsOf('pixel', viewers.other),
      await rowsOf('job', viewers.other),
    ];
    expect(seen).toEqual([pixels.length, jobs.length]);
  });

  test('a connection forgets who asked', async () => {
    await using single = openDatabase(scene.databaseUrl, createLog('silent'), 1);
    const one = createWall(single, single.binding);
    await one.clients(viewers.other).db.pixel.count();
    await one.clients(viewers.other).sql.query('SELECT 1');
    await one.reading(viewers.other, ({ db }) => db.pixel.count());

    const { rows } = await single.sql.query(`SELECT current_user = session_user AS "isOwner",
      current_setting('volley.affiliate_ids', true) AS ids, current_setting('transaction_read_only') AS "readOnly"`);

    expect(rows).toEqual([{ isOwner: true, ids: '', readOnly: 'off' }]);
  });
});

describe('in use', () => {
  const EVERYTHING = `{
    postbacks { nodes { id status values { name } unresolved event { decisions { reason } } pixel { warnings } } }
    postbackStats { total buckets { total } byStatusCode { count } }
    destinations { nodes { waiting } }
    affclickidGroups(where: { minClicks: 1 }) { nodes { clicks } }
    affiliates { nodes { parent { id } pixels { nodes { id } } } }
    previewPostback(input: { url: "https://affiliate.example/?a={amount}" }) { issues { message } }
  }`;

  test('forty queries at once, each of which needs a second connection, are all answered', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.message);
    process.on('warning', onWarning);
    const alone = await Promise.all(Object.values(apis).map((api) => api.ask(EVERYTHING)));
    for (const { errors } of alone) expect(errors).toBeUndefined();

    const few = '{ postbacks { nodes { id values { name } } } postbackStats { total } }';
    const one = await Promise.all(Object.values(apis).map((api) => api.ask(few)));
    const asked = Array.from({ length: 40 }, (_, at) => Object.values(apis)[at % 3] as TestApi);
    const answers = await Promise.all(asked.map((api) => api.ask(few)));

    process.off('warning', onWarning);
    const dataOf = ({ data, errors }: (typeof one)[number] | undefined = {}) => ({ data, errors });
    expect(answers.map(dataOf)).toEqual(asked.map((_, at) => dataOf(one[at % 3])));
    // The driver would warn of a statement that is sent while another one runs on its connection.
    expect(warnings).toEqual([]);
  });

  test('an affiliate replays its postback and tests its pixel, which are the engine’s to write', async () => {
    const { other } = apis;
    const { data } = await other.ask('{ pixels { nodes { id } } postbacks { nodes { id test } } }');
    const { pixels, postbacks } = data as unknown as Record<
      string,
      { nodes: { id: string; test: boolean }[] }
    >;
    await scene.sql(
      `UPDATE postback SET state = 'DELIVERED', next_attempt_at = NULL, finished_at = now() WHERE state = 'OPEN'`,
    );
    const postbackId = postbacks?.nodes.find(({ test }) => !test)?.id ?? '';
    const { replayPostback } = await other.run(REPLAY_POSTBACK, { input: { postbackId } });
    const replay = expectType(replayPostback, 'ReplayPostbackPayload').postback;
    expect(replay.replayOf?.id).toBe(postbackId);

    const tested = await other.ask(
      `mutation($input: TestPixelInput!) { testPixel(input: $input) {
        ... on TestPixelPayload { postback { event { id test click { id } } lastAttempt { errorKind } } } } }`,
      { input: { pixelId: pixels?.nodes[0]?.id } },
    );

    expect(tested.errors).toBeUndefined();
    expect(tested.data).toMatchObject({
      testPixel: { postback: { event: { test: true, click: null } } },
    });
  });

  test('a NUL character is refused before it spoils what else is asked', async () => {
    const { other } = apis;
    const query = '($text: String!) { affiliate(affid: $text) { id } pixels { nodes { id } } }';
    for (const answer of [
      await other.ask(`query${query}`, { text: 'a\u0000b' }),
      await other.ask('{ affiliate(affid: "a\\u0000b") { id } pixels { nodes { id } } }'),
    ]) {
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(await other.ask(`query${query}`, { text: '\\u000' })).toMatchObject({
      data: { affiliate: null },
    });
  });

  test('a mistake in one field is told alone, whatever the others still had to read', async () => {
    const query = `{ events(after: "50") { nodes { id } }
      viewer { affiliate { parent { id } pixels { nodes { destination { id affiliate { id } } } } } } }`;
    for (let times = 0; times < 10; times += 1) {
      const response = await apis.below.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { errors } = (await response.json()) as { errors: { extensions: object }[] };
      expect([response.status, errors.map(({ extensions }) => extensions)]).toEqual([
        200,
        [{ code: 'BAD_USER_INPUT' }],
      ]);
    }
  });

  test('a database that is away is told to who asks, and the socket lives', async () => {
    await using proxy = await startTcpProxy(Number(new URL(scene.databaseUrl).port));
    const proxied = new URL(scene.databaseUrl);
    proxied.port = String(proxy.port);
    const { url } = await scene.another({ DATABASE_URL: proxied.href });
    let closed = 0;
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${apis.other.key}` },
      lazy: false,
      retryAttempts: 0,
      on: { closed: () => (closed += 1) },
    });
    const query = '{ pixels { nodes { id } } }';
    const ask = async () => (await client.iterate({ query }).next()).value;
    expect(await ask()).toMatchObject({ data: { pixels: { nodes: [{}, {}] } } });

    proxy.down();
    expect(await ask()).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    proxy.up();
    expect(await ask()).toMatchObject({ data: { pixels: { nodes: [{}, {}] } } });

    expect(closed).toBe(0);
    await client.dispose();
  });
});

test('nothing that an affiliate asks passes the wall: without its grants, nothing is answered', async () => {
  await using bare = await makeScene({ VOLLEY_ROLE: 'api' });
  const { affiliateId } = await bare.affiliate();
  const pixelId = await bare.pixel(affiliateId, {});
  const input = { name: 'bare', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await bare.admin.run(CREATE_API_KEY, { input });
  const api = bare.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
  const queries = [
    ...['affiliates', 'pixels', 'clicks', 'events', 'postbacks', 'destinations', 'jobs'].map(
      (list) => `{ ${list} { nodes { id } } }`,
    ),
    '{ postbackStats { total } }',
    '{ affclickidGroups { nodes { clicks } } }',
    `{ node(id: "${pixelId}") { id } }`,
    `{ previewPostback(input: { pixelId: "${pixelId}" }) { finalUrl } }`,
    `{ shadowRun(input: { pixelId: "${pixelId}" }) { compared } }`,
    '{ click(clickId: "x") { id } }',
    '{ campaign(code: "2001") { id } }',
    '{ viewer { affiliate { id } } }',
    `mutation { pausePixel(input: { pixelId: "${pixelId}" }) { __typename } }`,
    `mutation { rotatePixelSecret(input: { pixelId: "${pixelId}" }) { __typename } }`,
    `mutation { testPixel(input: { pixelId: "${pixelId}" }) { __typename } }`,
  ];
  const subscription = `subscription { destinationChanged { id } }`;
  const live = createClient({
    url: `${bare.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${api.key}` },
    retryAttempts: 0,
  });
  for (const query of queries.filter((it) => it.startsWith('{'))) {
    expect([query, (await api.ask(query)).errors?.[0]?.extensions?.code]).not.toContain(
      'INTERNAL_SERVER_ERROR',
    );
  }

  await bare.sql('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM volley_affiliate');

  for (const query of queries) {
    const { errors } = await api.ask(query);
    expect([query, errors?.[0]?.extensions?.code]).toEqual([query, 'INTERNAL_SERVER_ERROR']);
  }
  const told = await live
    .iterate({ query: subscription })
    .next()
    .then(
      ({ value }) => value.errors,
      (thrown) => thrown,
    );
  expect(told).toBeTruthy();
  await live.dispose();
  // What an affiliate may see of visitors is asked before the report begins.
  const csv = await api.fetch('/reports/postbacks.csv');
  expect(csv.status).toBe(503);
});
