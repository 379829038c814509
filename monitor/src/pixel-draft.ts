import type { PixelLineFragment } from '../gql/graphql.ts';

/** Everything the builder sets, named like the input of the API. */
export type Draft = Omit<
  PixelLineFragment,
  'id' | 'status' | 'campaigns' | 'warnings' | 'rejection'
> & { campaignIds: string[] };

/** What a pixel is when nothing is said. */
export const NEW_PIXEL: Draft = {
  url: '',
  triggerEvent: 'FirstDeposit',
  scope: 'ALL_CAMPAIGNS',
  campaignIds: [],
  statuses: ['APPROVED'],
  unresolved: 'EMPTY',
  required: [],
  method: 'GET',
  body: null,
  maxClickAgeSeconds: null,
  includeSubPartners: false,
  maxAttempts: 8,
  maxPerSecond: null,
  signed: false,
};

/** A saved pixel as the builder begins with it. */
export function toDraft(pixel: PixelLineFragment): Draft {
  const { id, status, campaigns, warnings, rejection, ...settings } = pixel;
  return { ...settings, campaignIds: campaigns.map((campaign) => campaign.id) };
}

/**
 * What of a draft is other than it was: only that is saved, so that nobody's change meanwhile is undone.
 * A list of campaigns without its scope and a body without POST stay on the page, and are not sent.
 */
export function changesOf(draft: Draft, before: Draft): Partial<Draft> {
  const isListed = draft.scope === 'SPECIFIC_CAMPAIGNS';
  const sent: Draft = {
    ...draft,
    url: draft.url.trim(),
    campaignIds: isListed ? draft.campaignIds : [],
    body: draft.method === 'POST' && draft.body ? draft.body : null,
  };
  const names = Object.keys(NEW_PIXEL) as (keyof Draft)[];
  const changed = names.filter((name) => !isSame(sent[name], before[name]));
  return Object.fromEntries(changed.map((name) => [name, sent[name]]));
}

/** Lists have no order. */
function isSame(one: Draft[keyof Draft], other: Draft[keyof Draft]): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.toSorted().join('\n') === other.toSorted().join('\n');
}
