import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { UNAVAILABLE } from './answers.ts';

/**
 * Ends a subscription at a message that a fault of ours has spoilt, over every transport: with its
 * cursor and without its rows the client would go on behind what it never saw. It comes back with the
 * cursor of the message before.
 */
export function endOnFault(): Plugin {
  return {
    onSubscribe: () => ({
      onSubscribeResult: () => ({
        onNext({ result }) {
          const fault = (result as ExecutionResult).errors?.find(isFault);
          if (fault) throw fault;
        },
      }),
    }),
  };
}

const FAULTS = new Set<unknown>(['INTERNAL_SERVER_ERROR', UNAVAILABLE.code]);

/** Masked already, or about to be. */
function isFault({ extensions, originalError }: GraphQLError): boolean {
  if (FAULTS.has(extensions.code)) return true;
  return originalError !== undefined && !(originalError instanceof GraphQLError);
}
