import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finishPostbacks, type Outcome } from '../../src/store/outcomes.ts';
import { eventually } from '../support/eventually.ts';
import { makeScene, rowIdIn, type Scene } from '../support/scene.ts';

let scene: Scene;
let pool: pg.Pool;

beforeAll(async () => {
  // Without a worker nobody else records anything.
  scene = await makeScene({ VOLLEY_ROLE: 'api' });
  pool = new pg.Pool({ connectionString: scene.databaseUrl });
});
afterAll(async () => {
  await pool.end();
  await scene[Symbol.asyncDispose]();
});

async function open(): Promise<string> {
  const { affiliateId, entryUrl } = await scene.affiliate();
  await scene.pixel(affiliateId, {});
  const { postbacks } = await scene.event(await scene.click(entryUrl));
  return rowIdIn(postbacks[0]?.id ?? '');
}

function outcome(postbackId: string, changes: Partial<Outcome> = {}): Outcome {
  return {
    ...{ id: randomUUID(), postbackId, attemptsBefore: 0, state: 'OPEN', reason: 'HTTP_503' },
    retryInMs: 30_000,
    attempt: {
      startedAt: new Date(),
      durationMs: 1,
      finalUrl: 'https://affiliate.example/',
      statusCode: 503,
      errorKind: null,
      message: null,
      responseBody: null,
      kept: null,
    },
    ...changes,
  };
}

/** Holds the row of a postback until all of some statements wait for it; then lets them go on. */
async function whileLocked<Result>(id: string, act: () => Promise<Result>[]): Promise<Result[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM postback WHERE id = $1 FOR UPDATE', [id]);
    const running = act();
    await eventually(
      () =>
        scene.sql(`SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`),
      (waiting) => expect(waiting).toHaveLength(running.length),
    );
    await client.query('COMMIT');
    return await Promise.all(running);
  } finally {
    client.release();
  }
}

function attemptsOf(id: string) {
  return scene.sql(
    `SELECT number, superseded FROM postback_attempt WHERE postback_id = '${id}' ORDER BY id`,
  );
}

test('an outcome whose answer was lost is logged once, also when the first try still runs', async () => {
  const id = await open();
  const one = outcome(id);
  // Both see the postback as it was before either of them: the second one in vain.
  const answers = await whileLocked(id, () => [
    finishPostbacks(pool, [one]),
    finishPostbacks(pool, [one]),
  ]);

  expect(await attemptsOf(id)).toEqual([{ number: 1, superseded: false }]);
  const [row] = await scene.sql(`SELECT volley_ms(next_attempt_at) AS at FROM postback
    WHERE id = '${id}'`);
  for (const [answer] of answers) {
    expect(answer).toMatchObject({ applied: true, nextAttemptAtMs: row?.at });
    expect(answer?.nextAttemptInMs).toBeGreaterThan(25_000);
  }
});

test('a loser is told when the postback is really due next', async () => {
  const id = await open();
  const answers = await whileLocked(id, () => [
    finishPostbacks(pool, [outcome(id)]),
    finishPostbacks(pool, [outcome(id, { retryInMs: 600_000 })]),
  ]);

  const [row] = await scene.sql(`SELECT volley_ms(next_attempt_at) AS at FROM postback
    WHERE id = '${id}'`);
  const told = answers.map(([answer]) => answer);
  expect(told.map((it) => it?.applied).toSorted()).toEqual([false, true]);
  expect(told.map((it) => it?.nextAttemptAtMs)).toEqual([row?.at, row?.at]);
  const logged = await attemptsOf(id);
  expect(logged.map(({ superseded }) => superseded).toSorted()).toEqual([false, true]);
});

test('a decision without a call is answered as before when it is sent again', async () => {
  const id = await open();
  const cancelled = outcome(id, {
    ...{ state: 'CANCELLED', reason: 'PIXEL_PAUSED', retryInMs: null, attempt: null },
  });
  const failed = {
    ...cancelled,
    id: randomUUID(),
    state: 'FAILED',
    reason: 'QUARANTINED',
  } as const;

  const decided = { applied: true, nextAttemptAtMs: null, nextAttemptInMs: null };
  expect(await finishPostbacks(pool, [cancelled])).toMatchObject([decided]);
  const again = await finishPostbacks(pool, [cancelled, failed]);
  expect(again).toMatchObject([decided, { ...decided, applied: false }]);
  expect(await attemptsOf(id)).toEqual([]);
});
