/**
 * Where a Clickid leads: its entry URL, which others typed. Only a path of this Volley or an http URL
 * becomes a link; null for anything else.
 */
export function visitHref(entryUrl: string | null): string | null {
  if (entryUrl === null) return null;
  return /^(?:https?:\/\/|\/click\?)/i.test(entryUrl) ? entryUrl : null;
}
