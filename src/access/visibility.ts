import type { Prisma } from '../store/generated/client/client.ts';
import type { Viewer } from './viewer.ts';

const NOTHING = { id: { in: [] as string[] } };

/** Which affiliates a viewer may see, as ids; null for all. The one tenancy rule, all others follow. */
export function visibleAffiliateIds(viewer: Viewer): string[] | null {
  if (viewer.role === 'ADMIN' || viewer.role === 'VIEWER') return null;
  return viewer.role === 'AFFILIATE' ? viewer.affiliateIds : [];
}

/** What two viewers have in common who may see the same, as values; statements of either answer both. */
export function rightsOf(viewer: Viewer): object {
  if (viewer.role === 'INTEGRATION') return { integrationId: viewer.integrationId };
  if (viewer.role !== 'AFFILIATE') return { all: visibleAffiliateIds(viewer) === null };
  return { affiliateId: viewer.affiliateId, affiliateIds: viewer.affiliateIds };
}

/** The same rule for one affiliate that is known already. */
export function maySeeAffiliate(viewer: Viewer, affiliateId: string): boolean {
  return visibleAffiliateIds(viewer)?.includes(affiliateId) ?? true;
}

/** Rows of a model with an `affiliateId`: pixels, clicks, tracking links, and affiliates by `id`. */
export function visibleByAffiliate(viewer: Viewer): { affiliateId?: { in: string[] } } {
  const ids = visibleAffiliateIds(viewer);
  return ids === null ? {} : { affiliateId: { in: ids } };
}

/**
 * Rows a viewer may change: an affiliate its own, also a broker, who sees those below but does not
 * manage for them.
 */
export function managedByAffiliate(viewer: Viewer): { affiliateId?: { in: string[] } } {
  if (viewer.role === 'ADMIN') return {};
  const own = viewer.role === 'AFFILIATE' ? viewer.affiliateId : null;
  return { affiliateId: { in: own === null ? [] : [own] } };
}

export function visibleAffiliates(viewer: Viewer): Prisma.AffiliateWhereInput {
  const ids = visibleAffiliateIds(viewer);
  return ids === null ? {} : { id: { in: ids } };
}

/** Events: an affiliate's through its clicks, an integration's through the reports it made. */
export function visibleEvents(viewer: Viewer): Prisma.EventWhereInput {
  if (viewer.role === 'INTEGRATION') return { integrationId: viewer.integrationId ?? '' };
  const ids = visibleAffiliateIds(viewer);
  return ids === null ? {} : { click: { affiliateId: { in: ids } } };
}

/** The same rule for an event of the live log; `affiliateId` is that of its click. */
export function maySeeEvent(
  viewer: Viewer,
  event: { integrationId: string; affiliateId: string | null },
): boolean {
  if (viewer.role === 'INTEGRATION') return event.integrationId === viewer.integrationId;
  if (event.affiliateId === null) return visibleAffiliateIds(viewer) === null;
  return maySeeAffiliate(viewer, event.affiliateId);
}

export function visiblePostbacks(viewer: Viewer): Prisma.PostbackWhereInput {
  if (viewer.role === 'INTEGRATION') return { event: visibleEvents(viewer) };
  return visibleByAffiliate(viewer);
}

/** Calls of echo receivers: an affiliate's through its receiver. */
export function visibleEchoCalls(viewer: Viewer): Prisma.EchoCallWhereInput {
  return { receiver: visibleByAffiliate(viewer) };
}

/** Integrations and API keys: those of the key itself, all for who administers or reads everything. */
export function visibleIntegrations(viewer: Viewer): Prisma.IntegrationWhereInput {
  if (viewer.role === 'INTEGRATION') return { id: viewer.integrationId ?? '' };
  return viewer.role === 'ADMIN' || viewer.role === 'VIEWER' ? {} : NOTHING;
}
