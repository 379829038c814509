import type { CommittedLog } from '../live/hub.ts';
import type { Position } from '../live/position.ts';
import { openRowLog } from './commit-order.ts';
import type { Sql } from './database.ts';

/** A stored click with what filters ask of it. */
export type ClickRow = {
  position: Position;
  id: string;
  affiliateId: string;
  campaignId: string;
  clickId: string;
  affclickid: string | null;
  isBot: boolean;
  createdAt: Date;
};

/** The log of clicks in commit order: one that waited in a spool comes when it is stored. */
export function openClickLog(sql: Sql): CommittedLog<ClickRow> {
  return openRowLog(sql, {
    log: 'clicks',
    table: 'click',
    columns: `r.affiliate_id AS "affiliateId", r.campaign_id AS "campaignId", r.click_id AS "clickId", r.affclickid,
      r.is_bot AS "isBot", r.created_at AS "createdAt"`,
  });
}
