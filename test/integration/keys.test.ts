import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CreateApiKeyInput } from '../gql/graphql.ts';
import { expectType, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { startQueryLog } from '../support/query-log.ts';
import { openAcknowledged, openSocket } from '../support/raw-socket.ts';
import { rowIdIn } from '../support/scene.ts';
import { ENTRY_URL, seedClick, seedReference } from '../support/seed.ts';

const HOUR_MS = 3_600_000;

let volley: TestApp;
let seeded: Awaited<ReturnType<typeof seedReference>>;
/** Everything the service logged, as it was written. */
const logged: string[] = [];

beforeAll(async () => {
  const target = new Writable({
    write(line, _encoding, done) {
      logged.push(String(line));
      done();
    },
  });
  volley = await makeApp({}, pino({ level: 'trace' }, target));
  seeded = await seedReference(volley.admin);
});
afterAll(() => volley[Symbol.asyncDispose]());

async function create(input: CreateApiKeyInput, api = volley.admin) {
  const { createApiKey } = await api.run(CREATE_API_KEY, { input });
  return createApiKey;
}

async function makeKey(name: string, changes: Partial<CreateApiKeyInput> = {}) {
  const made = expectType(
    await create({ name, role: 'VIEWER', ...changes }),
    'CreateApiKeyPayload',
  );
  return { id: made.apiKey.id, secret: made.secret };
}

type Row = Record<string, unknown> & { id: string; name: string };
const FIELDS = `id name role lastFour isValid expiresAt revokedAt lastUsedAt createdAt
  replacedBy { id } affiliate { affid } integration { name }`;

/** Runs any operation; throws with the answer when it holds no data. */
async function run<Data>(api: TestApi, query: string, variables: object = {}): Promise<Data> {
  const answer = await api.ask(query, variables);
  if (!answer.data) throw new Error(`${query}\n${JSON.stringify(answer)}`);
  return answer.data as Data;
}

async function list(where = '{}'): Promise<Row[]> {
  const query = `{ apiKeys(first: 100, where: ${where}) { nodes { ${FIELDS} } } }`;
  return (await run<{ apiKeys: { nodes: Row[] } }>(volley.admin, query)).apiKeys.nodes;
}

const show = async (id: string) => (await list()).find((row) => row.id === id);

type Changed = { __typename: string; message?: string; secret?: string; apiKey?: Row };

async function change(
  mutation: 'rotateApiKey' | 'revokeApiKey',
  input: object,
  api = volley.admin,
): Promise<Changed> {
  const Name = mutation === 'rotateApiKey' ? 'RotateApiKey' : 'RevokeApiKey';
  const secret = mutation === 'rotateApiKey' ? 'secret' : '';
  const query = `mutation($input: ${Name}Input!) { result: ${mutation}(input: $input) { __typename
    ... on ${Name}Payload { ${secret} apiKey { ${FIELDS} } } ... on Error { message } } }`;
  return (await run<{ result: Changed }>(api, query, { input })).result;
}

async function codeFor(key: string, url = volley.url): Promise<string> {
  const { status } = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: '{"query":"{ viewer { name } }"}',
  });
  return String(status);
}

