import { createClient } from 'graphql-ws';
import { within } from '../platform/lifecycle.ts';
import { DemoError } from './demo-error.ts';
import type { DemoPostbackFiredSubscription, TypedDocumentString } from './gql/graphql.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { POSTBACK_FIRED } from './operations.ts';

/** Volley as a client sees it: HTTP and WebSocket with one key. */
export type Api = {
  url: string;
  /** Runs a typed operation; a DemoError when the answer holds errors. */
  run<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Data>;
  /** Subscribes over a WebSocket; resolves when the stream stands. */
  watch(onResult: (result: LiveResult) => void): Promise<Live>;
};

type Fired = DemoPostbackFiredSubscription['postbackFired'];
/** A finished attempt and its postback. */
export type LiveResult = {
  postback: NonNullable<Fired['postback']>;
  attempt: NonNullable<Fired['attempt']>;
};

export type Live = AsyncDisposable & { results: Inbox<LiveResult> };

const ANSWER_LIMIT_MS = 15_000;

export function createApi(url: string, key: string): Api {
  const authorization = `Bearer ${key}`;
  return {
    url,
    async run(document, variables) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ query: document.toString(), variables }),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      const { data, errors } = (await response.json()) as {
        data?: never;
        errors?: { message: string }[];
      };
      if (data && !errors) return data;
      throw new DemoError(`GraphQL answered ${response.status}: ${errors?.[0]?.message}`);
    },
    watch: (onResult) => watch(url, authorization, onResult),
  };
}

async function watch(
  url: string,
  authorization: string,
  onResult: (result: LiveResult) => void,
): Promise<Live> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization },
    // The server is this very process: a lost socket is a fault to see, not to hide.
    retryAttempts: 0,
  });
  const results = createInbox<LiveResult>();
  const { promise: standing, resolve, reject } = Promise.withResolvers<true>();
  client.subscribe<DemoPostbackFiredSubscription>(
    { query: POSTBACK_FIRED.toString() },
    {
      next({ data, errors }) {
        if (!data) return reject(new DemoError(`the subscription failed: ${errors?.[0]?.message}`));
        resolve(true);
        const { postback, attempt } = data.postbackFired;
        if (!postback || !attempt) return;
        results.put({ postback, attempt });
        onResult({ postback, attempt });
      },
      error: (cause) => reject(new DemoError('the WebSocket was closed', { cause })),
      complete: () => {},
    },
  );
  if (!(await within(ANSWER_LIMIT_MS, standing))) {
    throw new DemoError(`the subscription did not start within ${ANSWER_LIMIT_MS / 1000} s`);
  }
  return { results, [Symbol.asyncDispose]: async () => client.dispose() };
}

/** The payload of a mutation's result; a DemoError with the message of any other member. */
export function payload<
  Result extends { __typename: string },
  Name extends Extract<Result['__typename'], `${string}Payload`>,
>(result: Result, name: Name): Extract<Result, { __typename: Name }> {
  if (result.__typename === name) return result as Extract<Result, { __typename: Name }>;
  const message = 'message' in result ? result.message : result.__typename;
  throw new DemoError(`${name.replace('Payload', '')} was refused: ${message}`);
}
