import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Wall } from '../access/wall.ts';
import { callerError } from '../graphql/caller-error.ts';
import type { Context } from '../graphql/context.ts';
import { toError } from '../platform/failure.ts';
import { NUL_REFUSED } from './mask-error.ts';

/**
 * Runs the queries of affiliates in one transaction each, over every transport: so what the rows of a page ask for one
 * by one is still read together, and who asks is said once. Mutations and subscriptions keep a transaction for
 * each statement, as they wait for others.
 */
export function readBehindWall(wall: Wall): Plugin<Context> {
  return {
    onExecute({ args: { document, operationName, contextValue }, executeFn, setExecuteFn }) {
      const context: Context = contextValue;
      const isQuery = getOperationAST(document, operationName)?.operation === 'query';
      if (context.viewer.role !== 'AFFILIATE' || !isQuery) return;
      setExecuteFn(async (args) => {
        if (holdsNul(args)) return { errors: [callerError('BAD_USER_INPUT', NUL_REFUSED)] };
        try {
          return await wall.reading(context.viewer, async (clients) => {
            Object.assign(context, clients);
            return asItIsNow(await executeFn(args));
          });
        } catch (thrown) {
          // Thrown on, it would end a whole WebSocket.
          const originalError = toError(thrown);
          return { errors: [new GraphQLError(originalError.message, { originalError })] };
        }
      });
    },
  };
}

/**
 * An answer that a mistake cut short while other fields were still read: these meet the end of the transaction, and
 * would add that to the answer's errors as a fault of ours.
 */
function asItIsNow(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: [...result.errors] } : result;
}

/** PostgreSQL refuses such a text, and would refuse the rest of the transaction with it. */
function holdsNul({ document, variableValues }: ExecutionArgs): boolean {
  const given = JSON.stringify(variableValues ?? {}) + (document.loc?.source.body ?? '');
  return /\\u(0000|\{0+\})/.test(given);
}
