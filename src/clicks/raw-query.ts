/** One parameter of a query string, decoded. */
export type RawParameter = { name: string; value: string };

/**
 * Splits a raw query string (the text after `?`, without it) into its parameters, in order and with
 * repeats. Pairs part at `&`, a name from its value at the first `=`, both are decoded once by
 * `percentDecode`. A pair whose name is empty is dropped. Never throws.
 *
 * Written by hand because `URLSearchParams` turns `+` into a space, which corrupts base64 click ids,
 * and replaces bytes it cannot decode.
 */
export function parseRawQuery(rawQuery: string): RawParameter[] {
  const parameters: RawParameter[] = [];
  for (const pair of rawQuery.split('&')) {
    const equals = pair.indexOf('=');
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
    if (name !== '') parameters.push({ name, value });
  }
  return parameters;
}

const HEX = '[0-9A-F]';
const TAIL = `%[89AB]${HEX}`;

// The well-formed UTF-8 byte sequences of RFC 3629, as escapes. What this does not match (a cut
// sequence, an overlong form, a surrogate, `%zz`) stays as typed, without an exception per byte.
const WELL_FORMED_ESCAPES = new RegExp(
  `(?:${[
    `%[0-7]${HEX}`,
    `%(?:C[2-9A-F]|D${HEX})${TAIL}`,
    `%E0%[AB]${HEX}${TAIL}`,
    `%E[1-9ABCEF](?:${TAIL}){2}`,
    `%ED%[89]${HEX}${TAIL}`,
    `%F0%[9AB]${HEX}(?:${TAIL}){2}`,
    `%F[1-3](?:${TAIL}){3}`,
    `%F4%8${HEX}(?:${TAIL}){2}`,
  ].join('|')})+`,
  'gi',
);

/**
 * Decodes percent-escapes as UTF-8, once (`%2541` gives `%41`). An escape that is malformed or no
 * UTF-8 stays as typed while its neighbours are decoded; `+` stays `+`. Never throws.
 */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(WELL_FORMED_ESCAPES, (escapes) => decodeURIComponent(escapes));
}

/**
 * Percent-encodes text as one URL component: only `A-Z a-z 0-9 - . _ ~` stay, all else becomes the
 * escapes of its UTF-8 bytes. A lone surrogate, which has no UTF-8 form, becomes U+FFFD. Never throws.
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
