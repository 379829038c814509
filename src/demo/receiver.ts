import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInbox, type Inbox } from './inbox.ts';

/** A call as it came over the wire. */
export type ReceivedCall = {
  method: string;
  /** Path and query, untouched. */
  path: string;
  /** `webhook-id`: the same in every attempt of one postback. */
  webhookId: string;
  atMs: number;
};

/** The affiliate's server of the demo. */
export type Receiver = AsyncDisposable & {
  /** `http://127.0.0.1:<port>` */
  url: string;
  port: number;
  calls: Inbox<ReceivedCall>;
};

/**
 * Starts a real HTTP server on loopback that answers every call with 200.
 * @param preferredPort that of the last run, so that what it left due still finds its receiver
 */
export async function startReceiver(preferredPort: number): Promise<Receiver> {
  const calls = createInbox<ReceivedCall>();
  const server = createServer((request, response) => {
    calls.put({
      method: request.method ?? '',
      path: request.url ?? '',
      webhookId: String(request.headers['webhook-id'] ?? ''),
      atMs: Date.now(),
    });
    request.resume();
    response.end('ok');
  });
  await listen(server, preferredPort).catch(() => listen(server, 0));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  // Rejects when an error comes instead.
  await once(server, 'listening');
}
