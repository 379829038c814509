import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Caller } from '../graphql/context.ts';
import type { Graphql } from './graphql-http.ts';
import type { PersistedOperations } from './persisted-operations.ts';

/** How an operation that was prepared is run: by Yoga's envelope, under the id of its request. */
export type Root = {
  requestId: string;
  execute: (args: ExecutionArgs) => unknown;
  subscribe: (args: ExecutionArgs) => unknown;
};

type Deps = {
  graphql: Pick<Graphql, 'getEnveloped'>;
  persisted: Pick<PersistedOperations, 'withDocument'>;
};

/**
 * What Yoga does over HTTP between reading a request and running it, for a `subscribe` message: answers
 * what to run, or why the gate refuses it. What is refused is the sender's fault: the socket lives on.
 */
export async function prepareOperation(
  { graphql, persisted }: Deps,
  caller: Caller & { req: IncomingMessage },
  sent: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const params = persisted.withDocument(caller, sent);
    const enveloped = graphql.getEnveloped({ ...caller, params });
    const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
    const document = parse(params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    return {
      schema,
      operationName: params.operationName,
      document,
      variableValues: params.variables,
      contextValue: await contextFactory(),
      rootValue: { requestId: caller.requestId, execute, subscribe } satisfies Root,
    };
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return [thrown];
    throw thrown;
  }
}

/** An error without the status and headers that it has over HTTP. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...told } = error.toJSON();
  const { http: _, ...rest } = extensions ?? {};
  return Object.keys(rest).length > 0 ? { ...told, extensions: rest } : told;
}
