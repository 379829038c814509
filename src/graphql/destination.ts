import { visibleByAffiliate } from '../access/visibility.ts';
import { createBatchLoader } from '../platform/batch-loader.ts';
import { literally } from '../platform/literally.ts';
import { countWaiting } from '../store/destinations.ts';
import type { Prisma } from '../store/generated/client/client.ts';
import { Affiliate } from './affiliate.ts';
import { builder, READERS } from './builder.ts';
import type { Context } from './context.ts';
import { BreakerState, HeldReason } from './enums.ts';
import { rowIdsOf } from './ids.ts';
import { checkPage } from './mutation.ts';
import { Pixel } from './pixel.ts';
import { Postback } from './postback.ts';

/** Of all destinations of a page in one statement. */
const loadWaiting = createBatchLoader(({ sql }: Context, ids) => countWaiting(sql, ids));

export const Destination = builder.prismaNode('Destination', {
  id: { field: 'id' },
  fields: (t) => ({
    affiliate: t.relation('affiliate', { description: 'Whose calls go there.' }),
    origin: t.exposeString('origin', {
      description: 'Scheme, host and port, for example `https://affiliate.example`.',
    }),
    breaker: t.expose('breaker', { type: BreakerState, description: 'Whether calls are made.' }),
    held: t.boolean({
      description: 'Whether its open postbacks are HELD.',
      select: { heldUntil: true },
      resolve: ({ heldUntil }) => heldUntil !== null,
    }),
    heldAt: t.expose('heldSince', { type: 'DateTime', nullable: true }),
    nextProbeAt: t.expose('heldUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'When calls go out again, one at first; past while they do. Null when it is not held.',
    }),
    heldReason: t.expose('heldReason', {
      type: HeldReason,
      nullable: true,
      description: 'Why they are held; null when they are not.',
    }),
    trips: t.exposeInt('trips'),
    lastFailure: t.exposeString('lastFailure', { nullable: true }),
    waiting: t.int({
      description: 'How many open postbacks go there; while it is held they are HELD.',
      complexity: 20,
      authScopes: { roles: READERS },
      select: { id: true },
      resolve: async ({ id }, _args, context) => (await loadWaiting(context, id)) ?? 0,
    }),
    changedAt: t.expose('changedAt', { type: 'DateTime' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.prismaObjectField(Postback, 'destination', (t) =>
  t.field({
    type: Destination,
    description: 'Where it goes: by the version of the pixel it was planned with.',
    select: (_args, _context, nested) => ({ version: { select: { destination: nested() } } }),
    resolve: ({ version }) => version.destination,
  }),
);

builder.prismaObjectField(Pixel, 'destination', (t) =>
  t.prismaField({
    type: Destination,
    description: 'Where the calls of its version of now go; earlier ones may go elsewhere.',
    select: { id: true, version: true },
    // `findUnique`, which Prisma batches over the rows of a page.
    resolve: (query, { id, version }, _args, { db }) =>
      db.pixelVersion
        .findUniqueOrThrow({ where: { pixelId_version: { pixelId: id, version } } })
        .destination(query),
  }),
);

export const DestinationConnection = builder.connectionObject(
  { type: Destination, name: 'DestinationConnection', description: 'A page of destinations.' },
  { name: 'DestinationEdge', description: 'A destination and its place.' },
);

builder.prismaObjectField(Affiliate, 'destinations', (t) =>
  t.relatedConnection(
    'destinations',
    {
      cursor: 'id',
      description: 'Where its calls go, newest first.',
      query: (args, { viewer }) => {
        checkPage(args);
        return { where: visibleByAffiliate(viewer), orderBy: { id: 'desc' } };
      },
    },
    DestinationConnection,
  ),
);

export const DestinationFilter = builder.inputType('DestinationFilter', {
  description: 'Which destinations; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList({ description: 'Whose calls go there.' }),
    held: t.boolean({ description: 'Only those whose postbacks are held, or none of them.' }),
    originContains: t.string({ description: 'Part of the origin, in any letter case.' }),
  }),
});

type FilterInput = typeof DestinationFilter.$inferInput;

/** The filter as a condition of Prisma. */
export function toPrisma(filter: FilterInput | null | undefined): Prisma.DestinationWhereInput {
  const affiliateIds = rowIdsOf('Affiliate', filter?.affiliateIds);
  const { held, originContains } = filter ?? {};
  return {
    ...(affiliateIds && { affiliateId: { in: affiliateIds } }),
    ...(typeof held === 'boolean' && { heldUntil: held ? { not: null } : null }),
    ...(originContains && {
      origin: { contains: literally(originContains), mode: 'insensitive' as const },
    }),
  };
}

builder.queryField('destinations', (t) =>
  t.prismaConnection(
    {
      type: Destination,
      cursor: 'id',
      description: 'Where calls go, with the state of each breaker. Newest first.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: DestinationFilter }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const where = { AND: [visibleByAffiliate(viewer), toPrisma(args.where)] };
        return db.destination.findMany({ ...query, where, orderBy: { id: 'desc' } });
      },
    },
    DestinationConnection,
  ),
);
