import { rightsOf, type Viewer } from '../access/viewer.ts';
import { maySeeAffiliate, maySeeEvent, visibleAffiliateIds } from '../access/visibility.ts';
import type { Interest } from '../live/interests.ts';
import type { AttemptRow } from '../store/attempt-log.ts';
import type { ClickRow } from '../store/click-log.ts';
import type { EventRow } from '../store/event-log.ts';
import { type ClickFilter, matchesClick } from './click-filter.ts';
import { type EventFilter, matchesEvent } from './event-filter.ts';
import { matchesFilter, type PostbackFilter } from './postback-filter.ts';

/** What a viewer with this filter is to be handed of the live log. */
export function interestOf(filter: PostbackFilter): Interest<AttemptRow> {
  return {
    group: JSON.stringify(filter),
    keys: keysOfFilter(filter),
    matches: (row) => matchesFilter(filter, row),
  };
}

/** By what viewers of an attempt are looked up. */
export function keysOfAttempt(row: AttemptRow): string[] {
  const { clickId, pixelId, affiliateId, campaignId, eventType } = row;
  return [
    `click:${clickId}`,
    `pixel:${pixelId}`,
    `campaign:${campaignId}`,
    `affiliate:${affiliateId}`,
    `type:${eventType}`,
  ];
}

/** The narrowest condition that rows can be looked up by; null when there is none. */
function keysOfFilter(filter: PostbackFilter): string[] | null {
  const { clickId, pixelIds, campaignIds, affiliateIds, eventTypes } = filter;
  if (clickId !== undefined) return [`click:${clickId}`];
  if (pixelIds) return pixelIds.map((id) => `pixel:${id}`);
  if (campaignIds) return campaignIds.map((id) => `campaign:${id}`);
  if (affiliateIds) return affiliateIds.map((id) => `affiliate:${id}`);
  return eventTypes?.map((type) => `type:${type}`) ?? null;
}

/** The same of the log of events, for a viewer. */
export function interestInEvents(viewer: Viewer, filter: EventFilter): Interest<EventRow> {
  return {
    ...groupOf(viewer, filter),
    matches: (row) => maySeeEvent(viewer, row) && matchesEvent(filter, row),
  };
}

/** The same of the log of clicks. */
export function interestInClicks(viewer: Viewer, filter: ClickFilter): Interest<ClickRow> {
  return {
    ...groupOf(viewer, filter),
    matches: (row) => maySeeAffiliate(viewer, row.affiliateId) && matchesClick(filter, row),
  };
}

/** By what viewers of an event or a click are looked up. */
export function keysOfVisit(row: EventRow | ClickRow): string[] {
  return [`click:${row.clickId}`, `affiliate:${row.affiliateId}`];
}

function groupOf(viewer: Viewer, filter: EventFilter | ClickFilter) {
  const { clickId, affiliateIds = visibleAffiliateIds(viewer) } = filter;
  const keys = clickId
    ? [`click:${clickId}`]
    : (affiliateIds?.map((id) => `affiliate:${id}`) ?? null);
  return { group: JSON.stringify([rightsOf(viewer), filter]), keys };
}
