import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { loadGranted } from '../access/permissions.ts';
import type { Viewer } from '../access/viewer.ts';
import { parseRawQuery } from '../clicks/raw-query.ts';
import { toFilter } from '../graphql/postback.ts';
import { withinVisible } from '../graphql/stats.ts';
import { isGranted } from '../pixels/permissions.ts';
import { toError } from '../platform/failure.ts';
import { parseInstant } from '../platform/instant.ts';
import { InvalidInputError, parseInput } from '../platform/refusals.ts';
import { CSV_COLUMNS, DEFAULT_CSV_COLUMNS, writePostbackCsv } from '../reports/postback-csv.ts';
import { POSTBACK_STATUSES, STATUS_CODE_CLASSES } from '../reports/postback-filter.ts';
import type { Sql } from '../store/database.ts';

/** Several values: the name repeated, or separated by commas. */
const list = z.array(z.string()).transform((values) => values.flatMap((value) => value.split(',')));
const one = z
  .array(z.string())
  .max(1, 'may be given once')
  .transform(([value]) => value);

const instant = one.transform((value, context) => {
  const time = parseInstant(value ?? '');
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
const csvQuery = z
  .object({
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
    test: one
      .pipe(z.enum(['true', 'false'], 'must be true or false'))
      .transform((it) => it === 'true'),
    from: instant,
    to: instant,
    columns,
  })
  .partial()
  .strict();

/**
 * Answers `/reports/postbacks.csv`: the rows of the `postbacks` query that pass the same filter and
 * that the viewer may see, newest first, as a stream. Throws InvalidInputError before it starts.
 */
export async function answerReportCsv(
  sql: Sql,
  viewer: Viewer,
  rawQuery: string,
  response: ServerResponse,
): Promise<void> {
  const named = Map.groupBy(parseRawQuery(rawQuery), ({ name }) => name);
  const given = [...named].map(([name, pairs]) => [name, pairs.map(({ value }) => value)]);
  const { columns, ...input } = parseInput(csvQuery, Object.fromEntries(given));
  const filter = withinVisible(viewer, readFilter(input));
  const showVisitors = isGranted(await loadGranted(sql, viewer), 'VISITOR_DATA');
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="postbacks.csv"',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  await writePostbackCsv(sql, filter, columns ?? DEFAULT_CSV_COLUMNS, response, { showVisitors });
}

function readFilter(input: Omit<z.output<typeof csvQuery>, 'columns'>) {
  try {
    return toFilter(input);
  } catch (thrown) {
    throw new InvalidInputError([{ path: [], message: toError(thrown).message }]);
  }
}
