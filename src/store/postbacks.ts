import type { KeptValue } from '../pixels/kept.ts';
import type { EventFacts } from '../pixels/values.ts';
import { CLICK_FACTS, type ClickFacts } from './clicks.ts';
import type { Sql } from './database.ts';
import { EVENT_FACTS } from './events.ts';

/** A claimed postback with all that one attempt needs. */
export type LoadedPostback = {
  id: string;
  affiliateId: string;
  destinationId: string;
  /** Milliseconds until it may fire; 0 or less when it may. */
  notBeforeMs: number;
  nextAttemptAtMs: number;
  attemptsMade: number;
  maxAttempts: number;
  /** How often in a row a worker died with it in hand; 3 only when it was the only suspect. */
  crashes: number;
  test: boolean;
  pixelStatus: string;
  pixelId: string;
  pixelVersion: number;
  url: string;
  method: 'GET' | 'POST';
  body: string | null;
  unresolved: 'EMPTY' | 'OMIT_PARAM' | 'SKIP' | 'LITERAL';
  required: string[];
  signed: boolean;
  /** The sealed secrets it is signed with, hexadecimal, newest first; none when it is not signed. */
  sealedSecrets: string[];
  ownerAffid: string;
  event: EventFacts;
  click: ClickFacts | null;
};

const POSTBACK_FACTS = `
  p.id, p.affiliate_id AS "affiliateId", v.destination_id AS "destinationId", p.crashes,
  volley_ms(p.next_attempt_at) - volley_ms(volley_now()) AS "notBeforeMs",
  volley_ms(p.next_attempt_at) AS "nextAttemptAtMs",
  p.attempts_made AS "attemptsMade", p.max_attempts AS "maxAttempts", p.test,
  x.status::text AS "pixelStatus", v.pixel_id AS "pixelId", v.version AS "pixelVersion", v.url, v.method::text,
  v.body, v.unresolved::text, v.required, v.signed, owner.affid AS "ownerAffid",
  (SELECT row_to_json(facts) FROM (SELECT e.id, ${EVENT_FACTS}) facts) AS event,
  (SELECT row_to_json(facts) FROM (SELECT ${CLICK_FACTS}) facts WHERE c.id IS NOT NULL) AS click`;

/** Whatever the pixel is now: a version that was signed stays so, and unsigning ends no secret. */
const SECRETS_IN_FORCE = `
  CASE WHEN v.signed THEN ARRAY(
    SELECT encode(s.sealed, 'hex') FROM pixel_secret s
    WHERE s.pixel_id = v.pixel_id AND (s.expires_at IS NULL OR s.expires_at > volley_now())
    ORDER BY s.expires_at DESC NULLS FIRST, s.id DESC
  ) ELSE '{}' END AS "sealedSecrets"`;

const POSTBACK_JOINS = `
  FROM postback p
  JOIN pixel x ON x.id = p.pixel_id
  JOIN affiliate owner ON owner.id = p.affiliate_id
  JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
  JOIN event e ON e.id = p.event_id
  LEFT JOIN click c ON c.id = e.click_row_id
  LEFT JOIN affiliate a ON a.id = c.affiliate_id
  LEFT JOIN campaign g ON g.id = c.campaign_id
  LEFT JOIN offer o ON o.id = g.offer_id`;

/**
 * That a postback is open, in a statement that names its rows by id. As text, so that no index of open ones can
 * answer it: with statistics from before a herd came the planner takes those for few, and would read all of the
 * herd for each handful of its rows.
 */
const STILL_OPEN = `p.state::text = 'OPEN'`;

/**
 * Loads claimed postbacks that are still open; what is missing from the answer is finished, cancelled
 * or gone, and its claim is to be completed. This read is the fence for whatever Redis brings back.
 * @param crashed those of them whose lease ran out: whoever had them died, which is counted up to 2. Who
 *   was only beside the culprit is no suspect of the third death: {@link suspectPostback}
 */
export async function loadOpenPostbacks(
  sql: Sql,
  ids: string[],
  crashed: string[],
): Promise<LoadedPostback[]> {
  // Before it is loaded: whoever crashes over it has counted itself.
  if (crashed.length > 0) {
    await sql.query({
      name: 'count-crashes',
      text: `UPDATE postback p SET crashes = crashes + 1 WHERE id = ANY($1) AND ${STILL_OPEN} AND crashes < 2`,
      values: [crashed],
    });
  }
  const { rows } = await sql.query<LoadedRow>({
    name: 'load-open-postbacks',
    text: `
      SELECT ${POSTBACK_FACTS}, ${SECRETS_IN_FORCE} ${POSTBACK_JOINS}
      WHERE p.id = ANY($1) AND ${STILL_OPEN}`,
    values: [ids],
  });
  return rows.map(toLoaded);
}

/**
 * Counts a third death before it can happen, of a postback that is about to be fired with no other suspect
 * beside it; or takes that back, when it is not fired after all.
 */
export async function suspectPostback(sql: Sql, id: string, isFired: boolean): Promise<void> {
  await sql.query({
    name: 'suspect-postback',
    text: `UPDATE postback SET crashes = $2 WHERE id = $1 AND state = 'OPEN'`,
    values: [id, isFired ? 3 : 2],
  });
}

type LoadedRow = Omit<LoadedPostback, 'event' | 'click'> & {
  event: Omit<EventFacts, 'occurredAt'> & { occurredAt: string };
  click: (Omit<ClickFacts, 'createdAt'> & { createdAt: string }) | null;
};

