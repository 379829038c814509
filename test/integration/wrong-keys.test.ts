import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { expectType } from '../support/api.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { startQueryLog } from '../support/query-log.ts';
import { makeScene, type Scene } from '../support/scene.ts';

let volley: Scene;
let advancedMs = 0;
let count = 0;

beforeAll(async () => {
  volley = await makeScene({
    VOLLEY_RATE_LIMITS: 'wrongKeys=3,clicks=3,anonymous=2',
    VOLLEY_TRUSTED_PROXIES: '127.0.0.0/8',
  });
});
afterAll(() => volley[Symbol.asyncDispose]());
beforeEach(() => nextMinute());

/** Moves to the beginning of a minute: nobody's points come back while a test runs. */
async function nextMinute(): Promise<void> {
  const ms = 60_000 - ((Date.now() + advancedMs) % 60_000) + 1;
  advancedMs += ms;
  await volley.advance(ms);
}

/** A public address that nothing was asked from before. */
function freshAddress(): string {
  count += 1;
  return `198.51.100.${count}`;
}

const wrongKey = () => `vly_wrong_${count++}`;

async function makeKey(role: 'VIEWER' | 'INTEGRATION' = 'VIEWER'): Promise<string> {
  count += 1;
  const owner = role === 'INTEGRATION' ? { integrationId: volley.integrationId } : {};
  const input = { name: `key ${count}`, role, ...owner };
  const { createApiKey } = await volley.admin.run(CREATE_API_KEY, { input });
  return expectType(createApiKey, 'CreateApiKeyPayload').secret;
}

type Told = { status: number; text: string; retryAfter: string | null };
type Ask = (key: string, address: string) => Promise<Told>;

/** Asks at a path with a key in the header, as if from an address. */
const at =
  (path: string, init: RequestInit = {}): Ask =>
  async (key, address) => {
    const headers = { 'x-forwarded-for': address, ...(init.headers as object) };
    const response = await volley.as(key).fetch(path, { ...init, headers });
    const text = await response.text();
    return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
  };

const body = JSON.stringify({ query: '{ viewer { name } }' });
const json = { 'content-type': 'application/json' };
const DOORS: Record<string, Ask> = {
  'POST /graphql': at('/graphql', { method: 'POST', body, headers: json }),
  'GET /graphql': at('/graphql?query={viewer{name}}'),
  SSE: at('/graphql', {
    method: 'POST',
    body,
    headers: { ...json, accept: 'text/event-stream' },
  }),
  '/event': at('/event?event=Sale'),
  '/event?key=': async (key, address) => {
    const headers = { 'x-forwarded-for': address };
    const response = await volley.as(null).fetch(`/event?event=Sale&key=${key}`, { headers });
    const text = await response.text();
    return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
  },
  '/events.csv': at('/events.csv?dryRun=true', {
    method: 'POST',
    body: 'clickId,type\n,Sale\n',
    headers: { 'content-type': 'text/csv' },
  }),
  '/reports/postbacks.csv': at('/reports/postbacks.csv'),
  '/reports/audit.csv': at('/reports/audit.csv'),
};

describe.each(Object.entries(DOORS))('wrong keys at %s', (door, ask) => {
  test('are refused before PostgreSQL is asked, once their address has used its share', async () => {
    const address = freshAddress();
    for (const _ of [1, 2, 3])
      expect(await ask(wrongKey(), address)).toMatchObject({ status: 401 });

    using queries = startQueryLog();
    let refused: Told | undefined;
    const sent = await queries.during(async () => {
      refused = await ask(wrongKey(), address);
    });

    expect(refused).toMatchObject({ status: 429, retryAfter: expect.stringMatching(/^\d+$/) });
    expect(refused?.text).toContain('rate limit: 3 wrong keys a minute from one address');
    expect(sent.filter((text) => text.includes('secret_hash'))).toEqual([]);
    expect(await ask(wrongKey(), freshAddress())).toMatchObject({ status: 401 });
    await nextMinute();
    expect(await ask(wrongKey(), address)).toMatchObject({ status: 401 });
  });

  test('do not lock out a key that was right before, at any address', async () => {
    const isReport = door.startsWith('/event');
    const [known, unknown] = [
      await makeKey(isReport ? 'INTEGRATION' : 'VIEWER'),
      await makeKey(isReport ? 'INTEGRATION' : 'VIEWER'),
    ];
    const address = freshAddress();
    const { status: usual } = await ask(known, freshAddress());
    for (const _ of [1, 2, 3]) await ask(wrongKey(), address);

    expect([200, 403]).toContain(usual);
    expect(await ask(known, address)).toMatchObject({ status: usual });
    expect(await ask(unknown, address)).toMatchObject({ status: 429 });
    await nextMinute();
    expect(await ask(unknown, address)).toMatchObject({ status: usual });
  });
});

test('GraphQL clients read the limit as any other one', async () => {
  const address = freshAddress();
  const ask = DOORS['POST /graphql'] as Ask;
  for (const _ of [1, 2, 3]) await ask(wrongKey(), address);
  const { text, retryAfter } = await ask(wrongKey(), address);
  expect(JSON.parse(text)).toEqual({
    error: expect.stringContaining('wrong keys'),
    errors: [
      {
        message: expect.stringContaining('wrong keys'),
        extensions: { code: 'RATE_LIMITED', retryAfterSeconds: Number(retryAfter) },
      },
    ],
  });
});

