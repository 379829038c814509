import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Networks that an operator listed: CIDR base and prefix length. */
export type Networks = readonly (readonly [Address, number])[];

/** Thrown by `parseNetworks`; `entries` holds every bad entry as it was typed. */
export class NetworksError extends Error {
  override readonly name = 'NetworksError';
  readonly entries: readonly string[];

  constructor(entries: readonly string[]) {
    const list = entries.map((entry) => `"${entry}"`).join(', ');
    super(`not a CIDR network: ${list}; write networks like 10.0.0.0/8 or ::1/128`);
    this.entries = entries;
  }
}

/** Reads a comma list of networks. A bare address counts as that one address; blanks are skipped. */
export function parseNetworks(list: string): Networks {
  const entries = list.split(',').map((entry) => entry.trim());
  const parsed = entries.filter((entry) => entry !== '').map((entry) => [entry, parseCidr(entry)]);
  const bad = parsed.filter(([, network]) => network === null).map(([entry]) => entry as string);
  if (bad.length > 0) throw new NetworksError(bad);
  return parsed.map(([, network]) => network as Networks[number]);
}

/**
 * Reads one address, with IPv4 unwrapped from ::ffff:0:0/96; null when it is none.
 *
 * isIP first: ipaddr.js would also read 127.1 and 0x7f000001, which nothing here produces. A zone id
 * (fe80::1%eth0) picks an interface of this machine, so such an address is never acceptable.
 */
export function parseAddress(address: string): Address | null {
  return isIP(address) === 0 || address.includes('%') ? null : ipaddr.process(address);
}

/** One spelling per address, with IPv4 unwrapped from ::ffff:0:0/96; null when it is none. */
export function canonicalAddress(address: string): string | null {
  return parseAddress(address)?.toString() ?? null;
}

/** Whether an address lies in one of the networks. */
export function isWithin(address: Address, networks: Networks): boolean {
  return networks.some(
    ([base, bits]) => base.kind() === address.kind() && address.match(base, bits),
  );
}

// Strict, because ipaddr.js reads "10/8" as 0.0.0.10/8.
function parseCidr(entry: string): Networks[number] | null {
  const [address = '', bits, ...rest] = entry.split('/');
  const parsed = isIP(address) === 0 || address.includes('%') ? null : ipaddr.parse(address);
  if (parsed === null || rest.length > 0) return null;
  const width = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= width)) return null;
  const prefix = bits === undefined ? width : Number(bits);
  // Addresses are compared after unwrapping, so a mapped network is unwrapped too.
  const mapped = parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).isIPv4MappedAddress();
  return mapped && prefix >= 96 ? [ipaddr.process(address), prefix - 96] : [parsed, prefix];
}
