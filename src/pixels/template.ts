import { percentEncode } from '../clicks/raw-query.ts';
import type { ModifierContext } from './modifiers.ts';
import { findPlaceholder } from './placeholders.ts';
import {
  type PlaceholderToken,
  SPACES_AROUND_BAR,
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

const MAX_TEMPLATE_CHARACTERS = 2048;

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

function findUnreadable(url: string): TemplateRefusal | null {
  if (url.length > MAX_TEMPLATE_CHARACTERS) {
    const message =
      `the template has ${url.length} characters, ` +
      `${MAX_TEMPLATE_CHARACTERS} at most are allowed`;
    return { message, position: null };
  }
  if (!url.isWellFormed()) {
    return { message: 'the template is not well-formed Unicode text', position: null };
  }
  // Parsers drop tabs and line ends and turn a backslash into a slash: what is called must be what
  // is shown, and a host must not move.
  const read = url.replace(/\{[^{}]*\}/g, (braced) => {
    return braced.replace(SPACES_AROUND_BAR, (bar) => '|'.repeat(bar.length));
  });
  const index = read.search(/[\s\p{Cc}\\]/u);
  if (index < 0) return null;
  const position = index + 1;
  const what = url[index] === '\\' ? 'a backslash' : 'a space or control character';
  const message = `${what} at position ${position} is not allowed`;
  // Which host was meant is not for us to guess.
  if (/^[^/?#]*\/*[^/?#]*\\/.test(url)) return { message, position };
  const fix = url
    .trim()
    .replace(/\{([^{}]*)\}/g, (_, inner: string) => `{${inner.trim()}}`)
    .replace(/\p{Cc}/gu, '')
    .replace(/[\s\\]/gu, percentEncode);
  return { message, position, fix };
}

function inOrder(refusals: readonly TemplateRefusal[]): TemplateRefusal[] {
  return refusals.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
}

/** Where the path, the query or a fragment starts; the length of the template when nothing does. */
function findAuthorityEnd(url: string, tokens: readonly Token[], authorityStart: number): number {
  const end = findInText(dropStart(tokens, authorityStart), /[/?#]/);
  return end < 0 ? url.length : end;
}

/** Where static text first matches, as an offset in the template, or -1. */
function findInText(tokens: readonly Token[], pattern: RegExp): number {
  for (const token of tokens) {
    const index = token.kind === 'text' ? token.text.search(pattern) : -1;
    if (index >= 0) return token.offset + index;
  }
  return -1;
}

/** The tokens from `offset` on, of which the first one may begin inside a text. */
function dropStart(tokens: readonly Token[], offset: number): Token[] {
  return tokens.flatMap((token): Token[] => {
    if (token.offset >= offset) return [token];
    const text = token.kind === 'text' ? token.text.slice(offset - token.offset) : '';
    return text === '' ? [] : [{ kind: 'text', text, offset }];
  });
}

function findBaseRefusals(
  url: string,
  tokens: readonly Token[],
  start: number,
  end: number,
): TemplateRefusal[] {
  const inBase = tokens.filter((token) => token.kind === 'placeholder' && token.offset < end);
  if (inBase.length > 0 && start > 0) {
    return inBase.map(({ offset }) => {
      const message =
        `the placeholder at position ${offset + 1} stands in the ` +
        `${nameBasePart(url, offset, start, end)}; placeholders may stand in the path or the ` +
        'query only, so write that part out';
      return { message, position: offset + 1 };
    });
  }
  if (!/^https?:\/\//i.test(url)) {
    const message = 'the template must start with https:// or http:// at position 1';
    const bare = url.replace(/^(?:[a-z][a-z0-9+.-]*:)?\/+/i, '');
    return [{ message, position: 1, ...(bare === '' ? {} : { fix: `https://${bare}` }) }];
  }
  const authority = url.slice(start, end);
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const message = `a user name or password at position ${start + 1} is not allowed; leave it out`;
    const fix = `${url.slice(0, start)}${url.slice(start + at + 1)}`;
    return [{ message, position: start + 1, fix }];
  }
  if (authority === '' || !URL.canParse(`${url.slice(0, end)}/`)) {
    const message = `"${authority}" at position ${start + 1} is no valid host and port`;
    return [{ message, position: start + 1 }];
  }
  return [];
}

function nameBasePart(url: string, offset: number, start: number, end: number): string {
  if (offset < start) return 'scheme';
  if (url.slice(offset, end).includes('@')) return 'user name or password';
  const before = url.slice(start, offset);
  return before.lastIndexOf(':') > before.lastIndexOf(']') ? 'port' : 'host';
}

function findFragment(url: string, rest: readonly Token[]): TemplateRefusal[] {
  const offset = findInText(rest, /#/);
  if (offset < 0) return [];
  const message =
    `the fragment "#" at position ${offset + 1} is never sent; ` +
    'leave it out, or write %23 if it belongs to a value';
  return [{ message, position: offset + 1, fix: url.slice(0, offset) }];
}

function findMissingQuestionMark(
  url: string,
  path: readonly Token[],
  hasQuery: boolean,
): TemplateRefusal[] {
  const offset = hasQuery ? -1 : findInText(path, /&[^&/=]*=/);
  if (offset < 0) return [];
  const fix = `${url.slice(0, offset)}?${url.slice(offset + 1)}`;
  const message = `"?" is missing before the parameters at position ${offset + 1}`;
  return [{ message, position: offset + 1, fix }];
}

/** `%2{x}` would complete its escape with the first characters of a value. */
function findCutEscapes(tokens: readonly Token[]): TemplateRefusal[] {
  return tokens.flatMap((token, index) => {
    const cut = token.kind === 'text' ? /%[0-9A-Fa-f]?$/.exec(token.text) : null;
    if (cut === null || token.kind !== 'text' || tokens[index + 1] === undefined) return [];
    const position = token.offset + cut.index + 1;
    const message = `"${cut[0]}" at position ${position} is no whole escape; write %25 for a percent sign`;
    return [{ message, position }];
  });
}

function findMisplaced(
  path: readonly Token[],
  placeholders: readonly PlaceholderToken[],
  { hasSecret }: ModifierContext,
): TemplateRefusal[] {
  return placeholders.flatMap((token) => {
    const { name, modifiers, written, offset } = token;
    const position = offset + 1;
    const found = findPlaceholder(name);
    const isSignature = found?.placeholder.name === 'sig';
    // The alias may be an entry parameter's name: where the URL may carry one, it needs no secret.
    const needsSecret = isSignature && found.by === 'NAME';
    const inPath = path.includes(token);
    const refuse = (reason: string) => [
      { message: `{${written}} at position ${position}: ${reason}`, position },
    ];
    if (inPath && modifiers.some((modifier) => modifier.name === 'raw')) {
      return refuse('raw is for the query only, in the path it could reach another resource');
    }
    if (inPath && isSignature) return refuse('the signature may stand in the query only');
    if (needsSecret && !hasSecret) return refuse('a signature needs a secret: set signed: true');
    return [];
  });
}

/** Each placeholder stands as a word of its own while the parser reads the rest. */
function findRewriting(url: string, tokens: readonly Token[]): TemplateRefusal[] {
  const mark = findFreeMark(url.toLowerCase());
  const marked = tokens.map((token, at) => (token.kind === 'text' ? token.text : `${mark}${at}q`));
  const fix = new URL(marked.join('')).href.replaceAll(
    new RegExp(`${mark}(\\d+)q`, 'g'),
    (_, at) => {
      return url.slice(tokens[Number(at)]!.offset, tokens[Number(at) + 1]?.offset);
    },
  );
  if (fix === url) return [];
  let index = 0;
  while (url[index] === fix[index]) index += 1;
  const position = index + 1;
  const message = `from position ${position} on, the template would be called as ${fix}`;
  return [{ message, position, fix }];
}

/** Unreserved characters in lower case, which no URL parser changes, and which `text` does not hold. */
function findFreeMark(text: string): string {
  let count = 0;
  while (text.includes(`p${count}_`)) count += 1;
  return `p${count}_`;
}

function refuseStatic(url: string): TemplateRefusal {
  const message =
    'the template has no placeholder, so every conversion would call the same URL; ' +
    'add at least one, such as click_id={affclickid} (or one to the body of a POST)';
  const joint = url.includes('?') ? (/[?&]$/.test(url) ? '' : '&') : '?';
  return { message, position: null, fix: `${url}${joint}click_id={affclickid}` };
}
