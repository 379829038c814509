import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { closeRedis, connectRedis } from '../../src/platform/redis.ts';
import type { CreatePixelInput } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHolding } from '../support/holding.ts';
import { RECORD_EVENTS } from '../support/operations.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let redis: Redis;

beforeAll(async () => {
  redis = (await connectRedis(inject('redisUrl'))) as Redis;
});
afterAll(() => closeRedis(redis));

/** An affiliate with a pixel per receiver; `report` makes events for them. */
async function ready(scene: Scene, urls: string[], changes: Partial<CreatePixelInput> = {}) {
  const { affiliateId, entryUrl } = await scene.affiliate();
  for (const url of urls) {
    await scene.pixel(affiliateId, { url: `${url}/?id={affclickid}&sum={amount}`, ...changes });
  }
  const clickId = await scene.click(entryUrl);
  return {
    affiliateId: rowIdIn(affiliateId),
    async report(count: number) {
      const events = Array.from({ length: count }, (_, at) => ({
        ...{ clickId, type: 'FirstDeposit', currency: 'USD', integrationId: scene.integrationId },
        amount: String(at),
      }));
      const { recordEvents } = await scene.admin.run(RECORD_EVENTS, { input: { events } });
      expectType(recordEvents, 'RecordEventsPayload');
    },
  };
}

/** What `/metrics` says now, by name and labels. */
async function figures(scene: Scene): Promise<Map<string, number>> {
  const text = await (await fetch(`${scene.url}/metrics`)).text();
  const lines = text.matchAll(/^(volley_\S+) (\S+)$/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

function untilFigure(scene: Scene, name: string, expected: number): Promise<unknown> {
  return eventually(
    async () => (await figures(scene)).get(name),
    (value) => expect(value).toBe(expected),
  );
}

/** The answer of `/health`. */
async function health(scene: Scene): Promise<[number, { status: string; reason?: string }]> {
  const response = await fetch(`${scene.url}/health`);
  return [response.status, (await response.json()) as { status: string }];
}

describe('/metrics', () => {
  test('name all that operators watch of deliveries', async () => {
    await using scene = await makeScene();
    const found = await figures(scene);

    const names = [
      ...['volley_queue_due', 'volley_queue_size', 'volley_queue_oldest_overdue_seconds'],
      ...['volley_postback_lateness_seconds_count', 'volley_postback_lateness_seconds_sum'],
      'volley_postback_lateness_seconds_bucket{le="0.25"}',
      ...['volley_postback_attempt_seconds_count', 'volley_postbacks_in_flight'],
      ...['volley_destinations_held', 'volley_postbacks_held{reason="FAILING"}'],
      ...['volley_postbacks_held{reason="RETRY_AFTER"}', 'volley_postback_retries_total'],
      ...['volley_queue_rebuilds_total', 'volley_postback_attempts_total{state="SUPERSEDED"}'],
      ...['clicks', 'events', 'finish', 'complete', 'reschedule'].map(
        (of) => `volley_coalescer_depth{coalescer="${of}"}`,
      ),
    ];
    expect(names.filter((name) => !found.has(name))).toEqual([]);
    expect(found.get('volley_queue_rebuilds_total')).toBe(1);
  });

  test('count what waits, is under way, retried and held', async () => {
    await using scene = await makeScene();
    await using receiver = await startHolding();
    const { report, affiliateId } = await ready(scene, [receiver.url]);
    await report(30);
    await untilFigure(scene, 'volley_queue_size', 30);
    await scene.advance(5_000);
    await untilFigure(scene, 'volley_postbacks_in_flight', 10);
    // The others wait for room on purpose.
    await untilFigure(scene, 'volley_queue_due', 0);
    receiver.release(503);
    await untilFigure(scene, 'volley_destinations_held', 1);
    await untilFigure(scene, 'volley_postbacks_in_flight', 0);
    const tried = receiver.total;
    await untilFigure(scene, 'volley_postbacks_held{reason="FAILING"}', 30);
    expect((await figures(scene)).get('volley_postback_retries_total')).toBe(0);

    receiver.release(200);
    await scene.advance(600_000);
    await untilFigure(scene, 'volley_postback_attempts_total{state="DELIVERED"}', 30);
    await untilFigure(scene, 'volley_postbacks_held{reason="FAILING"}', 0);
    await untilFigure(scene, 'volley_queue_size', 0);
    const found = await figures(scene);
    expect(found.get('volley_postback_retries_total')).toBe(tried);
    expect(found.get('volley_postback_lateness_seconds_count')).toBe(receiver.total);
    expect(
      await scene.sql(`SELECT count(*)::int FROM postback_attempt a JOIN postback p
      ON p.id = a.postback_id WHERE p.affiliate_id = '${affiliateId}'`),
    ).toEqual([{ count: receiver.total }]);
  });
});

describe('/health', () => {
  test('stays well while a receiver is limited, though postbacks are due for minutes', async () => {
    await using scene = await makeScene();
    await using receiver = await startReceiver();
    const { report, affiliateId } = await ready(scene, [receiver.url], { maxPerSecond: 1 });
    await report(65);
    // Workers read the rate once a second.
    await scene.advance(2_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await scene.advance(120_000);
    await eventually(
      async () => receiver.total,
      (total) => expect(total).toBeGreaterThan(6),
    );

    // The health of the queue has been looked at by now: every five seconds.
    expect(await health(scene)).toEqual([200, { status: 'ok' }]);
    const [late] = await scene.sql(`
      SELECT max(extract(epoch FROM volley_now() - next_attempt_at))::float AS seconds
      FROM postback WHERE affiliate_id = '${affiliateId}' AND state = 'OPEN'`);
    expect(late?.seconds).toBeGreaterThan(60);
    expect((await figures(scene)).get('volley_queue_oldest_overdue_seconds')).toBe(0);
  });

  test('is 503 with the reason while due work is not done, and 200 again once it is', async () => {
    await using scene = await makeScene();
    await using limited = await startReceiver();
    await using stuck = await startReceiver();
    const { report, affiliateId } = await ready(scene, [stuck.url]);
    await scene.pixel(Buffer.from(`Affiliate:${affiliateId}`).toString('base64'), {
      url: `${limited.url}/?id={affclickid}`,
      maxPerSecond: 5,
    });
    expect(await health(scene)).toEqual([200, { status: 'ok' }]);
    // Something that no claim can read: the shard of this affiliate is out of order.
    const [row] = await scene.sql(`
      SELECT i.id AS installation, d.id AS destination FROM installation i, destination d
      WHERE d.origin = '${limited.url}'`);
    const prefix = `volley:${String(row?.installation).slice(0, 8)}:pb`;
    await report(5);
    const [due] = await eventually(
      () => redis.keys(`*${prefix}:*due:${affiliateId}|*`),
      (keys) => expect(keys.length).toBe(2),
    );
    const broken = `${due?.split('}')[0]}}:tat:${affiliateId}|${row?.destination}`;
    await redis.del(broken);
    await redis.rpush(broken, 'no time');
    await scene.advance(2_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await scene.advance(90_000);

    const [, { reason }] = await eventually(
      () => health(scene),
      ([status]) => expect(status).toBe(503),
    );
    expect(reason).toMatch(/^a postback has been due for \d+ s$/);
    expect(stuck.total).toBe(0);
    await redis.del(broken);
    await eventually(
      () => health(scene),
      (answer) => expect(answer).toEqual([200, { status: 'ok' }]),
    );
    expect(stuck.total).toBe(5);
  });
});
