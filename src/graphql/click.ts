import { z } from 'zod';
import { visibleByAffiliate } from '../access/visibility.ts';
import type { EntryParameter } from '../clicks/entry-url.ts';
import { MAX_REFERRER } from '../clicks/record-click.ts';
import { parseInput, text } from '../platform/refusals.ts';
import { withoutNulls } from '../platform/without-nulls.ts';
import { type ClickFilter, clicksWhere } from '../reports/click-filter.ts';
import { builder, READERS, REPORTERS } from './builder.ts';
import { Parameter } from './entry-parameter.ts';
import { rowIdsOf } from './ids.ts';
import { checkPage, checkWindow, payloadRef, resultOf } from './mutation.ts';

export const Click = builder.prismaNode('Click', {
  id: { field: 'id' },
  fields: (t) => ({
    clickId: t.exposeString('clickId'),
    affiliate: t.relation('affiliate', { description: 'Whose link was visited.' }),
    campaign: t.relation('campaign', { description: 'What was promoted.' }),
    entryUrl: t.exposeString('entryUrl'),
    parameters: t.field({
      type: [Parameter],
      description: 'What the affiliate added to the entry URL, in order, names once.',
      select: { parameters: true },
      resolve: ({ parameters }) => parameters as EntryParameter[],
    }),
    warnings: t.exposeStringList('warnings'),
    affclickid: t.exposeString('affclickid', { nullable: true }),
    referrer: t.exposeString('referrer', { nullable: true }),
    isBot: t.exposeBoolean('isBot'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const ClickConnection = builder.connectionObject(
  { type: Click, name: 'ClickConnection', description: 'A page of clicks.' },
  { name: 'ClickEdge', description: 'A click and its place.' },
);

export const ClickFilterInput = builder.inputType('ClickFilter', {
  description: 'Which clicks; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList(),
    campaignIds: t.idList(),
    clickId: t.string({ description: 'Our click id.' }),
    affclickid: t.string({ description: "The affiliate's own click id, to the letter." }),
    isBot: t.boolean({ description: 'Only bots, or none; default both.' }),
    from: t.field({ type: 'DateTime', description: 'Visited at or after.' }),
    to: t.field({ type: 'DateTime', description: 'Visited before.' }),
  }),
});

/** The filter with row ids, and without what was left out or null. */
export function toClickFilter(
  input: typeof ClickFilterInput.$inferInput | null | undefined,
): ClickFilter {
  checkWindow(input);
  const { affiliateIds, campaignIds, ...rest } = input ?? {};
  return withoutNulls({
    ...rest,
    affiliateIds: rowIdsOf('Affiliate', affiliateIds),
    campaignIds: rowIdsOf('Campaign', campaignIds),
  });
}

builder.queryFields((t) => ({
  click: t.prismaField({
    type: Click,
    nullable: true,
    description: 'The click with our click id; null when there is none this key may see.',
    authScopes: { roles: READERS },
    args: { clickId: t.arg.string({ required: true }) },
    resolve: (query, _root, { clickId }, { db, viewer }) =>
      db.click.findFirst({ ...query, where: { AND: [{ clickId }, visibleByAffiliate(viewer)] } }),
  }),
  clicks: t.prismaConnection(
    {
      type: Click,
      cursor: 'id',
      description: 'Clicks, newest first.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: ClickFilterInput }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const where = { AND: [visibleByAffiliate(viewer), clicksWhere(toClickFilter(args.where))] };
        return db.click.findMany({ ...query, where, orderBy: { id: 'desc' } });
      },
    },
    ClickConnection,
  ),
}));

const RecordClickInput = builder.inputType('RecordClickInput', {
  description: 'A visit of an entry URL that was seen elsewhere.',
  fields: (t) => ({
    entryUrl: t.string({
      required: true,
      description: 'Absolute or from `/click?` on, exactly as visited.',
    }),
    ip: t.string({ description: "The visitor's IPv4 or IPv6 address." }),
    userAgent: t.string({
      description: "The visitor's browser, at most 1,024 characters; without it nobody is a bot.",
    }),
    referrer: t.string({
      description: 'The page the visitor came from, at most 2,048 characters.',
    }),
    acceptLanguage: t.string({
      description:
        'What languages the browser prefers, as in its header; at most 1,024 characters.',
    }),
  }),
});

const visitor = z.object({
  ip: z
    .union([z.ipv4(), z.ipv6()], {
      error: ({ input }) =>
        `must be an IPv4 or IPv6 address; it was ${JSON.stringify(String(input).slice(0, 64))}`,
    })
    .nullish(),
  userAgent: text(1024).nullish(),
  referrer: text(MAX_REFERRER).nullish(),
  acceptLanguage: text(1024).nullish(),
});

const RecordClickPayload = payloadRef<{ id: string }>('RecordClick').implement({
  description: 'The click that was stored.',
  fields: (t) => ({
    click: t.prismaField({
      type: Click,
      resolve: (query, { id }, _args, { db }) =>
        db.click.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('recordClick', (t) =>
  t.field({
    type: resultOf('RecordClick', RecordClickPayload),
    description: 'Stores a click without redirecting anybody.',
    authScopes: { roles: REPORTERS },
    args: { input: t.arg({ type: RecordClickInput, required: true }) },
    resolve: async (_root, { input }, { recordClick }) => {
      const { ip = null, userAgent = null, ...rest } = parseInput(visitor, input);
      const { referrer = null, acceptLanguage = null } = rest;
      const visit = { entryUrl: input.entryUrl, ip, userAgent, referrer, acceptLanguage };
      return { id: (await recordClick(visit)).click.id };
    },
  }),
);
