import { createOffer } from '../catalog/create.ts';
import { updateOffer } from '../catalog/update.ts';
import { ADMINS, builder, READERS } from './builder.ts';
import { rowIdOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { named } from './name-filter.ts';

export const Offer = builder.prismaNode('Offer', {
  id: { field: 'id' },
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const OfferConnection = builder.connectionObject(
  { type: Offer, name: 'OfferConnection', description: 'A page of offers.' },
  { name: 'OfferEdge', description: 'An offer and its place.' },
);

const OfferFilter = builder.inputType('OfferFilter', {
  description: 'Which offers; conditions are combined with and.',
  fields: (t) => ({
    codes: t.stringList({ description: 'Public codes.' }),
    nameContains: t.string({ description: 'Part of the name, in any letter case.' }),
  }),
});

builder.queryField('offers', (t) =>
  t.prismaConnection(
    {
      type: Offer,
      cursor: 'id',
      description: 'What is promoted, newest first; the same for every reader.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: OfferFilter }) },
      resolve: (query, _root, args, { db }) => {
        checkPage(args);
        const { codes, nameContains } = args.where ?? {};
        return db.offer.findMany({
          ...query,
          where: {
            ...(codes && { code: { in: codes } }),
            ...named(nameContains),
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    OfferConnection,
  ),
);

const CreateOfferInput = builder.inputType('CreateOfferInput', {
  description: 'A new offer.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'Public code, `[A-Za-z0-9._-]{1,64}`.' }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
  }),
});

const CreateOfferPayload = payloadRef<{ id: string }>('CreateOffer').implement({
  description: 'The offer that was made.',
  fields: (t) => ({
    offer: t.prismaField({
      type: Offer,
      resolve: (query, { id }, _args, { db }) =>
        db.offer.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createOffer', (t) =>
  t.field({
    type: resultOf('CreateOffer', CreateOfferPayload),
    description: 'Makes an offer.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: CreateOfferInput, required: true }) },
    resolve: async (_root, { input }, context) => ({ id: await createOffer(context, input) }),
  }),
);

const UpdateOfferInput = builder.inputType('UpdateOfferInput', {
  description: 'Changes of an offer; what is left out stays as it is.',
  fields: (t) => ({
    offerId: t.id({ required: true }),
    name: t.string({ description: '1 to 200 characters.' }),
  }),
});

const UpdateOfferPayload = payloadRef<{ id: string }>('UpdateOffer').implement({
  description: 'The offer as it is now.',
  fields: (t) => ({
    offer: t.prismaField({
      type: Offer,
      resolve: (query, { id }, _args, { db }) =>
        db.offer.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('updateOffer', (t) =>
  t.field({
    type: resultOf('UpdateOffer', UpdateOfferPayload),
    description: 'Renames an offer.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: UpdateOfferInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { offerId, ...changes } = input;
      const id = rowIdOf('Offer', offerId);
      await updateOffer(context, id, changes);
      return { id };
    },
  }),
);
