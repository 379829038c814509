import type { Role } from '../access/viewer.ts';
import { visibleIntegrations } from '../access/visibility.ts';
import { createIntegration } from '../catalog/create.ts';
import { updateIntegration } from '../catalog/update.ts';
import { ADMINS, builder } from './builder.ts';
import { rowIdOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';
import { named } from './name-filter.ts';

/** Who may list them: affiliates meet an integration through their events only. */
const LISTERS: Role[] = ['ADMIN', 'VIEWER', 'INTEGRATION'];

export const Integration = builder.prismaNode('Integration', {
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name'),
    delaySeconds: t.exposeInt('delaySeconds'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const IntegrationConnection = builder.connectionObject(
  { type: Integration, name: 'IntegrationConnection', description: 'A page of integrations.' },
  { name: 'IntegrationEdge', description: 'An integration and its place.' },
);

const IntegrationFilter = builder.inputType('IntegrationFilter', {
  description: 'Which integrations.',
  fields: (t) => ({
    nameContains: t.string({ description: 'Part of the name, in any letter case.' }),
  }),
});

builder.queryField('integrations', (t) =>
  t.prismaConnection(
    {
      type: Integration,
      cursor: 'id',
      description: 'Sources of events, newest first; for an INTEGRATION key its own.',
      authScopes: { roles: LISTERS },
      args: { where: t.arg({ type: IntegrationFilter }) },
      resolve: (query, _root, args, { db, viewer }) => {
        checkPage(args);
        return db.integration.findMany({
          ...query,
          where: { AND: [visibleIntegrations(viewer), named(args.where?.nameContains)] },
          orderBy: { id: 'desc' },
        });
      },
    },
    IntegrationConnection,
  ),
);

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

const UpdateIntegrationInput = builder.inputType('UpdateIntegrationInput', {
  description: 'Changes of an integration; what is left out stays as it is.',
  fields: (t) => ({
    integrationId: t.id({ required: true }),
    name: t.string({ description: '1 to 200 characters, unique.' }),
    delaySeconds: t.int({
      description: 'Seconds the postbacks of later events are held back, 5 to 300.',
    }),
  }),
});

const UpdateIntegrationPayload = payloadRef<{ id: string }>('UpdateIntegration').implement({
  description: 'The integration as it is now.',
  fields: (t) => ({
    integration: t.prismaField({
      type: Integration,
      resolve: (query, { id }, _args, { db }) =>
        db.integration.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationField('updateIntegration', (t) =>
  t.field({
    type: resultOf('UpdateIntegration', UpdateIntegrationPayload),
    description:
      'Renames an integration or changes its delay, for events reported from then on; postbacks that are planned keep their due time.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: UpdateIntegrationInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { integrationId, ...changes } = input;
      const id = rowIdOf('Integration', integrationId);
      await updateIntegration(context, id, changes);
      return { id };
    },
  }),
);
