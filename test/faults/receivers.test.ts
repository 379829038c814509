import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { RECORD_EVENTS } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';
import { HEAD, pour, startRaw } from './support/raw-server.ts';

const DELAY_MS = 5_000;

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene({ VOLLEY_DEADLINE_SECONDS: '1', VOLLEY_LEASE_SECONDS: '2' });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** Makes `count` events of an affiliate whose pixel calls `url`, and lets them come due. */
async function fireAt(url: string, count = 1): Promise<string> {
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
  await scene.advance(DELAY_MS);
  return rowIdIn(affiliateId);
}

type Attempt = {
  state: string;
  status_code: number | null;
  error_kind: string | null;
  body: number;
};

/** What the log says, once everything of an affiliate is decided or held. */
function attemptsOf(affiliate: string, count: number): Promise<Attempt[]> {
  const read = () =>
    scene.sql(`
      SELECT p.state::text, a.status_code, a.error_kind, octet_length(a.response_body) AS body
      FROM postback_attempt a JOIN postback p ON p.id = a.postback_id WHERE p.affiliate_id = '${affiliate}'`);
  return eventually(read as never, (rows: Attempt[]) =>
    expect(rows.length).toBeGreaterThanOrEqual(count),
  );
}

describe('fault 13: receivers that send too much, or nonsense', () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));

  test.each<[string, (socket: Socket) => void, Partial<Attempt>]>([
    ['an endless body', (socket) => pour(socket), { status_code: 200, body: 8_192 }],
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
