import { createHmac } from 'node:crypto';
import { percentEncode } from '../clicks/raw-query.ts';
import { type FoundValue, findValue, type KeptValue, keepValues } from './kept.ts';
import { applyModifiers } from './modifiers.ts';
import { findPlaceholder, type PlaceholderSource } from './placeholders.ts';
import type { Template } from './template.ts';
import type { PlaceholderToken, Token } from './tokens.ts';
import type { PlaceholderValues } from './values.ts';

/**
 * What becomes of a placeholder without value: nothing in its place (`EMPTY`), its whole `key=value`
 * pair left out (`OMIT_PARAM`; in the path, which has no pairs, as `EMPTY`), no call at all (`SKIP`),
 * or the placeholder itself, percent-encoded so that the URL is valid (`LITERAL`, `%7Bname%7D`).
 */
export type UnresolvedPolicy = 'EMPTY' | 'OMIT_PARAM' | 'SKIP' | 'LITERAL';

export type RenderOptions = {
  unresolved: UnresolvedPolicy;
  /** Names that must have a value, whether or not the template uses them. */
  required: readonly string[];
  /** Key of `hmac` and `{sig}`, as text; without it they have no value. */
  secret?: string | null;
  /** What an earlier rendering kept: it goes before `values` and `secret`. */
  kept?: readonly KeptValue[] | null;
};

/**
 * Where one substituted value comes from: `raw` before modifiers, `encoded` as it stands in the URL
 * (empty when its pair was left out). `source` and `raw` are null when there was nothing.
 */
export type RenderedValue = {
  name: string;
  source: PlaceholderSource | 'default' | 'signature' | null;
  raw: string | null;
  encoded: string;
};

export type Rendering =
  | {
      kind: 'rendered';
      finalUrl: string;
      unresolved: string[];
      values: RenderedValue[];
      /** Those of the values that a later rendering could not find out any more. */
      kept: KeptValue[];
    }
  | { kind: 'skipped'; reason: SkipReason; names: string[]; values: RenderedValue[] };

/**
 * Why nothing is sent. `UNSAFE_PATH_VALUE`: a value would make its path segment `.` or `..`, which
 * every URL parser resolves to another path, encoded or not. `URL_TOO_LONG`, `BODY_TOO_LONG`: over
 * 16,384 and 65,536 characters; then no `encoded` form is shown.
 */
export type SkipReason =
  | 'REQUIRED_VALUE_MISSING'
  | 'UNRESOLVED_PLACEHOLDER'
  | 'UNSAFE_PATH_VALUE'
  | 'URL_TOO_LONG'
  | 'BODY_TOO_LONG';

const MAX_URL_CHARACTERS = 16_384;

/**
 * Renders the final URL: a function of its arguments, whichever surface asks. Each placeholder is
 * replaced once (braces inside a value are data) by its value, changed by its modifiers and
 * percent-encoded as one component, so only `A-Z a-z 0-9 - . _ ~` stay. Static text, order and repeats
 * stay byte for byte, and no URL parser writes the result differently. Never throws.
 *
 * - No value means unresolved, and the name is listed in `unresolved`. A present but empty value counts
 *   as unresolved for `default`, `OMIT_PARAM` and `required` only: elsewhere it goes out empty.
 * - `required` looks at values as they are, before `default` can fill in.
 * - `raw` leaves a value unencoded, and only if it is printable ASCII without space, quotes, `#`, `<`,
 *   `>`, `\`, `^` or a backtick; any other value counts as unresolved, its `raw` still shown.
 * - `{sig}` is the HMAC-SHA256 (hex) of the same URL without the pairs that hold it.
 */
export function renderTemplate(
  template: Template,
  values: PlaceholderValues,
  options: RenderOptions,
): Rendering {
  const secret = options.secret ?? null;
  const filled = new Map<string, Filled>();
  for (const token of template.placeholders) {
    if (!filled.has(token.written)) filled.set(token.written, fill(token, values, options));
  }
  sign(template, filled, options.unresolved, secret);

  const shown = [...filled].map(([written, value]) => ({
    name: value.name,
    source: value.source,
    raw: value.raw,
    encoded: encodeFilled(written, value, options.unresolved) ?? '',
  }));
  const isMissing = (name: string) => {
    return !values(name)?.raw && !shown.some((value) => value.name === name && value.raw);
  };
  const missing = options.required.filter(isMissing);
  if (missing.length > 0) {
    return { kind: 'skipped', reason: 'REQUIRED_VALUE_MISSING', names: missing, values: shown };
  }
  const open = [...filled.values()].filter(({ text }) => isOpen(text, options.unresolved));
  const unresolved = [...new Set(open.map(({ name }) => name))];
  if (options.unresolved === 'SKIP' && unresolved.length > 0) {
    return { kind: 'skipped', reason: 'UNRESOLVED_PLACEHOLDER', names: unresolved, values: shown };
  }
  const unsafe = findDotSegmentNames(template, filled, options.unresolved);
  if (unsafe.length > 0) {
    return { kind: 'skipped', reason: 'UNSAFE_PATH_VALUE', names: unsafe, values: shown };
  }
  const finalUrl = assemble(template, filled, options.unresolved);
  if (finalUrl.length > MAX_URL_CHARACTERS) return skipTooLong('URL_TOO_LONG', shown);
  const kept = keepValues(template.placeholders, filled);
  return { kind: 'rendered', finalUrl, unresolved, values: shown, kept };
}

