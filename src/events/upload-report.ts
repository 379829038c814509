import { toError } from '../platform/failure.ts';
import { type InputIssue, InvalidInputError, isRefusal } from '../platform/refusals.ts';
import { asHeaded, type CsvColumn } from './csv-lines.ts';
import type { StoredEvent } from './store-events.ts';

export type UploadOptions = {
  /** Check and report only. */
  dryRun: boolean;
  /** Whether a refused line is left out, or leaves out all others with it. */
  onRefused: 'skip' | 'stop';
};

/** What became of an upload. Lines are numbered as an editor does, the header included. */
export type UploadReport = {
  /** Lines below the header, blank ones left out. */
  lines: number;
  recorded: number;
  duplicates: number;
  refused: number;
  /** Rows made for recorded lines, skipped ones included. */
  postbacks: number;
  /** Recorded lines that belong to no click (yet). */
  unattributed: number;
  dryRun: boolean;
  problems: { line: number; issues: InputIssue[] }[];
  problemsOmitted: number;
  /** The first line that was not recorded; only when recording ended early. */
  nextLine?: number;
};

const MAX_PROBLEMS = 1_000;

/** The report of an upload that has not begun. */
export function emptyReport({ dryRun }: UploadOptions): UploadReport {
  return {
    lines: 0,
    recorded: 0,
    duplicates: 0,
    refused: 0,
    postbacks: 0,
    unattributed: 0,
    dryRun,
    problems: [],
    problemsOmitted: 0,
  };
}

/** Counts what became of a recorded line. */
export function count(result: UploadReport, stored: StoredEvent): void {
  if (stored.duplicate) result.duplicates += 1;
  else result.recorded += 1;
  result.postbacks += stored.postbacks;
  if (stored.unattributed) result.unattributed += 1;
}

/** Notes a refusal with the names of the upload's columns; throws what is none. */
export function refuseOrThrow(
  result: UploadReport,
  line: number,
  columns: readonly CsvColumn[],
  thrown: unknown,
): void {
  if (!isRefusal(thrown)) throw thrown;
  const issues =
    thrown instanceof InvalidInputError
      ? thrown.issues
      : [{ path: ['integrationId'], message: toError(thrown).message }];
  refuse(result, line, asHeaded(columns, issues));
}

/** Notes why a line is refused; of very many only that there are more. */
export function refuse(result: UploadReport, line: number, issues: InputIssue[]): void {
  result.refused += 1;
  if (result.problems.length < MAX_PROBLEMS) result.problems.push({ line, issues });
  else result.problemsOmitted += 1;
}
