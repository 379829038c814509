import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { Agent } from 'undici';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseNetworks } from '../../src/platform/networks.ts';
import { type GuardOptions, guardedAgent } from '../../src/postbacks/address-guard.ts';
import { outgoingHeaders } from '../../src/postbacks/headers.ts';
import { type SendDeps, type SendRequest, send } from '../../src/postbacks/send.ts';

const LOOPBACK = parseNetworks('127.0.0.1/32');
const NOTHING = parseNetworks('');
const NOW = Date.parse('2026-03-01T12:00:00Z');
/** For receivers that never finish; long enough for a busy machine to get as far as it should. */
const SHORT_MS = 300;

describe('an answer', () => {
  it.each([
    [200, 'OK'],
    [201, '{"ok":true}'],
    [404, 'no such click'],
    [410, 'gone'],
    [500, 'oops'],
  ])('%i is kept with its body', async (status, body) => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(status).end(body);
    });

    expect(await call(url)).toMatchObject({
      statusCode: status,
      errorKind: null,
      message: null,
      responseBody: body,
      retryAfterSeconds: null,
      location: null,
    });
  });

  it('comes to each of 200 calls at once to one host: none waits for the socket of another', async () => {
    const waiting: (() => void)[] = [];
    const { url } = await receiver((_request, response) => {
      waiting.push(() => response.end('OK'));
      if (waiting.length === 200) for (const answer of waiting) answer();
    });
    const dispatcher = agent({ allow: LOOPBACK });
    const calls = Array.from({ length: 200 }, () => call(url, { dispatcher, deadlineMs: 5_000 }));

    for (const result of await Promise.all(calls)) expect(result.statusCode).toBe(200);
  });

  it('204 has no body', async () => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(204).end();
    });

    expect(await call(url)).toMatchObject({ statusCode: 204, responseBody: null });
  });

  it('429 carries Retry-After in seconds', async () => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(429, { 'retry-after': '120' }).end();
    });

    expect(await call(url)).toMatchObject({ statusCode: 429, retryAfterSeconds: 120 });
  });

  it('503 carries Retry-After as a date, counted from now', async () => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(503, { 'retry-after': 'Sun, 01 Mar 2026 12:01:30 GMT' }).end();
    });

    expect(await call(url, { now: () => NOW })).toMatchObject({ retryAfterSeconds: 90 });
  });

  it('302 tells where it points and is never followed', async () => {
    const canary = await receiver((_request, response) => response.end());
    const { url } = await receiver((_request, response) => {
      response.writeHead(302, { location: `${canary.url}/next` }).end('moved');
    });

    const result = await call(url);

    expect(result).toMatchObject({ statusCode: 302, location: `${canary.url}/next` });
    expect(result.responseBody).toBeNull();
    expect(canary.connections()).toBe(0);
  });

  it('103 before it is passed over', async () => {
    const { url } = await rawReceiver((socket) => {
      socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK');
    });

    expect(await call(url)).toMatchObject({ statusCode: 200, responseBody: 'OK' });
  });
});