describe('the list', () => {
  test('shows what a key is for and its last four characters, and never the key', async () => {
    const { affiliateId, integrationId } = seeded;
    const theirs = await makeKey('listed', { role: 'AFFILIATE', affiliateId });
    const source = await makeKey('listed', { role: 'INTEGRATION', integrationId });

    expect(theirs.secret).toMatch(/^vly_[0-9a-f]{32}_[\w-]{43}$/);
    expect(theirs.secret.split('_')[1]).toBe(rowIdIn(theirs.id).replaceAll('-', ''));
    expect(await show(theirs.id)).toMatchObject({
      ...{ name: 'listed', role: 'AFFILIATE', affiliate: { affid: '101' }, integration: null },
      ...{ lastFour: theirs.secret.slice(-4), isValid: true, replacedBy: null },
    });
    expect(await show(source.id)).toMatchObject({ integration: { name: 'Brand events' } });
    const stored = await volley.sql('SELECT * FROM api_key');
    expect(JSON.stringify([await list(), stored])).not.toContain(theirs.secret.slice(-12));
  });

  test('filters combine, and pages follow each other, newest first', async () => {
    const { affiliateId, integrationId } = seeded;
    const made = await Promise.all([1, 2, 3].map((number) => makeKey(`page_${number}%`)));
    await makeKey('page-of-another', { role: 'AFFILIATE', affiliateId });
    await change('revokeApiKey', { apiKeyId: made[0]?.id });
    const names = async (where: string) => (await list(where)).map(({ name }) => name).sort();

    expect(await names('{ nameContains: "PAGE_" }')).toEqual(['page_1%', 'page_2%', 'page_3%']);
    expect(await names('{ nameContains: "page_", valid: true }')).toEqual(['page_2%', 'page_3%']);
    expect(await names('{ nameContains: "page_", valid: false }')).toEqual(['page_1%']);
    expect(await names('{ roles: [AFFILIATE], nameContains: "page" }')).toEqual([
      'page-of-another',
    ]);
    expect(await names(`{ affiliateIds: ["${affiliateId}"], nameContains: "page" }`)).toEqual([
      'page-of-another',
    ]);
    expect(await names(`{ integrationIds: ["${integrationId}"] }`)).toEqual(['listed']);
    const everything = await list();
    const query = `query($after: String) { apiKeys(first: 2, after: $after) {
      nodes { id } pageInfo { hasNextPage endCursor } } }`;
    type Page = {
      apiKeys: { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { nodes, pageInfo }: Page['apiKeys'] = (await run<Page>(volley.admin, query, { after }))
        .apiKeys;
      seen.push(...nodes.map(({ id }) => id));
      more = pageInfo.hasNextPage;
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(everything.map(({ id }) => id));
  });
});

describe('names and numbers', () => {
  test('a name that a valid key of the same role and owner has is a ConflictError', async () => {
    const { affiliateId } = seeded;
    const input = { name: 'taken', role: 'AFFILIATE', affiliateId } as const;
    const first = await makeKey('taken', input);
    expect((await create(input)).__typename).toBe('ConflictError');
    expect(await create(input)).toMatchObject({ message: expect.stringContaining('"taken"') });
    await makeKey('taken');

    await change('revokeApiKey', { apiKeyId: first.id });
    await makeKey('taken', input);
  });

  test('of many that ask for one name at once one gets it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => create({ name: 'race', role: 'VIEWER' })),
    );
    const made = answers.filter((it) => it.__typename === 'CreateApiKeyPayload');
    expect([made.length, answers.length]).toEqual([1, 8]);
  });

  test('1,000 valid keys of one role and owner are the most, and the number is told', async () => {
    await using other = await makeApp();
    const { integrationId } = await seedReference(other.admin);
    await other.sql(`
      INSERT INTO api_key (id, name, role, integration_id, secret_hash, last_four)
      SELECT gen_random_uuid(), 'key ' || n, 'INTEGRATION', '${rowIdIn(integrationId)}',
        sha256(n::text::bytea), 'abcd' FROM generate_series(1, 999) n`);
    const input = { role: 'INTEGRATION', integrationId } as const;
    expect((await create({ name: 'last', ...input }, other.admin)).__typename).toBe(
      'CreateApiKeyPayload',
    );
    expect(await create({ name: 'too many', ...input }, other.admin)).toMatchObject({
      __typename: 'ConflictError',
      message: expect.stringMatching(/has 1000 valid keys, 1000 at most/),
    });
    expect((await create({ name: 'mine', role: 'VIEWER' }, other.admin)).__typename).toBe(
      'CreateApiKeyPayload',
    );
  });
});

describe('rotation', () => {
  test('the new key has the same rights, the old one lives on for 24 hours and says so', async () => {
    await using own = await makeApp();
    const { createApiKey } = await own.admin.run(CREATE_API_KEY, {
      input: { name: 'rotated', role: 'VIEWER' },
    });
    const old = expectType(createApiKey, 'CreateApiKeyPayload');
    const rotated = await change('rotateApiKey', { apiKeyId: old.apiKey.id }, own.admin);
    const { secret = '', apiKey } = rotated;
    expect(apiKey).toMatchObject({ name: 'rotated', role: 'VIEWER', expiresAt: null });

    await own.advance(24 * HOUR_MS - 5_000);
    expect([await codeFor(old.secret, own.url), await codeFor(secret, own.url)]).toEqual([
      '200',
      '200',
    ]);
    await own.advance(6_000);
    expect([await codeFor(old.secret, own.url), await codeFor(secret, own.url)]).toEqual([
      '401',
      '200',
    ]);
    const after = `{ node(id: "${old.apiKey.id}") { ... on ApiKey { isValid replacedBy { id } } } }`;
    expect((await own.admin.ask(after)).data?.node).toEqual({
      isValid: false,
      replacedBy: { id: apiKey?.id },
    });
  });

  test('a key is rotated once; at the same time too', async () => {
    const { id } = await makeKey('twice');
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => change('rotateApiKey', { apiKeyId: id })),
    );
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'ConflictError'),
      'RotateApiKeyPayload',
    ]);
    expect(answers.find((it) => it.message)?.message).toMatch(/rotated before: rotate the new one/);
  });

  test('the new key may live longer than the old one, not end in the past', async () => {
    const soon = new Date(Date.now() + HOUR_MS).toISOString();
    const later = new Date(Date.now() + 400 * HOUR_MS).toISOString();
    const { id } = await makeKey('expiring', { expiresAt: soon });
    const past = { apiKeyId: id, expiresAt: '2020-01-01T00:00:00Z' };
    expect((await change('rotateApiKey', past)).__typename).toBe('InvalidInputError');
    const rotated = await change('rotateApiKey', { apiKeyId: id, expiresAt: later });
    expect(rotated.apiKey).toMatchObject({ expiresAt: later });
    // The overlap never outlives what the old key had left.
    expect(await show(id)).toMatchObject({ expiresAt: soon });
  });
});

