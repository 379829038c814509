import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { defuseFormula } from '../platform/formula.ts';

const PAGE = 1_000;

/**
 * Rows of a report, read page by page as somebody takes them.
 * @param read answers the rows behind the place of one that was read already, `limit` at most
 */
export async function* readPages<Row extends { place: unknown }>(
  read: (after: Row['place'] | null, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row> {
  let after: Row['place'] | null = null;
  for (;;) {
    const rows: Row[] = await read(after, PAGE);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.place ?? null;
  }
}

/**
 * Writes rows as CSV: however many they are, they need the memory of one page. Cells that a spreadsheet would run as a
 * formula are quoted with `'`, but for those of `safe` columns, which we wrote. A target that closes ends the reading.
 */
export async function writeCsv(
  rows: AsyncIterable<object>,
  columns: readonly string[],
  target: Writable,
  safe: readonly string[] = [],
): Promise<void> {
  const csv = stringify({
    header: true,
    columns,
    cast: {
      date: (value) => value.toISOString(),
      string: (value, { column }) => (safe.includes(String(column)) ? value : defuseFormula(value)),
    },
  });
  await pipeline(Readable.from(rows), csv, target);
}
