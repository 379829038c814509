import { RateLimiterRedis } from 'rate-limiter-flexible';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { createRateLimit, type RateLimit } from '../../src/access/rate-limit.ts';
import { RateLimitedError } from '../../src/access/rate-limited-error.ts';
import { DEFAULT_RATE_LIMITS } from '../../src/access/rate-limits.ts';
import { closeRedis, connectRedis, type RedisClient } from '../../src/platform/redis.ts';
import type { CreateApiKeyInput } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { makeApp, type TestApp } from '../support/make-app.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { redisServerMissing, startRedisServer } from '../support/redis-server.ts';
import { seedReference } from '../support/seed.ts';
import { askOver, TRANSPORTS } from '../support/transports.ts';

const LIMITS = {
  VOLLEY_RATE_LIMITS: 'queries=1000,mutations=20,subscriptions=20,reports=100,anonymous=10',
  VOLLEY_TRUSTED_PROXIES: '127.0.0.0/8',
};

let volley: TestApp;
let integrationId: string;
let advancedMs = 0;
let names = 0;

beforeAll(async () => {
  volley = await makeApp(LIMITS);
  ({ integrationId } = await seedReference(volley.admin));
});
afterAll(() => volley[Symbol.asyncDispose]());
beforeEach(() => nextMinute());

/** Moves to the beginning of a minute: nobody's points come back while a test runs. */
async function nextMinute(): Promise<void> {
  const ms = 60_000 - ((Date.now() + advancedMs) % 60_000) + 1;
  advancedMs += ms;
  await volley.advance(ms);
}

async function makeKey(changes: Partial<CreateApiKeyInput> = {}): Promise<string> {
  names += 1;
  const input = { name: `key ${names}`, role: 'VIEWER' as const, ...changes };
  const { createApiKey } = await volley.admin.run(CREATE_API_KEY, { input });
  return expectType(createApiKey, 'CreateApiKeyPayload').secret;
}

const query = (fields: number) => `{ viewer { ${'name '.repeat(fields - 1)} } }`;
const STANDING = `query($of: OperationType!) { viewer { rateLimit(of: $of) { limit remaining resetAt } } }`;

