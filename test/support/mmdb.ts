import { writeFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';

type Value = string | number | Value[] | { [key: string]: Value };

// Types of the data section (MaxMind DB file format 2.0); those above 7 have a byte of their own.
const TYPE = { text: 2, uint32: 6, map: 7, array: 11 };

/** Writes a database in MaxMind's format that knows some networks (`203.0.113.0/24`). */
export function writeMmdb(file: string, networks: Record<string, Value>): void {
  const nodes: [Slot, Slot][] = [[null, null]];
  const data: Buffer[] = [];
  let size = 0;
  for (const [network, value] of Object.entries(networks)) {
    const encoded = encode(value);
    put(nodes, bitsOf(network), { offset: size });
    data.push(encoded);
    size += encoded.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [n, [left, right]] of nodes.entries()) {
    for (const [side, slot] of [left, right].entries()) {
      const target =
        slot === null
          ? nodes.length
          : typeof slot === 'number'
            ? slot
            : nodes.length + 16 + slot.offset;
      tree.writeUIntBE(target, n * 6 + side * 3, 3);
    }
  }
  const metadata = encode({
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1 },
    ...{ database_type: 'Test-City', description: { en: 'Test' }, ip_version: 6 },
    ...{ languages: ['en'], node_count: nodes.length, record_size: 24 },
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  writeFileSync(file, Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]));
}

/** Where a node leads: another node, a place in the data section, or nowhere. */
type Slot = number | { offset: number } | null;

function put(nodes: [Slot, Slot][], bits: number[], leaf: { offset: number }): void {
  let at = 0;
  for (const [depth, bit] of bits.entries()) {
    const node = nodes[at] as [Slot, Slot];
    if (depth === bits.length - 1) {
      node[bit as 0 | 1] = leaf;
      return;
    }
    if (typeof node[bit as 0 | 1] !== 'number') node[bit as 0 | 1] = nodes.push([null, null]) - 1;
    at = node[bit as 0 | 1] as number;
  }
}

/** The bits of a network; IPv4 stands in the lowest 32 of the 128. */
function bitsOf(network: string): number[] {
  const [address, length] = ipaddr.parseCIDR(network);
  const bytes = address.toByteArray();
  const padded = bytes.length === 4 ? [...new Array(12).fill(0), ...bytes] : bytes;
  const bits = padded.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((n) => (byte >> n) & 1));
  return bits.slice(0, length + (bytes.length === 4 ? 96 : 0));
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([head(TYPE.text, text.length), text]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([head(TYPE.uint32, 4), bytes]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([head(TYPE.array, value.length), ...value.map(encode)]);
  }
  const pairs = Object.entries(value);
  return Buffer.concat([
    head(TYPE.map, pairs.length),
    ...pairs.flatMap(([key, one]) => [encode(key), encode(one)]),
  ]);
}

function head(type: number, size: number): Buffer {
  if (size >= 29) throw new Error('longer texts than tests need');
  return type > 7 ? Buffer.from([size, type - 7]) : Buffer.from([(type << 5) | size]);
}
