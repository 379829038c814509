import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
let client: Socket;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await startTcpProxy((echo.address() as { port: number }).port);
  client = connect(proxy.port, '127.0.0.1').on('error', () => {});
  await once(client, 'connect');
});
afterEach(async () => {
  client.destroy();
  await proxy[Symbol.asyncDispose]();
  await new Promise((resolve) => echo.close(resolve));
});

/** Resolves when a connection is gone, whichever way. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Sends a text and answers with how it came back: the pieces, and after how long. */
async function exchange(text: string): Promise<{ pieces: number; afterMs: number }> {
  const began = performance.now();
  let [back, pieces] = ['', 0];
  client.write(text);
  while (back.length < text.length) {
    const [chunk] = (await once(client, 'data', { signal: AbortSignal.timeout(5_000) })) as [
      Buffer,
    ];
    back += chunk;
    pieces += 1;
  }
  expect(back).toBe(text);
  return { pieces, afterMs: performance.now() - began };
}

test('passes everything on by default', async () => {
  await exchange('x'.repeat(200_000));
});

test('delays, slows down and slices', async () => {
  proxy.weather = { latencyMs: 60 };
  expect((await exchange('hello')).afterMs).toBeGreaterThanOrEqual(115);
  proxy.weather = { bandwidth: 100_000 };
  expect((await exchange('x'.repeat(10_000))).afterMs).toBeGreaterThanOrEqual(95);
  proxy.weather = { slice: 10, latencyMs: 1 };
  expect((await exchange('x'.repeat(100))).pieces).toBeGreaterThan(3);
});

test('swallows without a word, and tells nobody', async () => {
  proxy.weather = { blackHole: true };
  client.write('lost');
  const silent = await Promise.race([
    once(client, 'data').then(() => 'data'),
    once(client, 'close').then(() => 'close'),
    new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
  ]);
  expect(silent).toBe('silence');
});

test('resets by request, and after so many bytes', async () => {
  proxy.weather = { resetAfterBytes: 10 };
  client.write('x'.repeat(100));
  await closed(client);

  proxy.down();
  const refused = connect(proxy.port, '127.0.0.1').on('error', () => {});
  await closed(refused);
  proxy.up();
  proxy.weather = {};
  client = connect(proxy.port, '127.0.0.1').on('error', () => {});
  await exchange('well again');
});
