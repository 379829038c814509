import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';

let volley: TestApp;
/** Behind TLS and for production, with pages on two named origins. */
let named: TestApp;
beforeAll(async () => {
  volley = await makeApp();
  named = await makeApp({
    VOLLEY_ENV: 'production',
    VOLLEY_PUBLIC_URL: 'https://volley.brand.example',
    VOLLEY_CORS_ORIGINS: 'https://app.brand.example,https://other.brand.example',
  });
});
afterAll(async () => {
  await volley[Symbol.asyncDispose]();
  await named[Symbol.asyncDispose]();
});

const LOCAL = 'http://localhost:5173';
const EVIL = 'https://evil.example';
const JSON_TYPE = { 'content-type': 'application/json' };
const BODY = JSON.stringify({ query: '{ __typename }' });
const QUERY = '/graphql?query=%7B__typename%7D';
const KEYED = ['/graphql', '/event', '/events.csv', '/reports/postbacks.csv'];

const ask = (path: string, init: RequestInit = {}, on = volley) => on.as(null).fetch(path, init);

function preflight(path: string, origin: string, on = volley) {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };
  return ask(path, { method: 'OPTIONS', headers }, on);
}

describe('a request that any page could make a browser send', () => {
  test.each([
    ['GET', undefined, {}],
    ['GET', undefined, { accept: 'text/event-stream' }],
    ['POST', 'text/plain', {}],
    ['POST', 'application/x-www-form-urlencoded', {}],
    ['POST', 'multipart/form-data; boundary=x', {}],
    ['POST', '', {}],
  ])('%s of %s is refused in words and executes nothing', async (method, type, more) => {
    const headers = { ...more, ...(type && { 'content-type': type }) };
    const body = method === 'POST' ? Buffer.from(BODY) : null;
    const answer = await ask(QUERY, { method, headers, body });

    const told = (await answer.json()) as { error: string; errors: object[] };
    expect(answer.status).toBe(403);
    expect(told.error).toContain('application/json');
    expect(told.error).toContain('apollo-require-preflight');
    expect(told.errors).toEqual([{ message: told.error, extensions: { code: 'CSRF_PREVENTED' } }]);
  });

  test.each([
    ['a header of Apollo', { 'apollo-require-preflight': 'true' }],
    ['a header of Yoga', { 'x-graphql-yoga-csrf': '1' }],
    ['a key', { authorization: `Bearer ${ADMIN_KEY}` }],
  ])('is answered with %s, which makes the browser ask first', async (_what, headers) => {
    const got = await ask(QUERY, { headers });
    const posted = await ask('/graphql', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'query=%7B__typename%7D',
    });
    for (const answer of [got, posted]) {
      expect([answer.status, await answer.json()]).toMatchObject([
        200,
        { data: { __typename: 'Query' } },
      ]);
    }
  });

  test('is answered as JSON without any of them', async () => {
    const answer = await ask('/graphql', { method: 'POST', headers: JSON_TYPE, body: BODY });
    expect(await answer.json()).toMatchObject({ data: { __typename: 'Query' } });
  });

  test('a stream by GET with a key in its header goes on working', async () => {
    const query = encodeURIComponent('subscription { postbackFired { cursor } }');
    const leave = new AbortController();
    const answer = await volley.admin.fetch(`/graphql?query=${query}`, {
      headers: { accept: 'text/event-stream' },
      signal: leave.signal,
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const first = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/event: next|^:/);
    leave.abort();
  });
});

