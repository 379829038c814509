import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { freePort, waitFor } from '../../src/embedded/processes.ts';
import { expectType, type TestApi } from '../support/api.ts';
import { subscribe } from '../support/live-client.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { POSTBACK_FIRED, POSTBACKS, RECORD_EVENT, RECORD_EVENTS } from '../support/operations.ts';
import {
  makeDataDir,
  makeOutsideServices,
  runProgram,
  servicePids,
  startVolley,
  untilReadyIs,
} from '../support/process.ts';
import { startReceiver } from '../support/receiver.ts';
import { referencePixel, seedClick, seedPixel, seedReference } from '../support/seed.ts';

describe.concurrent('the life of a process', { timeout: 60_000 }, () => {
  test.for(['SIGTERM', 'SIGINT'] as const)('drains on %s and exits 0', async (signal) => {
    await using receiver = await startHoldingReceiver();
    await using services = await makeOutsideServices();
    await using dataDir = makeDataDir();
    await using volley = await startVolley({
      ...services.variables,
      VOLLEY_DATA_DIR: dataDir.path,
    });
    const socket = watchSocket(volley.url);
    await reportConversion(volley.admin, receiver.url);
    const held = await receiver.call;

    volley.kill(signal);
    await untilReadyIs(503, volley.url);
    expect(await services.sql('SELECT 1 FROM postback_attempt')).toHaveLength(0);
    held.end('ok');

    expect(await volley.exited).toMatchObject({ code: 0, stderr: '' });
    expect(await socket.closeCode).toBe(1001);
    expect(await services.sql('SELECT state::text FROM postback')).toEqual([
      { state: 'DELIVERED' },
    ]);
    expect(await services.sql('SELECT status_code FROM postback_attempt')).toEqual([
      { status_code: 200 },
    ]);
  });

  test.for(['SIGTERM', 'SIGINT'] as const)(
    'a second %s ends it at once with 130',
    async (signal) => {
      await using receiver = await startHoldingReceiver();
      await using services = await makeOutsideServices();
      await using dataDir = makeDataDir();
      await using volley = await startVolley({
        ...services.variables,
        VOLLEY_DATA_DIR: dataDir.path,
      });
      await reportConversion(volley.admin, receiver.url);
      await receiver.call;

      volley.kill(signal);
      await volley.printed(/"msg":"draining"/);
      const secondAt = Date.now();
      volley.kill(signal);
      const { code, stdout, stderr } = await volley.exited;

      // The call that it would have waited for is still held.
      expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
      expect(Date.now() - secondAt).toBeLessThan(5_000);
      const lines = stdout.trim().split('\n');
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        signal,
        msg: 'stopped without draining',
      });
      expect(await services.sql('SELECT 1 FROM postback_attempt')).toEqual([]);
    },
  );

  test('starts again after kill -9 and fires what was due, once', async () => {
    await using receiver = await startReceiver();
    await using dataDir = makeDataDir();
    const variables = { VOLLEY_DATA_DIR: dataDir.path };
    await using killed = await startVolley(variables);
    const recordedAt = Date.now();
    await reportConversion(killed.admin, receiver.url);

    killed.kill('SIGKILL');
    await killed.exited;
    await using volley = await startVolley(variables);
    const call = await receiver.next();
    const report = await untilDelivered(volley.admin);

    expect(call.url).toContain('click_id=1122223444455565666&payout_sum=50&currency=USD');
    expect(call.at - recordedAt).toBeGreaterThanOrEqual(5_000);
    expect(report).toMatchObject([{ attempts: { nodes: [{ number: 1, statusCode: 200 }] } }]);
    expect(receiver.total).toBe(1);
    volley.kill('SIGTERM');
    expect(await volley.exited).toMatchObject({ code: 0, stderr: '' });
    expect(servicePids(dataDir.path)).toEqual([]);
  });

  test('goes on when nobody reads its log, and loses no line of it', async () => {
    await using services = await makeOutsideServices();
    await using dataDir = makeDataDir();
    await using volley = await startVolley({
      ...services.variables,
      VOLLEY_DATA_DIR: dataDir.path,
    });
    const readAgain = volley.leaveUnread();
    // A line each: several times what a pipe holds.
    const batches = 8;
    for (let n = 0; n < batches; n += 1) {
      const events = Array.from({ length: 500 }, () => ({ clickId: 'none', type: 'Lead' }));
      const answer = await volley.admin.run(RECORD_EVENTS, { input: { events } });
      expectType(answer.recordEvents, 'RecordEventsPayload');
    }
    readAgain();
    volley.kill('SIGTERM');
    const { code, stdout } = await volley.exited;

    expect(code).toBe(0);
    expect(stdout.match(/"msg":"event.recorded"/g)).toHaveLength(batches * 500);
    for (const line of stdout.trim().split('\n')) JSON.parse(line);
  });

  test('takes an event in one process, fires it in another, shows it live in the first', async () => {
    await using receiver = await startReceiver();
    await using services = await makeOutsideServices();
    await using apiDir = makeDataDir();
    await using workerDir = makeDataDir();
    const [api, worker] = await Promise.all([
      startVolley({ ...services.variables, VOLLEY_ROLE: 'api', VOLLEY_DATA_DIR: apiDir.path }),
      startVolley({
        ...services.variables,
        VOLLEY_ROLE: 'worker',
        VOLLEY_DATA_DIR: workerDir.path,
      }),
    ]);
    await using stack = new AsyncDisposableStack();
    stack.use(api);
    stack.use(worker);
    const live = stack.use(subscribe(api.url, ADMIN_KEY, POSTBACK_FIRED, {}));
    await live.next();

    const { recordedAt } = await reportConversion(api.admin, receiver.url);
    const call = await receiver.next();
    const { postbackFired } = await live.next();

    expect(call.at - recordedAt).toBeGreaterThanOrEqual(5_000);
    expect(postbackFired.postback).toMatchObject({ status: 'DELIVERED' });
    expect(postbackFired.attempt?.finalUrl).toBe(receiver.url + call.url);
    expect((await fetch(`${worker.url}/graphql`)).status).toBe(404);
    worker.kill('SIGTERM');
    expect(await worker.exited).toMatchObject({ code: 0 });
    api.kill('SIGTERM');
    expect(await api.exited).toMatchObject({ code: 0 });
  });

  test('runs two instances side by side, each on services of its own', async () => {
    await using oneDir = makeDataDir();
    await using otherDir = makeDataDir();
    const start = async (path: string) =>
      startVolley({ PORT: String(await freePort()), VOLLEY_DATA_DIR: path });
    const [one, other] = await Promise.all([start(oneDir.path), start(otherDir.path)]);
    await using stack = new AsyncDisposableStack();
    stack.use(one);
    stack.use(other);

    await seedReference(one.admin);
    const third = runProgram(['src/main.ts'], { PORT: '0', VOLLEY_DATA_DIR: oneDir.path });
    const count = '{ affiliates { nodes { affid } } }';

    expect(await one.admin.ask(count)).toMatchObject({ data: { affiliates: { nodes: [{}] } } });
    expect(await other.admin.ask(count)).toMatchObject({ data: { affiliates: { nodes: [] } } });
    expect(await third.exited).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^another Volley \(pid \d+\) serves from .*\n$/),
    });
    one.kill('SIGTERM');
    other.kill('SIGINT');
    expect([(await one.exited).code, (await other.exited).code]).toEqual([0, 0]);
    expect([...servicePids(oneDir.path), ...servicePids(otherDir.path)]).toEqual([]);
  });
});

