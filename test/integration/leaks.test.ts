import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { mintSealKey } from '../../src/platform/seal.ts';
import { startTcpProxy, type TcpProxy } from '../faults/support/tcp-proxy.ts';
import { runSql } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { readableLog } from '../support/log-lines.ts';
import { openSocket } from '../support/raw-socket.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene, type SceneAffiliate } from '../support/scene.ts';
import { AUDIENCE, ISSUER, sign } from '../support/tokens.ts';

/** One that no other text holds by chance. */
const mark = (name: string) => `leak-${name}-${randomBytes(9).toString('hex')}`;

const ADMIN = mark('admin');
const JWT_SECRET = mark('jwt-secret-of-32-bytes');
const POSTGRES_PASSWORD = mark('postgres');
const REDIS_PASSWORD = mark('redis');
const SEAL_KEY = mintSealKey('2026', randomBytes);
/** What an affiliate has in its pixel's URL: shown to it, kept with the pixel, and in no log. */
const PARTNERS = mark('partner');

/** Every secret by its name; those that the service makes are added as it hands them out. */
const secrets = new Map<string, string>([
  ['VOLLEY_ADMIN_KEY', ADMIN],
  ['VOLLEY_JWT_SECRET', JWT_SECRET],
  ['password in DATABASE_URL', POSTGRES_PASSWORD],
  ['password in REDIS_URL', REDIS_PASSWORD],
  ['VOLLEY_ENCRYPTION_KEYS', SEAL_KEY.split(':')[1] ?? ''],
]);
/** Answers, by what was asked. */
const answers: [what: string, text: string][] = [];
const { log, lines } = readableLog('trace');
const printed: string[] = [];

let scene: Scene;
let proxy: TcpProxy;
let receiver: Receiver;
let affiliate: SceneAffiliate;
let dataDir: string;
let redis: Redis;

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => void printed.push(parts.join(' ')));
  }
  dataDir = await mkdtemp(join(tmpdir(), 'volley-leaks-'));
  receiver = await startReceiver();
  redis = new Redis(inject('redisUrl'));
  await redis.call('ACL', 'SETUSER', 'leaky', 'on', `>${REDIS_PASSWORD}`, '~*', '&*', '+@all');
  const redisUrl = new URL(inject('redisUrl'));
  Object.assign(redisUrl, { username: 'leaky', password: REDIS_PASSWORD });
  // A database of its own comes with the scene: aimed at once its name is known, by way of a proxy.
  const postgresUrl = inject('postgresUrl');
  await runSql(postgresUrl, `CREATE ROLE leaky SUPERUSER LOGIN PASSWORD '${POSTGRES_PASSWORD}'`);
  proxy = await startTcpProxy(Number(new URL(postgresUrl).port));
  scene = await makeScene(
    {
      VOLLEY_ADMIN_KEY: 'admin-key-of-the-tests',
      VOLLEY_ROLE: 'api',
      REDIS_URL: redisUrl.href,
    },
    log,
  );
  const proxied = new URL(scene.databaseUrl);
  Object.assign(proxied, {
    port: String(proxy.port),
    username: 'leaky',
    password: POSTGRES_PASSWORD,
  });
  const { url } = await scene.another({
    VOLLEY_ROLE: 'all',
    DATABASE_URL: proxied.href,
    VOLLEY_DATA_DIR: dataDir,
    VOLLEY_ADMIN_KEY: ADMIN,
    VOLLEY_JWT_SECRET: JWT_SECRET,
    VOLLEY_JWT_ISSUER: ISSUER,
    VOLLEY_JWT_AUDIENCE: AUDIENCE,
    VOLLEY_ENCRYPTION_KEYS: SEAL_KEY,
  });
  scene.url = url;
  affiliate = await scene.affiliate();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await scene[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await runSql(inject('postgresUrl'), 'DROP ROLE leaky');
  await redis.call('ACL', 'DELUSER', 'leaky');
  redis.disconnect();
  await rm(dataDir, { recursive: true, force: true });
});

/** Calls and keeps the whole answer, headers included. */
async function call(what: string, path: string, key: string | null, init: RequestInit = {}) {
  const headers = { ...(key && { authorization: `Bearer ${key}` }), ...init.headers };
  const response = await fetch(`${scene.url}${path}`, { redirect: 'manual', ...init, headers });
  const text = await response.text();
  answers.push([what, `${JSON.stringify([...response.headers])}\n${text}`]);
  return text;
}

