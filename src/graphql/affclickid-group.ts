import { z } from 'zod';
import { visibleAffiliateIds } from '../access/visibility.ts';
import { text } from '../platform/refusals.ts';
import {
  type AffclickidPlace,
  type AffclickidGroup as Group,
  groupByAffclickid,
} from '../reports/affclickid-groups.ts';
import { Affiliate } from './affiliate.ts';
import { builder, READERS } from './builder.ts';
import { callerError } from './caller-error.ts';
import { rowIdsOf } from './ids.ts';
import { checkPage, checkWindow } from './mutation.ts';

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

const AffclickidGroupConnection = builder.connectionObject(
  {
    type: AffclickidGroup,
    name: 'AffclickidGroupConnection',
    description: 'A page of groups.',
  },
  { name: 'AffclickidGroupEdge', description: 'A group and its place.' },
);

const Place = z.tuple([
  z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  text(1024),
  z.uuid(),
]);

function cursorOf({ clicks, affclickid, affiliateId }: AffclickidPlace): string {
  return Buffer.from(JSON.stringify([clicks, affclickid, affiliateId])).toString('base64');
}

function readCursor(cursor: string): AffclickidPlace {
  try {
    const place = Place.parse(JSON.parse(Buffer.from(cursor, 'base64').toString()));
    return { clicks: place[0], affclickid: place[1], affiliateId: place[2] };
  } catch {
    throw callerError('BAD_USER_INPUT', '"after" is no cursor of this list.');
  }
}

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
    type: AffclickidGroupConnection,
    description:
      'Clicks grouped by the affiliate’s own click id, largest groups first: what was sent twice. Without `from` and `to` the last 30 days; a window of 92 days at most.',
    authScopes: { roles: READERS },
    complexity: (args) => ({ field: 50, multiplier: args.first ?? 20 }),
    args: {
      first: t.arg.int({ description: 'Default 20, at most 100.' }),
      after: t.arg.string({ description: 'Cursor of the last group of the page before.' }),
      where: t.arg({ type: AffclickidGroupFilter }),
    },
    resolve: async (_root, { first, after, where }, { sql, clock, viewer }) => {
      checkPage({ first: first ?? null });
      const to = where?.to ?? clock.now();
      const from = where?.from ?? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
      checkWindow({ from, to });
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
        ...(visible && { postbacksOf: visible }),
      };
      const size = first ?? 20;
      const place = typeof after === 'string' ? readCursor(after) : null;
      // One more than asked tells whether another page follows.
      const found = await groupByAffclickid(sql, filter, size + 1, place);
      const edges = found.slice(0, size).map((node) => ({ cursor: cursorOf(node), node }));
      return {
        edges,
        pageInfo: {
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
          hasPreviousPage: place !== null,
          hasNextPage: found.length > size,
        },
      };
    },
  }),
);
