import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';
import { LONGEST_HOLD_MS, MIN_CALLS } from '../../src/postbacks/breaker.ts';
import { MAX_CAP, START_CAP } from '../../src/postbacks/in-flight-cap.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type DestinationHoldRow, saveDestinationHolds } from '../../src/store/destinations.ts';
import type { CreatePixelInput } from '../gql/graphql.ts';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { RECORD_EVENTS } from '../support/operations.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

const DELAY_MS = 5_000;

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** A visited affiliate with a pixel per receiver; `report` makes `count` events that are due at once. */
async function ready(receivers: Receiver[], changes: Partial<CreatePixelInput> = {}, at = scene) {
  const { affiliateId, entryUrl } = await at.affiliate();
  for (const { url } of receivers) {
    await at.pixel(affiliateId, { url: `${url}/?id={affclickid}&sum={amount}`, ...changes });
  }
  const clickId = await at.click(entryUrl);
  return {
    affiliateId,
    async report(count: number) {
      const events = Array.from({ length: count }, (_, index) => ({
        ...{ clickId, type: 'FirstDeposit', currency: 'USD', integrationId: at.integrationId },
        amount: String(index + 1),
      }));
      const { recordEvents } = await at.admin.run(RECORD_EVENTS, { input: { events } });
      expectType(recordEvents, 'RecordEventsPayload');
      await at.advance(DELAY_MS);
    },
    /** How many postbacks stand where, by stored state and whether they were attempted. */
    async counts() {
      const rows = await at.sql(`
        SELECT state || CASE WHEN attempts_made > 0 THEN ' tried' ELSE '' END AS what, count(*)::int
        FROM postback WHERE affiliate_id = '${rowIdIn(affiliateId)}' GROUP BY 1`);
      return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
    },
    /** The held destinations of the affiliate. */
    held: () =>
      at.sql(`SELECT breaker::text, held_reason::text, last_failure, trips FROM destination
        WHERE affiliate_id = '${rowIdIn(affiliateId)}' AND held_until IS NOT NULL`),
  };
}

/** Calls so far, once those that were under way when it opened are answered. */
async function callsOnceQuiet(receiver: Receiver, at = scene): Promise<number> {
  await eventually(
    async () => (await fetch(`${at.url}/metrics`)).text(),
    (text) => expect(text).toMatch(/^volley_postbacks_in_flight 0$/m),
  );
  return receiver.total;
}

async function untilAll(read: () => Promise<object>, expected: object): Promise<void> {
  await eventually(read, (found) => expect(found).toEqual(expected));
}

describe('a receiver that is down', () => {
  test('is held after ten failures, and gets everything in due order once it is back', async () => {
    await using receiver = await startReceiver();
    const { report, counts, held } = await ready([receiver]);
    receiver.answer({ status: 503 });
    await report(100);

    await untilAll(held, [
      { breaker: 'OPEN', held_reason: 'FAILING', last_failure: 'HTTP_503', trips: 1 },
    ]);
    // Those that were under way when it opened have been tried as well.
    const tried = await callsOnceQuiet(receiver);
    expect(tried).toBeGreaterThanOrEqual(MIN_CALLS);
    expect(tried).toBeLessThan(MIN_CALLS + START_CAP);
    await untilAll(counts, { 'OPEN tried': tried, OPEN: 100 - tried });

    receiver.answer({ status: 200 });
    await scene.advance(LONGEST_HOLD_MS);
    await untilAll(counts, { 'DELIVERED tried': 100 });
    await untilAll(held, []);
    const calls = [];
    while (receiver.waiting > 0) calls.push(await receiver.next());
    const rest = calls.filter(({ headers }) => headers['webhook-attempt'] === '1').slice(tried);
    const sums = rest.map(({ url }) => Number(url.match(/sum=(\d+)/)?.[1]));
    // Calls run side by side, at last as many as the cap allows that has grown meanwhile: who is near may
    // swap, and no one is left behind.
    const shifts = sums.map((sum, at) => Math.abs(sum - tried - 1 - at));
    for (const [at, shift] of shifts.entries()) {
      expect(shift).toBeLessThan(Math.min(MAX_CAP, START_CAP + tried + at));
    }
    expect(sums).toHaveLength(100 - tried);
  });

  test('delays no other destination, not even of its affiliate', async () => {
    await using dead = await startReceiver();
    await using well = await startReceiver();
    const { report } = await ready([dead, well]);
    dead.answer({ status: 500 });
    await report(100);

    await eventually(
      async () => well.total,
      (total) => expect(total).toBe(100),
    );
    expect(dead.total).toBeLessThan(30);
  });

  test('is probed again and again, for twice as long each time', async () => {
    await using receiver = await startReceiver();
    const { report, held } = await ready([receiver], { maxAttempts: 12 });
    receiver.answer({ status: 500 });
    await report(30);
    await eventually(held, ([row]) => expect(row).toMatchObject({ trips: 1, breaker: 'OPEN' }));
    const before = await callsOnceQuiet(receiver);
    await scene.advance(40_000);
    await eventually(held, ([row]) => expect(row).toMatchObject({ trips: 2, breaker: 'OPEN' }));

    expect(receiver.total).toBe(before + 1);
  });
});

