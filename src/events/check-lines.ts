import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { CsvError, type Info, parse } from 'csv-parse';
import type { Viewer } from '../access/viewer.ts';
import { InvalidInputError } from '../platform/refusals.ts';
import { type CsvColumn, linesOf, type RawReport, readHeader, readLine } from './csv-lines.ts';
import type { CheckReport } from './record-event.ts';
import { MAX_UPLOAD_BYTES, UploadTooLargeError, uploadTooLarge } from './upload-errors.ts';
import { refuse, refuseOrThrow, type UploadOptions, type UploadReport } from './upload-report.ts';

const MAX_LINES = 1_000_000;
const MAX_LINE_BYTES = 64 * 1024;
/** Lines recorded at a time: the batch of one statement. */
const CHUNK = 500;
/** Lines checked in one turn of the event loop. */
const LINES_PER_TURN = 100;

/** A valid line on its way through the file between the two passes. */
export type ValidLine = { line: number; report: RawReport };
/** Where each chunk of valid lines lies in the file, and its first line. */
export type Chunk = { firstLine: number; offset: number; length: number };
/** An upload as both passes know it. */
export type Upload = {
  viewer: Viewer;
  body: Readable;
  options: UploadOptions;
  check: CheckReport;
  columns: CsvColumn[];
};

/** The first pass: checks every line and writes the valid ones to the file, chunk by chunk. */
export async function checkLines(
  { integrationIdOf }: { integrationIdOf: (globalId: string) => string | null },
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
      return refuseOrThrow(result, line, upload.columns, thrown);
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

function explainCsv(error: CsvError): Error {
  const { lines: line } = error as unknown as Info;
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const message = `line ${line} is longer than ${MAX_LINE_BYTES} bytes (or a quote before it is not closed); nothing was recorded`;
    return new UploadTooLargeError(message);
  }
  const message = `is no CSV: ${error.message.slice(0, 300)}; a cell with a quote, a comma or a line end is written in quotes, and quotes in it twice`;
  return new InvalidInputError([{ path: ['body', `line ${line}`], message }]);
}
