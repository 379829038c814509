import type { Db, Sql } from './database.ts';

/**
 * The row of a destination, made when it is new.
 * @param destination `id` is used when there is none yet
 * @returns its id
 */
export async function ensureDestination(
  db: Db,
  { id, affiliateId, origin }: { id: string; affiliateId: string; origin: string },
): Promise<string> {
  const where = { affiliateId_origin: { affiliateId, origin } };
  const known = await db.destination.findUnique({ where, select: { id: true } });
  if (known) return known.id;
  // Two saves at once: one makes it, both read it.
  await db.destination.createMany({ data: [{ id, affiliateId, origin }], skipDuplicates: true });
  return (await db.destination.findUniqueOrThrow({ where, select: { id: true } })).id;
}

/** A hold as it is written and read; times are left over, by PostgreSQL's clock. */
export type DestinationHoldRow = {
  destinationId: string;
  affiliateId: string;
  breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** Null: nothing is held. */
  heldForMs: number | null;
  heldReason: 'FAILING' | 'RETRY_AFTER' | null;
  trips: number;
  lastFailure: string | null;
};

/**
 * Writes what workers found out about destinations, each named once. Who begins to probe makes no hold of what another
 * worker released meanwhile: nobody might be left to end it.
 */
export async function saveDestinationHolds(sql: Sql, holds: DestinationHoldRow[]): Promise<void> {
  await sql.query({
    name: 'save-destination-holds',
    text: `
      UPDATE destination d SET
        breaker = h.breaker::breaker_state, trips = h.trips, held_reason = h."heldReason"::held_reason,
        held_until = volley_now() + make_interval(secs => h."heldForMs" / 1000),
        held_since = CASE WHEN h."heldForMs" IS NOT NULL THEN coalesce(d.held_since, volley_now()) END,
        last_failure = CASE WHEN h."heldForMs" IS NOT NULL THEN h."lastFailure" END,
        changed_at = volley_now()
      FROM jsonb_to_recordset($1::jsonb) AS h("destinationId" uuid, breaker text, "heldForMs" double precision,
        "heldReason" text, trips int, "lastFailure" text)
      WHERE d.id = h."destinationId" AND (h.breaker <> 'HALF_OPEN' OR d.held_until IS NOT NULL)`,
    values: [JSON.stringify(holds)],
  });
}

/**
 * Every destination that is held or limited: few. The rate is the smallest of the active pixels that
 * go there now.
 */
export async function loadHeldOrLimited(
  sql: Sql,
): Promise<(DestinationHoldRow & { perSecond: number | null })[]> {
  const { rows } = await sql.query<DestinationHoldRow & { perSecond: number | null }>({
    name: 'load-held-or-limited',
    text: `
      WITH limited AS (
        SELECT v.destination_id, min(x.max_per_second) AS "perSecond"
        FROM pixel x JOIN pixel_version v ON v.pixel_id = x.id AND v.version = x.version
        WHERE x.max_per_second IS NOT NULL AND x.status = 'ACTIVE'
        GROUP BY 1
      )
      SELECT d.id AS "destinationId", d.affiliate_id AS "affiliateId", d.breaker::text,
        (extract(epoch FROM d.held_until - volley_now()) * 1000)::double precision AS "heldForMs",
        d.held_reason::text AS "heldReason", d.trips, d.last_failure AS "lastFailure", l."perSecond"
      FROM destination d LEFT JOIN limited l ON l.destination_id = d.id
      WHERE d.id IN (SELECT id FROM destination WHERE held_until IS NOT NULL
                     UNION SELECT destination_id FROM limited)`,
  });
  return rows;
}

/** Those postbacks whose destination is held now, of some that are open. */
export async function loadHeldPostbacks(sql: Sql, ids: string[]): Promise<Map<string, true>> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'load-held-postbacks',
    text: `
      SELECT p.id FROM postback p
      JOIN pixel_version v ON v.pixel_id = p.pixel_id AND v.version = p.pixel_version
      JOIN destination d ON d.id = v.destination_id
      WHERE p.id = ANY($1) AND d.held_until IS NOT NULL`,
    values: [ids],
  });
  return new Map(rows.map(({ id }) => [id, true]));
}

/**
 * Has the workers probe a held destination now; false when it is not held.
 * @param id row id
 */
export async function resumeDestination(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'resume-destination',
    text: `
      UPDATE destination SET held_until = least(held_until, volley_now()), changed_at = volley_now()
      WHERE id = $1 AND held_until IS NOT NULL`,
    values: [id],
  });
  return rowCount === 1;
}

/** Changes are looked for this far back, as a transaction may commit after a later one was read. */
const COMMIT_LAG_SECONDS = 5;

/**
 * Destinations that changed since a time that an earlier call named.
 * @param since null: no changes, only the time to ask from next
 */
export async function readDestinationChanges(
  sql: Sql,
  since: string | null,
): Promise<{ changes: { id: string; changedAt: string }[]; next: string }> {
  const { rows } = await sql.query<{ id: string | null; changedAt: string; next: string }>({
    name: 'read-destination-changes',
    text: `
      SELECT d.id, d.changed_at::text AS "changedAt", t.next::text
      FROM (SELECT volley_now() - make_interval(secs => $2::int) AS next) t
      LEFT JOIN destination d ON d.changed_at >= coalesce($1::timestamptz, t.next)
      ORDER BY d.changed_at`,
    values: [since, COMMIT_LAG_SECONDS],
  });
  const changes = rows.flatMap(({ id, changedAt }) => (id === null ? [] : { id, changedAt }));
  return { changes, next: rows[0]?.next ?? '' };
}

/** How many open postbacks wait for each of some destinations, held or not. */
export async function countWaiting(sql: Sql, ids: string[]): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ id: string; count: number }>({
    name: 'count-waiting',
    text: `
      SELECT v.destination_id AS id, count(*)::int AS count
      FROM pixel_version v JOIN postback p ON p.pixel_id = v.pixel_id AND p.pixel_version = v.version
      WHERE v.destination_id = ANY($1) AND p.state = 'OPEN' GROUP BY 1`,
    values: [ids],
  });
  return new Map(rows.map(({ id, count }) => [id, count]));
}
