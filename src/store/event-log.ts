import type { CommittedLog } from '../live/hub.ts';
import type { Position } from '../live/position.ts';
import { openRowLog } from './commit-order.ts';
import type { Sql } from './database.ts';

/** A recorded event with what filters ask of it. */
export type EventRow = {
  position: Position;
  id: string;
  /** Whose click it belongs to; null for an event without one. */
  affiliateId: string | null;
  integrationId: string;
  type: string;
  status: string;
  clickId: string | null;
  transactionId: string | null;
  unattributed: string | null;
  receivedAt: Date;
};

/**
 * The log of event revisions in commit order. One that finds its click later takes a new place, as it
 * is only then that those who see the click may see it.
 */
export function openEventLog(sql: Sql): CommittedLog<EventRow> {
  return openRowLog(sql, {
    log: 'events',
    table: 'event',
    columns: `c.affiliate_id AS "affiliateId", r.integration_id AS "integrationId", r.type, r.status::text,
      r.click_id AS "clickId", r.transaction_id AS "transactionId", r.unattributed::text,
      r.received_at AS "receivedAt"`,
    joins: 'LEFT JOIN click c ON c.id = r.click_row_id',
    only: 'NOT r.test',
  });
}