describe.each(TRANSPORTS)('over %s', (transport) => {
  const ask = (key: string | null, document: string, headers = {}, url = volley.url) =>
    askOver(transport, { url, key, headers }, { query: document });
  const status = transport === 'WebSocket' ? 'error' : 429;

  test('refuses what a key has no points left for, until the next minute', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    for (const remaining of [700, 400, 100]) {
      const { extensions } = await ask(key, query(300));
      expect(extensions).toEqual({ cost: { requested: 300, limit: 1_000, remaining } });
    }

    const refused = await ask(key, query(300));
    const within = await ask(key, query(100));

    expect(refused).toMatchObject({
      status,
      errors: [
        {
          message: expect.stringMatching(
            /^rate limit: 1000 points a minute for queries of one key, 300 are needed and 100 are left; try again in \d+ s$/,
          ),
          extensions: { code: 'RATE_LIMITED', requested: 300, limit: 1_000, remaining: 100 },
        },
      ],
    });
    expect(refused).not.toHaveProperty('data');
    const seconds = refused.errors?.[0]?.extensions?.retryAfterSeconds as number;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    if (transport !== 'WebSocket') expect(refused.headers.get('retry-after')).toBe(String(seconds));
    expect(within.extensions).toMatchObject({ cost: { remaining: 0 } });
    expect((await ask(other, query(300))).extensions).toMatchObject({ cost: { remaining: 700 } });

    await nextMinute();
    expect((await ask(key, query(300))).extensions).toMatchObject({ cost: { remaining: 700 } });
  });

  test('queries, mutations and starts of subscriptions have points of their own', async () => {
    const key = await makeKey({ role: 'INTEGRATION', integrationId });
    const viewer = await makeKey();
    const mutation = `mutation { recordClick(input: { entryUrl: "x" }) { ${'... on Error { message } '.repeat(49)} } }`;
    const subscription = `subscription { postbackFired { ${'cursor '.repeat(10)} } }`;

    expect((await ask(key, mutation)).extensions).toMatchObject({ cost: { remaining: 50 } });
    expect((await ask(key, mutation)).extensions).toMatchObject({ cost: { remaining: 0 } });
    expect((await ask(key, mutation)).errors?.[0]?.message).toContain('for reports of one key');
    expect((await ask(key, query(10))).extensions).toMatchObject({ cost: { remaining: 990 } });
    if (transport === 'HTTP') return;
    expect((await ask(viewer, subscription)).extensions).toMatchObject({ cost: { remaining: 9 } });
    expect(await ask(viewer, subscription)).toMatchObject({
      status,
      errors: [{ message: expect.stringContaining('starts of subscriptions') }],
    });
    expect((await ask(viewer, query(10))).extensions).toMatchObject({ cost: { remaining: 990 } });
  });

  test('an operation that costs more than there is in a minute is too large, not early', async () => {
    const { errors } = await ask(
      await makeKey(),
      '{ postbacks(first: 100) { nodes { values { raw } } } }',
    );
    expect(errors).toEqual([
      {
        message: expect.stringMatching(/costs \d{4} points, 1000 is all there is a minute/),
        extensions: { code: 'COMPLEXITY_LIMIT' },
      },
    ]);
  });

  test('ADMIN keys have no limit', async () => {
    for (const _ of Array.from({ length: 5 })) {
      const { extensions } = await ask(volley.admin.key, query(399));
      expect(extensions).toEqual({ cost: { requested: 399, limit: 100_000, remaining: null } });
    }
  });

  test('without a key the address pays, and what is refused is paid for too', async () => {
    const from = (address: string, document = '{ __typename }') =>
      ask(null, document, { 'x-forwarded-for': address });
    const network = { HTTP: '198.51.100', SSE: '198.51.101', WebSocket: '198.51.102' }[transport];
    const prefix = { HTTP: '2001:db8:1:1', SSE: '2001:db8:1:2', WebSocket: '2001:db8:1:3' }[
      transport
    ];
    for (const _ of Array.from({ length: 5 })) await from(`${network}.1`);
    for (const host of [':1', ':2', 'a::', 'ffff:1:2:3', ':ffff:5'])
      await from(`${prefix}:${host}`);

    expect(await from(`${network}.1`)).toMatchObject({
      status,
      errors: [{ message: expect.stringContaining('10 points a minute from one address') }],
    });
    expect(await from(`${network}.2`)).toMatchObject({ data: { __typename: 'Query' } });
    expect((await from(`${prefix}:9::`)).status).toBe(status);
    expect((await from(`${network}.3`, '{ nothing }')).errors?.[0]?.message).toContain('nothing');
    expect((await from(`${network}.3`)).status).toBe(status);
    expect((await from(`${network}.4`, `{ ${transport}`)).errors?.[0]?.message).toContain(
      'Syntax Error',
    );
    expect((await from(`${network}.4`)).status).toBe(status);
  });

  test('a key pays for documents that are refused', async () => {
    const key = await makeKey();
    // A document that cannot be parsed is remembered: read once, it costs once.
    const documents = [
      `{ ${transport} {`,
      '{ nothing }',
      query(401),
      'query($first: Int!) { __typename @skip(if: $first) }',
    ];
    for (const document of documents) expect((await ask(key, document)).errors).toBeDefined();
    const { extensions } = await ask(key, query(10));
    expect(extensions).toMatchObject({ cost: { remaining: 1_000 - 100 * documents.length - 10 } });
  });
});

describe('Viewer.rateLimit', () => {
  test.each([
    ['QUERY', 1_000, 997],
    ['MUTATION', 20, 20],
    ['SUBSCRIPTION', 20, 20],
  ])('tells where the key stands: %s', async (of, limit, remaining) => {
    const { data } = await volley.as(await makeKey()).ask(STANDING, { of });
    const now = Date.now() + advancedMs;
    const { rateLimit } = Object(data?.viewer) as { rateLimit: { resetAt: string } };
    expect(rateLimit).toMatchObject({ limit, remaining: of === 'QUERY' ? limit - 5 : remaining });
    expect(new Date(rateLimit.resetAt).getTime()).toBe(Math.ceil(now / 60_000) * 60_000);
  });

  test('is null for an ADMIN key', async () => {
    const { data } = await volley.admin.ask(STANDING, { of: 'QUERY' });
    expect(data).toEqual({ viewer: { rateLimit: null } });
  });
});

