import { encodeGlobalID } from '@pothos/plugin-relay';
import { InvalidKeyError } from '../access/api-keys.ts';
import type { AuthenticateAt } from '../access/limit-wrong-keys.ts';
import { payerAt, payerOf } from '../access/payer.ts';
import type { RateLimit } from '../access/rate-limit.ts';
import { RateLimitedError } from '../access/rate-limited-error.ts';
import { TokenKeysUnavailableError } from '../access/token-keys.ts';
import type { KeyViewer } from '../access/viewer.ts';
import { parseRawQuery, type RawParameter } from '../clicks/raw-query.ts';
import { answerRateLimited, type RouteAnswer } from '../clicks/redirect.ts';
import { parseInstant } from '../platform/instant.ts';
import { formatMoney } from '../platform/money.ts';
import { InvalidInputError, isRefusal, NotFoundError } from '../platform/refusals.ts';
import type { Report } from '../platform/report.ts';
import { statusOf } from '../reports/postback-filter.ts';
import type { Db } from '../store/database.ts';
import { EVENT_STATUSES, URL_NAMES } from './event-input.ts';
import type { RecordEvent } from './record-event.ts';

/** A call of `/event`. */
export type IngestCall = {
  rawQuery: string;
  /** The key of an Authorization header; undefined without one. */
  bearer: string | undefined;
  /** Where it comes from; null once the connection is gone. */
  address: string | null;
  contentType: string;
  body: string;
};

type Deps = {
  db: Db;
  authenticateAt: AuthenticateAt;
  rateLimit: Pick<RateLimit, 'take'>;
  recordEvent: RecordEvent;
  report: Pick<Report, 'loopFailed'>;
};

/** As much as `recordEvent` with the fields of the answer. */
const EVENT_POINTS = 10;

/**
 * The event mutation for partners who can only call a URL. Parameters come from the query, a form or
 * a JSON object; a parameter without a value counts as absent. Never throws.
 */
export function createIngest(deps: Deps): (call: IngestCall) => Promise<RouteAnswer> {
  return async (call) => {
    try {
      const { key, ...report } = readParameters(call);
      const viewer = await identify(deps, call, key);
      if (viewer === null) {
        deps.rateLimit.take('anonymous', payerAt(call.address), 1);
        return problem(401, 'an API key is needed: Authorization: Bearer <key>, or key=');
      }
      if (viewer.role !== 'ADMIN' && viewer.role !== 'INTEGRATION') {
        return problem(403, `a key of role ${viewer.role} may not record events`);
      }
      deps.rateLimit.take('reports', payerOf(viewer, null), EVENT_POINTS);
      const { eventId, duplicate } = await deps.recordEvent(viewer, report);
      return json(200, await describe(deps.db, eventId, duplicate));
    } catch (thrown) {
      if (thrown instanceof InvalidInputError) {
        const told = new InvalidInputError(thrown.issues.map(toUrlNames));
        return json(400, { error: told.message, issues: told.issues });
      }
      if (thrown instanceof RateLimitedError) return answerRateLimited(thrown);
      if (thrown instanceof KeyInUrlError) return problem(403, thrown.message);
      if (thrown instanceof InvalidKeyError) return problem(401, thrown.message);
      if (thrown instanceof TokenKeysUnavailableError) return problem(503, thrown.message);
      if (thrown instanceof NotFoundError) return problem(404, thrown.message);
      if (isRefusal(thrown)) return problem(409, thrown.message);
      deps.report.loopFailed('store event', thrown);
      return problem(503, 'the event cannot be stored now: send it again');
    }
  };
}

/** URLs end up in logs of proxies and browsers: only keys that can do little may stand in one. */
class KeyInUrlError extends Error {
  override readonly name = 'KeyInUrlError';
}

async function identify(
  { authenticateAt }: Deps,
  { bearer, address }: IngestCall,
  key: string | undefined,
): Promise<KeyViewer | null> {
  if (bearer !== undefined) return authenticateAt(bearer, address);
  if (key === undefined) return null;
  const viewer = await authenticateAt(key, address);
  if (viewer.role === 'INTEGRATION' && viewer.keyId !== null) return viewer;
  throw new KeyInUrlError('key= takes INTEGRATION keys only: send others as Authorization: Bearer');
}