test('right keys cost nothing, however many come at once', async () => {
  const address = freshAddress();
  const ask = DOORS['POST /graphql'] as Ask;
  const keys = await Promise.all(Array.from({ length: 8 }, () => makeKey()));
  const told = await Promise.all(keys.map((key) => ask(key, address)));
  expect(told.map(({ status }) => status)).toEqual(keys.map(() => 200));
});

test('a key that was right and is revoked counts as wrong', async () => {
  const input = { name: 'to be revoked', role: 'VIEWER' as const };
  const { createApiKey } = await volley.admin.run(CREATE_API_KEY, { input });
  const { apiKey, secret } = expectType(createApiKey, 'CreateApiKeyPayload');
  const ask = DOORS['POST /graphql'] as Ask;
  const address = freshAddress();
  expect(await ask(secret, address)).toMatchObject({ status: 200 });
  const revoke =
    'mutation($id: ID!) { revokeApiKey(input: { apiKeyId: $id }) { ... on Error { message } } }';
  await volley.read(revoke, { id: apiKey.id });
  for (const _ of [1, 2, 3]) expect(await ask(secret, address)).toMatchObject({ status: 401 });
  expect(await ask(secret, address)).toMatchObject({ status: 429 });
});

describe('over WebSocket', () => {
  async function connect(key: string, address: string): Promise<[code: number, text: string]> {
    const socket = new WebSocket(
      `${volley.url.replace('http', 'ws')}/graphql`,
      'graphql-transport-ws',
      { headers: { 'x-forwarded-for': address } },
    );
    await once(socket, 'open');
    const payload = { authorization: `Bearer ${key}` };
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
    const told = await Promise.race([
      once(socket, 'close').then(([code, reason]) => [code, String(reason)]),
      once(socket, 'message').then(([message]) => [0, String(message)]),
    ]);
    socket.terminate();
    return told as [number, string];
  }

  test('wrong keys close with 4403, and with 1013 once their address has used its share', async () => {
    const [address, known] = [freshAddress(), await makeKey()];
    expect(await connect(known, address)).toEqual([0, '{"type":"connection_ack"}']);
    for (const _ of [1, 2, 3]) {
      expect(await connect(wrongKey(), address)).toMatchObject([4403, /not valid/]);
    }

    using queries = startQueryLog();
    let refused: unknown;
    const sent = await queries.during(async () => {
      refused = await connect(wrongKey(), address);
    });

    expect(refused).toEqual([
      1013,
      expect.stringMatching(/^rate limit: 3 wrong keys a minute.*try again in \d+ s$/),
    ]);
    expect(sent.filter((text) => text.includes('secret_hash'))).toEqual([]);
    expect(await connect(known, address)).toEqual([0, '{"type":"connection_ack"}']);
  });

  test('all doors count together', async () => {
    const address = freshAddress();
    await connect(wrongKey(), address);
    await (DOORS['/event'] as Ask)(wrongKey(), address);
    await (DOORS['POST /graphql'] as Ask)(wrongKey(), address);
    expect((await connect(wrongKey(), address))[0]).toBe(1013);
    expect(await (DOORS['/event'] as Ask)(wrongKey(), address)).toMatchObject({ status: 429 });
  });
});

test('/event without a key has the points of its address', async () => {
  const address = freshAddress();
  const send = () =>
    volley.as(null).fetch('/event?event=Sale', { headers: { 'x-forwarded-for': address } });
  expect([(await send()).status, (await send()).status]).toEqual([401, 401]);
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({
    error: expect.stringContaining('2 points a minute from one address without a key'),
  });
});

describe('/click', () => {
  const visit = (address: string, query = 'affid=101&campaign=2001') =>
    volley.as(null).fetch(`/click?${query}`, { headers: { 'x-forwarded-for': address } });
  const stored = async () => {
    const rows = await volley.sql('SELECT count(*)::int AS count FROM click');
    return rows[0]?.count as number;
  };

  test('stores every click up to the limit of its address, and tells a visitor beyond it', async () => {
    const address = freshAddress();
    const before = await stored();
    const answers = await Promise.all([1, 2, 3].map(() => visit(address)));
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302]);

    const refused = await visit(address);

    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('content-type')).toContain('text/plain');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(await refused.text()).toMatch(
      /^rate limit: 3 clicks a minute from one address; try again in \d+ s\n$/,
    );
    expect(await stored()).toBe(before + 3);
    expect((await visit(freshAddress())).status).toBe(302);
    await nextMinute();
    expect((await visit(address)).status).toBe(302);
  });

  test('clicks of unknown codes count too', async () => {
    const address = freshAddress();
    for (const _ of [1, 2, 3])
      expect((await visit(address, 'affid=none&campaign=2001')).status).toBe(404);
    expect((await visit(address)).status).toBe(429);
    expect(await (await volley.as(null).fetch('/metrics')).text()).toMatch(
      /volley_rate_limited_total\{bucket="clicks"\} [1-9]/,
    );
  });
});