describe('the request', () => {
  it('carries the postback headers, the path, the query and asks for no compression', async () => {
    const { url, requests } = await receiver((_request, response) => response.end());
    const now = new Date('2026-03-01T12:00:00.900Z');
    const headers = outgoingHeaders({
      postbackId: 'pb_1',
      attempt: 2,
      now,
      secrets: [],
      payload: '',
      version: '1.2.3',
    });

    await call(`${url}/p%20b?c=a%2Bb&d=ü`, {}, { headers });

    expect(requests[0]).toMatchObject({ method: 'GET', url: '/p%20b?c=a%2Bb&d=%C3%BC', body: '' });
    expect(requests[0]?.headers).toEqual({
      host: new URL(url).host,
      connection: 'keep-alive',
      'webhook-id': 'pb_1',
      'webhook-timestamp': '1772366400',
      'webhook-attempt': '2',
      'user-agent': 'Volley/1.2.3',
      'accept-encoding': 'identity',
    });
  });

  it('posts its body', async () => {
    const { url, requests } = await receiver((_request, response) => response.end());
    const headers = { 'content-type': 'application/json' };

    await call(url, {}, { method: 'POST', headers, body: '{"größe":1}' });

    expect(requests[0]).toMatchObject({ method: 'POST', body: '{"größe":1}' });
    expect(requests[0]?.headers).toMatchObject({ ...headers, 'content-length': '13' });
  });

  it('is a bug, not a result, when a header holds a line break', async () => {
    const { url, connections } = await receiver((_request, response) => response.end());

    await expect(call(url, {}, { headers: { 'x-a': 'b\r\nc: d' } })).rejects.toThrow('x-a');
    expect(connections()).toBe(0);
  });

  it.each(['ftp://a.example/', 'not a url', 'https://user:pw@a.example/', '//a.example/'])(
    'is not made for the final URL %s',
    async (url) => {
      expect(await call(url)).toMatchObject({ statusCode: null, errorKind: 'INVALID_URL' });
    },
  );

  it('reuses one connection for one receiver', async () => {
    const { url, connections } = await receiver((_request, response) => response.end('OK'));
    const dispatcher = agent({ allow: LOOPBACK, connections: 1 });

    for (let index = 0; index < 3; index += 1) await call(url, { dispatcher });

    expect(connections()).toBe(1);
  });
});

