import type { ServerResponse } from 'node:http';
import { loadGranted } from '../access/permissions.ts';
import type { Viewer } from '../access/viewer.ts';
import type { Wall } from '../access/wall.ts';
import { toFilter } from '../graphql/postback-list.ts';
import { isGranted } from '../pixels/permissions.ts';
import { CSV_COLUMNS, DEFAULT_CSV_COLUMNS, writePostbackCsv } from '../reports/postback-csv.ts';
import {
  POSTBACK_STATUSES,
  STATUS_CODE_CLASSES,
  withinVisible,
} from '../reports/postback-filter.ts';
import { usualOrder } from '../reports/postback-page.ts';
import { beginCsv, columnsOf, instant, refusing, someOf } from './csv-query.ts';
import { list, one, oneOf, parseQuery } from './query.ts';

/** The filter of the `postbacks` query as URL parameters, under the same names, and the columns to write. */
const csvQuery = {
  affiliateIds: list,
  campaignIds: list,
  offerIds: list,
  pixelIds: list,
  eventTypes: list,
  status: someOf(POSTBACK_STATUSES),
  statusCodes: someOf(STATUS_CODE_CLASSES),
  clickId: one,
  affclickid: one,
  finalUrlContains: one,
  test: oneOf('true', 'false').transform((it) => it === 'true'),
  from: instant,
  to: instant,
  columns: columnsOf(CSV_COLUMNS),
};

/**
 * Answers `/reports/postbacks.csv`: the rows of the `postbacks` query that pass the same filter and
 * that the viewer may see, in the same order, as a stream. Throws InvalidInputError before it starts.
 */
export async function answerReportCsv(
  wall: Wall,
  viewer: Viewer,
  rawQuery: string,
  response: ServerResponse,
): Promise<void> {
  const { columns, ...input } = parseQuery(csvQuery, rawQuery);
  const filter = withinVisible(
    viewer,
    refusing(() => toFilter(input)),
  );
  const { sql } = wall.clients(viewer);
  const showVisitors = isGranted(await loadGranted(sql, viewer), 'VISITOR_DATA');
  beginCsv(response, 'postbacks.csv');
  const report = {
    ...{ filter, order: usualOrder(filter), showVisitors },
    columns: columns ?? DEFAULT_CSV_COLUMNS,
  };
  await writePostbackCsv(sql, report, response);
}
