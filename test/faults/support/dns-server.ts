import { createSocket } from 'node:dgram';
import { createServer, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What a name server says: addresses of either family, a failure, or nothing at all. */
export type DnsAnswer = { addresses: string[]; ttl?: number } | 'NXDOMAIN' | 'SERVFAIL' | 'SILENCE';

const TYPE = { A: 1, AAAA: 28 };
const CODE = { NXDOMAIN: 3, SERVFAIL: 2 };
/** What fits into an answer by UDP; a longer one is asked for again by TCP. */
const UDP_BYTES = 512;

/** A name server on port 53 of an address; `answer` is asked for every question anew. */
export async function startDnsServer(
  host: string,
  answer: (name: string, family: 4 | 6) => DnsAnswer,
): Promise<AsyncDisposable> {
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    const reply = replyTo(query, answer);
    if (!reply) return;
    const fits = reply.length <= UDP_BYTES;
    udp.send(fits ? reply : truncated(query), from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(53, host, resolve));
  const tcp = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', (data) => {
        const reply = replyTo(data.subarray(2), answer);
        if (!reply) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.end(Buffer.concat([length, reply]));
      });
  });
  await new Promise<void>((resolve) => tcp.listen(53, host, resolve));
  return {
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

function replyTo(query: Buffer, answer: Parameters<typeof startDnsServer>[1]): Buffer | null {
  const { name, type, end } = questionOf(query);
  const family = type === TYPE.AAAA ? 6 : 4;
  const said = answer(name, family);
  if (said === 'SILENCE') return null;
  const { addresses, ttl = 60 } = typeof said === 'string' ? { addresses: [] } : said;
  const records = addresses
    .filter((address) => isIPv4(address) === (family === 4))
    .map((address) => record(type, ttl, Buffer.from(ipaddr.parse(address).toByteArray())));
  const code = typeof said === 'string' ? CODE[said] : 0;
  return Buffer.concat([header(query, code, records.length), query.subarray(12, end), ...records]);
}

/** "Ask me by TCP." */
function truncated(query: Buffer): Buffer {
  const reply = Buffer.concat([header(query, 0, 0), query.subarray(12, questionOf(query).end)]);
  reply.writeUInt16BE(reply.readUInt16BE(2) | 0x0200, 2);
  return reply;
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The query's id; an authoritative answer to one question. */
function header(query: Buffer, code: number, answers: number): Buffer {
  const bytes = Buffer.alloc(12);
  query.copy(bytes, 0, 0, 2);
  bytes.writeUInt16BE(0x8580 | code, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

/** A record of the name that was asked for. */
function record(type: number, ttl: number, address: Buffer): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(0xc00c, 0);
  bytes.writeUInt16BE(type, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt32BE(ttl, 6);
  bytes.writeUInt16BE(address.length, 10);
  return Buffer.concat([bytes, address]);
}
