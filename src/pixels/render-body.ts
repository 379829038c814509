import { percentEncode } from '../clicks/raw-query.ts';
import { type FoundValue, findValue, type KeptValue, keepValues } from './kept.ts';
import type { ModifierContext } from './modifiers.ts';
import { findPlaceholder } from './placeholders.ts';
import {
  type RenderedValue,
  type Rendering,
  type RenderOptions,
  skipTooLong,
  type UnresolvedPolicy,
} from './render.ts';
import {
  type PlaceholderToken,
  splitTokens,
  type TemplateRefusal,
  type Token,
  tokenize,
} from './tokens.ts';
import type { PlaceholderValues } from './values.ts';

/**
 * The body template of a POST pixel, checked and taken apart. Text that starts with `{` or `[` is JSON,
 * in one part; any other text is a form, in pairs.
 */
export type BodyTemplate = {
  format: 'JSON' | 'FORM';
  parts: readonly (readonly Token[])[];
  placeholders: readonly PlaceholderToken[];
  /** Placeholders inside a JSON string. */
  quoted: ReadonlySet<Token>;
  /** What was read differently from how it is written; `lintTemplate` repeats them. */
  notices: readonly string[];
};

export type BodyReading =
  | { ok: true; template: BodyTemplate }
  | { ok: false; refusals: TemplateRefusal[] };

export type RenderedBody = {
  kind: 'rendered';
  text: string;
  contentType: 'application/json' | 'application/x-www-form-urlencoded';
  unresolved: string[];
  values: RenderedValue[];
  kept: KeptValue[];
};

export type BodyRendering = RenderedBody | Extract<Rendering, { kind: 'skipped' }>;

const MAX_BODY_CHARACTERS = 65_536;

/**
 * Parses a body template, such as `{"id":"{affclickid}","sum":{amount}}` or `id={affclickid}&sum={amount}`.
 * A body needs no placeholder. JSON must be valid wherever its placeholders have values; `raw` and
 * `{sig}` are for URLs only. `context` says whether the pixel has a secret, for `hmac` (default no).
 */