describe('reports', () => {
  const bearer = async (key: Promise<string>) => ({ authorization: `Bearer ${await key}` });

  test('/event costs a key ten points', async () => {
    const headers = await bearer(makeKey({ role: 'INTEGRATION', integrationId }));
    const send = () => volley.as(null).fetch('/event?event=Sale', { headers });
    for (const _ of Array.from({ length: 10 })) expect((await send()).status).toBe(200);

    const answer = await send();

    const seconds = Number(answer.headers.get('retry-after'));
    expect([answer.status, seconds > 0, seconds <= 60]).toEqual([429, true, true]);
    expect(await answer.json()).toEqual({
      error: expect.stringContaining('100 points a minute for reports of one key'),
      retryAfterSeconds: seconds,
    });
    const other = await bearer(makeKey({ role: 'INTEGRATION', integrationId }));
    expect((await volley.as(null).fetch('/event?event=Sale', { headers: other })).status).toBe(200);
    expect((await volley.admin.fetch('/event?event=Sale')).status).toBe(200);
  });

  test('/events.csv costs a point a line, told when it is read', async () => {
    const headers = {
      'content-type': 'text/csv',
      ...(await bearer(makeKey({ role: 'INTEGRATION', integrationId }))),
    };
    const body = `clickId,type\n${',Sale\n'.repeat(150)}`;
    const send = () =>
      volley.as(null).fetch('/events.csv?dryRun=true', { method: 'POST', headers, body });
    expect((await send()).status).toBe(200);

    const answer = await send();

    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(await answer.json()).toMatchObject({
      error: expect.stringContaining('rate limit: 100 points'),
    });
    expect((await volley.as(null).fetch('/event?event=Sale', { headers })).status).toBe(429);
  });

  test('recordEvents costs as much as its reports', async () => {
    const cost = async (count: number) => {
      const events = Array.from({ length: count }, () => ({ clickId: '', type: 'Sale' }));
      const document = `mutation($input: RecordEventsInput!) { recordEvents(input: $input) {
        ... on RecordEventsPayload { results { ... on RecordEventPayload { duplicate } } } } }`;
      const answer = await volley.admin.ask(document, { input: { events } });
      return (answer as { extensions?: { cost: { requested: number } } }).extensions?.cost
        .requested;
    };
    expect([await cost(1), await cost(100)]).toEqual([3, 300]);
  });
});

