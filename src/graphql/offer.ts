import { createOffer } from '../catalog/create.ts';
import { ADMINS, builder } from './builder.ts';
import { payloadRef, resultOf } from './mutation.ts';

export const Offer = builder.prismaNode('Offer', {
  id: { field: 'id' },
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

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