describe('a broken receiver', () => {
  it('that refuses connections is CONNECT, and its origin is forgotten', async () => {
    const { url, close } = await receiver((_request, response) => response.end());
    await close();
    const dispatcher = agent({ allow: LOOPBACK });

    const result = await call(url, { dispatcher });

    expect(result).toMatchObject({
      statusCode: null,
      errorKind: 'CONNECT',
      message: 'connection refused',
    });
    expect(dispatcher.stats).toEqual({});
  });

  it('that resets before the answer is RESET', async () => {
    const { url } = await rawReceiver((socket) => socket.resetAndDestroy());

    expect(await call(url)).toMatchObject({ statusCode: null, errorKind: 'RESET' });
  });

  it('that hangs up before the answer is RESET', async () => {
    const { url } = await rawReceiver((socket) => socket.end());

    expect(await call(url)).toMatchObject({ statusCode: null, errorKind: 'RESET' });
  });

  it('that hangs up within the headers is RESET', async () => {
    const { url } = await rawReceiver((socket) => socket.end('HTTP/1.1 200 OK\r\nx-a: '));

    expect(await call(url)).toMatchObject({ statusCode: null, errorKind: 'RESET' });
  });

  it.each(['resetAndDestroy', 'destroySoon'] as const)(
    'that breaks off within the body (%s) counts by its status',
    async (hangUp) => {
      const { url } = await rawReceiver((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart', () => socket[hangUp]());
      });

      const result = await call(url);

      expect(result).toMatchObject({ statusCode: 200, errorKind: null, responseBody: 'part' });
      expect(result.message).toContain('the body broke off');
    },
  );

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['an unasked 100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['an upgrade', 'HTTP/1.1 101 Ok\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['huge headers', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(40_000)}\r\n\r\n`],
  ])('that answers with %s is PROTOCOL', async (_name, answer) => {
    const { url } = await rawReceiver((socket) => socket.write(answer));

    expect(await call(url)).toMatchObject({ statusCode: null, errorKind: 'PROTOCOL' });
  });

  it('that drips its headers ends with the deadline and is hung up on', async () => {
    const hungUp = Promise.withResolvers<void>();
    const { url } = await rawReceiver((socket) => {
      socket.on('close', () => hungUp.resolve());
      socket.write('HTTP/1.1 200 OK\r\nx-a: ');
      drip(socket);
    });

    expect(await call(url, { deadlineMs: SHORT_MS })).toMatchObject({
      statusCode: null,
      errorKind: 'TIMEOUT',
      message: 'no answer within 0.3 s',
    });
    await hungUp.promise;
  });

  it('that drips its body ends with the deadline and counts by its status', async () => {
    const { url } = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      drip(socket);
    });

    const result = await call(url, { deadlineMs: SHORT_MS });

    expect(result).toMatchObject({ statusCode: 200, errorKind: null });
    expect(result.responseBody).toMatch(/^x+$/);
    expect(result.message).toBe(
      'answered, but the body broke off: no end of the body within 0.3 s',
    );
  });

  it('that never ends its body is cut at the limit and hung up on', async () => {
    const hungUp = Promise.withResolvers<void>();
    const { url } = await receiver((_request, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('y'.repeat(4_000)));
      };
      response.on('drain', pour).on('close', () => hungUp.resolve());
      pour();
    });

    const result = await call(url);

    expect(result).toMatchObject({ statusCode: 200, errorKind: null, message: null });
    expect(result.responseBody).toBe('y'.repeat(8_192));
    await hungUp.promise;
  });

  it('that announces a huge body still counts by its status', async () => {
    const { url } = await rawReceiver((socket) => {
      const body = 'z'.repeat(100_000);
      socket.write(`HTTP/1.1 500 Oops\r\ncontent-length: 99999999999\r\n\r\n${body}`);
    });

    const result = await call(url, { bodyLimitBytes: 10 });

    expect(result).toMatchObject({ statusCode: 500, responseBody: 'zzzzzzzzzz' });
  });

  it('that sends invalid UTF-8 and NUL is kept as storable text', async () => {
    const bytes = Buffer.concat([Buffer.from('a\0b'), Buffer.from([0xff, 0xc3]), Buffer.from('ü')]);
    const { url } = await receiver((_request, response) => response.end(bytes));

    expect(await call(url)).toMatchObject({ responseBody: 'ab\ufffd\ufffdü' });
  });

  it('whose body is cut inside a character loses that character only', async () => {
    const { url } = await receiver((_request, response) => response.end('aüü'));

    expect(await call(url, { bodyLimitBytes: 4 })).toMatchObject({ responseBody: 'aü' });
  });
});

describe('a call that may not be written any more', () => {
  it('is withdrawn when its connection is there', async () => {
    const { url, port, requests, connections } = await receiver((_request, response) => {
      response.end();
    });
    const answer = Promise.withResolvers<string[]>();
    const dispatcher = agent({ allow: LOOPBACK, resolve: () => answer.promise });
    let isWanted = true;
    const request = { url: `http://receiver.example:${port}`, method: 'GET', headers: {} } as const;

    const sending = send({ ...request, mayWrite: () => isWanted }, { now: Date.now, dispatcher });
    isWanted = false;
    answer.resolve(['127.0.0.1']);

    expect(await sending).toBeNull();
    await call(`${url}/after`, { dispatcher });
    expect(requests.map((it) => it.url)).toEqual(['/after']);
    expect(connections()).toBe(2);
  });

  it('is withdrawn on a connection that was open before', async () => {
    const { url, requests } = await receiver((_request, response) => response.end());
    const dispatcher = agent({ allow: LOOPBACK });
    await call(`${url}/before`, { dispatcher });

    const request = { url, method: 'GET', headers: {}, mayWrite: () => false } as const;
    expect(await send(request, { now: Date.now, dispatcher })).toBeNull();
    await call(`${url}/after`, { dispatcher });

    expect(requests.map((it) => it.url)).toEqual(['/before', '/after']);
  });

  it('that may is written', async () => {
    const { url } = await receiver((_request, response) => response.end());
    let asked = 0;
    const mayWrite = () => {
      asked += 1;
      return true;
    };

    expect(await call(url, {}, { mayWrite })).toMatchObject({ statusCode: 200 });
    expect(asked).toBe(1);
  });
});

