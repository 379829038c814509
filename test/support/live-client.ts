import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { TypedDocumentString } from '../gql/graphql.ts';

/** A subscription over a real WebSocket whose messages wait until a test asks for them. */
export type LiveStream<Data> = AsyncDisposable & {
  /** The next message, waited for at most 20 s. Rejects with the errors the server sent. */
  next(): Promise<Data>;
};

/** Subscribes with a key; resolves at once, the first message says that the stream stands. */
export function subscribe<Data, Variables extends Record<string, unknown>>(
  url: string,
  key: string | null,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): LiveStream<Data> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: key === null ? {} : { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  const messages = client.iterate<Data>({ query: document.toString(), variables });
  return {
    async next() {
      const timeout = AbortSignal.timeout(20_000);
      const late = new Promise<never>((_resolve, reject) => {
        timeout.onabort = () => reject(new Error('no live message within 20 s'));
      });
      const result = await Promise.race([messages.next(), late]);
      if (result.done) throw new Error('the stream ended');
      if (result.value.errors) throw new Error(JSON.stringify(result.value.errors));
      return result.value.data as Data;
    },
    async [Symbol.asyncDispose]() {
      await messages.return?.();
      await client.dispose();
    },
  };
}