describe('CORS', () => {
  test.each(KEYED)('a preflight for %s of a listed origin is answered exactly', async (path) => {
    const answer = await preflight(path, 'https://app.brand.example', named);

    expect(answer.status).toBe(204);
    const allowed = path === '/events.csv' ? 'POST' : path.startsWith('/rep') ? 'GET' : 'GET, POST';
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.brand.example',
      'access-control-allow-methods': allowed,
      'access-control-allow-headers':
        'apollo-require-preflight, apollographql-client-name, apollographql-client-version, authorization, content-type, last-event-id, traceparent, x-graphql-yoga-csrf, x-request-id',
      'access-control-max-age': '7200',
      vary: 'origin',
    });
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  test('an answer may be read by a listed origin, with its id and its limits', async () => {
    const headers = { ...JSON_TYPE, origin: 'https://other.brand.example' };
    const answer = await ask('/graphql', { method: 'POST', headers, body: BODY }, named);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://other.brand.example');
    const exposed = answer.headers.get('access-control-expose-headers')?.split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['x-request-id', 'retry-after', 'ratelimit']));
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  test('so may the refusal of one, or nobody could read why', async () => {
    const wrong = { ...JSON_TYPE, origin: LOCAL, authorization: 'Bearer vly_wrong' };
    for (const [path, init] of [
      ['/graphql', { method: 'POST', headers: wrong, body: BODY }],
      ['/graphql', { method: 'POST', headers: { origin: LOCAL, 'content-type': 'text/plain' } }],
      ['/graphql', { method: 'PUT', headers: { origin: LOCAL } }],
      ['/reports/postbacks.csv', { headers: { origin: LOCAL } }],
    ] as const) {
      const answer = await ask(path, init);
      expect(answer.status).toBeGreaterThanOrEqual(401);
      expect(answer.headers.get('access-control-allow-origin')).toBe(LOCAL);
    }
  });

  test.each([...KEYED, '/', '/health', '/metrics', '/click'])(
    'an origin that is not listed gets nothing from %s',
    async (path) => {
      for (const origin of [EVIL, 'null', LOCAL, 'https://app.brand.example.evil.example']) {
        const answers = [await preflight(path, origin, named)];
        answers.push(await ask(path, { headers: { origin } }, named));
        for (const { headers } of answers) {
          const cors = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
          expect(cors).toEqual([]);
        }
      }
    },
  );

  test('in development pages of this machine may ask without any setting', async () => {
    const allowed = async (origin: string) =>
      (await preflight('/graphql', origin)).headers.get('access-control-allow-origin');
    expect(await allowed(LOCAL)).toBe(LOCAL);
    expect(await allowed('http://127.0.0.1:3000')).toBe('http://127.0.0.1:3000');
    expect(await allowed(EVIL)).toBeNull();
    expect(await allowed('http://localhost.evil.example')).toBeNull();
  });

  test('a star lets any page ask, still without credentials', async () => {
    await using open = await makeApp({ VOLLEY_CORS_ORIGINS: '*' });
    const { headers } = await preflight('/graphql', EVIL, open);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    expect(headers.has('vary')).toBe(false);
  });
});

describe('the Origin of a WebSocket', () => {
  async function connect(on: TestApp, headers: Record<string, string>): Promise<unknown> {
    const url = `${on.url.replace('http', 'ws')}/graphql`;
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
    const opened = once(socket, 'open').then(() => 'open');
    const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
      let text = '';
      for await (const piece of response) text += piece;
      return { status: response.statusCode, ...JSON.parse(text) };
    });
    const result = await Promise.race([opened, refused]);
    socket.on('error', () => {}).terminate();
    return result;
  }

  test('may be left out, by programs', async () => {
    expect(await connect(named, {})).toBe('open');
  });

  test('may be a listed one, that of the public address, or that of the host asked', async () => {
    expect(await connect(named, { origin: 'https://app.brand.example' })).toBe('open');
    expect(await connect(named, { origin: 'https://volley.brand.example' })).toBe('open');
    expect(await connect(named, { origin: named.url })).toBe('open');
    expect(await connect(volley, { origin: LOCAL })).toBe('open');
  });

  test.each([
    EVIL,
    'null',
    'https://app.brand.example.evil.example',
    'http://app.brand.example',
    '',
  ])('is 403 in the upgrade for %j', async (origin) => {
    const refused = { status: 403, error: expect.stringContaining('VOLLEY_CORS_ORIGINS') };
    expect(await connect(named, { origin })).toEqual(refused);
  });
});

describe('headers', () => {
  test('every answer is kept by no cache, framed by nobody and guessed by no browser', async () => {
    for (const [path, method] of [
      ['/health', 'GET'],
      ['/metrics', 'GET'],
      ['/', 'GET'],
      ['/nothing', 'GET'],
      ['/graphql', 'DELETE'],
      ['/graphql', 'POST'],
      ['/event', 'GET'],
      ['/click?affid=1&campaign=1', 'GET'],
      ['/events.csv', 'POST'],
      ['/reports/postbacks.csv', 'GET'],
    ] as const) {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${ADMIN_KEY}` };
      const body = path === '/graphql' && method === 'POST' ? BODY : null;
      const answer = await ask(path, { method, headers, body });
      expect(Object.fromEntries(answer.headers), path).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      for (const name of ['server', 'x-powered-by', 'strict-transport-security']) {
        expect(answer.headers.has(name), `${path} ${name}`).toBe(false);
      }
    }
  });

  test('behind https browsers are told to stay there', async () => {
    const answer = await ask('/health', {}, named);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  test('GraphiQL runs the one script it came with, and no other', async () => {
    const answer = await ask('/graphql', { headers: { accept: 'text/html' } });
    const html = await answer.text();

    const policy = answer.headers.get('content-security-policy') ?? '';
    const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(script.length).toBeGreaterThan(1_000_000);
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        `script-src 'sha256-${hash}'`,
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe-eval|\*|https?:/);
    expect(html).not.toContain('\r');
  });

  test('in production there is no page, and a browser is told how to ask', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const answer = await ask('/graphql', { headers: { accept } }, named);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      403,
      'application/json; charset=utf-8',
    ]);
  });
});
