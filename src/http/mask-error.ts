import { PothosValidationError } from '@pothos/core';
import { GraphQLError, Kind } from 'graphql';
import { createGraphQLError, maskError as maskYogaError } from 'graphql-yoga';
import { callerError } from '../graphql/caller-error.ts';
import { toError } from '../platform/failure.ts';
import type { Log } from '../platform/log.ts';
import { currentRequestId } from '../platform/request-scope.ts';
import { isPassingFault, sqlState } from '../store/store-fault.ts';
import { UNAVAILABLE } from './answers.ts';

/** PostgreSQL's code for a text with a NUL character: no row can hold it, and no filter find it. */
const UNTRANSLATABLE_CHARACTER = '22021';
export const NUL_REFUSED = 'A text holds a NUL character, which no stored text does.';

/**
 * Tells callers their own mistakes and hides everything else behind one sentence; what is hidden is
 * logged, once. A mistake that only a plugin or the database notices gets its code here.
 */
export function createMaskError(log: Pick<Log, 'error'>): typeof maskYogaError {
  return (thrown, message) => {
    const cause = causeOf(thrown);
    if (cause instanceof PothosValidationError) return located(thrown, cause.message);
    if (sqlState(cause) === UNTRANSLATABLE_CHARACTER) {
      return located(thrown, NUL_REFUSED);
    }
    if (isRefusedBeforeExecution(thrown)) return withCode(thrown);
    const masked = maskYogaError(thrown, message, false);
    if (masked === thrown) return masked;
    log.error({ err: toError(cause) }, 'graphql.fault');
    return isPassingFault(cause) ? unavailable(masked) : withRequestId(masked);
  };
}

/**
 * Variables that do not fit, or an operation that is not in the document: told by graphql-js without a
 * code, before any field is resolved and so without a path.
 */
function isRefusedBeforeExecution(thrown: unknown): thrown is GraphQLError {
  if (!(thrown instanceof GraphQLError) || thrown.path || thrown.extensions.code) return false;
  return !thrown.originalError || thrown.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
}

function withCode({ message, nodes, extensions }: GraphQLError): Error {
  return createGraphQLError(message, {
    nodes,
    extensions: { ...extensions, code: 'BAD_USER_INPUT' },
  });
}

/** What was thrown first, under the wrappers that tell where in the document. */
function causeOf(thrown: unknown): unknown {
  const inner = (thrown as { originalError?: unknown } | null)?.originalError;
  return inner ? causeOf(inner) : thrown;
}

/** Whoever reports the error brings what its line in the log is found by. */
function withRequestId(masked: Error): Error {
  const { message, nodes, path, extensions } = masked as GraphQLError;
  return createGraphQLError(message, {
    nodes,
    path,
    extensions: { ...extensions, requestId: currentRequestId() },
  });
}

/** The store does not answer: clients that look at the status alone try again, as with any 503. */
function unavailable(masked: Error): Error {
  const { nodes, path } = masked as GraphQLError;
  const { code, message } = UNAVAILABLE;
  return createGraphQLError(message, {
    nodes,
    path,
    extensions: { code, requestId: currentRequestId(), http: { status: 503 } },
  });
}

function located(thrown: unknown, message: string): Error {
  const { nodes, path } = thrown as { nodes?: never; path?: never };
  const { extensions } = callerError('BAD_USER_INPUT', message);
  return createGraphQLError(message, { nodes, path, extensions });
}