describe('last use', () => {
  const lastUsed = async (id: string) => (await show(id))?.lastUsedAt as string | null;

  test('is told to the minute, is one write however many requests, and costs none of them', async () => {
    await using own = await makeApp();
    const made = await own.admin.run(CREATE_API_KEY, { input: { name: 'used', role: 'VIEWER' } });
    const { apiKey, secret } = expectType(made.createApiKey, 'CreateApiKeyPayload');
    const query = `{ node(id: "${apiKey.id}") { ... on ApiKey { lastUsedAt } } }`;
    type Used = { node: { lastUsedAt: string | null } };
    const read = async () => (await run<Used>(own.admin, query)).node.lastUsedAt;
    const ofRow = `WHERE id = '${rowIdIn(apiKey.id)}'`;
    // The row's version tells writes apart.
    const version = async () => (await own.sql(`SELECT xmin FROM api_key ${ofRow}`))[0]?.xmin;
    expect(await read()).toBeNull();
    for (let count = 0; count < 20; count += 1) await codeFor(secret, own.url);
    const first = await eventually(read, (at) => expect(at).not.toBeNull());
    expect(Math.abs(Date.now() - Date.parse(first ?? ''))).toBeLessThan(30_000);
    const written = await version();

    await own.advance(50_000);
    for (let count = 0; count < 20; count += 1) await codeFor(secret, own.url);
    // A second key is written after whatever the first one had waiting.
    await using other = await own.another();
    await own.advance(11_000);
    expect(await version()).toBe(written);
    await Promise.all([codeFor(secret, own.url), codeFor(secret, other.url)]);
    const second = await eventually(read, (at) => expect(at).not.toBe(first));
    expect(Date.parse(second ?? '') - Date.parse(first ?? '')).toBeGreaterThanOrEqual(60_000);
  });

  test('a table that cannot be written fails no request, and the use is written later', async () => {
    const { id, secret } = await makeKey('unwritable');
    await volley.sql(`CREATE FUNCTION refuse_use() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no writes'; END $$;
      CREATE TRIGGER refuse_use BEFORE UPDATE OF last_used_at ON api_key
      FOR EACH ROW EXECUTE FUNCTION refuse_use()`);
    expect(await codeFor(secret)).toBe('200');
    await eventually(
      async () => logged.join(''),
      (lines) => expect(lines).toContain('save when keys were used failed'),
    );
    expect(await codeFor(secret)).toBe('200');
    expect(await lastUsed(id)).toBeNull();

    await volley.sql('DROP TRIGGER refuse_use ON api_key');
    await eventually(
      () => lastUsed(id),
      (at) => expect(at).not.toBeNull(),
    );
  });
});

