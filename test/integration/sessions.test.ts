import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { CreateApiKeyInput } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { CREATE_API_KEY } from '../support/operations.ts';
import { openAcknowledged, openSocket, type RawSocket } from '../support/raw-socket.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';
import { AUDIENCE, ISSUER, sign } from '../support/tokens.ts';

const SECRET = 'a-secret-of-the-tests-with-enough-bytes';
const TOKENS = {
  VOLLEY_JWT_SECRET: SECRET,
  VOLLEY_JWT_ISSUER: ISSUER,
  VOLLEY_JWT_AUDIENCE: AUDIENCE,
};
const LIVE = 'subscription { postbackFired { cursor } }';
const HOUR_MS = 3_600_000;
/** A second is promised; the machine that runs this may be busy with other things. */
const WITHIN_MS = 2_500;

let scene: Scene;
/** The URL of another process on the same stores. */
let otherUrl: string;
let made = 0;

beforeAll(async () => {
  scene = await makeScene(TOKENS);
  otherUrl = (await scene.another({ VOLLEY_ROLE: 'api' })).url;
});
afterAll(() => scene[Symbol.asyncDispose]());

async function makeKey(input: Partial<CreateApiKeyInput> = {}) {
  made += 1;
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, {
    input: { name: `key ${made}`, role: 'VIEWER', ...input },
  });
  const { apiKey, secret } = expectType(createApiKey, 'CreateApiKeyPayload');
  return { id: apiKey.id, secret };
}

async function change(mutation: 'revokeApiKey' | 'rotateApiKey', apiKeyId: string) {
  const query = `mutation { ${mutation}(input: { apiKeyId: "${apiKeyId}" }) { __typename } }`;
  expect((await scene.admin.ask(query)).errors).toBeUndefined();
}

/** A socket with a live subscription, whose first message has come. */
async function watchOver(key: string, url = scene.url): Promise<RawSocket> {
  const socket = await openAcknowledged(url, key);
  socket.subscribe('live', LIVE);
  expect(await socket.next()).toMatchObject({ type: 'next' });
  return socket;
}

/** An SSE stream of a subscription. */
async function streamOver(key: string, url = scene.url) {
  const leave = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query: LIVE }),
    signal: leave.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  /** All that has come when something is in it, or when the stream is over. */
  async function until(part: string): Promise<string> {
    while (!text.includes(part)) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return text;
      text += value;
    }
    return text;
  }
  return {
    until,
    /** The whole text, once the server has ended it. */
    ended: () => until('\0'),
    leave: () => leave.abort(),
  };
}

async function watchBySse(key: string, url = scene.url) {
  const stream = await streamOver(key, url);
  expect(await stream.until('"cursor"')).toContain('event: next');
  return stream;
}

async function sessionsAt(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^volley_sessions (\d+)$/m.exec(metrics)?.[1]);
}

const closesWith = (code: number, reason: RegExp) => ({
  code,
  reason: expect.stringMatching(reason),
});

describe('a key that is revoked', () => {
  test.each([
    ['this process', () => scene.url],
    ['another process', () => otherUrl],
  ])('closes its sockets in %s with 4403, and nobody else’s', async (_where, url) => {
    const { id, secret } = await makeKey();
    const gone = await Promise.all([watchOver(secret, url()), openAcknowledged(url(), secret)]);
    await using other = await watchOver((await makeKey()).secret, url());

    await change('revokeApiKey', id);
    const revokedAt = performance.now();

    for (const socket of gone) {
      expect(await socket.ended).toEqual(closesWith(4403, /^the key was revoked$/));
    }
    expect(performance.now() - revokedAt).toBeLessThan(WITHIN_MS);
    other.send({ type: 'ping' });
    expect(await other.next()).toEqual({ type: 'pong' });
  });

  test.each([
    ['this process', () => scene.url],
    ['another process', () => otherUrl],
  ])('ends its SSE streams in %s, with the reason as the last message', async (_where, url) => {
    const { id, secret } = await makeKey();
    const stream = await watchBySse(secret, url());

    await change('revokeApiKey', id);
    const revokedAt = performance.now();

    const text = await stream.ended();
    expect(performance.now() - revokedAt).toBeLessThan(WITHIN_MS);
    expect(text).toContain(
      '{"errors":[{"message":"The stream ends: the key was revoked.","extensions":{"code":"UNAUTHENTICATED"}}]}',
    );
    expect(text.trimEnd().endsWith('event: complete\ndata:')).toBe(true);
  });

  test('a client that does not answer the close can do nothing more, and is cut', async () => {
    const { affiliateId } = await scene.affiliate();
    const { id, secret } = await makeKey({ role: 'AFFILIATE', affiliateId });
    const socket = await openAcknowledged(scene.url, secret);
    // It reads nothing any more, the close frame included, but goes on sending.
    socket.socket.pause();
    await change('revokeApiKey', id);
    await eventually(
      async () => (await scene.as(secret).fetch('/graphql?query={__typename}')).status,
      (status) => expect(status).toBe(401),
    );
    const before = await sessionsAt(scene.url);
    socket.subscribe(
      'late',
      `mutation { createPixel(input: { affiliateId: "${affiliateId}", triggerEvent: "Sale",
        url: "https://affiliate.example/?late={amount}" }) { __typename } }`,
    );

    await eventually(
      () => sessionsAt(scene.url),
      (count) => expect(count).toBe(before - 1),
    );
    const pixels = await scene.sql(
      `SELECT id FROM pixel WHERE affiliate_id = '${rowIdIn(affiliateId)}'`,
    );
    expect(pixels).toEqual([]);
    socket.socket.terminate();
  });
});

