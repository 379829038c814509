import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { endUnread } from '../../src/http/end-unread.ts';

const AFTER_MS = 200;
/** More than the buffers of both ends of a connection hold. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');

let server: Server;
const ended: (string | undefined)[] = [];

afterEach(() => {
  server.closeAllConnections();
  server.close();
  ended.length = 0;
});

/** Asks a server for a large answer, with a socket that reads nothing yet. */
async function ask(): Promise<Socket> {
  server = createServer((_request, response) => response.end(LARGE));
  endUnread(server, { afterMs: AFTER_MS, onEnd: (address) => ended.push(address) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  return socket;
}

/** Resolves when the server has no connection any more. */
async function untilAlone(): Promise<void> {
  for (;;) {
    const count = await new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
    if (count === 0) return;
    await sleep(10);
  }
}

test('an answer that nobody reads ends with its connection', async () => {
  const socket = await ask();
  await untilAlone();

  expect(ended).toEqual(['127.0.0.1']);
  socket.destroy();
});

test('one that is read slowly is read to its end, and a connection without any stays', async () => {
  const socket = await ask();
  let read = 0;
  socket.on('data', (chunk) => {
    read += chunk.length;
    // Many times the limit altogether.
    socket.pause();
    setTimeout(() => socket.resume(), read < LARGE.length / 2 ? 2 : 0);
  });
  socket.resume();
  const began = performance.now();
  while (read < LARGE.length) await sleep(10);
  expect(performance.now() - began).toBeGreaterThan(2 * AFTER_MS);
  await sleep(2 * AFTER_MS);

  expect(ended).toEqual([]);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});