describe('what authentication costs and tells', () => {
  const reads = (statements: string[]) =>
    statements.filter((statement) => statement.includes('given AS'));

  test('a key that is in use costs a statement now and then, not one per request', async () => {
    const { secret } = await makeKey('busy');
    using queries = startQueryLog();
    const began = performance.now();
    const sent = await queries.during(async () => {
      for (let count = 0; count < 100; count += 1) {
        await volley.as(secret).ask('{ __typename }');
      }
    });
    const halfSeconds = (performance.now() - began) / 500;
    expect(reads(sent).length).toBeGreaterThan(0);
    expect(reads(sent).length).toBeLessThanOrEqual(Math.ceil(halfSeconds) + 1);
  });

  test('keys that come together are read together', async () => {
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) => makeKey(`together ${index}`)),
    );
    using queries = startQueryLog();
    const sent = await queries.during(() =>
      Promise.all(made.map(({ secret }) => volley.as(secret).ask('{ __typename }'))),
    );
    expect(reads(sent).length).toBeLessThan(20);
  });

  test('every wrong key gets the same answer after the same statement, whatever is wrong with it', async () => {
    const revoked = await makeKey('revoked');
    await change('revokeApiKey', { apiKeyId: revoked.id });
    const expired = await makeKey('expired');
    await volley.sql(
      `UPDATE api_key SET expires_at = now() - interval '1 s' WHERE id = '${rowIdIn(expired.id)}'`,
    );
    const { secret } = await makeKey('right');
    const wrong = {
      unknown: `vly_${'0'.repeat(32)}_${'a'.repeat(43)}`,
      revoked: revoked.secret,
      expired: expired.secret,
      'right id, wrong secret': `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`,
      'cut off': secret.slice(0, -1),
      'no key at all': 'x',
    };
    using queries = startQueryLog();
    const seen = new Map<string, string[]>();
    // Twice: what is known of a key must not make the second answer another one.
    for (const [what, key] of [...Object.entries(wrong), ...Object.entries(wrong)]) {
      let answer = '';
      const sent = await queries.during(async () => {
        const response = await volley.as(key).fetch('/graphql?query={__typename}');
        answer = `${response.status} ${await response.text()}`;
      });
      // Beside what the service does by itself.
      const shown = JSON.stringify([answer, reads(sent)]);
      seen.set(shown, [...(seen.get(shown) ?? []), what]);
    }
    expect([...seen.values()]).toEqual([[...Object.keys(wrong), ...Object.keys(wrong)]]);
    const [only = ''] = seen.keys();
    expect(only).toContain('401');
    expect(JSON.parse(only)[1]).toHaveLength(1);
  });
});

describe('revocation', () => {
  test('is felt at once by the process that was asked', async () => {
    const { id, secret } = await makeKey('here');
    expect(await codeFor(secret)).toBe('200');
    await change('revokeApiKey', { apiKeyId: id });
    expect(await codeFor(secret)).toBe('401');
  });

  test('is felt by another process within a second', async () => {
    const other = await volley.another({ VOLLEY_ROLE: 'api' });
    const { id, secret } = await makeKey('elsewhere');
    // The other one remembers the key when it is revoked.
    expect(await codeFor(secret, other.url)).toBe('200');
    await change('revokeApiKey', { apiKeyId: id });
    const revokedAt = performance.now();
    let status = '200';
    while (status === '200') status = await codeFor(secret, other.url);
    expect(status).toBe('401');
    // A second is promised; the machine that runs this may be busy with other things.
    expect(performance.now() - revokedAt).toBeLessThan(2_500);
  });

  test('an affiliate that is made below a broker is seen by its keys with the next request', async () => {
    const input = { affid: 'broker', name: 'Broker', kind: 'IB' };
    const make = async (more: object) => {
      const query = `mutation($input: CreateAffiliateInput!) { createAffiliate(input: $input) {
        ... on CreateAffiliatePayload { affiliate { id } } } }`;
      type Made = { createAffiliate: { affiliate: { id: string } } };
      return (await run<Made>(volley.admin, query, { input: more })).createAffiliate.affiliate.id;
    };
    const affiliateId = await make(input);
    const broker = volley.as((await makeKey('ib', { role: 'AFFILIATE', affiliateId })).secret);
    const seen = async (api: TestApi) =>
      (await api.ask('{ affiliates { nodes { affid } } }')).data?.affiliates;
    expect(await seen(broker)).toEqual({ nodes: [{ affid: 'broker' }] });

    await make({ affid: 'below', name: 'Below', parentId: affiliateId });

    expect(await seen(broker)).toEqual({ nodes: [{ affid: 'below' }, { affid: 'broker' }] });
  });
});

describe('the first key', () => {
  test('is made when no ADMIN key is valid, once for several processes, and only then', async () => {
    await using own = await makeApp({ VOLLEY_ADMIN_KEY: '' });
    const first = own.app.newAdminKey ?? '';
    expect(first).toMatch(/^vly_/);
    expect(await codeFor(first, own.url)).toBe('200');
    expect((await own.another()).newAdminKey).toBeNull();

    // Who revoked the last one gets in again with the next start.
    await own.sql('UPDATE api_key SET revoked_at = now()');
    const [one, other] = await Promise.all([own.another(), own.another()]);
    const made = [one.newAdminKey, other.newAdminKey].filter((key) => key !== null);
    expect(made).toHaveLength(1);
    expect(await codeFor(made[0] ?? '', own.url)).toBe('200');
  });

  test('VOLLEY_ADMIN_KEY is valid after every start, whatever happened to it', async () => {
    await using own = await makeApp();
    await own.sql(`UPDATE api_key SET revoked_at = now(), expires_at = now()`);
    expect(await codeFor(ADMIN_KEY, own.url)).toBe('401');
    await own.another();
    expect(await codeFor(ADMIN_KEY, own.url)).toBe('200');
  });
});