describe('expiry', () => {
  test('of a key ends sockets and streams at its time', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
    await using own = await makeScene(TOKENS);
    const { createApiKey } = await own.admin.run(CREATE_API_KEY, {
      input: { name: 'short', role: 'VIEWER', expiresAt },
    });
    const { secret } = expectType(createApiKey, 'CreateApiKeyPayload');
    await using forever = await openAcknowledged(own.url, ADMIN_KEY);
    const socket = await watchOver(secret, own.url);
    const stream = await watchBySse(secret, own.url);

    await own.advance(HOUR_MS);

    expect(await socket.ended).toEqual(closesWith(4403, /has expired/));
    expect(await stream.ended()).toContain('The stream ends: the key or token has expired.');
    forever.send({ type: 'ping' });
    expect(await forever.next()).toEqual({ type: 'pong' });
  });

  test('of a token too, while PostgreSQL is silent', async () => {
    await using own = await makeScene(TOKENS);
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = await sign(createSecretKey(Buffer.from(SECRET)), { exp });
    const socket = await watchOver(token, own.url);
    const locked = new pg.Client(own.databaseUrl);
    await locked.connect();
    await locked.query('BEGIN; LOCK TABLE api_key, affiliate');

    await own.advance(606_000);

    expect(await socket.ended).toEqual(closesWith(4403, /has expired/));
    await locked.query('ROLLBACK');
    await locked.end();
  });

  test('of a rotated key comes with the end of its overlap', async () => {
    await using own = await makeScene();
    const { createApiKey } = await own.admin.run(CREATE_API_KEY, {
      input: { name: 'rotated', role: 'VIEWER' },
    });
    const { apiKey, secret } = expectType(createApiKey, 'CreateApiKeyPayload');
    const socket = await watchOver(secret, own.url);
    await own.admin.ask(
      `mutation { rotateApiKey(input: { apiKeyId: "${apiKey.id}" }) { __typename } }`,
    );
    await own.advance(23 * HOUR_MS);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });

    await own.advance(HOUR_MS + 1);
    expect(await socket.ended).toEqual(closesWith(4403, /has expired/));
  });
});

describe('rights that change', () => {
  test('a broker that gets somebody below it is sent to connect again, and then sees them', async () => {
    const broker = await scene.affiliate();
    const { secret } = await makeKey({ role: 'AFFILIATE', affiliateId: broker.affiliateId });
    const token = await sign(createSecretKey(Buffer.from(SECRET)), {
      volley_role: 'AFFILIATE',
      volley_affid: broker.affid,
    });
    const outside = await scene.affiliate();
    const unmoved = await makeKey({ role: 'AFFILIATE', affiliateId: outside.affiliateId });
    await using other = await watchOver(unmoved.secret);
    const sockets = await Promise.all([
      watchOver(secret),
      watchOver(secret, otherUrl),
      watchOver(token),
    ]);
    const stream = await watchBySse(secret, otherUrl);

    const below = await scene.affiliate(broker.affiliateId);

    for (const socket of sockets) {
      expect(await socket.ended).toEqual(closesWith(4403, /rights .* have changed: connect again/));
    }
    expect(await stream.ended()).toContain('have changed: connect again');
    for (const [url, credential] of [
      [scene.url, secret],
      [otherUrl, secret],
      [scene.url, token],
    ] as const) {
      await using again = await openAcknowledged(url, credential);
      again.subscribe('1', '{ affiliates { nodes { affid } } }');
      expect(await again.next()).toMatchObject({
        payload: {
          data: { affiliates: { nodes: [{ affid: below.affid }, { affid: broker.affid }] } },
        },
      });
    }
    other.send({ type: 'ping' });
    expect(await other.next()).toEqual({ type: 'pong' });
  });
});

