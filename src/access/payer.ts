import { parseAddress } from '../platform/networks.ts';
import type { Bucket } from './rate-limits.ts';
import type { Viewer } from './viewer.ts';

/** Whose points are counted: one key, one person with tokens, or one network address. Null for who has no limit. */
export type Payer = {
  id: string;
  /** How many callers it stands for: its limit is that many times as high. */
  callers: number;
} | null;

/**
 * An address of a private network or of this machine is a proxy's, as long as nobody has named it a
 * trusted one: all its clients come from one address.
 */
const CALLERS_BEHIND_PROXY = 50;
const PRIVATE_RANGES = ['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'];

/** The payer of an operation: the key or person, ADMIN apart, or the address of who brings neither. */
export function payerOf(viewer: Viewer, address: string | null): Payer {
  if (viewer.role === 'ANONYMOUS') return payerAt(address);
  if (viewer.role === 'ADMIN') return null;
  // Ids of keys are UUIDs: no name of a person is one of them.
  return { id: viewer.keyId ?? `person ${viewer.subject}`, callers: 1 };
}

/** The payer at an address: IPv4 by itself, IPv6 by its /64, the smallest network that is given out. */
export function payerAt(address: string | null): Payer {
  const parsed = address === null ? null : parseAddress(address);
  // A Unix socket, or a link-local address with its zone.
  if (parsed === null) return { id: address ?? 'gone', callers: CALLERS_BEHIND_PROXY };
  const callers = PRIVATE_RANGES.includes(parsed.range()) ? CALLERS_BEHIND_PROXY : 1;
  if (!('parts' in parsed)) return { id: parsed.toString(), callers };
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return { id: `${network.join(':')}::/64`, callers };
}

export type OperationType = 'query' | 'mutation' | 'subscription';

/** What integrations do is report: that has a limit of its own, as it comes from machines. */
export function bucketOf(viewer: Viewer, operation: OperationType): Bucket {
  if (viewer.role === 'ANONYMOUS') return 'anonymous';
  if (operation === 'mutation') return viewer.role === 'INTEGRATION' ? 'reports' : 'mutations';
  return operation === 'query' ? 'queries' : 'subscriptions';
}
