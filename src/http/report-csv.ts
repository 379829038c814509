import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Viewer } from '../access/viewer.ts';
import { toFilter } from '../graphql/postback.ts';
import { toError } from '../platform/failure.ts';
import { parseInstant } from '../platform/instant.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { CSV_COLUMNS, DEFAULT_CSV_COLUMNS, writePostbackCsv } from '../reports/postback-csv.ts';
import {
  POSTBACK_STATUSES,
  STATUS_CODE_CLASSES,
  withinVisible,
} from '../reports/postback-filter.ts';
import { usualOrder } from '../reports/postback-page.ts';
import type { Sql } from '../store/database.ts';
import { list, one, oneOf, parseQuery } from './query.ts';

const instant = one.transform((value, context) => {
  const time = parseInstant(value);
  if (time) return time;
  const message = 'must be an ISO 8601 instant with an offset, such as 2026-11-22T12:00:00Z';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const statuses = list.pipe(
  z.array(z.enum(POSTBACK_STATUSES, `must be of ${POSTBACK_STATUSES.join(', ')}`)),
);

const statusCodes = list.pipe(
  z.array(z.enum(STATUS_CODE_CLASSES, `must be of ${STATUS_CODE_CLASSES.join(', ')}`)),
);

const columns = list.pipe(
  z
    .array(z.enum(CSV_COLUMNS, `must be of ${CSV_COLUMNS.join(', ')}`))
    .min(1, 'names no column')
    .refine((names) => new Set(names).size === names.length, 'names a column twice'),
);

/** The filter of the `postbacks` query as URL parameters, under the same names, and the columns to write. */
const csvQuery = {
  affiliateIds: list,
  campaignIds: list,
  offerIds: list,
  pixelIds: list,
  eventTypes: list,
  status: statuses,
  statusCodes,
  clickId: one,
  affclickid: one,
  finalUrlContains: one,
  test: oneOf('true', 'false').transform((it) => it === 'true'),
  from: instant,
  to: instant,
  columns,
};

/**
 * Answers `/reports/postbacks.csv`: the rows of the `postbacks` query that pass the same filter and
 * that the viewer may see, in the same order, as a stream. Throws InvalidInputError before it starts.
 */
export async function answerReportCsv(
  sql: Sql,
  viewer: Viewer,
  rawQuery: string,
  response: ServerResponse,
): Promise<void> {
  const { columns, ...input } = parseQuery(csvQuery, rawQuery);
  const filter = withinVisible(viewer, readFilter(input));
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="postbacks.csv"',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  const report = { filter, order: usualOrder(filter), columns: columns ?? DEFAULT_CSV_COLUMNS };
  await writePostbackCsv(sql, report, response);
}

function readFilter(input: Parameters<typeof toFilter>[0]) {
  try {
    return toFilter(input);
  } catch (thrown) {
    throw new InvalidInputError([{ path: [], message: toError(thrown).message }]);
  }
}
