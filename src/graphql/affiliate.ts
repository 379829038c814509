import { maySeeAffiliate, visibleAffiliates } from '../access/visibility.ts';
import { createAffiliate } from '../catalog/create.ts';
import { updateAffiliate } from '../catalog/update.ts';
import { ADMINS, builder, READERS } from './builder.ts';
import { ActiveStatus, AffiliateKind, AffiliatePermission } from './enums.ts';
import { rowIdOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { named } from './name-filter.ts';

export const Affiliate = builder.prismaNode('Affiliate', {
  id: { field: 'id' },
  fields: (t) => ({
    affid: t.exposeString('affid'),
    name: t.exposeString('name'),
    kind: t.expose('kind', { type: AffiliateKind }),
    status: t.expose('status', { type: ActiveStatus }),
    pixelsNeedApproval: t.exposeBoolean('pixelsNeedApproval'),
    permissions: t.expose('permissions', { type: [AffiliatePermission] }),
    parent: t.prismaField({
      type: 'Affiliate',
      nullable: true,
      description:
        'The introducing broker above it; null for none, or for one this key may not see.',
      select: { parentId: true },
      // `findUnique`, which Prisma batches over the rows of a page.
      resolve: (query, { parentId }, _args, { db, viewer }) =>
        parentId && maySeeAffiliate(viewer, parentId)
          ? db.affiliate.findUnique({ ...query, where: { id: parentId } })
          : null,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

export const AffiliateConnection = builder.connectionObject(
  { type: Affiliate, name: 'AffiliateConnection', description: 'A page of affiliates.' },
  { name: 'AffiliateEdge', description: 'An affiliate and its place.' },
);

const AffiliateFilter = builder.inputType('AffiliateFilter', {
  description: 'Which affiliates; conditions are combined with and.',
  fields: (t) => ({
    affids: t.stringList({ description: 'Public codes.' }),
    kind: t.field({ type: AffiliateKind }),
    status: t.field({ type: ActiveStatus }),
    nameContains: t.string({ description: 'Part of the name, in any letter case.' }),
  }),
});

builder.queryFields((t) => ({
  affiliate: t.prismaField({
    type: Affiliate,
    nullable: true,
    description: 'The affiliate with a public code; null when there is none this key may see.',
    authScopes: { roles: READERS },
    args: { affid: t.arg.string({ required: true }) },
    resolve: (query, _root, { affid }, { db, viewer }) =>
      db.affiliate.findFirst({ ...query, where: { AND: [{ affid }, visibleAffiliates(viewer)] } }),
  }),
  affiliates: t.prismaConnection(
    {
      type: Affiliate,
      cursor: 'id',
      description: 'Affiliates, newest first.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: AffiliateFilter }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const { affids, kind, status, nameContains } = args.where ?? {};
        return db.affiliate.findMany({
          ...query,
          where: {
            AND: [
              visibleAffiliates(viewer),
              affids ? { affid: { in: affids } } : {},
              kind ? { kind } : {},
              status ? { status } : {},
              named(nameContains),
            ],
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    AffiliateConnection,
  ),
}));

const CreateAffiliateInput = builder.inputType('CreateAffiliateInput', {
  description: 'A new affiliate.',
  fields: (t) => ({
    affid: t.string({ required: true, description: 'Public code, `[A-Za-z0-9._-]{1,64}`.' }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
    kind: t.field({ type: AffiliateKind, description: 'Default AFFILIATE.' }),
    parentId: t.id({ description: 'The introducing broker above it.' }),
    pixelsNeedApproval: t.boolean({
      description: 'Whether pixels it makes or changes wait for a manager; default false.',
    }),
    permissions: t.field({ type: [AffiliatePermission], description: 'Default none.' }),
  }),
});

const CreateAffiliatePayload = payloadRef<{ id: string }>('CreateAffiliate').implement({
  description: 'The affiliate that was made.',
  fields: (t) => ({
    affiliate: t.prismaField({
      type: Affiliate,
      resolve: (query, { id }, _args, { db }) =>
        db.affiliate.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createAffiliate', (t) =>
  t.field({
    type: resultOf('CreateAffiliate', CreateAffiliatePayload),
    description: 'Makes an affiliate.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: CreateAffiliateInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const parentId = input.parentId ? rowIdOf('Affiliate', input.parentId) : null;
      const id = await createAffiliate(context, { ...input, parentId });
      // Keys of the broker above see it from now on.
      if (parentId) context.rightsChanged();
      return { id };
    },
  }),
);

const UpdateAffiliateInput = builder.inputType('UpdateAffiliateInput', {
  description: 'Changes of an affiliate; what is left out stays as it is.',
  fields: (t) => ({
    affiliateId: t.id({ required: true }),
    name: t.string({ description: '1 to 200 characters.' }),
    status: t.field({ type: ActiveStatus, description: 'PAUSED: its entry URLs answer 410.' }),
    pixelsNeedApproval: t.boolean({
      description: 'Whether pixels it makes or changes from now on wait for a manager.',
    }),
    permissions: t.field({
      type: [AffiliatePermission],
      description: 'The whole new list. What is saved already keeps firing.',
    }),
  }),
});

const UpdateAffiliatePayload = payloadRef<{ id: string }>('UpdateAffiliate').implement({
  description: 'The affiliate as it is now.',
  fields: (t) => ({
    affiliate: t.prismaField({
      type: Affiliate,
      resolve: (query, { id }, _args, { db }) =>
        db.affiliate.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('updateAffiliate', (t) =>
  t.field({
    type: resultOf('UpdateAffiliate', UpdateAffiliatePayload),
    description:
      'Renames or pauses an affiliate, has its pixels approved by a manager, or grants it permissions.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: UpdateAffiliateInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { affiliateId, ...changes } = input;
      const id = rowIdOf('Affiliate', affiliateId);
      await updateAffiliate(context, id, changes);
      return { id };
    },
  }),
);
