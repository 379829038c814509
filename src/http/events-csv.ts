import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { InvalidKeyError } from '../access/api-keys.ts';
import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import { payerOf } from '../access/payer.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { TokenKeysUnavailableError } from '../access/token-keys.ts';
import type { KeyViewer, Viewer } from '../access/viewer.ts';
import type { Wall } from '../access/wall.ts';
import { answerRateLimited, type RouteAnswer } from '../clicks/redirect.ts';
import type { CsvUploads } from '../events/csv-upload.ts';
import {
  MAX_UPLOAD_BYTES,
  UploadBusyError,
  UploadTooLargeError,
  uploadTooLarge,
} from '../events/upload-errors.ts';
import type { UploadReport } from '../events/upload-report.ts';
import { REPORTERS } from '../graphql/builder.ts';
import { KEY_NEEDED } from '../graphql/caller-error.ts';
import { readGlobalId } from '../graphql/ids.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { currentRequestId } from '../platform/request-scope.ts';
import { noteAudit } from '../store/audit.ts';
import { BodyBrokeOffError, watchProgress } from './body.ts';
import { authenticateHeader } from './credentials.ts';
import { oneOf, parseQuery } from './query.ts';

type Deps = {
  authenticateAt: AuthenticateAt;
  rateLimit: Pick<RateLimit, 'take' | 'charge'>;
  uploads: Pick<CsvUploads, 'run'>;
  /** Tells the audit log who uploaded what. */
  audit: (viewer: KeyViewer, report: UploadReport) => Promise<void>;
  onFault: (thrown: unknown) => void;
};

const RETRY_AFTER_SECONDS = 10;

const uploadQuery = { dryRun: oneOf('true', 'false'), onRefused: oneOf('skip', 'stop') };

class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/** Answers `POST /events.csv`: what became of every line, or why none was looked at. Never throws. */
export function createEventsCsv(
  deps: Deps,
): (request: IncomingMessage, rawQuery: string, address: string | null) => Promise<RouteAnswer> {
  return async (request, rawQuery, address) => {
    try {
      const { authorization } = request.headers;
      const viewer = await authenticateHeader(deps.authenticateAt, authorization, address);
      const refusal = refuseCaller(viewer) ?? refuseBody(request);
      if (refusal) return refusal;
      const payer = payerOf(viewer, null);
      deps.rateLimit.take('reports', payer, 1);
      const report = await upload(deps, viewer, request, readOptions(rawQuery));
      // How many lines there are is known now; with too many the next request waits for them.
      deps.rateLimit.charge('reports', payer, report.lines);
      // What is recorded is recorded, whether or not the log can tell.
      if (!report.dryRun) await deps.audit(viewer as KeyViewer, report).catch(deps.onFault);
      return answerReport(report);
    } catch (thrown) {
      return answerThrown(deps, thrown);
    }
  };
}

/** Adds a line about an upload to the audit log: its counts, without its problems. */
export async function noteUpload(
  { acting }: Pick<Wall, 'acting'>,
  viewer: KeyViewer,
  { problems: _problems, dryRun: _dryRun, ...after }: UploadReport,
): Promise<void> {
  const { engine } = acting(viewer, { operation: '/events.csv', requestId: currentRequestId() });
  const objectId = viewer.integrationId;
  await engine.transact((sql) => noteAudit(sql, { objectType: 'Integration', objectId, after }));
}

/** The row id in the global id of an integration; null when it is none. */
export function integrationIdOf(globalId: string): string | null {
  const read = readGlobalId(globalId);
  return read?.typename === 'Integration' ? read.rowId : null;
}

function refuseCaller(viewer: Viewer): RouteAnswer | null {
  if (viewer.role === 'ANONYMOUS')
    return problem(401, KEY_NEEDED, { 'www-authenticate': 'Bearer' });
  if (REPORTERS.includes(viewer.role)) return null;
  return problem(403, `a key of role ${viewer.role} may not record events`);
}

function refuseBody({ headers }: IncomingMessage): RouteAnswer | null {
  const type = (headers['content-type'] ?? '').toLowerCase().replaceAll(/[\s"]/g, '');
  if (!/^text\/csv(;header=present|;charset=(utf-?8|us-ascii))*$/.test(type)) {
    return problem(415, 'the body must be CSV in UTF-8: send it with content-type: text/csv');
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    return problem(415, 'the body must not be compressed: send it without content-encoding');
  }
  const announced = Number(headers['content-length'] ?? 0);
  return announced > MAX_UPLOAD_BYTES ? problem(413, uploadTooLarge().message) : null;
}

function readOptions(rawQuery: string) {
  const { dryRun, onRefused } = parseQuery(uploadQuery, rawQuery);
  return { dryRun: dryRun === 'true', onRefused: onRefused ?? 'skip' } as const;
}

/** Hands the body over as a stream of its own: what ends it early must leave the request to answer on. */
async function upload(
  { uploads }: Deps,
  viewer: Viewer,
  request: IncomingMessage,
  options: ReturnType<typeof readOptions>,
): Promise<UploadReport> {
  const body = new PassThrough();
  body.on('error', () => request.unpipe(body));
  request.once('close', () => {
    if (!request.complete) body.destroy(new BodyBrokeOffError('the body broke off'));
  });
  using progress = watchProgress(
    () => request.socket.bytesRead,
    () =>
      body.destroy(new TooSlowError('less than 64 KiB came in within 30 s; nothing was recorded')),
  );
  request.once('end', () => progress[Symbol.dispose]());
  request.pipe(body);
  return await uploads.run(viewer, body, options);
}

function answerReport(report: UploadReport): RouteAnswer {
  if (report.nextLine === undefined) return json(200, report);
  const error = `recording ended before line ${report.nextLine}: send the file again. Lines with a transactionId are recorded once however often they are sent; of lines without one, send those from line ${report.nextLine} on`;
  return json(503, { error, ...report }, retryAfter);
}

function answerThrown({ onFault }: Deps, thrown: unknown): RouteAnswer {
  if (thrown instanceof InvalidInputError) {
    return json(400, { error: thrown.message, issues: thrown.issues });
  }
  if (thrown instanceof InvalidKeyError) {
    return problem(401, thrown.message, { 'www-authenticate': 'Bearer' });
  }
  if (thrown instanceof TokenKeysUnavailableError) {
    return problem(503, thrown.message, retryAfter);
  }
  if (thrown instanceof RateLimitedError) return answerRateLimited(thrown);
  if (thrown instanceof UploadTooLargeError) return problem(413, thrown.message);
  if (thrown instanceof UploadBusyError) return problem(503, thrown.message, retryAfter);
  if (thrown instanceof TooSlowError) return problem(408, thrown.message, { connection: 'close' });
  if (thrown instanceof BodyBrokeOffError) return problem(400, thrown.message);
  onFault(thrown);
  return problem(
    503,
    'the upload cannot be read now, nothing was recorded: send it again',
    retryAfter,
  );
}

const retryAfter = { 'retry-after': String(RETRY_AFTER_SECONDS) };

function problem(status: number, error: string, headers: Record<string, string> = {}): RouteAnswer {
  return json(status, { error }, headers);
}

function json(status: number, body: object, headers: Record<string, string> = {}): RouteAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    },
    body: `${JSON.stringify(body)}\n`,
  };
}
