import { isValid, whereValid } from '../access/api-keys.ts';
import { createApiKey, type IssuedKey, revokeApiKey, rotateApiKey } from '../access/issue-key.ts';
import { literally } from '../platform/literally.ts';
import { ADMINS, builder } from './builder.ts';
import { RoleEnum } from './enums.ts';
import { rowIdOf, rowIdsOf } from './ids.ts';
import { checkPage, payloadRef, resultOf } from './mutation.ts';

const ApiKey = builder.prismaNode('ApiKey', {
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name'),
    role: t.expose('role', { type: RoleEnum }),
    affiliate: t.relation('affiliate', {
      nullable: true,
      description: 'Whose, for AFFILIATE keys.',
    }),
    integration: t.relation('integration', {
      nullable: true,
      description: 'Whose, for INTEGRATION keys.',
    }),
    lastFour: t.exposeString('lastFour'),
    persistedOnly: t.exposeBoolean('persistedOnly'),
    isValid: t.boolean({
      description: 'Neither revoked nor expired.',
      select: { revokedAt: true, expiresAt: true },
      resolve: (key, _args, { clock }) => isValid(key, clock.now()),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    replacedBy: t.relation('replacedBy', { nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const ApiKeyConnection = builder.connectionObject(
  { type: ApiKey, name: 'ApiKeyConnection', description: 'A page of API keys.' },
  { name: 'ApiKeyEdge', description: 'An API key and its place.' },
);

const ApiKeyFilter = builder.inputType('ApiKeyFilter', {
  description: 'Which API keys; conditions are combined with and.',
  fields: (t) => ({
    roles: t.field({ type: [RoleEnum], description: 'Any of these roles.' }),
    affiliateIds: t.idList({ description: 'Keys of any of these affiliates.' }),
    integrationIds: t.idList({ description: 'Keys of any of these integrations.' }),
    valid: t.boolean({ description: 'Neither revoked nor expired, or one of the two.' }),
    nameContains: t.string({ description: 'Part of the name, in any letter case.' }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.prismaConnection(
    {
      type: ApiKey,
      cursor: 'id',
      description: 'API keys, newest first. Nobody can read the keys themselves.',
      authScopes: { roles: ADMINS },
      args: { where: t.arg({ type: ApiKeyFilter }) },
      resolve: (query, _root, args, { db, clock }) => {
        checkPage(args);
        const { roles, valid, nameContains } = args.where ?? {};
        const affiliateIds = rowIdsOf('Affiliate', args.where?.affiliateIds);
        const integrationIds = rowIdsOf('Integration', args.where?.integrationIds);
        const isValidNow = whereValid(clock.now());
        return db.apiKey.findMany({
          ...query,
          where: {
            AND: [
              roles ? { role: { in: roles } } : {},
              affiliateIds ? { affiliateId: { in: affiliateIds } } : {},
              integrationIds ? { integrationId: { in: integrationIds } } : {},
              valid == null ? {} : valid ? isValidNow : { NOT: isValidNow },
              nameContains
                ? { name: { contains: literally(nameContains), mode: 'insensitive' } }
                : {},
            ],
          },
          orderBy: { id: 'desc' },
        });
      },
    },
    ApiKeyConnection,
  ),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new key.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description:
        'What it is for, 1 to 100 characters; no other valid key of this role and owner has it.',
    }),
    role: t.field({ type: RoleEnum, required: true, description: 'What it may do.' }),
    affiliateId: t.id({ description: 'For AFFILIATE keys: whose.' }),
    integrationId: t.id({ description: 'For INTEGRATION keys: whose.' }),
    persistedOnly: t.boolean({
      description:
        'Whether the key may run persisted operations only, over every transport. Default: false.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Default: never.' }),
  }),
});

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which key.',
  fields: (t) => ({
    apiKeyId: t.id({ required: true }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the new key stops being valid; default: when the old one would.',
    }),
  }),
});

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key.',
  fields: (t) => ({ apiKeyId: t.id({ required: true }) }),
});

const CreateApiKeyPayload = payloadRef<IssuedKey>('CreateApiKey').implement({
  description: 'The key that was made.',
  fields: (t) => ({
    apiKey: t.prismaField({
      type: ApiKey,
      resolve: (query, { id }, _args, { db }) =>
        db.apiKey.findUniqueOrThrow({ ...query, where: { id } }),
    }),
    secret: t.exposeString('secret', { description: 'The key itself. It is shown this once.' }),
  }),
});

const RotateApiKeyPayload = payloadRef<IssuedKey>('RotateApiKey').implement({
  description: 'The key that replaces the old one.',
  fields: (t) => ({
    apiKey: t.prismaField({
      type: ApiKey,
      resolve: (query, { id }, _args, { db }) =>
        db.apiKey.findUniqueOrThrow({ ...query, where: { id } }),
    }),
    secret: t.exposeString('secret', { description: 'The key itself. It is shown this once.' }),
  }),
});

const RevokeApiKeyPayload = payloadRef<{ id: string }>('RevokeApiKey').implement({
  description: 'The key, revoked.',
  fields: (t) => ({
    apiKey: t.prismaField({
      type: ApiKey,
      resolve: (query, { id }, _args, { db }) =>
        db.apiKey.findUniqueOrThrow({ ...query, where: { id } }),
    }),
  }),
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: resultOf('CreateApiKey', CreateApiKeyPayload),
    description: 'Makes an API key.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true }) },
    resolve: (_root, { input }, context) =>
      createApiKey(context, {
        ...input,
        affiliateId: input.affiliateId ? rowIdOf('Affiliate', input.affiliateId) : null,
        integrationId: input.integrationId ? rowIdOf('Integration', input.integrationId) : null,
      }),
  }),
  rotateApiKey: t.field({
    type: resultOf('RotateApiKey', RotateApiKeyPayload),
    description: 'Makes a key with the same rights; the old one stays valid for 24 hours.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: RotateApiKeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { apiKeyId, expiresAt } = input;
      const issued = await rotateApiKey(context, rowIdOf('ApiKey', apiKeyId), { expiresAt });
      context.rightsChanged();
      return issued;
    },
  }),
  revokeApiKey: t.field({
    type: resultOf('RevokeApiKey', RevokeApiKeyPayload),
    description: 'Makes a key invalid from now on, and ends what is open with it within a second.',
    authScopes: { roles: ADMINS },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = await revokeApiKey(context, rowIdOf('ApiKey', input.apiKeyId));
      context.rightsChanged();
      return { id };
    },
  }),
}));
