import type { KeptValue } from '../pixels/kept.ts';
import type { Sql } from './database.ts';
import { STILL_OPEN } from './postbacks.ts';

/** The outcome of one attempt, or of a decision not to make one (`attempt` null). */
export type Outcome = {
  /** Names it for good: sent again after a lost answer, it is recorded once. */
  id: string;
  postbackId: string;
  /** Attempts made before this one: the fence. */
  attemptsBefore: number;
  state: 'OPEN' | 'DELIVERED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
  reason: string | null;
  /** For OPEN: milliseconds until the next attempt, by PostgreSQL's clock. */
  retryInMs: number | null;
  attempt: {
    startedAt: Date;
    durationMs: number;
    finalUrl: string;
    statusCode: number | null;
    errorKind: string | null;
    message: string | null;
    responseBody: string | null;
    /** Null for most: nothing it was rendered with may change. */
    kept: KeptValue[] | null;
  } | null;
};

/** What the database made of an outcome. */
export type Finished = {
  postbackId: string;
  /** False when another outcome was recorded first: the attempt is logged as superseded. */
  applied: boolean;
  /** While the postback is open: when its next attempt is due, in milliseconds since 1970. */
  nextAttemptAtMs: number | null;
  /** The same as milliseconds from now, by PostgreSQL's clock. */
  nextAttemptInMs: number | null;
};

const OUTCOME_COLUMNS = `
  id uuid, "postbackId" uuid, "attemptsBefore" int, state postback_state, reason text, "retryInMs" double precision,
  attempt jsonb`;

/**
 * Records a batch of outcomes in one statement: postback states, fenced by the number of attempts
 * made, and one attempt row each. Nothing is released in Redis or announced before it returned.
 * Of several outcomes of one attempt one counts, in the batch as in the table; the others are superseded.
 * May be called again with outcomes that are recorded already, or being recorded by a statement whose
 * answer was lost: they are not written twice, and are answered as they were.
 * @returns what became of each outcome, in order
 */
export async function finishPostbacks(sql: Sql, outcomes: Outcome[]): Promise<Finished[]> {
  const { rows } = await sql.query<Finished>({
    name: 'finish-postbacks',
    text: `
      WITH outcome AS (
        SELECT * FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (${OUTCOME_COLUMNS})) WITH ORDINALITY
          AS o(id, "postbackId", "attemptsBefore", state, reason, "retryInMs", attempt, position)
      ), applied AS (
        UPDATE postback p SET
          state = o.state, reason = o.reason, crashes = 0,
          next_attempt_at = CASE WHEN o.state = 'OPEN' THEN volley_now() + make_interval(secs => o."retryInMs" / 1000) END,
          finished_at = CASE WHEN o.state <> 'OPEN' THEN volley_now() END,
          last_status_code = CASE WHEN o.attempt IS NULL THEN p.last_status_code ELSE (o.attempt->>'statusCode')::int END,
          attempts_made = p.attempts_made + (o.attempt IS NOT NULL)::int,
          fired_at = coalesce(p.fired_at, (o.attempt->>'startedAt')::timestamptz),
          final_url = coalesce(o.attempt->>'finalUrl', p.final_url)
        FROM outcome o
        WHERE p.id = ANY($2) AND p.id = o."postbackId" AND ${STILL_OPEN} AND p.attempts_made = o."attemptsBefore"
        RETURNING p.id, p.next_attempt_at, o.position
      ), logged AS (
        INSERT INTO postback_attempt (postback_id, number, started_at, duration_ms, final_url, status_code, error_kind,
                                      message, response_body, kept, superseded, outcome_id)
        SELECT o."postbackId", o."attemptsBefore" + 1, (o.attempt->>'startedAt')::timestamptz,
          (o.attempt->>'durationMs')::int, o.attempt->>'finalUrl', (o.attempt->>'statusCode')::int,
          o.attempt->>'errorKind', o.attempt->>'message', o.attempt->>'responseBody',
          nullif(o.attempt->'kept', 'null'), o.position NOT IN (SELECT position FROM applied), o.id
        FROM outcome o
        WHERE o.attempt IS NOT NULL AND o."postbackId" IN (SELECT id FROM postback WHERE id = ANY($2))
        ON CONFLICT (outcome_id) DO NOTHING
      )
      SELECT o."postbackId", a.id IS NOT NULL AS applied, volley_ms(a.next_attempt_at) AS "nextAttemptAtMs",
        volley_ms(a.next_attempt_at) - volley_ms(volley_now()) AS "nextAttemptInMs"
      FROM outcome o LEFT JOIN applied a USING (position)
      ORDER BY position`,
    values: [JSON.stringify(outcomes), outcomes.map(({ postbackId }) => postbackId)],
  });
  const beaten = outcomes.filter((_, at) => !rows[at]?.applied);
  if (beaten.length === 0) return rows;
  const found = (await readOutcomes(sql, beaten))[Symbol.iterator]();
  return rows.map((row) => (row.applied ? row : (found.next().value ?? row)));
}

/**
 * What stands of outcomes that did not count now. A statement of its own: while the one before waited
 * for the row, what it had seen of it got old.
 */
async function readOutcomes(sql: Sql, outcomes: Outcome[]): Promise<Finished[]> {
  const { rows } = await sql.query<Finished>({
    name: 'read-outcomes',
    text: `
      SELECT o."postbackId", volley_ms(p.next_attempt_at) AS "nextAttemptAtMs",
        volley_ms(p.next_attempt_at) - volley_ms(volley_now()) AS "nextAttemptInMs",
        CASE WHEN o.attempt IS NULL THEN (p.state, p.reason) IS NOT DISTINCT FROM (o.state, o.reason)
             ELSE coalesce(NOT a.superseded, false) END AS applied
      FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (${OUTCOME_COLUMNS})) WITH ORDINALITY
        AS o(id, "postbackId", "attemptsBefore", state, reason, "retryInMs", attempt, position)
      LEFT JOIN postback p ON p.id = o."postbackId" LEFT JOIN postback_attempt a ON a.outcome_id = o.id
      ORDER BY position`,
    values: [JSON.stringify(outcomes)],
  });
  return rows;
}
