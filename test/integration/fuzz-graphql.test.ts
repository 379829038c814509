import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { makeWorld, PERSONAL, type World } from '../support/access-world.ts';
import { eventually } from '../support/eventually.ts';
import { readableLog } from '../support/log-lines.ts';
import { createRandom, type Random, randomOperation, spoil } from '../support/random-graphql.ts';

/**
 * Arbitrary documents, variables and frames: whatever comes, nothing is answered by a fault, nothing is
 * logged as one, and the service goes on. Longer: FUZZ_RUNS=5000, another way: FUZZ_SEED.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 80);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_126);
/** Operations of one run are sent at the same time. */
const AT_ONCE = 6;
/** What a client waits for an answer while all of them come in. */
const ANSWER_MS = 10_000;
/** And for one that asks when they are through. */
const CONTROL_MS = 2_000;
/** What may stay in memory after all of it: caches of documents and statements. */
const KEPT_BYTES = 96 * 1024 * 1024;

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const { log, lines } = readableLog('error');
let world: World;
let ids: string[];

beforeAll(async () => {
  console.log(`FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);
  world = await makeWorld({ VOLLEY_DEADLINE_SECONDS: '1', VOLLEY_LEASE_SECONDS: '5' }, log);
  ids = [
    ...Object.values(world.owned).flatMap((owned) => Object.values(owned)),
    ...[world.ids.campaign, world.ids.offer, world.ids.integration, 'none', 'QWZmaWxpYXRlOg=='],
  ];
});
afterAll(() => world[Symbol.asyncDispose]());

const KEYS = ['ADMIN', 'AFFILIATE', 'IB', 'INTEGRATION', 'VIEWER', 'ANONYMOUS'] as const;
const seeds = fc.array(fc.integer(), { minLength: AT_ONCE, maxLength: AT_ONCE });
const options = { seed: SEED, numRuns: RUNS, endOnFailure: true };

/** No answer may have it, whatever was sent. */
const FAULT =
  /INTERNAL_SERVER_ERROR|UNAVAILABLE|Unexpected error|node_modules|node:internal|\n\s+at /;

async function askHttp(random: Random): Promise<{ sent: string; status: number; text: string }> {
  const operation = randomOperation(schema, random, ids);
  const key = world.keys[KEYS[random(KEYS.length)]!];
  const accept = ['application/json', 'text/event-stream', '*/*'][random(3)]!;
  const sent = JSON.stringify(operation);
  const isGet = random(6) === 0 && sent.length < 8_000;
  const query = new URLSearchParams(
    Object.entries(operation).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const response = await fetch(`${world.volley.url}/graphql${isGet ? `?${query}` : ''}`, {
    method: isGet ? 'GET' : 'POST',
    headers: {
      accept,
      'content-type': 'application/json',
      'apollo-require-preflight': '1',
      ...(key && { authorization: `Bearer ${key}` }),
    },
    ...(!isGet && { body: sent }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  return { sent, status: response.status, text: await readSome(response) };
}

/** The whole of an answer, or the first messages of a stream. */
async function readSome(response: Response): Promise<string> {
  const isStream = response.headers.get('content-type')?.includes('text/event-stream');
  if (!isStream) return response.text();
  let text = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (/^event: (next|complete)/m.test(text)) break;
  }
  return text;
}

/** A client that comes now is answered soon. */
async function expectAlive(): Promise<void> {
  const { url, keys } = { url: world.volley.url, keys: world.keys };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.VIEWER}` },
    body: '{"query":"{ viewer { role } affiliates(first: 1) { nodes { id } } }"}',
    signal: AbortSignal.timeout(CONTROL_MS),
  });
  expect(await response.json()).toMatchObject({ data: { viewer: { role: 'VIEWER' } } });
}

test('documents and variables of any kind are answered, and none by a fault', async () => {
  const reached = { refused: 0, executed: 0 };
  await fc.assert(
    fc.asyncProperty(seeds, async (drawn) => {
      const answers = await Promise.all(drawn.map((seed) => askHttp(createRandom(seed))));

      for (const { sent, status, text } of answers) {
        const told = { sent: sent.slice(0, 5_000), status, text: text.slice(0, 2_000) };
        expect(told).toSatisfy(() => status < 500 && !FAULT.test(text));
        reached[text.includes('"cost"') ? 'executed' : 'refused'] += 1;
      }
      expect(lines).toEqual([]);
      await expectAlive();
    }),
    options,
  );
  // Else it would be the validation that is tried, and nothing behind it.
  console.log(reached);
  expect(reached.executed).toBeGreaterThan((RUNS * AT_ONCE) / 5);
}, 120_000);

