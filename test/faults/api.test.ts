import { setTimeout as sleep } from 'node:timers/promises';
import { encodeGlobalID } from '@pothos/plugin-relay';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectType } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { CANCEL_POSTBACK, PAUSE_PIXEL, RECORD_EVENT, UPDATE_PIXEL } from '../support/operations.ts';
import { redisServerMissing } from '../support/redis-server.ts';
import { QUERY } from './support/affiliates.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type KillablePostgres, startKillablePostgres } from './support/killable-postgres.ts';
import { between, eachSeed } from './support/seeds.ts';

let postgres: KillablePostgres;

beforeAll(async () => {
  postgres = await startKillablePostgres();
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

const DIES = { VOLLEY_FAULT_AT: 'after-accept' };

describe.skipIf(redisServerMissing())('the API', () => {
  test('fault 4: it dies between the commit and Redis, and the sweep finds the postback', async () => {
    await using cluster = await startCluster({ postgres, apiVariables: DIES });
    // Nobody is answered any more: the report goes on asking until it is given up.
    const reporting = cluster.report(1);
    await cluster.api.exited;
    await cluster.settled();
    const [row] = await cluster.sql('SELECT id, volley_ms(due_at) AS due FROM postback');
    const [hit] = cluster.sink.hits;

    expect(hit?.id).toBe(row?.id);
    expect((hit?.at ?? 0) - Number(row?.due)).toBeLessThan(7_000);
    // As a client does that got no answer.
    await cluster.restartApi();
    await reporting;
    expect(cluster.acknowledged).toMatchObject([{ id: row?.id }]);
    expect(await cluster.violations()).toEqual([]);
  });

  test('fault 25: one report fifty times at once, also across the death of the API', async () => {
    await using cluster = await startCluster({ postgres, apiVariables: DIES });
    const input = {
      clickId: cluster.affiliates[0]?.clickId ?? '',
      type: 'FirstDeposit',
      amount: '7',
    };
    const reportFifty = (transactionId: string) =>
      Promise.all(
        Array.from({ length: 50 }, () =>
          cluster.admin
            .run(RECORD_EVENT, { input: { ...input, currency: 'USD', transactionId } })
            .then(({ recordEvent }) => expectType(recordEvent, 'RecordEventPayload'))
            .catch(() => null),
        ),
      );
    const expectOne = async (transactionId: string) => {
      const answers = await reportFifty(transactionId);
      const ids = new Set(answers.map((answer) => answer?.postbacks[0]?.id));
      expect([...ids]).toEqual([expect.any(String)]);
      expect(answers.filter((answer) => answer?.duplicate === false)).toEqual([]);
      const rows = await cluster.sql(`
        SELECT (SELECT count(*) FROM event WHERE transaction_id = '${transactionId}')::int AS events, count(*)::int
        FROM postback WHERE event_id IN (SELECT id FROM event WHERE transaction_id = '${transactionId}')`);
      expect(rows).toEqual([{ events: 1, count: 1 }]);
    };

    // It dies between the commit and the answer: nobody hears of a row that is there.
    const unheard = await reportFifty('at-a-point');
    expect(unheard.filter((answer) => answer !== null)).toEqual([]);
    await cluster.restartApi();
    await expectOne('at-a-point');
    await eachSeed(20, async (random) => {
      const transactionId = `at-random-${random()}`;
      await reportFifty('something else');
      const reports = reportFifty(transactionId);
      await sleep(between(random, 0, 60));
      await cluster.restartApi();
      await reports;
      // Once it is there for certain.
      await reportFifty(transactionId);
      await expectOne(transactionId);
    });
    await cluster.settled();

    const calls = await cluster.sql('SELECT count(*)::int FROM postback_attempt');
    expect(calls).toEqual([{ count: cluster.sink.hits.length }]);
    const rows = await cluster.sql('SELECT count(*)::int FROM postback');
    expect(rows).toEqual([{ count: cluster.sink.hits.length }]);
  });

  test('fault 26: cancelled, paused and edited while the call is under way', async () => {
    await using cluster = await startCluster({ postgres, affiliates: 4 });
    cluster.sink.behaveAll({ status: 200, afterMs: 800 });
    await cluster.report(4);
    await eventually(
      async () => cluster.sink.hits.length,
      (hits) => expect(hits).toBe(4),
    );
    const ids = await interfere(cluster);
    await cluster.settled();

    // The answer that decides nothing may be written down after those that do.
    const expected = [
      // Cancelling wins over a call that is under way: it is in the log, and decides nothing.
      {
        path: 'f0',
        state: 'CANCELLED',
        reason: 'CANCELLED_BY_REQUEST',
        calls: 1,
        superseded: 1,
        edited: 0,
      },
      // A pause comes too late for it.
      { path: 'f1', state: 'DELIVERED', reason: null, calls: 1, superseded: 0, edited: 0 },
      { path: 'f2', state: 'DELIVERED', reason: null, calls: 1, superseded: 0, edited: 0 },
      { path: 'f3', state: 'DELIVERED', reason: null, calls: 1, superseded: 0, edited: 0 },
    ];
    await eventually(
      () => outcomes(cluster),
      (found) => expect(found).toEqual(expected),
    );
    const late = await cluster.admin.run(CANCEL_POSTBACK, { input: { postbackId: ids.f3 ?? '' } });
    expectType(late.cancelPostback, 'ConflictError');
    expect(await cluster.violations()).toEqual([]);
  });

  test.each([
    ['before-send', 0],
    ['after-send', 1],
  ])('fault 26: cancelled, paused and edited after the worker died %s', async (point, made) => {
    await using cluster = await startCluster({ postgres, affiliates: 4, workers: 0 });
    // All four are under way before the first is answered.
    cluster.sink.behaveAll({ status: 200, afterMs: 500 });
    await cluster.report(4);
    await cluster.runDyingWorker(point);
    expect(cluster.sink.hits).toHaveLength(4 * made);
    await interfere(cluster);
    await cluster.startWorker();
    await cluster.settled();

    expect(await outcomes(cluster)).toEqual([
      {
        path: 'f0',
        state: 'CANCELLED',
        reason: 'CANCELLED_BY_REQUEST',
        calls: 0,
        superseded: 0,
        edited: 0,
      },
      {
        path: 'f1',
        state: 'CANCELLED',
        reason: 'PIXEL_PAUSED',
        calls: 0,
        superseded: 0,
        edited: 0,
      },
      // It was planned with the old URL.
      { path: 'f2', state: 'DELIVERED', reason: null, calls: 1, superseded: 0, edited: 0 },
      { path: 'f3', state: 'DELIVERED', reason: null, calls: 1, superseded: 0, edited: 0 },
    ]);
    expect(cluster.sink.hits).toHaveLength(4 * made + 2);
    expect(await cluster.violations()).toEqual([]);
  });
});

/** Cancels the postback of f0, pauses the pixel of f1 and gives that of f2 another URL. */
async function interfere(cluster: Cluster): Promise<Record<string, string>> {
  const { admin, affiliates, sink } = cluster;
  const rows = await cluster.sql(
    'SELECT a.affid, p.id FROM postback p JOIN affiliate a ON a.id = p.affiliate_id',
  );
  const ids = Object.fromEntries(
    rows.map(({ affid, id }) => [String(affid), encodeGlobalID('Postback', String(id))]),
  );
  const [, paused, edited] = affiliates;
  const url = `${sink.url}/f2${QUERY}&edited=1`;
  const { cancelPostback } = await admin.run(CANCEL_POSTBACK, {
    input: { postbackId: ids.f0 ?? '' },
  });
  const { pausePixel } = await admin.run(PAUSE_PIXEL, {
    input: { pixelId: paused?.pixelId ?? '' },
  });
  const { updatePixel } = await admin.run(UPDATE_PIXEL, {
    input: { pixelId: edited?.pixelId ?? '', url },
  });
  expectType(cancelPostback, 'CancelPostbackPayload');
  expectType(pausePixel, 'PausePixelPayload');
  expectType(updatePixel, 'UpdatePixelPayload');
  return ids;
}

/** What became of each affiliate's postback, by the log. */
function outcomes(cluster: Cluster): Promise<Record<string, unknown>[]> {
  return cluster.sql(`
    SELECT a.affid AS path, p.state::text, p.reason, count(t.id)::int AS calls,
      count(*) FILTER (WHERE t.superseded)::int AS superseded,
      count(*) FILTER (WHERE t.final_url LIKE '%edited%')::int AS edited
    FROM postback p JOIN affiliate a ON a.id = p.affiliate_id LEFT JOIN postback_attempt t ON t.postback_id = p.id
    GROUP BY 1, 2, 3 ORDER BY 1`);
}
