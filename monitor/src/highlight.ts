/** A piece of a URL or template, and what to show it as. */
export type Piece =
  /** Scheme, host and port. */
  | { kind: 'host'; text: string }
  | { kind: 'text'; text: string }
  /** What stands in the place of a placeholder. */
  | { kind: 'value'; text: string; name: string }
  /** A placeholder that had no value: nothing, or itself percent-encoded, stands in its place. */
  | { kind: 'unresolved'; text: string; name: string };

/** The same call as it was written and as it was made, in pieces that belong together. */
export type Highlighted = { template: Piece[]; finalUrl: Piece[] };

type Token = { text: string; name: string | null };

/**
 * Finds in a final URL what was substituted for the placeholders of its template. Static text of a
 * template stays byte for byte, so each value reaches from the text before it to the text behind it;
 * pairs of the query that are missing were left out for want of a value. What does not fit, such as
 * the URL of another template, is shown as plain text. Takes linear time: templates are typed by others.
 */
export function highlight(template: string, finalUrl: string | null): Highlighted {
  if (finalUrl === null)
    return { template: [...dress(tokenize(template), () => 'value')], finalUrl: [] };
  const [writtenPath = '', writtenQuery] = cut(template, '?');
  const [path = '', query] = cut(finalUrl, '?');
  const found = matchTokens(tokenize(writtenPath), path);
  if (!found) return plain(template, finalUrl);
  const result: Highlighted = { template: [], finalUrl: [] };
  collect(result, tokenize(writtenPath), found);
  if (writtenQuery !== undefined) {
    result.template.push({ kind: 'text', text: '?' });
    if (query !== undefined) result.finalUrl.push({ kind: 'text', text: '?' });
    matchPairs(result, writtenQuery.split('&'), query?.split('&') ?? []);
  }
  return { template: dimHost(result.template), finalUrl: dimHost(result.finalUrl) };
}

function matchPairs(result: Highlighted, written: string[], sent: string[]): void {
  let at = 0;
  for (const [index, pair] of written.entries()) {
    const tokens = tokenize(pair);
    const found = at < sent.length ? matchTokens(tokens, sent[at] ?? '') : null;
    if (index > 0) result.template.push({ kind: 'text', text: '&' });
    if (!found) {
      result.template.push(...dress(tokens, () => 'unresolved'));
      continue;
    }
    if (at > 0) result.finalUrl.push({ kind: 'text', text: '&' });
    at += 1;
    collect(result, tokens, found);
  }
  const rest = sent.slice(at).map((pair, index) => (at + index > 0 ? `&${pair}` : pair));
  if (rest.length > 0) result.finalUrl.push({ kind: 'text', text: rest.join('') });
}

function collect(result: Highlighted, tokens: readonly Token[], found: readonly string[]): void {
  const kinds = tokens.map(({ text, name }, index) => {
    const value = found[index] ?? '';
    const isOpen = value === '' || value === encodeURIComponent(text);
    return name === null ? 'text' : isOpen ? 'unresolved' : 'value';
  });
  result.template.push(...dress(tokens, (index) => kinds[index] as 'value'));
  const sent = tokens.map(({ name }, index) => ({ text: found[index] ?? '', name }));
  result.finalUrl.push(...dress(sent, (index) => kinds[index] as 'value'));
}

/** The text for each token, or null when the template made another URL. */
function matchTokens(tokens: readonly Token[], text: string): string[] | null {
  const found: string[] = [];
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.name === null) {
      const isLast = index === tokens.length - 1;
      const starts = isLast ? text.length - token.text.length : text.indexOf(token.text, at);
      if (starts < at || !text.startsWith(token.text, starts)) return null;
      // Text between two static parts belongs to the placeholder between them.
      if (index === 0 && starts > 0) return null;
      if (index > 0) found[index - 1] = text.slice(at, starts);
      found[index] = token.text;
      at = starts + token.text.length;
    } else {
      found[index] = index === tokens.length - 1 ? text.slice(at) : '';
    }
  }
  return tokens.length === 0 && text !== '' ? null : found;
}

function tokenize(text: string): Token[] {
  return text
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== '')
    .map((part) => ({ text: part, name: nameIn(part) }));
}

function nameIn(part: string): string | null {
  if (!part.startsWith('{') || !part.endsWith('}')) return null;
  return part.slice(1, -1).split('|')[0]?.trim() ?? '';
}

function dress(
  tokens: readonly Token[],
  kindOf: (index: number) => 'value' | 'unresolved',
): Piece[] {
  return tokens.map(({ text, name }, index) =>
    name === null ? { kind: 'text', text } : { kind: kindOf(index), text, name },
  );
}

function plain(template: string, finalUrl: string): Highlighted {
  return {
    template: dimHost(dress(tokenize(template), () => 'value')),
    finalUrl: dimHost([{ kind: 'text', text: finalUrl }]),
  };
}

/** Scheme, host and port are static and stand at the start. */
function dimHost(pieces: Piece[]): Piece[] {
  const [first, ...rest] = pieces;
  const host = first?.kind === 'text' && /^[a-z]+:\/\/[^/?#]*/i.exec(first.text)?.[0];
  if (!first || !host) return pieces;
  const behind = first.text.slice(host.length);
  return [
    { kind: 'host', text: host },
    ...(behind ? [{ kind: 'text' as const, text: behind }] : []),
    ...rest,
  ];
}

function cut(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