async function ask(key: string | null, query: string, variables: object = {}) {
  const text = await call(query, '/graphql', key, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return JSON.parse(text) as { data?: Record<string, Record<string, never>> };
}

/** Runs a mutation whose payload hands a secret out, and remembers that one. */
async function handOut(name: string, mutation: string, input: object, more = '') {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  const query = `mutation ${name.replaceAll(' ', '_')}($input: ${type}Input!) { result: ${mutation}(input: $input) {
    ... on ${type}Payload { secret ${more} } ... on Error { message } } }`;
  const { data } = await ask(ADMIN, query, { input });
  const { secret, ...made } = (data?.result ?? {}) as { secret?: string } & Record<
    string,
    { id: string }
  >;
  if (!secret) throw new Error(`${name}: ${JSON.stringify(data)}`);
  secrets.set(name, secret);
  return { secret, made };
}

/** Opens a socket with a credential, asks once, and keeps what came and how it ended. */
async function converse(what: string, authorization: unknown, query: string) {
  await using client = await openSocket(scene.url);
  client.socket.on('message', (data) => answers.push([`${what}, message`, String(data)]));
  client.send({ type: 'connection_init', payload: { authorization } });
  await Promise.race([client.next(), client.ended]);
  client.subscribe('1', query);
  client.send({ type: 'ping' });
  const pong = async () => {
    while ((await client.next()).type !== 'pong');
  };
  const ended = await Promise.race([client.ended, pong().then(() => null)]);
  if (ended) answers.push([`${what}, close`, JSON.stringify(ended)]);
}

test('keys and tokens are used in every place that takes one, and wrong ones too', async () => {
  const { integrationId } = scene;
  const reporter = { name: 'reporter', role: 'INTEGRATION', integrationId };
  const { secret: key, made } = await handOut('a key', 'createApiKey', reporter, 'apiKey { id }');
  const apiKeyId = made.apiKey?.id;
  const { secret: rotated } = await handOut('a rotated key', 'rotateApiKey', { apiKeyId });
  const own = { name: 'own', role: 'AFFILIATE', affiliateId: affiliate.affiliateId };
  const { secret: affiliateKey } = await handOut('an affiliate key', 'createApiKey', own);
  const secretKey = Buffer.from(JWT_SECRET);
  const claims = { volley_role: 'AFFILIATE', volley_affid: affiliate.affid };
  const tokens = {
    'a token': await sign(secretKey, claims),
    'an expired token': await sign(secretKey, { ...claims, iat: 1, exp: 2 }),
    'a token of somebody else': await sign(randomBytes(32), claims),
    'a token with a strange role': await sign(secretKey, { volley_role: mark('role') }),
  };
  for (const [name, token] of Object.entries(tokens)) secrets.set(name, token);

  const clickId = await scene.click(affiliate.entryUrl);
  const report = `clickid=${clickId}&event=FirstDeposit&amount=50&currency=USD`;
  for (const one of [key, rotated, affiliateKey, ADMIN, ...Object.values(tokens)]) {
    const shown = encodeURIComponent(one);
    await call(
      '/event by URL',
      `/event?key=${shown}&${report}&transaction_id=${rotated.slice(4, 12)}`,
      null,
    );
    await call('/event, wrong', `/event?key=${shown}&event=Nothing&amount=x`, null);
    await call('/event, twice', `/event?key=${shown}&key=${shown}&${report}`, one);
    await call('/event, not decoded', `/event?key=%zz${shown}&key`, null);
    await call('/event by form', '/event', null, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `key=${shown}&${report}`,
    });
    await call('/event, broken JSON', '/event', null, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"key":"${one}",`,
    });
    await call('/events.csv', '/events.csv', one, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: `clickid,event\n${clickId},Nothing\n`,
    });
    await call('a wrong scheme', '/graphql', null, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(one)}`, 'content-type': 'application/json' },
      body: '{"query":"{ viewer { name } }"}',
    });
    await call('a key with more in it', '/reports/postbacks.csv', `${one} and more`);
    await call('nothing there', `/nothing?key=${shown}`, one);
    await ask(one, '{ viewer { name role subject affiliate { affid } } nothing }');
    await ask(one, '{ viewer { name role subject affiliate { affid } } }');
    await call('SSE', '/graphql', one, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: '{"query":"{ viewer { name } node(id: 1) { id } }"}',
    });
    await converse('a socket', `Bearer ${one}`, '{ viewer { name } }');
    await converse('a socket with a wrong scheme', one, '{ viewer { name } }');
    await converse('a socket with another form', [one], '{ viewer { nothing } }');
  }
  await ask(
    ADMIN,
    'mutation ($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { __typename } }',
    {
      id: apiKeyId,
    },
  );
  await converse('a socket with a revoked key', `Bearer ${key}`, '{ viewer { name } }');
  await ask(key, '{ viewer { name } }');
}, 60_000);

