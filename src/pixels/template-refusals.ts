import { percentEncode } from '../clicks/raw-query.ts';
import type { ModifierContext } from './modifiers.ts';
import { findPlaceholder } from './placeholders.ts';
import {
  findInText,
  type PlaceholderToken,
  SPACES_AROUND_BAR,
  type TemplateRefusal,
  type Token,
} from './tokens.ts';

const MAX_TEMPLATE_CHARACTERS = 2048;

/** What no parser of URLs would read as it is written; with it nothing else is looked for. */
export function findUnreadable(url: string): TemplateRefusal | null {
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

/** Faults of scheme, user name, host and port, which end at `end`. */
export function findBaseRefusals(
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

/** What would never be sent. */
export function findFragment(url: string, rest: readonly Token[]): TemplateRefusal[] {
  const offset = findInText(rest, /#/);
  if (offset < 0) return [];
  const message =
    `the fragment "#" at position ${offset + 1} is never sent; ` +
    'leave it out, or write %23 if it belongs to a value';
  return [{ message, position: offset + 1, fix: url.slice(0, offset) }];
}

/** Parameters of a template that has no query. */
export function findMissingQuestionMark(
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
export function findCutEscapes(tokens: readonly Token[]): TemplateRefusal[] {
  return tokens.flatMap((token, index) => {
    const cut = token.kind === 'text' ? /%[0-9A-Fa-f]?$/.exec(token.text) : null;
    if (cut === null || token.kind !== 'text' || tokens[index + 1] === undefined) return [];
    const position = token.offset + cut.index + 1;
    const message = `"${cut[0]}" at position ${position} is no whole escape; write %25 for a percent sign`;
    return [{ message, position }];
  });
}

/** Placeholders that may not stand where they stand. */
export function findMisplaced(
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
export function findRewriting(url: string, tokens: readonly Token[]): TemplateRefusal[] {
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

/** Of a template without any placeholder. */
export function refuseStatic(url: string): TemplateRefusal {
  const message =
    'the template has no placeholder, so every conversion would call the same URL; ' +
    'add at least one, such as click_id={affclickid} (or one to the body of a POST)';
  const joint = url.includes('?') ? (/[?&]$/.test(url) ? '' : '&') : '?';
  return { message, position: null, fix: `${url}${joint}click_id={affclickid}` };
}
