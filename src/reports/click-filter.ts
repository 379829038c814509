import type { ClickRow } from '../store/click-log.ts';
import type { Prisma } from '../store/generated/client/client.ts';

/** Which clicks: all given conditions hold, lists mean "any of", `from`/`to` are half open on `createdAt`. */
export type ClickFilter = {
  affiliateIds?: string[] | undefined;
  campaignIds?: string[] | undefined;
  clickId?: string | undefined;
  affclickid?: string | undefined;
  /** Only bots, or none. */
  isBot?: boolean | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** The filter as a condition of Prisma. */
export function clicksWhere(filter: ClickFilter): Prisma.ClickWhereInput {
  const { affiliateIds, campaignIds, clickId, affclickid, isBot, from, to } = filter;
  return {
    AND: [
      affiliateIds ? { affiliateId: { in: affiliateIds } } : {},
      campaignIds ? { campaignId: { in: campaignIds } } : {},
      clickId ? { clickId } : {},
      affclickid ? { affclickid } : {},
      isBot === undefined ? {} : { isBot },
      from ? { createdAt: { gte: from } } : {},
      to ? { createdAt: { lt: to } } : {},
    ],
  };
}

/** Whether a row of the live log passes the filter: the same rule for what comes later. */
export function matchesClick(filter: ClickFilter, row: ClickRow): boolean {
  const { affiliateIds, campaignIds, clickId, affclickid, isBot, from, to } = filter;
  return (
    (!affiliateIds || affiliateIds.includes(row.affiliateId)) &&
    (!campaignIds || campaignIds.includes(row.campaignId)) &&
    (!clickId || row.clickId === clickId) &&
    (!affclickid || row.affclickid === affclickid) &&
    (isBot === undefined || row.isBot === isBot) &&
    (!from || row.createdAt >= from) &&
    (!to || row.createdAt < to)
  );
}
