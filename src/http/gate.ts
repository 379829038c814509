import { NoSchemaIntrospectionCustomRule, type ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../graphql/context.ts';

/** What every transport does to a document before it is executed. */
export type GateOptions = { environment: 'development' | 'production' };

/**
 * The one gate. Yoga runs it for HTTP and SSE, and the WebSocket server through the same envelope, so
 * what holds for one holds for all: in production only ADMIN keys may introspect. Depth, breadth and
 * cost are checked by the schema itself; authentication comes before, where each transport carries it.
 */
export function createGate({ environment }: GateOptions): Plugin<Context> {
  return {
    onValidate({ context, addValidationRule }) {
      const mayIntrospect = environment === 'development' || context.viewer?.role === 'ADMIN';
      if (!mayIntrospect) addValidationRule(NoSchemaIntrospectionCustomRule as ValidationRule);
    },
  };
}
