/** What a pixel makes of one event. */
export type ShadowRendering = {
  method: 'GET' | 'POST';
  /** Null when nothing would be sent. */
  finalUrl: string | null;
  body: string | null;
  skipReason: string | null;
  unresolved: string[];
  /** The values of `{sig}` as they stand in the URL: they follow from the rest, and a sample made them. */
  signatures: readonly string[];
};

/** One part that differs: `method`, `path`, `body`, `skipReason`, `query`, or a parameter as `?name`. */
export type ShadowChange = { part: string; before: string | null; after: string | null };

/**
 * What an edited pixel makes differently, to the byte. Parameters are compared one by one in the order
 * of the URL, repeated ones together; `query` is the order of the parameters, when that alone changed.
 * A call that is made on one side only differs in `skipReason`. Signatures never differ, unless one is
 * added, dropped or renamed.
 */
export function compareRenderings(before: ShadowRendering, after: ShadowRendering): ShadowChange[] {
  const skipReason = change('skipReason', before.skipReason, after.skipReason);
  if (before.finalUrl === null || after.finalUrl === null) return skipReason ? [skipReason] : [];
  const [old, now] = [readParts(before.finalUrl, before), readParts(after.finalUrl, after)];
  const names = new Set([...old.pairs, ...now.pairs].map(({ name }) => name));
  const inQuery = [...names].map((name) =>
    change(`?${name}`, textOf(old, name), textOf(now, name)),
  );
  const isReordered = inQuery.every((it) => it === null) && old.compared !== now.compared;
  return [
    change('method', before.method, after.method),
    change('path', old.path, now.path),
    ...inQuery,
    isReordered ? { part: 'query', before: old.query, after: now.query } : null,
    change('body', before.body, after.body),
  ].filter((it) => it !== null);
}

/** `text` is the pair as it is sent, `compared` the same with a mark for a signature. */
type Pair = { name: string; text: string; compared: string };
type Parts = { path: string; query: string | null; compared: string | null; pairs: Pair[] };

/** By hand, as a URL parser could rewrite what is compared. */
function readParts(finalUrl: string, { signatures }: ShadowRendering): Parts {
  const at = finalUrl.indexOf('?');
  if (at < 0) return { path: finalUrl, query: null, compared: null, pairs: [] };
  const query = finalUrl.slice(at + 1);
  const pairs = query.split('&').map((text) => {
    const equals = text.indexOf('=');
    const isSigned = equals >= 0 && signatures.includes(text.slice(equals + 1));
    const name = equals < 0 ? text : text.slice(0, equals);
    return { name, text, compared: isSigned ? `${name}={sig}` : text };
  });
  const compared = pairs.map((pair) => pair.compared).join('&');
  return { path: finalUrl.slice(0, at), query, compared, pairs };
}

type Text = { text: string; compared: string };

function textOf({ pairs }: Parts, name: string): Text | null {
  const own = pairs.filter((pair) => pair.name === name);
  if (own.length === 0) return null;
  const join = (part: 'text' | 'compared') => own.map((pair) => pair[part]).join('&');
  return { text: join('text'), compared: join('compared') };
}

function change(
  part: string,
  before: string | Text | null,
  after: string | Text | null,
): ShadowChange | null {
  if (shown(before, 'compared') === shown(after, 'compared')) return null;
  return { part, before: shown(before, 'text'), after: shown(after, 'text') };
}

function shown(value: string | Text | null, which: 'text' | 'compared'): string | null {
  return value === null || typeof value === 'string' ? value : value[which];
}