/** Times inside JSON are text. */
function toLoaded<Row extends LoadedRow>({ event, click, ...row }: Row) {
  return {
    ...row,
    event: { ...event, occurredAt: new Date(event.occurredAt) },
    click: click && { ...click, createdAt: new Date(click.createdAt) },
  };
}

/** Where a postback of the statement goes: that of the version it is pinned to. */
export const DESTINATION_ID = `
  (SELECT v.destination_id FROM pixel_version v
   WHERE v.pixel_id = postback.pixel_id AND v.version = postback.pixel_version) AS "destinationId"`;

/** Ends an open postback on request; answers where it would have gone, null when it is decided already. */
export async function cancelOpenPostback(
  sql: Sql,
  id: string,
): Promise<{ destinationId: string } | null> {
  const { rows } = await sql.query<{ destinationId: string }>({
    name: 'cancel-open-postback',
    text: `
      UPDATE postback SET state = 'CANCELLED', reason = 'CANCELLED_BY_REQUEST', next_attempt_at = NULL,
        finished_at = volley_now()
      WHERE id = $1 AND state = 'OPEN'
      RETURNING ${DESTINATION_ID}`,
    values: [id],
  });
  return rows[0] ?? null;
}

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

/** An open postback as the queue knows it. */
export type DuePostback = {
  id: string;
  affiliateId: string;
  destinationId: string;
  dueAtMs: number;
  /** For how long it has been due; negative before. */
  overdueMs: number;
  /** Its due time to the microsecond, as PostgreSQL writes it: where the next page goes on. */
  dueAt: string;
};

/** Which open postbacks a page holds; see {@link pageOpenPostbacks}. */
export type OpenPage = {
  /** Those whose next attempt is due before so many ms from now. */
  horizonMs: number;
  /** Those that have been due for so many ms at most; null for all. */
  sinceMs: number | null;
  /** Those of some affiliates; null for all. */
  affiliateIds: string[] | null;
  /** The last row of the page before; null for the first page. */
  after: Pick<DuePostback, 'dueAt' | 'id'> | null;
  limit: number;
};

/** One page of open postbacks in due order, read from the index of open ones: what the queue is filled from. */
export async function pageOpenPostbacks(sql: Sql, page: OpenPage): Promise<DuePostback[]> {
  const { rows } = await sql.query<DuePostback>({
    name: 'page-open-postbacks',
    text: `
      SELECT p.id, p.affiliate_id AS "affiliateId", v.destination_id AS "destinationId",
        volley_ms(p.next_attempt_at) AS "dueAtMs", p.next_attempt_at::text AS "dueAt",
        volley_ms(volley_now()) - volley_ms(p.next_attempt_at) AS "overdueMs"
      FROM (
        SELECT id, affiliate_id, pixel_id, pixel_version, next_attempt_at FROM postback
        WHERE state = 'OPEN'
          AND next_attempt_at < volley_now() + make_interval(secs => $1::double precision / 1000)
          AND (next_attempt_at, id) > (
            coalesce($2::timestamptz, volley_now() - make_interval(secs => $3::double precision / 1000), '-infinity'),
            coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
          AND ($5::uuid[] IS NULL OR affiliate_id = ANY($5))
        ORDER BY next_attempt_at, id LIMIT $6
      ) p
      JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
      ORDER BY p.next_attempt_at, p.id`,
    values: [
      page.horizonMs,
      page.after?.dueAt ?? null,
      page.sinceMs,
      page.after?.id ?? null,
      page.affiliateIds,
      page.limit,
    ],
  });
  return rows;
}

/** A postback with what its last attempt, if any, was rendered with. */
export type PostbackFacts = LoadedPostback & LastAttempt;

type LastAttempt = { lastNumber: number; lastStartedAt: Date | null; kept: KeptValue[] | null };

/**
 * Loads postbacks in any state, for showing how their URLs came about; unknown ids are left out. The last
 * attempt is the last one that counted, whose URL the postback shows.
 */
export async function loadPostbackFacts(
  sql: Sql,
  ids: string[],
): Promise<Map<string, PostbackFacts>> {
  const { rows } = await sql.query<LoadedRow & LastAttempt>({
    name: 'load-postback-facts',
    text: `
      SELECT ${POSTBACK_FACTS}, ${SECRETS_IN_FORCE}, coalesce(last.number, 0) AS "lastNumber",
        last.started_at AS "lastStartedAt", last.kept
      ${POSTBACK_JOINS}
      LEFT JOIN LATERAL (SELECT number, started_at, kept FROM postback_attempt
                         WHERE postback_id = p.id ORDER BY superseded, id DESC LIMIT 1) last ON true
      WHERE p.id = ANY($1)`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, toLoaded(row)]));
}

/** A pixel's newest postbacks and their events, newest first; replays and test fires are left out. */
export async function loadRecentPostbacks(
  sql: Sql,
  pixelId: string,
  limit: number,
): Promise<{ id: string; eventId: string }[]> {
  const { rows } = await sql.query<{ id: string; eventId: string }>({
    name: 'load-recent-postbacks',
    text: `
      SELECT id, event_id AS "eventId" FROM postback
      WHERE pixel_id = $1 AND replay_of_id IS NULL AND NOT test
      ORDER BY id DESC LIMIT $2`,
    values: [pixelId, limit],
  });
  return rows;
}

/** The templates that postbacks are pinned to, by postback. */
export async function loadTemplateUrls(sql: Sql, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; url: string }>({
    name: 'load-template-urls',
    text: `
      SELECT p.id, v.url FROM postback p
      JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
      WHERE p.id = ANY($1)`,
    values: [ids],
  });
  return new Map(rows.map(({ id, url }) => [id, url]));
}