describe.concurrent('a start that cannot succeed says why in one sentence', () => {
  test.for(['src/main.ts', 'src/demo/demo.ts'])('when the port is taken: %s', async (program) => {
    await using receiver = await startReceiver();
    await using services = await makeOutsideServices();
    await using dataDir = makeDataDir();
    const { port } = new URL(receiver.url);

    const { code, stderr } = await runProgram([program], {
      ...services.variables,
      VOLLEY_DATA_DIR: dataDir.path,
      PORT: port,
    }).exited;

    expect(stderr).toBe(
      `Port ${port} on 127.0.0.1 is taken by another process: stop it, or set PORT to a free one.\n`,
    );
    expect(code).toBe(1);
  });

  test.for([
    {
      what: 'the data directory cannot be written',
      variables: (file: string) => ({ VOLLEY_DATA_DIR: join(file, 'data') }),
      sentence: /^cannot write to \S+ \(a part of that path is a file\): .*VOLLEY_DATA_DIR\n$/,
    },
    {
      what: 'PostgreSQL cannot be reached',
      variables: () => ({ DATABASE_URL: 'postgres://volley:secret@127.0.0.1:1/volley' }),
      sentence: /^(?!.*secret).*127\.0\.0\.1:1.*DATABASE_URL.*\n$/,
    },
    {
      what: 'Redis cannot be reached',
      variables: () => ({ REDIS_URL: 'redis://:secret@127.0.0.1:1' }),
      sentence: /^(?!.*secret).*127\.0\.0\.1:1.*REDIS_URL.*\n$/,
    },
  ])('when $what', async ({ variables, sentence }) => {
    await using services = await makeOutsideServices();
    await using dataDir = makeDataDir();

    const { code, stderr } = await runProgram(['src/main.ts'], {
      ...services.variables,
      PORT: '0',
      VOLLEY_DATA_DIR: dataDir.path,
      ...variables(import.meta.filename),
    }).exited;

    expect(stderr).toMatch(sentence);
    expect(code).toBe(1);
  });

  test('when several variables are wrong, naming all of them', async () => {
    const { code, stderr } = await runProgram(['src/main.ts'], {
      PORT: 'http',
      DATABASE_URL: 'mysql://127.0.0.1/volley',
      VOLLEY_ROLE: 'boss',
      VOLLEY_ADMIN_KEY: 'short',
      VOLLEY_ALLOW_TARGETS: 'everything',
    }).exited;

    const names = [...stderr.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([
      'DATABASE_URL',
      'PORT',
      'VOLLEY_ADMIN_KEY',
      'VOLLEY_ALLOW_TARGETS',
      'VOLLEY_ROLE',
    ]);
    expect(stderr.split('\n')).toHaveLength(1 + names.length + 1);
    expect(code).toBe(1);
  });
});

describe.concurrent('the demo', () => {
  test('delivers twice on one data directory, each time for a new click', async () => {
    await using dataDir = makeDataDir();
    const variables = { PORT: String(await freePort()), VOLLEY_DATA_DIR: dataDir.path };
    const run = async () => {
      const startedAt = performance.now();
      const { code, stdout, stderr } = await runProgram(['src/demo/demo.ts', '--once'], variables)
        .exited;
      const tookMs = performance.now() - startedAt;
      const clickId = /Clickid +([0-9a-f]{32})$/m.exec(stdout)?.[1];
      const template = /template +(\S+)$/m.exec(stdout)?.[1];
      return { code, stderr, clickId, template, tookMs };
    };

    const first = await run();
    const second = await run();

    expect(first).toMatchObject({ code: 0, stderr: '', clickId: expect.any(String) });
    expect(second).toMatchObject({ code: 0, stderr: '', template: first.template });
    expect(second.clickId).not.toBe(first.clickId);
    // It waits for nothing that the first one left, such as a lease: a start that makes no database is the shorter one.
    expect(second.tookMs).toBeLessThan(2 * first.tookMs);
    expect(servicePids(dataDir.path)).toEqual([]);
  });

  test('keeps serving, prints further results with their final URL, and ends with 0 on SIGINT', async () => {
    await using services = await makeOutsideServices();
    await using dataDir = makeDataDir();
    const program = runProgram(['src/demo/demo.ts'], {
      ...services.variables,
      PORT: '0',
      VOLLEY_DATA_DIR: dataDir.path,
      VOLLEY_ADMIN_KEY: ADMIN_KEY,
    });
    await using _running = program;
    const [, url = ''] = await program.printed(/serves +(http:\S+)/);
    await program.printed(/Ctrl-C stops it/);
    const entryUrl = '/click?affid=101&campaign=2001&affclickid=another';
    const visit = await fetch(url + entryUrl, { redirect: 'manual' });
    const clickId = new URL(visit.headers.get('location') ?? '').searchParams.get('clickid');
    const event = `${url}/event?clickid=${clickId}&event=FirstDeposit&amount=7&currency=EUR`;
    await fetch(event, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });

    await program.printed(/DELIVERED \(200\)\n +\S+click_id=another&payout_sum=7&currency=EUR/);
    program.kill('SIGINT');

    expect(await program.exited).toMatchObject({ code: 0, stderr: '' });
  });

  test('explains itself: exits 0 when asked to, 2 for a flag it does not know', async () => {
    const asked = await runProgram(['src/demo/demo.ts', '--help'], {}).exited;
    const unknown = await runProgram(['src/demo/demo.ts', '--twice'], {}).exited;

    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(unknown.stderr).toMatch(/^Usage: npm run demo/);
    expect(unknown.code).toBe(2);
  });
});

