// A generator of requests that costs little: raw sockets, one request at a time on each, answers told apart by their
// length. Runs in a process of its own.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load, LoadFigures } from './load.ts';
import { quantile } from './quantile.ts';
import { serveCalls } from './serve-calls.ts';

serveCalls({ drive });

/** Sends what `load` says over so many connections; what comes while it warms up is not counted. */
async function drive(load: Load): Promise<LoadFigures> {
  const took: number[] = [];
  const figures = { failed: 0, firstFailure: '' };
  let sent = load.from;
  let counting = false;
  let over = false;
  const next = () => requestOf(load, sent++);
  const note = (ms: number, answer: string) => {
    if (!answer.includes(load.expected)) {
      figures.failed += 1;
      figures.firstFailure ||= answer.slice(0, 500);
    }
    if (counting) took.push(ms);
  };
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.url)));
  const done = sockets.map((socket, at) => {
    // At a given rate the connections take turns; else each sends as soon as it is answered.
    const everyMs = load.perSecond ? (load.connections * 1000) / load.perSecond : 0;
    return talk(socket, {
      next,
      note,
      isOver: () => over,
      everyMs,
      firstInMs: (at * everyMs) / load.connections,
    });
  });
  await sleep(load.warmUpSeconds * 1000);
  counting = true;
  const began = performance.now();
  await sleep(load.seconds * 1000);
  const seconds = (performance.now() - began) / 1000;
  counting = false;
  over = true;
  const counted = took.length;
  await Promise.all(done);
  for (const socket of sockets) socket.destroy();
  return {
    ...figures,
    perSecond: counted / seconds,
    answered: counted,
    sent: sent - load.from,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
  };
}

function requestOf({ method, path, body, headers = '' }: Load, n: number): string {
  const numbered = (text: string) => text.replaceAll('<n>', String(n));
  // One that holds many items numbers them itself: <n>-0, <n>-1 ...
  const content = body === undefined ? '' : numbered(body);
  const length = content
    ? `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(content)}\r\n`
    : '';
  return `${method} ${numbered(path)} HTTP/1.1\r\nhost: bench\r\naccept: application/json\r\n${headers}${length}\r\n${content}`;
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true).setEncoding('latin1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

type Talk = {
  next: () => string;
  note: (ms: number, answer: string) => void;
  isOver: () => boolean;
  everyMs: number;
  firstInMs: number;
};

/** One request after the other on one socket. What is late is measured from when it should have been sent. */
function talk(socket: Socket, { next, note, isOver, everyMs, firstInMs }: Talk): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let dueAt = performance.now() + firstInMs;
  let text = '';
  const send = () => {
    if (isOver()) return resolve();
    if (everyMs === 0) dueAt = performance.now();
    socket.write(next());
  };
  const answered = () => {
    note(performance.now() - dueAt, text);
    text = '';
    if (everyMs === 0) return send();
    dueAt += everyMs;
    setTimeout(send, Math.max(0, dueAt - performance.now()));
  };
  socket.on('data', (piece: string) => {
    text += piece;
    if (isWhole(text)) answered();
  });
  socket.on('error', reject);
  socket.on('close', () =>
    isOver() ? resolve() : reject(new Error('the server closed a connection')),
  );
  setTimeout(send, firstInMs);
  return promise;
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return !/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, end)) || text.endsWith('0\r\n\r\n');
}
