import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { CsvError, type Info, parse } from 'csv-parse';
import { LRUCache } from 'lru-cache';
import type { Viewer } from '../access/viewer.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { CoalescerFullError } from '../platform/coalescer.ts';
import { toError } from '../platform/failure.ts';
import { isRefusedForData } from '../platform/isolate.ts';
import { type InputIssue, InvalidInputError, isRefusal } from '../platform/refusals.ts';
import type { Report } from '../platform/report.ts';
import {
  asHeaded,
  type CsvColumn,
  linesOf,
  type RawReport,
  readHeader,
  readLine,
} from './csv-lines.ts';
import { type CheckReport, createCheckReport, type RecordEvent } from './record-event.ts';
import type { StoredEvent } from './store-events.ts';
import { splitIntoWaves } from './waves.ts';

/** Largest upload, most lines in it, and longest line. */
export const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;
const MAX_LINES = 1_000_000;
const MAX_LINE_BYTES = 64 * 1024;
/** Uploads at a time in this process. */
const MAX_UPLOADS = 2;
/** Lines recorded at a time: the batch of one statement. */
const CHUNK = 500;
const MAX_PROBLEMS = 1_000;
/** Lines checked in one turn of the event loop. */
const LINES_PER_TURN = 100;
const FULL_PAUSE_MS = 100;
const MAX_FULL_PAUSES = 50;

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

/** The upload is beyond a limit; nothing was recorded. */
export class UploadTooLargeError extends Error {
  override readonly name = 'UploadTooLargeError';
}

/** No upload is taken now, or this one was given up before anything was recorded. */
export class UploadBusyError extends Error {
  override readonly name = 'UploadBusyError';
}

/** Uploads of events as CSV. */
export type CsvUploads = {
  /**
   * Checks every line, then records the valid ones in order. Throws, with nothing recorded,
   * InvalidInputError when the body is no CSV with a known header, UploadTooLargeError and
   * UploadBusyError; and whatever ended the body early.
   */
  run(viewer: Viewer, body: Readable, options: UploadOptions): Promise<UploadReport>;
  /** Takes no more uploads; resolves when those under way have ended, after their chunk. */
  stop(): Promise<void>;
  /** Uploads under way. */
  readonly running: number;
};

type Deps = {
  /** For bodies on their way; whatever is in it at the start was left by a crash and is removed. */
  directory: string;
  catalog: Pick<Catalog, 'integration' | 'hasEventType' | 'eventTypeCodes'>;
  recordEvent: RecordEvent;
  /** Turns the global id of an integration into its row id; null when it is none. */
  integrationIdOf: (globalId: string) => string | null;
  report: Pick<Report, 'eventsUploaded' | 'loopFailed'>;
};

/** A valid line on its way through the file between the two passes. */
type ValidLine = { line: number; report: RawReport };
/** Where each chunk of valid lines lies in the file, and its first line. */
type Chunk = { firstLine: number; offset: number; length: number };
type Upload = {
  viewer: Viewer;
  body: Readable;
  options: UploadOptions;
  check: CheckReport;
  columns: CsvColumn[];
};

/**
 * Two passes, so that a body that breaks off or is no CSV leaves nothing half done: the first checks
 * every line as it comes in and writes the valid ones to a file, the second records them from there.
 * Memory holds one chunk whatever the size of the upload.
 */
