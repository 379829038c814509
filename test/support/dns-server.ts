import { createSocket } from 'node:dgram';

/** What a name is answered: addresses with their time to live, `NXDOMAIN`, or nothing at all. */
export type DnsAnswer = { addresses: string[]; ttlSeconds: number } | 'NXDOMAIN' | 'SILENCE';

/** A name server on a loopback port, for names of type A and AAAA. */
export type DnsServer = AsyncDisposable & {
  /** `127.0.0.1:<port>` */
  address: string;
  /** What it was asked, as `A <name>`, in order. */
  asked: string[];
};

const TYPES: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' };

/** @param answer for each question; IPv4 addresses for A, IPv6 ones (eight groups) for AAAA */
export async function startDnsServer(
  answer: (type: 'A' | 'AAAA', name: string) => DnsAnswer,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, end } = readName(query);
    const type = TYPES[query.readUInt16BE(end)];
    const question = query.subarray(12, end + 4);
    const found = type ? answer(type, name) : 'NXDOMAIN';
    if (type) asked.push(`${type} ${name}`);
    if (found === 'SILENCE') return;
    const records = found === 'NXDOMAIN' ? [] : found.addresses.map((it) => record(it, found));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // A response, recursion available; 3 is NXDOMAIN.
    header.writeUInt16BE(0x8180 | (found === 'NXDOMAIN' ? 3 : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([header, question, ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function record(address: string, { ttlSeconds }: { ttlSeconds: number }): Buffer {
  const isV6 = address.includes(':');
  const data = isV6
    ? Buffer.from(
        address
          .split(':')
          .map((it) => it.padStart(4, '0'))
          .join(''),
        'hex',
      )
    : Buffer.from(address.split('.').map(Number));
  const head = Buffer.alloc(12);
  // The name of the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(isV6 ? 28 : 1, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