/** Keeps where the values come from, but not the encoded forms that made it too long. */
export function skipTooLong(
  reason: 'URL_TOO_LONG' | 'BODY_TOO_LONG',
  shown: readonly RenderedValue[],
): Extract<Rendering, { kind: 'skipped' }> {
  const values = shown.map((value) => ({ ...value, encoded: '' }));
  return { kind: 'skipped', reason, names: [], values };
}

/** What a placeholder stands for in the URL. */
type Filled = FoundValue & { name: string; isRaw: boolean };

type FilledValues = ReadonlyMap<string, Filled>;

function fill(token: PlaceholderToken, values: PlaceholderValues, options: RenderOptions): Filled {
  const { name, modifiers } = token;
  const { source, raw, text } = findValue(token, values, options);
  const isRaw = modifiers.some((modifier) => modifier.name === 'raw');
  const isUnsafe = isRaw && text !== null && !/^[!$-&(-;=?-[\]_a-~]*$/.test(text);
  if (isUnsafe) return { name, source: raw ? source : null, raw, text: null, isRaw };
  return { name, source, raw, text, isRaw };
}

/** Fills in `{sig}`, which needs the rest of the URL first. */
function sign(
  template: Template,
  filled: Map<string, Filled>,
  policy: UnresolvedPolicy,
  secret: string | null,
): void {
  const signatures = template.placeholders.filter(({ name, written }) => {
    const isSignature = findPlaceholder(name)?.placeholder.name === 'sig';
    // The alias `signature` may be an entry parameter's name, and then has its value already.
    return isSignature && filled.get(written)?.raw === null;
  });
  if (secret === null || signatures.length === 0) return;
  const unsigned = {
    ...template,
    pairs:
      template.pairs?.filter((pair) => {
        return !pair.some((token) => token.kind === 'placeholder' && signatures.includes(token));
      }) ?? null,
  };
  const url = assemble(unsigned, filled, policy);
  const signature = createHmac('sha256', secret).update(url).digest('hex');
  for (const { name, modifiers, written } of signatures) {
    const text = applyModifiers(signature, modifiers, secret);
    filled.set(written, { name, source: 'signature', raw: signature, text, isRaw: false });
  }
}

function isOpen(text: string | null, policy: UnresolvedPolicy): boolean {
  return text === null || (text === '' && policy === 'OMIT_PARAM');
}

/** What stands in the URL for a placeholder; null when its pair is to be left out. */
function encodeFilled(
  written: string,
  { text, isRaw }: Filled,
  policy: UnresolvedPolicy,
): string | null {
  if (!isOpen(text, policy)) return isRaw ? text! : percentEncode(text!);
  if (policy === 'LITERAL') return percentEncode(`{${written}}`);
  return policy === 'OMIT_PARAM' ? null : '';
}

function assemble(template: Template, filled: FilledValues, policy: UnresolvedPolicy): string {
  const { origin, segments, pairs } = template;
  const path = segments.map((segment) => renderSegment(segment, filled, policy)).join('/');
  if (pairs === null) return `${origin}${path}`;
  const kept = pairs
    .map((pair) => renderTokens(pair, filled, policy))
    .filter((pair) => pair !== null);
  // A "?" stays if the template ends with it, and goes with the last pair that is left out.
  const query = kept.join('&');
  return query === '' && kept.length < pairs.length
    ? `${origin}${path}`
    : `${origin}${path}?${query}`;
}

function renderSegment(
  segment: readonly Token[],
  filled: FilledValues,
  policy: UnresolvedPolicy,
): string {
  return renderTokens(segment, filled, policy === 'OMIT_PARAM' ? 'EMPTY' : policy) ?? '';
}

function renderTokens(
  tokens: readonly Token[],
  filled: FilledValues,
  policy: UnresolvedPolicy,
): string | null {
  let result = '';
  for (const token of tokens) {
    const text =
      token.kind === 'text'
        ? token.text
        : encodeFilled(token.written, filled.get(token.written)!, policy);
    if (text === null) return null;
    result += text;
  }
  return result;
}

function findDotSegmentNames(
  template: Template,
  filled: FilledValues,
  policy: UnresolvedPolicy,
): string[] {
  const names = template.segments.flatMap((segment) => {
    const placeholders = segment.filter((token) => token.kind === 'placeholder');
    if (placeholders.length === 0) return [];
    const isDots = /^(?:\.|%2e){1,2}$/i.test(renderSegment(segment, filled, policy));
    return isDots ? placeholders.map(({ name }) => name) : [];
  });
  return [...new Set(names)];
}
