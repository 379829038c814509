import type { PostbackFilter, PostbackStatus } from '../gql/graphql.ts';

/** What the table is narrowed to; named like the fields of the query, but for `affid`, the public code. */
export type Filters = {
  affid: string;
  eventTypes: string[];
  status: PostbackStatus[];
  pixelIds: string[];
  clickId: string;
  finalUrlContains: string;
  /** Only test fires, none, or both (null). */
  test: boolean | null;
};

export const STATUSES: readonly PostbackStatus[] = [
  'DELIVERED',
  'FAILED',
  'RETRYING',
  'HELD',
  'SCHEDULED',
  'SKIPPED',
  'CANCELLED',
];

export const NO_FILTERS: Filters = {
  affid: '',
  eventTypes: [],
  status: [],
  pixelIds: [],
  clickId: '',
  finalUrlContains: '',
  test: null,
};

/**
 * Reads the query of the page's address. Lists are repeated or have commas, as in
 * `/reports/postbacks.csv`; what cannot be used is left out and told.
 */
export function readFilters(search: string): { filters: Filters; problems: string[] } {
  const params = new URLSearchParams(search);
  const problems: string[] = [];
  const list = (name: string) =>
    params.getAll(name).flatMap((text) => text.split(',').filter((part) => part !== ''));
  const status = list('status').filter((text): text is PostbackStatus => {
    const isKnown = (STATUSES as readonly string[]).includes(text);
    if (!isKnown) problems.push(`status: ${text} is none of ${STATUSES.join(', ')}`);
    return isKnown;
  });
  const test = params.get('test');
  if (test !== null && test !== 'true' && test !== 'false') {
    problems.push(`test: ${test} is neither true nor false`);
  }
  const filters = {
    affid: params.get('affid') ?? '',
    eventTypes: list('eventTypes'),
    status,
    pixelIds: list('pixelIds'),
    clickId: params.get('clickId') ?? '',
    finalUrlContains: params.get('finalUrlContains') ?? '',
    test: test === 'true' ? true : test === 'false' ? false : null,
  };
  return { filters, problems };
}

/** The query of the address, with its question mark; empty without filters. */
export function writeFilters(filters: Filters): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (Array.isArray(value)) for (const one of value) params.append(name, one);
    else if (value !== '' && value !== null) params.append(name, String(value));
  }
  return params.size === 0 ? '' : `?${params}`;
}

export function isFiltered(filters: Filters): boolean {
  return writeFilters(filters) !== '';
}

/** The filter as the API takes it; the id of the affiliate was looked up by its code. */
export function toWhere(filters: Filters, affiliateId: string | null): PostbackFilter {
  const { eventTypes, status, pixelIds, clickId, finalUrlContains, test } = filters;
  return {
    ...(affiliateId !== null && { affiliateIds: [affiliateId] }),
    ...(eventTypes.length > 0 && { eventTypes }),
    ...(status.length > 0 && { status }),
    ...(pixelIds.length > 0 && { pixelIds }),
    ...(clickId && { clickId }),
    ...(finalUrlContains && { finalUrlContains }),
    ...(test !== null && { test }),
  };
}
