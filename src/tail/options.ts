import { parseArgs } from 'node:util';
import { POSTBACK_STATUSES } from '../reports/postback-filter.ts';
import type { PostbackFilter, PostbackStatus, StatusCodeClass } from './gql/graphql.ts';

/** What `npm run tail` was asked for. */
export type TailOptions = {
  /** Base of Volley's address, without a trailing slash. */
  url: string;
  key: string;
  /** Public codes; their ids are looked up. */
  affids: string[];
  campaigns: string[];
  /** The rest of the filter, as the API takes it. */
  where: PostbackFilter;
  /** A cursor to begin behind, or a time to begin at; neither: from now on. */
  after: string | null;
  since: string | null;
  /** Ends after so many results; null: never. */
  limit: number | null;
  json: boolean;
};

/** Asked for in a way that is not understood: the message says what is wrong and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `Usage: npm run -s tail [-- options]

Prints every finished attempt as it is recorded, with its final URL. A connection that is lost is made again and goes
on where it was.

  --affiliate <affid>     of these affiliates only; like the next six, may be given several times
  --campaign <code>
  --pixel <id>
  --event <type>          FirstDeposit ...
  --status <status>       delivered, retrying, failed ...
  --code <class>          2xx, 3xx, 4xx, 5xx, none (no answer)
  --click <clickId>       of this click
  --affclickid <id>       of the affiliate's own click id
  --contains <text>       in the final URL
  --test, --no-test       only test fires, or none
  --replay-since <1h>     first what finished since then: 45s, 30m, 1h, 2d, or a time like 2026-03-01T12:00:00Z
  --after <cursor>        first what came behind this cursor (as --json prints it)
  --limit <n>             end after n results
  --json                  one JSON object a line
  --help

VOLLEY_URL says where Volley is (default http://127.0.0.1:4000), VOLLEY_KEY is a key of it (default VOLLEY_ADMIN_KEY).

Exit codes: 0 when it is stopped, or after --limit; 1 when Volley cannot be reached at the start, or refuses; 2 for
options that are not understood; 3 for a key that is not valid.
`;

const CODES: Record<string, StatusCodeClass> = {
  '1xx': 'INFORMATIONAL_1XX',
  '2xx': 'SUCCESS_2XX',
  '3xx': 'REDIRECT_3XX',
  '4xx': 'CLIENT_ERROR_4XX',
  '5xx': 'SERVER_ERROR_5XX',
  none: 'NO_ANSWER',
  other: 'OTHER',
};
const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const list = { type: 'string', multiple: true } as const;
const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const KNOWN = {
  ...{ affiliate: list, campaign: list, pixel: list, event: list, status: list, code: list },
  ...{ click: text, affclickid: text, contains: text, test: flag },
  ...{ 'replay-since': text, after: text, limit: text, json: flag },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line and the two variables; null when help is wanted.
 * @throws UsageError
 */
export function readOptions(
  args: string[],
  variables: NodeJS.ProcessEnv,
  now: Date,
): TailOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const { affiliate = [], campaign = [], pixel, event, status, code, json = false } = values;
  const { click, affclickid, contains, test, after = null } = values;
  const key = variables.VOLLEY_KEY || variables.VOLLEY_ADMIN_KEY;
  if (!key) throw new UsageError('set VOLLEY_KEY to a key of Volley');
  const url = variables.VOLLEY_URL || 'http://127.0.0.1:4000';
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new UsageError(`VOLLEY_URL: ${url} is no http or https URL`);
  }
  const since = values['replay-since'];
  if (since !== undefined && after !== null) {
    throw new UsageError('either --after or --replay-since, not both');
  }
  return {
    ...{ key, json, after, affids: affiliate, campaigns: campaign },
    url: url.replace(/\/+$/, ''),
    since: since === undefined ? null : readTime(since, now).toISOString(),
    limit: values.limit === undefined ? null : readLimit(values.limit),
    where: {
      ...(pixel && { pixelIds: pixel }),
      ...(event && { eventTypes: event }),
      ...(status && { status: status.map(readStatus) }),
      ...(code && { statusCodes: code.map(readCode) }),
      ...(click !== undefined && { clickId: click }),
      ...(affclickid !== undefined && { affclickid }),
      ...(contains !== undefined && { finalUrlContains: contains }),
      ...(test !== undefined && { test }),
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: KNOWN, allowNegative: true }).values;
  } catch (thrown) {
    throw new UsageError((thrown as Error).message);
  }
}

function readStatus(text: string): PostbackStatus {
  const status = POSTBACK_STATUSES.find((it) => it === text.toUpperCase());
  if (status) return status;
  throw new UsageError(
    `--status: ${text} is none of ${POSTBACK_STATUSES.join(', ').toLowerCase()}`,
  );
}

function readCode(text: string): StatusCodeClass {
  const code = CODES[text.toLowerCase()];
  if (code) return code;
  throw new UsageError(`--code: ${text} is none of ${Object.keys(CODES).join(', ')}`);
}

function readLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--limit: ${text} is no number of 1 or more`);
}

/** A time, or how long ago. */
function readTime(text: string, now: Date): Date {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count) return new Date(now.getTime() - Number(count) * (UNIT_MS[unit] as number));
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time.getTime())) {
    return time;
  }
  throw new UsageError(
    `--replay-since: ${text} is neither a while (45s, 30m, 1h, 2d) nor a time with offset`,
  );
}
