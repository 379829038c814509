import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call as the receiver saw it; the amount is what it was told in the query. */
export type Hit = { id: string; attempt: number; at: number; path: string; amount: number };

/** How a receiver answers: a status after a while, or never. */
export type Behaviour =
  | { status?: number; afterMs?: number; headers?: Record<string, string> }
  | 'hang';

export type Sink = AsyncDisposable & {
  url: string;
  hits: Hit[];
  /** How calls of a path (`/a1`) are answered from now on; default 200 at once. */
  behave(path: string, behaviour: Behaviour): void;
  /** How all others are. */
  behaveAll(behaviour: Behaviour): void;
};

/** A receiver that keeps a log of every call, one path per affiliate. */
export async function startSink(): Promise<Sink> {
  const hits: Hit[] = [];
  const byPath = new Map<string, Behaviour>();
  let usual: Behaviour = { status: 200 };

  function take(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://sink');
    const { 'webhook-id': id, 'webhook-attempt': attempt } = request.headers;
    const amount = Number(searchParams.get('a'));
    hits.push({ id: String(id), attempt: Number(attempt), at: Date.now(), path, amount });
    request.resume();
    const behaviour = byPath.get(path) ?? usual;
    if (behaviour === 'hang') return;
    const { status = 200, afterMs = 0, headers } = behaviour;
    const answer = () => response.writeHead(status, headers).end('ok');
    if (afterMs > 0) setTimeout(answer, afterMs);
    else answer();
  }

  const server = createServer(take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits,
    behave: (path, behaviour) => byPath.set(path, behaviour),
    behaveAll: (behaviour) => {
      usual = behaviour;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
