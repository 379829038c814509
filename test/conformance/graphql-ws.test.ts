import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';
import {
  openSocket,
  openAcknowledged as openSocketWith,
  type RawSocket,
} from '../support/raw-socket.ts';
import { makeScene } from '../support/scene.ts';
import { AUDIENCE, ISSUER, sign } from '../support/tokens.ts';

const SECRET = 'a-secret-of-the-tests-with-enough-bytes';

let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp({
    VOLLEY_JWT_SECRET: SECRET,
    VOLLEY_JWT_ISSUER: ISSUER,
    VOLLEY_JWT_AUDIENCE: AUDIENCE,
  });
});
afterAll(() => volley[Symbol.asyncDispose]());

const open = (protocol?: string) => openSocket(volley.url, protocol);
const openAcknowledged = (key: string | null = ADMIN_KEY) => openSocketWith(volley.url, key);

type Fired = { data: { postbackFired: { attempt: { number: number } | null } } };

const LIVE = 'subscription { postbackFired { cursor } }';

async function liveViewers(): Promise<string | undefined> {
  const metrics = await (await fetch(`${volley.url}/metrics`)).text();
  return /^volley_live_viewers (\d+)$/m.exec(metrics)?.[1];
}

describe('graphql-transport-ws', () => {
  test('closes a socket of an unknown subprotocol with 4406', async () => {
    await using client = await open('graphql-ws');
    expect(await client.closed).toBe(4406);
  });

  test('acknowledges connection_init', async () => {
    await using client = await open();
    client.send({ type: 'connection_init' });
    expect(await client.next()).toEqual({ type: 'connection_ack' });
  });

  test.each([
    ['invalid JSON', '{"type":'],
    ['an unknown message type', '{"type":"start"}'],
    ['a message that is no object', '[]'],
    ['a subscribe message without a query', '{"type":"subscribe","id":"1","payload":{}}'],
    ['an acknowledgement, which is for servers to send', '{"type":"connection_ack"}'],
    ['a result, which is for servers to send', '{"type":"next","id":"1","payload":{}}'],
    [
      'errors, which are for servers to send',
      '{"id":"1","payload":[{"message":"x"}],"type": "error"}',
    ],
  ])('closes with 4400 after %s, and is no fault of ours', async (_what, message) => {
    const printed = vi.spyOn(console, 'error');
    await using client = await openAcknowledged();
    client.send(message);
    expect(await client.closed).toBe(4400);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  test('closes with 4401 when subscribe comes before the acknowledgement', async () => {
    await using client = await open();
    client.subscribe('1', '{ __typename }');
    expect(await client.closed).toBe(4401);
  });

  test('closes with 4408 when connection_init does not come within 3 s', async () => {
    const began = performance.now();
    await using client = await open();
    expect(await client.closed).toBe(4408);
    const waited = performance.now() - began;
    expect(waited).toBeGreaterThan(2_900);
    expect(waited).toBeLessThan(6_000);
  });

  test.each([
    ['short', 'same'],
    ['as long as a message', 'x'.repeat(100_000)],
    ['of long characters', '\u{1f4a5}'.repeat(100)],
  ])('closes with 4409 when an id is in use that is %s', async (_what, id) => {
    await using client = await openAcknowledged();
    client.subscribe(id, LIVE);
    await client.next();
    client.subscribe(id, LIVE);
    expect(await client.closed).toBe(4409);
  });

  test('closes with 4429 after a second connection_init', async () => {
    await using client = await openAcknowledged();
    client.send({ type: 'connection_init' });
    expect(await client.closed).toBe(4429);
  });

  test('answers ping by pong with the same payload', async () => {
    await using client = await openAcknowledged();
    client.send({ type: 'ping', payload: { beat: 7 } });
    expect(await client.next()).toEqual({ type: 'pong', payload: { beat: 7 } });
  });

  test('answers a query by next and complete', async () => {
    await using client = await openAcknowledged();
    client.subscribe('1', '{ __typename }');
    expect(await client.next()).toEqual({
      id: '1',
      type: 'next',
      payload: {
        data: { __typename: 'Query' },
        extensions: { cost: { requested: 1, limit: 100_000, remaining: null } },
      },
    });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
  });

  test.each([
    ['a document that is not valid', '{ nothing }', /nothing/],
    ['a syntax error', '{ viewer {', /Syntax Error/],
    ['an empty document', '', /Syntax Error/],
  ])('answers %s by error and keeps the socket', async (_what, query, message) => {
    await using client = await openAcknowledged();
    client.subscribe('1', query);
    expect(await client.next()).toEqual({
      id: '1',
      type: 'error',
      payload: [expect.objectContaining({ message: expect.stringMatching(message) })],
    });
    client.subscribe('2', '{ __typename }');
    expect(await client.next()).toMatchObject({ id: '2', type: 'next' });
  });

  test('complete of the client ends the stream, and its id can be used again', async () => {
    await using client = await openAcknowledged();
    client.subscribe('1', LIVE);
    expect(await client.next()).toMatchObject({ id: '1', type: 'next' });

    client.send({ type: 'complete', id: '1' });
    await expect.poll(liveViewers).toBe('0');

    client.subscribe('1', '{ __typename }');
    expect(await client.next()).toMatchObject({ payload: { data: { __typename: 'Query' } } });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
  });
});

describe('beyond the protocol', () => {
  test.each([
    ['an unknown key', { authorization: 'Bearer vly_unknown_key' }],
    ['a header of another form', { authorization: 'Basic YTpi' }],
    ['a key that is no text', { authorization: 42 }],
    ['a key under the other spelling', { Authorization: 'Bearer vly_unknown_key' }],
  ])('closes with 4403 for %s', async (_what, payload) => {
    await using client = await open();
    client.send({ type: 'connection_init', payload });
    expect(await client.closed).toBe(4403);
  });

  test('answers UNAUTHENTICATED to a subscription without a key and opens no stream', async () => {
    await using client = await openAcknowledged(null);
    client.subscribe('1', LIVE);
    expect(await client.next()).toMatchObject({
      id: '1',
      payload: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    expect(await liveViewers()).toBe('0');
  });

  test('a message over 256 KiB ends its own socket and no other', async () => {
    await using other = await openAcknowledged();
    await using client = await openAcknowledged();
    const padding = (bytes: number) => {
      const empty = JSON.stringify({ type: 'ping', payload: { padding: '' } });
      const filled = 'x'.repeat(bytes - empty.length);
      return JSON.stringify({ type: 'ping', payload: { padding: filled } });
    };

    client.send(padding(256 * 1024));
    expect(await client.next()).toMatchObject({ type: 'pong' });
    client.send(padding(256 * 1024 + 1));

    expect(await client.closed).toBe(1009);
    other.subscribe('1', '{ __typename }');
    expect(await other.next()).toMatchObject({ type: 'next' });
  });

  test('50 operations are under way on one socket; one more is an error, and the socket lives', async () => {
    await using client = await openAcknowledged();
    for (let number = 1; number <= 50; number += 1) {
      client.subscribe(`live ${number}`, LIVE);
      expect(await client.next()).toMatchObject({ id: `live ${number}`, type: 'next' });
    }

    client.subscribe('too many', LIVE);
    expect(await client.next()).toMatchObject({
      id: 'too many',
      type: 'error',
      payload: [
        {
          message: 'This socket has 50 operations under way, 50 at most are allowed.',
          extensions: { code: 'TOO_MANY_STREAMS' },
        },
      ],
    });

    client.send({ type: 'complete', id: 'live 7' });
    await expect.poll(liveViewers).toBe('49');
    client.subscribe('room again', LIVE);
    expect(await client.next()).toMatchObject({ id: 'room again', type: 'next' });
  });

  test('a token that expires closes its socket with 4403', async () => {
    const key = createSecretKey(Buffer.from(SECRET));
    const exp = Math.floor(Date.now() / 1000) + 60;
    await using client = await openAcknowledged(await sign(key, { exp }));
    client.subscribe('1', LIVE);
    expect(await client.next()).toMatchObject({ type: 'next' });

    await volley.advance(66_000);

    expect(await client.ended).toEqual({ code: 4403, reason: 'the key or token has expired' });
  });

  test('a slow reader holds up nobody, and gets every message once when it goes on', async () => {
    await using scene = await makeScene();
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, {});
    await scene.event(await scene.click(entryUrl));
    const query = 'subscription { postbackFired { attempt { number responseBody } } }';
    const watch = async () => {
      const client = await openSocketWith(scene.url, ADMIN_KEY);
      client.subscribe('1', query);
      expect(await client.next()).toMatchObject({ payload: { data: { postbackFired: {} } } });
      return client;
    };
    await using slow = await watch();
    await using quick = await watch();
    const take = async (client: RawSocket) => {
      const numbers: number[] = [];
      while (numbers.length < 200) {
        const { payload } = (await client.next()) as unknown as { payload: Fired };
        const { attempt } = payload.data.postbackFired;
        if (attempt) numbers.push(attempt.number);
      }
      return numbers;
    };

    slow.socket.pause();
    // 20 MB: much more than the buffers of a connection hold.
    await scene.sql(`INSERT INTO postback_attempt
      (postback_id, number, started_at, duration_ms, final_url, response_body, superseded)
      SELECT id, n, now(), 1, 'https://affiliate.example/', repeat('x', 100000), true
      FROM postback, generate_series(1, 200) n`);
    const expected = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(await take(quick)).toEqual(expected);
    slow.socket.resume();

    expect(await take(slow)).toEqual(expected);
  });

  test('a client that asks on and on without reading the answers is cut, and no other', async () => {
    const printed = vi.spyOn(console, 'error');
    await using other = await openAcknowledged();
    await using client = await openAcknowledged();
    const ping = JSON.stringify({ type: 'ping', payload: { padding: 'x'.repeat(250_000) } });
    client.socket.on('error', () => {});
    client.socket.pause();
    let sent = 0;
    const pinging = setInterval(() => {
      if (client.socket.bufferedAmount > 1_000_000) return;
      client.socket.send(ping);
      sent += ping.length;
    }, 1);
    try {
      expect(await client.closed).toBe(1006);
    } finally {
      clearInterval(pinging);
    }
    // 16 MiB and what fits into the buffers of the connection; the unanswered ping would end it later.
    expect(sent).toBeLessThan(64_000_000);

    other.subscribe('1', '{ __typename }');
    expect(await other.next()).toMatchObject({ type: 'next' });
    // Nor does it fill the log of the service with what could not be sent.
    expect(printed).not.toHaveBeenCalled();
  });

  test.each(['/', '/graphql/', '/click', '/monitor'])(
    'answers an upgrade at %s by 404',
    async (path) => {
      const upgrade = request(`${volley.url}${path}`, {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        },
      }).end();
      const [response] = await once(upgrade, 'response');
      response.resume();
      expect(response.statusCode).toBe(404);
    },
  );

  test.each(['/graphql', '/nope'])(
    'a client that resets its connection in the upgrade at %s harms nobody',
    async (path) => {
      const { hostname, port } = new URL(volley.url);
      for (let round = 0; round < 20; round += 1) {
        const socket = connect(Number(port), hostname);
        await once(socket, 'connect');
        const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
        const head = `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${key}`;
        socket.write(`${head}\r\n\r\n`, () => socket.resetAndDestroy());
        await once(socket, 'close');
      }

      expect((await volley.as(null).fetch('/health')).status).toBe(200);
    },
  );

  test('faults of the service are not told to the client', async () => {
    await using broken = await makeApp();
    await broken.sql('ALTER TABLE api_key RENAME TO api_key_away');
    const socket = new WebSocket(
      `${broken.url.replace('http', 'ws')}/graphql`,
      'graphql-transport-ws',
    );
    await once(socket, 'open');
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer x' } }),
    );
    const [code, reason] = await once(socket, 'close');
    expect({ code, reason: String(reason) }).toEqual({
      code: 4500,
      reason: 'Volley cannot answer this now.',
    });
  });
});
