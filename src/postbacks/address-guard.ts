import { isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Agent, buildConnector } from 'undici';
import { canonicalAddress } from '../platform/networks.ts';
import {
  type AllowTargets,
  allowedLoopback,
  checkAddress,
  checkHostName,
  isAllowedAddress,
  isLoopbackName,
  literalAddress,
  plainName,
  type TargetRefusal,
} from './address-policy.ts';
import {
  createHostLookup,
  HostNotResolvedError,
  type Resolve,
  systemResolve,
} from './host-lookup.ts';

export type GuardOptions = {
  /** Networks opened by the operator (VOLLEY_ALLOW_TARGETS, `parseNetworks`). */
  allow: AllowTargets;
  /** Default: `systemResolve()`. Its answers are checked, whatever it is. */
  resolve?: Resolve;
  /** Addresses of this machine, refused even when public. Default: its network interfaces. */
  ownAddresses?: () => readonly string[];
  /**
   * Sockets per origin at most; default none. Affiliates share the origins of well-known trackers, and a
   * call that waits for the socket of another's would do so unseen, while its deadline runs: calls under
   * way are bounded by the destinations' caps and the worker's slots.
   */
  connections?: number;
  /** For resolving, and once more for TCP and TLS together, in milliseconds. */
  connectTimeoutMs?: number;
  /** Certificate authorities (PEM) instead of Node's; NODE_EXTRA_CA_CERTS adds to those. */
  ca?: string | readonly string[];
};

/**
 * A connection the policy does not allow. `message` may be shown to affiliates; `address`, what
 * the name resolved to, is for the operator's log only (null when the name itself was refused).
 */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly host: string;
  readonly port: number;
  readonly address: string | null;
  readonly reason: TargetRefusal['reason'];

  constructor(
    refusal: TargetRefusal,
    target: { host: string; port: number; address: string | null },
  ) {
    super(refusal.message);
    this.host = target.host;
    this.port = target.port;
    this.address = target.address;
    this.reason = refusal.reason;
  }
}

// research/domain.md 2.4.
const CONNECT_TIMEOUT_MS = 3_000;
// Undici's default. Most servers keep an idle socket 5 s or longer, so ours is given up first.
const KEEP_ALIVE_MS = 4_000;
// A server may hint at more (`keep-alive: timeout=600`). A pooled socket is pinned to the address
// that was checked when it opened, so its age is how old that answer can get while it idles.
const KEEP_ALIVE_MAX_MS = 10_000;
// A backstop for callers that bring no deadline of their own; `send` cuts after 10 s in total.
const HEADERS_TIMEOUT_MS = 30_000;
// The longest silence inside a body. The status is known by then, so nothing is lost (b5.5).
const BODY_TIMEOUT_MS = 2_000;
// `send` keeps 8 kB and hangs up; this bounds a caller that reads on (b5.5).
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * The one HTTP client for outgoing calls to URLs that affiliates typed. Each new connection is
 * decided by its own connector, since undici's `lookup` option is never asked about literal
 * addresses: literals are checked, names are resolved, one forbidden answer refuses them all, and
 * the socket is opened to one checked address while Host and SNI keep the name. What DNS says
 * afterwards has no effect. Follows no redirects (undici does so only through an interceptor).
 *
 * Origins need no bound: undici drops an origin's pool when its last socket closes or its
 * connection fails, so what remains is what is in flight or idle for up to `KEEP_ALIVE_MAX_MS`.
 * Names are looked up by `host-lookup.ts`, which keeps checked answers for 5 to 60 s.
 */
export function guardedAgent(options: GuardOptions): Agent {
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const openSocket = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
  });
  const vet = vetter(options, timeoutMs);

  const connect: buildConnector.connector = async (target, callback) => {
    try {
      const { host, address } = await vet(target);
      // For TLS the certificate is checked against the name; literals carry no SNI.
      const servername = target.protocol === 'https:' && host !== null ? { servername: host } : {};
      openSocket({ ...target, ...servername, hostname: address }, (error, socket) => {
        if (error !== null) return callback(error, null);
        const strayed = strayedFrom(address, socket, target);
        if (strayed === null) return callback(null, socket);
        socket.destroy();
        callback(strayed, null);
      });
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
    }
  };

  return new Agent({
    connect,
    allowH2: false,
    pipelining: 1,
    connections: options.connections ?? null,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: BODY_TIMEOUT_MS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

type Target = { hostname: string; protocol: string; port: string };
type Vetted = { host: string | null; address: string };

/** Answers with the one address a connection may be opened to, or rejects. */
function vetter(options: GuardOptions, timeoutMs: number): (target: Target) => Promise<Vetted> {
  const { allow, ownAddresses = interfaceAddresses } = options;
  const lookUp = createHostLookup({ resolve: options.resolve ?? systemResolve(), timeoutMs });

  const check = (address: string, port: number, label: string): TargetRefusal | null => {
    const refusal = checkAddress(address, port, allow, label);
    if (refusal !== null || isAllowedAddress(address, allow)) return refusal;
    const own = ownAddresses().some((it) => canonicalAddress(it) === canonicalAddress(address));
    return own ? { reason: 'ADDRESS', message: `${label} may not be called` } : null;
  };

  return async (target) => {
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
    const literal = literalAddress(target.hostname);
    const host = literal ?? plainName(target.hostname);
    const refuse = (refusal: TargetRefusal, address: string | null) =>
      new AddressRefusedError(refusal, { host, port, address });

    if (literal !== null) {
      const refusal = check(literal, port, literal);
      if (refusal !== null) throw refuse(refusal, literal);
      return { host: null, address: literal };
    }

    const named = checkHostName(host, port, allow);
    if (named !== null) throw refuse(named, null);
    const checkAll = (addresses: readonly string[]) => {
      for (const address of addresses) {
        const refusal = check(address, port, `an address of ${host}`);
        // The class of an address behind a name is not the affiliate's to learn.
        if (refusal !== null) throw refuse(hidden(host, refusal), address);
      }
    };
    const isLoopback = isLoopbackName(host);
    const answers = isLoopback ? allowedLoopback(allow) : await lookUp(host, checkAll);
    if (isLoopback) checkAll(answers);
    const address = answers.find((it) => isIP(it) === 4) ?? answers[0];
    if (address === undefined) throw new HostNotResolvedError(host, new Error('no address'));
    return { host, address };
  };
}

function hidden(host: string, refusal: TargetRefusal): TargetRefusal {
  if (refusal.reason !== 'ADDRESS') return refusal;
  const message = `${host} does not lead to public internet addresses only; it may not be called`;
  return { reason: 'ADDRESS', message };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => list?.map((it) => it.address) ?? []);
}

// The kernel connects where it is told; this catches a connector that one day does not. A peer that
// reset at once has no address any more: that is its fault, not a refusal.
function strayedFrom(address: string, socket: Socket, target: Target): Error | null {
  const remote = socket.remoteAddress;
  if (remote === undefined) {
    return Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' });
  }
  if (canonicalAddress(remote) === canonicalAddress(address)) return null;
  const message = `the connection to ${target.hostname} ended at an address that was not checked`;
  const facts = { host: target.hostname, port: Number(target.port), address: remote };
  return new AddressRefusedError({ reason: 'ADDRESS', message }, facts);
}