describe('the deadline', () => {
  it('ends an attempt that still resolves, and the request is never sent', async () => {
    const { url, port, requests, connections } = await receiver((_request, response) => {
      response.end();
    });
    const answer = Promise.withResolvers<string[]>();
    const dispatcher = agent({ allow: LOOPBACK, resolve: () => answer.promise });

    const late = await call(`http://receiver.example:${port}`, { dispatcher, deadlineMs: 20 });
    const disconnected = once(dispatcher, 'disconnect');
    answer.resolve(['127.0.0.1']);
    await disconnected;
    await call(`${url}/after`);

    expect(late).toMatchObject({ errorKind: 'TIMEOUT', message: 'no connection within 0.02 s' });
    expect(connections()).toBe(2);
    expect(requests.map((request) => request.url)).toEqual(['/after']);
  });

  it('takes an answer that came while this process was held up for longer than that', async () => {
    const { url } = await receiver((_request, response) => {
      response.end('OK');
      // Written before; read when this process goes on.
      setImmediate(() => blockFor(2 * SHORT_MS));
    });

    const result = await call(url, { deadlineMs: SHORT_MS });

    expect(result).toMatchObject({ statusCode: 200, errorKind: null, responseBody: 'OK' });
    expect(result.durationMs).toBeGreaterThan(SHORT_MS);
  });

  it('is over for what would be written only after it, by a process that was held up', async () => {
    const { port, requests } = await receiver((_request, response) => response.end());
    const holdUp = async () => {
      // Until the connection is asked for, and not until anything is heard of it.
      for (let tick = 0; tick < 100; tick += 1) await new Promise<void>(process.nextTick);
      blockFor(2 * SHORT_MS);
    };
    const resolve = async () => {
      void holdUp();
      return ['127.0.0.1'];
    };
    const dispatcher = agent({ allow: LOOPBACK, resolve });
    const disconnected = once(dispatcher, 'disconnect');

    const url = `http://receiver.example:${port}`;
    const result = await call(url, { dispatcher, deadlineMs: SHORT_MS });
    await disconnected;

    expect(result).toMatchObject({ errorKind: 'TIMEOUT', message: 'no connection within 0.3 s' });
    expect(requests).toEqual([]);
  });

  it('counts the wait for a free socket', async () => {
    const started = Promise.withResolvers<void>();
    const { url, requests } = await receiver(() => started.resolve());
    const dispatcher = agent({ allow: LOOPBACK, connections: 1 });
    const stop = new AbortController();

    const first = call(`${url}/first`, { dispatcher, signal: stop.signal });
    await started.promise;
    const second = await call(`${url}/second`, { dispatcher, deadlineMs: 20 });
    stop.abort();

    expect(second).toMatchObject({ statusCode: null, errorKind: 'TIMEOUT' });
    expect(await first).toMatchObject({ statusCode: null, errorKind: 'ABORTED' });
    expect(requests.map((request) => request.url)).toEqual(['/first']);
  });

  it('is not the only end: a signal aborts, also before the start', async () => {
    const { url, connections } = await receiver((_request, response) => response.end());

    const result = await call(url, { signal: AbortSignal.abort() });

    expect(result).toMatchObject({ statusCode: null, errorKind: 'ABORTED' });
    expect(connections()).toBe(0);
  });

  it('is not outlived by a destroyed agent', async () => {
    const { url } = await receiver((_request, response) => response.end());
    const dispatcher = agent({ allow: LOOPBACK });
    await dispatcher.destroy();

    expect(await call(url, { dispatcher })).toMatchObject({ errorKind: 'ABORTED' });
  });
});

