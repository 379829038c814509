import { type AddressInfo, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { RECORD_EVENTS } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

const DEADLINE_MS = 1_000;
const DELAY_MS = 5_000;

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene({ VOLLEY_DEADLINE_SECONDS: '1', VOLLEY_LEASE_SECONDS: '2' });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** A server of bare bytes; what it does with a connection is the test's business. */
async function startRaw(behave: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Makes `count` events of an affiliate whose pixel calls `url`, and lets them come due. */
async function fireAt(url: string, count = 1): Promise<string> {
  const affiliate = await planAt(url, count);
  await scene.advance(DELAY_MS);
  return affiliate;
}

async function planAt(url: string, count: number): Promise<string> {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${url}/?c={clickid}`, maxAttempts: 1 });
  const clickId = await scene.click(entryUrl);
  const events = Array.from({ length: count }, (_, at) => ({
    ...{ clickId, type: 'FirstDeposit', integrationId: scene.integrationId, amount: String(at) },
  }));
  expectType(
    (await scene.admin.run(RECORD_EVENTS, { input: { events } })).recordEvents,
    'RecordEventsPayload',
  );
  return rowIdIn(affiliateId);
}

type Attempt = {
  state: string;
  status_code: number | null;
  error_kind: string | null;
  ms: number;
  body: number;
};

/** What the log says, once everything of an affiliate is decided or held. */
function attemptsOf(affiliate: string, count: number): Promise<Attempt[]> {
  const read = () =>
    scene.sql(`
      SELECT p.state::text, a.status_code, a.error_kind, a.duration_ms AS ms, octet_length(a.response_body) AS body
      FROM postback_attempt a JOIN postback p ON p.id = a.postback_id WHERE p.affiliate_id = '${affiliate}'`);
  return eventually(read as never, (rows: Attempt[]) =>
    expect(rows.length).toBeGreaterThanOrEqual(count),
  );
}

const HEAD = 'HTTP/1.1 200 OK\r\nconnection: close\r\n';

/** Sends a piece again and again until the peer hangs up. */
function drip(socket: Socket, piece: string | Buffer, everyMs: number): void {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.once('close', () => clearInterval(timer));
}

describe('fault 12: slow receivers', () => {
  test.each<[string, (socket: Socket) => void, number | null]>([
    ['takes the connection and says nothing', () => {}, null],
    [
      'drips its headers',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        drip(socket, 'x-a: b\r\n', 50);
      },
      null,
    ],
    [
      'drips its body',
      (socket) => {
        socket.write(`${HEAD}content-length: 100000\r\n\r\n`);
        drip(socket, 'x', 50);
      },
      200,
    ],
  ])(
    'one that %s ends with the deadline, and others are served meanwhile',
    async (_, behave, status) => {
      await using slow = await startRaw(behave);
      await using well = await startReceiver();
      const affiliate = await planAt(slow.url, 1);
      await fireAt(well.url, 50);
      await eventually(
        async () => well.total,
        (total) => expect(total).toBe(50),
      );

      const [attempt] = await attemptsOf(affiliate, 1);
      expect(attempt).toMatchObject({ status_code: status, error_kind: status ? null : 'TIMEOUT' });
      expect(attempt?.ms).toBeGreaterThanOrEqual(DEADLINE_MS - 20);
      expect(attempt?.ms).toBeLessThan(DEADLINE_MS + 500);
    },
  );
});

describe('fault 13: receivers that send too much, or nonsense', () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));

  test.each<[string, (socket: Socket) => void, Partial<Attempt>]>([
    [
      'an endless body',
      (socket) => {
        socket.write(`${HEAD}\r\n`);
        const more = () => {
          while (!socket.destroyed && socket.write('x'.repeat(65_536))) {}
        };
        socket.on('drain', more);
        more();
      },
      { status_code: 200, body: 8_192 },
    ],
    [
      'a gzip bomb',
      (socket) => {
        socket.write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
        socket.end(bomb);
      },
      { status_code: 200 },
    ],
    [
      'headers of 100 kB',
      (socket) => socket.end(`${HEAD}x-big: ${'x'.repeat(100_000)}\r\n\r\n`),
      { error_kind: 'PROTOCOL' },
    ],
    [
      'a flood of 1xx',
      (socket) => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(2_000));
        socket.end(`${HEAD}content-length: 0\r\n\r\n`);
      },
      { status_code: 200 },
    ],
    [
      'noise',
      (socket) => socket.end('\u0000\u0001 hello, who is there?\r\n\r\n'),
      { error_kind: 'PROTOCOL' },
    ],
    [
      'a body that is shorter than announced',
      (socket) => socket.end(`${HEAD}content-length: 50\r\n\r\nshort`),
      { status_code: 200, body: 5 },
    ],
    [
      'NUL and invalid UTF-8',
      (socket) => {
        socket.write(`${HEAD}\r\n`);
        socket.end(Buffer.from([0x61, 0x00, 0xff, 0x62]));
      },
      { status_code: 200, body: 5 },
    ],
  ])('%s', async (_, behave, expected) => {
    await using receiver = await startRaw((socket) => {
      socket.once('data', () => behave(socket));
    });
    const [attempt] = await attemptsOf(await fireAt(receiver.url), 1);

    expect(attempt).toMatchObject(expected);
    expect(attempt?.body ?? 0).toBeLessThanOrEqual(8_192 * 3);
  });

  test('a hundred endless answers at once cost little memory', async () => {
    await using receiver = await startRaw((socket) => {
      socket.once('data', () => {
        socket.write(`${HEAD}\r\n`);
        const more = () => {
          while (!socket.destroyed && socket.write('x'.repeat(16_384))) {}
        };
        socket.on('drain', more);
        more();
      });
    });
    const before = process.memoryUsage().rss;
    const affiliate = await fireAt(receiver.url, 100);
    await attemptsOf(affiliate, 100);
    const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
    console.log(
      `100 endless answers: resident size grew by ${Math.round(grownMiB)} MiB, their sender's included`,
    );

    expect(grownMiB).toBeLessThan(100);
  });
});