/** One frame of a client of the protocol, as it should be or not at all. */
function frameOf(random: Random): string | Buffer {
  const id = ['1', '1', '2', '', 'x'.repeat(1_000), '__proto__'][random(6)];
  const operation = randomOperation(schema, random, ids);
  const key = world.keys[KEYS[random(KEYS.length)]!];
  const messages: (() => unknown)[] = [
    () => ({ type: 'connection_init', payload: key ? { authorization: `Bearer ${key}` } : {} }),
    () => ({ type: 'connection_init', payload: { authorization: [{}] } }),
    () => ({ type: 'ping', payload: operation.variables }),
    () => ({ type: 'pong', payload: null }),
    () => ({ type: 'subscribe', id, payload: operation }),
    () => ({ type: 'subscribe', id, payload: { ...operation, query: [operation.query] } }),
    () => ({ type: 'subscribe', id: 7, payload: operation }),
    () => ({ type: 'subscribe', id, payload: { ...operation, variables: 'x', extensions: 1 } }),
    () => ({ type: 'complete', id }),
    () => ({ type: 'next', id, payload: {} }),
    () => ({ type: ['__proto__', 'nothing', 1, null][random(4)], id }),
    () => [null, 'text', 7, [], { a: 1 }][random(5)],
  ];
  // Most of them must get past the door: what lies behind it is what is tried here.
  const message = messages[random(3) > 0 ? 4 : random(messages.length)]!();
  const text = JSON.stringify(message);
  if (random(12) === 0) return spoil(text, random);
  if (random(20) === 0) return Buffer.from(text);
  // Not UTF-8 any more, beyond what a message may be, or nothing.
  if (random(40) === 0)
    return Buffer.concat([Buffer.from(text.slice(0, 9)), Buffer.from([0xff, 0xc0])]);
  if (random(40) === 0)
    return JSON.stringify({ type: 'ping', payload: { a: 'x'.repeat(300_000) } });
  return random(40) === 0 ? '' : text;
}

/** Sends frames in any order; answers what came back and how the socket ended, if it did. */
async function converse(random: Random) {
  const socket = new WebSocket(
    `${world.volley.url.replace('http', 'ws')}/graphql`,
    'graphql-transport-ws',
  );
  const received: string[] = [];
  const sent: string[] = [];
  let code: number | null = null;
  socket.on('message', (data) => received.push(String(data))).on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on('close', (status) => {
      code = status;
      resolve();
    });
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const key = world.keys[KEYS[random(KEYS.length)]!];
  const init = { type: 'connection_init', payload: key ? { authorization: `Bearer ${key}` } : {} };
  const frames = [
    ...(random(8) === 0 ? [] : [JSON.stringify(init)]),
    ...Array.from({ length: 1 + random(8) }, () => frameOf(random)),
  ];
  for (const frame of frames) {
    sent.push(String(frame).slice(0, 3_000));
    const isText = typeof frame === 'string' || random(2) === 0;
    socket.send(frame, { binary: !isText });
    if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(30)));
  }
  const isAnswered = () => received.some((text) => text.includes('"last"'));
  socket.send(JSON.stringify({ type: 'ping', payload: { last: true } }));
  const deadline = Date.now() + ANSWER_MS;
  while (code === null && !isAnswered() && Date.now() < deadline) {
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  // What is still under way gets a moment to go wrong.
  if (code === null) await new Promise((resolve) => setTimeout(resolve, 50));
  const isEnded = code !== null;
  socket.terminate();
  return { sent, received, code: isEnded ? code : null, isAnswered: isAnswered() || isEnded };
}

/** Ends that say that the service is at fault. */
const FAULT_CODES = [1011, 4500];

test('frames of any kind end their socket at most, and none by a fault', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (drawn) => {
      const ends = await Promise.all(drawn.map((seed) => converse(createRandom(seed))));

      for (const { sent, received, code, isAnswered } of ends) {
        const text = received.join('\n');
        const told = { sent, received: text.slice(0, 2_000), code };
        expect(told).toSatisfy(
          () => isAnswered && !FAULT_CODES.includes(Number(code)) && !FAULT.test(text),
        );
      }
      expect(lines).toEqual([]);
      await expectAlive();
    }),
    options,
  );
}, 120_000);

test('nothing of it stays: streams, sockets, memory', async () => {
  const readOpen = async () => {
    const text = await (await fetch(`${world.volley.url}/metrics`)).text();
    return text.match(/^volley_(sessions|live_viewers) \d+$/gm);
  };
  await eventually(readOpen, (open) => {
    expect(open?.sort()).toEqual(['volley_live_viewers 0', 'volley_sessions 0']);
  });

  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const random = createRandom(SEED);
  const sendMany = async () => {
    for (let at = 0; at < 25; at += 1) {
      await Promise.all([askHttp(random), askHttp(random), converse(random), converse(random)]);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await sendMany();
  const after = await sendMany();

  expect(after - before).toBeLessThan(KEPT_BYTES);
  expect(await world.volley.sql(`SELECT 1 FROM affiliate WHERE affid = '101'`)).toHaveLength(1);
}, 60_000);

test('who may not see the personal data of visitors is not shown any on the way', async () => {
  const random = createRandom(SEED);
  for (let at = 0; at < 60; at += 1) {
    const operation = randomOperation(schema, random, ids);
    const response = await world.volley.as(world.keys.AFFILIATE).fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(operation),
    });
    expect(await readSome(response)).not.toContain(PERSONAL);
  }
});
