import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { readGlobalId } from '../../../src/graphql/ids.ts';
import { ADMIN_KEY } from '../../support/make-app.ts';

type Fired = {
  postbackFired: {
    cursor: string;
    gap: { from: string } | null;
    postback: { id: string } | null;
    attempt: { number: number } | null;
  };
};

export type FaultViewer = AsyncDisposable & {
  /** What it was shown, as `<postback id> <number>`, in order. */
  seen: string[];
  gaps: number;
  reconnects: number;
};

const LIVE = `subscription ($after: String) { postbackFired(after: $after) {
  cursor gap { from } postback { id } attempt { number } } }`;

/** Watches everything, and comes back with its cursor whenever it was cut off. */
export async function startViewer(url: string): Promise<FaultViewer> {
  const viewer = { seen: [] as string[], gaps: 0, reconnects: 0 };
  let after: string | null = null as string | null;
  let over = false;
  let client: ReturnType<typeof createClient> | null = null;
  const ready = Promise.withResolvers<void>();

  const watching = (async () => {
    while (!over) {
      client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
        retryAttempts: 0,
      });
      try {
        const messages: AsyncIterable<{ data?: Fired | null }> = client.iterate<Fired>({
          query: LIVE,
          variables: { after },
        });
        for await (const message of messages) {
          const fired: Fired['postbackFired'] | undefined = message.data?.postbackFired;
          if (!fired) continue;
          after = fired.cursor;
          ready.resolve();
          if (fired.gap) viewer.gaps += 1;
          if (!fired.postback) continue;
          const { rowId = '' } = readGlobalId(fired.postback.id) ?? {};
          viewer.seen.push(`${rowId} ${fired.attempt?.number}`);
        }
      } catch {
        // Cut off: the next connection goes on from the cursor.
      }
      viewer.reconnects += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await ready.promise;
  return Object.assign(viewer, {
    async [Symbol.asyncDispose]() {
      over = true;
      await client?.dispose();
      await watching;
    },
  });
}
