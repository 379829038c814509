import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EchoRequest } from '../../src/echo/receive-echo.ts';
import { createLog } from '../../src/platform/log.ts';
import { guardedAgent } from '../../src/postbacks/address-guard.ts';
import { answerOwnEchoes } from '../../src/postbacks/own-echo.ts';
import { send } from '../../src/postbacks/send.ts';
import { openDatabase } from '../../src/store/database.ts';
import { dropOldEchoCalls } from '../../src/store/echo.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { subscribe } from '../support/live-client.ts';
import {
  CREATE_API_KEY,
  CREATE_ECHO_RECEIVER,
  CREATE_PIXEL,
  DELETE_ECHO_RECEIVER,
  ECHO_CALLS,
  ECHO_RECEIVED,
  TEST_PIXEL,
} from '../support/operations.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let scene: Scene;

beforeAll(async () => {
  // No network is opened: what a pixel may call of this machine is what the guard lets through by itself.
  scene = await makeScene({ VOLLEY_ALLOW_TARGETS: '', VOLLEY_RATE_LIMITS: 'echoes=20' });
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** The client that postbacks are sent with, on receivers that answer nothing but what they were asked for. */
function sendTo(url: string, deadlineMs = 10_000, mayWrite = () => true) {
  const arrived: EchoRequest[] = [];
  const receive = async (request: EchoRequest) => {
    arrived.push(request);
    return { status: 200, headers: {}, body: 'taken', delayMs: url.includes('slow') ? 10_000 : 0 };
  };
  const agent = guardedAgent({ allow: [] });
  const dispatcher = agent.compose(answerOwnEchoes({ publicUrl: () => scene.url, receive }));
  const request = {
    url,
    method: 'POST' as const,
    headers: { 'x-sent': '1' },
    body: 'sum=50',
    mayWrite,
  };
  const sent = send(request, { dispatcher, now: () => performance.now(), deadlineMs });
  return sent.then((result) => ({ result, arrived })).finally(() => agent.destroy());
}

/** An affiliate with an echo receiver. */
async function ready() {
  const affiliate = await scene.affiliate();
  const input = { affiliateId: affiliate.affiliateId };
  const { createEchoReceiver } = await scene.admin.run(CREATE_ECHO_RECEIVER, { input });
  const { echoReceiver } = expectType(createEchoReceiver, 'CreateEchoReceiverPayload');
  return { ...affiliate, ...echoReceiver };
}

async function keyOf(affiliateId: string) {
  const input = { name: 'theirs', role: 'AFFILIATE' as const, affiliateId };
  const { createApiKey } = await scene.admin.run(CREATE_API_KEY, { input });
  return scene.as(expectType(createApiKey, 'CreateApiKeyPayload').secret);
}

async function callsOf(id: string, first = 20, api = scene.admin) {
  const { node } = await api.run(ECHO_CALLS, { id, first });
  return node && 'calls' in node ? node.calls.nodes : null;
}

describe('what arrives', () => {
  test('is recorded as it came, and answered', async () => {
    const { id, url } = await ready();
    const sent = await fetch(`${url}/pb/%2e%2e/x?sum=50&name=%C3%A9+b`, {
      method: 'POST',
      headers: {
        'x-sent': 'one',
        authorization: 'Bearer of-secrets',
        cookie: 'session=of-secrets',
      },
      body: 'amount=50€',
    });
    expect([sent.status, await sent.json()]).toEqual([200, { received: true }]);

    const [call] = (await callsOf(id)) ?? [];
    expect(call).toMatchObject({
      ...{ method: 'POST', query: 'sum=50&name=%C3%A9+b', body: 'amount=50€', bodyBytes: 12 },
      ...{ bodyCut: false, headersCut: false, address: '127.0.0.1', status: 200 },
    });
    const headers = Object.fromEntries(call?.headers.map(({ name, value }) => [name, value]) ?? []);
    expect(headers).toMatchObject({
      ...{ 'x-sent': 'one', authorization: '(not recorded)', cookie: '(not recorded)' },
    });
    expect(JSON.stringify(await scene.sql('SELECT * FROM echo_call'))).not.toContain('of-secrets');
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])(
    'by %s as well',
    async (method) => {
      const { id, url } = await ready();
      const request = httpRequest(`${url}/a//b/../c?x`, {
        method,
        path: `${new URL(url).pathname}/a//b/../c?x`,
      });
      request.end();
      const [response] = await once(request, 'response');
      response.resume();
      expect(response.statusCode).toBe(200);
      expect(await callsOf(id)).toMatchObject([{ method, path: '/a//b/../c', query: 'x' }]);
    },
  );

  test('of a long body the first 16 KiB are kept, and that it was longer is told', async () => {
    const { id, url } = await ready();
    await fetch(url, { method: 'POST', body: 'x'.repeat(16 * 1024) });
    await fetch(url, { method: 'POST', body: 'x'.repeat(16 * 1024 + 1) });

    const [cut, whole] = (await callsOf(id)) ?? [];
    expect([whole?.body?.length, whole?.bodyBytes, whole?.bodyCut]).toEqual([
      16_384,
      16_384,
      false,
    ]);
    expect([cut?.body?.length, cut?.bodyBytes, cut?.bodyCut]).toEqual([16_384, 16_385, true]);
    const tooLarge = await fetch(url, { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024 + 1) });
    expect(tooLarge.status).toBe(413);
    expect(await callsOf(id)).toHaveLength(2);
  });

  test('a query of more than 16 KiB is refused with the number, and not recorded', async () => {
    const { id, url } = await ready();
    const response = await fetch(`${url}?${'x'.repeat(16_385)}`);
    expect([response.status, await response.json()]).toEqual([
      414,
      { error: 'path and query may have 16384 characters each; they had 0 and 16385' },
    ]);
    expect(await callsOf(id)).toEqual([]);
  });

  test('is answered as the query wishes', async () => {
    const { id, url } = await ready();
    const startedAt = performance.now();
    expect((await fetch(`${url}?__status=503&__delayMs=300`)).status).toBe(503);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(299);
    const empty = await fetch(`${url}?__status=204`);
    expect([empty.status, await empty.text()]).toEqual([204, '']);
    const bad = await fetch(`${url}?__status=99`);
    expect([bad.status, await bad.json()]).toEqual([
      400,
      { error: '__status must be 200 to 599; it was "99"' },
    ]);
    expect((await callsOf(id))?.map(({ status }) => status)).toEqual([400, 204, 503]);
  });
});

describe('bounds', () => {
  test('a wrong token is 404 after the same statement, whatever is wrong with it', async () => {
    const { url } = await ready();
    const wrong = url.slice(0, -1) + (url.endsWith('0') ? '1' : '0');
    for (const target of [wrong, `${scene.url}/echo/`, `${scene.url}/echo/admin`, `${url}0`]) {
      const response = await fetch(target, { method: 'POST', body: 'x' });
      expect([target, response.status, await response.json()]).toEqual([
        target,
        404,
        { error: 'there is no echo receiver here' },
      ]);
    }
  });

  test('the newest 100 are kept', async () => {
    const { id, url } = await ready();
    const row = rowIdIn(id);
    await scene.sql(`
      INSERT INTO echo_call (id, receiver_id, method, path, query, headers, headers_cut, body_bytes, status, received_at)
      SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '${row}', 'GET', '/' || n, '', '[]', false, 0, 200,
        volley_now() FROM generate_series(1, 120) n`);
    await fetch(`${url}/newest`);
    const rows = await scene.sql(
      `SELECT path FROM echo_call WHERE receiver_id = '${row}' ORDER BY id`,
    );
    expect([rows.length, rows[0]?.path, rows.at(-1)?.path]).toEqual([100, '/22', '/newest']);
  });

  test('what is older than a day is not shown, and goes with the next call', async () => {
    const { id, url } = await ready();
    await fetch(`${url}/old`);
    const row = rowIdIn(id);
    await scene.sql(
      `UPDATE echo_call SET received_at = volley_now() - interval '24 hours 1 second' WHERE receiver_id = '${row}'`,
    );
    expect(await callsOf(id)).toEqual([]);
    await fetch(`${url}/new`);
    const rows = await scene.sql(`SELECT path FROM echo_call WHERE receiver_id = '${row}'`);
    expect(rows).toEqual([{ path: '/new' }]);
  });

  test('what is older than a day goes from time to time also where nobody calls any more', async () => {
    const { id, url } = await ready();
    for (const path of ['old', 'new']) await fetch(`${url}/${path}`);
    const ofReceiver = `FROM echo_call WHERE receiver_id = '${rowIdIn(id)}'`;
    await scene.sql(
      `UPDATE echo_call SET received_at = volley_now() - interval '24 hours 1 second'
       WHERE id = (SELECT min(id::text)::uuid ${ofReceiver})`,
    );

    await using database = openDatabase(scene.databaseUrl, createLog('silent'));

    expect(await dropOldEchoCalls(database.sql)).toBe(1);

    expect(await scene.sql(`SELECT path ${ofReceiver}`)).toEqual([{ path: '/new' }]);
    expect(await dropOldEchoCalls(database.sql)).toBe(0);
  });

  test('a receiver takes so many calls a minute, and says when it takes more', async () => {
    const { id, url } = await ready();
    const other = await ready();
    const answers = [];
    for (let n = 0; n < 21; n += 1) answers.push(await fetch(url));
    // A minute may have begun in between.
    if (answers.at(-1)?.status === 200) {
      while (answers.at(-1)?.status === 200 && answers.length < 42) answers.push(await fetch(url));
    }
    const last = answers.at(-1) as Response;
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await last.json()).toMatchObject({
      error: expect.stringMatching(/20 calls a minute at one echo receiver/),
    });
    expect((await callsOf(id, 100))?.length).toBe(answers.length - 1);
    expect((await fetch(other.url)).status).toBe(200);
  });
});

