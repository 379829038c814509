import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostbackStatsChangedSubscription } from '../gql/graphql.ts';
import { type LiveStream, subscribe } from '../support/live-client.ts';
import { ADMIN_KEY } from '../support/make-app.ts';
import { POSTBACK_STATS_CHANGED } from '../support/operations.ts';
import { startQueryLog } from '../support/query-log.ts';
import { startReceiver } from '../support/receiver.ts';
import { makeScene, type Scene } from '../support/scene.ts';

type Stats = PostbackStatsChangedSubscription['postbackStatsChanged'];

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

function watch(affiliateId: string, key = ADMIN_KEY, more = {}) {
  const where = { affiliateIds: [affiliateId], ...more };
  return subscribe(scene.url, key, POSTBACK_STATS_CHANGED, { where });
}

/** Reads on until the numbers are these: those between depend on the moment. */
async function until(live: LiveStream<PostbackStatsChangedSubscription>, wanted: Partial<Stats>) {
  const seen: Stats[] = [];
  for (;;) {
    const { postbackStatsChanged } = await live.next();
    seen.push(postbackStatsChanged);
    if (
      JSON.stringify({ ...postbackStatsChanged, ...wanted }) ===
      JSON.stringify(postbackStatsChanged)
    ) {
      return seen;
    }
  }
}

test('tells the numbers now, then those after events and attempts, once for all who ask the same', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}` });
  const clickId = await scene.click(entryUrl);
  using log = startQueryLog();
  const counts = (statements: string[]) =>
    statements.filter((text) => /count\(\*\)/.test(text) && /FROM postback p/.test(text)).length;
  const viewers = Array.from({ length: 10 }, () => watch(affiliateId));

  const first = await log.during(async () => {
    for (const viewer of viewers) {
      expect((await viewer.next()).postbackStatsChanged).toEqual({
        ...{ total: 0, byStatus: [], byStatusCode: [] },
      });
    }
  });
  expect(counts(first)).toBe(1);

  const scheduled = await log.during(async () => {
    await scene.event(clickId);
    for (const viewer of viewers) {
      const byStatus = [{ status: 'SCHEDULED', count: 1 }] as Stats['byStatus'];
      await until(viewer, { total: 1, byStatus, byStatusCode: [] });
    }
  });
  // An event is announced once; how often that is seen before its row depends on the moment.
  expect(counts(scheduled)).toBeLessThanOrEqual(2);

  await scene.advance(5_000);
  for (const viewer of viewers) {
    const seen = await until(viewer, {
      total: 1,
      byStatus: [{ status: 'DELIVERED', count: 1 }] as Stats['byStatus'],
      byStatusCode: [{ statusCode: 'SUCCESS_2XX', count: 1 }] as Stats['byStatusCode'],
    });
    expect(seen.length).toBe(1);
  }
  await Promise.all(viewers.map((viewer) => viewer[Symbol.asyncDispose]()));
});

test('an affiliate counts its own, and shares no reading with who sees more', async () => {
  await using receiver = await startReceiver();
  const mine = await scene.affiliate();
  const other = await scene.affiliate();
  for (const { affiliateId, entryUrl } of [mine, other]) {
    await scene.pixel(affiliateId, { url: `${receiver.url}/?sum={amount}` });
    await scene.event(await scene.click(entryUrl));
  }
  const { createApiKey } = await scene.read<{ createApiKey: { secret: string } }>(
    `mutation($id: ID!) { createApiKey(input: { name: "own", role: AFFILIATE, affiliateId: $id }) {
      ... on CreateApiKeyPayload { secret } } }`,
    { id: mine.affiliateId },
  );
  const where = { eventTypes: ['FirstDeposit'], test: false };
  const all = subscribe(scene.url, ADMIN_KEY, POSTBACK_STATS_CHANGED, { where });
  await using _all = all;
  const own = subscribe(scene.url, createApiKey.secret, POSTBACK_STATS_CHANGED, { where });
  await using _own = own;
  const foreign = watch(other.affiliateId, createApiKey.secret);
  await using _foreign = foreign;

  const everything = (await all.next()).postbackStatsChanged.total;
  expect(everything).toBeGreaterThan(1);
  expect((await own.next()).postbackStatsChanged.total).toBe(1);
  expect((await foreign.next()).postbackStatsChanged.total).toBe(0);
});
