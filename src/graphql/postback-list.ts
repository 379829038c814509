import { visiblePostbacks } from '../access/visibility.ts';
import { withoutNulls } from '../platform/without-nulls.ts';
import { type PostbackFilter, withinVisible } from '../reports/postback-filter.ts';
import {
  type PostbackOrder as Order,
  pagePostbacks,
  usualOrder,
} from '../reports/postback-page.ts';
import { builder, READERS } from './builder.ts';
import { OrderDirection, PostbackStatus, StatusCodeClass } from './enums.ts';
import { rowIdsOf } from './ids.ts';
import { checkPage, checkWindow } from './mutation.ts';
import { Postback, PostbackConnection } from './postback.ts';

export const PostbackFilterInput = builder.inputType('PostbackFilter', {
  description: 'Which postbacks; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList({ description: 'Owners of the pixels.' }),
    campaignIds: t.idList(),
    offerIds: t.idList({ description: "Offers of the clicks' campaigns." }),
    pixelIds: t.idList(),
    eventTypes: t.stringList({ description: 'Codes of event types.' }),
    status: t.field({ type: [PostbackStatus] }),
    statusCodes: t.field({
      type: [StatusCodeClass],
      description: "Classes of the last attempt's answer.",
    }),
    clickId: t.string({ description: 'Our click id.' }),
    affclickid: t.string({ description: "The affiliate's own click id, to the letter." }),
    finalUrlContains: t.string({ description: 'Part of the final URL, letter case counts.' }),
    test: t.boolean({ description: 'Only test fires, or none.' }),
    from: t.field({ type: 'DateTime', description: '`dueAt` at or after.' }),
    to: t.field({ type: 'DateTime', description: '`dueAt` before.' }),
  }),
});

type FilterInput = typeof PostbackFilterInput.$inferInput;

/** The filter with row ids, and without what was left out or null. */
export function toFilter(input: FilterInput | null | undefined): PostbackFilter {
  checkWindow(input);
  const { affiliateIds, campaignIds, offerIds, pixelIds, ...rest } = input ?? {};
  return withoutNulls({
    ...rest,
    affiliateIds: rowIdsOf('Affiliate', affiliateIds),
    campaignIds: rowIdsOf('Campaign', campaignIds),
    offerIds: rowIdsOf('Offer', offerIds),
    pixelIds: rowIdsOf('Pixel', pixelIds),
  });
}

const PostbackOrderField = builder.enumType('PostbackOrderField', {
  description: 'What postbacks are ordered by. May grow.',
  values: {
    CREATED_AT: { description: 'When they were decided.' },
    DUE_AT: { description: 'When their first attempt is due.' },
  } as const,
});

const PostbackOrder = builder.inputType('PostbackOrder', {
  description: 'Order of postbacks; the id breaks ties.',
  fields: (t) => ({
    field: t.field({ type: PostbackOrderField, required: true, description: 'By what.' }),
    direction: t.field({
      type: OrderDirection,
      required: true,
      description: 'DESC for the latest first.',
    }),
  }),
});

builder.queryField('postbacks', (t) =>
  t.prismaConnection(
    {
      type: Postback,
      cursor: 'id',
      description:
        'The postback report: what was fired, skipped, failed or waits. Newest first: by creation, or by `dueAt` when `from` or `to` is given.',
      authScopes: { roles: READERS },
      args: {
        where: t.arg({ type: PostbackFilterInput }),
        orderBy: t.arg({ type: PostbackOrder }),
      },
      resolve: async ({ cursor, skip: _skip, take, ...query }, _root, args, context) => {
        checkPage(args);
        const { db, sql, viewer } = context;
        const filter = withinVisible(viewer, toFilter(args.where));
        const { orderBy } = args;
        const order = orderBy ? { ...orderBy, by: orderBy.field } : usualOrder(filter);
        const page = { after: cursor?.id ?? null, limit: Math.abs(take) };
        // A page before a row is one behind it in the opposite order.
        const ids =
          take < 0
            ? (await pagePostbacks(sql, filter, reverse(order), page)).reverse()
            : await pagePostbacks(sql, filter, order, page);
        const where = { AND: [{ id: { in: ids } }, visiblePostbacks(viewer)] };
        const rows = await db.postback.findMany({ ...query, where });
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.flatMap((id) => byId.get(id) ?? []);
      },
    },
    PostbackConnection,
  ),
);

function reverse({ by, direction }: Order): Order {
  return { by, direction: direction === 'ASC' ? 'DESC' : 'ASC' };
}