test('pixels are signed, rotated, shown, fired, refused and explained', async () => {
  const { affiliateId, entryUrl } = affiliate;
  const pixel = { affiliateId, triggerEvent: 'FirstDeposit', signed: true };
  const url = `${receiver.url}/hook?sub={affclickid}&s={sig}&token=${PARTNERS}`;
  const { made } = await handOut(
    'a pixel secret',
    'createPixel',
    { ...pixel, url },
    'pixel { id }',
  );
  const pixelId = made.pixel?.id;
  await handOut('a rotated pixel secret', 'rotatePixelSecret', { pixelId });
  const gone = { ...pixel, url: `http://127.0.0.1:1/hook?sub={affclickid}&token=${PARTNERS}` };
  await handOut('a secret of a dead receiver', 'createPixel', gone);
  const input = { pixelId, url: `${url}&h={affclickid|hmac:sha256}` };
  await ask(
    ADMIN,
    `query ($input: PreviewPostbackInput!) { previewPostback(input: $input) { finalUrl issues { message } values { raw } } }`,
    { input },
  );
  await ask(
    ADMIN,
    'query ($input: ShadowRunInput!) { shadowRun(input: $input) { results { after { finalUrl } } issues { message } } }',
    { input },
  );
  await ask(
    ADMIN,
    'mutation ($input: UpdatePixelInput!) { updatePixel(input: $input) { ... on Error { message } } }',
    {
      input: { pixelId, url: `${url}&{`, required: ['sig'] },
    },
  );

  receiver.answer({ status: 500, body: 'not now' }, { status: 200, body: 'ok' });
  await ask(
    ADMIN,
    'mutation ($input: TestPixelInput!) { testPixel(input: $input) { ... on TestPixelPayload { postback { finalUrl status lastAttempt { message responseBody } } } } }',
    { input: { pixelId } },
  );
  await scene.event(await scene.click(entryUrl));
  await scene.advance(5_000);
  await eventually(
    () => scene.sql(`SELECT count(*)::int AS count FROM postback_attempt`),
    ([row]) => expect(row?.count).toBeGreaterThan(2),
  );
  await ask(
    ADMIN,
    `{ events { nodes { decisions { reason fires postback { id } } postbacks { nodes {
    url finalUrl values { name raw encoded } attempts { nodes { finalUrl message responseBody } } } } } } }`,
  );
  await ask(
    ADMIN,
    '{ pixels { nodes { url exampleUrl signed warnings versions { nodes { url changes { field before after } author { name } } } } } }',
  );
  await ask(ADMIN, '{ apiKeys { nodes { name lastFour role lastUsedAt replacedBy { id } } } }');
  await ask(
    ADMIN,
    '{ auditLog(first: 100) { nodes { actor { name keyId subject } operation objectType changes { field before after } requestId address } } }',
  );
}, 60_000);

test('PostgreSQL is away, and comes back', async () => {
  proxy.down();
  for (const path of [affiliate.entryUrl, '/ready', '/health', '/event?event=Sale&clickid=1']) {
    await call(`${path}, database away`, path, ADMIN);
  }
  for (const name of ['a rotated key', 'a token', 'an affiliate key']) {
    const key = secrets.get(name) ?? '';
    await ask(key, '{ viewer { name affiliate { id } } pixels { nodes { url } } }');
    await call('/event, database away', `/event?key=${key}&event=Sale&clickid=1`, null);
    await call('report, database away', '/reports/postbacks.csv', key);
    await converse('a socket, database away', `Bearer ${key}`, '{ pixels { nodes { id } } }');
  }
  const spooled = await readAll(dataDir);
  proxy.up();
  answers.push(['files of the data directory', spooled]);
  await eventually(
    () => call('ready again', '/ready', null),
    (text) => expect(text).toContain('"ready":true'),
  );
}, 60_000);

