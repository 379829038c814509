import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  BodyBrokeOffError,
  limitBodyTime,
  readUtf8,
  watchProgress,
} from '../../../src/http/body.ts';

const server = createServer((incoming, response) => {
  limitBodyTime(incoming, response, 50);
  incoming.resume().once('end', () => response.end('whole'));
});
server.requestTimeout = 0;
let port: number;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function send(parts: string[], end: boolean): Promise<IncomingMessage> {
  const sending = request({ port, method: parts.length > 0 ? 'POST' : 'GET' });
  sending.on('error', () => {});
  for (const part of parts) sending.write(part);
  if (end) sending.end();
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  return response;
}

test('a body that does not end is given up with 408', async () => {
  const response = await send(['half'], false);

  expect(response.statusCode).toBe(408);
  expect(response.headers.connection).toBe('close');
  const error = 'the body was not there within 0.05 s';
  expect(JSON.parse(await text(response))).toEqual({ error });
});

test('a body that is whole, and none at all, are answered', async () => {
  expect((await send(['half', 'half'], true)).statusCode).toBe(200);
  expect((await send([], true)).statusCode).toBe(200);
});

test.each(['before', 'while'])('a body that breaks off %s it is read is told so', async (when) => {
  const asked = Promise.withResolvers<IncomingMessage>();
  await using other = createServer((incoming) => asked.resolve(incoming));
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const sending = request({ port: (other.address() as AddressInfo).port, method: 'POST' });
  sending.on('error', () => {}).write('half');
  const incoming = await asked.promise;
  const breakOff = async () => {
    sending.destroy();
    await new Promise((resolve) => incoming.once('close', resolve));
  };

  // As while a key is looked up.
  if (when === 'before') await breakOff();
  const reading = readUtf8(incoming);
  const refused = expect(reading).rejects.toBeInstanceOf(BodyBrokeOffError);
  if (when === 'while') await breakOff();
  await refused;
});

test('an upload stalls when less than 64 KiB came in since the last look', async () => {
  const received = [0, 65_536, 131_072, 200_000, 200_001];
  let looks = 0;
  const stalled = Promise.withResolvers<number>();

  using _watch = watchProgress(
    () => received[looks++] ?? 0,
    () => stalled.resolve(looks),
    1,
  );

  expect(await stalled.promise).toBe(received.length);
});
