import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isWithin, type Networks, parseAddress } from '../platform/networks.ts';

/** Networks the operator opened for outgoing calls (VOLLEY_ALLOW_TARGETS). */
export type AllowTargets = Networks;

/** What a URL may name although the policy forbids its address: this service's own echo receivers. */
export type IsOwnEcho = (url: string) => boolean;

/**
 * Why a target may not be called. `message` is written for the affiliate who typed the URL: it
 * repeats what was typed and names the class of the address, never what a name resolved to.
 */
export type TargetRefusal = {
  reason: 'URL' | 'SCHEME' | 'CREDENTIALS' | 'HOST_NAME' | 'ADDRESS' | 'PORT';
  message: string;
};

/**
 * Ports no postback is sent to, whatever the host, because a protocol other than HTTP lives there:
 * the "bad ports" of the WHATWG Fetch standard (what no browser calls either), then the usual
 * ports of file shares, databases, queues, caches, remote desktops and cluster managers.
 */
export const DENIED_PORTS: readonly number[] = [
  // WHATWG Fetch, "port blocking".
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
  103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
  512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
  995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
  6669, 6679, 6697, 10080,
  // Ours: SMB, SQL Server, Oracle, Docker, etcd, MySQL, RDP, PostgreSQL, AMQP, VNC, WinRM, Redis,
  // Cassandra, Kafka, Elasticsearch, kubelet, memcached, Redis Sentinel, MongoDB.
  445, 1433, 1521, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5671, 5672, 5900, 5985, 5986, 6379,
  6380, 9042, 9092, 9200, 9300, 10250, 11211, 26379, 27017, 27018, 27019,
];

/**
 * The policy for one address, asked for every literal and every resolved address at connect time.
 * Only public unicast passes; an address inside `allow` passes on every port.
 * `label` is what the refusal calls the target, so that a name's address stays out of the message.
 */
export function checkAddress(
  address: string,
  port: number,
  allow: AllowTargets,
  label = address,
): TargetRefusal | null {
  const parsed = parseAddress(address);
  if (parsed === null) return refuseAddress(label, 'not a plain IP address');
  if (isWithin(parsed, allow)) return null;
  const kind = forbiddenClass(parsed);
  return kind === null ? checkPort(port) : refuseAddress(label, kind);
}

/**
 * The policy for a host name before it is resolved. Local names pass when the operator opened
 * networks: then the addresses behind them decide, at connect time. Cloud metadata names never do.
 */
export function checkHostName(
  host: string,
  port: number,
  allow: AllowTargets,
): TargetRefusal | null {
  const name = plainName(host);
  if (METADATA_NAMES.has(name)) return refuseName(name, 'a cloud metadata service');
  if (isLoopbackName(name)) {
    return allowedLoopback(allow).length > 0 ? null : refuseName(name, 'the machine itself');
  }
  if (!isLocalName(name)) return checkPort(port);
  return allow.length > 0 ? null : refuseName(name, 'a name of a private network');
}

/**
 * The policy for a URL when a pixel is saved: everything that can be said without resolving. The
 * check that protects is the one at connect time (`guardedAgent`); this one answers the author.
 */
export function checkTargetUrl(url: string, allow: AllowTargets): TargetRefusal | null {
  if (!URL.canParse(url)) return { reason: 'URL', message: 'this is not a valid absolute URL' };
  // The parser canonicalises: 2130706433, 0x7f.1, 127.1 and full-width digits become 127.0.0.1.
  const { protocol, username, password, hostname, port: typedPort } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    const message = `the scheme ${protocol.slice(0, -1)} cannot be called; use https or http`;
    return { reason: 'SCHEME', message };
  }
  if (username !== '' || password !== '') {
    const message = 'a target URL must not carry a user name or password before the host';
    return { reason: 'CREDENTIALS', message };
  }
  const port = typedPort === '' ? (protocol === 'https:' ? 443 : 80) : Number(typedPort);
  const literal = literalAddress(hostname);
  return literal === null
    ? checkHostName(hostname, port, allow)
    : checkAddress(literal, port, allow);
}

/** The IP address a URL's host is, without brackets, or null when the host is a name. */
export function literalAddress(host: string): string | null {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return isIP(bare) === 0 ? null : bare;
}

/** Names that mean this machine without asking DNS (RFC 6761, 6.3). */
export function isLoopbackName(host: string): boolean {
  const name = plainName(host);
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Names that public DNS does not know: one label, or a suffix of private networks. */
export function isLocalName(host: string): boolean {
  const name = plainName(host);
  return !name.includes('.') || LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** The loopback addresses the operator opened, IPv4 first: what `localhost` means to postbacks. */
export function allowedLoopback(allow: AllowTargets): string[] {
  return ['127.0.0.1', '::1'].filter((address) => isWithin(ipaddr.process(address), allow));
}

/** True when `address` lies in a network the operator opened. */
export function isAllowedAddress(address: string, allow: AllowTargets): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isWithin(parsed, allow);
}

/** The name as DNS compares it: lower case, without the dot that marks a name as complete. */
export function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
]);

// RFC 6762 (local and appendix G), RFC 8375 (home.arpa), ICANN's reserved .internal, and the
// localdomain of many hosts files.
const LOCAL_SUFFIXES = [
  '.internal',
  '.local',
  '.localdomain',
  '.home.arpa',
  '.intranet',
  '.private',
  '.corp',
  '.home',
  '.lan',
];

const DENIED_PORT_SET: ReadonlySet<number> = new Set(DENIED_PORTS);

// Only what the IANA has handed out as global unicast (2000::/3) is public in IPv6. ipaddr.js
// calls the rest, such as the IPv4-compatible ::127.0.0.1 (::/96), unicast.
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

// Public by number, but answered by the hypervisor: Azure's WireServer, which hands out secrets.
const AZURE_PLATFORM = '168.63.129.16';

const CLASS_WORDS: Readonly<Record<string, string>> = {
  unspecified: 'an address of "this network"',
  loopback: 'a loopback address',
  private: 'a private network address',
  uniqueLocal: 'a private network address',
  deprecatedSiteLocal: 'a private network address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a carrier-grade NAT address',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
  rfc6052: 'an IPv4 address inside a NAT64 prefix',
  rfc6145: 'an IPv4 address inside a translation prefix',
  '6to4': 'a 6to4 tunnel address',
  teredo: 'a Teredo tunnel address',
};

function forbiddenClass(address: ipaddr.IPv4 | ipaddr.IPv6): string | null {
  const range: string = address.range();
  if (range !== 'unicast') return CLASS_WORDS[range] ?? 'a reserved address';
  if (address.kind() === 'ipv6') {
    return address.match(GLOBAL_UNICAST) ? null : 'a reserved address';
  }
  return address.toString() === AZURE_PLATFORM ? 'a cloud platform address' : null;
}

function checkPort(port: number): TargetRefusal | null {
  if (!DENIED_PORT_SET.has(port)) return null;
  const message = `port ${port} belongs to another protocol; postbacks are not sent to it`;
  return { reason: 'PORT', message };
}

function refuseAddress(label: string, kind: string): TargetRefusal {
  return { reason: 'ADDRESS', message: `${label} is ${kind}; ${PUBLIC_ONLY}` };
}

function refuseName(name: string, kind: string): TargetRefusal {
  return { reason: 'HOST_NAME', message: `${name} is ${kind}; ${PUBLIC_ONLY}` };
}

const PUBLIC_ONLY = 'postbacks are sent to public internet addresses only';