describe('the guard', () => {
  it.each([
    'http://127.0.0.1:PORT',
    'http://2130706433:PORT',
    'http://0x7f.1:PORT',
    'http://[::ffff:127.0.0.1]:PORT',
    'http://[::ffff:7f00:1]:PORT',
    'http://[::1]:PORT',
    'http://0:PORT',
    'http://localhost:PORT',
    'http://localhost.:PORT',
    'http://a.localhost:PORT',
  ])('lets nothing through to %s', async (template) => {
    const canary = await receiver((_request, response) => response.end(), '::');
    const url = template.replace('PORT', String(canary.port));

    const result = await call(url, { dispatcher: agent({ allow: NOTHING }) });

    expect(result).toMatchObject({ statusCode: null, errorKind: 'ADDRESS_REFUSED' });
    expect(canary.connections()).toBe(0);
  });

  it.each([
    ['private only', ['10.0.0.1']],
    ['public and private', ['93.184.215.14', '127.0.0.1']],
    ['private and public', ['127.0.0.1', '93.184.215.14']],
    ['public and mapped', ['93.184.215.14', '::ffff:169.254.169.254']],
    ['something that is no address', ['127.1']],
  ])('refuses a name with %s answers and does not tell them', async (_name, answers) => {
    const dispatcher = agent({ allow: NOTHING, resolve: async () => answers });

    const result = await call('http://receiver.example/', { dispatcher });

    expect(result).toMatchObject({
      errorKind: 'ADDRESS_REFUSED',
      message:
        'receiver.example does not lead to public internet addresses only; it may not be called',
    });
    expect(dispatcher.stats).toEqual({});
  });

  it('refuses a public address of this machine', async () => {
    const dispatcher = agent({
      allow: NOTHING,
      resolve: async () => ['93.184.215.14'],
      ownAddresses: () => ['93.184.215.14'],
    });

    expect(await call('http://receiver.example/', { dispatcher })).toMatchObject({
      errorKind: 'ADDRESS_REFUSED',
    });
  });

  it('refuses a denied port behind a name as behind a literal', async () => {
    const dispatcher = agent({ allow: NOTHING, resolve: async () => ['93.184.215.14'] });

    const result = await call('http://receiver.example:6379/', { dispatcher });

    expect(result).toMatchObject({ errorKind: 'ADDRESS_REFUSED' });
    expect(result.message).toContain('port 6379');
  });

  it('connects to the address it checked and does not ask again (rebinding)', async () => {
    const good = await receiver((_request, response) => response.end('good'));
    const evil = await receiver(
      (_request, response) => response.end('evil'),
      '127.0.0.2',
      good.port,
    );
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const resolve = async () => answers.shift() ?? ['127.0.0.2'];
    const dispatcher = agent({ allow: LOOPBACK, connections: 1, resolve });
    const url = `http://receiver.example:${good.port}/`;

    const results = [await call(url, { dispatcher }), await call(url, { dispatcher })];

    expect(results.map((result) => result.responseBody)).toEqual(['good', 'good']);
    expect(good.requests[0]?.headers.host).toBe(`receiver.example:${good.port}`);
    expect(evil.connections()).toBe(0);
  });

  it('checks again for every new connection', async () => {
    const good = await receiver((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end();
    });
    const evil = await receiver((_request, response) => response.end(), '127.0.0.2', good.port);
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const dispatcher = agent({ allow: LOOPBACK, resolve: async () => answers.shift() ?? [] });
    const url = `http://receiver.example:${good.port}/`;

    const results = [await call(url, { dispatcher }), await call(url, { dispatcher })];

    expect(results.map((result) => result.errorKind)).toEqual([null, 'ADDRESS_REFUSED']);
    expect(evil.connections()).toBe(0);
  });

  it('reaches localhost at the loopback address that is allowed', async () => {
    const { port } = await receiver((_request, response) => response.end('OK'));

    expect(await call(`http://localhost:${port}/`)).toMatchObject({ statusCode: 200 });
  });

  it('shares one look-up among connections that open together', async () => {
    const { port } = await receiver((_request, response) => response.end());
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return ['127.0.0.1'];
    };
    const dispatcher = agent({ allow: LOOPBACK, resolve });

    const url = `http://receiver.example:${port}/`;
    await Promise.all(Array.from({ length: 5 }, () => call(url, { dispatcher })));

    expect(asked).toBe(1);
  });

  it.each([
    ['has no such name', () => Promise.reject(new Error('ENOTFOUND receiver.example 10.0.0.53'))],
    ['has no address for it', () => Promise.resolve([])],
    ['never answers', () => new Promise<string[]>(() => {})],
  ])('calls it DNS when the resolver %s', async (_name, resolve) => {
    const dispatcher = agent({ allow: NOTHING, resolve, connectTimeoutMs: 50 });

    expect(await call('http://receiver.example/', { dispatcher })).toMatchObject({
      statusCode: null,
      errorKind: 'DNS',
      message: 'the host name could not be resolved',
    });
  });
});