/** Seeds the reference scenario and reports a FirstDeposit of 50 USD for a new click. */
async function reportConversion(admin: TestApi, receiverUrl: string) {
  const { affiliateId, integrationId } = await seedReference(admin);
  await seedPixel(admin, referencePixel(receiverUrl, affiliateId));
  const clickId = await seedClick(admin);
  const recordedAt = Date.now();
  const { recordEvent } = await admin.run(RECORD_EVENT, {
    input: { clickId, type: 'FirstDeposit', amount: '50', currency: 'USD', integrationId },
  });
  const { postbacks } = expectType(recordEvent, 'RecordEventPayload');
  expect(postbacks).toMatchObject([{ status: 'SCHEDULED' }]);
  return { recordedAt };
}

/** The report, once all of its rows are delivered. */
function untilDelivered(admin: TestApi) {
  return waitFor('the delivery', 20_000, async () => {
    const { nodes } = (await admin.run(POSTBACKS, {})).postbacks;
    return nodes.every(({ status }) => status === 'DELIVERED') ? nodes : undefined;
  });
}

/** A receiver that holds its answer until the test gives it. */
async function startHoldingReceiver() {
  const { promise: call, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => resolve(response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    call,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A live viewer that waits for the end of its socket. */
function watchSocket(url: string) {
  const { promise: closeCode, resolve } = Promise.withResolvers<number>();
  createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
    retryAttempts: 0,
    on: { closed: (event) => resolve((event as { code: number }).code) },
  }).subscribe(
    { query: POSTBACK_FIRED.toString() },
    { next: () => {}, error: () => {}, complete: () => {} },
  );
  return { closeCode };
}
