import { createEventType } from '../catalog/create.ts';
import { ADMINS, ANYONE, builder } from './builder.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { named } from './name-filter.ts';

export const EventType = builder.prismaNode('EventType', {
  id: { field: 'id' },
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const EventTypeConnection = builder.connectionObject(
  { type: EventType, name: 'EventTypeConnection', description: 'A page of event types.' },
  { name: 'EventTypeEdge', description: 'An event type and its place.' },
);

const EventTypeFilter = builder.inputType('EventTypeFilter', {
  description: 'Which event types; conditions are combined with and.',
  fields: (t) => ({
    codes: t.stringList({ description: 'These codes, matched exactly.' }),
    nameContains: t.string({ description: 'Part of the name, in any letter case.' }),
  }),
});

builder.queryField('eventTypes', (t) =>
  t.prismaConnection(
    {
      type: EventType,
      cursor: 'id',
      description: 'What may be reported and what pixels may listen to, newest first.',
      authScopes: { roles: ANYONE },
      args: { where: t.arg({ type: EventTypeFilter }) },
      resolve: (query, _root, args, { db }) => {
        checkPage(args);
        const { codes, nameContains } = args.where ?? {};
        return db.eventType.findMany({
          ...query,
          where: {
            ...(codes && { code: { in: codes } }),
            ...named(nameContains),
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    EventTypeConnection,
  ),
);

const CreateEventTypeInput = builder.inputType('CreateEventTypeInput', {
  description: 'A new kind of conversion.',
  fields: (t) => ({
    code: t.string({
      required: true,
      description: 'What reports and pixels use, matched exactly.',
    }),
    name: t.string({ required: true, description: '1 to 200 characters.' }),
  }),
});

const CreateEventTypePayload = payloadRef<{ id: string }>('CreateEventType').implement({
  description: 'The event type that was made.',
  fields: (t) => ({
    eventType: t.prismaField({
      type: EventType,
      resolve: (query, { id }, _args, { db }) =>
        db.eventType.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createEventType', (t) =>
  t.field({
    type: resultOf('CreateEventType', CreateEventTypePayload),
    description: 'Makes an event type.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: CreateEventTypeInput, required: true }) },
    resolve: async (_root, { input }, context) => ({ id: await createEventType(context, input) }),
  }),
);