test('VOLLEY_ADMIN_KEY may be any text, whichever way clients write it into a header', async () => {
  const key = 'Schlüssel für die Verwaltung €';
  await using own = await makeApp({ VOLLEY_ADMIN_KEY: key });
  const body = '{"query":"{ viewer { role } }"}';
  const { hostname, port } = new URL(own.url);
  // Byte for byte as curl sends it: Node's own client would recode it.
  const raw = connect(Number(port), hostname);
  raw.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n`,
  );
  raw.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  expect(await text(raw)).toContain('{"data":{"viewer":{"role":"ADMIN"}}');
  await using socket = await openAcknowledged(own.url, key);
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);

  const latin = 'Schlüssel der Verwaltung';
  const other = await own.another({ VOLLEY_ADMIN_KEY: latin });
  expect(await codeFor(latin, other.url)).toBe('200');
  expect(await codeFor(`${latin} `, other.url)).toBe('200');
  expect(await codeFor('Schlüssel', other.url)).toBe('401');
});

describe('keys stay where they belong', () => {
  test('/event takes INTEGRATION keys in its URL and refuses all others there', async () => {
    const { integrationId } = seeded;
    const { secret } = await makeKey('by URL', { role: 'INTEGRATION', integrationId });
    const clickId = await seedClick(volley.admin);
    const call = (key: string) =>
      volley.as(null).fetch(`/event?clickid=${clickId}&event=Sale&key=${key}`);

    expect((await call(secret)).status).toBe(200);
    for (const key of [ADMIN_KEY, (await makeKey('viewer by URL')).secret]) {
      const refused = await call(key);
      expect(refused.status).toBe(403);
      expect(await refused.text()).toContain('key= takes INTEGRATION keys only');
    }
    const asked = await volley.as(null).fetch(`/graphql?query={viewer{name}}&key=${ADMIN_KEY}`, {
      headers: { 'apollo-require-preflight': 'yes' },
    });
    expect(await asked.text()).toContain('UNAUTHENTICATED');
    const other = await volley.as(null).fetch(`/reports/postbacks.csv?key=${ADMIN_KEY}`);
    expect(other.status).toBe(401);
  });

  test('no log line, metric or answer holds one, however a request goes wrong', async () => {
    const { integrationId } = seeded;
    const { id, secret } = await makeKey('secretive', { role: 'INTEGRATION', integrationId });
    const wrong = `${secret}x`;
    const answers: string[] = [];
    const keep = async (response: Response) => {
      answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
    };
    for (const key of [secret, wrong]) {
      const api = volley.as(key);
      await keep(await api.fetch(`/event?clickid=x&event=Sale&key=${key}`));
      await keep(await api.fetch(`/event?event=Nothing&key=${key}&amount=x`));
      await keep(await volley.as(null).fetch(`/event?clickid=x&event=Sale&key=${key}`));
      await keep(await volley.as(null).fetch(`/event?event=Nothing&amount=x&key=${key}`));
      await keep(
        await volley.as(null).fetch('/event', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: `{"event":"Sale","key":"${key}"`,
        }),
      );
      await keep(await api.fetch('/graphql?query={viewer{name}'));
      await keep(await api.fetch('/reports/postbacks.csv?status=NONE'));
      await keep(await api.fetch('/events.csv', { method: 'POST', body: 'x' }));
      await keep(await api.fetch(ENTRY_URL));
      await using socket = await openSocket(volley.url);
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
      await Promise.race([socket.next(), socket.closed]);
    }
    // A fault of the service, with the key in hand.
    await volley.sql('ALTER TABLE api_key RENAME TO api_key_away');
    await change('revokeApiKey', { apiKeyId: id }).catch((thrown) => answers.push(String(thrown)));
    await keep(await volley.as(wrong).fetch('/graphql?query={viewer{name}}'));
    await keep(await volley.as(null).fetch(`/event?event=Sale&key=${wrong}`));
    await volley.sql('ALTER TABLE api_key_away RENAME TO api_key');
    await keep(await volley.as(null).fetch('/metrics'));

    const tail = secret.slice(-20);
    expect(logged.join('')).toContain('failed');
    for (const told of [...logged, ...answers]) {
      expect(told).not.toContain(tail);
      expect(told).not.toContain(ADMIN_KEY);
    }
  });
});