describe('who makes and sees one', () => {
  test('an affiliate has one: asked again it is the same, also by many at once', async () => {
    const { affiliateId, affid } = await scene.affiliate();
    const own = await keyOf(affiliateId);
    const made = await Promise.all(
      Array.from({ length: 8 }, () => own.run(CREATE_ECHO_RECEIVER, { input: { affiliateId } })),
    );
    const receivers = made.map(
      ({ createEchoReceiver }) =>
        expectType(createEchoReceiver, 'CreateEchoReceiverPayload').echoReceiver,
    );
    expect(new Set(receivers.map(({ url }) => url)).size).toBe(1);
    expect(receivers[0]).toMatchObject({
      url: expect.stringMatching(new RegExp(`^${scene.url}/echo/[0-9a-f]{32}$`)),
      affiliate: { affid },
    });
  });

  test('deleted, its URL answers 404, its calls are gone, and the next one has another URL', async () => {
    const { affiliateId, affid, id, url } = await ready();
    const own = await keyOf(affiliateId);
    await fetch(url);
    const { deleteEchoReceiver } = await own.run(DELETE_ECHO_RECEIVER, {
      input: { echoReceiverId: id },
    });
    expect(deleteEchoReceiver).toMatchObject({ affiliate: { affid, echoReceiver: null } });
    expect((await fetch(url)).status).toBe(404);
    expect(await callsOf(id)).toBeNull();
    const rows = await scene.sql(`SELECT 1 FROM echo_call WHERE receiver_id = '${rowIdIn(id)}'`);
    expect(rows).toEqual([]);
    const { createEchoReceiver } = await own.run(CREATE_ECHO_RECEIVER, { input: { affiliateId } });
    const next = expectType(createEchoReceiver, 'CreateEchoReceiverPayload').echoReceiver;
    expect(next.url).not.toBe(url);
    const { deleteEchoReceiver: again } = await own.run(DELETE_ECHO_RECEIVER, {
      input: { echoReceiverId: id },
    });
    expectType(again, 'NotFoundError');
  });

  test('another affiliate neither makes, sees, watches nor deletes it', async () => {
    const { affiliateId, affid, id, url } = await ready();
    const { affiliateId: stranger } = await scene.affiliate();
    const other = await keyOf(stranger);
    await fetch(url);
    const made = await other.run(CREATE_ECHO_RECEIVER, { input: { affiliateId } });
    expectType(made.createEchoReceiver, 'NotFoundError');
    const gone = await other.run(DELETE_ECHO_RECEIVER, { input: { echoReceiverId: id } });
    expectType(gone.deleteEchoReceiver, 'NotFoundError');
    expect(await callsOf(id, 20, other)).toBeNull();
    const [call] = (await callsOf(id)) ?? [];
    const { data } = await other.ask('query ($id: ID!) { node(id: $id) { id } }', { id: call?.id });
    expect(data?.node).toBeNull();
    expect(
      (await other.ask(`{ affiliate(affid: "${affid}") { echoReceiver { url } } }`)).data,
    ).toEqual({
      affiliate: null,
    });
    await using live = subscribe(scene.url, other.key, ECHO_RECEIVED, { echoReceiverId: id });
    await expect(live.next()).rejects.toThrow(/Nothing has this echoReceiverId/);
  });
});

