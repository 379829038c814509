import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { readGlobalId } from '../../../src/graphql/ids.ts';
import { ADMIN_KEY } from '../../support/make-app.ts';
import { keyOf } from './checker.ts';

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
  /** Stops reading from its socket; answers how it goes on. */
  stall(): () => void;
  /** Cuts its connection: it comes back with its cursor. */
  cut(): void;
};

const LIVE = `subscription ($after: String) { postbackFired(after: $after) {
  cursor gap { from } postback { id } attempt { number } } }`;

/** Watches everything, and comes back with its cursor whenever it was cut off. */
export async function startViewer(url: string): Promise<FaultViewer> {
  const viewer = { seen: [] as string[], gaps: 0, reconnects: 0 };
  let after: string | null = null as string | null;
  let isOver = false;
  let client: ReturnType<typeof createClient> | null = null;
  let socket: WebSocket | null = null;
  const ready = Promise.withResolvers<void>();

  const watching = (async () => {
    while (!isOver) {
      client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${ADMIN_KEY}` },
        retryAttempts: 0,
        on: {
          opened: (opened) => {
            socket = opened as WebSocket;
          },
        },
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
          if (!fired.postback || !fired.attempt) continue;
          const { rowId = '' } = readGlobalId(fired.postback.id) ?? {};
          viewer.seen.push(keyOf(rowId, fired.attempt.number));
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
    stall() {
      const stalled = socket;
      stalled?.pause();
      return () => stalled?.resume();
    },
    cut: () => socket?.terminate(),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await client?.dispose();
      await watching;
    },
  });
}
