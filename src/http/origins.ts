import type { IncomingMessage } from 'node:http';

/** Which other origins' pages may ask. */
export type Origins = {
  /** `*`: any page at all. */
  any: boolean;
  /** As browsers write them: `https://app.brand.example`, and `http://localhost:*` for any port. */
  listed: ReadonlySet<string>;
};

/** Thrown by `parseOrigins`; the message holds every bad entry as it was typed. */
export class OriginsError extends Error {
  override readonly name = 'OriginsError';
}

/** In development a page may come from a server of the same machine, whatever its port. */
export const LOCAL_ORIGINS = 'http://localhost:*,http://127.0.0.1:*,http://[::1]:*';

/** Reads a comma list of origins; blanks are skipped. Throws OriginsError. */
export function parseOrigins(list: string): Origins {
  const entries = list.split(',').map((entry) => entry.trim());
  const given = entries.filter((entry) => entry !== '');
  const bad = given.filter((entry) => entry !== '*' && readOrigin(entry) === null);
  if (bad.length > 0) {
    const shown = bad.map((entry) => `"${entry}"`).join(', ');
    throw new OriginsError(
      `not an origin: ${shown}; write https://app.brand.example, http://localhost:* for any port, or *`,
    );
  }
  const listed = given.flatMap((entry) => readOrigin(entry) ?? []);
  return { any: given.includes('*'), listed: new Set(listed) };
}

/** Whether pages of an origin, as an `Origin` header names it, may ask. */
export function isListed(origin: string, { any, listed }: Origins): boolean {
  if (any || listed.has(origin)) return true;
  const { protocol, hostname } = URL.parse(origin) ?? {};
  return protocol !== undefined && listed.has(`${protocol}//${hostname}:*`);
}

/**
 * Whether a page of the service itself asks: its origin is that of the public address, or the host
 * that was asked. A page that made its own name point here (DNS rebinding) passes as well, and gains
 * nothing: no browser holds a key that it would send by itself.
 */
export function isOwn(
  origin: string,
  { headers }: Pick<IncomingMessage, 'headers'>,
  publicUrl: string | undefined,
): boolean {
  const asked = URL.parse(origin);
  if (asked === null) return false;
  return asked.host === headers.host?.toLowerCase() || asked.origin === originOf(publicUrl);
}

function readOrigin(entry: string): string | null {
  const [, origin = entry, anyPort = ''] = /^(.*)(:\*)$/.exec(entry) ?? [];
  const url = URL.parse(origin);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  // Nothing but scheme, host and port: a path or a pattern would look as if it were compared.
  if (url.origin !== origin.toLowerCase() || url.hostname.includes('*')) return null;
  return anyPort && url.port !== '' ? null : `${url.origin}${anyPort}`;
}

function originOf(publicUrl: string | undefined): string | undefined {
  return publicUrl && URL.parse(publicUrl)?.origin;
}
