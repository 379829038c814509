import { lookup, Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { isLocalName } from './address-policy.ts';

/** Addresses of a host name, with how long DNS lets them be kept; without that they are not kept. */
export type HostAnswer = readonly string[] | { addresses: readonly string[]; ttlSeconds: number };

/** IPv4 and IPv6 addresses of a host name; rejects when there is none. */
export type Resolve = (host: string) => Promise<HostAnswer>;

/** A host name without a usable answer from DNS; the resolver's own error is the `cause`. */
export class HostNotResolvedError extends Error {
  override readonly name = 'HostNotResolvedError';
  readonly host: string;

  constructor(host: string, cause: unknown) {
    super(`${host} could not be resolved`, { cause });
    this.host = host;
  }
}

// When one family has answered the other gets a moment more (RFC 8305 speaks of 50 ms): one that keeps
// silent would cost all the time there is, though the address that is called is known.
const OTHER_FAMILY_MS = 200;
// Names that were kept: what DNS says within these bounds, and that it says nothing (delivery.md b10.4).
const KEEP_SECONDS = { least: 5, most: 60, nothing: 2 };
const KEPT_NAMES = 1_000;

/**
 * Resolves public names with c-ares over the network: unlike `getaddrinfo` it holds no thread of
 * libuv's small pool, so dead name servers stall nobody else, and it knows neither the hosts file
 * nor search domains. Local names go to the operating system; the guard lets them come this far
 * only when the operator opened networks.
 * @param servers name servers to ask instead of the machine's, as `address:port`
 */
export function systemResolve(servers?: readonly string[]): Resolve {
  // 1 s and two tries for each name server (research/delivery.md b10).
  const resolver = new Resolver({ timeout: 1_000, tries: 2, maxTimeout: 1_000 });
  if (servers) resolver.setServers(servers);
  return async (host) => {
    if (isLocalName(host)) return (await lookup(host, { all: true })).map((it) => it.address);
    const found: { address: string; ttl: number }[] = [];
    const families = [
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ].map((family) => family.then((records) => void found.push(...records)));
    const both = Promise.allSettled(families);
    const any = Promise.any(families).then(
      () => sleep(OTHER_FAMILY_MS),
      () => {},
    );
    await Promise.race([both, any]);
    if (found.length === 0) await families[0];
    const ttlSeconds = Math.min(...found.map(({ ttl }) => ttl));
    return { addresses: found.map(({ address }) => address), ttlSeconds };
  };
}

type Options = {
  resolve: Resolve;
  /** For one look-up as a whole. */
  timeoutMs: number;
  /** Milliseconds that only ever grow. */
  nowMs?: () => number;
};

/** Addresses of a host that `check` let pass; rejects with what it threw, or a HostNotResolvedError. */
export type HostLookup = (
  host: string,
  check: (addresses: readonly string[]) => void,
) => Promise<readonly string[]>;

/**
 * Bounds each look-up, lets connections that open at the same moment share one, and keeps what was found
 * for as long as DNS says. Only addresses that passed the check are kept, and they are checked at each use.
 */
export function createHostLookup({ resolve, timeoutMs, nowMs }: Options): HostLookup {
  const kept = new LRUCache<string, readonly string[] | HostNotResolvedError>({
    max: KEPT_NAMES,
    ttl: KEEP_SECONDS.nothing * 1000,
    ttlResolution: 0,
    ...(nowMs && { perf: { now: nowMs } }),
  });
  const running = new Map<string, Promise<HostAnswer>>();

  function ask(host: string): Promise<HostAnswer> {
    const shared = running.get(host);
    if (shared) return shared;
    const answer = withTimeout(resolve(host), timeoutMs)
      .catch((cause: unknown) => {
        const nothing = new HostNotResolvedError(host, cause);
        kept.set(host, nothing);
        throw nothing;
      })
      .finally(() => running.delete(host));
    running.set(host, answer);
    return answer;
  }

  return async (host, check) => {
    const known = kept.get(host);
    if (known instanceof HostNotResolvedError) throw known;
    const answer = known ?? (await ask(host));
    const { addresses, ttlSeconds } =
      'ttlSeconds' in answer ? answer : { addresses: answer, ttlSeconds: null };
    check(addresses);
    if (ttlSeconds !== null) {
      const { least, most } = KEEP_SECONDS;
      kept.set(host, addresses, { ttl: Math.min(most, Math.max(least, ttlSeconds)) * 1000 });
    }
    return addresses;
  };
}

function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