export async function openCsvUploads(deps: Deps): Promise<CsvUploads> {
  await rm(deps.directory, { recursive: true, force: true });
  await mkdir(deps.directory, { recursive: true });
  const running = new Map<Readable, Promise<unknown>>();
  let stopping = false;

  async function runOne(upload: Upload): Promise<UploadReport> {
    const path = join(deps.directory, randomUUID());
    const file = await open(path, 'wx+', 0o600);
    try {
      const result = emptyReport(upload.options);
      const chunks = await checkLines(deps, upload, file, result);
      const { dryRun, onRefused } = upload.options;
      const isHeldBack = dryRun || (onRefused === 'stop' && result.refused > 0);
      if (!isHeldBack) await recordLines(deps, upload, file, chunks, result, () => stopping);
      const { problems: _problems, ...counts } = result;
      deps.report.eventsUploaded(counts);
      return result;
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  }

  return {
    async run(viewer, body, options) {
      if (stopping) throw new UploadBusyError('Volley is stopping; nothing was recorded');
      if (running.size >= MAX_UPLOADS) {
        const message = `${MAX_UPLOADS} uploads are under way, more are not taken at a time; nothing was recorded`;
        throw new UploadBusyError(message);
      }
      // It may be ended before anybody reads it; who reads it is told then.
      body.on('error', () => {});
      const check = createCheckReport({
        catalog: {
          integration: remember(deps.catalog.integration),
          hasEventType: remember(deps.catalog.hasEventType),
          eventTypeCodes: deps.catalog.eventTypeCodes,
        },
      });
      const work = runOne({ viewer, body, options, check, columns: [] });
      running.set(body, work);
      return work.finally(() => running.delete(body));
    },
    async stop() {
      stopping = true;
      for (const body of running.keys()) {
        body.destroy(new UploadBusyError('Volley is stopping; nothing was recorded'));
      }
      await Promise.allSettled(running.values());
    },
    get running() {
      return running.size;
    },
  };
}

/** Looks each key up once in an upload: one that is unknown may stand in a million lines. */
function remember<Found extends object | boolean | null>(
  find: (key: string) => Promise<Found>,
): (key: string) => Promise<Found> {
  const found = new LRUCache<string, Promise<Found>>({ max: 1_000 });
  return (key) => {
    const known = found.get(key) ?? find(key);
    found.set(key, known);
    return known;
  };
}

function emptyReport({ dryRun }: UploadOptions): UploadReport {
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

/** The first pass: checks every line and writes the valid ones to the file, chunk by chunk. */
async function checkLines(
  { integrationIdOf }: Deps,
  upload: Upload,
  file: FileHandle,
  result: UploadReport,
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let valid: ValidLine[] = [];
  let offset = 0;
  let line = 1;

  async function writeChunk(): Promise<void> {
    const [first] = valid;
    if (!first) return;
    const bytes = Buffer.from(JSON.stringify(valid));
    await file.write(bytes, 0, bytes.length, offset);
    chunks.push({ firstLine: first.line, offset, length: bytes.length });
    offset += bytes.length;
    valid = [];
  }

  async function takeLine(cells: string[]): Promise<void> {
    result.lines += 1;
    if (result.lines > MAX_LINES) {
      const message = `the upload has more than ${MAX_LINES} lines; nothing was recorded: split it`;
      throw new UploadTooLargeError(message);
    }
    const read = readLine(upload.columns, cells, integrationIdOf);
    if (!read.ok) return refuse(result, line, read.issues);
    try {
      await upload.check(upload.viewer, read.report);
    } catch (thrown) {
      return refuseOrThrow(upload, result, line, thrown);
    }
    valid.push({ line, report: read.report });
    if (valid.length === CHUNK) await writeChunk();
  }

  async function takeRecords(records: AsyncIterable<{ record: string[]; info: Info }>) {
    for await (const { record } of records) {
      if (upload.columns.length === 0) upload.columns = readHeader(record);
      // A blank line, as many editors leave behind.
      else if (record.length > 1 || record[0]?.trim() !== '') await takeLine(record);
      line += linesOf(record);
      if (result.lines % LINES_PER_TURN === 0) await setImmediate();
    }
    if (upload.columns.length === 0) {
      throw new InvalidInputError([{ path: ['body'], message: 'is empty: a header is needed' }]);
    }
    await writeChunk();
  }

  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: MAX_LINE_BYTES,
  });
  try {
    await pipeline(upload.body, checkBytes, parser, takeRecords);
  } catch (thrown) {
    throw thrown instanceof CsvError ? explainCsv(thrown) : thrown;
  }
  return chunks;
}

/** Passes the body on while it is UTF-8 and not too large. */
async function* checkBytes(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Buffer) => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new InvalidInputError([{ path: ['body'], message: 'is no UTF-8: save it as UTF-8' }]);
    }
  };
  let length = 0;
  for await (const bytes of body) {
    length += bytes.length;
    if (length > MAX_UPLOAD_BYTES) throw uploadTooLarge();
    decode(bytes);
    yield bytes;
  }
  decode();
}

/** An upload of more bytes than are taken. */
export function uploadTooLarge(): UploadTooLargeError {
  const message = `the upload is larger than ${MAX_UPLOAD_BYTES} bytes (100 MiB); nothing was recorded: split it`;
  return new UploadTooLargeError(message);
}

