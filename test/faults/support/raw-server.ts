import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server of bare bytes; what it does with a connection is the test's business. */
export type RawServer = AsyncDisposable & { url: string; port: number; connections: number };

/** @param host where it listens; loopback by default */
export async function startRaw(
  behave: (socket: Socket) => void,
  host = '127.0.0.1',
  port = 0,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    behave(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const HEAD = 'HTTP/1.1 200 OK\r\nconnection: close\r\n';

/** Sends a piece again and again until the peer hangs up. */
export function drip(socket: Socket, piece: string | Buffer, everyMs: number): void {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** Sends as fast as the peer takes it, for ever. */
export function pour(socket: Socket, head = `${HEAD}\r\n`): void {
  socket.write(head);
  const more = () => {
    while (!socket.destroyed && socket.write('x'.repeat(65_536))) {}
  };
  socket.on('drain', more);
  more();
}