describe('TLS', () => {
  it('refuses a self-signed certificate', async () => {
    const { port, requests } = await tlsReceiver();
    const dispatcher = agent({ allow: LOOPBACK, resolve: async () => ['127.0.0.1'] });

    const result = await call(`https://receiver.example:${port}/`, { dispatcher });

    expect(result).toMatchObject({
      statusCode: null,
      errorKind: 'TLS_CERTIFICATE',
      message: 'the TLS certificate is not valid (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
    expect(requests).toEqual([]);
  });

  it.each(['receiver.example', 'receiver.example.'])(
    'keeps the name %s in SNI, Host and the certificate check',
    async (host) => {
      const { port, ca, requests } = await tlsReceiver();
      const dispatcher = agent({ allow: LOOPBACK, ca, resolve: async () => ['127.0.0.1'] });

      const result = await call(`https://${host}:${port}/`, { dispatcher });

      expect(result).toMatchObject({ statusCode: 200, responseBody: 'receiver.example' });
      expect(requests[0]?.headers.host).toBe(`${host}:${port}`);
    },
  );

  it.each(['https://other.example:PORT/', 'https://127.0.0.1:PORT/'])(
    'refuses a trusted certificate that does not name %s',
    async (template) => {
      const { port, ca } = await tlsReceiver();
      const dispatcher = agent({ allow: LOOPBACK, ca, resolve: async () => ['127.0.0.1'] });

      const result = await call(template.replace('PORT', String(port)), { dispatcher });

      expect(result).toMatchObject({
        errorKind: 'TLS_CERTIFICATE',
        message: 'the TLS certificate is not valid (ERR_TLS_CERT_ALTNAME_INVALID)',
      });
    },
  );

  it.each([
    ['answers in plain text', (socket: Socket) => socket.write('HTTP/1.1 400 Bad\r\n\r\n')],
    ['hangs up', (socket: Socket) => socket.resetAndDestroy()],
  ])('is TLS when the receiver %s', async (_name, onData) => {
    const { port } = await rawReceiver(onData);

    const result = await call(`https://127.0.0.1:${port}/`);

    expect(result).toMatchObject({ statusCode: null, errorKind: 'TLS' });
  });
});

/** Keeps this process from doing anything else. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

// What a test opened, closed after it in any order.
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

function agent(options: GuardOptions): Agent {
  const made = guardedAgent(options);
  open.push(async () => made.destroyed || made.destroy());
  return made;
}

async function call(url: string, deps: Partial<SendDeps> = {}, request: Partial<SendRequest> = {}) {
  const dispatcher = deps.dispatcher ?? agent({ allow: LOOPBACK });
  const result = await send(
    { url, method: 'GET', headers: {}, ...request },
    { now: Date.now, ...deps, dispatcher },
  );
  if (result === null) throw new Error('it was withdrawn');
  return result;
}

type Seen = {
  method: string | undefined;
  url: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};

async function receiver(answer: RequestListener, host = '127.0.0.1', port = 0) {
  const requests: Seen[] = [];
  const server = createHttpServer(recording(requests, answer));
  return { ...(await listen(server, host, port)), requests };
}

/** Calls `onData` with each connection once its first bytes, normally the request, are there. */
function rawReceiver(onData: (socket: Socket) => unknown) {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => onData(socket));
  });
  return listen(server, '127.0.0.1', 0);
}

/** A receiver with a certificate of its own making for receiver.example; answers with the SNI. */
async function tlsReceiver() {
  const folder = mkdtempSync(join(tmpdir(), 'volley-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = [
    '-subj',
    '/CN=receiver.example',
    '-addext',
    'subjectAltName=DNS:receiver.example',
  ];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...kind, '-days', '2', ...subject, ...files], {
    stdio: 'pipe',
  });

  const requests: Seen[] = [];
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  const answer: RequestListener = (request, response) => {
    response.end((request.socket as TLSSocket & { servername: string }).servername);
  };
  const server = createHttpsServer(pair, recording(requests, answer));
  return { ...(await listen(server, '127.0.0.1', 0)), requests, ca: pair.cert.toString() };
}

function recording(requests: Seen[], answer: RequestListener): RequestListener {
  return async (request, response) => {
    const { method, url, headers } = request;
    const seen: Seen = { method, url, headers, body: '' };
    requests.push(seen);
    for await (const chunk of request.setEncoding('utf8')) seen.body += chunk;
    answer(request, response);
  };
}

async function listen(server: Server, host: string, port: number) {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  await once(server.listen(port, host), 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  open.push(close);
  const bound = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${bound}`, port: bound, connections: () => connections, close };
}

function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}
