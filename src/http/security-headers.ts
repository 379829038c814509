import { createHash } from 'node:crypto';

/**
 * On every answer, pages included unless they say otherwise: nothing in it is run, framed, guessed
 * to be of another type, kept in a cache or told to the next site.
 */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** A year, for this host alone: what else runs below its domain is not ours to decide. */
const HSTS = { 'strict-transport-security': 'max-age=31536000' };

/** The headers of every answer of a service that browsers reach under this address. */
export function answerHeaders(publicUrl: string | undefined): Record<string, string> {
  return { ...ANSWER_HEADERS, ...(publicUrl?.startsWith('https:') && HSTS) };
}

/** Where a page may load from, by directive; what is not named is nothing. */
const PAGE_SOURCES = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'connect-src': "'self'",
  'font-src': "'self'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'img-src': "'self' data:",
  'script-src': "'self'",
  'style-src': "'self'",
} as const;

/**
 * The headers of an HTML page: scripts, styles, fonts and live connections of this origin only, no
 * inline code, no frames around it.
 * @param sources what this page needs beyond that, by directive; replaces the default of the directive
 */
export function pageHeaders(sources: Record<string, string> = {}): Record<string, string> {
  const policy = Object.entries({ ...PAGE_SOURCES, ...sources });
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.map((directive) => directive.join(' ')).join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

/** The source expression that allows one inline script or style, and no other. */
export function hashSource(inline: string): string {
  return `'sha256-${createHash('sha256').update(inline).digest('base64')}'`;
}
