import { queryFromInfo } from '@pothos/plugin-prisma';
import { bucketOf, payerOf } from '../access/payer.ts';
import type { Standing } from '../access/rate-limited-error.ts';
import type { KeyViewer } from '../access/viewer.ts';
import {
  visibleAffiliates,
  visibleByAffiliate,
  visibleEchoCalls,
  visibleEvents,
  visibleIntegrations,
  visiblePostbacks,
} from '../access/visibility.ts';
import { Affiliate } from './affiliate.ts';
import { ANYONE, builder } from './builder.ts';
import type { Context } from './context.ts';
import { RoleEnum } from './enums.ts';
import { readGlobalId } from './ids.ts';
import { Integration } from './integration.ts';

const OperationTypeEnum = builder.enumType('OperationType', {
  description: 'What an operation does.',
  values: {
    QUERY: { value: 'query', description: 'Reads.' },
    MUTATION: { value: 'mutation', description: 'Changes or reports something.' },
    SUBSCRIPTION: { value: 'subscription', description: 'Listens; its start is what counts.' },
  } as const,
});

const RateLimitType = builder.objectRef<Standing>('RateLimit').implement({
  description: 'Points that the operations of a key may cost in a minute.',
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'Points in a minute.' }),
    remaining: t.exposeInt('remaining', { description: 'Points that are left of them.' }),
    resetAt: t.expose('resetAt', {
      type: 'DateTime',
      description: 'When the next minute begins, with all points.',
    }),
  }),
});

const ViewerType = builder.objectRef<KeyViewer>('Viewer').implement({
  description: 'Who asks: the API key, or the person with a token, of this request.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the key or the person.' }),
    subject: t.exposeString('subject', {
      nullable: true,
      description: 'The person, as the issuer of the token names it; null for API keys.',
    }),
    role: t.expose('role', { type: RoleEnum, description: 'What the key or token may do.' }),
    affiliate: t.prismaField({
      type: Affiliate,
      nullable: true,
      description: 'Whose it is, for the role AFFILIATE.',
      resolve: (query, { affiliateId }, _args, { db }) =>
        affiliateId ? db.affiliate.findUnique({ ...query, where: { id: affiliateId } }) : null,
    }),
    integration: t.prismaField({
      type: Integration,
      nullable: true,
      description: 'Whose it is, for the role INTEGRATION.',
      resolve: (query, { integrationId }, _args, { db }) =>
        integrationId
          ? db.integration.findUnique({ ...query, where: { id: integrationId } })
          : null,
    }),
    rateLimit: t.field({
      type: RateLimitType,
      nullable: true,
      description: 'Where the key stands in this minute; null when it has no limit.',
      args: {
        of: t.arg({
          type: OperationTypeEnum,
          required: true,
          defaultValue: 'query' as const,
          description: 'Each kind of operation has points of its own.',
        }),
      },
      resolve: (viewer, args, { rateLimit }) =>
        rateLimit.standing(bucketOf(viewer, args.of), payerOf(viewer, null)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the key or token stops being valid; null for never.',
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: ViewerType,
    description: 'Who asks.',
    authScopes: { roles: ANYONE },
    resolve: (_root, _args, { viewer }) => viewer as KeyViewer,
  }),
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'The object with a global id; null when there is none this key may see.',
    authScopes: { roles: ANYONE },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context, info) => {
      const read = readGlobalId(String(id));
      const load = read && LOADERS[read.typename];
      if (!load) return null;
      const query = queryFromInfo({ context, info, typeName: read.typename });
      const row = await load({ ...context, query }, read.rowId);
      return row && { ...row, __typename: read.typename };
    },
  }),
}));

/** @param asked `query` are the columns and relations that the document asks of it */
type Load = (asked: Asked, id: string) => Promise<object | null>;
type Asked = Pick<Context, 'db' | 'viewer'> & { query: object };

/** One loader per node type, each behind the visibility of its rows. */
const LOADERS: Record<string, Load> = {
  Affiliate: ({ db, viewer, query }, id) =>
    db.affiliate.findFirst({ ...query, where: { AND: [{ id }, visibleAffiliates(viewer)] } }),
  ApiKey: ({ db, viewer, query }, id) =>
    viewer.role === 'ADMIN'
      ? db.apiKey.findUnique({ ...query, where: { id } })
      : Promise.resolve(null),
  Campaign: ({ db, query }, id) => db.campaign.findUnique({ ...query, where: { id } }),
  Click: ({ db, viewer, query }, id) =>
    db.click.findFirst({ ...query, where: { AND: [{ id }, visibleByAffiliate(viewer)] } }),
  Destination: ({ db, viewer, query }, id) =>
    db.destination.findFirst({ ...query, where: { AND: [{ id }, visibleByAffiliate(viewer)] } }),
  EchoCall: ({ db, viewer, query }, id) =>
    db.echoCall.findFirst({ ...query, where: { AND: [{ id }, visibleEchoCalls(viewer)] } }),
  EchoReceiver: ({ db, viewer, query }, id) =>
    db.echoReceiver.findFirst({ ...query, where: { AND: [{ id }, visibleByAffiliate(viewer)] } }),
  Event: ({ db, viewer, query }, id) =>
    db.event.findFirst({ ...query, where: { AND: [{ id }, visibleEvents(viewer)] } }),
  EventType: ({ db, query }, id) => db.eventType.findUnique({ ...query, where: { id } }),
  Integration: ({ db, viewer, query }, id) =>
    db.integration.findFirst({ ...query, where: { AND: [{ id }, visibleIntegrations(viewer)] } }),
  Job: ({ db, viewer, query }, id) =>
    db.job.findFirst({ ...query, where: { AND: [{ id }, visibleByAffiliate(viewer)] } }),
  Offer: ({ db, query }, id) => db.offer.findUnique({ ...query, where: { id } }),
  Pixel: ({ db, viewer, query }, id) =>
    db.pixel.findFirst({ ...query, where: { AND: [{ id }, visibleByAffiliate(viewer)] } }),
  Postback: ({ db, viewer, query }, id) =>
    db.postback.findFirst({ ...query, where: { AND: [{ id }, visiblePostbacks(viewer)] } }),
  TrackingLink: ({ db, viewer, query }, id) =>
    db.trackingLink.findFirst({ ...query, where: { AND: [{ id }, visibleByAffiliate(viewer)] } }),
};
