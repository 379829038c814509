import type { Dispatcher } from 'undici';
import { AddressRefusedError } from './address-guard.ts';
import { HostNotResolvedError } from './host-lookup.ts';
import { type ErrorKind, parseRetryAfter } from './retry.ts';

export type SendRequest = {
  /** The final URL: absolute, http or https. */
  url: string;
  method: 'GET' | 'POST';
  /** Lower-case names; `host` and `content-length` are written by the client. */
  headers: Record<string, string>;
  body?: string;
  /**
   * Asked when it is about to be written to its socket, for which it may have waited; when it may not be, nothing
   * of it is. Default: it may.
   */
  mayWrite?: () => boolean;
};

export type SendDeps = {
  /** `guardedAgent(...)`; nothing here checks addresses again. */
  dispatcher: Dispatcher;
  /** Wall clock in milliseconds, for the duration and for `Retry-After` dates. */
  now: () => number;
  /** For everything from the queue of the pool to the last byte. Default 10 s (domain.md 2.4). */
  deadlineMs?: number;
  /** Bytes of the response body that are kept. Default 8,192 (domain.md 2.4). */
  bodyLimitBytes?: number;
  /** Cuts the attempt off, as when the service stops: `ABORTED`. */
  signal?: AbortSignal;
};

/** Exactly one of `statusCode` and `errorKind` is null. */
export type SendResult = {
  durationMs: number;
  statusCode: number | null;
  errorKind: ErrorKind | null;
  /** A sentence for the log that affiliates read, null when all went well. Names no addresses. */
  message: string | null;
  /** UTF-8 with U+FFFD for what is not, without NUL; null when empty, and for redirects. */
  responseBody: string | null;
  retryAfterSeconds: number | null;
  /** Where a 3xx answer points, at most 2,048 characters. It is never followed. */
  location: string | null;
};

const DEADLINE_MS = 10_000;
const BODY_LIMIT_BYTES = 8_192;
const LOCATION_LIMIT = 2_048;

/**
 * Makes one HTTP call and tells how it went, or null when `mayWrite` withdrew it. A fault of the receiver is a result,
 * never a throw (a rejected promise is a bug of the caller, such as a header with a line break).
 *
 * The answer counts by its status code once that has arrived, also when the body then drips, never
 * ends or is reset: the receiver has decided by then, and calling again would repeat a postback it
 * already took. The body is kept for people to read and decides nothing.
 */
export function send(request: SendRequest, deps: SendDeps): Promise<SendResult | null> {
  const startedAt = deps.now();
  const durationMs = () => Math.max(0, Math.round(deps.now() - startedAt));
  const url = parseTarget(request.url);
  if (url === null) {
    const message = 'the final URL is not a valid http or https URL';
    return Promise.resolve(failure('INVALID_URL', message, durationMs()));
  }
  if (deps.signal?.aborted) return Promise.resolve(failure('ABORTED', ABORTED, durationMs()));

  return exchange(url, request, deps).then((exchanged) => {
    if (exchanged === null) return null;
    const { answer, broken } = exchanged;
    if (answer === null) {
      const { kind, message } = broken ?? { kind: 'PROTOCOL', message: NOT_HTTP };
      return failure(kind, message, durationMs());
    }
    const redirect = answer.statusCode >= 300 && answer.statusCode < 400;
    const retryAfter = first(answer.headers['retry-after']);
    const location = redirect ? first(answer.headers.location) : undefined;
    return {
      durationMs: durationMs(),
      statusCode: answer.statusCode,
      errorKind: null,
      message: broken === null ? null : `answered, but the body broke off: ${broken.message}`,
      responseBody: redirect ? null : bodyText(answer),
      retryAfterSeconds: parseRetryAfter(retryAfter, deps.now()),
      location: location?.replaceAll('\0', '').slice(0, LOCATION_LIMIT) ?? null,
    };
  });
}

type Answer = {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  chunks: Buffer[];
  truncated: boolean;
};
type Broken = { kind: ErrorKind; message: string };
type Exchange = { answer: Answer | null; broken: Broken | null };

/**
 * Drives one request with `dispatch`, because the `signal` of undici's `request()` only takes
 * effect once a socket is open: a deadline must also end the wait for DNS, TCP, TLS or a free
 * socket. A request that was given up while it waited is dropped unsent when its turn comes.
 * @returns null when it may not be written
 */
