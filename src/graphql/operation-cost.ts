import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { callerError } from './caller-error.ts';
import type { Context } from './context.ts';

/** What an operation may be. A page of 100 with a page of 20 in it, twenty fields each, still passes. */
export const LIMITS = { depth: 12, breadth: 400, complexity: 100_000 };

/** How large an operation is at most, told before it runs: `complexity` are its points. */
export type OperationSize = { depth: number; breadth: number; complexity: number };

/** What every answer tells about its operation, as `extensions.cost`. */
export type OperationCost = {
  /** Points the operation was counted with. */
  requested: number;
  /** The most that one operation may cost. */
  limit: number;
  /** Points that the rate limit leaves for more of this kind; null when there is no limit. */
  remaining: number | null;
};

type Asked = {
  schema: GraphQLSchema;
  document: DocumentNode;
  /** The one of the document that is to run. */
  operation: OperationDefinitionNode;
  variables?: Record<string, unknown> | null | undefined;
};

/** Measures an operation of a valid document; null when its variables are wrong, which execution tells better. */
export function measureOperation(asked: Asked, context: Context): OperationSize | null {
  const { schema, document, operation, variables } = asked;
  // Pothos measures the first operation of a document, whichever is run.
  const definitions = document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  try {
    const options = { schema, ctx: context, variables: variables ?? {} };
    return complexityFromQuery({ ...document, definitions }, options);
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return null;
    throw thrown;
  }
}

/** Whether an operation is larger than it may be: what to answer, or null. */
export function findExcess(
  size: OperationSize,
  limits: OperationSize = LIMITS,
): GraphQLError | null {
  const parts = (['depth', 'breadth', 'complexity'] as const).map((part) => ({
    tooMuch: size[part] > limits[part],
    told: `${part} ${size[part]} of ${limits[part]}`,
  }));
  if (!parts.some(({ tooMuch }) => tooMuch)) return null;
  const told = parts.map((part) => part.told).join(', ');
  return callerError('COMPLEXITY_LIMIT', `The document is too large: ${told}.`);
}
