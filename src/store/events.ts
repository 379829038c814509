import type { EventFacts } from '../pixels/values.ts';
import type { Sql } from './database.ts';

/** An event revision as it is offered to the database, which decides whether it is one. */
export type NewEvent = {
  id: string;
  integrationId: string;
  delaySeconds: number;
  type: string;
  transactionId: string | null;
  status: string;
  amount: string | null;
  currency: string | null;
  payout: string | null;
  payoutCurrency: string | null;
  customerId: string | null;
  clickId: string | null;
  clickRowId: string | null;
  unattributed: string | null;
  occurredAt: Date | null;
};

/** A planned postback of a new event. */
export type NewPostback = {
  id: string;
  eventId: string;
  pixelId: string;
  pixelVersion: number;
  affiliateId: string;
  campaignId: string | null;
  clickId: string | null;
  eventType: string;
  /** Why it will not fire; null when it will. */
  skipReason: string | null;
  maxAttempts: number;
};

/** A postback that was written and may fire. */
export type ScheduledPostback = {
  id: string;
  affiliateId: string;
  destinationId: string;
  dueAtMs: number;
};

/**
 * Writes event revisions and their postbacks in one statement, due by PostgreSQL's clock.
 *
 * Invariant: within one call no two events share an identity (integration, type, transaction); the
 * caller folds repeats first, because one statement may not touch a head row twice. Identities are
 * written in sorted order, so two calls never wait for each other in a circle.
 *
 * @returns the ids of the events that are new revisions, and the postbacks that may fire. An event
 *   that is not returned equals the latest revision of its identity: a duplicate.
 */
export async function insertEvents(
  sql: Sql,
  events: NewEvent[],
  postbacks: NewPostback[],
): Promise<{ accepted: Set<string>; scheduled: ScheduledPostback[] }> {
  const { rows } = await sql.query<AcceptedRow>({
    name: 'insert-events',
    text: `
      WITH offered AS (
        SELECT * FROM jsonb_to_recordset($1::jsonb) AS e(
          id uuid, "integrationId" uuid, "delaySeconds" int, type text, "transactionId" text, status event_status,
          amount numeric(30,10), currency text, payout numeric(30,10), "payoutCurrency" text, "customerId" text,
          "clickId" text, "clickRowId" uuid, unattributed unattributed_reason, "occurredAt" timestamptz)
      ), head AS (
        INSERT INTO event_head AS h (integration_id, type, transaction_id, revision, status, amount, currency, event_id,
                                     conversion_id)
        SELECT "integrationId", type, "transactionId", 1, status, amount, currency, id, id FROM offered
        WHERE "transactionId" IS NOT NULL
        ORDER BY "integrationId", type, "transactionId"
        ON CONFLICT (integration_id, type, transaction_id) DO UPDATE
          SET revision = h.revision + 1, previous_status = h.status, status = excluded.status, amount = excluded.amount,
              currency = excluded.currency, event_id = excluded.event_id
          WHERE (h.status, h.amount, h.currency) IS DISTINCT FROM (excluded.status, excluded.amount, excluded.currency)
        RETURNING event_id, conversion_id, revision, previous_status
      ), accepted AS (
        SELECT o.*, coalesce(h.revision, 1) AS revision, nullif(h.conversion_id, o.id) AS conversion_id,
          h.previous_status, volley_now() + make_interval(secs => o."delaySeconds") AS due
        FROM offered o LEFT JOIN head h ON h.event_id = o.id
        WHERE o."transactionId" IS NULL OR h.event_id IS NOT NULL
      ), event_rows AS (
        INSERT INTO event (id, integration_id, type, status, previous_status, revision, conversion_id, amount, currency,
                           payout, payout_currency, customer_id, transaction_id, click_id, click_row_id, unattributed,
                           occurred_at, received_at)
        SELECT id, "integrationId", type, status, previous_status, revision, conversion_id, amount, currency,
               payout, "payoutCurrency", "customerId", "transactionId", "clickId", "clickRowId", unattributed,
               coalesce("occurredAt", volley_now()), volley_now()
        FROM accepted
      ), postback_rows AS (
        ${INSERT_POSTBACKS}
      )
      ${SELECT_ACCEPTED}`,
    values: [JSON.stringify(events), JSON.stringify(postbacks)],
  });
  return {
    accepted: new Set(rows.map((row) => row.event)),
    scheduled: scheduledOf(rows),
  };
}