export function parseBody(
  body: string,
  { hasSecret = false }: Partial<Pick<ModifierContext, 'hasSecret'>> = {},
): BodyReading {
  const format = /^\s*[{[]/.test(body) ? 'JSON' : 'FORM';
  const context = { hasSecret, allowRaw: false };
  const { tokens, refusals, notices } = tokenize(
    body,
    format === 'JSON' ? 'JSON' : 'STRICT',
    context,
  );
  const placeholders = tokens.filter((token) => token.kind === 'placeholder');
  refusals.push(...placeholders.filter(isSignature).map(refuseSignature));
  if (format === 'JSON' && refusals.length === 0) refusals.push(...findJsonFault(tokens));
  if (refusals.length > 0) return { ok: false, refusals };
  const parts = format === 'JSON' ? [tokens] : splitTokens(tokens, '&');
  const quoted = findQuoted(tokens);
  return { ok: true, template: { format, parts, placeholders, quoted, notices } };
}

/**
 * Renders a body with the rules of the URL: each placeholder once, modifiers, then the escaping of the
 * format, so that no value can add a field. A body over 65,536 characters is not sent. Never throws.
 *
 * - In a form a value is percent-encoded, and `OMIT_PARAM` leaves out its pair.
 * - Inside a JSON string a value is escaped as the string's content. Outside of one it is a string of its
 *   own, so that no receiver rounds an id of digits; a number stands bare where it is one by meaning
 *   (amounts, unix seconds) or where `map` or `default` writes it, as do `true`, `false` and `null` there.
 *   Without a value it is `null`. `OMIT_PARAM` acts as `EMPTY`.
 */
export function renderBody(
  { format, parts, placeholders, quoted }: BodyTemplate,
  values: PlaceholderValues,
  options: Omit<RenderOptions, 'required'>,
): BodyRendering {
  const { unresolved: policy } = options;
  const unresolved = new Set<string>();
  const shown = new Map<string, RenderedValue>();
  const filled = new Map<string, string | null>();
  const found = new Map<string, FoundValue>();
  const keyOf = (token: PlaceholderToken) => `${quoted.has(token)} ${token.written}`;
  for (const token of placeholders) {
    const { name, written } = token;
    if (filled.has(keyOf(token))) continue;
    const value = findValue(token, values, options);
    const { source, raw, text } = value;
    const isOpen = text === null || (text === '' && policy === 'OMIT_PARAM');
    const given = isOpen ? null : text;
    const encoded =
      format === 'FORM'
        ? encodeForm(token, given, policy)
        : encodeJson(token, { ...value, text: given }, policy, quoted.has(token));
    if (isOpen) unresolved.add(name);
    found.set(written, value);
    filled.set(keyOf(token), encoded);
    shown.set(written, { name, source, raw, encoded: encoded ?? '' });
  }

  const rendered = parts
    .map((tokens) =>
      tokens.map((token) =>
        token.kind === 'text' ? token.text : (filled.get(keyOf(token)) ?? null),
      ),
    )
    .filter((texts) => texts.every((text) => text !== null));
  // Counted before it is put together: a body of 16,384 characters holds thousands of placeholders.
  const length = rendered.flat().reduce((sum, text) => sum + text.length, rendered.length - 1);
  if (length > MAX_BODY_CHARACTERS) return skipTooLong('BODY_TOO_LONG', [...shown.values()]);
  return {
    kind: 'rendered',
    text: rendered.map((texts) => texts.join('')).join('&'),
    contentType: format === 'JSON' ? 'application/json' : 'application/x-www-form-urlencoded',
    unresolved: [...unresolved],
    values: [...shown.values()],
    kept: keepValues(placeholders, found),
  };
}

/** What stands in the form for a placeholder; null when its pair is to be left out. */
function encodeForm(
  { written }: PlaceholderToken,
  text: string | null,
  policy: UnresolvedPolicy,
): string | null {
  if (text !== null) return percentEncode(text);
  if (policy === 'LITERAL') return percentEncode(`{${written}}`);
  return policy === 'OMIT_PARAM' ? null : '';
}

function encodeJson(
  token: PlaceholderToken,
  value: FoundValue,
  policy: UnresolvedPolicy,
  isQuoted: boolean,
): string {
  const shown = value.text ?? (policy === 'LITERAL' ? `{${token.written}}` : null);
  if (isQuoted) return JSON.stringify(shown ?? '').slice(1, -1);
  return mayStandBare(token, value) ? value.text! : JSON.stringify(shown);
}

/** Numbers by meaning; every other value is text, whatever it looks like. */
const NUMBERS: ReadonlySet<string> = new Set([
  'amount',
  'payout',
  'click_ts',
  'event_ts',
  'fire_ts',
  'sig_ts',
  'attempt',
  'test',
]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

function mayStandBare(
  { name, modifiers }: PlaceholderToken,
  { source, text }: FoundValue,
): boolean {
  if (text === null) return false;
  const isOurs = source !== 'entry' && NUMBERS.has(findPlaceholder(name)?.placeholder.name ?? '');
  const isWritten = modifiers.some(({ name: modifier, args }) =>
    modifier === 'map'
      ? args.some((to, index) => index % 2 === 1 && to === text)
      : modifier === 'default' && args[0] === text,
  );
  return NUMBER.test(text) ? isOurs || isWritten : isWritten && /^(?:true|false|null)$/.test(text);
}

/**
 * Valid with both stand-ins means valid with any value: a digit alone would pass in `1{x}` or in half an
 * escape, a word alone behind a backslash.
 */
function findJsonFault(tokens: readonly Token[]): TemplateRefusal[] {
  try {
    for (const standIn of ['0', 'null']) {
      JSON.parse(tokens.map((token) => (token.kind === 'text' ? token.text : standIn)).join(''));
    }
    return [];
  } catch {
    const message = 'the body starts as JSON but is not valid JSON with every value it may carry';
    return [{ message, position: null }];
  }
}

/** The placeholders inside JSON strings: behind an odd number of quotes that no backslash escapes. */
function findQuoted(tokens: readonly Token[]): Set<Token> {
  const quoted = new Set<Token>();
  let isInside = false;
  for (const token of tokens) {
    if (token.kind === 'placeholder') {
      if (isInside) quoted.add(token);
      continue;
    }
    const quotes = token.text.replace(/\\./gs, '').split('"').length - 1;
    if (quotes % 2 === 1) isInside = !isInside;
  }
  return quoted;
}

function isSignature({ name }: PlaceholderToken): boolean {
  return findPlaceholder(name)?.placeholder.name === 'sig';
}

function refuseSignature({ written, offset }: PlaceholderToken): TemplateRefusal {
  const position = offset + 1;
  const message = `{${written}} at position ${position}: the signature may stand in the URL's query only`;
  return { message, position };
}