test('limits that are off let everything pass', async () => {
  await using free = await makeApp({ VOLLEY_RATE_LIMITS: '0' });
  const { createApiKey } = await free.admin.run(CREATE_API_KEY, {
    input: { name: 'viewer', role: 'VIEWER' },
  });
  const api = free.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
  const { data } = await api.ask(STANDING, { of: 'QUERY' });
  expect(data).toEqual({ viewer: { rateLimit: null } });
  expect((await free.as(null).ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
});

test('processes share the points of a key', async () => {
  await using other = await volley.another();
  const key = await makeKey();
  await volley.as(key).ask(query(300));
  await volley.as(key).ask(query(300));

  const standing = await eventually(
    async () => {
      const asked = { query: STANDING, variables: { of: 'QUERY' } };
      const { data } = await askOver('HTTP', { url: other.url, key }, asked);
      return (Object(data?.viewer) as { rateLimit: { remaining: number } }).rateLimit.remaining;
    },
    (remaining) => expect(remaining).toBeLessThan(400),
  );
  expect(standing).toBeGreaterThan(0);
  await askOver('HTTP', { url: other.url, key }, { query: query(200) });
  await eventually(
    () => askOver('HTTP', { url: volley.url, key }, { query: query(250) }),
    ({ status }) => expect(status).toBe(429),
  );
});

describe.skipIf(redisServerMissing())('without Redis', () => {
  test.each(['killed', 'frozen'])(
    '%s, the process limits by itself, and nobody waits',
    async (how) => {
      await using redis = await startRedisServer();
      await using alone = await makeApp({ ...LIMITS, REDIS_URL: redis.url, VOLLEY_ROLE: 'api' });
      const { createApiKey } = await alone.admin.run(CREATE_API_KEY, {
        input: { name: 'viewer', role: 'VIEWER' },
      });
      const key = expectType(createApiKey, 'CreateApiKeyPayload').secret;
      await alone.advance(60_000 - (Date.now() % 60_000) + 1);
      const ask = () => askOver('HTTP', { url: alone.url, key }, { query: query(300) });
      expect((await ask()).extensions).toMatchObject({ cost: { remaining: 700 } });

      if (how === 'killed') await redis.stop('SIGKILL');
      else process.kill(redis.pid, 'SIGSTOP');

      const began = performance.now();
      expect((await ask()).extensions).toMatchObject({ cost: { remaining: 400 } });
      expect((await alone.as(key).ask(STANDING, { of: 'QUERY' })).data).toMatchObject({
        viewer: { rateLimit: { remaining: 395 } },
      });
      expect((await ask()).extensions).toMatchObject({ cost: { remaining: 95 } });
      expect((await ask()).status).toBe(429);
      // Far less than the 2 s that a command waits for an answer.
      expect(performance.now() - began).toBeLessThan(1_500);
    },
  );
});

describe('counts in Redis', () => {
  const limits = { ...DEFAULT_RATE_LIMITS, queries: 100 };
  const payer = (id: string) => ({ id, callers: 1 });
  const rethrow = (thrown: unknown) => {
    throw thrown;
  };

  function makeProcess(
    redis: RedisClient,
    keyPrefix: string,
    now = 60_000,
    onFault: (thrown: unknown) => void = rethrow,
    shareSoon = () => {},
  ): RateLimit {
    return createRateLimit({
      limits,
      store: new RateLimiterRedis({ storeClient: redis, keyPrefix, points: 0, duration: 60 }),
      clock: { now: () => new Date(now) },
      shareSoon,
      onRefused: () => {},
      onFault,
    });
  }

  async function sumsUp(redis: RedisClient): Promise<void> {
    const prefix = `test:${Math.random()}`;
    let asked = 0;
    const one = makeProcess(redis, prefix, 60_000, rethrow, () => {
      asked += 1;
    });
    const two = makeProcess(redis, prefix);
    one.take('queries', payer('a'), 5);
    expect(asked).toBe(0);
    one.take('queries', payer('a'), 55);
    expect(asked).toBe(1);
    two.take('queries', payer('a'), 30);
    await one.share();
    await two.share();

    expect(() => two.take('queries', payer('a'), 11)).toThrow(RateLimitedError);
    expect(await one.standing('queries', payer('a'))).toMatchObject({ remaining: 10 });
    expect(two.take('queries', payer('a'), 10)).toMatchObject({ remaining: 0 });
    const later = makeProcess(redis, prefix, 120_000);
    expect(await later.standing('queries', payer('a'))).toMatchObject({ remaining: 100 });
  }

  test('of one Redis, also under a prefix', async () => {
    const redis = await connectRedis(inject('redisUrl'));
    const prefixed = await connectRedis(inject('redisUrl'), { keyPrefix: 'prefixed:' });
    await sumsUp(redis);
    await sumsUp(prefixed);
    await closeRedis(redis);
    await closeRedis(prefixed);
  });

  test.skipIf(redisServerMissing())('of a Redis Cluster', async () => {
    await using cluster = await startRedisCluster();
    const redis = await connectRedis(cluster.url);
    await sumsUp(redis);
    await closeRedis(redis);
  });

  test.skipIf(redisServerMissing())('what it does not take is told once it does', async () => {
    const server = await startRedisServer();
    const redis = await connectRedis(server.url);
    const prefix = `test:${Math.random()}`;
    const faults: unknown[] = [];
    let asked = 0;
    const onFault = (thrown: unknown) => faults.push(thrown);
    const one = makeProcess(redis, prefix, 60_000, onFault, () => {
      asked += 1;
    });
    await server.stop('SIGKILL');
    for (const _ of Array.from({ length: 3 })) {
      one.take('queries', payer('a'), 20);
      asked = 0;
      await one.share();
      expect(asked).toBe(1);
    }
    expect(faults).toHaveLength(1);

    await using _again = await startRedisServer({ port: server.port });
    await eventually(
      () => redis.ping().catch(() => null),
      (pong) => expect(pong).toBe('PONG'),
    );
    await one.share();
    await one.share();

    expect(asked).toBe(1);
    const other = makeProcess(redis, prefix);
    expect(await other.standing('queries', payer('a'))).toMatchObject({ remaining: 40 });
    await closeRedis(redis);
  });

  test('no payer can be made to pay for another', async () => {
    const redis = await connectRedis(inject('redisUrl'));
    const prefix = `test:${Math.random()}`;
    const [one, two] = [makeProcess(redis, prefix), makeProcess(redis, prefix)];
    const ids = ['a', 'a:1', 'a:1:1', ':a', 'queries:a', 'mutations:a', '{a}', 'a\n', 'a ', 'á'];
    for (const [at, id] of ids.entries()) one.take('queries', payer(id), 10 + at);
    await one.share();

    for (const [at, id] of ids.entries()) {
      expect(await two.standing('queries', payer(id))).toMatchObject({ remaining: 90 - at });
    }
    expect(await two.standing('mutations', payer('a'))).toMatchObject({ remaining: 100_000 });
    await closeRedis(redis);
  });
});