function readParameters({ rawQuery, contentType, body }: IngestCall): Record<string, string> {
  const given = [...parseRawQuery(rawQuery), ...readBody(contentType, body)];
  const report: Record<string, unknown> = {};
  for (const { name, value } of given) {
    const field =
      name === 'key' ? 'key' : Object.hasOwn(URL_NAMES, name) ? URL_NAMES[name] : undefined;
    if (field !== undefined && value !== '' && !(field in report)) report[field] = value;
  }
  report.clickId ??= '';
  if (typeof report.occurredAt === 'string') report.occurredAt = readTime(report.occurredAt);
  if (typeof report.status === 'string') report.status = readStatus(report.status);
  return report as Record<string, string>;
}

function readBody(contentType: string, body: string): RawParameter[] {
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  if (body === '') return [];
  if (mediaType.trim() === 'application/json') return readJson(body);
  if (['', 'application/x-www-form-urlencoded'].includes(mediaType.trim())) {
    return parseRawQuery(body.replaceAll('+', '%20'));
  }
  const message = 'must be a form (application/x-www-form-urlencoded) or application/json';
  throw new InvalidInputError([{ path: ['body'], message }]);
}

function readJson(body: string): RawParameter[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new InvalidInputError([{ path: ['body'], message: 'is no valid JSON' }]);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InvalidInputError([{ path: ['body'], message: 'must be a JSON object' }]);
  }
  const fields = Object.entries(parsed);
  // A JSON number has lost digits already: 1122223444455565666 reads as ...600.
  const lossy = fields.filter(([, value]) => typeof value !== 'string');
  const message = 'must be a JSON string, so that no digit is lost';
  if (lossy.length > 0)
    throw new InvalidInputError(lossy.map(([name]) => ({ path: [name], message })));
  return fields.map(([name, value]) => ({ name, value: value as string }));
}

// What cannot be read is left as it is: the check of the whole report tells it with all the rest.

function readStatus(value: string): string {
  const status = value.toUpperCase();
  return EVENT_STATUSES.some((known) => known === status) ? status : value;
}

function readTime(value: string): Date | string {
  const time = /^\d{9,11}$/.test(value) ? new Date(Number(value) * 1000) : parseInstant(value);
  return time ?? value;
}

/** The event as GraphQL shows it, ids included: what comes from here may be asked for there. */
async function describe(db: Db, eventId: string, duplicate: boolean) {
  const { postbacks, ...event } = await db.event.findUniqueOrThrow({
    where: { id: eventId },
    select: {
      id: true,
      type: true,
      status: true,
      revision: true,
      amount: true,
      currency: true,
      payout: true,
      payoutCurrency: true,
      customerId: true,
      transactionId: true,
      clickId: true,
      unattributed: true,
      postbacks: {
        where: { replayOfId: null, test: false },
        select: {
          ...{ id: true, state: true, attemptsMade: true, reason: true, dueAt: true },
          version: { select: { destination: { select: { heldUntil: true } } } },
        },
        orderBy: { id: 'asc' },
      },
    },
  });
  return {
    event: {
      ...event,
      id: encodeGlobalID('Event', event.id),
      amount: event.amount && formatMoney(event.amount.toFixed()),
      payout: event.payout && formatMoney(event.payout.toFixed()),
    },
    duplicate,
    postbacks: postbacks.map(({ id, reason, dueAt, version, ...state }) => ({
      id: encodeGlobalID('Postback', id),
      status: statusOf({ ...state, held: version.destination.heldUntil !== null }),
      reason,
      dueAt,
    })),
  };
}

function toUrlNames({ path, message }: { path: string[]; message: string }) {
  const names = Object.entries(URL_NAMES);
  return {
    path: path.map((field) => names.find(([, name]) => name === field)?.[0] ?? field),
    message,
  };
}

function problem(status: number, error: string): RouteAnswer {
  return json(status, { error });
}

function json(status: number, body: object): RouteAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: `${JSON.stringify(body)}\n`,
  };
}