test.each([301, 302, 303, 307, 308])('fault 14: a %i leads nowhere', async (status) => {
  let touched = 0;
  await using canary = await startRaw(() => {
    touched += 1;
  });
  const places = [canary.url, 'http://169.254.169.254/latest', 'file:///etc/passwd', '/?again=1'];
  let hits = 0;
  await using receiver = await startRaw((socket) => {
    socket.once('data', () => {
      const location = places[hits % places.length];
      hits += 1;
      socket.end(
        `HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      );
    });
  });
  const attempts = await attemptsOf(await fireAt(receiver.url, places.length), places.length);

  expect(attempts.map((it) => [it.state, it.status_code])).toEqual(
    places.map(() => ['FAILED', status]),
  );
  expect([hits, touched]).toEqual([places.length, 0]);
});

describe('fault 15', () => {
  test('no spelling of an inner address reaches a canary, at save nor at fire', async () => {
    await using strict = await makeScene({ VOLLEY_ALLOW_TARGETS: '' });
    let touched = 0;
    const canaries = [];
    for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
      const server = createServer((socket) => {
        touched += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      canaries.push(server);
    }
    const ports = canaries.map((server) => (server.address() as AddressInfo).port);
    const { affiliateId } = await strict.affiliate();
    const outcomes = new Map<string, string>();
    for (const host of SPELLINGS) {
      for (const port of ports) {
        const url = `http://${host}:${port}/?x={affclickid}`;
        const { data } = await strict.admin.ask(CREATE, { affiliateId, url });
        const made = (data as { createPixel?: { pixel?: { id: string }; message?: string } } | null)
          ?.createPixel;
        if (!made?.pixel) {
          expect(made?.message, host).toMatch(/^url: ./);
          outcomes.set(host, 'refused at save');
          continue;
        }
        const fired = await strict.admin.ask(TEST, { pixelId: made.pixel.id });
        const { errorKind } = (fired.data as never as Fired).testPixel.postback.lastAttempt;
        expect(errorKind, host).toMatch(/^(ADDRESS_REFUSED|DNS|TIMEOUT|CONNECT)$/);
        outcomes.set(host, errorKind);
      }
    }
    for (const server of canaries) await new Promise((resolve) => server.close(resolve));

    expect(touched).toBe(0);
    expect(outcomes.size).toBeGreaterThanOrEqual(30);
  });
});

const CREATE = `mutation ($affiliateId: ID!, $url: String!) {
  createPixel(input: { affiliateId: $affiliateId, triggerEvent: "FirstDeposit", url: $url }) {
    ... on CreatePixelPayload { pixel { id } } ... on Error { message } } }`;

const TEST = `mutation ($pixelId: ID!) { testPixel(input: { pixelId: $pixelId }) {
  ... on TestPixelPayload { postback { lastAttempt { errorKind } } } } }`;

type Fired = { testPixel: { postback: { lastAttempt: { errorKind: string } } } };

/** This machine and its network, as people who want in spell them. */
const SPELLINGS = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
  ],
  ...[
    '127.0.0.1.',
    '127.255.255.254',
    '0',
    '0.0.0.0',
    '0x0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
  ],
  ...['169.254.169.254', '100.64.0.1', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]'],
  ...[
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
  ],
  ...[
    '[2001:0:7f00:1::]',
    '[fc00::1]',
    '[fe80::1]',
    '[fe80::1%25lo]',
    '[ff02::1]',
    'localhost',
    'LOCALHOST.',
  ],
  ...[
    'ip6-localhost',
    'metadata.google.internal',
    'foo.localhost',
    'printer.local',
    'db.internal',
    '①②⑦.⓪.⓪.①',
  ],
  ...[
    '127。0。0。1',
    'user:pw@127.0.0.1',
    'affiliate.example@127.0.0.1',
    '127.0.0.1#@affiliate.example',
  ],
];

test('fault 18: a Retry-After is read or left alone, never believed beyond an hour', async () => {
  const answers = ['0', '1e9', '-5', 'Wed, 21 Oct 2015 07:28:00 GMT', 'soon', '1.5', '7200'];
  await using receiver = await startReceiver();
  const waits: (string | null)[] = [];
  for (const value of answers) {
    const { affiliateId, entryUrl } = await scene.affiliate();
    await scene.pixel(affiliateId, { url: `${receiver.url}/?c={clickid}` });
    receiver.answer({ status: 503, headers: { 'retry-after': value } });
    await scene.event(await scene.click(entryUrl));
    await scene.advance(DELAY_MS);
    const affiliate = rowIdIn(affiliateId);
    await attemptsOf(affiliate, 1);
    const [row] = await scene.sql(`
      SELECT held_reason::text, ceil(extract(epoch FROM held_until - changed_at))::int AS seconds
      FROM destination WHERE affiliate_id = '${affiliate}'`);
    waits.push(row?.held_reason ? `${row.seconds} s` : null);
  }

  expect(waits).toEqual([null, null, null, null, null, '2 s', '3600 s']);
});