/** The columns of `EventFacts` but its id, for statements that read event `e`. */
export const EVENT_FACTS = `
  coalesce(e.conversion_id, e.id) AS "conversionId", e.type, e.status::text, e.amount::text, e.currency,
  e.payout::text, e.payout_currency AS "payoutCurrency", e.transaction_id AS "transactionId",
  e.customer_id AS "customerId", e.occurred_at AS "occurredAt"`;

/** An event that was reported before its click was stored. */
export type WaitingEvent = EventFacts & {
  clickId: string;
  receivedAt: Date;
  delaySeconds: number;
};

/** Loads the events of the last 24 h that wait for one of these clicks. */
export async function loadWaitingEvents(sql: Sql, clickIds: string[]): Promise<WaitingEvent[]> {
  const { rows } = await sql.query<WaitingEvent>({
    name: 'load-waiting-events',
    text: `
      SELECT e.id, ${EVENT_FACTS}, e.click_id AS "clickId", e.received_at AS "receivedAt",
        i.delay_seconds AS "delaySeconds"
      FROM event e JOIN integration i ON i.id = e.integration_id
      WHERE e.click_id = ANY($1) AND e.unattributed = 'CLICK_UNKNOWN'
        AND e.received_at > volley_now() - interval '24 hours'
      ORDER BY e.id`,
    values: [clickIds],
  });
  return rows;
}

/** An event that found its click. */
export type Attribution = { id: string; clickRowId: string; delaySeconds: number };

/**
 * Gives waiting events their clicks and writes their postbacks, in one statement: due when they would
 * have been, or now if that has passed. They come once more in the live log, to those who see the click. An event that another process attributed first is left alone;
 * rows are locked in id order, so two processes never wait for each other in a circle.
 */
export async function attributeEvents(
  sql: Sql,
  attributions: Attribution[],
  postbacks: NewPostback[],
): Promise<ScheduledPostback[]> {
  const { rows } = await sql.query<AcceptedRow>({
    name: 'attribute-events',
    text: `
      WITH offered AS (
        SELECT * FROM jsonb_to_recordset($1::jsonb) AS o(id uuid, "clickRowId" uuid, "delaySeconds" int)
      ), waiting AS (
        SELECT id FROM event WHERE id IN (SELECT id FROM offered) AND unattributed = 'CLICK_UNKNOWN'
        ORDER BY id FOR UPDATE
      ), accepted AS (
        UPDATE event e SET click_row_id = o."clickRowId", unattributed = NULL, xact = pg_current_xact_id()::text::bigint
        FROM offered o JOIN waiting w ON w.id = o.id WHERE e.id = o.id
        RETURNING e.id, greatest(e.received_at + make_interval(secs => o."delaySeconds"), volley_now()) AS due
      ), postback_rows AS (
        ${INSERT_POSTBACKS}
      )
      ${SELECT_ACCEPTED}`,
    values: [JSON.stringify(attributions), JSON.stringify(postbacks)],
  });
  return scheduledOf(rows);
}

type AcceptedRow = { event: string } & (ScheduledPostback | { id: null });

/** Needs `accepted` and `postback_rows`: a row for each of the postbacks that may fire, and one for an event that has none. */
const SELECT_ACCEPTED = `
  SELECT a.id AS event, p.id, p.affiliate_id AS "affiliateId", v.destination_id AS "destinationId",
    volley_ms(p.due_at) AS "dueAtMs"
  FROM accepted a
    LEFT JOIN (postback_rows p JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version)
      ON p.event_id = a.id AND p.state = 'OPEN'`;

