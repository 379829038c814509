import type { EventRow } from '../store/event-log.ts';
import type { Prisma } from '../store/generated/client/client.ts';
import type { EventStatus } from '../store/generated/client/enums.ts';

/** Which events: all given conditions hold, lists mean "any of", `from`/`to` are half open on `receivedAt`. */
export type EventFilter = {
  /** Of the click. */
  affiliateIds?: string[] | undefined;
  integrationIds?: string[] | undefined;
  types?: string[] | undefined;
  status?: EventStatus[] | undefined;
  clickId?: string | undefined;
  transactionId?: string | undefined;
  /** Only those without a click, or only those with one. */
  unattributed?: boolean | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

/** The filter as a condition of Prisma; events of test fires are in no list. */
export function eventsWhere(filter: EventFilter): Prisma.EventWhereInput {
  const { affiliateIds, integrationIds, types, status, clickId, transactionId } = filter;
  const { unattributed, from, to } = filter;
  return {
    AND: [
      { test: false },
      affiliateIds ? { click: { affiliateId: { in: affiliateIds } } } : {},
      integrationIds ? { integrationId: { in: integrationIds } } : {},
      types ? { type: { in: types } } : {},
      status ? { status: { in: status } } : {},
      clickId ? { clickId } : {},
      transactionId ? { transactionId } : {},
      unattributed === undefined ? {} : { unattributed: unattributed ? { not: null } : null },
      from ? { receivedAt: { gte: from } } : {},
      to ? { receivedAt: { lt: to } } : {},
    ],
  };
}

/** Whether a row of the live log passes the filter: the same rule for what comes later. */
export function matchesEvent(filter: EventFilter, row: EventRow): boolean {
  const { affiliateIds, integrationIds, types, status, clickId, transactionId } = filter;
  const { unattributed, from, to } = filter;
  return (
    (!affiliateIds || (row.affiliateId !== null && affiliateIds.includes(row.affiliateId))) &&
    (!integrationIds || integrationIds.includes(row.integrationId)) &&
    (!types || types.includes(row.type)) &&
    (!status || status.includes(row.status as EventStatus)) &&
    (!clickId || row.clickId === clickId) &&
    (!transactionId || row.transactionId === transactionId) &&
    (unattributed === undefined || (row.unattributed !== null) === unattributed) &&
    (!from || row.receivedAt >= from) &&
    (!to || row.receivedAt < to)
  );
}
