import {
  type ASTVisitor,
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type ValidationContext,
} from 'graphql';
import { createGraphQLError, isAsyncIterable, type Plugin } from 'graphql-yoga';
import { callerError, KEY_NEEDED } from '../graphql/caller-error.ts';
import type { Context } from '../graphql/context.ts';
import {
  findExcess,
  LIMITS,
  measureOperation,
  type OperationCost,
} from '../graphql/operation-cost.ts';
import { schema } from '../graphql/schema.ts';
import { parseDocument, validateWithinLimits } from './document-limits.ts';

/** What every transport does to a document before it is executed. */
export type GateOptions = { environment: 'development' | 'production' };

/**
 * The one gate. Yoga runs it for HTTP and SSE, and the WebSocket server through the same envelope, so
 * what holds for one holds for all: a document is of bounded length and cost; in production only ADMIN
 * keys may read the schema, be it by introspection or by what a wrong field name is answered with.
 * Authentication comes before, where each transport carries it.
 *
 * Yoga remembers documents by their text and findings by the names of the rules. So what hangs on the
 * caller is decided where nothing is remembered, or by a rule with a name of its own.
 */
export function createGate({ environment }: GateOptions): Plugin<Context> {
  const documents = new WeakMap<object, DocumentNode>();
  return {
    onParse({ context, setParseFn }) {
      setParseFn(parseDocument);
      return ({ result }) => {
        // Over HTTP Yoga says so itself.
        if (result instanceof GraphQLError) result.extensions.code ??= 'GRAPHQL_PARSE_FAILED';
        else if (result) documents.set(context, result as DocumentNode);
      };
    },
    onValidate({ context: { viewer }, addValidationRule, setValidationFn }) {
      setValidationFn(validateWithinLimits);
      if (environment === 'development' || viewer.role === 'ADMIN') return;
      const isAnonymous = viewer.role === 'ANONYMOUS';
      addValidationRule(isAnonymous ? IntrospectionNeedsKey : IntrospectionNeedsAdmin);
      return ({ result, setResult }) => setResult(result.map(withoutSuggestion));
    },
    onContextBuilding({ context, extendContext }) {
      const document = documents.get(context);
      const size = document && measureOperation({ schema, document, ...context.params }, context);
      if (!size) return;
      const excess = findExcess(size);
      if (excess) throw excess;
      extendContext({ cost: { requested: size.complexity, limit: LIMITS.complexity } });
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

function withCost(result: ExecutionResult, cost: OperationCost | undefined): ExecutionResult {
  return cost ? { ...result, extensions: { ...result.extensions, cost } } : result;
}

function IntrospectionNeedsKey(context: ValidationContext): ASTVisitor {
  return onIntrospection(() => context.reportError(callerError('UNAUTHENTICATED', KEY_NEEDED)));
}

function IntrospectionNeedsAdmin(context: ValidationContext): ASTVisitor {
  const message = 'Only ADMIN keys may read the schema here.';
  return onIntrospection(() => context.reportError(callerError('FORBIDDEN', message)));
}

function onIntrospection(report: () => void): ASTVisitor {
  return {
    Field({ name }) {
      if (name.value === '__schema' || name.value === '__type') report();
    },
  };
}

function withoutSuggestion(error: Error): GraphQLError {
  const message = error.message.replace(/ Did you mean .*$/s, '');
  const { nodes, path, extensions } = error as GraphQLError;
  return createGraphQLError(message, { nodes, path, extensions });
}
