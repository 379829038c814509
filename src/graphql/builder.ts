import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { Role } from '../access/viewer.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../platform/refusals.ts';
import type PrismaTypes from '../store/generated/pothos.ts';
import { getDatamodel } from '../store/generated/pothos.ts';
import { callerError, KEY_NEEDED } from './caller-error.ts';
import type { Context } from './context.ts';
import { findExcess, LIMITS } from './operation-cost.ts';

type Types = {
  Context: Context;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  AuthScopes: {
    /** The key's role is one of these. */
    roles: Role[];
  };
  Scalars: {
    ID: { Input: string; Output: string | number };
    DateTime: { Input: Date; Output: Date };
    Decimal: { Input: string; Output: { toString(): string } };
  };
};

/** Plugins and defaults. Defines no types, touches no client: the schema builds without a database. */
export const builder = new SchemaBuilder<Types>({
  // Errors before Prisma: its wrapper must see what resolvers throw. Relay before scope auth.
  plugins: [ErrorsPlugin, RelayPlugin, ScopeAuthPlugin, PrismaPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  errors: { defaultTypes: [InvalidInputError, NotFoundError, ConflictError] },
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodesOnConnection: true,
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    cursorType: 'String',
    nodeTypeOptions: { description: 'Anything that has a global id.' },
    pageInfoTypeOptions: { description: 'Where a page ends and whether another one follows.' },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: ({ viewer }) => ({
      roles: (roles) => viewer.role !== 'ANONYMOUS' && roles.includes(viewer.role),
    }),
    unauthorizedError: (_parent, { viewer }) =>
      viewer.role === 'ANONYMOUS'
        ? callerError('UNAUTHENTICATED', KEY_NEEDED)
        : callerError('FORBIDDEN', `A key of role ${viewer.role} may not do this.`),
  },
  prisma: {
    client: (context) => context.db,
    dmmf: getDatamodel(),
    exposeDescriptions: true,
    filterConnectionTotalCount: true,
    defaultConnectionSize: 20,
    maxConnectionSize: 100,
  },
  complexity: {
    // The gate measures before anything runs; this is for what reaches a resolver without it.
    limit: ({ cost }) => (cost ? {} : LIMITS),
    // A connection costs its page; other lists are short and closed.
    defaultListMultiplier: 1,
    fieldComplexity: (args, _context, field) => ({
      field: 1,
      multiplier: field.args.some(({ name }) => name === 'first') ? pageSize(args) : 1,
    }),
    complexityError: (_kind, size) => findExcess(size) ?? 'The document is too large.',
  },
});

function pageSize({ first, last }: Record<string, unknown>): number {
  return Math.max(1, Number(first ?? last ?? 20));
}

builder.queryType({ description: 'Everything that can be read.' });
builder.mutationType({
  description:
    'Everything that can be changed. Every result is a union of the payload and the errors a caller can act on.',
});
builder.subscriptionType({ description: 'What is pushed as it happens.' });

/** Roles by what they may do, named once. */
export const READERS: Role[] = ['ADMIN', 'VIEWER', 'AFFILIATE'];
export const ANYONE: Role[] = ['ADMIN', 'VIEWER', 'AFFILIATE', 'INTEGRATION'];
export const REPORTERS: Role[] = ['ADMIN', 'INTEGRATION'];
export const OWNERS: Role[] = ['ADMIN', 'AFFILIATE'];
export const ADMINS: Role[] = ['ADMIN'];
