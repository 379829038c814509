import { visibleAffiliateIds } from '../access/visibility.ts';
import { type AffclickidGroup as Group, groupByAffclickid } from '../reports/affclickid-groups.ts';
import { Affiliate } from './affiliate.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { rowIdsOf } from './ids.ts';
import { checkPage } from './mutation.ts';

const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_DAYS = 30;
/** A longer window would group years of clicks for one answer. */
const MAX_DAYS = 92;

const AffclickidGroup = builder.objectRef<Group>('AffclickidGroup').implement({
  description: 'Clicks of one affiliate that carry the same `affclickid`.',
  fields: (t) => ({
    affiliate: t.prismaField({
      type: Affiliate,
      description: 'Whose links were visited.',
      resolve: (query, { affiliateId }, _args, { db }) =>
        db.affiliate.findUniqueOrThrow({ ...query, where: { id: affiliateId } }),
    }),
    affclickid: t.exposeString('affclickid', { description: "The affiliate's own click id." }),
    clicks: t.exposeInt('clicks', { description: 'How many clicks carry it, bots left out.' }),
    events: t.exposeInt('events', { description: 'Events of these clicks.' }),
    postbacks: t.exposeInt('postbacks', { description: 'Postbacks of these events.' }),
    firstClickAt: t.expose('firstClickAt', { type: 'DateTime', description: 'The first visit.' }),
    lastClickAt: t.expose('lastClickAt', { type: 'DateTime', description: 'The last visit.' }),
  }),
});

const AffclickidGroupFilter = builder.inputType('AffclickidGroupFilter', {
  description: 'Which clicks are grouped; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList({ description: 'Whose clicks.' }),
    campaignIds: t.idList({ description: 'Clicks on these campaigns.' }),
    from: t.field({ type: 'DateTime', description: 'Visited at or after; default 30 days ago.' }),
    to: t.field({ type: 'DateTime', description: 'Visited before; default now.' }),
    minClicks: t.int({ description: 'Smallest group, default 2: doubles.' }),
  }),
});

builder.queryField('affclickidGroups', (t) =>
  t.field({
    type: [AffclickidGroup],
    description:
      'Clicks grouped by the affiliate’s own click id, largest groups first: what was sent twice. A window of 92 days at most.',
    authScopes: { roles: READERS },
    complexity: (args) => ({ field: 50, multiplier: args.first ?? 20 }),
    args: {
      first: t.arg.int({ description: 'Default 20, at most 100.' }),
      where: t.arg({ type: AffclickidGroupFilter }),
    },
    resolve: (_root, { first, where }, { sql, clock, viewer }) => {
      checkPage({ first: first ?? null });
      const to = where?.to ?? clock.now();
      const from = where?.from ?? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
      const days = (to.getTime() - from.getTime()) / DAY_MS;
      if (days > MAX_DAYS) {
        const message = `"from" to "to" may span ${MAX_DAYS} days; it was ${Math.ceil(days)}.`;
        throw callerError('BAD_USER_INPUT', message);
      }
      const minClicks = where?.minClicks ?? 2;
      if (minClicks < 1) {
        throw callerError('BAD_USER_INPUT', `"minClicks" must be 1 or more; it was ${minClicks}.`);
      }
      const asked = rowIdsOf('Affiliate', where?.affiliateIds);
      const visible = visibleAffiliateIds(viewer);
      const affiliateIds = visible && asked ? asked.filter((id) => visible.includes(id)) : asked;
      const campaignIds = rowIdsOf('Campaign', where?.campaignIds);
      const filter = {
        ...((affiliateIds ?? visible) && { affiliateIds: affiliateIds ?? visible ?? [] }),
        ...(campaignIds && { campaignIds }),
        from,
        to,
        minClicks,
      };
      return groupByAffclickid(sql, filter, first ?? 20);
    },
  }),
);