function explainCsv(error: CsvError): Error {
  const { lines: line } = error as unknown as Info;
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const message = `line ${line} is longer than ${MAX_LINE_BYTES} bytes (or a quote before it is not closed); nothing was recorded`;
    return new UploadTooLargeError(message);
  }
  const message = `is no CSV: ${error.message.slice(0, 300)}; a cell with a quote, a comma or a line end is written in quotes, and quotes in it twice`;
  return new InvalidInputError([{ path: ['body', `line ${line}`], message }]);
}

/** The second pass: records what the first found valid, a chunk at a time. */
async function recordLines(
  deps: Deps,
  upload: Upload,
  file: FileHandle,
  chunks: Chunk[],
  result: UploadReport,
  isStopping: () => boolean,
): Promise<void> {
  for (const { firstLine, offset, length } of chunks) {
    if (isStopping()) {
      result.nextLine = firstLine;
      return;
    }
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, offset);
    const failedLine = await recordChunk(deps, upload, JSON.parse(bytes.toString()), result);
    if (failedLine !== null) {
      result.nextLine = failedLine;
      return;
    }
  }
}

/**
 * Records a chunk. Lines of one transaction go one after the other, whatever else goes together: the
 * order of its statuses is the order of the file.
 * @returns the first line that the store did not take, null when it took all
 */
async function recordChunk(
  deps: Deps,
  upload: Upload,
  chunk: ValidLine[],
  result: UploadReport,
): Promise<number | null> {
  const identity = ({ report: { transactionId, type } }: ValidLine) =>
    transactionId === undefined ? null : JSON.stringify([type, transactionId]);
  const failed: ValidLine[] = [];
  for (const wave of splitIntoWaves(chunk, identity)) {
    if (failed.length > 0) {
      failed.push(...wave);
      continue;
    }
    const settled = await Promise.allSettled(
      wave.map(({ report }) => recordPatiently(deps, upload.viewer, revive(report))),
    );
    for (const [index, outcome] of settled.entries()) {
      const line = wave[index] as ValidLine;
      if (outcome.status === 'fulfilled') count(result, outcome.value);
      else if (isRefusal(outcome.reason)) {
        refuseOrThrow(upload, result, line.line, outcome.reason);
      } else if (isRefusedForData(outcome.reason)) {
        // It would be refused again and hold up all lines behind it.
        deps.report.loopFailed('store uploaded event', outcome.reason, { line: line.line });
        refuse(result, line.line, [{ path: [], message: 'cannot be stored as it is' }]);
      } else {
        if (failed.length === 0) deps.report.loopFailed('store uploaded event', outcome.reason);
        failed.push(line);
      }
    }
  }
  return failed.length === 0 ? null : Math.min(...failed.map(({ line }) => line));
}

/** Waits while as many reports as may wait are waiting already: an upload is in no hurry. */
async function recordPatiently(
  { recordEvent }: Deps,
  viewer: Viewer,
  report: RawReport,
): Promise<StoredEvent> {
  for (let pauses = 0; ; pauses += 1) {
    try {
      return await recordEvent(viewer, report);
    } catch (thrown) {
      if (!(thrown instanceof CoalescerFullError) || pauses === MAX_FULL_PAUSES) throw thrown;
      await setTimeout(FULL_PAUSE_MS);
    }
  }
}

function revive(report: RawReport): RawReport {
  return report.occurredAt ? { ...report, occurredAt: new Date(report.occurredAt) } : report;
}

function count(result: UploadReport, stored: StoredEvent): void {
  if (stored.duplicate) result.duplicates += 1;
  else result.recorded += 1;
  result.postbacks += stored.postbacks;
  if (stored.unattributed) result.unattributed += 1;
}

function refuseOrThrow({ columns }: Upload, result: UploadReport, line: number, thrown: unknown) {
  if (!isRefusal(thrown)) throw thrown;
  const issues =
    thrown instanceof InvalidInputError
      ? thrown.issues
      : [{ path: ['integrationId'], message: toError(thrown).message }];
  refuse(result, line, asHeaded(columns, issues));
}

function refuse(result: UploadReport, line: number, issues: InputIssue[]): void {
  result.refused += 1;
  if (result.problems.length < MAX_PROBLEMS) result.problems.push({ line, issues });
  else result.problemsOmitted += 1;
}
