import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
} from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { bucketOf, type OperationType, payerOf } from '../access/payer.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { callerError } from '../graphql/caller-error.ts';
import type { Caller, Context } from '../graphql/context.ts';
import {
  findExcess,
  LIMITS,
  measureOperation,
  type OperationCost,
} from '../graphql/operation-cost.ts';
import { schema } from '../graphql/schema.ts';

type Deps = { rateLimit: Pick<RateLimit, 'take' | 'charge'> };

/** What a document costs that is refused: it was read, and no field of it tells. */
const REFUSED_POINTS = 100;

/**
 * Measures every operation before it runs, over every transport: refuses what is larger than one may be,
 * counts its points against the rate limit of the key or address, and tells them in the answer.
 *
 * All that is decided while the context is built, because validation remembers what it finds.
 */
export function meterOperations({ rateLimit }: Deps): Plugin<Context> {
  const documents = new WeakMap<object, DocumentNode>();

  return {
    onParse({ context }) {
      // Without a key there is nothing to run: reading a document is what it costs us.
      if (context.viewer.role === 'ANONYMOUS') takePoints(rateLimit, context, 'query', 1);
      return ({ result }) => {
        if (result instanceof Error || !result) chargeRefused(rateLimit, context);
        else documents.set(context, result as DocumentNode);
      };
    },
    onValidate:
      ({ context }) =>
      ({ valid }) => {
        if (!valid) chargeRefused(rateLimit, context);
      },
    onContextBuilding({ context, extendContext }) {
      const document = documents.get(context);
      const operation = document && getOperationAST(document, context.params?.operationName);
      if (!document || !operation) return;
      const { variables } = context.params;
      const size = measureOperation({ schema, document, operation, variables }, context);
      const excess = size && findExcess(size);
      if (!size || excess) chargeRefused(rateLimit, context);
      if (excess) throw excess;
      if (!size) return;
      extendContext({ cost: takePoints(rateLimit, context, operation.operation, size.complexity) });
    },
    onExecute: ({ args: { contextValue } }) => ({
      onExecuteDone({ result, setResult }) {
        if (!isAsyncIterable(result)) setResult(withCost(result, contextValue.cost));
      },
    }),
    onSubscribe: ({ args: { contextValue } }) => ({
      onSubscribeResult() {
        let cost: OperationCost | undefined = contextValue.cost;
        return {
          onNext({ result, setResult }) {
            setResult(withCost(result as ExecutionResult, cost));
            // The first message tells it, the others would only repeat it.
            cost = undefined;
          },
        };
      },
    }),
  };
}

/** Has whoever sends a document pay for it although it is refused. */
export function chargeRefused(
  { charge }: Pick<RateLimit, 'charge'>,
  { viewer, address }: Pick<Caller, 'viewer' | 'address'>,
): void {
  charge(bucketOf(viewer, 'query'), payerOf(viewer, address), REFUSED_POINTS);
}

function takePoints(
  { take }: Pick<RateLimit, 'take'>,
  { viewer, address }: Context,
  operation: OperationType,
  points: number,
): OperationCost {
  try {
    const standing = take(bucketOf(viewer, operation), payerOf(viewer, address), points);
    const limit = Math.min(LIMITS.complexity, standing?.limit ?? LIMITS.complexity);
    return { requested: points, limit, remaining: standing?.remaining ?? null };
  } catch (thrown) {
    throw thrown instanceof RateLimitedError ? toGraphQL(thrown, points) : thrown;
  }
}

function toGraphQL(refused: RateLimitedError, points: number): GraphQLError {
  const { message, standing, retryAfterSeconds } = refused;
  if (points > standing.limit) {
    const told = `The operation costs ${points} points, ${standing.limit} is all there is a minute.`;
    return callerError('COMPLEXITY_LIMIT', told);
  }
  const { limit, remaining } = standing;
  return callerError(
    'RATE_LIMITED',
    message,
    { requested: points, limit, remaining, retryAfterSeconds },
    { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } },
  );
}

function withCost(result: ExecutionResult, cost: OperationCost | undefined): ExecutionResult {
  return cost ? { ...result, extensions: { ...result.extensions, cost } } : result;
}