describe('a receiver that asks for a pause', () => {
  test('gets nothing for that long, whichever postback it told', async () => {
    await using receiver = await startReceiver();
    const { report, counts, held } = await ready([receiver]);
    receiver.answer({ status: 429, headers: { 'retry-after': '600' } }, { status: 200 });
    await report(1);
    await untilAll(held, [
      { breaker: 'CLOSED', held_reason: 'RETRY_AFTER', last_failure: null, trips: 0 },
    ]);
    await report(20);
    await scene.advance(500_000);
    await untilAll(counts, { OPEN: 20, 'OPEN tried': 1 });
    expect(receiver.total).toBe(1);

    await scene.advance(100_000);
    await untilAll(counts, { 'DELIVERED tried': 21 });
    await untilAll(held, []);
  });
});

describe('several workers', () => {
  test('hold together, and probe at once when it is resumed by hand', async () => {
    await using receiver = await startReceiver();
    await using both = await makeScene();
    const { report, counts, held } = await ready([receiver], {}, both);
    receiver.answer({ status: 503 });
    await report(40);
    await untilAll(held, [
      { breaker: 'OPEN', held_reason: 'FAILING', last_failure: 'HTTP_503', trips: 1 },
    ]);
    await using _other = await both.another({ VOLLEY_ROLE: 'worker' });
    const before = await callsOnceQuiet(receiver, both);
    await report(40);
    await untilAll(counts, { 'OPEN tried': before, OPEN: 80 - before });

    receiver.answer({ status: 200 });
    await both.sql(`UPDATE destination SET held_until = volley_now() WHERE held_until IS NOT NULL`);
    await eventually(counts, (found) =>
      expect(found['DELIVERED tried']).toBeGreaterThanOrEqual(80 - before),
    );
    await both.advance(60_000);
    await untilAll(counts, { 'DELIVERED tried': 80 });
    await untilAll(held, []);
  });
});

test('who begins to probe late makes no hold of what another worker released', async () => {
  await using receiver = await startReceiver();
  const { affiliateId, held } = await ready([receiver]);
  const [destination] = await scene.sql(
    `SELECT id FROM destination WHERE affiliate_id = '${rowIdIn(affiliateId)}'`,
  );
  await using database = openDatabase(scene.databaseUrl, createLog('silent'));
  const save = (hold: Pick<DestinationHoldRow, 'breaker' | 'heldForMs'>) => {
    const isHeld = hold.heldForMs !== null;
    const facts = isHeld ? { heldReason: 'FAILING' as const, trips: 1 } : RELEASED;
    const ref = { destinationId: String(destination?.id), affiliateId: rowIdIn(affiliateId) };
    return saveDestinationHolds(database.sql, [
      { ...ref, ...facts, ...hold, lastFailure: isHeld ? 'HTTP_503' : null },
    ]);
  };
  const HELD = { held_reason: 'FAILING', last_failure: 'HTTP_503', trips: 1 };

  await save({ breaker: 'OPEN', heldForMs: 60_000 });
  await save({ breaker: 'HALF_OPEN', heldForMs: 60_000 });
  expect(await held()).toEqual([{ breaker: 'HALF_OPEN', ...HELD }]);
  await save({ breaker: 'CLOSED', heldForMs: null });
  await save({ breaker: 'HALF_OPEN', heldForMs: 0 });
  expect(await held()).toEqual([]);
});

const RELEASED = { heldReason: null, trips: 0 };

test('maxPerSecond is kept by all workers together', async () => {
  await using receiver = await startReceiver();
  await using both = await makeScene();
  await using _other = await both.another({ VOLLEY_ROLE: 'worker' });
  const { affiliateId, report } = await ready([receiver], {}, both);
  await both.sql(
    `UPDATE pixel SET max_per_second = 20 WHERE affiliate_id = '${rowIdIn(affiliateId)}'`,
  );
  await both.advance(2_000);
  // Both workers read the rate once a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await report(60);

  const times: number[] = [];
  for (let n = 0; n < 60; n += 1) times.push((await receiver.next()).at);
  const most = Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length),
  );
  // What leaves at 20 a second arrives a little closer together, or further apart.
  expect(most).toBeLessThanOrEqual(22);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2_500);
});
