import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { nextFrames } from '../../../src/http/next-frames.ts';

/** What a client of ws reads of frames that a server writes past it. */
async function readBack(id: string, payloads: string[]): Promise<string[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, { socket: raw }) => {
    const deliver = nextFrames(socket, raw, id);
    for (const payload of payloads) {
      deliver([Buffer.from(payload)]);
      socket.send('between');
    }
    deliver(payloads.map((payload) => Buffer.from(payload)));
    socket.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const texts: string[] = [];
  client.on('message', (data) => texts.push(String(data)));
  await once(client, 'close');
  server.close();
  return texts;
}

/** A payload that makes the whole message so many bytes long. */
const filled = (bytes: number) =>
  JSON.stringify('x'.repeat(bytes - '{"id":"7","type":"next","payload":}'.length - 2));

test.each([
  ['as short as they come', '{}'],
  ['125 bytes in all', filled(125)],
  ['126 bytes in all', filled(126)],
  ['65,535 bytes in all', filled(65_535)],
  ['65,536 bytes in all', filled(65_536)],
  ['of many bytes a character', JSON.stringify('ü€😀'.repeat(100))],
])('a message %s arrives as it is', async (_, payload) => {
  const texts = await readBack('7', [payload, payload]);

  const message = `{"id":"7","type":"next","payload":${payload}}`;
  expect(texts).toEqual([message, 'between', message, 'between', message, message]);
});

test('an id is what the client chose, whatever stands in it', async () => {
  const id = '"}\\ü\u2028';
  const [text = ''] = await readBack(id, ['{"data":{}}']);

  expect(JSON.parse(text)).toEqual({ id, type: 'next', payload: { data: {} } });
});

test('nothing follows the frame that closes', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const { promise, resolve } = Promise.withResolvers<number>();
  server.on('connection', (socket, { socket: raw }) => {
    socket.close();
    const before = raw.bytesWritten;
    nextFrames(socket, raw, '1')([Buffer.from('{}')]);
    resolve(raw.bytesWritten - before);
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(client, 'close');
  server.close();

  expect(await promise).toBe(0);
});

test('who has not taken 64 KiB is waited for', async () => {
  const socket = new PassThrough({ highWaterMark: 1 });
  const deliver = nextFrames({ readyState: 1, OPEN: 1 }, socket as unknown as Socket, '1');
  const payloads = [20_000, 20_000].map((size) => Buffer.from(JSON.stringify('x'.repeat(size))));
  const answers = [deliver(payloads), deliver(payloads), deliver(payloads)];

  expect(answers.map((it) => it === null)).toEqual([true, true, false]);
  socket.resume();
  await answers[2];
});