test('a start that fails tells what is wrong, and no secret', async () => {
  const problems: string[] = [];
  for (const variables of [
    { VOLLEY_ADMIN_KEY: ADMIN.slice(0, 12) },
    { VOLLEY_JWT_SECRET: JWT_SECRET.slice(0, 20) },
    { VOLLEY_JWT_SECRET: JWT_SECRET, VOLLEY_JWT_JWKS: 'https://id.example/' },
    { DATABASE_URL: `mysql://volley:${POSTGRES_PASSWORD}@db.example/volley` },
    { REDIS_URL: `http://leaky:${REDIS_PASSWORD}@redis.example` },
    { VOLLEY_ENCRYPTION_KEYS: `2026:${SEAL_KEY.split(':')[1]?.slice(1)}` },
    { VOLLEY_JWT_JWKS: `http://volley:${JWT_SECRET}@id.example/keys` },
  ]) {
    try {
      readConfig(variables);
    } catch (refused) {
      problems.push(String(refused));
    }
  }
  const absent = new URL(inject('postgresUrl'));
  Object.assign(absent, {
    pathname: '/absent',
    username: 'leaky',
    password: POSTGRES_PASSWORD,
  });
  const wrong = new URL(inject('redisUrl'));
  Object.assign(wrong, { username: 'leaky', password: `${REDIS_PASSWORD}-wrong` });
  const dead = { ...{ DATABASE_URL: `postgres://volley:${POSTGRES_PASSWORD}@127.0.0.1:1/volley` } };
  for (const stores of [
    { DATABASE_URL: absent.href, REDIS_URL: inject('redisUrl') },
    { ...dead, REDIS_URL: inject('redisUrl') },
    { DATABASE_URL: scene.databaseUrl, REDIS_URL: wrong.href },
  ]) {
    const config = readConfig({ ...stores, PORT: '0', VOLLEY_DATA_DIR: dataDir });
    const failed = await createApp(config, log).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    problems.push(`${failed} ${(failed as Error)?.stack} ${(failed as Error)?.cause}`);
  }
  expect(problems).toHaveLength(10);
  expect(problems.filter((text) => text.startsWith('null'))).toEqual([]);
  answers.push(['starts that fail', problems.join('\n')]);
}, 60_000);

test('no secret stands in a log line, an answer, a metric, a file or a row', async () => {
  await call('/metrics', '/metrics', null);
  await call('/reports/postbacks.csv', '/reports/postbacks.csv', ADMIN);
  await call('/reports/audit.csv', '/reports/audit.csv', ADMIN);
  const logged = [...lines.map((line) => JSON.stringify(line)), ...printed].join('\n');
  const stored = {
    rows: await readRows(),
    redis: await readRedis(),
    files: await readAll(dataDir),
  };
  expect(lines.length).toBeGreaterThan(50);
  expect(answers.length).toBeGreaterThan(100);
  expect([...secrets.keys()]).toHaveLength(15);

  const found: string[] = [];
  for (const [name, secret] of secrets) {
    const forms = formsOf(secret);
    const holds = (text: string) => forms.some((form) => text.includes(form));
    if (holds(logged)) {
      found.push(`${name} in the log: ${logged.split('\n').find(holds)?.slice(0, 300)}`);
    }
    for (const [where, text] of Object.entries(stored)) {
      if (holds(text)) found.push(`${name} in ${where}`);
    }
    const telling = answers.filter(([, text]) => holds(text));
    // The one answer that hands it out, and that by its name.
    const handed = telling.filter(([what]) =>
      what.startsWith(`mutation ${name.replaceAll(' ', '_')}(`),
    );
    const isMade = secret.startsWith('vly_') || secret.startsWith('whsec_');
    if (handed.length !== (isMade ? 1 : 0))
      found.push(`${name} was handed out ${handed.length} times`);
    for (const [what] of telling.filter((one) => !handed.includes(one))) {
      found.push(`${name} in an answer to ${what.slice(0, 100)}`);
    }
  }
  expect(found).toEqual([]);
  // What partners have in their URLs is theirs: they see it, whoever reads the log does not.
  expect(logged).not.toContain(PARTNERS);
  expect(answers.some(([, text]) => text.includes(PARTNERS))).toBe(true);
});

/** A secret as it is, and as other texts may hold it. */
function formsOf(secret: string): string[] {
  // Base64 of a text that holds it looks different by where it begins.
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.from(`${'x'.repeat(before)}${secret}`).toString('base64');
    return text.slice(Math.ceil((before * 4) / 3) + 1, -4);
  });
  const bare = secret.replace(/^(whsec_|vly_[^_]+_)/, '');
  return [
    ...new Set([
      secret,
      bare,
      encodeURIComponent(secret),
      encodeURIComponent(bare),
      JSON.stringify(bare).slice(1, -1),
      Buffer.from(secret).toString('hex'),
      Buffer.from(bare, 'base64').toString('hex'),
      // Of a token, what makes it one.
      secret.split('.')[2] ?? secret,
      ...encoded,
    ]),
  ].filter((form) => form.length > 10);
}

/** Every row of every table, as text. */
async function readRows(): Promise<string> {
  const tables = await scene.sql(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await scene.sql(`SELECT t::text AS text FROM "${name}" t`);
    texts.push(...rows.map(({ text }) => String(text)));
  }
  return texts.join('\n');
}

/** Every name in Redis, and every text. */
async function readRedis(): Promise<string> {
  const names = await redis.keys('*');
  const texts = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
  return [...names, ...texts.map((text) => text?.toString('latin1') ?? '')].join('\n');
}

async function readAll(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')),
  );
  return texts.join('\n');
}
