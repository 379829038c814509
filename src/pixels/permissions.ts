import { LRUCache } from 'lru-cache';
import type { InputIssue } from '../platform/refusals.ts';
import { findPlaceholder } from './placeholders.ts';
import { parseBody } from './render-body.ts';
import { parseTemplate, type Template } from './template.ts';
import type { PlaceholderToken } from './tokens.ts';

/** What an ADMIN grants an affiliate; none of it is needed for an ordinary template. */
export const AFFILIATE_PERMISSIONS = ['VISITOR_DATA', 'RAW_VALUES'] as const;

export type AffiliatePermission = (typeof AFFILIATE_PERMISSIONS)[number];

/** What somebody may use; null for everything, as the operator's own keys may. */
export type Granted = readonly AffiliatePermission[] | null;

/** Personal data of the visitor (domain 3.2: role-gated). */
const VISITOR_DATA: ReadonlySet<string> = new Set(['ip', 'user_agent', 'customer_id']);

/** What stands for visitor data that is not shown. */
export const MASK = '***';

// What is stored was accepted, whatever its pixel was like then.
const STORED = { hasSecret: true, mayBeStatic: true };

export function isGranted(granted: Granted, permission: AffiliatePermission): boolean {
  return granted === null || granted.includes(permission);
}

/** Whether a name means personal data of the visitor, by its canonical name or any other. */
export function isVisitorData(name: string): boolean {
  return VISITOR_DATA.has(findPlaceholder(name)?.placeholder.name ?? '');
}

/** Why a template may not be used with these permissions; a template that is none has other issues. */
export function findUnpermitted(
  { url, body }: { url: string; body: string | null },
  granted: Granted,
): InputIssue[] {
  if (granted === null) return [];
  const inUrl = parseTemplate(url, STORED);
  const inBody = body === null ? null : parseBody(body, STORED);
  return [
    ...(inUrl.ok ? refuse('url', inUrl.template.placeholders, granted) : []),
    ...(inBody?.ok ? refuse('body', inBody.template.placeholders, granted) : []),
  ];
}

function refuse(
  field: string,
  placeholders: readonly PlaceholderToken[],
  granted: Granted,
): InputIssue[] {
  const used = new Map(placeholders.map((token) => [token.written, token]));
  return [...used.values()].flatMap((token) =>
    findNeeds(token)
      .filter(({ permission }) => !isGranted(granted, permission))
      .map(({ message }) => ({ path: [field], message })),
  );
}

function findNeeds({ name, written, modifiers }: PlaceholderToken) {
  const needs: { permission: AffiliatePermission; message: string }[] = [];
  const canonical = findPlaceholder(name)?.placeholder.name;
  const need = (permission: AffiliatePermission, what: string, fix: string) => {
    const text = `${what} needs the permission ${permission}, which this affiliate does not have`;
    needs.push({
      permission,
      message: `{${written}} ${text}: ask a manager for it, or leave ${fix} out`,
    });
  };
  if (isVisitorData(name)) {
    need(
      'VISITOR_DATA',
      canonical === name ? 'is personal data and' : `means {${canonical}} and`,
      'it',
    );
  }
  if (modifiers.some((modifier) => modifier.name === 'raw')) {
    need('RAW_VALUES', 'is not encoded and', '|raw');
  }
  return needs;
}

/**
 * A final URL without the visitor data that its template put there: each such parameter and path segment
 * is `***`. Where it cannot be told what belongs to what, the whole query is.
 */
export function maskVisitorData(finalUrl: string, url: string): string {
  const template = sensitive(url);
  if (template === null) return finalUrl;
  const { origin, segments, pairs } = template;
  const [path = '', ...query] = finalUrl.slice(origin.length).split('?');
  const masked = path
    .split('/')
    .map((segment, at) => (segments[at]?.some(isSensitive) ? MASK : segment))
    .join('/');
  const shown = query.length === 0 ? '' : `?${maskQuery(query.join('?'), pairs ?? [])}`;
  return `${origin}${masked}${shown}`;
}

function maskQuery(query: string, pairs: NonNullable<Template['pairs']>): string {
  const hidden = pairs.filter((pair) => pair.some(isSensitive));
  // Pairs are known by the text they begin with; a raw value may hold an ampersand of its own.
  const starts = hidden.map(([first]) => (first?.kind === 'text' ? first.text : ''));
  const isRaw = hidden.flat().some((token) => token.kind === 'placeholder' && hasRaw(token));
  if (isRaw || starts.includes('')) return MASK;
  return query
    .split('&')
    .map((pair) => {
      const start = starts.find((text) => pair.startsWith(text));
      return start === undefined ? pair : start + MASK;
    })
    .join('&');
}

function hasRaw({ modifiers }: PlaceholderToken): boolean {
  return modifiers.some((modifier) => modifier.name === 'raw');
}

function isSensitive(token: Template['segments'][number][number]): boolean {
  return token.kind === 'placeholder' && isVisitorData(token.name);
}

const sensitiveTemplates = new LRUCache<string, { template: Template | null }>({ max: 1_000 });

/** The template when it puts visitor data into its URL, else null. */
function sensitive(url: string): Template | null {
  const known = sensitiveTemplates.get(url);
  if (known) return known.template;
  const reading = parseTemplate(url, STORED);
  const isIn = reading.ok && reading.template.placeholders.some(isSensitive);
  const template = reading.ok && isIn ? reading.template : null;
  sensitiveTemplates.set(url, { template });
  return template;
}
