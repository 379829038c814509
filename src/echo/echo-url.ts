/** Where echo receivers live below the public URL. */
export const ECHO_PATH = '/echo/';

/** What an echo receiver's URL names, and what stands behind it. */
export type EchoTarget = {
  /** 32 hexadecimal digits. */
  token: string;
  /** Behind the token, as it was sent; empty, or from its `/` on. */
  path: string;
  /** Without the `?`. */
  query: string;
};

/** Whether a path is one of echo receivers, whatever token it names. */
export function isEchoPath(path: string): boolean {
  return path.startsWith(ECHO_PATH);
}

/** Reads the path of a request; null when what it holds cannot be a token. */
export function readEchoPath(path: string, query: string): EchoTarget | null {
  const match = /^\/echo\/([0-9a-f]{32})(\/.*)?$/s.exec(path);
  return match && { token: match[1] ?? '', path: match[2] ?? '', query };
}

/** The URL that is called to reach a receiver. */
export function echoUrl(publicUrl: string, token: Uint8Array): string {
  return `${publicUrl}${ECHO_PATH}${Buffer.from(token).toString('hex')}`;
}

/**
 * What a URL names when it is an echo receiver's under the public URL, else null. The URL is read by the
 * one parser that a client would dial by, so dots, escapes of dots and backslashes are resolved before the
 * path is looked at: what leaves `/echo/<token>` is none of ours.
 */
export function readOwnEcho(publicUrl: string, url: string): EchoTarget | null {
  const base = URL.parse(publicUrl);
  const target = URL.parse(url);
  if (!base || !target || target.origin !== base.origin || target.origin === 'null') return null;
  if (target.username !== '' || target.password !== '') return null;
  const below = base.pathname.replace(/\/$/, '');
  if (!target.pathname.startsWith(`${below}/`)) return null;
  return readEchoPath(target.pathname.slice(below.length), target.search.slice(1));
}
