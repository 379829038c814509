// Viewers of one server, as lean as they can be: they count what arrives, and a few look at when it was sent.
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { serveCalls } from './serve-calls.ts';
import { ADMIN_KEY } from './volley.ts';

/** One of so many viewers reads the time in what it gets. */
const READS = 10;
/** Sockets that are opened at a time. */
const AT_A_TIME = 50;

let frames = 0;
let lateness: number[] = [];

serveCalls({
  async open(url: string, protocol: string, asks: object[]) {
    for (let from = 0; from < asks.length; from += AT_A_TIME) {
      const some = asks.slice(from, from + AT_A_TIME);
      await Promise.all(some.map((ask, n) => view(url, protocol, ask, (from + n) % READS === 0)));
    }
    // Their first messages are on the way.
    await sleep(1_000);
  },
  async reset() {
    // What was published last is on the way.
    await sleep(500);
    frames = 0;
    lateness = [];
  },
  async seen(expected: number) {
    for (let left = 100; frames < expected && left > 0; left -= 1) await sleep(50);
    return { frames, lateness };
  },
});

/** Resolves once the server has taken the question. */
function view(url: string, protocol: string, ask: object, isReader: boolean): Promise<void> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocol === 'raw' ? [] : protocol);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      if (protocol === 'raw') {
        socket.send(JSON.stringify(ask), () => resolve());
        return;
      }
      const payload = { authorization: `Bearer ${ADMIN_KEY}` };
      socket.send(JSON.stringify({ type: 'connection_init', payload }));
    });
    socket.on('message', (data: Buffer) => {
      // `{"type":"connection_ack"}` is shorter than any result.
      if (data.length < 30) {
        // As long as the ids that graphql-ws makes.
        socket.send(JSON.stringify({ id: crypto.randomUUID(), type: 'subscribe', payload: ask }));
        resolve();
        return;
      }
      if (data.includes('"type":"error"')) throw new Error(data.toString());
      frames += 1;
      if (!isReader) return;
      const sentAt = /"startedAt":"([^"]+)"/.exec(data.toString())?.[1];
      if (sentAt) lateness.push(Date.now() - Date.parse(sentAt));
    });
  });
}