function exchange(url: URL, request: SendRequest, deps: SendDeps): Promise<Exchange | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange | null>();
  const { method, body = null, mayWrite = () => true } = request;
  const { deadlineMs = DEADLINE_MS, bodyLimitBytes = BODY_LIMIT_BYTES, signal } = deps;
  let controller: Dispatcher.DispatchController | null = null;
  let answer: Answer | null = null;
  let room = bodyLimitBytes;
  let settled = false;
  let isOver = false;

  const end = (exchanged: Exchange | null) => {
    if (settled) return;
    settled = true;
    clearTimeout(deadline);
    signal?.removeEventListener('abort', onAbort);
    resolve(exchanged);
  };
  const settle = (broken: Broken | null) => end({ answer, broken });
  const giveUp = (broken: Broken | null) => {
    settle(broken);
    controller?.abort(new Error('given up'));
  };
  const onAbort = () => giveUp({ kind: 'ABORTED', message: ABORTED });
  const onDeadline = () => {
    if (settled) return;
    const missing = answer !== null ? 'end of the body' : controller ? 'answer' : 'connection';
    giveUp({ kind: 'TIMEOUT', message: `no ${missing} within ${deadlineMs / 1000} s` });
  };
  // A process that was held up finds its timers over first. What came in meanwhile is read before somebody else is
  // blamed for the time; what would begin only now is late.
  const deadline = setTimeout(() => {
    isOver = true;
    setImmediate(onDeadline);
  }, deadlineMs);
  signal?.addEventListener('abort', onAbort, { once: true });

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      if (isOver) onDeadline();
      else if (!settled && !mayWrite()) end(null);
      controller = started;
      if (settled) started.abort(new Error('given up'));
    },
    onResponseStart(_controller, statusCode, headers) {
      // 1xx comes before the answer, if at all.
      if (statusCode >= 200) answer = { statusCode, headers, chunks: [], truncated: false };
    },
    onResponseData(_controller, chunk) {
      if (settled || answer === null) return;
      // A copy: a part of the chunk would hold all 64 KiB that the socket read.
      answer.chunks.push(Buffer.from(chunk.subarray(0, room)));
      answer.truncated = chunk.length > room;
      room -= Math.min(room, chunk.length);
      if (answer.truncated) giveUp(null);
    },
    onResponseEnd() {
      settle(null);
    },
    onResponseError(_controller, error) {
      if (codeOf(error) === 'UND_ERR_INVALID_ARG') reject(error);
      settle(classify(error, controller !== null, url.protocol === 'https:'));
    },
  };
  const headers = { ...request.headers, 'accept-encoding': 'identity' };
  const path = `${url.pathname}${url.search}`;
  deps.dispatcher.dispatch({ origin: url.origin, path, method, headers, body }, handler);
  return promise;
}

// The final URL holds values from outside, so it is read again; user info would be dropped
// silently by the client, and that is not the URL the affiliate set up.
function parseTarget(text: string): URL | null {
  const url = URL.parse(text);
  const web = url?.protocol === 'http:' || url?.protocol === 'https:';
  return url !== null && web && url.username === '' && url.password === '' ? url : null;
}

const ABORTED = 'the attempt was cut off before an answer came';
const NOT_HTTP = 'the answer is not valid HTTP/1.1';

/** Words for an error of undici, Node or the guard. `sent`: a socket was open for the request. */
function classify(error: Error, sent: boolean, tls: boolean): Broken {
  if (error instanceof AddressRefusedError) {
    return { kind: 'ADDRESS_REFUSED', message: error.message };
  }
  if (error instanceof HostNotResolvedError) {
    return { kind: 'DNS', message: 'the host name could not be resolved' };
  }
  const code = codeOf(error);
  if (CERTIFICATE_CODES.has(code)) {
    return { kind: 'TLS_CERTIFICATE', message: `the TLS certificate is not valid (${code})` };
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO') {
    return { kind: 'TLS', message: 'the TLS handshake failed' };
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return { kind: 'ABORTED', message: ABORTED };
  }
  return sent ? classifySent(error, code) : classifyUnsent(code, tls);
}

function classifyUnsent(code: string, tls: boolean): Broken {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return { kind: 'TIMEOUT', message: 'no connection in time' };
  }
  if (code === 'ECONNRESET' && tls) {
    return { kind: 'TLS', message: 'the connection was closed during the TLS handshake' };
  }
  const refused = code === 'ECONNREFUSED';
  return { kind: 'CONNECT', message: refused ? 'connection refused' : 'no connection possible' };
}

function classifySent(error: Error, code: string): Broken {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'ETIMEDOUT') {
    return { kind: 'TIMEOUT', message: 'no answer in time' };
  }
  if (code === 'UND_ERR_BODY_TIMEOUT') return { kind: 'TIMEOUT', message: 'the body fell silent' };
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { kind: 'PROTOCOL', message: 'the headers of the answer exceed 16 kB' };
  }
  // Undici also says UND_ERR_SOCKET for an unasked 100 or an upgrade ("bad response").
  const closed = code === 'UND_ERR_SOCKET' && !error.message.startsWith('bad ');
  if (closed || /^E[A-Z]+$/.test(code)) {
    return { kind: 'RESET', message: 'the connection was closed before the answer was complete' };
  }
  return { kind: 'PROTOCOL', message: NOT_HTTP };
}

// Node's X.509 verification codes (nodejs.org/api/tls.html) that speak of the certificate.
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERR_TLS_CERT_ALTNAME_FORMAT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function failure(errorKind: ErrorKind, message: string, durationMs: number): SendResult {
  const nothing = { statusCode: null, responseBody: null, retryAfterSeconds: null, location: null };
  return { durationMs, errorKind, message, ...nothing };
}

// A cut body may end inside a character: in stream mode the decoder leaves that rest out. NUL goes
// because PostgreSQL's text type refuses it.
function bodyText({ chunks, truncated }: Answer): string | null {
  const decoded = new TextDecoder().decode(Buffer.concat(chunks), { stream: truncated });
  const text = decoded.replaceAll('\0', '');
  return text === '' ? null : text;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