describe('live', () => {
  test('calls come as they arrive, those of no other receiver, and are resumed behind a cursor', async () => {
    const { id, url, affiliateId } = await ready();
    const other = await ready();
    const { key } = await keyOf(affiliateId);
    await using live = subscribe(scene.url, key, ECHO_RECEIVED, { echoReceiverId: id });
    const first = (await live.next()).echoReceived;
    expect(first).toMatchObject({ call: null, gap: null });

    await fetch(`${other.url}/theirs`);
    await fetch(`${url}/one?__status=500`);
    await fetch(`${url}/two`, { method: 'POST', body: 'sum=50' });
    const one = (await live.next()).echoReceived;
    const two = (await live.next()).echoReceived;
    expect(one.call).toMatchObject({ method: 'GET', path: '/one', status: 500 });
    expect(two.call).toMatchObject({ method: 'POST', path: '/two', body: 'sum=50', status: 200 });

    const after = one.cursor;
    await using resumed = subscribe(scene.url, key, ECHO_RECEIVED, { echoReceiverId: id, after });
    expect((await resumed.next()).echoReceived.call).toBeNull();
    expect((await resumed.next()).echoReceived.call).toMatchObject({ path: '/two' });
  });
});

describe('the client of postbacks', () => {
  const path = `/echo/${'0'.repeat(32)}`;

  test('hands a call to a receiver over in this process', async () => {
    const { result, arrived } = await sendTo(`${scene.url}${path}/x?sum=50`);
    expect(result).toMatchObject({ statusCode: 200, errorKind: null, responseBody: 'taken' });
    expect(arrived).toMatchObject([
      {
        ...{ method: 'POST', address: null, bodyBytes: 6, bodyStart: Buffer.from('sum=50') },
        target: { token: '0'.repeat(32), path: '/x', query: 'sum=50' },
        headers: expect.arrayContaining([{ name: 'x-sent', value: '1' }]),
      },
    ]);
  });

  test('hands no call over that was withdrawn', async () => {
    const { result, arrived } = await sendTo(`${scene.url}${path}/x`, 10_000, () => false);
    expect(result).toBeNull();
    expect(arrived).toEqual([]);
  });

  test('gives up a call whose answer is put off beyond its deadline', async () => {
    const { result, arrived } = await sendTo(`${scene.url}${path}/slow`, 50);
    expect(result).toMatchObject({ statusCode: null, errorKind: 'TIMEOUT' });
    expect(arrived).toHaveLength(1);
  });

  test.each([
    [`${path}/../../graphql`],
    [`${path}/%2e%2E/%2e./event`],
    [`${path}\\..\\..\\graphql`],
    [`${path}/.\t./..\n/metrics`],
    [`/graphql?${path}`],
    [`/graphql#${path}`],
    [`//127.0.0.1${path}/../../graphql`],
  ])('has the guard decide about every other path of the own origin: %j', async (other) => {
    const { result, arrived } = await sendTo(`${scene.url}${other}`);
    expect(result).toMatchObject({ statusCode: null, errorKind: 'ADDRESS_REFUSED' });
    expect(arrived).toEqual([]);
  });
});

