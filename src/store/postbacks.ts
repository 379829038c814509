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
export const STILL_OPEN = `p.state::text = 'OPEN'`;

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
