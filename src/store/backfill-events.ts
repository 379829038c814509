import type { EventFacts } from '../pixels/values.ts';
import type { Sql } from './database.ts';
import { EVENT_FACTS } from './events.ts';

/** Which events a pixel is backfilled with: received within `from` to `to`, half open. */
export type BackfillScope = {
  /** The pixel's trigger. */
  type: string;
  affiliateId: string;
  /** Also for the clicks of the affiliates below. */
  includeSubPartners: boolean;
  from: Date;
  to: Date;
};

/** An event as the plan reads it. */
export type BackfillEvent = EventFacts & { clickId: string };

/**
 * Events in their latest revision: what an earlier one said is not true any more. Needs event `e` and
 * click `c`, `$1` to `$5`.
 */
const WITHIN_SCOPE = `
  e.type = $1 AND NOT e.test AND e.received_at >= $4 AND e.received_at < $5
  AND c.affiliate_id IN (
    WITH RECURSIVE tree AS (
      SELECT $2::uuid AS id
      UNION ALL
      SELECT a.id FROM affiliate a JOIN tree t ON a.parent_id = t.id WHERE $3
    ) SELECT id FROM tree)
  AND (e.transaction_id IS NULL OR EXISTS (
    SELECT 1 FROM event_head h
    WHERE (h.integration_id, h.type, h.transaction_id) = (e.integration_id, e.type, e.transaction_id)
      AND h.event_id = e.id))`;

function valuesOf(scope: BackfillScope): unknown[] {
  return [scope.type, scope.affiliateId, scope.includeSubPartners, scope.from, scope.to];
}

export async function countBackfillEvents(sql: Sql, scope: BackfillScope): Promise<number> {
  const { rows } = await sql.query<{ count: number }>({
    name: 'count-backfill-events',
    text: `SELECT count(*)::int AS count FROM event e JOIN click c ON c.id = e.click_row_id WHERE ${WITHIN_SCOPE}`,
    values: valuesOf(scope),
  });
  return rows[0]?.count ?? 0;
}

/** One page of them in id order, behind `after`. */
export async function loadBackfillEvents(
  sql: Sql,
  scope: BackfillScope,
  after: string | null,
  limit: number,
): Promise<BackfillEvent[]> {
  const { rows } = await sql.query<BackfillEvent>({
    name: 'load-backfill-events',
    text: `
      SELECT e.id, ${EVENT_FACTS}, c.click_id AS "clickId"
      FROM event e JOIN click c ON c.id = e.click_row_id
      WHERE ${WITHIN_SCOPE} AND ($6::uuid IS NULL OR e.id > $6)
      ORDER BY e.id LIMIT $7`,
    values: [...valuesOf(scope), after, limit],
  });
  return rows;
}

/** Those of the events that the pixel has decided already, as an event came in or in a backfill. */
export async function loadDecided(
  sql: Sql,
  pixelId: string,
  eventIds: string[],
): Promise<Set<string>> {
  const { rows } = await sql.query<{ eventId: string }>({
    name: 'load-decided',
    text: `SELECT event_id AS "eventId" FROM postback
      WHERE pixel_id = $1 AND event_id = ANY($2::uuid[]) AND replay_of_id IS NULL AND NOT test`,
    values: [pixelId, eventIds],
  });
  return new Set(rows.map(({ eventId }) => eventId));
}
