import { suggestName } from '../pixels/placeholders.ts';
import { parseInstant } from '../platform/instant.ts';
import { type InputIssue, InvalidInputError } from '../platform/refusals.ts';
import { EVENT_STATUSES, URL_NAMES } from './event-input.ts';

/** A field of a report, as `recordEvent` names it. */
export type CsvField = (typeof FIELDS)[number];

/** A column: the field it fills, and how the file heads it. */
export type CsvColumn = { field: CsvField; heading: string };

/** A line as `recordEvent` would get it, or what is wrong with its form. */
export type CsvReport = { ok: true; report: RawReport } | { ok: false; issues: InputIssue[] };

/** A report before its fields are checked; `integrationId` is a row id by now. */
export type RawReport = Partial<Record<Exclude<CsvField, 'occurredAt'>, string>> & {
  occurredAt?: Date;
};

const FIELDS = [
  'clickId',
  'type',
  'amount',
  'currency',
  'payout',
  'payoutCurrency',
  'customerId',
  'transactionId',
  'status',
  'occurredAt',
  'integrationId',
] as const;

/** What a column may be called: the fields of `recordEvent`, and the parameters of `/event`. */
const HEADINGS = new Map<string, CsvField>([
  ...FIELDS.map((field) => [field, field] as const),
  ...(Object.entries(URL_NAMES) as [string, CsvField][]),
]);
const REQUIRED: CsvField[] = ['clickId', 'type'];
const KNOWN = [...HEADINGS.keys()];

/**
 * Reads the header of an upload. Throws InvalidInputError with every unknown, repeated or missing name:
 * without a header that is understood whole no line means anything.
 */
export function readHeader(headings: readonly string[]): CsvColumn[] {
  const issues: InputIssue[] = [];
  const columns: CsvColumn[] = [];
  for (const given of headings) {
    const heading = given.trim();
    const field = HEADINGS.get(heading);
    const before = columns.find((column) => column.field === field);
    if (field === undefined) issues.push({ path: ['header'], message: explainUnknown(heading) });
    else if (before) {
      const message = `"${heading}" and "${before.heading}" name the same column: keep one`;
      issues.push({ path: ['header'], message });
    } else columns.push({ field, heading });
  }
  for (const field of REQUIRED) {
    if (columns.some((column) => column.field === field)) continue;
    const aliases = KNOWN.filter((name) => HEADINGS.get(name) === field).join(' or ');
    issues.push({ path: ['header'], message: `needs a column ${aliases}` });
  }
  if (issues.length > 0) throw new InvalidInputError(issues.slice(0, 20));
  return columns;
}

function explainUnknown(heading: string): string {
  const shown = JSON.stringify(heading.slice(0, 64));
  const guess = suggestName(heading, KNOWN);
  const hint = guess === null ? '' : `did you mean ${guess}? `;
  return `no column is called ${shown}; ${hint}known are ${KNOWN.join(', ')}`;
}

/**
 * Reads the cells of a line under its columns; an empty cell counts as left out. Status in any letter
 * case and Unix seconds are taken as `/event` takes them. What the values may be is not decided here.
 * @param integrationIdOf turns the global id of an integration into its row id; null when it is none
 */
export function readLine(
  columns: readonly CsvColumn[],
  cells: readonly string[],
  integrationIdOf: (globalId: string) => string | null,
): CsvReport {
  if (cells.length !== columns.length) {
    const message = `has ${cells.length} cells, the header has ${columns.length}`;
    return { ok: false, issues: [{ path: [], message }] };
  }
  const report: RawReport = { clickId: '' };
  const issues: InputIssue[] = [];
  for (const [index, { field, heading }] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (cell === '') {
      if (field === 'type') issues.push({ path: [heading], message: 'must not be empty' });
      continue;
    }
    const refuse = (message: string) => issues.push({ path: [heading], message });
    if (field === 'status') {
      report.status = cell.toUpperCase();
      if (EVENT_STATUSES.some((known) => known === report.status)) continue;
      refuse(`must be one of ${EVENT_STATUSES.join(', ')}; it was ${shorten(cell)}`);
    } else if (field === 'occurredAt') {
      const time = readTime(cell);
      if (time) report.occurredAt = time;
      else {
        refuse(
          `must be an ISO 8601 instant with an offset, or Unix seconds; it was ${shorten(cell)}`,
        );
      }
    } else if (field === 'integrationId') {
      const id = integrationIdOf(cell);
      if (id !== null) report.integrationId = id;
      else refuse(`is no id of an Integration; it was ${shorten(cell)}`);
    } else {
      report[field] = cell;
    }
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, report };
}

/** Names the columns of an issue as the file heads them. */
export function asHeaded(columns: readonly CsvColumn[], issues: readonly InputIssue[]) {
  return issues.map(({ path, message }) => ({
    path: path.map((name) => columns.find(({ field }) => field === name)?.heading ?? name),
    message,
  }));
}

/** The lines of the file that a record takes: a quoted cell may go on over several. */
export function linesOf(cells: readonly string[]): number {
  return cells.reduce((lines, cell) => lines + cell.split('\n').length - 1, 1);
}

function readTime(text: string): Date | null {
  return /^\d{9,11}$/.test(text) ? new Date(Number(text) * 1000) : parseInstant(text);
}

function shorten(cell: string): string {
  return JSON.stringify(cell.slice(0, 64));
}
