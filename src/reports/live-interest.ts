import type { Interest } from '../live/interests.ts';
import type { AttemptRow } from '../store/attempt-log.ts';
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
