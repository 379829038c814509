import { createCampaign } from '../catalog/create.ts';
import { updateCampaign } from '../catalog/update.ts';
import { ADMINS, builder, READERS } from './builder.ts';
import { ActiveStatus } from './enums.ts';
import { rowIdOf, rowIdsOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { named } from './name-filter.ts';

/** Campaigns are what affiliates promote: every reader sees them all. */
export const Campaign = builder.prismaNode('Campaign', {
  id: { field: 'id' },
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    offer: t.relation('offer', { description: 'What it promotes.' }),
    landingUrl: t.exposeString('landingUrl'),
    status: t.expose('status', { type: ActiveStatus }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.queryField('campaign', (t) =>
  t.prismaField({
    type: Campaign,
    nullable: true,
    description: 'The campaign with a public code; null when there is none.',
    authScopes: { roles: READERS },
    args: { code: t.arg.string({ required: true }) },
    resolve: (query, _root, { code }, { db }) =>
      db.campaign.findUnique({ ...query, where: { code } }),
  }),
);

const CampaignConnection = builder.connectionObject(
  { type: Campaign, name: 'CampaignConnection', description: 'A page of campaigns.' },
  { name: 'CampaignEdge', description: 'A campaign and its place.' },
);

const CampaignFilter = builder.inputType('CampaignFilter', {
  description: 'Which campaigns; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    codes: t.stringList({ description: 'Public codes.' }),
    offerIds: t.idList({ description: 'What they promote.' }),
    status: t.field({ type: ActiveStatus }),
    nameContains: t.string({ description: 'Part of the name, in any letter case.' }),
  }),
});

builder.queryField('campaigns', (t) =>
  t.prismaConnection(
    {
      type: Campaign,
      cursor: 'id',
      description: 'Campaigns, newest first; the same for every reader.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: CampaignFilter }) },
      resolve: (query, _root, args, { db }) => {
        checkPage(args);
        const { codes, status, nameContains, ...where } = args.where ?? {};
        const offerIds = rowIdsOf('Offer', where.offerIds);
        return db.campaign.findMany({
          ...query,
          where: {
            ...(codes && { code: { in: codes } }),
            ...(offerIds && { offerId: { in: offerIds } }),
            ...(status && { status }),
            ...named(nameContains),
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    CampaignConnection,
  ),
);

const CreateCampaignInput = builder.inputType('CreateCampaignInput', {
  description: 'A new campaign of an offer.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'Public code, `[A-Za-z0-9._-]{1,64}`.' }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
    offerId: t.id({ required: true }),
    landingUrl: t.string({
      required: true,
      description:
        'Where visitors go; `{clickid}` becomes our click id, else it is appended as `clickid`.',
    }),
  }),
});

const CreateCampaignPayload = payloadRef<{ id: string }>('CreateCampaign').implement({
  description: 'The campaign that was made.',
  fields: (t) => ({
    campaign: t.prismaField({
      type: Campaign,
      resolve: (query, { id }, _args, { db }) =>
        db.campaign.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createCampaign', (t) =>
  t.field({
    type: resultOf('CreateCampaign', CreateCampaignPayload),
    description: 'Makes a campaign.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: CreateCampaignInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const offerId = rowIdOf('Offer', input.offerId);
      return { id: await createCampaign(context, { ...input, offerId }) };
    },
  }),
);

const UpdateCampaignInput = builder.inputType('UpdateCampaignInput', {
  description: 'Changes of a campaign; what is left out stays as it is.',
  fields: (t) => ({
    campaignId: t.id({ required: true }),
    name: t.string({ description: '1 to 200 characters.' }),
    landingUrl: t.string({ description: 'Where visitors go from now on.' }),
    status: t.field({ type: ActiveStatus, description: 'PAUSED: its entry URLs answer 410.' }),
  }),
});

const UpdateCampaignPayload = payloadRef<{ id: string }>('UpdateCampaign').implement({
  description: 'The campaign as it is now.',
  fields: (t) => ({
    campaign: t.prismaField({
      type: Campaign,
      resolve: (query, { id }, _args, { db }) =>
        db.campaign.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('updateCampaign', (t) =>
  t.field({
    type: resultOf('UpdateCampaign', UpdateCampaignPayload),
    description: 'Renames or pauses a campaign, or sends its visitors elsewhere.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: UpdateCampaignInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { campaignId, ...changes } = input;
      const id = rowIdOf('Campaign', campaignId);
      await updateCampaign(context, id, changes);
      return { id };
    },
  }),
);
