import type { ASTVisitor, GraphQLError, ValidationContext } from 'graphql';
import { createGraphQLError, type Plugin } from 'graphql-yoga';
import { callerError, KEY_NEEDED } from '../graphql/caller-error.ts';
import type { Context } from '../graphql/context.ts';

/** What every transport does to a document before it is executed. */
export type GateOptions = { environment: 'development' | 'production' };

/**
 * The one gate. Yoga runs it for HTTP and SSE, and the WebSocket server through the same envelope, so
 * what holds for one holds for all: in production only ADMIN keys may read the schema, be it by
 * introspection or by what a wrong field name is answered with. Depth, breadth and
 * cost are checked by the schema itself; authentication comes before, where each transport carries it.
 */
export function createGate({ environment }: GateOptions): Plugin<Context> {
  return {
    onValidate({ context: { viewer }, addValidationRule }) {
      if (environment === 'development' || viewer.role === 'ADMIN') return;
      const isAnonymous = viewer.role === 'ANONYMOUS';
      addValidationRule(isAnonymous ? IntrospectionNeedsKey : IntrospectionNeedsAdmin);
      return ({ result, setResult }) => setResult(result.map(withoutSuggestion));
    },
  };
}

// Yoga remembers the findings about a document by the names of the rules: one name, one answer.
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
