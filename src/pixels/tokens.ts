import { percentDecode } from '../clicks/raw-query.ts';
import { type Modifier, type ModifierContext, parseModifier } from './modifiers.ts';

/** Static text; `offset` is where it starts in the template, from 0. */
export type TextToken = { kind: 'text'; text: string; offset: number };

/** A placeholder; `written` is the text between its braces, such as `amount|fixed:2`. */
export type PlaceholderToken = {
  kind: 'placeholder';
  name: string;
  modifiers: readonly Modifier[];
  written: string;
  offset: number;
};

export type Token = TextToken | PlaceholderToken;

/**
 * Why a template is refused. `message` says what is wrong and where, `position` is that place counted
 * from 1 (null when the template as a whole is meant), `fix` a whole template without this fault;
 * `parseTemplate` lets only one through that it accepts.
 */
export type TemplateRefusal = { message: string; position: number | null; fix?: string };

/** Tokens in order, without gaps; `notices` tell what was read differently from how it is written. */
export type Tokens = { tokens: Token[]; refusals: TemplateRefusal[]; notices: string[] };

/**
 * How to read braces. In `STRICT` text (URLs, form bodies) every brace belongs to a placeholder and
 * `%7Bname%7D` is read as `{name}`. In `JSON` text braces are part of the language, so only what reads
 * as a placeholder is one, and the rest is static text.
 */
export type BraceRule = 'STRICT' | 'JSON';

const MAX_MODIFIERS = 5;

/** What a placeholder may be called (domain rule 14). */
export const PLACEHOLDER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Nobody means anything by them: `{amount | fixed:2}` is read without. Begins where spaces begin, to be linear. */
export const SPACES_AROUND_BAR = /(?<! ) *\| */g;
const BRACED = /\{([^{}]*)\}/y;
const DOUBLY_BRACED = /\{\{([^{}]*)\}\}/y;
const ENCODED = /%7B((?:(?!%7[BD])[^{}&#/?])*)%7D/iy;

/**
 * Splits a template into static text and placeholders. Faults do not stop it: all of them are listed,
 * and the text they stand in is kept as static text.
 */
export function tokenize(template: string, braces: BraceRule, context: ModifierContext): Tokens {
  const result: Tokens = { tokens: [], refusals: [], notices: [] };
  let textStart = 0;
  let offset = 0;
  while (offset < template.length) {
    const found =
      braces === 'STRICT'
        ? readStrict(template, offset, context, result)
        : readJson(template, offset, context, result);
    if (found?.token != null) {
      pushText(result.tokens, template, textStart, offset);
      result.tokens.push(found.token);
      textStart = offset + found.length;
    }
    offset += found?.length ?? 1;
  }
  pushText(result.tokens, template, textStart, template.length);
  return result;
}

/**
 * Parts tokens at a separator character that stands in static text; inside a placeholder it is no
 * separator. At most `maxParts` parts come back, the last one keeping its further separators.
 */
export function splitTokens(
  tokens: readonly Token[],
  separator: string,
  maxParts = Number.POSITIVE_INFINITY,
): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'placeholder') {
      parts.at(-1)!.push(token);
      continue;
    }
    let start = 0;
    while (parts.length < maxParts) {
      const end = token.text.indexOf(separator, start);
      if (end < 0) break;
      pushText(parts.at(-1)!, token.text, start, end, token.offset);
      parts.push([]);
      start = end + separator.length;
    }
    pushText(parts.at(-1)!, token.text, start, token.text.length, token.offset);
  }
  return parts;
}

/** What was read at a place: its length, and the token unless the text is faulty. */
type Found = { length: number; token: PlaceholderToken | null };

function readStrict(
  template: string,
  offset: number,
  context: ModifierContext,
  result: Tokens,
): Found | null {
  const position = offset + 1;
  const character = template[offset];
  if (character === '}') {
    const message = `"}" at position ${position} has no "{" before it`;
    result.refusals.push({ message, position });
    return null;
  }
  if (character === '%') return readEncoded(template, offset, context, result);
  if (character !== '{') return null;

  const doubled = matchAt(DOUBLY_BRACED, template, offset);
  if (doubled !== null) {
    const message = `double braces at position ${position}: write {${doubled[1]}}`;
    // One fix mends all of them, and is built once.
    const isFirst = result.refusals.every(({ fix }) => fix === undefined);
    const fix = isFirst && { fix: template.replace(/\{\{([^{}]*)\}\}/g, '{$1}') };
    result.refusals.push({ message, position, ...fix });
    return { length: doubled[0].length, token: null };
  }
  const braced = matchAt(BRACED, template, offset);
  if (braced === null) {
    const message = `"{" at position ${position} is not closed by "}"`;
    result.refusals.push({ message, position });
    return null;
  }
  const token = readPlaceholder(braced[1]!, offset, context, result);
  return { length: braced[0].length, token };
}

