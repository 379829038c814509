import { createEventType, createIntegration } from '../catalog/create.ts';
import { ADMINS, builder } from './builder.ts';
import { payloadRef, resultOf } from './mutation.ts';

export const Integration = builder.prismaNode('Integration', {
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name'),
    delaySeconds: t.exposeInt('delaySeconds'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const CreateIntegrationInput = builder.inputType('CreateIntegrationInput', {
  description: 'A new source of events.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 200 characters, unique.' }),
    delaySeconds: t.int({
      description: 'Seconds its postbacks are held back, 5 to 300; default 5.',
    }),
  }),
});

const CreateIntegrationPayload = payloadRef<{ id: string }>('CreateIntegration').implement({
  description: 'The integration that was made.',
  fields: (t) => ({
    integration: t.prismaField({
      type: Integration,
      resolve: (query, { id }, _args, { db }) =>
        db.integration.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('createIntegration', (t) =>
  t.field({
    type: resultOf('CreateIntegration', CreateIntegrationPayload),
    description: 'Makes an integration. Its keys are made by createApiKey.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: CreateIntegrationInput, required: true }) },
    resolve: async (_root, { input }, context) => ({ id: await createIntegration(context, input) }),
  }),
);

export const EventType = builder.prismaNode('EventType', {
  id: { field: 'id' },
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

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
