import { managedByAffiliate, maySeeAffiliate, visibleEchoCalls } from '../access/visibility.ts';
import { type EchoHeader, MAX_ECHO_BODY_BYTES } from '../echo/echo-call.ts';
import { echoUrl } from '../echo/echo-url.ts';
import { ensureEchoReceiver } from '../echo/receivers.ts';
import { NotFoundError } from '../platform/refusals.ts';
import { KEPT_ECHO_CALLS, keptEchoSince } from '../store/echo.ts';
import { Affiliate } from './affiliate.ts';
import { builder, OWNERS, READERS } from './builder.ts';
import { rowIdOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { checkOwner } from './pixel-mutations.ts';

const EchoHeaderType = builder.objectRef<EchoHeader>('EchoHeader').implement({
  description: 'One header of a call that arrived at an echo receiver.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'In lower case.' }),
    value: t.exposeString('value', {
      description:
        '`(not recorded)` for those that carry credentials: `authorization`, `cookie`, `proxy-authorization`.',
    }),
  }),
});

export const EchoCall = builder.prismaNode('EchoCall', {
  id: { field: 'id' },
  fields: (t) => ({
    method: t.exposeString('method', { description: 'GET, POST or any other.' }),
    path: t.exposeString('path'),
    query: t.exposeString('query'),
    headers: t.field({
      type: [EchoHeaderType],
      description: 'In the order they came, at most 50.',
      select: { headers: true },
      resolve: ({ headers }) => headers as EchoHeader[],
    }),
    headersCut: t.exposeBoolean('headersCut'),
    body: t.exposeString('body', { nullable: true }),
    bodyBytes: t.exposeInt('bodyBytes'),
    bodyCut: t.boolean({
      description: 'Whether the body was longer than what is recorded of it.',
      select: { bodyBytes: true },
      resolve: ({ bodyBytes }) => bodyBytes > MAX_ECHO_BODY_BYTES,
    }),
    address: t.exposeString('address', { nullable: true }),
    status: t.exposeInt('status'),
    receivedAt: t.expose('receivedAt', { type: 'DateTime' }),
  }),
});

const EchoCallConnection = builder.connectionObject(
  { type: EchoCall, name: 'EchoCallConnection', description: 'A page of calls.' },
  { name: 'EchoCallEdge', description: 'A call and its place.' },
);

export const EchoReceiver = builder.prismaNode('EchoReceiver', {
  id: { field: 'id' },
  fields: (t) => ({
    url: t.string({
      description:
        'Call this, or anything below it, by any method and with any query. `__status` and `__delayMs` in the query choose the answer.',
      select: { token: true },
      resolve: ({ token }, _args, { publicUrl }) => echoUrl(publicUrl(), token),
    }),
    affiliate: t.relation('affiliate', { description: 'Whose it is.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    calls: t.relatedConnection(
      'calls',
      {
        cursor: 'id',
        description: `What arrived, newest first: the last ${KEPT_ECHO_CALLS}, none older than 24 hours.`,
        query: (args, { viewer, clock }) => {
          checkPage(args);
          const isKept = { receivedAt: { gt: keptEchoSince(clock.now()) } };
          return { where: { AND: [isKept, visibleEchoCalls(viewer)] }, orderBy: { id: 'desc' } };
        },
      },
      EchoCallConnection,
    ),
  }),
});

builder.prismaObjectField(Affiliate, 'echoReceiver', (t) =>
  t.prismaField({
    type: EchoReceiver,
    nullable: true,
    description: 'Its receiver for trying pixels out; null until one is made.',
    authScopes: { roles: READERS },
    select: { id: true },
    // `findUnique`, which Prisma batches over the rows of a page.
    resolve: (query, { id }, _args, { db, viewer }) =>
      maySeeAffiliate(viewer, id)
        ? db.echoReceiver.findUnique({ ...query, where: { affiliateId: id } })
        : null,
  }),
);

const CreateEchoReceiverInput = builder.inputType('CreateEchoReceiverInput', {
  description: 'Whose calls are to be seen.',
  fields: (t) => ({ affiliateId: t.id({ required: true }) }),
});

const CreateEchoReceiverPayload = payloadRef<{ id: string }>('CreateEchoReceiver').implement({
  description: 'The echo receiver of the affiliate.',
  fields: (t) => ({
    echoReceiver: t.prismaField({
      type: EchoReceiver,
      resolve: (query, { id }, _args, { db }) =>
        db.echoReceiver.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createEchoReceiver', (t) =>
  t.field({
    type: resultOf('CreateEchoReceiver', CreateEchoReceiverPayload),
    description:
      'Makes a URL that records what arrives at it. Each affiliate has one: asked again, the same is answered; delete it to get another URL. Affiliates make their own.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: CreateEchoReceiverInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const affiliateId = rowIdOf('Affiliate', input.affiliateId);
      await checkOwner(context.db, context.viewer, affiliateId);
      return { id: await ensureEchoReceiver(context, affiliateId) };
    },
  }),
);

const DeleteEchoReceiverInput = builder.inputType('DeleteEchoReceiverInput', {
  description: 'Which echo receiver to delete.',
  fields: (t) => ({ echoReceiverId: t.id({ required: true }) }),
});

const DeleteEchoReceiverPayload = payloadRef<{ affiliateId: string }>(
  'DeleteEchoReceiver',
).implement({
  description:
    'Whose echo receiver was deleted: its URL answers 404 from now on, and its calls are gone.',
  fields: (t) => ({
    affiliate: t.prismaField({
      type: Affiliate,
      description: 'Whose it was.',
      resolve: (query, { affiliateId }, _args, { db }) =>
        db.affiliate.findUniqueOrThrow({ ...query, where: { id: affiliateId } }),
    }),
  }),
});

builder.mutationField('deleteEchoReceiver', (t) =>
  t.field({
    type: resultOf('DeleteEchoReceiver', DeleteEchoReceiverPayload),
    description: 'Deletes an echo receiver with what it recorded. Affiliates delete their own.',
    authScopes: { roles: OWNERS },
    args: { input: t.arg({ type: DeleteEchoReceiverInput, required: true }) },
    resolve: async (_root, { input }, { db, viewer }) => {
      const id = rowIdOf('EchoReceiver', input.echoReceiverId);
      const where = { AND: [{ id }, managedByAffiliate(viewer)] };
      const found = await db.echoReceiver.findFirst({ where });
      const { count } = found ? await db.echoReceiver.deleteMany({ where }) : { count: 0 };
      if (!found || count === 0) {
        const shown = JSON.stringify(input.echoReceiverId);
        throw new NotFoundError(`no echo receiver has the id ${shown}`);
      }
      return { affiliateId: found.affiliateId };
    },
  }),
);
