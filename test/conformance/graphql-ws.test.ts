import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_KEY, makeApp, type TestApp } from '../support/make-app.ts';

let volley: TestApp;
beforeAll(async () => {
  volley = await makeApp();
});
afterAll(() => volley[Symbol.asyncDispose]());

type Message = { type: string; id?: string; payload?: never };

/** A raw socket that keeps messages and the end until a test asks for them. */
async function open(protocol = 'graphql-transport-ws') {
  const url = `${volley.url.replace('http', 'ws')}/graphql`;
  // As a header of its own: ws would end a socket itself whose subprotocol is not confirmed.
  const headers = { 'sec-websocket-protocol': protocol };
  const socket =
    protocol === 'graphql-transport-ws'
      ? new WebSocket(url, protocol)
      : new WebSocket(url, { headers });
  const messages: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else messages.push(message);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  return {
    socket,
    /** The code the server closes with. */
    closed,
    next(): Promise<Message> {
      const message = messages.shift();
      return message ? Promise.resolve(message) : new Promise((resolve) => waiting.push(resolve));
    },
    send: (message: object | string) =>
      socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    subscribe(id: string, query: string) {
      socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query } }));
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

async function openAcknowledged(key: string | null = ADMIN_KEY) {
  const client = await open();
  const payload = key === null ? {} : { authorization: `Bearer ${key}` };
  client.send({ type: 'connection_init', payload });
  expect(await client.next()).toMatchObject({ type: 'connection_ack' });
  return client;
}

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
  ])('closes with 4400 after %s', async (_what, message) => {
    await using client = await openAcknowledged();
    client.send(message);
    expect(await client.closed).toBe(4400);
  });

  test('closes with 4401 when subscribe comes before the acknowledgement', async () => {
    await using client = await open();
    client.subscribe('1', '{ __typename }');
    expect(await client.closed).toBe(4401);
  });

  test('closes with 4408 when connection_init does not come', async () => {
    await using client = await open();
    expect(await client.closed).toBe(4408);
  });

  test('closes with 4409 when an id is in use', async () => {
    await using client = await openAcknowledged();
    client.subscribe('same', LIVE);
    await client.next();
    client.subscribe('same', LIVE);
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
      payload: { data: { __typename: 'Query' } },
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
