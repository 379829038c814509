import { visibleByAffiliate } from '../access/visibility.ts';
import { createTrackingLink } from '../catalog/create.ts';
import { buildEntryUrl, type EntryParameter } from '../clicks/entry-url.ts';
import { lintLinkParameters } from '../clicks/lint-link.ts';
import { Affiliate } from './affiliate.ts';
import { builder, OWNERS, READERS } from './builder.ts';
import { Parameter, ParameterInput } from './entry-parameter.ts';
import { rowIdOf, rowIdsOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { checkOwner } from './pixel-mutations.ts';

export const TrackingLink = builder.prismaNode('TrackingLink', {
  id: { field: 'id' },
  fields: (t) => ({
    affiliate: t.relation('affiliate', { description: 'Whose traffic it brings.' }),
    campaign: t.relation('campaign', { description: 'What it promotes.' }),
    parameters: t.field({
      type: [Parameter],
      description: 'The declared parameters.',
      select: { parameters: true },
      resolve: ({ parameters }) => parameters as EntryParameter[],
    }),
    entryUrl: t.field({
      type: 'String',
      description: 'Ready to paste into an advertisement.',
      select: {
        parameters: true,
        affiliate: { select: { affid: true } },
        campaign: { select: { code: true } },
      },
      resolve: ({ parameters, affiliate, campaign }, _args, { publicUrl }) =>
        buildEntryUrl(publicUrl(), affiliate.affid, campaign.code, parameters as EntryParameter[]),
    }),
    warnings: t.stringList({
      description:
        'What is probably not meant: `click_id`, which is not our `clickid`, and parameters whose names mean something else in templates.',
      select: { parameters: true },
      resolve: ({ parameters }) => lintLinkParameters(parameters as EntryParameter[]),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

export const TrackingLinkConnection = builder.connectionObject(
  { type: TrackingLink, name: 'TrackingLinkConnection', description: 'A page of tracking links.' },
  { name: 'TrackingLinkEdge', description: 'A tracking link and its place.' },
);

builder.prismaObjectField(Affiliate, 'trackingLinks', (t) =>
  t.relatedConnection(
    'trackingLinks',
    {
      cursor: 'id',
      description: 'Its tracking links, newest first.',
      query: (args, { viewer }) => {
        checkPage(args);
        return { where: visibleByAffiliate(viewer), orderBy: { id: 'desc' } };
      },
    },
    TrackingLinkConnection,
  ),
);

const TrackingLinkFilter = builder.inputType('TrackingLinkFilter', {
  description: 'Which tracking links; conditions are combined with and, lists mean any of.',
  fields: (t) => ({
    affiliateIds: t.idList({ description: 'Whose traffic they bring.' }),
    campaignIds: t.idList({ description: 'What they promote.' }),
  }),
});

builder.queryField('trackingLinks', (t) =>
  t.prismaConnection(
    {
      type: TrackingLink,
      cursor: 'id',
      description: 'Tracking links, newest first.',
      authScopes: { roles: READERS },
      args: { where: t.arg({ type: TrackingLinkFilter }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        const affiliateIds = rowIdsOf('Affiliate', args.where?.affiliateIds);
        const campaignIds = rowIdsOf('Campaign', args.where?.campaignIds);
        return db.trackingLink.findMany({
          ...query,
          where: {
            AND: [
              visibleByAffiliate(viewer),
              affiliateIds ? { affiliateId: { in: affiliateIds } } : {},
              campaignIds ? { campaignId: { in: campaignIds } } : {},
            ],
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    TrackingLinkConnection,
  ),
);

const CreateTrackingLinkInput = builder.inputType('CreateTrackingLinkInput', {
  description: 'A new tracking link.',
  fields: (t) => ({
    affiliateId: t.id({ required: true }),
    campaignId: t.id({ required: true }),
    parameters: t.field({
      type: [ParameterInput],
      description: 'What the affiliate adds, at most 50; `clickid` is reserved for our click id.',
    }),
  }),
});

const CreateTrackingLinkPayload = payloadRef<{ id: string }>('CreateTrackingLink').implement({
  description: 'The tracking link that was made.',
  fields: (t) => ({
    trackingLink: t.prismaField({
      type: TrackingLink,
      resolve: (query, { id }, _args, { db }) =>
        db.trackingLink.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createTrackingLink', (t) =>
  t.field({
    type: resultOf('CreateTrackingLink', CreateTrackingLinkPayload),
    description: 'Makes a tracking link. Affiliates make their own.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: CreateTrackingLinkInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const affiliateId = rowIdOf('Affiliate', input.affiliateId);
      const campaignId = rowIdOf('Campaign', input.campaignId);
      const { db, viewer } = context;
      await checkOwner(db, viewer, affiliateId);
      return { id: await createTrackingLink(context, { ...input, affiliateId, campaignId }) };
    },
  }),
);