describe('while PostgreSQL does not answer', () => {
  test('sockets and streams stay, and end when it is back', async () => {
    await using own = await makeScene();
    const { createApiKey } = await own.admin.run(CREATE_API_KEY, {
      input: { name: 'x', role: 'VIEWER' },
    });
    const { apiKey, secret } = expectType(createApiKey, 'CreateApiKeyPayload');
    const socket = await watchOver(secret, own.url);
    await own.sql('ALTER TABLE api_key RENAME TO api_key_away');
    const failures = async () => {
      const metrics = await (await fetch(`${own.url}/metrics`)).text();
      return Number(/volley_faults_total\{what="check open keys"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    };
    await eventually(failures, (count) => expect(count).toBeGreaterThan(1));
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });

    await own.sql(`ALTER TABLE api_key_away RENAME TO api_key;
      UPDATE api_key SET revoked_at = now() WHERE id = '${rowIdIn(apiKey.id)}'`);
    expect(await socket.ended).toEqual(closesWith(4403, /revoked/));
  });
});

describe('numbers', () => {
  test('a key has 100 sockets and streams; one more is told so, and one less makes room', async () => {
    const { secret } = await makeKey();
    const sockets = await Promise.all(
      Array.from({ length: 99 }, () => openAcknowledged(scene.url, secret)),
    );
    const stream = await watchBySse(secret);

    await using refused = await openSocket(scene.url);
    refused.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
    expect(await refused.ended).toEqual(closesWith(1013, /has 100 .* open, 100 at most/));
    const second = await streamOver(secret);
    expect(await second.ended()).toMatch(/has 100 .* 100 at most are allowed.*TOO_MANY_STREAMS/);
    // Its own count, and none for ADMIN keys.
    await using other = await openAcknowledged(scene.url, (await makeKey()).secret);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
    const query = await scene.as(secret).ask('{ viewer { role } }');
    expect(query.data?.viewer).toEqual({ role: 'VIEWER' });

    stream.leave();
    await eventually(
      async () => {
        const socket = await openSocket(scene.url);
        socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
        return Promise.race([socket.next().then(({ type }) => type), socket.closed]);
      },
      (answer) => expect(answer).toBe('connection_ack'),
    );
    for (const socket of sockets) socket.socket.terminate();
  });

  test('an ADMIN key has no such number', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 101 }, () => openAcknowledged(scene.url, ADMIN_KEY)),
    );
    for (const socket of sockets) socket.socket.terminate();
  });

  test('an address has 100 anonymous sockets, and those that ask nothing for a minute are closed', async () => {
    await using own = await makeScene();
    const idle = await Promise.all(
      Array.from({ length: 100 }, () => openAcknowledged(own.url, null)),
    );
    await using refused = await openSocket(own.url);
    refused.send({ type: 'connection_init' });
    expect(await refused.ended).toEqual(closesWith(1013, /100 .*without a key open, 100 at most/));
    await using known = await openAcknowledged(own.url, ADMIN_KEY);

    await own.advance(40_000);
    idle[0]?.subscribe('1', '{ __typename }');
    expect(await idle[0]?.next()).toMatchObject({ type: 'next' });
    await own.advance(21_000);

    for (const socket of idle.slice(1)) {
      expect(await socket.ended).toEqual(closesWith(1000, /nothing was asked for 60 s/));
    }
    expect(idle[0]?.socket.readyState).toBe(WebSocket.OPEN);
    expect(known.socket.readyState).toBe(WebSocket.OPEN);
    idle[0]?.socket.terminate();
  });

  test('clients that leave at any moment leave nothing behind', async () => {
    await using own = await makeScene();
    const { createApiKey } = await own.admin.run(CREATE_API_KEY, {
      input: { name: 'x', role: 'VIEWER' },
    });
    const { secret } = expectType(createApiKey, 'CreateApiKeyPayload');
    const init = JSON.stringify({
      type: 'connection_init',
      payload: { authorization: `Bearer ${secret}` },
    });
    const subscribe = JSON.stringify({ type: 'subscribe', id: '1', payload: { query: LIVE } });
    for (let round = 0; round < 60; round += 1) {
      const socket = new WebSocket(`${own.url.replace('http', 'ws')}/graphql`, [
        'graphql-transport-ws',
      ]);
      await once(socket, 'open');
      socket.send(init, () => round % 3 === 0 && socket.terminate());
      if (round % 3 === 1) socket.send(subscribe, () => socket.terminate());
      if (round % 3 === 2) {
        await once(socket, 'message');
        socket.send(subscribe, () => socket.terminate());
      }
      await once(socket, 'close');
    }
    for (let round = 0; round < 10; round += 1) (await watchBySse(secret, own.url)).leave();

    await eventually(
      () => sessionsAt(own.url),
      (count) => expect(count).toBe(0),
    );
    const metrics = await (await fetch(`${own.url}/metrics`)).text();
    expect(metrics).toMatch(/^volley_live_viewers 0$/m);
  });
});
