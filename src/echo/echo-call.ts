/** Limits of what is recorded of one call. */
export const MAX_ECHO_HEADERS = 50;
export const MAX_ECHO_HEADER_BYTES = 8 * 1024;
export const MAX_ECHO_BODY_BYTES = 16 * 1024;
/**
 * Of the path behind the token and the query, each, in characters: as much as a final URL may have. A
 * longer one is refused.
 */
export const MAX_ECHO_URL_PART = 16 * 1024;

/** What is said about a header whose value is a credential. */
const HIDDEN = '(not recorded)';
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];

export type EchoHeader = { name: string; value: string };

/**
 * The headers that are recorded, in order, and whether some were left out. Values of credentials are
 * replaced: a receiver's page is no place to read a key from.
 */
export function recordHeaders(sent: EchoHeader[]): { headers: EchoHeader[]; cut: boolean } {
  const headers: EchoHeader[] = [];
  let bytes = 0;
  for (const { name, value } of sent) {
    const shown = CREDENTIALS.includes(name.toLowerCase()) ? HIDDEN : toText(value);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(shown);
    if (headers.length >= MAX_ECHO_HEADERS || bytes > MAX_ECHO_HEADER_BYTES) {
      return { headers, cut: true };
    }
    headers.push({ name: toText(name).toLowerCase(), value: shown });
  }
  return { headers, cut: false };
}

/** The text of a body's first bytes; null when there are none. A cut may end inside a character. */
export function recordBody(start: Uint8Array, bodyBytes: number): string | null {
  if (bodyBytes === 0) return null;
  return toText(new TextDecoder().decode(start, { stream: bodyBytes > start.length }));
}

/** PostgreSQL's text holds everything but NUL, and JSON no half of a surrogate pair. */
function toText(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}').toWellFormed();
}