describe('Volley’s own calls', () => {
  /** A pixel on the affiliate's own receiver, saved by its own key. */
  async function pixelAt(affiliateId: string, url: string) {
    const input = { affiliateId, url, triggerEvent: 'FirstDeposit' };
    return (await (await keyOf(affiliateId)).run(CREATE_PIXEL, { input })).createPixel;
  }

  test('a pixel on the own receiver is saved, fired and seen, although loopback is forbidden', async () => {
    const { affiliateId, entryUrl, id, url } = await ready();
    const template = `${url}/pb?id={affclickid}&sum={amount}`;
    expectType(await pixelAt(affiliateId, template), 'CreatePixelPayload');
    await scene.event(await scene.click(entryUrl));
    await scene.advance(5_000);
    await eventually(
      () => scene.postbacks(affiliateId),
      (rows) => expect(rows).toMatchObject([{ status: 'DELIVERED' }]),
    );

    const [postback] = await scene.postbacks(affiliateId);
    const [call] = (await callsOf(id)) ?? [];
    expect(call).toMatchObject({
      ...{ method: 'GET', path: '/pb', query: 'id=1122223444455565666&sum=50' },
      ...{ address: null, status: 200 },
    });
    const names = call?.headers.map(({ name }) => name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['host', 'user-agent', 'webhook-id']));
    expect(postback).toMatchObject({ finalUrl: `${url}/pb?id=1122223444455565666&sum=50` });
  });

  test('what it is asked to answer is the outcome of the attempt', async () => {
    const { affiliateId, entryUrl, url } = await ready();
    const clickId = await scene.click(entryUrl);
    const made = expectType(
      await pixelAt(affiliateId, `${url}?__status={amount}&__delayMs=10`),
      'CreatePixelPayload',
    );
    const { testPixel } = await scene.admin.run(TEST_PIXEL, {
      input: { pixelId: made.pixel.id, clickId },
    });
    const { postback } = expectType(testPixel, 'TestPixelPayload');
    expect(postback.lastAttempt).toMatchObject({
      statusCode: 400,
      responseBody: expect.stringContaining('__status must be 200 to 599'),
    });
  });

  test.each([
    ['/graphql?x={amount}'],
    ['/event?clickid={clickid}'],
    ['/metrics?x={amount}'],
    ['/click?affid={amount}'],
    ['/?x={amount}'],
    ['/echo/admin?x={amount}'],
    ['/echo/../graphql?x={amount}'],
  ])('nothing else of the own origin is saved: %s', async (path) => {
    const { affiliateId } = await ready();
    const refused = expectType(
      await pixelAt(affiliateId, `${scene.url}${path}`),
      'InvalidInputError',
    );
    expect(refused.issues.map((issue) => issue.path)).toContainEqual(['url']);
  });

  test.each([['/graphql?x={amount}'], ['/metrics?x={amount}'], ['/echo/admin?x={amount}']])(
    'nothing else of it is called, whatever was saved: %s',
    async (path) => {
      const { affiliateId, entryUrl, id, url } = await ready();
      const saved = await pixelAt(affiliateId, `${url}?x={amount}`);
      const { pixel } = expectType(saved, 'CreatePixelPayload');
      // As if the check at the save had a hole.
      await scene.sql(
        `UPDATE pixel_version SET url = '${scene.url}${path}' WHERE pixel_id = '${rowIdIn(pixel.id)}'`,
      );
      await scene.event(await scene.click(entryUrl));
      await scene.advance(5_000);

      await eventually(
        () => scene.postbacks(affiliateId),
        (rows) =>
          expect(rows[0]?.lastAttempt).toMatchObject({
            ...{ statusCode: null, errorKind: 'ADDRESS_REFUSED' },
          }),
      );
      expect(await callsOf(id)).toEqual([]);
    },
  );

  test('a value that would leave the receiver ends the postback before it is called', async () => {
    const { affiliateId, affid, id, url } = await ready();
    const saved = await pixelAt(affiliateId, `${url}/{sub}/{sub}/graphql?x={amount}`);
    expectType(saved, 'CreatePixelPayload');
    await scene.event(await scene.click(`/click?affid=${affid}&campaign=2001&sub=..`));
    await scene.advance(5_000);
    await eventually(
      () => scene.postbacks(affiliateId),
      (rows) => expect(rows).toMatchObject([{ status: 'SKIPPED', reason: 'UNSAFE_PATH_VALUE' }]),
    );
    expect(await callsOf(id)).toEqual([]);
  });

  test('a receiver that was deleted is a 404 of its own', async () => {
    const { affiliateId, entryUrl, id, url } = await ready();
    expectType(await pixelAt(affiliateId, `${url}?x={amount}`), 'CreatePixelPayload');
    await scene.admin.run(DELETE_ECHO_RECEIVER, { input: { echoReceiverId: id } });
    await scene.event(await scene.click(entryUrl));
    await scene.advance(5_000);
    await eventually(
      () => scene.postbacks(affiliateId),
      (rows) => expect(rows[0]?.lastAttempt).toMatchObject({ statusCode: 404 }),
    );
  });
});
