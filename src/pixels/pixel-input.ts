import { z } from 'zod';
import { EVENT_STATUSES } from '../events/event-input.ts';
import { code, type InputIssue, text } from '../platform/refusals.ts';
import { type AllowTargets, checkTargetUrl, type IsOwnEcho } from '../postbacks/address-policy.ts';
import { MAX_ATTEMPTS_LIMIT } from '../postbacks/retry.ts';
import { parseBody } from './render-body.ts';
import { parseTemplate } from './template.ts';
import { PLACEHOLDER_NAME } from './tokens.ts';

/** A whole number between two limits, refused with both. */
function wholeNumber(min: number, max: number) {
  return z.number().refine((value) => Number.isInteger(value) && value >= min && value <= max, {
    error: ({ input }) => `must be ${min} to ${max}; it was ${String(input)}`,
  });
}

const YEAR_SECONDS = 366 * 24 * 3600;

/**
 * What may be set on a pixel. The template's length is the parser's business.
 */
export const pixelInput = z.object({
  url: z.string(),
  method: z.enum(['GET', 'POST']),
  body: text(16_384).nullable(),
  triggerEvent: code,
  scope: z.enum(['ALL_CAMPAIGNS', 'SPECIFIC_CAMPAIGNS']),
  campaignIds: z.array(z.string()).max(1_000, 'lists more than 1,000 campaigns'),
  statuses: z.array(z.enum(EVENT_STATUSES)).min(1, 'must name at least one status'),
  unresolved: z.enum(['EMPTY', 'OMIT_PARAM', 'SKIP', 'LITERAL']),
  required: z.array(text(64)).max(50, 'lists more than 50 placeholders'),
  maxClickAgeSeconds: wholeNumber(1, YEAR_SECONDS).nullable(),
  includeSubPartners: z.boolean(),
  maxAttempts: wholeNumber(1, MAX_ATTEMPTS_LIMIT),
  maxPerSecond: wholeNumber(1, 10_000).nullable(),
  signed: z.boolean(),
});

export type PixelInput = z.output<typeof pixelInput>;

/** What a pixel is when nothing is said (product: Meaning; domain 2.4). */
export const PIXEL_DEFAULTS: Omit<PixelInput, 'url' | 'triggerEvent'> = {
  method: 'GET',
  body: null,
  scope: 'ALL_CAMPAIGNS',
  campaignIds: [],
  statuses: ['APPROVED'],
  unresolved: 'EMPTY',
  required: [],
  maxClickAgeSeconds: null,
  includeSubPartners: false,
  maxAttempts: 8,
  maxPerSecond: null,
  signed: false,
};

/** What fields cannot say alone: the template, the target's address, scope and body. */
export function findPixelIssues(
  pixel: PixelInput,
  allow: AllowTargets,
  isOwnEcho: IsOwnEcho = () => false,
): InputIssue[] {
  const issues: InputIssue[] = [];
  const hasSecret = pixel.signed;
  const body = pixel.body === null ? null : parseBody(pixel.body, { hasSecret });
  // One dynamic parameter for the whole call; a body that is refused has issues of its own.
  const isBodyDynamic = body !== null && (!body.ok || body.template.placeholders.length > 0);
  const mayBeStatic = pixel.method === 'POST' && isBodyDynamic;
  const check = (url: string) => (isOwnEcho(url) ? null : checkTargetUrl(url, allow));
  const mayCall = (url: string) => check(url) === null;
  const reading = parseTemplate(pixel.url, { hasSecret, mayBeStatic, mayCall });
  const refusals = reading.ok ? [check(pixel.url)] : reading.refusals;
  for (const refusal of refusals) {
    if (refusal) issues.push({ path: ['url'], message: refusal.message });
  }
  for (const [index, name] of pixel.required.entries()) {
    if (PLACEHOLDER_NAME.test(name)) continue;
    const message = `must be the name of one placeholder, such as affclickid, without braces and modifiers; it was ${JSON.stringify(name)}`;
    issues.push({ path: ['required', String(index)], message });
  }
  if (pixel.scope === 'SPECIFIC_CAMPAIGNS' && pixel.campaignIds.length === 0) {
    issues.push({
      path: ['campaignIds'],
      message: 'SPECIFIC_CAMPAIGNS needs at least one campaign',
    });
  }
  if (pixel.scope === 'ALL_CAMPAIGNS' && pixel.campaignIds.length > 0) {
    const message = 'ALL_CAMPAIGNS takes no list: leave it out or choose SPECIFIC_CAMPAIGNS';
    issues.push({ path: ['campaignIds'], message });
  }
  if (pixel.method === 'GET' && pixel.body !== null) {
    issues.push({ path: ['body'], message: 'GET carries no body: leave it out or choose POST' });
  }
  if (body?.ok === false) {
    issues.push(...body.refusals.map(({ message }) => ({ path: ['body'], message })));
  }
  return issues;
}
