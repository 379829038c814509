import type { Server } from 'node:http';
import { StartError } from '../platform/failure.ts';
import { within } from '../platform/lifecycle.ts';

/** Requests under way get this long when the server stops. */
const CLOSE_WAIT_MS = 5_000;

/** Listens; a taken port or an address that is not this machine's is one clear sentence. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (thrown) {
    throw new StartError(explainListen(thrown as NodeJS.ErrnoException, port, host), {
      cause: thrown,
    });
  }
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

function explainListen(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another process: stop it, or set PORT to a free one.`;
  }
  if (error.code === 'EACCES') {
    return `Port ${port} may not be opened by this user: set PORT to one above 1023.`;
  }
  return `Nothing can listen on ${host}:${port} (${error.message}): set HOST and PORT.`;
}

/** Takes no more connections; those that have something under way get 5 s to end it. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await within(CLOSE_WAIT_MS, closed);
  server.closeAllConnections();
}