function scheduledOf(rows: AcceptedRow[]): ScheduledPostback[] {
  return rows.flatMap(({ event: _, ...postback }) => (postback.id === null ? [] : postback));
}

/** Needs a relation `accepted (id, due)`; `$2` holds the postbacks as JSON. */
const INSERT_POSTBACKS = `
  INSERT INTO postback (id, pixel_id, pixel_version, event_id, affiliate_id, campaign_id, click_id, event_type,
                        state, reason, due_at, next_attempt_at, finished_at, max_attempts)
  SELECT p.id, p."pixelId", p."pixelVersion", p."eventId", p."affiliateId", p."campaignId", p."clickId", p."eventType",
         CASE WHEN p."skipReason" IS NULL THEN 'OPEN' ELSE 'SKIPPED' END::postback_state, p."skipReason",
         a.due, CASE WHEN p."skipReason" IS NULL THEN a.due END, CASE WHEN p."skipReason" IS NOT NULL THEN volley_now() END,
         p."maxAttempts"
  FROM jsonb_to_recordset($2::jsonb) AS p(
    id uuid, "pixelId" uuid, "pixelVersion" int, "eventId" uuid, "affiliateId" uuid, "campaignId" uuid,
    "clickId" text, "eventType" text, "skipReason" text, "maxAttempts" int)
  JOIN accepted a ON a.id = p."eventId"
  ON CONFLICT DO NOTHING
  RETURNING id, event_id, affiliate_id, pixel_id, pixel_version, due_at, state`;

/** Identity of a reported conversion. */
export type EventIdentity = { integrationId: string; type: string; transactionId: string };

/** The event that holds the latest revision of each identity, in the order asked. */
export async function loadLatestEvents(
  sql: Sql,
  identities: EventIdentity[],
): Promise<(string | null)[]> {
  const { rows } = await sql.query<{ eventId: string | null }>({
    name: 'load-latest-events',
    text: `
      SELECT h.event_id AS "eventId"
      FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS i(integration_id, type, transaction_id, position)
      LEFT JOIN event_head h USING (integration_id, type, transaction_id)
      ORDER BY i.position`,
    values: [
      identities.map((identity) => identity.integrationId),
      identities.map((identity) => identity.type),
      identities.map((identity) => identity.transactionId),
    ],
  });
  return rows.map((row) => row.eventId);
}

/** An event as planning reads it, with the click it belongs to. */
export type EventToExplain = EventFacts & {
  /** Of the click it belongs to; null for an event without one. */
  clickId: string | null;
  receivedAt: Date;
  /** Made up for a test fire: it concerns the one pixel that was tested. */
  test: boolean;
};

export async function loadEventFacts(sql: Sql, ids: string[]): Promise<EventToExplain[]> {
  const { rows } = await sql.query<EventToExplain>({
    name: 'load-event-facts',
    text: `
      SELECT e.id, ${EVENT_FACTS}, c.click_id AS "clickId", e.received_at AS "receivedAt", e.test
      FROM event e LEFT JOIN click c ON c.id = e.click_row_id
      WHERE e.id = ANY($1)`,
    values: [ids],
  });
  return rows;
}

/** A row that an event made, and why it was not to fire; null when it was. */
export type DecidedPostback = {
  id: string;
  pixelId: string;
  affiliateId: string;
  skipReason: string | null;
};

/** The rows that these events made, in order, by event id; replays and test fires are left out. */
export async function loadDecidedPostbacks(
  sql: Sql,
  eventIds: string[],
): Promise<Map<string, DecidedPostback[]>> {
  const { rows } = await sql.query<DecidedPostback & { eventId: string }>({
    name: 'load-decided-postbacks',
    text: `
      SELECT event_id AS "eventId", id, pixel_id AS "pixelId", affiliate_id AS "affiliateId",
        CASE WHEN state = 'SKIPPED' THEN reason END AS "skipReason"
      FROM postback WHERE event_id = ANY($1) AND replay_of_id IS NULL AND NOT test
      ORDER BY id`,
    values: [eventIds],
  });
  return Map.groupBy(rows, ({ eventId }) => eventId);
}
