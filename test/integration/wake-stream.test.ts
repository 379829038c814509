import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { openWakeStream } from '../../src/live/wake-stream.ts';
import { closeRedis, connectRedis, type RedisClient } from '../../src/platform/redis.ts';
import { currentRequestId, inRequest } from '../../src/platform/request-scope.ts';
import { eventually } from '../support/eventually.ts';

let redis: RedisClient;
let key = '';

beforeAll(async () => {
  redis = await connectRedis(inject('redisUrl'));
});
afterAll(() => closeRedis(redis));
beforeEach(() => {
  key = `wake:${randomUUID()}`;
});

/** A process: how often it was woken, and by whom; a test says whether anybody listens there. */
function open() {
  const state = { woken: 0, requestId: null as unknown, isWanted: true, isOver: false };
  const stream = openWakeStream({
    ...{ redis, key },
    onWake() {
      state.woken += 1;
      state.requestId = currentRequestId();
    },
    isWanted() {
      state.isOver = !state.isWanted;
      return state.isWanted;
    },
  });
  return { ...stream, state, [Symbol.dispose]: stream.close };
}

async function wakes(state: { woken: number }, work: () => void): Promise<void> {
  const before = state.woken;
  work();
  await eventually(
    async () => state.woken,
    (woken) => expect(woken).toBeGreaterThan(before),
  );
}

test('who listens hears at once, and then of what other processes announce', async () => {
  using here = open();
  using other = open();

  await wakes(here.state, here.listen);
  await wakes(here.state, other.announce);
  await wakes(here.state, other.announce);

  expect(other.state.woken).toBe(0);
});

test('nothing is read once nobody listens, and who comes later hears again', async () => {
  using here = open();
  using other = open();
  await wakes(here.state, here.listen);
  here.state.isWanted = false;
  await eventually(
    async () => here.state.isOver,
    (isOver) => expect(isOver).toBe(true),
  );
  const { woken } = here.state;
  other.announce();
  await sleep(200);
  expect(here.state.woken).toBe(woken);

  here.state.isWanted = true;
  await wakes(here.state, here.listen);
  await wakes(here.state, other.announce);
});

test('many who listen are one reader, which belongs to the request of none of them', async () => {
  using here = open();
  using other = open();
  await wakes(here.state, () => inRequest('request-1', here.listen));
  here.listen();
  here.listen();
  await sleep(100);
  const { woken } = here.state;

  await wakes(here.state, other.announce);
  await sleep(200);

  expect([here.state.woken - woken, here.state.requestId]).toEqual([1, undefined]);
});