/** `%7Bname%7D`, as left behind by tools that encode braces. Other encoded braces are static text. */
function readEncoded(
  template: string,
  offset: number,
  context: ModifierContext,
  result: Tokens,
): Found | null {
  const encoded = matchAt(ENCODED, template, offset);
  if (encoded === null) return null;
  const written = percentDecode(encoded[1]!);
  if (!startsWithName(written)) return null;
  result.notices.push(`${encoded[0]} at position ${offset + 1} is read as {${written}}`);
  const token = readPlaceholder(written, offset, context, result);
  return { length: encoded[0].length, token };
}

function readJson(
  template: string,
  offset: number,
  context: ModifierContext,
  result: Tokens,
): Found | null {
  const braced = matchAt(BRACED, template, offset);
  if (braced === null || !startsWithName(braced[1]!)) return null;
  const token = readPlaceholder(braced[1]!, offset, context, result);
  return { length: braced[0].length, token };
}

function startsWithName(written: string): boolean {
  const [name = '', ...modifiers] = written.split('|');
  return PLACEHOLDER_NAME.test(modifiers.length > 0 ? name.trimEnd() : name);
}

function readPlaceholder(
  typed: string,
  offset: number,
  context: ModifierContext,
  { refusals, notices }: Tokens,
): PlaceholderToken | null {
  const position = offset + 1;
  const written = typed.replace(SPACES_AROUND_BAR, '|');
  if (written !== typed) notices.push(`{${typed}} at position ${position} is read as {${written}}`);
  const [name = '', ...modifierTexts] = written.split('|');
  if (name === '') {
    const message = `empty braces at position ${position}: write a name, such as {affclickid}`;
    refusals.push({ message, position });
    return null;
  }
  if (!PLACEHOLDER_NAME.test(name)) {
    const rule = 'starts with a letter or _ and goes on with letters, digits, _ . or -';
    const message = `"{${written}}" at position ${position}: a placeholder name ${rule}`;
    refusals.push({ message, position });
    return null;
  }
  if (modifierTexts.length > MAX_MODIFIERS) {
    const message =
      `"{${name}}" at position ${position} has ${modifierTexts.length} modifiers, ` +
      `${MAX_MODIFIERS} at most are allowed`;
    refusals.push({ message, position });
    return null;
  }
  const modifiers: Modifier[] = [];
  for (const text of modifierTexts) {
    const reading = parseModifier(text, context);
    if (reading.ok) {
      modifiers.push(reading.modifier);
    } else {
      const message = `"{${written}}" at position ${position}: ${reading.message}`;
      refusals.push({ message, position });
    }
  }
  return { kind: 'placeholder', name, modifiers, written, offset };
}

function matchAt(sticky: RegExp, text: string, offset: number): RegExpExecArray | null {
  sticky.lastIndex = offset;
  return sticky.exec(text);
}

/** Appends `source[start..end]` as a text token; `base` is the place of `source` in the template. */
function pushText(tokens: Token[], source: string, start: number, end: number, base = 0): void {
  if (end > start) {
    tokens.push({ kind: 'text', text: source.slice(start, end), offset: base + start });
  }
}

/** Where static text first matches, as an offset in the template, or -1. */
export function findInText(tokens: readonly Token[], pattern: RegExp): number {
  for (const token of tokens) {
    const index = token.kind === 'text' ? token.text.search(pattern) : -1;
    if (index >= 0) return token.offset + index;
  }
  return -1;
}

/** The tokens from `offset` on, of which the first one may begin inside a text. */
export function dropStart(tokens: readonly Token[], offset: number): Token[] {
  return tokens.flatMap((token): Token[] => {
    if (token.offset >= offset) return [token];
    const text = token.kind === 'text' ? token.text.slice(offset - token.offset) : '';
    return text === '' ? [] : [{ kind: 'text', text, offset }];
  });
}
