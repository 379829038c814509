import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import { START_CAP } from '../../src/postbacks/in-flight-cap.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHolding } from '../support/holding.ts';
import { RECORD_EVENTS } from '../support/operations.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let redis: Redis;

beforeAll(async () => {
  redis = (await connectRedis(inject('redisUrl'))) as Redis;
});
afterAll(() => closeRedis(redis));

/** The keys of a Volley in the Redis that it shares with others. */
async function keysOf(scene: Scene, rest: string): Promise<string[]> {
  const [{ id } = {}] = await scene.sql('SELECT id FROM installation');
  return redis.keys(`*volley:${String(id).slice(0, 8)}:pb:*${rest}`);
}

/** As FLUSHALL would, and waits until all shards are open again. */
async function wipe(scene: Scene): Promise<void> {
  await redis.del(...(await keysOf(scene, '')));
  await eventually(
    () => keysOf(scene, ':epoch'),
    (open) => expect(open).toHaveLength(16),
  );
}

async function inFlight(app: Pick<App, 'url'>): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return Number(/^volley_postbacks_in_flight (\d+)$/m.exec(text)?.[1]);
}

test.each([
  ['that have just come due', 5_000],
  ['that were late for longer than a lease when they were claimed', 65_000],
])('a wiped Redis makes two workers repeat none of their calls %s', async (_, passedMs) => {
  await using scene = await makeScene();
  await using receiver = await startHolding();
  const other = await scene.another({ VOLLEY_ROLE: 'worker' });
  const affiliates: string[] = [];
  for (let n = 0; n < 2; n += 1) {
    const { affiliateId, entryUrl } = await scene.affiliate();
    affiliates.push(`'${rowIdIn(affiliateId)}'`);
    await scene.pixel(affiliateId, { url: `${receiver.url}/?id={affclickid}&sum={amount}` });
    const clickId = await scene.click(entryUrl);
    // As many as both may have under way at first.
    const events = Array.from({ length: 2 * START_CAP }, (_, at) => ({
      ...{ clickId, type: 'FirstDeposit', currency: 'USD', integrationId: scene.integrationId },
      amount: String(at),
    }));
    const { recordEvents } = await scene.admin.run(RECORD_EVENTS, { input: { events } });
    expectType(recordEvents, 'RecordEventsPayload');
  }
  await scene.advance(passedMs);
  await eventually(
    async () => [receiver.total, await inFlight(scene), await inFlight(other)],
    (counts) => expect(counts).toEqual([4 * START_CAP, 2 * START_CAP, 2 * START_CAP]),
  );

  for (let times = 0; times < 3; times += 1) await wipe(scene);
  // By now both have looked, and found nothing that they might claim.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(receiver.total).toBe(4 * START_CAP);
  receiver.release();
  await eventually(
    () =>
      scene.sql(`SELECT state::text, count(*)::int FROM postback
        WHERE affiliate_id IN (${affiliates}) GROUP BY 1`),
    (rows) => expect(rows).toEqual([{ state: 'DELIVERED', count: 4 * START_CAP }]),
  );
  expect(receiver.total).toBe(4 * START_CAP);
  expect(await scene.sql('SELECT count(*)::int FROM postback_attempt')).toEqual([
    { count: 4 * START_CAP },
  ]);
  // Nothing is left behind that would be claimed later.
  await eventually(
    () => keysOf(scene, ':due:*'),
    (left) => expect(left).toEqual([]),
  );
});
