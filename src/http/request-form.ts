import type { IncomingMessage } from 'node:http';

/** Headers of a request at most; what Node is told to read, and one more that gives the rest away. */
export const MAX_HEADERS = 100;

/** What is wrong with the form of a request although Node could read it; null when nothing is. */
export function findFormProblem({
  httpVersion,
  rawHeaders,
  headers,
}: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders' | 'headers'>): {
  status: number;
  error: string;
} | null {
  // Node reads HTTP/0.9 and 2.0 as well, in the form of 1.1, and would answer in it.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return { status: 400, error: 'only HTTP/1.1 and HTTP/1.0 are spoken here' };
  }
  // Node would leave out what is beyond its limit without a word, be it the key.
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    return { status: 431, error: `the request has more than ${MAX_HEADERS} headers` };
  }
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) return { status: 400, error: 'the request has two host headers' };
  // RFC 9112, 3.2: an HTTP/1.1 request without one must be refused.
  if (hosts.length === 0 && httpVersion === '1.1') {
    return { status: 400, error: 'the request has no host header' };
  }
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect)) {
    return { status: 417, error: 'of all expectations only 100-continue is met here' };
  }
  return null;
}

/** Path and query of a request target, which a proxy's client may send in absolute form. */
export function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target)?.[0];
  if (absolute === undefined) return target;
  const rest = target.slice(absolute.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** A request target in two, without the `?`; nothing is decoded. */
export function splitTarget(target: string): [path: string, query: string] {
  const question = target.indexOf('?');
  return question < 0 ? [target, ''] : [target.slice(0, question), target.slice(question + 1)];
}
