// A receiver that costs as little as one can in this language: no HTTP parser, one write per read. Counts the calls of
// `/<what>/<number>` and keeps when the first of each came.
import { createServer } from 'node:net';
import { serveCalls } from './serve-calls.ts';

const OK = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'latin1');
const FAULT = Buffer.from('HTTP/1.1 500 Fault\r\ncontent-length: 2\r\n\r\nno', 'latin1');
const SLOW_MS = 2_000;

const servers = [];
let arrivedAt = new Float64Array(0);
let calls = new Uint8Array(0);
let distinct = 0;
let total = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached = () => {};

/** Answers every complete request of a piece in one write; answers what is left of the piece. */
function take(socket, text) {
  const answers = [];
  let from = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', from);
    if (end < 0) break;
    const path = text.slice(text.indexOf(' ', from) + 1, text.indexOf(' HTTP/', from));
    const at = path.lastIndexOf('/');
    note(Number.parseInt(path.slice(at + 1), 10));
    if (path.startsWith('/slow')) setTimeout(() => socket.write(OK), SLOW_MS);
    else answers.push(path.startsWith('/fault') ? FAULT : OK);
    from = end + 4;
  }
  if (answers.length > 0) socket.write(answers.length === 1 ? answers[0] : Buffer.concat(answers));
  return text.slice(from);
}

function note(number) {
  total += 1;
  if (!(number < calls.length)) return;
  if (calls[number] === 0) {
    arrivedAt[number] = Date.now();
    distinct += 1;
    if (distinct === wanted) reached();
  }
  if (calls[number] < 255) calls[number] += 1;
}

function serve(socket) {
  let rest = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (text) => {
    rest = take(socket, rest + text);
  });
  socket.on('error', () => {});
}

function listen(port, host) {
  const server = createServer(serve);
  servers.push(server);
  return new Promise((resolve, reject) => {
    server
      .once('error', reject)
      .listen({ port, host, backlog: 4_096 }, () => resolve(server.address().port));
  });
}

serveCalls({
  /** Listens on one port of so many loopback addresses, so that each is an origin of its own; answers the origins. */
  async listen(origins) {
    const hosts = Array.from(
      { length: origins },
      (_, n) => `127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`,
    );
    const port = await listen(0, hosts[0]);
    for (const host of hosts.slice(1)) await listen(port, host);
    return hosts.map((host) => `http://${host}:${port}`);
  },
  /** Forgets all calls and counts those of the numbers below `count`. */
  expect(count) {
    arrivedAt = new Float64Array(count);
    calls = new Uint8Array(count);
    distinct = 0;
    total = 0;
    wanted = Number.POSITIVE_INFINITY;
  },
  /** Waits until so many numbers were called, or not longer than this; answers how many were. */
  until(count, withinMs) {
    if (distinct >= count) return distinct;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        wanted = Number.POSITIVE_INFINITY;
        resolve(distinct);
      };
      const timer = setTimeout(end, withinMs);
      wanted = count;
      reached = end;
    });
  },
  /** What came: per number the time of its first call (0: none) and how often it was called. */
  seen: () => ({ arrivedAt, calls, total }),
});
