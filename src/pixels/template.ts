import type { ModifierContext } from './modifiers.ts';
import {
  findBaseRefusals,
  findCutEscapes,
  findFragment,
  findMisplaced,
  findMissingQuestionMark,
  findRewriting,
  findUnreadable,
  refuseStatic,
} from './template-refusals.ts';
import {
  dropStart,
  findInText,
  type PlaceholderToken,
  splitTokens,
  type TemplateRefusal,
  type Token,
  tokenize,
} from './tokens.ts';

/**
 * A pixel's URL, checked and taken apart. `origin` is scheme, host and port as typed; `segments` are
 * the parts of the path between slashes, `pairs` the parts of the query between ampersands (null when
 * the template has no `?`). Joined again they give the template byte for byte.
 */
export type Template = {
  url: string;
  origin: string;
  segments: readonly (readonly Token[])[];
  pairs: readonly (readonly Token[])[] | null;
  placeholders: readonly PlaceholderToken[];
  /** What was read differently from how it is written; `lintTemplate` repeats them. */
  notices: readonly string[];
};

export type TemplateReading =
  | { ok: true; template: Template }
  | { ok: false; refusals: TemplateRefusal[] };

/**
 * `mayBeStatic`: the body of a POST holds the placeholder that a pixel needs (domain rule 11);
 * `mayCall`: whether a template without fault may be called, so that no other is offered as a fix.
 */
export type TemplateContext = ModifierContext & {
  mayBeStatic: boolean;
  mayCall: (url: string) => boolean;
};

/**
 * Parses the URL template of a pixel, such as
 * `https://affiliate.example/postback?click_id={affclickid}&payout_sum={amount}`.
 *
 * It needs http or https, a host, at least one placeholder, and at most 2,048 characters. Placeholders
 * stand in the path or the query; in scheme, user name, host or port they would let a visitor choose
 * whom the server calls. A user name, a fragment, spaces, control characters and backslashes are
 * refused, so is a `&name=` without a `?` before it. All faults are listed, in the template's order.
 * The first one tells a template that would be accepted, if there is one near. What has none is refused if a URL parser would write it differently (`/a/../b`, `ü`, an upper-case
 * host, no slash before the `?`): the URL shown has to be the one that is called.
 *
 * `context` says whether the pixel has a secret (for `hmac` and `{sig}`; default no) and whether the
 * operator allows `raw` (default yes, in the query only), and whether a body may hold the placeholder.
 */
export function parseTemplate(url: string, context?: Partial<TemplateContext>): TemplateReading {
  const anywhere = { hasSecret: false, allowRaw: true, mayBeStatic: false, mayCall: () => true };
  const full = { ...anywhere, ...context };
  const reading = readTemplate(url, full);
  return reading.ok ? reading : { ok: false, refusals: offerFix(reading.refusals, full) };
}

/** Fixes that lead to an accepted template within so many steps are offered. */
const MAX_FIXES = 5;

/** The accepted template is told once, with the first fault that leads to it; a fix that leads nowhere is not. */
function offerFix(refusals: readonly TemplateRefusal[], context: TemplateContext) {
  let fix = refusals.find((refusal) => refusal.fix !== undefined)?.fix;
  for (let steps = 0; fix !== undefined && steps < MAX_FIXES; steps += 1) {
    const reading = readTemplate(fix, context);
    if (reading.ok) break;
    fix = reading.refusals.find((refusal) => refusal.fix !== undefined)?.fix;
  }
  const accepted =
    fix !== undefined && readTemplate(fix, context).ok && context.mayCall(fix) ? fix : null;
  const first = refusals.findIndex((refusal) => refusal.fix !== undefined);
  return refusals.map(({ message, position }, index): TemplateRefusal => {
    if (accepted === null || index !== first) return { message, position };
    const told = message.endsWith(accepted) ? 'that' : accepted;
    return { message: `${message}; write ${told}`, position, fix: accepted };
  });
}

function readTemplate(url: string, full: TemplateContext): TemplateReading {
  const unreadable = findUnreadable(url);
  if (unreadable !== null) return { ok: false, refusals: [unreadable] };

  const { tokens, refusals, notices } = tokenize(url, 'STRICT', full);
  const placeholders = tokens.filter((token) => token.kind === 'placeholder');
  const authorityStart = /^[^/?#]*:\/\//.exec(url)?.[0].length ?? 0;
  const authorityEnd = findAuthorityEnd(url, tokens, authorityStart);
  const base = findBaseRefusals(url, tokens, authorityStart, authorityEnd);
  if (base.length > 0) return { ok: false, refusals: inOrder([...base, ...refusals]) };

  const rest = dropStart(tokens, authorityEnd);
  const [path = [], query] = splitTokens(rest, '?', 2);
  const segments = splitTokens(path, '/');
  const pairs = query === undefined ? null : splitTokens(query, '&');
  refusals.push(
    ...findFragment(url, rest),
    ...findMissingQuestionMark(url, path, pairs !== null),
    ...findCutEscapes(tokens),
    ...findMisplaced(path, placeholders, full),
  );
  const isStatic = placeholders.length === 0 && !full.mayBeStatic;
  if (isStatic && refusals.length === 0) refusals.push(refuseStatic(url));
  if (refusals.length === 0) refusals.push(...findRewriting(url, tokens));
  if (refusals.length > 0) return { ok: false, refusals: inOrder(refusals) };
  const origin = url.slice(0, authorityEnd);
  return { ok: true, template: { url, origin, segments, pairs, placeholders, notices } };
}

function inOrder(refusals: readonly TemplateRefusal[]): TemplateRefusal[] {
  return refusals.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
}

/** Where the path, the query or a fragment starts; the length of the template when nothing does. */
function findAuthorityEnd(url: string, tokens: readonly Token[], authorityStart: number): number {
  const end = findInText(dropStart(tokens, authorityStart), /[/?#]/);
  return end < 0 ? url.length : end;
}
