import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import { createGraphQLError, type Plugin } from 'graphql-yoga';
import type { RateLimit } from '../access/rate-limit.ts';
import { callerError, KEY_NEEDED } from '../graphql/caller-error.ts';
import type { Context } from '../graphql/context.ts';
import { parseDocument, validateWithinLimits } from './document-limits.ts';
import { meterOperations } from './meter-operations.ts';
import type { PersistedOperations } from './persisted-operations.ts';

type Deps = {
  environment: 'development' | 'production';
  rateLimit: Pick<RateLimit, 'take' | 'charge'>;
  persisted: Pick<PersistedOperations, 'plugin'>;
};

/**
 * The one gate. Yoga runs it for HTTP and SSE, and the WebSocket server through the same envelope, so
 * what holds for one holds for all: what a document may be and whether it has to be a persisted one, who
 * may read the schema, what an operation may cost and how much of it a key has left. Authentication comes before, where each transport carries
 * it.
 *
 * Yoga remembers documents by their text and findings by the names of the rules. So what hangs on the
 * caller is decided where nothing is remembered, or by a rule with a name of its own.
 */
export function createGate({ environment, rateLimit, persisted }: Deps): Plugin<Context>[] {
  return [checkDocuments(environment), meterOperations({ rateLimit }), persisted.plugin];
}

/**
 * Documents are of bounded length; in production only ADMIN keys may read the schema, be it by
 * introspection or by what a wrong field name is answered with.
 */
function checkDocuments(environment: Deps['environment']): Plugin<Context> {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseDocument);
      return ({ result }) => {
        // Over HTTP Yoga says so itself.
        if (result instanceof GraphQLError) result.extensions.code ??= 'GRAPHQL_PARSE_FAILED';
      };
    },
    onValidate({ context: { viewer }, addValidationRule, setValidationFn }) {
      setValidationFn(validateWithinLimits);
      if (environment === 'development' || viewer.role === 'ADMIN') return;
      const isAnonymous = viewer.role === 'ANONYMOUS';
      addValidationRule(isAnonymous ? IntrospectionNeedsKey : IntrospectionNeedsAdmin);
      return ({ result, setResult }) => setResult(result.map(withoutSuggestion));
    },
  };
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
